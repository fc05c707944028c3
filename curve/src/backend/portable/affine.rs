//! Many independent additions and doublings of affine points, with one field inversion for a thousand of them.
//!
//! An affine addition costs one inversion, two multiplications and a squaring; with Montgomery's trick the inversion
//! costs three multiplications, plus one real inversion a batch.
//!
//! All results are exact for all inputs: the point at infinity, equal points, and opposite points.

use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, Field};
use core::ops::Range;
use quickpickle_srs_data::{MontgomeryForm, PackedPoint};

#[cfg(target_arch = "x86_64")]
use super::quads;
use super::{Lazy, invert_all};
use crate::pasta::{Affine, BaseField, KimchiCurve};

/// Results that share one inversion. An inversion is worth some hundred multiplications: at this size it adds less than
/// a third of a multiplication to each.
const BATCH: usize = 1024;

/// Results that are computed side by side, one multiplication of each after the other: each of an addition's needs the
/// one before, and loops of one multiplication stay in the processor's cache of decoded instructions.
const LANES: usize = 64;

/// Running products of a batch, each over every so many of its denominators: a product that needs the one before takes longer
/// than one that does not, so that several take turns.
const CHAINS: usize = 4;

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

/// An affine point of the curve, whose coordinates are below p.
pub(super) trait Point<C: KimchiCurve>: Copy {
    const INFINITY: Self;
    fn new(x: BaseField<C>, y: BaseField<C>) -> Self;
    fn x(&self) -> BaseField<C>;
    fn y(&self) -> BaseField<C>;
    fn is_infinity(&self) -> bool;

    /// Whether it is worth asking: quicker than the answer, and hardly ever true where that is false.
    fn may_be_infinity(&self) -> bool;
}

impl<C: KimchiCurve> Point<C> for Affine<C> {
    const INFINITY: Self = Self::identity();

    #[inline(always)]
    fn new(x: BaseField<C>, y: BaseField<C>) -> Self {
        Self::new_unchecked(x, y)
    }

    #[inline(always)]
    fn x(&self) -> BaseField<C> {
        self.x
    }

    #[inline(always)]
    fn y(&self) -> BaseField<C> {
        self.y
    }

    #[inline(always)]
    fn is_infinity(&self) -> bool {
        self.is_zero()
    }

    #[inline(always)]
    fn may_be_infinity(&self) -> bool {
        self.is_zero()
    }
}

impl<C: KimchiCurve> Point<C> for PackedPoint {
    const INFINITY: Self = Self::INFINITY;

    #[inline(always)]
    fn new(x: BaseField<C>, y: BaseField<C>) -> Self {
        Self { x: x.to_limbs(), y: y.to_limbs() }
    }

    #[inline(always)]
    fn x(&self) -> BaseField<C> {
        MontgomeryForm::from_limbs_unchecked(self.x)
    }

    #[inline(always)]
    fn y(&self) -> BaseField<C> {
        MontgomeryForm::from_limbs_unchecked(self.y)
    }

    #[inline(always)]
    fn is_infinity(&self) -> bool {
        PackedPoint::is_infinity(self)
    }

    #[inline(always)]
    fn may_be_infinity(&self) -> bool {
        self.x[0] == 0
    }
}

/// [`add_pairs`] of packed points, four at a time where there are vectors for that.
pub(super) fn add_packed<C: KimchiCurve>(
    inverter: &mut Inverter<C>,
    count: usize,
    #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut))] mut pairs: impl Pairs<C, Point = PackedPoint>,
) {
    #[cfg(target_arch = "x86_64")]
    if quads::is_available() {
        for batch in batches(count) {
            // SAFETY: the machine has the instructions.
            #[expect(
                unsafe_code,
                reason = "a function that is compiled for instructions not every machine has"
            )]
            let done = unsafe { quads::add_batch(&mut inverter.quads, batch.clone(), &mut pairs) };
            if !done {
                inverter.run_batch(batch, &mut Additions { pairs: &mut pairs, special: Vec::new() });
            }
        }
        return;
    }
    add_pairs(inverter, count, pairs);
}

/// Points that are added in pairs, numbered from zero.
///
/// Sums are stored in the order of their numbers, and after [`BATCH`] pairs have been read: a sum may overwrite points of
/// its own and of earlier pairs.
pub(super) trait Pairs<C: KimchiCurve> {
    type Point: Point<C>;
    fn operands(&self, number: usize) -> (&Self::Point, &Self::Point);
    fn store(&mut self, number: usize, sum: Self::Point);
}

impl<C: KimchiCurve, P: Pairs<C>> Pairs<C> for &mut P {
    type Point = P::Point;

