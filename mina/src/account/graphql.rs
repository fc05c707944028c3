//! Accounts with their paths as the daemon answers over GraphQL.
//!
//! `encodedSnarkedLedgerAccountMembership` has accounts in base64 of bin_prot. `account` has one field by field, as many as were
//! asked for; those that are not about the account itself are passed over. Facts: Mina, `src/lib/mina_graphql/types.ml`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::Fault;
use quickpickle_runtime::wire::number::element_from_decimal;
use quickpickle_runtime::wire::parts::{Codec as _, Result, Within as _};

use super::format::symbol;
use super::{Account, DEPTH, Membership, MerklePath, Side, Timing};
use crate::formats::json::{Json, JsonReader, expected};
use crate::formats::{Format as _, Version, read_graphql, read_json};
use crate::zkapp_command::{format, permissions};

const ENCODED: &str = "encodedSnarkedLedgerAccountMembership";
/// Accounts of one answer at most.
const MAX_ACCOUNTS: usize = 4096;

impl Membership {
    /// Reads a daemon's answer, whole or what is in its `data`: all accounts in it.
    ///
    /// # Errors
    /// Where there is none, or one is not whole.
    pub fn from_graphql(answer: &Json) -> Result<Vec<Self>> {
        let data = match answer.get("data") {
            Some(data) => data,
            None if answer.get("errors").is_some() => return Err(expected("an answer without errors").into()),
            None => answer,
        };
        if let Some(list) = data.get(ENCODED) {
            return encoded(list).within(ENCODED);
        }
        match data.get("account") {
            Some(Json::Null) => Err(expected("an account, and the daemon knows none,")).within("account"),
            Some(account @ Json::Object(_)) => structured(account).within("account").map(|one| vec![one]),
            // One entry of the list alone.
            Some(_) => encoded_one(data).map(|one| vec![one]),
            None => Err(expected("an answer with an account").into()),
        }
    }
}

fn part<'a>(json: &'a Json, name: &'static str) -> Result<&'a Json> {
    json.get(name).ok_or_else(|| expected("a value")).within(name)
}

fn encoded(list: &Json) -> Result<Vec<Membership>> {
    let list = list.as_list().ok_or_else(|| expected("a list"))?;
    match list.len() {
        0 => return Err(Fault::TooFew { found: 0, expected: 1 }.into()),
        1..=MAX_ACCOUNTS => (),
        _ => return Err(Fault::TooMany { max: MAX_ACCOUNTS }.into()),
    }
    list.iter().enumerate().map(|(at, one)| encoded_one(one).within_element(at)).collect()
}

fn encoded_one(one: &Json) -> Result<Membership> {
    let text = one.get("account").and_then(Json::as_text);
    let bytes = text.and_then(|text| STANDARD.decode(text).ok());
    let bytes = bytes.ok_or_else(|| expected("an account in base64")).within("account")?;
    let account = Account::from_binprot(&bytes).within("account")?;
    Ok(Membership { account, path: path(one)? })
}

fn structured(json: &Json) -> Result<Membership> {
    if json.get("zkappState").is_some_and(|state| *state != Json::Null) {
        // Neither its version nor the slot of its last action can be asked for.
        let whole = Fault::Inconsistent(
            "a zkApp's account lacks two hashed parts in this form: ask for encodedSnarkedLedgerAccountMembership",
        );
        return Err(whole).within("zkappState");
    }
    let mut account = read_json(json, |f, a: &mut Account| {
        f.field("publicKey", |f| f.public_key(&mut a.public_key))?;
        let token = if json.get("tokenId").is_some() { "tokenId" } else { "token" };
        f.field(token, |f| f.hash(Version::TokenId, &mut a.token_id))?;
        f.field("tokenSymbol", |f| symbol(f, &mut a.token_symbol))?;
        f.field("balance", |f| f.field("total", |f| f.u64(&mut a.balance)))?;
        f.field("nonce", |f| f.u32(&mut a.nonce))?;
        f.field("receiptChainHash", |f| f.hash(Version::ReceiptChainHash, &mut a.receipt_chain_hash))?;
        let delegate = &mut a.delegate;
        if json.get("delegateAccount").is_some() {
            f.field("delegateAccount", |f| {
                f.option(delegate, |f, key| f.field("publicKey", |f| f.public_key(key)))
            })?;
        } else {
            f.field("delegate", |f| f.option(delegate, JsonReader::public_key))?;
        }
        f.field("votingFor", |f| f.hash(Version::StateHash, &mut a.voting_for))?;
        f.check(|| a.check())
    })?;
    account.timing = timing(part(json, "timing")?).within("timing")?;
    account.permissions = read_graphql(part(json, "permissions")?, permissions).within("permissions")?;
    Ok(Membership { account, path: path(json)? })
}

/// Of an account without timing all parts are `null`.
fn timing(json: &Json) -> Result<Option<Timing>> {
    match json {
        Json::Object(parts) if parts.iter().all(|(_, part)| *part == Json::Null) => Ok(None),
        _ => read_graphql(json, format::timing).map(Some),
    }
}

fn path(json: &Json) -> Result<MerklePath> {
    let steps = json.get("merklePath").and_then(Json::as_list);
    let steps = steps.ok_or_else(|| expected("a list")).within("merklePath")?;
    if steps.len() > DEPTH {
        return Err(Fault::TooMany { max: DEPTH }).within("merklePath");
    }
    let sides = steps.iter().enumerate().map(|(at, step)| side(step).within_element(at));
    let sides: Result<Vec<Side>> = sides.collect();
    sides.and_then(|sides| Ok(MerklePath::new(&sides)?)).within("merklePath")
}

/// One of two fields is a sibling; the other is null, or is not there.
fn side(step: &Json) -> Result<Side> {
    let sibling = |name| step.get(name).filter(|value| **value != Json::Null);
    match (sibling("left"), sibling("right")) {
        (Some(sibling), None) => Ok(Side::Left(element(sibling).within("left")?)),
        (None, Some(sibling)) => Ok(Side::Right(element(sibling).within("right")?)),
        _ => Err(Fault::Inconsistent("a step of a path is left or right, and not both").into()),
    }
}

fn element(json: &Json) -> Result<Fp> {
    let digits = json.as_text().ok_or_else(|| expected("a field element in quotes"))?;
    Ok(element_from_decimal(digits)?)
}
