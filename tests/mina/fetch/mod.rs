//! A daemon that is asked over HTTP: right answers, false ones, and servers that are slow, cut off or without measure.

mod hostile;
mod lies;
mod server;
mod tls;

use std::path::Path;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;

/// A key of the shipped vectors.
const KEY: &str = "B62qiU3ZMGvPJMFhwnDh4DGB8bu82ND16J5NNxZenS7DD86DdSKGvur";

/// What the command answered.
#[derive(Debug)]
struct Answer {
    status: Option<i32>,
    /// The object that it printed, if it did.
    line: Value,
    errors: String,
}

/// Runs `quickpickle` without a proxy. Were it to hang, it would be ended, and have no status.
fn ask(args: &[&str]) -> Answer {
    ask_trusting(args, None)
}

/// The same, where the system trusts the authority of a file.
fn ask_trusting(args: &[&str], authority: Option<&Path>) -> Answer {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("quickpickle"));
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command.envs(authority.map(|authority| ("SSL_CERT_FILE", authority)));
    let output = command.args(args).timeout(Duration::from_secs(60)).output().expect("the command runs");
    let errors = String::from_utf8(output.stderr).expect("text");
    assert!(!errors.contains("panicked"), "{errors}");
    let line = serde_json::from_slice(&output.stdout).unwrap_or_default();
    Answer { status: output.status.code(), line, errors }
}
