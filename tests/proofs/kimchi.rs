//! Kimchi proofs on their own, in the reference's serialisation: every gate, lookups, runtime tables, chunks, earlier
//! openings; and each of them in altered forms.
//!
//! The reference's fixtures are in `../shared/vectors/kimchi` and may not be copied; the circuits made for this project
//! are in `tests/vectors/kimchi-circuits` too.

use crate::common::report;
use ark_ec::AffineRepr;
use ark_ff::Field;
use quickpickle::internals::kimchi::evaluations::Chunked;
use quickpickle::internals::kimchi::proof::Commitment;
use quickpickle::kimchi::{Generation, KimchiCurve, PreparedIndex, ScalarField, TaskCurve};
use quickpickle::wire::kimchi::{AnyFixture, Fixture, fixture_from_msgpack};
use quickpickle::{Fp, Hint, Task, Verifier, VerifyError};
use quickpickle_vectors::{entries, fullest, has_whole_set, name, needs_whole_set, read, whole};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

needs_whole_set!(the_generation_of_gates_counts);

/// The gates that the fixtures' circuits were built with: release 0.7 of the reference.
const GENERATION: Generation = Generation::DistinctPoints;

fn verify<C: TaskCurve>(fixture: &Fixture<C>, generation: Generation) -> Result<(), VerifyError> {
    let key = PreparedIndex::new(fixture.index.clone(), generation)?;
    Verifier::baked().verify_task(Task::kimchi(&key, &fixture.public_input, &fixture.proof))
}

fn cases() -> Vec<PathBuf> {
    let folders = [Some(fullest("kimchi-circuits")), has_whole_set().then(|| whole("kimchi"))];
    let files = folders.into_iter().flatten().flat_map(|folder| entries(&folder));
    files.filter(|path| name(path).ends_with(".bin")).collect()
}

