//! From a Kimchi proof to one opening claim.
//!
//! The transcript is replayed, the constraints are evaluated at ζ, and everything that the proof claims about its
//! polynomials becomes one claim: that a linear combination of commitments opens, at ζ and ζω, to a certain value.
//! The steps and their order are those of the Kimchi book, "Proof verification", and `kimchi/src/verifier.rs`.

use super::error::KimchiError;
use super::evaluations::{Chunked, PERMUTS, PointEvaluations};
use super::index::{LookupIndex, PreparedIndex, VerifierIndex};
use super::linearization::Challenges;
use super::opening::{combine_chunks, combined_inner_product, evaluation_challenges};
use super::proof::{Commitment, LookupCommitments, Proof, RecursionChallenge};
use super::{public_input, shape};
use crate::challenge::Challenge;
use crate::curve::{Affine, KimchiCurve, ScalarField};
use crate::ipa::{OpeningClaim, challenge_polynomial};
use crate::lockstep::Lanes;
use crate::sponge::TranscriptSponge;
use crate::tables::TableSource;
use ark_ff::{Field, One};
use ark_poly::EvaluationDomain;

/// Checks everything about a proof but its opening, and returns the claim that the opening must settle.
pub async fn reduce<C: KimchiCurve>(
    key: &PreparedIndex<C>,
    proof: &Proof<C>,
    public_input: &[ScalarField<C>],
    tables: &dyn TableSource,
    lanes: &Lanes,
) -> Result<OpeningClaim<C>, KimchiError> {
    let index = key.index();
    shape::check(index, proof, public_input)?;

    let public_commitment = public_input::commit(key, public_input, tables, lanes).await?;
    let mut sponge = TranscriptSponge::<C>::new();
    let (alpha, challenges) = replay(&mut sponge, key, proof, &public_commitment, lanes).await;
    let domain = &key.circuit().linearization.domain;
    let zeta = challenges.zeta;
    let zeta_omega = zeta * domain.group_gen;
    let max_poly_size = [index.max_poly_size as u64];
    let chunk_powers =
        PointEvaluations { zeta: zeta.pow(max_poly_size), zeta_omega: zeta_omega.pow(max_poly_size) };

    let public_evaluations = match &proof.evaluations.public {
        Some(public) => public.clone(),
        None => public_input::evaluate(key, public_input, zeta)?,
    };
    let absorbed = [&public_evaluations].into_iter().chain(proof.evaluations.absorbed());
    let [polyscale, evalscale] = evaluation_challenges(
        sponge.clone().digest_among(lanes).await,
        proof.previous_challenges.iter().map(|previous| previous.challenges.as_slice()),
        proof.ft_eval1,
        absorbed.map(Chunked::chunks),
        lanes,
    )
    .await
    .map(|challenge| challenge.to_field_endo(C::ENDO_SCALAR));

    let combined = proof.evaluations.map(|e| combine(e, chunk_powers));
    let public = combine(&public_evaluations, chunk_powers).zeta;
    let ft = key.circuit().ft(&combined, public, alpha, &challenges)?;

    let mut opened = Opened::new(polyscale);
    for previous in &proof.previous_challenges {
        opened.push(&previous.commitment, &previous.evaluations(index.max_poly_size, zeta, zeta_omega));
    }
    opened.push(&public_commitment, &public_evaluations);
    let vanishing = domain.evaluate_vanishing_polynomial(zeta);
    opened.push_combination(
        ft_terms(index, proof, ft.sigma_scalar, vanishing, chunk_powers.zeta),
        PointEvaluations { zeta: ft.value, zeta_omega: proof.ft_eval1 },
    );
    for (column, evaluations) in columns(index, proof).zip(proof.evaluations.opened()) {
        match column {
            Column::Committed(commitment) => opened.push(commitment, evaluations),
            Column::Table(lookup, commitments) => {
                let table = combined_table(lookup, commitments, challenges.joint_combiner);
                opened.push_chunked_combination(table, evaluations);
            }
        }
    }

    Ok(OpeningClaim {
        sponge,
        rounds: index.max_poly_size.ilog2() as usize,
        evaluation_points: [zeta, zeta_omega],
        evalscale,
        combined_inner_product: combined_inner_product(polyscale, evalscale, opened.evaluations.into_iter()),
        commitments: opened.points,
        opening: proof.opening.clone(),
    })
}

