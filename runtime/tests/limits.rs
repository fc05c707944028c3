//! A key or statement beyond its limits is refused, by the name of what exceeds them, before anything is computed for it.

use quickpickle_runtime::curve::{Fp, VestaConfig};
use quickpickle_runtime::error::{ErrorKind, VerifyError};
use quickpickle_runtime::kimchi::error::KimchiError;
use quickpickle_runtime::kimchi::gates::Generation;
use quickpickle_runtime::kimchi::index::{PreparedIndex, VerifierIndex};
use quickpickle_runtime::limits::Limits;
use quickpickle_runtime::pickles::error::PicklesError;
use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::tables::{PackedLagrange, PackedSrs, TableError, TableSource};
use quickpickle_runtime::verifier::{Task, verify};
use quickpickle_runtime::wire::kimchi::{AnyFixture, fixture_from_msgpack};
use quickpickle_runtime::wire::o1js;
use quickpickle_srs_data::Role;
use rand_core::OsRng;

fn read(file: &str) -> Vec<u8> {
    quickpickle_vectors::read(&quickpickle_vectors::shipped(file))
}

/// A key of a domain of 2^11 over an SRS of 2^9: four chunks; five public inputs.
fn index() -> VerifierIndex<VestaConfig> {
    match fixture_from_msgpack(&read("kimchi-circuits/vesta-d11-srs9-pub5.bin")).expect("a fixture") {
        AnyFixture::Vesta(fixture) => fixture.index,
        AnyFixture::Pallas(_) => panic!("a Vesta fixture"),
    }
}

/// What exceeds the limits, how much of it there is, and how much there may be.
fn refused(index: VerifierIndex<VestaConfig>, limits: &Limits) -> Option<(&'static str, usize, usize)> {
    match PreparedIndex::with_limits(index, Generation::DistinctPoints, limits) {
        Ok(_) => None,
        Err(KimchiError::Limit(exceeded)) => Some((exceeded.what, exceeded.found, exceeded.limit)),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_key_is_held_to_each_limit() {
    let mut index = index();
    index.previous_challenges = 2;
    let mut just_enough = Limits::default();
    just_enough.domain_log2 = 11;
    just_enough.srs_log2 = 9;
    just_enough.chunks = 4;
    just_enough.previous_openings = 2;
    just_enough.statement = 5;
    assert_eq!(refused(index.clone(), &just_enough), None);

    type Lower = fn(&mut Limits);
    let cases: [(Lower, (&str, usize, usize)); 5] = [
        (|limits| limits.domain_log2 -= 1, ("log2 of the domain", 11, 10)),
        (|limits| limits.srs_log2 -= 1, ("generators of the SRS", 512, 256)),
        (|limits| limits.chunks -= 1, ("chunks", 4, 3)),
        (|limits| limits.previous_openings -= 1, ("previous challenges", 2, 1)),
        (|limits| limits.statement -= 1, ("public inputs", 5, 4)),
    ];
    for (lower, expected) in cases {
        let mut limits = just_enough;
        lower(&mut limits);
        assert_eq!(refused(index.clone(), &limits), Some(expected));
    }
}

#[test]
fn what_is_not_supported_is_refused_whatever_the_limits() {
    let mut unbounded = Limits::default();
    (unbounded.domain_log2, unbounded.srs_log2) = (u32::MAX, u32::MAX);
    (unbounded.chunks, unbounded.previous_openings, unbounded.statement) =
        (usize::MAX, usize::MAX, usize::MAX);
    type Enlarge = fn(&mut VerifierIndex<VestaConfig>);
    let cases: [(Enlarge, &str); 5] = [
        (|index| index.domain_log2 = 21, "log2 of the domain"),
        (|index| index.max_poly_size = 1 << 21, "generators of the SRS"),
        (|index| (index.domain_log2, index.max_poly_size) = (20, 1), "chunks"),
        (|index| index.previous_challenges = 4097, "previous challenges"),
        (|index| index.public = (1 << 20) + 1, "public inputs"),
    ];
    for (enlarge, what) in cases {
        let mut index = index();
        enlarge(&mut index);
        assert_eq!(refused(index, &unbounded).map(|(what, ..)| what), Some(what));
    }
}

/// Tables that nobody may ask for.
struct Untouched;

impl TableSource for Untouched {
    fn srs(&self, _: Role, _: usize) -> Result<PackedSrs<'_>, TableError> {
        panic!("asked for a table")
    }

    fn lagrange(&self, _: Role, _: usize, _: u32) -> Result<PackedLagrange<'_>, TableError> {
        panic!("asked for a table")
    }
}

#[test]
fn a_long_statement_is_refused_before_it_is_hashed() {
    let key = read("o1js/n0-arith/vk.json");
    let key = PreparedKey::new(o1js::verification_key_from_json(key).expect("a key").0).expect("consistent");
    let proof = o1js::proof_from_json(read("o1js/n0-arith/proof.json")).expect("a proof").proof;
    let statement = vec![Fp::from(0u64); 50_001];
    let error =
        verify(Task::Pickles { key: &key, statement: &statement, proof: &proof }, &Untouched, &mut OsRng)
            .expect_err("a statement that is too long");
    assert!(matches!(&error, VerifyError::Pickles(PicklesError::Limit(_))), "{error}");
    assert_eq!(error.kind(), ErrorKind::Input);
}
