//! Two products, or two squares, side by side, instruction by instruction.
//!
//! A `madd52` needs the result of the one before it in its column, four cycles later, and the multiple of p that clears a limb
//! takes a chain of them: what fills the gaps is the other product. Of intrinsics the compiler puts one product after the other, to
//! save registers; so the order is written down here. On Zen 4, which starts one `madd52` a cycle and two other operations beside it,
//! 80 and 60 cycles are the least for a product and a square. Processors that start any two operations do better with ten `madd52`
//! more, which take the place of thirty others: 100 operations a product, 92 a square.
//!
//! Registers are named one by one: without optimisation the compiler finds none for so many operands.

use core::arch::asm;
use core::arch::x86_64::{__m512i, _mm512_set1_epi64};

use super::field::{Factor, Field, LIMB_MASK};

/// What an instruction works on, for the first product (x) or the second (y).
macro_rules! operand {
    // A limb of the sum of products.
    (x, (t $k:literal)) => {
        concat!("zmm", $k)
    };
    (y, (t $k:literal)) => {
        concat!("zmm1", $k)
    };
    // A limb of a factor, in memory.
    (x, (a $k:literal)) => {
        concat!("[{xa} + 64*", $k, "]")
    };
    (y, (a $k:literal)) => {
        concat!("[{ya} + 64*", $k, "]")
    };
    (x, (b $k:literal)) => {
        concat!("[{xb} + 64*", $k, "]")
    };
    (y, (b $k:literal)) => {
        concat!("[{yb} + 64*", $k, "]")
    };
    // The limb that is multiplied with, then what is carried.
    (x, i) => {
        "zmm20"
    };
    (y, i) => {
        "zmm21"
    };
    (x, m) => {
        "zmm22"
    };
    (y, m) => {
        "zmm23"
    };
    // For both: -1/p modulo 2^52, 2^52 - 1, and the limbs of p that are not zero.
    ($side:ident, inverse) => {
        "zmm24"
    };
    ($side:ident, mask) => {
        "zmm25"
    };
    ($side:ident, (p 0)) => {
        "zmm26"
    };
    ($side:ident, (p 1)) => {
        "zmm27"
    };
    ($side:ident, (p 2)) => {
        "zmm28"
    };
    ($side:ident, (p 4)) => {
        "zmm29"
    };
    ($side:ident, $bits:literal) => {
        $bits
    };
}

/// The same instruction for both products.
macro_rules! both {
    ($operation:literal, $to:tt $(, $from:tt)*) => {
        concat!(
            $operation, " ", operand!(x, $to) $(, ", ", operand!(x, $from))*, "\n",
            $operation, " ", operand!(y, $to) $(, ", ", operand!(y, $from))*, "\n",
        )
    };
}

/// Sets limbs to zero.
macro_rules! zero {
    ($($k:literal)*) => { concat!($(both!("vpxord", (t $k), (t $k), (t $k))),*) };
}

/// Sets limbs to 2^52 - 1.
macro_rules! mask {
    ($($k:literal)*) => { concat!($(both!("vmovdqa64", (t $k), mask)),*) };
}

/// Doubles limbs.
macro_rules! double {
    ($($k:literal)*) => { concat!($(both!("vpaddq", (t $k), (t $k), (t $k))),*) };
}

/// Adds m·2^254 to two limbs: 254 - 4·52 = 46 bits in the first. Bits of m above 2^52 do not count.
macro_rules! add_top {
    (shifts, $t4:literal $t5:literal) => {
        concat!(
            both!("vpsllq", i, m, "46"),
            both!("vpandq", i, i, mask),
            both!("vpaddq", (t $t4), (t $t4), i),
            both!("vpandq", m, m, mask),
            both!("vpsrlq", m, m, "6"),
            both!("vpaddq", (t $t5), (t $t5), m),
        )
    };
    (products, $t4:literal $t5:literal) => {
        concat!(both!("vpmadd52luq", (t $t4), m, (p 4)), both!("vpmadd52huq", (t $t5), m, (p 4)))
    };
}

