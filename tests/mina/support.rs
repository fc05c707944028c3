//! Running the command on objects, and the vectors.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

/// Runs `quickpickle`; its status and the objects that it prints.
pub fn run(args: &[&str]) -> (i32, Vec<Value>) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("quickpickle"));
    let output = command.args(args).output().expect("the command runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let errors = String::from_utf8(output.stderr).expect("text");
    let line = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}\n{errors}"));
    let lines = text.lines().map(line).collect();
    assert!(!errors.contains("panicked"), "{errors}");
    (output.status.code().expect("an exit status"), lines)
}

/// `quickpickle verify --json` with these.
pub fn verify(args: &[&str]) -> (i32, Vec<Value>) {
    run(&[&["verify", "--json"], args].concat())
}

/// A field of each line.
pub fn words<'a>(lines: &'a [Value], field: &str) -> Vec<&'a str> {
    lines.iter().map(|line| line[field].as_str().unwrap_or_default()).collect()
}

/// Writes a file; its path.
pub fn write(folder: &tempfile::TempDir, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.path().join(name);
    fs::write(&path, content).expect("written");
    text(&path)
}

/// A path as an argument.
pub fn text(path: &Path) -> String {
    path.to_str().expect("a path of text").to_owned()
}
