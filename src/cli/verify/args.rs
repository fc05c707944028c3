//! What `quickpickle verify` is told, and the [`Format`] that follows from it.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use clap::ValueHint;
use quickpickle::Limits;
use quickpickle::kimchi::{Generation, KimchiCurve, PreparedIndex, ScalarField};
use quickpickle::mina::Known;
use quickpickle::mina::zkapp_command::Protocol;
use quickpickle::wire::kimchi::{self, Curve};
use quickpickle::wire::{MAX_JSON, any, elements_from_json_within};
use quickpickle::{NetworkProof, PreparedKey, VerificationKey, network_key};

use super::documents::{ByLine, Layout, Source};
use super::format::{Format, Lengths};
use super::limits::LimitArgs;
use super::timings::{Stage, Timings};
use crate::cli::mina::{DaemonArgs, NetworkArgs};
use crate::cli::{input, values};

const USAGE: &str = "\
quickpickle verify [OPTIONS] [--network <NETWORK>] <BLOCK|WORK|COMMAND>...
       quickpickle verify [OPTIONS] [--network <NETWORK>] --node <URL>
       quickpickle verify [OPTIONS] --vk <FILE> <PROOF>...
       quickpickle verify [OPTIONS] --binprot <KEY> --statement <FILE> <PROOF>...
       quickpickle verify [OPTIONS] --binprot <KEY> <PROOF:STATEMENT|JSONL>...
       quickpickle verify [OPTIONS] --kimchi [--index <FILE> --public <FILE>] <PROOF>...

<KEY> is --vk <FILE>, or --network <NAME> --circuit <NAME>.";

const EXAMPLES: &str = "\
Examples:
  quickpickle verify payment.json --network devnet
  quickpickle verify command.json --keys accounts.json --network devnet
  quickpickle verify mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc.json --commands
  quickpickle verify --node http://127.0.0.1:3085/graphql --network devnet     # a daemon's best tip
  quickpickle verify proof.json --vk vk.json
  quickpickle verify proofs/ --vk vk.json          # all .json, .jsonl and .ndjson files of a folder
  quickpickle verify proofs.jsonl --vk vk.json     # one proof a line
  quickpickle verify proof.json --vk vk.json --input-length 1 --output-length 1
  cat proofs.jsonl | quickpickle verify - --vk vk.json --json
  quickpickle verify --binprot proof.binprot --statement statement.json --vk vk.json
  quickpickle verify --binprot proof.binprot:statement.json --vk vk.json
  quickpickle verify --binprot stated.jsonl --vk vk.json
  quickpickle verify --binprot block.binprot --statement block.json --network devnet --circuit blockchain
  quickpickle verify --kimchi proof.bin
  quickpickle verify --kimchi --index circuit.index --public public.json --proof proof.msgpack

Without a key it takes what Mina's networks send, which is told by its look: blocks, ledger proofs, snark work, zkApp
commands, payments, delegations.

