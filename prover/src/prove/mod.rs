//! Proofs: the rounds of Kimchi's prover, in the order of the book, "Proof creation".

mod columns;
mod lookup;
mod opening;
mod permutation;
mod quotient;

use ark_ff::{AdditiveGroup, Field, UniformRand};
use ark_poly::EvaluationDomain;
use quickpickle_curve::add_multiples;
use quickpickle_runtime::challenge::Challenge;
use quickpickle_runtime::curve::{KimchiCurve, ScalarField};
use quickpickle_runtime::ipa::challenge_polynomial;
use quickpickle_runtime::kimchi::alphas::Alphas;
use quickpickle_runtime::kimchi::evaluations::{
    COLUMNS, Chunked, Evaluations, LookupEvaluations, PointEvaluations,
};
use quickpickle_runtime::kimchi::linearization::Challenges;
use quickpickle_runtime::kimchi::lookup::{JointCombiner, LookupChallenges};
use quickpickle_runtime::kimchi::opening::{combine_chunks, evaluation_challenges};
use quickpickle_runtime::kimchi::proof::{
    Commitment, LookupCommitments, Proof, ProofCommitments, RecursionChallenge,
};
use quickpickle_runtime::lockstep;
use quickpickle_runtime::sponge::TranscriptSponge;
use quickpickle_runtime::tables::{TableError, TableSource};
use rand_core::CryptoRngCore;
use rayon::prelude::*;

use self::columns::{Column, Evaluator, fixed_columns, fold_chunks, par_map};
use self::opening::Combined;
use self::quotient::{COSETS, Constraints};
use crate::commit::Committer;
use crate::curve::ProverCurve;
use crate::key::ProvingKey;
use crate::progress::{Progress, Stage};
use crate::witness::{Witness, WitnessError};

