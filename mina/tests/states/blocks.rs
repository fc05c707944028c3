//! Blocks in each of their forms, and what in them is not true.

use base64::Engine as _;
use quickpickle_mina::block::{
    Block, BlockError, FileName, Header, MAX_BLOCKS, MAX_BODY, ProtocolVersion, body_reference,
    state_hash_text,
};
use quickpickle_mina::protocol_state::ProtocolState;
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::error::chain;
use quickpickle_runtime::pickles::proof::Proof;
use quickpickle_runtime::wire::{binprot, number::element_from_decimal};
use quickpickle_vectors::{name, needs_whole_set, read, text, unzipped, whole};
use serde_json::{Value, json};

use crate::{files, made_state, next_state, some_proof};

/// The block whose proof is in the set.
const PROVED: &str = "network/blocks/mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc";

fn proved(ending: &str) -> std::path::PathBuf {
    whole(&format!("{PROVED}{ending}"))
}

fn only(input: &[u8]) -> Result<Block, BlockError> {
    let mut blocks = Block::read(input)?;
    assert_eq!(blocks.len(), 1);
    Ok(blocks.remove(0))
}

fn precomputed_blocks_are_what_their_names_say() {
    let expected: Value =
        serde_json::from_slice(&unzipped(&whole("network/blocks/expected.json.gz"))).expect("JSON");
    let mut seen = 0;
    for path in files(".json.gz") {
        let path_name = name(&path);
        let block = only(&unzipped(&path)).unwrap_or_else(|error| panic!("{path_name}: {error:?}"));
        let claims = FileName::parse(&path_name).expect("a name of an archive");
        assert_eq!(block.is_named(&claims), Ok(()), "{path_name}");
        let Some(due) = expected.get(path_name.trim_end_matches(".json.gz")) else { continue };
        let field =
            |name: &str| element_from_decimal::<Fp>(due[name].as_str().expect("digits")).expect("an element");
        assert_eq!(block.state_hash(), field("state_hash_field"));
        assert_eq!(block.state().body.hash(), field("body_hash_field"));
        assert_eq!(state_hash_text(&block.state_hash()), due["state_hash"].as_str().expect("a hash"));
        assert_eq!(
            state_hash_text(&block.state().previous_state_hash),
            due["previous_state_hash"].as_str().expect("a hash")
        );
        assert_eq!(u64::from(block.height()), due["blockchain_length"].as_u64().expect("a height"));
        assert_eq!(block.protocol_version, "3.0.0".parse().ok());
        seen += 1;
    }
    assert_eq!(seen, 16);
}

fn the_forms_of_a_block_are_one_block() {
    let precomputed = only(&unzipped(&proved(".json.gz"))).expect("a precomputed block");
    let answer = only(&read(&proved(".graphql.json"))).expect("an answer");
    let state = only(&read(&proved(".state.binprot"))).expect("a state");
    let proof = binprot::proof_from_bytes(&read(&proved(".proof.binprot"))).expect("a proof");
    assert_eq!(precomputed.proof.as_deref(), Some(&proof));
    assert_eq!(answer.proof, precomputed.proof);
    assert_eq!(state.proof, None);
    assert_eq!((answer.state(), state.state()), (precomputed.state(), precomputed.state()));
    assert_eq!(answer.statement(), [precomputed.state_hash()]);
}

/// A header that is made here, and a body with the digest in its state.
fn header_and_body() -> (Header, Vec<u8>) {
    let body = vec![7; 300_000];
    let mut state = next_state(&made_state("mainnet"));
    state.body.blockchain_state.body_reference = body_reference(&body).expect("a body");
    let header = Header {
        delta_start: state.previous_state_hash,
        state,
        proof: some_proof(),
        delta_bodies: Vec::new(),
        current_protocol_version: ProtocolVersion { transaction: 3, network: 0, patch: 0 },
        proposed_protocol_version: None,
    };
    (header, body)
}

#[test]
fn bin_prot_that_begins_like_json_is_bin_prot() {
    let previous_state_hash = Fp::from(u64::from(b'{'));
    let state = ProtocolState { previous_state_hash, ..ProtocolState::default() };
    let bytes = state.to_binprot();
    assert_eq!(bytes.first(), Some(&b'{'));
    assert_eq!(only(&bytes).expect("a state").into_state(), state);
}

