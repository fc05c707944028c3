//! Sums over few points: each half scalar has a table of multiples of its point, and all share the doublings.
//!
//! Source: Straus, *Addition chains of vectors* (American Mathematical Monthly 71, 1964); the digits are those of the
//! non-adjacent form of a width (Solinas, *Efficient arithmetic on Koblitz curves*, 2000).

use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, Zero};
use rayon::prelude::*;

use super::Part;
use crate::endomorphism::{image, split};
use crate::pasta::{Affine, KimchiCurve, Projective};

/// Digits are odd and below 2^(WIDTH - 1) in size, or zero; between two that are not zero there are WIDTH - 1 zeros at least.
const WIDTH: u32 = 5;
/// The odd multiples of a point: 1, 3, 5 and so on.
const MULTIPLES: usize = 1 << (WIDTH - 2);
/// Bits of a half and one more, to which the highest digit may carry.
const DIGITS: usize = i128::BITS as usize;

/// Halves that a task sums at least.
const LEAST_SHARE: usize = 4;

/// Σ sᵢ Pᵢ; the parts' lengths agree.
pub fn msm<C: KimchiCurve>(parts: &[Part<'_, C>]) -> Projective<C> {
    let mut multiples: Vec<Projective<C>> = Vec::new();
    let mut digits: Vec<[[i8; DIGITS]; 2]> = Vec::new();
    for (points, scalars) in parts {
        for (point, scalar) in points.packed().iter().zip(*scalars) {
            let mut multiple = Projective::<C>::from(point.unpack());
            let double = multiple.double();
            for _ in 0..MULTIPLES {
                multiples.push(multiple);
                multiple += double;
            }
            digits.push(split::<C>(scalar).map(non_adjacent_form));
        }
    }
    let multiples = Projective::<C>::normalize_batch(&multiples);
    let images: Vec<Affine<C>> = multiples.iter().map(image).collect();
    let tables = multiples.chunks(MULTIPLES).zip(images.chunks(MULTIPLES));
    let terms: Vec<Term<'_, C>> = (tables.zip(&digits))
        .flat_map(|((multiples, images), [digits, of_image])| [(multiples, digits), (images, of_image)])
        .collect();
    // Each share has doublings of its own, which take as long as the additions of four halves.
    let share = terms.len().div_ceil(rayon::current_num_threads()).max(LEAST_SHARE);
    terms.par_chunks(share).map(sum_of).sum()
}

/// A table of multiples, and how many of them are added at each power of two.
type Term<'a, C> = (&'a [Affine<C>], &'a [i8; DIGITS]);

fn sum_of<C: KimchiCurve>(terms: &[Term<'_, C>]) -> Projective<C> {
    let mut sum = Projective::<C>::zero();
    for place in (0..DIGITS).rev() {
        sum.double_in_place();
        for (table, digits) in terms {
            let digit = digits[place];
            if digit != 0 {
                let multiple = table[usize::from(digit.unsigned_abs() / 2)];
                sum += if digit < 0 { -multiple } else { multiple };
            }
        }
    }
    sum
}

/// The digits of a half scalar, the lowest first: Σ dᵢ·2^i.
fn non_adjacent_form(half: i128) -> [i8; DIGITS] {
    let mut digits = [0; DIGITS];
    // Below 7·2^124 in size (`MAX_HALF`), so that what a digit carries stays below 2^127.
    let mut rest = half.unsigned_abs();
    for digit in &mut digits {
        if rest == 0 {
            break;
        }
        if rest & 1 == 1 {
            let low = (rest & ((1 << WIDTH) - 1)) as i8;
            let signed = if low < 1 << (WIDTH - 1) { low } else { low - (1 << WIDTH) };
            rest = rest.wrapping_sub(signed as u128);
            *digit = if half < 0 { -signed } else { signed };
        }
        rest >>= 1;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endomorphism::MAX_HALF;
    use proptest::prelude::*;

    fn check(half: i128) {
        let digits = non_adjacent_form(half);
        let value = digits.iter().rev().fold(0i128, |value, digit| 2 * value + i128::from(*digit));
        assert_eq!(value, half);
        for (place, digit) in digits.iter().enumerate().filter(|(_, digit)| **digit != 0) {
            assert!(digit % 2 != 0 && digit.unsigned_abs() < 1 << (WIDTH - 1), "{half}: {digit}");
            let next = digits.iter().skip(place + 1).take(WIDTH as usize - 1);
            assert!(next.clone().all(|digit| *digit == 0), "{half}: close to place {place}");
        }
    }

    #[test]
    fn digits_of_edges() {
        let largest = MAX_HALF as i128 - 1;
        for half in [0, 1, 2, 15, 16, 17, 31, 32, 33, i128::from(u64::MAX), 1 << 126, largest - 1, largest] {
            check(half);
            check(-half);
        }
    }

    proptest! {
        #[test]
        fn digits_are_those_of_the_number(half in -(MAX_HALF as i128) + 1..MAX_HALF as i128) {
            check(half);
        }
    }
}
