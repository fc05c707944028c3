//! What a node is told of its network.

use std::path::PathBuf;
use std::time::Duration;

use super::Replay;
use crate::config::{CircuitSpec, Peer, Role};
use crate::keys::BLOCKCHAIN;

/// The slots of a block producer: of the time since 1970 in slots of `length`, those are its own whose number is `turn`
/// modulo `producers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    /// The length of a slot.
    pub length: Duration,
    /// Which of the producers it is, from 0.
    pub turn: u64,
    /// How many producers there are.
    pub producers: u64,
}

/// What a snark coordinator is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coordination {
    /// How long a worker has for a job without a word of it.
    pub lease: Duration,
    /// Jobs that each new block brings along.
    pub jobs_per_block: u64,
    /// Where the jobs are kept; without it the coordinator forgets them at its end.
    pub job_dir: Option<PathBuf>,
}

/// What a node does by way of NATS servers.
#[cfg(feature = "jetstream")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nats {
    /// How they are reached.
    pub servers: crate::jetstream::Options,
    /// Whether a coordinator keeps its jobs there, which others then share.
    pub jobs: bool,
    /// Whether blocks are published there, and taken in.
    pub blocks: bool,
}

/// How a node takes part in its network; by default it does nothing there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Participation {
    /// Nodes that are told of new blocks.
    pub peers: Vec<Peer>,
    /// When a block producer makes blocks by itself.
    pub slots: Option<Slots>,
    /// Whose jobs a snark worker pulls.
    pub coordinator: Option<Peer>,
    /// What a coordinator does.
    pub coordination: Coordination,
    /// Where an archive keeps blocks.
    pub archive: Option<PathBuf>,
    /// Real blocks that the node tells its peers beside its own.
    pub replay: Option<Replay>,
    /// What goes by way of NATS servers.
    #[cfg(feature = "jetstream")]
    pub nats: Option<Nats>,
}

/// Why a node cannot take part in a network as it is told to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParticipationError {
    /// A worker has nobody to work for.
    #[error("a snark-worker needs the --coordinator whose jobs it pulls, and a --circuit at least")]
    NoCoordinator,
    /// An option has nothing to do with the role.
    #[error("{option} is for --role {of}, not for {role}")]
    Other {
        /// The option.
        option: &'static str,
        /// The role that takes it.
        of: Role,
        /// The node's role.
        role: Role,
    },
    /// An archive keeps nothing.
    #[error("an archive keeps the blocks that it has verified: say --archive-dir DIR")]
    NoArchive,
    /// A producer cannot prove.
    #[error("blocks are proofs of the circuit blockchain: say --circuit blockchain=...")]
    NoBlockCircuit,
    /// The turn is not one of the producers'.
    #[error("turn {turn} of {producers}: the turns begin with 0")]
    Turn {
        /// The turn.
        turn: u64,
        /// How many there are.
        producers: u64,
    },
    /// Jobs are kept in one place.
    #[cfg(feature = "jetstream")]
    #[error("--job-dir keeps jobs in a folder, and --nats-jobs on NATS servers: say one of them")]
    TwoPlaces,
    /// A connection that nothing uses.
    #[cfg(feature = "jetstream")]
    #[error("--nats is for --nats-jobs, --nats-blocks, or both")]
    NoUse,
    /// Nobody would be told.
    #[error("--replay tells blocks to other nodes: say --peer ADDRESS")]
    NoPeer,
    /// Blocks without time between them.
    #[error("the time from one block to the next, --replay-interval, must not be zero")]
    NoInterval,
    /// Slots without a length.
    #[error("the length of a slot must not be zero")]
    NoTime,
}

impl Participation {
    /// Whether blocks go to subjects as well.
    fn publishes(&self) -> bool {
        #[cfg(feature = "jetstream")]
        let publishes = self.nats.as_ref().is_some_and(|nats| nats.blocks);
        #[cfg(not(feature = "jetstream"))]
        let publishes = false;
        publishes
    }

