//! How many requests a worker holds: one at first and after one was lost, more as they are answered.
//!
//! What ends a worker with all that it holds, be it a request or the machine, has each of these delivered again, and a request is given up
//! after some deliveries. So what was lost again and again is taken one at a time: it alone is counted.

/// The number of requests that are held at most, and how it changes.
#[derive(Debug)]
pub(super) struct Window {
    most: usize,
    now: usize,
    answered: usize,
}

impl Window {
    /// For a verifier that verifies so many together: while one batch is verified the next one collects.
    pub(super) fn new(batch: usize) -> Self {
        Self { most: batch.saturating_mul(2).max(1), now: 1, answered: 0 }
    }

    /// How many more to take where so many are held: none until half are answered, so that they come in batches.
    pub(super) fn room(&self, held: usize) -> usize {
        if held > self.now / 2 { 0 } else { self.now - held }
    }

    /// One was answered.
    pub(super) fn answered(&mut self) {
        self.answered += 1;
        if self.answered >= self.now {
            self.answered = 0;
            self.now = (2 * self.now).min(self.most);
        }
    }

    /// One could not be, or comes for the third time or more.
    pub(super) fn lost(&mut self) {
        (self.now, self.answered) = (1, 0);
    }
}

/// How many requests are verified at the same time at most beside one that is delivered for the `delivery`th time, of `most`: the culprit among
/// those that a worker was lost with must be found, and the others have their verdicts.
pub(super) fn share(delivery: i64, most: u32) -> u32 {
    match delivery {
        ..=1 => 1,
        2 => (most / 16).max(1),
        _ => most,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_takes_more_as_it_answers_and_few_after_a_loss() {
        let mut window = Window::new(64);
        let mut rooms = vec![window.room(0)];
        while rooms.last() != Some(&128) {
            let room = window.room(0);
            (0..room).for_each(|_| window.answered());
            rooms.push(window.room(0));
        }
        assert_eq!(rooms, [1, 2, 4, 8, 16, 32, 64, 128]);
        assert_eq!([0, 64, 65, 128, 1000].map(|held| window.room(held)), [128, 64, 0, 0, 0]);
        window.lost();
        assert_eq!((window.room(0), window.room(1)), (1, 0));
        assert_eq!((Window::new(1).room(0), Window::new(0).room(0), Window::new(1).room(1)), (1, 1, 0));
    }

    #[test]
    fn what_comes_again_and_again_is_tried_alone() {
        assert_eq!([0, 1, 2, 3, 100].map(|delivery| share(delivery, 128)), [1, 1, 8, 128, 128]);
        assert_eq!([1, 2, 3].map(|delivery| share(delivery, 1)), [1, 1, 1]);
    }
}
