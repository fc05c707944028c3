//! Prefixes: what kind of thing is hashed.
//!
//! Facts: Mina, `src/lib/hash_prefixes/hash_prefixes.ml`; `src/lib/random_oracle/random_oracle.ml` (`salt`, `hash`).

use std::sync::OnceLock;

use ark_ff::{AdditiveGroup as _, PrimeField as _};
use quickpickle_curve::{permute_legacy, permute_many};
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::poseidon::{RATE, WIDTH, permute};
use rayon::prelude::*;

use super::{Input, LegacyInput};

/// The characters of a prefix.
const LENGTH: usize = 20;

/// What a sponge holds.
type State = [Fp; WIDTH];

/// A kind of thing that is hashed: its name, and the sponges after the name was absorbed.
#[derive(Clone, Debug)]
pub struct Prefix {
    name: [u8; LENGTH],
    state: OnceLock<State>,
    legacy_state: OnceLock<State>,
}

impl Prefix {
    /// The prefix of a name, which is cut or filled up with stars to 20 characters.
    pub const fn new(name: &str) -> Self {
        let name = name.as_bytes();
        let mut padded = [b'*'; LENGTH];
        let mut at = 0;
        while at < name.len() && at < LENGTH {
            padded[at] = name[at];
            at += 1;
        }
        Self { name: padded, state: OnceLock::new(), legacy_state: OnceLock::new() }
    }

    /// The prefix as it is absorbed: its bytes as a number, the lowest first.
    pub fn element(&self) -> Fp {
        Fp::from_le_bytes_mod_order(&self.name)
    }

    /// The sponge after the name.
    fn absorbed(&self, permute: fn(&mut State)) -> State {
        let mut state = [self.element(), Fp::ZERO, Fp::ZERO];
        permute(&mut state);
        state
    }

    /// The hash of field elements. They have no padding: those that differ in a last zero up to an even number collide, so
    /// each kind of thing fixes how many there are.
    pub fn hash(&self, elements: &[Fp]) -> Fp {
        absorb(*self.state.get_or_init(|| self.absorbed(permute)), elements, permute)
    }

    /// The hashes of lists of elements of about the same length, side by side.
    pub fn hash_each(&self, lists: &[Vec<Fp>]) -> Vec<Fp> {
        let begin = *self.state.get_or_init(|| self.absorbed(permute));
        let share = lists.len().div_ceil(rayon::current_num_threads()).max(1);
        let together = lists.par_chunks(share);
        together.flat_map_iter(|lists| Self::hash_together(begin, lists)).collect()
    }

    /// As many permutations as the longest list needs, each of all states.
    fn hash_together(begin: State, lists: &[Vec<Fp>]) -> Vec<Fp> {
        let mut states = vec![begin; lists.len()];
        let mut hashes = vec![Fp::ZERO; lists.len()];
        for block in 0..lists.iter().map(|list| blocks(list)).max().unwrap_or(0) {
            states.iter_mut().zip(lists).for_each(|(state, list)| add_block(state, list, block));
            permute_many(&mut states);
            for ((hash, state), list) in hashes.iter_mut().zip(&states).zip(lists) {
                if block + 1 == blocks(list) {
                    *hash = state[0];
                }
            }
        }
        hashes
    }

    /// The hash of an input.
    pub fn hash_input(&self, input: &Input) -> Fp {
        self.hash(&input.to_fields())
    }

    /// The hash of an input with the legacy parameters.
    pub fn hash_legacy(&self, input: &LegacyInput) -> Fp {
        let state = *self.legacy_state.get_or_init(|| self.absorbed(permute_legacy));
        absorb(state, &input.to_fields(), permute_legacy)
    }
}

/// What is squeezed after elements were absorbed.
fn absorb(mut state: State, elements: &[Fp], permute: fn(&mut State)) -> Fp {
    for block in 0..blocks(elements) {
        add_block(&mut state, elements, block);
        permute(&mut state);
    }
    state[0]
}

/// How many blocks are absorbed; of no elements, one of zeros is.
fn blocks(elements: &[Fp]) -> usize {
    elements.len().div_ceil(RATE).max(1)
}

fn add_block(state: &mut State, elements: &[Fp], block: usize) {
    for (place, element) in state.iter_mut().zip(elements.iter().skip(block * RATE).take(RATE)) {
        *place += *element;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickpickle_runtime::poseidon::Sponge;

    #[test]
    fn a_prefix_is_a_block_of_its_own() {
        let prefix = Prefix::new("MinaProtoState");
        assert_eq!(&prefix.name, b"MinaProtoState******");
        assert_eq!(Prefix::new("a name of more than twenty").name, *b"a name of more than ");
        for count in 1..5u64 {
            let elements: Vec<Fp> = (1..=count).map(Fp::from).collect();
            let mut sponge = Sponge::new();
            sponge.absorb(&[prefix.element(), Fp::ZERO]);
            sponge.absorb(&elements);
            assert_eq!(prefix.hash(&elements), sponge.squeeze());
        }
        assert_eq!(prefix.hash(&[]), prefix.hash(&[Fp::ZERO]));
    }

    #[test]
    fn lists_side_by_side_have_their_own_hashes() {
        let prefix = Prefix::new("MainnetZkappBody");
        let list = |length: u64| (1..=length).map(|element| Fp::from(element + length)).collect();
        let lists: Vec<Vec<Fp>> =
            [3, 0, 7, 6, 1, 6, 2, 12, 5, 4, 9, 2, 2, 8, 1, 0, 6, 7, 3, 5].map(list).into();
        let hashes: Vec<Fp> = lists.iter().map(|list| prefix.hash(list)).collect();
        assert_eq!(prefix.hash_each(&lists), hashes);
        assert_eq!(prefix.hash_each(&[]), []);
    }
}
