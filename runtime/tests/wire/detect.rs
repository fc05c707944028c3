//! Every kind of input is told from the others, and a decoder that gets another kind says which.

use quickpickle_runtime::curve::VestaConfig;
use quickpickle_runtime::pickles::proof::ProofsVerified;
use quickpickle_runtime::wire::detect::{Kind, kind};
use quickpickle_runtime::wire::{DecodeError, binprot, kimchi, o1js, statement_from_json};

use quickpickle_vectors::{entries, fullest, has_whole_set, name, read, shipped, text, whole};

fn proof_json() -> String {
    text(&shipped("o1js/n0-arith/proof.json"))
}

fn key_json() -> String {
    text(&shipped("o1js/n0-arith/vk.json"))
}

fn fixture() -> Vec<u8> {
    read(&shipped("kimchi-circuits/vesta-d9-srs16-pub3-prev2.bin"))
}

/// One input of every kind but `Binary`, which what is broken is told by.
fn inputs() -> Vec<(Kind, Vec<u8>)> {
    let proof = o1js::proof_from_json(proof_json()).expect("a good proof").proof;
    let (key, _) = o1js::verification_key_from_json(key_json()).expect("a good key");
    let Ok(kimchi::AnyFixture::Vesta(decoded)) = kimchi::fixture_from_msgpack(&fixture()) else {
        panic!("a fixture over Vesta")
    };
    let network = shipped("../../srs-data/networks/mainnet-blockchain.json");
    let sexp = o1js::proof_to_sexp(&proof);
    vec![
        (Kind::Empty, b" \n\t".to_vec()),
        (Kind::Compressed("gzip"), vec![0x1f, 0x8b, 8, 0]),
        (Kind::ByteOrderMark, [b"\xef\xbb\xbf", proof_json().as_bytes()].concat()),
        (Kind::Utf16, b"\xff\xfe{\0".to_vec()),
        (Kind::O1jsProof, proof_json().into_bytes()),
        (Kind::StatedProof, br#"{"statement":["1"],"proof":""}"#.to_vec()),
        (Kind::O1jsKey, key_json().into_bytes()),
        (Kind::NetworkKey, text(&network).into_bytes()),
        (Kind::KeysFile, br#"{"version":1,"digest":"","keys":[{"name":"a"}]}"#.to_vec()),
        (Kind::Circuit, br#"{"curve":"vesta","public_input_size":0,"gates":[],"witness":[]}"#.to_vec()),
        (Kind::Witness, br#"{"curve":"vesta","witness":[]}"#.to_vec()),
        (Kind::JsonObject, br#"{"a":{"proof":1}}"#.to_vec()),
        (Kind::Statement, br#"["1","2"]"#.to_vec()),
        (Kind::O1jsProofs, format!("[{},{}]", proof_json(), proof_json()).into_bytes()),
        (Kind::JsonArray, b"[[\"1\"]]".to_vec()),
        (Kind::JsonDocuments, format!("{}\n{}", proof_json(), proof_json()).into_bytes()),
        (Kind::JsonValue, br#""7""#.to_vec()),
        (Kind::ProofBase64, proof_json().split('"').rev().nth(1).expect("a string").into()),
        (Kind::KeyBase64, o1js::verification_key_to_base64(&key).into_bytes()),
        (Kind::ProofSexp, sexp.into_bytes()),
        (Kind::BinProtProof, binprot::proof_to_bytes(&proof)),
        (Kind::BinProtKey, binprot::verification_key_to_bytes(&key)),
        (Kind::KimchiFixture, fixture()),
        (Kind::KimchiIndex, kimchi::index_to_msgpack(&decoded.index)),
        (Kind::KimchiProof, kimchi::proof_to_msgpack(&decoded.proof)),
        (Kind::ProvingKey, b"QPPKEY\0\x01".to_vec()),
        (Kind::Table, b"quickpkl".to_vec()),
        (Kind::Text, text(&shipped("README.md")).into_bytes()),
    ]
}

#[test]
fn every_kind_is_told_from_the_others() {
    for (expected, input) in inputs() {
        assert_eq!(kind(&input), expected);
    }
    assert_eq!(kind(&[0, 159, 146, 150]), Kind::Binary);
    assert_eq!(kind(&[7; 5000]), Kind::Binary);
}

#[test]
fn what_is_cut_off_is_still_told() {
    for (expected, input) in inputs() {
        let half = &input[..input.len() / 2];
        match expected {
            // Text cut within its only mark, and JSON that no longer shows that it was any.
            Kind::Empty | Kind::Utf16 | Kind::ProvingKey | Kind::Table | Kind::JsonValue => {}
            Kind::Compressed(_) | Kind::JsonDocuments | Kind::Statement => {}
            Kind::JsonObject | Kind::JsonArray | Kind::Witness | Kind::Circuit | Kind::KeysFile => {}
            _ => assert_eq!(kind(half), expected),
        }
    }
}

#[test]
fn every_vector_is_of_its_kind() {
    let mut seen = 0;
    let mut folders = vec![fullest("o1js"), fullest("kimchi-circuits")];
    if has_whole_set() {
        folders.extend([whole("kimchi"), whole("mina/valid"), whole("mina/negatives")]);
    }
    for folder in folders {
        for path in entries(&folder) {
            let files =
                if path.is_dir() { vec![path.join("proof.json"), path.join("vk.json")] } else { vec![path] };
            for path in files {
                let expected = match name(&path).as_str() {
                    "proof.json" => Kind::O1jsProof,
                    "vk.json" => Kind::O1jsKey,
                    name if name.ends_with(".proof.binprot") => Kind::BinProtProof,
                    name if name.ends_with(".vk.binprot") => Kind::BinProtKey,
                    name if name.ends_with(".bin") => Kind::KimchiFixture,
                    _ => continue,
                };
                assert_eq!(kind(&read(&path)), expected, "{}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 60);
}

/// Each decoder on each kind that is not its own: what is said names what came in.
#[test]
fn decoders_name_what_they_got_instead() {
    type Decoder = (&'static str, Kind, fn(&[u8]) -> Option<DecodeError>);
    let decoders: [Decoder; 9] = [
        ("the JSON of an o1js proof", Kind::O1jsProof, |b| o1js::proof_from_json(b).err()),
        ("the JSON of an o1js verification key", Kind::O1jsKey, |b| {
            o1js::verification_key_from_json(b).err()
        }),
        ("a JSON list of field elements", Kind::Statement, |b| statement_from_json(b).err()),
        ("the s-expression of a proof", Kind::ProofSexp, |b| {
            o1js::proof_from_sexp(b, ProofsVerified::N0).err()
        }),
        ("a proof in bin_prot", Kind::BinProtProof, |b| binprot::proof_from_bytes(b).err()),
        ("a verification key in bin_prot", Kind::BinProtKey, |b| {
            binprot::verification_key_from_bytes(b).err()
        }),
        ("a Kimchi fixture", Kind::KimchiFixture, |b| kimchi::fixture_from_msgpack(b).err()),
        ("a Kimchi verifier index", Kind::KimchiIndex, |b| {
            kimchi::index_from_msgpack::<VestaConfig>(b).err()
        }),
        ("a Kimchi proof", Kind::KimchiProof, |b| kimchi::proof_from_msgpack::<VestaConfig>(b).err()),
    ];
    for (expected, own, decode) in decoders {
        for (found, input) in inputs().into_iter().filter(|(kind, _)| *kind != own) {
            // The file of a network's key has the fields of an o1js key, and more.
            if (own, found) == (Kind::O1jsKey, Kind::NetworkKey) {
                assert_eq!(decode(&input), None);
                continue;
            }
            let error = decode(&input).unwrap_or_else(|| panic!("{expected}: {found} decodes"));
            assert!(
                matches!(&error, DecodeError::OtherKind { expected: e, found: f, .. } if *e == expected && *f == found),
                "{expected}, {found:?}: {error}"
            );
        }
    }
}

#[test]
fn what_helps_is_said() {
    let said = |error: Option<DecodeError>| error.expect("refused").to_string();
    assert_eq!(
        said(o1js::proof_from_json(key_json()).err()),
        "the JSON of an o1js proof is expected, and this is the JSON of an o1js verification key: proof and key may be \
         swapped"
    );
    assert_eq!(
        said(o1js::verification_key_from_json("").err()),
        "the JSON of an o1js verification key is expected, and this is an empty input"
    );
    assert_eq!(
        said(o1js::proof_from_json([0x1f, 0x8b, 8]).err()),
        "the JSON of an o1js proof is expected, and this is data compressed with gzip: decompress it first"
    );
    assert!(
        said(o1js::proof_from_json(format!("[{}]", proof_json())).err())
            .ends_with("and this is a JSON array of o1js proofs: hand them in one by one, or one a line")
    );
    assert!(said(o1js::proof_from_json("\u{feff}{}").err()).ends_with("without the mark"));
}
