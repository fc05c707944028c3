//! Tables for the tests, computed at first use.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use quickpickle_curve::{blinder, generators, lagrange_basis};
use quickpickle_runtime::curve::{Affine, KimchiCurve, PallasConfig, VestaConfig};
use quickpickle_runtime::tables::{Lagrange, Srs, TableError, TableSource};
use quickpickle_srs_data::{PackedPoint, Points};

type Kept = LazyLock<Mutex<HashMap<(&'static str, usize, u32), &'static [PackedPoint]>>>;

/// Tables stay until the process ends, as those of the binary do.
static TABLES: Kept = LazyLock::new(Mutex::default);

pub struct Tables;

fn keep<C: KimchiCurve>(
    size: usize,
    domain_log2: u32,
    compute: impl FnOnce() -> Vec<Affine<C>>,
) -> Points<'static, C> {
    let key = (C::NAME, size, domain_log2);
    if let Some(points) = TABLES.lock().unwrap().get(&key) {
        return Points::new(points);
    }
    let packed: Vec<PackedPoint> = compute().iter().map(PackedPoint::pack).collect();
    Points::new(TABLES.lock().unwrap().entry(key).or_insert_with(|| packed.leak()))
}

fn srs<C: KimchiCurve>(size: usize) -> Srs<'static, C> {
    Srs { generators: keep(size, 0, || generators(size as u32)), blinder: blinder() }
}

fn lagrange<C: KimchiCurve>(size: usize, domain_log2: u32) -> Lagrange<'static, C> {
    let points = keep::<C>(size, domain_log2, || {
        let generators: Vec<_> = srs::<C>(size).generators.packed().iter().map(PackedPoint::unpack).collect();
        lagrange_basis(&generators, domain_log2).unwrap().points
    });
    Lagrange { points, chunks: ((1usize << domain_log2) / size).max(1) }
}

impl TableSource for Tables {
    fn wrap_srs(&self, size: usize) -> Result<Srs<'_, PallasConfig>, TableError> {
        Ok(srs(size))
    }

    fn step_srs(&self, size: usize) -> Result<Srs<'_, VestaConfig>, TableError> {
        Ok(srs(size))
    }

    fn wrap_lagrange(&self, size: usize, log2: u32) -> Result<Lagrange<'_, PallasConfig>, TableError> {
        Ok(lagrange(size, log2))
    }

    fn step_lagrange(&self, size: usize, log2: u32) -> Result<Lagrange<'_, VestaConfig>, TableError> {
        Ok(lagrange(size, log2))
    }
}
