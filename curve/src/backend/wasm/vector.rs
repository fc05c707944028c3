//! Four 32-bit words, or eight 16-bit halves of them: WebAssembly's vectors of 128 bits, and the same in plain code where there are none.
//!
//! Words are signed, and so are halves. All operations wrap.

pub(super) use words::Words;

#[cfg(all(target_family = "wasm", target_feature = "simd128"))]
mod words {
    use core::arch::wasm32::*;

    /// Four words.
    #[derive(Clone, Copy, Debug)]
    pub(in super::super) struct Words(v128);

    impl Words {
        #[inline(always)]
        pub(in super::super) const fn new([a, b, c, d]: [i32; 4]) -> Self {
            Self(i32x4(a, b, c, d))
        }

        #[inline(always)]
        pub(in super::super) fn from_u64([a, b]: [u64; 2]) -> Self {
            Self(u64x2(a, b))
        }

        #[inline(always)]
        pub(in super::super) fn to_array(self) -> [i32; 4] {
            [
                i32x4_extract_lane::<0>(self.0),
                i32x4_extract_lane::<1>(self.0),
                i32x4_extract_lane::<2>(self.0),
                i32x4_extract_lane::<3>(self.0),
            ]
        }

        #[inline(always)]
        pub(in super::super) fn shl(self, bits: u32) -> Self {
            Self(i32x4_shl(self.0, bits))
        }

        #[inline(always)]
        pub(in super::super) fn shr(self, bits: u32) -> Self {
            Self(i32x4_shr(self.0, bits))
        }

        #[inline(always)]
        pub(in super::super) fn shr_unsigned(self, bits: u32) -> Self {
            Self(u32x4_shr(self.0, bits))
        }

        #[inline(always)]
        pub(in super::super) fn shr_halves(self, bits: u32) -> Self {
            Self(i16x8_shr(self.0, bits))
        }

        #[inline(always)]
        pub(in super::super) fn swap_halves(self) -> Self {
            Self(i16x8_shuffle::<1, 0, 3, 2, 5, 4, 7, 6>(self.0, self.0))
        }

        #[inline(always)]
        pub(in super::super) fn with_high_halves(self, other: Self) -> Self {
            Self(i16x8_shuffle::<0, 9, 2, 11, 4, 13, 6, 15>(self.0, other.0))
        }

        #[inline(always)]
        pub(in super::super) fn any_below(self, other: Self) -> bool {
            v128_any_true(i32x4_lt(self.0, other.0))
        }

        #[inline(always)]
        pub(in super::super) fn transpose(rows: [Self; 4]) -> [Self; 4] {
            let [a, b, c, d] = rows.map(|row| row.0);
            let [ab, cd] = [i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<0, 4, 1, 5>(c, d)];
            let [ab_high, cd_high] = [i32x4_shuffle::<2, 6, 3, 7>(a, b), i32x4_shuffle::<2, 6, 3, 7>(c, d)];
            [
                Self(i64x2_shuffle::<0, 2>(ab, cd)),
                Self(i64x2_shuffle::<1, 3>(ab, cd)),
                Self(i64x2_shuffle::<0, 2>(ab_high, cd_high)),
                Self(i64x2_shuffle::<1, 3>(ab_high, cd_high)),
            ]
        }
    }

    macro_rules! of_two {
        ($($name:ident: $instruction:ident,)*) => {
            impl Words {
                $(
                    #[inline(always)]
                    pub(in super::super) fn $name(self, other: Self) -> Self {
                        Self($instruction(self.0, other.0))
                    }
                )*
            }
        };
    }

    of_two! {
        plus: i32x4_add,
        and: v128_and,
        or: v128_or,
        xor: v128_xor,
        plus_halves: i16x8_add,
        minus_halves: i16x8_sub,
        times_halves: i16x8_mul,
        dot: i32x4_dot_i16x8,
    }
}

#[cfg(not(all(target_family = "wasm", target_feature = "simd128")))]
mod words {
    use core::array::from_fn;

