//! The records of jobs on the servers: read, altered by one coordinator at a time, and forgotten.

use async_nats::jetstream::kv::UpdateErrorKind;
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{RawMessageErrorKind, Stream};
use prost::Message as _;
use rand_core::{OsRng, RngCore as _};
use tonic::Status;

use super::fault::fault;
use super::record::{Record, Stand, Task, now};
use super::{SUBJECT, Shared};
use crate::network::jobs::table::{OPEN, SETTLED, lost};

/// A value that nothing names is left by a crash when it is so old, in ms.
const LEFT: u64 = 3_600_000;

impl Shared {
    /// The record of a job with its revision; of one that was never leased there is none.
    pub(super) async fn record(&self, job: u64) -> Result<(Option<Record>, u64), Status> {
        match self.records.entry(job.to_string()).await.map_err(fault)? {
            None => Ok((None, 0)),
            Some(entry) => Ok((Some(Record::decode(entry.value).map_err(fault)?), entry.revision)),
        }
    }

    /// Writes a record if nobody has written it since that revision.
    pub(super) async fn write(&self, job: u64, record: &Record, revision: u64) -> Result<bool, Status> {
        let value = record.encode_to_vec().into();
        match self.records.update(job.to_string(), value, revision).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == UpdateErrorKind::WrongLastRevision => Ok(false),
            Err(error) => Err(fault(error)),
        }
    }

    /// Alters the record of a job in the way that `change` says, as often as another coordinator alters it meanwhile.
    pub(super) async fn alter<T>(
        &self,
        job: u64,
        mut change: impl FnMut(&mut Record) -> Result<T, Status>,
    ) -> Result<(T, Record), Status> {
        loop {
            let (record, revision) = self.record(job).await?;
            let Some(mut record) = record else {
                // It was never leased, or there is none.
                return Err(if self.waits(job).await? { lost() } else { no_job() });
            };
            let before = record.clone();
            let result = change(&mut record)?;
            if record == before || self.write(job, &record, revision).await? {
                return Ok((result, record));
            }
        }
    }

    /// Whether a job is in the queue.
    pub(super) async fn waits(&self, job: u64) -> Result<bool, Status> {
        match self.queue.get_raw_message(job).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(false),
            Err(error) => Err(fault(error)),
        }
    }

    /// Forgets the jobs that have been settled for longest, where there are records of more jobs than the board has.
    pub(super) async fn forget(&self) -> Result<(), Status> {
        let state = self.records.stream.get_info().await.map_err(fault)?.state;
        let mut beyond = state.messages.saturating_sub((OPEN + SETTLED) as u64);
        let (all, mut after) = (format!("{}>", self.records.prefix), 0);
        while beyond > 0
            && let Some(message) = next(&self.records.stream, &all, after).await?
        {
            after = message.sequence;
            let record = Record::decode(message.payload).unwrap_or_default();
            if matches!(record.stand(), Stand::Done | Stand::Failed) {
                let subject = message.subject.to_string();
                self.records.stream.purge().filter(&subject).await.map_err(fault)?;
                if let Some(proof) = &record.proof {
                    self.proofs.remove(proof).await;
                }
                beyond -= 1;
            }
        }
        Ok(())
    }

    /// Removes witnesses and proofs that a crash has left, of which no job tells; returns how many.
    pub(super) async fn sweep(&self) -> Result<usize, Status> {
        let mut witnesses = self.witnesses.names().await?;
        let mut proofs = self.proofs.names().await?;
        witnesses.retain(|name| is_old(name));
        proofs.retain(|name| is_old(name));
        if witnesses.is_empty() && proofs.is_empty() {
            return Ok(0);
        }
        let (all, mut after) = (format!("{SUBJECT}.*"), 0);
        while let Some(message) = next(&self.queue, &all, after).await? {
            after = message.sequence;
            if let Some(witness) = Task::decode(message.payload).unwrap_or_default().witness {
                witnesses.remove(&witness.name);
            }
        }
        let (all, mut after) = (format!("{}>", self.records.prefix), 0);
        while let Some(message) = next(&self.records.stream, &all, after).await? {
            after = message.sequence;
            if let Some(proof) = Record::decode(message.payload).unwrap_or_default().proof {
                proofs.remove(&proof.name);
            }
        }
        let left = witnesses.len() + proofs.len();
        for name in witnesses {
            self.witnesses.remove_name(name).await;
        }
        for name in proofs {
            self.proofs.remove_name(name).await;
        }
        Ok(left)
    }
}

/// The first message of such a subject after that number.
async fn next(stream: &Stream, subject: &str, after: u64) -> Result<Option<StreamMessage>, Status> {
    match stream.raw_message_builder().sequence(after + 1).next_by_subject(subject).send().await {
        Ok(message) => Ok(Some(message)),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(fault(error)),
    }
}

/// A name that no other value has, with the time that it is from.
pub(super) fn new_name() -> String {
    format!("{}-{:016x}{:016x}", now(), OsRng.next_u64(), OsRng.next_u64())
}

/// Whether a value of this name is older than any that is still being written.
fn is_old(name: &str) -> bool {
    let time = name.split('-').next().and_then(|time| time.parse::<u64>().ok());
    time.is_some_and(|time| time.saturating_add(LEFT) < now())
}

pub(super) fn no_job() -> Status {
    Status::not_found("there is no such job")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_their_age() {
        let name = new_name();
        assert!(!is_old(&name) && name != new_name());
        assert!(is_old(&format!("{}-0", now() - LEFT - 1)) && !is_old(&format!("{}-0", now() - LEFT / 2)));
        assert!(!is_old("x-1") && !is_old(""));
    }
}
