//! Kimchi keys that nobody vouches for: their proofs verify as with any other key, and no table is computed for them.

use quickpickle::kimchi::{Generation, KimchiError, PreparedIndex, TaskCurve};
use quickpickle::tables::{self, Content, PackedLagrange, PackedSrs, Role, TableError};
use quickpickle::wire::kimchi::{AnyFixture, Fixture, fixture_from_msgpack};
use quickpickle::{ErrorKind, TableSource, Task, Verifier, VerifyError};
use quickpickle_vectors::{entries, fullest, name, read, shipped};

/// The tables of this process, less the bases: none is at hand, and nobody may ask for one.
struct NoBases;

impl TableSource for NoBases {
    fn srs(&self, role: Role, size: usize) -> Result<PackedSrs<'_>, TableError> {
        tables::baked().srs(role, size)
    }

    fn lagrange(&self, _: Role, _: usize, domain_log2: u32) -> Result<PackedLagrange<'_>, TableError> {
        panic!("asked for the basis of 2^{domain_log2}")
    }

    fn is_at_hand(&self, _: Role, _: usize, content: Content) -> bool {
        content == Content::Srs
    }
}

/// The tables of this process, with bases of which only so many elements are there.
struct Short(usize);

impl TableSource for Short {
    fn srs(&self, role: Role, size: usize) -> Result<PackedSrs<'_>, TableError> {
        tables::baked().srs(role, size)
    }

    fn lagrange(&self, role: Role, size: usize, log2: u32) -> Result<PackedLagrange<'_>, TableError> {
        let PackedLagrange { points, chunks } = tables::baked().lagrange(role, size, log2)?;
        Ok(PackedLagrange { points: &points[..self.0 * chunks], chunks })
    }
}

/// The tables of this process, with one basis for all domains.
struct Given(PackedLagrange<'static>);

impl TableSource for Given {
    fn srs(&self, role: Role, size: usize) -> Result<PackedSrs<'_>, TableError> {
        tables::baked().srs(role, size)
    }

    fn lagrange(&self, _: Role, _: usize, _: u32) -> Result<PackedLagrange<'_>, TableError> {
        Ok(PackedLagrange { points: self.0.points, chunks: self.0.chunks })
    }
}

/// Verifies a fixture over some tables, with its key as a foreign one or one that somebody vouches for.
fn verify(fixture: &AnyFixture, tables: &'static dyn TableSource, foreign: bool) -> Result<(), VerifyError> {
    fn on<C: TaskCurve>(fixture: &Fixture<C>, verifier: Verifier, foreign: bool) -> Result<(), VerifyError> {
        let key = PreparedIndex::new(fixture.index.clone(), Generation::DistinctPoints)?;
        let key = if foreign { key.foreign() } else { key };
        verifier.verify_task(Task::kimchi(&key, &fixture.public_input, &fixture.proof))
    }
    let verifier = Verifier::with_tables(tables);
    match fixture {
        AnyFixture::Pallas(fixture) => on(fixture, verifier, foreign),
        AnyFixture::Vesta(fixture) => on(fixture, verifier, foreign),
    }
}

fn load(file: &str) -> AnyFixture {
    fixture_from_msgpack(&read(&shipped("kimchi-circuits").join(file))).expect("a fixture")
}

/// Chunked circuits and small ones, over both curves: the commitment is in the transcript, so that another one would fail.
#[test]
fn every_circuit_verifies_without_a_basis() {
    let folder = fullest("kimchi-circuits");
    let files: Vec<_> = entries(&folder).into_iter().filter(|path| name(path).ends_with(".bin")).collect();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        let fixture = fixture_from_msgpack(&read(&file)).expect("a fixture");
        assert_eq!(verify(&fixture, &NoBases, true), Ok(()), "{}", name(&file));
    }
}

#[test]
fn another_public_input_is_refused_without_a_basis() {
    for file in ["pallas-d8-srs15-pub5-poseidon.bin", "vesta-d11-srs9-pub5.bin"] {
        let mut fixture = load(file);
        match &mut fixture {
            AnyFixture::Pallas(fixture) => fixture.public_input.swap(0, 1),
            AnyFixture::Vesta(fixture) => fixture.public_input.swap(0, 1),
        }
        assert_eq!(verify(&fixture, &NoBases, true), Err(VerifyError::Opening), "{file}");
    }
}

#[test]
fn no_basis_is_computed_for_a_foreign_key() {
    // A chunked basis, which no feature bakes.
    let fixture = load("vesta-d10-srs9-pub5-poseidon.bin");
    let basis = Content::Lagrange { domain_log2: 10 };
    let is_kept = || tables::baked().is_at_hand(Role::Step, 1 << 9, basis);
    assert_eq!(verify(&fixture, tables::baked(), true), Ok(()));
    assert!(!is_kept());
    // For a key that somebody vouches for it is, and then serves foreign ones as well.
    assert_eq!(verify(&fixture, tables::baked(), false), Ok(()));
    assert!(is_kept());
    assert_eq!(verify(&fixture, tables::baked(), true), Ok(()));
}

#[test]
fn an_srs_is_not_computed_for_a_foreign_key() {
    // No SRS of Pallas has 2^16 points in any build.
    let fixture = load("pallas-d8-srs15-pub5-poseidon.bin");
    let AnyFixture::Pallas(mut fixture) = fixture else { panic!("a Pallas fixture") };
    fixture.index.max_poly_size = 1 << 16;
    let last = *fixture.proof.opening.lr.last().expect("a round");
    fixture.proof.opening.lr.push(last);
    let error = verify(&AnyFixture::Pallas(fixture), tables::baked(), true).expect_err("no such SRS");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(!tables::baked().is_at_hand(Role::Wrap, 1 << 16, Content::Srs));
}

#[test]
fn a_basis_serves_as_many_public_inputs_as_it_has_elements() {
    // The elements of the second one have four chunks each.
    for file in ["vesta-d8-srs16-pub5-poseidon.bin", "vesta-d11-srs9-pub5.bin"] {
        let fixture = load(file);
        assert_eq!(verify(&fixture, &Short(5), false), Ok(()), "{file}");
        let error = verify(&fixture, &Short(4), false).expect_err("four elements for five inputs");
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        let VerifyError::Kimchi(KimchiError::Tables(TableError::Short { needed: 5, found: 4, .. })) = error
        else {
            panic!("{file}: {error}")
        };
    }
}

#[test]
fn a_basis_of_another_shape_is_not_used() {
    let fixture = load("vesta-d8-srs16-pub5-poseidon.bin");
    let PackedLagrange { points, chunks } =
        tables::baked().lagrange(Role::Step, 1 << 16, 8).expect("the domain's basis");
    let verify = |points, chunks| {
        verify(&fixture, Box::leak(Box::new(Given(PackedLagrange { points, chunks }))), false)
    };
    assert_eq!((chunks, verify(points, chunks)), (1, Ok(())));
    let longer = [points, &points[..1]].concat().leak();
    for (points, chunks) in [(points, 0), (points, 2), (&*longer, 1)] {
        let error = verify(points, chunks).expect_err("no basis of this domain");
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{} points, {chunks} chunks: {error}", points.len());
    }
}
