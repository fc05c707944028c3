//! The manifests for Kubernetes: what they start takes their arguments, answers their probes, and has the metric that they scale by.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

#[cfg(feature = "jetstream")]
use async_nats::ConnectOptions;
#[cfg(feature = "jetstream")]
use quickpickle_node::proto::v1::verdict::Kind;
use rustix::process::Signal;
use tempfile::TempDir;

#[cfg(feature = "jetstream")]
use crate::proofs::side_loaded;
#[cfg(feature = "jetstream")]
use crate::support::nats_account::{Account, SENDER, WORKER};
use crate::support::program::quickpickle;
#[cfg(feature = "jetstream")]
use crate::support::requests::Sender;
use crate::support::{LONG, Node};
use crate::tls::Authority;
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

/// Starts nodes as manifests have it, but in this folder and at free ports.
struct Here {
    folder: TempDir,
    manifest: String,
    /// What is at another place than in a pod.
    moved: Vec<(&'static str, String)>,
}

impl Here {
    fn new(name: &str, moved: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let own = |place: &str| folder.path().join(place).to_str().expect("text").to_owned();
        let mut all = vec![("/etc/quickpickle", own("etc")), ("127.0.0.1:9464", "127.0.0.1:0".to_owned())];
        all.extend(moved.iter().map(|(from, to)| (*from, (*to).to_owned())));
        Self { manifest: manifest(name), moved: all, folder }
    }

