//! The lines of the documentation run as they stand, with the files that it says how to make.
#![cfg(unix)]

mod lines;
#[allow(dead_code, reason = "the tests of another crate use more of it")]
#[path = "../../mina/tests/ledger/sexp_writer.rs"]
mod sexp_writer;

use std::collections::HashSet;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output};

use quickpickle::mina::snark_work::SnarkWork;
use quickpickle_vectors::{has_whole_set, whole};
use tempfile::TempDir;

use self::lines::Line;

/// A folder with the sample files, those of the repository in `tests`, and `quickpickle` in `bin`.
fn folder() -> TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    for entry in fs::read_dir(root.join("examples/files")).expect("the sample files") {
        let entry = entry.expect("an entry");
        // Somebody may have run the lines in there.
        if !entry.path().is_file() {
            continue;
        }
        fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("copied");
    }
    let link =
        |from: &Path, to: &str| std::os::unix::fs::symlink(from, folder.path().join(to)).expect("a link");
    link(&root.join("tests"), "tests");
    fs::create_dir(folder.path().join("bin")).expect("a folder");
    link(Path::new(assert_cmd::cargo::cargo_bin!("quickpickle")), "bin/quickpickle");
    folder
}

fn run(folder: &Path, shell: &str) -> Output {
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", folder.join("bin").display());
    // A home of its own: one line writes a completion there.
    fs::create_dir_all(folder.join("home/.local/share/bash-completion/completions")).expect("a folder");
    fs::create_dir_all(folder.join("home/.config/fish/completions")).expect("a folder");
    let mut command = Command::new("sh");
    command.args(["-e", "-c", shell]).current_dir(folder).env("PATH", path).env("HOME", folder.join("home"));
    command.output().expect("a shell")
}

/// Runs a line, which must succeed; one that takes a feature that is off must say which.
fn check(folder: &Path, line: &Line) {
    let output = run(folder, &line.shell);
    let printed = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let (status, shell) = (output.status.code(), &line.shell);
    let told = |feature: &str| printed.contains(&format!("--features {feature}"));
    // No proof of a network is in the repository: in its place is another one, which the network's key rejects.
    let due = i32::from(shell.contains("--circuit"));
    match network(line) {
        Some("devnet") if cfg!(feature = "devnet") => {
            assert_eq!(status, Some(due), "{}: {shell}\n{printed}", line.place)
        }
        Some("mainnet") if cfg!(feature = "mainnet") => {
            assert_eq!(status, Some(due), "{}: {shell}\n{printed}", line.place)
        }
        Some(feature) => assert!(status == Some(2) && told(feature), "{}: {shell}\n{printed}", line.place),
        None => assert_eq!(status, Some(0), "{}: {shell}\n{printed}", line.place),
    }
}

/// The network whose key a line takes.
fn network(line: &Line) -> Option<&'static str> {
    let words = line.commands().concat();
    let named = |name: &str| words.windows(2).any(|pair| pair[0] == "--network" && pair[1] == name);
    ["devnet", "mainnet"].into_iter().find(|name| named(name))
}

/// Whether a line is run elsewhere: nodes run in the node's tests, daemons in those of `tests/mina/fetch`, and the command line's own
/// test parses these lines.
fn is_parsed_only(line: &Line) -> bool {
    let subcommand = |words: &Vec<String>| {
        matches!(words.get(1).map(String::as_str), Some("node" | "worker" | "health" | "report"))
    };
    let needs = |words: &Vec<String>| words.iter().any(|word| is_of_network(word));
    // No daemon runs here.
    let asks = |words: &Vec<String>| words.iter().any(|word| word == "--node");
    let is_elsewhere = |words: &Vec<String>| subcommand(words) || asks(words);
    line.commands().iter().any(is_elsewhere) || !has_whole_set() && line.commands().iter().any(needs)
}

/// A block that archives keep, as the pages name it.
const BLOCK: &str = "mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc.json";

