//! Scalars a + bλ in base 8, with one digit for both halves.
//!
//! λ is a third root of unity, so that these are the integers ℤ[λ], whose units are ±1, ±λ and ±λ². A digit is zero or a unit
//! times one of eleven [representatives](VALUES), and a point's multiple by a unit costs one product at most: that of a point
//! by a scalar with halves of 127 bits needs its multiples by the representatives, and an addition every three bits. The 64 digits are
//! the classes modulo 8. But for four, four λ and their sum, which are their own opposites, a class is the multiple of one
//! representative by one unit.

/// Bits of each half in a digit.
pub(super) const WINDOW: usize = 3;

/// Digits of any two halves: 43 of three bits leave |half| ≤ 2^127/8^43 + 5/7 < 1.
pub(super) const DIGITS: usize = 43;

/// a and b of a + bλ, each in its class modulo 8 as short as they come.
const VALUES: [[i8; 2]; REPRESENTATIVES] =
    [[1, 0], [1, -1], [2, 0], [2, -2], [3, 0], [4, 0], [3, 1], [3, 2], [4, 1], [4, 3], [5, 2]];

pub(super) const REPRESENTATIVES: usize = 11;

/// How a representative comes of one before it.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Double,
    /// By adding this unit.
    Add(Digit),
}

/// Where each representative but the first, which is 1, comes from.
pub(super) const STEPS: [(usize, Step); REPRESENTATIVES - 1] = {
    let [one, lambda] = [Digit::new(0, 0, false), Digit::new(0, 1, false)];
    let [minus_lambda, minus_lambda_squared] = [Digit::new(0, 1, true), Digit::new(0, 2, true)];
    [
        (0, Step::Add(minus_lambda)),
        (0, Step::Double),
        (1, Step::Double),
        (2, Step::Add(one)),
        (2, Step::Double),
        (4, Step::Add(lambda)),
        (6, Step::Add(lambda)),
        (6, Step::Add(one)),
        (7, Step::Add(minus_lambda_squared)),
        (8, Step::Add(minus_lambda_squared)),
    ]
};

/// A digit: which representative it is a multiple of, and by which unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digit(u8);

impl Digit {
    pub(super) const ZERO: Self = Self(1 << 7);
    /// Bits of [`Self::to_byte`]: a unit below zero, and the power of λ that it has.
    pub(super) const NEGATIVE: u8 = 1 << 6;
    pub(super) const SECOND_POWER: u8 = 1 << 5;
    pub(super) const FIRST_POWER: u8 = 1 << 4;

    /// ±λ^`power` times a representative.
    const fn new(representative: usize, power: usize, is_negative: bool) -> Self {
        let power = [0, Self::FIRST_POWER, Self::SECOND_POWER][power];
        let sign = if is_negative { Self::NEGATIVE } else { 0 };
        Self(representative as u8 | power | sign)
    }

    #[inline]
    pub(super) const fn to_byte(self) -> u8 {
        self.0
    }

    #[inline]
    pub(super) const fn is_zero(self) -> bool {
        self.0 == Self::ZERO.0
    }

    /// Which of the representatives; of zero the first.
    #[inline]
    pub(super) fn representative(self) -> usize {
        usize::from(self.0 & 15)
    }
}

/// For each class a mod 8 + 8·(b mod 8) its digit, and what is carried: of a and of b one if the digit's is negative.
const CLASSES: [(Digit, [bool; 2]); 64] = {
    let mut classes = [(Digit::ZERO, [false; 2]); 64];
    let mut filled = 1;
    let mut representative = 0;
    while representative < REPRESENTATIVES {
        let [mut a, mut b] = VALUES[representative];
        let mut unit = 0;
        while unit < 6 {
            // The units by powers of -λ², and (-λ²)(a + bλ) = (a + bλ)(1 + λ) = (a - b) + aλ.
            let class = (a & 7) as usize | ((b & 7) as usize) << 3;
            if classes[class].0.is_zero() {
                classes[class] = (Digit::new(representative, 2 * unit % 3, unit % 2 == 1), [a < 0, b < 0]);
                filled += 1;
            }
            (a, b) = (a - b, a);
            unit += 1;
        }
        representative += 1;
    }
    assert!(filled == 64, "every class has a digit");
    classes
};

/// The digits of a + bλ, least significant first.
#[inline]
pub(super) fn digits([mut a, mut b]: [i128; 2]) -> [Digit; DIGITS] {
    core::array::from_fn(|_| {
        let (digit, carries) = CLASSES[(a & 7) as usize | ((b & 7) as usize) << 3];
        // Rounded down, and one more if the digit is below zero.
        a = (a >> WINDOW) + i128::from(carries[0]);
        b = (b >> WINDOW) + i128::from(carries[1]);
        digit
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigInt;
    use proptest::prelude::*;

    fn value(digit: Digit) -> [i8; 2] {
        if digit.is_zero() {
            return [0; 2];
        }
        let [mut a, mut b] = VALUES[digit.representative()];
        let bits = digit.to_byte();
        // λ² = -1 - λ
        if bits & Digit::FIRST_POWER != 0 {
            (a, b) = (-b, a - b);
        }
        if bits & Digit::SECOND_POWER != 0 {
            (a, b) = (b - a, -a);
        }
        if bits & Digit::NEGATIVE != 0 { [-a, -b] } else { [a, b] }
    }

    #[test]
    fn steps_give_the_representatives() {
        let mut values = vec![[1, 0]];
        for (from, step) in STEPS {
            let [a, b] = values[from];
            let [c, d] = match step {
                Step::Double => [a, b],
                Step::Add(unit) => value(unit),
            };
            values.push([a + c, b + d]);
        }
        assert_eq!(values, VALUES);
    }

    proptest! {
        #[test]
        fn digits_recombine(a: i128, b: i128, shift in 0u32..128) {
            for halves in [[a, b], [i128::MIN, b >> shift], [a >> shift, i128::MAX], [a >> 126, b >> 126]] {
                let mut sums = [BigInt::ZERO, BigInt::ZERO];
                for digit in digits(halves).into_iter().rev() {
                    for (sum, value) in sums.iter_mut().zip(value(digit)) {
                        *sum = (&*sum << WINDOW) + value;
                    }
                }
                assert_eq!(sums, halves.map(BigInt::from));
            }
        }
    }
}
