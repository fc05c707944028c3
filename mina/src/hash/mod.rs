//! Hashing as the protocol has it: Poseidon over Fp, with a prefix for each kind of thing, over packed inputs.

mod input;
mod legacy;
mod prefix;

pub use input::{Input, ToInput};
pub use legacy::LegacyInput;
pub use prefix::Prefix;
