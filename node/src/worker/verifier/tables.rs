//! The tables that are there before the first proof.

use quickpickle_runtime::curve::KimchiCurve;
use quickpickle_runtime::kimchi::index::PreparedIndex;
use quickpickle_runtime::pickles::key::wrap_domain_log2;
use quickpickle_runtime::pickles::proof::{ProofsVerified, STEP_ROUNDS, WRAP_ROUNDS};
use quickpickle_runtime::tables::{TableError, TableSource};
use quickpickle_srs_data::Role;

use crate::keys::{Prepared, PreparedKeys};

/// Has the source work out what is not in the binary: the tables of these keys, and those of side-loaded proofs, which may
/// always come (Mina's `Pickles.Side_loaded.srs_precomputation`). A verifier that says that it is ready then does not spend
/// its first request on tables. Of what is in the binary nothing is touched.
pub(super) fn make_ready(keys: &PreparedKeys, tables: &dyn TableSource) -> Result<(), TableError> {
    tables.srs(Role::Step, 1 << STEP_ROUNDS)?;
    tables.srs(Role::Wrap, 1 << WRAP_ROUNDS)?;
    for size in [ProofsVerified::N0, ProofsVerified::N1, ProofsVerified::N2] {
        tables.lagrange(Role::Wrap, 1 << WRAP_ROUNDS, wrap_domain_log2(size))?;
    }
    for key in keys.all() {
        match key {
            // One of the three.
            Prepared::Pickles(_) => {}
            Prepared::Vesta(key) => of_index(key, tables)?,
            Prepared::Pallas(key) => of_index(key, tables)?,
        }
    }
    Ok(())
}

fn of_index<C: KimchiCurve>(key: &PreparedIndex<C>, tables: &dyn TableSource) -> Result<(), TableError> {
    let index = key.index();
    tables.srs(C::ROLE, index.max_poly_size)?;
    tables.lagrange(C::ROLE, index.max_poly_size, index.domain_log2)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickpickle_runtime::tables::{PackedLagrange, PackedSrs};
    use quickpickle_srs_data::PackedPoint;
    use std::sync::Mutex;

    /// Says yes to everything, and notes what was asked for.
    #[derive(Default)]
    struct Asked(Mutex<Vec<(Role, usize, u32)>>);

    impl TableSource for Asked {
        fn srs(&self, role: Role, size: usize) -> Result<PackedSrs<'_>, TableError> {
            self.0.lock().unwrap().push((role, size, 0));
            Ok(PackedSrs { generators: &[], blinder: PackedPoint::INFINITY })
        }

        fn lagrange(&self, role: Role, size: usize, log2: u32) -> Result<PackedLagrange<'_>, TableError> {
            self.0.lock().unwrap().push((role, size, log2));
            Ok(PackedLagrange { points: &[], chunks: 1 })
        }
    }

    #[test]
    fn what_side_loaded_proofs_take_is_there_without_any_key() {
        let asked = Asked::default();
        make_ready(&PreparedKeys::default(), &asked).unwrap();
        let asked = asked.0.into_inner().unwrap();
        let wrap = 1 << 15;
        let tables = [
            (Role::Step, 1 << 16, 0),
            (Role::Wrap, wrap, 0),
            (Role::Wrap, wrap, 13),
            (Role::Wrap, wrap, 14),
            (Role::Wrap, wrap, 15),
        ];
        assert_eq!(asked, tables);
    }
}
