//! Poseidon with Kimchi's parameters: width 3, 55 full rounds, S-box x⁷, no constants before the first round; and with the
//! legacy parameters, of which only signatures of payments, delegations and texts make use: 63 full rounds, S-box x⁵, constants
//! before the first round.
//!
//! Facts: the Mina book, "Poseidon hash", and proof-systems' `poseidon/` crate.

mod fp;
mod fp_legacy;
mod fq;

use crate::field::{Fp, Fq, PastaField};

/// Field elements of the state.
pub const WIDTH: usize = 3;
/// Rounds of the permutation, all of them full.
pub const ROUNDS: usize = 55;
/// Rounds of the permutation with the legacy parameters.
pub const LEGACY_ROUNDS: usize = 63;

/// A field with Kimchi's Poseidon parameters: one of the two Pasta fields.
pub trait SpongeField: PastaField {
    /// The MDS matrix, row by row.
    fn mds() -> &'static [[Self; WIDTH]; WIDTH];

    /// The constants that are added at the end of each round.
    fn round_constants() -> &'static [[Self; WIDTH]; ROUNDS];
}

impl SpongeField for Fp {
    #[inline(always)]
    fn mds() -> &'static [[Self; WIDTH]; WIDTH] {
        &fp::MDS
    }

    #[inline(always)]
    fn round_constants() -> &'static [[Self; WIDTH]; ROUNDS] {
        &fp::ROUND_CONSTANTS
    }
}

impl SpongeField for Fq {
    #[inline(always)]
    fn mds() -> &'static [[Self; WIDTH]; WIDTH] {
        &fq::MDS
    }

    #[inline(always)]
    fn round_constants() -> &'static [[Self; WIDTH]; ROUNDS] {
        &fq::ROUND_CONSTANTS
    }
}

/// The legacy parameters over Fp, the one field in which they are used.
pub(crate) mod legacy {
    pub(crate) use super::fp_legacy::{MDS, ROUND_CONSTANTS};
}
