//! A board on NATS JetStream, which several coordinators share: each does what any of them has begun.
//!
//! A job waits as a message of a work queue, with a consumer for each circuit. Its number is that of the message. A lease is a delivery
//! that is not acknowledged, and lasts as long as the time for its acknowledgement; while a worker proves, that begins anew. Who holds
//! the lease stands in a key-value bucket, and every change there names the revision that it follows: of two coordinators one
//! succeeds. So the queue tells when a job is to be looked at, and the record decides. Witnesses and proofs are in buckets of their own.
//!
//! What a coordinator leaves undone when it is killed: a delivery that no record tells of, which is handed out again when its time is
//! over; a settled job still in the queue, which is taken out when it is handed out; a value that nothing names, which is removed an
//! hour later.

mod chunks;
mod fault;
mod queue;
mod record;
mod records;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::kv::Store;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{self, DiscardPolicy, RetentionPolicy, StorageType, Stream};
use async_nats::jetstream::{AckKind, Context};
use prost::Message as _;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_stream::StreamExt as _;
use tonic::{Code, Status};

use self::chunks::{Chunks, bucket};
pub use self::fault::SharedError;
use self::fault::{busy, fault, refused};
use self::record::{Record, Stand, Task, Turn, millis, now};
use self::records::{new_name, no_job};
use super::board::{Board, Counts, HandedIn, NewJob};
use super::table::{OPEN, OPEN_BYTES, Terms, WITNESS, lost, too_long};
use crate::jetstream::Connection;
use crate::keys::KeyName;
use crate::network::NetworkMetrics;
use crate::proto::v1::get_response::State as WireState;
use crate::proto::v1::{GetResponse, Job, KimchiProof};

/// The queue, the subjects of its jobs, and the buckets.
const QUEUE: &str = "quickpickle-jobs";
const SUBJECT: &str = "quickpickle.jobs";
const RECORDS: &str = "quickpickle-job-records";
const WITNESSES: &str = "quickpickle-witnesses";
const PROOFS: &str = "quickpickle-proofs";
/// Says that there may be a job for those who wait.
const TOLD: &str = "quickpickle.job-told";
/// Circuits of one worker that are looked at.
const CIRCUITS: usize = 64;
/// How often a pull that waits looks for jobs whose lease has run out.
const LOOK: Duration = Duration::from_secs(1);
/// For how long a job that is submitted under a name is the same when it comes again.
const ONE: Duration = Duration::from_secs(600);
/// What the server needs for chunks besides their bytes.
const OVERHEAD: usize = 2 << 20;

