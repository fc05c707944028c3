//! Which circuit is meant.

use std::path::Path;

use anyhow::ensure;
use clap::ValueHint;
use quickpickle::kimchi::Generation;
use quickpickle::wire::kimchi::Curve;
use quickpickle_prover::circuit::{Opened, Origin, Source};

use crate::cli::{input, values};

/// A circuit, and what its file leaves open.
#[derive(clap::Args)]
pub struct CircuitArgs {
    /// The circuit: a file of JSON, plain or gzip, `-` for standard input; or `poseidon:N`, a chain of N permutations; or
    /// `lookups:N`, N rows of lookups in a fixed and a runtime table. What the options below say may follow, each after a
    /// comma: srs=N, domain=N, previous=N, curve=NAME, berkeley.
    #[arg(value_name = "CIRCUIT", value_hint = ValueHint::FilePath)]
    circuit: Source,
    /// The curve of the commitments, where the file does not name it: vesta for circuits over Fp, pallas for Fq.
    #[arg(long, value_parser = values::curve())]
    curve: Option<Curve>,
    /// log2 of the SRS size, if not the file's; without either 16 on Vesta, 15 on Pallas.
    #[arg(long, value_name = "N")]
    srs_log2: Option<u32>,
    /// log2 of the domain size, if not the smallest possible.
    #[arg(long, value_name = "N")]
    domain_log2: Option<u32>,
    /// Openings that a proof carries along, if not as many as the file says.
    #[arg(long, value_name = "N")]
    previous_challenges: Option<usize>,
    /// The gates are those of Mina's networks and of o1js, not those of proof-systems since its release 0.5.0, whose
    /// EndoMul has one constraint more.
    #[arg(long)]
    berkeley: bool,
}

impl CircuitArgs {
    /// The file that was named, if one was.
    pub fn path(&self) -> Option<&Path> {
        match &self.circuit.origin {
            Origin::File(path) => Some(path),
            Origin::BuiltIn(_) => None,
        }
    }

    /// The circuit, with what the options say of it.
    pub fn source(&self) -> anyhow::Result<Source> {
        let mut source = self.circuit.clone();
        merge("--curve", &mut source.curve, self.curve)?;
        merge("--srs-log2", &mut source.srs_log2, self.srs_log2)?;
        merge("--domain-log2", &mut source.domain_log2, self.domain_log2)?;
        merge("--previous-challenges", &mut source.previous_challenges, self.previous_challenges)?;
        if self.berkeley {
            source.generation = Generation::Berkeley;
        }
        Ok(source)
    }

    /// The circuit, whose file has been read.
    pub fn open(&self) -> anyhow::Result<Opened> {
        Ok(self.source()?.open_with(input::open)?)
    }

    /// The curve that a proving key in place of a circuit must have, if one was named. Whatever else can be said of a
    /// circuit is in the key.
    pub fn curve_of_key(&self) -> anyhow::Result<Option<Curve>> {
        let source = self.source()?;
        let said = [
            ("--srs-log2", source.srs_log2.is_some()),
            ("--domain-log2", source.domain_log2.is_some()),
            ("--previous-challenges", source.previous_challenges.is_some()),
            ("--berkeley", source.generation == Generation::Berkeley),
        ];
        let said: Vec<_> = said.into_iter().filter(|(_, said)| *said).map(|(name, _)| name).collect();
        let origin = &source.origin;
        ensure!(
            said.is_empty(),
            "{origin} is a proving key, which fixes this already: {} cannot be applied to it",
            said.join(", ")
        );
        Ok(source.curve)
    }
}

/// Fills in what an option says, if nothing after CIRCUIT says it.
fn merge<T>(option: &str, said: &mut Option<T>, value: Option<T>) -> anyhow::Result<()> {
    ensure!(said.is_none() || value.is_none(), "{option} says again what stands after CIRCUIT");
    *said = said.take().or(value);
    Ok(())
}
