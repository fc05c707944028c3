//! What Prometheus is told of a worker of a farm.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::metrics::Labels;

/// Counts what happens to requests; clones count together.
#[derive(Clone, Debug, Default)]
pub struct FarmMetrics {
    requests: Family<Labels<1>, Counter>,
    redelivered: Counter,
    held: Gauge,
    connected: Gauge,
}

impl FarmMetrics {
    /// Counters that are on the page of this registry.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let help = "Requests of the work queue, by what became of them";
        registry.register("farm_requests", help, metrics.requests.clone());
        let help = "Requests that were handed over before, here or to another worker";
        registry.register("farm_redelivered", help, metrics.redelivered.clone());
        registry.register("farm_held", "Requests that this worker has at hand", metrics.held.clone());
        registry.register(
            "farm_connected",
            "Whether there is a connection to NATS",
            metrics.connected.clone(),
        );
        metrics
    }

    pub(super) fn request(&self, outcome: &'static str) {
        self.requests.get_or_create(&[("outcome", outcome)]).inc();
    }

    pub(super) fn redelivered(&self) {
        self.redelivered.inc();
    }

    pub(super) fn held(&self, count: usize) {
        self.held.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    pub(super) fn connected(&self, is: bool) {
        self.connected.set(is.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    #[test]
    fn a_workers_requests_are_on_the_nodes_page() {
        let mut metrics = Metrics::new("0", "passive");
        let of_farm = FarmMetrics::register(metrics.registry());
        of_farm.request("answered");
        of_farm.clone().request("answered");
        of_farm.redelivered();
        of_farm.held(7);
        of_farm.connected(true);
        let text = metrics.text();
        for line in [
            "quickpickle_farm_requests_total{outcome=\"answered\"} 2",
            "quickpickle_farm_redelivered_total 1",
            "quickpickle_farm_held 7",
            "quickpickle_farm_connected 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
