//! Products of four integers with four others, in columns of 32 bits, and Montgomery's reduction of these. How large integers and their
//! limbs may be is said in `four`.

use super::limbs::{
    BITS, BOTH_MASKS, HIGH_MASK, LIMBS, LOW_MASK, MASK, Modulus, PAIRS, Pairs, TOP, TOP_OF_P, ZERO,
    everywhere, pair, unrolled,
};
use super::vector::Words;

/// Brings all limbs but the highest into [-4, 2^13 + 4).
#[inline(always)]
pub(super) fn carry(limbs: Pairs) -> Pairs {
    let carries = limbs.map(|pair| pair.shr_halves(BITS));
    let mut carried = [ZERO; PAIRS];
    unrolled!(PAIR in [0 1 2 3 4 5 6 7 8 9] {
        // The highest limb is as it is.
        let mask = if PAIR < PAIRS - 1 { BOTH_MASKS } else { everywhere(MASK | !0xffff) };
        let lower = carries[PAIR].shl(16);
        let from_below =
            PAIR.checked_sub(1).map_or(lower, |before| lower.or(carries[before].shr_unsigned(16)));
        carried[PAIR] = limbs[PAIR].and(mask).plus_halves(from_below);
    });
    carried
}

#[inline(never)]
pub(super) fn settle(limbs: &Pairs, modulus: &Modulus) -> Pairs {
    // The floor of the highest limb over that of P, twice. What the other limbs have is above -4·2^247 and below 4·2^247, which is 2^-9·P.
    let q = limbs[PAIRS - 1].shr(16 + TOP);
    let q = q.and(everywhere(0xffff)).or(q.shl(16));
    let mut less = *limbs;
    // The other pairs of P are zero.
    unrolled!(PAIR in [0 1 2 3 4 5 9] {
        less[PAIR] = less[PAIR].minus_halves(modulus.unit[PAIR].times_halves(q));
    });
    carry(less)
}

/// The pairs of limbs k and k - 1, for k from 0 to 20: the pairs of another integer's limbs, each times that which is as far from k as
/// it is from 0, add up to column k of the product.
#[inline(always)]
fn forms(b: &Pairs) -> [Words; LIMBS + 1] {
    let mut forms = [ZERO; LIMBS + 1];
    unrolled!(PAIR in [0 1 2 3 4 5 6 7 8 9] {
        let before = PAIR.checked_sub(1).map_or(ZERO, |before| b[before]);
        forms[2 * PAIR] = b[PAIR].with_high_halves(before);
        forms[2 * PAIR + 1] = b[PAIR].swap_halves();
    });
    forms[LIMBS] = ZERO.with_high_halves(b[PAIRS - 1]);
    forms
}

/// The columns of a product: column k counts 2^(13k).
trait Columns {
    /// Four columns, from the first of them on.
    fn four_from(&self, first: usize) -> [Words; 4];
}

/// Column k is Σ aᵢ·b₍ₖ₋ᵢ₎, of pairs of places i. Twenty products of loose limbs are below 1.35·10^9 in size.
struct Product<'a> {
    a: &'a Pairs,
    forms: [Words; LIMBS + 1],
}

impl Columns for Product<'_> {
    #[inline(always)]
    fn four_from(&self, first: usize) -> [Words; 4] {
        let mut columns = [ZERO; 4];
        unrolled!(PAIR in [0 1 2 3 4 5 6 7 8 9] {
            unrolled!(COLUMN in [0 1 2 3] {
                let k = first + COLUMN;
                if let Some(form) = k.checked_sub(2 * PAIR).and_then(|form| self.forms.get(form)) {
                    columns[COLUMN] = columns[COLUMN].plus(self.a[PAIR].dot(*form));
                }
            });
        });
        columns
    }
}

/// Of each two products that are the same the first is taken, twice. With n = k/2, column k of an odd k is of pairs of places that mirror
/// each other, but for that which is its own mirror where n is even. Of an even k the product of limb n with itself is taken once: it is
/// in a pair with one that is taken twice where n is odd.
struct Square<'a> {
    a: &'a Pairs,
    twice: Pairs,
    forms: [Words; LIMBS + 1],
}

