//! Keys files on the disk: read whole, and written whole or not at all.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use quickpickle_prover::keyset::{KeyFileError, KeySet, MAX_FILE, from_json, to_json};
use quickpickle_srs_data::replace_file;

/// Reads the keys in a file, which are those that its digest is of.
pub fn read(path: &Path) -> Result<KeySet, KeyFileError> {
    let mut text = Vec::new();
    File::open(path)?.take(MAX_FILE as u64 + 1).read_to_end(&mut text)?;
    from_json(&text)
}

/// Writes keys to a file, which is there whole or not at all.
pub fn write(path: &Path, keys: &KeySet) -> Result<(), KeyFileError> {
    replace_file(path, |file| Ok(file.write_all(to_json(keys).as_bytes())?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{KeyData, NamedKey};

    #[test]
    fn a_file_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let key = NamedKey { name: "a".parse().unwrap(), data: KeyData::Pickles(vec![1, 2, 3]) };
        let set = KeySet::new(vec![key]).unwrap();
        write(&path, &set).unwrap();
        assert_eq!(read(&path).unwrap(), set);
        File::options().write(true).open(&path).and_then(|file| file.set_len(MAX_FILE as u64 + 1)).unwrap();
        assert!(matches!(read(&path), Err(KeyFileError::TooLong)));
    }
}
