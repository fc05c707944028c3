//! A daemon of devnet that answers with the chain and the account of the vectors, and the same with a lie in one answer.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use quickpickle::mina::account::Account;
use quickpickle::mina::block::state_hash_text;
use quickpickle::mina::daemon::DaemonError;
use quickpickle::mina::formats::{Version, base58};
use quickpickle::mina::protocol_state::ProtocolState;
use quickpickle::mina::zkapp_command::AccountId;
use quickpickle::mina::{Daemon, FetchError};
use quickpickle::{ErrorKind, Fp, Verifier};
use quickpickle_vectors::{needs_whole_set, read, whole};
use serde_json::{Value, json};

use super::server::Server;
use super::{Answer, KEY, ask};
use crate::support::{text, write};

needs_whole_set!(
    a_chain_is_fetched_and_verified,
    an_account_is_fetched_and_verified,
    lies_are_refused,
    a_daemon_is_asked_from_the_library,
);

const MEMBERSHIP: &str = "encodedSnarkedLedgerAccountMembership";

fn file(name: &str) -> String {
    text(&whole(&format!("network/light/{name}")))
}

fn bytes(name: &str) -> Vec<u8> {
    read(&whole(&format!("network/light/{name}")))
}

/// What a daemon knows.
#[derive(Clone)]
struct Known {
    /// The state hashes of its best chain, and the states as it encodes them.
    chain: Vec<(String, String)>,
    /// The proof that it gives of any block.
    proof: Option<String>,
    account: Value,
}

impl Known {
    fn of(network: &str) -> Self {
        let state = |at| {
            let bytes = bytes(&format!("{network}.{at:02}.state.binprot"));
            let state = ProtocolState::from_binprot(&bytes).expect("a state");
            (state_hash_text(&state.hash()), STANDARD.encode(bytes))
        };
        let proof = URL_SAFE.encode(bytes(&format!("{network}.tip.proof.binprot")));
        let account = serde_json::from_slice(&bytes("devnet.account.graphql.json")).expect("JSON");
        Self { chain: (0..16).map(state).collect(), proof: Some(proof), account }
    }

    /// The account in the list of one.
    fn account(&mut self) -> &mut Value {
        &mut self.account["data"][MEMBERSHIP][0]
    }

    /// Alters the account's bytes.
    fn alter_account(&mut self, alter: impl FnOnce(&mut Account)) {
        let bytes = STANDARD.decode(self.account()["account"].as_str().expect("base64")).expect("base64");
        let mut account = Account::from_binprot(&bytes).expect("an account");
        alter(&mut account);
        self.account()["account"] = STANDARD.encode(account.to_binprot()).into();
    }

    /// Answers a query as the daemon does.
    fn answer(&self, query: &str) -> Value {
        if query.contains(MEMBERSHIP) {
            return self.account.clone();
        }
        if let Some((_, length)) = query.split_once("bestChain(maxLength: ") {
            let length: usize = length.split(')').next().and_then(|n| n.parse().ok()).expect("a length");
            let last = &self.chain[self.chain.len().saturating_sub(length)..];
            let blocks: Vec<_> = last.iter().map(|(hash, _)| json!({"stateHash": hash})).collect();
            return json!({"data": {"bestChain": blocks}});
        }
        let states: HashMap<_, _> = self.chain.iter().cloned().collect();
        let mut data = serde_json::Map::new();
        for field in query.split(" protocolState_").skip(1) {
            let (number, asked) =
                field.split_once(": protocolState(encoding: BASE64, stateHash: \"").expect("a state");
            let hash = asked.split('"').next().expect("a hash");
            data.insert(format!("protocolState_{number}"), json!(states.get(hash)));
        }
        let (_, asked) = query.split_once("block(stateHash: \"").expect("a block");
        let hash = asked.split('"').next().expect("a hash");
        data.insert("block".into(), json!({"stateHash": hash, "protocolStateProof": {"base64": self.proof}}));
        json!({ "data": data })
    }

    fn serve(self) -> Server {
        Server::of_bodies(move |request| self.answer(&request.query).to_string())
    }
}

