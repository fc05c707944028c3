//! What to ask a daemon's GraphQL, and which objects are in its answers. To send the one and fetch the other is for the caller.
//!
//! Facts: Mina, `src/lib/mina_graphql/mina_graphql.ml` (`bestChain`, `protocolState`, `block`,
//! `encodedSnarkedLedgerAccountMembership`). Nothing in an answer is believed: it gives objects, which are to be verified.

use core::num::NonZeroUsize;

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::error::ErrorKind;
use quickpickle_runtime::wire::parts::Within as _;
use quickpickle_runtime::wire::{DecodeError, Fault, MAX_JSON, excerpt};

use crate::account::Membership;
use crate::block::{Block, BlockError, state_hash_from_text, state_hash_text};
use crate::formats::json::{Json, expected};
use crate::formats::{Version, base58};
use crate::zkapp_command::AccountId;

pub use crate::block::MAX_BLOCKS;

/// The longest answer that is read, in bytes. One with the states of as many blocks as are asked for at most has 1,100,000.
pub const MAX_ANSWER: usize = MAX_JSON;

/// Why there is nothing in an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DaemonError {
    /// The answer is none to what was asked.
    #[error("the daemon's answer cannot be read")]
    Decode(#[from] DecodeError),
    /// There is no block in it, or it claims something of a block that is false.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The daemon answered with an error.
    #[error("the daemon's answer is an error: {message}")]
    Refused {
        /// The beginning of its message.
        message: String,
    },
    /// The daemon has no best chain yet.
    #[error("the daemon has no best chain: it is not synchronised yet")]
    NoChain,
    /// The account is not the one that was asked for.
    #[error("the daemon answered with another account: {found}, and {expected} was asked for")]
    OtherAccount {
        /// Which it is.
        found: Box<AccountId>,
        /// Which it has to be.
        expected: Box<AccountId>,
    },
}

impl DaemonError {
    /// What kind of error this is. Another account than the one that was asked for is a false answer, so it is rejected.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Block(error) => error.kind(),
            Self::OtherAccount { .. } => ErrorKind::Rejected,
            Self::Decode(_) | Self::Refused { .. } | Self::NoChain => ErrorKind::Malformed,
        }
    }
}

/// The body of a request with a query.
fn request(query: &str) -> String {
    serde_json::json!({ "query": query }).to_string()
}

/// Asks for the hashes of the last `length` states of the daemon's best chain.
pub fn best_chain(length: NonZeroUsize) -> String {
    request(&format!("{{ bestChain(maxLength: {length}) {{ stateHash }} }}"))
}

/// The state hashes of an answer to [`best_chain`], the oldest first: at least one, and no more than were asked for.
///
/// # Errors
/// Where the answer has no such list.
pub fn read_best_chain(answer: &[u8], length: NonZeroUsize) -> Result<Vec<Fp>, DaemonError> {
    let answer = json(answer)?;
    match answer.get("data").and_then(|data| data.get("bestChain")) {
        Some(Json::Null) => Err(DaemonError::NoChain),
        Some(Json::List(list)) if list.is_empty() => Err(DaemonError::NoChain),
        chain => Ok(hashes(chain.and_then(Json::as_list), length.get()).within("bestChain")?),
    }
}

fn hashes(blocks: Option<&[Json]>, max: usize) -> Result<Vec<Fp>, DecodeError> {
    let blocks = blocks.ok_or_else(|| expected("a list of blocks"))?;
    if blocks.len() > max {
        return Err(Fault::TooMany { max }.into());
    }
    let hash = |(at, block): (usize, &Json)| {
        let text = block.get("stateHash").and_then(Json::as_text).unwrap_or_default();
        state_hash_from_text(text).within("stateHash").within_element(at)
    };
    blocks.iter().enumerate().map(hash).collect()
}

/// Asks for the states of these hashes, and for the proof of the last one.
pub fn states(hashes: &[Fp]) -> String {
    let mut query = String::from("{");
    for (place, hash) in hashes.iter().enumerate() {
        let hash = state_hash_text(hash);
        // As many digits as the longest: whoever sorts the answer's fields leaves the states in their order.
        query +=
            &format!(" protocolState_{place:03}: protocolState(encoding: BASE64, stateHash: \"{hash}\")");
    }
    if let Some(hash) = hashes.last().map(state_hash_text) {
        query += &format!(" block(stateHash: \"{hash}\") {{ stateHash protocolStateProof {{ base64 }} }}");
    }
    request(&(query + " }"))
}

/// The blocks of an answer to [`states`], in the order of its states.
///
/// # Errors
/// Where there is none, or the answer claims something of a block that is false.
pub fn read_states(answer: &[u8]) -> Result<Vec<Block>, DaemonError> {
    Ok(Block::read(answer)?)
}

