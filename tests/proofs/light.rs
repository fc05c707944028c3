//! A bridge's question, with the proofs of the tips of real chains: which answer, and that there is none on a wrong proof.

use quickpickle::wire::binprot;
use quickpickle::wire::network::key_from_json;
use quickpickle::{PreparedKey, Proof, Verifier};
use quickpickle_mina::account::{Account, Membership, MerklePath, Side};
use quickpickle_mina::identity::Networks;
use quickpickle_mina::light::{Answer, LightError, Question, Relation};
use quickpickle_mina::protocol_state::ProtocolState;
use quickpickle_srs_data::{NETWORK_KEYS, NetworkProof};
use quickpickle_vectors::{needs_whole_set, read, whole};

use crate::common::root;

needs_whole_set!(chains_are_valid_with_the_proofs_of_their_tips);

fn file(name: &str) -> Vec<u8> {
    read(&whole(&format!("network/light/{name}")))
}

fn state(name: &str) -> ProtocolState {
    ProtocolState::from_binprot(&file(&format!("{name}.state.binprot"))).expect("a state")
}

fn proof(network: &str) -> Proof {
    binprot::proof_from_bytes(&file(&format!("{network}.tip.proof.binprot"))).expect("a proof")
}

fn ask(
    network: &str,
    states: &[ProtocolState],
    proof: &Proof,
    account: Option<Membership>,
) -> Result<Answer, LightError> {
    let networks = Networks::default();
    let identity = networks.iter().find(|identity| identity.network == network).expect("a network");
    let pinned = NETWORK_KEYS
        .iter()
        .find(|file| file.network.name() == network && file.proof == NetworkProof::Blockchain)
        .expect("a key");
    let key = read(&root().join(format!("srs-data/networks/{network}-blockchain.json")));
    let key = PreparedKey::new(key_from_json(key, pinned).expect("the pinned key")).expect("a key");
    let held = state(&format!("{network}.bridge"));
    let question = Question { network: identity, networks: &networks, held: &held, states, proof, account };
    question.answer(&key, |task| Verifier::baked().verify_task(task))
}

fn chains_are_valid_with_the_proofs_of_their_tips() {
    for network in ["mainnet", "devnet"] {
        let states: Vec<_> = (0..16).map(|number| state(&format!("{network}.{number:02}"))).collect();
        let good = proof(network);
        let answer = ask(network, &states, &good, None).expect("a valid chain");
        assert!(answer.is_better());
        assert_eq!((answer.proven.len(), answer.relation), (16, Relation::Contains));

        let is_wrong = |answer| match answer {
            Err(LightError::Proof(error)) => assert!(error.is_rejected(), "{error:?}"),
            answer => panic!("{answer:?}"),
        };
        // The proof is of the last state, and of no other.
        is_wrong(ask(network, &states[..15], &good, None));
        is_wrong(ask(
            network,
            &states,
            &proof(if network == "mainnet" { "devnet" } else { "mainnet" }),
            None,
        ));
        let mut altered = states.clone();
        altered[15].body.consensus_state.min_window_density += 1;
        is_wrong(ask(network, &altered, &good, None));
        // Hashes of an altered state in the middle lead to another tip.
        altered = states.clone();
        altered[7].body.blockchain_state.timestamp += 1;
        for at in 8..16 {
            altered[at].previous_state_hash = altered[at - 1].hash();
        }
        is_wrong(ask(network, &altered, &good, None));

        if network == "devnet" {
            let account = Account::from_binprot(&file("devnet.account.binprot")).expect("an account");
            let answer = ask(network, &states, &good, Some(Membership { account, path: path() }));
            let account = answer.expect("a valid chain").account.expect("the account");
            assert_eq!(account.account.state_hash(), states[15].hash());
        }
    }
}

/// The account's path, as the daemon gives it.
fn path() -> MerklePath {
    let answer = quickpickle_mina::formats::json::Json::parse(&file("devnet.account.graphql.json"), 64 << 10);
    let mut all = Membership::from_graphql(&answer.expect("JSON")).expect("an account");
    let path = all.remove(0).path;
    assert!(path.steps().iter().any(|step| matches!(step, Side::Left(_))));
    path
}
