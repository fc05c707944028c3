//! Signed commands in whichever form they come, and what is claimed of them there.
//!
//! Facts: Mina, `src/lib/mina_graphql/types.ml` (`user_command_shared_fields`).

use ark_ff::Field as _;
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::error::ErrorKind;
use quickpickle_runtime::wire::parts::bounded;
use quickpickle_runtime::wire::{DecodeError, excerpt};

use super::{Body, SignedCommand};
use crate::formats::json::Json;
use crate::formats::{Version, base58, is_text};

/// The longest input that is read, in bytes: an answer with thousands of commands.
pub const MAX_INPUT: usize = 8 << 20;

/// Why there is no signed command, which is another thing than a signature that does not verify.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The input is not in any of the forms of a signed command.
    #[error("the input cannot be read as a signed command")]
    Decode(#[from] DecodeError),
    /// The JSON has no command.
    #[error("JSON without a signed command: an answer has the `id` of each")]
    NoCommand,
    /// The daemon answered with an error.
    #[error("the daemon's answer is an error: {message}")]
    Daemon {
        /// The beginning of its message.
        message: String,
    },
    /// What is said beside the command differs from the command.
    #[error("{field} of the command is {computed}, the input claims another one")]
    OtherClaim {
        /// The claim's name in the input.
        field: &'static str,
        /// What it should be.
        computed: String,
    },
}

impl CommandError {
    /// What kind of error this is. A claim that is false was checked, so it is rejected.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::OtherClaim { .. } => ErrorKind::Rejected,
            Self::Decode(_) | Self::NoCommand | Self::Daemon { .. } => ErrorKind::Malformed,
        }
    }
}

impl SignedCommand {
    /// Reads all signed commands of an input, whichever form it is in: bin_prot; a transaction's id; the JSON of a precomputed
    /// block, with its hash or alone; that of a wallet; an answer of a daemon's GraphQL that has the `id` of each command. There
    /// is at least one.
    ///
    /// # Errors
    /// Where the input is none of these, or claims something of a command that is false.
    pub fn read(input: &[u8]) -> Result<Vec<Self>, CommandError> {
        let input = bounded(input, MAX_INPUT)?;
        match input.trim_ascii() {
            text @ [b'{' | b'[', ..] if is_text(text) => of_json(&Json::parse(text, MAX_INPUT)?),
            // Of bin_prot at least one byte, of the memo or of where the slot is counted from, is no letter.
            text if !text.is_empty() && text.iter().all(u8::is_ascii_graphic) => {
                Ok(vec![Self::from_id(&String::from_utf8_lossy(text))?])
            }
            _ => Ok(vec![Self::from_binprot(input)?]),
        }
    }

    /// Compares what an object says of the command.
    fn is_claimed(&self, object: &Json) -> Result<(), CommandError> {
        let payload = &self.payload;
        let (kind, is_delegation, amount) = match payload.body {
            Body::Payment { amount, .. } => ("PAYMENT", false, amount),
            Body::Delegation { .. } => ("STAKE_DELEGATION", true, 0),
        };
        let (payer, receiver) = (payload.fee_payer.to_string(), payload.body.receiver().to_string());
        let token = base58::encode_element(Version::TokenId, &Fp::ONE);
        let claims: [(&[&'static str], String); 11] = [
            (&["hash", "txn_hash"], self.hash().to_string()),
            (&["kind"], kind.to_owned()),
            (&["isDelegation"], is_delegation.to_string()),
            (&["nonce"], payload.nonce.to_string()),
            (&["validUntil"], payload.valid_until.to_string()),
            (&["fee"], payload.fee.to_string()),
            (&["amount"], amount.to_string()),
            (&["memo"], payload.memo.to_string()),
            (&["token", "feeToken"], token),
            (&["from", "source", "feePayer", "fromAccount", "delegator"], payer),
            (&["to", "receiver", "toAccount", "delegatee"], receiver),
        ];
        for (names, computed) in claims {
            for field in names.iter().copied() {
                if object.get(field).and_then(claimed).is_some_and(|claimed| claimed != computed) {
                    return Err(CommandError::OtherClaim { field, computed });
                }
            }
        }
        Ok(())
    }
}

/// A claim as a text: of an account its key. `None` where nothing is said.
fn claimed(json: &Json) -> Option<String> {
    match json {
        Json::Null => None,
        Json::Boolean(boolean) => Some(boolean.to_string()),
        Json::Number(number) => Some(number.to_string()),
        Json::Text(text) => Some(text.clone()),
        Json::Object(_) => json.get("publicKey").and_then(claimed),
        // No claim has this form, so that it is a false one.
        Json::List(_) => Some(String::new()),
    }
}

fn of_json(json: &Json) -> Result<Vec<SignedCommand>, CommandError> {
    if let Some(tagged) = tagged(json) {
        return Ok(vec![SignedCommand::from_json(tagged)?]);
    }
    if json.get("payload").is_some() {
        return Ok(vec![SignedCommand::from_json(json)?]);
    }
    if json.get("publicKey").is_some() {
        return Ok(vec![SignedCommand::from_wallet_json(json)?]);
    }
    if let Some(tagged) = json.get("data").and_then(tagged) {
        let command = SignedCommand::from_json(tagged)?;
        command.is_claimed(json)?;
        return Ok(vec![command]);
    }
    let mut commands = Vec::new();
    of_answer(json, &mut commands)?;
    if let (true, Some(errors)) = (commands.is_empty(), json.get("errors").and_then(Json::as_list)) {
        let message = errors.first().and_then(|error| error.get("message")).and_then(Json::as_text);
        return Err(CommandError::Daemon { message: excerpt(&message.unwrap_or_default()) });
    }
    if commands.is_empty() { Err(CommandError::NoCommand) } else { Ok(commands) }
}

/// The command in `["Signed_command", command]`.
fn tagged(json: &Json) -> Option<&Json> {
    match json.as_list()? {
        [kind, command] if kind.as_text() == Some("Signed_command") => Some(command),
        _ => None,
    }
}

/// The commands of an answer, wherever in it: they are the objects with an `id`. It is as deep as the JSON parser follows.
fn of_answer(json: &Json, commands: &mut Vec<SignedCommand>) -> Result<(), CommandError> {
    match json {
        Json::List(list) => list.iter().try_for_each(|element| of_answer(element, commands)),
        Json::Object(fields) => match json.get("id").and_then(Json::as_text) {
            Some(id) => {
                let command = SignedCommand::from_id(id)?;
                command.is_claimed(json)?;
                commands.push(command);
                Ok(())
            }
            None => fields.iter().try_for_each(|(_, value)| of_answer(value, commands)),
        },
        _ => Ok(()),
    }
}
