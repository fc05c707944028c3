//! A lane for each state, a vector for each place of it.

use std::sync::OnceLock;

use super::super::affine::LANES;
use super::super::field::{Elements, Field, Limbs, everywhere};
use super::{limbs, lowered, raised};
use crate::field::{Fp, PastaField as _};
use crate::poseidon::{ROUNDS, SpongeField, WIDTH};

/// The parameters with 2^260.
struct Parameters {
    mds: [[Limbs; WIDTH]; WIDTH],
    rounds: [[Limbs; WIDTH]; ROUNDS],
}

impl Parameters {
    fn of<F: SpongeField>() -> &'static Self {
        // Of Fp, of Fq.
        static ALL: [OnceLock<Parameters>; 2] = [const { OnceLock::new() }; 2];
        ALL[usize::from(F::LOW != Fp::LOW)].get_or_init(|| Self {
            mds: F::mds().each_ref().map(|row| row.each_ref().map(limbs)),
            rounds: F::round_constants().each_ref().map(|constants| constants.each_ref().map(limbs)),
        })
    }
}

/// The permutation of up to eight states in each of `N` vectors.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn permute<F: SpongeField, const N: usize>(states: &mut [[F; WIDTH]]) {
    let field = Field::new::<F>();
    let Parameters { mds, rounds } = Parameters::of::<F>();
    let mut rows = [[field.one; WIDTH]; WIDTH];
    for (row, limbs) in rows.iter_mut().flatten().zip(mds.iter().flatten()) {
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
            *vector = raised::<F>(&field, &words);
        }
    }
    for constants in rounds {
        // x⁷ in four multiplications; all are below 2p.
        for x in &mut vectors {
            let squares = field.square_each(x.each_ref());
            let cubes = field.mul_each(squares.each_ref(), x.each_ref());
            let fourths = field.square_each(squares.each_ref());
            *x = field.mul_each(fourths.each_ref(), cubes.each_ref());
        }
        let [a, b, c] = &vectors;
        let s: [[&Elements; WIDTH]; N] = core::array::from_fn(|n| [&a[n], &b[n], &c[n]]);
        let mut next = vectors;
        for ((next, row), constant) in next.iter_mut().zip(&rows).zip(constants) {
            *next = field.dots_plus(row, &s, &Elements(everywhere(*constant)));
        }
        vectors = next;
    }
    for (place, vectors) in vectors.iter().enumerate() {
        for (n, vector) in vectors.iter().enumerate() {
            let words = lowered::<F>(&field, vector);
            for (lane, state) in states.iter_mut().skip(n * LANES).take(LANES).enumerate() {
                state[place] = F::from_limbs_unchecked(words.map(|words| words[lane]));
            }
        }
    }
}
