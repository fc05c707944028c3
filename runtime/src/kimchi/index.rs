//! The verifier index: a Kimchi verification key.

use super::error::KimchiError;
use super::evaluations::{COLUMNS, PERMUTS};
use super::ft::Circuit;
use super::gates::{GateConstants, Generation};
use super::linearization::{Features, Linearization};
use super::lookup::LookupFeatures;
use super::proof::Commitment;
use crate::curve::{BaseField, KimchiCurve, ScalarField};
use crate::limits::{Exceeded, Limits};
use crate::poseidon::Sponge;
use crate::sponge::TranscriptSponge;
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use educe::Educe;

/// The part of a verification key that the lookup argument needs.
#[derive(Educe)]
#[educe(Clone, Debug(bound()), PartialEq, Eq)]
pub struct LookupIndex<C: KimchiCurve> {
    /// Whether a pattern looks up more than one column, so that a joint combiner is drawn.
    pub joint_lookup_used: bool,
    /// The fixed tables' columns.
    pub table: Vec<Commitment<C>>,
    /// The rows of each pattern, in the order of [`super::evaluations::LookupPattern::ALL`].
    pub pattern_selectors: [Option<Commitment<C>>; 4],
    /// The table of each table row, where there is more than one table.
    pub table_ids: Option<Commitment<C>>,
    /// Lookups in a row at most.
    pub max_per_row: usize,
    /// Columns of a looked-up row at most.
    pub max_joint_size: u32,
    /// The rows outside of the runtime table, where the circuit has one: 1 there, 0 in it and on the zero-knowledge rows.
    pub runtime_selector: Option<Commitment<C>>,
}

/// A Kimchi verification key (`VerifierIndex` in the reference).
#[derive(Educe)]
#[educe(Clone, Debug(bound()), PartialEq, Eq)]
pub struct VerifierIndex<C: KimchiCurve> {
    /// log2 of the circuit's domain size.
    pub domain_log2: u32,
    /// Generators of the SRS that commitments are made with; a power of two.
    pub max_poly_size: usize,
    /// Rows at the end of the domain that hide the witness.
    pub zk_rows: u64,
    /// Number of public inputs.
    pub public: usize,
    /// Number of openings that a proof carries along.
    pub previous_challenges: usize,
    /// Permutation polynomials.
    pub sigma: [Commitment<C>; PERMUTS],
    /// Coefficient columns.
    pub coefficients: [Commitment<C>; COLUMNS],
    /// Selectors in the order of [`super::evaluations::GateType::BASIC`].
    pub selectors: [Commitment<C>; 6],
    /// Selectors in the order of [`super::evaluations::GateType::OPTIONAL`].
    pub optional_selectors: [Option<Commitment<C>>; 6],
    /// Representatives of the cosets of the permutation argument.
    pub shifts: [ScalarField<C>; PERMUTS],
    /// The lookup argument, where the circuit has one.
    pub lookup: Option<LookupIndex<C>>,
}

/// log2 of the largest domain that is supported; what is accepted is in [`Limits`].
pub const MAX_DOMAIN_LOG2: u32 = Limits::LARGEST.domain_log2;
/// log2 of the largest SRS that is supported.
pub const MAX_SRS_LOG2: u32 = Limits::LARGEST.srs_log2;
/// Openings that a proof may carry along.
pub const MAX_PREVIOUS_CHALLENGES: usize = Limits::LARGEST.previous_openings;
/// Columns of a fixed lookup table at most. The widest built-in table has three.
pub const MAX_TABLE_COLUMNS: usize = 16;

impl<C: KimchiCurve> VerifierIndex<C> {
    /// Chunks of each commitment and evaluation: the domain's size over the SRS's, at least one.
    pub fn chunks(&self) -> usize {
        ((1usize << self.domain_log2.min(MAX_DOMAIN_LOG2)) / self.max_poly_size.max(1)).max(1)
    }

    /// The key's commitments in the order of its digest. Foreign-field multiplication's selector comes before
    /// addition's here, unlike everywhere else (`VerifierIndex::digest` in `kimchi/src/verifier_index.rs`).
    fn digested(&self) -> impl Iterator<Item = &Commitment<C>> {
        let [range_check0, range_check1, add, mul, xor, rot] = &self.optional_selectors;
        let optional = [range_check0, range_check1, mul, add, xor, rot];
        let lookup = self.lookup.iter().flat_map(|lookup| {
            (lookup.table.iter())
                .chain(&lookup.table_ids)
                .chain(&lookup.runtime_selector)
                .chain(lookup.pattern_selectors.iter().flatten())
        });
        (self.sigma.iter())
            .chain(&self.coefficients)
            .chain(&self.selectors)
            .chain(optional.into_iter().flatten())
            .chain(lookup)
    }

    /// The digest that begins every transcript of the key.
    pub fn digest(&self) -> BaseField<C> {
        self.absorbed().squeeze()
    }

    /// The sponge that has absorbed the key's commitments, and gives its digest.
    fn absorbed(&self) -> Sponge<BaseField<C>> {
        let mut sponge = TranscriptSponge::<C>::new();
        for commitment in self.digested() {
            sponge.absorb_points(&commitment.0);
        }
        sponge.taken_in()
    }

