//! Kimchi circuits' keys and proofs, for those who verify them without Pickles around them.
//!
//! A [`VerifierIndex`] is a circuit's verification key; [`PreparedIndex`] has worked out what does not depend on the proof.
//! Which [`Generation`] of gates a circuit was built with is in neither key nor proof, so whoever prepares the key says it.
//! [`Vesta`] is the curve of circuits over [`Fp`](crate::Fp), [`Pallas`] that of circuits over [`Fq`](crate::Fq); code that
//! is generic over them takes a [`TaskCurve`].
//!
//! ```
//! use quickpickle::kimchi::{Generation, PreparedIndex};
//! use quickpickle::wire::kimchi::{AnyFixture, fixture_from_msgpack};
//! use quickpickle::{Task, Verifier};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/kimchi-circuits/vesta-d8-srs16-pub5-poseidon.bin");
//! let bytes = std::fs::read(file)?; // proof, verifier index and public input
//! let AnyFixture::Vesta(fixture) = fixture_from_msgpack(&bytes)? else { return Err("on the other curve".into()) };
//! let key = PreparedIndex::new(fixture.index, Generation::DistinctPoints)?;
//! Verifier::baked().verify_task(Task::kimchi(&key, &fixture.public_input, &fixture.proof))?;
//! # Ok(())
//! # }
//! ```

#[doc(inline)]
pub use quickpickle_runtime::curve::{
    KimchiCurve, PallasConfig as Pallas, ScalarField, VestaConfig as Vesta,
};
#[doc(inline)]
pub use quickpickle_runtime::kimchi::error::KimchiError;
#[doc(inline)]
pub use quickpickle_runtime::kimchi::gates::Generation;
#[doc(inline)]
pub use quickpickle_runtime::kimchi::index::{PreparedIndex, VerifierIndex};
#[doc(inline)]
pub use quickpickle_runtime::kimchi::proof::Proof;
#[doc(inline)]
pub use quickpickle_runtime::verifier::TaskCurve;
