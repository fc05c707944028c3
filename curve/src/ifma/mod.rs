//! Multiplication of many points, as in `batch_mul.rs`, with AVX-512 IFMA: eight points in each vector.
//!
//! All lanes do the same: doublings, and additions of a table entry chosen by a signed digit of fixed width. Lanes with
//! nothing to add, and lanes at infinity, are masked. The one case that masks do not cover, the addition of a point to
//! itself or its negative, shows as a denominator of zero; then the whole batch is given back undone.

mod field;

use crate::{Endomorphism, HalfScalar};
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::Affine;
use ark_ff::AdditiveGroup;
use bytemuck::{Pod, Zeroable};
use field::{Elements, Field, select, suits};
use quickpickle_srs_data::PackableCurve;

/// Points in a vector.
const LANES: usize = 8;
/// Bits of a digit, which is from -2^(WINDOW-1) to 2^(WINDOW-1).
const WINDOW: u32 = 4;
/// Multiples in a lane's table: P, 2P, ..., 8P.
const TABLE: usize = 1 << (WINDOW - 1);
/// Digits of a half scalar below 2^128, and one for the carry.
const DIGITS: usize = (u128::BITS / WINDOW) as usize + 1;
/// Running products that are kept apart, so that one multiplication need not wait for the one before it.
const CHAINS: usize = 4;

/// Eight points: x, then y.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Point8 {
    x: Elements,
    y: Elements,
}

/// Numbers of 64 bits in a [`Point8`].
const POINT8_WORDS: usize = size_of::<Point8>() / 8;

/// `points[i] = k·points[i]` with k = `scalars[i]`, as split by the endomorphism. The slices are of one length.
///
/// `false`, with `points` as they were, where this machine, this curve or these points are not for this code.
pub(crate) fn mul_assign<C: PackableCurve>(
    endomorphism: &Endomorphism<C>,
    points: &mut [Affine<C>],
    scalars: &[[HalfScalar; 2]],
) -> bool {
    if !suits::<C::BaseField>() {
        return false;
    }
    // SAFETY: `suits` has found the instructions that the function is compiled for on this machine.
    #[expect(unsafe_code, reason = "a function that is compiled for instructions not every machine has")]
    unsafe {
        multiply(endomorphism, points, scalars)
    }
}

/// The batch inversions, with the constants of the field.
struct Inverter {
    field: Field,
    prefixes: Vec<Elements>,
}

impl Inverter {
    /// Calls `finish` with the inverse of `denominator` for every vector below `count`. `false` where a denominator is
    /// zero in some lane; then `finish` has not been called.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn each<C: PackableCurve>(
        &mut self,
        count: usize,
        state: &mut State,
        denominator: impl Fn(&Field, &State, usize) -> Elements,
        mut finish: impl FnMut(&Field, &mut State, usize, Elements),
    ) -> bool {
        let field = &self.field;
        let mut products = [field.one; CHAINS];
        self.prefixes.clear();
        for i in 0..count {
            let product = &mut products[i % CHAINS];
            self.prefixes.push(*product);
            *product = field.mul(product, &denominator(field, state, i));
        }
        let mut scalars =
            products.map(|product| field.store::<C::BaseField>(&product).map(C::element_unchecked));
        if scalars.as_flattened().contains(&C::BaseField::ZERO) {
            return false;
        }
        ark_ff::batch_inversion(scalars.as_flattened_mut());
        let mut products = scalars.map(|elements| field.load(&elements.map(|element| C::limbs(&element))));
        for (i, prefix) in self.prefixes.iter().enumerate().rev() {
            let product = &mut products[i % CHAINS];
            let inverse = field.mul(product, prefix);
            *product = field.mul(product, &denominator(field, state, i));
            finish(field, state, i, inverse);
        }
        true
    }
}

/// The sums so far, and what is added next.
struct State {
    sums: Vec<Point8>,
    /// The lanes of each vector that are at infinity, whatever their coordinates.
    infinite: Vec<u8>,
    addends: Vec<Point8>,
    /// The lanes of each vector that have nothing to add.
    idle: Vec<u8>,
}

impl State {
    /// What [`add`] divides by: 1 in the lanes that do not add two points.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn difference(&self, field: &Field, i: usize) -> Elements {
        let difference = field.sub(&self.addends[i].x, &self.sums[i].x);
        select(self.infinite[i] | self.idle[i], &field.one, &difference)
    }

    /// Adds the addend to the sum in every lane that has one.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn add(&mut self, field: &Field, i: usize, inverse: Elements) {
        let (a, b) = (&self.sums[i], &self.addends[i]);
        let slope = field.mul(&field.sub(&b.y, &a.y), &inverse);
        let x = field.sub_two(&field.mul(&slope, &slope), &a.x, &b.x);
        let y = field.sub_reduced(&field.mul(&slope, &field.sub(&a.x, &x)), &a.y);
        let (infinite, idle) = (self.infinite[i], self.idle[i]);
        let choose = |sum: &Elements, a: &Elements, b: &Elements| select(idle, a, &select(infinite, b, sum));
        self.sums[i] = Point8 { x: choose(&x, &a.x, &b.x), y: choose(&y, &a.y, &b.y) };
        self.infinite[i] = infinite & idle;
    }

    /// What [`Self::double`] divides by: 1 in the lanes at infinity.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn twice_y(&self, field: &Field, i: usize) -> Elements {
        select(self.infinite[i], &field.one, &Field::double(&self.sums[i].y))
    }

    /// Doubles the sum. Lanes at infinity get other coordinates that mean nothing.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn double(&mut self, field: &Field, i: usize, inverse: Elements) {
        let a = &self.sums[i];
        let slope = field.mul(&Field::triple(&field.mul(&a.x, &a.x)), &inverse);
        let x = field.sub_two(&field.mul(&slope, &slope), &a.x, &a.x);
        let y = field.sub_reduced(&field.mul(&slope, &field.sub(&a.x, &x)), &a.y);
        self.sums[i] = Point8 { x, y };
    }
}

