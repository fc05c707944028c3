//! The library as programs in C have it: installed, and linked with the system's compiler, which Rust links with too.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use quickpickle_vectors::cases::{Case, Source, cases, compare};
use quickpickle_vectors::{needs_whole_set, shipped, unzipped, whole};

/// A folder that the library is installed in.
struct Installed(tempfile::TempDir);

fn installed() -> &'static Installed {
    static INSTALLED: OnceLock<Installed> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        // Beside this test lies what it was built with.
        let from = std::env::current_exe().expect("a program").parent().expect("a folder").to_owned();
        run(Command::new(here("install.sh")).arg("--prefix").arg(folder.path()).arg("--from").arg(from));
        Installed(folder)
    })
}

impl Installed {
    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// What `pkg-config` says of the installed library.
    fn flags(&self, arguments: &[&str]) -> Vec<String> {
        let mut command = Command::new("pkg-config");
        command.env("PKG_CONFIG_PATH", self.path("lib/pkgconfig")).args(arguments).arg("quickpickle");
        let flags = run(&mut command);
        String::from_utf8_lossy(&flags.stdout).split_whitespace().map(str::to_owned).collect()
    }

    /// Compiles a source of this package; the program.
    fn compile(&self, source: &str, libraries: &[&str]) -> PathBuf {
        let source = here(source);
        let program = self.path(&source.file_stem().expect("a name").to_string_lossy());
        let mut command = Command::new("cc");
        command.args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-D_XOPEN_SOURCE=700"]);
        command.arg("-I").arg(self.path("include")).arg(&source).arg("-L").arg(self.path("lib"));
        run(command.args(libraries).arg("-o").arg(&program));
        program
    }

    /// Compiles an example; it is run with the shared library.
    fn example(&self, name: &str, arguments: &[&Path]) -> (i32, String) {
        let program = self.compile(&format!("examples/{name}.c"), &["-lquickpickle", "-lpthread"]);
        let mut command = Command::new(program);
        let output = command.env("LD_LIBRARY_PATH", self.path("lib")).args(arguments).output();
        let output = output.expect("the program runs");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        let status = output.status.code().unwrap_or_else(|| panic!("{name}: {}", text(&output.stderr)));
        (status, text(&output.stdout) + &text(&output.stderr))
    }
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs a program that must succeed.
fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{errors}", output.status);
    output
}

fn o1js(path: &str) -> PathBuf {
    shipped(&format!("o1js/{path}"))
}

const VALID: &str = "{\"verdict\":\"valid\"}\n";

#[test]
fn one_proof() {
    let key = o1js("n1-counter-depth1/vk.json");
    let verify = |arguments: &[&Path]| installed().example("verify", arguments);
    assert_eq!(verify(&[&key, &o1js("n1-counter-depth1/proof.json")]), (0, VALID.into()));
    let statement = shipped("forms/statement.json");
    assert_eq!(verify(&[&key, &shipped("forms/proof.binprot"), &statement]), (0, VALID.into()));
    let (status, text) = verify(&[&o1js("n0-arith/vk.json"), &o1js("neg-n0-arith--sg/proof.json")]);
    assert!(status == 1 && text.starts_with("{\"verdict\":\"rejected\",\"reason\":"), "{status} {text}");
    let (status, text) = verify(&[&key, &key]);
    assert!(status == 2 && text.contains("malformed"), "{status} {text}");
    let (status, text) = verify(&[&statement, &key]);
    assert!(status == 2 && text.contains("\"reason\":\"key: "), "{status} {text}");
}

#[test]
fn a_batch_and_threads() {
    let (key, good, wrong) =
        (o1js("n0-arith/vk.json"), o1js("n0-arith/proof.json"), o1js("neg-n0-arith--sg/proof.json"));
    let (status, text) = installed().example("batch", &[&key, &good, &wrong, &good]);
    let verdicts: Vec<_> = text.lines().map(|line| line.contains("{\"verdict\":\"valid\"}")).collect();
    assert_eq!((status, verdicts), (1, vec![true, false, true]), "{text}");
    assert_eq!(installed().example("batch", &[&key, &good, &good]).0, 0);
    let (status, text) = installed().example("threads", &[&key, &good, &wrong, &good, &wrong]);
    let words: Vec<_> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!((status, words), (0, vec!["valid", "refused", "valid", "refused"]), "{text}");
}

needs_whole_set!(a_block);

