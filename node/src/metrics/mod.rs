//! What Prometheus is told.

mod http;

pub use http::serve;

use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::proto::v1::verdict::Kind;

/// Names with values, of which a metric has one number each.
pub(crate) type Labels<const N: usize> = [(&'static str, &'static str); N];

/// The metrics of a node.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    verdicts: Family<Labels<1>, Counter>,
    refused: Family<Labels<1>, Counter>,
    verification: Histogram,
    proving: Histogram,
    queued: Gauge,
    replaced: Family<Labels<2>, Counter>,
    starts: Family<Labels<1>, Gauge>,
    memory: Family<Labels<1>, Gauge>,
}

impl Metrics {
    /// Metrics that begin with zero, of a node of this version and role.
    pub fn new(version: &'static str, role: &'static str) -> Self {
        let seconds = || Histogram::new(exponential_buckets(0.001, 2.0, 18));
        let mut metrics = Self {
            registry: Registry::with_prefix("quickpickle"),
            verdicts: Family::default(),
            refused: Family::default(),
            verification: seconds(),
            proving: seconds(),
            queued: Gauge::default(),
            replaced: Family::default(),
            starts: Family::default(),
            memory: Family::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("build", "What runs", Info::new(vec![("version", version), ("role", role)]));
        registry.register("verdicts", "Proofs by verdict", metrics.verdicts.clone());
        registry.register(
            "refused_requests",
            "Requests without a verdict, by reason",
            metrics.refused.clone(),
        );
        let help = "From a request's arrival to its verdicts";
        registry.register("verification_seconds", help, metrics.verification.clone());
        registry.register(
            "proving_seconds",
            "From a request's arrival to its proof",
            metrics.proving.clone(),
        );
        registry.register(
            "queued_proofs",
            "Proofs that are queued or being verified",
            metrics.queued.clone(),
        );
        let help = "Workers that had to be replaced, by reason";
        registry.register("worker_replacements", help, metrics.replaced.clone());
        let help = "From the start of a worker's process to its readiness, the last time";
        registry.register("worker_start_milliseconds", help, metrics.starts.clone());
        registry.register("resident_bytes", "Memory of the processes", metrics.memory.clone());
        metrics
    }

    /// Where other parts of the node add metrics of their own.
    #[cfg(any(feature = "network", feature = "jetstream"))]
    pub fn registry(&mut self) -> &mut Registry {
        &mut self.registry
    }

    /// A proof has a verdict.
    pub fn verdict(&self, kind: Kind) {
        self.verdicts.get_or_create(&[("verdict", kind.word())]).inc();
    }

    /// A request has none.
    pub fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&[("reason", reason)]).inc();
    }

    /// A request was answered after this time.
    pub fn verified(&self, time: Duration) {
        self.verification.observe(time.as_secs_f64());
    }

    /// A proof was made in this time.
    pub fn proved(&self, time: Duration) {
        self.proving.observe(time.as_secs_f64());
    }

    /// This many proofs are queued.
    pub fn queued(&self, proofs: usize) {
        self.queued.set(i64::try_from(proofs).unwrap_or(i64::MAX));
    }

    /// A worker is replaced.
    pub fn replaced(&self, worker: &'static str, reason: &'static str) {
        self.replaced.get_or_create(&[("worker", worker), ("reason", reason)]).inc();
    }

    /// A worker is ready.
    pub fn started(&self, worker: &'static str, time: Duration) {
        let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        self.starts.get_or_create(&[("worker", worker)]).set(millis);
    }

    /// A process has this many bytes in memory.
    pub fn memory(&self, process: &'static str, bytes: u64) {
        self.memory.get_or_create(&[("process", process)]).set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// All of it in the text format of OpenMetrics.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told() {
        let metrics = Metrics::new("1.2.3", "passive");
        metrics.verdict(Kind::Valid);
        metrics.verdict(Kind::Valid);
        metrics.verdict(Kind::Rejected);
        metrics.replaced("verifier", "memory");
        metrics.verified(Duration::from_millis(3));
        let text = metrics.text();
        for line in [
            "quickpickle_build_info{version=\"1.2.3\",role=\"passive\"} 1",
            "quickpickle_verdicts_total{verdict=\"valid\"} 2",
            "quickpickle_verdicts_total{verdict=\"rejected\"} 1",
            "quickpickle_worker_replacements_total{worker=\"verifier\",reason=\"memory\"} 1",
            "quickpickle_verification_seconds_count 1",
            "# EOF",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
