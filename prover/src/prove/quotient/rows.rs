//! The constraints on the rows of a coset.

use ark_ff::Field;
use ark_poly::Radix2EvaluationDomain;
use quickpickle_curve::PastaField;
use quickpickle_curve::rows::{Arithmetic, Rows, invert_rows};
use quickpickle_runtime::curve::{KimchiCurve, ScalarField};
use quickpickle_runtime::kimchi::alphas::Alphas;
use quickpickle_runtime::kimchi::evaluations::{Evaluations, GateType, LookupPattern, PERMUTS};
use quickpickle_runtime::kimchi::gates::{self, Cells, GateConstants};
use quickpickle_runtime::kimchi::lookup::{self, LookupCells, LookupChallenges};
use quickpickle_runtime::kimchi::permutation;
use rayon::prelude::*;

use super::Constraints;
use crate::prove::columns::Column;

/// All columns on one coset, in memory as the rows lie there; a column that is zero has no values.
pub(super) struct OnCoset<F: PastaField, V: Rows<F>> {
    pub columns: Evaluations<Vec<V::Stored>>,
    pub last_sigma: Vec<V::Stored>,
    /// The coset's first element.
    pub offset: F,
    /// xⁿ - 1.
    pub vanishing: F,
}

impl<F: PastaField, V: Rows<F>> OnCoset<F, V> {
    /// The columns that there are, without values yet.
    pub fn new(columns: &Evaluations<Column<F>>) -> Self {
        Self {
            columns: columns.map(|_| Vec::new()),
            last_sigma: Vec::new(),
            offset: F::ZERO,
            vanishing: F::ZERO,
        }
    }

    /// Evaluates all columns on a coset, which takes the place of the one before.
    pub fn evaluate(
        &mut self,
        columns: &Evaluations<Column<F>>,
        last_sigma: &Column<F>,
        domain: &Radix2EvaluationDomain<F>,
    ) {
        let coset = V::coset(domain);
        let mut polynomials = Vec::new();
        columns.map(|column| polynomials.push(column));
        let values = self.columns.each_mut();
        debug_assert_eq!(polynomials.len(), values.len());
        polynomials.push(last_sigma);
        let values = values.into_par_iter().chain([&mut self.last_sigma]);
        polynomials.into_par_iter().zip(values).for_each(|(polynomial, values)| {
            if !polynomial.coefficients.is_empty() {
                V::evaluate(&coset, &polynomial.coefficients, values);
            }
        });
        self.offset = domain.offset;
        // xⁿ - 1, xⁿ being the same everywhere on the coset.
        self.vanishing = domain.offset_pow_size - F::ONE;
    }
}

/// The constraints with all that they need of the proof in every row.
pub(super) struct OnRows<'a, C: KimchiCurve, V> {
    pub constraints: &'a Constraints<'a, C>,
    constants: GateConstants<V>,
    alphas: Alphas<V>,
    beta: V,
    gamma: V,
    shifts: [V; PERMUTS],
    one: V,
    /// The elements of the domain where the permutation's aggregation need not go on.
    permutation_ends: [V; 3],
    /// That of the first zero-knowledge row.
    first_zk_row: V,
    lookup: Option<Lookup<V>>,
}

/// The same for the lookup argument.
struct Lookup<V> {
    challenges: LookupChallenges<V>,
    /// The elements of the domain of the zero-knowledge rows and the one before them, from the last on.
    last_rows: Vec<V>,
    /// That of the row where the aggregation ends, the last of them.
    end: V,
}

impl<'a, C: KimchiCurve, V: Rows<ScalarField<C>>> OnRows<'a, C, V> {
    pub fn new(constraints: &'a Constraints<'a, C>) -> Self {
        let domain = &constraints.system.domain;
        let zk_rows = constraints.system.zk_rows as u64;
        let alphas = &constraints.alphas;
        let from_last = |row: u64| V::everywhere(domain.group_gen_inv.pow([row]));
        Self {
            constraints,
            constants: constraints.constants.map(V::everywhere),
            alphas: Alphas {
                gates: alphas.gates.map(V::everywhere),
                permutation: alphas.permutation.map(V::everywhere),
                lookup: alphas.lookup.map(V::everywhere),
            },
            beta: V::everywhere(constraints.beta),
            gamma: V::everywhere(constraints.gamma),
            shifts: constraints.system.shifts.map(V::everywhere),
            one: V::one(),
            permutation_ends: permutation::vanishing_roots(domain, zk_rows).map(V::everywhere),
            first_zk_row: V::everywhere(permutation::first_zk_row(domain, zk_rows)),
            lookup: constraints.lookup.as_ref().map(|challenges| Lookup {
                challenges: challenges.map(V::everywhere),
                last_rows: (1..=zk_rows + 1).map(from_last).collect(),
                end: from_last(zk_rows + 1),
            }),
        }
    }

