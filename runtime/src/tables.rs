//! Where the verifier gets its points from.
//!
//! The verifier computes no table. Its caller hands in a [`TableSource`], which holds ready tables (embedded in
//! the binary, mapped from a file) or works out and keeps what it does not hold.

use crate::curve::{Affine, KimchiCurve, PallasConfig, VestaConfig};
use quickpickle_srs_data::Points;

/// A structured reference string: the generators that polynomials are committed with, and the blinder.
///
/// An SRS of a smaller size is a prefix of a larger one; the blinder H is the same for all sizes.
#[derive(Debug)]
pub struct Srs<'a, C: KimchiCurve> {
    /// The generators, one a coefficient.
    pub generators: Points<'a, C>,
    /// The blinder H.
    pub blinder: Affine<C>,
}

/// The commitments to the Lagrange basis of a domain.
#[derive(Debug)]
pub struct Lagrange<'a, C: KimchiCurve> {
    /// The commitments, element by element; an element of a domain larger than the SRS has several chunks.
    pub points: Points<'a, C>,
    /// Chunks an element.
    pub chunks: usize,
}

impl<C: KimchiCurve> Clone for Srs<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: KimchiCurve> Copy for Srs<'_, C> {}

impl<C: KimchiCurve> Clone for Lagrange<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: KimchiCurve> Copy for Lagrange<'_, C> {}

/// Why a table is not available.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The table is larger than the source is willing to work out.
    #[error("a {table} of 2^{log2} is beyond the limit of 2^{limit}")]
    TooLarge {
        /// What was asked for.
        table: &'static str,
        /// log2 of its size.
        log2: u32,
        /// log2 of the largest size that is served.
        limit: u32,
    },
    /// The source does not hold the table and does not compute.
    #[error("{table} is not available: {reason}")]
    Unavailable {
        /// What was asked for.
        table: String,
        /// Why not.
        reason: String,
    },
}

/// A holder of tables. Wrap is the Pallas side, step the Vesta side.
///
/// A Lagrange basis is identified by domain and SRS size: over an SRS smaller than the domain its elements are chunked,
/// and over a larger one only the first generators, as many as the domain has elements, count.
pub trait TableSource: Send + Sync {
    /// The first `size` generators of the wrap SRS.
    fn wrap_srs(&self, size: usize) -> Result<Srs<'_, PallasConfig>, TableError>;
    /// The first `size` generators of the step SRS.
    fn step_srs(&self, size: usize) -> Result<Srs<'_, VestaConfig>, TableError>;
    /// The basis of the domain of 2^`domain_log2` over the first `srs_size` generators of the wrap SRS.
    fn wrap_lagrange(
        &self,
        srs_size: usize,
        domain_log2: u32,
    ) -> Result<Lagrange<'_, PallasConfig>, TableError>;
    /// The basis of the domain of 2^`domain_log2` over the first `srs_size` generators of the step SRS.
    fn step_lagrange(
        &self,
        srs_size: usize,
        domain_log2: u32,
    ) -> Result<Lagrange<'_, VestaConfig>, TableError>;
}
