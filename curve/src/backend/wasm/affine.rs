//! Additions of pairs of affine points, four at a time, which share an inversion among a thousand.
//!
//! Coordinates stay in the field's limbs from the table to the bucket: tight, and up to 1.1P in size. Their differences are loose, and up
//! to 2.2P in size: what is multiplied with them is up to P, and so are the products.
//!
//! All results are exact for all inputs: the point at infinity, equal points, and opposite points.

use quickpickle_srs_data::PackedPoint;

use super::four::{Element, Four};
use super::vector::Words;
use crate::backend::portable;
use crate::field::PastaField;

/// Sums that share an inversion, which is worth some hundred multiplications.
const BATCH: usize = 1024;

/// Additions side by side.
const LANES: usize = 4;

/// The notes at abscissas: whether the point is infinity.
const INFINITE: i32 = 1;
const NOT_INFINITE: Words = Words::new([0; LANES]);

/// A point with coordinates in `F`, or infinity.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point<F: PastaField> {
    x: Element<F>,
    y: Element<F>,
}

/// Two points' places, and that of their sum.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) augend: u32,
    pub(super) addend: u32,
    pub(super) sum: u32,
}

/// Four pairs' parts in the common inversion.
struct Share<F: PastaField> {
    /// The denominators of the slopes; 1 where the sum is no matter of a slope.
    denominators: Four<F>,
    /// The products of those of all later pairs of each lane.
    later: Four<F>,
}

/// A pair of the batch whose slope is not the quotient of the differences.
struct Special<F: PastaField> {
    group: usize,
    lane: usize,
    /// The sum; `None` for equal points.
    sum: Option<Point<F>>,
}

/// The additions, with their working memory.
pub(super) struct Adder<F: PastaField> {
    shares: Vec<Share<F>>,
    /// The last group first.
    special: Vec<Special<F>>,
}

impl<F: PastaField> Point<F> {
    pub(super) const INFINITY: Self = Self { x: Element::zero(INFINITE), y: Element::zero(0) };

    /// Points of a table that are not infinity, or their negatives.
    #[inline(always)]
    fn load(points: [&PackedPoint; LANES], is_negative: [bool; LANES]) -> [Self; LANES] {
        let [x, y] = [points.map(|point| point.x), points.map(|point| point.y)].map(Four::from_limbs);
        // No branch: signs of entries are random.
        let y = y.negative_if(Words::new(is_negative.map(|is_negative| -i32::from(is_negative))));
        let (x, y) = (x.scatter(NOT_INFINITE), y.scatter(NOT_INFINITE));
        core::array::from_fn(|lane| Self { x: x[lane], y: y[lane] })
    }

    /// Appends points of a table that are not infinity, or, where that is said of their number, their negatives.
    #[inline(never)]
    pub(super) fn append(all: &mut Vec<Self>, points: &[PackedPoint], is_negative: impl Fn(usize) -> bool) {
        all.reserve(points.len());
        for (group, points) in points.chunks(LANES).enumerate() {
            // Where there are fewer than four the last is taken again.
            let place = |lane: usize| lane.min(points.len() - 1);
            let loaded = Self::load(
                core::array::from_fn(|lane| &points[place(lane)]),
                core::array::from_fn(|lane| is_negative(LANES * group + place(lane))),
            );
            all.extend(loaded.into_iter().take(points.len()));
        }
    }

    /// The images of every second point under the endomorphism: of (x, y) it is (ξx, y).
    pub(super) fn replace_every_second_by_image(points: &mut [Self], endo: F) {
        let endo = Four::splat(endo);
        for points in points.chunks_mut(2 * LANES) {
            let place = |lane: usize| (2 * lane + 1).min(points.len() - 1);
            let (x, note) = Four::gather(core::array::from_fn(|lane| &points[place(lane)].x));
            let images = x.mul(&endo).scatter(note);
            for (point, x) in points.iter_mut().skip(1).step_by(2).zip(images) {
                point.x = x;
            }
        }
    }

    #[inline(always)]
    fn is_infinity(&self) -> bool {
        self.x.note() == INFINITE
    }

    pub(super) fn pack(&self) -> PackedPoint {
        if self.is_infinity() {
            return PackedPoint::INFINITY;
        }
        PackedPoint { x: self.x.reduce().to_limbs(), y: self.y.reduce().to_limbs() }
    }
}

impl<F: PastaField> Default for Adder<F> {
    fn default() -> Self {
        Self { shares: Vec::new(), special: Vec::new() }
    }
}

/// The last pairs, where they are fewer than a group: one of them several times.
fn last_group(rest: &[Pair]) -> Option<[Pair; LANES]> {
    let last = rest.last()?;
    Some(core::array::from_fn(|lane| *rest.get(lane).unwrap_or(last)))
}

impl<F: PastaField> Adder<F> {
    /// Adds the points of all pairs. Sums are stored in the order of the pairs, and after `BATCH` pairs have been read: a sum may take
    /// the place of points of its own pair and of earlier ones.
    pub(super) fn add(&mut self, points: &mut [Point<F>], pairs: &[Pair]) {
        for batch in pairs.chunks(BATCH) {
            self.add_batch(points, batch);
        }
    }

