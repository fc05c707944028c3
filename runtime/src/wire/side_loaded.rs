//! The trees of a Pickles proof (`Pickles.Proof.Repr`) and of a side-loaded verification key, for every serialisation
//! that OCaml derives for them. Field names and order are those of Mina's `pickles/proof.ml`, `composition_types`,
//! `plonk_types.ml` and `side_loaded_verification_key.ml`.

use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, BigInt, PrimeField};

use super::codec::Walk;
use super::error::Fault;
use super::ocaml::Ocaml;
use crate::curve::{Affine, Fp, Fq, PallasConfig};
use crate::kimchi::evaluations::{Chunked, Evaluations};
use crate::kimchi::names::{
    BASIC_COMMITMENTS, BASIC_SELECTORS, FEATURES, OPTIONAL_SELECTORS, PATTERN_SELECTORS,
};
use crate::kimchi::proof::{Commitment, OpeningProof, ProofCommitments};
use crate::pickles::proof::{
    BranchData, Challenge, FeatureFlags, MessagesForNextStepProof, MessagesForNextWrapProof, PlonkChallenges,
    Proof, ProofsVerified, StepEvaluations, VerificationKey, WRAP_ROUNDS, WrapProof,
};

/// Chunks of an evaluation at most: `Bounded_types.ArrayN16`.
const MAX_CHUNKS: usize = 16;
/// Proofs that one circuit verifies at most.
const MAX_PROOFS: usize = 2;
/// Chunks of a wrap proof's quotient: the wrap circuit fits its SRS.
const QUOTIENT_CHUNKS: usize = 7;
const PROOFS_VERIFIED: [&str; 3] = ["N0", "N1", "N2"];

/// A proof whose wrap message, where it is read, holds the challenges of `width` proofs.
pub fn proof<O: Ocaml>(o: &mut O, proof: &mut Proof, width: ProofsVerified) -> Walk<O> {
    o.record(|o| {
        o.field("statement", |o| {
            o.record(|o| {
                o.field("proof_state", |o| proof_state(o, proof, width))?;
                o.field("messages_for_next_step_proof", |o| {
                    messages_for_next_step_proof(o, &mut proof.messages_for_next_step_proof)
                })
            })
        })?;
        o.field("prev_evals", |o| {
            o.record(|o| {
                o.field("evals", |o| step_evaluations(o, &mut proof.step_evaluations.evaluations))?;
                o.field("ft_eval1", |o| o.element(&mut proof.step_evaluations.ft_eval1))
            })
        })?;
        o.field("proof", |o| wrap_proof(o, &mut proof.wrap))
    })
}

/// `statement.proof_state`, whose parts the decoded proof holds side by side.
fn proof_state<O: Ocaml>(o: &mut O, proof: &mut Proof, width: ProofsVerified) -> Walk<O> {
    o.record(|o| {
        o.field("deferred_values", |o| {
            o.record(|o| {
                o.field("plonk", |o| plonk(o, &mut proof.plonk))?;
                o.field("bulletproof_challenges", |o| prechallenges(o, &mut proof.bulletproof_challenges))?;
                o.field("branch_data", |o| branch_data(o, &mut proof.branch_data))
            })
        })?;
        o.field("sponge_digest_before_evaluations", |o| {
            digest(o, &mut proof.sponge_digest_before_evaluations)
        })?;
        o.field("messages_for_next_wrap_proof", |o| {
            let messages = &mut proof.messages_for_next_wrap_proof;
            o.record(|o| {
                o.field("challenge_polynomial_commitment", |o| {
                    o.point(&mut messages.challenge_polynomial_commitment)
                })?;
                o.field("old_bulletproof_challenges", |o| {
                    o.vector(width.count(), &mut messages.old_bulletproof_challenges, |o, challenges| {
                        prechallenges(o, challenges)
                    })
                })
            })
        })
    })
}

