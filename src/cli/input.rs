//! Files that a subcommand reads whole, `-` among them, and keys in them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::ensure;

/// What stands for standard input in place of a file's name.
pub const STDIN: &str = "-";

/// Whether a name stands for standard input.
pub fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == STDIN
}

/// Refuses a command line that would read standard input more than once.
pub fn one_stdin<'a>(paths: impl IntoIterator<Item = &'a Path>) -> anyhow::Result<()> {
    let times = paths.into_iter().filter(|path| is_stdin(path)).count();
    ensure!(times <= 1, "- is standard input, which can be read once, and is named {times} times");
    Ok(())
}

/// Opens a file, or standard input.
pub fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    if is_stdin(path) { Ok(Box::new(io::stdin())) } else { Ok(Box::new(File::open(path)?)) }
}

/// Reads a file that is needed whole, of no more than `max_bytes`.
pub fn read_file(path: &Path, max_bytes: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(max_bytes as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > max_bytes {
        return Err(io::Error::other(format!("it is longer than the {max_bytes} bytes that are read")));
    }
    Ok(bytes)
}

/// Reads and decodes a file; `what` says in an error what it was to be.
pub fn decode_file<T, E: Into<anyhow::Error>>(
    what: &str,
    path: &Path,
    max_bytes: usize,
    decode: impl FnOnce(&[u8]) -> Result<T, E>,
) -> anyhow::Result<T> {
    let decoded = || decode(&read_file(path, max_bytes)?).map_err(E::into);
    let place = || format!("{what} {}", path.display()).trim_start().to_owned();
    decoded().map_err(|error: anyhow::Error| error.context(place()))
}
