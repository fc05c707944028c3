//! Bodies of real blocks: their bin_prot, made of the JSON that archives keep, has the digest that stands in the state.
//!
//! Archives leave the proofs of completed works out, so only blocks without such works can be made whole again.

use quickpickle_mina::block::{Block, BlockError, FileName, Header, ProtocolVersion, body_reference};
use quickpickle_mina::formats::json::Json;
use quickpickle_mina::signed_command::SignedCommand;
use quickpickle_mina::zkapp_command::{Protocol, ZkappCommand};
use quickpickle_vectors::{name, needs_whole_set};

use crate::{at, files, json};

/// The length of a list in bin_prot, of less than 128 elements.
fn length(list: &[Json]) -> u8 {
    u8::try_from(list.len()).ok().filter(|length| *length < 0x80).expect("a short list")
}

/// The status of a command that was applied, or `None`.
fn applied(status: &Json) -> Option<u8> {
    match status.as_list()? {
        [status] if status.as_text() == Some("Applied") => Some(0),
        _ => None,
    }
}

/// One of the two parts of a body, or `None` where it has what is not wholly there, or is not made here.
fn part(part: &Json) -> Option<Vec<u8>> {
    let list = |name: &str| at(part, &[name]).as_list().expect("a list");
    if !list("completed_works").is_empty() {
        return None;
    }
    let mut bytes = vec![0, length(list("commands"))];
    for command in list("commands") {
        let [kind, content] = at(command, &["data"]).as_list().expect("a pair") else { panic!("a pair") };
        match kind.as_text() {
            Some("Signed_command") => {
                bytes.push(0);
                bytes.extend(SignedCommand::from_json(content).expect("a command").to_binprot());
            }
            _ => {
                bytes.push(1);
                let command = ZkappCommand::from_json(content, Protocol::Berkeley).expect("a command");
                bytes.extend(command.to_binprot());
            }
        }
        bytes.push(applied(at(command, &["status"]))?);
    }
    // A coinbase of which nothing goes to the makers of works.
    match at(part, &["coinbase"]).as_list()? {
        [kind, Json::Null] if kind.as_text() == Some("One") => bytes.extend([1, 0]),
        _ => return None,
    }
    bytes.push(length(list("internal_command_statuses")));
    for status in list("internal_command_statuses") {
        bytes.push(applied(status)?);
    }
    Some(bytes)
}

fn body(block: &Json) -> Option<Vec<u8>> {
    match at(block, &["data", "staged_ledger_diff", "diff"]).as_list().expect("two parts") {
        [first, Json::Null] => Some([part(first)?, vec![0]].concat()),
        [first, second] => Some([part(first)?, vec![1], part(second)?].concat()),
        other => panic!("{} parts", other.len()),
    }
}

fn bodies_of_blocks_have_the_digests_in_their_states() {
    let (mut whole, mut with_proof) = (0, 0);
    for path in files(".json.gz") {
        let label = name(&path);
        let json = json(&path);
        if json.get("data").and_then(|data| data.get("staged_ledger_diff")).is_none() {
            continue;
        }
        let Some(body) = body(&json) else { continue };
        let block = Block::from_precomputed(&quickpickle_vectors::unzipped(&path)).expect("a block");
        let stated = block.state().body.blockchain_state.body_reference;
        assert_eq!(body_reference(&body), Some(stated), "{label}");
        whole += 1;
        let Some(proof) = &block.proof else { continue };
        with_proof += 1;
        let header = Header {
            state: block.state().clone(),
            proof: (**proof).clone(),
            delta_start: block.state().previous_state_hash,
            delta_bodies: Vec::new(),
            current_protocol_version: ProtocolVersion { transaction: 3, network: 0, patch: 0 },
            proposed_protocol_version: None,
        };
        let bytes = [header.to_binprot(), body].concat();
        let read = Block::from_binprot(&bytes).unwrap_or_else(|error| panic!("{label}: {error}"));
        assert!(read.has_body && read.proof == block.proof, "{label}");
        assert_eq!(read.is_named(&FileName::parse(&label).expect("a name of an archive")), Ok(()));
        for at in [bytes.len() - 1, bytes.len() - 1000, header.to_binprot().len()] {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            let refusal = Block::from_binprot(&altered);
            assert!(matches!(refusal, Err(BlockError::OtherBody { .. })), "{label}: byte {at}");
        }
    }
    assert_eq!((whole, with_proof), (8, 1));
}

needs_whole_set!(bodies_of_blocks_have_the_digests_in_their_states);
