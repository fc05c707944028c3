//! Tables for the tests, computed at first use.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use quickpickle_curve::tables::make;
use quickpickle_runtime::tables::{PackedLagrange, PackedSrs, TableError, TableSource};
use quickpickle_srs_data::{Content, PackedPoint, Role, TableId};

type Kept = LazyLock<Mutex<HashMap<(TableId, u32), &'static [PackedPoint]>>>;

/// Tables stay until the process ends, as those of the binary do.
static TABLES: Kept = LazyLock::new(Mutex::default);

pub struct Tables;

fn keep(role: Role, content: Content, srs_log2: u32, srs: Option<&[PackedPoint]>) -> &'static [PackedPoint] {
    let id = TableId { role, content };
    if let Some(points) = TABLES.lock().unwrap().get(&(id, srs_log2)) {
        return points;
    }
    let points = make(id, srs_log2, srs).unwrap();
    TABLES.lock().unwrap().entry((id, srs_log2)).or_insert_with(|| points.leak())
}

impl TableSource for Tables {
    fn srs(&self, role: Role, size: usize) -> Result<PackedSrs<'_>, TableError> {
        let (blinder, generators) = keep(role, Content::Srs, size.ilog2(), None).split_last().unwrap();
        Ok(PackedSrs { generators, blinder: *blinder })
    }

    fn lagrange(&self, role: Role, size: usize, domain_log2: u32) -> Result<PackedLagrange<'_>, TableError> {
        let srs = self.srs(role, size)?.generators;
        let points = keep(role, Content::Lagrange { domain_log2 }, size.ilog2(), Some(srs));
        Ok(PackedLagrange { points, chunks: points.len() >> domain_log2 })
    }
}
