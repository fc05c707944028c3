//! The transcript and the equations: whole verifications over an SRS that is small enough to compute here.
//!
//! What leaves something out of the transcript refuses every honest proof; what leaves an equation out accepts an altered one.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use ark_ff::Field;
use quickpickle_curve::tables::make;
use quickpickle_runtime::curve::{Fp, VestaConfig};
use quickpickle_runtime::error::{ErrorKind, VerifyError};
use quickpickle_runtime::kimchi::evaluations::Chunked;
use quickpickle_runtime::kimchi::gates::Generation;
use quickpickle_runtime::kimchi::index::PreparedIndex;
use quickpickle_runtime::kimchi::proof::Commitment;
use quickpickle_runtime::tables::{PackedLagrange, PackedSrs, TableError, TableSource};
use quickpickle_runtime::verifier::{Task, verify, verify_batch};
use quickpickle_runtime::wire::kimchi::{AnyFixture, Fixture, fixture_from_msgpack};
use quickpickle_srs_data::{Content, PackedPoint, Role, TableId};
use rand_core::OsRng;

use crate::none::read;

/// log2 of the SRS that the cases were made with.
const SRS_LOG2: u32 = 9;

/// The tables of a small SRS, computed at first use.
struct Small;

static KEPT: LazyLock<Mutex<HashMap<TableId, &'static [PackedPoint]>>> = LazyLock::new(Mutex::default);

fn table(role: Role, content: Content, srs: Option<&[PackedPoint]>) -> &'static [PackedPoint] {
    let id = TableId { role, content };
    if let Some(points) = KEPT.lock().expect("no panic while it was held").get(&id) {
        return points;
    }
    // Not under the lock: while a thread waits for others' part of the work it may take up a task that asks for the table.
    let points = make(id, SRS_LOG2, srs).expect("a small table");
    KEPT.lock().expect("no panic while it was held").entry(id).or_insert_with(|| points.leak())
}

impl TableSource for Small {
    fn srs(&self, role: Role, size: usize) -> Result<PackedSrs<'_>, TableError> {
        assert_eq!(size, 1 << SRS_LOG2);
        let (blinder, generators) = table(role, Content::Srs, None).split_last().expect("points");
        Ok(PackedSrs { generators, blinder: *blinder })
    }

    fn lagrange(&self, role: Role, size: usize, domain_log2: u32) -> Result<PackedLagrange<'_>, TableError> {
        let srs = self.srs(role, size)?.generators;
        let points = table(role, Content::Lagrange { domain_log2 }, Some(srs));
        Ok(PackedLagrange { points, chunks: points.len() >> domain_log2 })
    }
}

/// The same, with an SRS that is cut short.
struct Short;

impl TableSource for Short {
    fn srs(&self, role: Role, size: usize) -> Result<PackedSrs<'_>, TableError> {
        let PackedSrs { generators, blinder } = Small.srs(role, size)?;
        Ok(PackedSrs { generators: &generators[..size / 2], blinder })
    }

    fn lagrange(&self, role: Role, size: usize, domain_log2: u32) -> Result<PackedLagrange<'_>, TableError> {
        Small.lagrange(role, size, domain_log2)
    }
}

type Case = Fixture<VestaConfig>;

/// Two and four chunks.
const CASES: [&str; 2] = ["vesta-d10-srs9-pub5-poseidon", "vesta-d11-srs9-pub5"];

fn case(name: &str) -> Case {
    match fixture_from_msgpack(&read(&format!("kimchi-circuits/{name}.bin"))).expect("a fixture") {
        AnyFixture::Vesta(case) => case,
        AnyFixture::Pallas(_) => panic!("a Vesta fixture"),
    }
}

fn key(case: &Case) -> PreparedIndex<VestaConfig> {
    PreparedIndex::new(case.index.clone(), Generation::DistinctPoints).expect("a consistent key")
}

fn verdict(case: &Case) -> Result<(), VerifyError> {
    verify(Task::kimchi(&key(case), &case.public_input, &case.proof), &Small, &mut OsRng)
}

fn negate(commitment: &mut Commitment<VestaConfig>) {
    let first = commitment.0.first_mut().expect("a chunk");
    *first = -*first;
}

