//! Kimchi's MessagePack: every file decodes with the sizes that it is listed with, and is written again byte by byte.

use std::path::Path;

use quickpickle_runtime::curve::{KimchiCurve, VestaConfig};
use quickpickle_runtime::kimchi::index::LookupIndex;
use quickpickle_runtime::wire::kimchi::{self, AnyFixture, Curve, Fixture};
use serde_json::Value;

use quickpickle_vectors::{entries, fullest, name, needs_whole_set, read, shipped, whole};

needs_whole_set!(fixtures_of_the_reference_have_the_listed_figures);

/// The figures of a fixture, under the names that the list of fixtures gives them.
fn figures<C: KimchiCurve>(fixture: &Fixture<C>) -> Value {
    let Fixture { proof, index, public_input } = fixture;
    assert_eq!(proof.previous_challenges.len(), index.previous_challenges);
    serde_json::json!({
        "curve": C::NAME,
        "domain_log2": index.domain_log2,
        "has_lookup_index": index.lookup.is_some(),
        "max_poly_size_log2": index.max_poly_size.ilog2(),
        "prev_challenges": index.previous_challenges,
        "public": public_input.len(),
        "public_inputs": public_input.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "zk_rows": index.zk_rows,
    })
}

/// The parts written again are the parts read: each part decodes by itself, and the whole differs from the file only
/// where an older file leaves out the last field.
fn write_again<C: KimchiCurve>(case: &str, file: &[u8], fixture: &Fixture<C>) {
    let written = kimchi::fixture_to_msgpack(fixture);
    let endo = file.len() == written.len();
    if endo {
        assert_eq!(written, file, "{case}");
    } else {
        // The older form: five fields, or nil for the sixth.
        let end = written.len() - file.len() + usize::from(file.last() == Some(&0xc0));
        let common = written.len() - end;
        assert_eq!(written[1..common], file[1..common], "{case}");
    }
    let proof = kimchi::proof_to_msgpack(&fixture.proof);
    assert_eq!(kimchi::proof_from_msgpack::<C>(&proof).as_ref(), Ok(&fixture.proof));
    let index = kimchi::index_to_msgpack(&fixture.index);
    assert_eq!(kimchi::index_from_msgpack::<C>(&index).as_ref(), Ok(&fixture.index));
    let curve = if C::NAME == "pallas" { Curve::Pallas } else { Curve::Vesta };
    assert_eq!(kimchi::curve_of_index(&index), Ok(curve), "{case}");
    // The other curve's decoders refuse them: its points, its field or its domain are others.
    assert!(kimchi::index_from_msgpack::<C::Other>(&index).is_err(), "{case}");
    assert!(kimchi::proof_from_msgpack::<C::Other>(&proof).is_err(), "{case}");
    let public_input = kimchi::public_input_to_bytes::<C>(&fixture.public_input);
    assert_eq!(kimchi::public_input_from_bytes::<C>(&public_input).as_ref(), Ok(&fixture.public_input));
}

/// The fixtures of a folder, whose figures are listed here where they are.
fn round_trip(folder: &Path, listed: &[Value]) {
    let mut count = 0;
    for path in
        entries(folder).iter().filter(|path| path.extension().is_some_and(|extension| extension == "bin"))
    {
        let case = name(path);
        let file = read(path);
        let fixture = kimchi::fixture_from_msgpack(&file).unwrap_or_else(|e| panic!("{case}: {e}"));
        let figures = match &fixture {
            AnyFixture::Pallas(fixture) => {
                write_again(&case, &file, fixture);
                figures(fixture)
            }
            AnyFixture::Vesta(fixture) => {
                write_again(&case, &file, fixture);
                figures(fixture)
            }
        };
        if let Some(listed) = listed.iter().find(|listed| listed["name"] == case.trim_end_matches(".bin")) {
            for (name, figure) in figures.as_object().expect("an object") {
                assert_eq!(&listed[name], figure, "{case}: {name}");
            }
        }
        println!("{case}: {} bytes, {}", file.len(), figures["curve"]);
        count += 1;
    }
    println!("{count} fixtures");
    assert!(count >= 5);
}

#[test]
fn fixtures_round_trip() {
    round_trip(&fullest("kimchi-circuits"), &[]);
}

fn fixtures_of_the_reference_have_the_listed_figures() {
    let listed: Vec<Value> = serde_json::from_slice(&read(&whole("kimchi/index.json"))).expect("JSON");
    assert!(listed.len() > 5);
    round_trip(&whole("kimchi"), &listed);
}

fn shipped_fixture() -> Vec<u8> {
    read(&shipped("kimchi-circuits/vesta-d9-srs16-pub3-prev2.bin"))
}

