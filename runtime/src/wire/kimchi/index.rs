//! `VerifierIndex`.

use ark_ff::AdditiveGroup;

use super::msgpack::MsgPack;
use super::{DOMAIN_BYTES, commitment, domain_bytes, domain_log2, lookup_features};
use crate::curve::{KimchiCurve, ScalarField};
use crate::kimchi::evaluations::PERMUTS;
use crate::kimchi::index::{
    LookupIndex, MAX_PREVIOUS_CHALLENGES, MAX_SRS_LOG2, MAX_TABLE_COLUMNS, VerifierIndex,
};
use crate::kimchi::lookup::LookupFeatures;
use crate::kimchi::names::{BASIC_COMMITMENTS, OPTIONAL_COMMITMENTS};
use crate::kimchi::proof::Commitment;
use crate::limits::Limits;
use crate::wire::codec::Walk;
use crate::wire::error::Fault;

/// The fields of `VerifierIndex`.
pub(super) const FIELDS: usize = 21;

/// A verification key, whose commitments, where it is read, have no more chunks than its sizes and the limits say.
pub(super) fn index<M: MsgPack, C: KimchiCurve>(
    m: &mut M,
    index: &mut VerifierIndex<C>,
    limits: &Limits,
) -> Walk<M> {
    m.structure(FIELDS, |m| {
        m.field("domain", |m| {
            // A domain that does not exist is written as zeros, which nothing reads.
            let mut bytes = domain_bytes::<C>(index.domain_log2).unwrap_or([0; DOMAIN_BYTES]);
            m.binary(&mut bytes)?;
            m.check(|| {
                index.domain_log2 = domain_log2::<C>(&bytes)?;
                Ok(())
            })
        })?;
        let rows = 1usize.checked_shl(index.domain_log2).unwrap_or(0);
        m.field("max_poly_size", |m| {
            m.size(1 << MAX_SRS_LOG2, &mut index.max_poly_size)?;
            let size = index.max_poly_size;
            m.check(|| {
                if size.is_power_of_two() { Ok(()) } else { Err(Fault::OutOfRange { found: size as u64 }) }
            })
        })?;
        m.field("zk_rows", |m| {
            m.uint(&mut index.zk_rows)?;
            let found = index.zk_rows;
            m.check(|| if found <= rows as u64 { Ok(()) } else { Err(Fault::OutOfRange { found }) })
        })?;
        m.field("public", |m| m.size(rows, &mut index.public))?;
        m.field("prev_challenges", |m| m.size(MAX_PREVIOUS_CHALLENGES, &mut index.previous_challenges))?;
        let chunks = index.chunks().min(limits.chunks);
        m.field("sigma_comm", |m| m.array(&mut index.sigma, |m, c| commitment(m, c, chunks)))?;
        m.field("coefficients_comm", |m| m.array(&mut index.coefficients, |m, c| commitment(m, c, chunks)))?;
        for (selector, name) in index.selectors.iter_mut().zip(BASIC_COMMITMENTS) {
            m.field(name, |m| commitment(m, selector, chunks))?;
        }
        for (selector, name) in index.optional_selectors.iter_mut().zip(OPTIONAL_COMMITMENTS) {
            m.field(name, |m| optional(m, selector, chunks))?;
        }
        m.field("shift", |m| m.array(&mut index.shifts, M::element))?;
        m.field("lookup_index", |m| m.option(&mut index.lookup, |m, lookup| lookup_index(m, lookup, chunks)))
    })
}

fn optional<M: MsgPack, C: KimchiCurve>(
    m: &mut M,
    value: &mut Option<Commitment<C>>,
    chunks: usize,
) -> Walk<M> {
    m.option(value, |m, value| commitment(m, value, chunks))
}

fn lookup_index<M: MsgPack, C: KimchiCurve>(
    m: &mut M,
    lookup: &mut LookupIndex<C>,
    chunks: usize,
) -> Walk<M> {
    let mut features = lookup.features();
    let mut sizes = (lookup.max_per_row as u64, u64::from(lookup.max_joint_size));
    m.structure(6, |m| {
        m.field("joint_lookup_used", |m| m.boolean(&mut lookup.joint_lookup_used))?;
        m.field("lookup_table", |m| {
            m.list(MAX_TABLE_COLUMNS, &mut lookup.table, |m, column| commitment(m, column, chunks))
        })?;
        m.field("lookup_selectors", |m| {
            m.array(&mut lookup.pattern_selectors, |m, selector| optional(m, selector, chunks))
        })?;
        m.field("table_ids", |m| optional(m, &mut lookup.table_ids, chunks))?;
        m.field("lookup_info", |m| {
            m.structure(3, |m| {
                m.field("max_per_row", |m| m.uint(&mut sizes.0))?;
                m.field("max_joint_size", |m| m.uint(&mut sizes.1))?;
                m.field("features", |m| lookup_features(m, &mut features))
            })
        })?;
        m.field("runtime_tables_selector", |m| optional(m, &mut lookup.runtime_selector, chunks))?;
        m.check(|| follows(lookup, &features, sizes))
    })
}

/// What a key tells twice about its lookups must agree; the selectors decide.
fn follows<C: KimchiCurve>(
    lookup: &mut LookupIndex<C>,
    features: &LookupFeatures,
    sizes: (u64, u64),
) -> Result<(), Fault> {
    lookup.max_per_row = features.max_per_row();
    lookup.max_joint_size = features.max_joint_size();
    if *features != lookup.features() || lookup.joint_lookup_used != features.joint_lookup_used() {
        return Err(Fault::Inconsistent("not the features of these selectors"));
    }
    if sizes != (lookup.max_per_row as u64, u64::from(lookup.max_joint_size)) {
        return Err(Fault::Inconsistent("not the sizes that follow from the lookup patterns"));
    }
    Ok(())
}

/// A key to be read into.
pub(super) fn blank<C: KimchiCurve>() -> VerifierIndex<C> {
    VerifierIndex {
        domain_log2: 0,
        max_poly_size: 0,
        zk_rows: 0,
        public: 0,
        previous_challenges: 0,
        sigma: Default::default(),
        coefficients: Default::default(),
        selectors: Default::default(),
        optional_selectors: Default::default(),
        shifts: [ScalarField::<C>::ZERO; PERMUTS],
        lookup: None,
    }
}

impl<C: KimchiCurve> Default for LookupIndex<C> {
    /// No lookups, of no table.
    fn default() -> Self {
        Self {
            joint_lookup_used: false,
            table: Vec::new(),
            pattern_selectors: Default::default(),
            max_per_row: 0,
            max_joint_size: 0,
            table_ids: None,
            runtime_selector: None,
        }
    }
}
