//! What reading costs is bounded: the length of lists before their elements are decoded, the length of what is said.

use quickpickle_runtime::curve::{Fp, PallasConfig, VestaConfig};
use quickpickle_runtime::error::chain;
use quickpickle_runtime::limits::Limits;
use quickpickle_runtime::pickles::proof::ProofsVerified;
use quickpickle_runtime::wire::{
    DecodeError, Fault, MAX_ELEMENTS, MAX_EXCERPT, binprot, elements_from_json, elements_from_json_within,
    kimchi, network, o1js, statement_from_json,
};
use quickpickle_srs_data::NETWORK_KEYS;
use std::error::Error;

use quickpickle_vectors::{read, shipped, text};

fn zeros(count: usize) -> String {
    format!("[{}]", vec!["\"0\""; count].join(","))
}

#[test]
fn lists_of_elements_end_at_the_bound() {
    assert_eq!(statement_from_json(zeros(MAX_ELEMENTS)).map(|list| list.len()), Ok(MAX_ELEMENTS));
    let too_many = |max| DecodeError::from(Fault::TooMany { max });
    assert_eq!(statement_from_json(zeros(MAX_ELEMENTS + 1)), Err(too_many(MAX_ELEMENTS)));
    // None beyond the bound is parsed: what follows is no field element.
    let beyond = zeros(MAX_ELEMENTS).replace(']', ",\"x\",\"y\"]");
    assert_eq!(statement_from_json(beyond), Err(too_many(MAX_ELEMENTS)));

    let proof = text(&shipped("o1js/n0-arith/proof.json"));
    let mut json: serde_json::Value = serde_json::from_str(&proof).expect("JSON");
    json["publicOutput"] = serde_json::from_str(&zeros(MAX_ELEMENTS + 1)).expect("JSON");
    let error = o1js::proof_from_json(json.to_string()).expect_err("a long output").to_string();
    assert_eq!(error, "publicOutput: more than 50000 elements");

    let mut limits = Limits::default();
    limits.statement = 2;
    assert_eq!(elements_from_json_within::<Fp>(zeros(2), &limits).map(|list| list.len()), Ok(2));
    assert_eq!(elements_from_json_within::<Fp>(zeros(3), &limits), Err(too_many(2)));
    assert!(o1js::proof_from_json_within(json.to_string(), &limits).is_err());
    limits.statement = MAX_ELEMENTS + 1;
    assert!(elements_from_json_within::<Fp>(zeros(MAX_ELEMENTS + 1), &limits).is_ok());
    assert!(o1js::proof_from_json_within(json.to_string(), &limits).is_ok());
    assert_eq!(
        elements_from_json_within::<Fp>(zeros(MAX_ELEMENTS + 2), &limits),
        Err(too_many(MAX_ELEMENTS + 1))
    );
    assert!(elements_from_json::<Fp>("[\"0\"").is_err());
}

#[test]
fn the_bytes_of_an_input_are_bounded_by_the_same_limits() {
    let limits = Limits::default();
    for (bytes, bound) in [
        (limits.json_bytes, quickpickle_runtime::wire::MAX_JSON),
        (limits.text_bytes, o1js::MAX_PROOF),
        (limits.binprot_bytes, binprot::MAX_INPUT),
        (limits.msgpack_bytes, kimchi::MAX_INPUT),
        (limits.statement, MAX_ELEMENTS),
    ] {
        assert_eq!(bytes, bound);
    }
}

/// A fixture over Vesta whose key has one chunk, no earlier opening and an SRS of 2^16.
fn fixture() -> kimchi::Fixture<VestaConfig> {
    let file = shipped("kimchi-circuits/vesta-d8-srs16-pub5-poseidon.bin");
    match kimchi::fixture_from_msgpack(&read(&file)) {
        Ok(kimchi::AnyFixture::Vesta(fixture)) => fixture,
        other => panic!("{:?}", other.map(|_| "a fixture over Pallas")),
    }
}

