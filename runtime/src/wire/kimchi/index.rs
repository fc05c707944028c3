//! `VerifierIndex`.

use super::msgpack::{Reader, Writer};
use super::{
    DOMAIN_BYTES, domain_bytes, domain_log2, read_commitment, read_lookup_features, write_commitment,
    write_lookup_features,
};
use crate::curve::KimchiCurve;
use crate::kimchi::index::{
    LookupIndex, MAX_PREVIOUS_CHALLENGES, MAX_SRS_LOG2, MAX_TABLE_COLUMNS, VerifierIndex,
};
use crate::wire::error::{Fault, Result};

/// The fields of `VerifierIndex`.
pub(super) const FIELDS: usize = 21;

pub(super) fn read<C: KimchiCurve>(r: &mut Reader<'_>) -> Result<VerifierIndex<C>> {
    r.structure(FIELDS, |r| {
        let domain_log2 = r.field("domain", |r| Ok(domain_log2::<C>(&r.binary()?)?))?;
        let rows = 1 << domain_log2;
        Ok(VerifierIndex {
            domain_log2,
            max_poly_size: r.field("max_poly_size", |r| {
                let size = r.size(1 << MAX_SRS_LOG2)?;
                Ok(if size.is_power_of_two() { size } else { Err(Fault::OutOfRange { found: size as u64 })? })
            })?,
            zk_rows: r.field("zk_rows", |r| Ok(r.size(rows)? as u64))?,
            public: r.field("public", |r| Ok(r.size(rows)?))?,
            previous_challenges: r.field("prev_challenges", |r| Ok(r.size(MAX_PREVIOUS_CHALLENGES)?))?,
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
                    r.field("max_per_row", |r| Ok(r.uint()?))?,
                    r.field("max_joint_size", |r| Ok(r.uint()?))?,
                    r.field("features", read_lookup_features)?,
                ))
            })
        })?;
        let runtime_selector = r.field("runtime_tables_selector", |r| r.option(read_commitment))?;
        let index = LookupIndex {
            joint_lookup_used,
            table,
            pattern_selectors,
            table_ids,
            max_per_row: features.max_per_row(),
            max_joint_size: features.max_joint_size(),
            runtime_selector,
        };
        if features != index.features() || joint_lookup_used != features.joint_lookup_used() {
            return Err(Fault::Inconsistent("not the features of these selectors").into());
        }
        if (max_per_row, max_joint_size) != (index.max_per_row as u64, u64::from(index.max_joint_size)) {
            return Err(Fault::Inconsistent("not the sizes that follow from the lookup patterns").into());
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
    write_lookup_features(w, &lookup.features());
    w.option(lookup.runtime_selector.as_ref(), write_commitment);
}
