//! What the constraints need beside the cells.

use ark_ff::PrimeField;

use crate::curve::{KimchiCurve, ScalarField};
use crate::poseidon::{SpongeField, WIDTH};

/// The two generations of Kimchi's gates, which differ in one constraint of `EndoMul`.
///
/// Neither a key nor a proof says which it is: it belongs to the network or the library that made the circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Generation {
    /// Mina's networks since Berkeley (protocol 3.0) and o1js up to 2.15 at least: `EndoMul` has 11 constraints.
    Berkeley,
    /// proof-systems from release 0.5.0 (February 2026) on: `EndoMul` has a twelfth, which excludes degenerate additions.
    DistinctPoints,
}

/// The constants in the constraints of the gates over one field, computed once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateConstants<F> {
    /// Which constraints the gates have.
    pub generation: Generation,
    /// ξ of the endomorphism (x, y) ↦ (ξx, y) of the curve that circuits over `F` compute with.
    pub endo: F,
    /// The MDS matrix of Poseidon over `F`, row by row.
    pub mds: [[F; WIDTH]; WIDTH],
    /// 11/6, -5/2, 2/3: see [`super::endo_mul_scalar`].
    pub(super) crumb_to_a: [F; 3],
    /// 2⁶⁴.
    pub(super) two_to_64: F,
    /// 2⁸⁸, the size of a foreign-field limb.
    pub(super) limb: F,
    /// 2¹⁷⁶, two limbs.
    pub(super) two_limbs: F,
    /// 2²⁶⁴, three limbs.
    pub(super) three_limbs: F,
}

impl<F: Copy> GateConstants<F> {
    /// The same constants as something else.
    pub fn map<T>(&self, mut f: impl FnMut(F) -> T) -> GateConstants<T> {
        GateConstants {
            generation: self.generation,
            endo: f(self.endo),
            mds: self.mds.map(|row| row.map(&mut f)),
            crumb_to_a: self.crumb_to_a.map(&mut f),
            two_to_64: f(self.two_to_64),
            limb: f(self.limb),
            two_limbs: f(self.two_limbs),
            three_limbs: f(self.three_limbs),
        }
    }
}

impl<F: PrimeField> GateConstants<F> {
    /// The constants for an endomorphism and an MDS matrix.
    pub fn new(generation: Generation, endo: F, mds: [[F; WIDTH]; WIDTH]) -> Self {
        let limb = F::from(1u128 << 88);
        let two_limbs = limb.square();
        Self {
            generation,
            endo,
            mds,
            crumb_to_a: [
                F::from(11u64) / F::from(6u64),
                -F::from(5u64) / F::from(2u64),
                F::from(2u64) / F::from(3u64),
            ],
            two_to_64: F::from(1u128 << 64),
            limb,
            two_limbs,
            three_limbs: two_limbs * limb,
        }
    }

    /// The constants of circuits whose polynomials are committed on `C`: the endomorphism is that of the other curve of
    /// the cycle, whose points have their coordinates in this field.
    pub fn of<C: KimchiCurve<ScalarField = F>>(generation: Generation) -> Self
    where
        F: SpongeField,
    {
        Self::new(generation, C::other_endo_base(), *ScalarField::<C>::mds())
    }
}
