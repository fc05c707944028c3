//! Verification of everything that was handed in, as one batch.

use std::collections::VecDeque;

use quickpickle::answer::{Details, describe};
use quickpickle::elsewhere::{Elsewhere, now};
use quickpickle::mina::{BlockCommands, Object, ObjectError, Valid};
use quickpickle::{OwnedTask, Verifier};
use rayon::prelude::*;

use crate::{Answer, Key, Known, Proof, Refusal};

/// Something to be verified.
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// A proof with its key.
    Proof(&'a Key, Proof<'a>),
    /// What Mina's networks send, in any form: blocks, ledger proofs, snark work, commands.
    Object(&'a Known, &'a [u8]),
    /// What was refused before it got here, and keeps its place.
    Refused(&'a Refusal),
}

/// What an item was read as.
enum Read<'a> {
    Proof(Result<Box<OwnedTask>, Refusal>),
    Objects(&'a Known, &'a [u8], Result<Vec<Object>, Refusal>),
}

impl<'a> Item<'a> {
    fn read(self) -> Read<'a> {
        match self {
            Self::Proof(key, proof) => Read::Proof(key.task(proof).map(Box::new)),
            Self::Refused(refusal) => Read::Proof(Err(refusal.clone())),
            Self::Object(known, input) => {
                let objects = Object::read(input).map_err(Refusal::from);
                let some =
                    |objects: Vec<_>| if objects.is_empty() { Err(Refusal::Empty) } else { Ok(objects) };
                Read::Objects(known, input, objects.and_then(some))
            }
        }
    }
}

/// Verifies one item.
pub fn verify(item: Item<'_>) -> Vec<Answer> {
    verify_batch(&[item])
}

/// Verifies items together, which costs less than one after the other. There is an answer for each proof; for each object of
/// an input, of which there is one at least, or one for an input that is none; then those of a block's commands. They are in
/// the order of the items.
pub fn verify_batch(items: &[Item<'_>]) -> Vec<Answer> {
    now(verify_batch_elsewhere(items, None))
}

/// [`verify_batch`], which waits for the sums over generators where there is an [`Elsewhere`] for them; those of a block's commands are
/// computed here.
pub async fn verify_batch_elsewhere(items: &[Item<'_>], elsewhere: Option<&Elsewhere>) -> Vec<Answer> {
    let verifier = Verifier::baked();
    let mut read: Vec<Read<'_>> = items.par_iter().map(|item| item.read()).collect();

    let proofs = read.iter_mut().filter_map(|read| match read {
        // What is left in its place is not looked at again.
        Read::Proof(task) => Some(std::mem::replace(task, Err(Refusal::Internal)).map(|task| *task)),
        Read::Objects(..) => None,
    });
    let mut proofs = verifier.verify_prepared_elsewhere(proofs.collect(), elsewhere).await.into_iter();
    let mut verdicts = verify_objects(verifier, &read, elsewhere).await;

    let mut answers = Vec::with_capacity(items.len());
    for (item, read) in read.into_iter().enumerate() {
        match read {
            // There is a verdict for each; were one missing, it would count as none.
            Read::Proof(_) => answers.push(match proofs.next().unwrap_or(Err(Refusal::Internal)) {
                Ok(()) => Answer::valid(item, Details::default()),
                Err(refusal) => Answer::refused(item, &refusal),
            }),
            Read::Objects(_, _, Err(refusal)) => answers.push(Answer::refused(item, &refusal)),
            Read::Objects(known, input, Ok(objects)) => {
                for object in &objects {
                    let verdict = verdicts.pop_front().unwrap_or(Err(Refusal::Internal));
                    answers.push(of_object(item, object, verdict, known, None));
                }
                if known.commands {
                    let blocks = objects.iter().map(|object| commands(item, object, input, verifier, known));
                    answers.extend(blocks.flatten());
                }
            }
        }
    }
    answers
}

type Verdict = Result<Valid, Refusal>;

/// The verdicts on all objects, in their order; those that are judged by the same are verified together.
async fn verify_objects(
    verifier: Verifier,
    read: &[Read<'_>],
    elsewhere: Option<&Elsewhere>,
) -> VecDeque<Verdict> {
    let objects = read.iter().filter_map(|read| match read {
        Read::Objects(known, _, Ok(objects)) => Some(objects.iter().map(move |object| (*known, object))),
        _ => None,
    });
    let objects: Vec<(&Known, &Object)> = objects.flatten().collect();
    let mut verdicts: VecDeque<Verdict> = objects.iter().map(|_| Err(Refusal::Internal)).collect();
    let mut judges: Vec<&Known> = Vec::new();
    for (known, _) in &objects {
        if !judges.iter().any(|judge| std::ptr::eq(*judge, *known)) {
            judges.push(known);
        }
    }
    for judge in judges {
        let (places, own): (Vec<usize>, Vec<&Object>) = objects
            .iter()
            .enumerate()
            .filter(|(_, (known, _))| std::ptr::eq(*known, judge))
            .map(|(place, (_, object))| (place, *object))
            .unzip();
        let own = verifier.verify_objects_elsewhere(&own, &judge.known, elsewhere).await;
        for (place, verdict) in places.into_iter().zip(own) {
            if let Some(slot) = verdicts.get_mut(place) {
                *slot = verdict.map_err(Refusal::from);
            }
        }
    }
    verdicts
}

/// The answers on the commands of a block, where it is one.
fn commands(item: usize, object: &Object, input: &[u8], verifier: Verifier, known: &Known) -> Vec<Answer> {
    let Object::Block(block) = object else { return Vec::new() };
    match BlockCommands::verified(block, input, verifier, &known.known) {
        None => Vec::new(),
        Some(Err(error)) => vec![Answer::refused(item, &error.into())],
        Some(Ok(commands)) => {
            let answer = |(place, (object, verdict)): (usize, (Object, Result<Valid, ObjectError>))| {
                of_object(item, &object, verdict.map_err(Refusal::from), known, Some(place))
            };
            commands.into_iter().enumerate().map(answer).collect()
        }
    }
}

/// The answer on an object; `command` is its place in its block, where it is a command of one.
fn of_object(
    item: usize,
    object: &Object,
    verdict: Verdict,
    known: &Known,
    command: Option<usize>,
) -> Answer {
    let network = verdict.as_ref().ok().map(|valid| valid.network.clone());
    let mut facts = describe(object, network, &known.known);
    facts.0.extend(command.map(|place| ("command", place.into())));
    let mut answer = match verdict {
        Ok(_) => Answer::valid(item, Details::default()),
        Err(refusal) => Answer::refused(item, &refusal),
    };
    answer.details.facts = Some(facts);
    answer
}
