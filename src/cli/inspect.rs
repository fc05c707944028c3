//! `quickpickle inspect`.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::ValueHint;
use quickpickle::VerificationKey;
use quickpickle::answer::Facts;
use quickpickle::internals::kimchi::names::{FEATURES, PATTERNS};
use quickpickle::internals::pickles::key::wrap_domain_log2;
use quickpickle::internals::pickles::proof::{FeatureFlags, Proof};
use quickpickle::kimchi::{KimchiCurve, Pallas, VerifierIndex, Vesta};
use quickpickle::wire::detect::{self, Kind};
use quickpickle::wire::kimchi::{self, AnyFixture, Curve};
use quickpickle::wire::{DecodeError, any, binprot, o1js};
use serde_json::Value;

use super::{Status, input};

/// Tell what a proof or a verification key is, without verifying it.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  quickpickle inspect proof.json
  quickpickle inspect vk.json --json

Known: o1js's JSON of proofs and keys, the base64 `data` of a key, bin_prot of proofs and keys, and Kimchi's
MessagePack of verifier indexes and of fixtures (proof, verifier index and public input in one).")]
pub struct Args {
    /// The file, or `-` for standard input.
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> anyhow::Result<Status> {
    let facts = input::decode_file("", &args.file, kimchi::MAX_INPUT, inspect)?;
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer(&mut out, &facts)?;
        writeln!(out)?
    } else {
        write!(out, "{facts}")?
    }
    Ok(Status::Good)
}

fn inspect(bytes: &[u8]) -> Result<Facts, DecodeError> {
    match detect::kind(bytes) {
        Kind::O1jsProof => o1js_proof(bytes),
        Kind::O1jsKey | Kind::NetworkKey | Kind::KeyBase64 | Kind::BinProtKey => {
            any::verification_key(bytes).map(|key| describe_key(&key))
        }
        Kind::BinProtProof => {
            let mut facts = Facts(vec![("kind", "bin_prot proof".into())]);
            describe_proof(&mut facts, &binprot::proof_from_bytes(bytes)?);
            Ok(facts)
        }
        Kind::KimchiIndex => Ok(match kimchi::curve_of_index(bytes)? {
            Curve::Vesta => describe_index(&kimchi::index_from_msgpack::<Vesta>(bytes)?, "Vesta"),
            Curve::Pallas => describe_index(&kimchi::index_from_msgpack::<Pallas>(bytes)?, "Pallas"),
        }),
        Kind::KimchiFixture => describe_fixture(bytes),
        found => Err(DecodeError::OtherKind {
            expected: "a proof or a verification key",
            found,
            advice: match found {
                Kind::KeysFile => "quickpickle keys show tells what is in it",
                Kind::KimchiProof => "nothing can be told of it without its verifier index",
                found => found.advice(),
            },
        }),
    }
}

fn describe_fixture(bytes: &[u8]) -> Result<Facts, DecodeError> {
    let (mut facts, public_input) = match kimchi::fixture_from_msgpack(bytes)? {
        AnyFixture::Vesta(fixture) => {
            (describe_index(&fixture.index, "Vesta"), elements(&fixture.public_input))
        }
        AnyFixture::Pallas(fixture) => {
            (describe_index(&fixture.index, "Pallas"), elements(&fixture.public_input))
        }
    };
    facts.0[0].1 = "Kimchi proof with verifier index".into();
    facts.0.push(("public_input", public_input));
    Ok(facts)
}

fn describe_index<C: KimchiCurve>(index: &VerifierIndex<C>, curve: &str) -> Facts {
    let gates = FEATURES.into_iter().zip(index.optional_selectors.each_ref().map(Option::is_some));
    let lookup = index.lookup.iter().flat_map(|lookup| {
        let patterns = PATTERNS.into_iter().zip(lookup.pattern_selectors.each_ref().map(Option::is_some));
        patterns.chain([("runtime_tables", lookup.runtime_selector.is_some())])
    });
    Facts(vec![
        ("kind", "Kimchi verifier index".into()),
        ("curve", curve.into()),
        ("domain_log2", index.domain_log2.into()),
        ("srs_log2", index.max_poly_size.ilog2().into()),
        ("zk_rows", index.zk_rows.into()),
        ("public_inputs", index.public.into()),
        ("previous_challenges", index.previous_challenges.into()),
        ("features", names_of(gates.chain(lookup)).into()),
    ])
}

fn o1js_proof(bytes: &[u8]) -> Result<Facts, DecodeError> {
    let proof = o1js::proof_from_json(bytes)?;
    let mut facts = Facts(vec![
        ("kind", "o1js proof".into()),
        ("public_input", elements(proof.public_input())),
        ("public_output", elements(proof.public_output())),
        ("max_proofs_verified", proof.max_proofs_verified.count().into()),
    ]);
    describe_proof(&mut facts, &proof.proof);
    Ok(facts)
}

fn describe_key(key: &VerificationKey) -> Facts {
    Facts(vec![
        ("kind", "side-loaded verification key".into()),
        ("hash", key.hash().to_string().into()),
        ("max_proofs_verified", key.max_proofs_verified.count().into()),
        ("wrap_domain_log2", wrap_domain_log2(key.actual_wrap_domain_size).into()),
    ])
}

/// Adds what a proof in any form shows.
fn describe_proof(facts: &mut Facts, proof: &Proof) {
    let chunks = proof.step_evaluations.evaluations.z.zeta.len();
    facts.0.extend([
        ("proofs_verified", proof.branch_data.proofs_verified.count().into()),
        ("step_domain_log2", proof.branch_data.domain_log2.into()),
        ("step_chunks", chunks.into()),
        ("features", features(&proof.plonk.feature_flags).into()),
    ]);
}

fn elements<F: ToString>(elements: &[F]) -> Value {
    elements.iter().map(F::to_string).collect()
}

/// The optional parts of Kimchi that the step circuit used.
fn features(flags: &FeatureFlags) -> Vec<String> {
    let gates = FEATURES.into_iter().zip(flags.gates);
    names_of(gates.chain([("lookup", flags.lookup), ("runtime_tables", flags.runtime_tables)]))
}

fn names_of(flags: impl Iterator<Item = (&'static str, bool)>) -> Vec<String> {
    flags.filter(|(_, used)| *used).map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use quickpickle::Fp;

    use super::*;

    #[test]
    fn facts_are_lines_of_text_and_fields_of_an_object() {
        let facts = Facts(vec![
            ("kind", "x".into()),
            ("public_input", elements(&[Fp::from(1), Fp::from(2)])),
            ("features", Vec::<String>::new().into()),
            ("step_chunks", 1.into()),
        ]);
        assert_eq!(
            facts.to_string(),
            "kind                  x\n\
             public input          1\n                      2\n\
             features              none\n\
             step chunks           1\n"
        );
        assert_eq!(
            serde_json::to_value(&facts).expect("JSON"),
            serde_json::json!({"kind": "x", "public_input": ["1", "2"], "features": [], "step_chunks": 1})
        );
    }

    #[test]
    fn features_are_named_as_in_the_proof() {
        let flags = FeatureFlags {
            gates: [false, true, false, false, true, false],
            lookup: true,
            ..Default::default()
        };
        assert_eq!(features(&flags), ["range_check1", "xor", "lookup"]);
    }
}
