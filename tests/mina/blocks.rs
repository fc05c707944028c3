//! Blocks.

use quickpickle::mina::block::Block;
use quickpickle::mina::identity::IdentityError;
use quickpickle::mina::protocol_state::ProtocolState;
use quickpickle::mina::{Known, Object, ObjectError};
use quickpickle::wire::binprot;
use quickpickle::{ErrorKind, Verifier};
use quickpickle_vectors::{needs_whole_set, read, unzipped, whole};
use serde_json::Value;

use crate::support::*;

needs_whole_set!(
    a_block_is_valid_in_each_of_its_forms,
    a_block_says_of_which_network_it_is,
    claims_are_compared,
    a_block_without_its_proof_is_not_valid,
    altered_states_are_rejected,
    proofs_are_of_one_network_alone,
);

const NAME: &str = "mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc";
const HASH: &str = "3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc";

fn precomputed() -> Vec<u8> {
    unzipped(&whole(&format!("network/blocks/{NAME}.json.gz")))
}

fn answer() -> Vec<u8> {
    read(&whole(&format!("network/blocks/{NAME}.graphql.json")))
}

fn a_block_is_valid_in_each_of_its_forms() {
    let folder = tempfile::tempdir().expect("a folder");
    let answers = [&answer()[..], b"\n", &answer()[..]].concat();
    for (file, content, lines) in [
        (format!("{NAME}.json"), precomputed(), 1),
        ("block.json".to_owned(), precomputed(), 1),
        ("answer.json".to_owned(), answer(), 1),
        ("answers.jsonl".to_owned(), answers, 2),
    ] {
        let file = write(&folder, &file, content);
        for network in [&[][..], &["--network", "mainnet"]] {
            let (status, found) = verify(&[&[file.as_str()], network].concat());
            assert_eq!((status, words(&found, "verdict")), (0, vec!["valid"; lines]), "{found:?}");
            for line in &found {
                assert_eq!(line["kind"], "block");
                assert_eq!(line["network"], "mainnet (protocol 3.0.0)");
                assert_eq!((&line["height"], &line["state_hash"]), (&359_617.into(), &HASH.into()));
                assert_eq!(
                    line["previous_state_hash"],
                    "3NLjpotw6aZ2r7Twccgr7cceXiPkdH5LqdugWCpq9tL1ZZLeDsJV"
                );
                assert_eq!(
                    line["snarked_ledger_hash"],
                    "jwNw4qb6tnNhpQNxiMLem9WumxZTwmbSx3fYXW4FP3hZRkoQJSE"
                );
                assert_eq!(line["staged_ledger_hash"], "jwnud4CVMzjzFawRsHoFHMewpsyaEDcM1Vs7kK98fkhDPLQayfx");
                assert!(line["slot"].is_u64() && line["reason"].is_null());
            }
        }
    }
}

fn a_block_says_of_which_network_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let block = write(&folder, "block.json", precomputed());
    let (status, lines) = verify(&[&block, "--network", "devnet"]);
    assert_eq!((status, words(&lines, "verdict")), (2, vec!["input"]));
    assert_eq!(lines[0]["reason"], "a block of mainnet (protocol 3.0.0), not of devnet");
    // Of a network that nobody knows.
    let text = String::from_utf8(precomputed()).expect("text");
    let genesis = "\"genesis_state_hash\":\"";
    let at = text.find(genesis).expect("the field") + genesis.len();
    let other = format!("{}{HASH}{}", &text[..at], &text[at + HASH.len()..]);
    let other = write(&folder, "other.json", other);
    let (status, lines) = verify(&[&other]);
    assert_eq!((status, words(&lines, "verdict")), (2, vec!["input"]));
    assert!(lines[0]["reason"].as_str().is_some_and(|reason| reason.contains("not known")), "{lines:?}");
    // Of before the fork.
    let before = write(&folder, "before.json", r#"{"protocol_state":{},"protocol_state_proof":""}"#);
    let (status, lines) = verify(&[&before]);
    assert_eq!((status, words(&lines, "verdict")), (2, vec!["malformed"]));
    assert!(
        lines[0]["reason"].as_str().is_some_and(|reason| reason.contains("before the fork")),
        "{lines:?}"
    );
}

fn claims_are_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let other = "3NK7T1MeiFA4ALVxqZLuGrWr1PeufYQAm9i1TfMnN9Cu6U5crhot";
    for (file, verdict, told) in [
        (format!("mainnet-359617-{other}.json"), "rejected", format!("the input claims {other}")),
        (format!("mainnet-359618-{HASH}.json"), "rejected", "its name claims 359618".to_owned()),
        (format!("devnet-359617-{HASH}.json"), "input", "not of devnet, as its name says".to_owned()),
    ] {
        let file = write(&folder, &file, precomputed());
        let (_, lines) = verify(&[&file]);
        assert_eq!(words(&lines, "verdict"), [verdict], "{lines:?}");
        assert!(lines[0]["reason"].as_str().is_some_and(|reason| reason.contains(&told)), "{lines:?}");
    }
    let answer = String::from_utf8(answer()).expect("text").replace(HASH, other);
    let (status, lines) = verify(&[&write(&folder, "answer.json", answer)]);
    assert_eq!((status, words(&lines, "verdict")), (1, vec!["rejected"]), "{lines:?}");
}

