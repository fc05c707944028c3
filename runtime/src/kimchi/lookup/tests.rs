//! The whole argument on a small domain: an honest prover's columns satisfy all constraints on all rows, and altered
//! ones do not.

use std::collections::BTreeMap;

use ark_ff::{AdditiveGroup, FftField, Field, UniformRand};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;
use crate::curve::Fp;
use crate::kimchi::evaluations::COLUMNS;

const LOG2: u32 = 6;
const N: usize = 1 << LOG2;

/// A circuit's and an honest prover's columns; rows that are left out of `patterns` look nothing up.
#[derive(Clone)]
struct Columns {
    zk_rows: usize,
    patterns: Vec<Option<LookupPattern>>,
    witness: Vec<[Fp; COLUMNS]>,
    table: Vec<Fp>,
    sorted: Vec<Vec<Fp>>,
    aggregation: Vec<Fp>,
    runtime_table: Vec<Fp>,
    runtime_selector: Vec<Fp>,
}

/// The columns at one row.
struct AtRow<'a> {
    columns: &'a Columns,
    row: usize,
    omega: Fp,
}

impl AtRow<'_> {
    fn next(&self) -> usize {
        (self.row + 1) % N
    }

    fn x(&self) -> Fp {
        self.omega.pow([self.row as u64])
    }

    /// (xⁿ - 1)/(x - ωⁱ) at x = ωʳᵒʷ: n·xⁿ⁻¹ if the row is i, 0 otherwise.
    fn basis(&self, i: usize) -> Fp {
        if self.row == i { Fp::from(N as u64) * self.x().pow([N as u64 - 1]) } else { Fp::ZERO }
    }

    /// The row where the aggregation ends.
    fn last(&self) -> usize {
        N - self.columns.zk_rows - 1
    }
}

impl LookupCells<Fp> for AtRow<'_> {
    fn witness(&self, col: usize) -> Fp {
        self.columns.witness[self.row][col]
    }

    fn selector(&self, pattern: LookupPattern) -> Fp {
        Fp::from(u64::from(self.columns.patterns[self.row] == Some(pattern)))
    }

    fn sorted(&self, i: usize) -> Fp {
        self.columns.sorted[i][self.row]
    }

    fn sorted_next(&self, i: usize) -> Fp {
        self.columns.sorted[i][self.next()]
    }

    fn aggregation(&self) -> Fp {
        self.columns.aggregation[self.row]
    }

    fn aggregation_next(&self) -> Fp {
        self.columns.aggregation[self.next()]
    }

    fn table(&self) -> Fp {
        self.columns.table[self.row]
    }

    fn table_next(&self) -> Fp {
        self.columns.table[self.next()]
    }

    fn runtime_table(&self) -> Fp {
        self.columns.runtime_table[self.row]
    }

    fn runtime_selector(&self) -> Fp {
        self.columns.runtime_selector[self.row]
    }

    fn first_row(&self) -> Fp {
        self.basis(0)
    }

    fn last_row(&self) -> Fp {
        self.basis(self.last())
    }

    fn vanishes_on_last_rows(&self) -> Fp {
        (self.last()..N).map(|i| self.x() - self.omega.pow([i as u64])).product()
    }
}

fn combine(rows: &[Fp], id: Fp, joint: Fp, features: &LookupFeatures) -> Fp {
    let columns: Fp = rows.iter().enumerate().map(|(i, column)| joint.pow([i as u64]) * column).sum();
    columns + joint.pow([u64::from(features.max_joint_size())]) * id
}

/// A small table of each kind, the runtime table last: rows of (id, columns).
fn tables(runtime: &[(Fp, Fp)]) -> Vec<(u64, Vec<Fp>)> {
    let mut rows = Vec::new();
    for i in 0..12u64 {
        rows.push((XOR_TABLE_ID, [i, 3 * i % 16, i ^ (3 * i % 16)].map(Fp::from).to_vec()));
        rows.push((RANGE_CHECK_TABLE_ID, vec![Fp::from(i * 371)]));
        rows.push((7, vec![Fp::from(i), Fp::from(i * i)]));
    }
    rows.extend(runtime.iter().map(|&(index, value)| (8, vec![index, value])));
    rows
}

