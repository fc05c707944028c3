//! What is measured, by whom, and what is assumed: `figures.toml`.

use serde::Deserialize;

/// All figures.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    pub measured: Measured,
    pub other: Vec<Other>,
    pub assumed: Assumed,
}

/// A figure, and where it stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    pub value: f64,
    /// A document of this repository.
    pub document: String,
    /// What stands in it.
    pub words: String,
}

/// Figures of quickpickle.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// That the times were measured on.
    pub cores: Figure,
    pub single_ms: Figure,
    pub one_more_ms: Figure,
    pub batch_of_8_ms: Figure,
    pub batch_of_64_ms: Figure,
    pub batch_of_512_ms: Figure,
    pub node_start_ms: Figure,
    pub first_verdict_ms: Figure,
    pub stream_mb: Figure,
    pub main_mib: Figure,
    pub verifier_mib: Figure,
    pub binprot_kb: Figure,
    pub text_kb: Figure,
}

/// What another verifier takes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Other {
    pub name: String,
    pub proof_ms: f64,
    pub cores: f64,
    /// Whether it may be more.
    #[serde(default)]
    pub at_least: bool,
    pub start_s: f64,
    pub memory_mb: f64,
    pub source: String,
}

/// What is chosen.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumed {
    pub load: f64,
    pub price: f64,
    pub burst: usize,
    pub death_s: f64,
    pub back_s: f64,
    pub ack_wait_s: f64,
}

/// The figures as they stand in the source.
pub fn read() -> anyhow::Result<Figures> {
    Ok(toml::from_str(include_str!("figures.toml"))?)
}

impl Measured {
    /// All of them, with what they are called on the page.
    pub fn all(&self) -> [(&'static str, &Figure); 13] {
        [
            ("cores", &self.cores),
            ("a proof alone, ms", &self.single_ms),
            ("one more proof in a batch, ms", &self.one_more_ms),
            ("a proof in a batch of 8, ms", &self.batch_of_8_ms),
            ("a proof in a batch of 64, ms", &self.batch_of_64_ms),
            ("a proof in a batch of 512, ms", &self.batch_of_512_ms),
            ("a node's start until it takes requests, ms", &self.node_start_ms),
            ("a process's start until its first verdict, ms", &self.first_verdict_ms),
            ("memory of a process that verifies a stream, MB", &self.stream_mb),
            ("memory of a node's main process, MiB", &self.main_mib),
            ("memory of its verifier, MiB", &self.verifier_mib),
            ("a proof in bin_prot, kB", &self.binprot_kb),
            ("a proof as o1js's JSON, kB", &self.text_kb),
        ]
    }

    /// What a batch takes, in seconds: for all of it, and for each of its proofs.
    pub fn batch(&self) -> (f64, f64) {
        let each = self.one_more_ms.value;
        ((self.single_ms.value - each) / 1e3, each / 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn every_measured_figure_stands_in_its_document() {
        let measured: toml::Table = include_str!("figures.toml").parse().unwrap();
        let measured = measured["measured"].as_table().unwrap();
        for (name, figure) in measured {
            let figure: Figure = figure.clone().try_into().unwrap();
            let text = fs::read_to_string(crate::root().join(&figure.document)).unwrap();
            let Figure { value, document, words } = figure;
            assert!(text.contains(&words), "{name}: {document} does not say {words:?} any more");
            let number = if name == "cores" { "two".to_owned() } else { value.to_string() };
            let is_there = words.contains(&number) || words.contains(&format!("{value:.1}"));
            assert!(is_there, "{name} is {value}, and {document} says {words:?}");
        }
        assert!(measured.len() > 10);
    }

    #[test]
    fn a_batch_is_a_common_part_and_a_part_for_each_proof() {
        let Figures { measured, .. } = read().unwrap();
        let (common, each) = measured.batch();
        let figures = [&measured.batch_of_8_ms, &measured.batch_of_64_ms, &measured.batch_of_512_ms];
        for (proofs, figure) in [8.0, 64.0, 512.0].into_iter().zip(figures) {
            let reckoned = (common / proofs + each) * 1e3;
            let ratio = reckoned / figure.value;
            assert!((0.93..1.07).contains(&ratio), "{proofs} proofs: {reckoned} ms each by reckoning");
        }
    }
}
