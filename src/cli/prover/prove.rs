//! `quickpickle prove`.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::ValueHint;
use quickpickle::internals::kimchi::proof::RecursionChallenge;
use quickpickle::kimchi::{Pallas, ScalarField, Vesta};
use quickpickle::wire::kimchi::{Curve, Fixture, fixture_to_msgpack, proof_to_msgpack};
use quickpickle_prover::ProverCurve;
use quickpickle_prover::circuit::{CircuitFile, ConstraintSystem, FileError, Opened};
use quickpickle_prover::key::{AnyKey, ProvingKey, is_key};
use quickpickle_prover::prove::ProveError;
use quickpickle_prover::witness::Witness;
use rand_core::OsRng;

use super::Bar;
use super::args::CircuitArgs;
use crate::cli::output::Output;
use crate::cli::{Status, input};

/// Prove that a witness satisfies a Kimchi circuit.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  quickpickle prove poseidon:100 --out chain.bin && quickpickle verify --kimchi chain.bin
  quickpickle prove circuit.key witness.json --out proof.bin
  quickpickle prove circuit.json.gz witness.json --srs-log2 6 --proof proof.msgpack

CIRCUIT may be a proving key that `quickpickle keygen` wrote. WITNESS is 15 columns one after the other, 32 bytes
little-endian an element, plain or gzip; or JSON with `witness`; or `-`, standard input. Without it the circuit's own is taken.

Exit status: 0, 1 if the witness does not satisfy the circuit, 2 input or usage error.")]
pub struct Args {
    #[command(flatten)]
    circuit: CircuitArgs,
    /// The witness.
    #[arg(value_name = "WITNESS", value_hint = ValueHint::FilePath)]
    witness: Option<PathBuf>,
    /// The openings that the proof carries along: JSON with `previous`, each with its `challenges` and, as pairs of coordinates,
    /// its `commitment`.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    previous: Option<PathBuf>,
    /// Write proof, verification key and public input: a file for `quickpickle verify --kimchi`.
    #[arg(long, short, value_name = "FILE", required_unless_present = "proof", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// Write the proof alone, in Kimchi's MessagePack.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    proof: Option<PathBuf>,
}

pub fn run(args: Args) -> anyhow::Result<Status> {
    let files = [args.circuit.path(), args.witness.as_deref(), args.previous.as_deref()];
    input::one_stdin(files.into_iter().flatten())?;
    if let Some(path) = args.circuit.path().filter(|path| is_key(path)) {
        let curve = args.circuit.curve_of_key()?;
        let key = AnyKey::load(path, None).with_context(|| path.display().to_string())?;
        return match (key, curve) {
            (AnyKey::Vesta(key), None | Some(Curve::Vesta)) => with_key(&args, &key),
            (AnyKey::Pallas(key), None | Some(Curve::Pallas)) => with_key(&args, &key),
            (_, Some(curve)) => bail!("{}: not a key on {}", path.display(), curve.name()),
        };
    }
    let circuit = args.circuit.open()?;
    match circuit.curve()? {
        Curve::Vesta => from_circuit::<Vesta>(&args, &circuit),
        Curve::Pallas => from_circuit::<Pallas>(&args, &circuit),
    }
}

/// Where the proof goes, tried before the work is done.
struct Outputs {
    all: Option<Output>,
    proof: Option<Output>,
}

fn outputs(args: &Args) -> anyhow::Result<Outputs> {
    let create = |path: &Option<PathBuf>| path.as_deref().map(Output::create).transpose();
    Ok(Outputs { all: create(&args.out)?, proof: create(&args.proof)? })
}

fn with_key<C: ProverCurve>(args: &Args, key: &ProvingKey<C>) -> anyhow::Result<Status> {
    let inputs = Inputs::read(args, key.system(), None)?;
    prove(key, inputs, outputs(args)?)
}

fn from_circuit<C: ProverCurve>(args: &Args, opened: &Opened) -> anyhow::Result<Status> {
    let (circuit, witness) = opened.circuit::<C>()?;
    let system = ConstraintSystem::<C>::new(circuit).context("circuit")?;
    // Before the key, which may take minutes.
    let inputs = Inputs::read(args, &system, witness)?;
    let outputs = outputs(args)?;
    let bar = Bar::new();
    let tables = quickpickle::tables::baked();
    let key = ProvingKey::generate(system, opened.source().generation, tables, &|stage, done, total| {
        bar.step(stage, done, total);
    });
    bar.finish();
    prove(&key?, inputs, outputs)
}

/// What a proof is made of besides the key.
struct Inputs<C: ProverCurve> {
    witness: Witness<ScalarField<C>>,
    previous: Vec<RecursionChallenge<C>>,
}

impl<C: ProverCurve> Inputs<C> {
    /// Reads what was named; `own` is the witness that came with the circuit.
    fn read(
        args: &Args,
        system: &ConstraintSystem<C>,
        own: Option<Witness<ScalarField<C>>>,
    ) -> anyhow::Result<Self> {
        let rows = 1 << system.domain_log2();
        let witness = match &args.witness {
            Some(path) => read(path, |file| CircuitFile::read_witness(file, rows)?.witness::<C>())?,
            None => own,
        };
        let witness = witness.context("neither a WITNESS nor one that comes with the circuit")?;
        let previous = match &args.previous {
            Some(path) => read(path, |file| CircuitFile::read(file)?.previous::<C>())?,
            None => Vec::new(),
        };
        Ok(Self { witness, previous })
    }
}

fn prove<C: ProverCurve>(
    key: &ProvingKey<C>,
    Inputs { witness, previous }: Inputs<C>,
    outputs: Outputs,
) -> anyhow::Result<Status> {
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
    if let Some(file) = outputs.proof {
        file.write(&proof_to_msgpack(&proof))?;
    }
    if let Some(file) = outputs.all {
        let public_input = witness.columns[0][..key.system().public()].to_vec();
        let fixture = Fixture { proof, index: key.verifier_index().clone(), public_input };
        file.write(&fixture_to_msgpack(&fixture))?;
    }
    Ok(Status::Good)
}

/// Reads a file that belongs to the circuit.
fn read<T>(
    path: &Path,
    decode: impl FnOnce(Box<dyn io::Read + Send>) -> Result<T, FileError>,
) -> anyhow::Result<T> {
    let context = || path.display().to_string();
    decode(input::open(path).with_context(context)?).with_context(context)
}
