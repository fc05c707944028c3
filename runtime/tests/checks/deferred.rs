//! `pickles/deferred.rs`: the step proof's evaluations are those that the statement's feature flags announce.

use ark_ff::AdditiveGroup;
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::error::{ErrorKind, VerifyError};
use quickpickle_runtime::kimchi::evaluations::{Chunked, PointEvaluations};
use quickpickle_runtime::pickles::error::PicklesError;
use quickpickle_runtime::pickles::proof::Proof;

use crate::none::verdict;

/// The evaluations that a proof without optional features does not have.
fn spare() -> Option<Chunked<Fp>> {
    Some(PointEvaluations { zeta: vec![Fp::ZERO], zeta_omega: vec![Fp::ZERO] })
}

fn refused(case: &str, alter: impl Fn(&mut Proof)) -> PicklesError {
    match verdict(case, alter) {
        VerifyError::Pickles(error) => error,
        other => panic!("{other:?}"),
    }
}

/// A proof of a step circuit with basic gates only.
const PLAIN: &str = "n1-counter-depth1";
/// A proof of a step circuit with foreign-field multiplication, range checks and their lookups.
const LOOKUPS: &str = "n0-ffmul";

#[test]
fn an_evaluation_without_its_flag_is_refused_by_name() {
    type Alter = fn(&mut Proof);
    let gate = "an optional gate's selector";
    let sorted = "a sorted lookup column";
    let pattern = "a lookup pattern's selector";
    let cases: Vec<(Alter, &str)> = vec![
        (|p| p.step_evaluations.evaluations.optional_selectors[0] = spare(), gate),
        (|p| p.step_evaluations.evaluations.optional_selectors[5] = spare(), gate),
        (|p| p.step_evaluations.evaluations.lookup.aggregation = spare(), "lookup aggregation"),
        (|p| p.step_evaluations.evaluations.lookup.table = spare(), "lookup table"),
        (|p| p.step_evaluations.evaluations.lookup.sorted[0] = spare(), sorted),
        (|p| p.step_evaluations.evaluations.lookup.sorted[4] = spare(), sorted),
        (|p| p.step_evaluations.evaluations.lookup.runtime_table = spare(), "runtime lookup table"),
        (
            |p| p.step_evaluations.evaluations.lookup.runtime_selector = spare(),
            "runtime lookup table's selector",
        ),
        (|p| p.step_evaluations.evaluations.lookup.pattern_selectors[0] = spare(), pattern),
        (|p| p.step_evaluations.evaluations.lookup.pattern_selectors[1] = spare(), pattern),
        (|p| p.step_evaluations.evaluations.lookup.pattern_selectors[2] = spare(), pattern),
        (|p| p.step_evaluations.evaluations.lookup.pattern_selectors[3] = spare(), pattern),
    ];
    for (alter, part) in cases {
        assert_eq!(refused(PLAIN, alter), PicklesError::FeatureFlags { part, present: true });
    }
}

#[test]
fn a_flag_without_its_evaluation_is_refused_by_name() {
    type Alter = fn(&mut Proof);
    let gate = "an optional gate's selector";
    let pattern = "a lookup pattern's selector";
    let cases: Vec<(Alter, &str)> = vec![
        // Gates in the order of the flags: range checks, foreign-field addition and multiplication, xor, rotation.
        (|p| p.plonk.feature_flags.gates[2] ^= true, gate),
        (|p| p.step_evaluations.evaluations.optional_selectors[3] = None, gate),
        (|p| p.step_evaluations.evaluations.lookup.aggregation = None, "lookup aggregation"),
        (|p| p.step_evaluations.evaluations.lookup.table = None, "lookup table"),
        (|p| p.step_evaluations.evaluations.lookup.sorted[0] = None, "a sorted lookup column"),
        (|p| p.plonk.feature_flags.runtime_tables = true, "runtime lookup table"),
        (
            |p| {
                p.plonk.feature_flags.runtime_tables = true;
                p.step_evaluations.evaluations.lookup.runtime_table = spare();
            },
            "runtime lookup table's selector",
        ),
        (|p| p.step_evaluations.evaluations.lookup.pattern_selectors[2] = None, pattern),
        (|p| p.step_evaluations.evaluations.lookup.pattern_selectors[3] = None, pattern),
    ];
    for (alter, part) in cases {
        let error = refused(LOOKUPS, alter);
        let PicklesError::FeatureFlags { part: found, .. } = error else { panic!("{error:?}, not {part}") };
        assert_eq!(found, part);
    }
}

#[test]
fn the_joint_combiner_is_there_exactly_with_lookups() {
    let error = refused(PLAIN, |p| p.plonk.joint_combiner = Some(p.plonk.alpha));
    assert_eq!(error, PicklesError::JointCombiner { present: true });
    let error = refused(LOOKUPS, |p| p.plonk.joint_combiner = None);
    assert_eq!(error, PicklesError::JointCombiner { present: false });
}

#[test]
fn the_step_domain_is_bounded() {
    for log2 in [17, 33, 255] {
        let error = refused(PLAIN, |p| p.branch_data.domain_log2 = log2);
        assert_eq!(error, PicklesError::StepDomain { log2 });
    }
}

#[test]
fn every_evaluation_of_the_step_proof_is_one_chunk() {
    type Evaluation = fn(&mut Proof) -> &mut Chunked<Fp>;
    let evaluations: [Evaluation; 3] = [
        |p| p.step_evaluations.evaluations.public.as_mut().expect("it is there"),
        |p| &mut p.step_evaluations.evaluations.w[14],
        |p| &mut p.step_evaluations.evaluations.z,
    ];
    for evaluation in evaluations {
        for (length, expected) in
            [(0, PicklesError::MissingEvaluation), (2, PicklesError::ChunkedStepProof { chunks: 2 })]
        {
            let error = refused(PLAIN, |p| evaluation(p).zeta.resize(length, Fp::ZERO));
            assert_eq!(error, expected);
            let error = refused(PLAIN, |p| evaluation(p).zeta_omega.resize(length, Fp::ZERO));
            assert_eq!(error, expected);
        }
    }
    let error = refused(PLAIN, |p| p.step_evaluations.evaluations.public = None);
    assert_eq!(error, PicklesError::MissingEvaluation);
}

#[test]
fn a_contradiction_to_the_flags_is_the_proofs_fault() {
    let verdict = verdict(PLAIN, |p| p.step_evaluations.evaluations.public = None);
    assert_eq!(verdict.kind(), ErrorKind::Malformed);
}
