//! Many points, each multiplied with a scalar of its own, in lock-step.
//!
//! All lanes do the same: doublings, and additions of a table entry chosen by a signed digit of fixed width. Lanes with
//! nothing to add, and lanes at infinity, are masked. The one case that masks do not cover, the addition of a point to
//! itself or its negative, shows as a denominator of zero; then the batch is left to the portable code.

use super::affine::{LANES, POINT8_WORDS, Point8, State, Vectors, choose, load_some, store, vectors_for};
use super::field::{Elements, Field};
use super::inverter::Inverter;
use crate::backend::portable;
use crate::pasta::{Affine, BaseField, KimchiCurve};

/// Bits of a digit, which is from -2^(WINDOW-1) to 2^(WINDOW-1).
const WINDOW: u32 = 4;
/// Multiples in a lane's table: P, 2P, ..., 8P.
const TABLE: usize = 1 << (WINDOW - 1);
/// Digits of a half scalar, at most 2^127: the highest, up to 8 with the carry, has none of its own.
const DIGITS: usize = (i128::BITS / WINDOW) as usize;

/// `points[i] *= s₁ + s₂λ` with [s₁, s₂] = `scalars[i]`, for each i below the shorter length.
pub(crate) fn mul_assign<C: KimchiCurve>(points: &mut [Affine<C>], scalars: &[[i128; 2]]) {
    let lanes = points.len().min(scalars.len());
    let (points, scalars) = (&mut points[..lanes], &scalars[..lanes]);
    // SAFETY: this backend is chosen only where the machine has the instructions.
    #[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
    let done = unsafe { multiply(points, scalars) };
    if !done {
        portable::mul_assign(points, scalars);
    }
}

/// The digits of a half scalar, least significant first.
fn digits(scalar: i128) -> [i8; DIGITS] {
    let magnitude = scalar.unsigned_abs();
    let mut carry = 0;
    core::array::from_fn(|position| {
        let bits = magnitude >> (WINDOW * position as u32);
        let mut digit = (bits & ((1 << WINDOW) - 1)) as i8 + carry;
        carry = i8::from(digit > TABLE as i8);
        digit -= carry << WINDOW;
        if scalar < 0 { -digit } else { digit }
    })
}

/// Chooses what is added for one digit of one half.
struct Chooser {
    /// k times every base, for k from 1 to 8.
    table: Vec<Point8>,
    /// Vectors of bases.
    count: usize,
    /// The digits of both halves, lane by lane; zeros where there is no point.
    digits: Vec<[[i8; DIGITS]; 2]>,
    beta: Elements,
}

