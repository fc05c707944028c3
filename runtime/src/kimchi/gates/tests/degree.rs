//! The degrees that the gates state.

use super::super::degree;
use super::*;

/// The rows `a + t·b`, cell by cell.
fn on_line(a: &Rows<Fp>, b: &Rows<Fp>, t: u64) -> Rows<Fp> {
    let t = Fp::from(t);
    let cells = |a: &[Fp; COLUMNS], b: &[Fp; COLUMNS]| std::array::from_fn(|col| a[col] + t * b[col]);
    Rows { curr: cells(&a.curr, &b.curr), next: cells(&a.next, &b.next), coeff: cells(&a.coeff, &b.coeff) }
}

fn rows() -> impl Strategy<Value = Rows<Fp>> {
    proptest::collection::vec(field(), 3 * COLUMNS).prop_map(|cells| {
        let part = |i: usize| std::array::from_fn(|col| cells[i * COLUMNS + col]);
        Rows { curr: part(0), next: part(1), coeff: part(2) }
    })
}

/// The `order`-th difference of each of the sequences: zero for a polynomial of a lower degree.
fn difference(mut sequences: Vec<Vec<Fp>>, order: usize) -> Vec<Fp> {
    for _ in 0..order {
        sequences = sequences
            .windows(2)
            .map(|pair| pair[1].iter().zip(&pair[0]).map(|(after, before)| *after - before).collect())
            .collect();
    }
    sequences.swap_remove(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// On a line through the space of all cells a constraint is a polynomial of its own degree.
    #[test]
    fn degrees_are_exact(a in rows(), b in rows(), generation in generation()) {
        let constants = constants::<VestaConfig>(generation);
        for gate in GateType::BASIC.into_iter().chain(GateType::OPTIONAL) {
            let degree = degree(gate);
            let sequences: Vec<_> =
                (0..=degree as u64 + 1).map(|t| values(gate, &constants, &on_line(&a, &b, t))).collect();
            prop_assert!(difference(sequences.clone(), degree + 1).iter().all(Fp::is_zero), "{gate:?}: higher");
            prop_assert!(difference(sequences, degree).iter().any(|d| !d.is_zero()), "{gate:?}: lower");
        }
    }
}
