//! When proofs come.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// How many proofs come, and how unevenly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Proofs in a second, on average.
    pub rate: f64,
    /// Proofs that come at one moment; these moments are a Poisson process. With 1 so are the proofs.
    pub burst: usize,
}

/// Random times. The generator is one whose numbers are the same for ever and everywhere.
pub struct Times(ChaCha8Rng);

impl Times {
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A time of an exponential distribution of this mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        // 53 bits, of which none is 0: the logarithm is finite.
        let uniform = ((self.0.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64;
        -uniform.ln() * mean
    }
}

impl Load {
    /// When each of so many proofs comes, in order.
    pub fn arrivals(&self, proofs: usize, times: &mut Times) -> Vec<f64> {
        let burst = self.burst.max(1);
        let mean = burst as f64 / self.rate;
        let (mut now, mut arrivals) = (0.0, Vec::with_capacity(proofs));
        while arrivals.len() < proofs {
            now += times.exponential(mean);
            arrivals.extend(std::iter::repeat_n(now, burst.min(proofs - arrivals.len())));
        }
        arrivals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_has_its_rate_and_its_bursts() {
        for burst in [1, 10] {
            let arrivals = Load { rate: 50.0, burst }.arrivals(100_000, &mut Times::new(1));
            assert!(arrivals.is_sorted() && arrivals.len() == 100_000);
            let rate = 100_000.0 / arrivals[99_999];
            assert!((48.5..51.5).contains(&rate), "{rate} a second in bursts of {burst}");
            let together = arrivals.windows(2).filter(|pair| pair[0] == pair[1]).count();
            assert_eq!(together, 100_000 / burst * (burst - 1));
        }
    }

    #[test]
    fn times_are_exponential() {
        let mut times = Times::new(2);
        let all: Vec<f64> = (0..100_000).map(|_| times.exponential(3.0)).collect();
        let mean = all.iter().sum::<f64>() / 1e5;
        let variance = all.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / 1e5;
        assert!((2.97..3.03).contains(&mean) && (8.7..9.3).contains(&variance), "{mean}, {variance}");
        assert!(all.iter().all(|time| time.is_finite() && *time >= 0.0));
    }
}
