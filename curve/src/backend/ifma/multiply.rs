//! Many points, each multiplied with a scalar of its own, in lock-step.
//!
//! All lanes do the same: doublings, and additions of a table entry chosen by a digit of [three bits of both halves](super::eisenstein).
//! Lanes with nothing to add, and lanes at infinity, are masked. The one case that masks do not cover, the addition of a point to
//! itself or its negative, shows as a denominator of zero; then the batch is left to the portable code.

use core::arch::x86_64::{
    __m512i, _mm_cvtsi64_si128, _mm512_cvtepu8_epi64, _mm512_set1_epi64, _mm512_setzero_si512,
    _mm512_test_epi64_mask,
};
use quickpickle_srs_data::PackedPoint;

use super::affine::{
    LANES, Point8, State, Vectors, choose, load, load_packed, load_some, store, store_packed, vectors_for,
};
use super::eisenstein::{DIGITS, Digit, REPRESENTATIVES, STEPS, Step, WINDOW, digits};
use super::field::{Elements, Field, select};
use super::inverter::Inverter;
use crate::backend::portable;
use crate::pasta::{Affine, BaseField, KimchiCurve};

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

/// 1, β and β², by which x becomes that of a unit's multiple, times 2^260: products with them leave coordinates what they are.
struct Units {
    powers: [Elements; 3],
}

impl Units {
    #[target_feature(enable = "avx512f")]
    fn new<C: KimchiCurve>() -> Self {
        let beta = C::ENDO_BASE;
        let shift = BaseField::<C>::from(16u64);
        Self { powers: [shift, beta * shift, beta * beta * shift].map(|power| Field::constant(power)) }
    }

    /// Multiplies each lane's point, whose y is below p, with the unit of its digit.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn multiply(&self, field: &Field, digits: __m512i, point: &Point8) -> Point8 {
        let [negative, first, second] = [Digit::NEGATIVE, Digit::FIRST_POWER, Digit::SECOND_POWER]
            .map(|bit| _mm512_test_epi64_mask(digits, _mm512_set1_epi64(bit.into())));
        let power = select(first, &self.powers[1], &select(second, &self.powers[2], &self.powers[0]));
        Point8 { x: field.mul(&point.x, &power), y: field.negate_canonical(negative, &point.y) }
    }
}

/// Digits as numbers.
#[target_feature(enable = "avx512f")]
#[inline]
fn widened(digits: [Digit; LANES]) -> __m512i {
    let bytes = i64::from_le_bytes(digits.map(Digit::to_byte));
    _mm512_cvtepu8_epi64(_mm_cvtsi64_si128(bytes))
}

/// Chooses what is added for one digit.
struct Chooser {
    /// Of each lane the multiples of its base by all representatives.
    table: Vec<[PackedPoint; REPRESENTATIVES]>,
    /// Of each position the digits of all lanes; zeros where there is no point.
    digits: Vec<[Digit; LANES]>,
    units: Units,
}

impl Chooser {
    /// Puts what is added to the `i`th vector in its place, but for the lanes whose digit is zero, which are returned.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn choose(&self, field: &Field, i: usize, position: usize, place: &mut Point8) -> u8 {
        let digits = self.digits[position * (self.table.len() / LANES) + i];
        let mut rows = [_mm512_setzero_si512(); LANES];
        let multiples = &self.table[i * LANES..][..LANES];
        for ((row, multiples), digit) in rows.iter_mut().zip(multiples).zip(digits) {
            *row = bytemuck::cast(multiples[digit.representative()]);
        }
        let digits = widened(digits);
        *place = self.units.multiply(field, digits, &load(rows));
        _mm512_test_epi64_mask(digits, _mm512_set1_epi64(Digit::ZERO.to_byte().into()))
    }
}

/// The multiples of each base by all representatives, worked out in a state of as many vectors; `None` where one is that of a point
/// added to itself or its negative.
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiples<C: KimchiCurve>(
    bases: &[Point8],
    units: &Units,
    state: &mut State,
    inverter: &mut Inverter,
) -> Option<Vec<[PackedPoint; REPRESENTATIVES]>> {
    let mut table = vec![[PackedPoint::INFINITY; REPRESENTATIVES]; bases.len() * LANES];
    keep(&inverter.field, bases, &mut table, 0);
    for (representative, (from, step)) in (1..).zip(STEPS) {
        for (sums, multiples) in state.sums.points.iter_mut().zip(table.chunks_exact(LANES)) {
            (*sums, _) = load_packed(core::array::from_fn(|lane| &multiples[lane][from]));
        }
        let done = match step {
            Step::Double => state.double_all::<C>(inverter),
            Step::Add(unit) => state.add::<C>(inverter, bases.len(), |field, _, i, place| {
                *place = units.multiply(field, widened([unit; LANES]), &bases[i]);
                0
            }),
        };
        if !done {
            return None;
        }
        keep(&inverter.field, &state.sums.points, &mut table, representative);
    }
    Some(table)
}

/// Puts points in the table as the multiples by this representative.
#[target_feature(enable = "avx512f")]
fn keep(
    field: &Field,
    points: &[Point8],
    table: &mut [[PackedPoint; REPRESENTATIVES]],
    representative: usize,
) {
    for (points, multiples) in points.iter().zip(table.chunks_exact_mut(LANES)) {
        for (multiples, point) in multiples.iter_mut().zip(store_packed(field, points, 0)) {
            multiples[representative] = point;
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply<C: KimchiCurve>(points: &mut [Affine<C>], scalars: &[[i128; 2]]) -> bool {
    let count = vectors_for(points.len());
    let units = Units::new::<C>();

    // Lanes without a point and points at infinity stand at the generator, and have nothing but zeros for digits.
    let (generator, _) = load_some(&[C::GENERATOR; LANES]);
    let mut all_digits = vec![[Digit::ZERO; LANES]; DIGITS * count];
    let mut bases = vec![generator; count];
    let mut positions = 0;
    let vectors = points.chunks(LANES).zip(scalars.chunks(LANES)).zip(&mut bases).enumerate();
    for (i, ((points, scalars), base)) in vectors {
        let (loaded, infinite) = load_some(points);
        *base = choose(infinite, &generator, &loaded);
        for (lane, scalar) in scalars.iter().enumerate().filter(|(lane, _)| infinite >> lane & 1 == 0) {
            for (position, digit) in
                digits(*scalar).into_iter().enumerate().filter(|(_, digit)| !digit.is_zero())
            {
                all_digits[position * count + i][lane] = digit;
                positions = positions.max(position + 1);
            }
        }
    }

    let mut inverter = Inverter::new::<C>(count);
    let mut state = State::new(Vectors { points: bases.clone(), infinite: vec![0; count] });
    let Some(table) = multiples::<C>(&bases, &units, &mut state, &mut inverter) else { return false };

    state.sums.infinite.fill(u8::MAX);
    let chooser = Chooser { table, digits: all_digits, units };
    for position in (0..positions).rev() {
        if position + 1 < positions {
            for _ in 0..WINDOW {
                if !state.double_all::<C>(&mut inverter) {
                    return false;
                }
            }
        }
        let chosen = |field: &Field, _: &Vectors, i: usize, place: &mut Point8| {
            chooser.choose(field, i, position, place)
        };
        if !state.add::<C>(&mut inverter, count, chosen) {
            return false;
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