    /// Four words.
    #[derive(Clone, Copy, Debug)]
    #[repr(align(16))]
    pub(in super::super) struct Words([i32; 4]);

    /// The low and the high half of a word.
    fn halves(word: i32) -> [i16; 2] {
        [word as i16, (word >> 16) as i16]
    }

    fn word([low, high]: [i16; 2]) -> i32 {
        i32::from(high) << 16 | i32::from(low as u16)
    }

    impl Words {
        pub(in super::super) const fn new(words: [i32; 4]) -> Self {
            Self(words)
        }

        pub(in super::super) fn from_u64([a, b]: [u64; 2]) -> Self {
            Self([a as i32, (a >> 32) as i32, b as i32, (b >> 32) as i32])
        }

        pub(in super::super) fn to_array(self) -> [i32; 4] {
            self.0
        }

        fn zip(self, other: Self, f: impl Fn(i32, i32) -> i32) -> Self {
            Self(from_fn(|i| f(self.0[i], other.0[i])))
        }

        fn zip_halves(self, other: Self, f: impl Fn(i16, i16) -> i16) -> Self {
            self.zip(other, |a, b| {
                let ([a0, a1], [b0, b1]) = (halves(a), halves(b));
                word([f(a0, b0), f(a1, b1)])
            })
        }

        pub(in super::super) fn plus(self, other: Self) -> Self {
            self.zip(other, i32::wrapping_add)
        }

        pub(in super::super) fn and(self, other: Self) -> Self {
            self.zip(other, |a, b| a & b)
        }

        pub(in super::super) fn or(self, other: Self) -> Self {
            self.zip(other, |a, b| a | b)
        }

        pub(in super::super) fn xor(self, other: Self) -> Self {
            self.zip(other, |a, b| a ^ b)
        }

        pub(in super::super) fn plus_halves(self, other: Self) -> Self {
            self.zip_halves(other, i16::wrapping_add)
        }

        pub(in super::super) fn minus_halves(self, other: Self) -> Self {
            self.zip_halves(other, i16::wrapping_sub)
        }

        pub(in super::super) fn times_halves(self, other: Self) -> Self {
            self.zip_halves(other, i16::wrapping_mul)
        }

        /// Of each word, the sum of the products of low halves and of high halves.
        pub(in super::super) fn dot(self, other: Self) -> Self {
            self.zip(other, |a, b| {
                let ([a0, a1], [b0, b1]) = (halves(a).map(i32::from), halves(b).map(i32::from));
                (a0 * b0).wrapping_add(a1 * b1)
            })
        }

        pub(in super::super) fn shl(self, bits: u32) -> Self {
            Self(self.0.map(|word| word << bits))
        }

        pub(in super::super) fn shr(self, bits: u32) -> Self {
            Self(self.0.map(|word| word >> bits))
        }

        pub(in super::super) fn shr_unsigned(self, bits: u32) -> Self {
            Self(self.0.map(|word| (word as u32 >> bits) as i32))
        }

        pub(in super::super) fn shr_halves(self, bits: u32) -> Self {
            Self(self.0.map(|both| word(halves(both).map(|half| half >> bits))))
        }

        pub(in super::super) fn swap_halves(self) -> Self {
            Self(self.0.map(|word| word.rotate_left(16)))
        }

        /// These low halves, and the high halves of others.
        pub(in super::super) fn with_high_halves(self, other: Self) -> Self {
            self.zip(other, |low, high| word([halves(low)[0], halves(high)[1]]))
        }

        /// Whether a word is below its counterpart.
        pub(in super::super) fn any_below(self, other: Self) -> bool {
            self.0.iter().zip(other.0).any(|(a, b)| *a < b)
        }

        /// The columns of four rows.
        pub(in super::super) fn transpose(rows: [Self; 4]) -> [Self; 4] {
            from_fn(|i| Self(from_fn(|j| rows[j].0[i])))
        }
    }
}
