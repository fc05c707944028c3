//! A lane for each state, a vector for each place of it.

use std::sync::OnceLock;

use super::super::affine::LANES;
use super::super::field::{Elements, Field, Limbs, everywhere, from_words, split};
use super::limbs;
use super::scaled::Scaled;
use crate::field::{Fp, PastaField as _};
use crate::poseidon::{ROUNDS, SpongeField, WIDTH};

/// The parameters with 2^260.
struct Parameters {
    /// Products with it make 2^260 of 2^256.
    begin: [Limbs; WIDTH],
    rows: [[Limbs; WIDTH - 1]; WIDTH],
    rounds: [[Limbs; WIDTH]; ROUNDS],
    /// Products with it make 2^256 of 2^260.
    end: [Limbs; WIDTH],
}

impl Parameters {
    fn of<F: SpongeField>() -> &'static Self {
        // Of Fp, of Fq.
        static ALL: [OnceLock<Parameters>; 2] = [const { OnceLock::new() }; 2];
        ALL[usize::from(F::LOW != Fp::LOW)].get_or_init(|| {
            let scaled = Scaled::<F>::new();
            Self {
                begin: scaled.begin.map(|factor| split(&(factor * F::from(1u64 << 8)).to_limbs())),
                rows: scaled.rows.each_ref().map(|row| row.each_ref().map(limbs)),
                rounds: scaled.rounds.each_ref().map(|constants| constants.each_ref().map(limbs)),
                end: scaled.end.map(|factor| split(&factor.to_limbs())),
            }
        })
    }
}

/// The permutation of up to eight states in each of `N` vectors.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn permute<F: SpongeField, const N: usize>(states: &mut [[F; WIDTH]]) {
    let field = Field::new::<F>();
    let parameters = Parameters::of::<F>();
    let mut rows = [[field.one; WIDTH - 1]; WIDTH];
    for (row, limbs) in rows.iter_mut().flatten().zip(parameters.rows.iter().flatten()) {
        *row = Elements(everywhere(*limbs));
    }
    let mut vectors = [[field.one; N]; WIDTH];
    for (place, vectors) in vectors.iter_mut().enumerate() {
        for (n, vector) in vectors.iter_mut().enumerate() {
            let mut words = [[0u64; LANES]; 4];
            for (lane, state) in states.iter().skip(n * LANES).take(LANES).enumerate() {
                for (words, limb) in words.iter_mut().zip(state[place].to_limbs()) {
                    words[lane] = limb;
                }
            }
            let begin = Elements(everywhere(parameters.begin[place]));
            *vector = field.mul(&from_words(words.map(bytemuck::cast)), &begin);
        }
    }
    for constants in &parameters.rounds {
        // x⁷ in four multiplications: x is below 4.2p, and all products below 1.3p.
        for x in &mut vectors {
            let squares = field.square_factors(Elements::factors(x));
            let cubes = field.mul_factors(squares.each_ref(), Elements::factors(x));
            let fourths = field.square_factors(squares.each_ref());
            *x = field.mul_each(fourths.each_ref(), cubes.each_ref());
        }
        let [a, b, c] = &vectors;
        let s: [[&Elements; WIDTH - 1]; N] = core::array::from_fn(|n| [&b[n], &c[n]]);
        let mut next = vectors;
        for ((next, row), constant) in next.iter_mut().zip(&rows).zip(constants) {
            *next = field.dots_plus(row, &s, &a.each_ref(), &Elements(everywhere(*constant)));
        }
        vectors = next;
    }
    for (place, vectors) in vectors.iter().enumerate() {
        for (n, vector) in vectors.iter().enumerate() {
            let end = Elements(everywhere(parameters.end[place]));
            let words: [[u64; LANES]; 4] = field.to_words(&field.mul(vector, &end)).map(bytemuck::cast);
            for (lane, state) in states.iter_mut().skip(n * LANES).take(LANES).enumerate() {
                state[place] = F::from_limbs_unchecked(words.map(|words| words[lane]));
            }
        }
    }
}
