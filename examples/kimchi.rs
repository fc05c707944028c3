//! Verifies a Kimchi proof of a circuit of one's own, on either curve: `cargo run --release --example kimchi -- FILE`.
//!
//! The file holds proof, verifier index and public input, as the reference's tests and `quickpickle prove` write them.
//! Without an argument it is one from the tests.

use std::error::Error;

use quickpickle::kimchi::{Generation, PreparedIndex, TaskCurve};
use quickpickle::wire::kimchi::{AnyFixture, Fixture, fixture_from_msgpack};
use quickpickle::{Task, Verifier};

const FILE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/kimchi-circuits/pallas-d8-srs15-pub5-poseidon.bin");

/// Code for both curves is generic over them.
fn verify<C: TaskCurve>(fixture: Fixture<C>) -> Result<(), quickpickle::VerifyError> {
    // The gates of proof-systems since its release 0.5; those of Mina and o1js are `Generation::Berkeley`.
    let key = PreparedIndex::new(fixture.index, Generation::DistinctPoints)?;
    Verifier::baked().verify_task(Task::kimchi(&key, &fixture.public_input, &fixture.proof))
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).unwrap_or_else(|| FILE.to_owned());
    let verdict = match fixture_from_msgpack(&std::fs::read(file)?)? {
        AnyFixture::Vesta(fixture) => verify(fixture),
        AnyFixture::Pallas(fixture) => verify(fixture),
    };
    match verdict {
        Ok(()) => println!("valid"),
        Err(error) => println!("{}: {error}", error.kind()),
    }
    Ok(())
}
