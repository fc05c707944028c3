//! Many points, each multiplied with a scalar of its own, in lock-step on affine points.
//!
//! With the field's own arithmetic here, and some four times as fast with vector instructions in `ifma/` where the machine
//! has them.

use crate::{BatchAffine, Endomorphism, HalfScalar};
use ark_ec::short_weierstrass::Affine;
use quickpickle_srs_data::PackableCurve;

/// Width of the signed digits: odd, below 2^(WIDTH-1) in size, and each followed by WIDTH-1 zeros.
const WIDTH: u32 = 5;
/// Odd multiples in a lane's table: P, 3P, ..., 15P.
const TABLE: usize = 1 << (WIDTH - 2);

/// Multiplies many points at once. Keeps its scratch memory between calls.
#[derive(Debug)]
pub struct BatchMul<'a, C: PackableCurve> {
    endomorphism: &'a Endomorphism<C>,
    batch: BatchAffine<C>,
    /// Odd multiples, one slice of all lanes after the other.
    table: Vec<Affine<C>>,
    /// What to add, grouped by digit position and half.
    steps: Vec<Step>,
    /// Where the group of 2·position + half begins in `steps`.
    starts: Vec<usize>,
    addends: Vec<(u32, Affine<C>)>,
}

/// One addition: a lane and a nonzero digit.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    lane: u32,
    digit: i8,
}

impl<'a, C: PackableCurve> BatchMul<'a, C> {
    /// A multiplier over `C`, whose endomorphism is handed in.
    pub fn new(endomorphism: &'a Endomorphism<C>) -> Self {
        Self {
            endomorphism,
            batch: BatchAffine::new(),
            table: Vec::new(),
            steps: Vec::new(),
            starts: Vec::new(),
            addends: Vec::new(),
        }
    }

    /// `points[i] = k·points[i]` with k = `scalars[i]`, as split by the endomorphism, for each i below the shorter
    /// length (which must be below 2^32).
    pub fn mul_assign(&mut self, points: &mut [Affine<C>], scalars: &[[HalfScalar; 2]]) {
        let lanes = points.len().min(scalars.len());
        let (points, scalars) = (&mut points[..lanes], &scalars[..lanes]);
        #[cfg(target_arch = "x86_64")]
        if crate::ifma::mul_assign(self.endomorphism, points, scalars) {
            return;
        }
        self.mul_assign_portably(points, scalars);
    }

    /// The same with the field's own arithmetic.
    fn mul_assign_portably(&mut self, points: &mut [Affine<C>], scalars: &[[HalfScalar; 2]]) {
        let lanes = points.len();
        self.schedule(scalars);
        self.fill_table(points);
        points.fill(Affine::identity());
        for position in (0..self.starts.len() / 2).rev() {
            self.batch.double_assign(points);
            for half in 0..2 {
                self.gather(lanes, 2 * position + half);
                self.batch.add_assign_at(points, &self.addends);
            }
        }
    }

    /// Sorts the digits of all scalars by position and half.
    fn schedule(&mut self, scalars: &[[HalfScalar; 2]]) {
        let digits: Vec<(usize, Step)> = scalars
            .iter()
            .enumerate()
            .flat_map(|(lane, halves)| {
                halves.iter().enumerate().flat_map(move |(half, scalar)| {
                    recode(*scalar).map(move |(position, digit)| {
                        (2 * position + half, Step { lane: lane as u32, digit })
                    })
                })
            })
            .collect();
        let positions = digits.iter().map(|(group, _)| group / 2 + 1).max().unwrap_or(0);
        self.starts.clear();
        self.starts.resize(2 * positions, 0);
        let mut counts = vec![0usize; 2 * positions];
        for (group, _) in &digits {
            counts[*group] += 1;
        }
        let mut start = 0;
        for (slot, count) in self.starts.iter_mut().zip(&counts) {
            *slot = start;
            start += count;
        }
        self.steps.clear();
        self.steps.resize(digits.len(), Step::default());
        let mut next = self.starts.clone();
        for (group, step) in digits {
            self.steps[next[group]] = step;
            next[group] += 1;
        }
    }

    fn fill_table(&mut self, points: &[Affine<C>]) {
        let lanes = points.len();
        let mut twice = points.to_vec();
        self.batch.double_assign(&mut twice);
        self.table.clear();
        self.table.extend_from_slice(points);
        for multiple in 1..TABLE {
            self.table.extend_from_within((multiple - 1) * lanes..);
            self.batch.add_assign(&mut self.table[multiple * lanes..], &twice);
        }
    }

