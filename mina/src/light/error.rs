//! Why a candidate chain, or what is claimed to be in its ledger, is not shown to be valid.

use quickpickle_runtime::error::VerifyError;

use super::MAX_STATES;
use crate::account::NotContained;
use crate::consensus::NotComparable;
use crate::identity::IdentityError;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LightError {
    /// The key is not the network's for blocks.
    #[error("the key is not the network's key for blocks")]
    OtherKey,
    /// There are no states.
    #[error("a chain without states")]
    Empty,
    /// There are too many states.
    #[error("a chain of more than {MAX_STATES} states")]
    TooMany,
    /// The state that is held is not of the network.
    #[error("the state that is held is not of the network")]
    Held(#[source] IdentityError),
    /// A state of the chain is not of the network.
    #[error("state {at} of the chain, counted from 0, is not of the network")]
    State {
        /// Which one.
        at: usize,
        /// Whose it is.
        source: IdentityError,
    },
    /// A state does not follow the one before it.
    #[error("state {at} of the chain, counted from 0, does not follow the one before it")]
    NotLinked {
        /// Which one.
        at: usize,
    },
    /// The tip and the state that is held cannot be compared.
    #[error("the chain cannot be compared with the state that is held")]
    NotComparable(#[from] NotComparable),
    /// The account is in the ledger of none of the states.
    #[error("the account is in the ledger of none of the chain's states")]
    NotContained(#[from] NotContained),
    /// The proof of the last state is wrong.
    #[error("the proof of the chain's last state is not valid")]
    Proof(#[source] VerifyError),
}
