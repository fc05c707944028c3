//! The kernels of vectors on a million cases each, edges among them: for a machine that has a minute, where every change runs some dozens.

use rand::Rng;
use rand::rngs::StdRng;

use super::*;
use crate::backend::{Backend, ifma};
use crate::field::{Fp, Fq, PastaField};
use crate::pasta::{PallasConfig, ScalarField, VestaConfig};
use crate::tensor::{LOW, Term};

const MILLION: usize = 1_000_000;

/// Calls `check` with a seed until it has answered for a million cases: it gives how many it has had.
fn a_million(check: impl Fn(&mut StdRng) -> usize) {
    assert!(Backend::Ifma.is_available(), "this machine has not the instructions");
    let (mut cases, mut seed) = (0, 0);
    while cases < MILLION {
        cases += check(&mut StdRng::seed_from_u64(seed));
        seed += 1;
    }
}

/// Zero, one, their neighbours, powers of two, and what is random.
fn element<F: PastaField>(rng: &mut StdRng) -> F {
    match rng.gen_range(0..12) {
        0 => F::ZERO,
        1 => F::ONE,
        2 => -F::ONE,
        3 => F::from(2u64).pow([rng.gen_range(0..256)]),
        4 => -F::from(2u64).pow([rng.gen_range(0..256)]),
        _ => F::rand(rng),
    }
}

#[test]
#[ignore = "takes a minute, and AVX-512 IFMA"]
fn additions() {
    fn check<C: KimchiCurve>(pairs: &[(i8, i8)]) {
        check_batches::<C>(pairs, ifma::add_assign, ifma::butterfly);
    }
    a_million(|rng| {
        // Often without equal or opposite pairs, which the vectors leave to the portable code.
        let (low, high) = if rng.r#gen() { (-100..0, 0..100) } else { (-3..4, -3..4) };
        let pairs: Vec<(i8, i8)> =
            (0..100).map(|_| (rng.gen_range(low.clone()), rng.gen_range(high.clone()))).collect();
        check::<PallasConfig>(&pairs);
        check::<VestaConfig>(&pairs);
        2 * pairs.len()
    });
}

#[test]
#[ignore = "takes a minute, and AVX-512 IFMA"]
fn multiples() {
    a_million(|rng| {
        let lanes: Vec<_> = (0..1000)
            .map(|_| (rng.gen_range(-3..=3), [rng.r#gen(), rng.r#gen()], rng.gen_range(0..6)))
            .collect();
        check_multiplication::<PallasConfig>(&lanes, ifma::mul_assign);
        check_multiplication::<VestaConfig>(&lanes, ifma::mul_assign);
        2 * lanes.len()
    });
}

#[test]
#[ignore = "takes a minute, and AVX-512 IFMA"]
fn entries_of_buckets() {
    a_million(|rng| {
        // Lists of one piece, and now and then of several.
        let longest = if rng.gen_bool(0.1) { 2000 } else { 60 };
        let mut length = || rng.gen_range(0..longest);
        let lengths: Vec<_> = (0..100).map(|_| [length(), length()]).collect();
        check_sums_of_buckets::<PallasConfig>(&lengths, rng.r#gen(), ifma::sum_buckets);
        check_sums_of_buckets::<VestaConfig>(&lengths, rng.r#gen(), ifma::sum_buckets);
        2 * lengths.as_flattened().iter().sum::<u32>() as usize
    });
}

#[test]
#[ignore = "takes a minute, and AVX-512 IFMA"]
fn buckets_by_digit() {
    a_million(|rng| {
        let filled = rng.gen_range(0..=512);
        check_sums_by_digit::<PallasConfig>(4, 512, filled, rng.r#gen(), ifma::sums_by_digit);
        check_sums_by_digit::<VestaConfig>(4, 512, filled, rng.r#gen(), ifma::sums_by_digit);
        2 * 4 * 512
    });
}

#[test]
#[ignore = "takes a minute, and AVX-512 IFMA"]
fn permutations() {
    a_million(|rng| {
        let count = rng.gen_range(1..100);
        check_permutations::<Fp>(count, rng.r#gen(), ifma::permute_many);
        check_permutations::<Fq>(count, rng.r#gen(), ifma::permute_many);
        2 * count
    });
}

#[test]
#[ignore = "takes some seconds, and AVX-512 IFMA"]
fn splits() {
    fn check<C: KimchiCurve>(rng: &mut StdRng) {
        let scalars: Vec<ScalarField<C>> = (0..1000).map(|_| element(rng)).collect();
        let [mut halves, mut expected] = [(); 2].map(|()| vec![[0; 2]; scalars.len()]);
        ifma::split_all::<C>(&scalars, &mut halves);
        portable::split_all::<C>(&scalars, &mut expected);
        assert_eq!(halves, expected);
    }
    a_million(|rng| {
        check::<PallasConfig>(rng);
        check::<VestaConfig>(rng);
        2000
    });
}

#[test]
#[ignore = "takes some seconds, and AVX-512 IFMA"]
fn coefficients_of_tensor_products() {
    fn check<F: PastaField>(rng: &mut StdRng) {
        let terms: Vec<_> = (0..rng.gen_range(1..6))
            .map(|_| {
                let mut some = |count| (0..count).map(|_| element(rng)).collect::<Vec<F>>();
                Term { high: some(4), low: some(LOW) }
            })
            .collect();
        let [mut sum, mut expected] = [(); 2].map(|()| vec![F::ZERO; 4 * LOW]);
        ifma::each_tensor_block(&terms, &mut sum, |block, sum| sum.copy_from_slice(block));
        portable::each_tensor_block(&terms, &mut expected, |block, sum| sum.copy_from_slice(block));
        assert!(sum == expected);
    }
    a_million(|rng| {
        check::<Fp>(rng);
        check::<Fq>(rng);
        2 * 4 * LOW
    });
}
