//! What Mina's networks send, over gRPC: the verdicts of the library, in the words of Mina's verifier.

use std::path::Path;

use quickpickle_mina::ledger_proof::SokMessage as LibrarySok;
use quickpickle_mina::snark_work::SnarkWork;
use quickpickle_node::proto::v1::culprit::Part;
use quickpickle_node::proto::v1::verdict::Kind;
use quickpickle_node::proto::v1::{
    Block, Command, Culprit, LedgerProof, Proof, SokMessage, Verdict, VerifyBatchRequest,
    VerifyBlocksRequest, VerifyCommandsRequest, VerifyLedgerProofsRequest, VerifyStreamRequest, ZkappAccount,
    block, command, ledger_proof, proof, zkapp_account,
};
use quickpickle_vectors::{needs_whole_set, read, shipped, text, whole};
use serde_json::{Value, json};
use tokio_stream::StreamExt as _;
use tonic::Code;

use crate::proofs::{side_loaded, verify};
use crate::support::Node;

needs_whole_set!(
    blocks_are_verified_and_those_of_other_networks_refused_by_name,
    ledger_proofs_and_works_are_verified_with_fee_and_prover,
    real_commands_are_valid_and_altered_ones_refused_with_their_words,
    blocks_works_commands_and_proofs_are_verified_together,
);

const MAINNET: [&str; 2] = ["--network", "mainnet"];
/// The block whose proof is in the set.
const BLOCK: &str = "network/blocks/mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc";
const WORK: &str = "network/ledger-proofs/mainnet-merge-100-0";

/// Runs what is asynchronous in a test that is not.
fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(test);
}

fn unzipped(path: &Path) -> Value {
    serde_json::from_slice(&quickpickle_vectors::unzipped(path)).expect("JSON")
}

/// The word of Mina's verifier, or else that of the kind.
fn word(verdict: &Verdict) -> String {
    match &verdict.mina {
        Some(mina) => mina.word().as_str_name().to_lowercase(),
        None => verdict.kind().word().to_owned(),
    }
}

/// The cases of a file; `@k` in it stands for one of its strings.
fn cases(path: &Path) -> Vec<Value> {
    fn put(value: &mut Value, strings: &Value) {
        match value {
            Value::String(text) => {
                if let Some(string) = text.strip_prefix('@').and_then(|name| strings.get(name)) {
                    *value = string.clone();
                }
            }
            Value::Array(list) => list.iter_mut().for_each(|value| put(value, strings)),
            Value::Object(fields) => fields.values_mut().for_each(|value| put(value, strings)),
            _ => (),
        }
    }
    let mut file = unzipped(path);
    if file.get("cases").is_none() {
        return vec![file];
    }
    let (mut cases, strings) = (file["cases"].take(), file["strings"].take());
    put(&mut cases, &strings);
    cases.as_array().expect("cases").clone()
}

