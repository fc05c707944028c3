//! Batches of proofs of several keys, kinds and curves: whatever is wrong with some of them, and wherever they stand, each
//! proof gets the verdict that it gets alone.

use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use ark_ec::CurveGroup;
use ark_ff::{Field, Zero};
use quickpickle::internals::curve::Affine;
use quickpickle::internals::ipa::{OpeningClaim, first_equation};
use quickpickle::internals::kimchi::proof::{OpeningProof, RecursionChallenge};
use quickpickle::internals::kimchi::verifier::reduce as kimchi_reduce;
use quickpickle::internals::lockstep::alone;
use quickpickle::internals::pickles::verifier::reduce as pickles_reduce;
use quickpickle::internals::verifier::verify_batch;
use quickpickle::kimchi::{Generation, KimchiCurve, PreparedIndex, Proof as KimchiProof, TaskCurve};
use quickpickle::wire::kimchi::{AnyFixture, Fixture, fixture_from_msgpack};
use quickpickle::wire::o1js;
use quickpickle::{ErrorKind, Fp, Fq, OwnedTask, PreparedKey, Task, Verifier, VerifyError};
use quickpickle_curve::blinder;
use quickpickle_vectors::{read, shipped};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_core::{CryptoRng, RngCore};

/// Proofs in a batch.
const BATCH: usize = 6;

/// Valid proofs: Pickles proofs with keys for at most none, one and two proofs verified, whose wrap domains differ, and
/// Kimchi proofs over both curves, with an SRS larger than the circuit, a smaller one, and earlier openings carried along.
const PICKLES: [&str; 3] = ["n0-arith", "n1-counter-depth1", "n2-merge-depth1"];
const KIMCHI: [&str; 3] =
    ["pallas-d8-srs15-pub5-poseidon", "vesta-d9-srs16-pub3-prev2", "vesta-d10-srs9-pub5-poseidon"];

/// What is done to a valid proof.
#[derive(Clone, Copy, Debug)]
enum Alteration {
    /// Another statement: the first element is one more.
    Statement,
    /// No statement at all.
    NoStatement,
    /// Another response in the opening.
    Response,
    /// Another response, and folded generators that make up for it in the opening's first equation: without help of the
    /// SRS the proof looks valid.
    Forged,
    /// An opening with a round less.
    Rounds,
    /// Another evaluation of the first witness column.
    Evaluation,
    /// The commitment that the next proof would take over negated: a Pickles proof's step accumulator, a Kimchi proof's
    /// folded generators.
    Accumulator,
    /// An earlier proof more than there were.
    PreviousProofs,
}

const ALTERATIONS: [Alteration; 8] = [
    Alteration::Statement,
    Alteration::NoStatement,
    Alteration::Response,
    Alteration::Forged,
    Alteration::Rounds,
    Alteration::Evaluation,
    Alteration::Accumulator,
    Alteration::PreviousProofs,
];

/// A proof, and what is said of it alone.
#[derive(Debug)]
struct Case {
    name: String,
    task: OwnedTask,
    alone: Result<(), VerifyError>,
}

fn pickles(case: &str) -> OwnedTask {
    let folder = shipped("o1js").join(case);
    let key = PreparedKey::from_o1js(read(&folder.join("vk.json"))).expect("a consistent key");
    o1js::proof_from_json(read(&folder.join("proof.json"))).expect("a proof").into_task(Arc::new(key))
}

fn kimchi(case: &str) -> OwnedTask {
    fn task<C: TaskCurve>(fixture: Fixture<C>) -> OwnedTask {
        let key = PreparedIndex::new(fixture.index, Generation::DistinctPoints).expect("a consistent key");
        OwnedTask::kimchi(Arc::new(key), fixture.public_input, fixture.proof)
    }
    let file = read(&shipped("kimchi-circuits").join(case).with_extension("bin"));
    match fixture_from_msgpack(&file).expect("a fixture") {
        AnyFixture::Pallas(fixture) => task(fixture),
        AnyFixture::Vesta(fixture) => task(fixture),
    }
}

