//! Tables that are computed at first use and kept as long as the process lives.

use super::Pinned;
use quickpickle_curve::tables::make;
use quickpickle_runtime::tables::TableError;
use quickpickle_srs_data::{Content, PackedPoint, Role, TableId};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

/// log2 of the largest SRS that is computed: Mina's are 2^15 and 2^16.
const MAX_SRS_LOG2: u32 = 17;
/// The same as a number of generators.
pub(super) const MAX_SRS_SIZE: usize = 1 << MAX_SRS_LOG2;
/// log2 of the largest domain.
const MAX_DOMAIN_LOG2: u32 = 18;
/// log2 of the most points of a Lagrange basis, chunks counted: 32 MiB.
const MAX_POINTS_LOG2: u32 = 19;

/// Whether a table that is not embedded is computed: not in builds that only verify, nor where there are no threads and no clock.
const COMPUTES: bool = !cfg!(any(quickpickle_tables = "verify", target_family = "wasm"));

const SRS_SLOTS: usize = MAX_SRS_LOG2 as usize + 1;
const DOMAIN_SLOTS: usize = MAX_DOMAIN_LOG2 as usize + 1;

/// A place for a table, filled once.
type Slot = OnceLock<Vec<PackedPoint>>;

/// The computed tables of one role: a slot for every size, so that a table once given out stays where it is.
pub(super) struct Computed {
    role: Role,
    srs: [Slot; SRS_SLOTS],
    /// By domain, then by SRS. A chunked basis needs one for each size of the SRS, others are at the SRS of their own
    /// size.
    lagrange: [[Slot; SRS_SLOTS]; DOMAIN_SLOTS],
    /// Held while a table is computed: one after the other, each on all cores, and none twice.
    computing: Mutex<()>,
}

/// What determines a Lagrange basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LagrangeShape {
    /// log2 of the size of the domain.
    pub(super) domain_log2: u32,
    /// log2 of the number of generators in use: those of the SRS, at most as many as the domain has elements.
    pub(super) srs_log2: u32,
}

impl LagrangeShape {
    /// Chunks an element.
    pub(super) fn chunks(self) -> usize {
        1 << (self.domain_log2 - self.srs_log2)
    }
}

/// log2 of the size of the smallest SRS to be computed that has `size` generators.
pub(super) fn srs_log2(size: usize) -> Result<u32, TableError> {
    let log2 = size.checked_next_power_of_two().map_or(usize::BITS, usize::ilog2);
    let (table, limit) = ("SRS", MAX_SRS_LOG2);
    if log2 > limit { Err(TableError::TooLarge { table, log2, limit }) } else { Ok(log2) }
}

/// The shape of a basis, within the bounds.
pub(super) fn lagrange_shape(
    role: Role,
    srs_size: usize,
    domain_log2: u32,
) -> Result<LagrangeShape, TableError> {
    let (table, limit) = ("Lagrange basis", MAX_DOMAIN_LOG2);
    if domain_log2 > limit {
        return Err(TableError::TooLarge { table, log2: domain_log2, limit });
    }
    if srs_size >= 1 << domain_log2 {
        // However large the SRS is, no more generators count than the domain has elements.
        if domain_log2 > MAX_SRS_LOG2 {
            return Err(TableError::TooLarge { table: "SRS", log2: domain_log2, limit: MAX_SRS_LOG2 });
        }
        return Ok(LagrangeShape { domain_log2, srs_log2: domain_log2 });
    }
    if !srs_size.is_power_of_two() {
        return Err(TableError::Unavailable {
            table: TableId { role, content: Content::Lagrange { domain_log2 } }.to_string(),
            reason: format!("an SRS of {srs_size} generators does not divide the domain into chunks"),
        });
    }
    let shape = LagrangeShape { domain_log2, srs_log2: srs_log2(srs_size)? };
    let log2 = domain_log2 + shape.chunks().ilog2();
    if log2 > MAX_POINTS_LOG2 {
        return Err(TableError::TooLarge { table: "chunked Lagrange basis", log2, limit: MAX_POINTS_LOG2 });
    }
    Ok(shape)
}

