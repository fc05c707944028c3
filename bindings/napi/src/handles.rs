//! What JavaScript holds: keys and networks, by numbers.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use quickpickle_door::{Key, Known};

/// Something that is held.
#[derive(Clone, Debug)]
pub enum Held {
    /// A key, ready to verify with.
    Key(Arc<Key>),
    /// Networks with their keys.
    Known(Arc<Known>),
}

impl Held {
    /// A key.
    pub fn key(key: Key) -> Self {
        Self::Key(Arc::new(key))
    }

    /// Networks.
    pub fn known(known: Known) -> Self {
        Self::Known(Arc::new(known))
    }
}

/// All that is held, by all threads of JavaScript, and the number of the last.
#[derive(Debug, Default)]
struct Handles {
    last: u64,
    held: HashMap<u64, Held>,
}

fn handles() -> MutexGuard<'static, Handles> {
    static HANDLES: LazyLock<Mutex<Handles>> = LazyLock::new(Mutex::default);
    // Nothing in here panics half way.
    HANDLES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps something. The number is below 2^53, which JavaScript's numbers hold: so many calls take longer than a process lives.
pub fn keep(held: Held) -> u64 {
    let mut handles = handles();
    handles.last += 1;
    let number = handles.last;
    handles.held.insert(number, held);
    number
}

/// What has a number, if it was not freed.
pub fn get(number: u64) -> Option<Held> {
    handles().held.get(&number).cloned()
}

/// Puts something else in the place of what has a number, unless that was freed.
pub fn replace(number: u64, with: Held) {
    if let Some(held) = handles().held.get_mut(&number) {
        *held = with;
    }
}

/// Lets go of what has a number; one that has nothing is passed over.
pub fn free(number: u64) {
    let freed = handles().held.remove(&number);
    // What it holds is freed without the lock.
    drop(freed);
}