    /// Puts the points that the digits of a group stand for into `addends`.
    fn gather(&mut self, lanes: usize, group: usize) {
        let end = self.starts.get(group + 1).copied().unwrap_or(self.steps.len());
        let second_half = group % 2 == 1;
        self.addends.clear();
        self.addends.extend(self.steps[self.starts[group]..end].iter().map(|step| {
            let multiple = usize::from(step.digit.unsigned_abs() / 2);
            let mut point = self.table[multiple * lanes + step.lane as usize];
            if second_half {
                point = self.endomorphism.apply(&point);
            }
            (step.lane, if step.digit < 0 { -point } else { point })
        }));
    }
}

/// The nonzero digits of a scalar with their positions: its non-adjacent form of width [`WIDTH`].
fn recode(scalar: HalfScalar) -> impl Iterator<Item = (usize, i8)> {
    let mut rest = scalar.magnitude;
    let mut position = 0;
    // Whether 2^128 is left over beside `rest`.
    let mut carry = false;
    core::iter::from_fn(move || {
        if rest == 0 {
            return core::mem::take(&mut carry).then_some((u128::BITS as usize, 1));
        }
        let zeros = rest.trailing_zeros();
        position += zeros as usize;
        rest >>= zeros;
        let low = (rest & ((1 << WIDTH) - 1)) as i8;
        let digit = if low >= 1 << (WIDTH - 1) { low - (1 << WIDTH) } else { low };
        let at = position;
        if digit < 0 {
            // Only a `rest` that has not been shifted can overflow, and the sum is a multiple of 2^WIDTH: then it is
            // 2^128, and nothing else is left.
            (rest, carry) = rest.overflowing_add(u128::from(digit.unsigned_abs()));
        } else {
            rest -= digit as u128;
        }
        Some((at, digit))
    })
    .map(move |(at, digit)| (at, if scalar.negative { -digit } else { digit }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ec::{AffineRepr, CurveGroup};
    use ark_ff::{AdditiveGroup, One, PrimeField};
    use ark_pallas::PallasConfig;
    use ark_vesta::VestaConfig;
    use proptest::prelude::*;

    fn check<C: PackableCurve>(lanes: &[(i8, [u8; 32])]) {
        let endomorphism = Endomorphism::<C>::new();
        let points = crate::test_points::small_multiples::<C>(lanes.iter().map(|lane| lane.0));
        let one = C::ScalarField::one();
        // The edges of the field among random scalars.
        let scalars: Vec<_> = lanes
            .iter()
            .enumerate()
            .map(|(i, (_, bytes))| match i % 8 {
                0 => C::ScalarField::ZERO,
                1 => one,
                2 => -one,
                3 => endomorphism.lambda,
                _ => C::ScalarField::from_le_bytes_mod_order(bytes),
            })
            .collect();
        let split: Vec<_> = scalars.iter().map(|scalar| endomorphism.split(scalar)).collect();
        let expected: Vec<_> = points
            .iter()
            .zip(&scalars)
            .map(|(point, scalar)| point.mul_bigint(scalar.into_bigint()).into_affine())
            .collect();
        let mut products = points.clone();
        BatchMul::new(&endomorphism).mul_assign(&mut products, &split);
        assert_eq!(products, expected);
        let mut products = points;
        BatchMul::new(&endomorphism).mul_assign_portably(&mut products, &split);
        assert_eq!(products, expected);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn agrees_with_ark(lanes in prop::collection::vec((-3i8..=3, any::<[u8; 32]>()), 0..24)) {
            check::<PallasConfig>(&lanes);
            check::<VestaConfig>(&lanes);
        }

        #[test]
        fn digits_recombine(magnitude: u128, negative: bool) {
            // Also the top of the range, where a borrow leaves the 128 bits.
            for magnitude in [magnitude, u128::MAX - (magnitude >> 120), magnitude >> 100] {
                let mut sum = num_bigint::BigInt::ZERO;
                for (position, digit) in recode(HalfScalar { negative, magnitude }) {
                    assert!(digit % 2 != 0 && digit.unsigned_abs() < 1 << (WIDTH - 1));
                    sum += num_bigint::BigInt::from(digit) << position;
                }
                let expected = num_bigint::BigInt::from(magnitude);
                assert_eq!(sum, if negative { -expected } else { expected });
            }
        }
    }
}
