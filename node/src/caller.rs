//! Who asks a node: callers are told apart, so that each has a share of the queue and of the verifier's time.
//!
//! A caller is whoever shows a certificate, or a process at the other end of a Unix socket, with all its connections; over
//! TCP without TLS each connection is one.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use lru::LruCache;

use crate::admission::Share;

/// Callers that are known by more than their connection, so that they are the same when they come again.
const KNOWN: NonZeroUsize = NonZeroUsize::new(1 << 12).unwrap();

/// What a caller is known by when it has more than one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    /// The digest of its certificate.
    Certificate(blake3::Hash),
    /// Its process on this machine.
    Process(i32),
}

/// Somebody who asks.
#[derive(Clone)]
pub struct Caller {
    number: u64,
    share: Share,
}

impl Caller {
    /// Who made a request at the front door.
    pub(crate) fn of<T>(request: &tonic::Request<T>) -> Self {
        // Every request there has come through a connection.
        request.extensions().get::<Self>().cloned().unwrap_or_else(Self::node)
    }

    /// The node itself, which has the whole queue.
    pub fn node() -> Self {
        Self { number: 0, share: Share::whole() }
    }

    /// Whoever publishes to the subjects of NATS that a node listens to. They come over its own connection, and are one.
    #[cfg(all(feature = "network", feature = "jetstream"))]
    pub(crate) fn published(proofs: usize, bytes: usize) -> Self {
        Self { number: u64::MAX - 1, share: Share::new(proofs, bytes) }
    }

    /// The senders of a work queue, who share this much room: the queue does not tell them apart.
    #[cfg(feature = "jetstream")]
    pub(crate) fn work_queue(proofs: usize, bytes: usize) -> Self {
        // Connections are counted from 1 on.
        Self { number: u64::MAX, share: Share::new(proofs, bytes) }
    }

    /// Tells it apart from others.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Its share of the queue.
    pub(crate) fn share(&self) -> &Share {
        &self.share
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Caller").field(&self.number).finish()
    }
}

/// The callers of a node.
#[derive(Debug)]
pub(crate) struct Callers {
    numbers: AtomicU64,
    known: Mutex<LruCache<Identity, Caller>>,
    proofs: usize,
    bytes: usize,
}

impl Callers {
    /// Callers that have so much room in the queue each, for as much work as these proofs are.
    pub(crate) fn new(proofs: usize, bytes: usize) -> Self {
        Self { numbers: AtomicU64::new(1), known: Mutex::new(LruCache::new(KNOWN)), proofs, bytes }
    }

    /// Somebody who is known by nothing but a connection.
    pub(crate) fn unknown(&self) -> Caller {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        Caller { number, share: Share::new(self.proofs, self.bytes) }
    }

    /// The caller of this identity, the same whenever it comes.
    pub(crate) fn known(&self, identity: Identity) -> Caller {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert(identity, || self.unknown()).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_told_apart_by_what_they_are_known_by() {
        let callers = Callers::new(1, 1);
        let numbers = [
            callers.unknown(),
            callers.unknown(),
            callers.known(Identity::Process(1)),
            callers.known(Identity::Process(2)),
            callers.known(Identity::Certificate(blake3::hash(b"1"))),
            callers.known(Identity::Process(1)),
            Caller::node(),
        ];
        assert_eq!(numbers.map(|caller| caller.number()), [1, 2, 3, 4, 5, 3, 0]);
    }
}
