//! Real blocks from a folder, told to the peers beside a node's own.
//!
//! The node that tells them does not look into them. Each peer verifies what it hears, and refuses what is wrong.

use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use quickpickle_memory::Mark;
use quickpickle_mina::block::{FileName, state_hash_text};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

use super::gossip::Gossip;
use crate::dispatch::Dispatch;
use crate::proto::v1::block::Block as BlockForm;
use crate::proto::v1::{AnnounceRequest, Block, Proof, proof};

/// Files of a folder at most; their names are held, and one file at a time.
const MAX_FILES: usize = 1 << 16;

/// A folder of blocks, and how they are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Each of its files is a block, told in the order of their names.
    pub folder: PathBuf,
    /// The time from one block to the next at least.
    pub interval: Duration,
    /// Whether it begins again after the last one.
    pub endless: bool,
}

/// Why a file is not told.
#[derive(Debug, thiserror::Error)]
enum FileError {
    #[error("it cannot be read")]
    Io(#[from] io::Error),
    #[error("it is longer than a message may be, {0} bytes")]
    TooLong(usize),
}

/// The files of a folder, in the order of their names.
pub(super) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() {
            if files.len() >= MAX_FILES {
                return Err(io::Error::other(format!("more than {MAX_FILES} files")));
            }
            files.push(path);
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Tells the blocks of a folder until it is dropped; each once all peers have heard the one before.
pub(super) async fn replay(dispatch: &Dispatch, gossip: &Arc<Gossip>, replay: &Replay) -> Infallible {
    let mut ticks = interval(replay.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut round = 0;
    loop {
        let files = files(&replay.folder).unwrap_or_else(|error| {
            tracing::error!(folder = %replay.folder.display(), %error, "no blocks are told");
            Vec::new()
        });
        tracing::info!(folder = %replay.folder.display(), files = files.len(), round, "blocks are told");
        // Also where there is no file.
        ticks.tick().await;
        for path in files {
            let (message, file) = (dispatch.limits.message, path.clone());
            match spawn_blocking(move || block(&file, message)).await {
                Ok(Ok(block)) => {
                    let block = AnnounceRequest { round, ..block };
                    dispatch.registry.mark(Mark::ReplayTold(super::gossip::id(&block)));
                    gossip.retell(block).await;
                }
                Ok(Err(error)) => {
                    let error = quickpickle_runtime::error::chain(&error);
                    tracing::warn!(path = %path.display(), error, "a block is not told");
                }
                Err(error) => tracing::error!(path = %path.display(), %error, "a block is not told"),
            }
            ticks.tick().await;
        }
        if !replay.endless {
            tracing::info!(folder = %replay.folder.display(), "all blocks are told");
            return std::future::pending().await;
        }
        round += 1;
    }
}

/// The block in a file, and the state hash that the file's name claims.
fn block(path: &Path, most: usize) -> Result<AnnounceRequest, FileError> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(FileError::TooLong(most));
    }
    let name = path.file_name().and_then(|name| name.to_str()).and_then(FileName::parse);
    let block = Block {
        block: Some(form(bytes)),
        state_hash: name.map(|name| state_hash_text(&name.state_hash)).unwrap_or_default(),
        ..Block::default()
    };
    let proof = Some(Proof { kind: Some(proof::Kind::Block(block)) });
    Ok(AnnounceRequest { proof, ..AnnounceRequest::default() })
}

/// JSON, or else bin_prot.
fn form(bytes: Vec<u8>) -> BlockForm {
    match String::from_utf8(bytes) {
        Ok(text) if text.trim_ascii_start().starts_with('{') => BlockForm::Json(text),
        Ok(text) => BlockForm::BinProt(text.into_bytes().into()),
        Err(error) => BlockForm::BinProt(error.into_bytes().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_in_their_order_and_as_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let hash = "3NK4BpDSekaqsG6tx8Nse2zJchRft2JpnbvMiog55WCr5xJZaKeP";
        let named = format!("mainnet-2-{hash}.json");
        for (name, content) in
            [("b.bin", &[0xff, b'{'][..]), ("a.bin", b"text"), (named.as_str(), b" {}"), ("z", &[7; 21])]
        {
            fs::write(folder.path().join(name), content).unwrap();
        }
        fs::create_dir(folder.path().join("folder")).unwrap();
        let files = files(folder.path()).unwrap();
        let names: Vec<_> = files.iter().filter_map(|path| path.file_name()?.to_str()).collect();
        assert_eq!(names, ["a.bin", "b.bin", &named, "z"]);
        let read = |path: &PathBuf| block(path, 20).ok().and_then(|block| block.proof?.kind);
        let of = |form, state_hash: &str| {
            let state_hash = state_hash.to_owned();
            Some(proof::Kind::Block(Block { block: Some(form), state_hash, ..Block::default() }))
        };
        let bin_prot = |bytes: &[u8]| BlockForm::BinProt(bytes.to_vec().into());
        assert_eq!(read(&files[0]), of(bin_prot(b"text"), ""));
        assert_eq!(read(&files[1]), of(bin_prot(&[0xff, b'{']), ""));
        assert_eq!(read(&files[2]), of(BlockForm::Json(" {}".to_owned()), hash));
        assert!(matches!(block(&files[3], 20), Err(FileError::TooLong(20))));
        assert!(matches!(block(&folder.path().join("none"), 20), Err(FileError::Io(_))));
    }
}
