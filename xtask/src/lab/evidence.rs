//! Whether a run was what it was meant to be: figures of a network that did not work would mean nothing.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::ensure;
use quickpickle_report::Recording;

use super::plan::{Mode, NODES, PRODUCERS, Part};

/// What the nodes did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Blocks, by the number of their slots.
    pub blocks: BTreeSet<u64>,
    /// Verifications of others' blocks, of all nodes together.
    pub verified: usize,
    /// Jobs that the workers did.
    pub jobs: usize,
}

/// Counts what the nodes did, and fails where a producer proved nothing, a node did not verify every producer's blocks, or a
/// worker did no job.
pub fn work(recording: &Recording, mode: Mode) -> anyhow::Result<Work> {
    let mut marks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, node, text) in recording.marks() {
        marks.entry(node).or_default().push(text);
    }
    let mut work = Work::default();
    for node in NODES {
        let texts = marks.get(node.name).map_or(&[][..], Vec::as_slice);
        let proofs =
            |circuit: &str| texts.iter().filter(|text| **text == format!("proved {circuit}")).count();
        let slots: BTreeSet<u64> = texts.iter().filter_map(|text| slot_of(text)).collect();
        match node.part {
            Part::Producer(_) => ensure!(proofs("blockchain") > 0, "{mode}: {} proved no block", node.name),
            Part::Worker => ensure!(proofs("transaction") > 0, "{mode}: {} did no job", node.name),
            Part::Seed | Part::Passive | Part::Coordinator => {}
        }
        if node.verifies() {
            for turn in (0..PRODUCERS).filter(|&turn| node.part != Part::Producer(turn)) {
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
        work.jobs += texts.iter().filter(|text| text.starts_with("job ") && text.ends_with(" done")).count();
    }
    ensure!(work.jobs > 0, "{mode}: no job was handed in");
    Ok(work)
}

/// The slot in a mark such as `block 7 verified`.
fn slot_of(text: &str) -> Option<u64> {
    text.strip_prefix("block ")?.strip_suffix(" verified")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickpickle_report::{Event, Row, Writer};
    use std::time::Duration;

    /// A recording of marks by node.
    fn recording(marks: &[(&str, String)]) -> Recording {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes).unwrap();
        let row = |node: &str, event| Row { at: Duration::ZERO, node: node.to_owned(), event };
        NODES.iter().for_each(|node| writer.write(&row(node.name, Event::Begin { unix_ms: 1 })).unwrap());
        for (node, text) in marks {
            writer.write(&row(node, Event::Mark { text: text.clone() })).unwrap();
        }
        writer.flush().unwrap();
        drop(writer);
        Recording::read(&bytes[..]).unwrap()
    }

    /// Slots 8 to 11, each verified by all but its producer; a job of each worker.
    fn good() -> Vec<(&'static str, String)> {
        let mut marks = Vec::new();
        for node in NODES {
            for slot in 8..12u64 {
                match node.part {
                    Part::Worker => {}
                    Part::Producer(turn) if slot % 4 == turn as u64 => {
                        marks.push((node.name, "proved blockchain".to_owned()));
                    }
                    _ => marks.push((node.name, format!("block {slot} verified"))),
                }
            }
        }
        marks.push(("worker-1", "proved transaction".to_owned()));
        marks.push(("worker-2", "proved transaction".to_owned()));
        marks.push(("coordinator", "job 1 done".to_owned()));
        marks.push(("coordinator", "job 2 done".to_owned()));
        marks
    }

    #[test]
    fn work_is_counted() {
        let work = work(&recording(&good()), Mode::Baked).unwrap();
        assert_eq!(work, Work { blocks: (8..12).collect(), verified: 7 * 4 - 4, jobs: 2 });
    }

    #[test]
    fn a_network_in_which_anything_is_missing_is_refused() {
        let missing = [
            ("fish-2", "proved blockchain"),
            ("seed", "block 9 verified"),
            ("whale-1", "block 11 verified"),
            ("worker-2", "proved transaction"),
        ];
        for (node, text) in missing {
            let marks: Vec<_> =
                good().into_iter().filter(|mark| (mark.0, mark.1.as_str()) != (node, text)).collect();
            assert!(work(&recording(&marks), Mode::Prover).is_err(), "{node}: {text}");
        }
        let marks: Vec<_> = good().into_iter().filter(|mark| !mark.1.ends_with(" done")).collect();
        assert!(work(&recording(&marks), Mode::Prover).is_err());
    }
}