fn alter_opening<C: KimchiCurve>(opening: &mut OpeningProof<C>, alteration: Alteration) {
    match alteration {
        Alteration::Response => opening.z2 += C::ScalarField::from(1u64),
        Alteration::Rounds => drop(opening.lr.pop()),
        Alteration::Accumulator => opening.sg = -opening.sg,
        other => panic!("{other:?} does not concern the opening"),
    }
}

fn alter_kimchi<C: KimchiCurve>(
    public_input: &mut Vec<C::ScalarField>,
    proof: &mut KimchiProof<C>,
    alteration: Alteration,
) {
    match alteration {
        Alteration::Statement => public_input[0] += C::ScalarField::from(1u64),
        Alteration::NoStatement => public_input.clear(),
        Alteration::Evaluation => proof.evaluations.w[0].zeta[0] += C::ScalarField::from(1u64),
        Alteration::PreviousProofs => {
            proof.previous_challenges.push(RecursionChallenge {
                challenges: vec![C::ScalarField::from(1u64); proof.opening.lr.len()],
                commitment: proof.commitments.z.clone(),
            });
        }
        _ => alter_opening(&mut proof.opening, alteration),
    }
}

/// Another z₂, and the sg that makes the first equation of the claim hold all the same: it enters no challenge.
fn forge<C: KimchiCurve>(opening: &mut OpeningProof<C>, mut claim: OpeningClaim<C>, blinder: Affine<C>) {
    opening.z2 += C::ScalarField::from(1u64);
    claim.opening = opening.clone();
    let missing = first_equation(&claim, blinder).expect("as many rounds as the claim");
    let z1 = opening.z1.inverse().expect("not zero");
    opening.sg = (opening.sg + missing * z1).into_affine();
    claim.opening = opening.clone();
    assert!(first_equation(&claim, blinder).expect("as many rounds as the claim").is_zero());
}

fn forged(task: &OwnedTask) -> OwnedTask {
    let (tables, mut task) = (quickpickle::tables::baked(), task.clone());
    match &mut task {
        OwnedTask::Pickles { key, statement, proof } => {
            let claims = alone(async |lanes| pickles_reduce(key, statement, proof, tables, lanes).await)
                .expect("a proof that reduces");
            forge(&mut proof.wrap.opening, claims.opening, blinder());
        }
        OwnedTask::Vesta { key, public_input, proof } => {
            let claim = alone(async |lanes| kimchi_reduce(key, proof, public_input, tables, lanes).await)
                .expect("a proof that reduces");
            forge(&mut proof.opening, claim, blinder());
        }
        OwnedTask::Pallas { key, public_input, proof } => {
            let claim = alone(async |lanes| kimchi_reduce(key, proof, public_input, tables, lanes).await)
                .expect("a proof that reduces");
            forge(&mut proof.opening, claim, blinder());
        }
    }
    task
}

fn altered(task: &OwnedTask, alteration: Alteration) -> OwnedTask {
    if let Alteration::Forged = alteration {
        return forged(task);
    }
    let mut task = task.clone();
    match &mut task {
        OwnedTask::Pickles { statement, proof, .. } => match alteration {
            Alteration::Statement => statement[0] += Fp::from(1u64),
            Alteration::NoStatement => statement.clear(),
            Alteration::Evaluation => proof.wrap.evaluations.w[0].zeta[0] += Fq::from(1u64),
            Alteration::Accumulator => {
                let accumulator = &mut proof.messages_for_next_wrap_proof.challenge_polynomial_commitment;
                *accumulator = -*accumulator;
            }
            Alteration::PreviousProofs => {
                let message = &mut proof.messages_for_next_step_proof;
                message.challenge_polynomial_commitments.push(proof.wrap.opening.sg);
            }
            Alteration::Response | Alteration::Rounds | Alteration::Forged => {
                alter_opening(&mut proof.wrap.opening, alteration);
            }
        },
        OwnedTask::Vesta { public_input, proof, .. } => alter_kimchi(public_input, proof, alteration),
        OwnedTask::Pallas { public_input, proof, .. } => alter_kimchi(public_input, proof, alteration),
    }
    task
}