fn plonk<O: Ocaml>(o: &mut O, plonk: &mut PlonkChallenges) -> Walk<O> {
    o.record(|o| {
        o.field("alpha", |o| scalar_challenge(o, &mut plonk.alpha))?;
        o.field("beta", |o| o.challenge(&mut plonk.beta))?;
        o.field("gamma", |o| o.challenge(&mut plonk.gamma))?;
        o.field("zeta", |o| scalar_challenge(o, &mut plonk.zeta))?;
        o.field("joint_combiner", |o| o.option(&mut plonk.joint_combiner, scalar_challenge))?;
        o.field("feature_flags", |o| {
            let flags = &mut plonk.feature_flags;
            o.record(|o| {
                for (flag, name) in flags.gates.iter_mut().zip(FEATURES) {
                    o.field(name, |o| o.boolean(flag))?;
                }
                o.field("lookup", |o| o.boolean(&mut flags.lookup))?;
                o.field("runtime_tables", |o| o.boolean(&mut flags.runtime_tables))
            })
        })
    })
}

fn branch_data<O: Ocaml>(o: &mut O, branch: &mut BranchData) -> Walk<O> {
    o.record(|o| {
        o.field("proofs_verified", |o| proofs_verified(o, &mut branch.proofs_verified))?;
        o.field("domain_log2", |o| o.character(&mut branch.domain_log2))
    })
}

fn proofs_verified<O: Ocaml>(o: &mut O, proofs: &mut ProofsVerified) -> Walk<O> {
    let mut position = proofs.count();
    o.constructor(&PROOFS_VERIFIED, &mut position)?;
    o.check(|| {
        *proofs = ProofsVerified::from_count(position).ok_or(Fault::OutOfRange { found: position as u64 })?;
        Ok(())
    })
}

/// A field element as four limbs.
fn digest<O: Ocaml>(o: &mut O, digest: &mut Fp) -> Walk<O> {
    let mut limbs = digest.into_bigint().0;
    o.array(&mut limbs, O::limb)?;
    o.check(|| {
        *digest = Fp::from_bigint(BigInt(limbs)).ok_or(Fault::NotCanonical)?;
        Ok(())
    })
}

/// A scalar challenge: a record of which `inner` is the challenge.
fn scalar_challenge<O: Ocaml>(o: &mut O, challenge: &mut Challenge) -> Walk<O> {
    o.record(|o| o.field("inner", |o| o.challenge(challenge)))
}

/// The challenges of an inner-product argument, a record with the one field `prechallenge` each.
fn prechallenges<O: Ocaml>(o: &mut O, challenges: &mut [Challenge]) -> Walk<O> {
    o.array(challenges, |o, challenge| {
        o.record(|o| o.field("prechallenge", |o| scalar_challenge(o, challenge)))
    })
}

fn messages_for_next_step_proof<O: Ocaml>(o: &mut O, messages: &mut MessagesForNextStepProof) -> Walk<O> {
    o.record(|o| {
        o.field("app_state", O::unit)?;
        o.field("challenge_polynomial_commitments", |o| {
            o.list(MAX_PROOFS, &mut messages.challenge_polynomial_commitments, O::point)
        })?;
        o.field("old_bulletproof_challenges", |o| {
            o.list(MAX_PROOFS, &mut messages.old_bulletproof_challenges, |o, challenges| {
                prechallenges(o, challenges)
            })
        })
    })
}

/// The evaluations at ζ and ζω, a list of chunks each.
fn chunked<O: Ocaml, F: PrimeField>(o: &mut O, evaluation: &mut Chunked<F>) -> Walk<O> {
    o.tuple(&mut [&mut evaluation.zeta, &mut evaluation.zeta_omega], |o, chunks| {
        o.list(MAX_CHUNKS, &mut **chunks, O::element)
    })
}

