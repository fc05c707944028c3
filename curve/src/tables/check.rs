//! Proof that a table is what its name says, from the definition of its content: without trust in any digest, and
//! without the routines that make tables. Sums are those of `ark-ec`.

use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, PrimeField};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use quickpickle_srs_data::{Content, PackedPoint, Role, TableId};
use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;

use super::definition::{blinder, generators};
use crate::pasta::{Affine, KimchiCurve, PallasConfig, Projective, VestaConfig};

/// What is wrong with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The table has more or fewer points than its content asks for.
    #[error("{found} points instead of {expected}")]
    Count {
        /// Points of such a table.
        expected: usize,
        /// Points found.
        found: usize,
    },
    /// A coordinate is not below the modulus, or the point is infinity or not on the curve.
    #[error("point {index} is not a point of the curve")]
    Point {
        /// Which one, counted from zero.
        index: usize,
    },
    /// A point of an SRS is not the one that its index hashes to.
    #[error("generator {index} is not the one derived from its index")]
    Generator {
        /// Which one, counted from zero.
        index: usize,
    },
    /// The last point of an SRS is not the blinder.
    #[error("the blinder is not the one derived from its label")]
    Blinder,
    /// A Lagrange basis does not commit to what the SRS commits to.
    #[error("the Lagrange basis is not that of the domain over the SRS (chunk {chunk})")]
    Basis {
        /// The chunk where it shows.
        chunk: usize,
    },
    /// The scalar field has no such domain, or the SRS does not divide it into chunks.
    #[error("there is no Lagrange basis of this shape")]
    NoDomain,
}

