//! Texts and field elements, and what is wrong with signatures of them.

use ark_ff::{AdditiveGroup as _, Field as _};
use quickpickle_mina::formats::json::Json;
use quickpickle_mina::key::CompressedKey;
use quickpickle_mina::network::NetworkId;
use quickpickle_mina::signature::{Claim, Message, Signature, SignatureError, SignedMessage};
use quickpickle_runtime::curve::{Fp, Fq};

use super::{at, made, network, object, signer, text, verdicts, wallet_json, word};

fn claim<'a>(network: &'a NetworkId, case: &Json, data: &Json) -> Claim<'a> {
    let signed = SignedMessage::from_wallet_json(&wallet_json(case, data.clone()));
    signed.expect("a signed message").claim(network)
}

fn have_the_verdict_of_the_wallet(kind: &str) {
    for case in made(kind) {
        let (due, other) = (network(&case), network(at(&case, "wrong_network")));
        let data = at(&case, "data");
        let mut claims = vec![claim(&due, &case, data), claim(&other, &case, data)];
        let mut words = vec![text(&case, "verdict"), text(at(&case, "wrong_network"), "verdict")];
        for altered in at(&case, "altered").as_list().expect("a list") {
            claims.push(claim(&due, &case, at(altered, "data")));
            words.push(text(altered, "verdict"));
        }
        assert!(words.len() > 2 && words[0] == "valid" && words[1..].iter().all(|word| *word != "valid"));
        let found: Vec<_> = verdicts(&claims).into_iter().map(word).collect();
        assert_eq!(found, words, "{}", text(&case, "name"));
    }
}

#[test]
fn texts_have_the_verdict_of_the_wallet() {
    have_the_verdict_of_the_wallet("string");
}

#[test]
fn field_elements_have_the_verdict_of_the_wallet() {
    have_the_verdict_of_the_wallet("fields");
}

/// Thirty valid claims, of texts and of elements.
fn valid(networks: &[NetworkId; 3]) -> Vec<Claim<'_>> {
    let claims = ["string", "fields"].into_iter().flat_map(made).map(|case| {
        let due = network(&case);
        let due = networks.iter().find(|network| **network == due).expect("one of the networks");
        claim(due, &case, at(&case, "data"))
    });
    let mut claims: Vec<_> = claims.collect();
    claims.extend(claims.clone().into_iter().take(10));
    claims
}

fn networks() -> [NetworkId; 3] {
    [NetworkId::Mainnet, NetworkId::Testnet, NetworkId::named("other")]
}

#[test]
fn exactly_the_culprits_are_found() {
    let networks = networks();
    let valid = valid(&networks);
    assert_eq!(verdicts(&[]), []);
    let sets: [&[usize]; 6] = [&[], &[0], &[29], &[3, 4], &[0, 7, 14, 15, 29], &[1, 2, 3, 5, 8, 13, 21]];
    let all: Vec<_> = (0..valid.len()).collect();
    for wrong in sets.into_iter().chain([all.as_slice()]) {
        let mut claims = valid.clone();
        for place in wrong {
            claims[*place].signature.s += Fq::ONE;
        }
        for (place, verdict) in verdicts(&claims).into_iter().enumerate() {
            assert_eq!(verdict.is_err(), wrong.contains(&place), "{place} of {wrong:?}");
        }
    }
    // Errors that cancel each other in a sum without weights.
    let mut claims = valid.clone();
    claims[4].signature.s += Fq::ONE;
    claims[9].signature.s -= Fq::ONE;
    let verdicts = verdicts(&claims);
    let wrong: Vec<_> = (0..claims.len()).filter(|place| verdicts[*place].is_err()).collect();
    assert_eq!(wrong, [4, 9]);
}

#[test]
fn each_claim_has_its_own_verdict() {
    let networks = networks();
    let mut claims = valid(&networks);
    claims[2].key.x = Fp::ZERO;
    claims[5].signature.r = Fp::ZERO;
    claims[9].message = Message::text("another");
    // Claims of one key and one message do not count for each other.
    claims[20] = claims[21].clone();
    claims[20].signature.s = -claims[21].signature.s;
    let mut expected = vec![Ok(()); claims.len()];
    expected[2] = Err(SignatureError::InvalidKey);
    for place in [5, 9, 20] {
        expected[place] = Err(SignatureError::InvalidSignature);
    }
    assert_eq!(verdicts(&claims), expected);
}

