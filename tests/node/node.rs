//! A node as its users meet it: real processes, real sockets, real proofs.

mod connections;
mod crashes;
mod fairness;
#[cfg(feature = "jetstream")]
mod farm;
mod hostile;
mod keys;
mod kubernetes;
mod load;
mod mina;
#[cfg(feature = "network")]
mod network;
mod networks;
mod proofs;
mod recording;
#[cfg(feature = "network")]
mod replay;
mod roles;
#[cfg(all(feature = "network", feature = "jetstream"))]
mod shared_jobs;
mod support;
mod tls;
mod verify;
