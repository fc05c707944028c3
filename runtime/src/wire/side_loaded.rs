//! The trees of a Pickles proof (`Pickles.Proof.Repr`) and of a side-loaded verification key, for every serialisation
//! that OCaml derives for them. Field names and order are those of Mina's `pickles/proof.ml`, `composition_types`,
//! `plonk_types.ml` and `side_loaded_verification_key.ml`.

use ark_ff::PrimeField;

use super::error::Result;
use super::ocaml::{Reader, Writer};
use crate::curve::{Affine, PallasConfig, VestaConfig};
use crate::kimchi::evaluations::{Chunked, Evaluations, LookupEvaluations, PointEvaluations};
use crate::kimchi::proof::{Commitment, OpeningProof, ProofCommitments};
use crate::pickles::proof::{
    BranchData, Challenge, FeatureFlags, MessagesForNextStepProof, MessagesForNextWrapProof, PlonkChallenges,
    Proof, ProofsVerified, STEP_ROUNDS, StepEvaluations, VerificationKey, WRAP_ROUNDS, WrapProof,
};

/// Chunks of an evaluation at most: `Bounded_types.ArrayN16`.
const MAX_CHUNKS: usize = 16;
/// Proofs that one circuit verifies at most.
const MAX_PROOFS: usize = 2;
/// Chunks of a wrap proof's quotient: the wrap circuit fits its SRS.
const QUOTIENT_CHUNKS: usize = 7;
const PROOFS_VERIFIED: [&str; 3] = ["N0", "N1", "N2"];

/// The gates' names, in the order of `GateType::OPTIONAL`, as feature flags and (with a suffix) evaluations have them.
const FEATURES: [&str; 6] =
    ["range_check0", "range_check1", "foreign_field_add", "foreign_field_mul", "xor", "rot"];
const BASIC_SELECTORS: [&str; 6] = [
    "generic_selector",
    "poseidon_selector",
    "complete_add_selector",
    "mul_selector",
    "emul_selector",
    "endomul_scalar_selector",
];
const OPTIONAL_SELECTORS: [&str; 6] = [
    "range_check0_selector",
    "range_check1_selector",
    "foreign_field_add_selector",
    "foreign_field_mul_selector",
    "xor_selector",
    "rot_selector",
];
const PATTERN_SELECTORS: [&str; 4] = [
    "xor_lookup_selector",
    "lookup_gate_lookup_selector",
    "range_check_lookup_selector",
    "foreign_field_mul_lookup_selector",
];

/// Reads a proof whose wrap message holds the challenges of `width` proofs.
pub(super) fn read_proof<R: Reader>(r: &mut R, width: ProofsVerified) -> Result<Proof> {
    r.group(|r| {
        let (state, messages_for_next_step_proof) = r.field("statement", |r| {
            r.group(|r| {
                let state = r.field("proof_state", |r| read_proof_state(r, width))?;
                Ok((state, r.field("messages_for_next_step_proof", read_messages_for_next_step_proof)?))
            })
        })?;
        let step_evaluations = r.field("prev_evals", |r| {
            r.group(|r| {
                Ok(StepEvaluations {
                    evaluations: r.field("evals", read_step_evaluations)?,
                    ft_eval1: r.field("ft_eval1", R::element)?,
                })
            })
        })?;
        Ok(Proof {
            plonk: state.plonk,
            bulletproof_challenges: state.bulletproof_challenges,
            branch_data: state.branch_data,
            sponge_digest_before_evaluations: state.sponge_digest_before_evaluations,
            messages_for_next_wrap_proof: state.messages_for_next_wrap_proof,
            messages_for_next_step_proof,
            step_evaluations,
            wrap: r.field("proof", read_wrap_proof)?,
        })
    })
}

