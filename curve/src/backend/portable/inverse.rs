//! Inverses modulo p, by division steps.
//!
//! Source: Bernstein, Yang, *Fast constant-time gcd computation and modular inversion* (CHES 2019), in the form that
//! libsecp256k1's `doc/safegcd_implementation.md` derives: 62 steps at a time on the low limbs alone, then their matrix on the
//! whole numbers. Here the number of steps depends on the values.

use core::marker::PhantomData;

use super::Lazy;
use crate::field::PastaField;

const LIMB_BITS: u32 = 62;
const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;

/// Σ limbᵢ·2^(62i): the lower four limbs in [0, 2^62), the highest with the sign.
type Signed = [i64; 5];

/// [[u, v], [q, r]]: what 62 division steps do to (f, g), times 2^62. |u| + |v| and |q| + |r| are at most 2^62.
type Steps = [[i64; 2]; 2];

/// The inverse of a field's element, which is faster than that of `ark-ff`; `None` for zero.
pub(crate) fn inverse<F: PastaField>(element: F) -> Option<F> {
    let modulus = to_signed(F::MODULUS.0);
    // f and g as in the sources, and d·x ≡ f, e·x ≡ g modulo p, where x is the element's Montgomery form.
    let (mut f, mut g) = (modulus, to_signed(element.to_limbs()));
    let (mut d, mut e) = ([0; 5], [1, 0, 0, 0, 0]);
    if g == [0; 5] {
        return None;
    }
    let mut eta = -1;
    while g != [0; 5] {
        let steps;
        (eta, steps) = divide(eta, f[0] as u64, g[0] as u64);
        [f, g] = apply(&steps, &f, &g);
        [d, e] = apply_modulo::<F>(&modulus, &steps, &d, &e);
    }
    // p is prime and x not a multiple of it, so that f is 1 or -1.
    let inverse = Lazy::new(F::from_limbs_unchecked(normalize(d, f[4] < 0, &modulus)));
    // It is R^-1 times the inverse of the element, whose Montgomery form needs R²: a product with R³ makes it so.
    Some(inverse.mul(Lazy::new(F::from_limbs_unchecked(PowersOfR::<F>::CUBE))).reduce())
}

/// Replaces all elements by their inverses; `false`, with nothing done, where one is zero.
pub(crate) fn invert_all<F: PastaField, const N: usize>(elements: &mut [F; N]) -> bool {
    invert(elements, &mut [F::ONE; N])
}

/// The same of any number.
pub fn invert_batch<F: PastaField>(elements: &mut [F]) -> bool {
    invert(elements, &mut vec![F::ONE; elements.len()])
}

/// The same, with room for as many products: those of all elements before each.
#[inline(always)]
fn invert<F: PastaField>(elements: &mut [F], before: &mut [F]) -> bool {
    let mut product = F::ONE;
    for (before, element) in before.iter_mut().zip(&*elements) {
        *before = product;
        product *= element;
    }
    let Some(mut rest) = inverse(product) else { return false };
    for (element, before) in elements.iter_mut().zip(before).rev() {
        (*element, rest) = (rest * *before, rest * *element);
    }
    true
}

/// Powers of R = 2^256 modulo p.
struct PowersOfR<F>(PhantomData<F>);

impl<F: PastaField> PowersOfR<F> {
    const CUBE: [u64; 4] = {
        let [p0, p1] = F::LOW;
        let p = [p0, p1, 0, 1 << 62];
        let mut power = [1, 0, 0, 0];
        let mut exponent = 0;
        while exponent < 3 * 256 {
            // Below 2p, then below p.
            power = doubled_modulo(power, p);
            exponent += 1;
        }
        power
    };
}

