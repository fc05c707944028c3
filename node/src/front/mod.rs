//! The front door: what other processes, and other machines, can ask of a node.
//!
//! Everything from outside is bounded before it is taken in: connections, requests in a connection, bytes of a message, bytes
//! of all messages that are on their way in, the time that a request may take to arrive, and the queue behind.

mod deadline;
mod gossip;
mod jobs;
mod listener;
mod receive;
mod service;
mod stream;

pub use listener::{Door, DoorError};

use std::sync::Arc;
use std::time::Duration;

use tonic::service::Routes;
use tonic::transport::Server;
use tonic_health::pb::health_server;
use tonic_health::server::HealthReporter;

use self::receive::Receiving;
use crate::config::Limits;
use crate::gossip::Gossip;
use crate::jobs::Coordinator;
use crate::proto::DESCRIPTORS;
use crate::proto::v1::gossip_server::{self, GossipServer};
use crate::proto::v1::jobs_server::{self, JobsServer};
use crate::proto::v1::quickpickle_server::{self, QuickpickleServer};
use crate::tls::Tls;
use crate::workers::Workers;

/// What the door leads to.
#[derive(Clone, Debug)]
pub struct Rooms {
    /// The workers.
    pub workers: Arc<Workers>,
    /// What the node tells others.
    pub gossip: Arc<Gossip>,
    /// The jobs, where it coordinates.
    pub coordinator: Option<Arc<Coordinator>>,
    /// The version of the binary.
    pub version: &'static str,
}

/// A connection that is silent is asked whether it is still there, and closed if it does not say so.
const KEEPALIVE: Duration = Duration::from_secs(20);
/// Bytes of a request's headers at most.
const MAX_HEADERS: u32 = 16 << 10;
/// Messages of the largest size that may be on their way in at the same time.
const LARGEST_MESSAGES: usize = 8;

/// Serves until `workers.stop` says otherwise; then lets requests in flight finish.
pub async fn serve(
    door: Door,
    rooms: Rooms,
    health: HealthService,
    tls: Option<&Tls>,
) -> Result<(), tonic::transport::Error> {
    let workers = Arc::clone(&rooms.workers);
    let limits = workers.limits;
    let mut server = Server::builder()
        .max_concurrent_streams(limits.streams)
        .concurrency_limit_per_connection(limits.streams as usize)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE / 2))
        .http2_max_header_list_size(MAX_HEADERS)
        .http2_max_pending_accept_reset_streams(Some(limits.streams as usize))
        .initial_stream_window_size(256 << 10)
        .initial_connection_window_size(1 << 20);
    if let Some(tls) = tls {
        server = server.tls_config(tls.server(limits.receive))?;
    }
    let budget = limits.message.saturating_mul(LARGEST_MESSAGES);
    let receiving = Receiving::new(budget, limits.receive, limits.request);
    let routes = routes(rooms, health, &limits);
    server
        .layer(tower::util::MapRequestLayer::new(move |request| receiving.bound(request)))
        .add_routes(routes)
        .serve_with_incoming_shutdown(door.incoming(limits.connections, limits.receive), async move {
            workers.stopping().await;
        })
        .await
}

/// The service of the standard health protocol.
pub type HealthService = tonic_health::pb::health_server::HealthServer<tonic_health::server::HealthService>;

/// The health that is told, and how it is changed.
pub fn health() -> (HealthReporter, HealthService) {
    let (reporter, _) = tonic_health::server::health_reporter();
    let service = tonic_health::server::HealthService::from_health_reporter(reporter.clone());
    (reporter, HealthService::new(service))
}

fn routes(rooms: Rooms, health: HealthService, limits: &Limits) -> Routes {
    let Rooms { workers, gossip, coordinator, version } = rooms;
    let message = limits.message;
    let quickpickle =
        service::Service { workers: Arc::clone(&workers), coordinator: coordinator.clone(), version };
    let quickpickle = QuickpickleServer::new(quickpickle).max_decoding_message_size(message);
    let gossip = GossipServer::new(gossip::Service { workers: Arc::clone(&workers), gossip });
    let mut routes =
        Routes::new(quickpickle).add_service(gossip.max_decoding_message_size(message)).add_service(health);
    let mut served =
        vec![quickpickle_server::SERVICE_NAME, gossip_server::SERVICE_NAME, health_server::SERVICE_NAME];
    if let Some(coordinator) = coordinator {
        served.push(jobs_server::SERVICE_NAME);
        let jobs = JobsServer::new(jobs::Service { workers, coordinator });
        routes = routes.add_service(jobs.max_decoding_message_size(message));
    }
    let descriptors = || {
        let builder = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
        // Without names it would tell of the services between the processes as well.
        served.iter().fold(builder, |builder, name| builder.with_service_name(*name))
    };
    // Both versions: most clients ask for the older one.
    match (descriptors().build_v1(), descriptors().build_v1alpha()) {
        (Ok(new), Ok(old)) => routes.add_service(new).add_service(old),
        (new, old) => {
            let error = new.err().or(old.err()).map(|error| error.to_string());
            tracing::error!(error, "no reflection");
            routes
        }
    }
}
