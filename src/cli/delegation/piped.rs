//! Submissions on standard input with their blocks in them. Each is given back with what is told of it; what else is in it comes along.
//!
//! Facts: `Submission.Stdin` of Mina's `src/app/delegation_verify/submission.ml`. There `verified` is true of all; here of what is valid.

use std::path::Path;

use anyhow::{Context as _, bail};
use quickpickle::mina::block::{Block, state_hash_text};
use quickpickle_srs_data::chain;
use serde_json::{Map, Value};

use super::submission::Submission;
use crate::cli::input;

/// Bytes of standard input at most: some ten thousand submissions with small blocks.
const MAX_PIPED: usize = 1 << 30;

/// A submission, and the object that it is in.
pub struct Piped {
    submission: Submission,
    fields: Map<String, Value>,
}

impl Piped {
    /// The submissions of a JSON list.
    pub fn read() -> anyhow::Result<Vec<Self>> {
        input::decode_file("submissions", Path::new(input::STDIN), MAX_PIPED, |text| {
            let list: Vec<Map<String, Value>> = serde_json::from_slice(text)?;
            (0..)
                .zip(list)
                .map(|(place, fields)| Self::of(fields).with_context(|| format!("place {place}")))
                .collect()
        })
    }

    fn of(fields: Map<String, Value>) -> anyhow::Result<Self> {
        let needed = |name| text(&fields, name)?.with_context(|| format!("there is no {name}"));
        let submission = Submission::new(
            needed("submitted_at")?.to_owned(),
            needed("submitter")?,
            text(&fields, "snark_work")?,
            needed("raw_block")?.to_owned(),
        )?;
        Ok(Self { submission, fields })
    }

    /// The submission.
    pub fn submission(&self) -> &Submission {
        &self.submission
    }

    /// The object, with what is told of its block; nothing is verified where nothing was checked.
    pub fn told(self, result: Result<Block, String>, is_checked: bool) -> Map<String, Value> {
        let Self { mut fields, .. } = self;
        let block = result.as_ref().ok();
        let state = block.map(Block::state);
        let told = [
            ("state_hash", block.map(|block| state_hash_text(&block.state_hash())).into()),
            ("parent", state.map(|state| state_hash_text(&state.previous_state_hash)).into()),
            ("height", block.map(Block::height).into()),
            ("slot", state.map(|state| state.body.consensus_state.global_slot_since_genesis).into()),
            ("verified", (is_checked && result.is_ok()).into()),
            ("validation_error", result.as_ref().err().map(String::as_str).into()),
        ];
        fields.extend(told.map(|(name, value): (&str, Value)| (name.to_owned(), value)));
        fields
    }
}

/// The text of a field; nothing where it is null or not there.
fn text<'a>(fields: &'a Map<String, Value>, name: &'static str) -> anyhow::Result<Option<&'a str>> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => bail!("{name} is no text"),
    }
}

/// The block of a submission.
pub fn block(text: &str) -> Result<Block, String> {
    Block::from_base64(text).map_err(|error| format!("raw_block: {}", chain(&error)))
}
