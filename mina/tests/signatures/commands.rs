//! Payments and delegations.

use ark_ff::Field as _;
use quickpickle_mina::formats::json::Json;
use quickpickle_mina::formats::{Version, base58};
use quickpickle_mina::key::CompressedKey;
use quickpickle_mina::memo::Memo;
use quickpickle_mina::network::NetworkId;
use quickpickle_mina::signature::{Claim, Message, Signature};
use quickpickle_mina::signed_command::{Body, Payload, SignedCommand, verify_each};
use quickpickle_mina::transaction_hash::TransactionHash;
use quickpickle_mina::verdict::{Culprit, Invalid, InvalidKind, Verdict};
use quickpickle_runtime::curve::{Fp, Fq};
use quickpickle_vectors::{entries, name, needs_whole_set, unzipped, whole};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::{at, made, network, object, signer, text, wallet_json};

fn verdicts(commands: &[SignedCommand], network: &NetworkId) -> Vec<Verdict> {
    verify_each(commands, network, &mut StdRng::seed_from_u64(1))
}

/// That the fee payer did not sign.
fn not_signed(fee_payer: CompressedKey) -> Verdict {
    Verdict::Invalid(Invalid::of(InvalidKind::InvalidSignature, Culprit::FeePayer, fee_payer))
}

/// The data of a case as the wallet has it.
pub(super) fn data(data: &Json) -> Json {
    let (common, body) = (at(data, "common"), at(data, "body"));
    let common = |name: &str| at(common, name).clone();
    let mut fields = vec![
        ("from", common("feePayer")),
        ("to", body.get("receiver").or(body.get("newDelegate")).expect("a receiver").clone()),
        ("fee", common("fee")),
        ("nonce", common("nonce")),
        ("memo", common("memo")),
        ("validUntil", common("validUntil")),
    ];
    fields.extend(body.get("amount").map(|amount| ("amount", amount.clone())));
    object(fields)
}

pub(super) fn command(case: &Json, of: &Json) -> SignedCommand {
    SignedCommand::from_wallet_json(&wallet_json(case, data(of))).expect("a signed command")
}

pub(super) fn cases() -> Vec<Json> {
    ["payment", "delegation"].into_iter().flat_map(made).collect()
}

#[test]
fn commands_have_the_verdict_of_the_wallet() {
    for case in cases() {
        let (due, other) = (network(&case), network(at(&case, "wrong_network")));
        let signed = command(&case, at(&case, "data"));
        assert_eq!(signed.payload.memo.to_string(), text(&case, "memo_base58"));
        let mut commands = vec![signed];
        let mut words = vec![text(&case, "verdict")];
        for altered in at(&case, "altered").as_list().expect("a list") {
            commands.push(command(&case, at(altered, "data")));
            words.push(text(altered, "verdict"));
        }
        assert!(words.len() >= 5 && words[0] == "valid" && words[1..].iter().all(|word| *word != "valid"));
        let found: Vec<_> = verdicts(&commands, &due).iter().map(Verdict::word).collect();
        assert_eq!(found, words, "{}", text(&case, "name"));
        let elsewhere = verdicts(&[signed], &other)[0].word();
        assert_eq!(elsewhere, text(at(&case, "wrong_network"), "verdict"), "{}", text(&case, "name"));
    }
}

/// The command of a case as a precomputed block has it. The cases have what the Rust node writes: the fee in nanomina, and the
/// slot behind its constructor.
pub(super) fn ocaml_json(case: &Json) -> Json {
    let mut command = at(case, "command").clone();
    let common = ["payload", "common"].iter().fold(&mut command, |json, name| field(json, name));
    let slot = field(common, "valid_until");
    *slot = slot.as_list().expect("a constructor and a slot")[1].clone();
    let fee = field(common, "fee");
    let nanomina: u64 = fee.as_text().expect("a fee").parse().expect("a number");
    let mina = format!("{}.{:09}", nanomina / 1_000_000_000, nanomina % 1_000_000_000);
    *fee = Json::Text(mina.trim_end_matches('0').trim_end_matches('.').to_owned());
    command
}

fn field<'a>(json: &'a mut Json, name: &str) -> &'a mut Json {
    let Json::Object(fields) = json else { panic!("no object") };
    &mut fields.iter_mut().find(|(found, _)| found == name).unwrap_or_else(|| panic!("no {name}")).1
}

