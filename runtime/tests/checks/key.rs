//! `kimchi/index.rs`: a key that contradicts itself is refused before any proof is looked at.

use quickpickle_runtime::curve::VestaConfig;
use quickpickle_runtime::kimchi::error::KimchiError;
use quickpickle_runtime::kimchi::gates::Generation;
use quickpickle_runtime::kimchi::index::{LookupIndex, MAX_TABLE_COLUMNS, PreparedIndex, VerifierIndex};
use quickpickle_runtime::kimchi::proof::Commitment;
use quickpickle_runtime::wire::kimchi::{AnyFixture, fixture_from_msgpack};

use crate::none::read;

type Key = VerifierIndex<VestaConfig>;

/// A key with an optional gate and lookups.
fn key() -> Key {
    let file = read("kimchi-circuits/vesta-d10-srs9-pub5-poseidon.bin");
    let AnyFixture::Vesta(case) = fixture_from_msgpack(&file).expect("a fixture") else {
        panic!("a Vesta fixture")
    };
    let mut key = case.index;
    let commitment = key.sigma[0].clone();
    key.optional_selectors[1] = Some(commitment.clone());
    key.lookup = Some(LookupIndex {
        joint_lookup_used: true,
        table: vec![commitment.clone(); 2],
        pattern_selectors: [None, Some(commitment.clone()), None, None],
        table_ids: Some(commitment.clone()),
        max_per_row: 3,
        max_joint_size: 2,
        runtime_selector: Some(commitment),
    });
    key
}

fn lookup(key: &mut Key) -> &mut LookupIndex<VestaConfig> {
    key.lookup.as_mut().expect("lookups")
}

/// One chunk less.
fn shorten(commitment: &mut Commitment<VestaConfig>) {
    commitment.0.truncate(commitment.0.len() - 1);
}

#[test]
fn a_key_that_contradicts_itself_is_refused_by_what_is_wrong() {
    assert!(PreparedIndex::new(key(), Generation::Berkeley).is_ok());
    let rows = "the number of zero-knowledge rows does not fit the domain";
    let chunks = "a commitment has the wrong number of chunks";
    let columns = "the lookup table has no columns, or too many";
    type Alter = fn(&mut Key);
    let cases: Vec<(Alter, &str)> = vec![
        (|key| key.max_poly_size = 500, "the SRS size is not a power of two"),
        (|key| key.zk_rows = 0, rows),
        (|key| key.zk_rows = 1 << 10, rows),
        (|key| key.public = (1 << 10) - key.zk_rows as usize + 1, "more public inputs than rows"),
        (|key| shorten(&mut key.sigma[6]), chunks),
        (|key| shorten(&mut key.coefficients[0]), chunks),
        (|key| shorten(&mut key.selectors[5]), chunks),
        (|key| shorten(key.optional_selectors[1].as_mut().expect("it is there")), chunks),
        (|key| shorten(&mut lookup(key).table[1]), chunks),
        (|key| shorten(lookup(key).table_ids.as_mut().expect("they are there")), chunks),
        (|key| shorten(lookup(key).runtime_selector.as_mut().expect("it is there")), chunks),
        (|key| shorten(lookup(key).pattern_selectors[1].as_mut().expect("it is there")), chunks),
        (
            |key| lookup(key).pattern_selectors = [const { None }; 4],
            "a lookup argument without lookup patterns",
        ),
        (
            |key| lookup(key).max_per_row = 4,
            "the number of lookups a row does not follow from the lookup patterns",
        ),
        (
            |key| lookup(key).max_joint_size = 3,
            "the joint lookup size does not follow from the lookup patterns",
        ),
        (
            |key| lookup(key).joint_lookup_used = false,
            "whether joint lookups are used does not follow from the lookup patterns",
        ),
        (|key| lookup(key).table.clear(), columns),
        (
            |key| {
                let column = key.sigma[0].clone();
                lookup(key).table.resize(MAX_TABLE_COLUMNS + 1, column);
            },
            columns,
        ),
    ];
    for (alter, what) in cases {
        let mut key = key();
        alter(&mut key);
        assert_eq!(PreparedIndex::new(key, Generation::Berkeley).err(), Some(KimchiError::Key(what)));
    }
}

/// The bounds are the last values that are accepted.
#[test]
fn keys_at_the_border_are_accepted() {
    type Alter = fn(&mut Key);
    let cases: [Alter; 4] = [
        |key| key.zk_rows = 1,
        |key| (key.public, key.zk_rows) = (0, (1 << 10) - 1),
        |key| key.public = (1 << 10) - key.zk_rows as usize,
        |key| {
            let column = key.sigma[0].clone();
            lookup(key).table.resize(MAX_TABLE_COLUMNS, column);
        },
    ];
    for alter in cases {
        let mut key = key();
        alter(&mut key);
        assert!(PreparedIndex::new(key, Generation::Berkeley).is_ok());
    }
}