fn load(path: &Path) -> AnyFixture {
    fixture_from_msgpack(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_fixture_verifies() {
    let rows: Vec<_> = cases()
        .par_iter()
        .map(|path| {
            let result = match load(path) {
                AnyFixture::Pallas(fixture) => verify(&fixture, GENERATION),
                AnyFixture::Vesta(fixture) => verify(&fixture, GENERATION),
            };
            (result.is_ok(), format!("{}: {result:?}", name(path)))
        })
        .collect();
    report(&rows);
}

fn the_generation_of_gates_counts() {
    // The one gate that differs between the generations is endomorphism multiplication.
    let AnyFixture::Vesta(fixture) = load(&whole("kimchi/endomul_test.bin")) else {
        panic!("a Vesta fixture")
    };
    assert_eq!(verify(&fixture, Generation::DistinctPoints), Ok(()));
    assert_eq!(verify(&fixture, Generation::Berkeley), Err(VerifyError::Opening));

    let key = PreparedIndex::new(fixture.index.clone(), Generation::Berkeley).expect("a consistent key");
    let hint = Verifier::baked().explain(Task::kimchi(&key, &fixture.public_input, &fixture.proof));
    assert_eq!(hint, Some(Hint::OtherGates(Generation::DistinctPoints)));
    // What is wrong with either verifies with neither.
    let mut altered = fixture.clone();
    altered.proof.opening.z1 += Fp::ONE;
    assert_eq!(Verifier::baked().explain(Task::kimchi(&key, &altered.public_input, &altered.proof)), None);
}

/// Negates the last chunk, unless it is infinity, as the unhidden commitment to a column of zeros is.
fn negate<C: KimchiCurve>(commitment: &mut Commitment<C>) -> bool {
    let last = commitment.0.last_mut().expect("a chunk");
    *last = -*last;
    !last.is_zero()
}

fn add_one<F: Field>(evaluation: &mut Chunked<F>) -> bool {
    *evaluation.zeta.last_mut().expect("a chunk") += F::ONE;
    true
}

/// An alteration; `false` where the proof has nothing to alter that way.
type Alteration<C> = (&'static str, fn(&mut Fixture<C>) -> bool);

fn alterations<C: KimchiCurve>() -> Vec<Alteration<C>> {
    vec![
        ("witness commitment", |f| negate(&mut f.proof.commitments.w[0])),
        ("last witness commitment", |f| negate(&mut f.proof.commitments.w[14])),
        ("permutation commitment", |f| negate(&mut f.proof.commitments.z)),
        ("quotient commitment", |f| negate(&mut f.proof.commitments.t)),
        ("witness evaluation", |f| add_one(&mut f.proof.evaluations.w[7])),
        ("permutation evaluation", |f| add_one(&mut f.proof.evaluations.z)),
        ("sigma evaluation", |f| add_one(&mut f.proof.evaluations.s[5])),
        ("coefficient evaluation", |f| add_one(&mut f.proof.evaluations.coefficients[14])),
        ("generic selector", |f| add_one(&mut f.proof.evaluations.selectors[0])),
        ("endomul scalar selector", |f| add_one(&mut f.proof.evaluations.selectors[5])),
        ("public evaluation", |f| f.proof.evaluations.public.as_mut().is_some_and(add_one)),
        ("ft evaluation", |f| {
            f.proof.ft_eval1 += ScalarField::<C>::ONE;
            true
        }),
        ("z1", |f| {
            f.proof.opening.z1 += ScalarField::<C>::ONE;
            true
        }),
        ("z2", |f| {
            f.proof.opening.z2 += ScalarField::<C>::ONE;
            true
        }),
        ("delta", |f| {
            f.proof.opening.delta = -f.proof.opening.delta;
            true
        }),
        ("sg", |f| {
            f.proof.opening.sg = -f.proof.opening.sg;
            true
        }),
        ("L and R swapped", |f| {
            let (l, r) = f.proof.opening.lr[0];
            f.proof.opening.lr[0] = (r, l);
            true
        }),
        ("a round dropped", |f| f.proof.opening.lr.pop().is_some()),
        ("a round added", |f| {
            let last = *f.proof.opening.lr.last().expect("a round");
            f.proof.opening.lr.push(last);
            true
        }),
        ("public input", |f| {
            let Some(first) = f.public_input.first_mut() else { return false };
            *first += ScalarField::<C>::ONE;
            true
        }),
        ("a public input dropped", |f| f.public_input.pop().is_some()),
        ("a quotient chunk added", |f| {
            let last = *f.proof.commitments.t.0.last().expect("a chunk");
            f.proof.commitments.t.0.push(last);
            true
        }),
        ("an evaluation chunk added", |f| {
            f.proof.evaluations.w[0].zeta.push(ScalarField::<C>::ONE);
            true
        }),
        ("previous challenge", |f| {
            let Some(previous) = f.proof.previous_challenges.first_mut() else { return false };
            previous.challenges[0] += ScalarField::<C>::ONE;
            true
        }),
        ("previous commitment", |f| {
            f.proof.previous_challenges.first_mut().is_some_and(|previous| negate(&mut previous.commitment))
        }),
        ("previous challenge dropped", |f| f.proof.previous_challenges.pop().is_some()),
        ("optional selector", |f| {
            f.proof.evaluations.optional_selectors.iter_mut().flatten().next().is_some_and(add_one)
        }),
        ("optional selector dropped", |f| {
            f.proof.evaluations.optional_selectors.iter_mut().any(|s| s.take().is_some())
        }),
        ("optional selector that the key lacks", |f| {
            let value = f.proof.evaluations.z.clone();
            let absent = f.proof.evaluations.optional_selectors.iter_mut().find(|s| s.is_none());
            absent.is_some_and(|selector| selector.replace(value).is_none())
        }),
        ("lookup aggregation", |f| f.proof.evaluations.lookup.aggregation.as_mut().is_some_and(add_one)),
        ("lookup table", |f| f.proof.evaluations.lookup.table.as_mut().is_some_and(add_one)),
        ("lookup sorted", |f| f.proof.evaluations.lookup.sorted[1].as_mut().is_some_and(add_one)),
        ("lookup pattern's selector", |f| {
            f.proof.evaluations.lookup.pattern_selectors.iter_mut().flatten().next().is_some_and(add_one)
        }),
        ("runtime table", |f| f.proof.evaluations.lookup.runtime_table.as_mut().is_some_and(add_one)),
        ("runtime selector", |f| f.proof.evaluations.lookup.runtime_selector.as_mut().is_some_and(add_one)),
        ("sorted commitment", |f| {
            f.proof.commitments.lookup.as_mut().is_some_and(|lookup| negate(&mut lookup.sorted[0]))
        }),
        ("aggregation commitment", |f| {
            f.proof.commitments.lookup.as_mut().is_some_and(|lookup| negate(&mut lookup.aggregation))
        }),
        ("runtime table commitment", |f| {
            let runtime =
                f.proof.commitments.lookup.as_mut().and_then(|lookup| lookup.runtime_table.as_mut());
            runtime.is_some_and(negate)
        }),
        ("lookup commitments dropped", |f| f.proof.commitments.lookup.take().is_some()),
        ("key's coefficient commitment", |f| negate(&mut f.index.coefficients[3])),
        ("key's last sigma commitment", |f| negate(&mut f.index.sigma[6])),
        ("key's shift", |f| {
            f.index.shifts[6] += ScalarField::<C>::ONE;
            true
        }),
        ("key's zero-knowledge rows", |f| {
            f.index.zk_rows += 1;
            true
        }),
    ]
}

fn alter<C: TaskCurve>(fixture: &Fixture<C>, case: &str, turn: usize) -> Vec<(bool, String)> {
    let all = alterations::<C>();
    // Each fixture takes a share of the alterations, and all that only a few fixtures have something to alter for.
    let chosen = all.iter().enumerate().filter(|(i, (what, _))| {
        let rare = ["previous", "lookup", "runtime", "sorted", "aggregation", "optional"];
        (i + turn).is_multiple_of(9) || rare.iter().any(|r| what.contains(r))
    });
    chosen
        .filter_map(|(_, (what, alter))| {
            let mut altered = fixture.clone();
            alter(&mut altered).then(|| {
                let result = verify(&altered, GENERATION);
                (result.is_err(), format!("{case}, {what}: {result:?}"))
            })
        })
        .collect()
}

#[test]
fn altered_fixtures_are_refused() {
    // The largest take long to compute bases for, and alter nothing that the others do not.
    let large = |path: &PathBuf| ["-d15-", "-d16-"].iter().any(|size| name(path).contains(size));
    let cases: Vec<_> = cases().into_iter().filter(|path| !large(path)).collect();
    let rows: Vec<_> = cases
        .par_iter()
        .enumerate()
        .flat_map_iter(|(turn, path)| match load(path) {
            AnyFixture::Pallas(fixture) => alter(&fixture, &name(path), turn),
            AnyFixture::Vesta(fixture) => alter(&fixture, &name(path), turn),
        })
        .collect();
    report(&rows);
}
