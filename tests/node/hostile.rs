//! What nobody should send to the front door.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use quickpickle_node::proto::v1::verdict::Kind;
use tonic::Code;

use crate::proofs::{kind, side_loaded_of, tiny, verify, write_keys};
use crate::support::{LONG, Node};

/// What a client of HTTP/2 says first.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// An empty SETTINGS frame: length 0, type 4.
pub const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

/// A frame of HTTP/2.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn headers() -> Vec<u8> {
    call_headers("/quickpickle.v1.Quickpickle/Verify", "localhost")
}

/// The headers of a call, without compression (RFC 7541, "literal header field without indexing"), the authority in the way of
/// gRPC's C core.
pub fn call_headers(path: &str, authority: &str) -> Vec<u8> {
    let string = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
    let field = |name: &str, value: &str| [vec![0], string(name), string(value)].concat();
    [
        field(":method", "POST"),
        field(":scheme", "http"),
        field(":path", path),
        [vec![0x40], string(":authority"), string(authority)].concat(),
        field("content-type", "application/grpc"),
        field("te", "trailers"),
    ]
    .concat()
}

/// Whether frames of the server end the call on stream 1, with headers or by a reset.
fn ends_the_call(mut frames: &[u8]) -> bool {
    while let Some((head, rest)) = frames.split_at_checked(9) {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let (kind, flags, stream) = (head[3], head[4], head[8]);
        if stream == 1 && (kind == 3 || kind == 1 && flags & 1 == 1) {
            return true;
        }
        frames = rest.get(length..).unwrap_or_default();
    }
    false
}

/// Reads until the other side closes; returns what came, and how long it took.
fn until_closed(stream: &mut TcpStream) -> (Vec<u8>, Duration) {
    let started = Instant::now();
    stream.set_read_timeout(Some(LONG)).expect("a timeout");
    let mut read = Vec::new();
    match stream.read_to_end(&mut read) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("never closed: {error}"),
    }
    (read, started.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_oversized_and_slow_requests_hurt_nobody_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, good) = tiny("tiny");
    let file = write_keys(folder.path(), &keys);
    let limits = ["--receive-timeout", "1", "--max-message", "1024", "--max-connections", "40"];
    let node = Node::start(&[&["--keys", &file][..], &limits].concat()).ready();
    let address = node.address.clone();
    let connect = || TcpStream::connect(&address).expect("a connection");

    // Who says nothing, or next to nothing, is closed after a second; who talks nonsense at once.
    let mut silent = connect();
    let mut dripping = connect();
    dripping.write_all(&PREFACE[..10]).expect("sent");
    let mut nonsense = connect();
    nonsense.write_all(&[b'x'; 4096]).expect("sent");
    let mut http1 = connect();
    http1.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("sent");
    // A frame longer than any that was agreed on.
    let mut huge = connect();
    huge.write_all(&[PREFACE, SETTINGS, &[0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1]].concat()).expect("sent");
    // A message that says it has 1 GiB.
    let mut large = connect();
    let message = [&[0], &(1u32 << 30).to_be_bytes()[..], &[0; 100]].concat();
    let call = [frame(1, 4, 1, &headers()), frame(0, 0, 1, &message)].concat();
    large.write_all(&[PREFACE, SETTINGS, &call].concat()).expect("sent");
    // A message of which a byte comes now and then.
    let mut slow = connect();
    let beginning = [frame(1, 4, 1, &headers()), frame(0, 0, 1, &[0, 0, 0, 1, 0])].concat();
    slow.write_all(&[PREFACE, SETTINGS, &beginning].concat()).expect("sent");
    let drip = std::thread::spawn(move || {
        let started = Instant::now();
        slow.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
        let mut answer = Vec::new();
        while started.elapsed() < LONG {
            // It fails once the other side has closed.
            let sent = slow.write_all(&frame(0, 0, 1, &[7]));
            let mut buffer = [0; 1024];
            match slow.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => answer.extend_from_slice(&buffer[..n]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_) => break,
            }
            if sent.is_err() || ends_the_call(&answer) {
                break;
            }
        }
        (answer, started.elapsed())
    });

    // Meanwhile others are served.
    let mut client = node.client().await;
    let started = Instant::now();
    for _ in 0..50 {
        let answer = client.verify(verify(&good)).await.expect("an answer").into_inner();
        assert_eq!(kind(answer.verdict), Kind::Valid);
    }
    eprintln!("50 verdicts beside them in {:?}", started.elapsed());

    let checks = tokio::task::spawn_blocking(move || {
        for (what, stream) in [
            ("silent", &mut silent),
            ("dripping", &mut dripping),
            ("nonsense", &mut nonsense),
            ("HTTP/1", &mut http1),
            ("huge", &mut huge),
        ] {
            let (_, time) = until_closed(stream);
            assert!(time < LONG / 2, "{what}: {time:?}");
        }
        large.set_read_timeout(Some(LONG)).expect("a timeout");
        let mut answer = Vec::new();
        while !ends_the_call(&answer) {
            let mut buffer = [0; 1024];
            let n = large.read(&mut buffer).expect("an answer");
            assert_ne!(n, 0, "closed without an answer");
            answer.extend_from_slice(&buffer[..n]);
        }
    });
    checks.await.expect("all were turned away");
    let (_, time) = tokio::task::spawn_blocking(|| drip.join().expect("a thread")).await.expect("a thread");
    assert!(time < LONG / 2, "the dripping message was waited for {time:?}");

    // Messages that are messages, but no proofs.
    let text = "(".repeat(500_000);
    let nested = side_loaded_of(&text, "{}");
    let answer = client.verify(verify(&nested)).await.expect("an answer").into_inner();
    assert!(matches!(kind(answer.verdict), Kind::Input | Kind::Malformed));
    let nested = side_loaded_of(&"[".repeat(900_000), &"[".repeat(100_000));
    let answer = client.verify(verify(&nested)).await.expect("an answer").into_inner();
    assert!(matches!(kind(answer.verdict), Kind::Input | Kind::Malformed));
    let large = side_loaded_of(&"x".repeat(2 << 20), "");
    assert_eq!(client.verify(verify(&large)).await.unwrap_err().code(), Code::OutOfRange);

    let status = node.status().await;
    assert_eq!((status.queued, status.workers[0].replaced), (0, 0));
    assert_eq!(
        kind(client.verify(verify(&good)).await.expect("an answer").into_inner().verdict),
        Kind::Valid
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_bounded_and_those_that_are_there_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, good) = tiny("tiny");
    let file = write_keys(folder.path(), &keys);
    let node = Node::start(&["--keys", &file, "--receive-timeout", "2", "--max-connections", "8"]).ready();
    let mut client = node.client().await;
    let mut held: Vec<_> =
        (0..20).map(|_| TcpStream::connect(&node.address).expect("a connection")).collect();
    let answer = client.verify(verify(&good)).await.expect("an answer").into_inner();
    assert_eq!(kind(answer.verdict), Kind::Valid);
    // Those that say nothing make room again.
    tokio::task::spawn_blocking(move || held.iter_mut().for_each(|stream| drop(until_closed(stream))))
        .await
        .expect("closed");
    let answer = node.client().await.verify(verify(&good)).await.expect("an answer").into_inner();
    assert_eq!(kind(answer.verdict), Kind::Valid);
}