/// The evaluations at ζ and ζω of what always has one chunk.
fn single<O: Ocaml, F: PrimeField>(o: &mut O, evaluation: &mut Chunked<F>) -> Walk<O> {
    o.resize(&mut evaluation.zeta, 1);
    o.resize(&mut evaluation.zeta_omega, 1);
    let Chunked { zeta, zeta_omega } = evaluation;
    let mut both: Vec<&mut F> = zeta.iter_mut().chain(zeta_omega).collect();
    o.tuple(&mut both, |o, element| o.element(&mut **element))
}

/// The columns that every circuit has; `walk` describes one evaluation.
fn columns<O: Ocaml, E>(
    o: &mut O,
    evaluations: &mut Evaluations<E>,
    mut walk: impl FnMut(&mut O, &mut E) -> Walk<O>,
) -> Walk<O> {
    o.field("w", |o| o.array(&mut evaluations.w, &mut walk))?;
    o.field("coefficients", |o| o.array(&mut evaluations.coefficients, &mut walk))?;
    o.field("z", |o| walk(o, &mut evaluations.z))?;
    o.field("s", |o| o.array(&mut evaluations.s, &mut walk))?;
    let mut selectors = evaluations.selectors.iter_mut().zip(BASIC_SELECTORS);
    selectors.try_for_each(|(selector, name)| o.field(name, |o| walk(o, selector)))
}

/// `prev_evals.evals`: the step proof's public input and columns.
fn step_evaluations<O: Ocaml, F: PrimeField>(
    o: &mut O,
    evaluations: &mut Evaluations<Chunked<F>>,
) -> Walk<O> {
    fn optional<O: Ocaml, F: PrimeField>(
        o: &mut O,
        name: &'static str,
        evaluation: &mut Option<Chunked<F>>,
    ) -> Walk<O> {
        o.field(name, |o| o.option(evaluation, chunked))
    }

    o.record(|o| {
        o.field("public_input", |o| evaluations.public.as_mut().map_or(Ok(()), |public| single(o, public)))?;
        o.field("evals", |o| {
            o.record(|o| {
                columns(o, evaluations, chunked)?;
                for (selector, name) in evaluations.optional_selectors.iter_mut().zip(OPTIONAL_SELECTORS) {
                    optional(o, name, selector)?;
                }
                let lookup = &mut evaluations.lookup;
                optional(o, "lookup_aggregation", &mut lookup.aggregation)?;
                optional(o, "lookup_table", &mut lookup.table)?;
                o.field("lookup_sorted", |o| {
                    o.array(&mut lookup.sorted, |o, sorted| o.option(sorted, chunked))
                })?;
                optional(o, "runtime_lookup_table", &mut lookup.runtime_table)?;
                optional(o, "runtime_lookup_table_selector", &mut lookup.runtime_selector)?;
                let mut selectors = lookup.pattern_selectors.iter_mut().zip(PATTERN_SELECTORS);
                selectors.try_for_each(|(selector, name)| optional(o, name, selector))
            })
        })
    })
}

/// A commitment of one point.
fn commitment<O: Ocaml>(o: &mut O, commitment: &mut Commitment<PallasConfig>) -> Walk<O> {
    o.resize(&mut commitment.0, 1);
    commitment.0.iter_mut().try_for_each(|point| o.point(point))
}

fn wrap_proof<O: Ocaml>(o: &mut O, proof: &mut WrapProof) -> Walk<O> {
    o.record(|o| {
        o.field("commitments", |o| {
            o.record(|o| {
                o.field("w_comm", |o| o.array(&mut proof.commitments.w, commitment))?;
                o.field("z_comm", |o| commitment(o, &mut proof.commitments.z))?;
                o.field("t_comm", |o| o.vector(QUOTIENT_CHUNKS, &mut proof.commitments.t.0, O::point))
            })
        })?;
        o.field("evaluations", |o| o.record(|o| columns(o, &mut proof.evaluations, single)))?;
        o.field("ft_eval1", |o| o.element(&mut proof.ft_eval1))?;
        o.field("bulletproof", |o| {
            let opening = &mut proof.opening;
            o.record(|o| {
                o.field("lr", |o| rounds(o, &mut opening.lr))?;
                o.field("z_1", |o| o.element(&mut opening.z1))?;
                o.field("z_2", |o| o.element(&mut opening.z2))?;
                o.field("delta", |o| o.point(&mut opening.delta))?;
                o.field("challenge_polynomial_commitment", |o| o.point(&mut opening.sg))
            })
        })
    })
}

