//! Sums of many lists of points at once, by affine additions that share their inversions.
//!
//! An affine addition costs one inversion, two multiplications and a squaring; with Montgomery's trick the inversion
//! costs three multiplications, plus one real inversion a batch. Each pass adds the points of every list in pairs, so
//! that lists of any shape are done after log2 of the longest, with one addition for each point but the first of each.

use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, Field};

use crate::curve::{Affine, BaseField, KimchiCurve};

/// Additions that share one inversion. An inversion is worth some hundred multiplications: at this size it adds less
/// than a third of a multiplication to each addition, and the batch stays in the first-level cache.
const BATCH: usize = 1024;

/// Working memory of [`sum_lists`], kept from call to call.
pub struct Scratch<C: KimchiCurve> {
    points: Vec<Affine<C>>,
    lengths: Vec<u32>,
    steps: Vec<Step>,
    products: Vec<BaseField<C>>,
}

impl<C: KimchiCurve> Default for Scratch<C> {
    fn default() -> Self {
        Self { points: Vec::new(), lengths: Vec::new(), steps: Vec::new(), products: Vec::new() }
    }
}

/// What makes one point of a pass's output.
#[derive(Clone, Copy)]
enum Step {
    /// The point at this position of the input is the last of a list with an odd number of points.
    Keep(u32),
    /// The point at this position and the one after it are added.
    Add(u32),
}

/// Where a pass reads its input and writes its output.
trait Slots<C: KimchiCurve> {
    fn load(&self, at: usize) -> Affine<C>;
    /// Writes the next output. It may overwrite what the steps so far have read.
    fn store(&mut self, sum: Affine<C>);
}

/// The first pass: from wherever the points are to memory of our own.
struct Gather<'a, C: KimchiCurve, L> {
    load: L,
    out: &'a mut Vec<Affine<C>>,
}

impl<C: KimchiCurve, L: Fn(usize) -> Affine<C>> Slots<C> for Gather<'_, C, L> {
    #[inline(always)]
    fn load(&self, at: usize) -> Affine<C> {
        (self.load)(at)
    }

    #[inline(always)]
    fn store(&mut self, sum: Affine<C>) {
        self.out.push(sum);
    }
}

/// Later passes: in place. An output is never behind its inputs.
struct InPlace<'a, C: KimchiCurve> {
    points: &'a mut [Affine<C>],
    written: usize,
}

impl<C: KimchiCurve> Slots<C> for InPlace<'_, C> {
    #[inline(always)]
    fn load(&self, at: usize) -> Affine<C> {
        self.points[at]
    }

    #[inline(always)]
    fn store(&mut self, sum: Affine<C>) {
        self.points[self.written] = sum;
        self.written += 1;
    }
}

/// Sums lists of points that lie one after the other: `lengths` of the lists, and `load`, which gives the point at a
/// position. Calls `emit` with the number and the sum of each list that is not empty, in order.
pub fn sum_lists<C: KimchiCurve>(
    lengths: &[u32],
    load: impl Fn(usize) -> Affine<C>,
    scratch: &mut Scratch<C>,
    mut emit: impl FnMut(usize, Affine<C>),
) {
    let Scratch { points, lengths: left, steps, products } = scratch;
    left.clear();
    left.extend_from_slice(lengths);
    points.clear();
    next_steps(left, steps);
    points.reserve(steps.len());
    run_pass(steps, products, &mut Gather { load, out: points });
    while left.iter().any(|&length| length > 1) {
        next_steps(left, steps);
        run_pass(steps, products, &mut InPlace { points, written: 0 });
    }
    let filled = left.iter().enumerate().filter(|(_, length)| **length > 0);
    for ((list, _), &sum) in filled.zip(&*points) {
        emit(list, sum);
    }
}

/// Plans a pass over lists of the given lengths, and replaces each length by that after the pass.
fn next_steps(lengths: &mut [u32], steps: &mut Vec<Step>) {
    steps.clear();
    let mut at = 0;
    for length in lengths {
        for pair in 0..*length / 2 {
            steps.push(Step::Add(at + 2 * pair));
        }
        at += *length;
        if *length % 2 == 1 {
            steps.push(Step::Keep(at - 1));
        }
        *length = length.div_ceil(2);
    }
}

/// Runs the steps of a pass, with one inversion a batch.
fn run_pass<C: KimchiCurve>(steps: &[Step], products: &mut Vec<BaseField<C>>, slots: &mut impl Slots<C>) {
    for batch in steps.chunks(BATCH) {
        // Back to front: the product of the denominators of all later steps, so that the second loop, in which steps
        // overwrite the input, runs front to back.
        products.clear();
        let mut product = BaseField::<C>::ONE;
        for step in batch.iter().rev() {
            products.push(product);
            if let Step::Add(at) = *step {
                product *= denominator(&slots.load(at as usize), &slots.load(at as usize + 1));
            }
        }
        // Denominators are not zero, so neither is the product; were it, the sum would be wrong, never a panic.
        let mut inverse = product.inverse().unwrap_or_default();
        for (step, later) in batch.iter().zip(products.iter().rev()) {
            let sum = match *step {
                Step::Keep(at) => slots.load(at as usize),
                Step::Add(at) => {
                    let (p, q) = (slots.load(at as usize), slots.load(at as usize + 1));
                    let inverted = inverse * later;
                    inverse *= denominator(&p, &q);
                    add(&p, &q, inverted)
                }
            };
            slots.store(sum);
        }
    }
}

/// The denominator of the slope of the line through p and q, or 1 where the sum needs no slope. Never zero: a point of
/// odd order has y ≠ 0.
#[inline(always)]
fn denominator<C: KimchiCurve>(p: &Affine<C>, q: &Affine<C>) -> BaseField<C> {
    if p.is_zero() || q.is_zero() {
        BaseField::<C>::ONE
    } else if p.x != q.x {
        q.x - p.x
    } else if p.y == q.y {
        p.y.double()
    } else {
        BaseField::<C>::ONE
    }
}

/// p + q, given the inverse of their [`denominator`].
#[inline(always)]
fn add<C: KimchiCurve>(p: &Affine<C>, q: &Affine<C>, inverted: BaseField<C>) -> Affine<C> {
    if p.is_zero() {
        return *q;
    }
    if q.is_zero() {
        return *p;
    }
    let slope = if p.x != q.x {
        (q.y - p.y) * inverted
    } else if p.y == q.y {
        // The curves have a = 0.
        let square = p.x.square();
        (square.double() + square) * inverted
    } else {
        return Affine::<C>::identity();
    };
    let x = slope.square() - p.x - q.x;
    Affine::<C>::new_unchecked(x, slope * (p.x - x) - p.y)
}