impl Computed {
    pub(super) const fn new(role: Role) -> Self {
        Self {
            role,
            srs: [const { Slot::new() }; SRS_SLOTS],
            lagrange: [const { [const { Slot::new() }; SRS_SLOTS] }; DOMAIN_SLOTS],
            computing: Mutex::new(()),
        }
    }

    /// The SRS of 2^`log2` generators, and the blinder after them. `log2` comes from [`srs_log2`].
    pub(super) fn srs(&self, log2: u32) -> Result<&[PackedPoint], TableError> {
        if let Some(points) = self.kept_srs(log2) {
            return Ok(points);
        }
        self.fill(&self.srs[log2 as usize], Content::Srs, log2, None)
    }

    /// The basis of this shape, which comes from [`lagrange_shape`], over an SRS of its size or larger.
    pub(super) fn lagrange(
        &self,
        shape: LagrangeShape,
        srs: &[PackedPoint],
    ) -> Result<&[PackedPoint], TableError> {
        let LagrangeShape { domain_log2, srs_log2 } = shape;
        let slot = &self.lagrange[domain_log2 as usize][srs_log2 as usize];
        self.fill(slot, Content::Lagrange { domain_log2 }, srs_log2, Some(srs))
    }

    /// An SRS of at least 2^`log2` generators that has been computed.
    pub(super) fn kept_srs(&self, log2: u32) -> Option<&[PackedPoint]> {
        self.srs.iter().skip(log2 as usize).find_map(Slot::get).map(Vec::as_slice)
    }

    /// The basis of this shape, if it has been computed.
    pub(super) fn kept_lagrange(&self, shape: LagrangeShape) -> Option<&[PackedPoint]> {
        let slots = self.lagrange.get(shape.domain_log2 as usize)?;
        slots.get(shape.srs_log2 as usize)?.get().map(Vec::as_slice)
    }

    /// The table of a slot, computed if need be.
    fn fill<'a>(
        &self,
        slot: &'a Slot,
        content: Content,
        srs_log2: u32,
        srs: Option<&[PackedPoint]>,
    ) -> Result<&'a [PackedPoint], TableError> {
        if let Some(points) = slot.get() {
            return Ok(points);
        }
        let id = TableId { role: self.role, content };
        if !COMPUTES {
            let reason = "it is not embedded, and this build computes no table".to_owned();
            return Err(TableError::Unavailable { table: id.to_string(), reason });
        }
        // A panic while the lock was held left the slot empty, which is a good state.
        let _guard = self.computing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(points) = slot.get() {
            return Ok(points);
        }
        let start = Instant::now();
        let compute = || make(id, srs_log2, srs).ok_or("the scalar field has no such domain");
        let points = on_threads_of_its_own(compute)
            .map_err(|reason| TableError::Unavailable { table: id.to_string(), reason })?;
        let seconds = start.elapsed().as_secs_f64();
        log::warn!("computed {id} over an SRS of 2^{srs_log2} in {seconds:.2} s: {}", remedy(id, srs_log2));
        Ok(slot.get_or_init(|| points))
    }
}

/// Which feature would have spared the computation.
fn remedy(id: TableId, srs_log2: u32) -> String {
    let serves = |table: &&Pinned| {
        table.id == id
            && match id.content {
                Content::Srs => table.srs_log2 >= srs_log2,
                Content::Lagrange { domain_log2 } => table.srs_log2.min(domain_log2) == srs_log2,
            }
    };
    match Pinned::all().iter().find(serves) {
        Some(table) => format!("the cargo feature {} puts it into the binary", table.feature),
        None => "no cargo feature puts a table of this size into the binary".to_owned(),
    }
}

/// Runs a computation apart from the caller's thread pool.
///
/// A pool's thread that waits for parallel work runs other work of its pool meanwhile. That work may ask for the very
/// table that the thread is computing under the lock, and would wait for ever. So the caller's thread sleeps here, and
/// the work is done by threads that run nothing else.
fn on_threads_of_its_own<T: Send>(
    compute: impl FnOnce() -> Result<T, &'static str> + Send,
) -> Result<T, String> {
    let pool = rayon::ThreadPoolBuilder::new().build().map_err(|error| error.to_string())?;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().spawn_scoped(scope, || pool.install(compute));
        let computed = thread.map_err(|error| error.to_string())?.join();
        computed.map_err(|_| "its computation panicked".to_owned())?.map_err(str::to_owned)
    })
}
