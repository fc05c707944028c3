//! A signer, for tests: what it does is not for secrets, as nothing of it runs in constant time.

use ark_ff::{BigInteger as _, PrimeField as _};
use quickpickle_mina::hash::LegacyInput;
use quickpickle_mina::key::CompressedKey;
use quickpickle_mina::network::NetworkId;
use quickpickle_mina::signature::{GENERATOR, Message, Signature};
use quickpickle_runtime::curve::{Affine, Fp, Fq, PallasConfig};

fn is_odd(element: Fp) -> bool {
    element.into_bigint().is_odd()
}

fn multiple(scalar: Fq) -> Affine<PallasConfig> {
    Affine::from(GENERATOR * scalar)
}

/// The public key of a secret one.
pub fn public(secret: Fq) -> CompressedKey {
    let point = multiple(secret);
    CompressedKey { x: point.x, is_odd: is_odd(point.y) }
}

/// The signature over a message with this key and nonce.
pub fn sign(network: &NetworkId, message: &Message, secret: Fq, nonce: Fq) -> Signature {
    let point = multiple(nonce);
    let nonce = if is_odd(point.y) { -nonce } else { nonce };
    Signature { r: point.x, s: nonce + challenge(network, message, secret, point.x) * secret }
}

/// The challenge of a message, a key and a nonce's x.
pub fn challenge(network: &NetworkId, message: &Message, secret: Fq, r: Fp) -> Fq {
    let key = multiple(secret);
    let tail = [key.x, key.y, r];
    let prefix = network.signature_prefix();
    let challenge = match message {
        Message::Elements(elements) => prefix.hash(&[elements.as_slice(), &tail].concat()),
        Message::Legacy(LegacyInput { fields, bits }) => prefix
            .hash_legacy(&LegacyInput { fields: [fields.as_slice(), &tail].concat(), bits: bits.clone() }),
    };
    Fq::from(challenge.into_bigint())
}
