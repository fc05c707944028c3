//! `quickpickle delegation-verify`: what Mina's program `delegation_verify` does with files and with a pipe.
//!
//! Facts: Mina, `src/app/delegation_verify/{delegation_verify,submission,known_blocks,output}.ml`.

mod piped;
mod submission;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueHint};
use quickpickle::Verifier;
use quickpickle::answer::Facts;
use quickpickle::mina::block::{Block, MAX_INPUT, state_hash_text};
use quickpickle::mina::{Known, Object, ObjectError};
use quickpickle_srs_data::chain;
use serde_json::json;

use self::piped::Piped;
use self::submission::Submission;
use super::mina::NetworkArgs;
use super::{Status, input};

/// Bytes of names on standard input at most: those of some ten thousand files.
const MAX_NAMES: usize = 1 << 20;

/// Verify what nodes send to Mina's uptime service: a drop-in for the program delegation_verify.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  quickpickle delegation-verify fs --block-dir blocks submission.json
  ls submission.json | quickpickle delegation-verify fs --block-dir blocks --network mainnet -
  cat submissions.json | quickpickle delegation-verify stdin --network mainnet

fs: one JSON object a submission: submitted_at, submitter, state_hash, parent, height and slot on standard output if it is valid, an error
on standard error if not. stdin: each submission as it came in, a line each, with state_hash, parent, height, slot, verified and
validation_error. Exit status: 0 all were looked at, 1 a submission could not be read.")]
pub struct Args {
    #[command(subcommand)]
    from: From,
}

#[derive(Subcommand)]
enum From {
    /// Submissions and blocks in files
    Fs(FilesArgs),
    /// A JSON list of submissions with their blocks, on standard input
    Stdin(Checks),
}

#[derive(clap::Args)]
struct Checks {
    /// Verify nothing, and tell what is in the blocks.
    #[arg(long)]
    no_checks: bool,
    #[command(flatten)]
    networks: NetworkArgs,
}

#[derive(clap::Args)]
struct FilesArgs {
    /// The folder of the blocks, each in BLOCK_HASH.dat.
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    block_dir: PathBuf,
    #[command(flatten)]
    checks: Checks,
    /// Submissions; `-`, or none, for their names on standard input, one a line.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
}

pub fn run(args: &Args) -> anyhow::Result<Status> {
    let result = match &args.from {
        From::Fs(args) => {
            let known = args.checks.networks.known()?;
            let names = args.names()?;
            let submissions: anyhow::Result<Vec<_>> =
                names.iter().map(|path| Submission::read(path)).collect();
            submissions.map(|submissions| of_files(&submissions, args, &known))
        }
        From::Stdin(checks) => {
            let known = checks.networks.known()?;
            Piped::read().map(|piped| of_pipe(piped, checks, &known))
        }
    };
    // One that cannot be read ends the run.
    result.unwrap_or_else(|error| {
        eprintln!("{}", json!({ "error": format!("{error:#}") }));
        Ok(Status::Bad)
    })
}

/// Verifies submissions in files, and writes what is told of each.
fn of_files(submissions: &[Submission], args: &FilesArgs, known: &Known) -> anyhow::Result<Status> {
    let load = |hash: &str| read_block(&args.block_dir, hash);
    let results = judge(&submissions.iter().collect::<Vec<_>>(), load, args.checks.no_checks, known);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for (submission, result) in submissions.iter().zip(results) {
        match result {
            Ok(block) => {
                serde_json::to_writer(&mut out, &submission.line(&block))?;
                writeln!(out)?;
            }
            Err(reason) => {
                out.flush()?;
                eprintln!("{}", json!({ "error": reason }));
            }
        }
    }
    out.flush()?;
    Ok(Status::Good)
}

