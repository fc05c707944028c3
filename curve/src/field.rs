//! What the two Pasta fields have in common, for arithmetic that is faster than that of any prime field.

use ark_ff::{BigInt, PrimeField};
use quickpickle_srs_data::MontgomeryForm;

/// The scalar field of Vesta and base field of Pallas: the field of step circuits (Tick).
pub type Fp = ark_vesta::Fr;
/// The scalar field of Pallas and base field of Vesta: the field of wrap circuits (Tock).
pub type Fq = ark_pallas::Fr;

/// A Pasta field: its modulus is p = 2^254 + p₁·2^64 + p₀ with p₀ ≡ 1 modulo 2^32, and elements are held in Montgomery
/// form, R = 2^256.
pub trait PastaField: MontgomeryForm {
    /// p₀ and p₁.
    const LOW: [u64; 2];
}

/// p₀ and p₁ of a modulus that has the form.
const fn low(modulus: BigInt<4>) -> [u64; 2] {
    let BigInt([p0, p1, p2, p3]) = modulus;
    assert!(p0 as u32 == 1 && p2 == 0 && p3 == 1 << 62);
    [p0, p1]
}

impl PastaField for Fp {
    const LOW: [u64; 2] = low(Self::MODULUS);
}

impl PastaField for Fq {
    const LOW: [u64; 2] = low(Self::MODULUS);
}
