//! Running the command, and the shipped files.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use tempfile::TempDir;

pub fn quickpickle(args: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("quickpickle"));
    command.args(args);
    command
}

/// A file of a shipped case.
pub fn vector(case: &str, file: &str) -> String {
    let path = quickpickle_vectors::shipped("o1js").join(case).join(file);
    assert!(path.is_file(), "{}", path.display());
    path.to_str().expect("a path of text").to_owned()
}

pub fn text(case: &str, file: &str) -> String {
    fs::read_to_string(vector(case, file)).expect("readable")
}

/// A folder with files of these names and contents.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in files {
        fs::write(folder.path().join(name), content).expect("written");
    }
    folder
}

pub fn in_folder(folder: &TempDir, name: &str) -> String {
    PathBuf::from(folder.path()).join(name).to_str().expect("a path of text").to_owned()
}

pub struct Answer {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

pub fn run(mut command: Command) -> Answer {
    let output = command.output().expect("the command runs");
    Answer {
        status: output.status.code().expect("an exit status"),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// The first word of each line.
pub fn verdicts(answer: &Answer) -> Vec<&str> {
    answer.stdout.lines().filter_map(|line| line.split(' ').next()).collect()
}

pub const VALID: &str = "n0-arith";
pub const REJECTED: &str = "neg-n0-arith--alpha";
pub const MALFORMED: &str = "neg-n0-arith--garbage";

/// A Kimchi proof with its key and public input.
pub fn fixture(name: &str) -> String {
    let path = quickpickle_vectors::shipped("kimchi-circuits").join(name);
    path.to_str().expect("a path of text").to_owned()
}

/// The command running, written to and read from line by line, as a program does that uses it.
pub struct CoProcess {
    child: std::process::Child,
    input: Option<std::process::ChildStdin>,
    answers: std::sync::mpsc::Receiver<String>,
}

impl CoProcess {
    pub fn start(args: &[&str]) -> Self {
        use std::io::BufRead as _;
        use std::process::Stdio;
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("quickpickle"))
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command runs");
        let output = std::io::BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, answers) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Self { input: child.stdin.take(), child, answers }
    }

    pub fn write(&mut self, text: &str) {
        use std::io::Write as _;
        let input = self.input.as_mut().expect("not closed");
        input.write_all(text.as_bytes()).and_then(|()| input.flush()).expect("written");
    }

    /// The next line, which nobody may have to do anything for. The time is that of a machine in trouble.
    pub fn answer(&self) -> String {
        self.answers.recv_timeout(std::time::Duration::from_secs(60)).expect("an answer")
    }

    /// Closes its input; its exit status.
    pub fn end(mut self) -> i32 {
        drop(self.input.take());
        self.child.wait().expect("it ends").code().expect("an exit status")
    }
}

impl Drop for CoProcess {
    fn drop(&mut self) {
        // Where a test fails before the end; otherwise it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