/// Writes a proof.
pub(super) fn write_proof<W: Writer>(w: &mut W, proof: &Proof) {
    w.group(|w| {
        w.field("statement", |w| {
            w.group(|w| {
                w.field("proof_state", |w| write_proof_state(w, proof));
                w.field("messages_for_next_step_proof", |w| {
                    write_messages_for_next_step_proof(w, &proof.messages_for_next_step_proof);
                });
            });
        });
        w.field("prev_evals", |w| {
            w.group(|w| {
                w.field("evals", |w| write_step_evaluations(w, &proof.step_evaluations.evaluations));
                w.field("ft_eval1", |w| w.element(&proof.step_evaluations.ft_eval1));
            });
        });
        w.field("proof", |w| write_wrap_proof(w, &proof.wrap));
    });
}

/// `statement.proof_state`, whose parts the decoded proof holds side by side.
struct ProofState {
    plonk: PlonkChallenges,
    bulletproof_challenges: [Challenge; STEP_ROUNDS],
    branch_data: BranchData,
    sponge_digest_before_evaluations: crate::curve::Fp,
    messages_for_next_wrap_proof: MessagesForNextWrapProof,
}

fn read_proof_state<R: Reader>(r: &mut R, width: ProofsVerified) -> Result<ProofState> {
    r.group(|r| {
        let (plonk, bulletproof_challenges, branch_data) = r.field("deferred_values", |r| {
            r.group(|r| {
                Ok((
                    r.field("plonk", read_plonk)?,
                    r.field("bulletproof_challenges", read_prechallenges)?,
                    r.field("branch_data", read_branch_data)?,
                ))
            })
        })?;
        Ok(ProofState {
            plonk,
            bulletproof_challenges,
            branch_data,
            sponge_digest_before_evaluations: r.field("sponge_digest_before_evaluations", read_digest)?,
            messages_for_next_wrap_proof: r.field("messages_for_next_wrap_proof", |r| {
                r.group(|r| {
                    Ok(MessagesForNextWrapProof {
                        challenge_polynomial_commitment: r
                            .field("challenge_polynomial_commitment", R::point::<VestaConfig>)?,
                        old_bulletproof_challenges: r.field("old_bulletproof_challenges", |r| {
                            r.vector(width.count(), read_prechallenges::<_, WRAP_ROUNDS>)
                        })?,
                    })
                })
            })?,
        })
    })
}

fn write_proof_state<W: Writer>(w: &mut W, proof: &Proof) {
    w.group(|w| {
        w.field("deferred_values", |w| {
            w.group(|w| {
                w.field("plonk", |w| write_plonk(w, &proof.plonk));
                w.field("bulletproof_challenges", |w| write_prechallenges(w, &proof.bulletproof_challenges));
                w.field("branch_data", |w| write_branch_data(w, proof.branch_data));
            });
        });
        w.field("sponge_digest_before_evaluations", |w| {
            w.vector(&proof.sponge_digest_before_evaluations.into_bigint().0, |w, limb| w.limb(*limb));
        });
        w.field("messages_for_next_wrap_proof", |w| {
            let messages = &proof.messages_for_next_wrap_proof;
            w.group(|w| {
                w.field("challenge_polynomial_commitment", |w| {
                    w.point(&messages.challenge_polynomial_commitment)
                });
                w.field("old_bulletproof_challenges", |w| {
                    w.vector(&messages.old_bulletproof_challenges, |w, challenges| {
                        write_prechallenges(w, challenges)
                    });
                });
            });
        });
    });
}

fn read_plonk<R: Reader>(r: &mut R) -> Result<PlonkChallenges> {
    r.group(|r| {
        Ok(PlonkChallenges {
            alpha: r.field("alpha", read_scalar_challenge)?,
            beta: r.field("beta", R::challenge)?,
            gamma: r.field("gamma", R::challenge)?,
            zeta: r.field("zeta", read_scalar_challenge)?,
            joint_combiner: r.field("joint_combiner", |r| r.option(read_scalar_challenge))?,
            feature_flags: r.field("feature_flags", |r| {
                r.group(|r| {
                    let mut flags = FeatureFlags::default();
                    for (flag, name) in flags.gates.iter_mut().zip(FEATURES) {
                        *flag = r.field(name, R::boolean)?;
                    }
                    flags.lookup = r.field("lookup", R::boolean)?;
                    flags.runtime_tables = r.field("runtime_tables", R::boolean)?;
                    Ok(flags)
                })
            })?,
        })
    })
}

