//! A block producer: makes a block in each slot of its own.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use quickpickle_memory::Mark;
use tokio::time::{sleep, timeout};

use super::Slots;
use super::gossip::Gossip;
use crate::dispatch::Dispatch;
use crate::keys::BLOCKCHAIN;
use crate::proto::v1::{AnnounceRequest, Proof, Witness, proof, witness};

/// Makes blocks until it is dropped.
pub(super) async fn produce(dispatch: &Dispatch, gossip: &Arc<Gossip>, slots: Slots) -> Infallible {
    loop {
        // A clock before 1970 counts as 1970.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let (slot, wait) = next(slots, now);
        sleep(wait).await;
        let witness = Witness { kind: Some(witness::Kind::Seed(slot)) };
        let longest = dispatch.limits.prove;
        match timeout(longest, dispatch.prove(BLOCKCHAIN.to_owned(), witness)).await {
            Ok(Ok(proof)) => {
                tracing::info!(slot, "a block is made");
                dispatch.registry.mark(Mark::BlockMade(slot));
                let proof = Proof { kind: Some(proof::Kind::Kimchi(proof)) };
                let block = AnnounceRequest { slot, proof: Some(proof), ..AnnounceRequest::default() };
                gossip.publish(block).await;
            }
            Ok(Err(status)) => tracing::error!(slot, %status, "no block"),
            Err(_) => tracing::error!(slot, ?longest, "no block in time"),
        }
    }
}

/// The next slot that begins and is the producer's own, and how long until then.
fn next(slots: Slots, now: Duration) -> (u64, Duration) {
    let length = slots.length.as_millis().max(1);
    let producers = u128::from(slots.producers.max(1));
    let first = now.as_millis() / length + 1;
    let missing = (u128::from(slots.turn) + producers - first % producers) % producers;
    let slot = first + missing;
    let wait = (slot * length).saturating_sub(now.as_millis());
    let [slot, wait] = [slot, wait].map(|n| u64::try_from(n).unwrap_or(u64::MAX));
    (slot, Duration::from_millis(wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn producers_take_turns() {
        let slots = |turn| Slots { length: Duration::from_secs(3), turn, producers: 4 };
        let now = Duration::from_millis(10 * 3000 + 1000);
        // Slot 10 has begun; 11 is the third one's, 12 the zeroth's.
        for (turn, slot) in [(3, 11), (0, 12), (1, 13), (2, 14)] {
            let expected = Duration::from_secs(3 * slot) - now;
            assert_eq!(next(slots(turn), now), (slot, expected));
        }
        let alone = Slots { length: Duration::from_millis(1), turn: 0, producers: 1 };
        assert_eq!(next(alone, Duration::ZERO), (1, Duration::from_millis(1)));
    }
}
