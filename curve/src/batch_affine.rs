//! Many independent additions and doublings of affine points, with one field inversion for all of them.
//!
//! An affine addition costs 2 multiplications, 1 squaring and an inversion; Montgomery's trick turns n inversions into
//! one and 3(n-1) multiplications. From some hundred lanes on this is cheaper than any projective formula.

use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::{AdditiveGroup, Field, One, Zero};

/// Running products that are kept apart, so that one multiplication need not wait for the one before it.
const CHAINS: usize = 4;

/// Adds and doubles affine points lane by lane. Keeps its scratch memory between calls.
///
/// All results are exact for all inputs: the point at infinity, equal points, and opposite points.
#[derive(Clone, Debug)]
pub struct BatchAffine<C: SWCurveConfig> {
    /// For each lane the product of the denominators of the lanes before it in its chain.
    prefixes: Vec<C::BaseField>,
}

impl<C: SWCurveConfig> Default for BatchAffine<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: SWCurveConfig> BatchAffine<C> {
    /// An adder for curves y² = x³ + b.
    ///
    /// # Panics
    ///
    /// If `C` has a ≠ 0, a property of the type.
    pub fn new() -> Self {
        assert!(C::COEFF_A.is_zero(), "the doubling formula is for curves with a = 0");
        Self { prefixes: Vec::new() }
    }

    /// `sums[i] += addends[i]` for each i below the shorter length.
    pub fn add_assign(&mut self, sums: &mut [Affine<C>], addends: &[Affine<C>]) {
        let lanes = sums.len().min(addends.len());
        self.with_inverses(
            lanes,
            sums,
            |sums, i| denominator(&sums[i], &addends[i]),
            |sums, i, inverse| sums[i] = add(&sums[i], &addends[i], inverse),
        );
    }

    /// `sums[index] += addend` for each pair of `addends`.
    ///
    /// The indices must be distinct: of two additions to one index the result is neither sum.
    ///
    /// # Panics
    ///
    /// If an index is not below the length of `sums`.
    pub fn add_assign_at(&mut self, sums: &mut [Affine<C>], addends: &[(u32, Affine<C>)]) {
        self.with_inverses(
            addends.len(),
            sums,
            |sums, i| denominator(&sums[addends[i].0 as usize], &addends[i].1),
            |sums, i, inverse| {
                let (index, addend) = &addends[i];
                let sum = &mut sums[*index as usize];
                *sum = add(sum, addend, inverse);
            },
        );
    }

    /// `points[i] += points[i]` for all i.
    pub fn double_assign(&mut self, points: &mut [Affine<C>]) {
        self.with_inverses(
            points.len(),
            points,
            |points, i| nonzero_or_one(points[i].y.double()),
            |points, i, inverse| points[i] = double(&points[i], inverse),
        );
    }

    /// `(a[i], b[i]) = (a[i] + b[i], a[i] - b[i])` for each i below the shorter length: both at the price of one
    /// inversion.
    pub fn butterfly(&mut self, a: &mut [Affine<C>], b: &mut [Affine<C>]) {
        let lanes = a.len().min(b.len());
        self.with_inverses(
            lanes,
            &mut (a, b),
            |(a, b), i| denominator(&a[i], &b[i]),
            |(a, b), i, inverse| {
                // The denominators of a + b and a - b are the same, also where a = ±b.
                let sum = add(&a[i], &b[i], inverse);
                let difference = add(&a[i], &-b[i], inverse);
                a[i] = sum;
                b[i] = difference;
            },
        );
    }

    /// Calls `finish` for every lane with the inverse of its denominator, which must not be zero.
    #[inline(always)]
    fn with_inverses<S: ?Sized>(
        &mut self,
        lanes: usize,
        state: &mut S,
        denominator: impl Fn(&S, usize) -> C::BaseField,
        finish: impl Fn(&mut S, usize, C::BaseField),
    ) {
        let mut products = [C::BaseField::one(); CHAINS];
        self.prefixes.clear();
        self.prefixes.extend((0..lanes).map(|i| {
            let product = &mut products[i % CHAINS];
            let prefix = *product;
            *product *= denominator(state, i);
            prefix
        }));
        ark_ff::batch_inversion(&mut products);
        for (i, prefix) in self.prefixes.iter().enumerate().rev() {
            let product = &mut products[i % CHAINS];
            let inverse = *product * prefix;
            *product *= denominator(state, i);
            finish(state, i, inverse);
        }
    }
}

