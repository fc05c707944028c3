//! Additions of affine points.

use core::ops::Range;

use quickpickle_srs_data::{MontgomeryForm, PackedPoint};

use super::field::{LANES, Quad};
use crate::backend::portable::affine::Pairs;
use crate::backend::portable::invert_all;
use crate::pasta::{BaseField, KimchiCurve};

/// Four pairs' part in the common inversions.
#[derive(Clone, Copy)]
pub(in crate::backend::portable) struct Share<C: KimchiCurve> {
    /// The denominators of the slopes, between P and 3P.
    denominator: Quad<BaseField<C>>,
    /// In each lane the product of those of all later pairs of the batch, up to P.
    later: Quad<BaseField<C>>,
}

impl<C: KimchiCurve> Default for Share<C> {
    fn default() -> Self {
        Self { denominator: Quad::zero(), later: Quad::zero() }
    }
}

/// Adds the pairs of a batch; `false`, with nothing done, where one may be none that a slope between two points decides.
#[target_feature(enable = "avx2")]
pub(in crate::backend::portable) fn add_batch<C: KimchiCurve>(
    shares: &mut Vec<Share<C>>,
    batch: Range<usize>,
    pairs: &mut impl Pairs<C, Point = PackedPoint>,
) -> bool {
    // The last pair may take several lanes.
    let last = batch.end.saturating_sub(1);
    let lanes = |start: usize| [start, last.min(start + 1), last.min(start + 2), last.min(start + 3)];
    shares.resize_with(batch.len().div_ceil(LANES), Share::default);
    for (share, start) in shares.iter_mut().zip(batch.clone().step_by(LANES)) {
        let [a, b, c, d] = lanes(start);
        let [a, b, c, d] = [pairs.operands(a), pairs.operands(b), pairs.operands(c), pairs.operands(d)];
        if may_be_special(a) | may_be_special(b) | may_be_special(c) | may_be_special(d) {
            return false;
        }
        let p = Quad::load([&a.0.x, &b.0.x, &c.0.x, &d.0.x]);
        let q = Quad::load([&a.1.x, &b.1.x, &c.1.x, &d.1.x]);
        share.denominator = q.minus(&p);
    }
    // Back to front, so that the sums, which may overwrite the input, come front to back.
    let mut product = Quad::splat(BaseField::<C>::from(1u64));
    for share in shares.iter_mut().rev() {
        share.later = product;
        // At most (1·3/4 + 1/32)P.
        product = product.mul(&share.denominator);
    }
    let mut inverses = product.reduce().store().map(BaseField::<C>::from_limbs_unchecked);
    // Denominators are not zero, so neither are products; were one, the results would be wrong, never a panic.
    invert_all(&mut inverses);
    let [a, b, c, d] = inverses.map(MontgomeryForm::to_limbs);
    let mut rest = Quad::load([&a, &b, &c, &d]);
    for (share, start) in shares.iter().zip(batch.clone().step_by(LANES)) {
        // Below (1/4 + 1/32)P, and the other as above.
        let inverse = rest.mul(&share.later);
        rest = rest.mul(&share.denominator);
        let [a, b, c, d] = lanes(start);
        let [a, b, c, d] = [pairs.operands(a), pairs.operands(b), pairs.operands(c), pairs.operands(d)];
        let y = Quad::load([&a.0.y, &b.0.y, &c.0.y, &d.0.y]);
        let to = Quad::load([&a.1.y, &b.1.y, &c.1.y, &d.1.y]);
        // Below (3·9/32/4 + 1/32)P < P/4, and its square below P/16.
        let slope = to.minus(&y).mul(&inverse);
        let x = Quad::load([&a.0.x, &b.0.x, &c.0.x, &d.0.x]);
        // The denominator is the other x less this one, and 2P.
        let sum_x = slope.square().minus_sum(&share.denominator, &x).reduce();
        // The product is below P/4.
        let sum_y = x.minus(&sum_x).mul(&slope).minus(&y).reduce();
        let sums = sum_x.store().into_iter().zip(sum_y.store());
        for (number, (x, y)) in (start..batch.end).zip(sums) {
            pairs.store(number, PackedPoint { x, y });
        }
    }
    true
}

/// Whether one of two points may be infinity, or both have the same x: it looks at the lowest limbs alone.
#[inline(always)]
fn may_be_special((p, q): (&PackedPoint, &PackedPoint)) -> bool {
    (p.x[0] == q.x[0]) | (p.x[0] == 0) | (q.x[0] == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::portable::affine::LaneByLane;
    use crate::backend::portable::quads::is_available;
    use crate::pasta::{Affine, PallasConfig, VestaConfig};
    use crate::tests::chain;
    use ark_ec::CurveGroup;

    fn add<C: KimchiCurve>(sums: &mut [PackedPoint], addends: &[PackedPoint]) -> bool {
        let mut shares = Vec::new();
        let batch = 0..sums.len();
        // SAFETY: those who call it have asked whether the machine has the instructions.
        #[expect(unsafe_code, reason = "as in the code")]
        unsafe {
            add_batch::<C>(&mut shares, batch, &mut LaneByLane { sums, addends })
        }
    }

    fn check<C: KimchiCurve>() {
        let points = chain::<C>(50);
        let pack = |points: &[Affine<C>]| points.iter().map(PackedPoint::pack).collect::<Vec<_>>();
        // Vectors with points in some of their lanes, too.
        for count in 0..=25 {
            let (a, b) = (&points[..count], &points[25..25 + count]);
            let mut sums = pack(a);
            assert!(add::<C>(&mut sums, &pack(b)));
            let expected: Vec<_> = a.iter().zip(b).map(|(a, b)| (*a + b).into_affine()).collect();
            assert_eq!(sums, pack(&expected));
        }
        // Pairs without a slope between their points are left to others, wherever they are, and so is their batch.
        for place in 0..9 {
            for special in [points[place], -points[place], Affine::<C>::identity()] {
                let mut sums = pack(&points[..9]);
                let mut addends = pack(&points[25..34]);
                addends[place] = PackedPoint::pack(&special);
                for _ in 0..2 {
                    let before = sums.clone();
                    assert!(!add::<C>(&mut sums, &addends));
                    assert_eq!(sums, before);
                    core::mem::swap(&mut sums, &mut addends);
                }
            }
        }
    }

    #[test]
    fn sums_are_those_of_ark() {
        if is_available() {
            check::<PallasConfig>();
            check::<VestaConfig>();
        }
    }
}
