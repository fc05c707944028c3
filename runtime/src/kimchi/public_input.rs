//! The public input as a polynomial: its commitment, which the verifier computes itself, and its evaluations.

use ark_ec::CurveGroup;
use ark_poly::EvaluationDomain;
use quickpickle_curve::{invert_batch, msm};
use quickpickle_srs_data::{Content, Points, TableId};

use super::error::KimchiError;
use super::evaluations::{Chunked, PointEvaluations};
use super::index::PreparedIndex;
use super::proof::Commitment;
use crate::curve::{KimchiCurve, Projective, ScalarField};
use crate::lockstep::Lanes;
use crate::tables::{Lagrange, Srs, TableError, TableSource};

/// The commitment to the negated public input polynomial, hidden by one blinder a chunk.
///
/// With the domain's Lagrange basis it takes as many points as there are public inputs. For a foreign key whose basis is
/// not at hand it is a sum over the SRS of the polynomial's coefficients: dearer a proof, but nothing is kept for a key that
/// nobody may ever use again.
pub(super) async fn commit<C: KimchiCurve>(
    key: &PreparedIndex<C>,
    public_input: &[ScalarField<C>],
    tables: &dyn TableSource,
    lanes: &Lanes,
) -> Result<Commitment<C>, KimchiError> {
    let (index, size) = (key.index(), key.index().max_poly_size);
    let is_at_hand = |content| !key.is_foreign() || tables.is_at_hand(C::ROLE, size, content);
    if !is_at_hand(Content::Srs) {
        return Err(KimchiError::Tables(TableError::Unavailable {
            table: format!("the {} of {size} generators", TableId { role: C::ROLE, content: Content::Srs }),
            reason: "it is not computed for a key that came along with a proof".to_owned(),
        }));
    }
    let srs = Srs::<C>::of(tables, size)?;
    let chunks = index.chunks();
    if public_input.is_empty() {
        return Ok(Commitment(vec![srs.blinder; chunks]));
    }
    let negated: Vec<_> = public_input.iter().map(|x| -*x).collect();
    let commitments = if is_at_hand(Content::Lagrange { domain_log2: index.domain_log2 }) {
        by_basis(&Lagrange::<C>::of(tables, size, index.domain_log2, negated.len())?, &negated, lanes).await
    } else {
        by_coefficients(key, srs.generators, &negated)
    };
    let hidden: Vec<_> = commitments.into_iter().map(|commitment| commitment + srs.blinder).collect();
    Ok(Commitment(Projective::<C>::normalize_batch(&hidden)))
}

/// The commitment to each chunk of the polynomial with these values at the first elements of the domain, and zero at the
/// others, by as many elements of the domain's basis.
async fn by_basis<C: KimchiCurve>(
    basis: &Lagrange<'_, C>,
    values: &[ScalarField<C>],
    lanes: &Lanes,
) -> Vec<Projective<C>> {
    let mut chunks = Vec::with_capacity(basis.chunks);
    for chunk in 0..basis.chunks {
        let points = basis.points.packed().iter().skip(chunk).step_by(basis.chunks).copied().collect();
        chunks.push(lanes.sum::<C>(points, values).await);
    }
    chunks
}

/// The same, by the polynomial's coefficients.
fn by_coefficients<C: KimchiCurve>(
    key: &PreparedIndex<C>,
    generators: Points<'_, C>,
    values: &[ScalarField<C>],
) -> Vec<Projective<C>> {
    let coefficients = key.circuit().linearization.domain.ifft(values);
    let chunk = |coefficients: &[ScalarField<C>]| {
        // An SRS may be larger than the domain; a chunk is never larger than the SRS.
        let generators = generators.prefix(coefficients.len()).unwrap_or(generators);
        msm::<C>(&[(generators, coefficients)])
    };
    coefficients.chunks(generators.len().max(1)).map(chunk).collect()
}

/// The negated public input polynomial at ζ and ζω: -Σᵢ pᵢ ωⁱ (xⁿ - 1) / (n (x - ωⁱ)).
pub(super) fn evaluate<C: KimchiCurve>(
    key: &PreparedIndex<C>,
    public_input: &[ScalarField<C>],
    zeta: ScalarField<C>,
) -> Result<Chunked<ScalarField<C>>, KimchiError> {
    let domain = &key.circuit().linearization.domain;
    let rows: Vec<_> = domain.elements().take(public_input.len()).collect();
    // (ζω)ⁿ = ζⁿ.
    let scale = domain.evaluate_vanishing_polynomial(zeta) * domain.size_inv;
    let points = [zeta, zeta * domain.group_gen];
    let mut inverses: Vec<_> = points.iter().flat_map(|x| rows.iter().map(|row| *x - row)).collect();
    if !invert_batch(&mut inverses) {
        return Err(KimchiError::DegenerateChallenge);
    }
    let (of_zeta, of_zeta_omega) = inverses.split_at(rows.len());
    let evaluate = |inverses: &[ScalarField<C>]| {
        let terms =
            public_input.iter().zip(&rows).zip(inverses).map(|((p, row), inverse)| *p * row * inverse);
        vec![-terms.sum::<ScalarField<C>>() * scale]
    };
    Ok(PointEvaluations { zeta: evaluate(of_zeta), zeta_omega: evaluate(of_zeta_omega) })
}