/// The digits of a half scalar, least significant first.
fn digits(scalar: HalfScalar) -> [i8; DIGITS] {
    let mut carry = 0;
    core::array::from_fn(|position| {
        let bits = scalar.magnitude.checked_shr(WINDOW * position as u32).unwrap_or(0);
        let mut digit = (bits & ((1 << WINDOW) - 1)) as i8 + carry;
        carry = i8::from(digit > TABLE as i8);
        digit -= carry << WINDOW;
        if scalar.negative { -digit } else { digit }
    })
}

/// Gets `State::addends` and `State::idle` ready for one digit of one half.
struct Chooser {
    /// k times every base, for k from 1 to 8.
    table: Vec<Point8>,
    /// The digits of both halves, lane by lane; zeros where there is no point.
    digits: Vec<[[i8; DIGITS]; 2]>,
    beta: Elements,
}

impl Chooser {
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn choose(&self, field: &Field, state: &mut State, position: usize, half: usize) {
        let count = state.sums.len();
        let words: &[u64] = bytemuck::cast_slice(&self.table);
        for (i, lanes) in self.digits.chunks_exact(LANES).enumerate() {
            let mut chosen = [[0u64; LANES]; POINT8_WORDS / LANES];
            let (mut negative, mut idle) = (0u8, 0u8);
            for (lane, digits) in lanes.iter().enumerate() {
                let digit = digits[half][position];
                negative |= u8::from(digit < 0) << lane;
                idle |= u8::from(digit == 0) << lane;
                let multiple = usize::from(digit.unsigned_abs().max(1)) - 1;
                let start = (multiple * count + i) * POINT8_WORDS;
                for (limb, word) in chosen.iter_mut().zip(words[start..][..POINT8_WORDS].chunks_exact(LANES))
                {
                    limb[lane] = word[lane];
                }
            }
            let mut point: Point8 = bytemuck::cast(chosen);
            point.y = field.negate(negative, &point.y);
            if half == 1 {
                point.x = field.mul(&point.x, &self.beta);
            }
            state.addends[i] = point;
            state.idle[i] = idle;
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply<C: PackableCurve>(
    endomorphism: &Endomorphism<C>,
    points: &mut [Affine<C>],
    scalars: &[[HalfScalar; 2]],
) -> bool {
    let count = points.len().div_ceil(LANES);
    let field = Field::new::<C::BaseField>();
    let beta = field.load(&[C::limbs(&endomorphism.beta); LANES]);

    // Lanes without a point and points at infinity stand at the generator, and have nothing but zeros for digits.
    let mut all_digits = vec![[[0; DIGITS]; 2]; count * LANES];
    let mut bases = Vec::with_capacity(count);
    for (i, points) in points.chunks(LANES).enumerate() {
        let mut lanes = [C::GENERATOR; LANES];
        for (lane, point) in points.iter().enumerate().filter(|(_, point)| !point.is_zero()) {
            lanes[lane] = *point;
            all_digits[i * LANES + lane] = scalars[i * LANES + lane].map(digits);
        }
        let x = field.load(&lanes.map(|point| C::limbs(&point.x)));
        let y = field.load(&lanes.map(|point| C::limbs(&point.y)));
        bases.push(Point8 { x, y });
    }
    let highest = |digits: &[i8; DIGITS]| digits.iter().rposition(|digit| *digit != 0).map_or(0, |at| at + 1);
    let positions = all_digits.as_flattened().iter().map(highest).max().unwrap_or(0);

    let mut inverter = Inverter { field, prefixes: Vec::with_capacity(count) };
    let mut state =
        State { sums: bases.clone(), infinite: vec![0; count], addends: bases, idle: vec![0; count] };
    macro_rules! step {
        ($denominator:ident, $operation:ident) => {
            if !inverter.each::<C>(
                count,
                &mut state,
                |field, state, i| state.$denominator(field, i),
                |field, state, i, inverse| state.$operation(field, i, inverse),
            ) {
                return false;
            }
        };
    }
    let mut table = state.sums.clone();
    step!(twice_y, double);
    table.extend_from_slice(&state.sums);
    for _ in 2..TABLE {
        step!(difference, add);
        table.extend_from_slice(&state.sums);
    }

    state.infinite.fill(u8::MAX);
    let chooser = Chooser { table, digits: all_digits, beta };
    for position in (0..positions).rev() {
        if position + 1 < positions {
            for _ in 0..WINDOW {
                step!(twice_y, double);
            }
        }
        for half in 0..2 {
            chooser.choose(&inverter.field, &mut state, position, half);
            step!(difference, add);
        }
    }

    for (i, points) in points.chunks_mut(LANES).enumerate() {
        let x = inverter.field.store::<C::BaseField>(&state.sums[i].x);
        let y = inverter.field.store::<C::BaseField>(&state.sums[i].y);
        for (lane, point) in points.iter_mut().enumerate() {
            *point = match state.infinite[i] >> lane & 1 {
                0 => Affine::new_unchecked(C::element_unchecked(x[lane]), C::element_unchecked(y[lane])),
                _ => Affine::identity(),
            };
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endomorphism::short_basis;
    use crate::test_points::small_multiples;
    use ark_ec::CurveGroup;
    use ark_ff::PrimeField;
    use ark_pallas::PallasConfig;
    use ark_vesta::VestaConfig;
    use num_bigint::{BigInt, Sign};
    use proptest::prelude::*;

    fn recombined<C: PackableCurve>(
        endomorphism: &Endomorphism<C>,
        halves: [HalfScalar; 2],
    ) -> C::ScalarField {
        let [k1, k2] = halves.map(|half| {
            let magnitude = C::ScalarField::from(half.magnitude);
            if half.negative { -magnitude } else { magnitude }
        });
        k1 + endomorphism.lambda * k2
    }

    /// Any halves, the largest too, on any points; `None` where the machine does not have the instructions.
    fn check<C: PackableCurve>(lanes: &[(i8, [(bool, u128); 2])]) -> Option<()> {
        if !suits::<C::BaseField>() {
            return None;
        }
        let endomorphism = Endomorphism::<C>::new();
        let points = small_multiples::<C>(lanes.iter().map(|lane| lane.0));
        let half = |(negative, magnitude)| HalfScalar { negative, magnitude };
        let scalars: Vec<_> = lanes.iter().map(|lane| lane.1.map(half)).collect();
        let mut products = points.clone();
        assert!(mul_assign(&endomorphism, &mut products, &scalars));
        for ((point, halves), product) in points.iter().zip(scalars).zip(products) {
            let scalar = recombined(&endomorphism, halves);
            assert_eq!(product, point.mul_bigint(scalar.into_bigint()).into_affine());
        }
        Some(())
    }

    fn half() -> impl Strategy<Value = (bool, u128)> {
        let magnitude = prop_oneof![any::<u128>(), 0..20u128, (u128::MAX - 20)..=u128::MAX];
        (any::<bool>(), magnitude)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn products_are_right(lanes in prop::collection::vec((-3i8..=3, [half(), half()]), 0..40)) {
            check::<PallasConfig>(&lanes);
            check::<VestaConfig>(&lanes);
        }

        #[test]
        fn digits_recombine(magnitude: u128, negative: bool) {
            for magnitude in [magnitude, u128::MAX - (magnitude >> 120), magnitude >> 100] {
                let sum = digits(HalfScalar { negative, magnitude })
                    .into_iter()
                    .rev()
                    .fold(BigInt::ZERO, |sum, digit| (sum << WINDOW) + digit);
                let expected = BigInt::from(magnitude);
                assert_eq!(sum, if negative { -expected } else { expected });
            }
        }
    }

    /// The halves of zero that are not zero: a vector of the lattice. Their last addition is that of opposite points.
    fn opposite_points_are_given_back<C: PackableCurve>() {
        if !suits::<C::BaseField>() {
            return;
        }
        let endomorphism = Endomorphism::<C>::new();
        let r = BigInt::from(C::ScalarField::MODULUS.into());
        let lambda = BigInt::from(endomorphism.lambda.into_bigint().into());
        let [(a, b), _] = short_basis(&r, &lambda);
        let halves = [a, b].map(|half| HalfScalar {
            negative: half.sign() == Sign::Minus,
            magnitude: half.magnitude().try_into().unwrap(),
        });
        assert_eq!(recombined(&endomorphism, halves), C::ScalarField::ZERO);
        let points = small_multiples::<C>(1..=20);
        let mut scalars = vec![endomorphism.split(&C::ScalarField::from(5u64)); 20];
        scalars[13] = halves;
        let mut products = points.clone();
        assert!(!mul_assign(&endomorphism, &mut products, &scalars));
        assert_eq!(products, points, "given back as they were");
        crate::batch_mul::BatchMul::new(&endomorphism).mul_assign(&mut products, &scalars);
        assert!(products[13].is_zero());
        assert_eq!(products[12], (points[12] * C::ScalarField::from(5u64)).into_affine());
    }

    #[test]
    fn opposite_points_are_left_to_the_portable_code() {
        opposite_points_are_given_back::<PallasConfig>();
        opposite_points_are_given_back::<VestaConfig>();
    }
}
