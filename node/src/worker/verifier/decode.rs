//! From a message to what the verifier verifies.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use quickpickle_runtime::curve::{Fp, KimchiCurve, ScalarField, VestaConfig};
use quickpickle_runtime::kimchi::index::VerifierIndex;
use quickpickle_runtime::kimchi::proof::Proof as Kimchi;
use quickpickle_runtime::limits::Limits;
use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::pickles::proof::ProofsVerified;
use quickpickle_runtime::verifier::OwnedTask;
use quickpickle_runtime::wire::kimchi::{proof_for_key_from_msgpack, public_input_from_bytes};
use quickpickle_runtime::wire::{DecodeError, binprot, o1js};

use crate::keys::{KeyFault, Prepared, PreparedKeys, generation};
use crate::proto::v1::kimchi_proof::Key;
use crate::proto::v1::network_proof::Proof as NetworkForm;
use crate::proto::v1::proof::Kind as ProofKind;
use crate::proto::v1::verdict::Kind;
use crate::proto::v1::{KimchiProof, NetworkProof, Proof, SideLoadedProof};

/// Keys that came with proofs and are kept ready: a program's key comes again with each of its proofs.
const KEPT_KEYS: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// A proof that was not verified, and what to say about it.
#[derive(Debug)]
pub(super) struct Undecided {
    pub(super) kind: Kind,
    pub(super) reason: String,
}

impl Undecided {
    fn malformed(reason: impl ToString) -> Self {
        Self { kind: Kind::Malformed, reason: reason.to_string() }
    }

    fn input(reason: impl ToString) -> Self {
        Self { kind: Kind::Input, reason: reason.to_string() }
    }
}

/// Decodes proofs, with the keys that they name or bring along.
pub(super) struct Decoder {
    keys: PreparedKeys,
    /// Keys that came along, by digest; of more than are kept the one goes that was not used for longest.
    kept: Mutex<LruCache<blake3::Hash, Prepared>>,
}

impl Decoder {
    pub(super) fn new(keys: PreparedKeys) -> Self {
        Self { keys, kept: Mutex::new(LruCache::new(KEPT_KEYS)) }
    }

    pub(super) fn decode(&self, proof: &Proof) -> Result<OwnedTask, Undecided> {
        match &proof.kind {
            Some(ProofKind::Network(proof)) => self.network(proof),
            Some(ProofKind::SideLoaded(proof)) => self.side_loaded(proof),
            Some(ProofKind::Kimchi(proof)) => self.kimchi(proof),
            None => Err(Undecided::malformed("a message without a proof")),
        }
    }

    fn named(&self, name: &str) -> Result<Prepared, Undecided> {
        let unknown = || {
            let name: String = name.chars().take(80).collect();
            Undecided::input(format!("the verifier has no key {name:?}"))
        };
        self.keys.get(name).cloned().ok_or_else(unknown)
    }

    fn network(&self, proof: &NetworkProof) -> Result<OwnedTask, Undecided> {
        let Prepared::Pickles(key) = self.named(&proof.key)? else {
            return Err(Undecided::input(format!(
                "the key {:?} is of a Kimchi circuit, not a network's",
                proof.key
            )));
        };
        let statement: Vec<Fp> = public_input_from_bytes::<VestaConfig>(&proof.statement)
            .map_err(|error| Undecided::input(format!("statement: {error}")))?;
        let proof = match &proof.proof {
            Some(NetworkForm::BinProt(bytes)) => binprot::proof_from_bytes(bytes),
            Some(NetworkForm::Base64(text)) => o1js::proof_from_base64(text, ProofsVerified::N2),
            None => return Err(Undecided::malformed("a message without a proof")),
        };
        let proof = Box::new(proof.map_err(Undecided::malformed)?);
        Ok(OwnedTask::Pickles { key, statement, proof })
    }