impl Chooser {
    /// Puts what is added to the `i`th vector in its place, but for the lanes whose digit is zero, which are returned.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn choose(&self, field: &Field, i: usize, position: usize, half: usize, place: &mut Point8) -> u8 {
        let words: &[u64] = bytemuck::cast_slice(&self.table);
        let mut chosen = [[0u64; LANES]; POINT8_WORDS / LANES];
        let (mut negative, mut idle) = (0u8, 0u8);
        for (lane, digits) in self.digits[i * LANES..][..LANES].iter().enumerate() {
            let digit = digits[half][position];
            negative |= u8::from(digit < 0) << lane;
            idle |= u8::from(digit == 0) << lane;
            let multiple = usize::from(digit.unsigned_abs().max(1)) - 1;
            let start = (multiple * self.count + i) * POINT8_WORDS;
            for (limb, word) in chosen.iter_mut().zip(words[start..][..POINT8_WORDS].chunks_exact(LANES)) {
                limb[lane] = word[lane];
            }
        }
        *place = bytemuck::cast(chosen);
        place.y = field.negate(negative, &place.y);
        if half == 1 {
            place.x = field.mul(&place.x, &self.beta);
        }
        idle
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply<C: KimchiCurve>(points: &mut [Affine<C>], scalars: &[[i128; 2]]) -> bool {
    let count = vectors_for(points.len());
    // ξ with 2^260: products with it leave coordinates what they are.
    let beta = Field::constant(C::ENDO_BASE * BaseField::<C>::from(16u64));

    // Lanes without a point and points at infinity stand at the generator, and have nothing but zeros for digits.
    let (generator, _) = load_some(&[C::GENERATOR; LANES]);
    let mut all_digits = vec![[[0; DIGITS]; 2]; count * LANES];
    let mut bases = vec![generator; count];
    let vectors = bases.iter_mut().zip(all_digits.chunks_exact_mut(LANES));
    for ((points, scalars), (base, digits_of)) in points.chunks(LANES).zip(scalars.chunks(LANES)).zip(vectors)
    {
        let (loaded, infinite) = load_some(points);
        *base = choose(infinite, &generator, &loaded);
        for (lane, scalar) in scalars.iter().enumerate().filter(|(lane, _)| infinite >> lane & 1 == 0) {
            digits_of[lane] = scalar.map(digits);
        }
    }
    let highest = |digits: &[i8; DIGITS]| digits.iter().rposition(|digit| *digit != 0).map_or(0, |at| at + 1);
    let positions = all_digits.as_flattened().iter().map(highest).max().unwrap_or(0);

    let mut inverter = Inverter::new::<C>(count);
    let mut state = State::new(Vectors { points: bases.clone(), infinite: vec![0; count] });
    let mut table = state.sums.points.clone();
    if !state.double_all::<C>(&mut inverter) {
        return false;
    }
    table.extend_from_slice(&state.sums.points);
    for _ in 2..TABLE {
        if !state.add::<C>(&mut inverter, count, |_, _, i, place| {
            *place = bases[i];
            0
        }) {
            return false;
        }
        table.extend_from_slice(&state.sums.points);
    }

    state.sums.infinite.fill(u8::MAX);
    let chooser = Chooser { table, count, digits: all_digits, beta };
    for position in (0..positions).rev() {
        if position + 1 < positions {
            for _ in 0..WINDOW {
                if !state.double_all::<C>(&mut inverter) {
                    return false;
                }
            }
        }
        for half in 0..2 {
            let chosen = |field: &Field, _: &Vectors, i: usize, place: &mut Point8| {
                chooser.choose(field, i, position, half, place)
            };
            if !state.add::<C>(&mut inverter, count, chosen) {
                return false;
            }
        }
    }
    for (i, points) in points.chunks_mut(LANES).enumerate() {
        store(&inverter.field, &state.sums.points[i], state.sums.infinite[i], points);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pasta::{PallasConfig, VestaConfig};
    use crate::tests::{check_multiplication, small_multiples};
    use ark_ec::AffineRepr;
    use num_bigint::BigInt;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn products_are_those_of_ark(lanes in prop::collection::vec((-3i8..=3, any::<[i128; 2]>(), 0u8..6), 0..40)) {
            if super::super::is_available() {
                check_multiplication::<PallasConfig>(&lanes, mul_assign);
                check_multiplication::<VestaConfig>(&lanes, mul_assign);
            }
        }

        #[test]
        fn digits_recombine(scalar: i128) {
            for scalar in [scalar, i128::MIN + (scalar >> 120).abs(), i128::MAX - (scalar >> 120).abs(), scalar >> 100] {
                let sum = digits(scalar).into_iter().rev().fold(BigInt::ZERO, |sum, digit| (sum << WINDOW) + digit);
                assert_eq!(sum, BigInt::from(scalar));
            }
        }
    }

    /// The halves of zero that are not zero: a vector of the lattice. Their last addition is that of opposite points.
    fn opposite_points_are_given_back<C: KimchiCurve>() {
        if !super::super::is_available() {
            return;
        }
        let [a, b] = [C::ENDO_LATTICE.a[0], C::ENDO_LATTICE.b[0]].map(|half| half as i128);
        let points = small_multiples::<C>(1..=20);
        let mut scalars = vec![[5, 0]; 20];
        scalars[13] = [a, -b];
        let mut products = points.clone();
        // SAFETY: the machine has the instructions.
        #[expect(unsafe_code, reason = "as above")]
        let done = unsafe { multiply(&mut products, &scalars) };
        assert!(!done);
        assert_eq!(products, points, "given back as they were");
        mul_assign(&mut products, &scalars);
        assert!(products[13].is_zero());
        assert_eq!(products[12], points[12] * C::ScalarField::from(5u64));
    }

    #[test]
    fn opposite_points_are_left_to_the_portable_code() {
        opposite_points_are_given_back::<PallasConfig>();
        opposite_points_are_given_back::<VestaConfig>();
    }
}
