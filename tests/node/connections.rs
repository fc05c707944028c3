//! Connections: clients that are not tonic's, and those that do nothing.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use quickpickle_node::proto::v1::StatusRequest;
use quickpickle_node::proto::v1::quickpickle_client::QuickpickleClient;
use quickpickle_node::proto::v1::verdict::Kind;
use rustix::process::Signal;
use tonic::transport::Channel;

use crate::hostile::{PREFACE, SETTINGS, call_headers, frame};
use crate::proofs::{kind, side_loaded, verify};
use crate::support::process::signal;
use crate::support::{LONG, Node};

/// What gRPC's C core says over a Unix socket: the path, percent-encoded.
fn core_authority(path: &Path) -> String {
    path.to_str().expect("text").replace('/', "%2F")
}

/// The kinds of the frames on stream 1 that answer a call of `Status`.
fn call_status(path: &Path, authority: &str) -> Vec<u8> {
    let mut stream = UnixStream::connect(path).expect("a connection");
    let headers = call_headers("/quickpickle.v1.Quickpickle/Status", authority);
    let call = [frame(1, 4, 1, &headers), frame(0, 1, 1, &[0; 5])].concat();
    stream.write_all(&[PREFACE, SETTINGS, &call].concat()).expect("sent");
    stream.set_read_timeout(Some(LONG)).expect("a timeout");
    let mut kinds = Vec::new();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).expect("a frame");
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        stream.read_exact(&mut payload).expect("a payload");
        // Data, headers or a reset; windows may be told at any time.
        if head[8] == 1 && matches!(head[3], 0 | 1 | 3) {
            kinds.push(head[3]);
            let ends = head[3] == 3 || head[4] & 1 == 1;
            if ends {
                return kinds;
            }
        }
    }
}

#[test]
fn a_client_that_names_the_socket_as_its_authority_is_served() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("node.sock");
    let _node = Node::start_at(&format!("unix:{}", path.display()), &[]).ready();
    // Headers, a message, trailers; not a reset (3).
    for authority in ["localhost", &core_authority(&path), "%2F"] {
        assert_eq!(call_status(&path, authority), [1, 0, 1], "{authority}");
    }
}

/// Asks for the status with Python's gRPC, which is over the C core.
const PYTHON: &str = "
import sys, grpc
channel = grpc.insecure_channel(sys.argv[1])
method = '/quickpickle.v1.Quickpickle/Status'
status = channel.unary_unary(method, request_serializer=bytes, response_deserializer=bytes)
for _ in range(3):
    assert b'passive' in status(b'', timeout=60)
print('answered')
";

#[test]
#[ignore = "wants python3 with grpcio; the other test of this file does what that would"]
fn pythons_grpc_is_served_over_a_unix_socket() {
    let python = |code: &str, arguments: &[&str]| {
        Command::new("python3").args(["-c", code]).args(arguments).output().expect("python3 runs")
    };
    let folder = tempfile::tempdir().expect("a folder");
    let address = format!("unix:{}", folder.path().join("node.sock").display());
    let _node = Node::start_at(&address, &[]).ready();
    let output = python(PYTHON, &[&address]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "answered\n", "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_channels_keep_nobody_out() {
    let node = Node::start(&["--max-connections", "16"]).ready();
    // Channels that have been used, and then are silent.
    let mut idle = Vec::new();
    for _ in 0..16 {
        let mut client = QuickpickleClient::new(node.channel().await);
        client.status(StatusRequest {}).await.expect("a status");
        idle.push(client);
    }
    tokio::time::sleep(Duration::from_millis(1200)).await;
    // More than there is room for, one after the other: each is let in.
    for _ in 0..4 {
        let mut client = QuickpickleClient::new(node.channel().await);
        client.status(StatusRequest {}).await.expect("a status");
        idle.push(client);
    }
    // Whoever was closed connects again.
    tokio::time::sleep(Duration::from_millis(1200)).await;
    idle[0].status(StatusRequest {}).await.expect("a status");
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_and_old_connections_are_closed() {
    for limit in ["--idle-timeout", "--max-connection-age"] {
        let node = Node::start(&[limit, "0.5"]).ready();
        let address = node.address.clone();
        let closed = tokio::task::spawn_blocking(move || {
            let mut stream = std::net::TcpStream::connect(address).expect("a connection");
            stream.write_all(&[PREFACE, SETTINGS].concat()).expect("sent");
            stream.set_read_timeout(Some(LONG)).expect("a timeout");
            let mut frames = Vec::new();
            stream.read_to_end(&mut frames).is_ok()
        });
        assert!(closed.await.expect("a thread"), "{limit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_outlasts_the_age_of_its_connection_and_the_next_finds_another() {
    let age = Duration::from_secs(2);
    let node = Node::start(&["--max-connection-age", "2"]).ready();
    let verifier = node.pid_of("verifier", "ready").await;
    let mut client = node.client().await;
    let request = verify(&side_loaded("n0-arith"));
    let verdict = async |client: &mut QuickpickleClient<Channel>| {
        let answer = client.verify(request.clone()).await.expect("an answer");
        kind(answer.into_inner().verdict)
    };
    signal(verifier, Signal::STOP);
    let goes_on = async {
        tokio::time::sleep(age.mul_f64(1.2)).await;
        signal(verifier, Signal::CONT);
    };
    let (old, ()) = tokio::join!(verdict(&mut client), goes_on);
    assert_eq!(old, Kind::Valid);
    assert_eq!(verdict(&mut client).await, Kind::Valid);
}
