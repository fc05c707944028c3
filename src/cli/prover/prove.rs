//! `quickpickle prove`.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, bail};
use quickpickle::kimchi::{Pallas, ScalarField, Vesta};
use quickpickle::wire::kimchi::{Curve, Fixture, fixture_to_msgpack, proof_to_msgpack};
use quickpickle_prover::ProverCurve;
use quickpickle_prover::circuit::ConstraintSystem;
use quickpickle_prover::key::{AnyKey, ProvingKey, is_key};
use quickpickle_prover::prove::ProveError;
use quickpickle_prover::witness::Witness;
use rand_core::OsRng;

use super::Bar;
use super::args::{CircuitArgs, Source, open};
use crate::cli::Status;

/// Prove that a witness satisfies a Kimchi circuit.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  quickpickle prove poseidon:1000 --out proof.bin && quickpickle verify --kimchi proof.bin
  quickpickle prove circuit.key witness.bin.gz --out proof.bin
  quickpickle prove circuit.json.gz witness.json --curve vesta --proof proof.msgpack

CIRCUIT may be a proving key that `quickpickle keygen` wrote. WITNESS is 15 columns one after the other, 32 bytes
little-endian an element, plain or gzip; or JSON with `witness`. Without it the circuit's own is taken.

Exit status: 0, 1 if the witness does not satisfy the circuit, 2 input or usage error.")]
pub struct Args {
    #[command(flatten)]
    circuit: CircuitArgs,
    /// The witness.
    #[arg(value_name = "WITNESS")]
    witness: Option<PathBuf>,
    /// The openings that the proof carries along: JSON with `previous`, each with its `challenges` and, as pairs of coordinates,
    /// its `commitment`.
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,
    /// Write proof, verification key and public input: a file for `quickpickle verify --kimchi`.
    #[arg(long, short, value_name = "FILE", required_unless_present = "proof")]
    out: Option<PathBuf>,
    /// Write the proof alone, in Kimchi's MessagePack.
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
}

pub fn run(args: Args) -> anyhow::Result<Status> {
    let path = args.circuit.path();
    if is_key(&path) {
        let key = AnyKey::load(&path, None).with_context(|| path.display().to_string())?;
        return match (key, args.circuit.curve()) {
            (AnyKey::Vesta(key), None | Some(Curve::Vesta)) => prove(&args, &key, None),
            (AnyKey::Pallas(key), None | Some(Curve::Pallas)) => prove(&args, &key, None),
            (_, Some(curve)) => bail!("{}: not a key on {}", path.display(), curve.name()),
        };
    }
    let source = args.circuit.source()?;
    match args.circuit.curve_of(&source)? {
        Curve::Vesta => from_circuit::<Vesta>(&args, &source),
        Curve::Pallas => from_circuit::<Pallas>(&args, &source),
    }
}

fn from_circuit<C: ProverCurve>(args: &Args, source: &Source) -> anyhow::Result<Status> {
    let (circuit, witness) = args.circuit.circuit::<C>(source)?;
    let system = ConstraintSystem::<C>::new(circuit).context("circuit")?;
    let bar = Bar::new();
    let tables = quickpickle::tables::baked();
    let key = ProvingKey::generate(system, args.circuit.generation(), tables, &|stage, done, total| {
        bar.step(stage, done, total);
    });
    bar.finish();
    prove(args, &key?, witness)
}

fn prove<C: ProverCurve>(
    args: &Args,
    key: &ProvingKey<C>,
    own: Option<Witness<ScalarField<C>>>,
) -> anyhow::Result<Status> {
    let witness = match &args.witness {
        Some(path) => open(path)?.witness::<C>().with_context(|| path.display().to_string())?,
        None => own,
    };
    let witness = witness.context("neither a WITNESS nor one that comes with the circuit")?;
    let previous = match &args.previous {
        Some(path) => open(path)?.previous::<C>().with_context(|| path.display().to_string())?,
        None => Vec::new(),
    };
    let started = Instant::now();
    let bar = Bar::new();
    let tables = quickpickle::tables::baked();
    let proof = key.prove(&witness, previous, tables, &mut OsRng, &|stage, done, total| {
        bar.step(stage, done, total);
    });
    bar.finish();
    let proof = match proof {
        Err(ProveError::Witness(error)) => {
            println!("refused: {error}");
            return Ok(Status::Bad);
        }
        proof => proof?,
    };
    eprintln!("proved in {:.2} s", started.elapsed().as_secs_f64());
    if let Some(path) = &args.proof {
        fs::write(path, proof_to_msgpack(&proof)).with_context(|| path.display().to_string())?;
    }
    if let Some(path) = &args.out {
        let public_input = witness.columns[0][..key.system().public()].to_vec();
        let fixture = Fixture { proof, index: key.verifier_index().clone(), public_input };
        fs::write(path, fixture_to_msgpack(&fixture)).with_context(|| path.display().to_string())?;
    }
    Ok(Status::Good)
}
