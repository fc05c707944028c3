//! Archives whose bytes depend on nothing but names, contents and permissions.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};

use super::tools::run;

/// A tar archive of all that is in a folder, each file below `prefix`.
pub fn tar(folder: &Path, prefix: &str, epoch: u64) -> anyhow::Result<Vec<u8>> {
    let mut command = Command::new("tar");
    command.args(["--create", "--format=ustar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner"]);
    command.arg(format!("--mtime=@{epoch}")).arg(format!("--transform=s,^\\.,{prefix},"));
    let output = tempfile::NamedTempFile::new()?;
    run(command.arg("--file").arg(output.path()).arg("--directory").arg(folder).arg(".").env("LC_ALL", "C"))?;
    fs::read(output.path()).context("tar")
}

/// Compressed, without a name or a time.
pub fn gzip(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// The SHA-256 digest in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The lines that `sha256sum --check` reads, of all files in a folder.
pub fn checksums(folder: &Path) -> anyhow::Result<String> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        lines.push((name.clone(), format!("{}  {name}\n", sha256(&fs::read(entry.path())?))));
    }
    lines.sort();
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

#[cfg(test)]
mod tests {
    use super::super::stage;
    use super::*;

    #[test]
    fn archives_depend_on_the_content_alone() {
        let archive = |names: &[&str], content: &[u8]| {
            let folder = tempfile::tempdir().expect("a folder");
            for name in names {
                stage::write(content, &folder.path().join(name), 0o755).expect("written");
            }
            let tar = tar(folder.path(), "quickpickle-1", 1_000_000_000).expect("GNU tar");
            assert!(tar.windows(20).any(|window| window == b"quickpickle-1/b/file"));
            gzip(&tar).expect("compressed")
        };
        let first = archive(&["b/file", "a"], b"x");
        assert!(first == archive(&["a", "b/file"], b"x"));
        assert!(first != archive(&["a", "b/file"], b"y"));
    }

    #[test]
    fn checksums_are_those_that_are_known() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("b"), "").expect("written");
        fs::write(folder.path().join("a"), "abc").expect("written");
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n\
                        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b\n";
        assert_eq!(checksums(folder.path()).expect("digests"), expected);
    }
}
