//! The constant term against a second path: each constraint on its own, times its selector and its power of α.

use ark_ff::Field;
use proptest::prelude::*;

use super::*;
use crate::curve::{Fp, KimchiCurve, PallasConfig, ScalarField, VestaConfig};
use crate::kimchi::evaluations::COLUMNS;
use crate::kimchi::gates::Generation;

type Point<F> = PointEvaluations<F>;

/// Evaluations of all columns, those of optional ones too.
fn evaluations<F: PrimeField>(values: &mut impl FnMut() -> F) -> Evaluations<Point<F>> {
    let mut point = || Point { zeta: values(), zeta_omega: values() };
    Evaluations {
        public: Some(point()),
        w: std::array::from_fn(|_| point()),
        z: point(),
        s: std::array::from_fn(|_| point()),
        coefficients: std::array::from_fn(|_| point()),
        selectors: std::array::from_fn(|_| point()),
        optional_selectors: std::array::from_fn(|_| Some(point())),
        lookup: LookupEvaluations {
            aggregation: Some(point()),
            table: Some(point()),
            sorted: std::array::from_fn(|_| Some(point())),
            runtime_table: Some(point()),
            runtime_selector: Some(point()),
            pattern_selectors: std::array::from_fn(|_| Some(point())),
        },
    }
}

/// The evaluations of those columns only that a circuit with these features has.
fn needed<F: PrimeField>(features: &Features, all: &Evaluations<Point<F>>) -> Evaluations<Point<F>> {
    let mut needed = Evaluations { lookup: LookupEvaluations::default(), ..all.clone() };
    for (selector, used) in needed.optional_selectors.iter_mut().zip(features.optional_gates) {
        *selector = selector.filter(|_| used);
    }
    if let Some(lookup) = &features.lookup {
        needed.lookup.aggregation = all.lookup.aggregation;
        needed.lookup.table = all.lookup.table;
        for i in 0..=lookup.max_per_row() {
            needed.lookup.sorted[i] = all.lookup.sorted[i];
        }
        for (i, used) in lookup.patterns.into_iter().enumerate() {
            needed.lookup.pattern_selectors[i] = all.lookup.pattern_selectors[i].filter(|_| used);
        }
        if lookup.runtime_table {
            needed.lookup.runtime_table = all.lookup.runtime_table;
            needed.lookup.runtime_selector = all.lookup.runtime_selector;
        }
    }
    needed
}

/// The cells of a gate, copied out of the evaluations.
struct Copied<F> {
    curr: [F; COLUMNS],
    next: [F; COLUMNS],
    coeff: [F; COLUMNS],
}

impl<F: PrimeField> Cells<F> for Copied<F> {
    fn curr(&self, col: usize) -> F {
        self.curr[col]
    }

    fn next(&self, col: usize) -> F {
        self.next[col]
    }

    fn coeff(&self, col: usize) -> F {
        self.coeff[col]
    }
}

/// The gates' share: the power of α of the i-th constraint is i for all gates.
fn gates_directly<F: PrimeField>(
    linearization: &Linearization<F>,
    evaluations: &Evaluations<Point<F>>,
    alpha: F,
) -> F {
    let cells = Copied {
        curr: evaluations.w.map(|e| e.zeta),
        next: evaluations.w.map(|e| e.zeta_omega),
        coeff: evaluations.coefficients.map(|e| e.zeta),
    };
    let mut sum = F::zero();
    let mut add = |gate, selector: Point<F>| {
        let mut i = 0u64;
        gates::constraints(gate, &linearization.constants, &cells, |constraint| {
            sum += selector.zeta * alpha.pow([i]) * constraint;
            i += 1;
        });
    };
    for (i, gate) in GateType::BASIC.into_iter().enumerate() {
        add(gate, evaluations.selectors[i]);
    }
    for (i, gate) in GateType::OPTIONAL.into_iter().enumerate() {
        if linearization.features.optional_gates[i] {
            add(gate, evaluations.optional_selectors[i].unwrap());
        }
    }
    sum
}

