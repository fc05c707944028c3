//! Signatures and signed commands as wallets make them and networks have them.

mod commands;
mod forms;
mod messages;
mod signer;

use quickpickle_mina::formats::json::Json;
use quickpickle_mina::network::NetworkId;
use quickpickle_mina::signature::{Claim, SignatureError, verify_each};
use quickpickle_vectors::{shipped, unzipped};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

fn at<'a>(json: &'a Json, name: &str) -> &'a Json {
    json.get(name).unwrap_or_else(|| panic!("no {name}"))
}

fn text<'a>(json: &'a Json, name: &str) -> &'a str {
    at(json, name).as_text().expect("a string")
}

/// The cases of one kind in `signatures.json.gz`.
fn made(kind: &str) -> Vec<Json> {
    let cases = Json::parse(&unzipped(&shipped("mina/signatures.json.gz")), 1 << 20).expect("JSON");
    let cases = cases.as_list().expect("a list").iter().filter(|case| text(case, "kind") == kind);
    let cases: Vec<_> = cases.cloned().collect();
    assert_eq!(cases.len(), 10, "{kind}");
    cases
}

/// What the wallet gives for a case, with this data.
fn wallet_json(case: &Json, data: Json) -> Json {
    object(vec![
        ("signature", at(case, "signature").clone()),
        ("publicKey", at(case, "public_key").clone()),
        ("data", data),
    ])
}

fn object(fields: Vec<(&str, Json)>) -> Json {
    Json::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn network(json: &Json) -> NetworkId {
    NetworkId::named(text(json, "network"))
}

fn verdicts(claims: &[Claim<'_>]) -> Vec<Result<(), SignatureError>> {
    verify_each(claims, &mut StdRng::seed_from_u64(1))
}

/// The verdict of a case in the words of the file.
fn word(verdict: Result<(), SignatureError>) -> &'static str {
    match verdict {
        Ok(()) => "valid",
        Err(SignatureError::InvalidKey) => "invalid_keys",
        Err(SignatureError::InvalidSignature) => "invalid_signature",
    }
}
