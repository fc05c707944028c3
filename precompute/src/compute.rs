//! Computing tables.

use ark_ec::short_weierstrass::Affine;
use ark_pallas::PallasConfig;
use ark_vesta::VestaConfig;
use quickpickle_curve::{blinder, generators, lagrange_basis};
use quickpickle_srs_data::{Content, PackableCurve, PackedPoint, Role, TableEntry};
use rayon::prelude::*;

/// The points of a table, whatever its pin says, or `None` where there is no such table: a domain that the scalar field does not have.
///
/// `srs` is the packed SRS of the table's role where it is at hand, which saves deriving its generators again. It must
/// have been checked.
pub fn compute(entry: &TableEntry, srs: Option<&[PackedPoint]>) -> Option<Vec<PackedPoint>> {
    match entry.name.role {
        Role::Wrap => compute_on::<PallasConfig>(entry, srs),
        Role::Step => compute_on::<VestaConfig>(entry, srs),
    }
}

fn compute_on<C: PackableCurve>(entry: &TableEntry, srs: Option<&[PackedPoint]>) -> Option<Vec<PackedPoint>> {
    let srs_size = 1u32.checked_shl(entry.srs_log2)?;
    match entry.name.content {
        Content::Srs => {
            let mut points = pack(&generators::<C>(srs_size));
            points.push(PackedPoint::pack(&blinder::<C>()));
            Some(points)
        }
        Content::Lagrange { domain_log2 } => {
            // A domain within the SRS uses no more generators than it has elements.
            let used = srs_size.min(1u32.checked_shl(domain_log2)?);
            let generators: Vec<Affine<C>> = match srs.and_then(|srs| srs.get(..used as usize)) {
                Some(packed) => packed.par_iter().map(PackedPoint::unpack).collect(),
                None => generators(used),
            };
            Some(pack(&lagrange_basis(&generators, domain_log2)?.points))
        }
    }
}

fn pack<C: PackableCurve>(points: &[Affine<C>]) -> Vec<PackedPoint> {
    points.iter().map(PackedPoint::pack).collect()
}