#[test]
fn headers_and_blocks_are_read_and_their_claims_checked() {
    let (mut header, mut body) = header_and_body();
    let whole = |header: &Header, body: &[u8]| [&header.to_binprot(), body].concat();
    let alone = only(&header.to_binprot()).expect("a header");
    let block = only(&whole(&header, &body)).expect("a block");
    assert!(block.has_body && !alone.has_body);
    assert_eq!((alone.state(), &alone.proof), (block.state(), &block.proof));
    assert_eq!(*block.state(), header.state);
    assert_eq!(block.protocol_version, Some(header.current_protocol_version));

    body[299_999] ^= 1;
    assert!(matches!(only(&whole(&header, &body)), Err(BlockError::OtherBody { .. })));
    body.truncate(100);
    assert!(matches!(only(&whole(&header, &body)), Err(BlockError::OtherBody { .. })));
    let long = vec![0; MAX_BODY + 1];
    assert!(matches!(only(&whole(&header, &long)), Err(BlockError::Decode(_))));

    header.delta_start += Fp::from(1u64);
    assert_eq!(only(&header.to_binprot()), Err(BlockError::OtherDeltaChain));
    header.delta_bodies = vec![Fp::from(5u64), Fp::from(6u64)];
    let between = ProtocolState::hash_of(header.delta_start, Fp::from(5u64));
    header.state.previous_state_hash = ProtocolState::hash_of(between, Fp::from(6u64));
    header.proposed_protocol_version = "4.0.1".parse().ok();
    assert!(only(&header.to_binprot()).is_ok());
    header.delta_bodies.swap(0, 1);
    assert_eq!(only(&header.to_binprot()), Err(BlockError::OtherDeltaChain));
    header.delta_bodies = vec![Fp::from(5u64); 65];
    assert!(matches!(only(&header.to_binprot()), Err(BlockError::Decode(_))));
    // A version's number of more than 32 bits: 3, as it is written, and 2^32 + 3.
    let (header, _) = header_and_body();
    let mut bytes = header.to_binprot();
    let version = bytes.len() - 4;
    assert_eq!(bytes[version..], [3, 0, 0, 0]);
    bytes.splice(version..=version, [0xfc, 3, 0, 0, 0, 1, 0, 0, 0]);
    assert!(matches!(only(&bytes), Err(BlockError::Decode(_))));
    // Nor is one that is cut off, but behind the proof: that is a state with its proof, as a daemon's verifier gets it.
    let cut = header_and_body().0.to_binprot();
    let chain = [header.state.to_binprot(), binprot::proof_to_bytes(&header.proof)].concat();
    assert!(cut.starts_with(&chain));
    let chain = only(&chain).expect("a state with its proof");
    assert_eq!((chain.state(), chain.proof.as_deref()), (&header.state, Some(&header.proof)));
    assert_eq!(chain.protocol_version, None);
    assert!(matches!(only(&cut[..cut.len() - 1]), Err(BlockError::Decode(_))));
}

fn altered_leaves_have_another_hash() {
    let cases: Vec<Value> = serde_json::from_str(&text(&whole("network/blocks/altered.json"))).expect("JSON");
    assert_eq!(cases.len(), 59);
    let original = unzipped(&proved(".json.gz"));
    let hash = only(&original).expect("a block").state_hash();
    for case in cases {
        assert_eq!(case["verdict"], "invalid_proof");
        let mut block: Value = serde_json::from_slice(&original).expect("JSON");
        let mut leaf = &mut block;
        for step in case["path"].as_array().expect("a path") {
            leaf = match step {
                Value::String(name) => leaf.get_mut(name),
                step => leaf.get_mut(step.as_u64().expect("an index") as usize),
            }
            .unwrap_or_else(|| panic!("{case}"));
        }
        *leaf = case["value"].clone();
        let altered =
            only(&serde_json::to_vec(&block).expect("JSON")).unwrap_or_else(|e| panic!("{case}: {e:?}"));
        assert_ne!(altered.state_hash(), hash, "{case}");
    }
}

fn every_altered_byte_of_a_state_is_another_hash_or_refused() {
    let original = read(&proved(".state.binprot"));
    let state = ProtocolState::from_binprot(&original).expect("a state");
    let hash = state.hash();
    let mut refused = Vec::new();
    for at in 0..original.len() {
        let mut bytes = original.clone();
        bytes[at] ^= 1 << (at % 8);
        match ProtocolState::from_binprot(&bytes) {
            Ok(altered) => {
                assert_ne!(altered.hash(), hash, "byte {at}: {altered:?}");
                assert_eq!(altered.to_binprot(), bytes, "byte {at}");
            }
            Err(_) => refused.push(at),
        }
        assert!(ProtocolState::from_binprot(&original[..at]).is_err(), "{at} bytes");
    }
    // Lengths, constructors, the first bytes of long integers, the top bits of elements.
    assert!(refused.len() < 150, "{} bytes: {refused:?}", refused.len());
}