/// Whose the account is.
fn owner() -> String {
    Account::from_binprot(&bytes("devnet.account.binprot")).expect("an account").public_key.to_string()
}

/// `light` on a server, with the account in the ledger of the state that eight follow at most.
fn light(server: &Server, more: &[&str]) -> Answer {
    let (url, held, owner) = (server.url("http"), file("devnet.bridge.state.binprot"), owner());
    let args = ["light", "--json", "--held", &held, "--node", &url, "--account", &owner, "--length", "8"];
    ask(&[&args, more].concat())
}

fn a_chain_is_fetched_and_verified() {
    let known = Known::of("devnet");
    let tip = known.chain[15].0.clone();
    let server = known.serve();
    let folder = tempfile::tempdir().expect("a folder");
    let saved = text(&folder.path().join("held.binprot"));
    let answer = light(&server, &["--save", &saved]);
    assert_eq!((answer.status, &answer.line["verdict"]), (Some(0), &"valid".into()), "{answer:?}");
    assert_eq!((&answer.line["state_hash"], &answer.line["states"]), (&tip.clone().into(), &8.into()));
    assert_eq!((&answer.line["public_key"], &answer.line["is_better"]), (&owner().into(), &true.into()));
    assert!(answer.line["timestamp"].is_u64() && answer.line["confirmations"].is_u64(), "{answer:?}");

    // What was saved is held from now on, and the same chain is no better; nor is it written then.
    assert_eq!(std::fs::read(&saved).expect("written"), bytes("devnet.15.state.binprot"));
    let other = text(&folder.path().join("other.binprot"));
    let url = server.url("http");
    let args = ["light", "--json", "--held", &saved, "--node", &url, "--save", &other];
    let answer = ask(&args);
    assert_eq!((answer.status, &answer.line["is_better"]), (Some(1), &false.into()), "{answer:?}");
    assert!(answer.line["states"] == 16 && !std::path::Path::new(&other).exists());

    let answer = ask(&["verify", "--json", "--node", &url]);
    assert_eq!((answer.status, &answer.line["state_hash"]), (Some(0), &tip.into()), "{answer:?}");
}

fn an_account_is_fetched_and_verified() {
    let known = Known::of("devnet");
    let (tip, account) = (known.chain[15].0.clone(), owner());
    let server = known.serve();
    let url = server.url("http");
    let args = ["account", "--json", &account, "--node", &url];
    let answer = ask(&args);
    assert_eq!((answer.status, &answer.line["verdict"]), (Some(0), &"valid".into()), "{answer:?}");
    assert_eq!(
        (&answer.line["public_key"], &answer.line["proven_by_block"]),
        (&account.clone().into(), &tip.into())
    );
    assert!(answer.line["balance"].is_string() && answer.line["timestamp"].is_u64());
    let answer = ask(&[&args[..], &["--network", "mainnet"]].concat());
    assert_eq!(answer.status, Some(2), "{answer:?}");
    // With a tip of one's own the daemon gives the account alone.
    let (tip, proof) = (file("devnet.15.state.binprot"), file("devnet.tip.proof.binprot"));
    let answer = ask(&[&args[..], &["--tip", &tip, "--tip-proof", &proof]].concat());
    assert_eq!(answer.status, Some(0), "{answer:?}");
    // Another token is another account.
    for (token, due) in [(1u64, 0), (2, 1)] {
        let token = base58::encode_element(Version::TokenId, &Fp::from(token));
        let answer = ask(&[&args[..], &["--token", &token]].concat());
        assert_eq!(answer.status, Some(due), "{answer:?}");
    }
}

type Lie = fn(&mut Known);

