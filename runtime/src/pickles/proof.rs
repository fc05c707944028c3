//! A Pickles proof and its side-loaded verification key, as all wire formats decode to.

pub use crate::challenge::Challenge;
use crate::curve::{Affine, Fp, Fq, PallasConfig, VestaConfig};
use crate::kimchi::evaluations::{COLUMNS, Chunked, Evaluations, PERMUTS};
use crate::kimchi::proof::{OpeningProof, ProofCommitments};

/// Rounds of the step side's inner-product argument: log2 of the step SRS.
pub const STEP_ROUNDS: usize = 16;
/// Rounds of the wrap side's inner-product argument: log2 of the wrap SRS.
pub const WRAP_ROUNDS: usize = 15;

/// How many proofs a proof's circuit verified, or can verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProofsVerified {
    /// None.
    N0,
    /// One.
    N1,
    /// Two.
    N2,
}

impl ProofsVerified {
    /// As a number.
    pub const fn count(self) -> usize {
        match self {
            Self::N0 => 0,
            Self::N1 => 1,
            Self::N2 => 2,
        }
    }

    /// From a number.
    pub const fn from_count(count: usize) -> Option<Self> {
        match count {
            0 => Some(Self::N0),
            1 => Some(Self::N1),
            2 => Some(Self::N2),
            _ => None,
        }
    }
}

/// Which optional parts of Kimchi the step circuit used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FeatureFlags {
    /// The optional gates, in the order of [`crate::kimchi::evaluations::GateType::OPTIONAL`].
    pub gates: [bool; 6],
    /// The `Lookup` gate.
    pub lookup: bool,
    /// Runtime tables.
    pub runtime_tables: bool,
}

/// The challenges of the step proof's transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlonkChallenges {
    /// Combines constraints; a scalar challenge.
    pub alpha: Challenge,
    /// First challenge of the permutation; raw.
    pub beta: Challenge,
    /// Second challenge of the permutation; raw.
    pub gamma: Challenge,
    /// The evaluation point; a scalar challenge.
    pub zeta: Challenge,
    /// Combines lookup columns, where lookups are used; a scalar challenge.
    pub joint_combiner: Option<Challenge>,
    /// What the step circuit used.
    pub feature_flags: FeatureFlags,
}

/// Which of a program's step circuits made the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BranchData {
    /// How many proofs that circuit verified.
    pub proofs_verified: ProofsVerified,
    /// log2 of its domain size.
    pub domain_log2: u8,
}

/// What the wrap proof hands on to the next wrap proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagesForNextWrapProof {
    /// The step proof's sg: the accumulator that is checked over the step SRS.
    pub challenge_polynomial_commitment: Affine<VestaConfig>,
    /// The wrap side's challenges of earlier proofs, as many as the program can verify (padded to two when hashed).
    pub old_bulletproof_challenges: Vec<[Challenge; WRAP_ROUNDS]>,
}

/// What the wrap proof hands on to the next step proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagesForNextStepProof {
    /// The sg of each wrap proof that this proof's step circuit verified.
    pub challenge_polynomial_commitments: Vec<Affine<PallasConfig>>,
    /// The step side's challenges of those proofs.
    pub old_bulletproof_challenges: Vec<[Challenge; STEP_ROUNDS]>,
}

/// The evaluations of the step proof, needed to expand its deferred values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepEvaluations {
    /// The evaluations; `public` is there.
    pub evaluations: Evaluations<Chunked<Fp>>,
    /// Evaluation of ft at ζω.
    pub ft_eval1: Fp,
}

/// The wrap proof's own Kimchi proof, without the previous challenges, which the statement determines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrapProof {
    /// The commitments.
    pub commitments: ProofCommitments<PallasConfig>,
    /// The evaluations, without `public`.
    pub evaluations: Evaluations<Chunked<Fq>>,
    /// Evaluation of ft at ζω.
    pub ft_eval1: Fq,
    /// The opening.
    pub opening: OpeningProof<PallasConfig>,
}

/// A Pickles proof: `Pickles.Proof.t` without the application's statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The step proof's challenges.
    pub plonk: PlonkChallenges,
    /// The step proof's inner-product challenges; scalar challenges.
    pub bulletproof_challenges: [Challenge; STEP_ROUNDS],
    /// The step circuit.
    pub branch_data: BranchData,
    /// The step proof's sponge before it absorbs evaluations.
    pub sponge_digest_before_evaluations: Fp,
    /// For the next wrap proof.
    pub messages_for_next_wrap_proof: MessagesForNextWrapProof,
    /// For the next step proof; the application's statement is handed in when verifying.
    pub messages_for_next_step_proof: MessagesForNextStepProof,
    /// The step proof's evaluations.
    pub step_evaluations: StepEvaluations,
    /// The wrap proof.
    pub wrap: WrapProof,
}

/// A side-loaded verification key: the commitments of a wrap circuit, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationKey {
    /// How many proofs any circuit of the program verifies at most.
    pub max_proofs_verified: ProofsVerified,
    /// The wrap domain: 2^13, 2^14, 2^15 for N0, N1, N2.
    pub actual_wrap_domain_size: ProofsVerified,
    /// Permutation polynomials.
    pub sigma: [Affine<PallasConfig>; PERMUTS],
    /// Coefficient columns.
    pub coefficients: [Affine<PallasConfig>; COLUMNS],
    /// Selectors in the order of [`crate::kimchi::evaluations::GateType::BASIC`].
    pub selectors: [Affine<PallasConfig>; 6],
}
