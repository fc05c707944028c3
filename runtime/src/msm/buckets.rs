//! Sums of many lists of points at once, by affine additions that share their inversions.
//!
//! An affine addition costs one inversion, two multiplications and a squaring; with Montgomery's trick the inversion
//! costs three multiplications, plus one real inversion a batch. Each pass adds the points of every list in pairs, so
//! that lists of any shape are done after log2 of the longest, with one addition for each point but the first of each.

use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, Field};

use crate::curve::{Affine, BaseField, KimchiCurve};
use crate::field::Lazy;

/// Additions that share one inversion. An inversion is worth some hundred multiplications: at this size it adds less
/// than a third of a multiplication to each addition.
const BATCH: usize = 1024;

/// Additions that are computed side by side, one multiplication of each after the other: each of an addition's needs the
/// one before, and loops of one multiplication stay in the processor's cache of decoded instructions.
const LANES: usize = 64;

/// Working memory of [`Scratch::sum_lists`], kept from call to call.
pub struct Scratch<C: KimchiCurve> {
    points: Vec<Affine<C>>,
    unfinished: Vec<List>,
    pairs: Vec<Pair>,
    shares: Vec<Share<C>>,
}

impl<C: KimchiCurve> Default for Scratch<C> {
    fn default() -> Self {
        Self { points: Vec::new(), unfinished: Vec::new(), pairs: Vec::new(), shares: Vec::new() }
    }
}

/// A list that has more than one point left.
#[derive(Clone, Copy)]
struct List {
    start: u32,
    length: u32,
}

/// The points at `from` and after it are added, and the sum goes to `to`, which is not behind them.
#[derive(Clone, Copy)]
struct Pair {
    from: u32,
    to: u32,
}

/// A pair's part in the common inversion.
struct Share<C: KimchiCurve> {
    /// The denominator of the pair's slope.
    denominator: Lazy<BaseField<C>>,
    /// The product of those of all later pairs of the batch.
    later: Lazy<BaseField<C>>,
}

impl<C: KimchiCurve> Scratch<C> {
    /// Sums lists of points that lie one after the other: `lengths` of the lists, and their points. Calls `emit` with
    /// the number and the sum of each list that is not empty, in order.
    ///
    /// The points are copied first: reads from all over a table, which miss the caches, then wait for each other and
    /// not each for an addition.
    pub fn sum_lists(
        &mut self,
        lengths: &[u32],
        points: impl Iterator<Item = Affine<C>>,
        mut emit: impl FnMut(usize, Affine<C>),
    ) {
        self.points.clear();
        self.points.extend(points);
        self.unfinished.clear();
        let mut start = 0;
        for &length in lengths {
            if length > 1 {
                self.unfinished.push(List { start, length });
            }
            start += length;
        }
        while !self.unfinished.is_empty() {
            self.run_pass();
        }
        let mut start = 0;
        for (list, &length) in lengths.iter().enumerate() {
            if length > 0 {
                emit(list, self.points[start]);
            }
            start += length as usize;
        }
    }

    /// Adds the points of every list in pairs, in place; an odd last point moves up.
    fn run_pass(&mut self) {
        let Self { points, unfinished, pairs, shares } = self;
        pairs.clear();
        for List { start, length } in &*unfinished {
            pairs.extend((0..length / 2).map(|pair| Pair { from: start + 2 * pair, to: start + pair }));
        }
        for batch in pairs.chunks(BATCH) {
            add_pairs(points, batch, shares);
        }
        for List { start, length } in &mut *unfinished {
            if *length % 2 == 1 {
                points[(*start + *length / 2) as usize] = points[(*start + *length - 1) as usize];
            }
            *length = length.div_ceil(2);
        }
        unfinished.retain(|list| list.length > 1);
    }
}

