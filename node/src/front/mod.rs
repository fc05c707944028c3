//! The front door: what other processes, and other machines, can ask of a node.
//!
//! Everything from outside is bounded before it is taken in: connections, requests in a connection, bytes of a message, bytes
//! of all messages that are on their way in, the time that a request may take to arrive, and the queue behind. Callers are
//! told apart (`caller::Caller`); each has a share.

mod activity;
mod authority;
pub(crate) mod deadline;
mod listener;
mod receive;
mod service;
mod stream;
mod tracked;

pub(crate) use listener::Stream;
pub use listener::{Door, DoorError};

use std::sync::Arc;
use std::time::Duration;

use tonic::service::Routes;
use tonic::transport::Server;
use tonic_health::pb::health_server;
use tonic_health::server::HealthReporter;

use self::receive::Receiving;
use self::tracked::Track;
use crate::caller::Callers;
use crate::config::Limits;
use crate::dispatch::Dispatch;
use crate::proto::DESCRIPTORS;
use crate::proto::v1::quickpickle_server::{self, QuickpickleServer};
use crate::tls::Tls;

/// What answers behind the door.
#[derive(Clone, Debug)]
pub struct Services {
    /// Verifies and proves.
    pub dispatch: Arc<Dispatch>,
    /// Answers other nodes.
    #[cfg(feature = "network")]
    pub network: Arc<crate::network::Network>,
    /// The version of the binary.
    pub version: &'static str,
    /// What the networks are called that the node knows.
    pub networks: Vec<String>,
}

/// A connection that is silent is asked whether it is still there, and closed if it does not say so.
const KEEPALIVE: Duration = Duration::from_secs(20);
/// Bytes of a request's headers at most.
const MAX_HEADERS: u32 = 16 << 10;
/// Messages of the largest size that may be on their way in at the same time.
const LARGEST_MESSAGES: usize = 8;

/// Serves until `dispatch.stop` says otherwise; then lets requests in flight finish.
pub async fn serve(
    door: Door,
    services: Services,
    health: HealthService,
    tls: Option<&Tls>,
) -> Result<(), tonic::transport::Error> {
    let dispatch = Arc::clone(&services.dispatch);
    let limits = dispatch.limits;
    let mut server = Server::builder()
        .max_concurrent_streams(limits.streams)
        .concurrency_limit_per_connection(limits.streams as usize)
        .max_connection_age(limits.age)
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
    let routes = routes(services, health, &limits);
    // A caller's bytes are in proportion to its proofs.
    let callers = Arc::new(Callers::new(limits.caller_queue, limits.caller_bytes()));
    let incoming = door.incoming(&limits, Arc::clone(&callers));
    server
        .layer(Track { callers, receiving })
        .add_routes(routes)
        .serve_with_incoming_shutdown(incoming, async move { dispatch.stopping().await })
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

fn routes(services: Services, health: HealthService, limits: &Limits) -> Routes {
    #[cfg(feature = "network")]
    let (network, dispatch) = (Arc::clone(&services.network), Arc::clone(&services.dispatch));
    let quickpickle = QuickpickleServer::new(services).max_decoding_message_size(limits.message);
    let routes = Routes::new(quickpickle).add_service(health);
    let served = Vec::from([quickpickle_server::SERVICE_NAME, health_server::SERVICE_NAME]);
    #[cfg(feature = "network")]
    let (routes, served) = network.add_services(routes, served, &dispatch);
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
