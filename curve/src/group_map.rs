//! From a base-field element to a point of the curve: the map of Shallue and van de Woestijne.
//!
//! Source: Shallue, van de Woestijne, *Construction of rational points on elliptic curves over finite fields* (ANTS
//! 2006), with the parameters that Kimchi chooses (`groupmap/src/lib.rs` in proof-systems).

use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::{AdditiveGroup, Field, One, Zero};

use crate::field::PastaField;
use crate::square_root::SquareRoots;

/// Constants of the map for the curve y² = x³ + b.
///
/// Write f(x) = x³ + b. For every t the map gives three x with f(x1)·f(x2)·f(x3) a square, so that at least one of
/// them is the x of a point. The constants derive from u, the smallest positive integer with f(u) ≠ 0.
#[derive(Clone, Copy, Debug)]
pub struct GroupMap<C: SWCurveConfig> {
    u: C::BaseField,
    /// f(u)
    f_u: C::BaseField,
    /// √(-3u²)
    root: C::BaseField,
    /// (√(-3u²) - u) / 2
    half_root_minus_u: C::BaseField,
    /// 1 / 3u²
    inverse_of_three_u_squared: C::BaseField,
}

impl<C: SWCurveConfig> Default for GroupMap<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: SWCurveConfig> GroupMap<C> {
    /// The map for `C`.
    ///
    /// # Panics
    ///
    /// If `C` has a ≠ 0, if its base field has no square root of -3, or if f(u) is not a square there. These are
    /// properties of the type, true of both Pasta curves.
    pub fn new() -> Self {
        assert!(C::COEFF_A.is_zero(), "the group map is for curves with a = 0");
        let mut u = C::BaseField::one();
        while Self::f(u).is_zero() {
            u += C::BaseField::one();
        }
        let three_u_squared = (u.double() + u) * u;
        let root = (-three_u_squared).sqrt().expect("a curve with an endomorphism has a root of -3");
        let half = C::BaseField::one().double().inverse().expect("the characteristic is odd");
        let f_u = Self::f(u);
        // The three x of the exceptional t (where 1/0 occurs) all have f(x) = f(u).
        assert!(f_u.legendre().is_qr(), "the map has no point for some t on this curve");
        Self {
            u,
            f_u,
            root,
            half_root_minus_u: (root - u) * half,
            inverse_of_three_u_squared: three_u_squared.inverse().expect("u is not zero"),
        }
    }

    fn f(x: C::BaseField) -> C::BaseField {
        C::add_b(x.square() * x)
    }

    /// t², and t²·(t² + f(u)), whose inverse (0 for 0) [`Self::candidates`] takes.
    fn denominator(&self, t: C::BaseField) -> (C::BaseField, C::BaseField) {
        let t_squared = t.square();
        (t_squared, (t_squared + self.f_u) * t_squared)
    }

    /// The three x, in the order in which they are tried.
    fn candidates(&self, t_squared: C::BaseField, alpha: C::BaseField) -> [C::BaseField; 3] {
        let x1 = self.half_root_minus_u - t_squared.square() * alpha * self.root;
        let x2 = -self.u - x1;
        let sum = t_squared + self.f_u;
        let x3 = self.u - sum.square() * sum * alpha * self.inverse_of_three_u_squared;
        [x1, x2, x3]
    }

    /// The point of `t`. On a curve whose cofactor is not 1 it need not lie in the prime-order subgroup.
    pub fn to_group(&self, t: C::BaseField) -> Affine<C> {
        let (t_squared, denominator) = self.denominator(t);
        let alpha = denominator.inverse().unwrap_or(C::BaseField::ZERO);
        let candidates = self.candidates(t_squared, alpha).into_iter();
        let mut points = candidates.filter_map(|x| Some(Affine::new_unchecked(x, Self::f(x).sqrt()?)));
        points.next().expect(ONE_IS_ON_CURVE)
    }
}

/// Why one of three candidates is the x of a point.
const ONE_IS_ON_CURVE: &str = "f(x1)·f(x2)·f(x3) is a square, so one of the factors is";

impl<C: SWCurveConfig<BaseField: PastaField>> GroupMap<C> {
    /// The points of many t, which share one inversion, and whose roots are taken side by side.
    pub(crate) fn to_group_batch(
        &self,
        elements: &[C::BaseField],
        roots: &SquareRoots<C::BaseField>,
    ) -> Vec<Affine<C>> {
        let (squares, mut alphas): (Vec<_>, Vec<_>) = elements.iter().map(|t| self.denominator(*t)).unzip();
        // Leaves zeros as they are.
        ark_ff::batch_inversion(&mut alphas);
        let candidates: Vec<_> = squares
            .into_iter()
            .zip(alphas)
            .map(|(t_squared, alpha)| self.candidates(t_squared, alpha))
            .collect();
        let mut points = vec![None; candidates.len()];
        for turn in 0..3 {
            let (places, xs): (Vec<_>, Vec<_>) = (0..)
                .zip(&candidates)
                .filter(|(place, _)| points[*place].is_none())
                .map(|(place, candidates)| (place, candidates[turn]))
                .unzip();
            let values: Vec<_> = xs.iter().map(|x| Self::f(*x)).collect();
            for ((place, x), y) in places.into_iter().zip(xs).zip(roots.sqrt_each(&values)) {
                points[place] = y.map(|y| Affine::new_unchecked(x, y));
            }
        }
        points.into_iter().map(|point| point.expect(ONE_IS_ON_CURVE)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::PrimeField;
    use ark_pallas::PallasConfig;
    use ark_vesta::VestaConfig;
    use proptest::prelude::*;

    fn product_of_candidates_is_a_square<C: SWCurveConfig<BaseField: PrimeField>>(bytes: [u8; 32]) {
        let map = GroupMap::<C>::new();
        let t = C::BaseField::from_le_bytes_mod_order(&bytes);
        let (t_squared, denominator) = map.denominator(t);
        let candidates = map.candidates(t_squared, denominator.inverse().unwrap());
        let product: C::BaseField = candidates.iter().map(|x| GroupMap::<C>::f(*x)).product();
        assert!(!product.legendre().is_qnr());
        assert!(map.to_group(t).is_on_curve());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn maps_onto_the_curve(bytes: [u8; 32]) {
            product_of_candidates_is_a_square::<PallasConfig>(bytes);
            product_of_candidates_is_a_square::<VestaConfig>(bytes);
        }
    }

    #[test]
    fn exceptional_elements_have_a_point() {
        fn check<C: SWCurveConfig<BaseField: PastaField>>() {
            let map = GroupMap::<C>::new();
            let mut elements = vec![C::BaseField::ONE, C::BaseField::ZERO];
            elements.extend((-map.f_u).sqrt());
            let points: Vec<_> = elements.iter().map(|t| map.to_group(*t)).collect();
            assert!(points.iter().all(Affine::is_on_curve));
            assert_eq!(map.to_group_batch(&elements, &SquareRoots::new()), points);
            // Among so many that vectors take them.
            let many: Vec<_> = (0..300u64).map(C::BaseField::from).chain(elements).collect();
            let points: Vec<_> = many.iter().map(|t| map.to_group(*t)).collect();
            assert_eq!(map.to_group_batch(&many, &SquareRoots::new()), points);
        }
        check::<PallasConfig>();
        check::<VestaConfig>();
    }
}
