//! Circuits that are proved, with their keys.

use std::path::Path;

use ark_ff::PrimeField;
use quickpickle_prover::ProverCurve;
use quickpickle_prover::builder::BuiltIn;
use quickpickle_prover::circuit::{
    Circuit, CircuitError as BadCircuit, CircuitFile, ConstraintSystem, FileError, Opened, ReadError,
    pickles_srs_log2,
};
use quickpickle_prover::key::{KeyError, ProvingKey};
use quickpickle_prover::progress::Progress;
use quickpickle_prover::prove::ProveError;
use quickpickle_prover::witness::Witness;
use quickpickle_runtime::curve::{PallasConfig, ScalarField, VestaConfig};
use quickpickle_runtime::error::chain;
use quickpickle_runtime::kimchi::gates::Generation;
use quickpickle_runtime::tables::TableSource;
use quickpickle_runtime::wire::kimchi::{Curve, index_to_msgpack, proof_to_msgpack, public_input_to_bytes};
use rand_core::OsRng;

use crate::config::{CircuitSpec, Origin, Source};
use crate::keys::{KeyData, KeyName, NamedKey};
use crate::proto::v1;
use crate::proto::v1::witness::Kind as WitnessKind;

/// Why there is no circuit, or no key of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CircuitError {
    /// The circuit cannot be read.
    #[error("it cannot be read")]
    Read(#[from] ReadError),
    /// The circuit is none.
    #[error("the circuit")]
    Circuit(#[from] BadCircuit),
    /// There is no key of it.
    #[error("the key")]
    Key(#[from] KeyError),
}

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(super) enum ProveFailure {
    /// No witness was named.
    #[error("there is no witness in the request")]
    NoWitness,
    /// The circuit computes no witness from a number.
    #[error("this circuit has no witness of its own for a seed: only a chain of Poseidon has")]
    Seed,
    /// A compressed witness.
    #[error("a witness must not be compressed here")]
    Compressed,
    /// The witness cannot be read.
    #[error("the witness")]
    File(#[from] FileError),
    /// The prover's answer.
    #[error(transparent)]
    Prove(#[from] ProveError),
}

/// A circuit whose proving key is there.
pub trait Provable: Send + Sync {
    /// Its verification key.
    fn key(&self) -> NamedKey;

    /// Proves a witness.
    fn prove(
        &self,
        witness: v1::Witness,
        tables: &'static dyn TableSource,
        progress: Progress<'_>,
    ) -> Result<v1::KimchiProof, Failure>;
}

/// Why there is no proof, and whether that is the caller's doing.
#[derive(Debug)]
pub struct Failure {
    /// The witness is at fault.
    pub by_witness: bool,
    /// Why.
    pub reason: String,
}

impl From<ProveFailure> for Failure {
    fn from(error: ProveFailure) -> Self {
        let by_witness =
            !matches!(error, ProveFailure::Prove(ProveError::Tables(_) | ProveError::Inconsistent(_)));
        Self { by_witness, reason: chain(&error) }
    }
}

/// Where proving keys are kept.
#[derive(Clone, Copy, Debug)]
pub struct KeyCache<'a>(pub Option<&'a Path>);

struct Loaded<C: ProverCurve> {
    name: KeyName,
    origin: Origin,
    generation: Generation,
    key: ProvingKey<C>,
}

/// Makes the keys of a circuit, or loads them from the cache where they are there.
pub fn load(
    spec: &CircuitSpec,
    cache: KeyCache<'_>,
    tables: &'static dyn TableSource,
    progress: Progress<'_>,
) -> Result<Box<dyn Provable>, CircuitError> {
    let opened = spec.source.clone().open()?;
    match opened.curve()? {
        Curve::Vesta => {
            Loaded::<VestaConfig>::load(spec, &opened, cache, tables, progress).map(|c| Box::new(c) as _)
        }
        Curve::Pallas => {
            Loaded::<PallasConfig>::load(spec, &opened, cache, tables, progress).map(|c| Box::new(c) as _)
        }
    }
}

impl<C: ProverCurve> Loaded<C> {
    fn load(
        spec: &CircuitSpec,
        opened: &Opened,
        cache: KeyCache<'_>,
        tables: &'static dyn TableSource,
        progress: Progress<'_>,
    ) -> Result<Self, CircuitError> {
        let (circuit, _) = opened.circuit::<C>()?;
        let path =
            cache.0.map(|folder| folder.join(format!("{}-{}.key", spec.name, identity(&circuit, spec))));
        let loaded =
            path.as_deref().filter(|path| path.exists()).map(|path| ProvingKey::<C>::load(path, None));
        let key = match loaded {
            Some(Ok(key)) => key,
            other => {
                if let Some(Err(error)) = other {
                    tracing::warn!(circuit = %spec.name, error = chain(&error), "a kept proving key is made anew");
                }
                let system = ConstraintSystem::<C>::new(circuit)?;
                let key = ProvingKey::generate(system, spec.source.generation, tables, progress)?;
                if let Some(Err(error)) = path.as_deref().map(|path| key.save(path)) {
                    // The next start makes it again.
                    tracing::warn!(circuit = %spec.name, error = chain(&error), "a proving key is not kept");
                }
                key
            }
        };
        let Source { origin, generation, .. } = spec.source.clone();
        Ok(Self { name: spec.name.clone(), origin, generation, key })
    }

    fn witness(&self, witness: v1::Witness) -> Result<Witness<ScalarField<C>>, ProveFailure> {
        match (witness.kind.ok_or(ProveFailure::NoWitness)?, &self.origin) {
            (WitnessKind::Seed(seed), Origin::BuiltIn(circuit @ BuiltIn::Poseidon(_))) => {
                // The witness is the same whatever the SRS.
                Ok(circuit.build(ScalarField::<C>::from(seed), pickles_srs_log2::<C>()).1)
            }
            (WitnessKind::Seed(_), _) => Err(ProveFailure::Seed),
            // What a few bytes can grow to is not for a caller to say.
            (WitnessKind::Columns(bytes), _) if bytes.starts_with(&[0x1f, 0x8b]) => {
                Err(ProveFailure::Compressed)
            }
            (WitnessKind::Columns(bytes), _) => {
                let witness = CircuitFile::read_witness(&*bytes, 1 << self.key.system().domain_log2())?
                    .witness::<C>()?;
                witness.ok_or(ProveFailure::NoWitness)
            }
        }
    }
}

/// A digest of everything that the key follows from, for the name of its file.
fn identity<F: PrimeField>(circuit: &Circuit<F>, spec: &CircuitSpec) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("quickpickle kept proving key 1");
    let source = &spec.source;
    hasher.update(format!("{:?} {:?} {}", source.curve, source.generation, F::MODULUS_BIT_SIZE).as_bytes());
    hasher.update(F::MODULUS.to_string().as_bytes());
    let Circuit { gates, public, previous_challenges, srs_log2, domain_log2, tables, runtime_tables } =
        circuit;
    hasher.update(format!("{public} {previous_challenges} {srs_log2} {domain_log2:?}").as_bytes());
    for gate in gates {
        hasher.update(format!("{:?} {:?} {:?}", gate.gate, gate.wires, gate.coefficients).as_bytes());
    }
    hasher.update(format!("{tables:?} {runtime_tables:?}").as_bytes());
    let digest = hasher.finalize().to_hex();
    digest.chars().take(32).collect()
}

impl<C: ProverCurve> Provable for Loaded<C> {
    fn key(&self) -> NamedKey {
        let index = index_to_msgpack(self.key.verifier_index());
        NamedKey { name: self.name.clone(), data: KeyData::Kimchi { index, generation: self.generation } }
    }

    fn prove(
        &self,
        witness: v1::Witness,
        tables: &'static dyn TableSource,
        progress: Progress<'_>,
    ) -> Result<v1::KimchiProof, Failure> {
        let witness = self.witness(witness)?;
        let proof = self.key.prove(&witness, Vec::new(), tables, &mut OsRng, progress);
        let proof = proof.map_err(ProveFailure::from)?;
        // The prover has checked that the witness is that long.
        let public_input = witness.columns[0].get(..self.key.system().public()).unwrap_or_default();
        Ok(v1::KimchiProof {
            proof: proof_to_msgpack(&proof).into(),
            public_input: public_input_to_bytes::<C>(public_input).into(),
            key: Some(v1::kimchi_proof::Key::KeyName(self.name.to_string())),
        })
    }
}
