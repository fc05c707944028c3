//! A daemon that is asked over its GraphQL, and believed in nothing.
//!
//! What it gives are claims in the types of those that files have: a chain of states with the proof of its last one, an account
//! with a path. [`light::Question`](super::light::Question), [`Verifier::verify_block`](crate::Verifier::verify_block) and
//! [`Membership::in_state`] tell what they are worth. A daemon can still keep back what it has, or answer with what was true long ago:
//! the states say when they were made.

mod http;

use std::num::NonZeroUsize;
use std::time::Duration;

use quickpickle_mina::account::Membership;
use quickpickle_mina::block::Block;
use quickpickle_mina::daemon::{self, DaemonError};
use quickpickle_mina::zkapp_command::AccountId;
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::error::ErrorKind;

use self::http::Endpoint;

/// A daemon, by the address of its GraphQL.
#[derive(Debug)]
pub struct Daemon(Endpoint);

/// Why a daemon gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The address is none.
    #[error("the address of a daemon is http://HOST:PORT/graphql, or https://")]
    Address,
    /// The time is over.
    #[error("no whole answer within {} s", .within.as_secs_f32())]
    Timeout {
        /// The time for all answers.
        within: Duration,
    },
    /// The answer is too long.
    #[error("an answer of more than {} bytes", daemon::MAX_ANSWER)]
    TooLong,
    /// The daemon sends the request elsewhere.
    #[error("the answer is a redirection (HTTP status {status}), which is not followed")]
    Redirected {
        /// The status.
        status: u16,
    },
    /// The daemon does not answer the request.
    #[error("the answer has the HTTP status {status}")]
    Status {
        /// The status.
        status: u16,
    },
    /// There was no connection, or what came is not HTTP.
    #[error("{reason}")]
    Connection {
        /// The beginning of what is told of it.
        reason: String,
    },
    /// The answer is not one to what was asked.
    #[error(transparent)]
    Answer(#[from] DaemonError),
}

impl FetchError {
    /// What kind of error this is: rejected, where a claim in the answer was checked and is false.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Answer(error) => error.kind(),
            Self::Address => ErrorKind::Input,
            Self::TooLong => ErrorKind::Malformed,
            _ => ErrorKind::Unavailable,
        }
    }

    /// Whether a claim in the answer was checked and found wrong.
    pub fn is_rejected(&self) -> bool {
        self.kind() == ErrorKind::Rejected
    }
}

impl Daemon {
    /// The daemon of this address, `http://` or `https://`, which may have a name and a password in it. From here on it may take
    /// `timeout` for all its answers together; certificates are checked with those that the system trusts.
    ///
    /// # Errors
    /// Where the address is none.
    pub fn new(address: &str, timeout: Duration) -> Result<Self, FetchError> {
        Endpoint::new(address, timeout).map(Self)
    }

    /// Where it is: scheme, host and port, without what in the address may be a secret.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// The last blocks of the daemon's best chain, no more than `length` of them and of [`MAX_BLOCKS`](daemon::MAX_BLOCKS), the
    /// oldest first; the last one should have its proof.
    ///
    /// # Errors
    /// Where the daemon does not answer in time, or with another thing.
    pub fn best_chain(&self, length: NonZeroUsize) -> Result<Vec<Block>, FetchError> {
        let max = NonZeroUsize::new(daemon::MAX_BLOCKS).unwrap_or(NonZeroUsize::MIN);
        let length = length.min(max);
        let hashes = daemon::read_best_chain(&self.0.ask(daemon::best_chain(length))?, length)?;
        Ok(daemon::read_states(&self.0.ask(daemon::states(&hashes))?)?)
    }

    /// An account, with its path to the snarked ledger of the state of this hash, as the daemon says.
    ///
    /// # Errors
    /// Where the daemon does not answer in time, or with another thing or account.
    pub fn membership(&self, account: &AccountId, state_hash: &Fp) -> Result<Membership, FetchError> {
        let answer = self.0.ask(daemon::membership(account, state_hash))?;
        Ok(daemon::read_membership(&answer, account)?)
    }
}
