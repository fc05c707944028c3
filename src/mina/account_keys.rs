//! The verification keys of accounts, from a file: what a ledger would answer.
//!
//! A list of accounts, or a daemon's answer with accounts in it:
//!
//! ```json
//! [{"publicKey": "B62...", "tokenId": "w...", "verificationKey": {"data": "base64", "hash": "decimal"}}]
//! ```
//!
//! `tokenId` (`token` in answers) is that of MINA where it is left out, `hash` may be left out and is never believed, `data` has the
//! name `verificationKey` in answers.

use quickpickle_mina::formats::json::Json;
use quickpickle_mina::formats::{Version, base58};
use quickpickle_mina::zkapp_command::{AccountId, AccountKey, AccountKeys};
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::number::element_from_decimal;
use quickpickle_runtime::wire::parts::{Result, Within as _};
use quickpickle_runtime::wire::{DecodeError, Fault, MAX_JSON, o1js};

/// Adds the accounts of a text.
///
/// # Errors
/// Where the text has no account with a key, or one account twice.
pub(super) fn read(keys: &mut AccountKeys, text: &[u8]) -> Result<(), DecodeError> {
    let mut found = Vec::new();
    accounts(&Json::parse(text, MAX_JSON)?, &mut found)?;
    if found.is_empty() {
        return Err(Fault::Inconsistent("no account with publicKey and verificationKey is in it").into());
    }
    for (account, key) in found {
        if keys.insert(account, key).is_some() {
            return Err(Fault::Inconsistent("an account of one key and token twice").into());
        }
    }
    Ok(())
}

/// The accounts of a value, wherever in it. It is as deep as the JSON parser follows.
fn accounts(json: &Json, found: &mut Vec<(AccountId, AccountKey)>) -> Result<()> {
    match json {
        Json::List(list) => {
            for (place, element) in list.iter().enumerate() {
                accounts(element, found).within_element(place)?;
            }
        }
        Json::Object(fields) => match (json.get("publicKey"), json.get("verificationKey")) {
            (Some(_), Some(Json::Null)) => (),
            (Some(public_key), Some(key)) => {
                found.push((id(json, public_key)?, key_of(key).within("verificationKey")?))
            }
            _ => fields.iter().try_for_each(|(_, value)| accounts(value, found))?,
        },
        _ => (),
    }
    Ok(())
}

fn id(account: &Json, public_key: &Json) -> Result<AccountId> {
    let public_key = text(public_key).and_then(base58::decode_key).within("publicKey")?;
    let token = match account.get("tokenId").or(account.get("token")) {
        None | Some(Json::Null) => Fp::from(1u64),
        Some(token) => {
            text(token).and_then(|text| base58::decode_element(Version::TokenId, text)).within("tokenId")?
        }
    };
    Ok(AccountId { public_key, token_id: token })
}

fn key_of(json: &Json) -> Result<AccountKey> {
    let data = json.get("data").or(json.get("verificationKey")).unwrap_or(&Json::Null);
    let mut key =
        AccountKey::from(o1js::verification_key_from_base64(text(data).within("data")?).within("data")?);
    key.claimed_hash = match json.get("hash") {
        None | Some(Json::Null) => None,
        Some(hash) => Some(text(hash).and_then(element_from_decimal).within("hash")?),
    };
    Ok(key)
}

fn text(json: &Json) -> Result<&str, Fault> {
    json.as_text().ok_or_else(|| Fault::Carrier("a string expected".to_owned()))
}
