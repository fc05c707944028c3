//! Verdicts do not depend on what is baked: what is missing is computed, once, and the log tells of it. Run without the
//! features `wrap` and `step`, as CI does, this is the test of the build without tables.

use std::sync::Mutex;

use log::{Log, Metadata, Record};
use quickpickle::wire::o1js;
use quickpickle::{PreparedKey, Verifier};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Keep;

impl Log for Keep {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            LINES.lock().expect("no test panics with the lock").push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

fn verify(case: &str) -> bool {
    let read = |file| quickpickle_vectors::read(&quickpickle_vectors::shipped("o1js").join(case).join(file));
    let proof = o1js::proof_from_json(read("proof.json")).expect("a proof");
    let (key, _) = o1js::verification_key_from_json(read("vk.json")).expect("a key");
    let key = PreparedKey::new(key).expect("a consistent key");
    match Verifier::baked().verify(&key, proof.statement(), &proof.proof) {
        Ok(()) => true,
        Err(error) => {
            assert!(error.is_rejected(), "{error}");
            false
        }
    }
}

#[test]
fn what_is_not_baked_is_computed_once_and_told() {
    log::set_logger(&Keep).expect("the only logger");
    log::set_max_level(log::LevelFilter::Trace);

    assert!(verify("n1-counter-depth1"));
    assert!(!verify("neg-n0-arith--alpha"));
    assert!(verify("n0-arith"));

    // "computed TABLE over an SRS of SIZE in TIME s: REMEDY"
    let lines = LINES.lock().expect("no test panics with the lock").clone();
    let mut computed: Vec<&str> = lines.iter().filter_map(|line| line.split(" in ").next()).collect();
    computed.sort_unstable();
    let count = computed.len();
    computed.dedup();
    assert_eq!(computed.len(), count, "something was computed twice: {lines:#?}");

    let mut tables: Vec<&str> = lines.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    tables.sort_unstable();
    tables.dedup();
    let step: &[&str] = if cfg!(feature = "step") { &[] } else { &["step-srs"] };
    let wrap: &[&str] =
        if cfg!(feature = "wrap") { &[] } else { &["wrap-lagrange-13", "wrap-lagrange-14", "wrap-srs"] };
    assert_eq!(tables, [step, wrap].concat(), "{lines:#?}");
    for line in &lines {
        let feature =
            if line.contains("step") { "the cargo feature step " } else { "the cargo feature wrap " };
        assert!(line.starts_with("computed ") && line.contains(" s: ") && line.contains(feature), "{line}");
    }
}