/// The board of several coordinators.
#[derive(Debug)]
pub(in crate::network) struct Shared {
    context: Context,
    queue: Stream,
    records: Store,
    witnesses: Chunks,
    proofs: Chunks,
    terms: Terms,
    metrics: NetworkMetrics,
    consumers: Mutex<HashMap<String, PullConsumer>>,
    /// The circuits of those that this coordinator has made, or given its own leases.
    made: Mutex<HashSet<String>>,
    /// Jobs done by this coordinator.
    done: AtomicU64,
    changed: Arc<Notify>,
    listening: JoinHandle<()>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Shared {
    /// The board on these servers, which is made if there is none.
    pub(in crate::network) async fn open(
        connection: &Connection,
        terms: Terms,
        metrics: NetworkMetrics,
    ) -> Result<Self, SharedError> {
        let context = connection.context().clone();
        let config = stream::Config {
            name: QUEUE.to_owned(),
            subjects: vec![format!("{SUBJECT}.*")],
            retention: RetentionPolicy::WorkQueue,
            discard: DiscardPolicy::New,
            max_messages: OPEN as i64,
            storage: StorageType::File,
            duplicate_window: ONE,
            ..stream::Config::default()
        };
        let queue = match context.create_stream(config).await {
            Ok(queue) => queue,
            // Its operator may have made it with more replicas.
            Err(error) => context.get_stream(QUEUE).await.map_err(|_| SharedError::new(QUEUE, error))?,
        };
        let records = bucket(&context, RECORDS, None).await?;
        let room = i64::try_from(OPEN_BYTES + OVERHEAD).unwrap_or(i64::MAX);
        let witnesses = Chunks::open(&context, WITNESSES, Some(room)).await?;
        let proofs = Chunks::open(&context, PROOFS, None).await?;
        let told =
            connection.client().subscribe(TOLD).await.map_err(|error| SharedError::new(TOLD, error))?;
        let changed = Arc::new(Notify::new());
        let listening = tokio::spawn(listen(told, Arc::clone(&changed)));
        let board = Self {
            context,
            queue,
            records,
            witnesses,
            proofs,
            terms,
            metrics,
            consumers: Mutex::default(),
            made: Mutex::default(),
            done: AtomicU64::new(0),
            changed,
            listening,
        };
        match board.sweep().await {
            Ok(0) => {}
            Ok(left) => tracing::info!(left, "values that a crash had left are removed"),
            Err(status) => tracing::warn!(%status, "what crashes left is not removed now"),
        }
        Ok(board)
    }

    fn made(&self) -> MutexGuard<'_, HashSet<String>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says to all coordinators that there may be a job.
    async fn tell(&self) {
        self.changed.notify_waiters();
        // Who does not hear it looks after a while.
        let _ = self.context.client().publish(TOLD, Default::default()).await;
    }
}

/// Hears what other coordinators tell.
async fn listen(mut told: async_nats::Subscriber, changed: Arc<Notify>) {
    while told.next().await.is_some() {
        changed.notify_waiters();
    }
}

#[tonic::async_trait]
impl Board for Shared {
    async fn submit(&self, job: NewJob) -> Result<u64, Status> {
        let NewJob { circuit, witness, public_input, name } = job;
        let circuit: KeyName =
            circuit.parse().map_err(|_| Status::invalid_argument("the circuit has no name"))?;
        if witness.encoded_len() > WITNESS {
            return Err(too_long());
        }
        // Before anything is written, which would have to be removed.
        let bytes = self.witnesses.bytes().await?;
        if bytes.saturating_add(witness.encoded_len() as u64) > (OPEN_BYTES + OVERHEAD / 2) as u64 {
            return Err(busy());
        }
        self.make_consumer(&circuit).await?;
        let witness = self.witnesses.put(new_name(), &witness).await?;
        let task = Task { circuit: circuit.to_string(), public_input, witness: Some(witness) };
        let message = PublishMessage::build().payload(task.encode_to_vec().into());
        let message = name.iter().fold(message, |message, name| message.message_id(name));
        let sent = self.context.send_publish(format!("{SUBJECT}.{circuit}"), message).await;
        let kept = match sent {
            Ok(kept) => kept.await,
            Err(error) => Err(error),
        };
        match kept {
            Ok(kept) => {
                if kept.duplicate
                    && let Some(witness) = &task.witness
                {
                    self.witnesses.remove(witness).await;
                }
                self.tell().await;
                Ok(kept.sequence)
            }
            Err(error) => {
                let status = refused(error);
                // Where the answer was lost the job may be there: its witness stays then, and is found by a sweep if not.
                if status.code() == Code::ResourceExhausted
                    && let Some(witness) = &task.witness
                {
                    self.witnesses.remove(witness).await;
                }
                Err(status)
            }
        }
    }