/// The first half of the transcript, over commitments: from the key's digest to ζ. Gives α and the other challenges.
async fn replay<C: KimchiCurve>(
    sponge: &mut TranscriptSponge<C>,
    key: &PreparedIndex<C>,
    proof: &Proof<C>,
    public_commitment: &Commitment<C>,
    lanes: &Lanes,
) -> (ScalarField<C>, Challenges<ScalarField<C>>) {
    let endo = C::ENDO_SCALAR;
    let commitments = &proof.commitments;
    sponge.absorb_base(&[key.digest()]);
    for previous in &proof.previous_challenges {
        sponge.absorb_points(&previous.commitment.0);
    }
    sponge.absorb_points(&public_commitment.0);
    for w in &commitments.w {
        sponge.absorb_points(&w.0);
    }
    let mut joint_combiner = Challenge::default();
    if let (Some(index), Some(lookup)) = (&key.index().lookup, &commitments.lookup) {
        if let Some(runtime) = &lookup.runtime_table {
            sponge.absorb_points(&runtime.0);
        }
        // Without joint lookups none is drawn: the combiner is the expansion of the challenge 0, which is not 0.
        if index.features().joint_lookup_used() {
            joint_combiner = sponge.challenge_among(lanes).await;
        }
        for sorted in &lookup.sorted {
            sponge.absorb_points(&sorted.0);
        }
    }
    let beta = sponge.challenge_among(lanes).await.to_field();
    let gamma = sponge.challenge_among(lanes).await.to_field();
    if let Some(lookup) = &commitments.lookup {
        sponge.absorb_points(&lookup.aggregation.0);
    }
    sponge.absorb_points(&commitments.z.0);
    let alpha = sponge.challenge_among(lanes).await.to_field_endo(endo);
    sponge.absorb_points(&commitments.t.0);
    let zeta = sponge.challenge_among(lanes).await.to_field_endo(endo);
    (alpha, Challenges { beta, gamma, joint_combiner: joint_combiner.to_field_endo(endo), zeta })
}

/// Both evaluations with their chunks combined.
fn combine<F: Field>(e: &Chunked<F>, powers: PointEvaluations<F>) -> PointEvaluations<F> {
    PointEvaluations {
        zeta: combine_chunks(&e.zeta, powers.zeta),
        zeta_omega: combine_chunks(&e.zeta_omega, powers.zeta_omega),
    }
}

/// ft's commitment as a combination: the scalar of σ₆, less the vanishing polynomial at ζ times the quotient, each
/// commitment's chunks combined by ζ^(SRS size) (the book's "Maller's optimization").
fn ft_terms<'a, C: KimchiCurve>(
    index: &'a VerifierIndex<C>,
    proof: &'a Proof<C>,
    sigma_scalar: ScalarField<C>,
    vanishing: ScalarField<C>,
    chunk_power: ScalarField<C>,
) -> impl Iterator<Item = (Affine<C>, ScalarField<C>)> + 'a {
    let [.., last_sigma] = &index.sigma;
    [(last_sigma, sigma_scalar), (&proof.commitments.t, -vanishing)].into_iter().flat_map(
        move |(commitment, scalar)| {
            let powers = std::iter::successors(Some(scalar), move |s| Some(*s * chunk_power));
            commitment.0.iter().copied().zip(powers)
        },
    )
}

/// A column that is opened.
enum Column<'a, C: KimchiCurve> {
    /// With a commitment in the key or in the proof.
    Committed(&'a Commitment<C>),
    /// The combined lookup table, whose commitment follows from others.
    Table(&'a LookupIndex<C>, &'a LookupCommitments<C>),
}

/// The columns in the order of [`Evaluations::opened`](super::evaluations::Evaluations::opened).
fn columns<'a, C: KimchiCurve>(
    index: &'a VerifierIndex<C>,
    proof: &'a Proof<C>,
) -> impl Iterator<Item = Column<'a, C>> {
    let gates = [&proof.commitments.z]
        .into_iter()
        .chain(&index.selectors)
        .chain(&proof.commitments.w)
        .chain(&index.coefficients)
        .chain(&index.sigma[..PERMUTS - 1])
        .chain(index.optional_selectors.iter().flatten());
    let lookups = index.lookup.iter().zip(&proof.commitments.lookup).flat_map(|(lookup, commitments)| {
        let own = commitments.sorted.iter().chain([&commitments.aggregation]);
        let rest = (commitments.runtime_table.iter())
            .chain(&lookup.runtime_selector)
            .chain(lookup.pattern_selectors.iter().flatten());
        own.map(Column::Committed)
            .chain([Column::Table(lookup, commitments)])
            .chain(rest.map(Column::Committed))
    });
    gates.map(Column::Committed).chain(lookups)
}

