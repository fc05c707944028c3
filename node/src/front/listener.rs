//! Connections: as many as there may be, none that does not begin to talk, and none that is idle while others wait.

use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Sleep, sleep, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::activity::Activity;
use super::authority::Authority;
use crate::caller::{Caller, Callers, Identity};
use crate::config::{Limits, Listen};

/// The bytes that begin a connection of HTTP/2, the preface and the header of a first frame; the hello of TLS is longer.
const BEGINNING: usize = 24 + 9;
/// After an error of the system, such as too many open files, the next connection waits so long; and for one that makes room.
const PAUSE: Duration = Duration::from_millis(100);
/// How long the other side may take to close a connection that is closed here.
const LINGER: Duration = Duration::from_secs(1);
/// A connection that has been idle for so long is closed where another one finds no room.
const IN_THE_WAY: Duration = Duration::from_secs(1);

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

    /// The connections: at most `limits.connections` at the same time, of which the one that has been idle for longest makes
    /// room for the next; each is closed where it has not begun to talk in time, is idle for long, or has become old.
    pub(super) fn incoming(
        self,
        limits: &Limits,
        callers: Arc<Callers>,
    ) -> ReceiverStream<io::Result<Connection>> {
        let Limits { connections, receive: patience, idle, age, .. } = *limits;
        let (sender, receiver) = mpsc::channel(1);
        let permits = Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS)));
        tokio::spawn(async move {
            let mut open: Vec<Weak<Activity>> = Vec::new();
            loop {
                let accepted = tokio::select! {
                    accepted = self.accept() => accepted,
                    // The server is done.
                    () = sender.closed() => return,
                };
                let (stream, identity) = match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        tracing::warn!(%error, "a connection was not accepted");
                        sleep(PAUSE).await;
                        continue;
                    }
                };
                open.retain(|activity| activity.strong_count() > 0);
                let Some(permit) = room(&permits, &open).await else {
                    tracing::warn!(connections, "a connection too many is closed");
                    continue;
                };
                let caller = identity.map_or_else(|| callers.unknown(), |identity| callers.known(identity));
                let link = Link { caller, activity: Activity::new() };
                open.push(Arc::downgrade(&link.activity));
                let activity = Arc::clone(&link.activity);
                let connection = Connection {
                    stream,
                    link,
                    beginning: Some((0, Box::pin(sleep(patience)))),
                    // The server asks it to end when it is `age` old; requests that were begun have as long again.
                    over: Some(Box::pin(async move { activity.over(idle, age.saturating_mul(2)).await })),
                    authority: matches!(self.socket, Socket::Unix { .. }).then(Authority::new),
                    closing: None,
                    _permit: permit,
                };
                if sender.send(Ok(connection)).await.is_err() {
                    return;
                }
            }
        });
        ReceiverStream::new(receiver)
    }

    /// The next connection, and who is at its other end where the system knows it.
    pub(crate) async fn accept(&self) -> io::Result<(Stream, Option<Identity>)> {
        Ok(match &self.socket {
            Socket::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                (Box::pin(stream), None)
            }
            Socket::Unix { listener, .. } => {
                let (stream, _) = listener.accept().await?;
                let process = stream.peer_cred()?.pid();
                (Box::pin(stream), process.map(Identity::Process))
            }
        })
    }
}

/// Room for a connection; where there is none, that of one that is in the way.
async fn room(permits: &Arc<Semaphore>, open: &[Weak<Activity>]) -> Option<OwnedSemaphorePermit> {
    if let Ok(permit) = Arc::clone(permits).try_acquire_owned() {
        return Some(permit);
    }
    let idle = open.iter().filter_map(Weak::upgrade).map(|activity| (activity.idle(), activity));
    let (_, longest) = idle.filter(|(idle, _)| *idle >= IN_THE_WAY).max_by_key(|(idle, _)| *idle)?;
    longest.close();
    timeout(PAUSE, Arc::clone(permits).acquire_owned()).await.ok()?.ok()
}

/// Removes a socket's file that a node left which no longer listens.
fn remove_abandoned(path: &Path) -> io::Result<()> {
    let is_socket = path.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_socket());
    if is_socket && std::os::unix::net::UnixStream::connect(path).is_err() {
        std::fs::remove_file(path)?;
    }
    Ok(())
}

/// The bytes of a connection.
pub(crate) type Stream = Pin<Box<dyn ReadWrite>>;

/// What both kinds of sockets are.
pub(crate) trait ReadWrite: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> ReadWrite for T {}