#[test]
fn the_key_is_read_strictly() {
    let Ok(AnyFixture::Vesta(fixture)) = kimchi::fixture_from_msgpack(&shipped_fixture()) else {
        panic!("a fixture over Vesta")
    };
    let altered = |alter: fn(&mut Fixture<_>)| {
        let mut fixture = fixture.clone();
        alter(&mut fixture);
        kimchi::fixture_from_msgpack(&kimchi::fixture_to_msgpack(&fixture))
    };
    let refused = |alter, place: &str| {
        let said = altered(alter).expect_err(place).to_string();
        assert!(said.starts_with(place), "{said}");
    };
    assert!(altered(|_| ()).is_ok());
    refused(|fixture| fixture.index.domain_log2 = 21, "verifier_index_bytes.domain: 2097152 is out of range");
    refused(|fixture| fixture.index.domain_log2 = 64, "verifier_index_bytes.domain: 0 is out of range");
    refused(|fixture| fixture.index.max_poly_size = 3, "verifier_index_bytes.max_poly_size: 3 is");
    refused(|fixture| fixture.index.max_poly_size = 0, "verifier_index_bytes.max_poly_size: 0 is");
    refused(|fixture| fixture.index.max_poly_size = 1 << 21, "verifier_index_bytes.max_poly_size: ");
    refused(|fixture| fixture.index.zk_rows = 513, "verifier_index_bytes.zk_rows: 513 is");
    refused(|fixture| fixture.index.public = 513, "verifier_index_bytes.public: 513 is");
    refused(|fixture| fixture.index.previous_challenges = 4097, "verifier_index_bytes.prev_challenges: ");

    // The file has no lookups: give it range checks, which look up one column four times a row.
    let with_lookups = |fixture: &mut Fixture<VestaConfig>, alter: fn(&mut LookupIndex<VestaConfig>)| {
        let range_check = fixture.index.selectors[0].clone();
        let lookup = fixture.index.lookup.insert(LookupIndex {
            joint_lookup_used: false,
            table: vec![range_check.clone()],
            pattern_selectors: [None, None, Some(range_check), None],
            max_per_row: 4,
            max_joint_size: 1,
            table_ids: None,
            runtime_selector: None,
        });
        alter(lookup);
    };
    let with_lookups = |alter| {
        let mut fixture = fixture.clone();
        with_lookups(&mut fixture, alter);
        kimchi::index_from_msgpack::<VestaConfig>(&kimchi::index_to_msgpack(&fixture.index))
    };
    assert!(with_lookups(|_| ()).is_ok_and(|index| index.lookup.is_some()));
    let lookups: [fn(&mut LookupIndex<VestaConfig>); 4] = [
        |lookup| lookup.max_per_row = 3,
        |lookup| lookup.max_joint_size = 2,
        |lookup| lookup.joint_lookup_used = true,
        |lookup| lookup.table = vec![lookup.table[0].clone(); 17],
    ];
    for alter in lookups {
        assert!(with_lookups(alter).is_err_and(|e| e.to_string().starts_with("lookup_index")));
    }

    let index = kimchi::index_to_msgpack(&fixture.index);
    // Bytes 4 to 240 are the domain: the size, its logarithm and the figures that follow from it.
    for byte in 4..240 {
        let mut altered = index.clone();
        altered[byte] ^= 1;
        let error = kimchi::index_from_msgpack::<VestaConfig>(&altered);
        assert!(error.is_err_and(|e| e.to_string().starts_with("domain: ")), "byte {byte}");
    }
}

#[test]
fn the_outer_layer_is_read_strictly() {
    let file = shipped_fixture();
    let mut longer = file.clone();
    longer.push(0);
    assert!(kimchi::fixture_from_msgpack(&longer).is_err_and(|e| e.to_string().contains("1 bytes too many")));
    let mut flags = file.clone();
    // The last field is `endo`: a marker of three bytes and 32 numbers of one or two bytes; before it the flags.
    let flag = flags.iter().rposition(|byte| *byte == 0xc2).expect("a false flag");
    flags[flag] = 0xc3;
    assert!(
        kimchi::fixture_from_msgpack(&flags).is_err_and(|e| e.to_string().starts_with("feature_flags: "))
    );
    let mut endo = file.clone();
    *endo.last_mut().expect("bytes") ^= 1;
    assert!(kimchi::fixture_from_msgpack(&endo).is_err_and(|e| e.to_string().starts_with("endo: ")));
    assert!(kimchi::fixture_from_msgpack(&[]).is_err());
    assert!(kimchi::fixture_from_msgpack(&vec![0x91; 15 << 20]).is_err());
    assert!(kimchi::fixture_from_msgpack(&vec![0; 17 << 20]).is_err());
    assert!(kimchi::public_input_from_bytes::<VestaConfig>(&[0; 33]).is_err());
    assert!(kimchi::public_input_from_bytes::<VestaConfig>(&[255; 32]).is_err());
}

/// What a fixture tells twice must agree: the number of public inputs, and whether lookups are joint.
#[test]
fn a_fixture_that_contradicts_itself_is_refused_by_what_does() {
    let file = read(&shipped("kimchi-circuits").join("vesta-d8-srs16-pub5-poseidon.bin"));
    // Five public inputs, then seven features, the last of them an array: four patterns, joint lookups, runtime tables.
    let features =
        [5, 0x97, 0xc2, 0xc2, 0xc2, 0xc2, 0xc2, 0xc2, 0x93, 0x94, 0xc2, 0xc2, 0xc2, 0xc2, 0xc2, 0xc2];
    let at = file.windows(features.len()).rposition(|window| window == features).expect("the features");
    for (offset, byte, reason) in [
        (0, 4, "not the number of public inputs that there are"),
        (14, 0xc3, "whether lookups are joint does not follow from the patterns"),
    ] {
        let mut altered = file.clone();
        altered[at + offset] = byte;
        let error = kimchi::fixture_from_msgpack(&altered).expect_err("a contradiction");
        assert!(error.to_string().contains(reason), "{error}");
    }
}
