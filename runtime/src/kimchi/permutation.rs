//! The permutation argument: the aggregation polynomial z shows that the first seven columns of the witness do not
//! change under the permutation σ of their cells (the book, "Permutation").
//!
//! Cell (row i, column j) has the name kⱼ·ωⁱ, k the [`shifts`]. With zk zero-knowledge rows at the end of the domain, Z
//! as in [`vanishing_polynomial`] and L̂ᵢ = (xⁿ - 1)/(x - ωⁱ), the constraints are
//!
//! 1. Z(x)·(z(x)·∏ⱼ (wⱼ(x) + β·kⱼ·x + γ) - z(ωx)·∏ⱼ (wⱼ(x) + β·σⱼ(x) + γ)) = 0
//! 2. L̂₀(x)·(z(x) - 1) = 0
//! 3. L̂₍ₙ₋zk₎(x)·(z(x) - 1) = 0
//!
//! Facts: proof-systems' `circuits/polynomials/permutation.rs` and `ft_eval0` in `verifier.rs`.

use ark_ff::{MontFp, PrimeField};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use blake2::{Blake2b512, Digest};
use quickpickle_curve::rows::Arithmetic;

use super::evaluations::{Evaluations, PERMUTS, PointEvaluations};
use crate::curve::{Fp, Fq};

#[cfg(test)]
mod tests;

/// Constraints of the argument.
pub const CONSTRAINTS: usize = 3;

/// The shifts k₀ … k₆: k₀ = 1, and the others bring the domain to cosets that are disjoint from it and each other.
///
/// Each is the first value not taken yet of BLAKE2b-512 over a 32-bit big-endian counter, from 8 up, whose first 31
/// bytes, read in little-endian order, are no square in the field. Such an element is outside of every domain smaller
/// than the field's whole 2-power subgroup, which is why the domain has no part in it. (Kimchi's own test of that:
/// `Shifts` in `permutation.rs`.)
pub fn shifts<F: PrimeField>() -> [F; PERMUTS] {
    let mut counter = 7u32;
    let mut shifts = [F::one(); PERMUTS];
    for i in 1..PERMUTS {
        shifts[i] = loop {
            counter += 1;
            let digest = Blake2b512::digest(counter.to_be_bytes());
            let shift = F::from_le_bytes_mod_order(&digest[..31]);
            if shift.legendre().is_qnr() && !shifts[..i].contains(&shift) {
                break shift;
            }
        };
    }
    shifts
}

/// [`shifts`] of step circuits. Working them out would be a twentieth of what a process does before it can verify.
pub const STEP_SHIFTS: [Fp; PERMUTS] = [
    MontFp!("1"),
    MontFp!("328286983623303317637963920346571898945724874896624808297627776768640590563"),
    MontFp!("91433028157768305433241271390810941046493237899366836746431422160024463706"),
    MontFp!("240213425742950025341713987028051046476975246675775993287051503548513551377"),
    MontFp!("417757293700961807788464308236931191792053554682199437460107260306038610067"),
    MontFp!("430348682428487492383428014506756320686619984007091686553051322507181255952"),
    MontFp!("326625242707153437805405281465150497418605074624614708160829052937679007395"),
];

/// [`shifts`] of wrap circuits.
pub const WRAP_SHIFTS: [Fq; PERMUTS] = [
    MontFp!("1"),
    MontFp!("328286983623303317637963920346571898945724874896624808297627776768640590563"),
    MontFp!("220790353665890403705559231885806581221301230221265349993193424985261418438"),
    MontFp!("211720422259245489258933986578227917398506328781182391541883955346082631533"),
    MontFp!("211634429328372259348572816867521795029192573698954618296359582461568682420"),
    MontFp!("317476258975906211462498873025720239242336777696786967497139785505242641540"),
    MontFp!("99141114743446054294525453467100398765600279346526770105380817318185104545"),
];

/// Z(x) = (x - ω⁽ⁿ⁻ᶻᵏ⁾)(x - ω⁽ⁿ⁻ᶻᵏ⁺¹⁾)(x - ωⁿ⁻¹): zero on the rows from which z need not go on to the next one, the first
/// two zero-knowledge rows and the last. From those in between, if there are any, it must.
pub fn vanishing_polynomial<F: PrimeField>(domain: &Radix2EvaluationDomain<F>, zk_rows: u64, x: F) -> F {
    vanishing_roots(domain, zk_rows).into_iter().map(|root| x - root).product()
}

