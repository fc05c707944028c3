//! Bounded queues: who finds no room is told so at once, instead of the queue growing.

use std::sync::Arc;

use prost::Message as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

use crate::caller::Caller;
use crate::proto::v1::{Proof, SharedKey};

/// The unit in which bytes are counted.
const UNIT: usize = 1 << 10;

/// The room of a queue: a number of entries, and of bytes.
#[derive(Debug)]
pub struct Admission {
    name: &'static str,
    all: Share,
}

/// So many entries and units of bytes, of a queue or of one caller in it.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    entries: Arc<Semaphore>,
    capacity: usize,
    units: Arc<Semaphore>,
    units_capacity: usize,
}

/// How much room something takes.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    entries: usize,
    bytes: usize,
}

impl Size {
    /// Of proofs, one entry where there are none, with a key that they share.
    pub fn of(proofs: &[Proof], key: Option<&SharedKey>) -> Self {
        let bytes: usize = proofs.iter().map(Proof::encoded_len).sum();
        Self { entries: proofs.len().max(1), bytes: bytes + key.map_or(0, SharedKey::encoded_len) }
    }
}

/// A place in the queue, as long as it is kept.
#[derive(Debug)]
pub struct Admitted {
    caller: u64,
    _permits: [OwnedSemaphorePermit; 4],
}

impl Share {
    pub(crate) fn new(entries: usize, bytes: usize) -> Self {
        let units_capacity = bytes.div_ceil(UNIT).clamp(1, Semaphore::MAX_PERMITS);
        let capacity = entries.min(Semaphore::MAX_PERMITS);
        let [entries, units] = [capacity, units_capacity].map(|permits| Arc::new(Semaphore::new(permits)));
        Self { entries, capacity, units, units_capacity }
    }

    /// As large as any queue.
    pub(crate) fn whole() -> Self {
        Self::new(usize::MAX, usize::MAX)
    }

    /// Whether it ever has room for so much.
    fn fits(&self, entries: usize, units: usize) -> bool {
        entries <= self.capacity && units <= self.units_capacity
    }

    fn try_take(&self, (entries, units): (u32, u32)) -> Option<[OwnedSemaphorePermit; 2]> {
        let entries = Arc::clone(&self.entries).try_acquire_many_owned(entries).ok()?;
        Some([entries, Arc::clone(&self.units).try_acquire_many_owned(units).ok()?])
    }

    async fn take(&self, (entries, units): (u32, u32)) -> Option<[OwnedSemaphorePermit; 2]> {
        let entries = Arc::clone(&self.entries).acquire_many_owned(entries).await.ok()?;
        Some([entries, Arc::clone(&self.units).acquire_many_owned(units).await.ok()?])
    }
}

impl Admission {
    /// A queue of this room.
    pub fn new(name: &'static str, entries: usize, bytes: usize) -> Self {
        Self { name, all: Share::new(entries, bytes) }
    }

    /// How many entries there may be.
    pub fn capacity(&self) -> usize {
        self.all.capacity
    }

    /// How many entries there are.
    pub fn taken(&self) -> usize {
        self.all.capacity.saturating_sub(self.all.entries.available_permits())
    }

    /// Room for so much of a caller, now or not at all.
    pub fn try_enter(&self, caller: &Caller, size: Size) -> Result<Admitted, Status> {
        let size = self.permits(caller, size)?;
        let busy = |what: &str| Status::resource_exhausted(format!("busy: {what}, try again later"));
        let own = caller
            .share()
            .try_take(size)
            .ok_or_else(|| busy(&format!("your share of the {}'s queue is full", self.name)))?;
        let all =
            self.all.try_take(size).ok_or_else(|| busy(&format!("the {}'s queue is full", self.name)))?;
        Ok(Admitted::new(caller, own, all))
    }

    /// Room for so much of a caller, as soon as there is.
    pub async fn enter(&self, caller: &Caller, size: Size) -> Result<Admitted, Status> {
        let size = self.permits(caller, size)?;
        // Who waits for its own share takes no room of others meanwhile.
        let own = caller.share().take(size).await;
        let all = self.all.take(size).await;
        own.zip(all)
            .map(|(own, all)| Admitted::new(caller, own, all))
            .ok_or_else(|| Status::unavailable("the node stops"))
    }

