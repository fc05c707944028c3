//! The aggregation of the permutation argument.

use ark_ff::{Field, batch_inversion};
use ark_poly::EvaluationDomain;
use quickpickle_runtime::curve::{KimchiCurve, ScalarField};
use quickpickle_runtime::kimchi::evaluations::{COLUMNS, PERMUTS};
use quickpickle_runtime::kimchi::permutation::product;
use rand_core::CryptoRngCore;
use rayon::prelude::*;

use crate::circuit::ConstraintSystem;

/// Rows that share an inversion.
const BATCH: usize = 1 << 10;

/// The values of z on the domain, from those of the witness with its zero-knowledge rows. None where z does not end at 1:
/// where the witness breaks a wire.
///
/// The first is 1, and each further one is the one before times ∏ (w + β·id + γ) / ∏ (w + β·σ + γ) over the row, but
/// for those of the second and third zero-knowledge row, which are random.
pub(super) fn aggregation<C: KimchiCurve>(
    system: &ConstraintSystem<C>,
    sigma: &[Vec<ScalarField<C>>; PERMUTS],
    witness: &[&[ScalarField<C>]; COLUMNS],
    [beta, gamma]: [ScalarField<C>; 2],
    rng: &mut dyn CryptoRngCore,
) -> Option<Vec<ScalarField<C>>> {
    let size = system.domain.size();
    let elements: Vec<_> = system.domain.elements().collect();
    let one = ScalarField::<C>::ONE;

    // ratios[i] is what z is multiplied with from row i to row i + 1.
    let mut ratios = vec![one; size];
    ratios.par_chunks_mut(BATCH).enumerate().for_each(|(batch, ratios)| {
        let rows = batch * BATCH..;
        for (row, ratio) in rows.clone().zip(ratios.iter_mut()) {
            let cells = (0..PERMUTS).map(|col| (witness[col][row], sigma[col][row]));
            *ratio = product(one, cells, beta, gamma);
        }
        batch_inversion(ratios);
        for (row, ratio) in rows.zip(ratios.iter_mut()) {
            let cells = (0..PERMUTS).map(|col| (witness[col][row], system.shifts[col]));
            *ratio = product(*ratio, cells, beta * elements[row], gamma);
        }
    });

    let first_zk_row = size - system.zk_rows;
    let mut z = Vec::with_capacity(size);
    let mut last = one;
    z.push(last);
    for (row, ratio) in ratios.iter().take(size - 1).enumerate() {
        let random = row == first_zk_row || row == first_zk_row + 1;
        last = if random { ark_ff::UniformRand::rand(rng) } else { last * ratio };
        z.push(last);
    }
    (z[first_zk_row] == one).then_some(z)
}
