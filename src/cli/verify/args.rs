//! What `quickpickle verify` is told, and the [`Format`] that follows from it.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use quickpickle::kimchi::{Generation, KimchiCurve, PreparedIndex, ScalarField};
use quickpickle::wire::kimchi::{self, Curve};
use quickpickle::wire::{DecodeError, MAX_JSON, elements_from_json, statement_from_json};
use quickpickle::{Network, NetworkProof, PreparedKey, VerificationKey, network_key};

use super::format::Format;
use super::timings::{Stage, Timings};
use crate::cli::input;

const USAGE: &str = "\
quickpickle verify [OPTIONS] --vk <FILE> <PROOF>...
       quickpickle verify [OPTIONS] --binprot --statement <FILE> <--vk <FILE>|--network <NAME> --circuit <NAME>> <PROOF>...
       quickpickle verify [OPTIONS] --kimchi [--index <FILE> --public <FILE>] <PROOF>...";

const EXAMPLES: &str = "\
Examples:
  quickpickle verify proof.json --vk vk.json
  quickpickle verify proofs/ --vk vk.json          all .json, .jsonl and .ndjson files of a folder
  quickpickle verify proofs.jsonl --vk vk.json     one proof a line
  generate | quickpickle verify - --vk vk.json --json
  quickpickle verify --binprot a.binprot --statement state.json --vk vk.json
  quickpickle verify --binprot block.binprot --statement state.json --network devnet --circuit blockchain
  quickpickle verify --kimchi fixture.bin
  quickpickle verify --kimchi --index index.bin --public public.json --proof proof.bin

A line a proof, the verdict first: valid, rejected (checked, and wrong), malformed (no proof, or not one for this
key), input (key or statement cannot be right), unavailable (tables missing), unreadable.

Exit status: 0 all valid, 1 some proof rejected, 2 some proof not checked, or a usage error.";

/// Verify proofs.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, override_usage = USAGE)]
pub struct Args {
    /// Proofs: files, folders, `-` for standard input; a file of JSON may hold one proof a line.
    #[arg(value_name = "PROOF", required_unless_present = "proof")]
    proofs: Vec<PathBuf>,
    /// Print one JSON object a line: verdict, file, line, reason.
    #[arg(long)]
    pub json: bool,
    /// Tell on standard error how long each stage took.
    #[arg(long)]
    pub timings: bool,
    /// How many proofs are verified together; more cost less each, and more memory.
    #[arg(long, value_name = "N", default_value = "64")]
    pub window: NonZeroUsize,
    #[command(flatten)]
    pickles: Pickles,
    #[command(flatten)]
    kimchi: Kimchi,
}

/// Pickles proofs: o1js's JSON where nothing else is said.
#[derive(clap::Args)]
#[command(next_help_heading = "Pickles proofs (o1js's JSON, or bin_prot)")]
struct Pickles {
    /// The verification key: o1js's JSON, its base64 `data` alone, or bin_prot.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["kimchi", "network"])]
    vk: Option<PathBuf>,
    /// Instead of --vk, the key of one of Mina's networks; it is in the binary if the feature of its name was on.
    #[arg(long, value_parser = network_named, value_name = "mainnet|devnet")]
    #[arg(requires = "circuit", requires = "binprot", conflicts_with = "vk")]
    network: Option<Network>,
    /// Which key of the network.
    #[arg(long, value_parser = circuit_named, value_name = "blockchain|transaction", requires = "network")]
    circuit: Option<NetworkProof>,
    /// The proofs are bin_prot, as Mina's networks carry them.
    #[arg(long, requires = "statement")]
    binprot: bool,
    /// What bin_prot proofs are about: a JSON list of field elements as decimal strings.
    #[arg(long, alias = "app-state", value_name = "FILE", requires = "binprot")]
    statement: Option<PathBuf>,
}

/// Kimchi proofs on their own.
#[derive(clap::Args)]
#[command(next_help_heading = "Kimchi proofs on their own (MessagePack)")]
struct Kimchi {
    /// The proofs are Kimchi's; without --index each file holds proof, verifier index and public input.
    #[arg(long, conflicts_with_all = ["vk", "network", "binprot", "statement"])]
    kimchi: bool,
    /// The verifier index of proofs that come alone.
    #[arg(long, value_name = "FILE", requires = "kimchi", requires = "public")]
    index: Option<PathBuf>,
    /// Their public input: a JSON list of decimal strings, or 32 bytes little-endian an element.
    #[arg(long, value_name = "FILE", requires = "index")]
    public: Option<PathBuf>,
    /// Such a proof; the same as naming it without this option.
    #[arg(long, value_name = "FILE", requires = "index")]
    proof: Vec<PathBuf>,
    /// The gates are those of Mina's networks and of o1js, not those of proof-systems since its release 0.5.0, whose
    /// EndoMul has one constraint more. Neither keys nor proofs tell.
    #[arg(long, requires = "kimchi")]
    berkeley: bool,
}

