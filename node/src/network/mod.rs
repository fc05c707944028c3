//! The simulated network: what a node says to other nodes of a network on one machine or a few.
//!
//! Block producers make blocks, everybody verifies them and passes them on (`Gossip`), a coordinator keeps jobs that workers
//! pull (`Coordinator`). It shows how verifier and prover behave under the work of Mina's roles; it is no consensus. Only
//! builds with the feature `network` have it: without, a node is its front door, its verifier and its prover.

mod config;
mod gossip;
mod gossip_service;
mod jobs;
mod jobs_service;
mod metrics;
mod producer;
mod replay;
mod snark_worker;
#[cfg(feature = "jetstream")]
mod subjects;

#[cfg(feature = "jetstream")]
pub use config::Nats;
pub use config::{Coordination, Participation, ParticipationError, Slots};
pub use metrics::NetworkMetrics;
pub use replay::Replay;

use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
#[cfg(feature = "jetstream")]
use std::sync::{Mutex, PoisonError};

use tonic::service::Routes;
use tonic::transport::Channel;

use crate::config::{Config, Role};
use crate::dispatch::Dispatch;
#[cfg(feature = "jetstream")]
use crate::jetstream::connect as connect_to_nats;
use crate::keys::{BLOCKCHAIN, KeyName, KeySet, KeySetError, Messages as _, TRANSACTION};
use crate::peer::{PeerError, connect};
use crate::proto::v1;
use crate::proto::v1::gossip_server::{self, GossipServer};
use crate::proto::v1::jobs_server::{self, JobsServer};
use crate::tls::Tls;
use gossip::Gossip;
use jobs::{Coordinator, Counts, Place};
#[cfg(feature = "jetstream")]
use subjects::Subjects;

