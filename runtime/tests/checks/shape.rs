//! `kimchi/shape.rs`: every list of a Kimchi proof as long as the key says, every optional part there or not.

use ark_ff::AdditiveGroup;
use quickpickle_runtime::curve::{Fp, VestaConfig};
use quickpickle_runtime::error::VerifyError;
use quickpickle_runtime::kimchi::error::KimchiError;
use quickpickle_runtime::kimchi::evaluations::{Chunked, LookupEvaluations, PointEvaluations};
use quickpickle_runtime::kimchi::gates::Generation;
use quickpickle_runtime::kimchi::index::{LookupIndex, PreparedIndex};
use quickpickle_runtime::kimchi::proof::{Commitment, LookupCommitments, RecursionChallenge};
use quickpickle_runtime::verifier::{Task, verify};
use quickpickle_runtime::wire::kimchi::{AnyFixture, Fixture, fixture_from_msgpack};
use rand_core::OsRng;

use crate::none::{NONE, read};

type Case = Fixture<VestaConfig>;

/// Chunks of all commitments and evaluations of the case.
const CHUNKS: usize = 2;
/// Lookups in a row of the case.
const LOOKUPS: usize = 3;

/// A chunked proof with everything that is optional. What it says of lookups and earlier openings is made up: shapes are
/// looked at before anything is computed.
fn case() -> Case {
    let file = read("kimchi-circuits/vesta-d10-srs9-pub5-poseidon.bin");
    let AnyFixture::Vesta(mut case) = fixture_from_msgpack(&file).expect("a fixture") else {
        panic!("a Vesta fixture")
    };
    let commitment = case.index.sigma[0].clone();
    let evaluation = case.proof.evaluations.z.clone();
    assert_eq!((case.index.chunks(), commitment.0.len(), evaluation.zeta.len()), (CHUNKS, CHUNKS, CHUNKS));

    case.index.optional_selectors[0] = Some(commitment.clone());
    case.proof.evaluations.optional_selectors[0] = Some(evaluation.clone());
    case.index.lookup = Some(LookupIndex {
        joint_lookup_used: true,
        table: vec![commitment.clone(); 2],
        pattern_selectors: [None, Some(commitment.clone()), None, None],
        table_ids: None,
        max_per_row: LOOKUPS,
        max_joint_size: 2,
        runtime_selector: Some(commitment.clone()),
    });
    case.proof.commitments.lookup = Some(LookupCommitments {
        sorted: vec![commitment.clone(); LOOKUPS + 1],
        aggregation: commitment.clone(),
        runtime_table: Some(commitment.clone()),
    });
    let there = || Some(evaluation.clone());
    case.proof.evaluations.lookup = LookupEvaluations {
        aggregation: there(),
        table: there(),
        sorted: [there(), there(), there(), there(), None],
        runtime_table: there(),
        runtime_selector: there(),
        pattern_selectors: [None, there(), None, None],
    };
    case.index.previous_challenges = 2;
    let rounds = case.index.max_poly_size.ilog2() as usize;
    let previous = |rounds, chunks| RecursionChallenge {
        challenges: vec![Fp::ZERO; rounds],
        commitment: Commitment(vec![commitment.0[0]; chunks]),
    };
    // The second is of a proof over an SRS twice as large.
    case.proof.previous_challenges = vec![previous(rounds, 1), previous(rounds + 1, 2)];
    case
}

