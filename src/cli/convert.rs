//! `quickpickle convert`.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use clap::ValueHint;
use quickpickle::internals::pickles::proof::ProofsVerified;
use quickpickle::wire::detect::{self, Kind};
use quickpickle::wire::o1js::O1jsProof;
use quickpickle::wire::{MAX_JSON, any, binprot, elements_to_json, o1js, statement_from_json};

use super::output::Output;
use super::{Status, input, values};

/// Write a proof or a verification key in another format.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  quickpickle convert proof.json --to binprot --out proof.binprot --statement statement.json
  quickpickle convert proof.binprot --to o1js --out proof.json --statement statement.json --input-length 1
  quickpickle convert vk.json --to binprot --out vk.binprot
  quickpickle convert vk.binprot --to o1js

The form of bin_prot is that of Mina's networks, in which a proof has the challenges of two earlier proofs, however many the
program verifies; its statement is not in it. Nothing is verified here.")]
pub struct Args {
    /// The proof or key, `-` for standard input: o1js's JSON, the base64 `data` of a key, bin_prot.
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// The format to write: o1js's JSON or bin_prot.
    #[arg(long, value_parser = values::one_of([Format::O1js, Format::BinProt], Format::name))]
    to: Format,
    /// The file to write, if not standard output.
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// The statement of a proof, a JSON list of decimal strings: written beside bin_prot, read for o1js's JSON.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    statement: Option<PathBuf>,
    /// How many elements of the statement are the public input in o1js's JSON; without it all.
    #[arg(long, value_name = "N")]
    input_length: Option<usize>,
    /// How many proofs the program verifies at most, in o1js's JSON; without it 2, as in a transaction.
    #[arg(long, value_parser = values::one_of(WIDTHS, |width| ["0", "1", "2"][width.count()]))]
    max_proofs_verified: Option<ProofsVerified>,
}

const WIDTHS: [ProofsVerified; 3] = [ProofsVerified::N0, ProofsVerified::N1, ProofsVerified::N2];

/// A format to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    O1js,
    BinProt,
}

impl Format {
    const fn name(self) -> &'static str {
        match self {
            Self::O1js => "o1js",
            Self::BinProt => "binprot",
        }
    }
}

/// What is converted, by what it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Proof(Format),
    /// In any of its forms.
    Key,
}

impl What {
    fn of(bytes: &[u8]) -> anyhow::Result<Self> {
        Ok(match detect::kind(bytes) {
            Kind::O1jsProof => Self::Proof(Format::O1js),
            Kind::BinProtProof => Self::Proof(Format::BinProt),
            Kind::O1jsKey | Kind::NetworkKey | Kind::KeyBase64 | Kind::BinProtKey => Self::Key,
            other => {
                let advice =
                    if other.advice().is_empty() { String::new() } else { format!(": {}", other.advice()) };
                bail!("{other} cannot be converted{advice}")
            }
        })
    }
}

pub fn run(args: Args) -> anyhow::Result<Status> {
    let read = args.statement.as_deref().filter(|_| args.to == Format::O1js);
    input::one_stdin([args.file.as_path()].into_iter().chain(read))?;
    let bytes = input::read_file(&args.file, MAX_JSON).with_context(|| args.file.display().to_string())?;
    let out = args.out.as_deref().map(Output::create).transpose()?;
    let converted = convert(&args, &bytes).with_context(|| args.file.display().to_string())?;
    match out {
        Some(out) => out.write(&converted)?,
        None => {
            let mut out = io::stdout().lock();
            let unreadable = args.to == Format::BinProt && out.is_terminal();
            ensure!(!unreadable, "bin_prot is not for a terminal: say --out, or redirect it");
            out.write_all(&converted)?;
        }
    }
    Ok(Status::Good)
}

fn convert(args: &Args, bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let what = What::of(bytes)?;
    let for_o1js = args.input_length.is_some() || args.max_proofs_verified.is_some();
    match what {
        What::Proof(from) if from == args.to => bail!("it is in this format"),
        What::Proof(Format::O1js) => {
            ensure!(!for_o1js, "--input-length and --max-proofs-verified are for writing o1js's JSON");
            let proof = o1js::proof_from_json(bytes)?;
            match &args.statement {
                Some(path) => {
                    Output::create(path)?.write(line(elements_to_json(proof.statement())).as_slice())?
                }
                None => eprintln!("the statement is not in bin_prot: --statement FILE writes it"),
            }
            Ok(binprot::proof_to_bytes(&proof.proof.into_network_form()))
        }
        What::Proof(Format::BinProt) => {
            let statement =
                args.statement.as_deref().context("--statement is missing: bin_prot does not hold it")?;
            let statement =
                input::decode_file("statement", statement, MAX_JSON, |bytes| statement_from_json(bytes))?;
            let inputs = args.input_length.unwrap_or(statement.len());
            let (input, output) = statement.split_at_checked(inputs).with_context(|| {
                format!("the statement has {} elements, not {inputs} of input", statement.len())
            })?;
            let proof = binprot::proof_from_bytes(bytes)?;
            let max_proofs_verified = args.max_proofs_verified.unwrap_or(ProofsVerified::N2);
            let proof = proof.into_program_form(max_proofs_verified).with_context(|| {
                format!("the proof is about more earlier proofs than {}", max_proofs_verified.count())
            })?;
            Ok(line(o1js::proof_to_json(&O1jsProof::new(input.to_vec(), output, max_proofs_verified, proof))))
        }
        What::Key => {
            ensure!(
                !for_o1js && args.statement.is_none(),
                "it is a key: a statement and its lengths are a proof's"
            );
            let key = any::verification_key(bytes)?;
            Ok(match args.to {
                Format::BinProt => binprot::verification_key_to_bytes(&key),
                Format::O1js => {
                    let hash = key.hash();
                    line(o1js::verification_key_to_json(&key, Some(hash)))
                }
            })
        }
    }
}

/// A text with the end of its line.
fn line(text: String) -> Vec<u8> {
    (text + "\n").into_bytes()
}
