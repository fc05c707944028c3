//! The addon as Node has it. What a user of the package sees is tested with both that can compute, in `bindings/node/test`.
#![cfg(target_os = "linux")]

#[cfg(node)]
#[test]
fn node_loads_it_and_gets_answers() {
    use std::path::Path;
    use std::process::Command;

    // Beside this test lies what it was built with.
    let program = std::env::current_exe().expect("this program");
    let addon = program.with_file_name("libquickpickle_napi.so");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let vectors = folder.join("../../tests/vectors/o1js/n1-counter-depth1");
    let output = Command::new("node")
        .arg(folder.join("tests/addon.cjs"))
        .args([&addon, &vectors])
        .output()
        .expect("node starts");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", said(&output.stdout), said(&output.stderr));
    assert_eq!(said(&output.stdout), "all as it should be\n");
}

#[cfg(not(node))]
#[test]
#[ignore = "Node was not there when this was built"]
fn node_loads_it_and_gets_answers() {
    panic!("Node was not there when this was built");
}