fn write_plonk<W: Writer>(w: &mut W, plonk: &PlonkChallenges) {
    w.group(|w| {
        w.field("alpha", |w| write_scalar_challenge(w, &plonk.alpha));
        w.field("beta", |w| w.challenge(&plonk.beta));
        w.field("gamma", |w| w.challenge(&plonk.gamma));
        w.field("zeta", |w| write_scalar_challenge(w, &plonk.zeta));
        w.field("joint_combiner", |w| w.option(plonk.joint_combiner.as_ref(), write_scalar_challenge));
        w.field("feature_flags", |w| {
            let flags = &plonk.feature_flags;
            w.group(|w| {
                for (flag, name) in flags.gates.iter().zip(FEATURES) {
                    w.field(name, |w| w.boolean(*flag));
                }
                w.field("lookup", |w| w.boolean(flags.lookup));
                w.field("runtime_tables", |w| w.boolean(flags.runtime_tables));
            });
        });
    });
}

fn read_branch_data<R: Reader>(r: &mut R) -> Result<BranchData> {
    r.group(|r| {
        Ok(BranchData {
            proofs_verified: r.field("proofs_verified", read_proofs_verified)?,
            domain_log2: r.field("domain_log2", R::character)?,
        })
    })
}

fn write_branch_data<W: Writer>(w: &mut W, branch: BranchData) {
    w.group(|w| {
        w.field("proofs_verified", |w| write_proofs_verified(w, branch.proofs_verified));
        w.field("domain_log2", |w| w.character(branch.domain_log2));
    });
}

fn read_proofs_verified<R: Reader>(r: &mut R) -> Result<ProofsVerified> {
    let position = r.constructor(&PROOFS_VERIFIED)?;
    Ok([ProofsVerified::N0, ProofsVerified::N1, ProofsVerified::N2][position])
}

fn write_proofs_verified<W: Writer>(w: &mut W, proofs: ProofsVerified) {
    let position = proofs as u8;
    w.constructor(PROOFS_VERIFIED[usize::from(position)], position);
}

/// A field element as four limbs.
fn read_digest<R: Reader, F: PrimeField<BigInt = ark_ff::BigInt<4>>>(r: &mut R) -> Result<F> {
    let limbs = r.array(R::limb)?;
    F::from_bigint(ark_ff::BigInt(limbs)).ok_or_else(|| super::error::Fault::NotCanonical.into())
}

/// A scalar challenge: a record of which `inner` is the challenge.
fn read_scalar_challenge<R: Reader>(r: &mut R) -> Result<Challenge> {
    r.group(|r| r.field("inner", R::challenge))
}

fn write_scalar_challenge<W: Writer>(w: &mut W, challenge: &Challenge) {
    w.group(|w| w.field("inner", |w| w.challenge(challenge)));
}

/// The challenges of an inner-product argument, a record with the one field `prechallenge` each.
fn read_prechallenges<R: Reader, const N: usize>(r: &mut R) -> Result<[Challenge; N]> {
    r.array(|r| r.group(|r| r.field("prechallenge", read_scalar_challenge)))
}

fn write_prechallenges<W: Writer>(w: &mut W, challenges: &[Challenge]) {
    w.vector(challenges, |w, challenge| {
        w.group(|w| w.field("prechallenge", |w| write_scalar_challenge(w, challenge)))
    });
}

