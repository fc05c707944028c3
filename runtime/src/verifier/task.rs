//! What is verified: a proof of any kind with its key and its statement.

use std::sync::Arc;

use crate::curve::{Fp, Fq, KimchiCurve, PallasConfig, ScalarField, VestaConfig};
use crate::kimchi::index::PreparedIndex;
use crate::kimchi::proof::Proof as KimchiProof;
use crate::pickles::key::PreparedKey;
use crate::pickles::proof::Proof as PicklesProof;

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
