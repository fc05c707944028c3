//! The sorted table of the lookup argument, and its aggregation.

use std::collections::HashMap;

use ark_ff::{PrimeField, batch_inversion};
use quickpickle_runtime::kimchi::evaluations::{COLUMNS, GateType};
use quickpickle_runtime::kimchi::lookup::{JointCombiner, LookupChallenges};
use rayon::prelude::*;

use crate::circuit::LookupLayout;
use crate::witness::WitnessError;

/// Rows that share an inversion.
const BATCH: usize = 1 << 10;

/// The columns of the sorted table without zero-knowledge rows, each one element longer than the argument has rows.
///
/// They hold every value of the table once, and once more for each lookup of it, equal values beside each other in the
/// table's order; rows that make fewer lookups than the most look up zeros. Read down the first column, up the second, and so
/// on, the last element of a column being the first of the next.
pub(super) fn sorted<F: PrimeField>(
    layout: &LookupLayout<F>,
    table: &[F],
    witness: &[&[F]; COLUMNS],
    combiner: &JointCombiner<F>,
    gate: impl Fn(usize) -> GateType,
) -> Result<Vec<Vec<F>>, WitnessError> {
    let per_row = layout.features.max_per_row();
    let mut counts: HashMap<F, usize> = table.iter().map(|value| (*value, 1)).collect();
    let mut looked_up = 0;
    let mut result = Ok(());
    layout.for_each_lookup(
        combiner,
        |row, col| witness[col][row],
        |row, lookup, value| {
            looked_up += 1;
            match counts.get_mut(&value) {
                Some(count) => *count += 1,
                None if result.is_ok() => result = Err(layout.missing(gate(row), row, lookup)),
                None => {}
            }
        },
    );
    result?;
    // The table ends with zeros, of table 0.
    *counts.entry(F::ZERO).or_default() += per_row * layout.rows - looked_up;

    // A value that is in the table several times stands with its lookups where it is first, and alone after that.
    let in_order = table.iter().flat_map(|value| {
        let count = counts.insert(*value, 1).unwrap_or(1);
        std::iter::repeat_n(*value, count)
    });
    let in_order: Vec<F> = in_order.collect();
    debug_assert_eq!(in_order.len(), (per_row + 1) * layout.rows);
    Ok((0..=per_row)
        .map(|i| {
            let start = i * layout.rows;
            let end = (start + layout.rows + 1).min(in_order.len());
            let mut column = in_order[start..end].to_vec();
            // The last column has no next one: its last value once more.
            column.resize(layout.rows + 1, in_order[end - 1]);
            if i % 2 == 1 {
                column.reverse();
            }
            column
        })
        .collect())
}

/// The aggregation without zero-knowledge rows: 1, then the one before times what the row looked up and the table over what
/// is sorted. None where it does not end at 1.
pub(super) fn aggregation<F: PrimeField>(
    layout: &LookupLayout<F>,
    table: &[F],
    sorted: &[&[F]],
    witness: &[&[F]; COLUMNS],
    challenges: &LookupChallenges<F>,
) -> Option<Vec<F>> {
    let after = |row: usize| table.get(row + 1).copied().unwrap_or(F::ZERO);
    let mut ratios = vec![F::ONE; layout.rows];
    ratios.par_chunks_mut(BATCH).enumerate().for_each(|(batch, ratios)| {
        let rows = batch * BATCH..;
        for (row, ratio) in rows.clone().zip(ratios.iter_mut()) {
            *ratio = challenges.sorted_step(|i| (sorted[i][row], sorted[i][row + 1]));
        }
        batch_inversion(ratios);
        for (row, ratio) in rows.zip(ratios.iter_mut()) {
            *ratio *= challenges.looked_up(layout.pattern(row), |col| witness[col][row])
                * challenges.table_step(table[row], after(row));
        }
    });
    let mut aggregation = Vec::with_capacity(layout.rows + 1);
    let mut last = F::ONE;
    aggregation.push(last);
    for ratio in ratios {
        last *= ratio;
        aggregation.push(last);
    }
    (last == F::ONE).then_some(aggregation)
}