/// What is known of a connection wherever its requests are.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// Who is at the other end, unless a certificate says it better.
    pub(super) caller: Caller,
    /// What it does.
    pub(super) activity: Arc<Activity>,
}

/// A connection.
pub(super) struct Connection {
    stream: Stream,
    link: Link,
    /// Until it has begun to talk: the bytes that have come, and the time that is left for the others.
    beginning: Option<(usize, Pin<Box<Sleep>>)>,
    /// Ends when the connection is to be closed; then it is gone.
    over: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    /// Over a Unix socket.
    authority: Option<Authority>,
    /// Once nothing is sent any more: the time that is left for the other side to close it too.
    closing: Option<Pin<Box<Sleep>>>,
    _permit: OwnedSemaphorePermit,
}

impl Connected for Connection {
    type ConnectInfo = Link;

    fn connect_info(&self) -> Link {
        self.link.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.over.as_mut().is_none_or(|over| over.as_mut().poll(cx).is_ready()) {
            self.over = None;
            // As if the other side had closed it.
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let read = self.stream.as_mut().poll_read(cx, buffer);
        if let Some(authority) = &mut self.authority {
            authority.rewrite(buffer.filled_mut().get_mut(before..).unwrap_or_default());
        }
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

    /// Sends no more, and waits for the other side. Where a socket is closed with bytes in it that nobody has read, the system resets the
    /// connection, and the other side may not get to read the last answers.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, closing, .. } = &mut *self;
        let timer = match closing {
            Some(timer) => timer,
            None => {
                ready!(stream.as_mut().poll_shutdown(cx))?;
                closing.insert(Box::pin(sleep(LINGER)))
            }
        };
        loop {
            let mut bytes = [0; 1024];
            let mut buffer = ReadBuf::new(&mut bytes);
            let is_over = timer.as_mut().poll(cx).is_ready();
            if is_over
                || ready!(stream.as_mut().poll_read(cx, &mut buffer)).is_err()
                || buffer.filled().is_empty()
            {
                return Poll::Ready(Ok(()));
            }
        }
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
        let callers = Arc::new(Callers::new(1, 1));
        let receive = Duration::from_millis(50);
        let limits = Limits { connections: 2, receive, ..Limits::default() };
        let mut incoming = door.incoming(&limits, callers);
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
    async fn the_last_answer_is_read_though_what_comes_meanwhile_is_not() {
        let door = Door::open(&"127.0.0.1:0".parse().unwrap()).await.unwrap();
        let Listen::Tcp(address) = *door.address() else { panic!("{}", door.address()) };
        let mut incoming = door.incoming(&Limits::default(), Arc::new(Callers::new(1, 1)));
        let mut client = tokio::net::TcpStream::connect(address).await.unwrap();
        let mut connection = incoming.next().await.unwrap().unwrap();
        client.write_all(b"nobody asks for this").await.unwrap();
        let closes = tokio::spawn(async move {
            connection.write_all(b"answer").await.unwrap();
            connection.shutdown().await.unwrap();
        });
        sleep(Duration::from_millis(100)).await;
        let mut read = Vec::new();
        client.read_to_end(&mut read).await.unwrap();
        assert_eq!(read, b"answer");
        drop(client);
        closes.await.unwrap();
    }

    #[tokio::test]
    async fn who_is_idle_makes_room_for_others_and_who_is_busy_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("door");
        let door = Door::open(&Listen::Unix(path.clone())).await.unwrap();
        let limits = Limits { connections: 2, ..Limits::default() };
        let mut incoming = door.incoming(&limits, Arc::new(Callers::new(1, 1)));
        let connect = || tokio::net::UnixStream::connect(&path);
        let _busy = connect().await.unwrap();
        let busy = incoming.next().await.unwrap().unwrap();
        let _request = busy.link.activity.begin();
        let _idle = connect().await.unwrap();
        let mut idle = incoming.next().await.unwrap().unwrap();
        assert_eq!(busy.link.caller.number(), idle.link.caller.number(), "the same process");
        let ends = tokio::spawn(async move {
            let read = idle.read(&mut [0]).await;
            drop(idle);
            read.map_err(|error| error.kind())
        });
        // Not yet, after a moment.
        assert_eq!(connect().await.unwrap().read(&mut [0]).await.unwrap(), 0);
        sleep(IN_THE_WAY).await;
        let _next = connect().await.unwrap();
        let next = incoming.next().await.unwrap().unwrap();
        assert_eq!(ends.await.unwrap(), Ok(0), "closed");
        let _request = next.link.activity.begin();
        assert_eq!(connect().await.unwrap().read(&mut [0]).await.unwrap(), 0, "both are busy");
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
