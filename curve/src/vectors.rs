//! Inner products and linear combinations of field elements.

pub use crate::backend::{add_multiples, inner_product};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Fp, Fq, PastaField};
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    fn sums_agree<F: PastaField>() {
        let mut rng = StdRng::seed_from_u64(6);
        let edges = [F::ZERO, F::ONE, -F::ONE, F::from(2u64).pow([256]).inverse().unwrap()];
        let mut some = |count| -> Vec<F> {
            (0..count)
                .map(|_| if rng.gen_bool(0.2) { edges[rng.gen_range(0..4)] } else { F::rand(&mut rng) })
                .collect()
        };
        for count in [0, 1, 7, 8, 9, 31, 32, 33, 500, 1 << 10, (1 << 11) + 5] {
            let (a, b) = (some(count), some(count + 3));
            assert_eq!(inner_product(&a, &b), a.iter().zip(&b).map(|(a, b)| *a * b).sum(), "{count}");
            assert_eq!(inner_product(&b, &a), inner_product(&a, &b), "{count}");
            // As many columns as are added up before a reduction, fewer and more, of any length.
            for columns in 0..6 {
                let columns: Vec<_> =
                    (0..columns).map(|n| some(usize::saturating_sub(count, n) + 2)).collect();
                let terms: Vec<(F, &[F])> = columns.iter().zip(&b).map(|(c, b)| (*b, c.as_slice())).collect();
                let mut sums = a.clone();
                add_multiples(&mut sums, &terms);
                for (i, sum) in sums.into_iter().enumerate() {
                    let term = |(factor, column): &(F, &[F])| column.get(i).map_or(F::ZERO, |c| *factor * c);
                    assert_eq!(sum, a[i] + terms.iter().map(term).sum::<F>(), "{i} of {count}");
                }
            }
        }
    }

    #[test]
    fn sums_are_those_of_ark() {
        sums_agree::<Fp>();
        sums_agree::<Fq>();
    }
}
