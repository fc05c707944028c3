//! Bounded queues: who finds no room is told so at once, instead of the queue growing.

use std::sync::Arc;

use prost::Message as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

use crate::proto::v1::Proof;

/// The unit in which bytes are counted.
const UNIT: usize = 1 << 10;

/// The room of a queue: a number of entries, and of bytes.
#[derive(Debug)]
pub struct Admission {
    name: &'static str,
    entries: Arc<Semaphore>,
    capacity: usize,
    units: Arc<Semaphore>,
    units_capacity: usize,
}

/// A place in the queue, as long as it is kept.
#[derive(Debug)]
pub struct Admitted {
    _entries: OwnedSemaphorePermit,
    _units: OwnedSemaphorePermit,
}

impl Admission {
    /// A queue of this room.
    pub fn new(name: &'static str, entries: usize, bytes: usize) -> Self {
        let units = bytes.div_ceil(UNIT).clamp(1, Semaphore::MAX_PERMITS);
        let capacity = entries.min(Semaphore::MAX_PERMITS);
        let [entries, semaphore] = [capacity, units].map(|permits| Arc::new(Semaphore::new(permits)));
        Self { name, entries, capacity, units: semaphore, units_capacity: units }
    }

    /// How many entries there may be.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many entries there are.
    pub fn taken(&self) -> usize {
        self.capacity.saturating_sub(self.entries.available_permits())
    }

    /// Room for these proofs (for one entry where there are none), now or not at all.
    pub fn try_enter(&self, proofs: &[Proof]) -> Result<Admitted, Status> {
        let (entries, units) = self.size(proofs)?;
        let busy = |_| {
            Status::resource_exhausted(format!("busy: the {}'s queue is full, try again later", self.name))
        };
        Ok(Admitted {
            _entries: Arc::clone(&self.entries).try_acquire_many_owned(entries).map_err(busy)?,
            _units: Arc::clone(&self.units).try_acquire_many_owned(units).map_err(busy)?,
        })
    }

    /// Room for these proofs, as soon as there is.
    pub async fn enter(&self, proofs: &[Proof]) -> Result<Admitted, Status> {
        let (entries, units) = self.size(proofs)?;
        let closed = |_| Status::unavailable("the node stops");
        Ok(Admitted {
            _entries: Arc::clone(&self.entries).acquire_many_owned(entries).await.map_err(closed)?,
            _units: Arc::clone(&self.units).acquire_many_owned(units).await.map_err(closed)?,
        })
    }

    fn size(&self, proofs: &[Proof]) -> Result<(u32, u32), Status> {
        let bytes: usize = proofs.iter().map(Proof::encoded_len).sum();
        let (entries, units) = (proofs.len().max(1), bytes.div_ceil(UNIT).max(1));
        if entries > self.capacity || units > self.units_capacity {
            return Err(Status::invalid_argument(format!(
                "{entries} proofs of {bytes} bytes are more than the {}'s queue ever has room for",
                self.name
            )));
        }
        let number = |n: usize| u32::try_from(n).map_err(|_| Status::invalid_argument("too many proofs"));
        Ok((number(entries)?, number(units)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let first = queue.try_enter(&[proof(1), proof(1)]).unwrap();
        assert_eq!(queue.taken(), 2);
        assert_eq!(code(queue.try_enter(&[proof(1)])), Some(Code::ResourceExhausted));
        drop(first);
        let large = queue.try_enter(&[proof(90 * UNIT)]).unwrap();
        assert_eq!(code(queue.try_enter(&[proof(20 * UNIT)])), Some(Code::ResourceExhausted));
        assert!(queue.try_enter(&[proof(5 * UNIT)]).is_ok());
        drop(large);
        assert_eq!(code(queue.try_enter(&[proof(101 * UNIT)])), Some(Code::InvalidArgument));
        assert_eq!(code(queue.try_enter(&[proof(1), proof(1), proof(1)])), Some(Code::InvalidArgument));
        assert_eq!(queue.taken(), 0);
    }
}
