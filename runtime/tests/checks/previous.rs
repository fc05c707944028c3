//! `pickles/verifier.rs`: at most two earlier proofs, and of each both halves.

use quickpickle_runtime::error::{ErrorKind, VerifyError};
use quickpickle_runtime::kimchi::error::KimchiError;
use quickpickle_runtime::pickles::error::PicklesError;
use quickpickle_runtime::pickles::proof::Proof;

use crate::none::verdict;

#[test]
fn more_than_two_earlier_proofs_are_refused_by_the_message_that_has_them() {
    fn lengthen<T: Clone>(list: &mut Vec<T>, length: usize) {
        let last = list.last().expect("an element").clone();
        list.resize(length, last);
    }
    let step = "message for the next step proof";
    let wrap = "message for the next wrap proof";
    type Alter = fn(&mut Proof);
    let cases: Vec<(Alter, &str, usize)> = vec![
        (
            |p| {
                let message = &mut p.messages_for_next_step_proof;
                lengthen(&mut message.challenge_polynomial_commitments, 3);
                lengthen(&mut message.old_bulletproof_challenges, 3);
            },
            step,
            3,
        ),
        (|p| p.messages_for_next_step_proof.challenge_polynomial_commitments.truncate(1), step, 1),
        (|p| p.messages_for_next_step_proof.old_bulletproof_challenges.truncate(1), step, 2),
        (|p| lengthen(&mut p.messages_for_next_wrap_proof.old_bulletproof_challenges, 3), wrap, 3),
    ];
    for (alter, part, found) in cases {
        let error = verdict("n2-merge-depth1", alter);
        assert_eq!(error, VerifyError::Pickles(PicklesError::PreviousProofs { part, found }));
        assert_eq!(error.kind(), ErrorKind::Malformed);
    }
}

/// The wrap proof inside is held to the shape that its key asks for, as any Kimchi proof is.
#[test]
fn the_wrap_proof_has_its_shape() {
    let error = verdict("n2-merge-depth1", |p| p.wrap.opening.lr.truncate(14));
    let shape = KimchiError::Shape { part: "rounds of the opening", expected: 15, found: 14 };
    assert_eq!(error, VerifyError::Pickles(PicklesError::Wrap(shape)));
}
