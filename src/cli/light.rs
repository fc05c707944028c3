//! `quickpickle light`.

use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::ValueHint;
use quickpickle::answer::Facts;
use quickpickle::mina::account::Membership;
use quickpickle::mina::block::{Block, state_hash_text};
use quickpickle::mina::formats::json::Json;
use quickpickle::mina::identity::Identity;
use quickpickle::mina::light::{LightError, Question, Relation};
use quickpickle::mina::protocol_state::ProtocolState;
use quickpickle::mina::{Known, network_of};
use quickpickle::wire::MAX_JSON;
use quickpickle::{NetworkProof, Proof, Verifier};
use quickpickle_srs_data::chain;

use super::account::describe;
use super::mina::{Asked, DaemonArgs, NetworkArgs, account_id, add_proof, read_block};
use super::output::Output;
use super::{Status, input};

const EXAMPLES: &str = "\
Examples:
  quickpickle light --held held.state.binprot tip.state.binprot --proof tip.proof.binprot --account account.json
  quickpickle light --held held.state.binprot --node http://127.0.0.1:3085/graphql --save held.state.binprot

The states are in the order of the chain; the last one is its tip, which may be a block with its proof. One is enough.
With --node they are the last ones of the daemon's best chain, and the account is asked for as it is in the ledger of the first of
them: as many blocks follow it as --length says, less one.

Exit status: 0 the chain is valid and better than the one that is held, and the account is in it; 1 it is not valid, or not
better; 2 something could not be read, is not of the network, or the daemon gave no answer in time.";

/// States that a daemon is asked for where nothing is said: 15 blocks follow the first.
const LENGTH: NonZeroUsize = NonZeroUsize::new(16).unwrap();

/// A bridge's question: is this chain of states valid, linked, better than the tip that I hold, and does it contain this account?
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The states of the candidate chain, the oldest first: blocks in any form, or states alone.
    #[arg(value_name = "STATE", required_unless_present = "node", value_hint = ValueHint::FilePath)]
    #[arg(conflicts_with = "node")]
    states: Vec<PathBuf>,
    /// The tip that is held, which was verified before.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    held: PathBuf,
    /// The proof of the last state in bin_prot, where it does not come with it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "node")]
    proof: Option<PathBuf>,
    /// A daemon's answer with an account and its path, which has to be in the ledger of one of the states; with --node a public
    /// key.
    #[arg(long, value_name = "FILE|KEY", value_hint = ValueHint::FilePath)]
    account: Option<PathBuf>,
    /// The token of the account that a daemon is asked for, where it is not MINA.
    #[arg(long, value_name = "ID", requires = "account")]
    token: Option<String>,
    /// How many states a daemon is asked for: 16 where nothing is said.
    #[arg(long, value_name = "N")]
    length: Option<NonZeroUsize>,
    /// Where the chain is valid and better, write its last state here: it is what is held from then on. The file may be that of
    /// --held.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    save: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    daemon: DaemonArgs,
    #[command(flatten)]
    networks: NetworkArgs,
}

/// A chain that is claimed to be valid, and an account that is claimed to be in it.
struct Candidate {
    states: Vec<ProtocolState>,
    proof: Option<Box<Proof>>,
    account: Option<Membership>,
}

/// Why there is no answer, and the status for it.
struct Refusal {
    reason: String,
    status: Status,
}

impl From<LightError> for Refusal {
    fn from(error: LightError) -> Self {
        let status = if is_rejected(&error) { Status::Bad } else { Status::Trouble };
        Self { reason: chain(&error), status }
    }
}

impl From<String> for Refusal {
    /// A claim of a daemon's that is false.
    fn from(reason: String) -> Self {
        Self { reason, status: Status::Bad }
    }
}

pub fn run(args: Args) -> anyhow::Result<Status> {
    let known = args.networks.known()?;
    let daemon = args.daemon.daemon()?;
    args.daemon.needs_node("--length", args.length.is_some())?;
    args.daemon.needs_node("--token", args.token.is_some())?;
    // With a daemon it is a key.
    let account = args.account.as_ref().filter(|_| daemon.is_none());
    let others = [Some(&args.held), args.proof.as_ref(), account];
    let files = args.states.iter().chain(others.into_iter().flatten()).map(PathBuf::as_path);
    input::one_stdin(files.chain(args.networks.files()))?;
    let save = args.save.as_deref().map(Output::create).transpose()?;
    let held = read_block("the tip that is held", &args.held)?;
    let network = network_of(&held, &known)?;
    let candidate = match &daemon {
        Some(daemon) => args.ask(daemon)?,
        None => Ok(args.read_files()?),
    };
    let answer = match candidate {
        Ok(candidate) => answer(&held, network, candidate, &known)?,
        Err(refusal) => Err(refusal),
    };
    let (facts, status) = match answer {
        Ok((facts, tip, true)) => {
            save.map_or(Ok(()), |save| save.write(&tip.to_binprot()))?;
            (facts, Status::Good)
        }
        Ok((facts, _, false)) => (facts, Status::Bad),
        Err(Refusal { reason, status }) => {
            (Facts(vec![("verdict", "rejected".into()), ("reason", reason.into())]), status)
        }
    };
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer(&mut out, &facts)?;
        writeln!(out)?;
    } else {
        write!(out, "{facts}")?;
    }
    Ok(status)
}

