//! Why a Pickles proof is refused.

use crate::kimchi::error::KimchiError;
use crate::kimchi::linearization::LinearizationError;
use crate::limits::Exceeded;

/// Why a Pickles proof does not reduce to the claims that the final check settles.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PicklesError {
    /// The step proof is chunked. Its serialised form has one evaluation pair for the public input where the others
    /// have one a chunk, so that its transcript cannot be replayed (open upstream: o1js pull request 2890, Mina pull
    /// request 18946).
    #[error(
        "the step proof's evaluations come in {chunks} chunks: the serialised form of chunked proofs lacks the \
         public input's further chunks, so that they cannot be verified from it"
    )]
    ChunkedStepProof {
        /// Chunks of the largest evaluation.
        chunks: usize,
    },
    /// An evaluation that every step proof has is not there.
    #[error("an evaluation of the step proof is missing")]
    MissingEvaluation,
    /// An optional evaluation is there although the feature flags exclude it, or the reverse.
    #[error("{part} is {}, against the proof's feature flags", if *.present { "present" } else { "missing" })]
    FeatureFlags {
        /// Which evaluation.
        part: &'static str,
        /// Whether it is there.
        present: bool,
    },
    /// The joint combiner is there although no lookup is used, or the reverse.
    #[error("the joint combiner is {}, against the proof's feature flags", if *.present { "present" } else { "missing" })]
    JointCombiner {
        /// Whether it is there.
        present: bool,
    },
    /// The step circuit's domain is larger than the step SRS.
    #[error("the step domain has 2^{log2} rows, more than 2^16")]
    StepDomain {
        /// log2 of the claimed size.
        log2: u8,
    },
    /// More than two earlier proofs, or as many commitments as challenges missing.
    #[error("{part}: {found} earlier proofs")]
    PreviousProofs {
        /// Which message.
        part: &'static str,
        /// The number found.
        found: usize,
    },
    /// The statement is longer than the key's limits allow.
    #[error(transparent)]
    Limit(Exceeded),
    /// The wrap proof itself.
    #[error("wrap proof")]
    Wrap(#[from] KimchiError),
    /// A challenge fell on a point where the deferred values are not defined. An honest transcript does so with
    /// probability below 2^-100.
    #[error("the step proof's evaluation point lies in its domain")]
    DegenerateChallenge,
}

impl From<LinearizationError> for PicklesError {
    fn from(error: LinearizationError) -> Self {
        match error {
            LinearizationError::ZetaInDomain => Self::DegenerateChallenge,
            LinearizationError::MissingEvaluation(_) => Self::MissingEvaluation,
        }
    }
}