    #[inline(always)]
    fn operands(&self, number: usize) -> (&P::Point, &P::Point) {
        (**self).operands(number)
    }

    #[inline(always)]
    fn store(&mut self, number: usize, sum: P::Point) {
        (**self).store(number, sum);
    }
}

/// The inversions, with their working memory.
pub(super) struct Inverter<C: KimchiCurve> {
    shares: Vec<Share<C>>,
    #[cfg(target_arch = "x86_64")]
    quads: Vec<quads::Share<C>>,
}

/// The numbers below `count` by batches.
fn batches(count: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count).step_by(BATCH).map(move |start| start..count.min(start + BATCH))
}

/// A result's part in the common inversion.
struct Share<C: KimchiCurve> {
    /// The denominator of the slope.
    denominator: Lazy<BaseField<C>>,
    /// The product of those of all later results of the batch that are in the same chain.
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
        Self {
            shares: Vec::new(),
            #[cfg(target_arch = "x86_64")]
            quads: Vec::new(),
        }
    }
}

impl<C: KimchiCurve> Inverter<C> {
    #[inline(always)]
    fn run(&mut self, count: usize, job: &mut impl Job<C>) {
        for batch in batches(count) {
            self.run_batch(batch, job);
        }
    }

    #[inline(always)]
    fn run_batch(&mut self, batch: Range<usize>, job: &mut impl Job<C>) {
        // Back to front, so that the results, which may overwrite the input, come front to back. Denominators are below
        // p: a product of them, up to Xp, leads to one up to (X/4 + 1)p, and all stay below 4p/3.
        self.shares.clear();
        let mut products = [Lazy::one(); CHAINS];
        for number in batch.clone().rev() {
            let denominator = job.denominator(number);
            let product = &mut products[number % CHAINS];
            self.shares.push(Share { denominator, later: *product });
            *product = product.mul(denominator);
        }
        // Denominators are not zero, so neither are products; were one, the results would be wrong, never a panic.
        let mut inverses_of_products = products.map(Lazy::reduce);
        invert_all(&mut inverses_of_products);
        let mut rest = inverses_of_products.map(Lazy::new);

        let mut inverses = [Lazy::one(); LANES];
        let mut shares = self.shares.iter().rev();
        for start in batch.clone().step_by(LANES) {
            let group = start..batch.end.min(start + LANES);
            for ((lane, share), number) in
                inverses.iter_mut().zip(shares.by_ref().take(group.len())).zip(group.clone())
            {
                let rest = &mut rest[number % CHAINS];
                // Below (16/9/4 + 1)p < 1.5p.
                *lane = rest.mul(share.later);
                *rest = rest.mul(share.denominator);
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
        denominator::<C, _>(p, q, number, &mut self.special)
    }

    #[inline(always)]
    fn finish(&mut self, group: Range<usize>, inverses: &[Lazy<BaseField<C>>]) {
        let start = group.start;
        let mut without_slope = Vec::new();
        while let Some(number) = self.special.pop_if(|number| *number < group.end) {
            let (p, q) = self.pairs.operands(number);
            without_slope.push((number, special_sum::<C, _>(p, q, inverses[number - start])));
        }
        let mut slopes = [Lazy::one(); LANES];
        let mut x = [BaseField::<C>::ZERO; LANES];
        for ((slope, inverse), number) in slopes.iter_mut().zip(inverses).zip(group.clone()) {
            let (p, q) = self.pairs.operands(number);
            // Below (2·1.5/4 + 1)p = 1.75p.
            *slope = Lazy::difference(q.y(), p.y()).mul(*inverse);
        }
        for ((x, slope), number) in x.iter_mut().zip(&slopes).zip(group.clone()) {
            let (p, q) = self.pairs.operands(number);
            // The square is below 1.8p.
            *x = slope.square().minus_sum(p.x(), q.x());
        }
        for ((x, slope), number) in x.iter().zip(&slopes).zip(group) {
            let (p, _) = self.pairs.operands(number);
            // The product is below 1.9p.
            let y = slope.mul(Lazy::difference(p.x(), *x)).minus(p.y());
            self.pairs.store(number, P::Point::new(*x, y));
        }
        for (number, sum) in without_slope {
            self.pairs.store(number, sum);
        }
    }
}

/// `sums[number]` and `addends[number]`, the sum to the place of the first.
pub(super) struct LaneByLane<'a, P> {
    pub(super) sums: &'a mut [P],
    pub(super) addends: &'a [P],
}

impl<C: KimchiCurve, P: Point<C>> Pairs<C> for LaneByLane<'_, P> {
    type Point = P;

