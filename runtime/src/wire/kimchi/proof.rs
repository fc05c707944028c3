//! `ProverProof`.

use ark_ff::PrimeField;

use super::msgpack::{Reader, Writer};
use super::{MAX_CHUNKS, read_commitment, write_commitment};
use crate::curve::KimchiCurve;
use crate::kimchi::evaluations::{Chunked, Evaluations, LookupEvaluations, MAX_SORTED, PointEvaluations};
use crate::kimchi::index::{MAX_PREVIOUS_CHALLENGES, MAX_SRS_LOG2};
use crate::kimchi::proof::{LookupCommitments, OpeningProof, Proof, ProofCommitments, RecursionChallenge};
use crate::wire::error::Result;

/// Rounds of an opening at most: log2 of the largest SRS.
const MAX_ROUNDS: usize = MAX_SRS_LOG2 as usize;

pub(super) fn read<C: KimchiCurve>(r: &mut Reader<'_>) -> Result<Proof<C>> {
    r.structure(5, |r| {
        Ok(Proof {
            commitments: r.field("commitments", read_commitments)?,
            opening: r.field("proof", read_opening)?,
            evaluations: r.field("evals", read_evaluations)?,
            ft_eval1: r.field("ft_eval1", Reader::element)?,
            previous_challenges: r.field("prev_challenges", |r| {
                r.list(MAX_PREVIOUS_CHALLENGES, |r| {
                    r.structure(2, |r| {
                        Ok(RecursionChallenge {
                            challenges: r.field("chals", |r| r.list(MAX_ROUNDS, Reader::element))?,
                            commitment: r.field("comm", read_commitment)?,
                        })
                    })
                })
            })?,
        })
    })
}

pub(super) fn write<C: KimchiCurve>(w: &mut Writer, proof: &Proof<C>) {
    w.array(5);
    write_commitments(w, &proof.commitments);
    write_opening(w, &proof.opening);
    write_evaluations(w, &proof.evaluations);
    w.element(&proof.ft_eval1);
    w.list(&proof.previous_challenges, |w, previous| {
        w.array(2);
        w.list(&previous.challenges, Writer::element);
        write_commitment(w, &previous.commitment);
    });
}

fn read_commitments<C: KimchiCurve>(r: &mut Reader<'_>) -> Result<ProofCommitments<C>> {
    r.structure(4, |r| {
        Ok(ProofCommitments {
            w: r.field("w_comm", |r| r.array(read_commitment))?,
            z: r.field("z_comm", read_commitment)?,
            t: r.field("t_comm", read_commitment)?,
            lookup: r.field("lookup", |r| {
                r.option(|r| {
                    r.structure(3, |r| {
                        Ok(LookupCommitments {
                            sorted: r.field("sorted", |r| r.list(MAX_SORTED, read_commitment))?,
                            aggregation: r.field("aggreg", read_commitment)?,
                            runtime_table: r.field("runtime", |r| r.option(read_commitment))?,
                        })
                    })
                })
            })?,
        })
    })
}

fn write_commitments<C: KimchiCurve>(w: &mut Writer, commitments: &ProofCommitments<C>) {
    w.array(4);
    w.list(&commitments.w, write_commitment);
    write_commitment(w, &commitments.z);
    write_commitment(w, &commitments.t);
    w.option(commitments.lookup.as_ref(), |w, lookup| {
        w.array(3);
        w.list(&lookup.sorted, write_commitment);
        write_commitment(w, &lookup.aggregation);
        w.option(lookup.runtime_table.as_ref(), write_commitment);
    });
}

fn read_opening<C: KimchiCurve>(r: &mut Reader<'_>) -> Result<OpeningProof<C>> {
    r.structure(5, |r| {
        Ok(OpeningProof {
            lr: r.field("lr", |r| {
                r.list(MAX_ROUNDS, |r| {
                    r.structure(2, |r| Ok((r.field("l", Reader::point)?, r.field("r", Reader::point)?)))
                })
            })?,
            delta: r.field("delta", Reader::point)?,
            z1: r.field("z1", Reader::element)?,
            z2: r.field("z2", Reader::element)?,
            sg: r.field("sg", Reader::point)?,
        })
    })
}