impl FilesArgs {
    fn names(&self) -> anyhow::Result<Vec<PathBuf>> {
        match self.files.as_slice() {
            [] => (),
            [only] if input::is_stdin(only) => (),
            files => return Ok(files.to_vec()),
        }
        input::decode_file("names of submissions", Path::new(input::STDIN), MAX_NAMES, |text| {
            std::str::from_utf8(text).map(|text| text.lines().map(PathBuf::from).collect())
        })
    }
}

impl Submission {
    /// The line, in the order of the program that this stands in for.
    fn line(&self, block: &Block) -> Facts {
        let state = block.state();
        Facts(vec![
            ("submitted_at", self.created_at.as_str().into()),
            ("submitter", self.submitter.to_string().into()),
            ("state_hash", state_hash_text(&block.state_hash()).into()),
            ("parent", state_hash_text(&state.previous_state_hash).into()),
            ("height", block.height().into()),
            ("slot", state.body.consensus_state.global_slot_since_genesis.into()),
        ])
    }
}

/// Verifies submissions that have their blocks with them, and writes each with what is told of it.
fn of_pipe(piped: Vec<Piped>, checks: &Checks, known: &Known) -> anyhow::Result<Status> {
    let submissions: Vec<_> = piped.iter().map(Piped::submission).collect();
    let results = judge(&submissions, piped::block, checks.no_checks, known);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for (piped, result) in piped.into_iter().zip(results) {
        serde_json::to_writer(&mut out, &piped.told(result, !checks.no_checks))?;
        writeln!(out)?;
    }
    out.flush()?;
    Ok(Status::Good)
}

/// The verdicts on all submissions: each block is verified once, however many name it, and all proofs as one batch.
fn judge(
    submissions: &[&Submission],
    load: impl Fn(&str) -> Result<Block, String>,
    no_checks: bool,
    known: &Known,
) -> Vec<Result<Block, String>> {
    let mut blocks: BTreeMap<&str, Result<Block, String>> = BTreeMap::new();
    for submission in submissions {
        let block = submission.block.as_str();
        blocks.entry(block).or_insert_with(|| load(block));
    }
    let works: Vec<_> = submissions.iter().map(|submission| submission.work()).collect();
    let verdicts = |objects: Vec<Object>| match no_checks {
        true => objects.iter().map(|_| Ok(())).collect(),
        false => {
            let verdicts = Verifier::baked().verify_objects(&objects, known).into_iter();
            verdicts.map(|verdict| verdict.map(|_| ())).collect::<Vec<Result<(), ObjectError>>>()
        }
    };
    let objects = blocks.values().filter_map(|block| block.clone().ok().map(Object::from));
    let works_of = works.iter().flatten().flatten().cloned().map(Object::from);
    let mut verdicts = verdicts(objects.chain(works_of).collect()).into_iter();
    // There is a verdict for each; were one missing, it would count as not proved.
    let mut next = || {
        let verdict = verdicts.next().unwrap_or(Err(ObjectError::NoProof));
        verdict.map_err(|error| chain(&error))
    };
    let blocks: BTreeMap<&str, Result<Block, String>> = blocks
        .into_iter()
        .map(|(hash, block)| (hash, block.and_then(|block| next().map(|()| block))))
        .collect();
    let work = |work| match work {
        Ok(Some(_)) => next(),
        Err(reason) if !no_checks => Err(reason),
        Ok(None) | Err(_) => Ok(()),
    };
    let works: Vec<Result<(), String>> = works.into_iter().map(work).collect();
    let result = |(submission, work): (&&Submission, Result<(), String>)| {
        let block = blocks.get(submission.block.as_str());
        match block {
            Some(Ok(block)) => work.map(|()| block.clone()),
            Some(Err(reason)) => Err(reason.clone()),
            None => Err("its block was not looked at".to_owned()),
        }
    };
    submissions.iter().zip(works).map(result).collect()
}

fn read_block(folder: &Path, hash: &str) -> Result<Block, String> {
    let path = folder.join(format!("{hash}.dat"));
    let read = input::decode_file("block", &path, MAX_INPUT, Block::from_binprot);
    read.map_err(|error| format!("{error:#}"))
}