/// The roots of [`vanishing_polynomial`].
pub fn vanishing_roots<F: PrimeField>(domain: &Radix2EvaluationDomain<F>, zk_rows: u64) -> [F; 3] {
    let first = first_zk_row(domain, zk_rows);
    [first, first * domain.group_gen, domain.group_gen_inv]
}

/// ω⁽ⁿ⁻ᶻᵏ⁾, the domain's element of the first zero-knowledge row.
pub fn first_zk_row<F: PrimeField>(domain: &Radix2EvaluationDomain<F>, zk_rows: u64) -> F {
    domain.group_gen_inv.pow([zk_rows])
}

/// start·∏ (w + β·name + γ) over cells of value w with these names.
#[inline]
pub fn product<F: Arithmetic>(start: F, cells: impl Iterator<Item = (F, F)>, beta: F, gamma: F) -> F {
    cells.fold(start, |product, (w, name)| product * (w + beta * name + gamma))
}

/// What the permutation argument needs to know at ζ, beside the proof's evaluations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermutationPoint<F> {
    /// β of the argument.
    pub beta: F,
    /// γ of the argument.
    pub gamma: F,
    /// The point.
    pub zeta: F,
    /// The powers of α for the three constraints.
    pub alphas: [F; CONSTRAINTS],
    /// Z(ζ).
    pub vanishing: F,
}

impl<F: PrimeField> PermutationPoint<F> {
    /// The argument at ζ = `zeta`, for a circuit with this domain and number of zero-knowledge rows.
    pub fn new(
        domain: &Radix2EvaluationDomain<F>,
        zk_rows: u64,
        beta: F,
        gamma: F,
        zeta: F,
        alphas: [F; CONSTRAINTS],
    ) -> Self {
        Self { beta, gamma, zeta, alphas, vanishing: vanishing_polynomial(domain, zk_rows, zeta) }
    }

    /// ∏ (wⱼ(ζ) + β·σⱼ(ζ) + γ) over the six columns whose σⱼ is evaluated, times z(ζω)·α₀·Z(ζ).
    fn sigma_product(&self, evaluations: &Evaluations<PointEvaluations<F>>) -> F {
        let cells = evaluations.w.iter().zip(&evaluations.s).map(|(w, s)| (w.zeta, s.zeta));
        product(evaluations.z.zeta_omega, cells, self.beta, self.gamma) * self.alphas[0] * self.vanishing
    }

    /// The scalar of the commitment to σ₆ in the commitment to the linearized polynomial (`perm_scalars`).
    pub fn sigma_scalar(&self, evaluations: &Evaluations<PointEvaluations<F>>) -> F {
        -(self.sigma_product(evaluations) * self.beta)
    }

    /// The argument's part of ft(ζ): what its constraints, summed with the powers of α, leave at ζ once the term with
    /// σ₆, which the commitment carries, is taken out, with the sign that ft(ζ) has.
    ///
    /// None if ζ is the domain's first element or that of the first zero-knowledge row; no honest ζ is.
    pub fn ft_part(
        &self,
        domain: &Radix2EvaluationDomain<F>,
        zk_rows: u64,
        shifts: &[F; PERMUTS],
        evaluations: &Evaluations<PointEvaluations<F>>,
    ) -> Option<F> {
        let z = evaluations.z.zeta;
        let sigma = self.sigma_product(evaluations) * (evaluations.w[PERMUTS - 1].zeta + self.gamma);

        let cells = evaluations.w.iter().zip(shifts).map(|(w, shift)| (w.zeta, *shift));
        let identity = product(z, cells, self.beta * self.zeta, self.gamma);
        let identity = identity * self.alphas[0] * self.vanishing;

        let from_first = self.zeta - F::one();
        let from_zk = self.zeta - first_zk_row(domain, zk_rows);
        let numerator = self.alphas[1] * from_zk + self.alphas[2] * from_first;
        let boundary = numerator
            * (from_first * from_zk).inverse()?
            * domain.evaluate_vanishing_polynomial(self.zeta)
            * (F::one() - z);

        Some(sigma - identity + boundary)
    }
}
