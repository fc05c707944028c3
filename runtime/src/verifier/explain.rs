//! Why an opening may be wrong: what else the proof would verify with.

use std::fmt;

use quickpickle_srs_data::{NETWORK_KEYS, Network, NetworkKeyFile, NetworkProof};
use rand_core::CryptoRngCore;

use super::task::Task;
use super::verify;
use crate::curve::KimchiCurve;
use crate::kimchi::gates::Generation;
use crate::kimchi::index::PreparedIndex;
use crate::pickles::key::PreparedKey;
use crate::tables::TableSource;
use crate::wire::network::built_in;

/// What is likely the matter with a proof whose opening is wrong. Printed, it follows the error: "it verifies with ...".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// The proof is valid with the same key and the other generation of gates, this one.
    OtherGates(Generation),
    /// The proof and its statement are valid with this key of a network.
    OtherKey(Network, NetworkProof),
    /// The key is this one of a network: proof or statement are of something else.
    KeyOf(Network, NetworkProof),
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherGates(Generation::Berkeley) => {
                f.write_str("it verifies with the gates of Mina's networks and o1js")
            }
            Self::OtherGates(Generation::DistinctPoints) => {
                f.write_str("it verifies with the gates of proof-systems since its release 0.5")
            }
            Self::OtherKey(network, circuit) => write!(f, "it verifies with the {circuit} key of {network}"),
            Self::KeyOf(network, circuit) => {
                write!(
                    f,
                    "the key is the {circuit} key of {network}: the proof or its statement is of another circuit"
                )
            }
        }
    }
}

/// Looks for what a rejected proof would verify with: a Kimchi proof with the other generation of gates, a Pickles proof
/// with another network's key that is built in. `None` where nothing is found.
///
/// It is meant for one proof that somebody asks about: it takes up to as many verifications as there are such keys.
pub fn explain(task: Task<'_>, tables: &dyn TableSource, rng: &mut dyn CryptoRngCore) -> Option<Hint> {
    fn with_other_gates<C: KimchiCurve>(key: &PreparedIndex<C>) -> (PreparedIndex<C>, Hint) {
        let other = match key.generation() {
            Generation::Berkeley => Generation::DistinctPoints,
            Generation::DistinctPoints => Generation::Berkeley,
        };
        (key.with_generation(other), Hint::OtherGates(other))
    }
    match task {
        Task::Vesta { key, public_input, proof } => {
            let (key, hint) = with_other_gates(key);
            verify(Task::Vesta { key: &key, public_input, proof }, tables, rng).is_ok().then_some(hint)
        }
        Task::Pallas { key, public_input, proof } => {
            let (key, hint) = with_other_gates(key);
            verify(Task::Pallas { key: &key, public_input, proof }, tables, rng).is_ok().then_some(hint)
        }
        Task::Pickles { key, statement, proof } => {
            let digest = key.index().digest().to_string();
            let is_given = |file: &&NetworkKeyFile| file.digest == digest;
            let verifies = |file: &&NetworkKeyFile| {
                let Ok(Some(other)) = built_in(file) else { return false };
                let Ok(key) = PreparedKey::with_limits(other, key.limits()) else { return false };
                verify(Task::Pickles { key: &key, statement, proof }, tables, rng).is_ok()
            };
            let others = NETWORK_KEYS.iter().filter(|file| !is_given(file));
            if let Some(file) = others.into_iter().find(verifies) {
                return Some(Hint::OtherKey(file.network, file.proof));
            }
            let given = NETWORK_KEYS.iter().find(is_given)?;
            Some(Hint::KeyOf(given.network, given.proof))
        }
    }
}
