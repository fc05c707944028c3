//! The polynomials of a proof.

use ark_ff::{AdditiveGroup, Field};
use quickpickle_curve::rows::Interpolator;
use quickpickle_curve::{PastaField, add_multiples, inner_product};
use quickpickle_runtime::curve::{KimchiCurve, ScalarField};
use quickpickle_runtime::kimchi::evaluations::{
    Chunked, Evaluations, GateType, LookupEvaluations, LookupPattern, PERMUTS, PointEvaluations,
};
use rayon::prelude::*;

use crate::circuit::ConstraintSystem;

/// A polynomial of the domain's size, as it is opened.
#[derive(Clone, Debug, Default)]
pub(super) struct Column<F> {
    /// Its coefficients; those beyond the end are zero, and a column that is zero has none.
    pub coefficients: Vec<F>,
    /// What its commitment is blinded with, chunk by chunk.
    pub blinders: Vec<F>,
}

impl<F: PastaField> Column<F> {
    /// The polynomial with these values on the domain; missing ones are zero.
    pub fn interpolate(interpolate: &Interpolator<F>, values: &[F], blinders: Vec<F>) -> Self {
        if values.iter().all(|value| *value == F::ZERO) {
            return Self { coefficients: Vec::new(), blinders };
        }
        Self { coefficients: interpolate(values), blinders }
    }
}

/// Applies `f` to all columns in parallel.
pub(super) fn par_map<E: Sync, T: Clone + Send>(
    columns: &Evaluations<E>,
    f: impl Fn(&E) -> T + Sync,
) -> Evaluations<T> {
    let mut listed = Vec::new();
    let places = columns.map(|column| {
        listed.push(column);
        listed.len() - 1
    });
    let mut results: Vec<Option<T>> = listed.par_iter().map(|column| Some(f(column))).collect();
    // Every place is visited once.
    places.map(|place| results[*place].take().unwrap_or_else(|| f(listed[*place])))
}

/// The columns of the circuit, with σ on the domain; those of the witness are left empty.
pub(super) fn fixed_columns<C: KimchiCurve>(
    system: &ConstraintSystem<C>,
    sigma: [Vec<ScalarField<C>>; PERMUTS],
    interpolate: &Interpolator<ScalarField<C>>,
) -> (Evaluations<Column<ScalarField<C>>>, Column<ScalarField<C>>) {
    type Values<C> = (Vec<ScalarField<C>>, ScalarField<C>);
    let (zero, one) = (ScalarField::<C>::ZERO, ScalarField::<C>::ONE);
    let [sigma @ .., last_sigma] = sigma;
    let empty = || (Vec::new(), zero);
    let lookup = system.lookup.as_ref();
    let values: Evaluations<Values<C>> = Evaluations {
        public: None,
        w: std::array::from_fn(|_| empty()),
        z: empty(),
        s: sigma.map(|values| (values, zero)),
        coefficients: system
            .coefficients
            .each_ref()
            .map(|column| (column.as_ref().map(|c| c.to_vec()).unwrap_or_default(), zero)),
        selectors: GateType::BASIC.map(|gate| (system.selector(gate), one)),
        optional_selectors: GateType::OPTIONAL
            .map(|gate| system.uses(gate).then(|| (system.selector(gate), zero))),
        lookup: LookupEvaluations {
            runtime_selector: lookup.and_then(|l| l.runtime_selector()).map(|values| (values, zero)),
            pattern_selectors: LookupPattern::ALL.map(|pattern| {
                let lookup = lookup?;
                lookup.features.patterns().any(|p| p == pattern).then(|| (lookup.selector(pattern), zero))
            }),
            ..LookupEvaluations::default()
        },
    };
    let chunks = system.chunks();
    let column =
        |(values, blinder): &Values<C>| Column::interpolate(interpolate, values, vec![*blinder; chunks]);
    (par_map(&values, column), column(&(last_sigma, zero)))
}

/// The powers of ζ and ζω below the SRS size, with which polynomials are evaluated chunk by chunk.
pub(super) struct Evaluator<F> {
    powers: PointEvaluations<Vec<F>>,
}

impl<F: PastaField> Evaluator<F> {
    /// For chunks of `size` coefficients.
    pub fn new(size: usize, zeta: F, zeta_omega: F) -> Self {
        let powers = |x: F| {
            let mut powers = Vec::with_capacity(size);
            powers.extend(std::iter::successors(Some(F::ONE), |power| Some(*power * x)).take(size));
            powers
        };
        Self { powers: PointEvaluations { zeta: powers(zeta), zeta_omega: powers(zeta_omega) } }
    }

    /// Both points' values of each of the `chunks` chunks.
    pub fn chunked(&self, coefficients: &[F], chunks: usize) -> Chunked<F> {
        let evaluate = |powers: &[F]| {
            let mut parts = coefficients.chunks(powers.len());
            (0..chunks).map(|_| parts.next().map_or(F::ZERO, |part| inner_product(part, powers))).collect()
        };
        PointEvaluations { zeta: evaluate(&self.powers.zeta), zeta_omega: evaluate(&self.powers.zeta_omega) }
    }

    /// The powers of both points, the second times `scale`, summed: what the opening takes inner products with.
    pub fn into_combined_powers(self, scale: F) -> Vec<F> {
        let mut sum = self.powers.zeta;
        add_multiples(&mut sum, &[(scale, &self.powers.zeta_omega)]);
        sum
    }
}

/// Folds the chunks of `size` coefficients into one, by powers of `power`.
pub(super) fn fold_chunks<F: PastaField>(coefficients: &[F], size: usize, power: F) -> Vec<F> {
    let mut sum = vec![F::ZERO; size.min(coefficients.len())];
    let powers = std::iter::successors(Some(F::ONE), |last| Some(*last * power));
    add_multiples(&mut sum, &powers.zip(coefficients.chunks(size)).collect::<Vec<_>>());
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickpickle_runtime::curve::Fp;

    #[test]
    fn chunks_are_evaluated_apart_and_folded_together() {
        let coefficients: Vec<Fp> = (1u64..=10).map(Fp::from).collect();
        let x = Fp::from(3u64);
        let evaluator = Evaluator::new(4, x, x * x);
        let chunked = evaluator.chunked(&coefficients, 4);
        assert_eq!(
            chunked.zeta[..3],
            [1u64 + 2 * 3 + 3 * 9 + 4 * 27, 5 + 18 + 63 + 216, 9 + 30].map(Fp::from)
        );
        assert_eq!(chunked.zeta[3], Fp::ZERO);
        assert_eq!(chunked.zeta_omega[2], Fp::from(9u64 + 90));
        let folded = fold_chunks(&coefficients, 4, Fp::from(100u64));
        assert_eq!(folded, [90501u64, 100602, 703, 804].map(Fp::from));
        assert_eq!(evaluator.into_combined_powers(Fp::from(2u64))[1], Fp::from(3u64 + 18));
    }
}
