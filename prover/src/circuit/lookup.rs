//! The tables of a circuit under each other, and which rows look something up.

use ark_ff::PrimeField;
use quickpickle_runtime::kimchi::evaluations::{GateType, LookupPattern};
use quickpickle_runtime::kimchi::index::{MAX_DOMAIN_LOG2, MAX_TABLE_COLUMNS};
use quickpickle_runtime::kimchi::lookup::{
    JointCombiner, LookupFeatures, RANGE_CHECK_TABLE_ID, Row, XOR_TABLE_ID,
};

use rayon::prelude::*;

use super::{CircuitError, FixedTable, RuntimeTable, table_id};
use crate::witness::WitnessError;

/// The lookup argument of a circuit, row by row.
#[derive(Clone, Debug)]
pub struct LookupLayout<F> {
    pub(crate) features: LookupFeatures,
    /// The pattern of each row; rows beyond these have none.
    pub(crate) patterns: Vec<Option<LookupPattern>>,
    /// The columns of all tables under each other; entries beyond their end are zero.
    pub(crate) columns: Vec<Vec<F>>,
    /// The table of each row of them, where some table has another id than 0.
    pub(crate) ids: Option<Vec<F>>,
    /// The row of the first entry of the runtime tables, and how many entries they have.
    pub(crate) runtime: Option<(usize, usize)>,
    /// Rows of the argument: the others are the zero-knowledge rows and the one where the aggregation ends.
    pub(crate) rows: usize,
}

/// Entries that the tables take up on the domain, with one for the row of zeros that rows without lookups look up.
///
/// The reference counts a table that a gate brings along, and a row for zeros unless the circuit itself gives a table 0.
pub(super) fn entries<F>(
    gates: &[GateType],
    tables: &[FixedTable<F>],
    runtime_tables: &[RuntimeTable<F>],
) -> Result<usize, CircuitError> {
    let limit = 1usize << MAX_DOMAIN_LOG2;
    let fixed = tables.iter().map(|table| table.columns.first().map_or(0, Vec::len));
    let runtime = runtime_tables.iter().map(|table| table.first_column.len());
    let of_gates = GateTable::ALL.into_iter().filter(|table| table.used_by(gates)).map(GateTable::len);
    let zeros = usize::from(!tables.iter().any(|table| table.id == 0));
    let entries = fixed.chain(runtime).chain(of_gates).fold(zeros, usize::saturating_add);
    if entries > limit { Err(CircuitError::TooManyRows { rows: entries }) } else { Ok(entries) }
}

impl<F: PrimeField> LookupLayout<F> {
    /// Lays the tables out. None where no row looks anything up.
    pub(super) fn new(
        gates: &[GateType],
        tables: &[FixedTable<F>],
        runtime_tables: &[RuntimeTable<F>],
        domain_size: usize,
        zk_rows: usize,
    ) -> Result<Option<Self>, CircuitError> {
        let rows = domain_size - zk_rows - 1;
        let patterns = patterns(gates)?;
        let used = LookupPattern::ALL.map(|pattern| patterns.contains(&Some(pattern)));
        if !used.contains(&true) {
            return Ok(None);
        }
        if let Some(row) = (rows..patterns.len()).find(|row| patterns[*row].is_some()) {
            return Err(CircuitError::LookupRow(row));
        }
        let features = LookupFeatures { patterns: used, runtime_table: !runtime_tables.is_empty() };

        let of_gates = GateTable::ALL.into_iter().filter(|table| table.used_by(gates)).map(GateTable::table);
        let mut stacked: Vec<FixedTable<F>> = tables.iter().cloned().chain(of_gates).collect();
        check_ids(stacked.iter().map(|table| table.id))?;
        check_ids(runtime_tables.iter().map(|table| table.id))?;
        let offset: usize = stacked.iter().map(|table| table.columns.first().map_or(0, Vec::len)).sum();
        let runtime_len: usize = runtime_tables.iter().map(|table| table.first_column.len()).sum();
        // The second column is zero in the key; the proof adds its own to it.
        stacked.extend(runtime_tables.iter().map(|table| FixedTable {
            id: table.id,
            columns: vec![table.first_column.clone(), vec![F::zero(); table.first_column.len()]],
        }));

        let width = stacked.iter().map(|table| table.columns.len()).max().unwrap_or(0);
        let width = width.max(features.max_joint_size() as usize);
        let mut columns = vec![Vec::new(); width];
        let mut ids = Vec::new();
        for table in &stacked {
            let len = table.columns.first().map_or(0, Vec::len);
            let shape = (1..=MAX_TABLE_COLUMNS).contains(&table.columns.len());
            if !shape || table.columns.iter().any(|column| column.len() != len) {
                return Err(CircuitError::TableShape { id: table.id });
            }
            ids.resize(ids.len() + len, table_id::<F>(table.id));
            for (i, column) in columns.iter_mut().enumerate() {
                match table.columns.get(i) {
                    Some(values) => column.extend(values),
                    None => column.resize(ids.len(), F::zero()),
                }
            }
        }
        let mut zero_tables = stacked.iter().filter(|table| table.id == 0).peekable();
        if zero_tables.peek().is_some() && !zero_tables.any(has_zero_row) {
            return Err(CircuitError::NoZeroRow);
        }
        if ids.len() >= rows {
            return Err(CircuitError::TooManyRows { rows: ids.len() });
        }
        Ok(Some(Self {
            features,
            patterns,
            columns,
            ids: stacked.iter().any(|table| table.id != 0).then_some(ids),
            runtime: features.runtime_table.then_some((offset, runtime_len)),
            rows,
        }))
    }

