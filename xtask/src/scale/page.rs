//! The page that tells what volumes take.

use std::fmt;

use quickpickle_memory::number;

use super::figures::{Assumed, Figure, Figures, Measured, Other};
use super::outcome::{Outcome, percentile};
use super::plan::{BATCHES, DAY, Plan, Scenario, VOLUMES, scenarios};
use super::simulation::simulate;

/// What the page is made of.
pub struct Page<'a> {
    figures: &'a Figures,
    seed: u64,
    plans: Vec<Plan>,
    /// Of the plans with the node's own batches.
    simulated: Vec<(Plan, Vec<(Scenario, Outcome)>)>,
}

impl<'a> Page<'a> {
    pub fn reckon(figures: &'a Figures, seed: u64) -> Self {
        let all = VOLUMES.into_iter().flat_map(|volume| BATCHES.map(|batch| (volume, batch)));
        let plans: Vec<_> = all.map(|(volume, batch)| Plan::new(figures, volume, batch)).collect();
        let own = plans.iter().filter(|plan| plan.batch == BATCHES[0]);
        let run = |scenario: Scenario| {
            let outcome = simulate(&scenario.farm, &scenario.load, scenario.proofs, seed);
            (scenario, outcome)
        };
        let simulated =
            own.map(|plan| (*plan, scenarios(figures, plan).into_iter().map(run).collect())).collect();
        Self { figures, seed, plans, simulated }
    }
}

/// A volume in words.
fn words(volume: f64) -> String {
    format!("10^{:.0}", volume.log10())
}

/// A time in the unit that fits it.
fn time(seconds: f64) -> String {
    if seconds < 1.0 { format!("{} ms", number(seconds * 1e3)) } else { format!("{} s", number(seconds)) }
}

/// A number of bytes.
fn bytes(count: f64) -> String {
    if count == 0.0 {
        return "0".to_owned();
    }
    let units = ["B", "kB", "MB", "GB", "TB"];
    let place = (0..units.len() - 1).take_while(|i| count >= 1e3_f64.powi(*i as i32 + 1)).count();
    format!("{} {}", number(count / 1e3_f64.powi(place as i32)), units[place])
}

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Measured {
            cores, single_ms, one_more_ms, batch_of_8_ms, batch_of_64_ms, batch_of_512_ms, ..
        } = &self.figures.measured;
        let (common, each) = self.figures.measured.batch();
        let seed = match self.seed {
            1 => String::new(),
            seed => format!(" --seed {seed}"),
        };
        writeln!(
            f,
            "# Past one machine\n\n\
             Written by `cargo xtask scale{seed}` from the figures in `xtask/src/scale/figures.toml`: those of the \
             [quiet run](benchmarks.md#a-quiet-run) and of [node.md](node.md), which a test holds together. A new measurement goes there, \
             and the command writes this page again. Nothing here was measured on more than one machine: on one, several nodes gain \
             nothing over one, which uses all cores ([measured](farm/README.md#throughput)), and on machines of their own each is reckoned \
             to add its capacity. What was reckoned is simulated, and the simulation is compared with queueing theory by its tests.\n\n\
             On {} cores a batch takes {} ms, and {} ms more for each of its proofs ({} ms for one alone). So everything depends on \
             how many proofs are verified together: a node that is busy collects what comes meanwhile, and its next batch is larger. By \
             these two figures a proof in a batch of 8, 64 and 512 takes {} ms; measured were {}, {} and {} ms.\n",
            cores.value,
            number(common * 1e3),
            one_more_ms.value,
            single_ms.value,
            [8.0, 64.0, 512.0].map(|batch| number((common / batch + each) * 1e3)).join(", "),
            batch_of_8_ms.value,
            batch_of_64_ms.value,
            batch_of_512_ms.value,
        )?;
        self.plans(f)?;
        self.simulation(f)?;
        self.costs(f)?;
        self.advice(f)?;
        self.sources(f)
    }
}

