//! What came of a simulation.

/// Times and counts of a simulation, all in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    arrivals: Vec<f64>,
    /// When each proof had its verdict.
    verdicts: Vec<Option<f64>>,
    verified: usize,
    /// Verdicts on proofs that had one already.
    pub repeated: usize,
    /// Proofs that were handed out another time.
    pub again: usize,
    pub deaths: usize,
    pub batches: usize,
    /// That workers were busy with batches that they finished.
    pub busy: f64,
    /// The same with batches in which they died.
    pub lost: f64,
    /// From the beginning to the last verdict.
    pub end: f64,
    pub workers: usize,
    /// The waiting proofs, summed over time.
    pub waiting: f64,
    pub most_waiting: usize,
    /// Workers that were up and idle while proofs waited, summed over time.
    pub idle: f64,
}

impl Outcome {
    pub(super) fn new(arrivals: Vec<f64>) -> Self {
        Self {
            verdicts: vec![None; arrivals.len()],
            arrivals,
            verified: 0,
            repeated: 0,
            again: 0,
            deaths: 0,
            batches: 0,
            busy: 0.0,
            lost: 0.0,
            end: 0.0,
            workers: 0,
            waiting: 0.0,
            most_waiting: 0,
            idle: 0.0,
        }
    }

    pub(super) fn arrivals(&self) -> &[f64] {
        &self.arrivals
    }

    pub(super) fn is_verified(&self, proof: usize) -> bool {
        self.verdicts[proof].is_some()
    }

    pub(super) fn is_complete(&self) -> bool {
        self.verified == self.arrivals.len()
    }

    pub(super) fn pass(&mut self, time: f64, waiting: usize, idle: usize) {
        self.waiting += waiting as f64 * time;
        self.most_waiting = self.most_waiting.max(waiting);
        if waiting > 0 {
            self.idle += idle as f64 * time;
        }
    }

    pub(super) fn verified(&mut self, proofs: &[usize], now: f64, time: f64) {
        self.batches += 1;
        self.busy += time;
        for proof in proofs {
            match &mut self.verdicts[*proof] {
                Some(_) => self.repeated += 1,
                verdict => {
                    *verdict = Some(now);
                    self.verified += 1;
                }
            }
        }
    }

    pub(super) fn died(&mut self, lost: f64) {
        self.deaths += 1;
        self.lost += lost;
    }

    pub(super) fn handed_out_again(&mut self, proofs: usize) {
        self.again += proofs;
    }

    pub(super) fn end(&mut self, end: f64, workers: usize) {
        (self.end, self.workers) = (end, workers);
    }

    /// Proofs without a verdict.
    pub fn unanswered(&self) -> usize {
        self.arrivals.len() - self.verified
    }

    /// How long each proof took from its arrival to its verdict, the shortest first.
    pub fn latencies(&self) -> Vec<f64> {
        let times = self.arrivals.iter().zip(&self.verdicts);
        let mut latencies: Vec<f64> = times.filter_map(|(came, verdict)| Some((*verdict)? - came)).collect();
        latencies.sort_by(f64::total_cmp);
        latencies
    }

    /// The mean of the latencies.
    #[cfg(test)]
    pub fn mean_latency(&self) -> f64 {
        let latencies = self.latencies();
        latencies.iter().sum::<f64>() / latencies.len() as f64
    }

    /// Proofs in a batch, on average.
    pub fn mean_batch(&self) -> f64 {
        (self.verified + self.repeated) as f64 / self.batches as f64
    }

    /// Which part of the time until the last arrival workers were busy.
    pub fn utilisation(&self) -> f64 {
        (self.busy + self.lost) / (self.span() * self.workers as f64)
    }

    /// Proofs that waited, on average over that time.
    pub fn mean_waiting(&self) -> f64 {
        self.waiting / self.span()
    }

    /// Proofs that waited or were being verified, on average over that time, for each worker: by Little's law.
    pub fn mean_in_hand(&self) -> f64 {
        self.latencies().iter().sum::<f64>() / (self.span() * self.workers as f64)
    }

    /// Until the last arrival.
    fn span(&self) -> f64 {
        self.arrivals.last().copied().unwrap_or_default()
    }
}

/// The value below which this part of the sorted values is.
pub fn percentile(sorted: &[f64], part: f64) -> f64 {
    let place = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let sorted: Vec<f64> = (1..=200).map(f64::from).collect();
        let found = [0.0, 0.5, 0.99, 0.999, 1.0].map(|part| percentile(&sorted, part));
        assert_eq!(found, [1.0, 100.0, 198.0, 200.0, 200.0]);
        assert_eq!(percentile(&[], 0.5), 0.0);
    }
}