/// The combined lookup table's commitment, for each of its chunks: the table's columns by powers of the joint combiner
/// j, the table ids by j^(joint size), and the runtime table, which is a second column, by j
/// (`combine_table` in `kimchi/src/circuits/lookup/tables`).
fn combined_table<'a, C: KimchiCurve>(
    lookup: &'a LookupIndex<C>,
    commitments: &'a LookupCommitments<C>,
    joint_combiner: ScalarField<C>,
) -> Vec<(&'a Commitment<C>, ScalarField<C>)> {
    let powers = std::iter::successors(Some(ScalarField::<C>::one()), |j| Some(*j * joint_combiner));
    let ids = lookup.table_ids.iter().map(|ids| (ids, joint_combiner.pow([lookup.max_joint_size.into()])));
    let runtime = commitments.runtime_table.iter().map(|runtime| (runtime, joint_combiner));
    lookup.table.iter().zip(powers).chain(ids).chain(runtime).collect()
}

/// The polynomials opened so far: their commitments with the powers of polyscale, and their evaluations.
struct Opened<C: KimchiCurve> {
    polyscale: ScalarField<C>,
    power: ScalarField<C>,
    points: Vec<(Affine<C>, ScalarField<C>)>,
    evaluations: Vec<PointEvaluations<ScalarField<C>>>,
}

impl<C: KimchiCurve> Opened<C> {
    fn new(polyscale: ScalarField<C>) -> Self {
        Self { polyscale, power: ScalarField::<C>::one(), points: Vec::new(), evaluations: Vec::new() }
    }

    /// Adds one chunk whose commitment is the sum of `terms`.
    fn push_combination(
        &mut self,
        terms: impl IntoIterator<Item = (Affine<C>, ScalarField<C>)>,
        evaluations: PointEvaluations<ScalarField<C>>,
    ) {
        let power = self.power;
        self.points.extend(terms.into_iter().map(|(point, scalar)| (point, scalar * power)));
        self.evaluations.push(evaluations);
        self.power *= self.polyscale;
    }

    /// Adds a polynomial chunk by chunk; each chunk takes the next power of polyscale.
    fn push(&mut self, commitment: &Commitment<C>, evaluations: &Chunked<ScalarField<C>>) {
        self.push_chunked_combination(vec![(commitment, ScalarField::<C>::one())], evaluations);
    }

    /// Adds a polynomial whose commitment is a combination of others, chunk by chunk.
    fn push_chunked_combination(
        &mut self,
        combination: Vec<(&Commitment<C>, ScalarField<C>)>,
        evaluations: &Chunked<ScalarField<C>>,
    ) {
        for (chunk, (zeta, zeta_omega)) in evaluations.zeta.iter().zip(&evaluations.zeta_omega).enumerate() {
            let terms = combination.iter().filter_map(|(c, scalar)| Some((*c.0.get(chunk)?, *scalar)));
            self.push_combination(terms, PointEvaluations { zeta: *zeta, zeta_omega: *zeta_omega });
        }
    }
}

impl<C: KimchiCurve> RecursionChallenge<C> {
    /// The challenge polynomial at both points, in as many chunks as it takes: the product's first factor, that of the
    /// highest power, is what lies beyond the SRS where the claim is of a proof over one twice as large.
    fn evaluations(
        &self,
        max_poly_size: usize,
        zeta: ScalarField<C>,
        zeta_omega: ScalarField<C>,
    ) -> Chunked<ScalarField<C>> {
        let evaluate = |x| match self.challenges.split_first() {
            Some((first, rest)) if rest.len() as u32 == max_poly_size.ilog2() => {
                let low = challenge_polynomial::evaluate(rest, x);
                vec![low, low * first]
            }
            _ => vec![challenge_polynomial::evaluate(&self.challenges, x)],
        };
        PointEvaluations { zeta: evaluate(zeta), zeta_omega: evaluate(zeta_omega) }
    }
}
