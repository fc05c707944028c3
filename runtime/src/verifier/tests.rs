//! From claims to verdicts, over small reference strings.

use std::pin::pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::SWCurveConfig;
use ark_ff::Field;
use quickpickle_srs_data::{PackedPoint, Role};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::batch::{Claims, settle};
use crate::curve::{PallasConfig, ScalarField, VestaConfig};
use crate::error::{ErrorKind, VerifyError};
use crate::ipa::elsewhere::{Elsewhere, now, partial_sum};
use crate::ipa::tests::{Generators, accumulator, forge, prove};
use crate::kimchi::error::KimchiError;
use crate::pickles::error::PicklesError;
use crate::tables::TableError;
use crate::watch::Watch;

type Verdict = Result<(), VerifyError>;

/// Notes verdicts and steps, and gives tasks up.
#[derive(Default)]
struct Notes {
    decided: Mutex<Vec<(usize, Verdict)>>,
    steps: AtomicUsize,
    /// After so many steps.
    patience: usize,
    unwanted: Vec<usize>,
}

impl Watch for Notes {
    fn wanted(&self, task: usize) -> bool {
        self.steps.load(Ordering::Relaxed) < self.patience || !self.unwanted.contains(&task)
    }

    fn step(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }

    fn decided(&self, task: usize, verdict: &Verdict) {
        self.decided.lock().unwrap().push((task, verdict.clone()));
    }
}

type Alter = fn(&Generators, &mut Claims);

/// What is done to the claims of a valid proof, and what is to be said of it then.
const WRONG: [(Alter, VerifyError); 5] = [
    (
        |_, claims| claims.pallas.as_mut().unwrap().opening.z2 += ScalarField::<PallasConfig>::ONE,
        VerifyError::Opening,
    ),
    (|tables, claims| forge(tables, claims.pallas.as_mut().unwrap()), VerifyError::Opening),
    (|_, claims| claims.pallas.as_mut().unwrap().opening.lr.truncate(3), VerifyError::Opening),
    (
        |_, claims| {
            let commitment = &mut claims.accumulator.as_mut().unwrap().commitment;
            *commitment = (*commitment + VestaConfig::GENERATOR).into_affine();
        },
        VerifyError::Accumulator,
    ),
    (
        |tables, claims| {
            forge(tables, claims.pallas.as_mut().unwrap());
            claims.accumulator.as_mut().unwrap().challenges[0] += ScalarField::<VestaConfig>::ONE;
        },
        VerifyError::Accumulator,
    ),
];

/// The claims of a valid Pickles proof.
fn pickles(tables: &Generators, rng: &mut StdRng) -> Claims {
    Claims {
        pallas: Some(prove(tables, 4, rng)),
        vesta: None,
        accumulator: Some(accumulator(tables, 5, rng)),
    }
}

fn verdicts(
    claims: Vec<Result<Claims, VerifyError>>,
    tables: &Generators,
    watch: &dyn Watch,
) -> Vec<Verdict> {
    now(settle(claims, tables, &mut StdRng::seed_from_u64(99), watch, None))
}

/// The verdicts with sums from elsewhere, cut into so many parts, which `alter` may change; and how many sums were wanted.
fn verdicts_elsewhere(
    claims: Vec<Result<Claims, VerifyError>>,
    tables: &Generators,
    parts: usize,
    alter: impl Fn(&mut Vec<PackedPoint>),
) -> (Vec<Verdict>, usize) {
    let elsewhere = Elsewhere::default();
    assert!(elsewhere.wanted().is_none() && !elsewhere.give(&[]), "nothing is wanted yet");
    let mut rng = StdRng::seed_from_u64(99);
    let mut work = pin!(settle(claims, tables, &mut rng, &(), Some(&elsewhere)));
    let mut sums = 0;
    loop {
        if let Poll::Ready(verdicts) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return (verdicts, sums);
        }
        sums += 1;
        let wanted = elsewhere.wanted().expect("it waits for a sum").clone();
        let each = wanted.scalars.len().div_ceil(parts);
        let ranges = wanted.scalars.chunks(each).enumerate();
        let part = |(place, scalars): (usize, &[_])| partial_sum(tables, wanted.role, place * each, scalars);
        let mut points: Vec<_> =
            ranges.map(|range| part(range).expect("the tests' tables").expect("scalars")).collect();
        assert!(!elsewhere.give(&[PackedPoint { x: [1; 4], y: [1; 4] }]), "that is no point");
        alter(&mut points);
        assert!(elsewhere.give(&points), "these are points");
    }
}

