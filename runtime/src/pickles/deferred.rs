//! The deferred values: what the wrap circuit did not check about the step proof, because it computes over the other
//! field, and left to the verifier of the wrap proof.
//!
//! They follow from the step proof's evaluations and challenges (`expand_deferred` in Mina's `pickles/wrap_deferred_values.ml`,
//! `mina-rust`'s `ledger/src/proofs/step.rs`). The proof does not carry them: they are recomputed here and enter the
//! wrap circuit's public input, so that a wrap proof made for other values does not verify.

use super::error::PicklesError;
use super::key::GENERATION;
use super::proof::{FeatureFlags, Proof, STEP_ROUNDS};
use crate::challenge::Challenge;
use crate::curve::{Fp, KimchiCurve, VestaConfig};
use crate::ipa::challenge_polynomial;
use crate::kimchi::evaluations::{Chunked, Evaluations, LookupPattern, PERMUTS, PointEvaluations};
use crate::kimchi::ft::Circuit;
use crate::kimchi::gates::GateConstants;
use crate::kimchi::linearization::{Challenges, Features, Linearization};
use crate::kimchi::lookup::LookupFeatures;
use crate::kimchi::opening::{combined_inner_product, evaluation_challenges};
use crate::kimchi::permutation::STEP_SHIFTS;
use crate::lockstep::Lanes;
use ark_ff::{AdditiveGroup, Field};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use std::sync::OnceLock;

/// Rows that hide the witness in a step circuit of one chunk.
const ZK_ROWS: u64 = 3;

/// The deferred values, as elements of the step circuit's field, not shifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeferredValues {
    /// The evaluations that the step proof opens, combined.
    pub combined_inner_product: Fp,
    /// The challenge polynomial of the step proof's opening, at ζ and ζω, combined.
    pub b: Fp,
    /// ζ^(2^16).
    pub zeta_to_srs_length: Fp,
    /// ζ^n, n the step domain's size.
    pub zeta_to_domain_size: Fp,
    /// The coefficient of σ₆'s commitment in the linearization.
    pub perm: Fp,
    /// The challenge that combined the opened polynomials ("v" in Kimchi).
    pub xi: Challenge,
}

/// What is the same for all step circuits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepConstants {
    gates: GateConstants<Fp>,
    shifts: [Fp; PERMUTS],
}

impl StepConstants {
    /// Works the constants out.
    pub fn new() -> Self {
        Self { gates: GateConstants::of::<VestaConfig>(GENERATION), shifts: STEP_SHIFTS }
    }
}

impl Default for StepConstants {
    fn default() -> Self {
        Self::new()
    }
}

/// Checks the step proof's evaluations for consistency with the statement and computes the deferred values.
///
/// `previous_challenges` are the expanded challenges of the proofs that the step circuit verified.
pub async fn expand(
    step: &StepConstants,
    proof: &Proof,
    previous_challenges: &[[Fp; STEP_ROUNDS]],
    lanes: &Lanes,
) -> Result<DeferredValues, PicklesError> {
    let flags = proof.plonk.feature_flags;
    let (public, evaluations) = single_chunks(&proof.step_evaluations.evaluations)?;
    check_feature_flags(flags, &evaluations)?;
    if proof.plonk.joint_combiner.is_some() != flags.uses_lookups() {
        return Err(PicklesError::JointCombiner { present: proof.plonk.joint_combiner.is_some() });
    }
    let log2 = proof.branch_data.domain_log2;
    let domain = step_domain(log2).ok_or(PicklesError::StepDomain { log2 })?;

    let endo = VestaConfig::ENDO_SCALAR;
    let zeta = proof.plonk.zeta.to_field_endo(endo);
    let zeta_omega = zeta * domain.group_gen;
    let alpha = proof.plonk.alpha.to_field_endo(endo);
    let challenges = Challenges {
        beta: proof.plonk.beta.to_field(),
        gamma: proof.plonk.gamma.to_field(),
        joint_combiner: proof.plonk.joint_combiner.map_or(Fp::ZERO, |c| c.to_field_endo(endo)),
        zeta,
    };

    let challenges_of_evaluations = evaluation_challenges(
        proof.sponge_digest_before_evaluations,
        previous_challenges.iter().map(<[Fp; STEP_ROUNDS]>::as_slice),
        proof.step_evaluations.ft_eval1,
        [&public].into_iter().chain(evaluations.absorbed()).map(PointEvaluations::as_chunk),
        lanes,
    )
    .await;
    let [xi, _] = challenges_of_evaluations;
    let [polyscale, evalscale]: [Fp; 2] = challenges_of_evaluations.map(|c| c.to_field_endo(endo));

    let features = Features { optional_gates: flags.gates, lookup: flags.lookup_features() };
    let constants = step.gates.clone();
    let linearization = Linearization { domain, zk_rows: ZK_ROWS, features, constants };
    let circuit = Circuit { linearization, shifts: step.shifts };
    let ft = circuit.ft(&evaluations, public.zeta, alpha, &challenges)?;
    let ft_evaluations = PointEvaluations { zeta: ft.value, zeta_omega: proof.step_evaluations.ft_eval1 };

    let previous = previous_challenges.iter().map(|c| PointEvaluations {
        zeta: challenge_polynomial::evaluate(c, zeta),
        zeta_omega: challenge_polynomial::evaluate(c, zeta_omega),
    });
    let opened: Vec<_> =
        previous.chain([public, ft_evaluations]).chain(evaluations.opened().copied()).collect();

    let opening_challenges = proof.bulletproof_challenges.map(|c| c.to_field_endo::<Fp>(endo));
    Ok(DeferredValues {
        combined_inner_product: combined_inner_product(polyscale, evalscale, opened.into_iter()),
        b: challenge_polynomial::evaluate(&opening_challenges, zeta)
            + evalscale * challenge_polynomial::evaluate(&opening_challenges, zeta_omega),
        zeta_to_srs_length: (0..STEP_ROUNDS).fold(zeta, |x, _| x.square()),
        zeta_to_domain_size: domain.evaluate_vanishing_polynomial(zeta) + Fp::ONE,
        perm: ft.sigma_scalar,
        xi,
    })
}

