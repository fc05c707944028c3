//! Leases: how a job comes out of the queue, and goes back to it.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::context::{ConsumerInfoError, ConsumerInfoErrorKind};
use async_nats::jetstream::message::Acker;
use async_nats::jetstream::{self, AckKind};
use prost::Message as _;
use tokio_stream::StreamExt as _;
use tonic::Status;

use super::fault::fault;
use super::record::{Record, Stand, Task, Turn, millis, now};
use super::{SUBJECT, Shared};
use crate::keys::KeyName;
use crate::network::jobs::table::{NAME, OPEN, Terms};
use crate::proto::v1::{Job, Witness};

impl Shared {
    fn consumers(&self) -> MutexGuard<'_, HashMap<String, PullConsumer>> {
        self.consumers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The consumer of a circuit's jobs, if there has been a job of it. Workers may name circuits that nobody knows.
    async fn consumer(&self, circuit: &KeyName) -> Result<Option<PullConsumer>, Status> {
        let known = self.consumers().get(circuit.as_str()).cloned();
        if known.is_some() {
            return Ok(known);
        }
        match self.queue.get_consumer::<pull::Config>(circuit.as_str()).await {
            Ok(consumer) => {
                self.consumers().insert(circuit.to_string(), consumer.clone());
                Ok(Some(consumer))
            }
            Err(error) => match error.downcast_ref::<ConsumerInfoError>().map(ConsumerInfoError::kind) {
                Some(ConsumerInfoErrorKind::NotFound) => Ok(None),
                _ => Err(fault(error)),
            },
        }
    }

    /// Sees to it that there is a consumer of a circuit's jobs, with this coordinator's leases.
    pub(super) async fn make_consumer(&self, circuit: &KeyName) -> Result<(), Status> {
        if self.made().contains(circuit.as_str()) {
            return Ok(());
        }
        let config = pull::Config {
            durable_name: Some(circuit.to_string()),
            filter_subject: format!("{SUBJECT}.{circuit}"),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.terms.lease,
            max_ack_pending: i64::try_from(2 * OPEN).unwrap_or(i64::MAX),
            ..pull::Config::default()
        };
        let consumer = self.queue.create_consumer(config).await.map_err(fault)?;
        self.consumers().insert(circuit.to_string(), consumer);
        self.made().insert(circuit.to_string());
        Ok(())
    }

    /// Leases the next job of a circuit that the queue has, if it has one.
    pub(super) async fn take(&self, worker: &str, circuit: &KeyName) -> Result<Option<Job>, Status> {
        let Some(consumer) = self.consumer(circuit).await? else { return Ok(None) };
        loop {
            let next: Result<Option<jetstream::Message>, async_nats::Error> = async {
                let mut found = consumer.fetch().max_messages(1).messages().await?;
                found.next().await.transpose()
            }
            .await;
            match next {
                Ok(None) => return Ok(None),
                Ok(Some(message)) => {
                    if let Some(job) = self.lease(worker, message).await? {
                        return Ok(Some(job));
                    }
                }
                Err(error) => {
                    // It may not be there any more.
                    self.consumers().remove(circuit.as_str());
                    self.made().remove(circuit.as_str());
                    return Err(fault(error));
                }
            }
        }
    }

    /// Leases the job of a delivery, unless it is another's, or settled.
    async fn lease(&self, worker: &str, message: jetstream::Message) -> Result<Option<Job>, Status> {
        let job = message.info().map_err(fault)?.stream_sequence;
        let delivery = message.reply.as_deref().unwrap_or_default().to_owned();
        let (record, revision) = self.record(job).await?;
        let mut record = match record {
            Some(record) => record,
            None => Record { task: Task::decode(message.payload.clone()).ok(), ..Record::default() },
        };
        let now = now();
        match record.turn(now) {
            Turn::Lease => {}
            Turn::Settled => {
                self.put_away(&delivery, record.task.as_ref()).await;
                return Ok(None);
            }
            Turn::Held(time) => {
                self.about(&delivery, AckKind::Nak(Some(time))).await;
                return Ok(None);
            }
            Turn::Fails => {
                self.fail(job, record, revision, &delivery).await?;
                return Ok(None);
            }
        }
        let witness = match record.task.as_ref().and_then(|task| task.witness.as_ref()) {
            Some(named) => self.witnesses.get::<Witness>(named).await?,
            None => None,
        };
        let Some((witness, task)) = witness.zip(record.task.clone()) else {
            tracing::error!(job, "a job's witness is not there");
            self.fail(job, record, revision, &delivery).await?;
            return Ok(None);
        };
        if record.stand() == Stand::Leased {
            tracing::warn!(job, worker = record.worker, "a lease has run out");
            self.metrics.job("expired");
        }
        let Terms { lease, longest } = self.terms;
        record.set_stand(Stand::Leased);
        record.attempts += 1;
        record.worker = worker.chars().take(NAME).collect();
        record.until = now.saturating_add(millis(lease));
        record.end = now.saturating_add(millis(longest));
        record.delivery = delivery;
        if !self.write(job, &record, revision).await? {
            // Another coordinator was faster: its record decides.
            self.about(&record.delivery, AckKind::Nak(None)).await;
            return Ok(None);
        }
        let (circuit, lease_ms) = (task.circuit, millis(lease));
        Ok(Some(Job { id: job, lease: record.attempts.into(), lease_ms, circuit, witness: Some(witness) }))
    }

    /// A job is given up for good.
    async fn fail(&self, job: u64, mut record: Record, revision: u64, delivery: &str) -> Result<(), Status> {
        record.set_stand(Stand::Failed);
        if self.write(job, &record, revision).await? {
            tracing::warn!(job, "a job has failed");
            self.put_away(delivery, record.task.as_ref()).await;
        }
        Ok(())
    }

    /// A job that is settled goes out of the queue, and nobody needs its witness any more.
    pub(super) async fn put_away(&self, delivery: &str, task: Option<&Task>) {
        self.about(delivery, AckKind::Ack).await;
        if let Some(witness) = task.and_then(|task| task.witness.as_ref()) {
            self.witnesses.remove(witness).await;
        }
        if let Err(status) = self.forget().await {
            tracing::warn!(%status, "old jobs are not forgotten now");
        }
    }

    /// Tells the queue of a delivery. What does not arrive is made up for when the job is handed out again.
    pub(super) async fn about(&self, delivery: &str, kind: AckKind) {
        let acker = Acker::new(self.context.clone(), Some(delivery.into()));
        if let Err(error) = acker.ack_with(kind).await {
            tracing::warn!(%error, "the queue is not told of a job");
        }
    }
}