fn read_messages_for_next_step_proof<R: Reader>(r: &mut R) -> Result<MessagesForNextStepProof> {
    r.group(|r| {
        r.field("app_state", R::unit)?;
        Ok(MessagesForNextStepProof {
            challenge_polynomial_commitments: r.field("challenge_polynomial_commitments", |r| {
                r.list(MAX_PROOFS, R::point::<PallasConfig>)
            })?,
            old_bulletproof_challenges: r.field("old_bulletproof_challenges", |r| {
                r.list(MAX_PROOFS, read_prechallenges::<_, STEP_ROUNDS>)
            })?,
        })
    })
}

fn write_messages_for_next_step_proof<W: Writer>(w: &mut W, messages: &MessagesForNextStepProof) {
    w.group(|w| {
        w.field("app_state", W::unit);
        w.field("challenge_polynomial_commitments", |w| {
            w.list(&messages.challenge_polynomial_commitments, W::point)
        });
        w.field("old_bulletproof_challenges", |w| {
            w.list(&messages.old_bulletproof_challenges, |w, challenges| write_prechallenges(w, challenges));
        });
    });
}

/// The evaluations at ζ and ζω, a list of chunks each.
fn read_chunked<R: Reader, F: PrimeField>(r: &mut R) -> Result<Chunked<F>> {
    let (zeta, zeta_omega) = r.pair(|r| r.list(MAX_CHUNKS, R::element))?;
    Ok(PointEvaluations { zeta, zeta_omega })
}

fn write_chunked<W: Writer, F: PrimeField>(w: &mut W, evaluation: &Chunked<F>) {
    w.group(|w| {
        w.list(&evaluation.zeta, W::element);
        w.list(&evaluation.zeta_omega, W::element);
    });
}

/// The evaluations at ζ and ζω of what always has one chunk.
fn read_single<R: Reader, F: PrimeField>(r: &mut R) -> Result<Chunked<F>> {
    let (zeta, zeta_omega) = r.pair(R::element)?;
    Ok(PointEvaluations { zeta: vec![zeta], zeta_omega: vec![zeta_omega] })
}

fn write_single<W: Writer, F: PrimeField>(w: &mut W, evaluation: &Chunked<F>) {
    w.group(|w| evaluation.zeta.iter().chain(&evaluation.zeta_omega).for_each(|element| w.element(element)));
}

/// The columns that every circuit has; `read` reads one evaluation.
fn read_columns<R: Reader, E>(
    r: &mut R,
    public: Option<E>,
    mut read: impl FnMut(&mut R) -> Result<E>,
) -> Result<Evaluations<E>> {
    let w = r.field("w", |r| r.array(&mut read))?;
    let coefficients = r.field("coefficients", |r| r.array(&mut read))?;
    let z = r.field("z", &mut read)?;
    let s = r.field("s", |r| r.array(&mut read))?;
    let [generic, poseidon, complete_add, mul, emul, endomul_scalar] =
        BASIC_SELECTORS.map(|name| r.field(name, &mut read));
    Ok(Evaluations {
        public,
        w,
        z,
        s,
        coefficients,
        selectors: [generic?, poseidon?, complete_add?, mul?, emul?, endomul_scalar?],
        optional_selectors: [const { None }; 6],
        lookup: LookupEvaluations {
            aggregation: None,
            table: None,
            sorted: [const { None }; 5],
            runtime_table: None,
            runtime_selector: None,
            pattern_selectors: [const { None }; 4],
        },
    })
}

fn write_columns<W: Writer, E>(w: &mut W, evaluations: &Evaluations<E>, mut write: impl FnMut(&mut W, &E)) {
    w.field("w", |w| w.vector(&evaluations.w, &mut write));
    w.field("coefficients", |w| w.vector(&evaluations.coefficients, &mut write));
    w.field("z", |w| write(w, &evaluations.z));
    w.field("s", |w| w.vector(&evaluations.s, &mut write));
    for (selector, name) in evaluations.selectors.iter().zip(BASIC_SELECTORS) {
        w.field(name, |w| write(w, selector));
    }
}