impl Columns for Square<'_> {
    #[inline(always)]
    fn four_from(&self, first: usize) -> [Words; 4] {
        let mut columns = [ZERO; 4];
        unrolled!(PAIR in [0 1 2 3 4 5 6 7 8 9] {
            unrolled!(COLUMN in [0 1 2 3] {
                let k = first + COLUMN;
                // From the pair to k/2, and to k.
                let distances = (k / 2).checked_sub(2 * PAIR).zip(k.checked_sub(2 * PAIR));
                let form = distances.and_then(|(half, all)| Some((half, self.forms.get(all)?)));
                if let Some((half, form)) = form {
                    let factor = match (k % 2, half) {
                        (1, 0) => self.a[PAIR],
                        (0, 0) => self.a[PAIR].with_high_halves(ZERO),
                        (0, 1) => self.twice[PAIR].with_high_halves(self.a[PAIR]),
                        _ => self.twice[PAIR],
                    };
                    columns[COLUMN] = columns[COLUMN].plus(factor.dot(*form));
                }
            });
        });
        columns
    }
}

// Not inlined, and for both fields: what compiles the module gets through small functions sooner, and with less memory.
#[inline(never)]
pub(super) fn product(a: &Pairs, b: &Pairs, modulus: &Modulus) -> Pairs {
    clear(&Product { a, forms: forms(b) }, modulus)
}

#[inline(never)]
pub(super) fn square(a: &Pairs, modulus: &Modulus) -> Pairs {
    clear(&Square { a, twice: a.map(|pair| pair.plus_halves(pair)), forms: forms(a) }, modulus)
}

/// (t - m·p)/2^260 with the m in [0, 2^260) that makes it whole, of columns t, which are given four at a time. To a column come at most
/// eight products with a limb of p, each up to 2^25, one up to 2^20, and a carry up to 2^18: of products below 1.35·10^9 in size, the
/// sum stays below 2^31.
#[inline(always)]
#[allow(
    unused_assignments,
    reason = "the last turn of what is unrolled writes what would be read in the next"
)]
fn clear(columns: &impl Columns, modulus: &Modulus) -> Pairs {
    /// The highest limb of -p, against the lower and the higher limb of m.
    const TOPS: [Words; 2] = [pair(-(1 << TOP_OF_P), 0), pair(0, -(1 << TOP_OF_P))];
    let mut m = [ZERO; PAIRS];
    let mut quotient = [ZERO; PAIRS];
    let mut carry = ZERO;
    unrolled!(BLOCK in [0 1 2 3 4 5 6 7 8 9] {
        let mut t = columns.four_from(4 * BLOCK);
        // What earlier pairs of m give.
        unrolled!(PAIR in [0 1 2 3 4 5 6 7 8 9] {
            unrolled!(COLUMN in [0 1 2 3] {
                let factor = match (4 * BLOCK + COLUMN).checked_sub(2 * PAIR) {
                    _ if !(..2 * BLOCK).contains(&PAIR) => None,
                    Some(k @ 2..=10) => Some(modulus.negated[k - 2]),
                    Some(k @ (19 | 20)) => Some(TOPS[k - 19]),
                    _ => None,
                };
                if let Some(factor) = factor {
                    t[COLUMN] = t[COLUMN].plus(m[PAIR].dot(factor));
                }
            });
        });
        unrolled!(HALF in [0 1] {
            let low = t[2 * HALF].plus(carry);
            let high = t[2 * HALF + 1].plus(low.shr(BITS));
            carry = high.shr(BITS);
            let high = if BLOCK == 9 && HALF == 1 { high.shl(16) } else { high.shl(16).and(HIGH_MASK) };
            let pair = low.and(LOW_MASK).or(high);
            // The lower half of the columns makes m.
            if BLOCK < 5 {
                m[(2 * BLOCK + HALF) % PAIRS] = pair;
                if HALF == 0 {
                    t[2] = t[2].plus(pair.dot(modulus.negated[0]));
                    t[3] = t[3].plus(pair.dot(modulus.negated[1]));
                }
            } else {
                quotient[(2 * BLOCK + HALF) % PAIRS] = pair;
            }
        });
    });
    quotient
}
