//! The private directory of the workers' sockets.
//!
//! Its owner holds the lock of a file in it for as long as it lives, in whatever way it ends. A directory whose lock is free
//! was left by a node that was killed, and the next one in the same folder removes it.

use std::fs::{File, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// How the directories' names begin.
const PREFIX: &str = "quickpickle-";
/// The file whose lock says that a directory is in use.
const LOCK: &str = "lock";

/// A directory that only this user can enter, removed at the end.
#[derive(Debug)]
pub struct SocketDir {
    directory: TempDir,
    _lock: File,
}

/// A socket on which the worker will accept connections.
#[derive(Debug)]
pub struct Bound {
    /// The listening socket.
    pub socket: OwnedFd,
    /// Where to connect.
    pub path: PathBuf,
}

/// The directory cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("no private directory for the workers' sockets can be made in {}", folder.display())]
pub struct SocketDirError {
    folder: PathBuf,
    source: io::Error,
}

impl SocketDir {
    /// A new directory in `folder`; without one in `$XDG_RUNTIME_DIR`, or where temporary files are.
    pub fn new(folder: Option<&Path>) -> Result<Self, SocketDirError> {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_dir());
        let folder = folder.map(Path::to_path_buf).or(runtime).unwrap_or_else(std::env::temp_dir);
        remove_abandoned(&folder);
        let directory = || {
            let directory = tempfile::Builder::new()
                .prefix(PREFIX)
                .permissions(Permissions::from_mode(0o700))
                .tempdir_in(&folder)?;
            // Locked before it has its name: a lock that is found free is one that was held.
            let unnamed = directory.path().join("new");
            let lock = File::create(&unnamed)?;
            lock.lock()?;
            std::fs::rename(unnamed, directory.path().join(LOCK))?;
            Ok(Self { directory, _lock: lock })
        };
        directory().map_err(|source| SocketDirError { folder: folder.clone(), source })
    }

    /// Binds a socket of this name, which must not be in use.
    pub fn bind(&self, name: &str) -> io::Result<Bound> {
        let path = self.directory.path().join(name);
        let listener = UnixListener::bind(&path)?;
        // The worker's runtime waits for connections by polling.
        listener.set_nonblocking(true)?;
        Ok(Bound { socket: listener.into(), path })
    }

    /// Removes what a worker left.
    pub fn unbind(&self, path: &Path) {
        // Nothing depends on it: names are not used again, and the directory goes at the end.
        let _ = std::fs::remove_file(path);
    }
}

/// Removes the directories of nodes that were killed, as far as this user may.
fn remove_abandoned(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes())) {
        // Not through a link: what it leads to is not ours.
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let path = entry.path();
        if File::open(path.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok()) {
            match std::fs::remove_dir_all(&path) {
                Ok(()) => tracing::info!(path = %path.display(), "a killed node's directory is removed"),
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "a killed node's directory is not removed");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_is_private_and_goes_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let sockets = SocketDir::new(Some(folder.path())).unwrap();
        let bound = sockets.bind("a").unwrap();
        let inside = bound.path.parent().unwrap().to_path_buf();
        assert_eq!(inside.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert!(std::os::unix::net::UnixStream::connect(&bound.path).is_ok(), "nobody accepts yet");
        assert!(sockets.bind("a").is_err());
        sockets.unbind(&bound.path);
        assert!(sockets.bind("a").is_ok());
        drop(sockets);
        assert!(!inside.exists());
        assert!(SocketDir::new(Some(&folder.path().join("none"))).is_err());
    }

    #[test]
    fn what_a_killed_node_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let alive = SocketDir::new(Some(folder.path())).unwrap();
        let abandoned = folder.path().join("quickpickle-abandoned");
        let foreign = folder.path().join("quickpickle-foreign");
        let other = folder.path().join("other");
        for directory in [&abandoned, &foreign, &other] {
            std::fs::create_dir(directory).unwrap();
            std::fs::write(directory.join("verifier-0.sock"), "").unwrap();
        }
        for directory in [&abandoned, &other] {
            std::fs::write(directory.join(LOCK), "").unwrap();
        }
        let next = SocketDir::new(Some(folder.path())).unwrap();
        assert!(!abandoned.exists());
        assert!(foreign.exists(), "without a lock file it is nobody's that is known");
        assert!(other.exists() && alive.directory.path().exists() && next.directory.path().exists());
    }
}