/// Adds m·p to six limbs, which makes the lowest the next multiple of 2^52, and carries that to the second. The lowest, to which
/// 2^52 - 1 is added already, is done with then.
macro_rules! clear_lowest {
    ($top:tt, $t0:literal $t1:literal $t2:literal $t3:literal $t4:literal $t5:literal) => {
        concat!(
            // The lowest limb is one less than it should be, modulo 2^52: so one inverse more.
            both!("vmovdqa64", m, inverse),
            both!("vpmadd52luq", m, (t $t0), inverse),
            // What the lowest limb carries is rounded up, as m·p makes up what is missing.
            both!("vpsrlq", i, (t $t0), "52"),
            both!("vpaddq", (t $t1), (t $t1), i),
            both!("vpmadd52luq", (t $t1), m, (p 1)),
            both!("vpmadd52luq", (t $t2), m, (p 2)),
            both!("vpmadd52huq", (t $t1), m, (p 0)),
            both!("vpmadd52huq", (t $t3), m, (p 2)),
            both!("vpmadd52huq", (t $t2), m, (p 1)),
            add_top!($top, $t4 $t5),
        )
    };
}

/// Adds limb `i` of the first factor times the second to six limbs, of which the highest is new, and clears the lowest.
macro_rules! multiply_limb {
    ($top:tt, $i:literal, $t0:literal $t1:literal $t2:literal $t3:literal $t4:literal $t5:literal) => {
        concat!(
            both!("vmovdqa64", i, (a $i)),
            both!("vpmadd52luq", (t $t0), i, (b 0)),
            both!("vpmadd52luq", (t $t1), i, (b 1)),
            both!("vpmadd52luq", (t $t2), i, (b 2)),
            both!("vpmadd52luq", (t $t3), i, (b 3)),
            both!("vpmadd52luq", (t $t4), i, (b 4)),
            zero!($t5),
            both!("vpmadd52huq", (t $t1), i, (b 0)),
            both!("vpmadd52huq", (t $t2), i, (b 1)),
            both!("vpmadd52huq", (t $t3), i, (b 2)),
            both!("vpmadd52huq", (t $t4), i, (b 3)),
            both!("vpmadd52huq", (t $t5), i, (b 4)),
            clear_lowest!($top, $t0 $t1 $t2 $t3 $t4 $t5),
        )
    };
}

/// Two products, in limbs 5, 0, 1, 2, 3.
macro_rules! products {
    ($top:tt) => {
        concat!(
            mask!(0 1 2 3 4),
            multiply_limb!($top, 0, 0 1 2 3 4 5),
            multiply_limb!($top, 1, 1 2 3 4 5 0),
            multiply_limb!($top, 2, 2 3 4 5 0 1),
            multiply_limb!($top, 3, 3 4 5 0 1 2),
            multiply_limb!($top, 4, 4 5 0 1 2 3),
        )
    };
}

/// Adds the product of a factor's limbs `i` and `j` to the two limbs that it belongs to.
macro_rules! multiply_limbs {
    ($i:literal $j:literal, $low:literal $high:literal) => {
        concat!(
            both!("vmovdqa64", i, (a $i)),
            both!("vpmadd52luq", (t $low), i, (a $j)),
            both!("vpmadd52huq", (t $high), i, (a $j)),
        )
    };
}

/// Adds 2^52 - 1.
macro_rules! add_mask {
    ($($k:literal)*) => { concat!($(both!("vpaddq", (t $k), (t $k), mask)),*) };
}

/// Two squares, in limbs 5 to 9.
macro_rules! squares {
    ($top:tt) => {
        concat!(
            mask!(0),
            zero!(1 2 3 4 5 6 7 8 9),
            // The products of different limbs once each, then doubled, and the squares: below 2^56 a limb. What the lower limbs
            // need goes first, so that clearing them can begin.
            multiply_limbs!(0 1, 1 2),
            multiply_limbs!(0 2, 2 3),
            multiply_limbs!(1 2, 3 4),
            multiply_limbs!(0 3, 3 4),
            multiply_limbs!(0 4, 4 5),
            multiply_limbs!(1 3, 4 5),
            double!(1 2 3 4),
            add_mask!(1 2 3 4),
            multiply_limbs!(0 0, 0 1),
            multiply_limbs!(1 1, 2 3),
            multiply_limbs!(1 4, 5 6),
            multiply_limbs!(2 3, 5 6),
            multiply_limbs!(2 4, 6 7),
            multiply_limbs!(3 4, 7 8),
            double!(5 6 7 8),
            multiply_limbs!(2 2, 4 5),
            clear_lowest!($top, 0 1 2 3 4 5),
            multiply_limbs!(3 3, 6 7),
            clear_lowest!($top, 1 2 3 4 5 6),
            multiply_limbs!(4 4, 8 9),
            clear_lowest!($top, 2 3 4 5 6 7),
            clear_lowest!($top, 3 4 5 6 7 8),
            clear_lowest!($top, 4 5 6 7 8 9),
        )
    };
}