    /// The pattern of a row.
    pub(crate) fn pattern(&self, row: usize) -> Option<LookupPattern> {
        self.patterns.get(row).copied().flatten()
    }

    /// The rows of a pattern.
    pub(crate) fn selector(&self, pattern: LookupPattern) -> Vec<F> {
        self.patterns.iter().map(|p| F::from(*p == Some(pattern))).collect()
    }

    /// 1 on the rows without an entry of the runtime tables, but for the zero-knowledge rows.
    pub(crate) fn runtime_selector(&self) -> Option<Vec<F>> {
        let (offset, len) = self.runtime?;
        let mut selector = vec![F::one(); self.rows + 1];
        selector[offset..offset + len].fill(F::zero());
        Some(selector)
    }

    /// The second columns of the runtime tables, at their rows of the domain.
    pub(crate) fn runtime_column(&self, tables: &[Vec<F>]) -> Vec<F> {
        let Some((offset, len)) = self.runtime else { return Vec::new() };
        let mut column = Vec::with_capacity(offset + len);
        column.resize(offset, F::zero());
        column.extend(tables.iter().flatten());
        column
    }

    /// The rows of the tables, each combined to one value; `runtime` is added to the second column.
    pub(crate) fn combined_table(&self, combiner: &JointCombiner<F>, runtime: &[F]) -> Vec<F> {
        let at = |column: &[F], row: usize| column.get(row).copied().unwrap_or(F::ZERO);
        let combine = |row: usize| {
            let mut entry: Vec<F> = self.columns.iter().map(|column| at(column, row)).collect();
            if let Some(second) = entry.get_mut(1) {
                *second += at(runtime, row);
            }
            combiner.combine(&entry, self.ids.as_ref().map_or(F::ZERO, |ids| at(ids, row)))
        };
        (0..self.rows).into_par_iter().map(combine).collect()
    }

    /// Hands on, row by row, each lookup's place in its row and its combined value.
    pub(crate) fn for_each_lookup(
        &self,
        combiner: &JointCombiner<F>,
        cell: impl Fn(usize, usize) -> F,
        mut f: impl FnMut(usize, usize, F),
    ) {
        for (row, pattern) in self.patterns.iter().enumerate() {
            let Some(pattern) = pattern else { continue };
            for lookup in 0..pattern.per_row() {
                f(row, lookup, pattern.lookup(lookup, combiner, |col| cell(row, col)));
            }
        }
    }

    /// The error for a lookup that finds nothing.
    pub(crate) fn missing(&self, gate: GateType, row: usize, lookup: usize) -> WitnessError {
        // Lookups are made by rows with a pattern only.
        let pattern = self.pattern(row).unwrap_or(LookupPattern::Lookup);
        WitnessError::Lookup { row, gate, pattern, lookup }
    }
}

/// The pattern of each row, the one after the last gate included.
fn patterns(gates: &[GateType]) -> Result<Vec<Option<LookupPattern>>, CircuitError> {
    let mut patterns = vec![None; gates.len() + 1];
    for (row, gate) in gates.iter().enumerate() {
        for (row, position) in [(row, Row::Curr), (row + 1, Row::Next)] {
            let Some(pattern) = LookupPattern::of_gate(*gate, position) else { continue };
            match patterns[row].replace(pattern) {
                Some(first) if first != pattern => {
                    return Err(CircuitError::Patterns { row, first, second: pattern });
                }
                _ => {}
            }
        }
    }
    Ok(patterns)
}

fn check_ids(ids: impl Iterator<Item = i32>) -> Result<(), CircuitError> {
    let mut seen = std::collections::HashSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(CircuitError::TableId { id });
        }
    }
    Ok(())
}

fn has_zero_row<F: PrimeField>(table: &FixedTable<F>) -> bool {
    let len = table.columns.first().map_or(0, Vec::len);
    (0..len).any(|row| table.columns.iter().all(|column| column[row].is_zero()))
}

/// A table that gates bring along, in the order in which they are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GateTable {
    RangeCheck,
    Xor,
}

impl GateTable {
    const ALL: [Self; 2] = [Self::RangeCheck, Self::Xor];

    fn of(pattern: LookupPattern) -> Option<Self> {
        match pattern {
            LookupPattern::Xor => Some(Self::Xor),
            LookupPattern::RangeCheck | LookupPattern::ForeignFieldMul => Some(Self::RangeCheck),
            LookupPattern::Lookup => None,
        }
    }