fn verdict(case: &Case) -> KimchiError {
    let key = PreparedIndex::new(case.index.clone(), Generation::DistinctPoints).expect("a consistent key");
    match verify(Task::kimchi(&key, &case.public_input, &case.proof), &NONE, &mut OsRng) {
        Err(VerifyError::Kimchi(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_proof_of_the_right_shape_goes_on_to_ask_for_tables() {
    assert!(matches!(verdict(&case()), KimchiError::Tables(_)));
    // As many chunks of the quotient as there may be, and fewer: trailing ones that are zero are left out.
    for chunks in [1, 7 * CHUNKS] {
        let mut case = case();
        case.proof.commitments.t.0.resize(chunks, case.index.sigma[0].0[0]);
        assert!(matches!(verdict(&case), KimchiError::Tables(_)), "{chunks}");
    }
}

/// Every alteration with the part that its refusal names, and the lengths expected and found.
#[test]
fn a_list_of_another_length_is_refused_by_name() {
    fn shorter(list: &mut Vec<impl Clone>) {
        list.pop().expect("an element");
    }
    fn longer<T: Clone>(list: &mut Vec<T>) {
        list.push(list.last().expect("an element").clone());
    }
    fn lookup(case: &mut Case) -> &mut LookupCommitments<VestaConfig> {
        case.proof.commitments.lookup.as_mut().expect("lookups")
    }
    type Alter = fn(&mut Case);
    let rounds = 9;
    let cases: Vec<(Alter, &str, usize, usize)> = vec![
        (|c| shorter(&mut c.proof.opening.lr), "rounds of the opening", rounds, rounds - 1),
        (|c| longer(&mut c.proof.opening.lr), "rounds of the opening", rounds, rounds + 1),
        (|c| shorter(&mut c.proof.previous_challenges), "previous challenges", 2, 1),
        (|c| longer(&mut c.proof.previous_challenges), "previous challenges", 2, 3),
        (
            |c| shorter(&mut c.proof.previous_challenges[0].challenges),
            "a previous challenge's rounds",
            rounds,
            rounds - 1,
        ),
        (
            |c| longer(&mut c.proof.previous_challenges[1].challenges),
            "a previous challenge's rounds",
            rounds,
            rounds + 2,
        ),
        (
            |c| longer(&mut c.proof.previous_challenges[0].commitment.0),
            "a previous challenge's commitment",
            1,
            2,
        ),
        (
            |c| shorter(&mut c.proof.previous_challenges[1].commitment.0),
            "a previous challenge's commitment",
            2,
            1,
        ),
        (|c| shorter(&mut c.proof.commitments.w[14].0), "a witness commitment's chunks", 2, 1),
        (|c| longer(&mut c.proof.commitments.w[0].0), "a witness commitment's chunks", 2, 3),
        (|c| shorter(&mut c.proof.commitments.z.0), "the permutation commitment's chunks", 2, 1),
        (
            |c| c.proof.commitments.t.0.resize(7 * CHUNKS + 1, c.index.sigma[0].0[0]),
            "the quotient commitment's chunks",
            7 * CHUNKS,
            7 * CHUNKS + 1,
        ),
        (|c| shorter(&mut lookup(c).sorted), "sorted lookup commitments", LOOKUPS + 1, LOOKUPS),
        (|c| longer(&mut lookup(c).sorted), "sorted lookup commitments", LOOKUPS + 1, LOOKUPS + 2),
        (|c| shorter(&mut lookup(c).sorted[3].0), "a sorted lookup commitment's chunks", 2, 1),
        (|c| shorter(&mut lookup(c).aggregation.0), "the lookup aggregation commitment's chunks", 2, 1),
        (
            |c| shorter(&mut lookup(c).runtime_table.as_mut().expect("a runtime table").0),
            "the runtime table commitment's chunks",
            2,
            1,
        ),
    ];
    for (alter, part, expected, found) in cases {
        let mut case = case();
        alter(&mut case);
        assert_eq!(verdict(&case), KimchiError::Shape { part, expected, found });
    }
}

#[test]
fn an_optional_part_that_is_missing_or_too_many_is_refused_by_name() {
    type Alter = fn(&mut Case);
    /// Takes the part away, or puts another one's place.
    const SPARE: fn() -> Option<Chunked<Fp>> =
        || Some(PointEvaluations { zeta: vec![Fp::ZERO; CHUNKS], zeta_omega: vec![Fp::ZERO; CHUNKS] });
    let cases: Vec<(Alter, &str, bool)> = vec![
        (|c| c.proof.commitments.lookup = None, "lookup commitments", true),
        (|c| c.index.lookup = None, "lookup commitments", false),
        (
            |c| c.proof.commitments.lookup.as_mut().expect("lookups").runtime_table = None,
            "runtime table commitment",
            true,
        ),
        (
            |c| c.index.lookup.as_mut().expect("lookups").runtime_selector = None,
            "runtime table commitment",
            false,
        ),
        (|c| c.proof.evaluations.public = None, "public input evaluations", true),
        (
            |c| c.proof.evaluations.optional_selectors[0] = None,
            "an optional gate's selector evaluation",
            true,
        ),
        (
            |c| c.proof.evaluations.optional_selectors[5] = SPARE(),
            "an optional gate's selector evaluation",
            false,
        ),
        (|c| c.proof.evaluations.lookup.aggregation = None, "lookup aggregation evaluation", true),
        (|c| c.proof.evaluations.lookup.table = None, "lookup table evaluation", true),
        (|c| c.proof.evaluations.lookup.sorted[LOOKUPS] = None, "a sorted lookup evaluation", true),
        (|c| c.proof.evaluations.lookup.sorted[LOOKUPS + 1] = SPARE(), "a sorted lookup evaluation", false),
        (|c| c.proof.evaluations.lookup.runtime_table = None, "runtime table evaluation", true),
        (|c| c.proof.evaluations.lookup.runtime_selector = None, "runtime table selector evaluation", true),
        (
            |c| c.proof.evaluations.lookup.pattern_selectors[1] = None,
            "a lookup pattern's selector evaluation",
            true,
        ),
        (
            |c| c.proof.evaluations.lookup.pattern_selectors[3] = SPARE(),
            "a lookup pattern's selector evaluation",
            false,
        ),
    ];
    for (alter, part, expected) in cases {
        let mut case = case();
        alter(&mut case);
        assert_eq!(verdict(&case), KimchiError::Mismatch { part, expected });
    }
}

/// Without lookups in the key, none of their evaluations may be there.
#[test]
fn lookup_evaluations_without_lookups_are_refused_by_name() {
    type Keep = fn(&mut LookupEvaluations<Chunked<Fp>>, LookupEvaluations<Chunked<Fp>>);
    let cases: [(Keep, &str); 6] = [
        (|to, from| to.aggregation = from.aggregation, "lookup aggregation evaluation"),
        (|to, from| to.table = from.table, "lookup table evaluation"),
        (|to, from| to.sorted = from.sorted, "a sorted lookup evaluation"),
        (|to, from| to.runtime_table = from.runtime_table, "runtime table evaluation"),
        (|to, from| to.runtime_selector = from.runtime_selector, "runtime table selector evaluation"),
        (|to, from| to.pattern_selectors = from.pattern_selectors, "a lookup pattern's selector evaluation"),
    ];
    for (keep, part) in cases {
        let mut case = case();
        case.index.lookup = None;
        case.proof.commitments.lookup = None;
        let evaluations = std::mem::take(&mut case.proof.evaluations.lookup);
        assert!(matches!(verdict(&case), KimchiError::Tables(_)));
        keep(&mut case.proof.evaluations.lookup, evaluations);
        assert_eq!(verdict(&case), KimchiError::Mismatch { part, expected: false });
    }
}

/// The chunks of each evaluation, at each of the two points.
#[test]
fn an_evaluation_of_another_number_of_chunks_is_refused_by_name() {
    type Evaluation = fn(&mut Case) -> &mut Chunked<Fp>;
    let evaluations: Vec<Evaluation> = vec![
        |c| c.proof.evaluations.public.as_mut().expect("it is there"),
        |c| &mut c.proof.evaluations.w[14],
        |c| &mut c.proof.evaluations.z,
        |c| &mut c.proof.evaluations.s[5],
        |c| &mut c.proof.evaluations.coefficients[0],
        |c| &mut c.proof.evaluations.selectors[5],
        |c| c.proof.evaluations.optional_selectors[0].as_mut().expect("it is there"),
        |c| c.proof.evaluations.lookup.aggregation.as_mut().expect("it is there"),
        |c| c.proof.evaluations.lookup.table.as_mut().expect("it is there"),
        |c| c.proof.evaluations.lookup.sorted[3].as_mut().expect("it is there"),
        |c| c.proof.evaluations.lookup.runtime_table.as_mut().expect("it is there"),
        |c| c.proof.evaluations.lookup.runtime_selector.as_mut().expect("it is there"),
        |c| c.proof.evaluations.lookup.pattern_selectors[1].as_mut().expect("it is there"),
    ];
    for evaluation in evaluations {
        for length in [0, 1, 3] {
            let mut changed = case();
            evaluation(&mut changed).zeta.resize(length, Fp::ZERO);
            let part = "an evaluation's chunks at ζ";
            assert_eq!(verdict(&changed), KimchiError::Shape { part, expected: CHUNKS, found: length });

            let mut changed = case();
            evaluation(&mut changed).zeta_omega.resize(length, Fp::ZERO);
            let part = "an evaluation's chunks at ζω";
            assert_eq!(verdict(&changed), KimchiError::Shape { part, expected: CHUNKS, found: length });
        }
    }
}

#[test]
fn another_number_of_public_inputs_is_refused_by_name() {
    for (length, found) in [(0, 0), (4, 4), (6, 6)] {
        let mut case = case();
        case.public_input.resize(length, Fp::ZERO);
        assert_eq!(verdict(&case), KimchiError::PublicInput { expected: 5, found });
    }
}
