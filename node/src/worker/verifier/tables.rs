//! The tables that are there before the first proof.

use quickpickle_runtime::curve::KimchiCurve;
use quickpickle_runtime::kimchi::index::PreparedIndex;
use quickpickle_runtime::pickles::key::wrap_domain_log2;
use quickpickle_runtime::pickles::proof::{ProofsVerified, STEP_ROUNDS, WRAP_ROUNDS};
use quickpickle_runtime::tables::{TableError, TableSource};

use crate::keys::{Prepared, PreparedKeys};

/// Has the source work out what is not in the binary: the tables of these keys, and those of side-loaded proofs, which may
/// always come (Mina's `Pickles.Side_loaded.srs_precomputation`). A verifier that says that it is ready then does not spend
/// its first request on tables. Of what is in the binary nothing is touched.
pub(super) fn make_ready(keys: &PreparedKeys, tables: &dyn TableSource) -> Result<(), TableError> {
    tables.step_srs(1 << STEP_ROUNDS)?;
    tables.wrap_srs(1 << WRAP_ROUNDS)?;
    for size in [ProofsVerified::N0, ProofsVerified::N1, ProofsVerified::N2] {
        tables.wrap_lagrange(1 << WRAP_ROUNDS, wrap_domain_log2(size))?;
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
    C::srs(tables, index.max_poly_size)?;
    C::lagrange(tables, index.max_poly_size, index.domain_log2)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickpickle_runtime::curve::{Affine, PallasConfig, VestaConfig};
    use quickpickle_runtime::tables::{Lagrange, Srs};
    use quickpickle_srs_data::Points;
    use std::sync::Mutex;

    /// Says yes to everything, and notes what was asked for.
    #[derive(Default)]
    struct Asked(Mutex<Vec<(&'static str, usize, u32)>>);

    impl Asked {
        fn srs<C: KimchiCurve>(&self, side: &'static str, size: usize) -> Result<Srs<'_, C>, TableError> {
            self.0.lock().unwrap().push((side, size, 0));
            Ok(Srs { generators: Points::new(&[]), blinder: Affine::<C>::default() })
        }

        fn lagrange<C: KimchiCurve>(
            &self,
            side: &'static str,
            size: usize,
            log2: u32,
        ) -> Result<Lagrange<'_, C>, TableError> {
            self.0.lock().unwrap().push((side, size, log2));
            Ok(Lagrange { points: Points::new(&[]), chunks: 1 })
        }
    }

    impl TableSource for Asked {
        fn wrap_srs(&self, size: usize) -> Result<Srs<'_, PallasConfig>, TableError> {
            self.srs("wrap", size)
        }

        fn step_srs(&self, size: usize) -> Result<Srs<'_, VestaConfig>, TableError> {
            self.srs("step", size)
        }

        fn wrap_lagrange(&self, size: usize, log2: u32) -> Result<Lagrange<'_, PallasConfig>, TableError> {
            self.lagrange("wrap", size, log2)
        }

        fn step_lagrange(&self, size: usize, log2: u32) -> Result<Lagrange<'_, VestaConfig>, TableError> {
            self.lagrange("step", size, log2)
        }
    }

    #[test]
    fn what_side_loaded_proofs_take_is_there_without_any_key() {
        let asked = Asked::default();
        make_ready(&PreparedKeys::default(), &asked).unwrap();
        let asked = asked.0.into_inner().unwrap();
        let wrap = 1 << 15;
        let tables = [
            ("step", 1 << 16, 0),
            ("wrap", wrap, 0),
            ("wrap", wrap, 13),
            ("wrap", wrap, 14),
            ("wrap", wrap, 15),
        ];
        assert_eq!(asked, tables);
    }
}
