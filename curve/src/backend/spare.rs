//! Working memory that tasks of the same kind hand on.

use std::sync::{Mutex, PoisonError};

/// What finished tasks leave to those that begin. Memory that is freed and taken again costs a page fault for every 4 KiB.
pub(crate) struct Spare<T>(Mutex<Vec<T>>);

impl<T> Default for Spare<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<T: Default> Spare<T> {
    /// Does some work with what a finished task has left, whatever it holds, or with a new one.
    pub(crate) fn lend<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let left = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = left().pop();
        let mut lent = taken.unwrap_or_default();
        let result = work(&mut lent);
        left().push(lent);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_task_leaves_goes_to_the_next() {
        let spare = Spare::<Vec<u8>>::default();
        spare.lend(|first| {
            first.push(1);
            // Two at the same time have nothing in common.
            spare.lend(|second| second.extend([2, 3]));
        });
        assert_eq!(spare.lend(|next| next.clone()), [1]);
        assert_eq!(spare.0.lock().expect("nobody panicked").len(), 2);
    }
}