/// Whether the chain, or what is claimed to be in it, was checked and found wrong.
fn is_rejected(error: &LightError) -> bool {
    match error {
        LightError::Proof(error) => error.is_rejected(),
        LightError::NotLinked { .. } | LightError::NotContained(_) => true,
        _ => false,
    }
}

impl Args {
    fn read_files(&self) -> anyhow::Result<Candidate> {
        let mut states = Vec::with_capacity(self.states.len());
        let mut proof = None;
        for (place, path) in self.states.iter().enumerate() {
            let mut block = read_block("state", path)?;
            if place + 1 == self.states.len() {
                add_proof(&mut block, self.proof.as_deref())?;
                proof = block.proof.take();
            }
            states.push(block.into_state());
        }
        let account = self.account.as_deref().map(read_account).transpose()?;
        Ok(Candidate { states, proof, account })
    }

    fn ask(&self, daemon: &Asked) -> anyhow::Result<Result<Candidate, Refusal>> {
        let account = self.account.as_deref().map(|key| {
            let key = key.to_str().unwrap_or_default();
            account_id(key, self.token.as_deref())
        });
        let account = account.transpose()?;
        let mut blocks = match daemon.best_chain(self.length.unwrap_or(LENGTH))? {
            Ok(blocks) => blocks,
            Err(reason) => return Ok(Err(reason.into())),
        };
        let proof = blocks.last_mut().and_then(|tip| tip.proof.take());
        let account = match (account, blocks.first()) {
            (Some(account), Some(first)) => match daemon.membership(&account, &first.state_hash())? {
                Ok(membership) => Some(membership),
                Err(reason) => return Ok(Err(reason.into())),
            },
            _ => None,
        };
        let states = blocks.into_iter().map(Block::into_state).collect();
        Ok(Ok(Candidate { states, proof, account }))
    }
}

/// The one account of a file.
fn read_account(path: &Path) -> anyhow::Result<Membership> {
    let mut claims = input::decode_file("account", path, MAX_JSON, |bytes| {
        Membership::from_graphql(&Json::parse(bytes, MAX_JSON)?)
    })?;
    match (claims.pop(), claims.len()) {
        (Some(claim), 0) => Ok(claim),
        (_, others) => bail!("account {}: one is expected, and there are {}", path.display(), others + 1),
    }
}

/// What is answered, the candidate's last state, and whether it is better than the one that is held.
type Answered = (Facts, ProtocolState, bool);

fn answer(
    held: &Block,
    network: &Identity,
    candidate: Candidate,
    known: &Known,
) -> anyhow::Result<Result<Answered, Refusal>> {
    let Candidate { mut states, proof, account } = candidate;
    let Some(proof) = proof else { bail!("the chain's last state came without its proof") };
    let key = known.key(network, NetworkProof::Blockchain)?;
    let question = Question {
        network,
        networks: known.networks(),
        held: held.state(),
        states: &states,
        proof: &proof,
        account,
    };
    let answer = match question.answer(&key, |task| Verifier::baked().verify_task(task)) {
        Ok(answer) => answer,
        Err(error) => return Ok(Err(error.into())),
    };
    let relation = match answer.relation {
        Relation::Contains => "contains",
        Relation::Follows => "follows",
        Relation::Apart => "apart",
    };
    let mut facts = Facts(vec![
        ("verdict", "valid".into()),
        ("network", network.to_string().into()),
        ("state_hash", state_hash_text(&answer.tip.state_hash).into()),
        ("height", answer.tip.blockchain_length.into()),
        ("states", answer.proven.len().into()),
        ("is_better", answer.is_better().into()),
        ("selection", answer.selection.to_string().into()),
        ("held_tip", relation.into()),
    ]);
    if let Some(proven) = &answer.account {
        let height = answer.tip.blockchain_length.saturating_sub(proven.confirmations);
        let account = describe(&proven.account, &network.to_string(), height);
        let of_account =
            account.0.into_iter().filter(|(name, _)| !matches!(*name, "verdict" | "network" | "height"));
        facts.0.extend(of_account);
        facts.0.push(("confirmations", proven.confirmations.into()));
    }
    let tip = states.pop().context("a chain without states")?;
    facts.0.push(("timestamp", tip.body.blockchain_state.timestamp.into()));
    Ok(Ok((facts, tip, answer.is_better())))
}
