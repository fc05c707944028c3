//! `Generic`, `Poseidon` and `EndoMulScalar`.

use ark_ff::{AdditiveGroup, Field};

use super::*;
use crate::poseidon::{ROUNDS, SpongeField, permute};

proptest! {
    #[test]
    fn generic(
        [l, r, o, l2, r2, o2] in proptest::array::uniform6(field::<Fp>()),
        c in proptest::array::uniform8(field::<Fp>()),
        filler in field(),
        delta in delta(),
    ) {
        let constant = -(c[0] * l + c[1] * r + c[2] * o + c[3] * l * r);
        let constant2 = -(c[4] * l2 + c[5] * r2 + c[6] * o2 + c[7] * l2 * r2);
        let coeff = [c[0], c[1], c[2], c[3], constant, c[4], c[5], c[6], c[7], constant2];
        let rows = Rows::new(&[l, r, o, l2, r2, o2], &[], &coeff, filler);
        let free = Free { curr: from(6), next: from(0), coeff: from(10) };
        check(GateType::Generic, &step_constants(), &rows, &free, delta)?;
    }

    /// The eleven rows of a whole permutation.
    #[test]
    fn poseidon(input in proptest::array::uniform3(field::<Fp>()), filler in field(), delta in delta()) {
        let mut states = vec![input];
        for constants in Fp::round_constants() {
            let powers = states.last().unwrap().map(|x| x.pow([7]));
            states.push(std::array::from_fn(|i| {
                (0..3).map(|j| Fp::mds()[i][j] * powers[j]).sum::<Fp>() + constants[i]
            }));
        }
        let mut expected = input;
        permute(&mut expected);
        prop_assert_eq!(states[ROUNDS], expected);

        for (row, rounds) in Fp::round_constants().chunks_exact(5).enumerate() {
            let state = |i: usize| states[5 * row + i];
            let curr = [state(0), state(4), state(1), state(2), state(3)].concat();
            let rows = Rows::new(&curr, &state(5), &rounds.concat(), filler);
            let free = Free { curr: &[], next: from(3), coeff: &[] };
            check(GateType::Poseidon, &step_constants(), &rows, &free, delta)?;
        }
    }

    #[test]
    fn endo_mul_scalar(
        [n, a, b] in proptest::array::uniform3(field::<Fp>()),
        pairs in proptest::array::uniform8(0u8..4),
        filler in field(),
        delta in delta(),
    ) {
        let (mut n_out, mut a_out, mut b_out) = (n, a, b);
        for pair in pairs {
            n_out = n_out * Fp::from(4u8) + Fp::from(pair);
            let step = if pair & 1 == 1 { Fp::from(1u8) } else { -Fp::from(1u8) };
            (a_out, b_out) = (a_out.double(), b_out.double());
            *(if pair & 2 == 2 { &mut a_out } else { &mut b_out }) += step;
        }
        let curr = [&[n, n_out, a, b, a_out, b_out], &pairs.map(Fp::from)[..]].concat();
        let rows = Rows::new(&curr, &[], &[], filler);
        let free = Free { curr: from(14), next: from(0), coeff: from(0) };
        check(GateType::EndoMulScalar, &step_constants(), &rows, &free, delta)?;
    }
}
