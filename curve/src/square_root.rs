//! Square roots in fields of two-adicity 32, by a discrete logarithm from tables.
//!
//! The algorithm of Tonelli and Shanks finds the same logarithm bit by bit, with hundreds of squarings. Source: Sarkar,
//! *Computing square roots faster than the Tonelli-Shanks/Bernstein algorithm* (eprint 2020/1407).

use ark_ff::BigInt;

use crate::field::PastaField;
use crate::rows::{Rows, RowsTask, by_rows};

/// That of the Pasta fields.
const TWO_ADICITY: u32 = 32;
/// Bits of the logarithm found at a time.
const WINDOW: u32 = 8;
const WINDOWS: usize = (TWO_ADICITY / WINDOW) as usize;
/// Bits of a digit of the exponent.
const DIGIT: u32 = 4;
/// Vectors that are raised side by side.
const SIDE_BY_SIDE: usize = 4;

/// Takes square roots. Each is the one of the two that [`ark_ff::Field::sqrt`] gives.
pub(crate) struct SquareRoots<F: PastaField> {
    /// (t - 1)/2, where p - 1 = 2^32·t with t odd: its digits, the highest first.
    exponent: Vec<usize>,
    /// In row i at j: g^(-j·2^(8i)), where g has order 2^32.
    powers: [Vec<F>; WINDOWS],
    /// Of every power h^j of h = g^(2^24) the lowest limb, which no two have in common, with j; sorted.
    logarithms: Vec<(u64, u32)>,
}

/// What there is of the root of one element once it has been raised: w·a for w = a^((t - 1)/2), and a^t to the powers
/// 1, 2^8, 2^16 and 2^24.
struct Raised<F> {
    root: F,
    powers: [F; WINDOWS],
}

impl<V> Raised<V> {
    /// Those of each row.
    fn by_rows<F: PastaField>(self) -> Vec<Raised<F>>
    where
        V: Rows<F>,
    {
        let mut powers = self.powers.map(V::elements);
        let raised = |root| Raised {
            root,
            powers: powers.each_mut().map(|powers| powers.next().expect("as many as of the root")),
        };
        self.root.elements().map(raised).collect()
    }
}

impl<F: PastaField> SquareRoots<F> {
    /// Makes the tables: some thousand multiplications.
    pub(crate) fn new() -> Self {
        let row = |base: F| {
            core::iter::successors(Some(F::ONE), move |power| Some(*power * base)).take(1 << WINDOW)
        };
        let raised = |base: F, log2: u32| (0..log2).fold(base, |base, _| base.square());
        let h = raised(F::TWO_ADIC_ROOT_OF_UNITY, TWO_ADICITY - WINDOW);
        let mut logarithms: Vec<_> = row(h).map(|power| power.to_limbs()[0]).zip(0..).collect();
        logarithms.sort_unstable();
        // The inverse of an element of order 2^32.
        let g_inverse = F::TWO_ADIC_ROOT_OF_UNITY.pow([(1 << TWO_ADICITY) - 1]);
        let powers = core::array::from_fn(|i| row(raised(g_inverse, WINDOW * i as u32)).collect());
        Self { exponent: digits(F::MODULUS >> (TWO_ADICITY + 1)), powers, logarithms }
    }

    /// The square root of `a` that [`ark_ff::Field::sqrt`] gives, or `None` as there.
    pub(crate) fn sqrt(&self, a: &F) -> Option<F> {
        let [raised] = self.raise([*a]);
        self.root(&raised)
    }

    /// The same of many, side by side where the backend has vectors for so many.
    pub(crate) fn sqrt_each(&self, all: &[F]) -> Vec<Option<F>> {
        struct Each<'a, F: PastaField>(&'a SquareRoots<F>, &'a [F]);

        impl<F: PastaField> RowsTask<F> for Each<'_, F> {
            type Output = Vec<Option<F>>;

            fn run<V: Rows<F>>(self) -> Self::Output {
                let Self(roots, all) = self;
                let mut results = Vec::with_capacity(all.len());
                for some in all.chunks(SIDE_BY_SIDE * V::COUNT) {
                    let rows = core::array::from_fn(|n| {
                        V::from_fn(|row| some.get(n * V::COUNT + row).copied().unwrap_or(F::ONE))
                    });
                    let raised = roots.raise::<V, SIDE_BY_SIDE>(rows);
                    let found =
                        raised.into_iter().flat_map(Raised::by_rows).map(|raised| roots.root(&raised));
                    results.extend(found.take(some.len()));
                }
                results
            }
        }

