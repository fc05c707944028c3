//! The decoders of `quickpickle_runtime::wire` on proofs and keys made by the reference implementations.

mod binprot;
mod bounds;
mod detect;
mod kimchi;
mod mutation;
mod network;
mod o1js;
