//! The records as OCaml derives them.

use quickpickle_runtime::wire::Fault;
use quickpickle_runtime::wire::parts::Walk;

use super::{AssignedWork, MergeJob, OneOrTwo, PoolDiff, SnarkWork};
use crate::formats::{Format, variant};
use crate::ledger_proof::Statement;
use crate::ledger_proof::format::{ledger_proof, statement};

pub(crate) fn snark_work<F: Format>(f: &mut F, work: &mut SnarkWork) -> Walk<F> {
    f.record(|f| {
        f.field("fee", |f| f.fee(&mut work.fee))?;
        f.field("proofs", |f| one_or_two(f, &mut work.proofs, ledger_proof))?;
        f.field("prover", |f| f.public_key(&mut work.prover))
    })
}

/// `Add_solved_work`: the statements of the work, and then a priced proof.
pub(crate) fn pool_diff<F: Format>(f: &mut F, diff: &mut PoolDiff) -> Walk<F> {
    only(f, &["Add_solved_work", "Empty"], 0, "a message of the pool that offers no work", |f| {
        let PoolDiff { statements, work } = diff;
        f.field("work", |f| one_or_two(f, statements, unnamed_statement))?;
        f.record(|f| {
            f.field("proof", |f| one_or_two(f, &mut work.proofs, ledger_proof))?;
            f.field("fee", |f| {
                f.record(|f| {
                    f.field("fee", |f| f.fee(&mut work.fee))?;
                    f.field("prover", |f| f.public_key(&mut work.prover))
                })
            })
        })?;
        f.check(|| diff.is_named())
    })
}

/// What the standalone worker gives (`Work.Result_without_metrics`): its result, and the statements that it was to prove.
pub(super) fn bundle<F: Format>(f: &mut F, bundle: &mut PoolDiff) -> Walk<F> {
    let PoolDiff { statements, work } = bundle;
    f.record(|f| {
        f.field("proofs", |f| one_or_two(f, &mut work.proofs, ledger_proof))?;
        f.field("statements", |f| one_or_two(f, statements, unnamed_statement))?;
        f.field("prover", |f| f.public_key(&mut work.prover))?;
        f.field("fee", |f| f.fee(&mut work.fee))
    })?;
    f.check(|| bundle.is_named())
}

/// Why a job to prove a transaction is refused.
const TRANSITION: &str = "a Transition job: it has a witness, and no proof to verify";

fn unnamed_statement<F: Format>(f: &mut F, unnamed: &mut Statement<()>) -> Walk<F> {
    statement(f, unnamed, |f, ()| f.unit())
}

pub(crate) fn merge_job<F: Format>(f: &mut F, job: &mut MergeJob) -> Walk<F> {
    only(f, &["Transition", "Merge"], 1, TRANSITION, |f| {
        f.argument("statement", |f| unnamed_statement(f, &mut job.statement))?;
        f.argument("left", |f| ledger_proof(f, &mut job.left))?;
        f.argument("right", |f| ledger_proof(f, &mut job.right))?;
        f.check(|| job.is_consistent())
    })
}

/// What the standalone worker is given (`One_or_two` of `Work.Single.Spec`).
pub(super) fn merge_jobs<F: Format>(f: &mut F, jobs: &mut OneOrTwo<MergeJob>) -> Walk<F> {
    one_or_two(f, jobs, merge_job)
}

pub(crate) fn assigned_work<F: Format>(f: &mut F, work: &mut AssignedWork) -> Walk<F> {
    only(f, &["None", "Some"], 1, "an answer that there is no work to do", |f| {
        f.record(|f| {
            f.field("instances", |f| one_or_two(f, &mut work.instances, merge_job))?;
            f.field("fee", |f| f.fee(&mut work.fee))
        })?;
        f.field("prover", |f| f.public_key(&mut work.prover))
    })
}

/// Whether an answer to a worker is told by its first bytes: there is work to do, of one job or two. "None" alone is an answer.
pub(super) fn begins_like_assigned_work(input: &[u8]) -> bool {
    match input.split_first() {
        Some((1, rest)) => ONE_OR_TWO.iter().any(|name| rest.starts_with(&variant(name))),
        Some((0, rest)) => rest.is_empty(),
        _ => false,
    }
}

const ONE_OR_TWO: [&str; 2] = ["One", "Two"];

/// A variant of which one constructor is read, `due` among `names`.
fn only<F: Format>(
    f: &mut F,
    names: &[&'static str],
    due: usize,
    refusal: &'static str,
    walk: impl FnOnce(&mut F) -> Walk<F>,
) -> Walk<F> {
    let mut position = due;
    f.choice(names, &mut position, |f, position| {
        f.check(|| if position == due { Ok(()) } else { Err(Fault::Inconsistent(refusal)) })?;
        walk(f)
    })
}

fn one_or_two<F: Format, T: Default>(
    f: &mut F,
    value: &mut OneOrTwo<T>,
    mut walk: impl FnMut(&mut F, &mut T) -> Walk<F>,
) -> Walk<F> {
    let mut parts = match core::mem::take(value) {
        OneOrTwo::One(one) => vec![one],
        OneOrTwo::Two(first, second) => vec![first, second],
    };
    let mut position = parts.len() - 1;
    f.variant(&ONE_OR_TWO, &mut position, |f, position| {
        f.resize(&mut parts, position + 1);
        match parts.as_mut_slice() {
            [one] => walk(f, one),
            both => f.tuple(both, walk),
        }
    })?;
    let mut parts = parts.into_iter();
    *value = match (parts.next(), parts.next()) {
        (Some(first), Some(second)) => OneOrTwo::Two(first, second),
        (first, _) => OneOrTwo::One(first.unwrap_or_default()),
    };
    Ok(())
}