#[test]
fn a_command_is_the_same_in_every_form() {
    for case in cases() {
        let command = command(&case, at(&case, "data"));
        let bytes = command.to_binprot();
        assert_eq!(SignedCommand::from_binprot(&bytes), Ok(command));
        assert_eq!(SignedCommand::from_id(&command.to_id()), Ok(command));
        assert_eq!(SignedCommand::from_json(&ocaml_json(&case)), Ok(command));
        assert!(
            SignedCommand::from_binprot(&[bytes.as_slice(), &[0]].concat()).is_err(),
            "a byte after the end"
        );
        let hash = command.hash();
        assert_eq!(TransactionHash::from_base58(&hash.to_string()), Ok(hash));
    }
    let id = command(&cases()[0], at(&cases()[0], "data")).to_id();
    assert!(id.starts_with("Av"), "{id}");
    // The same of another version.
    let other = id.replacen("Av", "Af", 1);
    for refused in [&id[1..], &id[..id.len() - 4], &other, "", "AQ==", "Ag==", &"A".repeat(4000)] {
        assert!(SignedCommand::from_id(refused).is_err(), "{refused}");
    }
}

/// The first constructor is not what an unknown name stands for: the rest of the body would decode as a payment's.
#[test]
fn a_body_with_an_unknown_constructor_is_refused() {
    let mut payment = cases().iter().map(ocaml_json).find_map(|mut command| {
        let body = field(field(&mut command, "payload"), "body");
        (body.as_list()?.first()?.as_text()? == "Payment").then_some(command)
    });
    let payment = payment.as_mut().expect("a payment among the cases");
    assert!(SignedCommand::from_json(payment).is_ok());
    for name in [Json::Text("Payments".to_owned()), Json::Text(String::new()), Json::Null] {
        let Json::List(body) = field(field(payment, "payload"), "body") else { panic!("a list") };
        body[0] = name;
        assert!(SignedCommand::from_json(payment).is_err());
    }
}

#[test]
fn what_a_wallet_does_not_write_is_refused() {
    let case = &cases()[0];
    let Json::Object(fields) = wallet_json(case, data(at(case, "data"))) else { panic!("an object") };
    let read = |fields: &[(String, Json)]| SignedCommand::from_wallet_json(&Json::Object(fields.to_vec()));
    assert!(read(&fields).is_ok());
    for left_out in 0..fields.len() {
        let mut fewer = fields.clone();
        fewer.remove(left_out);
        assert!(read(&fewer).is_err());
    }
    let mut more = fields.clone();
    more.push(("memo".to_owned(), Json::Text(String::new())));
    assert!(read(&more).is_err());
    for (field, value) in [
        ("memo", "a memo of more than 32 bytes, which no command has room for"),
        ("nonce", "4294967296"),
        ("fee", "18446744073709551616"),
        ("fee", "0.1"),
        ("amount", "-1"),
        ("to", "B62"),
    ] {
        let mut altered = fields.clone();
        let Json::Object(data) = &mut altered[2].1 else { panic!("the data") };
        let (_, found) = data.iter_mut().find(|(name, _)| name == field).expect("a field");
        *found = Json::Text(value.to_owned());
        assert!(read(&altered).is_err(), "{field} {value}");
    }
}

/// Each field of a command changed in turn, with a word for it.
fn alterations(command: SignedCommand) -> Vec<(&'static str, SignedCommand)> {
    let mut altered = Vec::new();
    let mut alter = |what, alter: &dyn Fn(&mut SignedCommand)| {
        let mut command = command;
        alter(&mut command);
        altered.push((what, command));
    };
    let other = base58::decode_key("B62qmpxkQGXXmLfFR3EekMJerDCBDPNNoNnMdegJpkw1gThKvYnnBay").expect("a key");
    alter("fee", &|c| c.payload.fee ^= 1);
    alter("fee payer", &|c| c.payload.fee_payer = other);
    alter("fee payer and signer", &|c| (c.payload.fee_payer, c.signer) = (other, other));
    alter("nonce", &|c| c.payload.nonce ^= 1);
    alter("valid until", &|c| c.payload.valid_until ^= 1 << 31);
    for at in 0..34 {
        alter("memo", &move |c| c.payload.memo.0[at] ^= 1 << (at % 8));
    }
    alter("receiver", &|c| match &mut c.payload.body {
        Body::Payment { receiver: key, .. } | Body::Delegation { new_delegate: key } => *key = other,
    });
    alter("parity of the receiver", &|c| match &mut c.payload.body {
        Body::Payment { receiver: key, .. } | Body::Delegation { new_delegate: key } => key.is_odd ^= true,
    });
    alter("amount", &|c| {
        if let Body::Payment { amount, .. } = &mut c.payload.body {
            *amount ^= 1 << 63;
        } else {
            c.payload.nonce ^= 2;
        }
    });
    alter("kind", &|c| {
        let receiver = c.payload.body.receiver();
        c.payload.body = match c.payload.body {
            Body::Payment { .. } => Body::Delegation { new_delegate: receiver },
            Body::Delegation { .. } => Body::Payment { receiver, amount: 0 },
        }
    });
    alter("signer", &|c| c.signer = other);
    altered
}