/// Checks the points of a table for what its name says they are.
///
/// Every point must be on the curve. The generators of an SRS are derived from their definition and compared. A Lagrange
/// basis is compared with such generators in one random linear combination: for random values r_i, Σ r_i·L_i must commit
/// to the polynomial that has these values. A wrong basis passes with probability 1/r, r the group's order.
pub fn check(
    id: TableId,
    srs_log2: u32,
    points: &[PackedPoint],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(), CheckError> {
    match id.role {
        Role::Wrap => check_on::<PallasConfig>(id.content, srs_log2, points, rng),
        Role::Step => check_on::<VestaConfig>(id.content, srs_log2, points, rng),
    }
}

fn check_on<C: KimchiCurve>(
    content: Content,
    srs_log2: u32,
    points: &[PackedPoint],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(), CheckError> {
    let points = points
        .par_iter()
        .enumerate()
        .map(|(index, packed)| {
            let point = packed.unpack_checked::<C>().filter(|point| !point.is_zero());
            point.ok_or(CheckError::Point { index })
        })
        .collect::<Result<Vec<Affine<C>>, _>>()?;
    let srs_size = 1u32.checked_shl(srs_log2).ok_or(CheckError::NoDomain)?;
    match content {
        Content::Srs => check_srs(srs_size, &points),
        Content::Lagrange { domain_log2 } => check_basis(srs_size, domain_log2, &points, rng),
    }
}

fn check_srs<C: KimchiCurve>(size: u32, points: &[Affine<C>]) -> Result<(), CheckError> {
    let count = |expected| CheckError::Count { expected, found: points.len() };
    let (last, found) = points.split_last().ok_or(count(size as usize + 1))?;
    if found.len() != size as usize {
        return Err(count(size as usize + 1));
    }
    let derived = generators::<C>(size);
    if let Some(index) = derived.iter().zip(found).position(|(derived, found)| derived != found) {
        return Err(CheckError::Generator { index });
    }
    if *last == blinder::<C>() { Ok(()) } else { Err(CheckError::Blinder) }
}

fn check_basis<C: KimchiCurve>(
    srs_size: u32,
    domain_log2: u32,
    points: &[Affine<C>],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(), CheckError> {
    let size = 1u32.checked_shl(domain_log2).ok_or(CheckError::NoDomain)?;
    let used = srs_size.min(size);
    let chunks = (size / used) as usize;
    let domain = Radix2EvaluationDomain::<C::ScalarField>::new(size as usize).ok_or(CheckError::NoDomain)?;
    if points.len() != size as usize * chunks {
        return Err(CheckError::Count { expected: size as usize * chunks, found: points.len() });
    }
    let values: Vec<C::ScalarField> = (0..size)
        .map(|_| {
            let mut bytes = [0; 64];
            rng.fill_bytes(&mut bytes);
            // 512 bits taken modulo the order are uniform up to 2^-256.
            C::ScalarField::from_le_bytes_mod_order(&bytes)
        })
        .collect();
    let coefficients = domain.ifft(&values);
    let generators = generators::<C>(used);
    for (chunk, coefficients) in coefficients.chunks(used as usize).enumerate() {
        let basis: Vec<_> = points.iter().skip(chunk).step_by(chunks).copied().collect();
        if combine(&basis, &values) != combine(&generators, coefficients) {
            return Err(CheckError::Basis { chunk });
        }
    }
    Ok(())
}

/// Σ of scalar times point, on all cores.
fn combine<C: KimchiCurve>(points: &[Affine<C>], scalars: &[C::ScalarField]) -> Affine<C> {
    let part = points.len().div_ceil(rayon::current_num_threads()).max(1);
    let parts = points.par_chunks(part).zip(scalars.par_chunks(part));
    let sum = parts
        .map(|(points, scalars)| Projective::<C>::msm_unchecked(points, scalars))
        .reduce(|| Projective::<C>::ZERO, |a, b| a + b);
    sum.into_affine()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lagrange_basis;
    use rand_core::OsRng;

    fn pack<C: KimchiCurve>(points: &[Affine<C>]) -> Vec<PackedPoint> {
        points.iter().map(PackedPoint::pack).collect()
    }

    fn srs<C: KimchiCurve>(size: u32) -> Vec<PackedPoint> {
        let mut points = pack(&generators::<C>(size));
        points.push(PackedPoint::pack(&blinder::<C>()));
        points
    }

    fn check<C: KimchiCurve>(
        content: Content,
        srs_log2: u32,
        points: &[PackedPoint],
    ) -> Result<(), CheckError> {
        check_on::<C>(content, srs_log2, points, &mut OsRng)
    }

    #[test]
    fn an_srs_is_checked_in_every_point() {
        fn on<C: KimchiCurve>() {
            let good = srs::<C>(16);
            assert_eq!(check::<C>(Content::Srs, 4, &good), Ok(()));
            let expected = CheckError::Count { expected: 17, found: 16 };
            assert_eq!(check::<C>(Content::Srs, 4, &good[1..]), Err(expected));
            let mut swapped = good.clone();
            swapped.swap(3, 9);
            assert_eq!(check::<C>(Content::Srs, 4, &swapped), Err(CheckError::Generator { index: 3 }));
            let mut without_blinder = good.clone();
            without_blinder[16] = good[0];
            assert_eq!(check::<C>(Content::Srs, 4, &without_blinder), Err(CheckError::Blinder));
            for bad in [
                PackedPoint::INFINITY,
                PackedPoint { x: [u64::MAX; 4], ..good[5] },
                PackedPoint { y: good[6].y, ..good[5] },
            ] {
                let mut altered = good.clone();
                altered[5] = bad;
                assert_eq!(check::<C>(Content::Srs, 4, &altered), Err(CheckError::Point { index: 5 }));
            }
        }
        on::<PallasConfig>();
        on::<VestaConfig>();
    }

    #[test]
    fn a_basis_is_checked_against_the_srs() {
        fn on<C: KimchiCurve>() {
            let generators = generators::<C>(16);
            for domain_log2 in [0, 3, 4, 6] {
                let content = Content::Lagrange { domain_log2 };
                let good = pack(&lagrange_basis(&generators, domain_log2).unwrap().points);
                assert_eq!(check::<C>(content, 4, &good), Ok(()));
                let found = good.len() - 1;
                let expected = CheckError::Count { expected: good.len(), found };
                assert_eq!(check::<C>(content, 4, &good[1..]), Err(expected));
                // One point replaced by another of the curve, at each end and in the middle.
                for index in [0, good.len() / 2, found] {
                    let mut altered = good.clone();
                    altered[index] = PackedPoint::pack(&blinder::<C>());
                    let chunks = good.len() >> domain_log2;
                    assert_eq!(
                        check::<C>(content, 4, &altered),
                        Err(CheckError::Basis { chunk: index % chunks })
                    );
                }
            }
            let content = Content::Lagrange { domain_log2: 32 };
            assert_eq!(check::<C>(content, 4, &[]), Err(CheckError::NoDomain));
        }
        on::<PallasConfig>();
        on::<VestaConfig>();
    }
}
