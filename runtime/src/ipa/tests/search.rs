//! Which of many claims are wrong, and how many sums it takes to find out.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::ipa::elsewhere::now;
use crate::ipa::folding::Finding;
use crate::watch::Watch;
use rand::seq::SliceRandom;

/// Counts steps, and wants only the first so many tasks after so many steps.
struct Counter {
    steps: AtomicUsize,
    patience: usize,
    wanted: usize,
}

impl Counter {
    fn new() -> Self {
        Self { steps: AtomicUsize::new(0), patience: usize::MAX, wanted: 0 }
    }

    fn steps(&self) -> usize {
        self.steps.load(Ordering::Relaxed)
    }
}

impl Watch for Counter {
    fn wanted(&self, task: usize) -> bool {
        self.steps() < self.patience || task < self.wanted
    }

    fn step(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }
}

/// As many right accumulators, of all sizes.
fn accumulators(tables: &Generators, count: usize, rng: &mut StdRng) -> Vec<AccumulatorClaim<VestaConfig>> {
    let different: Vec<_> = (0..8).map(|i| accumulator(tables, i % 6, rng)).collect();
    different.iter().cycle().take(count).cloned().collect()
}

fn find(tables: &Generators, claims: &[AccumulatorClaim<VestaConfig>], watch: &dyn Watch) -> Vec<Finding> {
    let foldings: Vec<_> =
        claims.iter().enumerate().map(|(task, claim)| Folding::of_accumulator(task, claim)).collect();
    let generators = Srs::<VestaConfig>::of(tables, LARGEST).expect("the tests' reference string").generators;
    let mut found = vec![None; claims.len()];
    let mut rng = StdRng::seed_from_u64(99);
    let report = |place: usize, finding| {
        assert_eq!(found[place].replace(finding), None, "{place} is reported once");
    };
    now(folding::search(generators, &foldings, &mut rng, watch, None, report));
    found.into_iter().map(|finding| finding.expect("each is reported")).collect()
}

/// Makes the claims in these places wrong, finds them, and gives the number of sums that took.
fn sums_to_find(tables: &Generators, count: usize, wrong: &[usize]) -> usize {
    let mut rng = StdRng::seed_from_u64(7);
    let mut claims = accumulators(tables, count, &mut rng);
    for place in wrong {
        // Equal errors, which cancel more easily than others would.
        claims[*place].commitment = (claims[*place].commitment + VestaConfig::GENERATOR).into_affine();
    }
    let counter = Counter::new();
    for (place, finding) in find(tables, &claims, &counter).into_iter().enumerate() {
        let expected = if wrong.contains(&place) { Finding::Wrong } else { Finding::Holds };
        assert_eq!(finding, expected, "{place} of {wrong:?}");
    }
    counter.steps()
}

#[test]
fn few_wrong_foldings_are_told_from_their_sums() {
    let tables = Generators::new();
    assert_eq!(sums_to_find(&tables, 64, &[]), 1);
    for place in [0, 1, 31, 32, 63] {
        assert_eq!(sums_to_find(&tables, 64, &[place]), 2);
    }
    for pair in [[0, 1], [31, 32], [0, 63], [17, 40]] {
        assert_eq!(sums_to_find(&tables, 64, &pair), 3);
    }
    // One alone is its sum.
    assert_eq!(sums_to_find(&tables, 1, &[0]), 1);
    assert_eq!(sums_to_find(&tables, 1, &[]), 1);
}

#[test]
fn any_number_of_wrong_foldings_takes_at_most_two_sums_each_or_so() {
    let tables = Generators::new();
    let all: Vec<usize> = (0..64).collect();
    let sums = sums_to_find(&tables, 64, &all);
    assert!(sums <= 96, "{sums} for all");
    for (count, wrong) in [(64, 3), (64, 8), (64, 33), (7, 3), (7, 6), (3, 3), (2, 2), (300, 5)] {
        let mut rng = StdRng::seed_from_u64(count as u64 * 1000 + wrong as u64);
        let mut places: Vec<usize> = (0..count).collect();
        let mut all_sums = 0;
        for _ in 0..4 {
            places.shuffle(&mut rng);
            all_sums += sums_to_find(&tables, count, &places[..wrong]);
        }
        // Halving without inference would take up to 2·log2 of the count for each.
        let each = all_sums as f64 / (4 * wrong) as f64;
        assert!(each <= 3.0, "{each} sums for each of {wrong} among {count}");
    }
}

#[test]
fn a_search_ends_where_nobody_waits_for_the_rest() {
    let tables = Generators::new();
    let mut claims = accumulators(&tables, 64, &mut StdRng::seed_from_u64(8));
    for claim in &mut claims {
        claim.commitment = (claim.commitment + VestaConfig::GENERATOR).into_affine();
    }
    // Tasks 0 to 3 alone are wanted once the first sum is there.
    let counter = Counter { steps: AtomicUsize::new(0), patience: 1, wanted: 4 };
    let found = find(&tables, &claims, &counter);
    assert!(found[..4].iter().all(|finding| *finding == Finding::Wrong), "{found:?}");
    assert!(found[32..].iter().all(|finding| *finding == Finding::Unknown), "{found:?}");
    assert!(counter.steps() <= 20, "{} sums", counter.steps());

    let counter = Counter { steps: AtomicUsize::new(0), patience: 1, wanted: 0 };
    assert_eq!(find(&tables, &claims, &counter), vec![Finding::Unknown; 64]);
    assert_eq!(counter.steps(), 1);
}

#[test]
fn wrong_first_equations_are_found_in_their_groups() {
    type C = PallasConfig;
    let tables = Generators::new();
    let mut rng = StdRng::seed_from_u64(9);
    let honest = prove::<C>(&tables, 3, &mut rng);
    let blinder = tables.wrap.1.unpack();
    for wrong in [vec![], vec![0], vec![7], vec![8, 9], vec![19], (0..20).collect()] {
        let mut claims = vec![honest.clone(); 20];
        for place in &wrong {
            claims[*place].opening.z2 += ScalarField::<C>::ONE;
        }
        // The second equation is none of this search's business.
        forge(&tables, &mut claims[3]);
        if wrong.contains(&3) {
            claims[3].opening.z2 += ScalarField::<C>::ONE;
        }
        let openings: Vec<_> = opening::replay_each(&claims.iter().enumerate().collect::<Vec<_>>())
            .into_iter()
            .map(|(_, opening)| opening.unwrap())
            .collect();
        let counter = Counter::new();
        assert_eq!(opening::culprits(&openings, blinder, &mut rng, &counter), wrong);
        // Three groups; of a wrong one each opening once more.
        let groups_of_eight = wrong.iter().filter(|place| **place < 16).map(|place| place / 8);
        let mut groups: Vec<_> = groups_of_eight.collect();
        groups.dedup();
        let in_the_last = 4 * usize::from(wrong.iter().any(|place| *place >= 16));
        assert_eq!(counter.steps(), 3 + 8 * groups.len() + in_the_last, "{wrong:?}");
    }
}
