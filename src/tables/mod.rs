//! The tables of this process: those in the binary, and what is computed beside them.

mod baked;
mod computed;

pub use baked::{Fault, Pinned};
pub use quickpickle_runtime::tables::{PackedLagrange, PackedSrs, TableError};
pub use quickpickle_srs_data::{Content, PackedPoint, Role};

use computed::{Computed, LagrangeShape};
use quickpickle_runtime::tables::TableSource;
use quickpickle_srs_data::TableId;

/// Tables from the binary where it has them; others are computed at first use, once in a process, which the `log` crate
/// is told with the time it took.
pub struct Tables {
    /// The tables in the binary.
    pinned: &'static [Pinned],
    wrap: Computed,
    step: Computed,
}

static BAKED: Tables = Tables::new(Pinned::all());

/// The tables of this process.
pub fn baked() -> &'static Tables {
    &BAKED
}

impl Tables {
    const fn new(pinned: &'static [Pinned]) -> Self {
        Self { pinned, wrap: Computed::new(Role::Wrap), step: Computed::new(Role::Step) }
    }

    fn computed(&self, role: Role) -> &Computed {
        match role {
            Role::Wrap => &self.wrap,
            Role::Step => &self.step,
        }
    }

    /// The embedded tables of a role.
    fn baked(&self, role: Role) -> impl Iterator<Item = &'static Pinned> {
        self.pinned.iter().filter(move |table| table.id.role == role)
    }

    /// An embedded SRS of at least 2^`log2` generators.
    fn baked_srs(&self, role: Role, log2: u32) -> Option<&'static [PackedPoint]> {
        let fits = |table: &&Pinned| table.id.content == Content::Srs && table.srs_log2 >= log2;
        self.baked(role).filter(fits).find_map(Pinned::packed)
    }

    /// An embedded basis of this shape. Within the SRS it depends on the domain alone, so that one over a larger SRS serves
    /// as well.
    fn baked_lagrange(&self, role: Role, shape: LagrangeShape) -> Option<&'static [PackedPoint]> {
        let LagrangeShape { domain_log2, srs_log2 } = shape;
        let fits = |table: &&Pinned| {
            table.id.content == Content::Lagrange { domain_log2 }
                && table.srs_log2.min(domain_log2) == srs_log2
        };
        self.baked(role).filter(fits).find_map(Pinned::packed)
    }
}

impl TableSource for Tables {
    fn srs(&self, role: Role, size: usize) -> Result<PackedSrs<'_>, TableError> {
        let log2 = computed::srs_log2(size)?;
        let points = match self.baked_srs(role, log2) {
            Some(points) => points,
            None => self.computed(role).srs(log2)?,
        };
        let parts =
            points.split_last().and_then(|(blinder, generators)| Some((blinder, generators.get(..size)?)));
        let (blinder, generators) = parts.ok_or_else(|| TableError::Unavailable {
            table: TableId { role, content: Content::Srs }.to_string(),
            reason: "it has fewer points than its size says".to_owned(),
        })?;
        Ok(PackedSrs { generators, blinder: *blinder })
    }

    fn lagrange(
        &self,
        role: Role,
        srs_size: usize,
        domain_log2: u32,
    ) -> Result<PackedLagrange<'_>, TableError> {
        let shape = computed::lagrange_shape(role, srs_size, domain_log2)?;
        let points = match self.baked_lagrange(role, shape) {
            Some(points) => points,
            None => {
                // The SRS that was asked for, not the part of it that this basis needs: it is computed once for all bases.
                let srs = self.srs(role, srs_size.min(computed::MAX_SRS_SIZE))?;
                self.computed(role).lagrange(shape, srs.generators)?
            }
        };
        Ok(PackedLagrange { points, chunks: shape.chunks() })
    }

    fn is_at_hand(&self, role: Role, srs_size: usize, content: Content) -> bool {
        match content {
            Content::Srs => computed::srs_log2(srs_size).is_ok_and(|log2| {
                self.baked_srs(role, log2).is_some() || self.computed(role).kept_srs(log2).is_some()
            }),
            Content::Lagrange { domain_log2 } => computed::lagrange_shape(role, srs_size, domain_log2)
                .is_ok_and(|shape| {
                    self.baked_lagrange(role, shape).is_some()
                        || self.computed(role).kept_lagrange(shape).is_some()
                }),
        }
    }
}

impl std::fmt::Debug for Tables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tables").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing baked: everything is computed.
    static COMPUTED: Tables = Tables::new(&[]);

    #[test]
    fn computed_tables_are_the_baked_ones() {
        let sources: [&dyn TableSource; 2] = [baked(), &COMPUTED];
        let [a, b] = sources.map(|source| source.srs(Role::Wrap, 5000).unwrap());
        assert_eq!((a.generators, a.blinder), (b.generators, b.blinder));
        assert_eq!(a.generators.len(), 5000);
        let [a, b] = sources.map(|source| source.lagrange(Role::Step, 1 << 16, 9).unwrap());
        assert_eq!(a.points, b.points);
        assert_eq!(a.chunks, 1);
    }

    #[test]
    fn chunks_are_counted() {
        let basis = COMPUTED.lagrange(Role::Step, 1 << 4, 6).unwrap();
        assert_eq!((basis.points.len(), basis.chunks), (4 << 6, 4));
        let whole = COMPUTED.lagrange(Role::Step, 1 << 6, 6).unwrap();
        assert_eq!((whole.points.len(), whole.chunks), (1 << 6, 1));
        // Over any larger SRS it is the same table, and the same memory.
        let again = COMPUTED.lagrange(Role::Step, 100, 6).unwrap();
        assert_eq!(again.points.as_ptr(), whole.points.as_ptr());
    }

    #[test]
    fn sizes_are_bounded() {
        let too_large = |error| matches!(error, TableError::TooLarge { .. });
        for size in [(1 << 17) + 1, usize::MAX] {
            assert!(too_large(baked().srs(Role::Step, size).err().unwrap()));
        }
        for (srs_size, domain_log2) in
            [(1 << 16, 19), (1 << 16, u32::MAX), (usize::MAX, 18), (1, 10), (1 << 10, 18)]
        {
            assert!(
                too_large(baked().lagrange(Role::Wrap, srs_size, domain_log2).err().unwrap()),
                "{srs_size} {domain_log2}"
            );
        }
        for srs_size in [0, 3, 1000] {
            let error = baked().lagrange(Role::Wrap, srs_size, 10).err().unwrap();
            assert!(matches!(error, TableError::Unavailable { .. }), "{error}");
        }
    }

    #[test]
    fn tasks_of_one_pool_that_want_the_same_table_do_not_block_each_other() {
        use rayon::prelude::*;
        static TABLES: Tables = Tables::new(&[]);
        let sums: Vec<_> = (0..64)
            .into_par_iter()
            .map(|i| TABLES.lagrange(Role::Wrap, 1 << 9, 5 + i % 5).unwrap().points.len())
            .collect();
        assert!(sums.iter().enumerate().all(|(i, points)| *points == 32 << (i % 5)));
    }
}
