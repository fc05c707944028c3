//! Scalars split by the endomorphism.

use crate::endomorphism::split;
use crate::pasta::{KimchiCurve, ScalarField};

/// The halves of each scalar, as [`split`] gives them; the lengths agree.
pub(crate) fn split_all<C: KimchiCurve>(scalars: &[ScalarField<C>], halves: &mut [[i128; 2]]) {
    for (halves, scalar) in halves.iter_mut().zip(scalars) {
        *halves = split::<C>(scalar);
    }
}