/// All valid cases, and all altered ones, each verified alone.
fn cases() -> &'static (Vec<Case>, Vec<Case>) {
    static CASES: OnceLock<(Vec<Case>, Vec<Case>)> = OnceLock::new();
    CASES.get_or_init(|| {
        let alone = |name: String, task: OwnedTask| {
            let alone = Verifier::baked().verify_task(task.task());
            Case { name, task, alone }
        };
        let valid: Vec<Case> = PICKLES
            .iter()
            .map(|case| alone((*case).to_owned(), pickles(case)))
            .chain(KIMCHI.iter().map(|case| alone((*case).to_owned(), kimchi(case))))
            .collect();
        let altered = valid
            .iter()
            .flat_map(|case| {
                ALTERATIONS.map(|a| alone(format!("{} {a:?}", case.name), altered(&case.task, a)))
            })
            .collect();
        (valid, altered)
    })
}

#[test]
fn every_case_alone_is_what_it_is_meant_to_be() {
    let (valid, altered) = cases();
    for case in valid {
        assert_eq!(case.alone, Ok(()), "{}", case.name);
    }
    let mut kinds = Vec::new();
    for case in altered {
        let error = case.alone.as_ref().expect_err(&case.name);
        println!("{}: {error}", case.name);
        assert_ne!(error.kind(), ErrorKind::Unavailable, "{}", case.name);
        kinds.push(error.kind());
    }
    // Batches are to mix proofs that fail before their claims are summed with such that make a sum wrong. No altered proof
    // has a wrong accumulator alone: the wrap proof is about it.
    for kind in [ErrorKind::Rejected, ErrorKind::Malformed, ErrorKind::Input] {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
    let of_forged = altered.iter().filter(|case| case.name.contains("Forged"));
    assert!(of_forged.clone().count() == PICKLES.len() + KIMCHI.len());
    assert!(of_forged.clone().all(|case| case.alone == Err(VerifyError::Opening)));
}

/// A batch with `bad` altered proofs among `size`, at random places.
fn mixed(size: usize, bad: usize, rng: &mut StdRng) -> Vec<&'static Case> {
    let (valid, altered) = cases();
    let mut batch: Vec<&Case> = (0..size)
        .map(|i| {
            let from = if i < bad { altered } else { valid };
            &from[rng.gen_range(0..from.len())]
        })
        .collect();
    batch.shuffle(rng);
    batch
}

fn assert_same_as_alone(batch: &[&Case], results: &[Result<(), VerifyError>]) {
    assert_eq!(results.len(), batch.len());
    for (place, (case, result)) in batch.iter().zip(results).enumerate() {
        assert_eq!(result, &case.alone, "{} at place {place} of {:?}", case.name, names(batch));
    }
}

fn names<'a>(batch: &[&'a Case]) -> Vec<&'a str> {
    batch.iter().map(|case| case.name.as_str()).collect()
}

#[test]
fn a_batch_with_any_number_of_bad_proofs_says_of_each_what_is_said_of_it_alone() {
    for bad in 0..=BATCH {
        for round in 0..2 {
            let batch = mixed(BATCH, bad, &mut StdRng::seed_from_u64(100 * bad as u64 + round));
            let tasks: Vec<Task<'_>> = batch.iter().map(|case| case.task.task()).collect();
            let results = Verifier::baked().verify_batch(&tasks);
            assert_same_as_alone(&batch, &results);
            let refused = results.iter().filter(|result| result.is_err()).count();
            assert_eq!(refused, bad);
            println!("{bad} of {BATCH} bad: {:?}", names(&batch));
        }
    }
}