    /// Writes a file of a secret.
    fn secret(&self, path: &str, text: &str) {
        let path = self.folder.path().join("etc").join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn argument(&self, argument: &str) -> String {
        self.moved.iter().fold(argument.to_owned(), |argument, (from, to)| argument.replace(from, to))
    }

    /// The subcommand and the arguments of the one container that has them, without `own`: the test gives those with its places.
    fn arguments(&self, own: &[&str]) -> (String, Vec<String>) {
        let arguments = lists(&self.manifest, "args:");
        let [arguments] = &arguments[..] else { panic!("one list of arguments: {arguments:?}") };
        let (first, rest) = arguments.split_first().expect("arguments");
        assert!(own.iter().all(|own| rest.iter().any(|argument| argument == own)), "{rest:?}");
        let rest = rest.iter().filter(|argument| !own.contains(&argument.as_str()));
        (first.clone(), rest.map(|argument| self.argument(argument)).collect())
    }

    /// What the probes ask, with more arguments, of the door that is in this place: the exit status, and what is printed.
    fn ask(&self, door: (&str, &str), more: &[&str]) -> (Option<i32>, String) {
        let probes = lists(&self.manifest, "command:");
        let [probe] = &probes[..] else { panic!("one command: {probes:?}") };
        assert_eq!(probe[..2], ["quickpickle", "health"]);
        let probe = probe[1..].iter().map(|argument| self.argument(argument).replace(door.0, door.1));
        let output = Command::new(quickpickle()).args(probe).args(more).output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The one metric that the number of pods goes by.
    fn metric(&self) -> &str {
        let names = self.manifest.lines().filter_map(|line| line.trim().strip_prefix("metric: {name: "));
        let names: Vec<_> = names.filter_map(|name| name.strip_suffix('}')).collect();
        let [name] = names[..] else { panic!("one metric: {names:?}") };
        name
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(feature = "mainnet")]
async fn a_node_runs_as_its_manifest_has_it() {
    let here = Here::new("node.yaml", &[("--drain-delay=10", "--drain-delay=1")]);
    let authority = Authority::new();
    let (certificate, key) = authority.issue();
    for (name, text) in
        [("tls/tls.crt", &certificate), ("tls/tls.key", &key), ("tls/ca.crt", &authority.pem())]
    {
        here.secret(name, text);
    }
    let own = ["--listen=0.0.0.0:7100", "--socket-dir=/run/quickpickle", "--log-format=json"];
    let (first, rest) = here.arguments(&own);
    assert_eq!(first, "node");
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let mut node = Node::start_at("0.0.0.0:0", &rest);
    let metrics = node.told("metrics on ");
    let mut node = node.ready();

    let port = format!(":{}", node.address.rsplit(':').next().expect("a port"));
    let ask = |more: &[&str]| here.ask((":7100", &port), more);
    assert_eq!(ask(&[]), (Some(0), "serving".to_owned()));
    assert_eq!(ask(&["--service", "nobody"]), (Some(1), "unknown service".to_owned()));
    let page = tokio::task::block_in_place(|| get(&metrics, "/metrics"));
    assert!(page.contains(&format!("\n{} 0", here.metric())), "{page}");

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

#[cfg(all(feature = "mainnet", feature = "jetstream"))]
quickpickle_vectors::needs_nats_server!(a_worker_runs_as_its_manifest_has_it);

#[cfg(all(feature = "mainnet", feature = "jetstream"))]
async fn a_worker_runs_as_its_manifest_has_it() {
    let (authority, account) = (Authority::new(), Account::new());
    let server = account.server_with_tls(&authority);
    let url = format!("tls://localhost:{}", server.port);
    let here = Here::new("worker.yaml", &[("tls://nats.nats.svc:4222", &url)]);
    here.secret("nats/ca.crt", &authority.pem());
    here.secret("nats/user.creds", &account.user(&WORKER));
    let own = ["--listen=unix:/run/quickpickle/door", "--socket-dir=/run/quickpickle", "--log-format=json"];
    let (first, rest) = here.arguments(&own);
    assert_eq!(first, "worker");
    let door = format!("unix:{}", here.folder.path().join("door").display());
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let mut node = Node::start_worker_at(&door, &rest);
    let metrics = node.told("metrics on ");
    let mut node = node.ready();

    let ask = || here.ask(("unix:/run/quickpickle/door", &door), &[]);
    assert_eq!(ask(), (Some(0), "serving".to_owned()));
    let options = ConnectOptions::new().add_root_certificates(here.folder.path().join("etc/nats/ca.crt"));
    let options = options.credentials(&account.user(&SENDER)).expect("credentials");
    let sender = Sender::connect(&url, options).await;
    assert!(sender.send("one", &side_loaded("n0-arith")).await);
    assert_eq!(sender.verdicts(1).await.get("one").map(|answer| answer.0), Some(Kind::Valid));
    let page = tokio::task::block_in_place(|| get(&metrics, "/metrics"));
    assert!(page.contains("\nquickpickle_farm_connected 1"), "{page}");

    // The rule for the metric names the stream and the consumer that are there.
    let readme = manifest("README.md");
    assert!(readme.contains(&format!("as: {}", here.metric())), "no rule for {}", here.metric());
    let word = |label: &str| readme.split(&format!("{label}=\"")).nth(1)?.split('"').next();
    let (stream, consumer) =
        (word("stream_name").expect("a stream"), word("consumer_name").expect("a consumer"));
    let stream = sender.context.get_stream(stream).await.expect("the stream");
    assert_eq!(stream.consumer_info(consumer).await.expect("the consumer").num_pending, 0);

    node.signal(Signal::TERM);
    assert_eq!(tokio::task::block_in_place(|| node.wait()).code(), Some(0));
    assert_eq!(ask(), (Some(2), String::new()), "it is not there");
}

#[test]
fn pods_may_write_nothing_and_are_nobody() {
    for name in ["node.yaml", "worker.yaml"] {
        let manifest = manifest(name);
        let containers = manifest.matches("- name: metrics\n          image:").count() + 1;
        for (words, count) in [
            ("readOnlyRootFilesystem: true", 1),
            ("allowPrivilegeEscalation: false", 1),
            ("capabilities: {drop: [ALL]}", 1),
            ("securityContext: &least", 1),
            ("securityContext: *least", containers - 1),
            ("runAsNonRoot: true", 1),
            ("automountServiceAccountToken: false", 1),
            ("kind: PodDisruptionBudget", 1),
            ("kind: HorizontalPodAutoscaler", 1),
        ] {
            assert_eq!(manifest.matches(words).count(), count, "{name}: {words}");
        }
    }
}

#[test]
fn a_pod_has_the_time_that_its_process_takes_to_end() {
    let worker = manifest("worker.yaml");
    let [grace, drain] =
        ["terminationGracePeriodSeconds", "--drain-timeout"].map(|words| number(&worker, words));
    assert!(drain > 0 && grace >= drain + 5, "{grace} s for {drain}");
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