fn a_block() {
    const NAME: &str = "mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc.json";
    let block = installed().path(NAME);
    fs::write(&block, unzipped(&whole(&format!("network/blocks/{NAME}.gz")))).expect("written");
    let (status, text) = installed().example("block", &[Path::new("mainnet"), &block]);
    assert!(status == 0 && text.contains("\"height\":359617"), "{status} {text}");
    let (status, text) = installed().example("block", &[Path::new("devnet"), &block]);
    assert!(status == 1 && text.contains("not of devnet"), "{status} {text}");
}

/// A line for `tests/cases.c`, with its files.
fn line(case: &Case, place: usize) -> String {
    let file = |name: &str, bytes: Option<Vec<u8>>| match bytes {
        Some(bytes) => {
            let path = installed().path(&format!("{place}-{name}"));
            fs::write(&path, bytes).expect("written");
            path.display().to_string()
        }
        None => "-".to_owned(),
    };
    let source = |name: &str, source: &Option<Source>| file(name, source.as_ref().map(Source::bytes));
    let said = |value: &Option<serde_json::Value>| {
        file("options", value.as_ref().map(|value| value.to_string().into_bytes()))
    };
    if case.key.is_some() {
        let (key, proof, statement) =
            (source("key", &case.key), source("proof", &case.proof), source("statement", &case.statement));
        return format!("proof {key} {} {proof} {statement}\n", said(&case.options));
    }
    let (networks, accounts, object) = (
        source("networks", &case.networks),
        source("accounts", &case.accounts),
        source("object", &case.object),
    );
    format!("object {} {networks} {accounts} {object}\n", said(&case.known))
}

/// With the static library.
#[test]
fn every_case_is_answered() {
    let archive = installed().path("lib/libquickpickle.a");
    // What `pkg-config --static` adds.
    let description = fs::read_to_string(installed().path("lib/pkgconfig/quickpickle.pc")).expect("a file");
    let others = description.lines().find_map(|line| line.strip_prefix("Libs.private: ")).expect("libraries");
    let libraries: Vec<_> = [archive.to_str().expect("text")].into_iter().chain(others.split(' ')).collect();
    let program = installed().compile("tests/cases.c", &libraries);
    let cases = cases();
    let lines: String = cases.iter().enumerate().map(|(place, case)| line(case, place)).collect();
    let mut child = Command::new(program);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program runs");
    child.stdin.take().expect("a pipe").write_all(lines.as_bytes()).expect("lines read");
    let output = child.wait_with_output().expect("the program ends");
    assert!(output.status.success(), "{}", output.status);
    let text = String::from_utf8(output.stdout).expect("text");
    let answers: Vec<Vec<&str>> =
        text.split_terminator("\n\n").map(|lines| lines.lines().collect()).collect();
    assert_eq!(answers.len(), cases.len(), "{text}");
    for (case, found) in cases.iter().zip(answers) {
        match &case.refused {
            Some(expected) => {
                let refused = found.first().and_then(|line| line.strip_prefix("refused "));
                compare(&case.what, expected, refused.unwrap_or_else(|| panic!("{}: {found:?}", case.what)));
            }
            None => {
                assert_eq!(found.len(), case.answers.len(), "{}: {found:?}", case.what);
                case.answers
                    .iter()
                    .zip(found)
                    .for_each(|(expected, line)| compare(&case.what, expected, line));
            }
        }
    }
}

#[test]
fn it_is_found() {
    if Command::new("pkg-config").arg("--version").output().is_err() {
        eprintln!("pkg-config is not there: what it would say of the library is not looked at");
    } else {
        let flags = installed().flags(&["--cflags", "--libs"]);
        assert!(flags.contains(&"-lquickpickle".to_owned()), "{flags:?}");
        assert!(flags.contains(&format!("-I{}", installed().path("include").display())), "{flags:?}");
    }
    let description = fs::read_to_string(installed().path("lib/pkgconfig/quickpickle.pc")).expect("a file");
    assert!(description.contains(concat!("\nVersion: ", env!("CARGO_PKG_VERSION"), "\n")), "{description}");
}

#[test]
fn it_shows_no_other_names() {
    let library = installed().path("lib/libquickpickle.so");
    let names = run(Command::new("nm").args(["-D", "--defined-only", "--format=posix"]).arg(library));
    let names = String::from_utf8(names.stdout).expect("text");
    assert!(names.lines().count() > 15, "{names}");
    assert!(names.lines().all(|line| line.starts_with("quickpickle_")), "{names}");
}
