//! The manifests for Kubernetes: what they start takes their arguments, answers their probes, and has the metric that they scale by.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::program::quickpickle;
use crate::support::{LONG, Node};
use crate::tls::{Authority, write};
use crate::verify::get;

/// A file in the folder of manifests.
fn manifest(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/kubernetes");
    fs::read_to_string(folder.join(name)).expect("a manifest")
}

/// The lists, an item a line, below lines that say so; without quotes.
fn lists(manifest: &str, head: &str) -> Vec<Vec<String>> {
    let mut lists = Vec::new();
    let mut lines = manifest.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if line == head {
            let items = lines.clone().map_while(|line| line.strip_prefix("- "));
            lists.push(items.map(|item| item.trim_matches('"').to_owned()).collect());
        }
    }
    lists
}

/// The number after the last of these words.
fn number(manifest: &str, words: &str) -> u64 {
    let after = manifest.rsplit(words).next().expect("words");
    let digits: String =
        after.trim_start_matches(['=', ':', ' ', '"']).chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect(words)
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(feature = "mainnet")]
async fn a_node_runs_as_its_manifest_has_it() {
    let manifest = manifest("node.yaml");
    let folder = tempfile::tempdir().expect("a folder");
    let authority = Authority::new();
    let (certificate, key) = authority.issue();
    for (name, text) in [("tls.crt", &certificate), ("tls.key", &key), ("ca.crt", &authority.pem())] {
        write(folder.path(), name, text);
    }
    let here = |argument: &str| {
        let tls = argument.replace("/etc/quickpickle/tls", folder.path().to_str().expect("text"));
        tls.replace("127.0.0.1:9464", "127.0.0.1:0").replace("--drain-delay=10", "--drain-delay=1")
    };
    let arguments = lists(&manifest, "args:");
    let [arguments] = &arguments[..] else { panic!("one list of arguments: {arguments:?}") };
    let (first, rest) = arguments.split_first().expect("arguments");
    assert_eq!(first, "node");
    // Given by the test as well, with places of its own.
    let own = ["--listen=0.0.0.0:7100", "--socket-dir=/run/quickpickle", "--log-format=json"];
    assert!(own.iter().all(|own| rest.iter().any(|argument| argument == own)), "{rest:?}");
    let rest: Vec<_> =
        rest.iter().filter(|argument| !own.contains(&argument.as_str())).map(|a| here(a)).collect();
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let mut node = Node::start_at("0.0.0.0:0", &rest);
    let metrics = node.told("metrics on ");
    let mut node = node.ready();

    let port = node.address.rsplit(':').next().expect("a port").to_owned();
    let probes = lists(&manifest, "command:");
    let [probe] = &probes[..] else { panic!("one command: {probes:?}") };
    assert_eq!(probe[..2], ["quickpickle", "health"]);
    let probe: Vec<_> =
        probe[1..].iter().map(|argument| here(argument).replace(":7100", &format!(":{port}"))).collect();
    let ask = |more: &[&str]| {
        let output = Command::new(quickpickle()).args(&probe).args(more).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        (output.status.code(), said)
    };
    assert_eq!(ask(&[]), (Some(0), "serving".to_owned()));
    assert_eq!(ask(&["--service", "nobody"]), (Some(1), "unknown service".to_owned()));
    let page = tokio::task::block_in_place(|| get(&metrics, "/metrics"));
    let names: Vec<_> =
        manifest.lines().filter_map(|line| line.trim().strip_prefix("metric: {name: ")).collect();
    assert_eq!(names, ["quickpickle_queued_proofs}"]);
    assert!(page.contains("\nquickpickle_queued_proofs 0"), "{page}");

    // Told to end, it says so before it does.
    node.signal(Signal::TERM);
    let end = Instant::now() + LONG;
    while ask(&[]) != (Some(1), "not serving".to_owned()) {
        assert!(Instant::now() < end, "it serves for ever");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(tokio::task::block_in_place(|| node.wait()).code(), Some(0));
    assert_eq!(ask(&[]), (Some(2), String::new()), "it is not there");
}

#[test]
fn a_pod_has_the_time_that_its_node_takes_to_end() {
    let manifest = manifest("node.yaml");
    let [grace, delay, drain] = ["terminationGracePeriodSeconds", "--drain-delay", "--drain-timeout"]
        .map(|words| number(&manifest, words));
    assert!(delay > 0 && grace >= delay + drain + 5, "{grace} s for {delay} and {drain}");
    // A balancer has turned away before the door closes.
    let readiness = manifest.split("readinessProbe").nth(1).expect("a probe");
    let readiness = readiness.split("livenessProbe").next().expect("a probe");
    let [period, failures] = ["periodSeconds", "failureThreshold"].map(|words| number(readiness, words));
    assert!(period * failures < delay, "{failures} failures, {period} s apart");
}
