//! Key generation, and keys in files.

mod store;

pub use store::{AnyKey, KeyDigest, StoreError, is_key};

use educe::Educe;
use quickpickle_runtime::curve::KimchiCurve;
use quickpickle_runtime::kimchi::error::KimchiError;
use quickpickle_runtime::kimchi::evaluations::{COLUMNS, GateType, LookupPattern, PERMUTS};
use quickpickle_runtime::kimchi::gates::Generation;
use quickpickle_runtime::kimchi::index::{LookupIndex, PreparedIndex, VerifierIndex};
use quickpickle_runtime::limits::Limits;
use quickpickle_runtime::tables::{TableError, TableSource};

use crate::circuit::ConstraintSystem;
use crate::commit::Committer;
use crate::curve::ProverCurve;
use crate::progress::{Progress, Stage};

/// What it takes to prove that a circuit is satisfied: the circuit and its verification key.
///
/// Everything else that a proof needs of the circuit is worked out from them with each proof, for some hundredths of its time:
/// the memory of a key is that of the circuit's coefficients.
#[derive(Educe)]
#[educe(Debug(bound()))]
pub struct ProvingKey<C: KimchiCurve> {
    pub(crate) system: ConstraintSystem<C>,
    pub(crate) index: PreparedIndex<C>,
    pub(crate) generation: Generation,
}

/// Why there is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The points to commit with are not available.
    #[error(transparent)]
    Tables(#[from] TableError),
    /// The verifier would refuse the key.
    #[error("the verifier refuses such a key")]
    Refused(#[source] KimchiError),
}

impl<C: ProverCurve> ProvingKey<C> {
    /// Commits to the columns of a circuit. Which generation of gates it is built with must be known from where it comes.
    pub fn generate(
        system: ConstraintSystem<C>,
        generation: Generation,
        tables: &dyn TableSource,
        progress: Progress<'_>,
    ) -> Result<Self, KeyError> {
        C::generate(system, generation, tables, progress)
    }
}

/// [`ProvingKey::generate`], for any curve.
pub(crate) fn generate<C: KimchiCurve>(
    system: ConstraintSystem<C>,
    generation: Generation,
    tables: &dyn TableSource,
    progress: Progress<'_>,
) -> Result<ProvingKey<C>, KeyError> {
    progress(Stage::Tables, 0, 1);
    let committer = Committer::new(&system, tables)?;
    progress(Stage::Tables, 1, 1);
    let index = verifier_index(&system, &committer, progress);
    ProvingKey::assemble(system, index, generation)
}

impl<C: KimchiCurve> ProvingKey<C> {
    /// A key from its parts, which must belong together.
    pub(crate) fn assemble(
        system: ConstraintSystem<C>,
        index: VerifierIndex<C>,
        generation: Generation,
    ) -> Result<Self, KeyError> {
        // A circuit of one's own may be as large as is supported.
        let index =
            PreparedIndex::with_limits(index, generation, &Limits::LARGEST).map_err(KeyError::Refused)?;
        Ok(Self { system, index, generation })
    }

    /// The circuit.
    pub fn system(&self) -> &ConstraintSystem<C> {
        &self.system
    }

    /// The verification key, ready for the verifier.
    pub fn prepared_index(&self) -> &PreparedIndex<C> {
        &self.index
    }

    /// The verification key.
    pub fn verifier_index(&self) -> &VerifierIndex<C> {
        self.index.index()
    }
}

/// Commits to all columns. Those of the basic gates' selectors and of the tables are blinded by 1, the others not
/// (`ProverIndex::verifier_index` in proof-systems' `verifier_index.rs`).
fn verifier_index<C: KimchiCurve>(
    system: &ConstraintSystem<C>,
    committer: &Committer<'_, C>,
    progress: Progress<'_>,
) -> VerifierIndex<C> {
    // The selectors and tables, which cost little, are one more step.
    let total = PERMUTS + COLUMNS + 1;
    progress(Stage::Keys, 0, total);
    let (open, fixed) = (committer.not_hiding(), committer.fixed());

    let sigma = system.sigma();
    let columns = sigma.each_ref().map(|column| (column.as_slice(), open.as_slice()));
    let sigma = committer.columns(columns, |done| progress(Stage::Keys, done, total));
    let mut done = PERMUTS;
    let coefficients = system.coefficients.each_ref().map(|column| {
        let values = column.as_ref().map(|column| column.to_vec()).unwrap_or_default();
        let commitment = committer.values(&values, &open);
        done += 1;
        progress(Stage::Keys, done, total);
        commitment
    });
    let selectors = GateType::BASIC.map(|gate| committer.values(&system.selector(gate), &fixed));
    let optional_selectors = GateType::OPTIONAL
        .map(|gate| system.uses(gate).then(|| committer.values(&system.selector(gate), &open)));
    let lookup = system.lookup.as_ref().map(|lookup| LookupIndex {
        joint_lookup_used: lookup.features.joint_lookup_used(),
        table: lookup.columns.iter().map(|column| committer.values(column, &fixed)).collect(),
        pattern_selectors: LookupPattern::ALL.map(|pattern| {
            let used = lookup.features.patterns().any(|p| p == pattern);
            used.then(|| committer.values(&lookup.selector(pattern), &open))
        }),
        table_ids: lookup.ids.as_ref().map(|ids| committer.values(ids, &fixed)),
        max_per_row: lookup.features.max_per_row(),
        max_joint_size: lookup.features.max_joint_size(),
        runtime_selector: lookup.runtime_selector().map(|selector| committer.values(&selector, &open)),
    });
    progress(Stage::Keys, total, total);
    VerifierIndex {
        domain_log2: system.domain.log_size_of_group,
        max_poly_size: system.srs_size(),
        zk_rows: system.zk_rows as u64,
        public: system.public,
        previous_challenges: system.previous_challenges,
        sigma,
        coefficients,
        selectors,
        optional_selectors,
        shifts: system.shifts,
        lookup,
    }
}
