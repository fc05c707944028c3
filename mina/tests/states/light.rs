//! A bridge's question. The verdicts on the proofs themselves are those of `tests/proofs/light.rs` of the workspace: here is what is asked of them, and
//! what is answered before.

use core::cell::Cell;

use quickpickle_mina::account::{Account, DEPTH, Membership, MerklePath, NotContained, Side};
use quickpickle_mina::consensus::Rule;
use quickpickle_mina::formats::json::Json;
use quickpickle_mina::formats::{Version, base58};
use quickpickle_mina::identity::{Identity, IdentityError, Networks};
use quickpickle_mina::light::{Answer, LightError, MAX_STATES, Question, Relation};
use quickpickle_mina::protocol_state::ProtocolState;
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::error::VerifyError;
use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::pickles::proof::Proof;
use quickpickle_runtime::verifier::Task;
use quickpickle_runtime::wire::{binprot, o1js};
use quickpickle_vectors::{needs_whole_set, read, unzipped, whole};
use serde_json::Value;

use crate::{identity, light_states, made_states, next_state, some_proof};

/// What a bridge has of a network.
struct Bridge {
    networks: Networks,
    network: Identity,
    key: PreparedKey,
    held: ProtocolState,
    states: Vec<ProtocolState>,
    proof: Proof,
}

/// The key of a network for blocks.
fn key(network: &str) -> PreparedKey {
    let file = std::fs::read(format!("../srs-data/networks/{network}-blockchain.json")).expect("a key");
    let file: Value = serde_json::from_slice(&file).expect("JSON");
    let key = o1js::verification_key_from_base64(file["data"].as_str().expect("base64")).expect("a key");
    PreparedKey::new(key).expect("a key")
}

/// The states of a network in the set.
fn bridge(name: &str) -> Bridge {
    let file = |name: String| read(&whole(&format!("network/light/{name}")));
    Bridge {
        network: identity(name),
        networks: Networks::default(),
        key: key(name),
        held: ProtocolState::from_binprot(&file(format!("{name}.bridge.state.binprot"))).expect("a state"),
        states: light_states(name),
        proof: binprot::proof_from_bytes(&file(format!("{name}.tip.proof.binprot"))).expect("a proof"),
    }
}

/// States that are made here, of which the first is held.
fn made(network: &str) -> Bridge {
    let states = made_states(network);
    Bridge {
        network: identity(network),
        networks: Networks::default(),
        key: key(network),
        held: states[0].clone(),
        states,
        proof: some_proof(),
    }
}

/// An account that is made here, and the same states with its ledger from the ninth on.
fn made_with_account() -> (Bridge, Membership) {
    let steps = core::array::from_fn::<_, DEPTH, _>(|at| match at % 3 {
        0 => Side::Right(Fp::from(at as u64)),
        _ => Side::Left(Fp::from(at as u64)),
    });
    let account = Account { balance: 7_000_000_000, nonce: 3, ..Account::default() };
    let membership = Membership { account, path: MerklePath::new(&steps).expect("a path") };
    let mut bridge = made("devnet");
    for at in 8..bridge.states.len() {
        let mut state = next_state(&bridge.states[at - 1]);
        let proof = &mut state.body.blockchain_state.ledger_proof_statement;
        proof.target.first_pass_ledger = membership.root();
        bridge.states[at] = state;
    }
    (bridge, membership)
}

impl Bridge {
    /// The answer, were the verdict on the proof that; whatever is answered before does not ask for it.
    fn ask(
        &self,
        account: Option<Membership>,
        verdict: Result<(), VerifyError>,
    ) -> Result<Answer, LightError> {
        let question = Question {
            network: &self.network,
            networks: &self.networks,
            held: &self.held,
            states: &self.states,
            proof: &self.proof,
            account,
        };
        let asked = Cell::new(0);
        let answer = question.answer(&self.key, |task| {
            asked.set(asked.get() + 1);
            let Task::Pickles { key, statement, proof } = task else { panic!("{task:?}") };
            assert_eq!(statement, [self.states.last().expect("a tip").hash()]);
            assert!(core::ptr::eq(key, &self.key) && core::ptr::eq(proof, &self.proof));
            verdict
        });
        let is_due = matches!(answer, Ok(_) | Err(LightError::Proof(_)));
        assert_eq!(asked.get(), i32::from(is_due), "{answer:?}");
        answer
    }
}