impl Args {
    /// Where the proofs are.
    pub fn proofs(&self) -> Vec<PathBuf> {
        self.proofs.iter().chain(&self.kimchi.proof).cloned().collect()
    }

    /// The files that are named for something else, and so are no proofs where a folder of proofs holds them.
    pub fn others(&self) -> Vec<&Path> {
        let files = [&self.pickles.vk, &self.pickles.statement, &self.kimchi.index, &self.kimchi.public];
        files.into_iter().flatten().map(PathBuf::as_path).collect()
    }

    /// The format of the proofs, with the key read and prepared.
    pub fn format(&self, timings: &mut Timings) -> anyhow::Result<Format> {
        if let (Some(index), Some(public)) = (&self.kimchi.index, &self.kimchi.public) {
            return self.kimchi.format(index, public, timings);
        }
        if self.kimchi.kimchi {
            return Ok(Format::KimchiFixture { generation: self.kimchi.generation() });
        }
        let key = timings.during(Stage::Key, || self.pickles.key())?;
        let key = timings.during(Stage::KeyPreparation, || PreparedKey::new(key)).context("key")?;
        let key = Arc::new(key);
        let Some(path) = &self.pickles.statement else { return Ok(Format::O1js { key }) };
        let statement = input::read_file(path, MAX_JSON)
            .map_err(anyhow::Error::from)
            .and_then(|bytes| Ok(statement_from_json(&bytes)?))
            .with_context(|| format!("statement {}", path.display()))?;
        Ok(Format::BinProt { key, statement })
    }
}

impl Pickles {
    fn key(&self) -> anyhow::Result<VerificationKey> {
        match (&self.vk, self.network, self.circuit) {
            (Some(file), ..) => input::read_file(file, MAX_JSON)
                .map_err(anyhow::Error::from)
                .and_then(|bytes| Ok(input::decode_key(&bytes)?))
                .with_context(|| format!("key {}", file.display())),
            (None, Some(network), Some(circuit)) => network_key(network, circuit)?.with_context(|| {
                format!("this binary does not hold the keys of {network}: build it with --features {network}")
            }),
            _ => anyhow::bail!("neither --vk nor --network with --circuit"),
        }
    }
}

pub fn network_named(name: &str) -> Result<Network, &'static str> {
    [Network::Mainnet, Network::Devnet].into_iter().find(|n| n.name() == name).ok_or("mainnet or devnet")
}

fn circuit_named(name: &str) -> Result<NetworkProof, &'static str> {
    let circuits = [NetworkProof::Blockchain, NetworkProof::Transaction];
    circuits.into_iter().find(|c| c.name() == name).ok_or("blockchain or transaction")
}

impl Kimchi {
    fn generation(&self) -> Generation {
        if self.berkeley { Generation::Berkeley } else { Generation::DistinctPoints }
    }

    /// The format of proofs that come without their index.
    fn format(&self, index: &Path, public: &Path, timings: &mut Timings) -> anyhow::Result<Format> {
        let bytes = timings
            .during(Stage::Key, || input::read_file(index, kimchi::MAX_INPUT))
            .with_context(|| format!("index {}", index.display()))?;
        let curve = kimchi::curve_of_index(&bytes).with_context(|| format!("index {}", index.display()))?;
        Ok(match curve {
            Curve::Vesta => {
                let (key, public_input) = self.key(&bytes, index, public, timings)?;
                Format::KimchiVesta { key, public_input }
            }
            Curve::Pallas => {
                let (key, public_input) = self.key(&bytes, index, public, timings)?;
                Format::KimchiPallas { key, public_input }
            }
        })
    }

    fn key<C: KimchiCurve>(
        &self,
        bytes: &[u8],
        index: &Path,
        public: &Path,
        timings: &mut Timings,
    ) -> anyhow::Result<KimchiKey<C>> {
        let context = || format!("index {}", index.display());
        let key =
            timings.during(Stage::Key, || kimchi::index_from_msgpack::<C>(bytes)).with_context(context)?;
        let key = timings
            .during(Stage::KeyPreparation, || PreparedIndex::new(key, self.generation()))
            .with_context(context)?;
        let public_input = input::read_file(public, kimchi::MAX_INPUT)
            .map_err(anyhow::Error::from)
            .and_then(|bytes| Ok(decode_public_input::<C>(&bytes)?))
            .with_context(|| format!("public input {}", public.display()))?;
        Ok((Arc::new(key), public_input))
    }
}

/// A key with the public input of the proofs that it is for.
type KimchiKey<C> = (Arc<PreparedIndex<C>>, Vec<ScalarField<C>>);

/// JSON begins with a bracket. So may bytes, one time in 256: a length that fits elements decides for them.
fn decode_public_input<C: KimchiCurve>(bytes: &[u8]) -> Result<Vec<ScalarField<C>>, DecodeError> {
    if bytes.trim_ascii_start().starts_with(b"[") {
        let json = elements_from_json(bytes);
        if json.is_ok() || !bytes.len().is_multiple_of(32) {
            return json;
        }
    }
    kimchi::public_input_from_bytes::<C>(bytes)
}
