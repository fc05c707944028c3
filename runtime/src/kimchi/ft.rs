//! The linearized polynomial ft: all constraints, combined by powers of α, as far as the verifier can evaluate them.
//!
//! ft(ζ) is what the constraints leave over once the quotient t(ζ)·(ζⁿ - 1) has taken its share. Only σ₆, which is
//! not opened, stays a commitment; its scalar is [`Ft::sigma_scalar`] (the Kimchi book, "Maller's optimization").

use super::alphas::Alphas;
use super::evaluations::{Evaluations, PERMUTS, PointEvaluations};
use super::linearization::{Challenges, Linearization, LinearizationError};
use super::permutation::PermutationPoint;
use ark_ff::PrimeField;

/// What a key says about the constraints of its circuit.
#[derive(Clone, Debug)]
pub struct Circuit<F: PrimeField> {
    /// The constraints of gates and lookups, and the domain.
    pub linearization: Linearization<F>,
    /// Representatives of the permutation's cosets.
    pub shifts: [F; PERMUTS],
}

/// ft at ζ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ft<F> {
    /// Its value.
    pub value: F,
    /// The scalar of σ₆'s commitment in its commitment (`perm` among Pickles' deferred values).
    pub sigma_scalar: F,
}

impl<F: PrimeField> Circuit<F> {
    /// ft at ζ for a proof with these evaluations, the negated public input polynomial being `public` at ζ.
    pub fn ft(
        &self,
        evaluations: &Evaluations<PointEvaluations<F>>,
        public: F,
        alpha: F,
        challenges: &Challenges<F>,
    ) -> Result<Ft<F>, LinearizationError> {
        let Linearization { domain, zk_rows, .. } = &self.linearization;
        let alphas = Alphas::new(alpha);
        let Challenges { beta, gamma, zeta, .. } = *challenges;
        let permutation = PermutationPoint::new(domain, *zk_rows, beta, gamma, zeta, alphas.permutation);
        let permutation_part = permutation
            .ft_part(domain, *zk_rows, &self.shifts, evaluations)
            .ok_or(LinearizationError::ZetaInDomain)?;
        let constant_term = self.linearization.constant_term(evaluations, &alphas, challenges)?;
        Ok(Ft {
            value: permutation_part - public - constant_term,
            sigma_scalar: permutation.sigma_scalar(evaluations),
        })
    }
}