/// `prev_evals.evals`: the step proof's public input and columns.
fn read_step_evaluations<R: Reader, F: PrimeField>(r: &mut R) -> Result<Evaluations<Chunked<F>>> {
    r.group(|r| {
        let public = r.field("public_input", read_single)?;
        r.field("evals", |r| {
            r.group(|r| {
                let mut evaluations = read_columns(r, Some(public), read_chunked)?;
                let optional = |r: &mut R, name| r.field(name, |r| r.option(read_chunked));
                for (selector, name) in evaluations.optional_selectors.iter_mut().zip(OPTIONAL_SELECTORS) {
                    *selector = optional(r, name)?;
                }
                let lookup = &mut evaluations.lookup;
                lookup.aggregation = optional(r, "lookup_aggregation")?;
                lookup.table = optional(r, "lookup_table")?;
                lookup.sorted = r.field("lookup_sorted", |r| r.array(|r| r.option(read_chunked)))?;
                lookup.runtime_table = optional(r, "runtime_lookup_table")?;
                lookup.runtime_selector = optional(r, "runtime_lookup_table_selector")?;
                for (selector, name) in lookup.pattern_selectors.iter_mut().zip(PATTERN_SELECTORS) {
                    *selector = optional(r, name)?;
                }
                Ok(evaluations)
            })
        })
    })
}

fn write_step_evaluations<W: Writer, F: PrimeField>(w: &mut W, evaluations: &Evaluations<Chunked<F>>) {
    let optional = |w: &mut W, name, evaluation: &Option<Chunked<F>>| {
        w.field(name, |w| w.option(evaluation.as_ref(), write_chunked));
    };
    w.group(|w| {
        w.field("public_input", |w| {
            if let Some(public) = &evaluations.public {
                write_single(w, public);
            }
        });
        w.field("evals", |w| {
            w.group(|w| {
                write_columns(w, evaluations, write_chunked);
                for (selector, name) in evaluations.optional_selectors.iter().zip(OPTIONAL_SELECTORS) {
                    optional(w, name, selector);
                }
                let lookup = &evaluations.lookup;
                optional(w, "lookup_aggregation", &lookup.aggregation);
                optional(w, "lookup_table", &lookup.table);
                w.field("lookup_sorted", |w| {
                    w.vector(&lookup.sorted, |w, sorted| w.option(sorted.as_ref(), write_chunked));
                });
                optional(w, "runtime_lookup_table", &lookup.runtime_table);
                optional(w, "runtime_lookup_table_selector", &lookup.runtime_selector);
                for (selector, name) in lookup.pattern_selectors.iter().zip(PATTERN_SELECTORS) {
                    optional(w, name, selector);
                }
            });
        });
    });
}

/// A commitment of one point.
fn read_commitment<R: Reader>(r: &mut R) -> Result<Commitment<PallasConfig>> {
    Ok(Commitment(vec![r.point()?]))
}

fn write_commitment<W: Writer>(w: &mut W, commitment: &Commitment<PallasConfig>) {
    commitment.0.iter().for_each(|point| w.point(point));
}

fn read_wrap_proof<R: Reader>(r: &mut R) -> Result<WrapProof> {
    r.group(|r| {
        Ok(WrapProof {
            commitments: r.field("commitments", |r| {
                r.group(|r| {
                    Ok(ProofCommitments {
                        w: r.field("w_comm", |r| r.array(read_commitment))?,
                        z: r.field("z_comm", read_commitment)?,
                        t: r.field("t_comm", |r| r.vector(QUOTIENT_CHUNKS, R::point).map(Commitment))?,
                        lookup: None,
                    })
                })
            })?,
            evaluations: r.field("evaluations", |r| r.group(|r| read_columns(r, None, read_single)))?,
            ft_eval1: r.field("ft_eval1", R::element)?,
            opening: r.field("bulletproof", |r| {
                r.group(|r| {
                    Ok(OpeningProof {
                        lr: r.field("lr", read_rounds)?,
                        z1: r.field("z_1", R::element)?,
                        z2: r.field("z_2", R::element)?,
                        delta: r.field("delta", R::point)?,
                        sg: r.field("challenge_polynomial_commitment", R::point)?,
                    })
                })
            })?,
        })
    })
}

