//! What happened to a node, as the marks of a recording tell it.

use std::fmt;

use crate::row::is_name;

/// Something that happened to a node. A recording has it as a text of a fixed form, which is told at each. Names of processes
/// and circuits are those that [`is_name`] knows; a mark with another one is read as [`Mark::Other`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Mark {
    /// `PROCESS started`: a process of the node was started.
    Started(String),
    /// `PROCESS initialising`: it is told what it needs, such as keys.
    Initialising(String),
    /// `PROCESS ready`: it can do its work at once.
    Ready(String),
    /// `PROCESS stopped`: it has ended.
    Stopped(String),
    /// `keys known`: the node has the verification keys.
    KeysKnown,
    /// `draining`: the node takes no more requests, and ends when those in flight are answered.
    Draining,
    /// `proving CIRCUIT`: a proof was begun.
    Proving(String),
    /// `proved CIRCUIT`: a proof was made.
    Proved(String),
    /// `block SLOT made`: the node made the block of this slot.
    BlockMade(u64),
    /// `block SLOT verified`: the node found another's block of this slot valid.
    BlockVerified(u64),
    /// `job JOB done`: the node took a valid proof of this job.
    JobDone(u64),
    /// `replay BLOCK told`: the node told its peers of this real block.
    ReplayTold(String),
    /// `replay BLOCK verified`: the node found it valid.
    ReplayVerified(String),
    /// `replay BLOCK refused`: the node found it not to be.
    ReplayRefused(String),
    /// Any other text: a program that records may have marks of its own.
    Other(String),
}

impl Mark {
    /// The mark that this text stands for.
    pub fn of(text: &str) -> Self {
        Self::known(text).unwrap_or_else(|| Self::Other(text.to_owned()))
    }

    fn known(text: &str) -> Option<Self> {
        match text {
            "keys known" => return Some(Self::KeysKnown),
            "draining" => return Some(Self::Draining),
            _ => {}
        }
        let words: Vec<&str> = text.split(' ').collect();
        // Only a number as it is written here, so that reading and writing change no text.
        let number = |word: &str| word.parse().ok().filter(|number: &u64| number.to_string() == word);
        match words[..] {
            ["block", slot, "made"] => number(slot).map(Self::BlockMade),
            ["block", slot, "verified"] => number(slot).map(Self::BlockVerified),
            ["job", job, "done"] => number(job).map(Self::JobDone),
            ["replay", block, "told"] if is_name(block) => Some(Self::ReplayTold(block.to_owned())),
            ["replay", block, "verified"] if is_name(block) => Some(Self::ReplayVerified(block.to_owned())),
            ["replay", block, "refused"] if is_name(block) => Some(Self::ReplayRefused(block.to_owned())),
            ["proving", circuit] if is_name(circuit) => Some(Self::Proving(circuit.to_owned())),
            ["proved", circuit] if is_name(circuit) => Some(Self::Proved(circuit.to_owned())),
            [process, phase] if is_name(process) => {
                let process = process.to_owned();
                match phase {
                    "started" => Some(Self::Started(process)),
                    "initialising" => Some(Self::Initialising(process)),
                    "ready" => Some(Self::Ready(process)),
                    "stopped" => Some(Self::Stopped(process)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// As recordings have it.
impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started(process) => write!(f, "{process} started"),
            Self::Initialising(process) => write!(f, "{process} initialising"),
            Self::Ready(process) => write!(f, "{process} ready"),
            Self::Stopped(process) => write!(f, "{process} stopped"),
            Self::KeysKnown => f.write_str("keys known"),
            Self::Draining => f.write_str("draining"),
            Self::Proving(circuit) => write!(f, "proving {circuit}"),
            Self::Proved(circuit) => write!(f, "proved {circuit}"),
            Self::BlockMade(slot) => write!(f, "block {slot} made"),
            Self::BlockVerified(slot) => write!(f, "block {slot} verified"),
            Self::JobDone(job) => write!(f, "job {job} done"),
            Self::ReplayTold(block) => write!(f, "replay {block} told"),
            Self::ReplayVerified(block) => write!(f, "replay {block} verified"),
            Self::ReplayRefused(block) => write!(f, "replay {block} refused"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_stands_for_one_mark_and_comes_back() {
        let name = || "verifier".to_owned();
        for (text, mark) in [
            ("verifier started", Mark::Started(name())),
            ("verifier initialising", Mark::Initialising(name())),
            ("verifier ready", Mark::Ready(name())),
            ("verifier stopped", Mark::Stopped(name())),
            ("keys known", Mark::KeysKnown),
            ("draining", Mark::Draining),
            ("proving transaction", Mark::Proving("transaction".to_owned())),
            ("proved transaction", Mark::Proved("transaction".to_owned())),
            ("block 149618472 made", Mark::BlockMade(149_618_472)),
            ("block 0 verified", Mark::BlockVerified(0)),
            ("job 18446744073709551615 done", Mark::JobDone(u64::MAX)),
            ("replay 0123456789abcdef told", Mark::ReplayTold("0123456789abcdef".to_owned())),
            ("replay a verified", Mark::ReplayVerified("a".to_owned())),
            ("replay 7 refused", Mark::ReplayRefused("7".to_owned())),
        ] {
            assert_eq!(Mark::of(text), mark);
            assert_eq!(mark.to_string(), text);
        }
        for text in ["", "x", "block 07 made", "block +7 made", "job 7 done ", "a/b ready", "two words more"]
        {
            assert_eq!(Mark::of(text), Mark::Other(text.to_owned()));
        }
    }
}
