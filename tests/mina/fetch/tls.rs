//! `https://`: the daemon has to be the one of the address, by a certificate that the system trusts.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::hostile::is_error;
use super::server::{Server, read, send, whole};
use super::{KEY, ask, ask_trusting};

/// A file of the certificates: an authority that was made for these tests, and what it issued to `localhost`.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mina/fetch/certificates").join(name)
}

fn config() -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_file(file("localhost.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(file("localhost.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth().with_single_cert(vec![certificate], key);
    Arc::new(config.expect("a certificate with its key"))
}

#[test]
fn a_daemon_is_who_its_certificate_says() {
    let config = config();
    let server = Server::of_connections(move |stream| {
        let connection = ServerConnection::new(config.clone()).expect("a connection");
        let mut stream = StreamOwned::new(connection, stream);
        if read(&mut stream).is_some() {
            let sent = stream.write_all(&whole("{\"errors\":[{\"message\":\"heard\"}]}"));
            stream.conn.send_close_notify();
            sent.and_then(|()| stream.flush()).expect("the answer is taken");
        }
    });
    let authority = file("authority.pem");
    let ask = |host: &str, authority: &Path| {
        let url = format!("https://{host}:{}/graphql", server.port());
        ask_trusting(&["account", KEY, "--node", &url, "--timeout", "20"], Some(authority))
    };
    is_error(&ask("localhost", &authority), "the daemon's answer is an error: heard");
    // Of another name, and of an authority that nobody trusts: the daemon is not even asked.
    for (host, authority) in [("127.0.0.1", &authority), ("localhost", &file("localhost.pem"))] {
        let answer = ask(host, authority);
        is_error(&answer, &format!("node https://{host}:"));
        assert!(answer.errors.contains("ertificate") && !answer.errors.contains("heard"), "{answer:?}");
    }
}

#[test]
fn plain_http_is_not_taken_for_https() {
    let server = Server::new(|_, stream| {
        send(stream, &whole("{\"data\":{\"bestChain\":null}}"));
    });
    let answer = ask(&["account", KEY, "--node", &server.url("https"), "--timeout", "20"]);
    is_error(&answer, "node https://127.0.0.1:");
    assert!(!answer.errors.contains("synchronised"), "{answer:?}");
}