/// Why there is no proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// The witness does not satisfy the circuit.
    #[error("the witness does not satisfy the circuit")]
    Witness(#[from] WitnessError),
    /// The number of previous challenges is not the key's, or one has not as many challenges as the SRS has rounds, or one
    /// more and a commitment in two chunks.
    #[error("{expected} previous challenges of {rounds} rounds are expected")]
    PreviousChallenges {
        /// The key's number.
        expected: usize,
        /// Rounds of each.
        rounds: usize,
    },
    /// The points to commit with are not available.
    #[error(transparent)]
    Tables(#[from] TableError),
    /// What was computed does not satisfy the equation that the verifier checks. That a challenge falls on a point where it
    /// cannot be right has a probability below 2^-100; otherwise key and circuit do not belong together.
    #[error("the proof does not hold: {0}")]
    Inconsistent(&'static str),
}

type Polynomials<C> = Evaluations<Column<ScalarField<C>>>;

impl<C: ProverCurve> ProvingKey<C> {
    /// Proves that the witness satisfies the circuit. The public input is the beginning of the witness's first column.
    ///
    /// `previous` are the openings that the proof carries along, as many as the key says. `rng` hides the witness: it must be
    /// a source that nobody can predict.
    ///
    /// # Errors
    /// Where the witness does not satisfy the circuit, `previous` are not what the key says, or the tables are not available.
    pub fn prove(
        &self,
        witness: &Witness<ScalarField<C>>,
        previous: Vec<RecursionChallenge<C>>,
        tables: &dyn TableSource,
        rng: &mut dyn CryptoRngCore,
        progress: Progress<'_>,
    ) -> Result<Proof<C>, ProveError> {
        C::prove(self, witness, previous, tables, rng, progress)
    }
}

/// [`ProvingKey::prove`], for any curve.
pub(crate) fn prove<C: KimchiCurve>(
    key: &ProvingKey<C>,
    witness: &Witness<ScalarField<C>>,
    previous: Vec<RecursionChallenge<C>>,
    tables: &dyn TableSource,
    rng: &mut dyn CryptoRngCore,
    progress: Progress<'_>,
) -> Result<Proof<C>, ProveError> {
    progress(Stage::Check, 0, 1);
    key.check(witness)?;
    key.check_previous(&previous)?;
    progress(Stage::Tables, 0, 1);
    let committer = Committer::new(&key.system, tables)?;
    Rounds { key, committer, rng, progress }.prove(witness, previous)
}

impl<C: KimchiCurve> ProvingKey<C> {
    fn check_previous(&self, previous: &[RecursionChallenge<C>]) -> Result<(), ProveError> {
        let (expected, rounds) = (self.system.previous_challenges, self.system.srs_log2 as usize);
        let fits = |p: &RecursionChallenge<C>| {
            let chunks = p.commitment.0.len();
            matches!(chunks, 1 | 2) && p.challenges.len() == rounds + chunks - 1
        };
        if previous.len() == expected && previous.iter().all(fits) {
            Ok(())
        } else {
            Err(ProveError::PreviousChallenges { expected, rounds })
        }
    }
}

/// The rounds of one proof.
struct Rounds<'a, C: KimchiCurve> {
    key: &'a ProvingKey<C>,
    committer: Committer<'a, C>,
    rng: &'a mut dyn CryptoRngCore,
    progress: Progress<'a>,
}

/// Values on the domain with their commitment, and what it is blinded with.
struct Committed<C: KimchiCurve> {
    values: Vec<ScalarField<C>>,
    blinders: Vec<ScalarField<C>>,
    commitment: Commitment<C>,
}

/// What the first half of the lookup argument leaves for the second.
struct Sorted<C: KimchiCurve> {
    joint_combiner: ScalarField<C>,
    table: Vec<ScalarField<C>>,
    table_blinders: Vec<ScalarField<C>>,
    sorted: Vec<Committed<C>>,
    runtime: Option<Committed<C>>,
}

impl<C: KimchiCurve> Rounds<'_, C> {
    fn prove(
        &mut self,
        witness: &Witness<ScalarField<C>>,
        previous: Vec<RecursionChallenge<C>>,
    ) -> Result<Proof<C>, ProveError> {
        let endo = C::ENDO_SCALAR;
        let key = self.key;
        let system = &key.system;
        let domain = &system.domain;
        let chunks = self.committer.chunks;
        let mut sponge = TranscriptSponge::<C>::new();
        sponge.absorb_base(&[key.index.digest()]);
        for previous in &previous {
            sponge.absorb_points(&previous.commitment.0);
        }

        let rows = self.with_zk_rows(witness);
        let negated: Vec<_> = rows[0][..system.public].iter().map(|x| -*x).collect();
        let public_commitment = self.committer.values(&negated, &self.committer.fixed());
        sponge.absorb_points(&public_commitment.0);
        let w = self.commit_witness(rows);
        for w in &w {
            sponge.absorb_points(&w.commitment.0);
        }
        let columns = w.each_ref().map(|w| w.values.as_slice());
        let sorted = self.sort_lookups(witness, &columns, &mut sponge)?;
        let beta = sponge.challenge().to_field();
        let gamma = sponge.challenge().to_field();
        let lookup = sorted
            .map(|sorted| self.aggregate_lookups(sorted, &columns, beta, gamma, &mut sponge))
            .transpose()?;

        (self.progress)(Stage::Permutation, 0, 1);
        let sigma = system.sigma();
        let z = permutation::aggregation(system, &sigma, &columns, [beta, gamma], &mut *self.rng)
            .ok_or(ProveError::Inconsistent("the permutation's aggregation does not end at 1"))?;
        let z = self.commit(z);
        sponge.absorb_points(&z.commitment.0);
        let alpha = sponge.challenge().to_field_endo(endo);

        let (mut polynomials, last_sigma) = fixed_columns(system, sigma, &self.committer.interpolate);
        polynomials.public =
            Some(Column::interpolate(&self.committer.interpolate, &negated, self.committer.fixed()));
        let (w, w_commitments) = self.interpolate_witness(w);
        polynomials.w = w;
        let z_commitment = z.commitment.clone();
        polynomials.z = self.column(z);
        let (lookup, lookup_commitments) = match lookup {
            Some((challenges, commitments, columns)) => {
                let selectors = std::mem::take(&mut polynomials.lookup);
                polynomials.lookup = columns;
                polynomials.lookup.runtime_selector = selectors.runtime_selector;
                polynomials.lookup.pattern_selectors = selectors.pattern_selectors;
                (Some(challenges), Some(commitments))
            }
            None => (None, None),
        };
        let joint_combiner = lookup.as_ref().map_or(ScalarField::<C>::ZERO, |l| l.combiner().joint);

        let constraints = Constraints {
            system,
            constants: &key.index.circuit().linearization.constants,
            columns: &polynomials,
            last_sigma: &last_sigma,
            alphas: Alphas::new(alpha),
            beta,
            gamma,
            lookup,
        };
        let t = constraints.quotient(self.progress);
        (self.progress)(Stage::Quotient, 0, 1);
        let t_blinders = self.blinders(COSETS * chunks);
        let t_commitment = self.committer.coefficients(&t, &t_blinders);
        sponge.absorb_points(&t_commitment.0);
        let zeta = sponge.challenge().to_field_endo(endo);

        (self.progress)(Stage::Evaluations, 0, 1);
        let challenges = Challenges { beta, gamma, joint_combiner, zeta };
        let srs_size = system.srs_size();
        let zeta_omega = zeta * domain.group_gen;
        let evaluator = Evaluator::new(srs_size, zeta, zeta_omega);
        let evaluations = par_map(&polynomials, |c| evaluator.chunked(&c.coefficients, chunks));
        let ft = self.ft(&evaluations, alpha, &challenges, &last_sigma, &t, &t_blinders, &evaluator)?;
        let ft_eval1 = evaluator.chunked(&ft.coefficients, 1).zeta_omega[0];
        let digest = sponge.clone().digest();
        let [polyscale, evalscale] = lockstep::alone(async |lanes| {
            let previous = previous.iter().map(|previous| previous.challenges.as_slice());
            let absorbed = evaluations.public.iter().chain(evaluations.absorbed()).map(Chunked::chunks);
            evaluation_challenges(digest, previous, ft_eval1, absorbed, lanes).await
        })
        .map(|challenge| challenge.to_field_endo(C::ENDO_SCALAR));

        let combined = combine::<C>(srs_size, &previous, &polynomials, &ft, polyscale);
        let opening = opening::open(
            self.committer.generators,
            self.committer.srs.blinder,
            combined,
            evaluator.into_combined_powers(evalscale),
            sponge,
            &mut *self.rng,
            self.progress,
        )
        .ok_or(ProveError::Inconsistent("a challenge of the opening is zero"))?;

        Ok(Proof {
            commitments: ProofCommitments {
                w: w_commitments,
                z: z_commitment,
                t: t_commitment,
                lookup: lookup_commitments,
            },
            evaluations,
            ft_eval1,
            opening,
            previous_challenges: previous,
        })
    }

    fn random(&mut self) -> ScalarField<C> {
        ScalarField::<C>::rand(&mut *self.rng)
    }

    /// A blinder of its own for each chunk: two chunks with the same one would show their difference.
    fn blinders(&mut self, count: usize) -> Vec<ScalarField<C>> {
        (0..count).map(|_| self.random()).collect()
    }

    /// Commits to values on the domain, hiding.
    fn commit(&mut self, values: Vec<ScalarField<C>>) -> Committed<C> {
        let blinders = self.blinders(self.committer.chunks);
        let commitment = self.committer.values(&values, &blinders);
        Committed { values, blinders, commitment }
    }

    fn column(&self, committed: Committed<C>) -> Column<ScalarField<C>> {
        Column::interpolate(&self.committer.interpolate, &committed.values, committed.blinders)
    }

    /// The witness filled up to the domain's size: zeros, then random zero-knowledge rows.
    fn with_zk_rows(&mut self, witness: &Witness<ScalarField<C>>) -> [Vec<ScalarField<C>>; COLUMNS] {
        witness.columns.each_ref().map(|column| self.hide(column))
    }

    /// Values filled up with zeros, and random ones on the zero-knowledge rows.
    fn hide(&mut self, values: &[ScalarField<C>]) -> Vec<ScalarField<C>> {
        let system = &self.key.system;
        let (size, zk_rows) = (system.domain.size(), system.zk_rows);
        let mut hidden = Vec::with_capacity(size);
        hidden.extend_from_slice(values);
        hidden.resize(size - zk_rows, ScalarField::<C>::ZERO);
        hidden.extend((0..zk_rows).map(|_| self.random()));
        hidden
    }

    fn commit_witness(&mut self, columns: [Vec<ScalarField<C>>; COLUMNS]) -> [Committed<C>; COLUMNS] {
        (self.progress)(Stage::Witness, 0, COLUMNS);
        let chunks = self.committer.chunks;
        let mut committed = columns.map(|values| {
            let blinders = self.blinders(chunks);
            Committed { values, blinders, commitment: Commitment(Vec::new()) }
        });
        let columns = committed.each_ref().map(|c| (c.values.as_slice(), c.blinders.as_slice()));
        let step = |done| (self.progress)(Stage::Witness, done, COLUMNS);
        let commitments = self.committer.columns(columns, step);
        for (committed, commitment) in committed.iter_mut().zip(commitments) {
            committed.commitment = commitment;
        }
        committed
    }

    fn interpolate_witness(
        &self,
        w: [Committed<C>; COLUMNS],
    ) -> ([Column<ScalarField<C>>; COLUMNS], [Commitment<C>; COLUMNS]) {
        let interpolate = &self.committer.interpolate;
        let columns: Vec<_> =
            w.par_iter().map(|w| Column::interpolate(interpolate, &w.values, w.blinders.clone())).collect();
        let mut columns = columns.into_iter();
        let columns = std::array::from_fn(|_| columns.next().unwrap_or_default());
        (columns, w.map(|w| w.commitment))
    }

    /// The first half of the lookup argument: runtime table, joint combiner, combined and sorted table.
    fn sort_lookups(
        &mut self,
        witness: &Witness<ScalarField<C>>,
        columns: &[&[ScalarField<C>]; COLUMNS],
        sponge: &mut TranscriptSponge<C>,
    ) -> Result<Option<Sorted<C>>, ProveError> {
        let system = &self.key.system;
        let Some(layout) = &system.lookup else { return Ok(None) };
        (self.progress)(Stage::Lookups, 0, 2);
        let runtime_values = layout.runtime_column(&witness.runtime_tables);
        let runtime = layout.runtime.is_some().then(|| {
            let hidden = self.hide(&runtime_values);
            self.commit(hidden)
        });
        if let Some(runtime) = &runtime {
            sponge.absorb_points(&runtime.commitment.0);
        }
        let challenge =
            if layout.features.joint_lookup_used() { sponge.challenge() } else { Challenge::default() };
        let joint_combiner = challenge.to_field_endo(C::ENDO_SCALAR);
        let combiner = JointCombiner::new(joint_combiner, &layout.features);
        let table = layout.combined_table(&combiner, &runtime_values);
        let sorted = lookup::sorted(layout, &table, columns, &combiner, |row| system.gate(row))?;
        let sorted: Vec<_> = sorted
            .iter()
            .map(|column| {
                let hidden = self.hide(column);
                self.commit(hidden)
            })
            .collect();
        for column in &sorted {
            sponge.absorb_points(&column.commitment.0);
        }

        // The combination of the blinders of the key's columns, each 1, and of the runtime table's.
        let powers =
            std::iter::successors(Some(ScalarField::<C>::ONE), |power| Some(*power * joint_combiner));
        let mut fixed: ScalarField<C> = powers.take(layout.columns.len()).sum();
        if layout.ids.is_some() {
            fixed += combiner.table_id;
        }
        let table_blinders = (0..self.committer.chunks)
            .map(|chunk| runtime.as_ref().map_or(fixed, |r| fixed + joint_combiner * r.blinders[chunk]))
            .collect();
        // The runtime table's zero-knowledge rows are part of the table that is opened.
        let mut table = table;
        if let Some(runtime) = &runtime {
            table.resize(system.domain.size(), ScalarField::<C>::ZERO);
            let rows = system.domain.size() - system.zk_rows..;
            for (entry, hidden) in table[rows.clone()].iter_mut().zip(&runtime.values[rows]) {
                *entry += joint_combiner * hidden;
            }
        }
        Ok(Some(Sorted { joint_combiner, table, table_blinders, sorted, runtime }))
    }

    /// The second half of the lookup argument, and all its columns but the selectors.
    #[expect(clippy::type_complexity, reason = "what the rounds after it need of the argument")]
    fn aggregate_lookups(
        &mut self,
        sorted: Sorted<C>,
        columns: &[&[ScalarField<C>]; COLUMNS],
        beta: ScalarField<C>,
        gamma: ScalarField<C>,
        sponge: &mut TranscriptSponge<C>,
    ) -> Result<
        (LookupChallenges<ScalarField<C>>, LookupCommitments<C>, LookupEvaluations<Column<ScalarField<C>>>),
        ProveError,
    > {
        (self.progress)(Stage::Lookups, 1, 2);
        let system = &self.key.system;
        let layout =
            system.lookup.as_ref().ok_or(ProveError::Inconsistent("lookups without a lookup argument"))?;
        let challenges = LookupChallenges::new(layout.features, beta, gamma, sorted.joint_combiner);
        let values: Vec<_> = sorted.sorted.iter().map(|column| column.values.as_slice()).collect();
        let aggregation =
            lookup::aggregation(layout, &sorted.table[..layout.rows], &values, columns, &challenges)
                .ok_or(ProveError::Inconsistent("the lookup aggregation does not end at 1"))?;
        let hidden = self.hide(&aggregation);
        let aggregation = self.commit(hidden);
        sponge.absorb_points(&aggregation.commitment.0);
        let commitments = LookupCommitments {
            sorted: sorted.sorted.iter().map(|column| column.commitment.clone()).collect(),
            aggregation: aggregation.commitment.clone(),
            runtime_table: sorted.runtime.as_ref().map(|runtime| runtime.commitment.clone()),
        };
        let mut columns = LookupEvaluations {
            aggregation: Some(self.column(aggregation)),
            table: Some(Column::interpolate(
                &self.committer.interpolate,
                &sorted.table,
                sorted.table_blinders,
            )),
            runtime_table: sorted.runtime.map(|runtime| self.column(runtime)),
            ..Default::default()
        };
        for (place, column) in columns.sorted.iter_mut().zip(sorted.sorted) {
            *place = Some(self.column(column));
        }
        Ok((challenges, commitments, columns))
    }

    /// The linearized polynomial: the constraints with every column but σ₆ replaced by its value at ζ, less the quotient times
    /// ζⁿ - 1; and the blinder of its commitment, which the verifier derives from those of σ₆ and t.
    #[expect(clippy::too_many_arguments, reason = "they are the terms of the formula")]
    fn ft(
        &self,
        evaluations: &Evaluations<Chunked<ScalarField<C>>>,
        alpha: ScalarField<C>,
        challenges: &Challenges<ScalarField<C>>,
        last_sigma: &Column<ScalarField<C>>,
        t: &[ScalarField<C>],
        t_blinders: &[ScalarField<C>],
        evaluator: &Evaluator<ScalarField<C>>,
    ) -> Result<Column<ScalarField<C>>, ProveError> {
        let degenerate = || ProveError::Inconsistent("an evaluation point lies in the domain");
        let system = &self.key.system;
        let size = system.srs_size();
        let zeta_omega = challenges.zeta * system.domain.group_gen;
        let powers = PointEvaluations {
            zeta: challenges.zeta.pow([size as u64]),
            zeta_omega: zeta_omega.pow([size as u64]),
        };
        let combined = evaluations.map(|chunked| PointEvaluations {
            zeta: combine_chunks(&chunked.zeta, powers.zeta),
            zeta_omega: combine_chunks(&chunked.zeta_omega, powers.zeta_omega),
        });
        let public = combined.public.map_or(ScalarField::<C>::ZERO, |public| public.zeta);
        let expected =
            self.key.index.circuit().ft(&combined, public, alpha, challenges).map_err(|_| degenerate())?;

        let vanishing = system.domain.evaluate_vanishing_polynomial(challenges.zeta);
        let mut coefficients = fold_chunks(t, size, powers.zeta);
        coefficients.par_iter_mut().for_each(|c| *c *= -vanishing);
        let last_sigma = fold_chunks(&last_sigma.coefficients, size, powers.zeta);
        add_multiples(&mut coefficients, &[(expected.sigma_scalar, &last_sigma)]);
        // The equation that the verifier checks.
        if evaluator.chunked(&coefficients, 1).zeta != [expected.value] {
            return Err(ProveError::Inconsistent("the constraints do not vanish on the domain"));
        }
        Ok(Column { coefficients, blinders: vec![-vanishing * combine_chunks(t_blinders, powers.zeta)] })
    }
}