    fn add_batch(&mut self, points: &mut [Point<F>], pairs: &[Pair]) {
        self.special.clear();
        let (groups, rest) = pairs.as_chunks::<LANES>();
        let last = last_group(rest);
        let groups = groups.iter().chain(&last);
        let one = Four::splat(F::ONE);
        let count = groups.clone().count();
        if self.shares.len() < count {
            self.shares.resize_with(count, || Share { denominators: one, later: one });
        }
        if let Some(share) = self.shares[..count].last_mut() {
            share.later = one;
        }
        let mut product = one;
        for (group, of_group) in (0..count).rev().zip(groups.clone().rev()) {
            let (x1, infinite1) = Four::gather(of_group.map(|pair| &points[pair.augend as usize].x));
            let (x2, infinite2) = Four::gather(of_group.map(|pair| &points[pair.addend as usize].x));
            let mut denominators = x2.minus(&x1);
            if NOT_INFINITE.any_below(infinite1.or(infinite2)) || denominators.may_have_zero() {
                denominators = self.set_apart(points, of_group, group, denominators);
            }
            let (before, [share, ..]) = self.shares.split_at_mut(group) else { return };
            share.denominators.set(&denominators);
            let product = before.last_mut().map_or(&mut product, |before| &mut before.later);
            product.set(&share.later.mul(&share.denominators));
        }
        let inverses = invert(&product);
        for (group, of_group) in groups.enumerate() {
            let augends = of_group.map(|pair| &points[pair.augend as usize]);
            let addends = of_group.map(|pair| &points[pair.addend as usize]);
            let [(x1, _), (x2, _)] =
                [augends, addends].map(|points| Four::gather(points.map(|point| &point.x)));
            let [(y1, _), (y2, _)] =
                [augends, addends].map(|points| Four::gather(points.map(|point| &point.y)));
            let (before, [share, ..]) = self.shares.split_at_mut(group) else { return };
            let inverses = before.last().map_or(&inverses, |before| &before.later);
            let own = inverses.mul(&share.later);
            share.later.set(&inverses.mul(&share.denominators));
            let mut numerators = y2.minus(&y1);
            let is_apart = self.special.last().is_some_and(|special| special.group == group);
            if is_apart {
                numerators = self.double(group, &x1, &numerators);
            }
            let slopes = numerators.mul(&own);
            let x = slopes.square().minus(&x1).minus(&x2).settle();
            let y = x1.minus(&x).mul(&slopes).minus(&y1).settle();
            let (x, y) = (x.scatter(NOT_INFINITE), y.scatter(NOT_INFINITE));
            for (lane, pair) in of_group.iter().enumerate() {
                points[pair.sum as usize] = Point { x: x[lane], y: y[lane] };
            }
            while let Some(special) = self.special.pop_if(|special| is_apart && special.group == group) {
                if let Some(sum) = special.sum {
                    points[of_group[special.lane].sum as usize] = sum;
                }
            }
        }
    }

    /// Sets the pairs of a group apart whose slope is not the quotient of the differences, and gives the denominators that are right
    /// for all.
    #[cold]
    #[inline(never)]
    fn set_apart(
        &mut self,
        points: &[Point<F>],
        of_group: &[Pair; LANES],
        group: usize,
        mut denominators: Four<F>,
    ) -> Four<F> {
        for (lane, pair) in of_group.iter().enumerate() {
            let (p, q) = (&points[pair.augend as usize], &points[pair.addend as usize]);
            let (sum, denominator) = if p.is_infinity() {
                (Some(*q), F::ONE)
            } else if q.is_infinity() {
                (Some(*p), F::ONE)
            } else {
                let (a, b) = (p.pack(), q.pack());
                if a.x != b.x {
                    continue;
                }
                if a == b {
                    // A point of odd order has y ≠ 0.
                    (None, F::from_limbs_unchecked(a.y).double())
                } else {
                    (Some(Point::INFINITY), F::ONE)
                }
            };
            self.special.push(Special { group, lane, sum });
            denominators = denominators.with(lane, &Element::new(denominator));
        }
        denominators
    }

    /// The numerators of a group's slopes, where some are those of tangents: 3x² over 2y, as the curves have a = 0.
    #[cold]
    #[inline(never)]
    fn double(&self, group: usize, x: &Four<F>, numerators: &Four<F>) -> Four<F> {
        // Up to 3(1.21/4 + 1/16)P.
        let square = x.square();
        let of_tangents = square.plus(&square).plus(&square).settle().scatter(NOT_INFINITE);
        let of_group = self.special.iter().rev().take_while(|special| special.group == group);
        of_group.filter(|special| special.sum.is_none()).fold(*numerators, |numerators, special| {
            numerators.with(special.lane, &of_tangents[special.lane])
        })
    }
}

/// The inverses of the products of all lanes.
#[inline(never)]
fn invert<F: PastaField>(products: &Four<F>) -> Four<F> {
    let mut inverses = products.scatter(NOT_INFINITE).map(|product| product.reduce());
    // Denominators are not zero, so neither are the products; were one, the results would be wrong, never a panic.
    portable::invert_all(&mut inverses);
    let inverses = inverses.map(Element::new);
    Four::gather(inverses.each_ref()).0
}