#[test]
fn every_field_counts() {
    for case in cases() {
        let command = command(&case, at(&case, "data"));
        let altered = alterations(command);
        let commands: Vec<_> = altered.iter().map(|(_, command)| *command).collect();
        for ((what, altered), verdict) in altered.iter().zip(verdicts(&commands, &network(&case))) {
            assert_eq!(verdict, not_signed(altered.payload.fee_payer), "{what}");
            assert_ne!(altered.hash(), command.hash(), "{what}");
        }
        // The hash does not have the signature.
        let unsigned = SignedCommand { signature: Signature { r: Fp::ONE, s: -Fq::ONE }, ..command };
        assert_eq!(unsigned.hash(), command.hash());
        assert_eq!(verdicts(&[unsigned], &network(&case)), [not_signed(command.signer)]);
    }
}

#[test]
fn keys_that_are_no_points_are_named() {
    let case = &cases()[0];
    let command = command(case, at(case, "data"));
    let no_point = (2..100u64).map(|x| CompressedKey { x: Fp::from(x), is_odd: true });
    let no_point =
        no_point.into_iter().find(|key| key.point().is_none()).expect("half of all x have no point");
    let mut payer = command;
    (payer.payload.fee_payer, payer.signer) = (no_point, no_point);
    let mut receiver = command;
    receiver.payload.body = Body::Payment { receiver: no_point, amount: 1 };
    let keys = |culprits: &[Culprit]| {
        let (culprits, keys) = (culprits.to_vec(), vec![no_point; culprits.len()]);
        Verdict::Invalid(Invalid { kind: InvalidKind::InvalidKeys, culprits, keys })
    };
    let expected = [keys(&[Culprit::FeePayer]), Verdict::Valid, keys(&[Culprit::Receiver])];
    assert_eq!(verdicts(&[payer, command, receiver], &network(case)), expected);
    let mut both = payer;
    both.payload.body = Body::Delegation { new_delegate: no_point };
    assert_eq!(verdicts(&[both], &network(case)), [keys(&[Culprit::FeePayer, Culprit::Receiver])]);
}

#[test]
fn another_signer_than_the_fee_payer_is_refused_with_a_good_signature() {
    let network = NetworkId::Mainnet;
    let (payer, other) = (Fq::from(5u64), Fq::from(6u64));
    let (payer_key, other_key) = (signer::public(payer), signer::public(other));
    let payload = Payload {
        fee_payer: payer_key,
        body: Body::Payment { receiver: other_key, amount: 1 },
        ..Payload::default()
    };
    let message = Message::Legacy(payload.to_legacy_input());
    let signed = |secret| {
        let signature = signer::sign(&network, &message, secret, Fq::from(7u64));
        SignedCommand { payload, signer: signer::public(secret), signature }
    };
    let expected = [Verdict::Valid, not_signed(payer_key)];
    assert_eq!(verdicts(&[signed(payer), signed(other)], &network), expected);
    // The signature alone is good.
    let stolen = signed(other);
    let claim =
        Claim { network: &network, key: other_key, signature: stolen.signature, message: message.clone() };
    assert_eq!(super::verdicts(&[claim]), [Ok(())]);
}

#[test]
fn no_byte_can_be_altered() {
    for case in [&cases()[0], &cases()[10]] {
        let command = command(case, at(case, "data"));
        let bytes = command.to_binprot();
        let mut decoded = Vec::new();
        for at in 0..bytes.len() {
            for flipped in [0x01, 0x80] {
                let mut altered = bytes.clone();
                altered[at] ^= flipped;
                let Ok(altered) = SignedCommand::from_binprot(&altered) else { continue };
                assert_ne!(altered, command, "byte {at}");
                decoded.push(altered);
            }
            assert!(SignedCommand::from_binprot(&bytes[..at]).is_err(), "cut to {at} bytes");
        }
        assert!(decoded.len() > bytes.len(), "most decode, not {} of {} bytes", decoded.len(), bytes.len());
        for (altered, verdict) in decoded.iter().zip(verdicts(&decoded, &network(case))) {
            assert!(!verdict.is_valid(), "{altered:?}");
        }
    }
}

