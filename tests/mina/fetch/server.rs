//! A daemon of this machine, which answers as the test says: well, with lies, or with what is hardly HTTP.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

/// What a request asks for.
#[derive(Debug, Default)]
pub struct Request {
    /// The request line and the headers.
    pub head: String,
    /// The query of the body.
    pub query: String,
}

pub struct Server {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// A server whose requests are given to `answer`, one after the other.
    pub fn new(answer: impl Fn(&Request, &mut TcpStream) + Send + 'static) -> Self {
        Self::of_connections(move |mut stream| {
            // What is no request is a handshake of TLS, to which such an answer is as good as another.
            let request = read(&mut stream).unwrap_or_default();
            answer(&request, &mut stream);
        })
    }

    /// A server whose connections are given to `serve`, one after the other.
    pub fn of_connections(serve: impl Fn(TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let is_over = Arc::new(AtomicBool::new(false));
        let over = is_over.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().take_while(|_| !over.load(Ordering::SeqCst)) {
                let stream = stream.expect("a connection");
                stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
                serve(stream);
            }
        });
        Self { address, is_over, thread: Some(thread) }
    }

    /// A server that answers each query with a body.
    pub fn of_bodies(body: impl Fn(&Request) -> String + Send + 'static) -> Self {
        Self::new(move |request, stream| {
            send(stream, &whole(&body(request)));
        })
    }

    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}/graphql", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // So that it stops waiting for a connection.
        let _ = TcpStream::connect(self.address);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || ended.is_none_or(|ended| ended.is_ok()), "the server panicked");
    }
}

/// An answer as it should be.
pub fn whole(body: &str) -> Vec<u8> {
    head("200 OK", &format!("Content-Length: {}\r\n", body.len())).into_iter().chain(body.bytes()).collect()
}

/// The head of an answer, with more headers.
pub fn head(status: &str, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n{headers}\r\n")
        .into_bytes()
}

/// Sends as much as the other side takes; whether it took all.
pub fn send(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    stream.write_all(bytes).is_ok()
}

/// Sends something again and again, with a pause, until nobody takes it.
pub fn send_for_ever(stream: &mut TcpStream, bytes: &[u8], pause: Duration) {
    while send(stream, bytes) {
        std::thread::sleep(pause);
    }
}

/// Waits until the other side is gone.
pub fn wait(stream: &mut TcpStream) {
    let mut buffer = [0; 64];
    while matches!(stream.read(&mut buffer), Ok(1..)) {}
}

/// Reads a request, if it is one.
pub fn read(stream: &mut impl Read) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            // A handshake of TLS begins so.
            Ok(1..) if bytes.is_empty() && byte[0] == 0x16 => return None,
            Ok(1..) => bytes.extend(byte),
            Err(error) if error.kind() == ErrorKind::Interrupted => (),
            _ => return None,
        }
    }
    let head = String::from_utf8(bytes).ok()?;
    let length = head
        .lines()
        .find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length?];
    stream.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).ok()?;
    Some(Request { head, query: body["query"].as_str()?.to_owned() })
}