impl Field {
    /// a·b/R of two pairs, below 2p, limbs below 2^57; the factors' bounds as in [`Self::mul`], of which these are two.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    #[expect(unsafe_code, reason = "the order of the instructions is what this is about")]
    pub(super) fn two_products(&self, a: [&Factor; 2], b: [&Factor; 2]) -> [[__m512i; 5]; 2] {
        let [p0, p1, p2, _, p4] = self.modulus;
        let mask = _mm512_set1_epi64(LIMB_MASK as i64);
        let (x0, x1, x2, x3, x5): (__m512i, __m512i, __m512i, __m512i, __m512i);
        let (y0, y1, y2, y3, y5): (__m512i, __m512i, __m512i, __m512i, __m512i);
        macro_rules! run {
            ($top:tt) => {
                // SAFETY: the instructions are those of the features above. Of memory they read the five vectors of each factor,
                // which are aligned as the type says, and write none; all registers that they write are named.
                unsafe {
                    asm!(
                        products!($top),
                        xa = in(reg) a[0].0.as_ptr(), ya = in(reg) a[1].0.as_ptr(),
                        xb = in(reg) b[0].0.as_ptr(), yb = in(reg) b[1].0.as_ptr(),
                        in("zmm24") self.inverse, in("zmm25") mask,
                        in("zmm26") p0, in("zmm27") p1, in("zmm28") p2, in("zmm29") p4,
                        out("zmm0") x0, out("zmm1") x1, out("zmm2") x2, out("zmm3") x3, out("zmm4") _, out("zmm5") x5,
                        out("zmm10") y0, out("zmm11") y1, out("zmm12") y2, out("zmm13") y3, out("zmm14") _, out("zmm15") y5,
                        out("zmm20") _, out("zmm21") _, out("zmm22") _, out("zmm23") _,
                        options(pure, readonly, nostack, preserves_flags),
                    );
                }
            };
        }
        if self.top_by_products {
            run!(products)
        } else {
            run!(shifts)
        }
        [[x5, x0, x1, x2, x3], [y5, y0, y1, y2, y3]]
    }

    /// a²/R of two elements, below 2p, limbs below 2^57; bounds of a as in [`Self::mul`].
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    #[expect(unsafe_code, reason = "the order of the instructions is what this is about")]
    pub(super) fn two_squares(&self, a: [&Factor; 2]) -> [[__m512i; 5]; 2] {
        let [p0, p1, p2, _, p4] = self.modulus;
        let mask = _mm512_set1_epi64(LIMB_MASK as i64);
        let (x5, x6, x7, x8, x9): (__m512i, __m512i, __m512i, __m512i, __m512i);
        let (y5, y6, y7, y8, y9): (__m512i, __m512i, __m512i, __m512i, __m512i);
        macro_rules! run {
            ($top:tt) => {
                // SAFETY: as above.
                unsafe {
                    asm!(
                        squares!($top),
                        xa = in(reg) a[0].0.as_ptr(), ya = in(reg) a[1].0.as_ptr(),
                        in("zmm24") self.inverse, in("zmm25") mask,
                        in("zmm26") p0, in("zmm27") p1, in("zmm28") p2, in("zmm29") p4,
                        out("zmm0") _, out("zmm1") _, out("zmm2") _, out("zmm3") _, out("zmm4") _,
                        out("zmm5") x5, out("zmm6") x6, out("zmm7") x7, out("zmm8") x8, out("zmm9") x9,
                        out("zmm10") _, out("zmm11") _, out("zmm12") _, out("zmm13") _, out("zmm14") _,
                        out("zmm15") y5, out("zmm16") y6, out("zmm17") y7, out("zmm18") y8, out("zmm19") y9,
                        out("zmm20") _, out("zmm21") _, out("zmm22") _, out("zmm23") _,
                        options(pure, readonly, nostack, preserves_flags),
                    );
                }
            };
        }
        if self.top_by_products {
            run!(products)
        } else {
            run!(shifts)
        }
        [[x5, x6, x7, x8, x9], [y5, y6, y7, y8, y9]]
    }
}