fn altered_text_is_the_same_state_or_another_hash_or_refused() {
    let path = files(".json.gz").into_iter().find(|path| name(path).contains("-359606-")).expect("a block");
    let original = unzipped(&path);
    let block = only(&original).expect("a block");
    let mut read = 0;
    for at in (0..original.len()).step_by(5) {
        let mut text = original.clone();
        text[at] ^= 1 << (at % 7);
        if let Ok(altered) = only(&text) {
            assert_eq!(
                altered.state_hash() == block.state_hash(),
                altered.state() == block.state(),
                "byte {at}"
            );
            read += 1;
        }
        assert!(Block::read(&original[..at]).is_err(), "{at} bytes");
    }
    assert!(read > 100, "{read}");
}

/// An answer of a daemon's with the state of a block that is made here, and its proof.
fn answer() -> (Block, Value) {
    let block = Block::new(next_state(&made_state("mainnet")), Some(some_proof()));
    let entry = json!({
        "stateHash": state_hash_text(&block.state_hash()),
        "stateHashField": block.state_hash().to_string(),
        "protocolStateProof": {"base64": proof_text(&some_proof())},
    });
    let answer = json!({"protocolState": state_text(block.state()), "bestChain": [entry]});
    (block, answer)
}

fn state_text(state: &ProtocolState) -> String {
    base64::engine::general_purpose::STANDARD.encode(state.to_binprot())
}

fn proof_text(proof: &Proof) -> String {
    base64::engine::general_purpose::URL_SAFE.encode(binprot::proof_to_bytes(proof))
}

fn read_answer(data: &Value) -> Result<Vec<Block>, BlockError> {
    Block::read(&serde_json::to_vec(&json!({ "data": data })).expect("JSON"))
}

#[test]
fn claims_that_are_false_are_told_apart() {
    let (block, answer) = answer();
    assert_eq!(read_answer(&answer), Ok(vec![block.clone()]));
    let own = state_hash_text(&block.state_hash());
    let other = state_hash_text(&block.state().previous_state_hash);
    let named = |height: u32, hash: &str| {
        let name = format!("mainnet-{height}-{hash}.json");
        block.is_named(&FileName::parse(&name).expect("a name"))
    };
    assert_eq!(named(382_721, &own), Ok(()));
    let (claimed, computed) = (block.state().previous_state_hash, block.state_hash());
    assert_eq!(named(382_721, &other), Err(BlockError::OtherHash { claimed, computed }));
    let height = BlockError::OtherHeight { claimed: 382_720, computed: 382_721 };
    assert_eq!(named(382_720, &own), Err(height));

    let altered = |alter: &dyn Fn(&mut Value)| {
        let mut answer = answer.clone();
        alter(&mut answer);
        read_answer(&answer)
    };
    let both = |data: &mut Value| {
        data["bestChain"][0]["stateHash"] = json!(other);
        data["bestChain"][0].as_object_mut().expect("a block").remove("stateHashField");
    };
    assert_eq!(altered(&both), Err(BlockError::OtherHash { claimed, computed }));
    let text = |data: &mut Value| data["bestChain"][0]["stateHash"] = json!(other);
    assert_eq!(altered(&text), Err(BlockError::TwoHashes { text: claimed, field: computed }));
    let field = |data: &mut Value| data["bestChain"][0]["stateHashField"] = json!("5");
    assert_eq!(altered(&field), Err(BlockError::TwoHashes { text: computed, field: Fp::from(5u64) }));
    let no_state = |data: &mut Value| data["protocolState"] = Value::Null;
    assert_eq!(altered(&no_state), Err(BlockError::NoState { claimed: Some(computed) }));
    let proof = |data: &mut Value| data["bestChain"][0]["protocolStateProof"] = Value::Null;
    assert_eq!(altered(&proof).map(|blocks| blocks[0].proof.is_some()), Ok(false));
    let state = |data: &mut Value| data["protocolState"] = json!(state_text(&made_state("mainnet")));
    assert!(matches!(altered(&state), Err(BlockError::OtherHash { .. })));
    // Fields that only begin alike are other fields.
    let unknown = |data: &mut Value| {
        let mut entry = data["bestChain"][0].clone();
        entry["stateHash"] = json!(other);
        entry.as_object_mut().expect("a block").remove("stateHashField");
        data["blockchainVerificationKey"] = entry;
    };
    assert_eq!(altered(&unknown), Ok(vec![block.clone()]));
}

