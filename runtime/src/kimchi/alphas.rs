//! The powers of α, and which constraint is weighted with which.
//!
//! All gates share the first powers, for a row has one gate only; the permutation argument's follow, then the lookup
//! argument's (`constraints_expr` in proof-systems' `linearization.rs`).

use ark_ff::PrimeField;

use super::gates::MAX_CONSTRAINTS;
use super::{lookup, permutation};

/// α⁰ up to the last power that any circuit needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alphas<F> {
    /// For the constraints of a gate: α⁰ to α²⁰.
    pub gates: [F; MAX_CONSTRAINTS],
    /// For those of the permutation argument: α²¹ to α²³.
    pub permutation: [F; permutation::CONSTRAINTS],
    /// For those of the lookup argument: α²⁴ to α³¹.
    pub lookup: [F; lookup::MAX_CONSTRAINTS],
}

impl<F: PrimeField> Alphas<F> {
    /// The powers of `alpha`.
    pub fn new(alpha: F) -> Self {
        let mut power = F::one();
        let mut next = || {
            let this = power;
            power *= alpha;
            this
        };
        Self {
            gates: std::array::from_fn(|_| next()),
            permutation: std::array::from_fn(|_| next()),
            lookup: std::array::from_fn(|_| next()),
        }
    }
}
