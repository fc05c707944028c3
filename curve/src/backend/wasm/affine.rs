//! Additions of pairs of affine points, which share an inversion among a thousand of them.
//!
//! Coordinates stay in the field's limbs from the table to the bucket, up to P(1 + 2^-25) in size: tight, but for ordinates that were
//! negated. Their differences and doubles are loose, and below 2.1P in size; products of these with products stay below P.
//!
//! All results are exact for all inputs: the point at infinity, equal points, and opposite points.

use quickpickle_srs_data::PackedPoint;

use super::field::Lazy;
use crate::backend::portable;
use crate::field::PastaField;

/// Sums that share an inversion, which is worth some hundred multiplications.
const BATCH: usize = 1024;

/// A point with coordinates in `F`, or infinity.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point<F: PastaField> {
    x: Lazy<F>,
    y: Lazy<F>,
    infinite: bool,
}

/// Two points' places, and that of their sum.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) augend: u32,
    pub(super) addend: u32,
    pub(super) sum: u32,
}

/// A pair's part in the common inversion.
struct Share<F: PastaField> {
    /// The denominator of the slope; 1 where the sum is no matter of a slope.
    denominator: Lazy<F>,
    /// The product of those of all later pairs of the batch.
    later: Lazy<F>,
}

/// The additions, with their working memory.
pub(super) struct Adder<F: PastaField> {
    shares: Vec<Share<F>>,
    /// Pairs of the batch whose slope is not the quotient of the differences, last first, with their sums; `None` for equal points.
    special: Vec<(usize, Option<Point<F>>)>,
}

impl<F: PastaField> Point<F> {
    pub(super) const INFINITY: Self = Self { x: Lazy::ZERO, y: Lazy::ZERO, infinite: true };

    /// A point of a table.
    #[inline(always)]
    pub(super) fn load(point: &PackedPoint) -> Self {
        let [x, y] = [point.x, point.y].map(Lazy::from_limbs);
        Self { x, y, infinite: point.is_infinity() }
    }

    /// The point of an entry, which is not infinity: it, or its negative.
    #[inline(always)]
    pub(super) fn entry(point: &PackedPoint, negative: bool) -> Self {
        // Not tight, if it is negated: all of it but the highest limb is negative.
        let [x, y] = [point.x, point.y].map(Lazy::from_limbs);
        Self { x, y: y.conditional_negation(negative), infinite: false }
    }

    /// The image under the endomorphism, (ξx, y).
    pub(super) fn image(&self, endo: &Lazy<F>) -> Self {
        Self { x: self.x.mul(endo), ..*self }
    }

    pub(super) fn pack(&self) -> PackedPoint {
        if self.infinite {
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

impl<F: PastaField> Adder<F> {
    /// Adds the points of all pairs. Sums are stored in the order of the pairs, and after `BATCH` pairs have been read: a sum may take
    /// the place of points of its own pair and of earlier ones.
    pub(super) fn add(&mut self, points: &mut [Point<F>], pairs: &[Pair]) {
        for batch in pairs.chunks(BATCH) {
            self.add_batch(points, batch);
        }
    }

    fn add_batch(&mut self, points: &mut [Point<F>], pairs: &[Pair]) {
        self.shares.clear();
        self.special.clear();
        let one = Lazy::new(F::from(1u64));
        let mut product = one;
        for (number, pair) in pairs.iter().enumerate().rev() {
            let (p, q) = (&points[pair.augend as usize], &points[pair.addend as usize]);
            let mut denominator = q.x.minus(&p.x);
            if p.infinite | q.infinite || p.x.may_equal(&q.x) {
                let (a, b) = (p.pack(), q.pack());
                if a == b && !p.infinite {
                    // A point of odd order has y ≠ 0.
                    self.special.push((number, None));
                    denominator = p.y.plus(&p.y);
                } else if p.infinite | q.infinite || a.x == b.x {
                    let sum = if p.infinite {
                        *q
                    } else if q.infinite {
                        *p
                    } else {
                        Point::INFINITY
                    };
                    self.special.push((number, Some(sum)));
                    denominator = one;
                }
            }
            self.shares.push(Share { denominator, later: product });
            product = product.mul(&denominator);
        }
        // Denominators are not zero, so neither is the product; were it, the results would be wrong, never a panic.
        let mut inverse = Lazy::new(portable::inverse(product.reduce()).unwrap_or(F::ZERO));
        for (number, (pair, share)) in pairs.iter().zip(self.shares.iter().rev()).enumerate() {
            let (p, q) = (&points[pair.augend as usize], &points[pair.addend as usize]);
            let own = inverse.mul(&share.later);
            inverse = inverse.mul(&share.denominator);
            let mut slope = q.y.minus(&p.y).mul(&own);
            let special = self.special.pop_if(|(special, _)| *special == number);
            if let Some((_, None)) = special {
                // 3x²/2y: the curves have a = 0.
                let square = p.x.square();
                let once = square.mul(&own);
                slope = square.plus(&square).mul_minus(&own, &once.conditional_negation(true));
            }
            let x = slope.square_minus(&p.x, &q.x);
            let y = p.x.minus(&x).mul_minus(&slope, &p.y);
            points[pair.sum as usize] =
                special.and_then(|(_, sum)| sum).unwrap_or(Point { x, y, infinite: false });
        }
    }
}
