//! `quickpickle keygen`.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context as _;
use clap::ValueHint;
use quickpickle::kimchi::{Pallas, Vesta};
use quickpickle::wire::kimchi::{Curve, index_to_msgpack};
use quickpickle_prover::ProverCurve;
use quickpickle_prover::circuit::{ConstraintSystem, Opened};
use quickpickle_prover::key::ProvingKey;

use super::Bar;
use super::args::CircuitArgs;
use crate::cli::Status;
use crate::cli::output::{self, Output};

/// Make the keys of a Kimchi circuit.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  quickpickle keygen circuit.json --out circuit.key --index circuit.index
  quickpickle keygen poseidon:100,srs=12 --out poseidon.key
  quickpickle keygen lookups:50 --curve pallas --previous-challenges 2 --berkeley --out wrap.key

Prints the digest of the proving key's file, or of the verification key where none is written.")]
pub struct Args {
    #[command(flatten)]
    circuit: CircuitArgs,
    /// Write the proving key, which `quickpickle prove` takes in place of the circuit.
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// Write the verification key, in Kimchi's MessagePack.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    index: Option<PathBuf>,
}

pub fn run(args: Args) -> anyhow::Result<Status> {
    let circuit = args.circuit.open()?;
    match circuit.curve()? {
        Curve::Vesta => generate::<Vesta>(&args, &circuit),
        Curve::Pallas => generate::<Pallas>(&args, &circuit),
    }
}

fn generate<C: ProverCurve>(args: &Args, opened: &Opened) -> anyhow::Result<Status> {
    let (circuit, _) = opened.circuit::<C>()?;
    let system = ConstraintSystem::<C>::new(circuit).context("circuit")?;
    if let Some(path) = &args.out {
        output::try_key(path)?;
    }
    let index = args.index.as_deref().map(Output::create).transpose()?;
    let started = Instant::now();
    let bar = Bar::new();
    let tables = quickpickle::tables::baked();
    let key = ProvingKey::generate(system, opened.source().generation, tables, &|stage, done, total| {
        bar.step(stage, done, total);
    });
    bar.finish();
    let key = key?;
    let elapsed = started.elapsed();
    let system = key.system();
    eprintln!(
        "{} rows on a domain of 2^{} over {}, {} chunk(s), in {:.2} s",
        system.rows(),
        system.domain_log2(),
        C::NAME,
        system.chunks(),
        elapsed.as_secs_f64()
    );
    if let Some(file) = index {
        file.write(&index_to_msgpack(key.verifier_index()))?;
    }
    match &args.out {
        Some(path) => {
            let digest = key.save(path).with_context(|| path.display().to_string())?;
            println!("{}  {}", hex::encode(digest), path.display());
        }
        None => println!("{}", key.prepared_index().digest()),
    }
    Ok(Status::Good)
}