impl Page<'_> {
    /// What each volume takes.
    fn plans(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { measured, assumed, .. } = self.figures;
        let Measured { cores, main_mib, verifier_mib, binprot_kb, text_kb, .. } = measured;
        writeln!(
            f,
            "## What volumes take\n\n\
             Nodes have {} cores each and are planned for {} % of their capacity; two at least, so that one can die. Messages are a proof \
             each, {} kB in bin_prot and {} kB as o1js's JSON, at the least; the answers are a hundredth of that. Memory is that of a node \
             under load, {} MiB in its main process and {} MiB in its verifier.\n",
            cores.value,
            assumed.load * 100.0,
            binprot_kb.value,
            text_kb.value,
            main_mib.value,
            verifier_mib.value,
        )?;
        writeln!(
            f,
            "| proofs a day | a second | `--batch` | a node's capacity, a second | nodes | cores | network, bin_prot | JSON | bytes a day, bin_prot | memory | a day's cost |\n\
             | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
        )?;
        for plan in &self.plans {
            let Plan { volume, batch, nodes, cores, rate, capacity } = plan;
            let megabits = |kilobytes: f64| number(rate * kilobytes * 8.0 / 1e3);
            let memory = *nodes as f64 * (main_mib.value + verifier_mib.value) * f64::from(1 << 20);
            writeln!(
                f,
                "| {} | {} | {batch} | {} | {nodes} | {cores} | {} Mbit/s | {} Mbit/s | {} | {} | ${} |",
                words(*volume),
                number(*rate),
                number(*capacity),
                megabits(binprot_kb.value),
                megabits(text_kb.value),
                bytes(volume * binprot_kb.value * 1e3),
                bytes(memory),
                number(cores * 24.0 * assumed.price),
            )?;
        }
        let start = &measured.node_start_ms;
        writeln!(
            f,
            "\nA node takes requests {} ms after its start, so that a node more is as fast as the machine that it needs. \
             The price of a core for an hour is {} dollars, an assumption (`--price`).\n",
            start.value, assumed.price
        )
    }

    /// How long proofs wait.
    fn simulation(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Assumed { burst, death_s, back_s, ack_wait_s, .. } = self.figures.assumed;
        let runs = || self.simulated.iter().flat_map(|(_, runs)| runs);
        writeln!(
            f,
            "## How long proofs wait\n\n\
             ![Latency and batches of a node by its load](scale.svg)\n\n\
             The plans with batches of {}, simulated event by event. Nodes take what waits from one queue. Bursts are {burst} proofs at one \
             moment. Where nodes die, each is killed every {death_s} s on average, which is far more often than machines die, and is \
             back after {back_s} s. What it had in hand is handed out again {ack_wait_s} s after it was taken; behind a balancer the client \
             notices at once. Of the {} proofs of all simulations {} were left without a verdict.\n",
            BATCHES[0],
            runs().map(|(scenario, _)| scenario.proofs).sum::<usize>(),
            runs().map(|(_, outcome)| outcome.unanswered()).sum::<usize>(),
        )?;
        writeln!(
            f,
            "| proofs a day | | proofs | batch, mean | busy | median | 95 % | 99 % | 99.9 % | longest | queue, mean | longest | its bytes | deaths | handed out again |\n\
             | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
        )?;
        for (plan, runs) in &self.simulated {
            for (Scenario { name, proofs, .. }, outcome) in runs {
                let latencies = outcome.latencies();
                write!(
                    f,
                    "| {} | {name} | {proofs} | {} | {:.0} % |",
                    words(plan.volume),
                    number(outcome.mean_batch()),
                    outcome.utilisation() * 100.0
                )?;
                for part in [0.5, 0.95, 0.99, 0.999, 1.0] {
                    write!(f, " {} |", time(percentile(&latencies, part)))?;
                }
                let most = outcome.most_waiting;
                writeln!(
                    f,
                    " {} | {most} | {} | {} | {} |",
                    number(outcome.mean_waiting()),
                    bytes(most as f64 * self.figures.measured.binprot_kb.value * 1e3),
                    outcome.deaths,
                    outcome.again
                )?;
            }
        }
        writeln!(f)
    }

    /// A million proofs, here and elsewhere.
    fn costs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { measured, other, assumed } = self.figures;
        let (common, each) = measured.batch();
        writeln!(
            f,
            "## A million proofs\n\n\
             Cores that are held while proofs are verified, at full load. Others' figures are from other machines with two cores: what \
             counts is the order of magnitude.\n\n\
             | verifier | a proof | cores | core-hours | at ${} | start to first verdict | memory | source |\n\
             | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
            assumed.price
        )?;
        let core_hours = |seconds: f64, cores: f64| seconds * cores * 1e6 / 3600.0;
        let start = time(measured.first_verdict_ms.value / 1e3);
        for batch in [1, BATCHES[0], BATCHES[1]] {
            let proof = common / batch as f64 + each;
            let hours = core_hours(proof, measured.cores.value);
            let how = if batch == 1 { "one at a time".to_owned() } else { format!("batches of {batch}") };
            writeln!(
                f,
                "| quickpickle, {how} | {} | {} | {} | ${} | {start} | {} MB | [a quiet run](benchmarks.md#a-quiet-run) |",
                time(proof),
                measured.cores.value,
                number(hours),
                number(hours * assumed.price),
                measured.stream_mb.value,
            )?;
        }
        for Other { name, proof_ms, cores, at_least, start_s, memory_mb, source } in other {
            let hours = core_hours(proof_ms / 1e3, *cores);
            let least = if *at_least { "at least " } else { "" };
            writeln!(
                f,
                "| {name} | {} | {cores} | {least}{} | {least}${} | {} | {memory_mb} MB | {source} |",
                time(proof_ms / 1e3),
                number(hours),
                number(hours * assumed.price),
                time(*start_s),
            )?;
        }
        let largest = self.plans.iter().filter(|plan| plan.volume == VOLUMES[VOLUMES.len() - 1]);
        let planned = largest
            .map(|plan| format!("{} core-hours with batches of {}", number(plan.core_hours()), plan.batch));
        writeln!(
            f,
            "\nThe plans pay for idle time as well: at {} proofs a day a million takes {}.\n",
            words(VOLUMES[VOLUMES.len() - 1]),
            planned.collect::<Vec<_>>().join(", ")
        )
    }

    /// What follows from it.
    fn advice(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (common, each) = self.figures.measured.batch();
        let [own, large] = BATCHES.map(|batch| (common / batch as f64 + each) * 1e3);
        writeln!(
            f,
            "## What follows\n\n\
             - **One machine** is enough for {} million proofs a day even if each is verified alone, and for {} million in batches. The \
             second node is there for the day when the first one dies.\n\
             - **Few full nodes.** A proof takes {} ms in a batch of {}, {} ms in one of {}. Spreading proofs over many idle nodes makes \
             batches small and the bill larger; the latency of a busy node is that of two batches.\n\
             - **A queue or a balancer.** Both answer every proof. Behind a queue the slowest proofs are those of a worker that died, late by \
             the time for its acknowledgement; set it to a few times the longest batch, and extend it while verifying. Behind a balancer \
             they are the client's to send again, and a node that is up may have a queue while another is idle.\n\
             - **Scale by what waits.** A worker that is free takes what there is, however little, so that nodes can be busy all the time at \
             {} % of their capacity: their processors do not tell. At the load that is planned for, a node has {:.0} proofs that wait or are \
             being verified, on average.\n\
             - **Wider machines** were not measured. Until they are, count two-core nodes.\n",
            number(DAY / (common + each) / 1e6),
            number(1e3 / own * DAY / 1e6),
            number(own),
            BATCHES[0],
            number(large),
            BATCHES[1],
            self.figures.assumed.load * 100.0,
            self.in_hand(),
        )?;
        writeln!(f, "Manifests for Kubernetes are in [deploy/kubernetes](../deploy/kubernetes/README.md).\n")
    }

    /// Proofs that a node has at its planned load, in the largest plan that is simulated.
    pub fn in_hand(&self) -> f64 {
        let steady = self.simulated.last().and_then(|(_, runs)| runs.first());
        steady.map_or(0.0, |(_, outcome)| outcome.mean_in_hand())
    }

    /// Where the figures are from.
    fn sources(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## The figures\n\n| figure | value | in | in the words |\n| --- | ---: | --- | --- |")?;
        for (name, Figure { value, document, words }) in self.figures.measured.all() {
            writeln!(
                f,
                "| {name} | {value} | {document} | {} |",
                words.trim_matches(['|', ' ']).replace('|', "\\|")
            )?;
        }
        Ok(())
    }
}
