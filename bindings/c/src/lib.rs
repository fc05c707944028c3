//! The C library: the functions of `quickpickle-door`, whose names a shared library exports. `include/quickpickle.h` declares them.

pub use quickpickle_door::abi::*;
