//! Many independent additions and doublings of affine points, with one field inversion for a thousand of them.
//!
//! An affine addition costs one inversion, two multiplications and a squaring; with Montgomery's trick the inversion
//! costs three multiplications, plus one real inversion a batch.
//!
//! All results are exact for all inputs: the point at infinity, equal points, and opposite points.

use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, Field};
use core::ops::Range;

use super::{Lazy, inverse};
use crate::pasta::{Affine, BaseField, KimchiCurve};

/// Results that share one inversion. An inversion is worth some hundred multiplications: at this size it adds less than
/// a third of a multiplication to each.
const BATCH: usize = 1024;

/// Results that are computed side by side, one multiplication of each after the other: each of an addition's needs the
/// one before, and loops of one multiplication stay in the processor's cache of decoded instructions.
const LANES: usize = 64;

/// `sums[i] += addends[i]` for each i below the shorter length.
pub(crate) fn add_assign<C: KimchiCurve>(sums: &mut [Affine<C>], addends: &[Affine<C>]) {
    let count = sums.len().min(addends.len());
    add_pairs(&mut Inverter::default(), count, LaneByLane { sums, addends });
}

/// `(a[i], b[i]) = (a[i] + b[i], a[i] - b[i])` for each i below the shorter length: both at the price of one inversion.
pub(crate) fn butterfly<C: KimchiCurve>(a: &mut [Affine<C>], b: &mut [Affine<C>]) {
    let count = a.len().min(b.len());
    Inverter::default().run(count, &mut Butterflies { a, b, special: Vec::new() });
}

/// `points[i] += points[i]` for all i.
pub(super) fn double_assign<C: KimchiCurve>(inverter: &mut Inverter<C>, points: &mut [Affine<C>]) {
    inverter.run(points.len(), &mut Doublings { points });
}

/// `sums[index] += addend` for each pair of `addends`, whose indices must be distinct and below the length of `sums`.
pub(super) fn add_assign_at<C: KimchiCurve>(
    inverter: &mut Inverter<C>,
    sums: &mut [Affine<C>],
    addends: &[(u32, Affine<C>)],
) {
    add_pairs(inverter, addends.len(), ByIndex { sums, addends });
}

/// The sums of `count` pairs.
pub(super) fn add_pairs<C: KimchiCurve>(inverter: &mut Inverter<C>, count: usize, pairs: impl Pairs<C>) {
    inverter.run(count, &mut Additions { pairs, special: Vec::new() });
}

/// Points that are added in pairs, numbered from zero.
///
/// Sums are stored in the order of their numbers, and after [`BATCH`] pairs have been read: a sum may overwrite points of
/// its own and of earlier pairs.
pub(super) trait Pairs<C: KimchiCurve> {
    fn operands(&self, number: usize) -> (&Affine<C>, &Affine<C>);
    fn store(&mut self, number: usize, sum: Affine<C>);
}

/// The inversions, with their working memory.
pub(super) struct Inverter<C: KimchiCurve> {
    shares: Vec<Share<C>>,
}

/// A result's part in the common inversion.
struct Share<C: KimchiCurve> {
    /// The denominator of the slope.
    denominator: Lazy<BaseField<C>>,
    /// The product of those of all later results of the batch.
    later: Lazy<BaseField<C>>,
}

/// What is done with inverses, for numbers from zero.
trait Job<C: KimchiCurve> {
    /// What is to be inverted: not zero, and below p.
    fn denominator(&mut self, number: usize) -> Lazy<BaseField<C>>;

    /// Takes the inverses of at most [`LANES`] numbers, each below 1.5p. Groups come front to back, after the denominators
    /// of their batch, which come back to front.
    fn finish(&mut self, group: Range<usize>, inverses: &[Lazy<BaseField<C>>]);
}

impl<C: KimchiCurve> Default for Inverter<C> {
    fn default() -> Self {
        Self { shares: Vec::new() }
    }
}

impl<C: KimchiCurve> Inverter<C> {
    #[inline(always)]
    fn run(&mut self, count: usize, job: &mut impl Job<C>) {
        for start in (0..count).step_by(BATCH) {
            self.run_batch(start..count.min(start + BATCH), job);
        }
    }

    #[inline(always)]
    fn run_batch(&mut self, batch: Range<usize>, job: &mut impl Job<C>) {
        // Back to front, so that the results, which may overwrite the input, come front to back. Denominators are below
        // p: a product of them, up to Xp, leads to one up to (X/4 + 1)p, and all stay below 4p/3.
        self.shares.clear();
        let mut product = Lazy::one();
        for number in batch.clone().rev() {
            let denominator = job.denominator(number);
            self.shares.push(Share { denominator, later: product });
            product = product.mul(denominator);
        }
        // Denominators are not zero, so neither is the product; were it, the results would be wrong, never a panic.
        let mut inverse = Lazy::new(inverse(product.reduce()).unwrap_or_default());

        let mut inverses = [Lazy::one(); LANES];
        let mut shares = self.shares.iter().rev();
        for start in batch.clone().step_by(LANES) {
            let group = start..batch.end.min(start + LANES);
            for (lane, share) in inverses.iter_mut().zip(shares.by_ref().take(group.len())) {
                // Below (16/9/4 + 1)p < 1.5p.
                *lane = inverse.mul(share.later);
                inverse = inverse.mul(share.denominator);
            }
            let count = group.len();
            job.finish(group, &inverses[..count]);
        }
    }
}

