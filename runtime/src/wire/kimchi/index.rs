//! `VerifierIndex`.

use super::msgpack::{Reader, Writer};
use super::{
    DOMAIN_BYTES, LookupFeatures, MAX_SIZE_LOG2, domain_bytes, domain_log2, read_commitment, write_commitment,
};
use crate::curve::KimchiCurve;
use crate::kimchi::index::{LookupIndex, VerifierIndex};
use crate::wire::error::{Fault, Result};

/// The fields of `VerifierIndex`.
pub(super) const FIELDS: usize = 21;

/// Columns of a lookup table at most, in any index that is read.
const MAX_TABLE_COLUMNS: usize = 16;

/// Lookups in a row, and columns of a looked-up row, of each pattern in order (`max_lookups_per_row` and
/// `max_joint_size` in `circuits/lookup/lookups.rs`).
const LOOKUPS_PER_ROW: [usize; 4] = [4, 3, 4, 4];
const JOINT_SIZE: [u32; 4] = [3, 2, 1, 1];

pub(super) fn read<C: KimchiCurve>(r: &mut Reader<'_>) -> Result<VerifierIndex<C>> {
    r.structure(FIELDS, |r| {
        let domain_log2 = r.field("domain", |r| Ok(domain_log2::<C>(&r.binary()?)?))?;
        let rows = 1 << domain_log2;
        Ok(VerifierIndex {
            domain_log2,
            max_poly_size: r.field("max_poly_size", |r| {
                let size = r.size(1 << MAX_SIZE_LOG2)?;
                Ok(if size.is_power_of_two() { size } else { Err(Fault::OutOfRange { found: size as u64 })? })
            })?,
            zk_rows: r.field("zk_rows", |r| Ok(r.size(rows)? as u64))?,
            public: r.field("public", |r| Ok(r.size(rows)?))?,
            previous_challenges: r.field("prev_challenges", |r| Ok(r.size(rows)?))?,
            sigma: r.field("sigma_comm", |r| r.array(read_commitment))?,
            coefficients: r.field("coefficients_comm", |r| r.array(read_commitment))?,
            selectors: [
                r.field("generic_comm", read_commitment)?,
                r.field("psm_comm", read_commitment)?,
                r.field("complete_add_comm", read_commitment)?,
                r.field("mul_comm", read_commitment)?,
                r.field("emul_comm", read_commitment)?,
                r.field("endomul_scalar_comm", read_commitment)?,
            ],
            optional_selectors: [
                r.field("range_check0_comm", |r| r.option(read_commitment))?,
                r.field("range_check1_comm", |r| r.option(read_commitment))?,
                r.field("foreign_field_add_comm", |r| r.option(read_commitment))?,
                r.field("foreign_field_mul_comm", |r| r.option(read_commitment))?,
                r.field("xor_comm", |r| r.option(read_commitment))?,
                r.field("rot_comm", |r| r.option(read_commitment))?,
            ],
            shifts: r.field("shift", |r| r.array(Reader::element))?,
            lookup: r.field("lookup_index", |r| r.option(read_lookup))?,
        })
    })
}

pub(super) fn write<C: KimchiCurve>(w: &mut Writer, index: &VerifierIndex<C>) {
    w.array(FIELDS);
    // A domain that does not exist is written as zeros, which nothing reads.
    w.binary(&domain_bytes::<C>(index.domain_log2).unwrap_or([0; DOMAIN_BYTES]));
    w.size(index.max_poly_size);
    w.uint(index.zk_rows);
    w.size(index.public);
    w.size(index.previous_challenges);
    w.list(&index.sigma, write_commitment);
    w.list(&index.coefficients, write_commitment);
    index.selectors.iter().for_each(|selector| write_commitment(w, selector));
    index.optional_selectors.iter().for_each(|selector| w.option(selector.as_ref(), write_commitment));
    w.list(&index.shifts, Writer::element);
    w.option(index.lookup.as_ref(), write_lookup);
}

fn read_lookup<C: KimchiCurve>(r: &mut Reader<'_>) -> Result<LookupIndex<C>> {
    r.structure(6, |r| {
        let joint_lookup_used = r.field("joint_lookup_used", |r| Ok(r.boolean()?))?;
        let table = r.field("lookup_table", |r| r.list(MAX_TABLE_COLUMNS, read_commitment))?;
        let pattern_selectors = r.field("lookup_selectors", |r| r.array(|r| r.option(read_commitment)))?;
        let table_ids = r.field("table_ids", |r| r.option(read_commitment))?;
        let (max_per_row, max_joint_size, features) = r.field("lookup_info", |r| {
            r.structure(3, |r| {
                Ok((
                    r.field("max_per_row", |r| Ok(r.size(usize::MAX)?))?,
                    r.field("max_joint_size", |r| Ok(r.uint()?))?,
                    r.field("features", LookupFeatures::read)?,
                ))
            })
        })?;
        let runtime_selector = r.field("runtime_tables_selector", |r| r.option(read_commitment))?;
        let index = LookupIndex {
            joint_lookup_used,
            table,
            max_per_row: largest(&pattern_selectors, LOOKUPS_PER_ROW),
            max_joint_size: largest(&pattern_selectors, JOINT_SIZE),
            pattern_selectors,
            table_ids,
            runtime_selector,
        };
        if (max_per_row, max_joint_size) != (index.max_per_row, u64::from(index.max_joint_size)) {
            return Err(Fault::Inconsistent(
                "not the lookups in a row, or columns of a lookup, of these patterns",
            )
            .into());
        }
        if features != features_of(&index) || joint_lookup_used != (index.max_joint_size > 1) {
            return Err(Fault::Inconsistent("not the features of these selectors").into());
        }
        Ok(index)
    })
}

fn write_lookup<C: KimchiCurve>(w: &mut Writer, lookup: &LookupIndex<C>) {
    w.array(6);
    w.boolean(lookup.joint_lookup_used);
    w.list(&lookup.table, write_commitment);
    w.list(&lookup.pattern_selectors, |w, selector| w.option(selector.as_ref(), write_commitment));
    w.option(lookup.table_ids.as_ref(), write_commitment);
    w.array(3);
    w.size(lookup.max_per_row);
    w.uint(u64::from(lookup.max_joint_size));
    features_of(lookup).write(w);
    w.option(lookup.runtime_selector.as_ref(), write_commitment);
}

/// The largest of the patterns' figures that there are.
fn largest<T, N: Copy + Default + Ord>(patterns: &[Option<T>; 4], figures: [N; 4]) -> N {
    let present = patterns.iter().zip(figures).filter(|(pattern, _)| pattern.is_some());
    present.map(|(_, figure)| figure).max().unwrap_or_default()
}

/// The features that a lookup index implies.
pub(super) fn features_of<C: KimchiCurve>(lookup: &LookupIndex<C>) -> LookupFeatures {
    LookupFeatures {
        patterns: lookup.pattern_selectors.each_ref().map(Option::is_some),
        joint_lookup_used: lookup.joint_lookup_used,
        uses_runtime_tables: lookup.runtime_selector.is_some(),
    }
}
