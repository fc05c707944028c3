//! `quickpickle keys`.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context as _, bail};
use clap::{Subcommand, ValueHint};
use quickpickle::kimchi::Generation;
use quickpickle::wire::detect::{self, Kind};
use quickpickle::wire::{any, binprot, kimchi};
use quickpickle_prover::keyset::{self, KeyData, KeyName, KeySet, NamedKey, Prepared};
use serde_json::{Value, json};

use super::output::Output;
use super::{Status, input};

/// Make and show files of verification keys, as `quickpickle node --keys` takes them.
#[derive(clap::Args)]
#[command(
    disable_help_subcommand = true,
    after_help = "\
Examples:
  quickpickle keys make program=vk.json poseidon=circuit.index --out keys.json
  quickpickle keys show keys.json

The digest is that of all names and keys: what `quickpickle node --keys-digest` compares with."
)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Put keys into a file, each under a name, and print its digest.
    Make(Make),
    /// Show the digest of a file and the keys in it.
    Show(Show),
}

#[derive(clap::Args)]
struct Make {
    /// The keys: a name of letters, digits, - and _, and the file of a verification key (o1js's JSON, its base64 `data`,
    /// bin_prot, or Kimchi's verifier index), `-` for standard input. Behind a verifier index `,berkeley` says that its gates
    /// are those of Mina's networks and of o1js, not those of proof-systems since its release 0.5.0.
    #[arg(value_name = "NAME=FILE[,berkeley]", required = true, value_hint = ValueHint::FilePath)]
    keys: Vec<KeyFile>,
    /// The file to write.
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: PathBuf,
}

#[derive(clap::Args)]
struct Show {
    /// The keys file, `-` for standard input.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// A key to be put into a file.
#[derive(Clone, Debug)]
struct KeyFile {
    name: KeyName,
    path: PathBuf,
    berkeley: bool,
}

impl FromStr for KeyFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = text.split_once('=').ok_or("NAME=FILE is expected")?;
        let (path, berkeley) = match path.strip_suffix(",berkeley") {
            Some(path) => (path, true),
            None => (path, false),
        };
        if path.is_empty() {
            return Err("NAME=FILE is expected".into());
        }
        let name = name.parse().map_err(|error: keyset::BadName| error.to_string())?;
        Ok(Self { name, path: path.into(), berkeley })
    }
}

impl KeyFile {
    fn read(&self) -> anyhow::Result<NamedKey> {
        let data = input::decode_file("key", &self.path, kimchi::MAX_INPUT, |bytes| self.decode(bytes))?;
        // Whoever takes the file would refuse it.
        Prepared::new(&data).with_context(|| format!("key {}", self.path.display()))?;
        Ok(NamedKey { name: self.name.clone(), data })
    }

    fn decode(&self, bytes: &[u8]) -> anyhow::Result<KeyData> {
        if detect::kind(bytes) == Kind::KimchiIndex {
            let generation = if self.berkeley { Generation::Berkeley } else { Generation::DistinctPoints };
            return Ok(KeyData::Kimchi { index: bytes.to_vec(), generation });
        }
        let key = any::verification_key(bytes)?;
        if self.berkeley {
            bail!("berkeley cannot be said of it: the gates of a Pickles key are known");
        }
        Ok(KeyData::Pickles(binprot::verification_key_to_bytes(&key)))
    }
}

pub fn run(args: Args) -> anyhow::Result<Status> {
    match args.action {
        Action::Make(args) => make(&args)?,
        Action::Show(args) => show(&args)?,
    }
    Ok(Status::Good)
}

fn make(args: &Make) -> anyhow::Result<()> {
    input::one_stdin(args.keys.iter().map(|key| key.path.as_path()))?;
    let out = Output::create(&args.out)?;
    let keys = KeySet::new(args.keys.iter().map(KeyFile::read).collect::<anyhow::Result<_>>()?)?;
    out.write(keyset::to_json(&keys).as_bytes())?;
    writeln!(io::stdout(), "{}  {}", keys.digest(), args.out.display())?;
    Ok(())
}

fn show(args: &Show) -> anyhow::Result<()> {
    let keys = input::decode_file("keys file", &args.file, keyset::MAX_FILE, keyset::from_json)?;
    let described = keys.keys().iter().map(describe).collect::<anyhow::Result<Vec<_>>>()?;
    let mut out = io::stdout().lock();
    if args.json {
        let described: Vec<Value> = described.iter().map(Described::json).collect();
        writeln!(out, "{}", json!({"digest": keys.digest().to_string(), "keys": described}))?;
    } else {
        writeln!(out, "{:<22}{}", "digest", keys.digest())?;
        for key in &described {
            writeln!(out, "{:<22}{}, {} {}", key.name, key.kind, key.number.0, key.number.1)?;
        }
    }
    Ok(())
}

/// What is said about a key.
struct Described {
    name: String,
    kind: String,
    /// The number that the world knows the key by, with what it is called.
    number: (&'static str, String),
}

impl Described {
    fn json(&self) -> Value {
        let (what, number) = &self.number;
        json!({"name": self.name, "kind": self.kind, *what: number})
    }
}

fn describe(key: &NamedKey) -> anyhow::Result<Described> {
    let prepared = Prepared::new(&key.data).with_context(|| format!("key {}", key.name))?;
    let generation = match &key.data {
        KeyData::Kimchi { generation: Generation::Berkeley, .. } => ", gates of Berkeley",
        _ => "",
    };
    let kimchi = |curve: &str, digest: String| (format!("Kimchi on {curve}{generation}"), ("digest", digest));
    let (kind, number) = match prepared {
        Prepared::Pickles(key) => ("Pickles".into(), ("hash", key.key().hash().to_string())),
        Prepared::Vesta(index) => kimchi("Vesta", index.digest().to_string()),
        Prepared::Pallas(index) => kimchi("Pallas", index.digest().to_string()),
    };
    Ok(Described { name: key.name.to_string(), kind, number })
}
