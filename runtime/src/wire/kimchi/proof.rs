//! `ProverProof`.

use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, PrimeField};

use super::commitment;
use super::msgpack::MsgPack;
use crate::curve::{Affine, KimchiCurve, ScalarField};
use crate::kimchi::evaluations::{Chunked, Evaluations, MAX_SORTED};
use crate::kimchi::index::VerifierIndex;
use crate::kimchi::names::{BASIC_SELECTORS, OPTIONAL_SELECTORS, PATTERN_SELECTORS};
use crate::kimchi::proof::{
    Commitment, LookupCommitments, OpeningProof, Proof, ProofCommitments, RecursionChallenge,
};
use crate::limits::Limits;
use crate::wire::codec::Walk;

/// How long the lists of a proof may be where it is read.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// Chunks of a commitment or an evaluation; the quotient has seven times as many.
    chunks: usize,
    /// Rounds of an opening.
    rounds: usize,
    /// Openings that the proof carries along.
    previous: usize,
}

/// Chunks of the quotient for each chunk of the other polynomials.
const QUOTIENT: usize = 7;
/// Chunks of an earlier opening's commitment at most: it may be of an SRS twice as large.
const PREVIOUS_CHUNKS: usize = 2;

impl Bounds {
    /// What any proof may have.
    pub(super) fn of(limits: &Limits) -> Self {
        let rounds = limits.srs_log2.min(Limits::LARGEST.srs_log2) as usize;
        Self { chunks: limits.chunks, rounds, previous: limits.previous_openings }
    }

    /// What a proof for this key can have.
    pub(super) fn for_key<C: KimchiCurve>(index: &VerifierIndex<C>, limits: &Limits) -> Self {
        let most = Self::of(limits);
        let rounds = index.max_poly_size.checked_ilog2().unwrap_or(0) as usize;
        Self {
            chunks: index.chunks().min(most.chunks),
            rounds: rounds.min(most.rounds),
            previous: index.previous_challenges.min(most.previous),
        }
    }
}

pub(super) fn proof<M: MsgPack, C: KimchiCurve>(m: &mut M, proof: &mut Proof<C>, bounds: Bounds) -> Walk<M> {
    m.structure(5, |m| {
        m.field("commitments", |m| commitments(m, &mut proof.commitments, bounds.chunks))?;
        m.field("proof", |m| opening(m, &mut proof.opening, bounds.rounds))?;
        m.field("evals", |m| evaluations(m, &mut proof.evaluations, bounds.chunks))?;
        m.field("ft_eval1", |m| m.element(&mut proof.ft_eval1))?;
        m.field("prev_challenges", |m| {
            m.list(bounds.previous, &mut proof.previous_challenges, |m, previous| {
                m.structure(2, |m| {
                    m.field("chals", |m| m.list(bounds.rounds + 1, &mut previous.challenges, M::element))?;
                    m.field("comm", |m| commitment(m, &mut previous.commitment, PREVIOUS_CHUNKS))
                })
            })
        })
    })
}

fn commitments<M: MsgPack, C: KimchiCurve>(
    m: &mut M,
    commitments: &mut ProofCommitments<C>,
    chunks: usize,
) -> Walk<M> {
    m.structure(4, |m| {
        m.field("w_comm", |m| m.array(&mut commitments.w, |m, w| commitment(m, w, chunks)))?;
        m.field("z_comm", |m| commitment(m, &mut commitments.z, chunks))?;
        m.field("t_comm", |m| commitment(m, &mut commitments.t, QUOTIENT * chunks))?;
        m.field("lookup", |m| {
            m.option(&mut commitments.lookup, |m, lookup| {
                m.structure(3, |m| {
                    m.field("sorted", |m| {
                        m.list(MAX_SORTED, &mut lookup.sorted, |m, sorted| commitment(m, sorted, chunks))
                    })?;
                    m.field("aggreg", |m| commitment(m, &mut lookup.aggregation, chunks))?;
                    m.field("runtime", |m| {
                        m.option(&mut lookup.runtime_table, |m, table| commitment(m, table, chunks))
                    })
                })
            })
        })
    })
}