fn lies_are_refused() {
    let lies: [(&str, Lie, i32, &str); 15] = [
        (
            "more money",
            |known| known.alter_account(|account| account.balance += 1),
            1,
            "in the ledger of none",
        ),
        (
            "another nonce",
            |known| known.alter_account(|account| account.nonce += 1),
            1,
            "in the ledger of none",
        ),
        (
            "another path",
            |known| known.account()["merklePath"].as_array_mut().expect("a path").swap(0, 1),
            1,
            "in the ledger of none",
        ),
        (
            "a path that is shorter",
            |known| {
                known.account()["merklePath"].as_array_mut().expect("a path").pop();
            },
            2,
            "merklePath",
        ),
        (
            "another token's account",
            |known| known.alter_account(|account| account.token_id += Fp::from(1u64)),
            1,
            "another account",
        ),
        (
            "another's account",
            |known| known.alter_account(|account| account.public_key.is_odd ^= true),
            1,
            "another account",
        ),
        (
            "two accounts",
            |known| {
                let account = known.account().clone();
                known.account["data"][MEMBERSHIP].as_array_mut().expect("a list").push(account);
            },
            2,
            "more than 1",
        ),
        ("no account", |known| known.account = json!({"data": {MEMBERSHIP: []}}), 2, MEMBERSHIP),
        (
            "another network's chain",
            |known| *known = Known { account: known.account.clone(), ..Known::of("mainnet") },
            2,
            "not of the network",
        ),
        ("no proof", |known| known.proof = None, 2, "without its proof"),
        ("the proof of another state", |known| known.proof = Known::of("mainnet").proof, 1, "not valid"),
        (
            "a chain whose tip has no proof",
            |known| {
                known.chain.pop();
            },
            1,
            "not valid",
        ),
        (
            "a chain with a gap",
            |known| {
                known.chain.remove(12);
            },
            1,
            "does not follow",
        ),
        ("a chain the wrong way round", |known| known.chain[8..].reverse(), 1, "does not follow"),
        ("a state that is none", |known| known.chain[9].1 = "AAAA".into(), 2, "protocolState"),
    ];
    for (name, lie, status, told) in lies {
        let mut known = Known::of("devnet");
        lie(&mut known);
        let answer = light(&known.serve(), &[]);
        assert_eq!(answer.status, Some(status), "{name}: {answer:?}");
        let reason = answer.line["reason"].as_str().unwrap_or(&answer.errors);
        assert!(reason.contains(told) && answer.line["balance"].is_null(), "{name}: {answer:?}");
        assert!(answer.line.is_null() || answer.line["verdict"] == "rejected", "{name}: {answer:?}");
    }
    // A chain that is shorter than the one that is held: the file is the user's, and may be any.
    let folder = tempfile::tempdir().expect("a folder");
    let mut held = ProtocolState::from_binprot(&bytes("devnet.15.state.binprot")).expect("a state");
    held.body.consensus_state.blockchain_length += 1;
    let held = write(&folder, "held.binprot", held.to_binprot());
    let server = Known::of("devnet").serve();
    let answer = ask(&["light", "--json", "--held", &held, "--node", &server.url("http")]);
    assert_eq!((answer.status, &answer.line["is_better"]), (Some(1), &false.into()), "{answer:?}");
    // An account that nobody has asked for.
    let answer = ask(&["account", "--json", KEY, "--node", &server.url("http")]);
    assert_eq!((answer.status, &answer.line["verdict"]), (Some(1), &"rejected".into()), "{answer:?}");
}

fn a_daemon_is_asked_from_the_library() {
    let known = Known::of("devnet");
    let server = known.serve();
    let daemon = Daemon::new(&server.url("http"), Duration::from_secs(20)).expect("an address");
    let length = NonZeroUsize::new(4).expect("not zero");
    let blocks = daemon.best_chain(length).expect("blocks");
    assert!(blocks.len() == 4 && blocks[..3].iter().all(|block| block.proof.is_none()));
    let known = quickpickle::mina::Known::baked().only("devnet");
    assert!(Verifier::baked().verify_block(&blocks[3], &known).is_ok());
    let owner = Account::from_binprot(&bytes("devnet.account.binprot")).expect("an account").public_key;
    let account = AccountId::of_mina(owner);
    let membership = daemon.membership(&account, &blocks[3].state_hash()).expect("an account");
    assert!(membership.in_state(blocks[3].state()).is_ok());
    let other = AccountId { token_id: Fp::from(2u64), ..account };
    let error = daemon.membership(&other, &blocks[3].state_hash()).expect_err("another account");
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert!(matches!(error, FetchError::Answer(DaemonError::OtherAccount { .. })), "{error:?}");
}