        by_rows(all.len(), Each(self, all))
    }

    /// Raises elements, which takes most of the time.
    fn raise<V: Rows<F>, const N: usize>(&self, all: [V; N]) -> [Raised<V>; N] {
        let mut table = [[V::one(); N]; 1 << DIGIT];
        for digit in 1..table.len() {
            table[digit] = core::array::from_fn(|n| table[digit - 1][n] * all[n]);
        }
        let mut w = [V::one(); N];
        for digit in &self.exponent {
            V::square_each(&mut w, DIGIT);
            if *digit > 0 {
                w.iter_mut().zip(&table[*digit]).for_each(|(w, power)| *w *= *power);
            }
        }
        let roots: [V; N] = core::array::from_fn(|n| w[n] * all[n]);
        let mut powers: [[V; N]; WINDOWS] = [core::array::from_fn(|n| roots[n] * w[n]); WINDOWS];
        for i in 1..WINDOWS {
            powers[i] = powers[i - 1];
            V::square_each(&mut powers[i], WINDOW);
        }
        core::array::from_fn(|n| Raised { root: roots[n], powers: powers.map(|powers| powers[n]) })
    }

    /// x·g^(-n·2^(8·shift)), of whose n the lowest `windows` windows count.
    fn times_power(&self, x: F, n: u32, windows: usize, shift: usize) -> F {
        (0..windows).fold(x, |product, i| {
            product * self.powers[i + shift][(n >> (WINDOW * i as u32)) as usize & ((1 << WINDOW) - 1)]
        })
    }

    /// The root of an element that has been raised.
    fn root(&self, Raised { root, powers }: &Raised<F>) -> Option<F> {
        if root.is_zero() {
            return Some(F::ZERO);
        }
        // a^t = g^e for some e below 2^32. Raised to 2^(24 - 8i), with the windows known so far taken out, it shows
        // window i as a power of h.
        let mut e = 0;
        for i in 0..WINDOWS {
            let shift = WINDOWS - 1 - i;
            let power = self.times_power(powers[shift], e, i, shift);
            let at = self.logarithms.binary_search_by_key(&power.to_limbs()[0], |entry| entry.0).ok()?;
            e |= self.logarithms[at].1 << (WINDOW * i as u32);
            if e % 2 == 1 {
                return None;
            }
        }
        // root² = a·g^e, so that root·g^k with k = -e/2 is a root for k modulo 2^31 and modulo 2^32. Tonelli and Shanks
        // end at the k between 0 and 2^31, which is 2^31 - e/2 unless e = 0; and g^(2^31) = -1.
        let result = self.times_power(*root, e / 2, WINDOWS, 0);
        Some(if e == 0 { result } else { -result })
    }
}

/// The digits of a number, the highest first.
fn digits(number: BigInt<4>) -> Vec<usize> {
    let all = number.0.into_iter().flat_map(|word| {
        (0..u64::BITS).step_by(DIGIT as usize).map(move |bit| (word >> bit) as usize & ((1 << DIGIT) - 1))
    });
    let mut digits: Vec<_> = all.collect();
    while digits.last() == Some(&0) {
        digits.pop();
    }
    digits.reverse();
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Fp, Fq};
    use ark_ff::Field;
    use proptest::prelude::*;

    /// One by one, and so many that vectors take them.
    fn agrees<F: PastaField>(all: &[F]) {
        let roots = SquareRoots::<F>::new();
        let expected: Vec<_> = all.iter().map(Field::sqrt).collect();
        assert_eq!(all.iter().map(|a| roots.sqrt(a)).collect::<Vec<_>>(), expected);
        assert_eq!(roots.sqrt_each(all), expected);
        let many: Vec<_> = all.iter().copied().cycle().take(100).collect();
        let expected: Vec<_> = expected.into_iter().cycle().take(many.len()).collect();
        assert_eq!(roots.sqrt_each(&many), expected);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn roots_are_those_of_ark(bytes: [u8; 32]) {
            fn check<F: PastaField>(bytes: &[u8]) {
                let a = F::from_le_bytes_mod_order(bytes);
                agrees(&[a, a.square(), a * F::TWO_ADIC_ROOT_OF_UNITY]);
            }
            check::<Fp>(&bytes);
            check::<Fq>(&bytes);
        }
    }

    #[test]
    fn roots_of_the_powers_of_two_are_those_of_ark() {
        fn check<F: PastaField>() {
            // All logarithms of one bit, and their neighbours.
            let g = F::TWO_ADIC_ROOT_OF_UNITY;
            let mut all = vec![F::ZERO, F::ONE];
            let mut power = g;
            for _ in 0..=TWO_ADICITY {
                all.extend([power, -power, power * g, F::from(25u64) * power]);
                power.square_in_place();
            }
            agrees(&all);
        }
        check::<Fp>();
        check::<Fq>();
    }

    #[test]
    fn powers_are_told_apart_by_their_lowest_limbs() {
        fn check<F: PastaField>() {
            let logarithms = SquareRoots::<F>::new().logarithms;
            assert!(logarithms.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
        check::<Fp>();
        check::<Fq>();
    }
}