    fn permits(&self, caller: &Caller, Size { entries, bytes }: Size) -> Result<(u32, u32), Status> {
        let units = bytes.div_ceil(UNIT).max(1);
        for (share, whose) in [(&self.all, "has room"), (caller.share(), "has room for one caller")] {
            if !share.fits(entries, units) {
                return Err(Status::invalid_argument(format!(
                    "{entries} proofs of {bytes} bytes are more than the {}'s queue ever {whose}",
                    self.name
                )));
            }
        }
        let number = |n: usize| u32::try_from(n).map_err(|_| Status::invalid_argument("too many proofs"));
        Ok((number(entries)?, number(units)?))
    }
}

impl Admitted {
    fn new(caller: &Caller, [a, b]: [OwnedSemaphorePermit; 2], [c, d]: [OwnedSemaphorePermit; 2]) -> Self {
        Self { caller: caller.number(), _permits: [a, b, c, d] }
    }

    /// Whose place it is.
    pub(crate) fn caller(&self) -> u64 {
        self.caller
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::Callers;
    use crate::proto::v1::{KimchiProof, proof};
    use tonic::Code;

    fn proof(bytes: usize) -> Proof {
        let kimchi = KimchiProof { proof: vec![1; bytes].into(), ..KimchiProof::default() };
        Proof { kind: Some(proof::Kind::Kimchi(kimchi)) }
    }

    #[test]
    fn entries_and_bytes_are_bounded() {
        let code = |result: Result<Admitted, Status>| result.map_err(|status| status.code()).err();
        let queue = Admission::new("x", 2, 100 * UNIT);
        let node = Caller::node();
        let first = queue.try_enter(&node, Size::of(&[proof(1), proof(1)], None)).unwrap();
        assert_eq!(queue.taken(), 2);
        assert_eq!(code(queue.try_enter(&node, Size::of(&[proof(1)], None))), Some(Code::ResourceExhausted));
        drop(first);
        let large = queue.try_enter(&node, Size::of(&[proof(90 * UNIT)], None)).unwrap();
        assert_eq!(
            code(queue.try_enter(&node, Size::of(&[proof(20 * UNIT)], None))),
            Some(Code::ResourceExhausted)
        );
        assert!(queue.try_enter(&node, Size::of(&[proof(5 * UNIT)], None)).is_ok());
        drop(large);
        assert_eq!(
            code(queue.try_enter(&node, Size::of(&[proof(101 * UNIT)], None))),
            Some(Code::InvalidArgument)
        );
        assert_eq!(
            code(queue.try_enter(&node, Size::of(&[proof(1), proof(1), proof(1)], None))),
            Some(Code::InvalidArgument)
        );
        assert_eq!(queue.taken(), 0);
    }

    #[tokio::test]
    async fn one_caller_leaves_room_for_others() {
        let queue = Admission::new("x", 4, 100 * UNIT);
        let callers = Callers::new(2, 60 * UNIT);
        let (one, other) = (callers.unknown(), callers.unknown());
        let held = queue.try_enter(&one, Size::of(&[proof(1), proof(1)], None)).unwrap();
        let refused = queue.try_enter(&one, Size::of(&[proof(1)], None)).unwrap_err();
        assert!(refused.code() == Code::ResourceExhausted && refused.message().contains("your share"));
        assert!(queue.try_enter(&other, Size::of(&[proof(1), proof(1)], None)).is_ok());
        let too_many = queue.try_enter(&other, Size::of(&[proof(1), proof(1), proof(1)], None)).unwrap_err();
        assert_eq!(too_many.code(), Code::InvalidArgument);
        // Whoever waits for its own share does not hold up others.
        let waits = queue.enter(&one, Size::of(&[proof(1)], None));
        tokio::pin!(waits);
        assert!(tokio::time::timeout(std::time::Duration::from_millis(20), &mut waits).await.is_err());
        assert!(queue.try_enter(&other, Size::of(&[proof(1), proof(1)], None)).is_ok());
        drop(held);
        assert!(waits.await.is_ok());
    }
}