    fn side_loaded(&self, proof: &SideLoadedProof) -> Result<OwnedTask, Undecided> {
        let text = proof.key_json.as_bytes();
        let key = self.kept("side-loaded", text, || {
            let (key, _) = o1js::verification_key_from_json(text)?;
            Ok(Prepared::Pickles(Arc::new(PreparedKey::new(key)?)))
        })?;
        let Prepared::Pickles(key) = key else { return Err(Undecided::input("not a side-loaded key")) };
        let proof = o1js::proof_from_json(&proof.proof_json).map_err(Undecided::malformed)?;
        Ok(proof.into_task(key))
    }

    fn kimchi(&self, proof: &KimchiProof) -> Result<OwnedTask, Undecided> {
        let key = match &proof.key {
            Some(Key::KeyName(name)) => self.named(name)?,
            Some(Key::Index(key)) => {
                let generation = generation(key);
                let kind = if key.berkeley { "kimchi, berkeley" } else { "kimchi" };
                self.kept(kind, &key.index, || Prepared::kimchi(&key.index, generation))?
            }
            None => return Err(Undecided::input("a message without a key")),
        };
        match key {
            Prepared::Vesta(key) => {
                let (proof, public_input) = kimchi_parts(proof, key.index())?;
                Ok(OwnedTask::Vesta { key, public_input, proof })
            }
            Prepared::Pallas(key) => {
                let (proof, public_input) = kimchi_parts(proof, key.index())?;
                Ok(OwnedTask::Pallas { key, public_input, proof })
            }
            Prepared::Pickles(_) => Err(Undecided::input("the key is a network's, not of a Kimchi circuit")),
        }
    }

    /// The key with this serialisation, prepared unless it has been before.
    fn kept(
        &self,
        kind: &str,
        bytes: &[u8],
        prepare: impl FnOnce() -> Result<Prepared, KeyFault>,
    ) -> Result<Prepared, Undecided> {
        let digest = blake3::Hasher::new_derive_key(kind).update(bytes).finalize();
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = kept().get(&digest) {
            return Ok(key.clone());
        }
        // Not under the lock: other proofs are decoded meanwhile.
        let key = prepare().map_err(|fault| Undecided::input(format!("key: {fault}")))?;
        kept().put(digest, key.clone());
        Ok(key)
    }
}

/// The proof and its public input over the curve of the key.
#[expect(clippy::type_complexity, reason = "two parts of one message")]
fn kimchi_parts<C: KimchiCurve>(
    proof: &KimchiProof,
    key: &VerifierIndex<C>,
) -> Result<(Box<Kimchi<C>>, Vec<ScalarField<C>>), Undecided> {
    let public_input = public_input_from_bytes::<C>(&proof.public_input)
        .map_err(|error: DecodeError| Undecided::input(format!("public input: {error}")))?;
    let proof =
        proof_for_key_from_msgpack(&proof.proof, key, &Limits::default()).map_err(Undecided::malformed)?;
    Ok((Box::new(proof), public_input))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn the_key_that_was_not_used_for_longest_goes_first() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/o1js/n0-arith/vk.json");
        let (key, _) = o1js::verification_key_from_json(std::fs::read(path).unwrap()).unwrap();
        let key = Arc::new(PreparedKey::new(key).unwrap());
        let decoder = Decoder::new(PreparedKeys::default());
        let prepared = Cell::new(0);
        let ask = |number: usize| {
            let before = prepared.get();
            let prepare = || {
                prepared.set(before + 1);
                Ok(Prepared::Pickles(Arc::clone(&key)))
            };
            decoder.kept("a test", &number.to_le_bytes(), prepare).unwrap();
            prepared.get() > before
        };
        let count = KEPT_KEYS.get();
        assert!((0..count).all(&ask), "none is there before");
        // The first is used again, so that the second is the one to go.
        assert!(!ask(0));
        assert!(ask(count));
        assert!(!ask(0) && !ask(2) && ask(1));
    }
}
