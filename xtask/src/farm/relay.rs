//! A TCP relay between workers and the NATS server: a network that can be cut.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The state of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// It works.
    Whole,
    /// Connections are broken off, and new ones too.
    Cut,
    /// Nothing arrives, and nobody is told.
    Silent,
}

/// A relay to one port.
pub struct Relay {
    pub port: u16,
    wire: Arc<watch::Sender<Wire>>,
}

impl Relay {
    /// Relays as long as the runtime runs.
    pub async fn start(to: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let wire = Arc::new(watch::Sender::new(Wire::Whole));
        let state = Arc::clone(&wire);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let state = state.subscribe();
                tokio::spawn(async move {
                    if *state.borrow() != Wire::Cut
                        && let Ok(server) = TcpStream::connect(("127.0.0.1", to)).await
                    {
                        relay(client, server, state).await;
                    }
                });
            }
        });
        Ok(Self { port, wire })
    }

    /// Changes the state of the network.
    pub fn set(&self, wire: Wire) {
        self.wire.send_replace(wire);
    }
}

async fn relay(client: TcpStream, server: TcpStream, wire: watch::Receiver<Wire>) {
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let mut broken = wire.clone();
    tokio::select! {
        () = one_way(from_client, to_server, wire.clone()) => {}
        () = one_way(from_server, to_client, wire) => {}
        _ = broken.wait_for(|wire| *wire == Wire::Cut) => {}
    }
}

async fn one_way(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut wire: watch::Receiver<Wire>,
) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count) = from.read(&mut buffer).await {
        if count == 0 || wire.wait_for(|wire| *wire != Wire::Silent).await.is_err() {
            return;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::ZERO).await;
    }
}
