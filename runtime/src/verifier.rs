//! Verdicts: on one proof, or on many of different keys and kinds at once.
//!
//! A proof is first reduced, on its own, to claims about commitments: everything but the expensive sums over the SRS.
//! The claims of all proofs then become one sum over each curve, by a random linear combination. If that sum is not
//! zero some claim is false, and halving the set finds which.

use std::sync::Arc;

use crate::curve::{Fp, Fq, KimchiCurve, PallasConfig, ScalarField, VestaConfig};
use crate::error::VerifyError;
use crate::ipa::{self, AccumulatorClaim, OpeningClaim};
use crate::kimchi::index::PreparedIndex;
use crate::kimchi::{self, proof::Proof as KimchiProof};
use crate::pickles::key::PreparedKey;
use crate::pickles::{self, proof::Proof as PicklesProof};
use crate::tables::TableSource;
use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;

/// One proof with what it is verified against.
#[derive(Clone, Copy, Debug)]
pub enum Task<'a> {
    /// A Pickles proof.
    Pickles {
        /// The program's key.
        key: &'a PreparedKey,
        /// The application's statement: for an o1js program its input, then its output.
        statement: &'a [Fp],
        /// The proof.
        proof: &'a PicklesProof,
    },
    /// A Kimchi proof with commitments on Vesta (circuits over Fp).
    Vesta {
        /// The circuit's key.
        key: &'a PreparedIndex<VestaConfig>,
        /// The public input.
        public_input: &'a [Fp],
        /// The proof.
        proof: &'a KimchiProof<VestaConfig>,
    },
    /// A Kimchi proof with commitments on Pallas (circuits over Fq).
    Pallas {
        /// The circuit's key.
        key: &'a PreparedIndex<PallasConfig>,
        /// The public input.
        public_input: &'a [Fq],
        /// The proof.
        proof: &'a KimchiProof<PallasConfig>,
    },
}

/// A [`Task`] that owns its proof and shares its key: what a stream of proofs consists of.
#[derive(Clone, Debug)]
pub enum OwnedTask {
    /// A Pickles proof.
    Pickles {
        /// The program's key.
        key: Arc<PreparedKey>,
        /// The statement: for an o1js program its input, then its output.
        statement: Vec<Fp>,
        /// The proof.
        proof: Box<PicklesProof>,
    },
    /// A Kimchi proof with commitments on Vesta (a circuit over Fp).
    Vesta {
        /// The circuit's key.
        key: Arc<PreparedIndex<VestaConfig>>,
        /// The public input.
        public_input: Vec<Fp>,
        /// The proof.
        proof: Box<KimchiProof<VestaConfig>>,
    },
    /// A Kimchi proof with commitments on Pallas (a circuit over Fq).
    Pallas {
        /// The circuit's key.
        key: Arc<PreparedIndex<PallasConfig>>,
        /// The public input.
        public_input: Vec<Fq>,
        /// The proof.
        proof: Box<KimchiProof<PallasConfig>>,
    },
}

/// A curve whose Kimchi proofs a [`Task`] can hold: both of the cycle. It lets code that is generic over the curve make
/// tasks.
pub trait TaskCurve: KimchiCurve {
    #[doc(hidden)]
    fn task<'a>(
        key: &'a PreparedIndex<Self>,
        public_input: &'a [ScalarField<Self>],
        proof: &'a KimchiProof<Self>,
    ) -> Task<'a>;

    #[doc(hidden)]
    fn owned_task(
        key: Arc<PreparedIndex<Self>>,
        public_input: Vec<ScalarField<Self>>,
        proof: Box<KimchiProof<Self>>,
    ) -> OwnedTask;
}

macro_rules! task_curve {
    ($config:ty, $variant:ident) => {
        impl TaskCurve for $config {
            fn task<'a>(
                key: &'a PreparedIndex<Self>,
                public_input: &'a [ScalarField<Self>],
                proof: &'a KimchiProof<Self>,
            ) -> Task<'a> {
                Task::$variant { key, public_input, proof }
            }

            fn owned_task(
                key: Arc<PreparedIndex<Self>>,
                public_input: Vec<ScalarField<Self>>,
                proof: Box<KimchiProof<Self>>,
            ) -> OwnedTask {
                OwnedTask::$variant { key, public_input, proof }
            }
        }
    };
}

task_curve!(VestaConfig, Vesta);
task_curve!(PallasConfig, Pallas);

impl<'a> Task<'a> {
    /// A Pickles proof. The statement of an o1js program is its input, then its output.
    pub fn pickles(key: &'a PreparedKey, statement: &'a [Fp], proof: &'a PicklesProof) -> Self {
        Self::Pickles { key, statement, proof }
    }

    /// A Kimchi proof with commitments on `C`.
    pub fn kimchi<C: TaskCurve>(
        key: &'a PreparedIndex<C>,
        public_input: &'a [ScalarField<C>],
        proof: &'a KimchiProof<C>,
    ) -> Self {
        C::task(key, public_input, proof)
    }
}