    /// Refuses a key beyond the limits. Nothing has been computed then.
    fn check_limits(&self, limits: &Limits) -> Result<(), Exceeded> {
        let largest = &Limits::LARGEST;
        let log2 = |log2: u32, limit: u32| (log2 as usize, limit as usize);
        let (domain, domain_limit) = log2(self.domain_log2, limits.domain_log2.min(largest.domain_log2));
        Exceeded::unless("log2 of the domain", domain, domain_limit)?;
        let srs_limit = 1 << limits.srs_log2.min(largest.srs_log2);
        Exceeded::unless("generators of the SRS", self.max_poly_size, srs_limit)?;
        Exceeded::unless("chunks", self.chunks(), limits.chunks.min(largest.chunks))?;
        let openings = limits.previous_openings.min(largest.previous_openings);
        Exceeded::unless("previous challenges", self.previous_challenges, openings)?;
        Exceeded::unless("public inputs", self.public, limits.statement.min(largest.statement))
    }

    fn check(&self) -> Result<(), KimchiError> {
        let require = |holds: bool, what| if holds { Ok(()) } else { Err(KimchiError::Key(what)) };
        require(self.max_poly_size.is_power_of_two(), "the SRS size is not a power of two")?;
        let size = 1u64 << self.domain_log2;
        require(
            (1..size).contains(&self.zk_rows),
            "the number of zero-knowledge rows does not fit the domain",
        )?;
        require(self.public as u64 <= size - self.zk_rows, "more public inputs than rows")?;
        let chunks = self.chunks();
        require(self.digested().all(|c| c.0.len() == chunks), "a commitment has the wrong number of chunks")?;
        if let Some(lookup) = &self.lookup {
            lookup.check().map_err(KimchiError::Key)?;
        }
        Ok(())
    }
}

impl<C: KimchiCurve> LookupIndex<C> {
    /// What the key's lookup argument consists of.
    pub fn features(&self) -> LookupFeatures {
        LookupFeatures {
            patterns: self.pattern_selectors.each_ref().map(Option::is_some),
            runtime_table: self.runtime_selector.is_some(),
        }
    }

    /// The sizes follow from the patterns; a key that says otherwise would be checked by other constraints than its
    /// circuit was built with.
    fn check(&self) -> Result<(), &'static str> {
        let features = self.features();
        if !features.patterns.contains(&true) {
            return Err("a lookup argument without lookup patterns");
        }
        if features.max_per_row() != self.max_per_row {
            return Err("the number of lookups a row does not follow from the lookup patterns");
        }
        if features.max_joint_size() != self.max_joint_size {
            return Err("the joint lookup size does not follow from the lookup patterns");
        }
        if features.joint_lookup_used() != self.joint_lookup_used {
            return Err("whether joint lookups are used does not follow from the lookup patterns");
        }
        if self.table.is_empty() || self.table.len() > MAX_TABLE_COLUMNS {
            return Err("the lookup table has no columns, or too many");
        }
        Ok(())
    }
}

/// A key with what does not depend on the proof worked out: reuse it for proofs of the same circuit.
#[derive(Educe)]
#[educe(Clone, Debug(bound()))]
pub struct PreparedIndex<C: KimchiCurve> {
    index: VerifierIndex<C>,
    absorbed: Sponge<BaseField<C>>,
    digest: BaseField<C>,
    circuit: Circuit<ScalarField<C>>,
    foreign: bool,
}

impl<C: KimchiCurve> PreparedIndex<C> {
    /// Checks that the key is consistent in itself and within the default limits, and computes its digest.
    ///
    /// Which generation of gates the circuit was built with is not in the key: the caller, who knows where the key is from, says so.
    pub fn new(index: VerifierIndex<C>, generation: Generation) -> Result<Self, KimchiError> {
        Self::with_limits(index, generation, &Limits::default())
    }

    /// The same within limits of one's own: of domain, SRS, chunks, previous openings and public input.
    pub fn with_limits(
        index: VerifierIndex<C>,
        generation: Generation,
        limits: &Limits,
    ) -> Result<Self, KimchiError> {
        index.check_limits(limits).map_err(KimchiError::Limit)?;
        index.check()?;
        let domain = Radix2EvaluationDomain::new(1 << index.domain_log2)
            .ok_or(KimchiError::Key("the field has no such domain"))?;
        let features = Features {
            optional_gates: index.optional_selectors.each_ref().map(Option::is_some),
            lookup: index.lookup.as_ref().map(LookupIndex::features),
        };
        let constants = GateConstants::of::<C>(generation);
        let linearization = Linearization { domain, zk_rows: index.zk_rows, features, constants };
        let circuit = Circuit { linearization, shifts: index.shifts };
        let absorbed = index.absorbed();
        Ok(Self { digest: absorbed.clone().squeeze(), absorbed, index, circuit, foreign: false })
    }

    /// The same key as one that nobody vouches for, because it came along with a proof: nothing is computed and kept for it.
    /// Its proofs verify with the tables that are at hand, and take a sum over the SRS more where the Lagrange basis is not.
    pub fn foreign(self) -> Self {
        Self { foreign: true, ..self }
    }

    /// Whether nobody vouches for the key.
    pub fn is_foreign(&self) -> bool {
        self.foreign
    }

    /// The same key of a circuit that was built with these gates.
    pub fn with_generation(&self, generation: Generation) -> Self {
        let mut key = self.clone();
        key.circuit.linearization.constants = GateConstants::of::<C>(generation);
        key
    }

    /// Which gates the circuit was built with.
    pub fn generation(&self) -> Generation {
        self.circuit.linearization.constants.generation
    }

    /// The key.
    pub fn index(&self) -> &VerifierIndex<C> {
        &self.index
    }

    /// The key's digest.
    pub fn digest(&self) -> BaseField<C> {
        self.digest
    }

    /// The sponge that has absorbed the key's commitments and nothing else.
    pub fn absorbed(&self) -> &Sponge<BaseField<C>> {
        &self.absorbed
    }

    /// What the key says about its circuit's constraints.
    pub fn circuit(&self) -> &Circuit<ScalarField<C>> {
        &self.circuit
    }
}