/// 2x modulo p, of x below p.
const fn doubled_modulo(x: [u64; 4], p: [u64; 4]) -> [u64; 4] {
    let twice = [x[0] << 1, x[1] << 1 | x[0] >> 63, x[2] << 1 | x[1] >> 63, x[3] << 1 | x[2] >> 63];
    let mut difference = [0; 4];
    let mut borrow = false;
    let mut i = 0;
    while i < 4 {
        let (limb, first) = twice[i].overflowing_sub(p[i]);
        let (limb, second) = limb.overflowing_sub(borrow as u64);
        difference[i] = limb;
        borrow = first | second;
        i += 1;
    }
    if borrow { twice } else { difference }
}

fn to_signed(limbs: [u64; 4]) -> Signed {
    let [a, b, c, d] = limbs;
    [a, a >> 62 | b << 2, b >> 60 | c << 4, c >> 58 | d << 6, d >> 56].map(|limb| (limb & LIMB_MASK) as i64)
}

/// 62 division steps on the low limbs of f, which is odd, and g; also the new η.
fn divide(mut eta: i64, mut f: u64, mut g: u64) -> (i64, Steps) {
    let (mut u, mut v, mut q, mut r) = (1u64, 0u64, 0u64, 1u64);
    let mut left = LIMB_BITS;
    loop {
        // Steps with an even g only halve it. The set bits on top stop the count where the steps end.
        let zeros = (g | u64::MAX << left).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= i64::from(zeros);
        left -= zeros;
        if left == 0 {
            break;
        }
        // Both are odd. A multiple w of f makes bits of g zero, as many as steps would: at most η + 1 of them, and no more
        // than are left.
        let multiple = if eta < 0 {
            eta = -eta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
            // f·(f² - 2) is -1/f modulo 64.
            f.wrapping_mul(g).wrapping_mul(f.wrapping_mul(f).wrapping_sub(2)) & low_bits(eta, left, 6)
        } else {
            // f + 2((f + 1) & 4) is 1/f modulo 16.
            let inverse = f.wrapping_add((f.wrapping_add(1) & 4) << 1);
            inverse.wrapping_neg().wrapping_mul(g) & low_bits(eta, left, 4)
        };
        g = g.wrapping_add(f.wrapping_mul(multiple));
        q = q.wrapping_add(u.wrapping_mul(multiple));
        r = r.wrapping_add(v.wrapping_mul(multiple));
    }
    (eta, [[u as i64, v as i64], [q as i64, r as i64]])
}

/// A mask of η + 1 bits, for η from 0, but no more than `left`, nor than `known`.
fn low_bits(eta: i64, left: u32, known: u32) -> u64 {
    let bits = (eta as u64 + 1).min(u64::from(left)).min(u64::from(known));
    (1 << bits) - 1
}

/// (uf + vg)/2^62 and (qf + rg)/2^62, which are whole.
fn apply(steps: &Steps, f: &Signed, g: &Signed) -> [Signed; 2] {
    steps.map(|[u, v]| {
        let mut result = [0; 5];
        // Below 2^62·2^62 + 2^65 in size.
        let mut sum = 0i128;
        for i in 0..5 {
            sum += i128::from(u) * i128::from(f[i]) + i128::from(v) * i128::from(g[i]);
            if i > 0 {
                result[i - 1] = (sum as u64 & LIMB_MASK) as i64;
            }
            sum >>= LIMB_BITS;
        }
        result[4] = sum as i64;
        result
    })
}

