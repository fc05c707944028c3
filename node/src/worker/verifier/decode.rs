//! From a message to what the verifier verifies.

use std::num::NonZeroUsize;
use std::sync::{Mutex, OnceLock, PoisonError};

use lru::LruCache;
use quickpickle_runtime::curve::{KimchiCurve, ScalarField, VestaConfig};
use quickpickle_runtime::kimchi::index::VerifierIndex;
use quickpickle_runtime::kimchi::proof::Proof as Kimchi;
use quickpickle_runtime::limits::Limits;
use quickpickle_runtime::pickles::proof::ProofsVerified;
use quickpickle_runtime::verifier::OwnedTask;
use quickpickle_runtime::wire::kimchi::{proof_for_key_from_msgpack, public_input_from_bytes};
use quickpickle_runtime::wire::{binprot, o1js};

use super::item::{Item, Undecided};
use super::mina::{Home, Objects};
use crate::keys::{KeyFault, Prepared, PreparedKeys, generation};
use crate::proto::v1::kimchi_proof::Key;
use crate::proto::v1::network_proof::Proof as NetworkForm;
use crate::proto::v1::proof::Kind as ProofKind;
use crate::proto::v1::shared_key::Kind as SharedKind;
use crate::proto::v1::side_loaded_proof::{Key as SideLoadedKey, Proof as SideLoadedForm};
use crate::proto::v1::{KimchiKey, KimchiProof, NetworkProof, Proof, SharedKey, SideLoadedProof};

/// Keys that came with proofs and are kept ready: a program's key comes again with each of its proofs.
const KEPT_KEYS: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// The key of a request's proofs that bring none along, prepared once.
#[derive(Debug)]
pub(super) struct Shared {
    key: SharedKey,
    prepared: OnceLock<Result<Prepared, Undecided>>,
}

impl Shared {
    pub(super) fn new(key: SharedKey) -> Self {
        Self { key, prepared: OnceLock::new() }
    }
}

/// Decodes proofs, with the keys that they name or bring along, and what of Mina's has some.
pub(super) struct Decoder {
    objects: Objects,
    keys: PreparedKeys,
    /// Of keys and statements that are not the node's own.
    limits: Limits,
    /// Keys that came along, by digest; of more than are kept the one goes that was not used for longest.
    kept: Mutex<LruCache<blake3::Hash, Prepared>>,
}

impl Decoder {
    pub(super) fn new(keys: PreparedKeys, home: Home, limits: Limits) -> Self {
        let objects = Objects::new(home);
        Self { objects, keys, limits, kept: Mutex::new(LruCache::new(KEPT_KEYS)) }
    }

    /// With no keys of its own.
    #[cfg(test)]
    pub(super) fn without_keys() -> Self {
        let keys = PreparedKeys::default();
        Self::new(keys, Home::default(), Limits::default())
    }