#[inline(always)]
fn nonzero_or_one<F: Field>(value: F) -> F {
    if value.is_zero() { F::one() } else { value }
}

/// What [`add`] wants the inverse of: never zero.
#[inline(always)]
fn denominator<C: SWCurveConfig>(a: &Affine<C>, b: &Affine<C>) -> C::BaseField {
    let difference = b.x - a.x;
    if difference.is_zero() { nonzero_or_one(a.y.double()) } else { difference }
}

/// a + b, given the inverse of their [`denominator`].
#[inline(always)]
fn add<C: SWCurveConfig>(a: &Affine<C>, b: &Affine<C>, inverse: C::BaseField) -> Affine<C> {
    if a.is_zero() {
        return *b;
    }
    if b.is_zero() {
        return *a;
    }
    if a.x == b.x {
        return if a.y == b.y { double(a, inverse) } else { Affine::identity() };
    }
    let slope = (b.y - a.y) * inverse;
    let x = slope.square() - a.x - b.x;
    Affine::new_unchecked(x, slope * (a.x - x) - a.y)
}

/// a + a, given the inverse of 2y, or of anything where y = 0.
#[inline(always)]
fn double<C: SWCurveConfig>(a: &Affine<C>, inverse: C::BaseField) -> Affine<C> {
    // y = 0: a point of order two, or infinity where that has no flag of its own.
    if a.is_zero() || a.y.is_zero() {
        return Affine::identity();
    }
    let x_squared = a.x.square();
    let slope = (x_squared.double() + x_squared) * inverse;
    let x = slope.square() - a.x.double();
    Affine::new_unchecked(x, slope * (a.x - x) - a.y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_points::small_multiples;
    use ark_ec::CurveGroup;
    use ark_pallas::PallasConfig;
    use ark_vesta::VestaConfig;
    use proptest::prelude::*;

    /// Lanes from few small multiples of one point: infinity, equal and opposite pairs are frequent.
    fn pairs() -> impl Strategy<Value = Vec<(i8, i8)>> {
        prop::collection::vec((-3i8..=3, -3i8..=3), 0..40)
    }

    fn agrees_with_ark<C: SWCurveConfig>(pairs: &[(i8, i8)]) {
        let a = small_multiples::<C>(pairs.iter().map(|pair| pair.0));
        let b = small_multiples::<C>(pairs.iter().map(|pair| pair.1));
        let sums: Vec<_> = a.iter().zip(&b).map(|(a, b)| (*a + b).into_affine()).collect();
        let differences: Vec<_> = a.iter().zip(&b).map(|(a, b)| (*a - b).into_affine()).collect();
        let mut batch = BatchAffine::new();

        let mut result = a.clone();
        batch.add_assign(&mut result, &b);
        assert_eq!(result, sums);

        // In reverse order, and only the even lanes.
        let (mut result, last) = (a.clone(), a.len());
        let addends: Vec<_> = (0..last).rev().step_by(2).map(|i| (i as u32, b[i])).collect();
        batch.add_assign_at(&mut result, &addends);
        for i in 0..last {
            let expected = if (last - 1 - i) % 2 == 0 { sums[i] } else { a[i] };
            assert_eq!(result[i], expected);
        }

        let (mut plus, mut minus) = (a.clone(), b.clone());
        batch.butterfly(&mut plus, &mut minus);
        assert_eq!((plus, minus), (sums, differences));

        let mut result = a.clone();
        batch.double_assign(&mut result);
        assert_eq!(result, a.iter().map(|a| (*a + a).into_affine()).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn every_operation_agrees_with_ark(pairs in pairs()) {
            agrees_with_ark::<PallasConfig>(&pairs);
            agrees_with_ark::<VestaConfig>(&pairs);
        }
    }
}
