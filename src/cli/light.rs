//! `quickpickle light`.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::ensure;
use clap::ValueHint;
use quickpickle::mina::account::Membership;
use quickpickle::mina::block::state_hash_text;
use quickpickle::mina::formats::json::Json;
use quickpickle::mina::light::{LightError, Question, Relation};
use quickpickle::mina::{Known, network_of};
use quickpickle::wire::MAX_JSON;
use quickpickle::{NetworkProof, Verifier};
use quickpickle_srs_data::chain;

use super::account::describe;
use super::facts::Facts;
use super::mina::{NetworkArgs, add_proof, read_block};
use super::{Status, input};

const EXAMPLES: &str = "\
Examples:
  quickpickle light --held held.state.binprot tip.state.binprot --proof tip.proof.binprot --account account.json

The states are in the order of the chain; the last one is its tip, which may be a block with its proof. One is enough.

Exit status: 0 the chain is valid and better than the one that is held, and the account is in it; 1 it is not valid, or not
better; 2 something could not be read, or is not of the network.";

/// A bridge's question: is this chain of states valid, linked, better than the tip that I hold, and does it contain this account?
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The states of the candidate chain, the oldest first: blocks in any form, or states alone.
    #[arg(value_name = "STATE", required = true, value_hint = ValueHint::FilePath)]
    states: Vec<PathBuf>,
    /// The tip that is held, which was verified before.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    held: PathBuf,
    /// The proof of the last state in bin_prot, where it does not come with it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    proof: Option<PathBuf>,
    /// A daemon's answer with an account and its path, which has to be in the ledger of one of the states.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    account: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    networks: NetworkArgs,
}

pub fn run(args: Args) -> anyhow::Result<Status> {
    let known = args.networks.known()?;
    let others = [Some(&args.held), args.proof.as_ref(), args.account.as_ref()];
    let files = args.states.iter().chain(others.into_iter().flatten()).map(PathBuf::as_path);
    input::one_stdin(files.chain(args.networks.files()))?;
    let (facts, status) = match answer(&args, &known)? {
        Ok(facts) => facts,
        Err(error) => {
            let facts = Facts(vec![("verdict", "rejected".into()), ("reason", chain(&error).into())]);
            (facts, if is_rejected(&error) { Status::Bad } else { Status::Trouble })
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

fn answer(args: &Args, known: &Known) -> anyhow::Result<Result<(Facts, Status), LightError>> {
    let held = read_block("the tip that is held", &args.held)?;
    let network = network_of(&held, known)?;
    let mut states = Vec::with_capacity(args.states.len());
    let mut proof = None;
    for (place, path) in args.states.iter().enumerate() {
        let mut block = read_block("state", path)?;
        if place + 1 == args.states.len() {
            add_proof(&mut block, args.proof.as_deref())?;
            proof = block.proof.take();
        }
        states.push(block.into_state());
    }
    let Some(proof) = proof else {
        anyhow::bail!("the last state came without its proof: --proof is missing")
    };
    let account = match &args.account {
        None => None,
        Some(path) => {
            let mut claims = input::decode_file("account", path, MAX_JSON, |bytes| {
                Membership::from_graphql(&Json::parse(bytes, MAX_JSON)?)
            })?;
            ensure!(
                claims.len() == 1,
                "account {}: one is expected, and there are {}",
                path.display(),
                claims.len()
            );
            claims.pop()
        }
    };
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
        Err(error) => return Ok(Err(error)),
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
    let status = if answer.is_better() { Status::Good } else { Status::Bad };
    Ok(Ok((facts, status)))
}