fn write_opening<C: KimchiCurve>(w: &mut Writer, opening: &OpeningProof<C>) {
    w.array(5);
    w.list(&opening.lr, |w, (left, right)| {
        w.array(2);
        w.point(left);
        w.point(right);
    });
    w.point(&opening.delta);
    w.element(&opening.z1);
    w.element(&opening.z2);
    w.point(&opening.sg);
}

fn read_chunked<F: PrimeField>(r: &mut Reader<'_>) -> Result<Chunked<F>> {
    r.structure(2, |r| {
        Ok(PointEvaluations {
            zeta: r.field("zeta", |r| r.list(MAX_CHUNKS, Reader::element))?,
            zeta_omega: r.field("zeta_omega", |r| r.list(MAX_CHUNKS, Reader::element))?,
        })
    })
}

fn write_chunked<F: PrimeField>(w: &mut Writer, evaluation: &Chunked<F>) {
    w.array(2);
    w.list(&evaluation.zeta, Writer::element);
    w.list(&evaluation.zeta_omega, Writer::element);
}

/// The fields of `ProofEvaluations`.
const EVALUATIONS: usize = 26;

fn read_evaluations<F: PrimeField>(r: &mut Reader<'_>) -> Result<Evaluations<Chunked<F>>> {
    fn optional<F: PrimeField>(r: &mut Reader<'_>) -> Result<Option<Chunked<F>>> {
        r.option(read_chunked)
    }

    r.structure(EVALUATIONS, |r| {
        Ok(Evaluations {
            public: r.field("public", optional)?,
            w: r.field("w", |r| r.array(read_chunked))?,
            z: r.field("z", read_chunked)?,
            s: r.field("s", |r| r.array(read_chunked))?,
            coefficients: r.field("coefficients", |r| r.array(read_chunked))?,
            selectors: [
                r.field("generic_selector", read_chunked)?,
                r.field("poseidon_selector", read_chunked)?,
                r.field("complete_add_selector", read_chunked)?,
                r.field("mul_selector", read_chunked)?,
                r.field("emul_selector", read_chunked)?,
                r.field("endomul_scalar_selector", read_chunked)?,
            ],
            optional_selectors: [
                r.field("range_check0_selector", optional)?,
                r.field("range_check1_selector", optional)?,
                r.field("foreign_field_add_selector", optional)?,
                r.field("foreign_field_mul_selector", optional)?,
                r.field("xor_selector", optional)?,
                r.field("rot_selector", optional)?,
            ],
            lookup: LookupEvaluations {
                aggregation: r.field("lookup_aggregation", optional)?,
                table: r.field("lookup_table", optional)?,
                sorted: r.field("lookup_sorted", |r| r.array(optional))?,
                runtime_table: r.field("runtime_lookup_table", optional)?,
                runtime_selector: r.field("runtime_lookup_table_selector", optional)?,
                pattern_selectors: [
                    r.field("xor_lookup_selector", optional)?,
                    r.field("lookup_gate_lookup_selector", optional)?,
                    r.field("range_check_lookup_selector", optional)?,
                    r.field("foreign_field_mul_lookup_selector", optional)?,
                ],
            },
        })
    })
}

fn write_evaluations<F: PrimeField>(w: &mut Writer, evaluations: &Evaluations<Chunked<F>>) {
    fn optional<F: PrimeField>(w: &mut Writer, evaluation: &Option<Chunked<F>>) {
        w.option(evaluation.as_ref(), write_chunked);
    }

    w.array(EVALUATIONS);
    optional(w, &evaluations.public);
    w.list(&evaluations.w, write_chunked);
    write_chunked(w, &evaluations.z);
    w.list(&evaluations.s, write_chunked);
    w.list(&evaluations.coefficients, write_chunked);
    evaluations.selectors.iter().for_each(|selector| write_chunked(w, selector));
    evaluations.optional_selectors.iter().for_each(|selector| optional(w, selector));
    let lookup = &evaluations.lookup;
    optional(w, &lookup.aggregation);
    optional(w, &lookup.table);
    w.list(&lookup.sorted, optional);
    optional(w, &lookup.runtime_table);
    optional(w, &lookup.runtime_selector);
    lookup.pattern_selectors.iter().for_each(|selector| optional(w, selector));
}
