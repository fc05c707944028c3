//! Transcripts side by side.
//!
//! Most of what a proof costs beside its sums is Poseidon: some two hundred permutations, each of which waits for the one
//! before. Those of different proofs do not wait for each other, and a vector unit does eight in little more than the time of
//! one. So what hashes is an async function: where it comes to a permutation it puts the state into its [`Lanes`] and waits. When
//! all that run [`together`] wait, their states are permuted at once, and they go on. There is no other thing to wait for, and
//! nothing runs at the same time.

use core::any::TypeId;
use core::cell::RefCell;
use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};

use quickpickle_curve::{permute, permute_many};

use crate::curve::{Fp, Fq};
use crate::poseidon::{SpongeField, WIDTH};

/// How many proofs run together at most: two vectors of eight.
pub const LANES: usize = 16;

/// A state of either field, as the limbs of its elements' Montgomery form.
type State = [[u64; 4]; WIDTH];

/// The permutations that those who run together wait for.
#[derive(Debug, Default)]
pub struct Lanes {
    fp: Queue,
    fq: Queue,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: RefCell<Vec<State>>,
    /// Those that waited, permuted, in the same order.
    done: RefCell<Vec<State>>,
}

impl Queue {
    /// Permutes all that wait.
    fn permute<F: SpongeField>(&self) {
        let mut states: Vec<[F; WIDTH]> =
            self.waiting.take().into_iter().map(|state| state.map(F::from_limbs_unchecked)).collect();
        permute_many(&mut states);
        *self.done.borrow_mut() = states.into_iter().map(|state| state.map(F::to_limbs)).collect();
    }
}

impl Lanes {
    fn queue<F: SpongeField>(&self) -> &Queue {
        if TypeId::of::<F>() == TypeId::of::<Fp>() { &self.fp } else { &self.fq }
    }

    fn permute(&self) {
        self.fp.permute::<Fp>();
        self.fq.permute::<Fq>();
    }

    /// Poseidon's permutation of `state`, with those of the others.
    pub(crate) fn permuted<'a, F: SpongeField>(
        &'a self,
        state: &'a mut [F; WIDTH],
    ) -> impl Future<Output = ()> {
        Permuted { queue: self.queue::<F>(), state, place: None }
    }
}

/// A permutation that is waited for.
struct Permuted<'a, F> {
    queue: &'a Queue,
    state: &'a mut [F; WIDTH],
    /// Where the state is in the queue.
    place: Option<usize>,
}

impl<F: SpongeField> Future for Permuted<'_, F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        match self.place {
            // One after the other is as fast there, and engines optimise anew, in much memory, what is polled for each permutation.
            None if cfg!(target_family = "wasm") => {
                permute(self.state);
                Poll::Ready(())
            }
            None => {
                let mut waiting = self.queue.waiting.borrow_mut();
                let place = waiting.len();
                waiting.push(self.state.map(F::to_limbs));
                drop(waiting);
                self.place = Some(place);
                Poll::Pending
            }
            Some(place) => match self.queue.done.borrow().get(place) {
                Some(state) => {
                    *self.state = state.map(F::from_limbs_unchecked);
                    Poll::Ready(())
                }
                // It is polled once the permutations are done, and not before.
                None => Poll::Pending,
            },
        }
    }
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
        lanes.permute();
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
            Poll::Pending => lanes.permute(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poseidon::{Sponge, hash};

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
