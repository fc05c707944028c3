//! Proofs side by side.
//!
//! Most of what a proof costs beside its sums over an SRS is Poseidon: some two hundred permutations, each of which waits for the one
//! before. Those of different proofs do not wait for each other, and a vector unit does eight in little more than the time of
//! one. So what hashes is an async function: where it comes to a permutation it puts the state into its [`Lanes`] and waits, and
//! where it comes to a short sum of points as well. When all that run [`together`] wait, what most of them wait for is done at once, and
//! they go on. There is no other thing to wait for, and nothing runs at the same time.

use core::any::Any;
use core::any::TypeId;
use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use quickpickle_curve::{msm, msm_each, permute, permute_many};
use quickpickle_srs_data::{PackedPoint, Points};

use crate::curve::{Fp, Fq, KimchiCurve, PallasConfig, Projective, ScalarField, VestaConfig};
use crate::poseidon::{SpongeField, WIDTH};

/// How many proofs run together at most: two vectors of eight.
pub const LANES: usize = 16;

/// A state of either field, as the limbs of its elements' Montgomery form.
type State = [[u64; 4]; WIDTH];

/// Points and their scalars.
type Terms<C> = (Vec<PackedPoint>, Vec<ScalarField<C>>);

/// What those who run together wait for.
#[derive(Default)]
pub struct Lanes {
    fp: Queue<State, State>,
    fq: Queue<State, State>,
    pallas: Queue<Terms<PallasConfig>, Projective<PallasConfig>>,
    vesta: Queue<Terms<VestaConfig>, Projective<VestaConfig>>,
}

/// Work of one kind.
struct Queue<W, D> {
    waiting: RefCell<Vec<W>>,
    /// The results of what waited last, in the same order.
    done: RefCell<Vec<D>>,
    /// How often what waited has been done.
    turn: Cell<usize>,
}

impl<W, D> Default for Queue<W, D> {
    fn default() -> Self {
        Self { waiting: RefCell::default(), done: RefCell::default(), turn: Cell::default() }
    }
}

impl<W, D: Clone> Queue<W, D> {
    fn len(&self) -> usize {
        self.waiting.borrow().len()
    }

    /// Does all that waits.
    fn advance(&self, work: impl FnOnce(Vec<W>) -> Vec<D>) {
        *self.done.borrow_mut() = work(self.waiting.take());
        self.turn.set(self.turn.get() + 1);
    }

    /// The result of some work, together with that of others.
    async fn done(&self, work: W) -> D {
        let (turn, place) = (self.turn.get(), self.len());
        self.waiting.borrow_mut().push(work);
        core::future::poll_fn(|_| match self.done.borrow().get(place) {
            Some(result) if self.turn.get() > turn => Poll::Ready(result.clone()),
            _ => Poll::Pending,
        })
        .await
    }
}

impl Lanes {
    fn states<F: SpongeField>(&self) -> &Queue<State, State> {
        if TypeId::of::<F>() == TypeId::of::<Fp>() { &self.fp } else { &self.fq }
    }

    /// Does what most wait for; sums last, so that more of them come together.
    fn advance(&self) {
        let (fp, fq) = (self.fp.len(), self.fq.len());
        if fp + fq == 0 {
            self.pallas.advance(sums);
            self.vesta.advance(sums);
        } else if fp >= fq {
            self.fp.advance(permuted::<Fp>);
        } else {
            self.fq.advance(permuted::<Fq>);
        }
    }

    /// Poseidon's permutation of `state`, with those of the others.
    pub(crate) async fn permute<F: SpongeField>(&self, state: &mut [F; WIDTH]) {
        // One after the other is as fast there, and engines optimise anew, in much memory, what is polled for each permutation.
        if cfg!(target_family = "wasm") {
            return permute(state);
        }
        let done = self.states::<F>().done(state.map(F::to_limbs)).await;
        *state = done.map(F::from_limbs_unchecked);
    }

    /// Σ sᵢ Pᵢ, with those of the others. There must be as many scalars as points.
    pub(crate) async fn sum<C: KimchiCurve>(
        &self,
        points: Vec<PackedPoint>,
        scalars: &[ScalarField<C>],
    ) -> Projective<C> {
        let queues: [&dyn Any; 2] = [&self.pallas, &self.vesta];
        let queue =
            queues.into_iter().find_map(|queue| queue.downcast_ref::<Queue<Terms<C>, Projective<C>>>());
        match queue {
            Some(queue) if !cfg!(target_family = "wasm") => queue.done((points, scalars.to_vec())).await,
            _ => msm::<C>(&[(Points::new(&points), scalars)]),
        }
    }
}

fn permuted<F: SpongeField>(states: Vec<State>) -> Vec<State> {
    let mut states: Vec<[F; WIDTH]> =
        states.into_iter().map(|state| state.map(F::from_limbs_unchecked)).collect();
    permute_many(&mut states);
    states.into_iter().map(|state| state.map(F::to_limbs)).collect()
}

fn sums<C: KimchiCurve>(terms: Vec<Terms<C>>) -> Vec<Projective<C>> {
    let parts: Vec<_> =
        terms.iter().map(|(points, scalars)| (Points::new(points), scalars.as_slice())).collect();
    msm_each::<C>(&parts)
}

