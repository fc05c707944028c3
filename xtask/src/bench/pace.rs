//! How fast the machine is meanwhile, told by code that does not change with ours.
//!
//! Goals are times of one machine. Where another is slower, or something else runs on the same host, what counts is the ratio to
//! `ark-ec`, whose sum over 2^16 points of Vesta is therefore taken again beside each figure that has a goal.

use std::sync::LazyLock;
use std::time::Instant;

use ark_ec::{CurveGroup as _, PrimeGroup as _, VariableBaseMSM};
use ark_ff::UniformRand as _;
use quickpickle::internals::curve::{Affine, KimchiCurve, Projective, ScalarField, VestaConfig};
use rand_core::OsRng;
use rayon::prelude::*;

/// What that sum takes on the machine that goals were set on, two cores of an AMD EPYC, in milliseconds.
pub const REFERENCE: f64 = 196.0;

const POINTS: usize = 1 << 16;

/// Points, whose coordinates have all their bits, with scalars.
type Terms = (Vec<Affine<VestaConfig>>, Vec<ScalarField<VestaConfig>>);

static SUM: LazyLock<Terms> = LazyLock::new(|| {
    let generator = Projective::<VestaConfig>::generator();
    let multiples = std::iter::successors(Some(generator), |point| Some(*point + generator));
    let points = Projective::normalize_batch(&multiples.take(POINTS).collect::<Vec<_>>());
    (points, (0..POINTS).map(|_| ScalarField::<VestaConfig>::rand(&mut OsRng)).collect())
});

/// What the sum takes now, to [`REFERENCE`]: 2 is a machine half as fast.
fn pace() -> f64 {
    let (points, scalars) = &*SUM;
    let start = Instant::now();
    let _ = std::hint::black_box(sum_of_ark(points, scalars));
    start.elapsed().as_secs_f64() * 1e3 / REFERENCE
}

/// What the work gives, with the machine's pace: the mean of those before and after.
pub fn beside<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, f64)> {
    let before = pace();
    let done = work()?;
    Ok((done, f64::midpoint(before, pace())))
}

/// `ark-ec`'s sum on all cores.
///
/// It is taken as it is without its feature `parallel`, which would change the library that is measured as well: each core sums its
/// share of the points.
pub fn sum_of_ark<C: KimchiCurve>(points: &[Affine<C>], scalars: &[ScalarField<C>]) -> Projective<C> {
    let share = points.len().div_ceil(rayon::current_num_threads());
    let shares = points.par_chunks(share).zip(scalars.par_chunks(share));
    shares.map(|(points, scalars)| Projective::<C>::msm_unchecked(points, scalars)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_the_whole() {
        let (points, scalars) = (&SUM.0[..100], &SUM.1[..100]);
        let whole = <Projective<VestaConfig> as VariableBaseMSM>::msm_unchecked(points, scalars);
        assert_eq!(sum_of_ark::<VestaConfig>(points, scalars), whole);
    }
}