/// The sum of all opened polynomials' chunks, and of their blinders, by powers of polyscale.
fn combine<C: KimchiCurve>(
    srs_size: usize,
    previous: &[RecursionChallenge<C>],
    polynomials: &Polynomials<C>,
    ft: &Column<ScalarField<C>>,
    polyscale: ScalarField<C>,
) -> Combined<C> {
    let zero = ScalarField::<C>::ZERO;
    let previous: Vec<Column<_>> = previous
        .iter()
        .map(|previous| Column {
            coefficients: challenge_polynomial::coefficients(&previous.challenges),
            blinders: vec![zero; previous.commitment.0.len()],
        })
        .collect();
    let opened = previous.iter().chain(&polynomials.public).chain([ft]).chain(polynomials.opened());
    let mut scale = ScalarField::<C>::ONE;
    let mut blinder = zero;
    let mut terms = Vec::new();
    for column in opened {
        let mut chunks = column.coefficients.chunks(srs_size);
        for chunk_blinder in &column.blinders {
            blinder += scale * chunk_blinder;
            terms.extend(chunks.next().map(|chunk| (scale, chunk)));
            scale *= polyscale;
        }
    }
    let mut coefficients = vec![zero; srs_size];
    add_multiples(&mut coefficients, &terms);
    Combined { coefficients, blinder }
}
