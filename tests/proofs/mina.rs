//! Proofs of Mina's networks: blocks, transaction snarks and zkApp proofs, valid and altered.
//!
//! The cases are in `../shared/vectors/mina` and may not be copied.

use crate::common::{read_json, report, root};
use quickpickle::wire::network::key_from_json;
use quickpickle::wire::{self, binprot};
use quickpickle::{ErrorKind, Fp, Hint, Network, NetworkProof, PreparedKey, Task, Verifier, VerifyError};
use quickpickle_srs_data::{NETWORK_KEYS, NetworkKeyFile};
use quickpickle_vectors::{entries, name, needs_whole_set, read, whole};
use rayon::prelude::*;
use std::path::Path;

needs_whole_set!(
    network_proofs_verify,
    altered_network_proofs_are_refused,
    every_element_of_the_statement_counts,
    a_rejected_proof_says_what_key_is_likely,
);

/// What a proof is verified against.
struct Base {
    key: PreparedKey,
    statement: Vec<Fp>,
}

impl Base {
    fn load(valid: &Path, case: &str) -> Self {
        let json = read_json(&valid.join(format!("{case}.json")));
        let network = if json["network"] == "mainnet" { Network::Mainnet } else { Network::Devnet };
        let built_in = |proof: NetworkProof| {
            let file = NETWORK_KEYS.iter().find(|file| file.network == network && file.proof == proof);
            let path = root().join(format!("srs-data/networks/{network}-{proof}.json"));
            key_from_json(read(&path), file.expect("a known key")).expect("the pinned key")
        };
        let key = match json["kind"].as_str() {
            Some("block") => built_in(NetworkProof::Blockchain),
            Some("tx") => built_in(NetworkProof::Transaction),
            _ => {
                let key = read(&valid.join(format!("{case}.vk.binprot")));
                binprot::verification_key_from_bytes(&key).expect("the case's key decodes")
            }
        };
        let statement = wire::statement_from_json(json["app_state"].to_string()).expect("field elements");
        Self { key: PreparedKey::new(key).expect("the key can be prepared"), statement }
    }

    /// The verdict on a proof, `None` where it does not decode.
    fn verify(&self, proof: &[u8]) -> Option<Result<(), VerifyError>> {
        let proof = binprot::proof_from_bytes(proof).ok()?;
        Some(Verifier::baked().verify(&self.key, &self.statement, &proof))
    }
}

fn text(outcome: &Option<Result<(), VerifyError>>) -> String {
    match outcome {
        None => "undecodable".into(),
        Some(Ok(())) => "valid".into(),
        Some(Err(error)) => format!("refused ({:?}): {error}", error.kind()),
    }
}

fn network_proofs_verify() {
    let folder = whole("mina");
    let valid = folder.join("valid");
    let cases: Vec<_> = entries(&valid).into_iter().filter(|p| name(p).ends_with(".proof.binprot")).collect();
    let rows: Vec<_> = cases
        .par_iter()
        .map(|proof| {
            let case = name(proof).replace(".proof.binprot", "");
            let outcome = Base::load(&valid, &case).verify(&read(proof));
            (matches!(outcome, Some(Ok(()))), format!("{case}: {}", text(&outcome)))
        })
        .collect();
    report(&rows);
}

fn altered_network_proofs_are_refused() {
    let folder = whole("mina");
    let negatives = folder.join("negatives");
    let cases: Vec<_> =
        entries(&negatives).into_iter().filter(|p| name(p).ends_with(".proof.binprot")).collect();
    let rows: Vec<_> = cases
        .par_iter()
        .map(|proof| {
            let file = name(proof);
            let (case, mutation) = file.split_once("--").expect("BASE--MUTATION");
            let outcome = Base::load(&folder.join("valid"), case).verify(&read(proof));
            let mutation = mutation.replace(".proof.binprot", "");
            // What is no proof at all, and what is one and wrong.
            let undecodable = mutation.starts_with("noncanonical")
                || mutation.ends_with("off_curve")
                || mutation.ends_with("zero_zero")
                || mutation.starts_with("lr_dropped")
                || mutation.starts_with("lr_extra")
                || mutation.ends_with("extra_entry");
            let right = match &outcome {
                Some(Ok(())) => false,
                None => undecodable,
                Some(Err(error)) => {
                    undecodable || error.kind() == ErrorKind::Rejected || error.kind() == ErrorKind::Malformed
                }
            };
            (right, format!("{mutation}: {}", text(&outcome)))
        })
        .collect();
    report(&rows);
}

fn a_rejected_proof_says_what_key_is_likely() {
    let valid = whole("mina/valid");
    let case = "tx-devnet-merge-100-0.L";
    let proof =
        binprot::proof_from_bytes(&read(&valid.join(format!("{case}.proof.binprot")))).expect("a proof");
    let Base { key, mut statement } = Base::load(&valid, case);
    let mainnets = read(&root().join("srs-data/networks/mainnet-transaction.json"));
    let is_mainnets = |file: &&_| {
        matches!(file, NetworkKeyFile { network: Network::Mainnet, proof: NetworkProof::Transaction, .. })
    };
    let mainnets = key_from_json(mainnets, NETWORK_KEYS.iter().find(is_mainnets).expect("a known key"));
    let mainnets = PreparedKey::new(mainnets.expect("the pinned key")).expect("the key can be prepared");

    let explain = |key, statement: &[Fp]| {
        let task = Task::Pickles { key, statement, proof: &proof };
        assert_eq!(Verifier::baked().verify_task(task), Err(VerifyError::Opening));
        Verifier::baked().explain(task)
    };
    let likely = match cfg!(feature = "devnet") {
        true => Hint::OtherKey(Network::Devnet, NetworkProof::Transaction),
        false => Hint::KeyOf(Network::Mainnet, NetworkProof::Transaction),
    };
    assert_eq!(explain(&mainnets, &statement), Some(likely));
    statement[0] += Fp::from(1u64);
    let hint = explain(&key, &statement).expect("a network's key");
    assert_eq!(hint, Hint::KeyOf(Network::Devnet, NetworkProof::Transaction));
    assert!(hint.to_string().starts_with("the key is the transaction key of devnet"), "{hint}");
}

fn every_element_of_the_statement_counts() {
    let folder = whole("mina");
    let valid = folder.join("valid");
    let case = "zkapp-devnet-zkapp-command-with-proof-128-1.au1";
    let proof = read(&valid.join(format!("{case}.proof.binprot")));
    for i in 0..2 {
        let mut base = Base::load(&valid, case);
        base.statement[i] += Fp::from(1u64);
        assert_eq!(base.verify(&proof), Some(Err(VerifyError::Opening)));
    }
    // Elements of a transaction's 300, from all over.
    let case = "tx-devnet-merge-100-0.L";
    let proof = read(&valid.join(format!("{case}.proof.binprot")));
    for i in [0, 1, 150, 298, 299] {
        let mut base = Base::load(&valid, case);
        base.statement[i] += Fp::from(1u64);
        assert_eq!(base.verify(&proof), Some(Err(VerifyError::Opening)), "element {i}");
    }
}