fn expected(network: &str) -> Value {
    let all: Value =
        serde_json::from_slice(&unzipped(&whole("network/light/expected.json.gz"))).expect("JSON");
    all[network].clone()
}

fn account() -> Membership {
    let answer =
        Json::parse(&read(&whole("network/light/devnet.account.graphql.json")), 64 << 10).expect("JSON");
    let mut all = Membership::from_graphql(&answer).expect("an account");
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn all_states_of_a_valid_chain_are_proved() {
    for name in ["mainnet", "devnet"] {
        let answer = bridge(name).ask(None, Ok(())).expect("a valid chain");
        let expected = expected(name);
        assert_eq!(answer.proven.len(), 16);
        for (state, due) in answer.proven.iter().zip(expected["states"].as_array().expect("a list")) {
            let text = |version, hash| Value::from(base58::encode_element(version, hash));
            assert_eq!(text(Version::StateHash, &state.state_hash), due["state_hash"]);
            assert_eq!(text(Version::LedgerHash, &state.snarked_ledger_hash), due["snarked_ledger_hash"]);
            assert_eq!(Value::from(state.height), due["blockchain_length"]);
        }
        assert_eq!(answer.tip.state_hash, answer.proven[15].state_hash);
        assert_eq!((answer.relation, answer.selection.rule), (Relation::Contains, Rule::Length));
        assert!(answer.is_better() && answer.account.is_none());
    }
    let answer = bridge("devnet").ask(Some(account()), Ok(())).expect("a valid chain");
    let found = answer.account.expect("the account");
    assert_eq!((found.account.account(), found.confirmations), (&account().account, 0));
}

#[test]
fn the_states_of_a_made_chain_are_proved() {
    let bridge = made("mainnet");
    let answer = bridge.ask(None, Ok(())).expect("a valid chain");
    assert_eq!(answer.proven.len(), 16);
    for (proven, state) in answer.proven.iter().zip(&bridge.states) {
        assert_eq!(proven.state_hash, state.hash());
        assert_eq!(proven.height, state.body.consensus_state.blockchain_length);
        assert_eq!(proven.snarked_ledger_hash, state.body.blockchain_state.snarked_ledger_hash());
    }
    assert_eq!(answer.tip.state_hash, bridge.states[15].hash());
    assert_eq!((answer.selection.rule, answer.account), (Rule::Length, None));
}

#[test]
fn what_is_held_may_be_before_or_better() {
    let mut bridge = made("mainnet");
    let all = bridge.states.clone();
    bridge.held = all[3].clone();
    for (first, relation) in [(3, Relation::Contains), (4, Relation::Follows), (5, Relation::Apart)] {
        bridge.states = all[first..].to_vec();
        let answer = bridge.ask(None, Ok(())).expect("a valid chain");
        assert_eq!((answer.relation, answer.is_better()), (relation, true));
    }
    bridge.held = all[15].clone();
    for last in [14, 15] {
        bridge.states = all[..=last].to_vec();
        assert!(!bridge.ask(None, Ok(())).expect("a valid chain").is_better());
    }
}

#[test]
fn what_is_no_chain_of_the_network_is_refused() {
    let good = made("mainnet");
    let altered = |alter: &dyn Fn(&mut Bridge)| {
        let mut bridge = made("mainnet");
        alter(&mut bridge);
        bridge.ask(None, Ok(())).expect_err("no chain")
    };
    let other = made_states("devnet");
    assert_eq!(altered(&|bridge| bridge.states.swap(6, 7)), LightError::NotLinked { at: 6 });
    assert_eq!(
        altered(&|bridge| {
            bridge.states.remove(15 - 1);
        }),
        LightError::NotLinked { at: 14 }
    );
    let field = altered(&|bridge| bridge.states[8].body.blockchain_state.timestamp += 1);
    assert_eq!(field, LightError::NotLinked { at: 9 });
    assert_eq!(altered(&|bridge| bridge.states.clear()), LightError::Empty);
    let many = altered(&|bridge| bridge.states = vec![bridge.states[0].clone(); MAX_STATES + 1]);
    assert_eq!(many, LightError::TooMany);
    let names = ("devnet (protocol 3.0.0)".to_owned(), "mainnet (protocol 3.0.0)".to_owned());
    let source = IdentityError::OtherNetwork { found: names.0, expected: names.1 };
    let state = altered(&|bridge| bridge.states[15] = other[15].clone());
    assert_eq!(state, LightError::State { at: 15, source: source.clone() });
    assert_eq!(altered(&|bridge| bridge.held = other[15].clone()), LightError::Held(source));
    assert_eq!(altered(&|one| one.key = key("devnet")), LightError::OtherKey);
    let verdict = VerifyError::Abandoned;
    assert_eq!(good.ask(None, Err(verdict.clone())), Err(LightError::Proof(verdict)));
}

#[test]
fn an_account_is_shown_in_the_last_state_that_has_it() {
    let (mut bridge, account) = made_with_account();
    let all = bridge.states.clone();
    for (last, confirmations) in [(15, 0), (8, 0)] {
        bridge.states = all[..=last].to_vec();
        let account_of =
            bridge.ask(Some(account.clone()), Ok(())).expect("a valid chain").account.expect("the account");
        assert_eq!(account_of.confirmations, confirmations);
        assert_eq!(account_of.account.state_hash(), all[last].hash());
        assert_eq!(account_of.account.account(), &account.account);
    }
    bridge.states = all[..8].to_vec();
    let error = bridge.ask(Some(account.clone()), Ok(())).expect_err("a ledger without it");
    assert!(matches!(error, LightError::NotContained(NotContained::OtherLedger { .. })), "{error:?}");
    // An older ledger within the chain: the states after it confirm it.
    bridge.states = all.clone();
    let mut later = all[15].clone();
    later.previous_state_hash = all[15].hash();
    later.body.blockchain_state.ledger_proof_statement.target.first_pass_ledger += Fp::from(1u64);
    bridge.states.push(later);
    let answer = bridge.ask(Some(account.clone()), Ok(())).expect("a chain");
    assert_eq!(answer.account.map(|account| account.confirmations), Some(1));
}

#[test]
fn an_altered_account_is_not_contained() {
    let (bridge, account) = made_with_account();
    let not_contained = |claim: Membership| {
        let error = bridge.ask(Some(claim), Ok(())).expect_err("another account");
        assert!(matches!(error, LightError::NotContained(_)), "{error:?}");
    };
    let mut richer = account.clone();
    richer.account.balance += 1;
    not_contained(richer);
    let mut steps = *account.path.steps();
    steps[20] = match steps[20] {
        Side::Left(sibling) => Side::Right(sibling),
        Side::Right(sibling) => Side::Left(sibling),
    };
    not_contained(Membership { path: MerklePath::new(&steps).expect("a path"), ..account.clone() });
    // In the ledger that no proof is about.
    let mut staged = bridge;
    let last = staged.states.last_mut().expect("a tip");
    let ledgers = &mut last.body.blockchain_state;
    ledgers.staged_ledger_hash.ledger_hash = ledgers.snarked_ledger_hash();
    ledgers.ledger_proof_statement.target.first_pass_ledger = Fp::from(1u64);
    staged.states.drain(..15);
    let error = staged.ask(Some(account), Ok(())).expect_err("a staged ledger");
    assert_eq!(error, LightError::NotContained(NotContained::StagedLedger));
}

needs_whole_set!(all_states_of_a_valid_chain_are_proved);