    async fn pull(
        &self,
        worker: String,
        circuits: Vec<String>,
        patience: Duration,
    ) -> Result<Option<Job>, Status> {
        let end = Instant::now() + patience;
        let circuits: Vec<KeyName> =
            circuits.iter().take(CIRCUITS).filter_map(|circuit| circuit.parse().ok()).collect();
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on nothing is missed.
            changed.as_mut().enable();
            for circuit in &circuits {
                if let Some(job) = self.take(&worker, circuit).await? {
                    return Ok(Some(job));
                }
            }
            let now = Instant::now();
            if now >= end {
                return Ok(None);
            }
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep_until(end.min(now + LOOK).into()) => {}
            }
        }
    }

    async fn extend(&self, job: u64, lease: u64) -> Result<Duration, Status> {
        let longer = millis(self.terms.lease);
        let extend = |record: &mut Record| {
            let now = now();
            if !record.is_held_by(lease, now) {
                return Err(lost());
            }
            record.until = record.until.max(record.end.min(now.saturating_add(longer)));
            Ok(record.until - now)
        };
        let (lasts, record) = self.alter(job, extend).await?;
        self.about(&record.delivery, AckKind::Progress).await;
        Ok(Duration::from_millis(lasts))
    }

    async fn hand_in(&self, job: u64, lease: u64, patience: Duration) -> Result<HandedIn, Status> {
        let hand_in = |record: &mut Record| {
            let now = now();
            if record.stand() == Stand::Done && u64::from(record.attempts) == lease {
                return Ok(HandedIn::Done);
            }
            if !record.is_held_by(lease, now) {
                return Err(lost());
            }
            record.until = record.until.max(now.saturating_add(millis(patience)));
            let Task { circuit, public_input, .. } = record.task.clone().unwrap_or_default();
            Ok(HandedIn::ToVerify { circuit, public_input })
        };
        let (handed_in, record) = self.alter(job, hand_in).await?;
        if record.stand() == Stand::Leased {
            self.about(&record.delivery, AckKind::Progress).await;
        }
        Ok(handed_in)
    }

    async fn complete(&self, job: u64, lease: u64, proof: KimchiProof) -> Result<(), Status> {
        let holds = |record: &Record| if record.is_leased_by(lease) { Ok(()) } else { Err(lost()) };
        let (record, _) = self.record(job).await?;
        holds(&record.unwrap_or_default())?;
        let kept = self.proofs.put(new_name(), &proof).await?;
        let complete = |record: &mut Record| {
            holds(record)?;
            record.set_stand(Stand::Done);
            record.proof = Some(kept.clone());
            Ok(())
        };
        let record = match self.alter(job, complete).await {
            Ok(((), record)) => record,
            Err(status) => {
                // Where it is not known whether the record was written, the proof stays.
                if status.code() == Code::FailedPrecondition {
                    self.proofs.remove(&kept).await;
                }
                return Err(status);
            }
        };
        self.done.fetch_add(1, Ordering::Relaxed);
        self.put_away(&record.delivery, record.task.as_ref()).await;
        Ok(())
    }

    async fn give_up(&self, job: u64, lease: u64) {
        let give_up = |record: &mut Record| {
            if !record.is_leased_by(lease) {
                return Err(lost());
            }
            let turn = Record { until: 0, ..record.clone() }.turn(now());
            record.set_stand(if turn == Turn::Fails { Stand::Failed } else { Stand::Waiting });
            Ok(())
        };
        // Where that fails the lease runs out.
        let Ok(((), record)) = self.alter(job, give_up).await else { return };
        if record.stand() == Stand::Failed {
            self.put_away(&record.delivery, record.task.as_ref()).await;
        } else {
            self.about(&record.delivery, AckKind::Nak(None)).await;
            self.tell().await;
        }
    }

    async fn get(&self, job: u64) -> Result<GetResponse, Status> {
        let Some(record) = self.record(job).await?.0 else {
            let waiting = GetResponse { state: WireState::Waiting.into(), ..GetResponse::default() };
            return if self.waits(job).await? { Ok(waiting) } else { Err(no_job()) };
        };
        let state = match record.stand() {
            Stand::Leased => WireState::Leased,
            Stand::Done => WireState::Done,
            Stand::Failed => WireState::Failed,
            Stand::Waiting | Stand::None => WireState::Waiting,
        };
        let has_worker = matches!(state, WireState::Leased | WireState::Done);
        let worker = if has_worker { record.worker } else { String::new() };
        let proof = match record.proof.filter(|_| state == WireState::Done) {
            // Forgotten meanwhile.
            Some(named) => Some(self.proofs.get::<KimchiProof>(&named).await?.ok_or_else(no_job)?),
            None => None,
        };
        Ok(GetResponse { state: state.into(), attempts: record.attempts, worker, proof })
    }

    async fn counts(&self) -> Result<Counts, Status> {
        let open = self.queue.get_info().await.map_err(fault)?.state.messages;
        let (mut leased, mut consumers) = (0, self.queue.consumers());
        while let Some(consumer) = consumers.next().await {
            leased += consumer.map_err(fault)?.num_ack_pending as u64;
        }
        let leased = leased.min(open);
        Ok(Counts { waiting: open - leased, leased, done: self.done.load(Ordering::Relaxed) })
    }
}
