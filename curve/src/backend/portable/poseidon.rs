//! Poseidon's permutation.

use super::Lazy;
#[cfg(target_arch = "x86_64")]
use super::quads;
use crate::field::Fp;
use crate::poseidon::{SpongeField, WIDTH, legacy};

/// Four states take about as long in vectors as two one after the other.
#[cfg(target_arch = "x86_64")]
const MIN_STATES: usize = 3;

/// x⁷ in four multiplications: for x below 2p, so are x², x³, x⁴ and x⁷, but for 2^-124 of it.
#[inline(always)]
fn s_box<F: SpongeField>(x: Lazy<F>) -> Lazy<F> {
    let x2 = x.square();
    let x3 = x2.mul(x);
    x2.square().mul(x3)
}

/// Poseidon's permutation: in each of the rounds the S-box on every element, the MDS matrix, the round constants.
pub(crate) fn permute<F: SpongeField>(state: &mut [F; WIDTH]) {
    let mds = F::mds();
    let mut lazy = state.map(Lazy::new);
    for constants in F::round_constants() {
        let s = lazy.map(s_box);
        lazy = core::array::from_fn(|i| Lazy::dot3_plus(&mds[i], &s, constants[i]));
    }
    *state = lazy.map(Lazy::reduce);
}

/// [`permute`] of every state: four at a time where there are vectors for that.
pub(crate) fn permute_many<F: SpongeField>(states: &mut [[F; WIDTH]]) {
    #[cfg(target_arch = "x86_64")]
    if quads::is_available() {
        for states in states.chunks_mut(quads::LANES) {
            if states.len() < MIN_STATES {
                states.iter_mut().for_each(permute);
            } else {
                // SAFETY: the machine has the instructions.
                #[expect(
                    unsafe_code,
                    reason = "a function that is compiled for instructions not every machine has"
                )]
                unsafe {
                    quads::permute_few(states);
                }
            }
        }
        return;
    }
    states.iter_mut().for_each(permute);
}

/// Poseidon's permutation with the legacy parameters: constants, then in each of the rounds the S-box x⁵ on every element, the
/// MDS matrix, constants.
pub(crate) fn permute_legacy(state: &mut [Fp; WIDTH]) {
    let [first, rounds @ ..] = &legacy::ROUND_CONSTANTS;
    let mut lazy = core::array::from_fn(|i| Lazy::new(state[i] + first[i]));
    for constants in rounds {
        // Three multiplications, with bounds as in `s_box`.
        let s = lazy.map(|x| x.square().square().mul(x));
        lazy = core::array::from_fn(|i| Lazy::dot3_plus(&legacy::MDS[i], &s, constants[i]));
    }
    *state = lazy.map(Lazy::reduce);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{AdditiveGroup, PrimeField};

    /// Test vectors of proof-systems (`poseidon/tests/test_vectors/legacy.json`): what is squeezed after these were absorbed.
    const LEGACY: [(&[&str], &str); 3] = [
        (&[], "1b3251b6912d82edc78bbb0a5c88f0c6fde1781bc3e654123fa6862a4c63e617"),
        (
            &["f2eee8d8f6e5fb182c610cae6c5393fce69dc4d900e7b4923b074e54ad00fb36"],
            "e99262048e717745fdcd602a3b527e9e7c2e5ba5894158084e2f2e2cb142643d",
        ),
        (
            &[
                "bd3f1c8f183ceedea15080edbe79d30bd7d613b86bf2ba12007091c60ae39337",
                "65e4f04ab87706bab06d13c7eee0a7807d0b8ce268b4ece6aab1e0508ec9c42f",
            ],
            "1f8f9d2fb9547d0254a1c0271ff40042a59927e82fd097d7fa723f8551e8c23a",
        ),
    ];

    #[test]
    fn legacy_hashes_are_those_published() {
        let element = |hex: &str| {
            let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
            Fp::from_le_bytes_mod_order(&(0..hex.len()).step_by(2).map(byte).collect::<Vec<_>>())
        };
        for (inputs, output) in LEGACY {
            let mut state = [Fp::ZERO; WIDTH];
            for (place, input) in state.iter_mut().zip(inputs) {
                *place += element(input);
            }
            permute_legacy(&mut state);
            assert_eq!(state[0], element(output));
        }
    }
}