#[test]
fn several_blocks_of_an_answer_find_their_proofs() {
    let (block, answer) = answer();
    let entry = &answer["bestChain"][0];
    let states = [state_text(&made_state("mainnet")), state_text(block.state())];
    let unknown = state_hash_text(&Fp::from(5u64));
    let blocks = read_answer(&json!({
        "protocolState": states[0], "protocolState_tip": states[1], "version": "x", "syncStatus": "SYNCED",
        "bestChain": [{"stateHash": unknown}, entry],
        "block_tip": entry, "block": null, "protocolState_none": null,
    }))
    .expect("two blocks");
    let found: Vec<_> = blocks.iter().map(|block| (block.height(), block.proof.is_some())).collect();
    assert_eq!(found, [(382_720, false), (382_721, true)]);
    // Without a hash nothing says whose the proof is.
    let mut nameless = entry.clone();
    nameless.as_object_mut().expect("a block").retain(|field, _| !field.starts_with("stateHash"));
    let two =
        read_answer(&json!({"protocolState_a": states[0], "protocolState_b": states[1], "block": nameless}));
    assert_eq!(two, Err(BlockError::NoState { claimed: None }));
    assert!(read_answer(&json!({"protocolState": states[1], "block": nameless})).is_ok());
    // One block has one proof.
    let mut other = some_proof();
    other.wrap.ft_eval1 += other.wrap.ft_eval1;
    let mut twice = answer.clone();
    twice["block"] = entry.clone();
    twice["block"]["protocolStateProof"]["base64"] = json!(proof_text(&other));
    assert_eq!(read_answer(&twice), Err(BlockError::Twice { state_hash: block.state_hash() }));
    // Nor is a long answer read.
    let many = json!({"protocolState": states[1], "bestChain": vec![json!({}); MAX_BLOCKS + 1]});
    assert!(matches!(read_answer(&many), Err(BlockError::Decode(_))));
    let states = (0..=MAX_BLOCKS).map(|at| (format!("protocolState_{at}"), json!(states[1])));
    assert!(matches!(read_answer(&Value::Object(states.collect())), Err(BlockError::Decode(_))));
}

#[test]
fn what_is_no_block_of_this_protocol_is_told_by_name() {
    let read = |value: Value| Block::read(&serde_json::to_vec(&value).expect("JSON"));
    let state = json!({"protocol_state": {}});
    // Before the fork the block stood outermost.
    assert_eq!(read(state.clone()), Err(BlockError::BeforeFork));
    assert_eq!(read(json!({"external_transition": state})), Err(BlockError::BeforeFork));
    assert_eq!(read(json!({"data": state})), Err(BlockError::BeforeFork));
    for found in [2, 4] {
        assert_eq!(read(json!({"version": found, "data": state})), Err(BlockError::OtherVersion { found }));
    }
    assert_eq!(read(json!({"version": 3, "data": {}})), Err(BlockError::NoBlock));
    assert_eq!(read(json!({"data": {"version": "x"}})), Err(BlockError::NoBlock));
    let message = "not synced".to_owned();
    let error = json!({"errors": [{"message": message, "path": ["x"]}, {}], "data": null});
    assert_eq!(read(error), Err(BlockError::Daemon { message }));
    for input in [&b""[..], b"{", b"[]", b"{}", b"\x00", &[0; 1528]] {
        assert!(Block::read(input).is_err(), "{input:?}");
    }
    let (_, answer) = answer();
    let padded = [json!({"data": answer}).to_string().as_bytes(), &vec![b' '; 32 << 20]].concat();
    assert!(matches!(Block::read(&padded), Err(BlockError::Decode(_))));
}

#[test]
fn no_field_of_a_precomputed_block_counts_twice() {
    let refusal = |data: &str| {
        let text = format!(r#"{{"version":3,"data":{{{data}}}}}"#);
        chain(&Block::read(text.as_bytes()).expect_err("no block"))
    };
    for field in [r#""protocol_state":{}"#, r#""protocol_state_proof":"""#] {
        let found = refusal(&format!("{field},{field}"));
        assert!(found.contains("duplicate field"), "{found}");
    }
    let many = refusal(&format!(r#""protocol_state":[0{}]"#, ",0".repeat(2000)));
    assert!(many.contains("too many JSON values"), "{many}");
}

fn what_a_state_does_not_have_is_refused() {
    let mut block: Value = serde_json::from_slice(&unzipped(&proved(".json.gz"))).expect("JSON");
    block["data"]["protocol_state"]["body"]["more"] = json!("1");
    assert!(matches!(Block::read(&serde_json::to_vec(&block).expect("JSON")), Err(BlockError::Decode(_))));
}

needs_whole_set!(
    precomputed_blocks_are_what_their_names_say,
    the_forms_of_a_block_are_one_block,
    altered_leaves_have_another_hash,
    every_altered_byte_of_a_state_is_another_hash_or_refused,
    altered_text_is_the_same_state_or_another_hash_or_refused,
    what_a_state_does_not_have_is_refused,
);
