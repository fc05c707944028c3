//! What a volume takes, reckoned, and how it is simulated.

use super::arrivals::Load;
use super::figures::Figures;
use super::simulation::{Deaths, Farm, Hand};

/// Seconds of a day.
pub const DAY: f64 = 86_400.0;
/// The volumes, in proofs a day.
pub const VOLUMES: [f64; 3] = [1e3, 1e6, 1e9];
/// Proofs that are verified together at most: the node's default, and what halves the cost of the common part once more.
pub const BATCHES: [usize; 2] = [64, 512];
/// Nodes at least: one that dies leaves another.
const LEAST: usize = 2;

/// What a volume takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Proofs a day.
    pub volume: f64,
    /// Proofs in a batch at most.
    pub batch: usize,
    pub nodes: usize,
    pub cores: f64,
    /// Proofs a second.
    pub rate: f64,
    /// Proofs a second that a node verifies in full batches.
    pub capacity: f64,
}

impl Plan {
    pub fn new(figures: &Figures, volume: f64, batch: usize) -> Self {
        let rate = volume / DAY;
        let capacity = farm(figures, 1, batch).capacity();
        let nodes = (rate / (capacity * figures.assumed.load)).ceil() as usize;
        let nodes = nodes.max(LEAST);
        Self { volume, batch, nodes, cores: nodes as f64 * figures.measured.cores.value, rate, capacity }
    }

    /// Core-hours of a million proofs, idle time and all.
    pub fn core_hours(&self) -> f64 {
        self.cores * 24.0 / (self.volume / 1e6)
    }
}

/// Nodes behind one queue that do not die.
pub fn farm(figures: &Figures, workers: usize, batch: usize) -> Farm {
    let (common, each) = figures.measured.batch();
    let hand = Hand::Queue { ack_wait: figures.assumed.ack_wait_s };
    Farm { workers, batch, common, each, hand, deaths: None }
}

/// A simulation of a plan.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What is else than in the plan's simplest one.
    pub name: &'static str,
    pub farm: Farm,
    pub load: Load,
    pub proofs: usize,
}

/// How a plan is simulated: smooth and in bursts, with nodes that live and that die.
pub fn scenarios(figures: &Figures, plan: &Plan) -> Vec<Scenario> {
    let assumed = &figures.assumed;
    let smooth = Load { rate: plan.rate, burst: 1 };
    let bursts = Load { burst: assumed.burst, ..smooth };
    let steady = farm(figures, plan.nodes, plan.batch);
    let deaths = Some(Deaths { after: assumed.death_s, back: assumed.back_s });
    let dying = Farm { deaths, ..steady };
    // As long as it takes to see deaths: an hour of one node, or a minute of many.
    let proofs = (plan.rate * 60.0).clamp(100_000.0, 400_000.0) as usize;
    let scenario = |name, farm, load| Scenario { name, farm, load, proofs };
    vec![
        scenario("", steady, smooth),
        scenario("bursts", steady, bursts),
        scenario("nodes die", dying, smooth),
        scenario("bursts, nodes die", dying, bursts),
        scenario("the same behind a balancer", Farm { hand: Hand::Balancer, ..dying }, bursts),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::figures;
    use super::*;

    #[test]
    fn a_plan_has_room_for_its_volume_and_no_node_too_many() {
        let figures = figures::read().unwrap();
        for batch in BATCHES {
            for volume in [1e3, 1e6, 1e8, 1e9] {
                let plan = Plan::new(&figures, volume, batch);
                let load = plan.rate / (plan.capacity * plan.nodes as f64);
                assert!(load <= figures.assumed.load, "{plan:?}");
                let fewer = plan.rate / (plan.capacity * (plan.nodes - 1) as f64);
                assert!(plan.nodes == LEAST || fewer > figures.assumed.load, "{plan:?}");
            }
        }
    }

    #[test]
    fn a_day_of_all_nodes_is_what_its_proofs_cost() {
        let figures = figures::read().unwrap();
        let plan = Plan { nodes: 10, cores: 20.0, ..Plan::new(&figures, 1e9, 64) };
        assert!((plan.core_hours() - 0.48).abs() < 1e-12, "{}", plan.core_hours());
    }
}
