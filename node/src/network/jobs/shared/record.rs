//! What the servers keep of a job, and what may be done with it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::chunks::Named;
use crate::network::jobs::table::ATTEMPTS;

/// A job as it waits in the queue.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Task {
    #[prost(string, tag = "1")]
    pub(super) circuit: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) public_input: Vec<u8>,
    #[prost(message, optional, tag = "3")]
    pub(super) witness: Option<Named>,
}

/// How a job stands that has been leased before.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Record {
    #[prost(message, optional, tag = "1")]
    pub(super) task: Option<Task>,
    #[prost(enumeration = "Stand", tag = "2")]
    pub(super) stand: i32,
    /// How often it has been leased, and the number of the last lease.
    #[prost(uint32, tag = "3")]
    pub(super) attempts: u32,
    #[prost(string, tag = "4")]
    pub(super) worker: String,
    /// Until when the lease lasts, in ms since 1970.
    #[prost(uint64, tag = "5")]
    pub(super) until: u64,
    /// Beyond which it is not extended.
    #[prost(uint64, tag = "6")]
    pub(super) end: u64,
    /// Where the queue is told of the delivery that the lease is of.
    #[prost(string, tag = "7")]
    pub(super) delivery: String,
    /// Of those that are done.
    #[prost(message, optional, tag = "8")]
    pub(super) proof: Option<Named>,
}

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub(super) enum Stand {
    None = 0,
    Waiting = 1,
    Leased = 2,
    Done = 3,
    Failed = 4,
}

/// What becomes of a job that the queue hands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is leased.
    Lease,
    /// A worker has it for so long still, whatever the queue thinks.
    Held(Duration),
    /// It has been leased too often.
    Fails,
    /// It is done, or has failed.
    Settled,
}

impl Record {
    /// What becomes of the job now.
    pub(super) fn turn(&self, now: u64) -> Turn {
        match self.stand() {
            Stand::Done | Stand::Failed => Turn::Settled,
            Stand::Leased if self.until > now => Turn::Held(Duration::from_millis(self.until - now)),
            _ if self.attempts >= ATTEMPTS => Turn::Fails,
            _ => Turn::Lease,
        }
    }

    /// Whether the job is leased by the lease of this number.
    pub(super) fn is_leased_by(&self, lease: u64) -> bool {
        self.stand() == Stand::Leased && u64::from(self.attempts) == lease
    }

    /// Whether that lease lasts.
    pub(super) fn is_held_by(&self, lease: u64, now: u64) -> bool {
        self.is_leased_by(lease) && self.until > now
    }
}

/// The time of day in ms since 1970: the coordinators' clocks agree better than leases are long.
pub(super) fn now() -> u64 {
    millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_is_handed_out_again_is_leased_unless_somebody_has_it() {
        let record = |stand: Stand, attempts, until| Record {
            stand: stand.into(),
            attempts,
            until,
            ..Record::default()
        };
        assert_eq!(record(Stand::Waiting, 1, 0).turn(10), Turn::Lease);
        assert_eq!(record(Stand::Leased, 1, 10).turn(10), Turn::Lease);
        assert_eq!(record(Stand::Leased, 1, 11).turn(10), Turn::Held(Duration::from_millis(1)));
        assert_eq!(record(Stand::Leased, ATTEMPTS, 10).turn(10), Turn::Fails);
        assert_eq!(record(Stand::Leased, ATTEMPTS, 11).turn(10), Turn::Held(Duration::from_millis(1)));
        assert_eq!(record(Stand::Waiting, ATTEMPTS - 1, 0).turn(10), Turn::Lease);
        for stand in [Stand::Done, Stand::Failed] {
            assert_eq!(record(stand, 1, 99).turn(10), Turn::Settled);
        }
        let leased = record(Stand::Leased, 2, 10);
        assert!(leased.is_held_by(2, 9) && !leased.is_held_by(2, 10) && !leased.is_held_by(1, 9));
        assert!(leased.is_leased_by(2) && !record(Stand::Done, 2, 10).is_leased_by(2));
    }
}
