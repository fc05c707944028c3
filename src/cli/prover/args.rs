//! Which circuit is meant.

use std::fs::File;
use std::path::PathBuf;

use anyhow::Context as _;
use quickpickle::curve::{KimchiCurve, PallasConfig, ScalarField, VestaConfig};
use quickpickle::kimchi::gates::Generation;
use quickpickle_prover::builder;
use quickpickle_prover::circuit::{Circuit, CircuitFile};
use quickpickle_prover::witness::Witness;

/// Rows of a built-in circuit at most, those of the largest domain.
const MAX_ROWS: usize = 1 << 20;

/// A circuit, and what its file leaves open.
#[derive(clap::Args)]
pub struct CircuitArgs {
    /// The circuit: a file of JSON, plain or gzip; or `poseidon:N`, a chain of N permutations; or `lookups:N`, N rows of lookups
    /// in a fixed and a runtime table.
    #[arg(value_name = "CIRCUIT")]
    circuit: String,
    /// The curve of the commitments, where the file does not name it: vesta for circuits over Fp, pallas for Fq.
    #[arg(long, value_name = "vesta|pallas", value_parser = curve_named)]
    curve: Option<CurveName>,
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

/// A curve by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurveName {
    Vesta,
    Pallas,
}

fn curve_named(name: &str) -> Result<CurveName, &'static str> {
    match name {
        _ if name == VestaConfig::NAME => Ok(CurveName::Vesta),
        _ if name == PallasConfig::NAME => Ok(CurveName::Pallas),
        _ => Err("vesta or pallas"),
    }
}

/// Where a circuit comes from.
pub enum Source {
    File(CircuitFile),
    Poseidon(usize),
    Lookups(usize),
}

impl CircuitArgs {
    /// The file of that name.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(&self.circuit)
    }

    pub fn generation(&self) -> Generation {
        if self.berkeley { Generation::Berkeley } else { Generation::DistinctPoints }
    }

    /// The curve that was asked for, if one was.
    pub fn curve(&self) -> Option<CurveName> {
        self.curve
    }

    pub fn source(&self) -> anyhow::Result<Source> {
        if let Some((name @ ("poseidon" | "lookups"), repetitions)) = self.circuit.split_once(':') {
            // Rows that a repetition takes at least.
            let most = MAX_ROWS / if name == "poseidon" { 12 } else { 2 };
            let repetitions = repetitions.parse().ok().filter(|n| (1..=most).contains(n));
            let repetitions = repetitions
                .with_context(|| format!("{}: a number from 1 to {most} is expected", self.circuit))?;
            return Ok(if name == "poseidon" {
                Source::Poseidon(repetitions)
            } else {
                Source::Lookups(repetitions)
            });
        }
        open(&self.path()).map(Source::File)
    }

    /// The curve of a circuit: asked for, or the file's, or Vesta for the built-in ones.
    pub fn curve_of(&self, source: &Source) -> anyhow::Result<CurveName> {
        if let Some(curve) = self.curve {
            return Ok(curve);
        }
        let Source::File(file) = source else { return Ok(CurveName::Vesta) };
        let name = file.curve().with_context(|| self.circuit.clone())?;
        let name = name.with_context(|| format!("{} does not name its curve: say --curve", self.circuit))?;
        curve_named(&name).map_err(|_| anyhow::anyhow!("{}: no curve {name:?} is known", self.circuit))
    }

    /// The circuit, and the witness that comes with it, if one does.
    #[expect(clippy::type_complexity, reason = "a circuit, and whether it comes with a witness")]
    pub fn circuit<C: KimchiCurve>(
        &self,
        source: &Source,
    ) -> anyhow::Result<(Circuit<ScalarField<C>>, Option<Witness<ScalarField<C>>>)> {
        let built_in = self.srs_log2.unwrap_or(if C::NAME == VestaConfig::NAME { 16 } else { 15 });
        let (mut circuit, witness) = match source {
            Source::Poseidon(n) => {
                let (circuit, witness) = builder::poseidon_chain(*n, ScalarField::<C>::from(1u64), built_in);
                (circuit, Some(witness))
            }
            Source::Lookups(n) => {
                let (circuit, witness) = builder::lookups(*n, built_in);
                (circuit, Some(witness))
            }
            Source::File(file) => {
                let circuit = file.circuit::<C>().with_context(|| self.circuit.clone())?;
                (circuit, file.witness::<C>().with_context(|| self.circuit.clone())?)
            }
        };
        circuit.srs_log2 = self.srs_log2.unwrap_or(circuit.srs_log2);
        circuit.domain_log2 = self.domain_log2.or(circuit.domain_log2);
        circuit.previous_challenges = self.previous_challenges.unwrap_or(circuit.previous_challenges);
        Ok((circuit, witness))
    }
}

/// A file of JSON or of a witness.
pub fn open(path: &std::path::Path) -> anyhow::Result<CircuitFile> {
    let context = || path.display().to_string();
    CircuitFile::read(File::open(path).with_context(context)?).with_context(context)
}