fn opening<M: MsgPack, C: KimchiCurve>(m: &mut M, opening: &mut OpeningProof<C>, rounds: usize) -> Walk<M> {
    m.structure(5, |m| {
        m.field("lr", |m| {
            m.list(rounds, &mut opening.lr, |m, (left, right)| {
                m.structure(2, |m| {
                    m.field("l", |m| m.point(left))?;
                    m.field("r", |m| m.point(right))
                })
            })
        })?;
        m.field("delta", |m| m.point(&mut opening.delta))?;
        m.field("z1", |m| m.element(&mut opening.z1))?;
        m.field("z2", |m| m.element(&mut opening.z2))?;
        m.field("sg", |m| m.point(&mut opening.sg))
    })
}

/// The fields of `ProofEvaluations`.
const EVALUATIONS: usize = 26;

fn evaluations<M: MsgPack, F: PrimeField>(
    m: &mut M,
    evaluations: &mut Evaluations<Chunked<F>>,
    chunks: usize,
) -> Walk<M> {
    let chunked = |m: &mut M, evaluation: &mut Chunked<F>| {
        m.structure(2, |m| {
            m.field("zeta", |m| m.list(chunks, &mut evaluation.zeta, M::element))?;
            m.field("zeta_omega", |m| m.list(chunks, &mut evaluation.zeta_omega, M::element))
        })
    };
    let optional = |m: &mut M, evaluation: &mut Option<Chunked<F>>| m.option(evaluation, chunked);

    m.structure(EVALUATIONS, |m| {
        m.field("public", |m| optional(m, &mut evaluations.public))?;
        m.field("w", |m| m.array(&mut evaluations.w, chunked))?;
        m.field("z", |m| chunked(m, &mut evaluations.z))?;
        m.field("s", |m| m.array(&mut evaluations.s, chunked))?;
        m.field("coefficients", |m| m.array(&mut evaluations.coefficients, chunked))?;
        for (selector, name) in evaluations.selectors.iter_mut().zip(BASIC_SELECTORS) {
            m.field(name, |m| chunked(m, selector))?;
        }
        for (selector, name) in evaluations.optional_selectors.iter_mut().zip(OPTIONAL_SELECTORS) {
            m.field(name, |m| optional(m, selector))?;
        }
        let lookup = &mut evaluations.lookup;
        m.field("lookup_aggregation", |m| optional(m, &mut lookup.aggregation))?;
        m.field("lookup_table", |m| optional(m, &mut lookup.table))?;
        m.field("lookup_sorted", |m| m.array(&mut lookup.sorted, optional))?;
        m.field("runtime_lookup_table", |m| optional(m, &mut lookup.runtime_table))?;
        m.field("runtime_lookup_table_selector", |m| optional(m, &mut lookup.runtime_selector))?;
        for (selector, name) in lookup.pattern_selectors.iter_mut().zip(PATTERN_SELECTORS) {
            m.field(name, |m| optional(m, selector))?;
        }
        Ok(())
    })
}

/// A proof to be read into.
pub(super) fn blank<C: KimchiCurve>() -> Proof<C> {
    Proof {
        commitments: ProofCommitments {
            w: Default::default(),
            z: Commitment::default(),
            t: Commitment::default(),
            lookup: None,
        },
        evaluations: Evaluations::default(),
        ft_eval1: ScalarField::<C>::ZERO,
        opening: OpeningProof {
            lr: Vec::new(),
            delta: Affine::<C>::zero(),
            z1: ScalarField::<C>::ZERO,
            z2: ScalarField::<C>::ZERO,
            sg: Affine::<C>::zero(),
        },
        previous_challenges: Vec::new(),
    }
}

impl<C: KimchiCurve> Default for LookupCommitments<C> {
    /// Commitments without chunks.
    fn default() -> Self {
        Self { sorted: Vec::new(), aggregation: Commitment::default(), runtime_table: None }
    }
}

impl<C: KimchiCurve> Default for RecursionChallenge<C> {
    /// No challenges, and a commitment without chunks.
    fn default() -> Self {
        Self { challenges: Vec::new(), commitment: Commitment::default() }
    }
}
