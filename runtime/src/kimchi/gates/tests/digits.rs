//! The gates that take values apart: `RangeCheck0`, `RangeCheck1`, `Xor16` and `Rot64`.

use super::*;

/// A value of 88 bits.
fn limb() -> impl Strategy<Value = BigUint> {
    any::<[u8; 11]>().prop_map(|bytes| BigUint::from_bytes_le(&bytes))
}

proptest! {
    #[test]
    fn range_check0(v in limb(), next_v in limb(), compact: bool, filler in field(), delta in delta()) {
        let mut digits = digits(v.clone(), &[&[2; 8], &[12; 6][..]].concat());
        digits.reverse();
        let curr = [&[element(&v)], &digits[..]].concat();
        let joined = element(&(&v + (&next_v << 88)));
        let (next, coeff, free) = if compact {
            ([element(&next_v), joined], Fp::from(1u8), Free { curr: &[], next: from(2), coeff: from(0) })
        } else {
            ([filler, filler], Fp::from(0u8), Free { curr: &[], next: from(0), coeff: from(1) })
        };
        let rows = Rows::new(&curr, &next, &[coeff], filler);
        check(GateType::RangeCheck0, &step_constants(), &rows, &free, delta)?;
    }

    #[test]
    fn range_check1(v in limb(), filler in field(), delta in delta()) {
        let mut digits = digits(v.clone(), &[&[2; 19], &[12; 4][..], &[2]].concat());
        digits.reverse();
        let (in_curr, in_next) = digits.split_at(13);
        let curr = [&[element(&v), filler], in_curr].concat();
        let next = [&in_next[..3], &[filler; 4], &in_next[3..]].concat();
        let rows = Rows::new(&curr, &next, &[], filler);
        let free = Free { curr: &[1], next: &[3, 4, 5, 6], coeff: from(0) };
        check(GateType::RangeCheck1, &step_constants(), &rows, &free, delta)?;
    }

    #[test]
    fn xor16(x: u64, y: u64, filler in field(), delta in delta()) {
        let words = [x, y, x ^ y];
        let nibbles = words.map(|word| digits(BigUint::from(word & 0xffff), &[4; 4])).concat();
        let curr = [&words.map(Fp::from)[..], &nibbles].concat();
        let rows = Rows::new(&curr, &words.map(|word| Fp::from(word >> 16)), &[], filler);
        let free = Free { curr: &[], next: from(3), coeff: from(0) };
        check(GateType::Xor16, &step_constants(), &rows, &free, delta)?;
    }

    #[test]
    fn rot64(x: u64, rot in 0u32..64, filler in field(), delta in delta()) {
        let product = u128::from(x) << rot;
        let (excess, shifted) = ((product >> 64) as u64, product as u64);
        let bound = u128::from(excess) + (1 << 64) - (1 << rot);
        let mut digits = digits(BigUint::from(bound), &[&[2; 8], &[12; 4][..]].concat());
        digits.reverse();
        let curr = [&[x, x.rotate_left(rot), excess].map(Fp::from), &digits[..]].concat();
        let rows = Rows::new(&curr, &[Fp::from(shifted)], &[Fp::from(1u64 << rot)], filler);
        let free = Free { curr: &[], next: from(1), coeff: from(1) };
        check(GateType::Rot64, &step_constants(), &rows, &free, delta)?;
    }
}