impl OwnedTask {
    /// A Pickles proof. The statement of an o1js program is its input, then its output.
    pub fn pickles(key: Arc<PreparedKey>, statement: Vec<Fp>, proof: PicklesProof) -> Self {
        Self::Pickles { key, statement, proof: Box::new(proof) }
    }

    /// A Kimchi proof with commitments on `C`.
    pub fn kimchi<C: TaskCurve>(
        key: Arc<PreparedIndex<C>>,
        public_input: Vec<ScalarField<C>>,
        proof: KimchiProof<C>,
    ) -> Self {
        C::owned_task(key, public_input, Box::new(proof))
    }

    /// The task, borrowed.
    pub fn task(&self) -> Task<'_> {
        match self {
            Self::Pickles { key, statement, proof } => Task::Pickles { key, statement, proof },
            Self::Vesta { key, public_input, proof } => Task::Vesta { key, public_input, proof },
            Self::Pallas { key, public_input, proof } => Task::Pallas { key, public_input, proof },
        }
    }
}

/// What is left to settle of a task once everything else about it has been checked.
#[derive(Debug)]
struct Claims {
    pallas: Option<OpeningClaim<PallasConfig>>,
    vesta: Option<OpeningClaim<VestaConfig>>,
    accumulator: Option<AccumulatorClaim<VestaConfig>>,
}

impl Task<'_> {
    fn reduce(&self, tables: &dyn TableSource) -> Result<Claims, VerifyError> {
        let mut claims = Claims { pallas: None, vesta: None, accumulator: None };
        match *self {
            Self::Pickles { key, statement, proof } => {
                let reduced = pickles::verifier::reduce(key, statement, proof, tables)?;
                claims.pallas = Some(reduced.opening);
                claims.accumulator = Some(reduced.accumulator);
            }
            Self::Vesta { key, public_input, proof } => {
                claims.vesta = Some(kimchi::verifier::reduce(key, proof, public_input, tables)?);
            }
            Self::Pallas { key, public_input, proof } => {
                claims.pallas = Some(kimchi::verifier::reduce(key, proof, public_input, tables)?);
            }
        }
        Ok(claims)
    }
}

/// Verifies one proof.
///
/// `rng` must be a source that the prover cannot predict: the operating system's. It weighs the equations that are
/// checked together.
pub fn verify(
    task: Task<'_>,
    tables: &dyn TableSource,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(), VerifyError> {
    let claims = task.reduce(tables)?;
    check(&[&claims], tables, rng)
}

/// Verifies proofs together; the results are in the order of the tasks.
///
/// The verdicts are those of [`verify`] on each, up to a chance of 2^-254 of one wrong acceptance. Cost and memory of
/// the common part do not grow with the number of proofs, those of a wrong proof with its logarithm.
pub fn verify_batch(
    tasks: &[Task<'_>],
    tables: &dyn TableSource,
    rng: &mut (impl RngCore + CryptoRng),
) -> Vec<Result<(), VerifyError>> {
    let reduced: Vec<Result<Claims, VerifyError>> =
        tasks.par_iter().map(|task| task.reduce(tables)).collect();
    let open: Vec<(usize, &Claims)> =
        reduced.iter().enumerate().filter_map(|(i, r)| Some((i, r.as_ref().ok()?))).collect();
    let mut wrong = Vec::new();
    bisect(&open, tables, rng, &mut wrong);
    let mut results: Vec<_> = reduced.into_iter().map(|r| r.map(|_| ())).collect();
    for (i, error) in wrong {
        if let Some(result) = results.get_mut(i) {
            *result = Err(error);
        }
    }
    results
}

/// Appends the tasks of `open` whose claims are false, each with the reason.
fn bisect(
    open: &[(usize, &Claims)],
    tables: &dyn TableSource,
    rng: &mut (impl RngCore + CryptoRng),
    wrong: &mut Vec<(usize, VerifyError)>,
) {
    let claims: Vec<&Claims> = open.iter().map(|(_, claims)| *claims).collect();
    let Err(error) = check(&claims, tables, rng) else { return };
    if let [(i, _)] = open {
        wrong.push((*i, error));
        return;
    }
    let (left, right) = open.split_at(open.len() / 2);
    bisect(left, tables, rng, wrong);
    bisect(right, tables, rng, wrong);
}

/// Checks all claims together: one sum a curve.
fn check(
    claims: &[&Claims],
    tables: &dyn TableSource,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(), VerifyError> {
    let vesta: Vec<_> = claims.iter().filter_map(|c| c.vesta.as_ref()).collect();
    let accumulators: Vec<_> = claims.iter().filter_map(|c| c.accumulator.as_ref()).collect();
    if !ipa::check(tables, &vesta, &accumulators, rng)? {
        return Err(if vesta.is_empty() { VerifyError::Accumulator } else { VerifyError::Opening });
    }
    let pallas: Vec<_> = claims.iter().filter_map(|c| c.pallas.as_ref()).collect();
    if !ipa::check(tables, &pallas, &[], rng)? {
        return Err(VerifyError::Opening);
    }
    Ok(())
}