#[test]
fn the_key_bounds_the_lists_of_its_proof() {
    let refused = |alter: fn(&mut kimchi::Fixture<VestaConfig>), reason: &str| {
        let mut fixture = fixture();
        alter(&mut fixture);
        let error = kimchi::fixture_from_msgpack(&kimchi::fixture_to_msgpack(&fixture)).expect_err(reason);
        assert_eq!(error.to_string(), format!("proof_bytes.{reason}"));
        let proof = kimchi::proof_to_msgpack(&fixture.proof);
        let alone = kimchi::proof_for_key_from_msgpack(&proof, &fixture.index, &Limits::default());
        assert_eq!(alone.expect_err(reason).to_string(), reason);
    };
    refused(
        |f| {
            let z = &mut f.proof.commitments.z.0;
            z.extend(z.clone())
        },
        "commitments.z_comm: more than 1 elements",
    );
    refused(
        |f| {
            let w = &mut f.proof.commitments.w[3].0;
            w.extend(w.clone())
        },
        "commitments.w_comm[3]: more than 1 elements",
    );
    refused(
        |f| {
            let t = &mut f.proof.commitments.t.0;
            t.extend(t.clone())
        },
        "commitments.t_comm: more than 7 elements",
    );
    refused(
        |f| {
            let lr = &mut f.proof.opening.lr;
            lr.extend(lr.clone())
        },
        "proof.lr: more than 16 elements",
    );
    refused(
        |f| {
            let e = &mut f.proof.evaluations.z.zeta;
            e.extend(e.clone())
        },
        "evals.z.zeta: more than 1 elements",
    );
    refused(
        |f| {
            let commitment = f.proof.commitments.z.clone();
            let challenges = Vec::new();
            f.proof
                .previous_challenges
                .push(quickpickle_runtime::kimchi::proof::RecursionChallenge { challenges, commitment });
        },
        "prev_challenges: more than 0 elements",
    );
}

#[test]
fn the_key_is_read_before_the_proof() {
    let mut fixture = fixture();
    fixture.index.max_poly_size = 3;
    fixture.proof.commitments.z.0.clear();
    fixture.proof.opening.lr.clear();
    let error = kimchi::fixture_from_msgpack(&kimchi::fixture_to_msgpack(&fixture))
        .expect_err("3 is no power of two");
    assert!(error.to_string().starts_with("verifier_index_bytes.max_poly_size"), "{error}");
}

#[test]
fn a_key_has_no_more_chunks_than_its_sizes_say() {
    let mut fixture = fixture();
    let sigma = &mut fixture.index.sigma[6].0;
    sigma.extend(sigma.clone());
    let error = kimchi::index_from_msgpack::<VestaConfig>(&kimchi::index_to_msgpack(&fixture.index));
    assert_eq!(error.expect_err("two chunks").to_string(), "sigma_comm[6]: more than 1 elements");
    // An SRS of two generators asks for 2^7 chunks, the limits for 16.
    fixture.index.max_poly_size = 2;
    fixture.index.sigma[6].0.truncate(1);
    let point = fixture.index.sigma[0].0[0];
    fixture.index.sigma[0].0 = vec![point; 17];
    let index = kimchi::index_to_msgpack(&fixture.index);
    let error = kimchi::index_from_msgpack::<VestaConfig>(&index);
    assert_eq!(error.expect_err("17 chunks").to_string(), "sigma_comm[0]: more than 16 elements");
    assert!(kimchi::index_from_msgpack_within::<VestaConfig>(&index, &Limits::LARGEST).is_ok());
}

#[test]
fn public_inputs_are_bounded() {
    let input = vec![0; 32 * (MAX_ELEMENTS + 1)];
    let error = kimchi::public_input_from_bytes::<VestaConfig>(&input).expect_err("one too many");
    assert_eq!(error.to_string(), "input: more than 50000 elements");
    assert!(kimchi::public_input_from_bytes::<VestaConfig>(&input[32..]).is_ok());
}

