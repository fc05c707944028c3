//! The decoders of `quickpickle_runtime::wire` on proofs and keys made by the reference implementations.

mod o1js;
mod vectors;