/// L and R of exactly [`WRAP_ROUNDS`] rounds, though the wire type has room for sixteen.
fn rounds<O: Ocaml>(o: &mut O, rounds: &mut Vec<(Affine<PallasConfig>, Affine<PallasConfig>)>) -> Walk<O> {
    o.list(WRAP_ROUNDS, rounds, |o, (left, right)| {
        o.tuple(&mut [left, right], |o, point| o.point(&mut **point))
    })?;
    o.check(|| match rounds.len() {
        WRAP_ROUNDS => Ok(()),
        found => Err(Fault::TooFew { found, expected: WRAP_ROUNDS }),
    })
}

/// A side-loaded verification key.
pub fn verification_key<O: Ocaml>(o: &mut O, key: &mut VerificationKey) -> Walk<O> {
    o.record(|o| {
        o.field("max_proofs_verified", |o| proofs_verified(o, &mut key.max_proofs_verified))?;
        o.field("actual_wrap_domain_size", |o| proofs_verified(o, &mut key.actual_wrap_domain_size))?;
        o.field("wrap_index", |o| {
            o.record(|o| {
                o.field("sigma_comm", |o| o.array(&mut key.sigma, O::point))?;
                o.field("coefficients_comm", |o| o.array(&mut key.coefficients, O::point))?;
                let mut selectors = key.selectors.iter_mut().zip(BASIC_COMMITMENTS);
                selectors.try_for_each(|(selector, name)| o.field(name, |o| o.point(selector)))
            })
        })
    })
}

/// A proof to be read into.
pub fn blank_proof() -> Proof {
    Proof {
        plonk: PlonkChallenges {
            alpha: Challenge::default(),
            beta: Challenge::default(),
            gamma: Challenge::default(),
            zeta: Challenge::default(),
            joint_combiner: None,
            feature_flags: FeatureFlags::default(),
        },
        bulletproof_challenges: Default::default(),
        branch_data: BranchData { proofs_verified: ProofsVerified::N0, domain_log2: 0 },
        sponge_digest_before_evaluations: Fp::ZERO,
        messages_for_next_wrap_proof: MessagesForNextWrapProof {
            challenge_polynomial_commitment: Affine::zero(),
            old_bulletproof_challenges: Vec::new(),
        },
        messages_for_next_step_proof: MessagesForNextStepProof {
            challenge_polynomial_commitments: Vec::new(),
            old_bulletproof_challenges: Vec::new(),
        },
        step_evaluations: StepEvaluations {
            evaluations: Evaluations { public: Some(Chunked::default()), ..Evaluations::default() },
            ft_eval1: Fp::ZERO,
        },
        wrap: WrapProof {
            commitments: ProofCommitments {
                w: Default::default(),
                z: Commitment::default(),
                t: Commitment::default(),
                lookup: None,
            },
            evaluations: Evaluations::default(),
            ft_eval1: Fq::ZERO,
            opening: OpeningProof {
                lr: Vec::new(),
                delta: Affine::zero(),
                z1: Fq::ZERO,
                z2: Fq::ZERO,
                sg: Affine::zero(),
            },
        },
    }
}

/// A key to be read into.
pub fn blank_key() -> VerificationKey {
    VerificationKey {
        max_proofs_verified: ProofsVerified::N0,
        actual_wrap_domain_size: ProofsVerified::N0,
        sigma: Default::default(),
        coefficients: Default::default(),
        selectors: Default::default(),
    }
}
