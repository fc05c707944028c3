//! The store: a folder of tables, each under the digest that it is pinned by.

use quickpickle_srs_data::{FileError, TableEntry, replace_file};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A content-addressed folder of table files.
///
/// A file appears under its name only when it is whole (written beside it, flushed, renamed), and whatever is read is
/// checked against the pin. So nothing that happens to the folder, from a crash to a malicious edit, can do more than
/// make a table be computed again.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// The right to compute what the store lacks. Other builds wait until it is dropped.
#[derive(Debug)]
pub struct StoreLock {
    _file: File,
}

impl Store {
    /// The store in this folder, which is made when something is saved.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the file of a table lies.
    pub fn path(&self, entry: &TableEntry) -> PathBuf {
        self.folder.join(format!("{}.table", entry.digest))
    }

    /// The file of a table. `Ok(None)` where there is none; an error where there is one that must not be used.
    pub fn load(&self, entry: &TableEntry) -> Result<Option<Vec<u8>>, LoadError> {
        let path = self.path(entry);
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LoadError::Read { path, source }),
            Ok(file) => match entry.check_file(&file) {
                Ok(_) => Ok(Some(file)),
                Err(source) => Err(LoadError::Wrong { path, source }),
            },
        }
    }

    /// Saves the file of a table, replacing what lies there.
    pub fn save(&self, entry: &TableEntry, file: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        replace_file(&self.path(entry), |to| to.write_all(file))
    }

    /// Waits until no other build computes for this store.
    ///
    /// The lock only spares double work; files stay whole without it. The system releases it when the process ends,
    /// however it ends.
    pub fn lock(&self) -> io::Result<StoreLock> {
        fs::create_dir_all(&self.folder)?;
        let path = self.folder.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        file.lock()?;
        Ok(StoreLock { _file: file })
    }
}

/// Why a stored or ready table was not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not the table.
    #[error("{} is not the table", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: FileError,
    },
}