/// The domain of 2^`log2` elements, which must be at most 2^[`STEP_ROUNDS`]. Its constants are worked out once a process.
fn step_domain(log2: u8) -> Option<Radix2EvaluationDomain<Fp>> {
    static DOMAINS: [OnceLock<Option<Radix2EvaluationDomain<Fp>>>; STEP_ROUNDS + 1] =
        [const { OnceLock::new() }; STEP_ROUNDS + 1];
    *DOMAINS.get(usize::from(log2))?.get_or_init(|| Radix2EvaluationDomain::new(1 << log2))
}

/// The evaluations, each of which must be one chunk, and the public input's, which must be there.
fn single_chunks(
    evaluations: &Evaluations<Chunked<Fp>>,
) -> Result<(PointEvaluations<Fp>, Evaluations<PointEvaluations<Fp>>), PicklesError> {
    let public = evaluations.public.as_ref().ok_or(PicklesError::MissingEvaluation)?;
    let lengths = || evaluations.opened().chain([public]).flat_map(|e| [e.zeta.len(), e.zeta_omega.len()]);
    if let Some(chunks) = lengths().max().filter(|chunks| *chunks > 1) {
        return Err(PicklesError::ChunkedStepProof { chunks });
    }
    if lengths().min() == Some(0) {
        return Err(PicklesError::MissingEvaluation);
    }
    let first = |chunks: &[Fp]| chunks.first().copied().unwrap_or_default();
    let single =
        |e: &Chunked<Fp>| PointEvaluations { zeta: first(&e.zeta), zeta_omega: first(&e.zeta_omega) };
    Ok((single(public), evaluations.map(single)))
}

/// Each optional evaluation is there exactly when the flags say so (`validate_feature_flags` in Mina's
/// `pickles_types/plonk_types.ml`).
fn check_feature_flags<E>(flags: FeatureFlags, evaluations: &Evaluations<E>) -> Result<(), PicklesError> {
    let check = |part, evaluation: &Option<E>, expected: bool| {
        let present = evaluation.is_some();
        if present == expected { Ok(()) } else { Err(PicklesError::FeatureFlags { part, present }) }
    };
    for (evaluation, expected) in evaluations.optional_selectors.iter().zip(flags.gates) {
        check("an optional gate's selector", evaluation, expected)?;
    }
    let lookup = &evaluations.lookup;
    let lookups = flags.lookup_features().map_or(0, |features| features.max_per_row());
    check("lookup aggregation", &lookup.aggregation, lookups > 0)?;
    check("lookup table", &lookup.table, lookups > 0)?;
    for (i, sorted) in lookup.sorted.iter().enumerate() {
        check("a sorted lookup column", sorted, lookups > 0 && i <= lookups)?;
    }
    check("runtime lookup table", &lookup.runtime_table, flags.runtime_tables)?;
    check("runtime lookup table's selector", &lookup.runtime_selector, flags.runtime_tables)?;
    for (selector, pattern) in lookup.pattern_selectors.iter().zip(LookupPattern::ALL) {
        check("a lookup pattern's selector", selector, flags.uses_pattern(pattern))?;
    }
    Ok(())
}

impl FeatureFlags {
    /// Whether the step circuit makes lookups of this kind.
    pub fn uses_pattern(&self, pattern: LookupPattern) -> bool {
        let [range_check0, range_check1, _, foreign_field_mul, xor, rot] = self.gates;
        match pattern {
            LookupPattern::Xor => xor,
            LookupPattern::Lookup => self.lookup,
            LookupPattern::RangeCheck => range_check0 || range_check1 || rot,
            LookupPattern::ForeignFieldMul => foreign_field_mul,
        }
    }

    /// Whether the step circuit makes any lookup.
    pub fn uses_lookups(&self) -> bool {
        LookupPattern::ALL.into_iter().any(|pattern| self.uses_pattern(pattern))
    }

    /// The step circuit's lookup argument, if it has one.
    pub fn lookup_features(&self) -> Option<LookupFeatures> {
        let patterns = LookupPattern::ALL.map(|pattern| self.uses_pattern(pattern));
        self.uses_lookups().then_some(LookupFeatures { patterns, runtime_table: self.runtime_tables })
    }
}
