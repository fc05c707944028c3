//! What the uptime service writes down of a submission.

use std::path::Path;

use anyhow::{Context as _, ensure};
use quickpickle::mina::formats::base58;
use quickpickle::mina::key::CompressedKey;
use quickpickle::mina::snark_work::{SnarkWork, UptimeWork};
use quickpickle_srs_data::chain;
use serde::Deserialize;

use crate::cli::input;

/// Bytes of a submission that are read: one has about 20,000.
const MAX_SUBMISSION: usize = 1 << 20;

/// Characters of a block's hash at most.
const MAX_HASH: usize = 100;

/// A submission.
pub struct Submission {
    pub created_at: String,
    pub submitter: CompressedKey,
    /// The name of its block's file, or the block in base64 where it came along.
    pub block: String,
    /// Its work, or why that cannot be read.
    work: Result<Option<UptimeWork>, String>,
}

/// Its file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    created_at: String,
    #[serde(rename = "peer_id")]
    _peer_id: String,
    #[serde(default)]
    snark_work: Option<String>,
    #[serde(rename = "remote_addr")]
    _remote_addr: String,
    submitter: String,
    block_hash: String,
    #[serde(rename = "graphql_control_port", default)]
    _graphql_control_port: Option<u16>,
}

impl Submission {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        input::decode_file("submission", path, MAX_SUBMISSION, Self::of)
    }

    fn of(text: &[u8]) -> anyhow::Result<Self> {
        let raw: Raw = serde_json::from_slice(text)?;
        // It becomes the name of a file.
        let is_hash = |hash: &str| {
            !hash.is_empty()
                && hash.len() <= MAX_HASH
                && hash.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        ensure!(is_hash(&raw.block_hash), "block_hash is no hash");
        Self::new(raw.created_at, &raw.submitter, raw.snark_work.as_deref(), raw.block_hash)
    }

    /// A submission of the texts that are in it.
    pub fn new(
        created_at: String,
        submitter: &str,
        work: Option<&str>,
        block: String,
    ) -> anyhow::Result<Self> {
        let work = work.map(UptimeWork::from_base64).transpose();
        Ok(Self {
            created_at,
            submitter: base58::decode_key(submitter).context("submitter")?,
            block,
            work: work.map_err(|error| format!("snark_work: {}", chain(&error))),
        })
    }

    /// The work, which must have been made for the submitter; or why it cannot be read.
    pub fn work(&self) -> Result<Option<SnarkWork>, String> {
        self.work.clone().map(|work| work.map(|work| work.of(self.submitter)))
    }
}