/// Columns of a circuit with random lookups, for an honest prover.
fn honest(features: &LookupFeatures, challenges: [Fp; 3], zk_rows: usize, rng: &mut StdRng) -> Columns {
    let [beta, gamma, joint] = challenges;
    let last = N - zk_rows - 1;

    let runtime: Vec<(Fp, Fp)> = match features.runtime_table {
        true => (0..5u64).map(|i| (Fp::from(i), Fp::rand(rng))).collect(),
        false => Vec::new(),
    };
    let rows = tables(&runtime);
    let fixed = rows.len() - runtime.len();
    let mut table: Vec<Fp> =
        rows.iter().map(|(id, columns)| combine(columns, Fp::from(*id), joint, features)).collect();
    table.resize(last, Fp::ZERO);
    let random_rows = |rng: &mut StdRng, count: usize| (0..count).map(|_| Fp::rand(rng)).collect::<Vec<_>>();
    let mut runtime_table = vec![Fp::ZERO; N - zk_rows];
    let mut runtime_selector = vec![Fp::ONE; N - zk_rows];
    for (i, (_, value)) in runtime.iter().enumerate() {
        runtime_table[fixed + i] = *value;
        runtime_selector[fixed + i] = Fp::ZERO;
    }
    runtime_selector.resize(N, Fp::ZERO);
    runtime_table.extend(random_rows(rng, zk_rows));

    // Lookups: random rows of the tables, wherever the pattern takes them from.
    let kinds: Vec<LookupPattern> = features.patterns().collect();
    let mut patterns = vec![None; N];
    let mut witness: Vec<[Fp; COLUMNS]> = (0..N).map(|_| std::array::from_fn(|_| Fp::rand(rng))).collect();
    let mut looked_up = vec![Vec::new(); last];
    for row in 0..last {
        let cells = &mut witness[row];
        let Some(&pattern) = kinds.get(rng.gen_range(0..=kinds.len())) else { continue };
        patterns[row] = Some(pattern);
        let table_of = |ids: &[u64]| rows.iter().filter(|(id, _)| ids.contains(id)).collect::<Vec<_>>();
        let choice = match pattern {
            LookupPattern::Xor => table_of(&[XOR_TABLE_ID]),
            LookupPattern::RangeCheck | LookupPattern::ForeignFieldMul => table_of(&[RANGE_CHECK_TABLE_ID]),
            LookupPattern::Lookup => table_of(&[if features.runtime_table && rng.r#gen() { 8 } else { 7 }]),
        };
        for i in 0..pattern.per_row() {
            let (id, columns) = choice[rng.gen_range(0..choice.len())];
            match pattern {
                LookupPattern::Xor => (0..3).for_each(|j| cells[3 + i + 4 * j] = columns[j]),
                LookupPattern::Lookup => {
                    cells[0] = Fp::from(*id);
                    cells[1 + 2 * i] = columns[0];
                    cells[2 + 2 * i] = columns[1];
                }
                LookupPattern::RangeCheck => cells[3 + i] = columns[0],
                LookupPattern::ForeignFieldMul => cells[7 + i] = columns[0],
            }
            looked_up[row].push(combine(columns, Fp::from(*id), joint, features));
        }
    }

    // Every row makes as many lookups as the pattern with the most; those that are missing are of zero.
    let max_per_row = features.max_per_row();
    for values in &mut looked_up {
        values.resize(max_per_row, Fp::ZERO);
    }
    let mut counts: BTreeMap<Fp, usize> = BTreeMap::new();
    for value in looked_up.iter().flatten() {
        *counts.entry(*value).or_default() += 1;
    }
    let mut sorted_all = Vec::new();
    for value in &table {
        let count = 1 + counts.insert(*value, 0).unwrap_or(0);
        sorted_all.extend(std::iter::repeat_n(*value, count));
    }
    assert_eq!(sorted_all.len(), (max_per_row + 1) * last);
    sorted_all.push(sorted_all[sorted_all.len() - 1]);
    let sorted = (0..=max_per_row)
        .map(|i| {
            let mut column = sorted_all[i * last..=(i + 1) * last].to_vec();
            if i % 2 == 1 {
                column.reverse();
            }
            column.extend(random_rows(rng, zk_rows));
            column
        })
        .collect::<Vec<_>>();

    table.push(Fp::ZERO);
    table.extend(random_rows(rng, zk_rows));
    let mut aggregation = vec![Fp::ONE];
    for row in 0..last {
        let f: Fp = looked_up[row].iter().map(|f| (Fp::ONE + beta) * (gamma + f)).product();
        let pair = |a: Fp, b: Fp| gamma * (Fp::ONE + beta) + a + beta * b;
        let s: Fp = (sorted.iter().enumerate())
            .map(|(i, s)| if i % 2 == 0 { pair(s[row], s[row + 1]) } else { pair(s[row + 1], s[row]) })
            .product();
        aggregation.push(aggregation[row] * f * pair(table[row], table[row + 1]) / s);
    }
    aggregation.extend(random_rows(rng, zk_rows));

    Columns { zk_rows, patterns, witness, table, sorted, aggregation, runtime_table, runtime_selector }
}

/// The constraints that are not zero, by row and place.
fn violated(features: &LookupFeatures, challenges: [Fp; 3], columns: &Columns) -> Vec<(usize, usize)> {
    let [beta, gamma, joint] = challenges;
    let challenges = LookupChallenges::new(*features, beta, gamma, joint);
    let omega = Fp::get_root_of_unity(N as u64).unwrap();
    let mut violated = Vec::new();
    for row in 0..N {
        constraints(&challenges, &AtRow { columns, row, omega }, |i, value| {
            if value != Fp::ZERO {
                violated.push((row, i));
            }
        });
    }
    violated
}

fn features() -> impl Strategy<Value = LookupFeatures> {
    any::<([bool; 4], bool)>()
        .prop_filter("no lookups", |(patterns, _)| patterns.contains(&true))
        .prop_map(|(patterns, runtime_table)| LookupFeatures { patterns, runtime_table })
}

fn setup(features: &LookupFeatures, zk_rows: usize, seed: u64) -> ([Fp; 3], Columns, StdRng) {
    let mut rng = StdRng::seed_from_u64(seed);
    let challenges = std::array::from_fn(|_| Fp::rand(&mut rng));
    let columns = honest(features, challenges, zk_rows, &mut rng);
    (challenges, columns, rng)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn honest_columns_satisfy_all_constraints(features in features(), zk_rows in 3usize..9, seed: u64) {
        let (challenges, columns, _) = setup(&features, zk_rows, seed);
        prop_assert_eq!(violated(&features, challenges, &columns), vec![]);
    }

    /// A looked-up cell that no longer is in the table breaks the recurrence on its row.
    #[test]
    fn an_altered_lookup_is_refused(features in features(), seed: u64) {
        let (challenges, columns, mut rng) = setup(&features, 3, seed);
        for row in 0..N {
            let Some(pattern) = columns.patterns[row] else { continue };
            let cells: Vec<usize> = match pattern {
                LookupPattern::Xor => (3..15).collect(),
                LookupPattern::Lookup => (0..7).collect(),
                LookupPattern::RangeCheck => (3..7).collect(),
                LookupPattern::ForeignFieldMul => (7..11).collect(),
            };
            let mut altered = columns.clone();
            altered.witness[row][cells[rng.gen_range(0..cells.len())]] += Fp::rand(&mut rng);
            prop_assert_eq!(violated(&features, challenges, &altered), vec![(row, 0)]);
        }
    }

    /// Every cell of the argument's own columns before the zero-knowledge rows is constrained.
    #[test]
    fn altered_columns_are_refused(features in features(), seed: u64, row in 0..N - 3) {
        let (challenges, columns, mut rng) = setup(&features, 3, seed);
        let delta = Fp::rand(&mut rng);
        let refused = |alter: &dyn Fn(&mut Columns)| {
            let mut altered = columns.clone();
            alter(&mut altered);
            violated(&features, challenges, &altered)
        };
        prop_assert!(!refused(&|columns| columns.table[row] += delta).is_empty());
        prop_assert!(!refused(&|columns| columns.aggregation[row] += delta).is_empty());
        for i in 0..columns.sorted.len() {
            prop_assert!(!refused(&|columns| columns.sorted[i][row] += delta).is_empty());
        }
        let in_runtime_table = columns.runtime_selector[row] == Fp::ZERO;
        let expected = if features.runtime_table && !in_runtime_table { vec![(row, 7)] } else { vec![] };
        prop_assert_eq!(refused(&|columns| columns.runtime_table[row] += delta), expected);
        // An aggregation that does not start with 1 can be consistent from row to row.
        let scaled = refused(&|columns| columns.aggregation.iter_mut().for_each(|a| *a *= delta));
        prop_assert_eq!(scaled, vec![(0, 1), (N - 4, 2)]);
    }
}

/// Each column of the sorted table ends where the next one goes on; a prover who cuts it there is found out.
#[test]
fn columns_of_the_sorted_table_must_join() {
    let features = LookupFeatures { patterns: [true; 4], runtime_table: false };
    let (challenges, columns, _) = setup(&features, 3, 1);
    for i in 0..4 {
        let mut altered = columns.clone();
        let end = if i % 2 == 0 { N - 4 } else { 0 };
        // The end of column i alone: the recurrence beside it and the joint with column i + 1 break.
        altered.sorted[i][end] += Fp::ONE;
        assert!(violated(&features, challenges, &altered).contains(&(end, 3 + i)), "column {i}");
    }
}

#[test]
fn features_follow_from_the_patterns() {
    let of = |patterns| LookupFeatures { patterns, runtime_table: false };
    for (patterns, per_row, joint_size, joint) in [
        ([true, false, false, false], 4, 3, true),
        ([false, true, false, false], 3, 2, true),
        ([false, false, true, false], 4, 1, false),
        ([false, false, false, true], 4, 1, false),
        ([false, true, true, false], 4, 2, true),
        ([true; 4], 4, 3, true),
    ] {
        let features = of(patterns);
        assert_eq!(features.max_per_row(), per_row, "{patterns:?}");
        assert_eq!(features.max_joint_size(), joint_size, "{patterns:?}");
        assert_eq!(features.joint_lookup_used(), joint, "{patterns:?}");
    }
}
