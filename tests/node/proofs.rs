//! Proofs to verify: the shipped ones, and small ones of our own.

use std::path::Path;

use quickpickle::internals::curve::{Fp, KimchiCurve as _, VestaConfig};
use quickpickle::internals::kimchi::gates::Generation;
use quickpickle::wire::kimchi::{
    AnyFixture, fixture_from_msgpack, index_to_msgpack, proof_to_msgpack, public_input_to_bytes,
};
use quickpickle::wire::{binprot, o1js};
use quickpickle_node::keys::{KeyData, KeySet, NamedKey};
use quickpickle_node::proto::v1::verdict::Kind;
use quickpickle_node::proto::v1::{
    KimchiKey, KimchiProof, NetworkProof, Proof, SideLoadedProof, Verdict, VerifyRequest, Witness,
    kimchi_proof, network_proof, proof, side_loaded_proof, witness,
};
use quickpickle_prover::builder::poseidon_chain;
use quickpickle_prover::circuit::ConstraintSystem;
use quickpickle_prover::key::ProvingKey;
use quickpickle_prover::progress::silent;
use rand_core::OsRng;

/// The circuit of [`tiny`], on the command line.
pub const TINY: &str = "poseidon:1,srs=6";

fn read(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A file of a shipped o1js case.
pub fn text(case: &str, file: &str) -> String {
    String::from_utf8(read(&format!("o1js/{case}/{file}"))).expect("text")
}

/// A shipped o1js case.
pub fn side_loaded(case: &str) -> Proof {
    let [proof_json, key_json] = ["proof.json", "vk.json"].map(|file| text(case, file));
    side_loaded_of(&proof_json, &key_json)
}

/// An o1js proof of these texts.
pub fn side_loaded_of(proof_json: &str, key_json: &str) -> Proof {
    let proof = Some(side_loaded_proof::Proof::ProofJson(proof_json.to_owned()));
    let key = Some(side_loaded_proof::Key::KeyJson(key_json.to_owned()));
    Proof {
        kind: Some(proof::Kind::SideLoaded(SideLoadedProof { proof, key, ..SideLoadedProof::default() })),
    }
}

/// The proof of a shipped o1js case in the form that blocks carry.
pub fn proof_in_binprot(case: &str) -> Vec<u8> {
    binprot::proof_to_bytes(&o1js::proof_from_json(text(case, "proof.json")).expect("a proof").proof)
}

/// The key of a shipped o1js case under the name of a network's circuit, and its proof in the network's form.
pub fn network(case: &str, name: &str) -> (NamedKey, Proof) {
    let (key, _) = o1js::verification_key_from_json(text(case, "vk.json")).expect("a key");
    let data = KeyData::Pickles(binprot::verification_key_to_bytes(&key));
    let proof = o1js::proof_from_json(text(case, "proof.json")).expect("a proof");
    let network = NetworkProof {
        key: name.to_owned(),
        proof: Some(network_proof::Proof::BinProt(binprot::proof_to_bytes(&proof.proof).into())),
        statement: public_input_to_bytes::<VestaConfig>(proof.statement()).into(),
    };
    let key = NamedKey { name: name.parse().expect("a name"), data };
    (key, Proof { kind: Some(proof::Kind::Network(network)) })
}

/// A shipped Kimchi proof, with its key.
pub fn fixture(name: &str) -> Proof {
    let (proof, index, public_input) =
        match fixture_from_msgpack(&read(&format!("kimchi-circuits/{name}"))).expect("a fixture") {
            AnyFixture::Vesta(f) => (
                proof_to_msgpack(&f.proof),
                index_to_msgpack(&f.index),
                public_input_to_bytes::<VestaConfig>(&f.public_input),
            ),
            AnyFixture::Pallas(f) => {
                let public =
                    public_input_to_bytes::<quickpickle::internals::curve::PallasConfig>(&f.public_input);
                (proof_to_msgpack(&f.proof), index_to_msgpack(&f.index), public)
            }
        };
    let key = kimchi_proof::Key::Index(KimchiKey { index: index.into(), berkeley: false });
    kimchi(KimchiProof { proof: proof.into(), public_input: public_input.into(), key: Some(key) })
}

/// A proof of the kind that [`KimchiProof`] is.
pub fn kimchi(proof: KimchiProof) -> Proof {
    Proof { kind: Some(proof::Kind::Kimchi(proof)) }
}

/// The key set with the key of [`TINY`] under this name, and a proof by it.
pub fn tiny(name: &str) -> (KeySet, Proof) {
    let srs_log2 = 6;
    let (circuit, witness) = poseidon_chain(1, Fp::from(5u64), srs_log2);
    let tables = quickpickle::tables::baked();
    let system = ConstraintSystem::<VestaConfig>::new(circuit).expect("a circuit");
    let key = ProvingKey::generate(system, Generation::DistinctPoints, tables, &silent).expect("a key");
    let proof = key.prove(&witness, Vec::new(), tables, &mut OsRng, &silent).expect("a proof");
    let index = index_to_msgpack(key.verifier_index());
    let data = KeyData::Kimchi { index, generation: Generation::DistinctPoints };
    let keys = KeySet::new(vec![NamedKey { name: name.parse().expect("a name"), data }]).expect("a set");
    assert_eq!(VestaConfig::NAME, "vesta");
    let proof = KimchiProof {
        proof: proof_to_msgpack(&proof).into(),
        public_input: public_input_to_bytes::<VestaConfig>(&witness.columns[0][..2]).into(),
        key: Some(kimchi_proof::Key::KeyName(name.to_owned())),
    };
    (keys, kimchi(proof))
}

/// A keys file.
pub fn write_keys(folder: &Path, keys: &KeySet) -> String {
    let path = folder.join("keys.json");
    quickpickle_node::keys::write(&path, keys).expect("written");
    path.to_str().expect("a path of text").to_owned()
}

/// A witness by its number.
pub fn seed(number: u64) -> Option<Witness> {
    Some(Witness { kind: Some(witness::Kind::Seed(number)) })
}

/// A request for one proof.
pub fn verify(proof: &Proof) -> VerifyRequest {
    VerifyRequest { proof: Some(proof.clone()) }
}

/// The kind of a verdict.
pub fn kind(verdict: Option<Verdict>) -> Kind {
    verdict.expect("a verdict").kind()
}

/// The proof with the last byte of its public input altered.
pub fn altered(proof: &Proof) -> Proof {
    let Some(proof::Kind::Kimchi(mut kimchi)) = proof.kind.clone() else { panic!("a Kimchi proof") };
    let mut bytes = kimchi.public_input.to_vec();
    bytes[0] ^= 1;
    kimchi.public_input = bytes.into();
    self::kimchi(kimchi)
}
