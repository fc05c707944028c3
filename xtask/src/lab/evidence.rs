//! Whether a run was what it was meant to be: figures of a network that did not work would mean nothing.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{bail, ensure};
use quickpickle_memory::{Mark, Recording};

use super::plan::{BLOCK, JOB, Mode, NODES, PRODUCERS, Role};

/// What the nodes did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Blocks, by the number of their slots.
    pub blocks: BTreeSet<u64>,
    /// Verifications of others' blocks, of all nodes together.
    pub verified: usize,
    /// Jobs that the workers did.
    pub jobs: usize,
    /// Jobs that a worker had begun when the run ended.
    pub begun: usize,
    /// Real blocks that the seed told, each as often as it did.
    pub told: usize,
    /// Those of them that were found valid, and those that were refused.
    pub replayed: [usize; 2],
}

/// Counts what the nodes did, and fails where a producer proved nothing, a node did not verify every producer's blocks, a
/// worker did no job, or a node had no verdict on real blocks that were told, or another one than the others.
pub fn work(recording: &Recording, mode: Mode) -> anyhow::Result<Work> {
    let mut marks: BTreeMap<&str, Vec<&Mark>> = BTreeMap::new();
    for (_, node, mark) in recording.marks() {
        marks.entry(node).or_default().push(mark);
    }
    let mut work = Work::default();
    for node in NODES {
        let marks = marks.get(node.name).map_or(&[][..], Vec::as_slice);
        let count = |wanted: Mark| marks.iter().filter(|mark| ***mark == wanted).count();
        let proved = |circuit: &str| count(Mark::Proved(circuit.to_owned()));
        let verified = |mark: &&Mark| if let Mark::BlockVerified(slot) = mark { Some(*slot) } else { None };
        let slots: BTreeSet<u64> = marks.iter().filter_map(verified).collect();
        match node.role {
            Role::Producer(_) => ensure!(proved(BLOCK) > 0, "{mode}: {} proved no block", node.name),
            Role::Worker => {
                ensure!(proved(JOB) > 0, "{mode}: {} did no job", node.name);
                work.begun += count(Mark::Proving(JOB.to_owned())).saturating_sub(proved(JOB));
            }
            Role::Seed | Role::Passive | Role::Coordinator => {}
        }
        if node.verifies() {
            for turn in (0..PRODUCERS).filter(|&turn| node.role != Role::Producer(turn)) {
                let of_turn = |slot: &u64| slot % PRODUCERS as u64 == turn as u64;
                ensure!(
                    slots.iter().any(of_turn),
                    "{mode}: {} verified no block of producer {turn}",
                    node.name
                );
            }
        }
        work.verified += slots.len();
        work.blocks.extend(slots);
        work.jobs += marks.iter().filter(|mark| matches!(mark, Mark::JobDone(_))).count();
    }
    ensure!(work.jobs > 0, "{mode}: no job was handed in");
    replays(recording, mode, &mut work)?;
    Ok(work)
}