/// Asks for an account, and its path in the snarked ledger of the state of this hash.
pub fn membership(account: &AccountId, state_hash: &Fp) -> String {
    let AccountId { public_key, token_id } = account;
    let (token, hash) = (base58::encode_element(Version::TokenId, token_id), state_hash_text(state_hash));
    request(&format!(
        "{{ encodedSnarkedLedgerAccountMembership(accountInfos: [{{publicKey: \"{public_key}\", token: \"{token}\"}}], \
         stateHash: \"{hash}\") {{ account merklePath {{ left right }} }} }}"
    ))
}

/// The account of an answer to [`membership`]. That its path leads to the ledger is still to be checked.
///
/// # Errors
/// Where the answer is not one account, or is another account than the one that was asked for.
pub fn read_membership(answer: &[u8], account: &AccountId) -> Result<Membership, DaemonError> {
    let mut accounts = Membership::from_graphql(&json(answer)?)?;
    let (Some(membership), true) = (accounts.pop(), accounts.is_empty()) else {
        return Err(DecodeError::from(Fault::TooMany { max: 1 }).into());
    };
    let found =
        AccountId { public_key: membership.account.public_key, token_id: membership.account.token_id };
    if found == *account {
        Ok(membership)
    } else {
        Err(DaemonError::OtherAccount { found: found.into(), expected: (*account).into() })
    }
}

/// The JSON of an answer that is no error.
fn json(answer: &[u8]) -> Result<Json, DaemonError> {
    let answer = Json::parse(answer, MAX_ANSWER)?;
    match answer.get("errors") {
        None | Some(Json::Null) => Ok(answer),
        Some(errors) => Err(DaemonError::Refused { message: message(errors) }),
    }
}

/// The beginning of the first message, if there is one.
fn message(errors: &Json) -> String {
    let first = errors.as_list().and_then(|list| list.first()).and_then(|error| error.get("message"));
    excerpt(&first.and_then(Json::as_text).unwrap_or("without a message"))
}

/// The error that the body of a refused request tells of, where it does.
pub fn refusal(body: &[u8]) -> Option<DaemonError> {
    json(body).err().filter(|error| matches!(error, DaemonError::Refused { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(request: &str) -> String {
        let request: serde_json::Value = serde_json::from_str(request).expect("JSON");
        assert_eq!(request.as_object().map(serde_json::Map::len), Some(1));
        request["query"].as_str().expect("a query").to_owned()
    }

    fn length(length: usize) -> NonZeroUsize {
        NonZeroUsize::new(length).expect("not zero")
    }

    #[test]
    fn a_query_names_what_is_asked_for() {
        assert_eq!(query(&best_chain(length(16))), "{ bestChain(maxLength: 16) { stateHash } }");
        let hashes = [Fp::from(1u64), Fp::from(2u64)];
        let [first, last] = hashes.map(|hash| state_hash_text(&hash));
        assert_eq!(
            query(&states(&hashes)),
            format!(
                "{{ protocolState_000: protocolState(encoding: BASE64, stateHash: \"{first}\") \
                 protocolState_001: protocolState(encoding: BASE64, stateHash: \"{last}\") \
                 block(stateHash: \"{last}\") {{ stateHash protocolStateProof {{ base64 }} }} }}"
            )
        );
        let account = AccountId::default();
        let asked = query(&membership(&account, &hashes[0]));
        let token = base58::encode_element(Version::TokenId, &account.token_id);
        for part in [account.public_key.to_string(), token, first] {
            assert!(asked.contains(&format!("\"{part}\"")), "{asked}");
        }
    }

    #[test]
    fn a_chain_is_no_longer_than_asked_for() {
        let hashes: Vec<Fp> = (0..3u64).map(Fp::from).collect();
        let blocks: Vec<String> =
            hashes.iter().map(|hash| format!("{{\"stateHash\":\"{}\"}}", state_hash_text(hash))).collect();
        let answer = format!("{{\"data\":{{\"bestChain\":[{}]}}}}", blocks.join(","));
        assert_eq!(read_best_chain(answer.as_bytes(), length(3)), Ok(hashes));
        let error = read_best_chain(answer.as_bytes(), length(2)).expect_err("three");
        assert_eq!(
            error,
            DaemonError::Decode(Err::<(), _>(Fault::TooMany { max: 2 }).within("bestChain").unwrap_err())
        );
        for none in ["{\"data\":{\"bestChain\":null}}", "{\"data\":{\"bestChain\":[]}}"] {
            assert_eq!(read_best_chain(none.as_bytes(), length(2)), Err(DaemonError::NoChain));
        }
    }
}