/// The lookup argument's share, written out once more from the argument's description in the Kimchi book.
fn lookups_directly<F: PrimeField>(
    linearization: &Linearization<F>,
    evaluations: &Evaluations<Point<F>>,
    alpha: F,
    challenges: &Challenges<F>,
) -> F {
    let Some(features) = linearization.features.lookup else { return F::zero() };
    let Challenges { beta, gamma, joint_combiner: j, zeta } = *challenges;
    let one = F::one();
    let n = linearization.domain.size;
    let omega = |i: u64| linearization.domain.group_gen.pow([i]);
    let lagrange = |i: u64| (zeta.pow([n]) - one) / (zeta - omega(i));
    let end = n - linearization.zk_rows - 1;
    let w = |i: usize| evaluations.w[i].zeta;
    let m = features.max_per_row();
    let id = j.pow([u64::from(features.max_joint_size())]);

    let mut product_of_lookups = F::zero();
    let mut without = one;
    for (i, used) in features.patterns.into_iter().enumerate() {
        if !used {
            continue;
        }
        let selector = evaluations.lookup.pattern_selectors[i].unwrap().zeta;
        let mut lookups: Vec<F> = match i {
            0 => (0..4).map(|k| w(3 + k) + j * w(7 + k) + j.square() * w(11 + k)).collect(),
            1 => (0..3).map(|k| w(2 * k + 1) + j * w(2 * k + 2) + id * w(0)).collect(),
            2 => (3..=6).map(|k| w(k) + id).collect(),
            _ => (7..=10).map(|k| w(k) + id).collect(),
        };
        lookups.resize(m, F::zero());
        product_of_lookups += selector * lookups.iter().map(|f| (one + beta) * (gamma + f)).product::<F>();
        without -= selector;
    }
    product_of_lookups += without * ((one + beta) * gamma).pow([m as u64]);

    let lookup = &evaluations.lookup;
    let pair = |a: F, b: F| gamma * (one + beta) + a + beta * b;
    let sorted: Vec<Point<F>> = lookup.sorted.iter().take(m + 1).map(|s| s.unwrap()).collect();
    let product_of_sorted: F = (sorted.iter().enumerate())
        .map(|(i, s)| if i % 2 == 0 { pair(s.zeta, s.zeta_omega) } else { pair(s.zeta_omega, s.zeta) })
        .product();
    let (aggregation, table) = (lookup.aggregation.unwrap(), lookup.table.unwrap());
    let mut constraints = vec![
        (end..n).map(|i| zeta - omega(i)).product::<F>()
            * (aggregation.zeta_omega * product_of_sorted
                - aggregation.zeta * product_of_lookups * pair(table.zeta, table.zeta_omega)),
        lagrange(0) * (aggregation.zeta - one),
        lagrange(end) * (aggregation.zeta - one),
    ];
    for i in 0..m {
        let row = if i % 2 == 0 { end } else { 0 };
        constraints.push(lagrange(row) * (sorted[i].zeta - sorted[i + 1].zeta));
    }
    constraints.resize(7, F::zero());
    if features.runtime_table {
        constraints.push(lookup.runtime_table.unwrap().zeta * lookup.runtime_selector.unwrap().zeta);
    }
    constraints.iter().zip(24u64..).map(|(constraint, i)| alpha.pow([i]) * constraint).sum()
}

fn agrees<C: KimchiCurve>(
    generation: Generation,
    features: Features,
    domain_log2: u32,
    zk_rows: u64,
    values: &[[u8; 32]],
) -> Result<(), TestCaseError> {
    let mut values = values.iter().map(|bytes| ScalarField::<C>::from_le_bytes_mod_order(bytes));
    let mut next = || values.next().unwrap();
    let linearization = Linearization {
        domain: Radix2EvaluationDomain::new(1 << domain_log2).unwrap(),
        zk_rows,
        features,
        constants: GateConstants::of::<C>(generation),
    };
    let alpha = next();
    let challenges = Challenges { beta: next(), gamma: next(), joint_combiner: next(), zeta: next() };
    let all = evaluations(&mut next);
    let needed = needed(&features, &all);

    let expected = gates_directly(&linearization, &needed, alpha)
        + lookups_directly(&linearization, &needed, alpha, &challenges);
    let alphas = Alphas::new(alpha);
    let term = |evaluations| linearization.constant_term(evaluations, &alphas, &challenges);
    prop_assert_eq!(term(&needed), Ok(expected));
    prop_assert_eq!(term(&all), Ok(expected), "columns that the circuit does not have were read");
    Ok(())
}

fn features() -> impl Strategy<Value = Features> {
    let lookup = any::<([bool; 4], bool)>().prop_map(|(patterns, runtime_table)| {
        patterns.contains(&true).then_some(LookupFeatures { patterns, runtime_table })
    });
    (any::<[bool; 6]>(), lookup).prop_map(|(optional_gates, lookup)| Features { optional_gates, lookup })
}