#[test]
fn no_other_signature_is_valid() {
    let networks = networks();
    let valid = &valid(&networks)[13..14];
    assert_eq!(verdicts(valid), [Ok(())]);
    let alter = |alter: &dyn Fn(&mut Claim<'_>)| {
        let mut claim = valid[0].clone();
        alter(&mut claim);
        verdicts(&[claim])
    };
    let invalid = [Err(SignatureError::InvalidSignature)];
    let no_key = [Err(SignatureError::InvalidKey)];
    assert_eq!(alter(&|claim| claim.signature.s = -claim.signature.s), invalid);
    assert_eq!(alter(&|claim| claim.signature.s = Fq::ZERO), invalid);
    assert_eq!(alter(&|claim| claim.signature.r = -claim.signature.r), invalid);
    assert_eq!(alter(&|claim| claim.key.is_odd = !claim.key.is_odd), invalid);
    // Zero, x of no point, which must not be taken for infinity.
    assert_eq!(alter(&|claim| claim.signature.r = Fp::ZERO), invalid);
    assert_eq!(alter(&|claim| claim.signature = Signature::default()), invalid);
    assert_eq!(alter(&|claim| claim.key = CompressedKey::default()), no_key);
    // The generator's own x: a point, but another's.
    assert_eq!(alter(&|claim| claim.key.x = Fp::ONE), invalid);
    assert_eq!(alter(&|claim| claim.signature.r = Fp::ONE), invalid);
}

/// Who has a key could make such signatures by the thousand: they would be equations without a point for the nonce.
#[test]
fn a_nonce_is_a_point_whoever_signs() {
    let (network, secret, message) = (NetworkId::Testnet, Fq::from(5u64), Message::text("a text"));
    let good = signer::sign(&network, &message, secret, Fq::from(7u64));
    let key = signer::public(secret);
    let claim = |signature| Claim { network: &network, key, signature, message: message.clone() };
    let is_point = |r: &Fp| CompressedKey { x: *r, is_odd: false }.point().is_some();
    let r = (1u64..).map(Fp::from).find(|r| !is_point(r)).expect("half of all x have no point");
    let forged = Signature { r, s: signer::challenge(&network, &message, secret, r) * secret };
    let due = [Ok(()), Err(SignatureError::InvalidSignature)];
    assert_eq!(verdicts(&[claim(good), claim(forged)]), due);
}

#[test]
fn a_signature_is_written_in_one_form() {
    for case in made("payment") {
        let signature = Signature::from_wallet_json(at(&case, "signature")).expect("a signature");
        let text = text(&case, "signature_base58");
        assert_eq!(signature.to_string(), text);
        assert_eq!(Signature::from_base58(text), Ok(signature));
    }
    let json =
        |text: &str| Signature::from_wallet_json(&Json::parse(text.as_bytes(), 1 << 10).expect("JSON"));
    assert_eq!(json(r#"{"field": "0", "scalar": "1"}"#), Ok(Signature { r: Fp::ZERO, s: Fq::ONE }));
    // q - 1 is an element of the one field and none of the other.
    let q = "28948022309329048855892746252171976963363056481941647379679742748393362948096";
    assert!(json(&format!(r#"{{"field": "1", "scalar": "{q}"}}"#)).is_ok());
    for refused in [
        &format!(r#"{{"field": "{q}", "scalar": "1"}}"#),
        r#"{"field": "01", "scalar": "1"}"#,
        r#"{"field": "1"}"#,
        r#"{"field": "1", "scalar": 1}"#,
        r#"{"field": "1", "scalar": "1", "more": "1"}"#,
        r#"["1", "1"]"#,
    ] {
        assert!(json(refused).is_err(), "{refused}");
    }
}

#[test]
fn a_message_is_what_the_wallet_gives_and_nothing_else() {
    let case = &made("fields")[0];
    let read = |data: &str| {
        let data = Json::parse(data.as_bytes(), 1 << 10).expect("JSON");
        SignedMessage::from_wallet_json(&wallet_json(case, data)).map(|signed| signed.message)
    };
    let two = Message::Elements(vec![Fp::ONE, Fp::from(2u64)]);
    assert_eq!(read(r#"["1", 2]"#), Ok(two));
    assert_eq!(read(r#""1""#), Ok(Message::text("1")));
    assert_ne!(Message::text("1"), Message::text("l"));
    for refused in ["null", "1", "{}", "[null]", r#"["01"]"#, r#"["-1"]"#, r#"[["1"]]"#] {
        assert!(read(refused).is_err(), "{refused}");
    }
    // `signFields` gives the signature as a text.
    let signed =
        SignedMessage::from_wallet_json(&wallet_json(case, at(case, "data").clone())).expect("signed");
    let fields = |signature: String| {
        object(vec![
            ("data", at(case, "data").clone()),
            ("publicKey", at(case, "public_key").clone()),
            ("signature", Json::Text(signature)),
        ])
    };
    assert_eq!(SignedMessage::from_wallet_json(&fields(signed.signature.to_string())), Ok(signed.clone()));
    assert!(SignedMessage::from_wallet_json(&fields(signed.key.to_string())).is_err());
}