fn a_block_without_its_proof_is_not_valid() {
    let state = text(&whole(&format!("network/blocks/{NAME}.state.binprot")));
    let (status, lines) = verify(&[&state]);
    assert_eq!((status, words(&lines, "verdict")), (2, vec!["unproven"]));
    assert_eq!(lines[0]["state_hash"], HASH);
    assert!(lines[0]["reason"].as_str().is_some_and(|reason| reason.contains("no proof")), "{lines:?}");
    let block = Block::read(&read(std::path::Path::new(&state))).expect("a state").remove(0);
    let verdict = Verifier::baked().verify_block(&block, &Known::baked());
    assert_eq!(verdict, Err(ObjectError::NoProof));
}

fn altered_states_are_rejected() {
    let cases: Vec<Value> =
        serde_json::from_slice(&read(&whole("network/blocks/altered.json"))).expect("JSON");
    let block: Value = serde_json::from_slice(&precomputed()).expect("JSON");
    let mut objects = Vec::new();
    for case in &cases {
        assert_eq!((&case["base"], &case["verdict"]), (&NAME.into(), &"invalid_proof".into()));
        let mut altered = block.clone();
        let mut place = &mut altered;
        for step in case["path"].as_array().expect("a path") {
            place = match step {
                Value::String(name) => &mut place[name.as_str()],
                step => &mut place[step.as_u64().expect("a place") as usize],
            };
        }
        *place = case["value"].clone();
        // Alone, without a name that claims a hash, the state hash is what the proof is not about.
        let read =
            Object::read(altered.to_string().as_bytes()).unwrap_or_else(|error| panic!("{case}: {error}"));
        objects.extend(read);
    }
    assert!(objects.len() == cases.len() && cases.len() > 50);
    let (mut rejected, mut others) = (0, 0);
    for (case, verdict) in cases.iter().zip(Verifier::baked().verify_objects(&objects, &Known::baked())) {
        match verdict {
            Err(ObjectError::Identity(IdentityError::Unknown { .. })) => others += 1,
            Err(error) if error.mina() == Some("invalid_proof") => {
                assert_eq!(error.kind(), ErrorKind::Rejected);
                rejected += 1;
            }
            other => panic!("{case}: {other:?}"),
        }
    }
    // The genesis state hash itself, by which the network is told.
    assert!(others <= 1, "{others}");
    assert_eq!(rejected + others, cases.len());
}

/// The proofs of both networks are valid with their own network's keys alone, whichever objects they are verified beside.
fn proofs_are_of_one_network_alone() {
    let known = Known::baked();
    let tip = |network: &str| {
        let file = |ending: &str| read(&whole(&format!("network/light/{network}.{ending}.binprot")));
        let state = ProtocolState::from_binprot(&file("15.state")).expect("a state");
        let proof = binprot::proof_from_bytes(&file("tip.proof")).expect("a proof");
        (state, proof)
    };
    let (mainnet, devnet) = (tip("mainnet"), tip("devnet"));
    let block = |(state, proof): &(ProtocolState, _)| {
        Block::new(ProtocolState::clone(state), Some(Clone::clone(proof)))
    };
    // Each state with the other's proof, and devnet's state said to be of mainnet.
    let mut moved = devnet.clone();
    moved.0.body.genesis_state_hash = mainnet.0.body.genesis_state_hash;
    let objects: Vec<Object> =
        [block(&mainnet), block(&devnet), block(&(mainnet.0.clone(), devnet.1.clone())), block(&moved)]
            .map(Object::from)
            .into();
    let verdicts = Verifier::baked().verify_objects(&objects, &known);
    let networks: Vec<_> = verdicts.iter().flatten().map(|valid| valid.network.as_str()).collect();
    assert_eq!(networks, ["mainnet (protocol 3.0.0)", "devnet (protocol 3.0.0)"]);
    assert!(verdicts[2..].iter().all(|verdict| verdict.as_ref().is_err_and(ObjectError::is_rejected)));
    // Where one network is meant, the other's blocks are refused by its name, before any proof.
    let verdicts = Verifier::baked().verify_objects(&objects[..2], &Known::baked().only("devnet"));
    assert!(
        matches!(verdicts[0], Err(ObjectError::Identity(IdentityError::OtherNetwork { .. }))),
        "{verdicts:?}"
    );
    assert!(verdicts[1].is_ok());
}