struct Additions<P> {
    pairs: P,
    /// The pairs of the batch whose slope is not the quotient of the differences, last first.
    special: Vec<usize>,
}

impl<C: KimchiCurve, P: Pairs<C>> Job<C> for Additions<P> {
    #[inline(always)]
    fn denominator(&mut self, number: usize) -> Lazy<BaseField<C>> {
        let (p, q) = self.pairs.operands(number);
        denominator(p, q, number, &mut self.special)
    }

    #[inline(always)]
    fn finish(&mut self, group: Range<usize>, inverses: &[Lazy<BaseField<C>>]) {
        let start = group.start;
        let mut without_slope = Vec::new();
        while let Some(number) = self.special.pop_if(|number| *number < group.end) {
            let (p, q) = self.pairs.operands(number);
            without_slope.push((number, special_sum(p, q, inverses[number - start])));
        }
        let mut slopes = [Lazy::one(); LANES];
        let mut x = [BaseField::<C>::ZERO; LANES];
        for ((slope, inverse), number) in slopes.iter_mut().zip(inverses).zip(group.clone()) {
            let (p, q) = self.pairs.operands(number);
            // Below (2·1.5/4 + 1)p = 1.75p.
            *slope = Lazy::difference(q.y, p.y).mul(*inverse);
        }
        for ((x, slope), number) in x.iter_mut().zip(&slopes).zip(group.clone()) {
            let (p, q) = self.pairs.operands(number);
            // The square is below 1.8p.
            *x = slope.square().minus_sum(p.x, q.x);
        }
        for ((x, slope), number) in x.iter().zip(&slopes).zip(group) {
            let (p, _) = self.pairs.operands(number);
            // The product is below 1.9p.
            let y = slope.mul(Lazy::difference(p.x, *x)).minus(p.y);
            self.pairs.store(number, Affine::<C>::new_unchecked(*x, y));
        }
        for (number, sum) in without_slope {
            self.pairs.store(number, sum);
        }
    }
}

struct LaneByLane<'a, C: KimchiCurve> {
    sums: &'a mut [Affine<C>],
    addends: &'a [Affine<C>],
}

impl<C: KimchiCurve> Pairs<C> for LaneByLane<'_, C> {
    #[inline(always)]
    fn operands(&self, number: usize) -> (&Affine<C>, &Affine<C>) {
        (&self.sums[number], &self.addends[number])
    }

    #[inline(always)]
    fn store(&mut self, number: usize, sum: Affine<C>) {
        self.sums[number] = sum;
    }
}

struct ByIndex<'a, C: KimchiCurve> {
    sums: &'a mut [Affine<C>],
    addends: &'a [(u32, Affine<C>)],
}

impl<C: KimchiCurve> Pairs<C> for ByIndex<'_, C> {
    #[inline(always)]
    fn operands(&self, number: usize) -> (&Affine<C>, &Affine<C>) {
        let (index, addend) = &self.addends[number];
        (&self.sums[*index as usize], addend)
    }

    #[inline(always)]
    fn store(&mut self, number: usize, sum: Affine<C>) {
        self.sums[self.addends[number].0 as usize] = sum;
    }
}

struct Butterflies<'a, C: KimchiCurve> {
    a: &'a mut [Affine<C>],
    b: &'a mut [Affine<C>],
    special: Vec<usize>,
}

impl<C: KimchiCurve> Job<C> for Butterflies<'_, C> {
    #[inline(always)]
    fn denominator(&mut self, number: usize) -> Lazy<BaseField<C>> {
        denominator(&self.a[number], &self.b[number], number, &mut self.special)
    }

    /// The denominators of a + b and a - b are the same, also where a = ±b.
    #[inline(always)]
    fn finish(&mut self, group: Range<usize>, inverses: &[Lazy<BaseField<C>>]) {
        let start = group.start;
        let mut without_slope = Vec::new();
        while let Some(number) = self.special.pop_if(|number| *number < group.end) {
            let (a, b, inverse) = (&self.a[number], &self.b[number], inverses[number - start]);
            without_slope.push((number, special_sum(a, b, inverse), special_sum(a, &-*b, inverse)));
        }
        for (number, inverse) in group.zip(inverses) {
            let (a, b) = (self.a[number], self.b[number]);
            self.a[number] = sum(&a, &b, *inverse);
            self.b[number] = sum(&a, &-b, *inverse);
        }
        for (number, sum, difference) in without_slope {
            (self.a[number], self.b[number]) = (sum, difference);
        }
    }
}

