//! What an account has that is a zkApp.

use std::sync::LazyLock;

use ark_ff::{AdditiveGroup as _, MontFp};
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::Fault;

use crate::hash::{Input, Prefix, ToInput};
use crate::zkapp_command::{DUMMY_KEY, HashedKey, uri_hash};

static ZKAPP: Prefix = Prefix::new("MinaZkappAccount");

/// Elements of a zkApp's state.
pub const APP_STATE: usize = 8;
/// Action states that are kept, the last ones.
pub const ACTION_STATES: usize = 5;

/// The action state before any action: squeezed after `MinaZkappActionStateEmptyElt` was absorbed as one number.
const NO_ACTIONS: Fp =
    MontFp!("25079927036070901246064867767436987657692091363973573142121686150614948079097");
/// Bits that are packed into one element.
const ELEMENT_BITS: usize = 254;

/// What an account has that is a zkApp (`Zkapp_account.Stable.V2`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zkapp {
    /// The state.
    pub app_state: [Fp; APP_STATE],
    /// The key that its proofs are verified with.
    pub verification_key: Option<HashedKey>,
    /// A version, which nothing sets yet.
    pub zkapp_version: u32,
    /// The last action states, the newest first.
    pub action_state: [Fp; ACTION_STATES],
    /// The slot of the last action.
    pub last_action_slot: u32,
    /// Whether all of the state was set by proofs.
    pub proved_state: bool,
    /// A URI, of at most [`MAX_URI`](crate::zkapp_command::account_update::MAX_URI) bytes.
    pub zkapp_uri: Vec<u8>,
}

impl Default for Zkapp {
    /// That of an account without one, by which it is hashed.
    fn default() -> Self {
        Self {
            app_state: [Fp::ZERO; APP_STATE],
            verification_key: None,
            zkapp_version: 0,
            action_state: [NO_ACTIONS; ACTION_STATES],
            last_action_slot: 0,
            proved_state: false,
            zkapp_uri: Vec::new(),
        }
    }
}

impl Zkapp {
    /// The hash, which stands for it in the account's.
    pub fn hash(&self) -> Fp {
        ZKAPP.hash_input(&Input::of(self))
    }

    /// The hash that stands in an account without one.
    pub(super) fn hash_of_none() -> Fp {
        static DEFAULT: LazyLock<Fp> = LazyLock::new(|| Zkapp::default().hash());
        *DEFAULT
    }

    /// That no other one has the same hash.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if *self == Self::default() {
            return Err(Fault::Inconsistent("an empty zkApp hashes like none"));
        }
        if self.verification_key.as_ref().is_some_and(|key| key.hash() == DUMMY_KEY) {
            return Err(Fault::Inconsistent("the dummy verification key hashes like none"));
        }
        if uri_hashes_like_a_shorter_one(&self.zkapp_uri) {
            return Err(Fault::Inconsistent("the URI hashes like a shorter one"));
        }
        Ok(())
    }
}

impl ToInput for Zkapp {
    fn to_input(&self, input: &mut Input) {
        input.field(uri_hash(&self.zkapp_uri)).bit(self.proved_state).u32(self.last_action_slot);
        for state in self.action_state {
            input.field(state);
        }
        input.u32(self.zkapp_version);
        input.field(self.verification_key.as_ref().map_or(DUMMY_KEY, HashedKey::hash));
        for element in self.app_state {
            input.field(element);
        }
    }
}

/// Whether a URI without one of its bytes has the same hash.
///
/// Packing puts bits below those before them, so bits that are zero at the top of an element are the same as none. Of all
/// elements but the last the number of bits is known. In the last one, eight bits less are another URI's.
fn uri_hashes_like_a_shorter_one(uri: &[u8]) -> bool {
    let bits = uri.len() * 8;
    let before_last = bits / ELEMENT_BITS * ELEMENT_BITS;
    before_last + 8 <= bits && (before_last..before_last + 8).all(|bit| !has_bit(uri, bit))
}

fn has_bit(bytes: &[u8], bit: usize) -> bool {
    bytes.get(bit / 8).is_some_and(|byte| byte >> (bit % 8) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::PrimeField as _;
    use quickpickle_runtime::curve::{Affine, PallasConfig};
    use quickpickle_runtime::pickles::proof::{ProofsVerified, VerificationKey};
    use quickpickle_runtime::poseidon::Sponge;
    use quickpickle_runtime::wire::parts::blank_key;

    #[test]
    fn the_action_state_before_any_action_is_that_of_its_name() {
        let mut sponge = Sponge::<Fp>::new();
        sponge.absorb(&[Fp::from_le_bytes_mod_order(b"MinaZkappActionStateEmptyElt")]);
        assert_eq!(sponge.squeeze(), NO_ACTIONS);
    }

    /// Pickles' dummy: two proofs, and the generator for every commitment.
    fn dummy_key() -> VerificationKey {
        let y: Fp = MontFp!("12418654782883325593414442427049395787963493412651469444558597405572177144507");
        let generator = Affine::<PallasConfig>::new_unchecked(Fp::from(1u64), y);
        assert!(generator.is_on_curve());
        let mut key = blank_key();
        key.max_proofs_verified = ProofsVerified::N2;
        key.actual_wrap_domain_size = ProofsVerified::N2;
        key.sigma.fill(generator);
        key.coefficients.fill(generator);
        key.selectors.fill(generator);
        key
    }

    #[test]
    fn the_dummy_key_is_no_key() {
        assert_eq!(dummy_key().hash(), DUMMY_KEY);
        let zkapp = Zkapp {
            verification_key: Some(HashedKey::new(dummy_key())),
            zkapp_version: 1,
            ..Zkapp::default()
        };
        let without = Zkapp { verification_key: None, ..zkapp.clone() };
        assert_eq!(zkapp.hash(), without.hash());
        assert!(zkapp.check().is_err());
        assert_eq!(without.check(), Ok(()));
        assert!(Zkapp::default().check().is_err());
    }

    /// A URI of two elements whose second one begins with a byte of zeros, and the one without it.
    fn twins() -> (Vec<u8>, Vec<u8>) {
        // Bits 254 and 255 are the highest two of byte 31, then come the lowest six of byte 32.
        let (mut long, mut short) = (vec![b'a'; 31], vec![b'a'; 31]);
        long.extend(b"3@rest");
        short.extend(b"srest");
        (long, short)
    }

    #[test]
    fn uris_that_hash_alike_are_known() {
        let (long, short) = twins();
        assert_eq!(uri_hash(&long), uri_hash(&short));
        assert!(uri_hashes_like_a_shorter_one(&long));
        assert!(!uri_hashes_like_a_shorter_one(&short));
        for (twin, uri) in [(&b"\0"[..], &b""[..]), (b"\0uri", b"uri")] {
            assert_eq!(uri_hash(twin), uri_hash(uri));
            assert!(uri_hashes_like_a_shorter_one(twin), "{twin:?}");
            assert!(!uri_hashes_like_a_shorter_one(uri), "{uri:?}");
        }
        // The last element of 31 bytes is the first, of 32 bytes has two bits, and the one more.
        for uri in [&[b'a'; 31][..], &[0x3f; 32], &[b'@'; 33]] {
            assert!(!uri_hashes_like_a_shorter_one(uri), "{uri:?}");
        }
        assert_ne!(uri_hash(b"a\0"), uri_hash(b"a"));
    }
}