/// More forged proofs than sums tell at once, between others that fail at once: all kinds of search in one batch.
#[test]
fn forged_proofs_are_found_among_valid_and_ordinarily_wrong_ones() {
    let (valid, altered) = cases();
    let forged: Vec<&Case> = altered.iter().filter(|case| case.name.contains("Forged")).collect();
    let others = valid.iter().chain(altered.iter().filter(|case| !case.name.contains("Forged")));
    let mut batch: Vec<&Case> = forged.iter().copied().chain(others.take(14)).collect();
    for seed in 0..2 {
        batch.shuffle(&mut StdRng::seed_from_u64(seed));
        let tasks: Vec<Task<'_>> = batch.iter().map(|case| case.task.task()).collect();
        assert_same_as_alone(&batch, &Verifier::baked().verify_batch(&tasks));
    }
}

#[test]
fn a_stream_of_every_kind_answers_in_order() {
    /// What a stream of proofs of which some do not decode answers.
    #[derive(Clone, Debug, PartialEq)]
    enum Failure {
        Decode,
        Verify(VerifyError),
    }
    impl From<VerifyError> for Failure {
        fn from(error: VerifyError) -> Self {
            Self::Verify(error)
        }
    }

    let mut rng = StdRng::seed_from_u64(11);
    // An input is its place and a proof; those in places 2, 5, 8 do not decode.
    let inputs: Vec<(usize, &Case)> = mixed(11, 4, &mut rng).into_iter().enumerate().collect();
    let undecodable = |place: usize| place % 3 == 2;
    let prepare = |(place, case): &(usize, &Case)| {
        if undecodable(*place) { Err(Failure::Decode) } else { Ok(case.task.clone()) }
    };
    for window in [1, 4, 64] {
        let window = NonZeroUsize::new(window).expect("not zero");
        let answers: Vec<_> =
            Verifier::baked().verify_stream(inputs.iter().copied(), window, prepare).collect();
        assert_eq!(answers.len(), inputs.len());
        for (expected_place, ((place, case), answer)) in answers.into_iter().enumerate() {
            assert_eq!(place, expected_place);
            let expected = match undecodable(place) {
                true => Err(Failure::Decode),
                false => case.alone.clone().map_err(Failure::Verify),
            };
            assert_eq!(answer, expected, "{} at {place}, window {window}", case.name);
        }
    }
}

/// Gives every equation the same weight.
struct EqualWeights;

impl RngCore for EqualWeights {
    fn next_u32(&mut self) -> u32 {
        1
    }

    fn next_u64(&mut self) -> u64 {
        1
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        dest.fill(1);
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}

impl CryptoRng for EqualWeights {}

#[test]
fn forged_proofs_whose_errors_cancel_are_refused() {
    let forged = |error: Fq| {
        let mut task = pickles("n1-counter-depth1");
        let OwnedTask::Pickles { proof, .. } = &mut task else { panic!("a Pickles proof") };
        proof.wrap.opening.z2 += error;
        task
    };
    let (one, other) = (forged(Fq::from(7u64)), forged(-Fq::from(7u64)));
    let tasks = [one.task(), other.task()];
    // With equal weights the errors in z₂ sum to zero: this is what the forgery aims at.
    let fooled = verify_batch(&tasks, quickpickle::tables::baked(), &mut EqualWeights);
    assert_eq!(fooled, [Ok(()), Ok(())]);
    let refused = Err(VerifyError::Opening);
    assert_eq!(Verifier::baked().verify_batch(&tasks), [refused.clone(), refused.clone()]);
    let valid = pickles("n0-arith");
    let batch = [tasks[0], valid.task(), tasks[1]];
    assert_eq!(Verifier::baked().verify_batch(&batch), [refused.clone(), Ok(()), refused]);
}
