//! Precomputed blocks: what archives and buckets of clouds keep, as `NETWORK-HEIGHT-STATEHASH.json`.
//!
//! Facts: Mina, `src/lib/mina_block/precomputed.ml`. What is needed is the state and its proof, which is base64 of bin_prot with
//! the letters for URLs; the commands beside them are not in the form whose digest the state has.

use quickpickle_runtime::wire::parts::Within as _;
use serde::Deserialize;

use super::json::Data;
use super::{Block, BlockError, ProtocolVersion};
use crate::formats::json::proof_from_base64;
use crate::protocol_state::ProtocolState;

/// The version of the form since the fork to protocol version 3.
pub(super) const VERSION: u64 = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VersionJson {
    transaction: u32,
    network: u32,
    patch: u32,
}

pub(super) fn block(data: Data<'_>) -> Result<Block, BlockError> {
    let state = data.state.ok_or(BlockError::NoBlock)?;
    let state = ProtocolState::from_json(&state).within("protocol_state").within("data")?;
    let proof = data.proof.map(|text| proof_from_base64(&text.0)).transpose();
    let mut block = Block::new(state, proof.within("protocol_state_proof").within("data")?);
    block.protocol_version = data
        .version
        .map(|VersionJson { transaction, network, patch }| ProtocolVersion { transaction, network, patch });
    Ok(block)
}