struct Doublings<'a, C: KimchiCurve> {
    points: &'a mut [Affine<C>],
}

impl<C: KimchiCurve> Job<C> for Doublings<'_, C> {
    #[inline(always)]
    fn denominator(&mut self, number: usize) -> Lazy<BaseField<C>> {
        let point = &self.points[number];
        if point.is_zero() { Lazy::one() } else { Lazy::new(point.y.double()) }
    }

    #[inline(always)]
    fn finish(&mut self, group: Range<usize>, inverses: &[Lazy<BaseField<C>>]) {
        for (point, inverse) in self.points[group].iter_mut().zip(inverses) {
            if !point.is_zero() {
                *point = double(point, *inverse);
            }
        }
    }
}

/// The denominator of the slope from p to q; not zero. Notes the number where p + q is a special case: then 2y where the
/// points are equal (a point of odd order has y ≠ 0), or 1 where no slope is needed.
#[inline(always)]
fn denominator<C: KimchiCurve>(
    p: &Affine<C>,
    q: &Affine<C>,
    number: usize,
    special: &mut Vec<usize>,
) -> Lazy<BaseField<C>> {
    if p.x != q.x && !p.is_zero() && !q.is_zero() {
        return Lazy::reduced_difference(q.x, p.x);
    }
    special.push(number);
    if p.is_zero() || q.is_zero() { Lazy::one() } else { Lazy::new(p.y.double()) }
}

/// p + q in the cases that [`denominator`] notes.
fn special_sum<C: KimchiCurve>(p: &Affine<C>, q: &Affine<C>, inverse: Lazy<BaseField<C>>) -> Affine<C> {
    if p.is_zero() {
        *q
    } else if q.is_zero() {
        *p
    } else if p.y != q.y {
        Affine::<C>::identity()
    } else {
        double(p, inverse)
    }
}

/// p + q, given the inverse of their [`denominator`], below 1.5p; not for special cases. Bounds as in [`Additions`].
#[inline(always)]
fn sum<C: KimchiCurve>(p: &Affine<C>, q: &Affine<C>, inverse: Lazy<BaseField<C>>) -> Affine<C> {
    let slope = Lazy::difference(q.y, p.y).mul(inverse);
    let x = slope.square().minus_sum(p.x, q.x);
    Affine::<C>::new_unchecked(x, slope.mul(Lazy::difference(p.x, x)).minus(p.y))
}

/// p + p, given the inverse of 2y, below 1.5p. The curves have a = 0.
#[inline(always)]
fn double<C: KimchiCurve>(p: &Affine<C>, inverse: Lazy<BaseField<C>>) -> Affine<C> {
    let x_squared = p.x.square();
    // Below (1.5/4 + 1)p < 1.4p; its square is below 1.5p.
    let slope = Lazy::new(x_squared.double() + x_squared).mul(inverse);
    let x = slope.square().minus_sum(p.x, p.x);
    Affine::<C>::new_unchecked(x, slope.mul(Lazy::difference(p.x, x)).minus(p.y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pasta::{PallasConfig, VestaConfig};
    use crate::tests::{check_batches, small_multiples};
    use ark_ec::CurveGroup;
    use proptest::prelude::*;

    fn agrees_with_ark<C: KimchiCurve>(pairs: &[(i8, i8)]) {
        check_batches::<C>(pairs, add_assign, butterfly);
        let a = small_multiples::<C>(pairs.iter().map(|pair| pair.0));
        let b = small_multiples::<C>(pairs.iter().map(|pair| pair.1));
        let mut inverter = Inverter::default();

        // In reverse order, and only the even lanes.
        let (mut result, last) = (a.clone(), a.len());
        let addends: Vec<_> = (0..last).rev().step_by(2).map(|i| (i as u32, b[i])).collect();
        add_assign_at(&mut inverter, &mut result, &addends);
        for i in 0..last {
            let expected = if (last - 1 - i) % 2 == 0 { (a[i] + b[i]).into_affine() } else { a[i] };
            assert_eq!(result[i], expected);
        }

        let mut result = a.clone();
        double_assign(&mut inverter, &mut result);
        assert_eq!(result, a.iter().map(|a| (*a + a).into_affine()).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn every_operation_agrees_with_ark(pairs in prop::collection::vec((-3i8..=3, -3i8..=3), 0..200)) {
            agrees_with_ark::<PallasConfig>(&pairs);
            agrees_with_ark::<VestaConfig>(&pairs);
        }
    }

    #[test]
    fn batches_follow_each_other() {
        let pairs: Vec<_> = (0..BATCH + 3).map(|i| ((i % 7) as i8 - 3, (i % 5) as i8 - 2)).collect();
        agrees_with_ark::<PallasConfig>(&pairs);
    }
}
