//! The networks that a node knows: those that are built in, and those of files (`--network-keys`).

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use prost::bytes::Bytes;
use quickpickle_mina::identity::{Identity, MAX_FILE, Networks};
use quickpickle_runtime::wire::DecodeError;

/// Files that a node takes at most.
pub const MAX_FILES: usize = 64;

/// A file of a network's keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("network keys {}", path.display())]
pub struct NetworkFileError {
    /// The file.
    path: PathBuf,
    /// What is wrong with it.
    source: NetworkFileFault,
}

/// What is wrong with a file of a network's keys.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NetworkFileFault {
    /// It cannot be read.
    #[error("it cannot be read")]
    Io(#[from] io::Error),
    /// It is no such file, has another digest beside a key than the key's, or its network is known already.
    #[error("it cannot be used")]
    Decode(#[from] DecodeError),
    /// There are too many.
    #[error("more than {MAX_FILES} files")]
    TooMany,
}

/// The networks that a node knows, with the files that tell of those that are not built in.
#[derive(Debug, Default)]
pub(crate) struct KnownNetworks {
    networks: Networks,
    files: Vec<Bytes>,
}

impl KnownNetworks {
    /// Those that are built in, and those of these files.
    pub(crate) fn read(paths: &[PathBuf]) -> Result<Self, NetworkFileError> {
        let mut known = Self::default();
        for path in paths {
            known.add(path).map_err(|source| NetworkFileError { path: path.clone(), source })?;
        }
        Ok(known)
    }

    fn add(&mut self, path: &Path) -> Result<(), NetworkFileFault> {
        if self.files.len() >= MAX_FILES {
            return Err(NetworkFileFault::TooMany);
        }
        let mut text = Vec::new();
        // What is longer than it may be is refused as such.
        File::open(path)?.take(MAX_FILE as u64 + 1).read_to_end(&mut text)?;
        self.networks.add_file(&text)?;
        self.files.push(text.into());
        Ok(())
    }

    /// The network of this name; of several forks the one whose file was named last, or else the one that is built in.
    pub(crate) fn named(&self, name: &str) -> Option<&Identity> {
        self.networks.iter().filter(|network| network.network == name).last()
    }

    /// What they are called.
    pub(crate) fn names(&self) -> Vec<String> {
        self.networks.iter().map(ToString::to_string).collect()
    }

    /// The files, as they were read.
    pub(crate) fn files(&self) -> &[Bytes] {
        &self.files
    }
}
