//! The command with each backend of the arithmetic, and with none that exists.

use assert_cmd::Command;
use quickpickle_curve::{BACKEND_VARIABLE, Backend};

fn verify(backend: &str) -> assert_cmd::assert::Assert {
    let file = |name: &str| quickpickle_vectors::shipped(&format!("o1js/n1-counter-depth1/{name}"));
    let mut command = Command::cargo_bin("quickpickle").expect("the command is built");
    command.env(BACKEND_VARIABLE, backend).arg("verify").arg(file("proof.json"));
    command.arg("--vk").arg(file("vk.json")).assert()
}

fn errors(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}

#[test]
fn every_backend_gives_the_verdict_or_says_why_not() {
    for backend in Backend::ALL {
        let assert = verify(backend.name());
        if backend.is_available() {
            assert.success();
        } else {
            let assert = assert.code(2);
            assert!(errors(&assert).contains("does not have its instructions"), "{}", errors(&assert));
        }
    }
}

#[test]
fn an_unknown_backend_is_an_error() {
    for unknown in ["", "fastest"] {
        let assert = verify(unknown).code(2).stdout("");
        let expected = format!("there is no backend {unknown:?}");
        assert!(errors(&assert).contains(&expected), "{}", errors(&assert));
    }
}

#[test]
fn the_command_says_which_backend_runs() {
    let said = |backend: &str, argument: &str| {
        let mut command = Command::cargo_bin("quickpickle").expect("the command is built");
        let assert = command.env(BACKEND_VARIABLE, backend).arg(argument).assert().success();
        String::from_utf8_lossy(&assert.get_output().stdout).into_owned()
    };
    for backend in Backend::ALL.into_iter().filter(|backend| backend.is_available()) {
        for argument in ["--version", "tables"] {
            let (said, expected) = (said(backend.name(), argument), format!("backend {backend}\n"));
            assert!(said.ends_with(&expected), "{said}");
        }
    }
    // The version is told even where no backend can be had.
    let said = said("fastest", "--version");
    assert!(said.starts_with("quickpickle ") && !said.contains("backend"), "{said}");
}