/// A node cannot take part in its network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// Another node cannot be connected to, whenever one tries.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// The folder of the archive.
    #[error("the archive's folder {}", path.display())]
    Archive {
        /// The folder.
        path: PathBuf,
        /// Why it cannot be made.
        source: io::Error,
    },
    /// The folder of the blocks that are told.
    #[error("the folder {} of blocks", path.display())]
    Replay {
        /// The folder.
        path: PathBuf,
        /// Why its files cannot be listed.
        source: io::Error,
    },
    /// The folder of a coordinator's jobs.
    #[error(transparent)]
    Jobs(#[from] jobs::FolderError),
    /// The NATS servers.
    #[cfg(feature = "jetstream")]
    #[error(transparent)]
    Connect(#[from] crate::jetstream::ConnectError),
    /// They do not keep a coordinator's jobs.
    #[cfg(feature = "jetstream")]
    #[error(transparent)]
    Shared(#[from] jobs::SharedError),
    /// They do not tell of blocks.
    #[cfg(feature = "jetstream")]
    #[error("the NATS servers do not tell of blocks")]
    Listen(#[source] async_nats::Error),
    /// What the role verifies takes a key that the node does not have.
    #[error("a {role} verifies {what}, and there is no key {key} among its keys: {known}")]
    NoKey {
        /// The role.
        role: Role,
        /// What it verifies.
        what: &'static str,
        /// The key's name.
        key: &'static str,
        /// The keys that there are.
        known: String,
    },
    /// The coordinator would refuse what this worker proves.
    #[error(
        "the coordinator has no key of {circuit}, so that it could not verify its proofs; its keys: {known}"
    )]
    UnknownCircuit {
        /// The circuit.
        circuit: String,
        /// The coordinator's keys.
        known: String,
    },
    /// The coordinator would find this worker's proofs wrong.
    #[error("the coordinator's key of {0} is not the key of this worker's circuit")]
    OtherCircuit(KeyName),
    /// The coordinator's keys are none.
    #[error("the keys of the coordinator")]
    Keys(#[from] KeySetError),
}

/// What a node makes by itself.
#[derive(Debug)]
enum Work {
    Nothing,
    Blocks(Slots),
    /// The jobs of a coordinator, for these circuits.
    Jobs {
        coordinator: Channel,
        circuits: Vec<String>,
    },
}

/// A node's part in its network.
#[derive(Debug)]
pub struct Network {
    gossip: Arc<Gossip>,
    /// The jobs, where the node coordinates.
    coordinator: Option<Arc<Coordinator>>,
    jobs_per_block: u64,
    metrics: NetworkMetrics,
    work: Work,
    replay: Option<Replay>,
    /// Published blocks, until somebody takes them in.
    #[cfg(feature = "jetstream")]
    published: Mutex<Option<async_nats::Subscriber>>,
}

impl Network {
    /// The part that `config` gives the node. Connections to other nodes are made when they are first used.
    pub(crate) async fn new(
        config: &Config,
        tls: Option<&Tls>,
        metrics: NetworkMetrics,
    ) -> Result<Self, NetworkError> {
        let Participation { peers, slots, coordinator: jobs_of, coordination, archive, replay, .. } =
            &config.participation;
        if let Some(Replay { folder: path, .. }) = replay {
            let error = |source| NetworkError::Replay { path: path.clone(), source };
            replay::files(path).map_err(error)?;
        }
        let archive = archive.clone().filter(|_| config.role == Role::Archive);
        if let Some(path) = &archive {
            let error = |source| NetworkError::Archive { path: path.clone(), source };
            std::fs::create_dir_all(path).map_err(error)?;
        }
        let peers = peers.iter().map(|peer| Ok((peer.clone(), connect(peer, tls)?)));
        let peers = peers.collect::<Result<_, PeerError>>()?;
        let place = coordination.job_dir.as_deref().map_or(Place::Here, Place::Folder);
        #[cfg(feature = "jetstream")]
        let (nats, connection) = match &config.participation.nats {
            Some(nats) => (Some(nats), Some(connect_to_nats(&nats.servers, "quickpickle node").await?)),
            None => (None, None),
        };
        #[cfg(feature = "jetstream")]
        let place = match &connection {
            Some(connection) if nats.is_some_and(|nats| nats.jobs) => Place::Servers(connection),
            _ => place,
        };
        let coordinator = if config.role == Role::SnarkCoordinator {
            let longest = config.limits.prove;
            Some(Arc::new(Coordinator::new(coordination, longest, place, metrics.clone()).await?))
        } else {
            None
        };
        let gossip = Gossip::new(peers, coordinator.clone(), archive, config.limits.message, metrics.clone());
        #[cfg(feature = "jetstream")]
        let (gossip, published) = {
            let subjects =
                connection.as_ref().filter(|_| nats.is_some_and(|nats| nats.blocks)).map(Subjects::new);
            let published = match &subjects {
                Some(subjects) => Some(subjects.listen().await?),
                None => None,
            };
            (gossip.with_subjects(subjects), Mutex::new(published))
        };
        let work = match (config.role, slots, jobs_of) {
            (Role::BlockProducer, Some(slots), _) => Work::Blocks(*slots),
            (Role::SnarkWorker, _, Some(peer)) => Work::Jobs {
                coordinator: connect(peer, tls)?,
                circuits: config.circuits.iter().map(|circuit| circuit.name.to_string()).collect(),
            },
            _ => Work::Nothing,
        };
        let jobs_per_block = coordination.jobs_per_block;
        Ok(Self {
            gossip: Arc::new(gossip),
            coordinator,
            jobs_per_block,
            metrics,
            work,
            replay: replay.clone(),
            #[cfg(feature = "jetstream")]
            published,
        })
    }

    /// Adds what other nodes can ask of this one to the services of the front door, and their names to `names`.
    pub(crate) fn add_services(
        &self,
        routes: Routes,
        mut names: Vec<&'static str>,
        dispatch: &Arc<Dispatch>,
    ) -> (Routes, Vec<&'static str>) {
        let message = dispatch.limits.message;
        let (of_gossip, of_jobs) = (Arc::clone(dispatch), Arc::clone(dispatch));
        let gossip = gossip_service::Service { dispatch: of_gossip, gossip: Arc::clone(&self.gossip) };
        let mut routes = routes.add_service(GossipServer::new(gossip).max_decoding_message_size(message));
        names.push(gossip_server::SERVICE_NAME);
        if let Some(coordinator) = self.coordinator.clone() {
            let jobs = JobsServer::new(jobs_service::Service { dispatch: of_jobs, coordinator });
            routes = routes.add_service(jobs.max_decoding_message_size(message));
            names.push(jobs_server::SERVICE_NAME);
        }
        (routes, names)
    }

    /// Adds to a node's status what it knows of blocks and jobs.
    pub(crate) async fn add_status(&self, status: &mut v1::StatusResponse) {
        let jobs = match &self.coordinator {
            // Where the jobs are kept elsewhere, that may not answer: the rest of the status is told all the same.
            Some(coordinator) => coordinator.counts().await.unwrap_or_default(),
            None => Counts::default(),
        };
        status.blocks_accepted = self.metrics.blocks("accepted");
        status.blocks_refused = self.metrics.blocks("refused");
        status.jobs_waiting = jobs.waiting;
        status.jobs_leased = jobs.leased;
        status.jobs_done = jobs.done;
    }

    /// Refuses keys with which the role cannot do its part.
    pub(crate) fn check_keys(&self, role: Role, keys: &KeySet) -> Result<(), NetworkError> {
        let (what, key) = match role {
            Role::Seed | Role::Archive => ("blocks", BLOCKCHAIN),
            Role::SnarkCoordinator if self.jobs_per_block > 0 => ("the jobs of blocks", TRANSACTION),
            _ => return Ok(()),
        };
        if keys.keys().iter().any(|known| known.name.as_str() == key) {
            Ok(())
        } else {
            Err(NetworkError::NoKey { role, what, key, known: keys.names() })
        }
    }

    /// Makes blocks, or works on jobs, as the role says, and tells the real blocks that there are; for ever.
    pub(crate) async fn work(&self, dispatch: &Arc<Dispatch>) -> Result<Infallible, NetworkError> {
        let replay = async {
            match &self.replay {
                Some(replay) => replay::replay(dispatch, &self.gossip, replay).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            result = self.work_of_role(dispatch) => result,
            never = replay => Ok(never),
            never = self.hear_published(dispatch) => Ok(never),
        }
    }

    /// Takes in the blocks that are published, where the node listens; for ever.
    async fn hear_published(&self, dispatch: &Arc<Dispatch>) -> Infallible {
        #[cfg(feature = "jetstream")]
        {
            let published = self.published.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(published) = published {
                return subjects::hear(published, &self.gossip, dispatch).await;
            }
        }
        let _ = dispatch;
        std::future::pending().await
    }

    async fn work_of_role(&self, dispatch: &Arc<Dispatch>) -> Result<Infallible, NetworkError> {
        match &self.work {
            Work::Nothing => std::future::pending().await,
            Work::Blocks(slots) => Ok(producer::produce(dispatch, &self.gossip, *slots).await),
            Work::Jobs { coordinator, circuits } => {
                snark_worker::check(dispatch, coordinator.clone(), circuits).await?;
                let name = format!("worker {}", std::process::id());
                Ok(snark_worker::work(dispatch, coordinator.clone(), name, circuits).await)
            }
        }
    }
}

/// A number as a field element of 32 bytes, least significant first: how the public inputs of blocks and jobs begin.
fn element(number: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    bytes
}