Where bin_prot proofs come with a statement each, PROOF is FILE:STATEMENT, or a file with one object a line:
{\"statement\": [decimal strings], \"proof\": base64 of bin_prot}.

On standard input a line that is a proof is answered when it is there, in windows of what has come meanwhile.

A line a proof, the verdict first: valid, rejected (checked, and wrong), malformed (no proof, or not one for this
key), input (key or statement cannot be right), unavailable (tables missing), unproven (a block without proof),
unreadable.

Exit status: 0 all valid, 1 some proof rejected, 2 some proof not checked, or a usage error.";

/// Verify proofs, and blocks, works and transactions of Mina's networks.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, override_usage = USAGE)]
pub struct Args {
    /// Proofs, or what Mina's networks send: files, folders, `-` for standard input; a file of JSON may hold one proof a line.
    #[arg(value_name = "PROOF", required_unless_present_any = ["proof", "node"], value_hint = ValueHint::AnyPath)]
    #[arg(conflicts_with = "node")]
    proofs: Vec<PathBuf>,
    /// Print one JSON object a line: verdict, file, line, reason.
    #[arg(long)]
    pub json: bool,
    /// Print nothing about valid proofs.
    #[arg(long, short)]
    pub quiet: bool,
    /// Tell on standard error how long each stage took.
    #[arg(long)]
    pub timings: bool,
    /// How many proofs are verified together; more cost less each, and more memory.
    #[arg(long, value_name = "N", default_value = "64")]
    pub window: NonZeroUsize,
    /// Every line is a proof, even where the first one is broken.
    #[arg(long, conflicts_with_all = ["kimchi", "statement"])]
    lines: bool,
    /// The verification keys of the accounts of zkApp commands: a JSON list of {publicKey, tokenId, verificationKey}, or a
    /// daemon's answer with accounts.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["vk", "binprot", "kimchi"])]
    keys: Vec<PathBuf>,
    /// The protocol that zkApp commands must be of. Without it they may be of those that the known networks have.
    #[arg(long, value_name = "NAME", value_parser = values::protocol())]
    protocol: Option<Protocol>,
    /// Verify the commands in precomputed blocks too, each with a line of its own that has its number, counted from 0.
    #[arg(long)]
    pub commands: bool,
    #[command(flatten)]
    pub daemon: DaemonArgs,
    #[command(flatten)]
    pub networks: NetworkArgs,
    #[command(flatten)]
    pickles: Pickles,
    #[command(flatten)]
    kimchi: Kimchi,
    #[command(flatten)]
    limits: LimitArgs,
}

/// Pickles proofs: o1js's JSON where nothing else is said.
#[derive(clap::Args)]
#[command(next_help_heading = "Pickles proofs (o1js's JSON, or bin_prot)")]
struct Pickles {
    /// The verification key: o1js's JSON, its base64 `data` alone, or bin_prot.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    vk: Option<PathBuf>,
    /// What the key's hash must be, as o1js has it: a decimal number.
    #[arg(long, value_name = "HASH", requires = "vk", conflicts_with_all = ["kimchi", "network"])]
    vk_hash: Option<String>,
    /// Instead of --vk, which key of --network; keys of mainnet and devnet are in the binary.
    #[arg(long, value_parser = values::network_circuit(), conflicts_with = "vk")]
    #[arg(requires = "network", requires = "binprot")]
    circuit: Option<NetworkProof>,
    /// The proofs are bin_prot, as Mina's networks carry them.
    #[arg(long)]
    binprot: bool,
    /// What all bin_prot proofs are about: a JSON list of field elements as decimal strings. Without it each comes with
    /// its own.
    #[arg(long, alias = "app-state", value_name = "FILE", value_hint = ValueHint::FilePath, requires = "binprot")]
    statement: Option<PathBuf>,
    /// How many field elements the program's public input has; o1js's JSON with another number is refused.
    #[arg(long, value_name = "N", conflicts_with_all = ["binprot", "kimchi"])]
    input_length: Option<usize>,
    /// The same for its public output.
    #[arg(long, value_name = "N", conflicts_with_all = ["binprot", "kimchi"])]
    output_length: Option<usize>,
}

/// Kimchi proofs on their own.
#[derive(clap::Args)]
#[command(next_help_heading = "Kimchi proofs on their own (MessagePack)")]
struct Kimchi {
    /// The proofs are Kimchi's; without --index each file holds proof, verifier index and public input.
    #[arg(long, conflicts_with_all = ["vk", "network", "network_keys", "binprot", "statement"])]
    kimchi: bool,
    /// The verifier index of proofs that come alone.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "kimchi", requires = "public")]
    index: Option<PathBuf>,
    /// Their public input: a JSON list of decimal strings, or 32 bytes little-endian an element.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "index")]
    public: Option<PathBuf>,
    /// Such a proof; the same as naming it without this option.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "index")]
    proof: Vec<PathBuf>,
    /// The gates are those of Mina's networks and of o1js, not those of proof-systems since its release 0.5.0, whose
    /// EndoMul has one constraint more. Neither keys nor proofs tell.
    #[arg(long, requires = "kimchi")]
    berkeley: bool,
}

impl Args {
    /// What keys and statements may cost.
    pub fn limits(&self) -> Limits {
        self.limits.limits()
    }

    /// Refuses what is said of Kimchi proofs where the proofs are others. (What `requires` says of an option, clap does not
    /// ask for where it would conflict with one that is there.)
    pub fn check(&self) -> anyhow::Result<()> {
        let Kimchi { kimchi, index, public, proof, berkeley } = &self.kimchi;
        let said = [
            ("--index", index.is_some()),
            ("--public", public.is_some()),
            ("--proof", !proof.is_empty()),
            ("--berkeley", *berkeley),
        ];
        let said = said.into_iter().chain(self.limits.of_kimchi()).filter(|(_, said)| *said);
        for (option, _) in said {
            ensure!(*kimchi, "{option} is for Kimchi proofs: it takes --kimchi");
        }
        let Pickles { vk, circuit, binprot, .. } = &self.pickles;
        let network = self.networks.network.is_some();
        ensure!(circuit.is_none() || network, "--circuit is one of a network: it takes --network");
        ensure!(
            circuit.is_none() || *binprot,
            "--circuit is for proofs that come apart from what they are about: it takes --binprot"
        );
        ensure!(
            !*binprot || vk.is_some() || circuit.is_some(),
            "--binprot takes a key: --vk, or --network with --circuit"
        );
        ensure!(vk.is_none() || !network, "--vk and --network name two keys");
        ensure!(
            self.protocol.is_none() || self.is_of_objects(),
            "--protocol is for commands, which take no key"
        );
        ensure!(
            self.daemon.node.is_none() || self.is_of_objects(),
            "--node is for the best tip of a daemon, which takes no key"
        );
        ensure!(!self.commands || self.is_of_objects(), "--commands is for blocks, which take no key");
        Ok(())
    }

    /// What is known of objects before they come.
    pub fn known(&self) -> anyhow::Result<Known> {
        let mut known = self.networks.known()?;
        for path in &self.keys {
            input::decode_file("keys", path, MAX_JSON, |text| known.add_account_keys(text))?;
        }
        if let Some(protocol) = self.protocol {
            known = known.with_protocol(protocol);
        }
        Ok(known)
    }

    /// Whether it is what Mina's networks send, which brings along what it is about.
    pub fn is_of_objects(&self) -> bool {
        self.pickles.vk.is_none() && !self.pickles.binprot && !self.kimchi.kimchi
    }

    /// Where the proofs are.
    pub fn sources(&self) -> anyhow::Result<Vec<Source>> {
        let proofs = self.proofs.iter().chain(&self.kimchi.proof);
        let sources: Vec<_> = if self.pickles.binprot && self.pickles.statement.is_none() {
            proofs.map(|name| with_statement(name)).collect()
        } else {
            proofs.cloned().map(Source::new).collect()
        };
        let statements = sources.iter().filter_map(|source| source.statement.as_deref());
        let files = sources.iter().map(|source| source.path.as_path()).chain(statements).chain(self.others());
        input::one_stdin(files)?;
        Ok(sources)
    }

    /// The files that are named for something else, and so are no proofs where a folder of proofs holds them.
    pub fn others(&self) -> Vec<&Path> {
        let files = [&self.pickles.vk, &self.pickles.statement, &self.kimchi.index, &self.kimchi.public];
        files
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
            .chain(self.networks.files())
            .chain(self.keys.iter().map(PathBuf::as_path))
            .collect()
    }

    /// How the files of the proofs look.
    pub fn layout(&self, format: &Format) -> Layout {
        self.lined(format.layout())
    }

    /// A layout, with a document a line where that was said.
    pub fn lined(&self, layout: Layout) -> Layout {
        if self.lines { Layout { lines: ByLine::Always, ..layout } } else { layout }
    }

    /// The format of the proofs, with the key read and prepared.
    pub fn format(&self, limits: &Limits, timings: &mut Timings) -> anyhow::Result<Format> {
        if let (Some(index), Some(public)) = (&self.kimchi.index, &self.kimchi.public) {
            return self.kimchi.format(index, public, limits, timings);
        }
        if self.kimchi.kimchi {
            return Ok(Format::KimchiFixture { generation: self.kimchi.generation() });
        }
        let network = self.networks.network.as_deref();
        let key = timings.during(Stage::Key, || self.pickles.key(network))?;
        let key =
            timings.during(Stage::KeyPreparation, || PreparedKey::with_limits(key, limits)).context("key")?;
        let key = Arc::new(key);
        let Pickles { binprot, statement, input_length, output_length, .. } = &self.pickles;
        if !binprot {
            return Ok(Format::O1js {
                key,
                lengths: Lengths { input: *input_length, output: *output_length },
            });
        }
        let statement = statement.as_deref();
        let statement = statement.map(|path| {
            input::decode_file("statement", path, MAX_JSON, |bytes| elements_from_json_within(bytes, limits))
        });
        Ok(Format::BinProt { key, statement: statement.transpose()? })
    }
}

/// `FILE:STATEMENT`, or a file that holds both.
fn with_statement(name: &Path) -> Source {
    let parts = name.to_str().filter(|_| !name.exists()).and_then(|name| name.rsplit_once(':'));
    match parts {
        Some((path, statement)) => Source { path: path.into(), statement: Some(statement.into()) },
        None => Source::new(name.to_owned()),
    }
}

impl Pickles {
    fn key(&self, network: Option<&str>) -> anyhow::Result<VerificationKey> {
        let key = match (&self.vk, network, self.circuit) {
            (Some(file), ..) => input::decode_file("key", file, MAX_JSON, any::verification_key)?,
            (None, Some(name), Some(circuit)) => {
                let network = values::built_in(name)?;
                network_key(network, circuit)?.with_context(|| {
                    format!(
                        "this binary does not hold the keys of {network}: build it with --features {network}"
                    )
                })?
            }
            _ => bail!("neither --vk nor --network with --circuit"),
        };
        if let Some(expected) = &self.vk_hash {
            let found = key.hash().to_string();
            ensure!(found == *expected, "the key's hash is {found}, --vk-hash says {expected}");
        }
        Ok(key)
    }
}

impl Kimchi {
    fn generation(&self) -> Generation {
        if self.berkeley { Generation::Berkeley } else { Generation::DistinctPoints }
    }

    /// The format of proofs that come without their index.
    fn format(
        &self,
        index: &Path,
        public: &Path,
        limits: &Limits,
        timings: &mut Timings,
    ) -> anyhow::Result<Format> {
        let bytes = timings
            .during(Stage::Key, || input::read_file(index, kimchi::MAX_INPUT))
            .with_context(|| format!("index {}", index.display()))?;
        let curve = kimchi::curve_of_index(&bytes).with_context(|| format!("index {}", index.display()))?;
        Ok(match curve {
            Curve::Vesta => {
                let (key, public_input) = self.key(&bytes, index, public, limits, timings)?;
                Format::KimchiVesta { key, public_input }
            }
            Curve::Pallas => {
                let (key, public_input) = self.key(&bytes, index, public, limits, timings)?;
                Format::KimchiPallas { key, public_input }
            }
        })
    }

    fn key<C: KimchiCurve>(
        &self,
        bytes: &[u8],
        index: &Path,
        public: &Path,
        limits: &Limits,
        timings: &mut Timings,
    ) -> anyhow::Result<KimchiKey<C>> {
        let context = || format!("index {}", index.display());
        let key = timings
            .during(Stage::Key, || kimchi::index_from_msgpack_within::<C>(bytes, limits))
            .with_context(context)?;
        let key = timings
            .during(Stage::KeyPreparation, || PreparedIndex::with_limits(key, self.generation(), limits))
            .with_context(context)?;
        let public_input = input::decode_file("public input", public, kimchi::MAX_INPUT, |bytes| {
            any::public_input::<C>(bytes, limits)
        })?;
        Ok((Arc::new(key), public_input))
    }
}

/// A key with the public input of the proofs that it is for.
type KimchiKey<C> = (Arc<PreparedIndex<C>>, Vec<ScalarField<C>>);
