//! The repository as it is. What each rule finds is tested beside the rule.

use std::process::Command;

#[test]
fn this_repository_is_tidy() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).arg("tidy").output().expect("xtask runs");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo xtask tidy:\n{said}");
}
