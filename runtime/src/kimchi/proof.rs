//! A Kimchi proof.

use super::evaluations::{COLUMNS, Chunked, Evaluations};
use educe::Educe;

use crate::curve::{Affine, KimchiCurve, ScalarField};

/// A commitment to a polynomial: one point a chunk of as many coefficients as the SRS has generators.
#[derive(Educe)]
#[educe(Clone, Debug(bound()), PartialEq, Eq)]
pub struct Commitment<C: KimchiCurve>(pub Vec<Affine<C>>);

impl<C: KimchiCurve> Default for Commitment<C> {
    /// No chunks.
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// The commitments of the lookup argument.
#[derive(Educe)]
#[educe(Clone, Debug(bound()), PartialEq, Eq)]
pub struct LookupCommitments<C: KimchiCurve> {
    /// The sorted concatenation of lookups and table, one more than the lookups a row makes.
    pub sorted: Vec<Commitment<C>>,
    /// The aggregation polynomial.
    pub aggregation: Commitment<C>,
    /// The runtime table.
    pub runtime_table: Option<Commitment<C>>,
}

/// What the prover commits to.
#[derive(Educe)]
#[educe(Clone, Debug(bound()), PartialEq, Eq)]
pub struct ProofCommitments<C: KimchiCurve> {
    /// Witness columns.
    pub w: [Commitment<C>; COLUMNS],
    /// Permutation aggregation.
    pub z: Commitment<C>,
    /// The quotient, seven chunks for each chunk of the other polynomials.
    pub t: Commitment<C>,
    /// The lookup argument, where the circuit has one.
    pub lookup: Option<LookupCommitments<C>>,
}

/// An opening of the inner-product argument.
#[derive(Educe)]
#[educe(Clone, Debug(bound()), PartialEq, Eq)]
pub struct OpeningProof<C: KimchiCurve> {
    /// L and R of each round, log2 of the SRS size many.
    pub lr: Vec<(Affine<C>, Affine<C>)>,
    /// The commitment of the final Schnorr proof.
    pub delta: Affine<C>,
    /// Its first response.
    pub z1: ScalarField<C>,
    /// Its second response.
    pub z2: ScalarField<C>,
    /// The folded generators, "challenge polynomial commitment" in Pickles.
    pub sg: Affine<C>,
}

/// An opening claim of an earlier proof that this proof carries along: that `commitment` commits to the challenge
/// polynomial b(X) = ∏ (1 + uᵢ X^(2^(k-1-i))) of `challenges` u₀ … u₍ₖ₋₁₎.
#[derive(Educe)]
#[educe(Clone, Debug(bound()), PartialEq, Eq)]
pub struct RecursionChallenge<C: KimchiCurve> {
    /// The challenges, log2 of the SRS size many.
    pub challenges: Vec<ScalarField<C>>,
    /// The commitment.
    pub commitment: Commitment<C>,
}

/// A Kimchi proof (`ProverProof` in the reference).
#[derive(Educe)]
#[educe(Clone, Debug(bound()), PartialEq, Eq)]
pub struct Proof<C: KimchiCurve> {
    /// The commitments.
    pub commitments: ProofCommitments<C>,
    /// The evaluations at ζ and ζω.
    pub evaluations: Evaluations<Chunked<ScalarField<C>>>,
    /// The evaluation of the linearized polynomial ft at ζω (its value at ζ is computed).
    pub ft_eval1: ScalarField<C>,
    /// The opening of all of them.
    pub opening: OpeningProof<C>,
    /// Earlier openings carried along.
    pub previous_challenges: Vec<RecursionChallenge<C>>,
}