/// The most that an error may say: a place, and what an excerpt repeats, each bounded.
const MAX_MESSAGE: usize = 4 * MAX_EXCERPT;

/// Every decoder on inputs that ask for a long message.
#[test]
fn no_message_repeats_its_input() {
    let long = "\u{1}\"\\é".repeat(300_000);
    let quoted = serde_json::to_string(&long).expect("JSON");
    let key = &NETWORK_KEYS[0];
    let inputs = [
        quoted.clone(),
        format!("[{quoted}]"),
        format!("[[{quoted}]]"),
        format!("{{{quoted}:1}}"),
        format!(
            "{{\"network\":{quoted},\"protocolVersion\":\"\",\"kind\":\"\",\"digest\":\"\",\"data\":\"\"}}"
        ),
        format!("{{\"network\":\"\",\"data\":\"\",{quoted}:1}}"),
        format!("{{\"data\":{quoted}}}"),
        format!("{{\"data\":\"\",\"hash\":{quoted}}}"),
        format!("{{\"publicInput\":{quoted}}}"),
        format!("{{\"publicInput\":[{quoted}],\"publicOutput\":[],\"maxProofsVerified\":0,\"proof\":\"\"}}"),
        format!("{{\"publicInput\":[],\"publicOutput\":[],\"maxProofsVerified\":{quoted},\"proof\":\"\"}}"),
        format!("{{\"publicInput\":[],\"publicOutput\":[],\"maxProofsVerified\":0,\"proof\":{quoted}}}"),
        format!("{{\"proof\":{quoted}}}"),
        format!("(({}", "a".repeat(100_000)),
        "A".repeat(100_000),
        "\u{95}\u{dc}".repeat(1000),
    ];
    let mut longest = 0;
    for input in &inputs {
        let bytes = input.as_bytes();
        let errors: [Option<DecodeError>; 12] = [
            o1js::proof_from_json(bytes).err(),
            o1js::verification_key_from_json(bytes).err(),
            statement_from_json(bytes).err(),
            o1js::proof_from_base64(input, ProofsVerified::N1).err(),
            o1js::verification_key_from_base64(input).err(),
            o1js::proof_from_sexp(bytes, ProofsVerified::N2).err(),
            binprot::proof_from_bytes(bytes).err(),
            binprot::verification_key_from_bytes(bytes).err(),
            network::key_from_json(bytes, key).err(),
            kimchi::fixture_from_msgpack(bytes).err(),
            kimchi::proof_from_msgpack::<PallasConfig>(bytes).err(),
            kimchi::index_from_msgpack::<VestaConfig>(bytes).err(),
        ];
        for error in errors {
            let said = chain(&error.expect("refused") as &dyn Error);
            assert!(said.len() <= MAX_MESSAGE, "{} bytes: {}...", said.len(), said.split_at(200).0);
            assert!(!said.chars().any(char::is_control));
            longest = longest.max(said.len());
        }
    }
    // Some of it is repeated: the bound has been reached.
    assert!(longest > MAX_EXCERPT, "{longest}");
}

#[test]
fn arrays_are_no_objects() {
    let key: serde_json::Value =
        serde_json::from_str(&text(&shipped("o1js/n0-arith/vk.json"))).expect("JSON");
    let proof: serde_json::Value =
        serde_json::from_str(&text(&shipped("o1js/n0-arith/proof.json"))).expect("JSON");
    let fields = |value: &serde_json::Value, names: &[&str]| {
        serde_json::Value::from(names.iter().map(|name| value[*name].clone()).collect::<Vec<_>>()).to_string()
    };
    // The fields in the order in which serde would take them.
    let key = fields(&key, &["data", "hash"]);
    assert!(o1js::verification_key_from_json(key).is_err_and(|e| e.to_string().contains("JSON list")));
    let proof = fields(&proof, &["publicInput", "publicOutput", "maxProofsVerified", "proof"]);
    assert!(o1js::proof_from_json(proof).is_err_and(|e| e.to_string().contains("JSON array")));
}
