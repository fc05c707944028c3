//! Making tables.

use quickpickle_srs_data::{Content, PackedPoint, Role, TableId};
use rayon::prelude::*;

use crate::generators::{blinder, generators};
use crate::lagrange::lagrange_basis;
use crate::pasta::{Affine, KimchiCurve, PallasConfig, VestaConfig};

/// The points of a table: of an SRS of 2^`srs_log2` generators, or of a Lagrange basis over it. `None` where there is no
/// such table: the scalar field has no such domain.
///
/// `srs` is the packed SRS of the table's role, or as much of it as the table needs, where it is at hand: that saves
/// deriving its generators again. It must have been checked.
pub fn make(id: TableId, srs_log2: u32, srs: Option<&[PackedPoint]>) -> Option<Vec<PackedPoint>> {
    match id.role {
        Role::Wrap => make_on::<PallasConfig>(id.content, srs_log2, srs),
        Role::Step => make_on::<VestaConfig>(id.content, srs_log2, srs),
    }
}

fn make_on<C: KimchiCurve>(
    content: Content,
    srs_log2: u32,
    srs: Option<&[PackedPoint]>,
) -> Option<Vec<PackedPoint>> {
    let srs_size = 1u32.checked_shl(srs_log2)?;
    match content {
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

fn pack<C: KimchiCurve>(points: &[Affine<C>]) -> Vec<PackedPoint> {
    points.iter().map(PackedPoint::pack).collect()
}
