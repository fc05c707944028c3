//! Answers of a daemon's GraphQL.
//!
//! `protocolState(encoding: BASE64)` gives a state; `bestChain` and `block` give proofs, and the state hashes by which they are
//! put together. The fields that `bestChain` has of a state are not all that is hashed, and are not read.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::pickles::proof::Proof;
use quickpickle_runtime::wire::number::element_from_decimal;
use quickpickle_runtime::wire::parts::{Within as _, bounded};
use quickpickle_runtime::wire::{DecodeError, Fault, Object, excerpt};
use serde::Deserialize;

use super::json::Data;
use super::{Block, BlockError, state_hash_from_text};
use crate::formats::json::proof_from_base64;
use crate::protocol_state::{MAX_BINPROT, ProtocolState};

/// What is read of a block in `bestChain`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry<'a> {
    #[serde(borrow)]
    state_hash: Option<Cow<'a, str>>,
    state_hash_field: Option<Cow<'a, str>>,
    protocol_state_proof: Option<Object<ProofJson<'a>>>,
}

#[derive(Deserialize)]
struct ProofJson<'a> {
    #[serde(borrow)]
    base64: Option<Cow<'a, str>>,
}

impl Entry<'_> {
    /// The state hash that the daemon claims.
    fn claimed(&self) -> Result<Option<Fp>, BlockError> {
        let text = self.state_hash.as_deref().map(state_hash_from_text).transpose().within("stateHash")?;
        let field = self.state_hash_field.as_deref().map(element_from_decimal).transpose();
        match (text, field.within("stateHashField")?) {
            (Some(text), Some(field)) if text != field => Err(BlockError::TwoHashes { text, field }),
            (text, field) => Ok(text.or(field)),
        }
    }

    fn proof(&self) -> Result<Option<Proof>, DecodeError> {
        let base64 = self.protocol_state_proof.as_ref().and_then(|Object(proof)| proof.base64.as_deref());
        base64.map(proof_from_base64).transpose().within("base64").within("protocolStateProof")
    }
}

/// The blocks whose states are in the answer, in its order.
pub(super) fn blocks(data: &Data<'_>) -> Result<Vec<Block>, BlockError> {
    let mut blocks: Vec<Block> = Vec::new();
    for text in &data.states {
        let block = Block::new(state_from_base64(&text.0).within("protocolState")?, None);
        if blocks.iter().all(|other| other.state_hash != block.state_hash) {
            blocks.push(block);
        }
    }
    // Which state an entry is about is plain without a hash only where there is one of each.
    let are_single = blocks.len() == 1 && data.entries.len() == 1;
    for entry in &data.entries {
        let (claimed, proof) = (entry.claimed()?, entry.proof()?.map(Box::new));
        let block = match claimed {
            Some(hash) => blocks.iter_mut().find(|block| are_single || block.state_hash == hash),
            None => blocks.first_mut().filter(|_| are_single),
        };
        match (block, proof) {
            (Some(block), proof) => {
                claimed.map_or(Ok(()), |hash| block.is_claimed(hash))?;
                if block.proof.is_some() && proof.is_some() && block.proof != proof {
                    return Err(BlockError::Twice { state_hash: block.state_hash });
                }
                block.proof = proof.or(block.proof.take());
            }
            (None, Some(_)) => return Err(BlockError::NoState { claimed }),
            (None, None) => (),
        }
    }
    if blocks.is_empty() { Err(BlockError::NoBlock) } else { Ok(blocks) }
}

fn state_from_base64(text: &str) -> Result<ProtocolState, DecodeError> {
    let text = bounded(text.as_bytes(), MAX_BINPROT.div_ceil(3) * 4)?;
    let bytes = STANDARD.decode(text).map_err(|e| Fault::Carrier(excerpt(&e)))?;
    ProtocolState::from_binprot(&bytes)
}
