//! A front door that other machines can reach.

use std::path::Path;

use quickpickle_node::proto::v1::quickpickle_client::QuickpickleClient;
use quickpickle_node::proto::v1::verdict::Kind;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

use crate::proofs::{kind, tiny, verify, write_keys};
use crate::support::{LONG, Node, refused};

/// An authority, and certificates of it.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate"),
        )
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for this machine, and its key.
    pub fn issue(&self) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let params =
            CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("parameters");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        (certificate.pem(), key.serialize_pem())
    }
}

pub fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("text").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn other_machines_show_a_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let (own, other) = (Authority::new(), Authority::new());
    let (certificate, key) = own.issue();
    let [certificate, key, authority] =
        [("cert.pem", &certificate), ("key.pem", &key), ("ca.pem", &own.pem())]
            .map(|(name, text)| write(folder.path(), name, text));
    let (keys, proof) = tiny("tiny");
    let file = write_keys(folder.path(), &keys);
    let tls = ["--tls-cert", &certificate, "--tls-key", &key, "--tls-client-ca", &authority];
    let node = Node::start_at("0.0.0.0:0", &[&["--keys", &file][..], &tls].concat()).ready();
    let port = node.address.rsplit(':').next().expect("a port").to_owned();

    let ask = async |scheme: &str, config: Option<ClientTlsConfig>| {
        let mut endpoint = Endpoint::from_shared(format!("{scheme}://localhost:{port}"))
            .expect("an address")
            .connect_timeout(LONG);
        if let Some(config) = config {
            endpoint = endpoint.tls_config(config).expect("certificates");
        }
        let channel = endpoint.connect().await.map_err(|error| error.to_string())?;
        let answer = QuickpickleClient::new(channel).verify(verify(&proof)).await;
        answer.map(|answer| kind(answer.into_inner().verdict)).map_err(|status| status.to_string())
    };
    let trusting = || ClientTlsConfig::new().ca_certificate(Certificate::from_pem(own.pem()));
    let known = |authority: &Authority| {
        let (certificate, key) = authority.issue();
        trusting().identity(Identity::from_pem(certificate, key))
    };
    assert_eq!(ask("https", Some(known(&own))).await, Ok(Kind::Valid));
    assert!(ask("https", Some(known(&other))).await.is_err(), "of an authority that is not known");
    assert!(ask("https", Some(trusting())).await.is_err(), "without a certificate");
    assert!(ask("http", None).await.is_err(), "without TLS");
    let stranger = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(other.pem()));
    assert!(ask("https", Some(stranger)).await.is_err(), "the client does not know the node's authority");

    // Another node gets its keys there, by its own certificate.
    let peer = format!("https://localhost:{port}");
    let node = Node::start(&[&["--keys", &peer][..], &tls].concat()).ready();
    node.logged(&keys.digest().to_string());
}

#[test]
fn a_door_open_to_others_takes_tls() {
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:7100"] {
        let (status, error) = refused(&["--listen", listen]);
        assert!(status == Some(2) && error.contains("open to other machines"), "{error}");
    }
    let (status, error) = refused(&["--listen", "127.0.0.1:0", "--metrics", "0.0.0.0:0"]);
    assert!(status == Some(2) && error.contains("no loopback address"), "{error}");
    let (status, error) = refused(&["--listen", "127.0.0.1:0", "--tls-cert", "a"]);
    assert!(status == Some(2) && error.contains("--tls-key"), "{error}");
}

#[test]
fn files_of_tls_that_cannot_be_used_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = Authority::new();
    let (certificate, key) = own.issue();
    let (_, other_key) = own.issue();
    let authority = own.pem();
    let files = [("cert.pem", certificate.as_str()), ("key.pem", &key), ("ca.pem", &authority)];
    let broken = certificate.replacen('M', "!", 3);
    for (what, replaced, text, expected) in [
        ("missing", 0, None, "No such file"),
        ("missing", 1, None, "No such file"),
        ("missing", 2, None, "No such file"),
        ("empty", 0, Some(""), "holds no certificate in PEM, which --tls-cert takes"),
        ("empty", 1, Some(""), "holds no private key in PEM, which --tls-key takes"),
        ("empty", 2, Some(""), "holds no certificate in PEM, which --tls-client-ca takes"),
        ("of the wrong type", 0, Some(key.as_str()), "holds no certificate in PEM"),
        ("of the wrong type", 1, Some(certificate.as_str()), "holds no private key in PEM"),
        ("of the wrong type", 2, Some(key.as_str()), "holds no certificate in PEM"),
        ("another certificate's", 1, Some(other_key.as_str()), "with the key"),
        ("not PEM", 0, Some("nothing"), "holds no certificate in PEM"),
        ("not PEM inside", 0, Some(broken.as_str()), "holds no certificate in PEM"),
        (
            "not DER inside",
            0,
            Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "cert.pem",
        ),
        (
            "not DER inside",
            2,
            Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "ca.pem",
        ),
    ] {
        let mut paths = files.map(|(name, text)| write(folder.path(), name, text));
        match text {
            Some(text) => paths[replaced] = write(folder.path(), files[replaced].0, text),
            None => paths[replaced].insert_str(0, "/none"),
        }
        let [certificate, key, authority] = &paths;
        let tls = ["--tls-cert", certificate, "--tls-key", key, "--tls-client-ca", authority];
        let (status, error) = refused(&[&["--listen", "0.0.0.0:0"][..], &tls].concat());
        assert_eq!(status, Some(2), "{what} {replaced}: {error}");
        let name = files[replaced].0;
        assert!(error.contains(expected) && error.contains(name), "{what} {name}: {error}");
        assert!(!error.contains("panicked"), "{what} {name}: {error}");
    }
}
