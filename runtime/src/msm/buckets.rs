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
/// than a third of a multiplication to each addition, and the batch stays in the first-level cache.
const BATCH: usize = 1024;

/// Working memory of [`Scratch::sum_lists`], kept from call to call.
pub struct Scratch<C: KimchiCurve> {
    points: Vec<Affine<C>>,
    lengths: Vec<u32>,
    steps: Vec<Step>,
    products: Vec<Lazy<BaseField<C>>>,
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
        self.lengths.clear();
        self.lengths.extend_from_slice(lengths);
        while self.lengths.iter().any(|&length| length > 1) {
            next_steps(&mut self.lengths, &mut self.steps);
            self.run_pass();
        }
        let filled = self.lengths.iter().enumerate().filter(|(_, length)| **length > 0);
        for ((list, _), &sum) in filled.zip(&self.points) {
            emit(list, sum);
        }
    }

    /// Runs the steps of a pass in place, with one inversion a batch. An output is never behind its inputs.
    fn run_pass(&mut self) {
        let Self { points, steps, products, .. } = self;
        let mut written = 0;
        for batch in steps.chunks(BATCH) {
            // Back to front: the product of the denominators of all later steps, so that the second loop, in which steps
            // overwrite the input, runs front to back.
            // Denominators are below p, so that a product of them, up to Xp, leads to one up to (X/4 + 1)p: all stay
            // below 4p/3.
            products.clear();
            let mut product = Lazy::one();
            for step in batch.iter().rev() {
                products.push(product);
                if let Step::Add(at) = *step {
                    product = product.mul(denominator(&points[at as usize], &points[at as usize + 1]));
                }
            }
            // Denominators are not zero, so neither is the product; were it, the sum would be wrong, never a panic.
            let mut inverse = Lazy::new(product.reduce().inverse().unwrap_or_default());
            for (step, later) in batch.iter().zip(products.iter().rev()) {
                points[written] = match *step {
                    Step::Keep(at) => points[at as usize],
                    Step::Add(at) => {
                        let (p, q) = (points[at as usize], points[at as usize + 1]);
                        let inverted = inverse.mul(*later);
                        inverse = inverse.mul(denominator(&p, &q));
                        add(&p, &q, inverted)
                    }
                };
                written += 1;
            }
        }
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

/// The denominator, below p, of the slope of the line through p and q, or 1 where the sum needs no slope. Never zero: a point of
/// odd order has y ≠ 0.
#[inline(always)]
fn denominator<C: KimchiCurve>(p: &Affine<C>, q: &Affine<C>) -> Lazy<BaseField<C>> {
    if p.is_zero() || q.is_zero() {
        Lazy::one()
    } else if p.x != q.x {
        Lazy::reduced_difference(q.x, p.x)
    } else if p.y == q.y {
        Lazy::new(p.y.double())
    } else {
        Lazy::one()
    }
}

/// p + q, given the inverse of their [`denominator`] below 1.5p.
#[inline(always)]
fn add<C: KimchiCurve>(p: &Affine<C>, q: &Affine<C>, inverted: Lazy<BaseField<C>>) -> Affine<C> {
    if p.is_zero() {
        return *q;
    }
    if q.is_zero() {
        return *p;
    }
    let numerator = if p.x != q.x {
        Lazy::difference(q.y, p.y)
    } else if p.y == q.y {
        // The curves have a = 0.
        let square = p.x.square();
        Lazy::new(square.double() + square)
    } else {
        return Affine::<C>::identity();
    };
    // Below (2·1.5/4 + 1)p = 1.75p, its square below 1.8p, and the product for y below 1.9p.
    let slope = numerator.mul(inverted);
    let x = slope.square().minus_sum(p.x, q.x);
    let y = slope.mul(Lazy::difference(p.x, x)).minus(p.y);
    Affine::<C>::new_unchecked(x, y)
}