/// L and R of exactly [`WRAP_ROUNDS`] rounds, though the wire type has room for sixteen.
fn read_rounds<R: Reader>(r: &mut R) -> Result<Vec<(Affine<PallasConfig>, Affine<PallasConfig>)>> {
    let rounds = r.list(WRAP_ROUNDS, |r| r.pair(R::point))?;
    match rounds.len() {
        WRAP_ROUNDS => Ok(rounds),
        found => Err(super::error::Fault::TooFew { found, expected: WRAP_ROUNDS }.into()),
    }
}

fn write_wrap_proof<W: Writer>(w: &mut W, proof: &WrapProof) {
    w.group(|w| {
        w.field("commitments", |w| {
            w.group(|w| {
                w.field("w_comm", |w| w.vector(&proof.commitments.w, write_commitment));
                w.field("z_comm", |w| write_commitment(w, &proof.commitments.z));
                w.field("t_comm", |w| w.vector(&proof.commitments.t.0, W::point));
            });
        });
        w.field("evaluations", |w| w.group(|w| write_columns(w, &proof.evaluations, write_single)));
        w.field("ft_eval1", |w| w.element(&proof.ft_eval1));
        w.field("bulletproof", |w| {
            w.group(|w| {
                w.field("lr", |w| {
                    w.list(&proof.opening.lr, |w, (left, right)| {
                        w.group(|w| {
                            w.point(left);
                            w.point(right);
                        });
                    });
                });
                w.field("z_1", |w| w.element(&proof.opening.z1));
                w.field("z_2", |w| w.element(&proof.opening.z2));
                w.field("delta", |w| w.point(&proof.opening.delta));
                w.field("challenge_polynomial_commitment", |w| w.point(&proof.opening.sg));
            });
        });
    });
}

const KEY_SELECTORS: [&str; 6] =
    ["generic_comm", "psm_comm", "complete_add_comm", "mul_comm", "emul_comm", "endomul_scalar_comm"];

/// Reads a side-loaded verification key.
pub(super) fn read_verification_key<R: Reader>(r: &mut R) -> Result<VerificationKey> {
    r.group(|r| {
        let max_proofs_verified = r.field("max_proofs_verified", read_proofs_verified)?;
        let actual_wrap_domain_size = r.field("actual_wrap_domain_size", read_proofs_verified)?;
        r.field("wrap_index", |r| {
            r.group(|r| {
                let sigma = r.field("sigma_comm", |r| r.array(R::point))?;
                let coefficients = r.field("coefficients_comm", |r| r.array(R::point))?;
                let [generic, psm, complete_add, mul, emul, endomul_scalar] =
                    KEY_SELECTORS.map(|name| r.field(name, R::point));
                Ok(VerificationKey {
                    max_proofs_verified,
                    actual_wrap_domain_size,
                    sigma,
                    coefficients,
                    selectors: [generic?, psm?, complete_add?, mul?, emul?, endomul_scalar?],
                })
            })
        })
    })
}

/// Writes a side-loaded verification key.
pub(super) fn write_verification_key<W: Writer>(w: &mut W, key: &VerificationKey) {
    w.group(|w| {
        w.field("max_proofs_verified", |w| write_proofs_verified(w, key.max_proofs_verified));
        w.field("actual_wrap_domain_size", |w| write_proofs_verified(w, key.actual_wrap_domain_size));
        w.field("wrap_index", |w| {
            w.group(|w| {
                w.field("sigma_comm", |w| w.vector(&key.sigma, W::point));
                w.field("coefficients_comm", |w| w.vector(&key.coefficients, W::point));
                for (selector, name) in key.selectors.iter().zip(KEY_SELECTORS) {
                    w.field(name, |w| w.point(selector));
                }
            });
        });
    });
}
