//! Keys and proofs of Kimchi circuits: from a constraint system to a proving and a verification key, and from a witness to a proof.
//!
//! The constraints are those of `quickpickle-runtime`: a proof evaluates them on an extended domain, the check of a witness
//! row by row. Kimchi: <https://o1-labs.github.io/proof-systems/specs/kimchi.html>.

pub mod builder;
pub mod circuit;
mod commit;
mod curve;
mod few_values;
pub mod key;
pub mod keyset;
mod limbs;
pub mod progress;
pub mod prove;
pub mod witness;

pub use curve::ProverCurve;
