//! `quickpickle keygen`.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context as _;
use quickpickle::kimchi::{Pallas, Vesta};
use quickpickle::wire::kimchi::{Curve, index_to_msgpack};
use quickpickle_prover::ProverCurve;
use quickpickle_prover::circuit::ConstraintSystem;
use quickpickle_prover::key::ProvingKey;

use super::Bar;
use super::args::{CircuitArgs, Source};
use crate::cli::Status;

/// Make the keys of a Kimchi circuit.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  quickpickle keygen poseidon:1000 --out poseidon.key --index poseidon.index
  quickpickle keygen circuit.json.gz --curve pallas --previous-challenges 2 --berkeley --out wrap.key

Prints the digest of the proving key's file, or of the verification key where none is written.")]
pub struct Args {
    #[command(flatten)]
    circuit: CircuitArgs,
    /// Write the proving key, which `quickpickle prove` takes in place of the circuit.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the verification key, in Kimchi's MessagePack.
    #[arg(long, value_name = "FILE")]
    index: Option<PathBuf>,
}

pub fn run(args: Args) -> anyhow::Result<Status> {
    let source = args.circuit.source()?;
    match args.circuit.curve_of(&source)? {
        Curve::Vesta => generate::<Vesta>(&args, &source),
        Curve::Pallas => generate::<Pallas>(&args, &source),
    }
}

fn generate<C: ProverCurve>(args: &Args, source: &Source) -> anyhow::Result<Status> {
    let (circuit, _) = args.circuit.circuit::<C>(source)?;
    let system = ConstraintSystem::<C>::new(circuit).context("circuit")?;
    let started = Instant::now();
    let bar = Bar::new();
    let tables = quickpickle::tables::baked();
    let key = ProvingKey::generate(system, args.circuit.generation(), tables, &|stage, done, total| {
        bar.step(stage, done, total);
    })?;
    bar.finish();
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
    if let Some(path) = &args.index {
        fs::write(path, index_to_msgpack(key.verifier_index()))
            .with_context(|| path.display().to_string())?;
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
