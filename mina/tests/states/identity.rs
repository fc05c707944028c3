//! Whose state it is.

use quickpickle_mina::block::{Block, state_hash_text};
use quickpickle_mina::identity::{Identity, IdentityError, Keys, Networks};
use quickpickle_mina::protocol_state::ProtocolState;
use quickpickle_runtime::curve::Fp;
use quickpickle_srs_data::{NETWORK_KEYS, Network};
use quickpickle_vectors::needs_whole_set;
use serde_json::{Value, json};

use crate::{identity, light_states, made_state, next_state};

fn real_states_are_of_the_network_that_they_began_with() {
    let networks = Networks::default();
    for name in ["mainnet", "devnet"] {
        for state in light_states(name) {
            assert_eq!(networks.of_state(&state), Ok(&identity(name)));
        }
    }
}

#[test]
fn states_are_of_the_network_that_they_began_with() {
    let networks = Networks::default();
    for name in ["mainnet", "devnet"] {
        let found = networks.of_state(&made_state(name)).expect("a known network");
        assert_eq!(found, &identity(name));
        assert_eq!(found.to_string(), format!("{name} (protocol 3.0.0)"));
        assert_eq!(found.expect(&next_state(&made_state(name)), &networks), Ok(()));
    }
    let mainnet = identity("mainnet");
    let error = mainnet.expect(&made_state("devnet"), &networks).expect_err("another network");
    assert_eq!(error.to_string(), "a block of devnet (protocol 3.0.0), not of mainnet (protocol 3.0.0)");

    let mut unknown = made_state("mainnet");
    unknown.body.genesis_state_hash += Fp::from(1u64);
    let genesis_state_hash = unknown.body.genesis_state_hash;
    let error = networks.of_state(&unknown).expect_err("an unknown network");
    assert_eq!(error, IdentityError::Unknown { genesis_state_hash });
    assert!(error.to_string().contains(&state_hash_text(&genesis_state_hash)));
    assert!(mainnet.expect(&unknown, &networks).is_err());
    // A first state has its hash for this, whatever it says.
    let mut first = made_state("mainnet");
    first.body.consensus_state.curr_global_slot = 0;
    assert_eq!(networks.of_state(&first), Err(IdentityError::Unknown { genesis_state_hash: first.hash() }));
}

#[test]
fn a_version_of_another_fork_is_refused() {
    let networks = Networks::default();
    let mut block = Block::new(made_state("mainnet"), None);
    for version in ["3.0.0", "3.0.7"] {
        block.protocol_version = version.parse().ok();
        assert!(networks.of_block(&block).is_ok(), "{version}");
    }
    for version in ["4.0.0", "3.1.0", "2.0.0"] {
        block.protocol_version = version.parse().ok();
        assert!(matches!(networks.of_block(&block), Err(IdentityError::OtherVersion { .. })), "{version}");
    }
}

/// The file of a network that began with `genesis`, with the keys of devnet.
fn file(genesis: &str) -> Value {
    let key = |proof: &str| {
        let path = format!("../srs-data/networks/devnet-{proof}.json");
        let file: Value = serde_json::from_slice(&std::fs::read(path).expect("a key")).expect("JSON");
        json!({"digest": file["digest"], "data": file["data"]})
    };
    json!({
        "network": "devnet", "protocolVersion": "4.0.0", "genesisStateHash": genesis,
        "keys": {"blockchain": key("blockchain"), "transaction": key("transaction")},
    })
}

fn add(networks: &mut Networks, file: &Value) -> Result<Identity, String> {
    let added = networks.add_file(&serde_json::to_vec(file).expect("JSON"));
    added.cloned().map_err(|error| error.to_string())
}

#[test]
fn a_later_fork_comes_from_a_file() {
    let mut networks = Networks::default();
    let genesis = state_hash_text(&Fp::from(7u64));
    let fork = add(&mut networks, &file(&genesis)).expect("a file of keys");
    assert_eq!(fork.to_string(), "devnet (protocol 4.0.0)");
    let digest = |fork: &Identity| ark_ff::PrimeField::into_bigint(fork.blockchain_digest).to_string();
    let published = NETWORK_KEYS.iter().find(|file| file.network == Network::Devnet).expect("a key");
    assert_eq!(digest(&fork), published.digest);
    let Keys::File { blockchain, .. } = &fork.keys else { panic!("{fork:?}") };
    assert_eq!(blockchain.verifier_index().digest(), fork.blockchain_digest);

    let mut state = ProtocolState::default();
    state.body.genesis_state_hash = Fp::from(7u64);
    state.body.consensus_state.curr_global_slot = 1;
    assert_eq!(networks.of_state(&state), Ok(&fork));
    let devnet = networks.iter().find(|identity| matches!(identity.keys, Keys::BuiltIn(Network::Devnet)));
    let error = devnet.expect("devnet").expect(&state, &networks).expect_err("another fork");
    assert_eq!(error.to_string(), "a block of devnet (protocol 4.0.0), not of devnet (protocol 3.0.0)");
    assert!(add(&mut networks, &file(&genesis)).is_err(), "the same network twice");
}

#[test]
fn a_file_of_keys_is_what_it_says() {
    let genesis = state_hash_text(&Fp::from(7u64));
    let good = file(&genesis);
    let mainnet = state_hash_text(&identity("mainnet").genesis_state_hash);
    let mut cases: Vec<(&str, Value)> = Vec::new();
    let mut alter = |what, alter: &dyn Fn(&mut Value)| {
        let mut file = good.clone();
        alter(&mut file);
        cases.push((what, file));
    };
    alter("the genesis of a built-in network", &|file| file["genesisStateHash"] = json!(mainnet));
    alter("swapped keys", &|file| {
        let (blockchain, transaction) =
            (file["keys"]["blockchain"].clone(), file["keys"]["transaction"].clone());
        file["keys"]["blockchain"]["data"] = transaction["data"].clone();
        file["keys"]["transaction"]["data"] = blockchain["data"].clone();
    });
    alter("another digest", &|file| file["keys"]["transaction"]["digest"] = json!("1"));
    alter("no key", &|file| {
        file["keys"].as_object_mut().expect("keys").remove("transaction");
    });
    alter("an unknown field", &|file| file["more"] = json!(1));
    alter("an unknown key", &|file| file["keys"]["more"] = json!(1));
    alter("an unknown field of a key", &|file| file["keys"]["blockchain"]["more"] = json!(1));
    alter("a name with a line", &|file| file["network"] = json!("dev\nnet"));
    alter("no name", &|file| file["network"] = json!(""));
    alter("a long name", &|file| file["network"] = json!("x".repeat(33)));
    alter("a version of two numbers", &|file| file["protocolVersion"] = json!("4.0"));
    alter("a version of four numbers", &|file| file["protocolVersion"] = json!("4.0.0.0"));
    alter("a version with zeros", &|file| file["protocolVersion"] = json!("04.0.0"));
    alter("no state hash", &|file| file["genesisStateHash"] = json!("7"));
    alter("an array", &|file| *file = json!([file["network"], file["protocolVersion"]]));
    for (what, file) in cases {
        assert!(add(&mut Networks::default(), &file).is_err(), "{what}");
    }
    let padded = [serde_json::to_vec(&good).expect("JSON"), vec![b' '; 64 << 10]].concat();
    assert!(Networks::default().add_file(&padded).is_err(), "a long file");
    assert!(add(&mut Networks::default(), &good).is_ok());
}

needs_whole_set!(real_states_are_of_the_network_that_they_began_with);