    #[inline(always)]
    fn operands(&self, number: usize) -> (&P, &P) {
        (&self.sums[number], &self.addends[number])
    }

    #[inline(always)]
    fn store(&mut self, number: usize, sum: P) {
        self.sums[number] = sum;
    }
}

struct ByIndex<'a, C: KimchiCurve> {
    sums: &'a mut [Affine<C>],
    addends: &'a [(u32, Affine<C>)],
}

impl<C: KimchiCurve> Pairs<C> for ByIndex<'_, C> {
    type Point = Affine<C>;

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
fn denominator<C: KimchiCurve, P: Point<C>>(
    p: &P,
    q: &P,
    number: usize,
    special: &mut Vec<usize>,
) -> Lazy<BaseField<C>> {
    let difference = Lazy::reduced_difference(q.x(), p.x());
    if difference.may_be_zero() | p.may_be_infinity() | q.may_be_infinity() {
        match Case::of(p, q) {
            Case::Chord => {}
            Case::Tangent => {
                special.push(number);
                return Lazy::new(p.y().double());
            }
            Case::NoSlope => {
                special.push(number);
                return Lazy::one();
            }
        }
    }
    difference
}

/// Of which line p + q or p - q may need the slope.
enum Case {
    /// The one through two points.
    Chord,
    /// The one at a point: q is p or -p.
    Tangent,
    /// None: p or q is infinity.
    NoSlope,
}

impl Case {
    #[cold]
    #[inline(never)]
    fn of<C: KimchiCurve>(p: &impl Point<C>, q: &impl Point<C>) -> Self {
        if p.is_infinity() || q.is_infinity() {
            Self::NoSlope
        } else if p.x() != q.x() {
            Self::Chord
        } else {
            Self::Tangent
        }
    }
}

/// p + q in the cases that [`denominator`] notes.
fn special_sum<C: KimchiCurve, P: Point<C>>(p: &P, q: &P, inverse: Lazy<BaseField<C>>) -> P {
    if p.is_infinity() {
        *q
    } else if q.is_infinity() {
        *p
    } else if p.y() != q.y() {
        P::INFINITY
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
fn double<C: KimchiCurve, P: Point<C>>(p: &P, inverse: Lazy<BaseField<C>>) -> P {
    let (x, y) = (p.x(), p.y());
    let x_squared = x.square();
    // Below (1.5/4 + 1)p < 1.4p; its square is below 1.5p.
    let slope = Lazy::new(x_squared.double() + x_squared).mul(inverse);
    let double = slope.square().minus_sum(x, x);
    P::new(double, slope.mul(Lazy::difference(x, double)).minus(y))
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

    /// Points whose lowest limbs are zero seem to be infinity, or equal, until all limbs are looked at.
    #[test]
    fn points_with_the_same_low_limbs_are_told_apart() {
        fn all<C: KimchiCurve>() {
            let x = |high| BaseField::<C>::from_limbs_unchecked([0, 0, high, 0]);
            let points: Vec<Affine<C>> = (0..20)
                .filter_map(|high| Affine::<C>::get_point_from_x_unchecked(x(high), high % 2 == 0))
                .collect();
            assert!(points.len() > 2);
            let pairs = points.iter().flat_map(|a| points.iter().map(move |b| [*a, *b]));
            let (sums, addends): (Vec<_>, Vec<_>) =
                pairs.flat_map(|[a, b]| [(a, b), (a, -b), (a, Affine::<C>::identity())]).unzip();
            let expected: Vec<_> = sums.iter().zip(&addends).map(|(a, b)| (*a + b).into_affine()).collect();
            let pack = |points: &[Affine<C>]| points.iter().map(PackedPoint::pack).collect::<Vec<_>>();
            let (addends, expected) = (pack(&addends), pack(&expected));
            let mut inverter = Inverter::<C>::default();
            let mut packed = pack(&sums);
            add_pairs(&mut inverter, addends.len(), LaneByLane { sums: &mut packed, addends: &addends });
            assert_eq!(packed, expected);
            let mut packed = pack(&sums);
            add_packed(&mut inverter, addends.len(), LaneByLane { sums: &mut packed, addends: &addends });
            assert_eq!(packed, expected);
        }
        all::<PallasConfig>();
        all::<VestaConfig>();
    }

    #[test]
    fn batches_follow_each_other() {
        let pairs: Vec<_> = (0..BATCH + 3).map(|i| ((i % 7) as i8 - 3, (i % 5) as i8 - 2)).collect();
        agrees_with_ark::<PallasConfig>(&pairs);
    }
}