fn add_one(evaluation: &mut Chunked<Fp>) {
    *evaluation.zeta_omega.last_mut().expect("a chunk") += Fp::ONE;
}

type Alter = fn(&mut Case);

/// What may be altered in a proof, its key or its public input, each with its name.
const ALTERATIONS: [(&str, Alter); 24] = [
    ("public input", |c| c.public_input[4] += Fp::ONE),
    ("key: sigma", |c| negate(&mut c.index.sigma[6])),
    ("key: coefficients", |c| negate(&mut c.index.coefficients[0])),
    ("key: selectors", |c| negate(&mut c.index.selectors[0])),
    ("first witness column", |c| negate(&mut c.proof.commitments.w[0])),
    ("last witness column", |c| negate(&mut c.proof.commitments.w[14])),
    ("permutation", |c| negate(&mut c.proof.commitments.z)),
    ("quotient", |c| negate(&mut c.proof.commitments.t)),
    ("public evaluation", |c| add_one(c.proof.evaluations.public.as_mut().expect("it is there"))),
    ("witness evaluation", |c| add_one(&mut c.proof.evaluations.w[7])),
    ("permutation evaluation", |c| add_one(&mut c.proof.evaluations.z)),
    ("sigma evaluation", |c| add_one(&mut c.proof.evaluations.s[5])),
    ("coefficient evaluation", |c| add_one(&mut c.proof.evaluations.coefficients[14])),
    ("selector evaluation", |c| add_one(&mut c.proof.evaluations.selectors[5])),
    ("ft evaluation", |c| c.proof.ft_eval1 += Fp::ONE),
    ("first L", |c| c.proof.opening.lr[0].0 = -c.proof.opening.lr[0].0),
    ("last R", |c| c.proof.opening.lr[8].1 = -c.proof.opening.lr[8].1),
    ("L for R", |c| {
        let (l, r) = c.proof.opening.lr[3];
        c.proof.opening.lr[3] = (r, l);
    }),
    ("delta", |c| c.proof.opening.delta = -c.proof.opening.delta),
    ("z1", |c| c.proof.opening.z1 += Fp::ONE),
    ("z2", |c| c.proof.opening.z2 += Fp::ONE),
    ("sg", |c| c.proof.opening.sg = -c.proof.opening.sg),
    ("witness columns exchanged", |c| c.proof.commitments.w.swap(0, 1)),
    ("witness evaluations exchanged", |c| c.proof.evaluations.w.swap(0, 1)),
];

#[test]
fn honest_proofs_are_valid() {
    for name in CASES {
        assert_eq!(verdict(&case(name)), Ok(()), "{name}");
    }
}

#[test]
fn whatever_is_altered_the_proof_is_rejected() {
    for name in CASES {
        for (what, alter) in ALTERATIONS {
            let mut case = case(name);
            alter(&mut case);
            assert_eq!(verdict(&case), Err(VerifyError::Opening), "{name}: {what}");
        }
    }
}

/// All alterations in one batch with honest proofs between them.
#[test]
fn a_batch_finds_each_of_them() {
    let cases: Vec<(Case, bool)> = (ALTERATIONS.iter())
        .flat_map(|(_, alter)| {
            let honest = case(CASES[0]);
            let mut altered = honest.clone();
            alter(&mut altered);
            [(honest, true), (altered, false)]
        })
        .collect();
    let keys: Vec<_> = cases.iter().map(|(case, _)| key(case)).collect();
    let tasks: Vec<_> = (cases.iter().zip(&keys))
        .map(|((case, _), key)| Task::kimchi(key, &case.public_input, &case.proof))
        .collect();
    // The tables are computed here: a thread of the pool that computed one could be given another proof that waits for it.
    assert_eq!(verdict(&case(CASES[0])), Ok(()));
    let verdicts = verify_batch(&tasks, &Small, &mut OsRng);
    for ((verdict, (_, honest)), place) in verdicts.iter().zip(&cases).zip(0..) {
        assert_eq!(verdict.is_ok(), *honest, "{place}: {verdict:?}");
    }
}

#[test]
fn an_srs_that_is_too_short_is_an_error() {
    let case = case(CASES[0]);
    let key = key(&case);
    let task = Task::kimchi(&key, &case.public_input, &case.proof);
    let error = verify(task, &Short, &mut OsRng).expect_err("half an SRS");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}
