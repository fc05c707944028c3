//! Connections: as many as there may be, and none that does not begin to talk.

use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Sleep, sleep};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use crate::config::Listen;

/// The bytes that begin a connection of HTTP/2, the preface and the header of a first frame; the hello of TLS is longer.
const BEGINNING: usize = 24 + 9;
/// After an error of the system, such as too many open files, the next connection waits so long.
const PAUSE: Duration = Duration::from_millis(100);

/// The front door, open.
#[derive(Debug)]
pub struct Door {
    socket: Socket,
    address: Listen,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    Unix { listener: UnixListener, _file: Remove },
}

/// Removes a socket's file at the end.
#[derive(Debug)]
struct Remove(PathBuf);

impl Drop for Remove {
    fn drop(&mut self) {
        // Whoever starts the next node removes it otherwise.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The door cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen at {address}")]
pub struct DoorError {
    address: Listen,
    source: io::Error,
}

impl Door {
    /// Listens.
    pub async fn open(address: &Listen) -> Result<Self, DoorError> {
        let error = |source| DoorError { address: address.clone(), source };
        match address {
            Listen::Tcp(tcp) => {
                let listener = TcpListener::bind(tcp).await.map_err(error)?;
                let address = Listen::Tcp(listener.local_addr().map_err(error)?);
                Ok(Self { socket: Socket::Tcp(listener), address })
            }
            Listen::Unix(path) => {
                remove_abandoned(path).map_err(error)?;
                let listener = UnixListener::bind(path).map_err(error)?;
                Ok(Self {
                    socket: Socket::Unix { listener, _file: Remove(path.clone()) },
                    address: address.clone(),
                })
            }
        }
    }

    /// Where it listens, with the port that the system has chosen.
    pub fn address(&self) -> &Listen {
        &self.address
    }

    /// The connections: at most `connections` at the same time, others are closed at once; each is closed where it has not
    /// begun to talk within `patience`.
    pub(super) fn incoming(
        self,
        connections: usize,
        patience: Duration,
    ) -> ReceiverStream<io::Result<Connection>> {
        let (sender, receiver) = mpsc::channel(1);
        let permits = Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS)));
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = self.accept() => accepted,
                    // The server is done.
                    () = sender.closed() => return,
                };
                let stream = match accepted {
                    Ok(stream) => stream,
                    Err(error) => {
                        tracing::warn!(%error, "a connection was not accepted");
                        sleep(PAUSE).await;
                        continue;
                    }
                };
                let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else {
                    tracing::warn!(connections, "a connection too many is closed");
                    continue;
                };
                let beginning = Some((0, Box::pin(sleep(patience))));
                if sender.send(Ok(Connection { stream, beginning, _permit: permit })).await.is_err() {
                    return;
                }
            }
        });
        ReceiverStream::new(receiver)
    }

    async fn accept(&self) -> io::Result<Pin<Box<dyn Stream>>> {
        Ok(match &self.socket {
            Socket::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Box::pin(stream)
            }
            Socket::Unix { listener, .. } => Box::pin(listener.accept().await?.0),
        })
    }
}

/// Removes a socket's file that a node left which no longer listens.
fn remove_abandoned(path: &Path) -> io::Result<()> {
    let is_socket = path.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_socket());
    if is_socket && std::os::unix::net::UnixStream::connect(path).is_err() {
        std::fs::remove_file(path)?;
    }
    Ok(())
}

trait Stream: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Stream for T {}

/// A connection, until it has begun to talk under the eye of a timer.
pub(super) struct Connection {
    stream: Pin<Box<dyn Stream>>,
    /// The bytes that have come, and the time that is left for the others.
    beginning: Option<(usize, Pin<Box<Sleep>>)>,
    _permit: OwnedSemaphorePermit,
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = self.stream.as_mut().poll_read(cx, buffer);
        if let Some((bytes, timer)) = &mut self.beginning {
            *bytes += buffer.filled().len() - before;
            if *bytes >= BEGINNING {
                self.beginning = None;
            } else if timer.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_stream::StreamExt as _;

    #[tokio::test]
    async fn who_does_not_begin_is_closed_and_who_is_too_many_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("door");
        let door = Door::open(&Listen::Unix(path.clone())).await.unwrap();
        let mut incoming = door.incoming(2, Duration::from_millis(50));
        let connect = || tokio::net::UnixStream::connect(&path);

        let mut talks = connect().await.unwrap();
        let mut first = incoming.next().await.unwrap().unwrap();
        talks.write_all(&[7; BEGINNING]).await.unwrap();
        first.read_exact(&mut [0; BEGINNING]).await.unwrap();

        let mut drips = connect().await.unwrap();
        let mut second = incoming.next().await.unwrap().unwrap();
        drips.write_all(&[7; BEGINNING - 1]).await.unwrap();
        let mut read = Vec::new();
        let error = second.read_to_end(&mut read).await.unwrap_err();
        assert_eq!((error.kind(), read.len()), (io::ErrorKind::TimedOut, BEGINNING - 1));

        let mut third = connect().await.unwrap();
        assert_eq!(third.read(&mut [0]).await.unwrap(), 0, "two are there already");
        drop(second);
        connect().await.unwrap();
        assert!(incoming.next().await.unwrap().is_ok());

        // The first one has begun: it may be silent.
        talks.write_all(b"x").await.unwrap();
        assert_eq!(first.read_u8().await.unwrap(), b'x');
    }

    #[tokio::test]
    async fn an_abandoned_socket_is_no_obstacle_and_a_used_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("door");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let address = Listen::Unix(path.clone());
        let door = Door::open(&address).await.unwrap();
        assert!(Door::open(&address).await.is_err());
        drop(door);
        assert!(!path.exists());
        std::fs::write(&path, "a file").unwrap();
        assert!(Door::open(&address).await.is_err());
        assert!(path.exists());
    }
}