/// How many of so many proofs run together: no more than are left for a core, were they shared out evenly.
pub fn group_of(count: usize) -> usize {
    count.div_ceil(rayon::current_num_threads()).clamp(1, LANES)
}

/// Runs work whose permutations are made at once. The work waits for nothing else.
pub fn together<W: Future>(lanes: &Lanes, work: impl IntoIterator<Item = W>) -> Vec<W::Output> {
    let mut context = Context::from_waker(Waker::noop());
    let mut running: Vec<_> = work.into_iter().map(|work| (Box::pin(work), None)).collect();
    loop {
        let mut waits = false;
        for (work, output) in &mut running {
            if output.is_none() {
                match work.as_mut().poll(&mut context) {
                    Poll::Ready(ready) => *output = Some(ready),
                    Poll::Pending => waits = true,
                }
            }
        }
        if !waits {
            return running.into_iter().filter_map(|(_, output)| output).collect();
        }
        lanes.advance();
    }
}

/// Runs work by itself.
pub fn alone<T>(work: impl AsyncFnOnce(&Lanes) -> T) -> T {
    let lanes = Lanes::default();
    let mut context = Context::from_waker(Waker::noop());
    let mut work = pin!(work(&lanes));
    loop {
        match work.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => lanes.advance(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poseidon::{Sponge, hash};
    use ark_ec::{AffineRepr, CurveGroup};

    /// Hashes of any lengths, over both fields, each with a hash of its own in the middle.
    async fn work(number: u64, lanes: &Lanes) -> (Fp, Fq) {
        let inputs: Vec<Fp> = (0..number).map(Fp::from).collect();
        let (mut first, mut second) = (Sponge::new(), Sponge::new());
        first.absorb(&inputs);
        let squeezed = first.squeeze_among(lanes).await;
        second.absorb(&[Fq::from(number); 5]);
        let other = second.squeeze_among(lanes).await;
        first.absorb(&[squeezed]);
        (first.squeeze_among(lanes).await, other)
    }

    fn expected(number: u64) -> (Fp, Fq) {
        let inputs: Vec<Fp> = (0..number).map(Fp::from).collect();
        let mut sponge = Sponge::new();
        sponge.absorb(&inputs);
        let squeezed = sponge.squeeze();
        sponge.absorb(&[squeezed]);
        (sponge.squeeze(), hash(&[Fq::from(number); 5]))
    }

    #[test]
    fn each_has_its_own_hashes() {
        for count in [0, 1, 2, 7, 8, 9, LANES, 40] {
            let lanes = Lanes::default();
            let found = together(&lanes, (0..count as u64).map(|number| work(number * 3 % 11, &lanes)));
            let due: Vec<_> = (0..count as u64).map(|number| expected(number * 3 % 11)).collect();
            assert_eq!(found, due);
        }
        assert_eq!(alone(async |lanes| work(5, lanes).await), expected(5));
    }

    /// The generator's multiples by 1, 2 and so on, and their scalars.
    fn terms<C: KimchiCurve>(number: u64) -> (Vec<PackedPoint>, Vec<ScalarField<C>>) {
        let multiple = |i: u64| PackedPoint::pack(&C::GENERATOR.mul_bigint([i]).into_affine());
        let scalar = |i: u64| ScalarField::<C>::from(i * number + 1);
        ((1..=20 + number).map(multiple).collect(), (1..=20 + number).map(scalar).collect())
    }

    /// The sums come together whatever was hashed before.
    #[test]
    fn each_has_its_own_sum() {
        fn all<C: KimchiCurve>() {
            let after_hashes = async |number: u64, lanes: &Lanes| {
                let hashes = work(number, lanes).await;
                let (points, scalars) = terms::<C>(number);
                (hashes, lanes.sum::<C>(points, &scalars).await, work(number, lanes).await)
            };
            for count in [1, 2, 9] {
                let lanes = Lanes::default();
                let numbers: Vec<_> = (0..count).map(|number| number * 3 % 11).collect();
                let found = together(&lanes, numbers.iter().map(|number| after_hashes(*number, &lanes)));
                let due = numbers.iter().map(|number| {
                    let factor = (1..=20 + number).map(|i| ScalarField::<C>::from(i * (i * number + 1)));
                    (expected(*number), C::GENERATOR * factor.sum::<ScalarField<C>>(), expected(*number))
                });
                assert_eq!(found, due.collect::<Vec<_>>());
            }
        }
        all::<PallasConfig>();
        all::<VestaConfig>();
    }

    /// What runs inside of other work has its own lanes.
    #[test]
    fn work_may_run_work() {
        let lanes = Lanes::default();
        let nested = async |number: u64, lanes: &Lanes| {
            let before = work(number, lanes).await;
            let inside = alone(async |lanes| work(number + 1, lanes).await);
            (before, inside, work(number, lanes).await)
        };
        let found = together(&lanes, [3, 4, 5].map(|number| nested(number, &lanes)));
        let due = [3, 4, 5].map(|number| (expected(number), expected(number + 1), expected(number)));
        assert_eq!(found, due);
    }
}
