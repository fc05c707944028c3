//! Files that a subcommand writes: whole or not at all, and known to be writable before the work for them is done.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use quickpickle_srs_data::replace_file;

/// A file that is going to be written.
#[derive(Debug)]
pub struct Output {
    /// As it was named.
    name: PathBuf,
    to: To,
}

#[derive(Debug)]
enum To {
    /// A file, which is replaced.
    Place(PathBuf),
    /// What is no file and cannot be replaced: a pipe, a terminal, `/dev/null`.
    Stream(File),
}

impl Output {
    /// Makes sure that `path` can be written.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let context = || format!("{} cannot be written", path.display());
        let to = To::create(path).with_context(context)?;
        Ok(Self { name: path.to_owned(), to })
    }

    /// Writes the file.
    pub fn write(self, bytes: &[u8]) -> anyhow::Result<()> {
        self.to.write(bytes).with_context(|| format!("{} cannot be written", self.name.display()))
    }
}

/// Makes sure that a proving key can be written to `path`, which must be a file that can be replaced and mapped.
pub fn try_key(path: &Path) -> anyhow::Result<()> {
    match Output::create(path)?.to {
        To::Place(_) => Ok(()),
        To::Stream(_) => bail!("{} is no file: a proving key is mapped, and must be one", path.display()),
    }
}

impl To {
    fn create(path: &Path) -> io::Result<Self> {
        // Through symbolic links, so that what they point at is replaced and not they.
        let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        match fs::metadata(&place) {
            Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(metadata) if !metadata.is_file() => {
                Ok(Self::Stream(File::options().write(true).open(&place)?))
            }
            _ => {
                let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
                // A file without a name, where the new one will be made.
                tempfile::tempfile_in(folder.unwrap_or(Path::new(".")))?;
                Ok(Self::Place(place))
            }
        }
    }

    fn write(self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Stream(mut file) => file.write_all(bytes),
            Self::Place(place) => replace_file(&place, |file| file.write_all(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = folder.read_dir().expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("out");
        drop(Output::create(&path).expect("writable"));
        assert!(names(folder.path()).is_empty());
        let output = Output::create(&path).expect("writable");
        assert!(!path.exists());
        output.write(b"abc").expect("written");
        assert_eq!(fs::read(&path).expect("readable"), b"abc");
        let replacement = Output::create(&path).expect("writable");
        assert_eq!(fs::read(&path).expect("readable"), b"abc");
        replacement.write(b"d").expect("written");
        assert_eq!(
            (fs::read(&path).expect("readable"), names(folder.path())),
            (b"d".to_vec(), vec!["out".into()])
        );
    }

    #[test]
    fn what_cannot_be_written_is_known_before() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(Output::create(folder.path()).is_err());
        assert!(Output::create(&folder.path().join("none/out")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_devices_are_not_replaced() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, link) = (folder.path().join("out"), folder.path().join("link"));
        fs::write(&path, "a").expect("written");
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        Output::create(&link).expect("writable").write(b"b").expect("written");
        assert!(link.is_symlink());
        assert_eq!(fs::read(&path).expect("readable"), b"b");
        let output = Output::create(Path::new("/dev/null")).expect("writable");
        assert!(matches!(output.to, To::Stream(_)));
        output.write(b"c").expect("written");
    }
}
