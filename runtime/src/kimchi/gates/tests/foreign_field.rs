//! `ForeignFieldAdd` and `ForeignFieldMul`, for moduli of 256 bits.

use num_bigint::BigInt;

use super::*;

fn modulus() -> impl Strategy<Value = BigUint> {
    any::<[u8; 32]>().prop_map(|mut bytes| {
        bytes[31] |= 0x80;
        BigUint::from_bytes_le(&bytes)
    })
}

fn number() -> impl Strategy<Value = BigUint> {
    any::<[u8; 32]>().prop_map(|bytes| BigUint::from_bytes_le(&bytes))
}

fn limbs(value: &BigUint) -> [BigUint; 3] {
    let mask = (BigUint::from(1u32) << 88) - 1u32;
    [0, 88, 176].map(|bits| (value >> bits) & &mask)
}

fn limb_elements(value: &BigUint) -> [Fp; 3] {
    limbs(value).each_ref().map(element)
}

/// -1, 0 or 1.
fn sign(value: &BigInt) -> Fp {
    match i8::try_from(value) {
        Ok(0) => Fp::from(0u8),
        Ok(1) => Fp::from(1u8),
        Ok(-1) => -Fp::from(1u8),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn foreign_field_add(
        modulus in modulus(), a in number(), b in number(), subtract: bool, filler in field(), delta in delta(),
    ) {
        let (a, b) = (a % &modulus, b % &modulus);
        let s = BigInt::from(if subtract { -1 } else { 1 });
        let f = BigInt::from(modulus.clone());
        let result = BigInt::from(a.clone()) + &s * BigInt::from(b.clone());
        let overflow = if result < BigInt::ZERO || result >= f { s.clone() } else { BigInt::ZERO };
        let r = (result - &overflow * f).to_biguint().unwrap();
        let low = |x: &BigUint| BigInt::from(x & ((BigUint::from(1u32) << 176) - 1u32));
        let carry = (low(&a) + &s * low(&b) - &overflow * low(&modulus) - low(&r)) >> 176;

        let curr = [&limb_elements(&a)[..], &limb_elements(&b), &[sign(&overflow), sign(&carry)]].concat();
        let coeff = [&limb_elements(&modulus)[..], &[sign(&s)]].concat();
        let rows = Rows::new(&curr, &limb_elements(&r), &coeff, filler);
        // Without overflow the modulus is not subtracted.
        let free_coeff: Vec<usize> =
            if overflow == BigInt::ZERO { (0..COLUMNS).filter(|&col| col != 3).collect() } else { from(4).to_vec() };
        let free = Free { curr: from(8), next: from(3), coeff: &free_coeff };
        check(GateType::ForeignFieldAdd, &step_constants(), &rows, &free, delta)?;
    }

    #[test]
    fn foreign_field_mul(
        modulus in modulus(), a in number(), b in number(), filler in field(), delta in delta(),
    ) {
        let (a, b) = (a % &modulus, b % &modulus);
        let (quotient, r) = ((&a * &b) / &modulus, (&a * &b) % &modulus);
        prop_assume!(!quotient.is_zero());
        let negated = (BigUint::from(1u32) << 264) - &modulus;
        let ([a0, a1, a2], [b0, b1, b2]) = (limbs(&a), limbs(&b));
        let ([q0, q1, q2], [n0, n1, n2]) = (limbs(&quotient), limbs(&negated));
        let [r0, r1, r2] = limbs(&r);
        let f2 = &limbs(&modulus)[2];
        let limb = BigUint::from(1u32) << 88;

        let p0 = &a0 * &b0 + &q0 * &n0;
        let p1 = &a0 * &b1 + &a1 * &b0 + &q0 * &n1 + &q1 * &n0;
        let p2 = &a0 * &b2 + &a2 * &b0 + &a1 * &b1 + &q0 * &n2 + &q2 * &n0 + &q1 * &n1;
        let (p10, p11) = (&p1 % &limb, &p1 / &limb);
        let r01 = &r0 + &r1 * &limb;
        let v0 = (&p0 + &p10 * &limb - &r01) >> 176;
        let v1 = (&p2 + &p11 + &v0 - &r2) >> 88;
        let bound = &q2 + &limb - f2 - 1u32;

        let k = digits(v1, &[&[12; 7], &[2; 3][..], &[1]].concat());
        let curr = [
            &[&a0, &a1, &a2, &b0, &b1, &b2, &p10].map(element),
            &k[..4],
            &k[7..],
        ].concat();
        let next = [
            &[&r01, &r2, &q0, &q1, &q2, &bound, &(&p11 % &limb), &(&p11 / &limb)].map(element),
            &k[4..7],
            &[element(&v0)],
        ].concat();
        let coeff = [f2, &n0, &n1, &n2].map(element);
        let rows = Rows::new(&curr, &next, &coeff, filler);
        let free = Free { curr: &[], next: from(12), coeff: from(4) };
        check(GateType::ForeignFieldMul, &step_constants(), &rows, &free, delta)?;
    }
}
