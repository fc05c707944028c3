//! bin_prot: the networks' proofs and keys decode and are written again byte by byte.

use std::collections::BTreeMap;

use quickpickle_runtime::pickles::proof::ProofsVerified;
use quickpickle_runtime::wire::{binprot, elements_to_json, o1js, statement_from_json};
use serde_json::Value;

use quickpickle_vectors::{entries, name, needs_whole_set, read, shipped, text, whole};

needs_whole_set!(
    network_proofs_and_keys_round_trip,
    altered_network_proofs_decode_or_are_refused_in_their_place
);

fn network_proofs_and_keys_round_trip() {
    let mut counts = BTreeMap::new();
    for path in entries(&whole("mina/valid")) {
        let case = name(&path);
        let file = read(&path);
        if case.ends_with(".proof.binprot") {
            let proof = binprot::proof_from_bytes(&file).unwrap_or_else(|e| panic!("{case}: {e}"));
            assert!(binprot::proof_to_bytes(&proof) == file, "{case}");
            // The same proof in OCaml's other serialisation.
            let sexp = o1js::proof_to_sexp(&proof);
            assert_eq!(
                o1js::proof_from_sexp(sexp.as_bytes(), ProofsVerified::N2).as_ref(),
                Ok(&proof),
                "{case}"
            );
            *counts.entry("proofs").or_insert(0) += 1;
        } else if case.ends_with(".vk.binprot") {
            let key = binprot::verification_key_from_bytes(&file).unwrap_or_else(|e| panic!("{case}: {e}"));
            assert!(binprot::verification_key_to_bytes(&key) == file, "{case}");
            *counts.entry("keys").or_insert(0) += 1;
        } else if case.ends_with(".json") {
            let facts: Value = serde_json::from_slice(&file).expect("JSON");
            let statement = statement_from_json(facts["app_state"].to_string()).expect("an app state");
            assert_eq!(elements_to_json(&statement), facts["app_state"].to_string(), "{case}");
            *counts.entry("statements").or_insert(0) += 1;
        }
    }
    println!("{counts:?}");
    assert!(counts.len() == 3);
}

/// The alterations that no longer decode. A joint combiner too many and more previous proofs than there are decode, and
/// are left to the verifier.
const MALFORMED: [(&str, &str); 10] = [
    (
        "wrap_msg_commitment_off_curve",
        "proof_state.messages_for_next_wrap_proof.challenge_polynomial_commitment: not a point",
    ),
    ("w_comm_14_off_curve", "proof.commitments.w_comm[14]: not a point of pallas"),
    ("w_comm_0_zero_zero", "proof.commitments.w_comm[0]: not a point of pallas"),
    ("lr_dropped_last", "proof.bulletproof.lr: 14 elements where there must be 15"),
    ("lr_extra_entry", "proof.bulletproof.lr: more than 15 elements"),
    ("noncanonical_z1_plus_modulus", "proof.bulletproof.z_1: not a canonical"),
    ("noncanonical_wcomm0_x_plus_modulus", "proof.commitments.w_comm[0][0]: not a canonical"),
    ("noncanonical_prev_ft_eval1_plus_modulus", "prev_evals.ft_eval1: not a canonical"),
    ("step_msg_old_challenges_extra_entry", "old_bulletproof_challenges: more than 2 elements"),
    ("step_msg_commitments_extra_entry", "challenge_polynomial_commitments: more than 2 elements"),
];

fn altered_network_proofs_decode_or_are_refused_in_their_place() {
    let (mut decoded, mut refused) = (0, 0);
    for path in entries(&whole("mina/negatives")) {
        let case = name(&path);
        let Some(base) = case.strip_suffix(".proof.binprot") else { continue };
        let (_, alteration) = base.split_once("--").expect("a base and an alteration");
        let file = read(&path);
        let expected = MALFORMED.iter().find(|(known, _)| *known == alteration);
        match (expected, binprot::proof_from_bytes(&file)) {
            (None, Ok(proof)) => {
                assert!(binprot::proof_to_bytes(&proof) == file, "{case}");
                decoded += 1;
            }
            (Some((_, reason)), Err(error)) if error.to_string().contains(reason) => {
                println!("{alteration}: {error}");
                refused += 1;
            }
            // One proof of a program that verifies two: an entry more still fits the list.
            (Some(_), Ok(_)) if alteration.contains("extra_entry") => decoded += 1,
            (_, result) => panic!("{case}: {:?}", result.map(|_| "decoded").map_err(|e| e.to_string())),
        }
    }
    println!("{decoded} decoded, {refused} refused");
    assert!(refused > 20);
}

#[test]
fn an_o1js_proof_is_the_same_in_both_serialisations() {
    let json = text(&shipped("o1js/n0-arith-txform/proof.json"));
    let proof = o1js::proof_from_json(json).expect("a good proof").proof;
    let bytes = binprot::proof_to_bytes(&proof);
    assert_eq!(bytes.len(), 10_400);
    assert_eq!(binprot::proof_from_bytes(&bytes), Ok(proof));
    assert!(
        binprot::proof_from_bytes(&vec![0; 1 << 20]).is_err_and(|e| e.to_string().contains("1048576 bytes"))
    );
    for (end, reason) in [(bytes.len() - 1, "the input ends here"), (0, "this is an empty input")] {
        assert!(binprot::proof_from_bytes(&bytes[..end]).is_err_and(|e| e.to_string().contains(reason)));
    }
    let longer = [bytes, vec![0]].concat();
    assert!(
        binprot::proof_from_bytes(&longer)
            .is_err_and(|e| e.to_string() == "input: 1 bytes too many after the end")
    );
}