/// (ud + ve)/2^62 and (qd + re)/2^62 modulo p; all are between -2p and p.
fn apply_modulo<F: PastaField>(modulus: &Signed, steps: &Steps, d: &Signed, e: &Signed) -> [Signed; 2] {
    // 1/p modulo 2^62: p₀ = 1 + 2^32·k, so that 1/p₀ = 1 - 2^32·k modulo 2^64.
    let inverse = 2u64.wrapping_sub(F::LOW[0]);
    steps.map(|[u, v]| {
        // First p is added to what is negative, so that the sum is between -2^62·p and 2^62·p; then the multiple of p
        // between -2^62·p and 0 that clears the lowest limb.
        let mut multiple = (u & d[4] >> 63) + (v & e[4] >> 63);
        let low = (u.wrapping_mul(d[0]).wrapping_add(v.wrapping_mul(e[0]))) as u64;
        let after = low.wrapping_add(F::LOW[0].wrapping_mul(multiple as u64));
        multiple -= (inverse.wrapping_mul(after) & LIMB_MASK) as i64;
        let mut result = [0; 5];
        let mut sum = 0i128;
        for i in 0..5 {
            sum += i128::from(u) * i128::from(d[i])
                + i128::from(v) * i128::from(e[i])
                + i128::from(modulus[i]) * i128::from(multiple);
            if i > 0 {
                result[i - 1] = (sum as u64 & LIMB_MASK) as i64;
            }
            sum >>= LIMB_BITS;
        }
        result[4] = sum as i64;
        result
    })
}

/// d, or -d, modulo p; d is between -2p and p.
fn normalize(mut d: Signed, negative: bool, modulus: &Signed) -> [u64; 4] {
    add_where_negative(&mut d, modulus);
    if negative {
        d = d.map(i64::wrapping_neg);
        carry(&mut d);
    }
    // Between -p and p.
    add_where_negative(&mut d, modulus);
    let [a, b, c, d, e] = d.map(|limb| limb as u64);
    [a | b << 62, b >> 2 | c << 60, c >> 4 | d << 58, d >> 6 | e << 56]
}

fn add_where_negative(d: &mut Signed, modulus: &Signed) {
    if d[4] < 0 {
        d.iter_mut().zip(modulus).for_each(|(limb, modulus)| *limb += modulus);
        carry(d);
    }
}

fn carry(d: &mut Signed) {
    for i in 0..4 {
        d[i + 1] += d[i] >> LIMB_BITS;
        d[i] &= LIMB_MASK as i64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Fp, Fq};
    use ark_ff::{AdditiveGroup, Field, PrimeField};
    use proptest::prelude::*;

    fn agrees<F: PastaField>(element: F) {
        let expected = element.inverse();
        assert_eq!(inverse(element), expected);
        assert_eq!(expected.and_then(inverse), expected.map(|_| element));
    }

    #[test]
    fn edges_are_inverted() {
        fn all<F: PastaField>() {
            let mut power = F::ONE;
            for _ in 0..300 {
                for element in [power, -power, power - F::ONE, F::from_limbs_unchecked(power.into_bigint().0)]
                {
                    agrees(element);
                }
                power += power;
            }
            let [p0, p1] = F::LOW;
            for limbs in [
                [1, 0, 0, 0],
                [p0 - 1, p1, 0, 1 << 62],
                [0, 0, 0, 1 << 62],
                [u64::MAX, u64::MAX, u64::MAX, 1],
            ] {
                agrees(F::from_limbs_unchecked(limbs));
            }
        }
        all::<Fp>();
        all::<Fq>();
    }

    #[test]
    fn several_are_inverted_unless_one_is_zero() {
        let elements = [2u64, 3, 5, 7].map(Fp::from);
        let mut inverses = elements;
        assert!(invert_all(&mut inverses));
        for (element, inverse) in elements.into_iter().zip(inverses) {
            assert_eq!(element * inverse, Fp::ONE);
        }
        let mut with_zero = [Fp::ONE, Fp::ZERO, Fp::from(3u64)];
        assert!(!invert_all(&mut with_zero));
        assert_eq!(with_zero, [Fp::ONE, Fp::ZERO, Fp::from(3u64)]);
    }

    proptest! {
        #[test]
        fn inverses_are_those_of_ark(bytes: [u8; 32]) {
            agrees(Fp::from_le_bytes_mod_order(&bytes));
            agrees(Fq::from_le_bytes_mod_order(&bytes));
        }
    }
}
