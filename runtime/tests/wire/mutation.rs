//! One bit of every byte changed in turn: never a panic, and what still decodes is written again as it was read (but for
//! the case of hex digits and one escape), so no two inputs stand for the same value.

use proptest::prelude::*;
use quickpickle_runtime::curve::{PallasConfig, VestaConfig};
use quickpickle_runtime::pickles::proof::ProofsVerified;
use quickpickle_runtime::wire::{binprot, kimchi, o1js, statement_from_json};

use quickpickle_vectors::{read, shipped, text};

/// Flips a bit in every byte, a different one from byte to byte, and cuts the input at every length divisible by 97.
fn mutations(input: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    let flipped = (0..input.len()).map(|i| {
        let mut altered = input.to_vec();
        // Multiplying by an odd number visits the bits in no order that lines up with the format's own periods.
        altered[i] ^= 1 << (i.wrapping_mul(0x9e37_79b9) >> 13 & 7);
        (i, altered)
    });
    flipped.chain((0..input.len()).step_by(97).map(|end| (end, input[..end].to_vec())))
}

/// How many mutations decode; each of them must be written again as it was read.
fn decoded<T>(
    input: &[u8],
    decode: impl Fn(&[u8]) -> Option<T>,
    encode: impl Fn(&T) -> Vec<u8>,
    same: impl Fn(&[u8], &[u8]) -> bool,
) -> usize {
    let whole = mutations(input).filter_map(|(i, altered)| Some((i, decode(&altered)?, altered)));
    whole.map(|(i, value, altered)| assert!(same(&encode(&value), &altered), "byte {i}")).count()
}

fn exactly(written: &[u8], read: &[u8]) -> bool {
    written == read
}

#[test]
fn bin_prot_proofs_and_keys() {
    let json = text(&shipped("o1js/n0-arith-txform/proof.json"));
    let proof = binprot::proof_to_bytes(&o1js::proof_from_json(json).expect("a good proof").proof);
    let count = decoded(&proof, |b| binprot::proof_from_bytes(b).ok(), binprot::proof_to_bytes, exactly);
    println!("{count} of {} altered proofs decode", proof.len());
    // Evaluations and challenges are numbers among which most alterations are numbers again; points are not.
    assert!((2000..9000).contains(&count));

    let (key, _) =
        o1js::verification_key_from_json(text(&shipped("o1js/n0-arith/vk.json"))).expect("a good key");
    let key = binprot::verification_key_to_bytes(&key);
    let decode = |b: &[u8]| binprot::verification_key_from_bytes(b).ok();
    // Only the two sizes can change into others; a changed coordinate leaves the curve.
    assert!(decoded(&key, decode, binprot::verification_key_to_bytes, exactly) <= 2);
}

#[test]
fn o1js_proofs() {
    let json = text(&shipped("o1js/n1-features-step/proof.json"));
    let proof = o1js::proof_from_json(json).expect("a good proof");
    let sexp = o1js::proof_to_sexp(&proof.proof).into_bytes();
    let decode = |b: &[u8]| o1js::proof_from_sexp(b, ProofsVerified::N1).ok();
    // Changing `"\014"` makes `"\010"`, which OCaml writes as `"\n"`.
    let canonical = |read: &[u8]| String::from_utf8_lossy(read).replace("\"\\010\"", "\"\\n\"");
    let same = |written: &[u8], read: &[u8]| canonical(read).as_bytes().eq_ignore_ascii_case(written);
    let count = decoded(&sexp, decode, |proof| o1js::proof_to_sexp(proof).into_bytes(), same);
    println!("{count} of {} altered proofs decode", sexp.len());
    assert!(count > 1000);

    let json = o1js::proof_to_json(&proof);
    for (_, altered) in mutations(json.as_bytes()).step_by(7) {
        let _ = o1js::proof_from_json(altered);
    }
}

#[test]
fn kimchi_proofs_and_keys() {
    let file = read(&shipped("kimchi-circuits/vesta-d9-srs16-pub3-prev2.bin"));
    let Ok(kimchi::AnyFixture::Vesta(fixture)) = kimchi::fixture_from_msgpack(&file) else {
        panic!("a fixture over Vesta")
    };
    let proof = kimchi::proof_to_msgpack(&fixture.proof);
    let decode = |b: &[u8]| kimchi::proof_from_msgpack::<VestaConfig>(b).ok();
    let count = decoded(&proof, decode, kimchi::proof_to_msgpack, exactly);
    println!("{count} of {} altered proofs decode", proof.len());
    assert!(count > 1000);

    let index = kimchi::index_to_msgpack(&fixture.index);
    let decode = |b: &[u8]| kimchi::index_from_msgpack::<VestaConfig>(b).ok();
    let count = decoded(&index, decode, kimchi::index_to_msgpack, exactly);
    println!("{count} of {} altered keys decode", index.len());
    assert!(count > 200);
    for (_, altered) in mutations(&file).step_by(5) {
        let _ = kimchi::fixture_from_msgpack(&altered);
        let _ = kimchi::index_from_msgpack::<PallasConfig>(&altered);
    }
}

proptest! {
    /// Bytes of no format, and bytes that take the place of a stretch of a good input: never a panic.
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in any::<prop::sample::Index>()) {
        let decode_all = |bytes: &[u8]| {
            let _ = o1js::proof_from_json(bytes);
            let _ = o1js::verification_key_from_json(bytes);
            let _ = statement_from_json(bytes);
            let _ = o1js::proof_from_sexp(bytes, ProofsVerified::N2);
            let _ = binprot::proof_from_bytes(bytes);
            let _ = binprot::verification_key_from_bytes(bytes);
            let _ = kimchi::fixture_from_msgpack(bytes);
            let _ = kimchi::proof_from_msgpack::<PallasConfig>(bytes);
            let _ = kimchi::index_from_msgpack::<VestaConfig>(bytes);
            let _ = kimchi::public_input_from_bytes::<VestaConfig>(bytes);
        };
        decode_all(&bytes);
        let good = [
            read(&shipped("o1js/n0-arith-txform/proof.json")),
            read(&shipped("kimchi-circuits/vesta-d9-srs16-pub3-prev2.bin")),
        ];
        for mut altered in good {
            let start = at.index(altered.len());
            let end = altered.len().min(start + bytes.len());
            altered.splice(start..end, bytes.iter().copied());
            decode_all(&altered);
        }
    }
}