    pub(super) fn decode(&self, proof: &Proof, shared: Option<&Shared>) -> Result<Item, Undecided> {
        match &proof.kind {
            Some(ProofKind::Network(proof)) => self.network(proof).map(Item::proof),
            Some(ProofKind::SideLoaded(proof)) => self.side_loaded(proof, shared).map(Item::proof),
            Some(ProofKind::Kimchi(proof)) => self.kimchi(proof, shared).map(Item::proof),
            Some(ProofKind::Block(block)) => self.objects.block(block),
            Some(ProofKind::LedgerProof(proof)) => self.objects.ledger_proof(proof),
            Some(ProofKind::Command(command)) => self.objects.command(command),
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
        let statement = self.elements::<VestaConfig>("statement", &proof.statement)?;
        let proof = match &proof.proof {
            Some(NetworkForm::BinProt(bytes)) => binprot::proof_from_bytes(bytes),
            Some(NetworkForm::Base64(text)) => o1js::proof_from_base64(text, ProofsVerified::N2),
            None => return Err(Undecided::malformed("a message without a proof")),
        };
        let proof = Box::new(proof.map_err(Undecided::proof)?);
        Ok(OwnedTask::Pickles { key, statement, proof })
    }

    fn side_loaded(&self, proof: &SideLoadedProof, shared: Option<&Shared>) -> Result<OwnedTask, Undecided> {
        let key = match &proof.key {
            Some(SideLoadedKey::KeyJson(text)) => self.key_of_json(text)?,
            Some(SideLoadedKey::KeyBinProt(bytes)) => self.key_of_bin_prot(bytes)?,
            None => self.shared(shared)?,
        };
        let Prepared::Pickles(key) = key else {
            return Err(Undecided::input("the key is of a Kimchi circuit"));
        };
        let form = proof.proof.as_ref().ok_or_else(|| Undecided::malformed("a message without a proof"))?;
        let decoded = match form {
            SideLoadedForm::ProofJson(text) => {
                let decoded = o1js::proof_from_json(text).map_err(Undecided::proof)?;
                expect_length("public input", decoded.public_input().len(), proof.input_length)?;
                expect_length("public output", decoded.public_output().len(), proof.output_length)?;
                return Ok(decoded.into_task(key));
            }
            SideLoadedForm::ProofBinProt(bytes) => binprot::proof_from_bytes(bytes),
            SideLoadedForm::ProofBase64(text) => o1js::proof_from_base64(text, ProofsVerified::N2),
        };
        let statement = self.elements::<VestaConfig>("statement", &proof.statement)?;
        let both = proof.input_length.zip(proof.output_length);
        expect_length(
            "statement",
            statement.len(),
            both.map(|(input, output)| input.saturating_add(output)),
        )?;
        let proof = Box::new(decoded.map_err(Undecided::proof)?);
        Ok(OwnedTask::Pickles { key, statement, proof })
    }

    fn key_of_json(&self, text: &str) -> Result<Prepared, Undecided> {
        self.kept("side-loaded", text.as_bytes(), || {
            let (key, _) = o1js::verification_key_from_json(text)?;
            Prepared::pickles(key, &self.limits)
        })
    }

    fn key_of_bin_prot(&self, bytes: &[u8]) -> Result<Prepared, Undecided> {
        self.kept("side-loaded, bin_prot", bytes, || {
            Prepared::pickles(binprot::verification_key_from_bytes(bytes)?, &self.limits)
        })
    }

    fn key_of_kimchi(&self, key: &KimchiKey) -> Result<Prepared, Undecided> {
        let kind = if key.berkeley { "kimchi, berkeley" } else { "kimchi" };
        self.kept(kind, &key.index, || Prepared::foreign_kimchi(&key.index, generation(key), &self.limits))
    }

    fn shared(&self, shared: Option<&Shared>) -> Result<Prepared, Undecided> {
        let none = || Undecided::input("a message without a key");
        let Shared { key, prepared } = shared.ok_or_else(none)?;
        let prepare = || match key.kind.as_ref().ok_or_else(none)? {
            SharedKind::Json(text) => self.key_of_json(text),
            SharedKind::BinProt(bytes) => self.key_of_bin_prot(bytes),
            SharedKind::Kimchi(key) => self.key_of_kimchi(key),
        };
        prepared.get_or_init(prepare).clone()
    }

    /// Field elements from their bytes, as many as there may be.
    fn elements<C: KimchiCurve>(&self, what: &str, bytes: &[u8]) -> Result<Vec<ScalarField<C>>, Undecided> {
        let (count, most) = (bytes.len() / 32, self.limits.statement);
        if count > most {
            return Err(Undecided::input(format!(
                "{what}: {count} elements, where at most {most} are accepted"
            )));
        }
        public_input_from_bytes::<C>(bytes).map_err(|error| Undecided::other(what, &error))
    }

    fn kimchi(&self, proof: &KimchiProof, shared: Option<&Shared>) -> Result<OwnedTask, Undecided> {
        let key = match &proof.key {
            Some(Key::KeyName(name)) => self.named(name)?,
            Some(Key::Index(key)) => self.key_of_kimchi(key)?,
            None => self.shared(shared)?,
        };
        match key {
            Prepared::Vesta(key) => {
                let (proof, public_input) = self.kimchi_parts(proof, key.index())?;
                Ok(OwnedTask::Vesta { key, public_input, proof })
            }
            Prepared::Pallas(key) => {
                let (proof, public_input) = self.kimchi_parts(proof, key.index())?;
                Ok(OwnedTask::Pallas { key, public_input, proof })
            }
            Prepared::Pickles(_) => {
                Err(Undecided::input("the key is of a Pickles circuit, not of a Kimchi circuit"))
            }
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
        let key = prepare().map_err(|fault| Undecided::other("key", &fault))?;
        kept().put(digest, key.clone());
        Ok(key)
    }

    /// The proof and its public input over the curve of the key.
    #[expect(clippy::type_complexity, reason = "two parts of one message")]
    fn kimchi_parts<C: KimchiCurve>(
        &self,
        proof: &KimchiProof,
        key: &VerifierIndex<C>,
    ) -> Result<(Box<Kimchi<C>>, Vec<ScalarField<C>>), Undecided> {
        let public_input = self.elements::<C>("public input", &proof.public_input)?;
        let proof = proof_for_key_from_msgpack(&proof.proof, key, &self.limits).map_err(Undecided::proof)?;
        Ok((Box::new(proof), public_input))
    }
}

fn expect_length(what: &str, found: usize, expected: Option<u32>) -> Result<(), Undecided> {
    match expected {
        Some(expected) if expected as usize != found => Err(Undecided::input(format!(
            "the {what} has {found} elements, not the {expected} that are expected"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn the_key_that_was_not_used_for_longest_goes_first() {
        let file = quickpickle_vectors::read(&quickpickle_vectors::shipped("o1js/n0-arith/vk.json"));
        let (key, _) = o1js::verification_key_from_json(file).unwrap();
        let prepared_key = Prepared::pickles(key, &Limits::default()).unwrap();
        let decoder = Decoder::without_keys();
        let prepared = Cell::new(0);
        let ask = |number: usize| {
            let before = prepared.get();
            let prepare = || {
                prepared.set(before + 1);
                Ok(prepared_key.clone())
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