    /// f in the rows of `count` places from `start` on.
    pub fn evaluate(&self, coset: &OnCoset<ScalarField<C>, V>, start: usize, count: usize) -> Vec<V> {
        let columns = &coset.columns;
        let mut values = vec![V::zero(); count];
        let basic = GateType::BASIC.into_iter().zip(&columns.selectors);
        let optional = GateType::OPTIONAL.into_iter().zip(&columns.optional_selectors);
        let optional = optional.filter_map(|(gate, selector)| Some((gate, selector.as_ref()?)));
        for (gate, selector) in basic.chain(optional) {
            let selector = selector.get(start..).unwrap_or_default();
            for (place, (value, selector)) in (start..).zip(values.iter_mut().zip(selector)) {
                let cells = Place::<_, V>::new(columns, place);
                *value += V::load(selector)
                    * gates::combined_constraints(gate, &self.constants, &cells, &self.alphas.gates);
            }
        }
        if let Some(public) = &columns.public {
            let public = public.get(start..).unwrap_or_default();
            values.iter_mut().zip(public).for_each(|(value, public)| *value += V::load(public));
        }
        let points = self.points(coset, start, count);
        self.add_permutation(coset, &points, start, &mut values);
        if let Some(lookup) = &self.lookup {
            self.add_lookup(lookup, coset, &points, start, &mut values);
        }
        values
    }

    /// The elements of the coset in these rows.
    fn points(&self, coset: &OnCoset<ScalarField<C>, V>, start: usize, count: usize) -> Vec<V> {
        let omega = self.constraints.system.domain.group_gen;
        let mut next = coset.offset * omega.pow([(start * V::COUNT) as u64]);
        let mut point = V::from_fn(|_| {
            let this = next;
            next *= omega;
            this
        });
        let step = V::everywhere(omega.pow([V::COUNT as u64]));
        let points = (0..count).map(|_| {
            let this = point;
            point *= step;
            this
        });
        points.collect()
    }

    /// (xⁿ - 1)/(x - `at`) in these rows: the value is xⁿ - 1 at `at`, for `at` in the domain, and 0 elsewhere in it, but for
    /// a factor.
    fn boundary(coset: &OnCoset<ScalarField<C>, V>, points: &[V], at: V) -> Vec<V> {
        let vanishing = V::everywhere(coset.vanishing);
        let mut boundary: Vec<_> = points.iter().map(|x| *x - at).collect();
        invert_rows(&mut boundary);
        boundary.iter_mut().for_each(|value| *value *= vanishing);
        boundary
    }

    /// The three constraints of [`permutation`].
    fn add_permutation(
        &self,
        coset: &OnCoset<ScalarField<C>, V>,
        points: &[V],
        start: usize,
        values: &mut [V],
    ) {
        let Self { beta, gamma, shifts, .. } = *self;
        let first = Self::boundary(coset, points, self.one);
        let last = Self::boundary(coset, points, self.first_zk_row);
        let [a0, a1, a2] = self.alphas.permutation;
        let columns = &coset.columns;
        for (i, (value, x)) in values.iter_mut().zip(points).enumerate() {
            let cells = Place::<_, V>::new(columns, start + i);
            let (z, z_next) = (cells.at(&columns.z), cells.after(&columns.z));
            let identity = (0..PERMUTS).map(|col| (cells.curr(col), shifts[col]));
            let sigma = |col: usize| cells.at(columns.s.get(col).unwrap_or(&coset.last_sigma));
            let permuted = (0..PERMUTS).map(|col| (cells.curr(col), sigma(col)));
            let step = permutation::product(z, identity, beta * *x, gamma)
                - permutation::product(z_next, permuted, beta, gamma);
            let vanishing = product(*x, &self.permutation_ends);
            *value += a0 * vanishing * step + (a1 * first[i] + a2 * last[i]) * (z - self.one);
        }
    }

