//! The shifts against keys, and the argument on a small circuit.

use ark_ff::UniformRand;
use ark_poly::univariate::DensePolynomial;
use ark_poly::{Evaluations as OnDomain, Polynomial};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use super::*;
use crate::kimchi::alphas::Alphas;
use crate::kimchi::evaluations::LookupEvaluations;

/// The constants are those of the keys of circuits over both fields (the shifts in `verifier_index.json.gz` of the keygen vectors).
#[test]
fn shifts_are_those_of_kimchi_keys() {
    assert_eq!(shifts::<Fp>(), STEP_SHIFTS);
    assert_eq!(shifts::<Fq>(), WRAP_SHIFTS);
}

const LOG2: u32 = 4;
const N: usize = 1 << LOG2;

/// A small circuit's witness with equal values in the cells that its permutation connects.
struct Circuit {
    domain: Radix2EvaluationDomain<Fp>,
    zk_rows: usize,
    w: [Vec<Fp>; PERMUTS],
    sigma: [Vec<Fp>; PERMUTS],
}

impl Circuit {
    fn new(zk_rows: usize, rng: &mut StdRng) -> Self {
        let domain = Radix2EvaluationDomain::<Fp>::new(N).unwrap();
        let shifts = shifts::<Fp>();
        let name = |(row, col): (usize, usize)| shifts[col] * domain.element(row);
        // Cycles of four cells with one value each; the cells of the zero-knowledge rows map to themselves.
        let rows = N - zk_rows;
        let mut cells: Vec<(usize, usize)> =
            (0..rows).flat_map(|row| (0..PERMUTS).map(move |col| (row, col))).collect();
        cells.shuffle(rng);
        let mut w = std::array::from_fn(|_| (0..N).map(|_| Fp::rand(rng)).collect::<Vec<_>>());
        let mut sigma = std::array::from_fn(|col| (0..N).map(|row| name((row, col))).collect::<Vec<_>>());
        for cycle in cells.chunks(4) {
            let value = Fp::rand(rng);
            for (i, &(row, col)) in cycle.iter().enumerate() {
                w[col][row] = value;
                sigma[col][row] = name(cycle[(i + 1) % cycle.len()]);
            }
        }
        Self { domain, zk_rows, w, sigma }
    }

    fn columns(&self) -> (Vec<DensePolynomial<Fp>>, Vec<DensePolynomial<Fp>>) {
        let interpolate =
            |column: &Vec<Fp>| OnDomain::from_vec_and_domain(column.clone(), self.domain).interpolate();
        (self.w.iter().map(interpolate).collect(), self.sigma.iter().map(interpolate).collect())
    }

    /// z, following the recurrence wherever it must.
    fn aggregation(&self, beta: Fp, gamma: Fp, rng: &mut StdRng) -> DensePolynomial<Fp> {
        let shifts = shifts::<Fp>();
        let ratio = |row: usize| -> Fp {
            let x = self.domain.element(row);
            let factor = |col: usize| {
                let w = self.w[col][row];
                (w + beta * shifts[col] * x + gamma) / (w + beta * self.sigma[col][row] + gamma)
            };
            (0..PERMUTS).map(factor).product()
        };
        let mut z = vec![Fp::from(1u64)];
        for row in 0..N - self.zk_rows {
            z.push(z[row] * ratio(row));
        }
        // From the first two zero-knowledge rows z goes on as it likes, from the others it follows.
        z.push(Fp::rand(rng));
        z.push(Fp::rand(rng));
        for row in z.len() - 1..N - 1 {
            z.push(z[row] * ratio(row));
        }
        OnDomain::from_vec_and_domain(z, self.domain).interpolate()
    }

    /// Whether the sum of the argument's constraints is divisible by xⁿ - 1.
    fn accepted(&self, rng: &mut StdRng) -> bool {
        let (alpha, beta, gamma) = (Fp::rand(rng), Fp::rand(rng), Fp::rand(rng));
        let z = self.aggregation(beta, gamma, rng);
        let (w, sigma) = self.columns();
        let zk_rows = self.zk_rows as u64;
        let shifts = shifts::<Fp>();
        let alphas = Alphas::new(alpha).permutation;
        // The sum has the degree 8n + 2 at most.
        let large = Radix2EvaluationDomain::<Fp>::new(16 * N).unwrap().get_coset(Fp::from(5u64)).unwrap();
        let omega = self.domain.group_gen;
        let sum: Vec<Fp> = large
            .elements()
            .map(|x| {
                let at = |p: &DensePolynomial<Fp>| PointEvaluations {
                    zeta: p.evaluate(&x),
                    zeta_omega: p.evaluate(&(x * omega)),
                };
                let evaluations = Evaluations {
                    public: None,
                    w: std::array::from_fn(|i| w.get(i).map(at).unwrap_or_default()),
                    z: at(&z),
                    s: std::array::from_fn(|i| at(&sigma[i])),
                    coefficients: Default::default(),
                    selectors: Default::default(),
                    optional_selectors: [None; 6],
                    lookup: LookupEvaluations::default(),
                };
                let point = PermutationPoint::new(&self.domain, zk_rows, beta, gamma, x, alphas);
                let part = point.ft_part(&self.domain, zk_rows, &shifts, &evaluations).unwrap();
                part - point.sigma_scalar(&evaluations) * sigma[PERMUTS - 1].evaluate(&x)
            })
            .collect();
        let sum = OnDomain::from_vec_and_domain(sum, large).interpolate();
        let (_, remainder) = sum.divide_by_vanishing_poly(self.domain);
        remainder.coeffs.iter().all(|c| *c == Fp::from(0u64))
    }
}

#[test]
fn a_consistent_witness_is_accepted_and_any_other_refused() {
    let mut rng = StdRng::seed_from_u64(7);
    for zk_rows in [3, 3, 3, 4, 5, 7] {
        let mut circuit = Circuit::new(zk_rows, &mut rng);
        assert!(circuit.accepted(&mut rng), "{zk_rows} zero-knowledge rows");
        let cell = (rng.gen_range(0..PERMUTS), rng.gen_range(0..N - zk_rows));
        circuit.w[cell.0][cell.1] += Fp::rand(&mut rng);
        assert!(!circuit.accepted(&mut rng), "{cell:?} altered");
    }
}
