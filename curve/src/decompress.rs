//! Points from their x and the parity of their y, as public keys are written.

use ark_ff::{BigInteger, Field, PrimeField};

use crate::pasta::{Affine, BaseField, KimchiCurve};
use crate::square_root::SquareRoots;

/// Finds points by their x. What it keeps is worked out once, with some thousand multiplications.
pub struct Decompressor<C: KimchiCurve> {
    roots: SquareRoots<BaseField<C>>,
}

impl<C: KimchiCurve> Default for Decompressor<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: KimchiCurve> Decompressor<C> {
    /// One for this curve.
    pub fn new() -> Self {
        Self { roots: SquareRoots::new() }
    }

    /// The point with this x whose y is odd, as a number below the modulus, or else even. `None` where no point has this x.
    /// It is not infinity, which has no x.
    pub fn point(&self, x: BaseField<C>, is_odd: bool) -> Option<Affine<C>> {
        let y = self.roots.sqrt(&(C::mul_by_a(x) + x.square() * x + C::COEFF_B))?;
        let y = if y.into_bigint().is_odd() == is_odd { y } else { -y };
        // Were y zero, it would be even under either sign; an order that is an odd prime leaves no such point.
        (y.into_bigint().is_odd() == is_odd).then(|| Affine::<C>::new_unchecked(x, y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pasta::{PallasConfig, VestaConfig};
    use crate::tests::chain;
    use ark_ff::AdditiveGroup;

    fn finds_points<C: KimchiCurve>() {
        let decompressor = Decompressor::<C>::new();
        for point in chain::<C>(40) {
            let is_odd = point.y.into_bigint().is_odd();
            assert_eq!(decompressor.point(point.x, is_odd), Some(point));
            assert_eq!(decompressor.point(point.x, !is_odd), Some(-point));
        }
        // 5, the curves' b, is no square, so that no point has x = 0: infinity is not found in its place.
        assert_eq!(decompressor.point(BaseField::<C>::ZERO, false), None);
        let xs = (0..100u64).map(BaseField::<C>::from);
        let found = xs.filter_map(|x| Some((x, decompressor.point(x, false)?))).collect::<Vec<_>>();
        assert!((30..70).contains(&found.len()), "about half of all x have a point, not {}", found.len());
        assert!(found.iter().all(|(x, point)| point.is_on_curve() && point.x == *x));
    }

    #[test]
    fn points_of_pallas_are_found() {
        finds_points::<PallasConfig>();
    }

    #[test]
    fn points_of_vesta_are_found() {
        finds_points::<VestaConfig>();
    }
}
