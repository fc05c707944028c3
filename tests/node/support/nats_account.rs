//! An operator of NATS with an account and its users, as `nsc` makes them: each is told by a JWT that another one has signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nkeys::KeyPair;
use quickpickle_vectors::nats::Nats;
use serde_json::{Value, json};

use crate::tls::{Authority, write};

/// The subjects to which a worker publishes, and those of a sender, as docs/farm.md has them.
pub const WORKER: [&str; 4] = ["$JS.API.>", "$JS.ACK.>", "quickpickle.verdicts.*", "quickpickle.dead"];
pub const SENDER: [&str; 3] = ["$JS.API.>", "$JS.ACK.>", "quickpickle.requests"];

/// An account that may use JetStream.
pub struct Account {
    operator: KeyPair,
    /// The server's own.
    system: KeyPair,
    account: KeyPair,
}

impl Account {
    pub fn new() -> Self {
        let [system, account] = [(), ()].map(|()| KeyPair::new_account());
        Self { operator: KeyPair::new_operator(), system, account }
    }

    /// A server that knows the operator alone, and talks TLS.
    pub fn server_with_tls(&self, authority: &Authority) -> Nats {
        let folder = tempfile::tempdir().expect("a folder");
        let (certificate, key) = authority.issue();
        let certificate = write(folder.path(), "cert.pem", &certificate);
        let key = write(folder.path(), "key.pem", &key);
        let limits = json!({"subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1,
            "leaf": -1, "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1});
        let operator = jwt(&self.operator, &self.operator, json!({"type": "operator", "version": 2}));
        let account = |keys: &KeyPair, limits: &Value| {
            let claims = json!({"type": "account", "version": 2, "limits": limits});
            format!("{}: {}", keys.public_key(), jwt(&self.operator, keys, claims))
        };
        let mut none = limits.clone();
        ["mem_storage", "disk_storage", "streams", "consumer"].iter().for_each(|what| none[*what] = json!(0));
        let server = Nats::start_with(&format!(
            "tls {{ cert_file: {certificate:?}, key_file: {key:?} }}\noperator: {operator}\nsystem_account: {}\n\
             resolver: MEMORY\nresolver_preload: {{ {}\n {} }}\n",
            self.system.public_key(),
            account(&self.system, &none),
            account(&self.account, &limits),
        ));
        drop(folder);
        server
    }

    /// The file of a new user, who may publish to these subjects alone.
    pub fn user(&self, subjects: &[&str]) -> String {
        let user = KeyPair::new_user();
        let claims = json!({"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1,
            "pub": {"allow": subjects}, "sub": {}});
        let jwt = jwt(&self.account, &user, claims);
        let seed = user.seed().expect("a seed");
        let part =
            |name: &str, text: &str| format!("-----BEGIN {name}-----\n{text}\n------END {name}------\n");
        part("NATS USER JWT", &jwt) + &part("USER NKEY SEED", &seed)
    }
}

/// What `issuer` says of `subject`.
fn jwt(issuer: &KeyPair, subject: &KeyPair, nats: Value) -> String {
    let claims = json!({"iss": issuer.public_key(), "sub": subject.public_key(), "name": "test", "iat": 1, "nats": nats});
    let header = json!({"typ": "JWT", "alg": "ed25519-nkey"});
    let text = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let signature = issuer.sign(text.as_bytes()).expect("a signature");
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}