#[test]
fn sums_from_elsewhere_say_that_equations_hold_and_nothing_else() {
    let tables = Generators::new();
    let mut rng = StdRng::seed_from_u64(5);
    let honest = pickles(&tables, &mut rng);
    let claims = |altered: Option<Alter>| {
        let mut claims =
            Claims { pallas: honest.pallas.clone(), vesta: None, accumulator: honest.accumulator.clone() };
        if let Some(alter) = altered {
            alter(&tables, &mut claims);
        }
        vec![Ok(claims)]
    };
    let none = |points: &mut Vec<PackedPoint>| points.fill(PackedPoint::INFINITY);
    let shorter = |points: &mut Vec<PackedPoint>| points.truncate(1);
    for parts in [1, 2, 3] {
        assert_eq!(verdicts_elsewhere(claims(None), &tables, parts, |_| ()), (vec![Ok(())], 2));
    }
    // What is wrong elsewhere is found out about here.
    assert_eq!(verdicts_elsewhere(claims(None), &tables, 2, none), (vec![Ok(())], 2));
    assert_eq!(verdicts_elsewhere(claims(None), &tables, 2, shorter), (vec![Ok(())], 2));
    for (alter, verdict) in WRONG {
        for altered in [|_: &mut Vec<PackedPoint>| (), none, shorter] {
            assert_eq!(
                verdicts_elsewhere(claims(Some(alter)), &tables, 2, altered).0,
                [Err(verdict.clone())]
            );
        }
    }
}

#[test]
fn a_part_of_a_sum_has_its_bounds() {
    let tables = Generators::new();
    let part = |first, scalars: &[[u64; 4]]| partial_sum(&tables, Role::Step, first, scalars);
    assert_eq!(part(0, &[]), Ok(Some(PackedPoint::INFINITY)));
    assert_eq!(part(0, &[[u64::MAX; 4]]), Ok(None), "not below the modulus");
    assert!(matches!(part(usize::MAX, &[[0; 4]]), Err(TableError::TooLarge { .. })));
    assert!(part(1 << 19, &[[0; 4]]).is_err(), "not so many generators");
}

#[test]
fn each_equation_has_its_verdict_alone_and_together() {
    let tables = Generators::new();
    let mut rng = StdRng::seed_from_u64(1);
    let (mut together, mut expected) = (Vec::new(), Vec::new());
    // Kimchi proofs on Vesta share the sum of the accumulators. They come first, so that neither curve's claims have the
    // places of their tasks.
    let honest = prove::<VestaConfig>(&tables, 5, &mut rng);
    let [mut altered, mut forged] = [honest.clone(), honest.clone()];
    altered.opening.z1 += ScalarField::<VestaConfig>::ONE;
    forge(&tables, &mut forged);
    let opening = || Err(VerifyError::Opening);
    for (claim, verdict) in
        [(honest.clone(), Ok(())), (altered, opening()), (forged, opening()), (honest, Ok(()))]
    {
        together.push(Ok(Claims { vesta: Some(claim), ..Claims::default() }));
        expected.push(verdict);
    }
    for (alter, error) in WRONG {
        let mut make = || {
            let mut claims = pickles(&tables, &mut rng);
            alter(&tables, &mut claims);
            Ok(claims)
        };
        assert_eq!(verdicts(vec![make()], &tables, &()), [Err(error.clone())]);
        together.push(make());
        expected.push(Err(error));
        together.push(Ok(pickles(&tables, &mut rng)));
        expected.push(Ok(()));
    }
    // One is refused before its claims.
    let missing = VerifyError::Pickles(PicklesError::MissingEvaluation);
    together.push(Err(missing.clone()));
    expected.push(Err(missing));

    let notes = Notes::default();
    assert_eq!(verdicts(together, &tables, &notes), expected);
    // Each verdict was told once.
    let mut decided = notes.decided.into_inner().unwrap();
    decided.sort_by_key(|(task, _)| *task);
    assert_eq!(decided, expected.into_iter().enumerate().collect::<Vec<_>>());
}

