//! A block that everything else is proved by.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::ValueHint;
use quickpickle::Verifier;
use quickpickle::mina::block::{self, Block, FileName};
use quickpickle::mina::{Known, ObjectError};
use quickpickle::wire::binprot;
use quickpickle_srs_data::chain;

use crate::cli::{Status, input};

/// A block, whose proof may be in a file of its own.
#[derive(clap::Args)]
pub struct TipArgs {
    /// The block: in any form, or its state alone. With --node it is the daemon's best tip where this is left out.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, required_unless_present = "node")]
    tip: Option<PathBuf>,
    /// The block's proof in bin_prot, where the block comes without it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "tip")]
    tip_proof: Option<PathBuf>,
}

impl TipArgs {
    /// The files that are named here.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.tip.as_deref().into_iter().chain(self.tip_proof.as_deref())
    }

    /// The block of the files, with what it is called, if they are named.
    pub fn read(&self) -> anyhow::Result<Option<(Block, String)>> {
        let Some(path) = &self.tip else { return Ok(None) };
        let mut tip = read_block("tip", path)?;
        add_proof(&mut tip, self.tip_proof.as_deref())?;
        Ok(Some((tip, path.display().to_string())))
    }
}

/// Reads the one block of a file, whose name may claim what it is.
pub fn read_block(what: &str, path: &Path) -> anyhow::Result<Block> {
    let mut blocks = input::decode_file(what, path, block::MAX_INPUT, Block::read)?;
    let (Some(block), true) = (blocks.pop(), blocks.is_empty()) else {
        bail!("{what} {}: one block is expected, and there are several", path.display())
    };
    let name = path.file_name().and_then(|name| name.to_str()).and_then(FileName::parse);
    name.map_or(Ok(()), |name| block.is_named(&name))
        .with_context(|| format!("{what} {}", path.display()))?;
    Ok(block)
}

/// Adds the proof of a file to a block.
pub fn add_proof(block: &mut Block, proof: Option<&Path>) -> anyhow::Result<()> {
    if let Some(path) = proof {
        let proof = input::decode_file("proof", path, binprot::MAX_INPUT, binprot::proof_from_bytes)?;
        block.proof = Some(Box::new(proof));
    }
    Ok(())
}

/// The network of a block that is valid; or the status where it is not, which was told.
pub fn verified(block: &Block, name: &str, known: &Known) -> anyhow::Result<Result<String, Status>> {
    match Verifier::baked().verify_block(block, known) {
        Ok(valid) => Ok(Ok(valid.network)),
        Err(error) => {
            let word = if error == ObjectError::NoProof { "unproven" } else { error.kind().name() };
            writeln!(io::stdout().lock(), "{word} {name}: {}", chain(&error))?;
            Ok(Err(if error.is_rejected() { Status::Bad } else { Status::Trouble }))
        }
    }
}
