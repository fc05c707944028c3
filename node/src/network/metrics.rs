//! What Prometheus is told of blocks and jobs.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::metrics::Labels;

/// Counts blocks and jobs; clones count together.
#[derive(Clone, Debug, Default)]
pub struct NetworkMetrics {
    blocks: Family<Labels<1>, Counter>,
    jobs: Family<Labels<1>, Counter>,
}

impl NetworkMetrics {
    /// Counters that are on the page of this registry.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register("blocks", "Blocks that were announced, by outcome", metrics.blocks.clone());
        registry.register("jobs", "Jobs of the coordinator, by what happened to them", metrics.jobs.clone());
        metrics
    }

    /// A block was announced.
    pub fn block(&self, outcome: &'static str) {
        self.blocks.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// Something happened to a job.
    pub fn job(&self, event: &'static str) {
        self.jobs.get_or_create(&[("event", event)]).inc();
    }

    /// How many blocks had this outcome.
    pub fn blocks(&self, outcome: &'static str) -> u64 {
        self.blocks.get_or_create(&[("outcome", outcome)]).get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    #[test]
    fn blocks_and_jobs_are_on_the_nodes_page() {
        let mut metrics = Metrics::new("0", "seed");
        let of_network = NetworkMetrics::register(metrics.registry());
        of_network.block("accepted");
        of_network.clone().block("accepted");
        of_network.job("done");
        assert_eq!((of_network.blocks("accepted"), of_network.blocks("refused")), (2, 0));
        let text = metrics.text();
        for line in
            ["quickpickle_blocks_total{outcome=\"accepted\"} 2", "quickpickle_jobs_total{event=\"done\"} 1"]
        {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