/// The commands of the repository that are of this protocol.
fn made() -> Vec<Value> {
    let mut cases = cases(&shipped("mina/zkapp-commands.json.gz"));
    cases.retain(|case| !string(&case["name"]).starts_with("mesa"));
    cases
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The zkApp command of a case, with the keys of its accounts.
fn zkapp(case: &Value) -> Command {
    let list = |name: &str| case[name].as_array().cloned().unwrap_or_default();
    let mut accounts = Vec::new();
    for account in list("accounts") {
        let hash = &account["verification_key_hash"];
        let keys = list("verification_keys");
        let Some(key) = keys.iter().find(|key| hash.is_string() && &key["hash"] == hash) else { continue };
        accounts.push(ZkappAccount {
            public_key: string(&account["public_key"]),
            token_id: string(&account["token_id"]),
            key: Some(zkapp_account::Key::Base64(string(&key["data"]))),
            hash: string(hash),
        });
    }
    Command {
        command: Some(command::Command::ZkappJson(case["command"].to_string())),
        network: string(&case["network"]),
        accounts,
        failed: false,
    }
}

/// The payment or delegation of a case, as the wallet has it.
fn payment(case: &Value, network: &Value) -> Command {
    let (common, body) = (&case["data"]["common"], &case["data"]["body"]);
    let mut data = json!({
        "from": common["feePayer"],
        "to": body.get("receiver").unwrap_or(&body["newDelegate"]),
    });
    for (field, value) in ["fee", "nonce", "memo", "validUntil"].map(|field| (field, &common[field])) {
        data[field] = value.clone();
    }
    if let Some(amount) = body.get("amount") {
        data["amount"] = amount.clone();
    }
    let text = json!({"signature": case["signature"], "publicKey": case["public_key"], "data": data});
    Command {
        command: Some(command::Command::SignedText(text.to_string())),
        network: string(network),
        ..Command::default()
    }
}

async fn verify_commands(node: &Node, commands: Vec<Command>) -> Vec<Verdict> {
    let answer = node.client().await.verify_commands(VerifyCommandsRequest { commands }).await;
    answer.expect("an answer").into_inner().verdicts
}

/// What is said about one command.
async fn verify_command(node: &Node, command: Command) -> Verdict {
    verify_commands(node, vec![command]).await.pop().expect("a verdict")
}

fn assert_case(case: &Value, verdict: &Verdict) {
    let (name, word) = (&case["name"], word(verdict));
    let also = case["also_accepted"].as_array().cloned().unwrap_or_default();
    let is_due = case["verdict"] == word || also.iter().any(|other| *other == word);
    assert!(is_due, "{name}: {word}, not {}: {}", case["verdict"], verdict.reason);
    assert_eq!(word == "valid", verdict.kind() == Kind::Valid, "{name}");
    let due = case["culprits"].as_array().filter(|_| case["verdict"] == word);
    if let (Some(due), Some(mina)) = (due, &verdict.mina) {
        let culprits: Vec<Value> = mina.culprits.iter().map(|culprit| place(culprit, name)).collect();
        assert_eq!(&culprits, due, "{name}");
    }
}

/// A culprit as cases name it.
fn place(culprit: &Culprit, name: &Value) -> Value {
    assert!(culprit.public_key.starts_with("B62"), "{name}");
    match culprit.part {
        Some(Part::FeePayer(true)) => "fee_payer".into(),
        Some(Part::AccountUpdate(place)) => place.into(),
        other => panic!("{name}: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_have_the_words_of_minas_verifier_alone_in_a_batch_and_in_a_stream() {
    // It has no keys: those of the accounts come along.
    let node = Node::start(&[]).ready();
    let mut client = node.client().await;
    let cases = made();
    let commands: Vec<_> = cases.iter().map(zkapp).collect();
    let batch = verify_commands(&node, commands.clone()).await;
    assert_eq!(batch.len(), cases.len());
    for (case, verdict) in cases.iter().zip(&batch) {
        assert_case(case, verdict);
    }
    let words: std::collections::BTreeSet<_> = batch.iter().map(word).collect();
    assert!(words.len() > 3, "{words:?}");

    let proofs: Vec<_> =
        commands.into_iter().map(|command| Proof { kind: Some(proof::Kind::Command(command)) }).collect();
    for (proof, due) in proofs.iter().zip(&batch).take(3) {
        let verdict = client.verify(verify(proof)).await.expect("an answer").into_inner().verdict;
        assert_eq!(verdict.as_ref(), Some(due));
    }
    let requests: Vec<_> =
        (0..).zip(proofs).map(|(id, proof)| VerifyStreamRequest { id, proof: Some(proof) }).collect();
    let mut answers =
        client.verify_stream(tokio_stream::iter(requests)).await.expect("a stream").into_inner();
    let mut seen = 0;
    while let Some(answer) = answers.next().await {
        let answer = answer.expect("an answer");
        assert_eq!(answer.verdict.as_ref(), batch.get(answer.id as usize));
        seen += 1;
    }
    assert_eq!(seen, batch.len());
    assert_eq!(node.worker("verifier").await.map(|worker| worker.replaced), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_are_signed_for_one_network() {
    let node = Node::start(&[]).ready();
    let cases = unzipped(&shipped("mina/signatures.json.gz"));
    let cases: Vec<_> =
        cases.as_array().expect("cases").iter().filter(|case| case["data"]["body"].is_object()).collect();
    let own = cases.iter().map(|case| payment(case, &case["network"]));
    let other = cases.iter().map(|case| payment(case, &case["wrong_network"]["network"]));
    let verdicts = verify_commands(&node, own.chain(other).collect()).await;
    let (own, other) = verdicts.split_at(cases.len());
    assert!(cases.len() > 10 && other.len() == cases.len());
    for ((case, own), other) in cases.iter().zip(own).zip(other) {
        assert_eq!((own.kind(), word(own)), (Kind::Valid, "valid".to_owned()), "{}", own.reason);
        assert_eq!((other.kind(), word(other)), (Kind::Rejected, "invalid_signature".to_owned()));
        let culprit = other.mina.as_ref().and_then(|mina| mina.culprits.first()).expect("a culprit");
        assert_eq!(culprit.part, Some(Part::FeePayer(true)));
        assert_eq!(culprit.public_key, string(&case["public_key"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_take_the_room_of_the_work_that_they_are() {
    // One caller has half of it: as much work as four proofs are.
    let node = Node::start(&["--queue", "8", "--batch", "2"]).ready();
    let signed = unzipped(&shipped("mina/signatures.json.gz"));
    let signed = signed.as_array().expect("cases").iter().find(|case| case["data"]["body"].is_object());
    let payment = signed.map(|case| payment(case, &case["network"])).expect("a payment");
    let verdicts = verify_commands(&node, vec![payment; 80]).await;
    assert!(verdicts.len() == 80 && verdicts.iter().all(|verdict| verdict.kind() == Kind::Valid));

    // A proof and two signatures.
    let cases = made();
    let zkapp = cases.iter().find(|case| case["name"] == "tally-deploy-and-log-devnet").map(zkapp);
    let zkapp = zkapp.expect("the case");
    let commands = vec![zkapp.clone(); 4];
    let refused = node.client().await.verify_commands(VerifyCommandsRequest { commands }).await;
    let refused = refused.expect_err("more than one caller's share");
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("as much work as 6 proofs"), "{refused}");
    let verdicts = verify_commands(&node, vec![zkapp; 2]).await;
    assert!(verdicts.len() == 2 && verdicts.iter().all(|verdict| verdict.kind() == Kind::Valid));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_says_too_little_or_asks_too_much_is_refused_and_harms_nobody() {
    let node = Node::start(&[]).ready();
    let cases = made();
    let with_proof = |case: &&Value| case["command"].to_string().contains("KChzdGF0ZW1lbn");
    let is_good = |case: &&Value| case["verdict"] == "valid" && !zkapp(case).accounts.is_empty();
    let case = cases.iter().filter(is_good).find(with_proof).expect("a command with a proof");
    let good = zkapp(case);

    let mut many = case.clone();
    let updates = many["command"]["accountUpdates"].as_array_mut().expect("a list");
    *updates = updates.iter().cycle().take(17 * updates.len()).cloned().collect();
    let twice = [good.accounts.clone(), good.accounts.clone()].concat();
    let accounts = |change: &dyn Fn(&mut ZkappAccount)| {
        let mut command = good.clone();
        command.accounts.iter_mut().for_each(change);
        command
    };
    for (what, command, due) in [
        ("nothing", Command { network: "devnet".to_owned(), ..Command::default() }, "malformed"),
        ("no network", Command { network: String::new(), ..good.clone() }, "input"),
        ("a long name", Command { network: "n".repeat(33), ..good.clone() }, "input"),
        ("another network", Command { network: "another".to_owned(), ..good.clone() }, "invalid_signature"),
        ("17 proofs", zkapp(&many), "input"),
        ("an account twice", Command { accounts: twice, ..good.clone() }, "input"),
        (
            "too many accounts",
            Command { accounts: vec![ZkappAccount::default(); 257], ..good.clone() },
            "input",
        ),
        ("no key", accounts(&|account| account.key = None), "input"),
        ("a key that is none", accounts(&|account| account.public_key.push('x')), "input"),
        ("no accounts", Command { accounts: Vec::new(), ..good.clone() }, "missing_verification_key"),
        ("a false hash", accounts(&|account| account.hash = "7".to_owned()), "mismatched_verification_key"),
        ("no hash", accounts(&|account| account.hash.clear()), "valid"),
        ("as one that failed", Command { accounts: Vec::new(), failed: true, ..good.clone() }, "valid"),
    ] {
        let verdict = verify_command(&node, command).await;
        assert_eq!(word(&verdict), due, "{what}: {}", verdict.reason);
    }
    // Without keys of a network no block and no ledger proof is verified; what is none is malformed all the same.
    for kind in [
        proof::Kind::Block(Block::default()),
        proof::Kind::Block(Block {
            block: Some(block::Block::BinProt(vec![7; 100].into())),
            ..Block::default()
        }),
        proof::Kind::LedgerProof(LedgerProof::default()),
    ] {
        let is_block = matches!(kind, proof::Kind::Block(_));
        let verdict = node.client().await.verify(verify(&Proof { kind: Some(kind) })).await;
        let verdict = verdict.expect("an answer").into_inner().verdict.expect("a verdict");
        assert_eq!(
            verdict.kind(),
            if is_block { Kind::Malformed } else { Kind::Input },
            "{}",
            verdict.reason
        );
    }
    assert_eq!(word(&verify_command(&node, good).await), "valid");
    assert_eq!(node.worker("verifier").await.map(|worker| worker.replaced), Some(0));
}

fn precomputed(name: &str) -> Block {
    let json = unzipped(&whole(&format!("{name}.json.gz"))).to_string();
    Block { block: Some(block::Block::Json(json)), ..Block::default() }
}

fn state(name: &str) -> Block {
    let bytes = read(&whole(&format!("{name}.state.binprot")));
    Block { block: Some(block::Block::BinProt(bytes.into())), ..Block::default() }
}

fn with_proof(block: Block, name: &str) -> Block {
    Block { proof: read(&whole(&format!("{name}.proof.binprot"))).into(), ..block }
}

fn blocks_are_verified_and_those_of_other_networks_refused_by_name() {
    run(async {
        let node = Node::start(&MAINNET).ready();
        let hash = BLOCK.rsplit('-').next().expect("a hash");
        let graphql = text(&whole(&format!("{BLOCK}.graphql.json")));
        let other = "network/blocks/mainnet-359616-3NLjpotw6aZ2r7Twccgr7cceXiPkdH5LqdugWCpq9tL1ZZLeDsJV";
        let devnet = "network/light/devnet.15";
        let mut altered: Value = unzipped(&whole(&format!("{BLOCK}.json.gz")));
        let leaf = &mut altered["data"]["protocol_state"]["body"]["consensus_state"]["blockchain_length"];
        *leaf = "359618".into();
        let altered = Block { block: Some(block::Block::Json(altered.to_string())), ..Block::default() };
        let json =
            |text: &str| Block { block: Some(block::Block::Json(text.to_owned())), ..Block::default() };
        let cases = [
            ("precomputed", precomputed(BLOCK), Kind::Valid, ""),
            ("an answer", json(&graphql), Kind::Valid, ""),
            ("state and proof", with_proof(state(BLOCK), BLOCK), Kind::Valid, ""),
            (
                "as expected",
                Block { network: "mainnet".to_owned(), state_hash: hash.to_owned(), ..precomputed(BLOCK) },
                Kind::Valid,
                "",
            ),
            ("another height", altered, Kind::Rejected, "opening"),
            ("another block's proof", with_proof(state(other), BLOCK), Kind::Rejected, "opening"),
            (
                "another hash",
                with_proof(Block { state_hash: hash.to_owned(), ..state(other) }, BLOCK),
                Kind::Rejected,
                "3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc",
            ),
            ("no proof", state(BLOCK), Kind::Unavailable, "without its proof"),
            ("two proofs", with_proof(precomputed(BLOCK), BLOCK), Kind::Input, "another one beside it"),
            (
                "devnet's",
                with_proof(state(devnet), "network/light/devnet.tip"),
                Kind::Input,
                "a block of devnet (protocol 3.0.0), not of mainnet (protocol 3.0.0)",
            ),
            (
                "expected to be devnet's",
                Block { network: "devnet".to_owned(), ..precomputed(BLOCK) },
                Kind::Input,
                "a block of mainnet (protocol 3.0.0), not of devnet",
            ),
            ("cut off", json(&graphql[..graphql.len() / 2]), Kind::Malformed, ""),
            ("nothing", Block::default(), Kind::Malformed, "without a block"),
        ];
        let blocks = cases.iter().map(|(_, block, ..)| block.clone()).collect();
        let answer = node.client().await.verify_blocks(VerifyBlocksRequest { blocks }).await;
        let verdicts = answer.expect("an answer").into_inner().verdicts;
        assert_eq!(verdicts.len(), cases.len());
        for ((what, _, kind, reason), verdict) in cases.iter().zip(&verdicts) {
            assert_eq!(verdict.kind(), *kind, "{what}: {}", verdict.reason);
            assert!(verdict.reason.contains(reason), "{what}: {}", verdict.reason);
            assert_eq!(verdict.block.is_none(), *kind == Kind::Malformed, "{what}");
            let word = match kind {
                Kind::Valid => Some("valid"),
                Kind::Rejected if *reason == "opening" => Some("invalid_proof"),
                _ => None,
            };
            assert_eq!(verdict.mina.as_ref().map(|_| self::word(verdict)).as_deref(), word, "{what}");
            if *kind == Kind::Valid {
                let facts = verdict.block.as_ref().expect("facts");
                assert_eq!((facts.state_hash.as_str(), facts.height), (hash, 359_617), "{what}");
                assert_eq!(facts.network, "mainnet (protocol 3.0.0)");
            }
        }
    });
}

fn ledger_proofs_and_works_are_verified_with_fee_and_prover() {
    run(async {
        let node = Node::start(&MAINNET).ready();
        let file = |ending: &str| read(&whole(&format!("{WORK}.{ending}.binprot")));
        let of = |proof| LedgerProof { proof: Some(proof), ..LedgerProof::default() };
        let work = SnarkWork::from_binprot(&file("work")).expect("a work");
        let LibrarySok { fee, prover } = work.message();
        let sok = |fee| Some(SokMessage { fee, prover: prover.to_string() });
        let alone = || of(ledger_proof::Proof::BinProt(file("L.ledger-proof").into()));
        let mut altered = file("L.ledger-proof");
        altered[0] ^= 1;
        let devnet = read(&whole("network/ledger-proofs/devnet-merge-100-0.L.ledger-proof.binprot"));
        let pool = ledger_proof::Proof::PoolDiff(work.to_pool_diff_binprot().into());
        let cases = [
            ("alone", alone(), "valid"),
            ("for its fee and prover", LedgerProof { sok: sok(fee), ..alone() }, "valid"),
            ("for another fee", LedgerProof { sok: sok(fee + 1), ..alone() }, "mismatched_sok"),
            ("a work", of(ledger_proof::Proof::Work(file("work").into())), "valid"),
            ("of the pool", of(pool), "valid"),
            ("a job", of(ledger_proof::Proof::Job(file("job").into())), "valid"),
            ("another fee", of(ledger_proof::Proof::Work(file("work.other-fee").into())), "mismatched_sok"),
            (
                "another prover",
                of(ledger_proof::Proof::Work(file("work.other-prover").into())),
                "mismatched_sok",
            ),
            ("altered", of(ledger_proof::Proof::BinProt(altered.into())), "invalid_proof"),
            ("devnet's", of(ledger_proof::Proof::BinProt(devnet.into())), "invalid_proof"),
            ("expected to be devnet's", LedgerProof { network: "devnet".to_owned(), ..alone() }, "input"),
            (
                "a work with another fee beside it",
                LedgerProof { sok: sok(fee), ..of(ledger_proof::Proof::Work(file("work").into())) },
                "input",
            ),
            (
                "a work that is none",
                of(ledger_proof::Proof::Work(file("L.ledger-proof").into())),
                "malformed",
            ),
        ];
        let ledger_proofs = cases.iter().map(|(_, proof, _)| proof.clone()).collect();
        let request = VerifyLedgerProofsRequest { ledger_proofs };
        let verdicts =
            node.client().await.verify_ledger_proofs(request).await.expect("an answer").into_inner();
        assert_eq!(verdicts.verdicts.len(), cases.len());
        for ((what, _, due), verdict) in cases.iter().zip(&verdicts.verdicts) {
            assert_eq!(word(verdict), *due, "{what}: {}", verdict.reason);
            assert_eq!(verdict.kind() == Kind::Valid, *due == "valid", "{what}");
        }
    });
}

fn real_commands_are_valid_and_altered_ones_refused_with_their_words() {
    run(async {
        let node = Node::start(&MAINNET).ready();
        let folder = whole("network/zkapp-commands");
        let real = cases(&folder.join("mainnet-zkapp-command-with-proof-12-1.json.gz")).remove(0);
        // The verifier's network is meant where none is named; with another one's keys nothing is said of others.
        let unnamed = Command { network: String::new(), ..zkapp(&real) };
        assert_eq!(word(&verify_command(&node, unnamed).await), "valid");
        let named = verify_command(&node, Command { network: "testnet".to_owned(), ..zkapp(&real) }).await;
        assert_eq!((named.kind(), named.reason.contains("mainnet")), (Kind::Input, true), "{}", named.reason);
        let bytes = read(&folder.join("mainnet-zkapp-command-with-proof-12-1.binprot"));
        let bin_prot = Command { command: Some(command::Command::Zkapp(bytes.into())), ..zkapp(&real) };
        assert_eq!(word(&verify_command(&node, bin_prot).await), "valid");

        let altered = cases(&folder.join("coin-transfer-mainnet.altered.json.gz"));
        let cases: Vec<_> = altered.iter().filter(|case| case["network"] == "mainnet").collect();
        let verdicts = verify_commands(&node, cases.iter().map(|case| zkapp(case)).collect()).await;
        assert!(cases.len() > 10 && cases.len() == verdicts.len());
        for (case, verdict) in cases.iter().zip(&verdicts) {
            assert_case(case, verdict);
        }
    });
}

fn blocks_works_commands_and_proofs_are_verified_together() {
    run(async {
        let node = Node::start(&[&MAINNET[..], &["--batch", "8"]].concat()).ready();
        let mut client = node.client().await;
        let real = whole("network/zkapp-commands/mainnet-zkapp-command-with-proof-12-1.json.gz");
        let command = zkapp(&cases(&real)[0]);
        let unknown = Command { accounts: Vec::new(), ..command.clone() };
        let work = |ending: &str| {
            let bytes = read(&whole(&format!("{WORK}.{ending}.binprot")));
            let proof = Some(ledger_proof::Proof::Work(bytes.into()));
            proof::Kind::LedgerProof(LedgerProof { proof, ..LedgerProof::default() })
        };
        let cases = [
            (proof::Kind::Block(precomputed(BLOCK)), "valid"),
            (work("work"), "valid"),
            (proof::Kind::Command(command), "valid"),
            (work("work.other-fee"), "mismatched_sok"),
            (side_loaded("n0-arith").kind.expect("a proof"), "valid"),
            (proof::Kind::Command(unknown), "missing_verification_key"),
            (side_loaded("neg-n0-arith--alpha").kind.expect("a proof"), "rejected"),
            (proof::Kind::Block(state(BLOCK)), "unavailable"),
        ];
        let proofs: Vec<_> = cases.iter().map(|(kind, _)| Proof { kind: Some(kind.clone()) }).collect();
        let request = VerifyBatchRequest { proofs: proofs.clone(), key: None };
        let batch = client.verify_batch(request).await.expect("an answer").into_inner().verdicts;
        let words: Vec<_> = batch.iter().map(word).collect();
        assert_eq!(words, cases.iter().map(|(_, due)| *due).collect::<Vec<_>>());
        // A proof that is none of Mina's has no word of hers.
        assert_eq!(batch[4].mina, None);

        let requests: Vec<_> = (100..)
            .zip(&proofs)
            .map(|(id, proof)| VerifyStreamRequest { id, proof: Some(proof.clone()) })
            .collect();
        let answers = client.verify_stream(tokio_stream::iter(requests)).await.expect("a stream");
        let mut answers: Vec<_> =
            answers.into_inner().map(|answer| answer.expect("an answer")).collect::<Vec<_>>().await;
        answers.sort_by_key(|answer| answer.id);
        let ids: Vec<_> = answers.iter().map(|answer| answer.id).collect();
        assert_eq!(ids, (100..100 + proofs.len() as u64).collect::<Vec<_>>());
        let verdicts: Vec<_> = answers.into_iter().map(|answer| answer.verdict.expect("a verdict")).collect();
        assert_eq!(verdicts, batch);
    });
}
