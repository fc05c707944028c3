//! Poseidon with Kimchi's parameters: width 3, 55 full rounds, S-box x⁷, no constants before the first round; and with the
//! legacy parameters, of which only signatures of payments, delegations and texts make use: 63 full rounds, S-box x⁵, constants
//! before the first round.
//!
//! Facts: the Mina book, "Poseidon hash", and proof-systems' `poseidon/` crate.

mod fp;
mod fp_legacy;
mod fq;

use crate::backend;
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

    /// [`permute_many`](crate::permute_many) over this field. It is compiled in this crate, and so for speed where its callers are not.
    #[doc(hidden)]
    fn permute_many(states: &mut [[Self; WIDTH]]);

    /// [`permute`](crate::permute) over this field, compiled as `permute_many`.
    #[doc(hidden)]
    fn permute(state: &mut [Self; WIDTH]);
}

/// Poseidon's permutation, in each of the rounds the S-box on every element, the MDS matrix, the round constants.
pub fn permute<F: SpongeField>(state: &mut [F; WIDTH]) {
    F::permute(state);
}

/// Poseidon's permutation of every state: where vectors do it, eight of them take little longer than two.
pub fn permute_many<F: SpongeField>(states: &mut [[F; WIDTH]]) {
    F::permute_many(states);
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

    fn permute_many(states: &mut [[Self; WIDTH]]) {
        backend::permute_many(states);
    }

    fn permute(state: &mut [Self; WIDTH]) {
        backend::permute(state);
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

    fn permute_many(states: &mut [[Self; WIDTH]]) {
        backend::permute_many(states);
    }

    fn permute(state: &mut [Self; WIDTH]) {
        backend::permute(state);
    }
}

/// The legacy parameters over Fp, the one field in which they are used.
pub(crate) mod legacy {
    pub(crate) use super::fp_legacy::{MDS, ROUND_CONSTANTS};
}
