//! Sums of tensor products of vectors: Σₖ highₖ ⊗ lowₖ.
//!
//! The coefficients of a challenge polynomial are such a product, of the products of its last challenges and those of the others.
//! A sum over many polynomials is a product of two matrices: n terms of N coefficients cost nN products, but only N reductions,
//! and only 2√N elements a term lie in memory.

use crate::backend;
use crate::field::PastaField;

/// Elements of the low vector: as many coefficients go with one element of the high one.
pub const LOW: usize = 1 << 8;

/// A tensor product: coefficient `LOW`·i + j is `high[i]`·`low[j]`.
#[derive(Clone, Debug)]
pub struct Term<F> {
    /// The factors of whole blocks.
    pub high: Vec<F>,
    /// The factors in a block: [`LOW`] of them, or fewer where there is one block.
    pub low: Vec<F>,
}

/// The first `size` coefficients of the sum of all terms. What a term does not have counts as zero.
pub fn tensor_sum<F: PastaField>(terms: &[Term<F>], size: usize) -> Vec<F> {
    let mut sum = vec![F::ZERO; size];
    backend::each_tensor_block(terms, &mut sum, |block, sum| sum.copy_from_slice(block));
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Fp, Fq};
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    fn naive<F: PastaField>(terms: &[Term<F>], size: usize) -> Vec<F> {
        let of = |term: &Term<F>, place: usize| {
            let factors = (term.high.get(place / LOW), term.low.get(place % LOW));
            factors.0.zip(factors.1).map_or(F::ZERO, |(high, low)| *high * low)
        };
        (0..size).map(|place| terms.iter().map(|term| of(term, place)).sum()).collect()
    }

    fn equal<F: PastaField>(terms: &[Term<F>], size: usize) {
        assert!(tensor_sum(terms, size) == naive(terms, size), "{} terms, {size} coefficients", terms.len());
    }

    fn shapes<F: PastaField>() {
        let mut rng = StdRng::seed_from_u64(5);
        let mut term = |high, low| {
            let mut some = |length| (0..length).map(|_| F::rand(&mut rng)).collect::<Vec<_>>();
            Term { high: some(high), low: some(low) }
        };
        equal::<F>(&[], 100);
        let terms = [term(1, 1), term(1, 2), term(1, 9), term(4, LOW), term(1, LOW), term(3, LOW)];
        for size in [0, 1, 7, 8, 17, LOW, 2 * LOW + 5, 4 * LOW, 5 * LOW] {
            equal(&terms, size);
            equal(&terms[..3], size);
        }
        // More than are added up before a reduction.
        let many: Vec<_> = (0..260).map(|_| term(1, 20)).collect();
        equal(&many, 24);
    }

    #[test]
    fn it_is_the_sum_of_products() {
        shapes::<Fp>();
        shapes::<Fq>();
    }

    /// The largest limbs, in as many terms as are added up at once: no limb overflows, and no reduction is one too few.
    fn largest<F: PastaField>() {
        let top = -F::ONE;
        let limbs = F::from_limbs([u64::MAX, u64::MAX, u64::MAX, (1 << 62) - 1]).expect("below the modulus");
        for element in
            [top, limbs, F::ZERO, F::from_limbs([F::LOW[0] - 1, F::LOW[1], 0, 1 << 62]).expect("p - 1")]
        {
            for count in [1, 255, 256, 257] {
                let term = Term { high: vec![element], low: vec![element; 16] };
                equal(&vec![term; count], 16);
            }
        }
    }

    #[test]
    fn extremes() {
        largest::<Fp>();
        largest::<Fq>();
    }
}
