//! Which circuit is meant.

use std::fs::File;
use std::path::PathBuf;

use anyhow::Context as _;
use quickpickle::kimchi::{Generation, KimchiCurve, ScalarField};
use quickpickle::wire::kimchi::Curve;
use quickpickle_prover::builder::BuiltIn;
use quickpickle_prover::circuit::{Circuit, CircuitFile, pickles_srs_log2};
use quickpickle_prover::witness::Witness;

/// A circuit, and what its file leaves open.
#[derive(clap::Args)]
pub struct CircuitArgs {
    /// The circuit: a file of JSON, plain or gzip; or `poseidon:N`, a chain of N permutations; or `lookups:N`, N rows of lookups
    /// in a fixed and a runtime table.
    #[arg(value_name = "CIRCUIT")]
    circuit: String,
    /// The curve of the commitments, where the file does not name it: vesta for circuits over Fp, pallas for Fq.
    #[arg(long, value_name = "vesta|pallas", value_parser = curve_named)]
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

fn curve_named(name: &str) -> Result<Curve, &'static str> {
    Curve::named(name).ok_or("vesta or pallas")
}

/// Where a circuit comes from.
pub enum Source {
    File(CircuitFile),
    BuiltIn(BuiltIn),
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
    pub fn curve(&self) -> Option<Curve> {
        self.curve
    }

    pub fn source(&self) -> anyhow::Result<Source> {
        if let Some(built_in) = BuiltIn::named(&self.circuit) {
            return Ok(Source::BuiltIn(built_in?));
        }
        open(&self.path()).map(Source::File)
    }

    /// The curve of a circuit: asked for, or the file's, or Vesta for the built-in ones.
    pub fn curve_of(&self, source: &Source) -> anyhow::Result<Curve> {
        if let Some(curve) = self.curve {
            return Ok(curve);
        }
        let Source::File(file) = source else { return Ok(Curve::Vesta) };
        let curve = file.curve().with_context(|| self.circuit.clone())?;
        curve.with_context(|| format!("{} does not name its curve: say --curve", self.circuit))
    }

    /// The circuit, and the witness that comes with it, if one does.
    #[expect(clippy::type_complexity, reason = "a circuit, and whether it comes with a witness")]
    pub fn circuit<C: KimchiCurve>(
        &self,
        source: &Source,
    ) -> anyhow::Result<(Circuit<ScalarField<C>>, Option<Witness<ScalarField<C>>>)> {
        let (mut circuit, witness) = match source {
            Source::BuiltIn(built_in) => {
                let (circuit, witness) =
                    built_in.build(ScalarField::<C>::from(1u64), pickles_srs_log2::<C>());
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
