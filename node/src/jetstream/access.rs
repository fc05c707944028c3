//! What a node shows to NATS servers, and whom it trusts: files, so that no secret is on a command line.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use async_nats::ConnectOptions;

/// The largest file of credentials, in bytes; a JWT with many permissions has some thousand.
const MAX_FILE: u64 = 64 << 10;

/// The file that tells the servers who a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// A user's JWT with its seed, as `nsc` writes it.
    User(PathBuf),
    /// The seed of an nkey, which begins with `SU`.
    Nkey(PathBuf),
    /// A token.
    Token(PathBuf),
}

/// The files of TLS, PEM all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustFiles {
    /// The authorities of the servers' certificates; without them those that the system trusts.
    pub authorities: Option<PathBuf>,
    /// This node's certificate and its key, for servers that ask for one.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// How a node is let in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Who it is; without it nobody.
    pub credentials: Option<Credentials>,
    /// TLS.
    pub trust: TrustFiles,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// It cannot be read.
    #[error("{}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is too long.
    #[error("{} is longer than {MAX_FILE} bytes", _0.display())]
    Long(PathBuf),
    /// It does not hold what its option takes. What it does hold is not told.
    #[error("{} holds no {what}, which {option} takes", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
        /// The option that names it.
        option: &'static str,
    },
}

impl Access {
    /// The client's options with these files, each of which is read once to see that it can be.
    pub(super) fn options(&self) -> Result<ConnectOptions, AccessError> {
        let mut options = ConnectOptions::new();
        let TrustFiles { authorities, identity } = &self.trust;
        if let Some(path) = authorities {
            content(path, "certificate in PEM", "--nats-ca", |text| text.contains("BEGIN CERTIFICATE"))?;
            options = options.add_root_certificates(path.clone());
        }
        if let Some((certificate, key)) = identity {
            let is_certificate = |text: &str| text.contains("BEGIN CERTIFICATE");
            content(certificate, "certificate in PEM", "--nats-cert", is_certificate)?;
            content(key, "private key in PEM", "--nats-key", |text| text.contains("PRIVATE KEY"))?;
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        let good = |text: &str| !text.is_empty();
        match &self.credentials {
            None => Ok(options),
            Some(Credentials::User(path)) => {
                let (what, option) = ("credentials of a user", "--nats-credentials");
                let text = content(path, what, option, good)?;
                let bad = |_| AccessError::Content { path: path.clone(), what, option };
                // The client looks for the end of the line that ends the seed.
                options.credentials(&format!("{text}\n")).map_err(bad)
            }
            Some(Credentials::Nkey(path)) => {
                Ok(options
                    .nkey(content(path, "seed of a user", "--nats-nkey", |text| text.starts_with("SU"))?))
            }
            Some(Credentials::Token(path)) => {
                Ok(options.token(content(path, "token", "--nats-token", good)?))
            }
        }
    }
}

/// The text of a file, without space around it, if it is what it should be.
fn content(
    path: &Path,
    what: &'static str,
    option: &'static str,
    is: impl Fn(&str) -> bool,
) -> Result<String, AccessError> {
    let error = |source| AccessError::Read { path: path.to_path_buf(), source };
    let mut text = Vec::new();
    File::open(path).map_err(error)?.take(MAX_FILE + 1).read_to_end(&mut text).map_err(error)?;
    if text.len() as u64 > MAX_FILE {
        return Err(AccessError::Long(path.to_path_buf()));
    }
    let text = String::from_utf8(text).ok().map(|text| text.trim().to_owned());
    text.filter(|text| is(text)).ok_or_else(|| AccessError::Content {
        path: path.to_path_buf(),
        what,
        option,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_taken_as_they_are_written_with_or_without_a_last_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("user.creds");
        let part = |name, text| format!("-----BEGIN {name}-----\n{text}\n------END {name}------");
        let seed = "SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776Y";
        let text = [part("NATS USER JWT", "e30.e30.e30"), part("USER NKEY SEED", seed)].join("\n\n");
        for end in ["", "\n", "\n\n****\n"] {
            std::fs::write(&path, format!("{text}{end}")).unwrap();
            let access = Access { credentials: Some(Credentials::User(path.clone())), ..Access::default() };
            assert!(access.options().is_ok(), "{end:?}");
        }
    }

    #[test]
    fn a_file_that_is_something_else_is_named_and_not_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let refused = |access: Access, content: &[u8]| {
            std::fs::write(&path, content).unwrap();
            access.options().map(|_| ()).unwrap_err().to_string()
        };
        let with = |credentials| Access { credentials: Some(credentials), ..Access::default() };
        let trust = |trust| Access { trust, ..Access::default() };
        let some = || Some(path.clone());
        for (access, option) in [
            (with(Credentials::User(path.clone())), "--nats-credentials"),
            (with(Credentials::Nkey(path.clone())), "--nats-nkey"),
            (trust(TrustFiles { authorities: some(), identity: None }), "--nats-ca"),
        ] {
            let message = refused(access, b"hunter2");
            assert!(message.contains(option) && !message.contains("hunter2"), "{message}");
        }
        let token = || with(Credentials::Token(path.clone()));
        assert!(refused(token(), b" \n").contains("--nats-token"));
        assert!(refused(token(), &vec![b'a'; MAX_FILE as usize + 1]).contains("longer than"));
        std::fs::write(&path, "hunter2\n").unwrap();
        assert!(token().options().is_ok());
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(token().options(), Err(AccessError::Read { .. })));
    }
}
