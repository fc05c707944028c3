//! The challenge polynomial b(X) = ∏ᵢ (1 + uᵢX^(2^(k-1-i))) of the challenges u₀ … u₍ₖ₋₁₎ of an inner-product argument:
//! what the generators are folded by (Halo, 2019/1021, section 3.2).

use ark_ff::{Field, PrimeField};
use quickpickle_curve::{TENSOR_LOW, TensorTerm};

/// The last challenges, whose products are the factors in a block.
const LOW_ROUNDS: usize = TENSOR_LOW.ilog2() as usize;

/// b(x).
pub fn evaluate<F: Field>(challenges: &[F], x: F) -> F {
    let mut power = x;
    let mut product = F::ONE;
    for u in challenges.iter().rev() {
        product *= F::ONE + power * u;
        power.square_in_place();
    }
    product
}

/// The coefficients of b, as many as 2 to the number of challenges.
pub fn coefficients<F: PrimeField>(challenges: &[F]) -> Vec<F> {
    products(challenges, F::ONE)
}

/// A challenge polynomial times its weight, as a tensor product of its coefficients' factors.
pub(super) fn tensor<F: PrimeField>(challenges: &[F], weight: F) -> TensorTerm<F> {
    // Coefficient i is the product of the challenges that the bits of i choose, the lowest bit the last challenge. It
    // is the product of a factor for the low bits and one for the high bits, which are far fewer.
    let (high, low) = challenges.split_at(challenges.len().saturating_sub(LOW_ROUNDS));
    TensorTerm { high: products(high, weight), low: products(low, F::ONE) }
}

/// `weight` times the products of all subsets of the challenges.
fn products<F: Field>(challenges: &[F], weight: F) -> Vec<F> {
    let mut products = Vec::with_capacity(1 << challenges.len());
    products.push(weight);
    for u in challenges.iter().rev() {
        products.extend_from_within(..);
        let half = products.len() / 2;
        for product in &mut products[half..] {
            *product *= u;
        }
    }
    products
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::Fp;
    use ark_ff::{UniformRand, Zero};
    use quickpickle_curve::tensor_sum;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn coefficients_are_those_of_the_polynomial() {
        let mut rng = StdRng::seed_from_u64(7);
        let x = Fp::rand(&mut rng);
        for rounds in [[0, 0], [1, 3], [7, 8], [8, 9], [4, 11], [11, 10]] {
            let challenges = rounds.map(|k| (0..k).map(|_| Fp::rand(&mut rng)).collect::<Vec<_>>());
            let weights = [Fp::rand(&mut rng), Fp::rand(&mut rng)];
            let size = 1 << rounds[0].max(rounds[1]);
            let combined = tensor_sum(&[0, 1].map(|i| tensor(&challenges[i], weights[i])), size);
            assert_eq!(combined.len(), size);
            let value = combined.iter().rev().fold(Fp::zero(), |sum, coefficient| sum * x + coefficient);
            let expected =
                weights[0] * evaluate(&challenges[0], x) + weights[1] * evaluate(&challenges[1], x);
            assert_eq!(value, expected);
        }
    }

    #[test]
    fn the_first_challenge_goes_with_the_highest_power() {
        let [u0, u1, x] = [3u64, 5, 7].map(Fp::from);
        assert_eq!(evaluate(&[u0, u1], x), (Fp::from(1u64) + u0 * x * x) * (Fp::from(1u64) + u1 * x));
        assert_eq!(tensor_sum(&[tensor(&[u0, u1], Fp::from(2u64))], 4), [2u64, 10, 6, 30].map(Fp::from));
    }
}
