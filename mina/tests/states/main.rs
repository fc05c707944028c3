//! Protocol states of Mina's networks: decoded, encoded and hashed as others have them.

mod blocks;
mod chain;
mod consensus;
mod identity;
mod light;

use std::path::{Path, PathBuf};

use quickpickle_mina::formats::Version;
use quickpickle_mina::formats::base58;
use quickpickle_mina::formats::json::Json;
use quickpickle_mina::protocol_state::ProtocolState;
use quickpickle_vectors::{entries, name, needs_whole_set, read, unzipped, whole};

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
