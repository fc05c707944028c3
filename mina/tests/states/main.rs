//! Protocol states of Mina's networks: decoded, encoded and hashed as others have them.

mod blocks;
mod bodies;
mod chain;
mod consensus;
mod fields;
mod identity;
mod light;

use std::path::{Path, PathBuf};

use quickpickle_mina::formats::Version;
use quickpickle_mina::formats::base58;
use quickpickle_mina::formats::json::Json;
use quickpickle_mina::identity::{Identity, Networks};
use quickpickle_mina::protocol_state::ProtocolState;
use quickpickle_runtime::pickles::proof::Proof;
use quickpickle_runtime::wire::o1js;
use quickpickle_vectors::{entries, name, needs_whole_set, read, shipped, text, unzipped, whole};

fn json(path: &Path) -> Json {
    Json::parse(&unzipped(path), 64 << 20).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(ending: &str) -> Vec<PathBuf> {
    let folders = ["network/blocks", "network/state-hashes"];
    let all = folders.iter().flat_map(|folder| entries(&whole(folder)));
    let found: Vec<_> =
        all.filter(|path| name(path).starts_with("mainnet-") && name(path).ends_with(ending)).collect();
    assert!(!found.is_empty());
    found
}

/// The sixteen states of a network that follow each other.
fn light_states(network: &str) -> Vec<ProtocolState> {
    let paths = (0..16).map(|number| whole(&format!("network/light/{network}.{number:02}.state.binprot")));
    paths.map(|path| ProtocolState::from_binprot(&read(&path)).expect("a state")).collect()
}

/// A network whose keys are built in.
fn identity(name: &str) -> Identity {
    Networks::default().iter().find(|identity| identity.network == name).expect("a network").clone()
}

/// A state that is made here, with a network's first state and constants.
fn made_state(network: &str) -> ProtocolState {
    let mut state = ProtocolState::default();
    state.body.genesis_state_hash = identity(network).genesis_state_hash;
    let constants = &mut state.body.constants;
    (constants.k, constants.slots_per_epoch, constants.slots_per_sub_window) = (290, 7140, 7);
    constants.grace_period_slots = 2160;
    let consensus = &mut state.body.consensus_state;
    (consensus.blockchain_length, consensus.slots_per_epoch) = (382_720, 7140);
    (consensus.curr_global_slot, consensus.min_window_density) = (40_684, 29);
    consensus.sub_window_densities = [3, 2, 4, 1, 2, 5, 4, 3, 4, 3, 4];
    state
}

/// The state that follows another one in the next slot.
fn next_state(before: &ProtocolState) -> ProtocolState {
    let mut state = before.clone();
    state.previous_state_hash = before.hash();
    state.body.consensus_state.blockchain_length += 1;
    state.body.consensus_state.curr_global_slot += 1;
    state
}

/// Sixteen made states of a network that follow each other.
fn made_states(network: &str) -> Vec<ProtocolState> {
    let first = made_state(network);
    core::iter::successors(Some(first), |state| Some(next_state(state))).take(16).collect()
}

/// A proof of two earlier ones, of a program of o1js.
fn some_proof() -> Proof {
    o1js::proof_from_json(text(&shipped("o1js/n2-merge-depth1/proof.json"))).expect("a proof").proof
}

fn at<'a>(json: &'a Json, path: &[&str]) -> &'a Json {
    path.iter().fold(json, |json, name| json.get(name).unwrap_or_else(|| panic!("no {name}")))
}

fn states_hash_to_their_names() {
    for path in files(".json.gz") {
        let block = json(&path);
        let state = at(&block, &["data", "protocol_state"]);
        let state = ProtocolState::from_json(state).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let hash = base58::encode_element(Version::StateHash, &state.hash());
        assert!(name(&path).contains(&hash), "{}: {hash}", path.display());
        assert_eq!(ProtocolState::from_binprot(&state.to_binprot()), Ok(state));
    }
}

fn bin_prot_is_the_same_state() {
    for path in files(".state.binprot") {
        let bytes = read(&path);
        let state = ProtocolState::from_binprot(&bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let hash = base58::encode_element(Version::StateHash, &state.hash());
        assert!(name(&path).contains(&hash), "{}: {hash}", path.display());
        assert_eq!(state.to_binprot(), bytes);
    }
}

needs_whole_set!(states_hash_to_their_names, bin_prot_is_the_same_state);