/// Counts the real blocks.
fn replays(recording: &Recording, mode: Mode, work: &mut Work) -> anyhow::Result<()> {
    let (mut verified, mut refused) = (BTreeSet::new(), BTreeSet::new());
    let mut heard: BTreeSet<&str> = BTreeSet::new();
    for (_, node, mark) in recording.marks() {
        match mark {
            Mark::ReplayTold(_) => work.told += 1,
            Mark::ReplayVerified(block) => {
                verified.insert(block);
                heard.insert(node);
            }
            Mark::ReplayRefused(block) => {
                refused.insert(block);
                heard.insert(node);
            }
            _ => {}
        }
    }
    if let Some(block) = verified.intersection(&refused).next() {
        bail!("{mode}: the nodes do not agree on the real block {block}");
    }
    let hearing = NODES.iter().filter(|node| node.verifies() && node.role != Role::Seed);
    for node in hearing.filter(|_| work.told > 0) {
        ensure!(heard.contains(node.name), "{mode}: {} had no verdict on a real block", node.name);
    }
    work.replayed = [verified.len(), refused.len()];
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickpickle_memory::{Event, Row, Writer};
    use std::time::Duration;

    /// A recording of marks by node.
    fn recording(marks: &[(&str, Mark)]) -> Recording {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes).unwrap();
        let row = |node: &str, event| Row { at: Duration::ZERO, node: node.to_owned(), event };
        NODES.iter().for_each(|node| writer.write(&row(node.name, Event::Begin { unix_ms: 1 })).unwrap());
        for (node, mark) in marks {
            writer.write(&row(node, Event::Mark(mark.clone()))).unwrap();
        }
        writer.flush().unwrap();
        drop(writer);
        Recording::read(&bytes[..]).unwrap()
    }

    /// Slots 8 to 11, each verified by all but its producer; a job of each worker, and one more begun.
    fn good() -> Vec<(&'static str, Mark)> {
        let mut marks = Vec::new();
        for node in NODES {
            for slot in 8..12u64 {
                match node.role {
                    Role::Worker => {}
                    Role::Producer(turn) if slot % 4 == turn as u64 => {
                        marks.push((node.name, Mark::Proved(BLOCK.to_owned())));
                    }
                    _ => marks.push((node.name, Mark::BlockVerified(slot))),
                }
            }
        }
        for (worker, job) in [("worker-1", 1), ("worker-2", 2)] {
            marks.push((worker, Mark::Proving(JOB.to_owned())));
            marks.push((worker, Mark::Proved(JOB.to_owned())));
            marks.push(("coordinator", Mark::JobDone(job)));
        }
        marks.push(("worker-1", Mark::Proving(JOB.to_owned())));
        marks
    }

    #[test]
    fn work_is_counted() {
        let work = work(&recording(&good()), Mode::Baked).unwrap();
        assert_eq!(
            work,
            Work { blocks: (8..12).collect(), verified: 7 * 4 - 4, jobs: 2, begun: 1, ..Work::default() }
        );
    }

    #[test]
    fn real_blocks_have_one_verdict_from_all() {
        let block = |name: &str| name.to_owned();
        let mut marks = good();
        let told = ["a", "b", "c"].map(|name| ("seed", Mark::ReplayTold(block(name))));
        marks.extend(told);
        for node in NODES.iter().filter(|node| node.verifies() && node.role != Role::Seed) {
            marks.extend([
                (node.name, Mark::ReplayVerified(block("a"))),
                (node.name, Mark::ReplayRefused(block("b"))),
            ]);
        }
        let work = super::work(&recording(&marks), Mode::Baked).unwrap();
        assert_eq!((work.told, work.replayed), (3, [1, 1]));
        let contrary = ("fish-1", Mark::ReplayRefused(block("a")));
        assert!(super::work(&recording(&[&marks[..], &[contrary]].concat()), Mode::Baked).is_err());
        marks.retain(|(node, mark)| {
            *node != "passive" || !matches!(mark, Mark::ReplayVerified(_) | Mark::ReplayRefused(_))
        });
        assert!(super::work(&recording(&marks), Mode::Baked).is_err());
    }

    #[test]
    fn a_network_in_which_anything_is_missing_is_refused() {
        let missing = [
            ("fish-2", Mark::Proved(BLOCK.to_owned())),
            ("seed", Mark::BlockVerified(9)),
            ("whale-1", Mark::BlockVerified(11)),
            ("worker-2", Mark::Proved(JOB.to_owned())),
        ];
        for missing in missing {
            let marks: Vec<_> = good().into_iter().filter(|mark| *mark != missing).collect();
            assert!(work(&recording(&marks), Mode::Prover).is_err(), "{missing:?}");
        }
        let marks: Vec<_> =
            good().into_iter().filter(|(_, mark)| !matches!(mark, Mark::JobDone(_))).collect();
        assert!(work(&recording(&marks), Mode::Prover).is_err());
    }
}
