//! Files that are there whole, or as they were before.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// Writes a file so that the path holds the old content or the new one, whole, at any time and after any crash: the file is
/// written beside its place, handed to the disk, and renamed.
///
/// # Errors
/// Those of `write`, and of the system. The path then holds what it held before.
pub fn replace_file<T, E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut File) -> Result<T, E>,
) -> Result<T, E> {
    static WRITES: AtomicU32 = AtomicU32::new(0);
    // Unique among processes and, by the count, among the threads of this one.
    let unique = format!("{}-{}.tmp", std::process::id(), WRITES.fetch_add(1, Ordering::Relaxed));
    let temporary = path.with_extension(unique);
    let write = || {
        let mut file = File::create(&temporary)?;
        let written = write(&mut file)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        Ok(written)
    };
    write().inspect_err(|_| {
        // What is left is at most a file that nothing reads.
        let _ = fs::remove_file(&temporary);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_file_is_replaced_whole_or_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        let count = || fs::read_dir(folder.path()).unwrap().count();
        let told = replace_file(&path, |file| file.write_all(b"old").map(|()| 7)).unwrap();
        assert_eq!((told, fs::read(&path).unwrap().as_slice(), count()), (7, &b"old"[..], 1));
        let failed = replace_file(&path, |file| {
            file.write_all(b"ne")?;
            Err::<(), _>(io::Error::other("half-way"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "half-way");
        assert_eq!((fs::read(&path).unwrap().as_slice(), count()), (&b"old"[..], 1));
        replace_file(&path, |file| file.write_all(b"new")).unwrap();
        assert_eq!((fs::read(&path).unwrap().as_slice(), count()), (&b"new"[..], 1));
        let nowhere = folder.path().join("none/a.key");
        assert!(replace_file(&nowhere, |file| file.write_all(b"x")).is_err());
    }
}
