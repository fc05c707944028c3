//! `quickpickle report`, as its user runs it.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

const RECORDING: &str = "\
ms,node,event,process,pid,rss_kib,pss_kib,uss_kib,peak_rss_kib,text
0.000,seed,begin,,,,,,,1790000000000
0.000,seed,mark,,,,,,,verifier started
5.000,seed,mark,,,,,,,verifier ready
100.000,seed,sample,verifier,2,20000,10000,5000,20000,
";

fn report(folder: &TempDir, args: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("quickpickle").unwrap().current_dir(folder).arg("report").args(args).assert()
}

fn text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn graphs_and_summary_are_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("slow.csv"), RECORDING.replace("5.000,seed", "50.000,seed")).unwrap();
    fs::write(folder.path().join("fast.csv"), RECORDING).unwrap();
    let assert = report(&folder, &["slow.csv", "fast.csv", "--out", "new/graphs"]).success();
    let printed = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(printed.contains("| verifier | start to ready, median, ms | 50.0 | 5.00 | 10.0 |"), "{printed}");
    let out = folder.path().join("new/graphs");
    assert_eq!(text(&out, "summary.md"), printed);
    let svg = text(&out, "processes.svg");
    assert!(svg.starts_with("<svg"), "{svg}");
    assert!(["slow", "fast", "Verifiers, MB"].iter().all(|words| svg.contains(words)), "{svg}");
}

#[test]
fn nodes_of_one_run_are_put_together() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), RECORDING).unwrap();
    fs::write(folder.path().join("b.csv"), RECORDING.replace("seed", "fish")).unwrap();
    let assert = report(&folder, &["a.csv", "b.csv", "--one-run", "lab"]).success();
    let printed = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    assert!(
        printed.contains("| part | figure | lab |\n") && printed.contains("| verifier | processes | 2 |")
    );
    assert!(printed.contains("| all | settled PSS, sum, MB | 20.5 |"), "{printed}");
}

#[test]
fn a_recording_that_is_none_is_trouble() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cut.csv"), &RECORDING[..RECORDING.len() - 8]).unwrap();
    let assert = report(&folder, &["cut.csv"]).code(2);
    let said = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(said.contains("cut.csv: line 5: "), "{said}");
    assert!(!folder.path().join("summary.md").exists());
    report(&folder, &["missing.csv"]).code(2);
    report(&folder, &[]).code(2);
    fs::write(folder.path().join("a.csv"), RECORDING).unwrap();
    report(&folder, &["a.csv"; 7]).code(2);
}