/// What the pages name of networks, and where in the whole set it is: files that may not be copied.
const OF_NETWORKS: [(&str, &str); 9] = [
    (BLOCK, "network/blocks/mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc.json.gz"),
    (
        "blocks/1.json",
        "network/blocks/mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc.json.gz",
    ),
    (
        "answer.json",
        "network/blocks/mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc.graphql.json",
    ),
    ("work.binprot", "network/ledger-proofs/mainnet-merge-100-0.work.binprot"),
    ("job.binprot", "network/ledger-proofs/mainnet-merge-100-0.job.binprot"),
    ("account.json", "network/light/devnet.account.graphql.json"),
    ("held.state.binprot", "network/light/devnet.bridge.state.binprot"),
    ("tip.state.binprot", "network/light/devnet.15.state.binprot"),
    ("tip.proof.binprot", "network/light/devnet.tip.proof.binprot"),
];

/// What a snark worker prints, here of the work in the whole set.
const PRINTED: &str = "printed.txt";

/// Whether a word of a line names one of them, or their folder.
fn is_of_network(word: &str) -> bool {
    OF_NETWORKS.iter().any(|(name, _)| *name == word) || word == "blocks/" || word == PRINTED
}

/// Puts them into a folder.
fn add_network_files(folder: &Path) {
    fs::create_dir_all(folder.join("blocks")).expect("a folder");
    for (name, path) in OF_NETWORKS {
        let mut bytes = quickpickle_vectors::read(&whole(path));
        if path.ends_with(".gz") {
            let packed = std::mem::take(&mut bytes);
            flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("gzip");
        }
        fs::write(folder.join(name), bytes).expect("written");
    }
    let work = fs::read(folder.join("work.binprot")).expect("a work");
    let work = SnarkWork::from_binprot(&work).expect("a work");
    fs::write(folder.join(PRINTED), sexp_writer::printed(&sexp_writer::bundle(&work))).expect("written");
}

/// A folder in which the lines of `examples/files/README.md` have been run.
fn with_files() -> TempDir {
    let folder = folder();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/files/README.md");
    let lines = lines::of_page(&page);
    assert!(lines.iter().any(Line::is_ours));
    for line in lines {
        check(folder.path(), &line);
    }
    if has_whole_set() {
        add_network_files(folder.path());
    }
    folder
}

#[test]
fn the_lines_of_the_pages_run() {
    let folder = with_files();
    let mut run = 0;
    for page in lines::pages() {
        for line in lines::of_page(&page).iter().filter(|line| line.is_ours() && !is_parsed_only(line)) {
            check(folder.path(), line);
            run += 1;
        }
    }
    assert!(run > 15, "only {run} lines were found");
}

#[test]
fn the_examples_of_the_help_run() {
    let folder = with_files();
    let help = |words: &str| {
        let output = run(folder.path(), &format!("quickpickle {words} --help"));
        String::from_utf8(output.stdout).expect("text")
    };
    let subcommands = |help: &str| {
        let listed = help.split("Commands:\n").nth(1).unwrap_or_default().lines();
        let listed = listed.take_while(|line| line.starts_with("  "));
        listed.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect::<Vec<_>>()
    };
    let all = subcommands(&help(""));
    assert!(all.len() > 6, "{all:?}");
    // The other test runs what pages say too, and the first help repeats lines of the others.
    let pages = lines::pages();
    let mut run: HashSet<String> =
        pages.iter().flat_map(|page| lines::of_page(page)).map(|line| line.shell).collect();
    for command in [String::new()].into_iter().chain(all) {
        let examples = lines::of_help(&command, &help(&command));
        assert!(!examples.is_empty(), "{command}: no examples");
        for line in examples.iter().filter(|line| !is_parsed_only(line)) {
            assert!(line.is_ours(), "{}: {}", line.place, line.shell);
            if run.insert(line.shell.clone()) {
                check(folder.path(), line);
            }
        }
    }
}
