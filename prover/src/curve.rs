//! The curves of the prover.

use quickpickle_runtime::curve::{PallasConfig, ScalarField, VestaConfig};
use quickpickle_runtime::kimchi::gates::Generation;
use quickpickle_runtime::kimchi::proof::{Proof, RecursionChallenge};
use quickpickle_runtime::tables::TableSource;
use quickpickle_runtime::verifier::TaskCurve;
use rand_core::CryptoRngCore;

use crate::circuit::ConstraintSystem;
use crate::key::{KeyError, ProvingKey};
use crate::progress::Progress;
use crate::prove::ProveError;
use crate::witness::Witness;

/// A curve over which circuits are proven: both of the cycle.
///
/// Generic code is compiled again in every crate that uses it. Behind this trait the prover is compiled once for each curve,
/// here.
pub trait ProverCurve: TaskCurve {
    #[doc(hidden)]
    fn generate(
        system: ConstraintSystem<Self>,
        generation: Generation,
        tables: &dyn TableSource,
        progress: Progress<'_>,
    ) -> Result<ProvingKey<Self>, KeyError>;

    #[doc(hidden)]
    fn prove(
        key: &ProvingKey<Self>,
        witness: &Witness<ScalarField<Self>>,
        previous: Vec<RecursionChallenge<Self>>,
        tables: &dyn TableSource,
        rng: &mut dyn CryptoRngCore,
        progress: Progress<'_>,
    ) -> Result<Proof<Self>, ProveError>;
}

macro_rules! prover_curve {
    ($config:ty) => {
        impl ProverCurve for $config {
            fn generate(
                system: ConstraintSystem<Self>,
                generation: Generation,
                tables: &dyn TableSource,
                progress: Progress<'_>,
            ) -> Result<ProvingKey<Self>, KeyError> {
                crate::key::generate(system, generation, tables, progress)
            }

            fn prove(
                key: &ProvingKey<Self>,
                witness: &Witness<ScalarField<Self>>,
                previous: Vec<RecursionChallenge<Self>>,
                tables: &dyn TableSource,
                rng: &mut dyn CryptoRngCore,
                progress: Progress<'_>,
            ) -> Result<Proof<Self>, ProveError> {
                crate::prove::prove(key, witness, previous, tables, rng, progress)
            }
        }
    };
}

prover_curve!(VestaConfig);
prover_curve!(PallasConfig);
