//! Bounded queues: who finds no room is told so at once, instead of the queue growing. They count work, not messages.

use std::sync::Arc;

use prost::Message as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

use crate::caller::Caller;
use crate::proto::v1::{Proof, SharedKey};
use crate::weight;

/// The unit in which bytes are counted.
const UNIT: usize = 1 << 10;

/// The room of a queue: as much work as so many proofs are, and bytes.
#[derive(Debug)]
pub struct Admission {
    name: &'static str,
    all: Share,
}

/// So much work and units of bytes, of a queue or of one caller in it.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    /// [`weight`] that is left.
    work: Arc<Semaphore>,
    capacity: usize,
    units: Arc<Semaphore>,
    units_capacity: usize,
}

/// How much room something takes.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    weight: usize,
    bytes: usize,
}

impl Size {
    /// Of a proof that is to be made.
    pub const PROOF: Self = Self { weight: weight::PROOF, bytes: 0 };

    /// Of proofs, with a key that they share; [`Self::PROOF`] where there are none.
    pub fn of(proofs: &[Proof], key: Option<&SharedKey>) -> Self {
        if proofs.is_empty() {
            return Self::PROOF;
        }
        let bytes: usize = proofs.iter().map(Proof::encoded_len).sum();
        Self { weight: weight::of_all(proofs), bytes: bytes + key.map_or(0, SharedKey::encoded_len) }
    }
}

/// A place in the queue, as long as it is kept.
#[derive(Debug)]
pub struct Admitted {
    caller: u64,
    _permits: [OwnedSemaphorePermit; 4],
}

impl Share {
    pub(crate) fn new(proofs: usize, bytes: usize) -> Self {
        let units_capacity = bytes.div_ceil(UNIT).clamp(1, Semaphore::MAX_PERMITS);
        let capacity = weight::of_proofs(proofs).min(Semaphore::MAX_PERMITS);
        let [work, units] = [capacity, units_capacity].map(|permits| Arc::new(Semaphore::new(permits)));
        Self { work, capacity, units, units_capacity }
    }

    /// As large as any queue.
    pub(crate) fn whole() -> Self {
        Self::new(usize::MAX, usize::MAX)
    }

    /// Whether it ever has room for so much.
    fn fits(&self, weight: usize, units: usize) -> bool {
        weight <= self.capacity && units <= self.units_capacity
    }

    fn try_take(&self, (weight, units): (u32, u32)) -> Option<[OwnedSemaphorePermit; 2]> {
        let work = Arc::clone(&self.work).try_acquire_many_owned(weight).ok()?;
        Some([work, Arc::clone(&self.units).try_acquire_many_owned(units).ok()?])
    }

    async fn take(&self, (weight, units): (u32, u32)) -> Option<[OwnedSemaphorePermit; 2]> {
        let work = Arc::clone(&self.work).acquire_many_owned(weight).await.ok()?;
        Some([work, Arc::clone(&self.units).acquire_many_owned(units).await.ok()?])
    }
}

impl Admission {
    /// A queue of this room.
    pub fn new(name: &'static str, proofs: usize, bytes: usize) -> Self {
        Self { name, all: Share::new(proofs, bytes) }
    }

    /// How many proofs there may be.
    pub fn capacity(&self) -> usize {
        weight::in_proofs(self.all.capacity)
    }

    /// As how many proofs what is there is, rounded up.
    pub fn taken(&self) -> usize {
        weight::in_proofs(self.all.capacity.saturating_sub(self.all.work.available_permits()))
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

    fn permits(&self, caller: &Caller, Size { weight, bytes }: Size) -> Result<(u32, u32), Status> {
        let units = bytes.div_ceil(UNIT).max(1);
        for (share, whose) in [(&self.all, "has room"), (caller.share(), "has room for one caller")] {
            if !share.fits(weight, units) {
                let proofs = weight::in_proofs(weight);
                return Err(Status::invalid_argument(format!(
                    "as much work as {proofs} proofs, in {bytes} bytes, is more than the {}'s queue ever {whose}",
                    self.name
                )));
            }
        }
        let number = |n: usize| u32::try_from(n).map_err(|_| Status::invalid_argument("too many proofs"));
        Ok((number(weight)?, number(units)?))
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
    use crate::proto::v1::{Command, KimchiProof, command, proof};
    use tonic::Code;

    fn proof(bytes: usize) -> Proof {
        let kimchi = KimchiProof { proof: vec![1; bytes].into(), ..KimchiProof::default() };
        Proof { kind: Some(proof::Kind::Kimchi(kimchi)) }
    }

    #[test]
    fn work_and_bytes_are_bounded() {
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

    #[test]
    fn a_command_takes_the_room_of_its_proofs() {
        let of = |command| {
            let command = Command { command: Some(command), ..Command::default() };
            Proof { kind: Some(proof::Kind::Command(command)) }
        };
        let zkapp = of(command::Command::Zkapp(vec![0; 160_000].into()));
        let payment = of(command::Command::Signed(vec![0; 200].into()));
        let queue = Admission::new("x", 40, 1000 * UNIT);
        let node = Caller::node();
        let enter = |proof: &Proof| queue.try_enter(&node, Size::of(std::slice::from_ref(proof), None));
        let _two = [enter(&zkapp).unwrap(), enter(&zkapp).unwrap()];
        assert_eq!((queue.taken(), enter(&zkapp).unwrap_err().code()), (32, Code::ResourceExhausted));
        let payments: Vec<_> = (0..8 * 20).map(|_| enter(&payment).unwrap()).collect();
        assert_eq!((queue.taken(), enter(&payment).unwrap_err().code()), (40, Code::ResourceExhausted));
        drop(payments);
        assert_eq!(queue.taken(), 32);
        let larger = queue.try_enter(&node, Size::of(&vec![zkapp; 3], None)).unwrap_err();
        assert!(larger.code() == Code::InvalidArgument && larger.message().contains("48 proofs"), "{larger}");
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
