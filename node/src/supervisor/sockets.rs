//! The private directory of the workers' sockets.

use std::fs::Permissions;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A directory that only this user can enter, removed at the end.
#[derive(Debug)]
pub struct SocketDir {
    directory: TempDir,
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
        let directory = tempfile::Builder::new()
            .prefix("quickpickle-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(&folder)
            .map_err(|source| SocketDirError { folder, source })?;
        Ok(Self { directory })
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
}