    fn used_by(self, gates: &[GateType]) -> bool {
        gates.iter().any(|gate| {
            [Row::Curr, Row::Next]
                .into_iter()
                .filter_map(|row| LookupPattern::of_gate(*gate, row))
                .any(|pattern| Self::of(pattern) == Some(self))
        })
    }

    fn len(self) -> usize {
        match self {
            Self::RangeCheck => 1 << 12,
            Self::Xor => 1 << 8,
        }
    }

    /// The numbers of 12 bits upwards, or (a, b, a ⊕ b) from (15, 15, 0) down to zeros.
    fn table<F: PrimeField>(self) -> FixedTable<F> {
        let column = |f: &dyn Fn(u64) -> u64| (0..self.len() as u64).map(|i| F::from(f(i))).collect();
        let (id, columns) = match self {
            Self::RangeCheck => (RANGE_CHECK_TABLE_ID, vec![column(&|i| i)]),
            Self::Xor => {
                let (a, b) = (|i: u64| 15 - i / 16, |i: u64| 15 - i % 16);
                (XOR_TABLE_ID, vec![column(&a), column(&b), column(&|i| a(i) ^ b(i))])
            }
        };
        FixedTable { id: id as i32, columns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickpickle_runtime::curve::Fp;

    fn layout(
        gates: &[GateType],
        tables: &[FixedTable<Fp>],
        runtime: &[RuntimeTable<Fp>],
    ) -> Result<Option<LookupLayout<Fp>>, CircuitError> {
        LookupLayout::new(gates, tables, runtime, 1 << 13, 3)
    }

    fn table(id: i32, columns: &[&[u64]]) -> FixedTable<Fp> {
        FixedTable { id, columns: columns.iter().map(|c| c.iter().map(|x| Fp::from(*x)).collect()).collect() }
    }

    #[test]
    fn tables_of_gates_come_last_and_range_check_first() {
        use GateType as G;
        let layout = layout(&[G::Xor16, G::Rot64, G::Zero, G::Zero], &[table(7, &[&[1, 2], &[3, 4]])], &[]);
        let layout = layout.unwrap().unwrap();
        assert_eq!(layout.columns.len(), 3);
        let ids = layout.ids.unwrap();
        assert_eq!(ids.len(), 2 + 4096 + 256);
        assert_eq!([ids[0], ids[2], ids[4098]], [7u64, 1, 0].map(Fp::from));
        assert_eq!(layout.columns[0][2 + 4095], Fp::from(4095u64));
        assert_eq!(layout.columns[2][4098 + 16 + 3], Fp::from(14u64 ^ 12));
    }

    #[test]
    fn only_circuits_that_look_something_up_have_a_lookup_argument() {
        assert!(layout(&[GateType::Generic; 4], &[table(7, &[&[1]])], &[]).unwrap().is_none());
    }

    #[test]
    fn malformed_tables_are_refused() {
        use GateType as G;
        let lookups = [G::Lookup, G::RangeCheck0, G::Zero];
        let error = |tables: &[FixedTable<Fp>]| layout(&lookups, tables, &[]).unwrap_err();
        assert_eq!(error(&[table(2, &[&[1], &[]])]), CircuitError::TableShape { id: 2 });
        assert_eq!(error(&[table(2, &[])]), CircuitError::TableShape { id: 2 });
        assert_eq!(
            error(&[table(2, &[[].as_slice(); MAX_TABLE_COLUMNS + 1])]),
            CircuitError::TableShape { id: 2 }
        );
        assert_eq!(error(&[table(2, &[&[1]]), table(2, &[&[1]])]), CircuitError::TableId { id: 2 });
        // The range check brings table 1 along.
        assert_eq!(error(&[table(1, &[&[1]])]), CircuitError::TableId { id: 1 });
        assert_eq!(error(&[table(0, &[&[1, 2], &[0, 0]])]), CircuitError::NoZeroRow);
        assert!(layout(&lookups, &[table(0, &[&[1, 0], &[0, 0]])], &[]).is_ok());
        let long = vec![0; 1 << 13];
        assert!(matches!(error(&[table(5, &[&long])]), CircuitError::TooManyRows { .. }));
    }

    #[test]
    fn a_row_has_one_pattern() {
        use GateType as G;
        let error = layout(&[G::ForeignFieldMul, G::RangeCheck0, G::Zero], &[], &[]).unwrap_err();
        let (first, second) = (LookupPattern::ForeignFieldMul, LookupPattern::RangeCheck);
        assert_eq!(error, CircuitError::Patterns { row: 1, first, second });
        assert!(layout(&[G::RangeCheck1, G::RangeCheck0, G::Zero], &[], &[]).is_ok());
    }

    #[test]
    fn no_lookups_behind_the_end_of_the_argument() {
        let mut gates = vec![GateType::Zero; (1 << 13) - 3];
        gates[(1 << 13) - 4] = GateType::Rot64;
        assert_eq!(layout(&gates, &[], &[]).unwrap_err(), CircuitError::LookupRow((1 << 13) - 4));
    }
}