fn generation() -> impl Strategy<Value = Generation> {
    prop_oneof![Just(Generation::Berkeley), Just(Generation::DistinctPoints)]
}

/// Enough bytes for the challenges and two evaluations a column.
fn values() -> impl Strategy<Value = Vec<[u8; 32]>> {
    proptest::collection::vec(any::<[u8; 32]>(), 160)
}

proptest! {
    #[test]
    fn constant_term_of_step_circuits(
        generation in generation(), features in features(), log2 in 5u32..17, zk_rows in 3u64..20, values in values(),
    ) {
        agrees::<VestaConfig>(generation, features, log2, zk_rows, &values)?;
    }

    #[test]
    fn constant_term_of_wrap_circuits(
        generation in generation(), features in features(), log2 in 5u32..17, zk_rows in 3u64..20, values in values(),
    ) {
        agrees::<PallasConfig>(generation, features, log2, zk_rows, &values)?;
    }
}

/// Every set of optional gates, and every lookup configuration.
#[test]
fn constant_term_of_every_feature_set() {
    let values: Vec<[u8; 32]> =
        (0..160u8).map(|i| std::array::from_fn(|j| i.wrapping_mul(31) ^ j as u8)).collect();
    let bits = |set: u32| std::array::from_fn(|i| set >> i & 1 == 1);
    for gates in 0..1 << 6 {
        let features = Features { optional_gates: bits(gates), lookup: None };
        agrees::<VestaConfig>(Generation::Berkeley, features, 10, 3, &values).unwrap();
    }
    for patterns in 1..1 << 4 {
        for runtime_table in [false, true] {
            let patterns = std::array::from_fn(|i| patterns >> i & 1 == 1);
            let lookup = Some(LookupFeatures { patterns, runtime_table });
            let features = Features { optional_gates: [true; 6], lookup };
            agrees::<VestaConfig>(Generation::Berkeley, features, 10, 3, &values).unwrap();
        }
    }
}

#[test]
fn a_missing_evaluation_is_named() {
    let mut counter = 0u64;
    let all = evaluations(&mut || {
        counter += 1;
        Fp::from(counter)
    });
    let lookup = LookupFeatures { patterns: [true; 4], runtime_table: true };
    let linearization = Linearization {
        domain: Radix2EvaluationDomain::new(1 << 10).unwrap(),
        zk_rows: 3,
        features: Features { optional_gates: [true; 6], lookup: Some(lookup) },
        constants: GateConstants::of::<VestaConfig>(Generation::Berkeley),
    };
    let zeta = Fp::from(5u64);
    let challenges = Challenges { beta: Fp::ONE, gamma: Fp::ONE, joint_combiner: Fp::ONE, zeta };
    let term = |evaluations: &Evaluations<_>, challenges: &_| {
        linearization.constant_term(evaluations, &Alphas::new(zeta), challenges)
    };
    assert!(term(&all, &challenges).is_ok());

    let missing = |remove: &dyn Fn(&mut Evaluations<Point<Fp>>), column| {
        let mut evaluations = all.clone();
        remove(&mut evaluations);
        assert_eq!(term(&evaluations, &challenges), Err(LinearizationError::MissingEvaluation(column)));
    };
    for (i, gate) in GateType::OPTIONAL.into_iter().enumerate() {
        missing(&|e| e.optional_selectors[i] = None, Column::Selector(gate));
    }
    for (i, pattern) in LookupPattern::ALL.into_iter().enumerate() {
        missing(&|e| e.lookup.pattern_selectors[i] = None, Column::LookupSelector(pattern));
    }
    for i in 0..MAX_SORTED {
        missing(&|e| e.lookup.sorted[i] = None, Column::LookupSorted(i));
    }
    missing(&|e| e.lookup.aggregation = None, Column::LookupAggregation);
    missing(&|e| e.lookup.table = None, Column::LookupTable);
    missing(&|e| e.lookup.runtime_table = None, Column::RuntimeTable);
    missing(&|e| e.lookup.runtime_selector = None, Column::RuntimeSelector);

    for zeta in [Fp::ONE, linearization.domain.group_gen_inv.pow([4u64])] {
        let challenges = Challenges { zeta, ..challenges };
        assert_eq!(term(&all, &challenges), Err(LinearizationError::ZetaInDomain));
    }
}