    /// Whether a node of this role, which can prove these circuits, can do what it is told.
    pub(crate) fn check(&self, role: Role, circuits: &[CircuitSpec]) -> Result<(), ParticipationError> {
        for (option, given, of) in [
            ("--archive-dir", self.archive.is_some(), Role::Archive),
            ("--job-dir", self.coordination.job_dir.is_some(), Role::SnarkCoordinator),
            ("--coordinator", self.coordinator.is_some(), Role::SnarkWorker),
            ("--slot", self.slots.is_some(), Role::BlockProducer),
        ] {
            if given && role != of {
                return Err(ParticipationError::Other { option, of, role });
            }
        }
        #[cfg(feature = "jetstream")]
        if let Some(nats) = &self.nats {
            if !nats.jobs && !nats.blocks {
                return Err(ParticipationError::NoUse);
            }
            if nats.jobs && role != Role::SnarkCoordinator {
                let of = Role::SnarkCoordinator;
                return Err(ParticipationError::Other { option: "--nats-jobs", of, role });
            }
            if nats.jobs && self.coordination.job_dir.is_some() {
                return Err(ParticipationError::TwoPlaces);
            }
        }
        if role == Role::Archive && self.archive.is_none() {
            return Err(ParticipationError::NoArchive);
        }
        if role == Role::SnarkWorker && (self.coordinator.is_none() || circuits.is_empty()) {
            return Err(ParticipationError::NoCoordinator);
        }
        if let Some(replay) = &self.replay {
            if self.peers.is_empty() && !self.publishes() {
                return Err(ParticipationError::NoPeer);
            }
            if replay.interval.is_zero() {
                return Err(ParticipationError::NoInterval);
            }
        }
        let Some(Slots { length, turn, producers }) = self.slots else { return Ok(()) };
        if !circuits.iter().any(|circuit| circuit.name.as_str() == BLOCKCHAIN) {
            return Err(ParticipationError::NoBlockCircuit);
        }
        if turn >= producers {
            return Err(ParticipationError::Turn { turn, producers });
        }
        if length.as_millis() == 0 {
            return Err(ParticipationError::NoTime);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn participation(slots: Option<Slots>, coordinator: Option<Peer>) -> Participation {
        let coordination = Coordination { lease: Duration::from_secs(1), jobs_per_block: 0, job_dir: None };
        Participation {
            peers: Vec::new(),
            slots,
            coordinator,
            coordination,
            archive: None,
            replay: None,
            #[cfg(feature = "jetstream")]
            nats: None,
        }
    }

    #[test]
    fn blocks_are_told_to_somebody_and_one_after_the_other() {
        let replay = |peers: &[&str], millis| {
            let (folder, interval) = (PathBuf::from("a"), Duration::from_millis(millis));
            let replay = Some(Replay { folder, interval, endless: true });
            let peers = peers.iter().map(|peer| peer.parse().unwrap()).collect();
            Participation { peers, replay, ..participation(None, None) }.check(Role::Passive, &[])
        };
        assert_eq!(replay(&["unix:/a"], 1), Ok(()));
        assert_eq!(replay(&[], 1), Err(ParticipationError::NoPeer));
        assert_eq!(replay(&["unix:/a"], 0), Err(ParticipationError::NoInterval));
    }

    #[test]
    fn a_part_that_the_node_cannot_play_is_refused() {
        let circuit = |text: &str| [text.parse::<CircuitSpec>().unwrap()];
        let (block, job) = (circuit("blockchain=poseidon:9"), circuit("transaction=poseidon:9"));
        let slots = |turn, millis| Slots { length: Duration::from_millis(millis), turn, producers: 2 };
        let producer =
            |slots, circuits| participation(Some(slots), None).check(Role::BlockProducer, circuits);
        assert_eq!(producer(slots(1, 1), &block), Ok(()));
        assert_eq!(producer(slots(1, 1), &job), Err(ParticipationError::NoBlockCircuit));
        assert_eq!(producer(slots(2, 1), &block), Err(ParticipationError::Turn { turn: 2, producers: 2 }));
        assert_eq!(producer(slots(1, 0), &block), Err(ParticipationError::NoTime));

        let worker = |coordinator: Option<&str>, circuits: &[CircuitSpec]| {
            let coordinator = coordinator.map(|address| address.parse().unwrap());
            participation(None, coordinator).check(Role::SnarkWorker, circuits)
        };
        assert_eq!(worker(Some("unix:/a"), &job), Ok(()));
        assert_eq!(worker(None, &job), Err(ParticipationError::NoCoordinator));
        assert_eq!(worker(Some("unix:/a"), &[]), Err(ParticipationError::NoCoordinator));
    }
}
