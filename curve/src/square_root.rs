//! Square roots in fields of two-adicity 32, by a discrete logarithm from tables.
//!
//! The algorithm of Tonelli and Shanks finds the same logarithm bit by bit, with hundreds of squarings. Source: Sarkar,
//! *Computing square roots faster than the Tonelli-Shanks/Bernstein algorithm* (eprint 2020/1407).

use ark_ff::PrimeField;

/// The two-adicity that the tables are for: that of the Pasta fields.
const TWO_ADICITY: u32 = 32;
/// Bits of the logarithm found at a time.
const WINDOW: u32 = 8;
const WINDOWS: usize = (TWO_ADICITY / WINDOW) as usize;

/// Takes square roots. Each is the one of the two that [`ark_ff::Field::sqrt`] gives.
pub(crate) struct SquareRoots<F: PrimeField> {
    /// Where the field has another two-adicity: `None`.
    tables: Option<Tables<F>>,
}

struct Tables<F: PrimeField> {
    /// (t - 1)/2, where p - 1 = 2^32·t with t odd.
    exponent: F::BigInt,
    /// In row i at j: g^(-j·2^(8i)), where g has order 2^32.
    powers: [Vec<F>; WINDOWS],
    /// Every power h^j of h = g^(2^24) with its j, sorted.
    logarithms: Vec<(F, u32)>,
}

impl<F: PrimeField> SquareRoots<F> {
    /// Makes the tables: some thousand multiplications.
    pub(crate) fn new() -> Self {
        Self { tables: (F::TWO_ADICITY == TWO_ADICITY).then(Tables::new).flatten() }
    }

    /// The square root of `a` that [`ark_ff::Field::sqrt`] gives, or `None` as there.
    pub(crate) fn sqrt(&self, a: &F) -> Option<F> {
        match &self.tables {
            Some(tables) => tables.sqrt(a),
            None => a.sqrt(),
        }
    }
}

impl<F: PrimeField> Tables<F> {
    fn new() -> Option<Self> {
        let g_inverse = F::TWO_ADIC_ROOT_OF_UNITY.inverse()?;
        let row = |base: F| {
            core::iter::successors(Some(F::one()), move |power| Some(*power * base)).take(1 << WINDOW)
        };
        let raised = |base: F, log2: u32| (0..log2).fold(base, |base, _| base.square());
        let h = raised(F::TWO_ADIC_ROOT_OF_UNITY, TWO_ADICITY - WINDOW);
        let mut logarithms: Vec<_> = row(h).zip(0..).collect();
        logarithms.sort();
        let mut exponent = F::MODULUS;
        exponent >>= TWO_ADICITY + 1;
        let powers = core::array::from_fn(|i| row(raised(g_inverse, WINDOW * i as u32)).collect());
        Some(Self { exponent, powers, logarithms })
    }

    /// g^(-n·2^(8·shift)), of whose n the lowest `windows` windows count.
    fn power(&self, n: u32, windows: usize, shift: usize) -> F {
        (0..windows)
            .map(|i| self.powers[i + shift][(n >> (WINDOW * i as u32)) as usize & ((1 << WINDOW) - 1)])
            .product()
    }

    fn sqrt(&self, a: &F) -> Option<F> {
        if a.is_zero() {
            return Some(*a);
        }
        let w = a.pow(self.exponent);
        let root = w * a;
        // a^t = g^e for some e below 2^32. Raised to 2^(24 - 8i), with the windows known so far taken out, it shows
        // window i as a power of h.
        let mut raised = [root * w; WINDOWS];
        for i in 1..WINDOWS {
            raised[i] = (0..WINDOW).fold(raised[i - 1], |power, _| power.square());
        }
        let mut e = 0;
        for i in 0..WINDOWS {
            let shift = WINDOWS - 1 - i;
            let power = raised[shift] * self.power(e, i, shift);
            let at = self.logarithms.binary_search_by_key(&power, |entry| entry.0).ok()?;
            e |= self.logarithms[at].1 << (WINDOW * i as u32);
        }
        if e % 2 == 1 {
            return None;
        }
        // root² = a·g^e, so that root·g^k with k = -e/2 is a root for k modulo 2^31 and modulo 2^32. Tonelli and Shanks
        // end at the k between 0 and 2^31, which is 2^31 - e/2 unless e = 0; and g^(2^31) = -1.
        let result = root * self.power(e / 2, WINDOWS, 0);
        Some(if e == 0 { result } else { -result })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn agrees<F: PrimeField>(bytes: [u8; 32]) {
        let roots = SquareRoots::<F>::new();
        assert!(roots.tables.is_some());
        let a = F::from_le_bytes_mod_order(&bytes);
        for a in [a, a.square(), a * F::TWO_ADIC_ROOT_OF_UNITY] {
            assert_eq!(roots.sqrt(&a), a.sqrt());
        }
    }

    proptest! {
        #[test]
        fn roots_are_those_of_ark(bytes: [u8; 32]) {
            agrees::<ark_pallas::Fq>(bytes);
            agrees::<ark_vesta::Fq>(bytes);
        }
    }

    #[test]
    fn roots_of_the_powers_of_two_are_those_of_ark() {
        fn check<F: PrimeField>() {
            let roots = SquareRoots::<F>::new();
            assert_eq!(roots.sqrt(&F::ZERO), Some(F::ZERO));
            // All logarithms of one bit, and their neighbours.
            let g = F::TWO_ADIC_ROOT_OF_UNITY;
            let mut power = g;
            for _ in 0..=TWO_ADICITY {
                for a in [power, -power, power * g, F::from(25u64) * power] {
                    assert_eq!(roots.sqrt(&a), a.sqrt());
                }
                power.square_in_place();
            }
        }
        check::<ark_pallas::Fq>();
        check::<ark_vesta::Fq>();
    }
}
