//! Many points, each multiplied with a scalar of its own, in lock-step on affine points.

use super::affine::{Inverter, add_assign, add_assign_at, double_assign};
use crate::endomorphism::image;
use crate::pasta::{Affine, KimchiCurve};

/// Width of the signed digits: odd, below 2^(WIDTH-1) in size, and each followed by WIDTH-1 zeros.
const WIDTH: u32 = 5;
/// Odd multiples in a lane's table: P, 3P, ..., 15P.
const TABLE: usize = 1 << (WIDTH - 2);

/// `points[i] *= s₁ + s₂λ` with [s₁, s₂] = `scalars[i]`, for each i below the shorter length, which must be below 2^32.
pub(crate) fn mul_assign<C: KimchiCurve>(points: &mut [Affine<C>], scalars: &[[i128; 2]]) {
    let lanes = points.len().min(scalars.len());
    let (points, scalars) = (&mut points[..lanes], &scalars[..lanes]);
    let mut inverter = Inverter::default();
    let Schedule { starts, steps } = Schedule::new(scalars);
    let table = odd_multiples(&mut inverter, points);
    let mut addends = Vec::new();
    points.fill(Affine::<C>::identity());
    for position in (0..starts.len() / 2).rev() {
        double_assign(&mut inverter, points);
        for half in 0..2 {
            let group = 2 * position + half;
            let end = starts.get(group + 1).copied().unwrap_or(steps.len());
            addends.clear();
            addends.extend(steps[starts[group]..end].iter().map(|step| {
                let multiple = usize::from(step.digit.unsigned_abs() / 2);
                let point = table[multiple * lanes + step.lane as usize];
                let point = if half == 1 { image(&point) } else { point };
                (step.lane, if step.digit < 0 { -point } else { point })
            }));
            add_assign_at(&mut inverter, points, &addends);
        }
    }
}

/// P, 3P, ..., 15P: one slice of all lanes after the other.
fn odd_multiples<C: KimchiCurve>(inverter: &mut Inverter<C>, points: &[Affine<C>]) -> Vec<Affine<C>> {
    let lanes = points.len();
    let mut twice = points.to_vec();
    double_assign(inverter, &mut twice);
    let mut table = points.to_vec();
    for multiple in 1..TABLE {
        table.extend_from_within((multiple - 1) * lanes..);
        add_assign(&mut table[multiple * lanes..], &twice);
    }
    table
}

/// What to add when.
struct Schedule {
    /// Where the group of 2·position + half begins in `steps`.
    starts: Vec<usize>,
    /// Additions, grouped by digit position and half.
    steps: Vec<Step>,
}

/// One addition: a lane and a nonzero digit.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    lane: u32,
    digit: i8,
}

impl Schedule {
    /// Sorts the digits of all scalars by position and half.
    fn new(scalars: &[[i128; 2]]) -> Self {
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
        let mut counts = vec![0usize; 2 * positions];
        for (group, _) in &digits {
            counts[*group] += 1;
        }
        let mut starts = Vec::with_capacity(counts.len());
        let mut total = 0;
        for count in counts {
            starts.push(total);
            total += count;
        }
        let mut steps = vec![Step::default(); total];
        let mut next = starts.clone();
        for (group, step) in digits {
            steps[next[group]] = step;
            next[group] += 1;
        }
        Self { starts, steps }
    }
}

/// The nonzero digits of a scalar with their positions: its non-adjacent form of width [`WIDTH`].
fn recode(scalar: i128) -> impl Iterator<Item = (usize, i8)> {
    // At most 2^127, so that adding a digit stays below 2^128.
    let mut rest = scalar.unsigned_abs();
    let mut position = 0;
    core::iter::from_fn(move || {
        if rest == 0 {
            return None;
        }
        let zeros = rest.trailing_zeros();
        position += zeros as usize;
        rest >>= zeros;
        let low = (rest & ((1 << WIDTH) - 1)) as i8;
        let digit = if low >= 1 << (WIDTH - 1) { low - (1 << WIDTH) } else { low };
        let at = position;
        rest = if digit < 0 { rest + u128::from(digit.unsigned_abs()) } else { rest - digit as u128 };
        position += WIDTH as usize;
        rest >>= WIDTH;
        Some((at, if scalar < 0 { -digit } else { digit }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pasta::{PallasConfig, VestaConfig};
    use crate::tests::check_multiplication;
    use num_bigint::BigInt;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn products_are_those_of_ark(lanes in prop::collection::vec((-3i8..=3, any::<[i128; 2]>(), 0u8..6), 0..24)) {
            check_multiplication::<PallasConfig>(&lanes, mul_assign);
            check_multiplication::<VestaConfig>(&lanes, mul_assign);
        }

        #[test]
        fn digits_recombine(scalar: i128) {
            // Also the ends of the range.
            for scalar in [scalar, i128::MIN + (scalar >> 120).abs(), i128::MAX - (scalar >> 120).abs(), scalar >> 100] {
                let mut sum = BigInt::ZERO;
                for (position, digit) in recode(scalar) {
                    assert!(digit % 2 != 0 && digit.unsigned_abs() < 1 << (WIDTH - 1));
                    sum += BigInt::from(digit) << position;
                }
                assert_eq!(sum, BigInt::from(scalar));
            }
        }
    }
}
