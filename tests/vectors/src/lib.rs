//! Where the test vectors are: a representative set in the repository, beside this crate, and the whole set in
//! `../shared/vectors` beside the repository. Most of the whole set may not be copied, and many a checkout is without it.
//!
//! A test that needs the whole set is listed as ignored where it is not there ([`needs_whole_set!`]). With the environment
//! variable `QUICKPICKLE_VECTORS=required`, which `.ci/run` sets, such a test runs nevertheless, and fails. One that needs a NATS
//! server is ignored where that program is not installed ([`needs_nats_server!`]).

pub mod cases;
pub mod nats;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A file or folder of the set in the repository.
pub fn shipped(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn whole_set() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors")
}

/// Whether tests count on the whole set.
pub fn has_whole_set() -> bool {
    cfg!(whole_set)
}

/// A file or folder of the whole set.
///
/// # Panics
/// Where it is not there.
pub fn whole(path: &str) -> PathBuf {
    let found = whole_set().join(path);
    assert!(found.exists(), "{} is not there (QUICKPICKLE_VECTORS=required wants it)", found.display());
    found
}

/// A folder that both sets have, in its larger form where the whole set is there.
pub fn fullest(folder: &str) -> PathBuf {
    if has_whole_set() { whole(folder) } else { shipped(folder) }
}

/// Makes tests of these functions, which read the whole set: ignored where it is not there.
#[cfg(whole_set)]
#[macro_export]
macro_rules! needs_whole_set {
    ($($test:ident),+ $(,)?) => {
        mod whole_set {
            $(#[test] fn $test() { super::$test() })+
        }
    };
}

/// Makes tests of these functions, which read the whole set: ignored where it is not there.
#[cfg(not(whole_set))]
#[macro_export]
macro_rules! needs_whole_set {
    ($($test:ident),+ $(,)?) => {
        mod whole_set {
            $(#[test] #[ignore = "../shared/vectors was not there when this was built"] fn $test() { super::$test() })+
        }
    };
}

/// Makes tests of these asynchronous functions, which start a [server of NATS](nats::Nats): ignored where there is no such program.
#[cfg(nats_server)]
#[macro_export]
macro_rules! needs_nats_server {
    ($($test:ident),+ $(,)?) => {
        mod nats_server {
            $(#[tokio::test(flavor = "multi_thread")] async fn $test() { super::$test().await })+
        }
    };
}

/// Makes tests of these asynchronous functions, which start a [server of NATS](nats::Nats): ignored where there is no such program.
#[cfg(not(nats_server))]
#[macro_export]
macro_rules! needs_nats_server {
    ($($test:ident),+ $(,)?) => {
        mod nats_server {
            $(
                #[tokio::test(flavor = "multi_thread")]
                #[ignore = "there was no nats-server when this was built"]
                async fn $test() { super::$test().await }
            )+
        }
    };
}

/// The entries of a folder, sorted; there is at least one.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut entries: Vec<_> = read.map(|entry| entry.expect("an entry").path()).collect();
    assert!(!entries.is_empty(), "{} is empty", folder.display());
    entries.sort();
    entries
}

/// The last part of a path.
pub fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The content of a file.
pub fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The content of a file that is compressed with gzip.
pub fn unzipped(path: &Path) -> Vec<u8> {
    let mut content = Vec::new();
    let read = flate2::read::GzDecoder::new(read(path).as_slice()).read_to_end(&mut content);
    read.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    content
}

/// The content of a file that is text.
pub fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