/// What is longer in bin_prot than its type, or says another length.
#[test]
fn numbers_and_lengths_of_bin_prot_are_those_of_the_type() {
    let mut signed = command(&cases()[0], at(&cases()[0], "data"));
    signed.payload.nonce = 0x7fff_ffff;
    let bytes = signed.to_binprot();
    let replaced = |find: &[u8], other: &[u8]| {
        let at = bytes.windows(find.len()).position(|window| window == find).expect("it");
        SignedCommand::from_binprot(&[&bytes[..at], other, &bytes[at + find.len()..]].concat())
    };
    // A nonce of 33 bits, of which the lower 32 are the same.
    let nonce = [0xfd, 0xff, 0xff, 0xff, 0x7f];
    assert_eq!(replaced(&nonce, &nonce), Ok(signed));
    assert!(replaced(&nonce, &[0xfc, 0xff, 0xff, 0xff, 0x7f, 1, 0, 0, 0]).is_err());
    // The memo follows its length, and the slot its constructor.
    let memo = [&[34][..], &signed.payload.memo.0].concat();
    assert_eq!(replaced(&memo, &memo), Ok(signed));
    assert!(replaced(&memo, &[&[33][..], &memo[1..]].concat()).is_err());
    let slot = [&nonce[..], &[0]].concat();
    assert_eq!(replaced(&slot, &slot), Ok(signed));
    assert!(replaced(&slot, &[&nonce[..], &[1]].concat()).is_err());
}

#[test]
fn a_transactions_hash_says_its_length() {
    let text = |length: u8| base58::encode(Version::TransactionHash, &[&[length][..], &[7; 32]].concat());
    assert_eq!(TransactionHash::from_base58(&text(32)), Ok(TransactionHash([7; 32])));
    assert!(TransactionHash::from_base58(&text(31)).is_err());
    let memo = base58::encode(Version::Memo, &[&[32][..], &[7; 32]].concat());
    assert!(TransactionHash::from_base58(&memo).is_err(), "another thing");
}

fn mainnets_commands_are_valid_and_hash_to_their_names() {
    let lines = unzipped(&whole("network/signatures/mainnet-signed-commands.jsonl.gz"));
    let mut commands = Vec::new();
    for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line = Json::parse(line, 1 << 16).expect("JSON");
        let bytes = hex::decode(text(&line, "binprot")).expect("hex");
        let command = SignedCommand::from_binprot(&bytes).expect("a command");
        assert_eq!(command.to_binprot(), bytes);
        assert_eq!(command.hash().to_string(), text(&line, "hash"));
        commands.push(command);
    }
    assert_eq!(commands.len(), 137);
    assert_eq!(verdicts(&commands, &NetworkId::Mainnet), vec![Verdict::Valid; 137]);
    assert!(verdicts(&commands, &NetworkId::Testnet).iter().all(|verdict| !verdict.is_valid()));
}

fn commands_in_blocks_are_valid_and_hash_to_their_names() {
    let (mut commands, mut hashes) = (Vec::new(), 0);
    for path in entries(&whole("network/blocks")).iter().filter(|path| name(path).ends_with(".json.gz")) {
        if !name(path).starts_with("mainnet-") {
            continue;
        }
        let block = Json::parse(&unzipped(path), 64 << 20).expect("JSON");
        let diff = at(at(at(&block, "data"), "staged_ledger_diff"), "diff");
        let halves = diff.as_list().expect("two halves").iter().filter_map(|half| half.get("commands"));
        for of_block in halves.flat_map(|commands| commands.as_list().expect("a list")) {
            let Some([kind, signed]) = at(of_block, "data").as_list() else { panic!("a pair") };
            if kind.as_text() == Some("Signed_command") {
                let command =
                    SignedCommand::from_json(signed).unwrap_or_else(|e| panic!("{}: {e}", name(path)));
                // Not all archives have the hashes.
                if let Some(hash) = of_block.get("txn_hash") {
                    assert_eq!(Some(command.hash().to_string().as_str()), hash.as_text(), "{}", name(path));
                    hashes += 1;
                }
                assert_eq!(SignedCommand::from_binprot(&command.to_binprot()), Ok(command));
                commands.push(command);
            }
        }
    }
    assert!(commands.len() > 300 && hashes > 300, "{} commands, {hashes} hashes", commands.len());
    assert!(commands.iter().any(|command| command.payload.memo.text().is_some_and(|memo| !memo.is_empty())));
    assert_eq!(verdicts(&commands, &NetworkId::Mainnet), vec![Verdict::Valid; commands.len()]);
    // Of hundreds exactly the one whose memo is another.
    let wrong = commands.len() / 3;
    commands[wrong].payload.memo = Memo::from_text("another").expect("short");
    let verdicts = verdicts(&commands, &NetworkId::Mainnet);
    assert!(verdicts.iter().enumerate().all(|(place, verdict)| verdict.is_valid() == (place != wrong)));
}

needs_whole_set!(
    mainnets_commands_are_valid_and_hash_to_their_names,
    commands_in_blocks_are_valid_and_hash_to_their_names,
);