/// Adds pairs of points, in the order of their places, with one inversion.
fn add_pairs<C: KimchiCurve>(points: &mut [Affine<C>], pairs: &[Pair], shares: &mut Vec<Share<C>>) {
    // Back to front, so that the sums, which overwrite the input, come front to back. Denominators are below p: a
    // product of them, up to Xp, leads to one up to (X/4 + 1)p, and all stay below 4p/3.
    shares.clear();
    let mut product = Lazy::one();
    let mut special = Vec::new();
    for (number, pair) in pairs.iter().enumerate().rev() {
        let (p, q) = operands(points, pair);
        let mut denominator = Lazy::reduced_difference(q.x, p.x);
        if is_special(p, q) {
            special.push(number);
            denominator = special_denominator(p, q);
        }
        shares.push(Share { denominator, later: product });
        product = product.mul(denominator);
    }
    // Denominators are not zero, so neither is the product; were it, the sums would be wrong, never a panic.
    let mut inverse = Lazy::new(product.reduce().inverse().unwrap_or_default());

    let mut inverted = [Lazy::one(); LANES];
    let mut slopes = [Lazy::one(); LANES];
    let mut x = [BaseField::<C>::ZERO; LANES];
    let mut shares = shares.iter().rev();
    for (group_number, group) in pairs.chunks(LANES).enumerate() {
        for (inverted, share) in inverted.iter_mut().zip(shares.by_ref().take(group.len())) {
            // Below (16/9/4 + 1)p < 1.5p.
            *inverted = inverse.mul(share.later);
            inverse = inverse.mul(share.denominator);
        }
        for ((slope, inverted), pair) in slopes.iter_mut().zip(&inverted).zip(group) {
            let (p, q) = operands(points, pair);
            // Below (2·1.5/4 + 1)p = 1.75p.
            *slope = Lazy::difference(q.y, p.y).mul(*inverted);
        }
        let mut without_slope = Vec::new();
        while let Some(lane) = special.pop_if(|number| *number / LANES == group_number).map(|n| n % LANES) {
            let (p, q) = operands(points, &group[lane]);
            match sum_without_slope(p, q) {
                Some(sum) => without_slope.push((group[lane].to as usize, sum)),
                // The curves have a = 0.
                None => {
                    slopes[lane] = Lazy::new(p.x.square() * BaseField::<C>::from(3u64)).mul(inverted[lane])
                }
            }
        }
        for ((x, slope), pair) in x.iter_mut().zip(&slopes).zip(group) {
            let (p, q) = operands(points, pair);
            // The square is below 1.8p.
            *x = slope.square().minus_sum(p.x, q.x);
        }
        for ((x, slope), pair) in x.iter().zip(&slopes).zip(group) {
            let p = points[pair.from as usize];
            // The product is below 1.9p.
            let y = slope.mul(Lazy::difference(p.x, *x)).minus(p.y);
            points[pair.to as usize] = Affine::<C>::new_unchecked(*x, y);
        }
        for (to, sum) in without_slope {
            points[to] = sum;
        }
    }
}

/// The points of a pair.
#[inline(always)]
fn operands<'a, C: KimchiCurve>(points: &'a [Affine<C>], pair: &Pair) -> (&'a Affine<C>, &'a Affine<C>) {
    (&points[pair.from as usize], &points[pair.from as usize + 1])
}

/// Whether the slope is not the quotient of the differences.
#[inline(always)]
fn is_special<C: KimchiCurve>(p: &Affine<C>, q: &Affine<C>) -> bool {
    p.x == q.x || p.is_zero() || q.is_zero()
}

/// p + q where no slope is needed: one is infinity, or they are opposite.
fn sum_without_slope<C: KimchiCurve>(p: &Affine<C>, q: &Affine<C>) -> Option<Affine<C>> {
    if p.is_zero() {
        Some(*q)
    } else if q.is_zero() {
        Some(*p)
    } else if p.x == q.x && p.y != q.y {
        Some(Affine::<C>::identity())
    } else {
        None
    }
}

/// The denominator of the slope where the points are equal, or 1 where none is needed; not zero: a point of odd order
/// has y ≠ 0.
fn special_denominator<C: KimchiCurve>(p: &Affine<C>, q: &Affine<C>) -> Lazy<BaseField<C>> {
    if sum_without_slope(p, q).is_some() { Lazy::one() } else { Lazy::new(p.y.double()) }
}
