//! Where the verifier gets its points from.
//!
//! The verifier computes no table. Its caller hands in a [`TableSource`], which holds ready tables (embedded in
//! the binary, mapped from a file) or works out and keeps what it does not hold.

use educe::Educe;
use quickpickle_curve::{Affine, KimchiCurve};
use quickpickle_srs_data::{Content, PackedPoint, Points, Role, TableId};

/// A holder of tables.
///
/// The roles' curves are Pallas for wrap and Vesta for step. A Lagrange basis is identified by domain and SRS size: over an
/// SRS smaller than the domain its elements are chunked, and over a larger one only the first generators, as many as the
/// domain has elements, count.
pub trait TableSource: Send + Sync {
    /// The first `size` generators of a role's SRS, with the blinder.
    fn srs(&self, role: Role, size: usize) -> Result<PackedSrs<'_>, TableError>;

    /// The basis of the domain of 2^`domain_log2` over the first `srs_size` generators of a role's SRS.
    fn lagrange(
        &self,
        role: Role,
        srs_size: usize,
        domain_log2: u32,
    ) -> Result<PackedLagrange<'_>, TableError>;

    /// Whether a table over so many generators is at hand, or would have to be computed first and kept from then on. A
    /// foreign key has no table computed. A source that never computes has all it gives at hand.
    fn is_at_hand(&self, role: Role, srs_size: usize, content: Content) -> bool {
        let _ = (role, srs_size, content);
        true
    }
}

/// An SRS as a source gives it: [`Srs`] says what is in it.
#[derive(Clone, Copy, Debug)]
pub struct PackedSrs<'a> {
    /// The generators.
    pub generators: &'a [PackedPoint],
    /// The blinder H.
    pub blinder: PackedPoint,
}

/// A Lagrange basis as a source gives it: [`Lagrange`] says what is in it.
#[derive(Clone, Copy, Debug)]
pub struct PackedLagrange<'a> {
    /// The commitments: all of them, or those of the first elements. A verifier uses as many elements as there are public inputs.
    pub points: &'a [PackedPoint],
    /// Chunks an element.
    pub chunks: usize,
}

/// A structured reference string: the generators that polynomials are committed with, and the blinder.
///
/// An SRS of a smaller size is a prefix of a larger one; the blinder H is the same for all sizes.
#[derive(Debug, Educe)]
#[educe(Clone(bound()), Copy)]
pub struct Srs<'a, C: KimchiCurve> {
    /// The generators, one a coefficient.
    pub generators: Points<'a, C>,
    /// The blinder H.
    pub blinder: Affine<C>,
}

/// The commitments to the first elements of the Lagrange basis of a domain.
#[derive(Debug, Educe)]
#[educe(Clone(bound()), Copy)]
pub struct Lagrange<'a, C: KimchiCurve> {
    /// The commitments, element by element; an element of a domain larger than the SRS has several chunks.
    pub points: Points<'a, C>,
    /// Chunks an element.
    pub chunks: usize,
}

impl<'a, C: KimchiCurve> Srs<'a, C> {
    /// The SRS of `size` generators on `C`.
    ///
    /// # Errors
    /// Where the source does not have it, or gives fewer generators.
    pub fn of(source: &'a dyn TableSource, size: usize) -> Result<Self, TableError> {
        let PackedSrs { generators, blinder } = source.srs(C::ROLE, size)?;
        let prefix = generators.get(..size);
        let prefix = prefix.ok_or_else(|| short::<C>(Content::Srs, size, generators.len()))?;
        Ok(Self { generators: Points::new(prefix), blinder: blinder.unpack() })
    }
}

impl<'a, C: KimchiCurve> Lagrange<'a, C> {
    /// The first `elements` elements of the basis of the domain of 2^`domain_log2` over `srs_size` generators on `C`.
    ///
    /// # Errors
    /// Where the source does not have it, gives fewer elements, or gives others than such a basis has.
    pub fn of(
        source: &'a dyn TableSource,
        srs_size: usize,
        domain_log2: u32,
        elements: usize,
    ) -> Result<Self, TableError> {
        let PackedLagrange { points, chunks } = source.lagrange(C::ROLE, srs_size, domain_log2)?;
        let content = Content::Lagrange { domain_log2 };
        let size = 1usize.checked_shl(domain_log2).unwrap_or(usize::MAX);
        let expected = size.checked_div(srs_size).unwrap_or(0).max(1);
        if chunks != expected || points.len() > size.saturating_mul(chunks) {
            return Err(short::<C>(content, size.saturating_mul(expected), points.len()));
        }
        let prefix = elements.checked_mul(chunks).and_then(|count| points.get(..count));
        let prefix = prefix.ok_or_else(|| TableError::Short {
            table: TableId { role: C::ROLE, content }.to_string(),
            needed: elements,
            found: points.len() / chunks,
        })?;
        Ok(Self { points: Points::new(prefix), chunks })
    }
}

fn short<C: KimchiCurve>(content: Content, expected: usize, found: usize) -> TableError {
    TableError::Unavailable {
        table: TableId { role: C::ROLE, content }.to_string(),
        reason: format!("the source gave {found} points instead of {expected}"),
    }
}

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
    /// The source holds the first elements of a basis, and a proof has more public inputs than that.
    #[error("{table} is needed as far as {needed} elements, and {found} of them are at hand")]
    Short {
        /// Which basis.
        table: String,
        /// Elements that the proof needs.
        needed: usize,
        /// Elements that the source gave.
        found: usize,
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