#[test]
fn a_proof_that_fails_its_first_equation_is_not_summed_over_the_srs() {
    let tables = Generators::new();
    let steps = |wrong: usize| {
        let mut claims: Vec<_> = (0..16).map(|_| pickles(&tables, &mut StdRng::seed_from_u64(3))).collect();
        claims[..wrong].iter_mut().for_each(|claims| WRONG[0].0(&tables, claims));
        let notes = Notes::default();
        let found = verdicts(claims.into_iter().map(Ok).collect(), &tables, &notes);
        assert_eq!(found.iter().filter(|verdict| verdict.is_err()).count(), wrong);
        notes.steps.into_inner()
    };
    // Two groups of first equations, and a sum on each curve. The openings of a wrong group are looked at one by one.
    assert_eq!([steps(0), steps(1), steps(8), steps(9)], [4, 12, 12, 20]);
    // Where all fail there is no sum over an SRS at all.
    assert_eq!(steps(16), 18);
}

#[test]
fn a_task_that_nobody_wants_is_left_out() {
    let tables = Generators::new();
    let mut rng = StdRng::seed_from_u64(4);
    let mut claims: Vec<_> = (0..4).map(|_| pickles(&tables, &mut rng)).collect();
    WRONG[1].0(&tables, &mut claims[2]);
    let notes = Notes { unwanted: vec![1, 2], ..Notes::default() };
    let found = verdicts(claims.into_iter().map(Ok).collect(), &tables, &notes);
    let abandoned = || Err(VerifyError::Abandoned);
    assert_eq!(found, [Ok(()), abandoned(), abandoned(), Ok(())]);
    assert_eq!(VerifyError::Abandoned.kind(), ErrorKind::Unavailable);
    // The forged one, which nobody wants, costs nobody a search.
    assert_eq!(notes.steps.into_inner(), 3);
}

#[test]
fn a_search_that_nobody_waits_for_finds_nothing_out() {
    let tables = Generators::new();
    let mut rng = StdRng::seed_from_u64(6);
    let mut claims: Vec<_> = (0..4).map(|_| pickles(&tables, &mut rng)).collect();
    claims.iter_mut().for_each(|claims| WRONG[1].0(&tables, claims));
    // The callers leave when all first equations, the accumulators and the openings have been summed.
    let notes = Notes { unwanted: vec![0, 1, 2, 3], patience: 3, ..Notes::default() };
    let found = verdicts(claims.into_iter().map(Ok).collect(), &tables, &notes);
    assert_eq!(found, vec![Err(VerifyError::Abandoned); 4]);
    assert_eq!(notes.steps.into_inner(), 3);
}

#[test]
fn a_reference_string_that_is_not_there_is_one_tasks_trouble() {
    let tables = Generators::new();
    let mut rng = StdRng::seed_from_u64(5);
    let mut claims: Vec<_> = (0..3).map(|_| pickles(&tables, &mut rng)).collect();
    claims[1].accumulator.as_mut().unwrap().challenges.push(ScalarField::<VestaConfig>::ONE);
    let found = verdicts(claims.into_iter().map(Ok).collect(), &tables, &());
    assert!(matches!(found[1], Err(VerifyError::Kimchi(KimchiError::Tables(_)))), "{:?}", found[1]);
    assert_eq!([&found[0], &found[2]], [&Ok(()), &Ok(())]);
}
