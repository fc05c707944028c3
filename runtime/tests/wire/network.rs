//! The networks' verification keys: the files, their identities, and the figures that they were taken from.

use std::path::{Path, PathBuf};

use quickpickle_runtime::curve::PallasConfig;
use quickpickle_runtime::pickles::proof::ProofsVerified;
use quickpickle_runtime::wire::{DecodeError, binprot, kimchi, network};
use quickpickle_srs_data::{NETWORK_KEYS, NetworkKeyFile};
use serde_json::Value;

use quickpickle_vectors::{needs_whole_set, text, whole};

needs_whole_set!(the_keys_are_the_published_ones);

fn file(key: &NetworkKeyFile) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../srs-data/networks");
    folder.join(format!("{}-{}.json", key.network, key.proof))
}

#[test]
fn every_file_is_the_key_that_it_is_pinned_as() {
    for key in &NETWORK_KEYS {
        let decoded = network::key_from_json(text(&file(key)), key).expect("the pinned key");
        assert_eq!(decoded.max_proofs_verified, ProofsVerified::N2);
        assert_eq!(decoded.actual_wrap_domain_size, ProofsVerified::N1);
        let built_in = network::built_in(key).expect("the pinned key, or none");
        assert_eq!(built_in.is_some(), key.text.is_some());
        assert!(built_in.is_none_or(|built_in| built_in == decoded));
        for other in NETWORK_KEYS.iter().filter(|other| *other != key) {
            let refused = network::key_from_json(text(&file(other)), key);
            assert!(matches!(refused, Err(DecodeError::OtherKey { what: "network" | "circuit", .. })));
        }
    }
}

#[test]
fn a_changed_file_is_refused() {
    let key = &NETWORK_KEYS[0];
    let good: Value = serde_json::from_str(&text(&file(key))).expect("JSON");
    let altered = |field: &str, value: Value| {
        let mut file = good.clone();
        file[field] = value;
        network::key_from_json(file.to_string(), key).map_err(|e| e.to_string())
    };
    assert!(
        altered("protocolVersion", "2.0.0".into())
            .is_err_and(|e| e.contains("protocol version is 2.0.0, not 3.0.0"))
    );
    assert!(altered("digest", "1".into()).is_err_and(|e| e.contains("claimed digest is 1")));
    assert!(altered("comment", "".into()).is_err_and(|e| e.contains("unknown field")));
    // Another network's key in place of this one's, with this one's identity.
    let other: Value = serde_json::from_str(&text(&file(&NETWORK_KEYS[2]))).expect("JSON");
    let digest = NETWORK_KEYS[2].digest;
    assert!(
        altered("data", other["data"].clone())
            .is_err_and(|e| e.starts_with(&format!("the key's digest is {digest}")))
    );
}

/// The published verifier indices, as the reference serialises them.
fn the_keys_are_the_published_ones() {
    for key in &NETWORK_KEYS {
        let decoded = network::key_from_json(text(&file(key)), key).expect("the pinned key");
        let stem = format!("mina/index/{}_{}_verifier_index", key.network, key.proof);
        let published: Value =
            serde_json::from_str(&text(&whole(&(stem.clone() + ".decoded.json")))).expect("JSON");
        assert_eq!(published["digest"], key.digest);
        assert_eq!(published["sigma_comm"][6][0][0], decoded.sigma[6].x.to_string());
        assert_eq!(published["endomul_scalar_comm"][0][1], decoded.selectors[5].y.to_string());

        // The same commitments compressed, in the reference's own JSON: as MessagePack they are read as any index is.
        let index: Value = serde_json::from_str(&text(&whole(&(stem + ".json")))).expect("JSON");
        let index = kimchi::index_from_msgpack::<PallasConfig>(&to_msgpack(&index)).expect("an index");
        assert_eq!(index, decoded.verifier_index());
        assert_eq!(binprot::verification_key_to_bytes(&decoded).len(), 1796);
    }
}

/// The order of a verifier index's fields, which its JSON names and its MessagePack does not.
const FIELDS: [&str; 21] = [
    "domain",
    "max_poly_size",
    "zk_rows",
    "public",
    "prev_challenges",
    "sigma_comm",
    "coefficients_comm",
    "generic_comm",
    "psm_comm",
    "complete_add_comm",
    "mul_comm",
    "emul_comm",
    "endomul_scalar_comm",
    "range_check0_comm",
    "range_check1_comm",
    "foreign_field_add_comm",
    "foreign_field_mul_comm",
    "xor_comm",
    "rot_comm",
    "shift",
    "lookup_index",
];

fn to_msgpack(index: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmp::encode::write_array_len(&mut bytes, 21).expect("memory");
    FIELDS.iter().for_each(|field| write_value(&mut bytes, &index[field]));
    bytes
}

fn write_value(bytes: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => rmp::encode::write_nil(bytes).expect("memory"),
        Value::Number(number) => {
            rmp::encode::write_uint(bytes, number.as_u64().expect("unsigned")).expect("memory");
        }
        Value::String(digits) => {
            rmp::encode::write_bin(bytes, &hex::decode(digits).expect("hex")).expect("memory")
        }
        Value::Array(elements) => {
            rmp::encode::write_array_len(bytes, elements.len() as u32).expect("memory");
            elements.iter().for_each(|element| write_value(bytes, element));
        }
        Value::Object(fields) => {
            rmp::encode::write_array_len(bytes, fields.len() as u32).expect("memory");
            fields.values().for_each(|field| write_value(bytes, field));
        }
        Value::Bool(_) => panic!("no booleans in these"),
    }
}