    /// The constraints of [`lookup`].
    fn add_lookup(
        &self,
        argument: &Lookup<V>,
        coset: &OnCoset<ScalarField<C>, V>,
        points: &[V],
        start: usize,
        values: &mut [V],
    ) {
        let first = Self::boundary(coset, points, self.one);
        let last = Self::boundary(coset, points, argument.end);
        for (i, (value, x)) in values.iter_mut().zip(points).enumerate() {
            let cells = LookupPlace {
                place: Place::new(&coset.columns, start + i),
                first_row: first[i],
                last_row: last[i],
                vanishes_on_last_rows: product(*x, &argument.last_rows),
            };
            lookup::constraints(&argument.challenges, &cells, |number, constraint| {
                *value += self.alphas.lookup[number] * constraint;
            });
        }
    }
}

/// ∏ (x - root).
fn product<F: Arithmetic>(x: F, roots: &[F]) -> F {
    roots.iter().fold(F::one(), |product, root| product * (x - *root))
}

/// The cells of one place of a coset: of the rows that are side by side there.
struct Place<'a, F: PastaField, V: Rows<F>> {
    columns: &'a Evaluations<Vec<V::Stored>>,
    place: usize,
    next: usize,
}

impl<'a, F: PastaField, V: Rows<F>> Place<'a, F, V> {
    fn new(columns: &'a Evaluations<Vec<V::Stored>>, place: usize) -> Self {
        // z is never zero, so that it has a value in every row.
        let next = if place + 1 < columns.z.len() { place + 1 } else { 0 };
        Self { columns, place, next }
    }

    /// A column in these rows.
    #[inline]
    fn at(&self, column: &[V::Stored]) -> V {
        column.get(self.place).map_or_else(V::zero, V::load)
    }

    /// A column in the rows after them.
    #[inline]
    fn after(&self, column: &[V::Stored]) -> V {
        match (column.get(self.place), column.get(self.next)) {
            (Some(stored), Some(after)) => V::load_next(stored, after),
            _ => V::zero(),
        }
    }
}

impl<F: PastaField, V: Rows<F>> Cells<V> for Place<'_, F, V> {
    #[inline]
    fn curr(&self, col: usize) -> V {
        self.at(&self.columns.w[col])
    }

    #[inline]
    fn next(&self, col: usize) -> V {
        self.after(&self.columns.w[col])
    }

    #[inline]
    fn coeff(&self, col: usize) -> V {
        self.at(&self.columns.coefficients[col])
    }
}

struct LookupPlace<'a, F: PastaField, V: Rows<F>> {
    place: Place<'a, F, V>,
    first_row: V,
    last_row: V,
    vanishes_on_last_rows: V,
}

impl<F: PastaField, V: Rows<F>> LookupPlace<'_, F, V> {
    fn at(&self, column: &Option<Vec<V::Stored>>) -> V {
        self.place.at(column.as_deref().unwrap_or_default())
    }

    fn after(&self, column: &Option<Vec<V::Stored>>) -> V {
        self.place.after(column.as_deref().unwrap_or_default())
    }
}

impl<F: PastaField, V: Rows<F>> LookupCells<V> for LookupPlace<'_, F, V> {
    fn witness(&self, col: usize) -> V {
        self.place.curr(col)
    }

    fn selector(&self, pattern: LookupPattern) -> V {
        self.at(&self.place.columns.lookup.pattern_selectors[pattern as usize])
    }

    fn sorted(&self, i: usize) -> V {
        self.at(&self.place.columns.lookup.sorted[i])
    }

    fn sorted_next(&self, i: usize) -> V {
        self.after(&self.place.columns.lookup.sorted[i])
    }

    fn aggregation(&self) -> V {
        self.at(&self.place.columns.lookup.aggregation)
    }

    fn aggregation_next(&self) -> V {
        self.after(&self.place.columns.lookup.aggregation)
    }

    fn table(&self) -> V {
        self.at(&self.place.columns.lookup.table)
    }

    fn table_next(&self) -> V {
        self.after(&self.place.columns.lookup.table)
    }

    fn runtime_table(&self) -> V {
        self.at(&self.place.columns.lookup.runtime_table)
    }

    fn runtime_selector(&self) -> V {
        self.at(&self.place.columns.lookup.runtime_selector)
    }

    fn first_row(&self) -> V {
        self.first_row
    }

    fn last_row(&self) -> V {
        self.last_row
    }

    fn vanishes_on_last_rows(&self) -> V {
        self.vanishes_on_last_rows
    }
}
