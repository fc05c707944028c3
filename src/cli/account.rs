//! `quickpickle account`.

use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueHint;
use quickpickle::answer::Facts;
use quickpickle::mina::Known;
use quickpickle::mina::account::{AccountInState, Membership};
use quickpickle::mina::block::{Block, state_hash_text};
use quickpickle::mina::formats::json::Json;
use quickpickle::mina::formats::{Version, base58};
use quickpickle::wire::MAX_JSON;
use serde_json::Value;

use super::mina::{Asked, DaemonArgs, NetworkArgs, TipArgs, account_id, verified};
use super::{Status, input};

const EXAMPLES: &str = "\
Examples:
  quickpickle account account.json --tip tip.state.binprot --tip-proof tip.proof.binprot --network devnet
  quickpickle account B62qiU3ZMGvPJMFhwnDh4DGB8bu82ND16J5NNxZenS7DD86DdSKGvur --node http://127.0.0.1:3085/graphql --network devnet

ACCOUNT is a daemon's answer to encodedSnarkedLedgerAccountMembership, or to account with leafHash and merklePath.
TIP is a block in any form, or its state, the proof of which is --tip-proof.
With --node, ACCOUNT is a public key, and the daemon is asked for the account and for its best tip. It may answer with an old one: the
height and the timestamp (milliseconds since 1970) say which.

Exit status: 0 the tip is valid and each account is in its ledger, 1 the tip's proof or an account's path is wrong, 2 something
could not be read, or is not of the network.";

/// Show accounts that are proved by a block: balance, nonce, zkApp state.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The daemon's answer with the accounts and their paths, or `-` for standard input; with --node a public key.
    #[arg(value_hint = ValueHint::FilePath)]
    account: PathBuf,
    /// The token of the account that a daemon is asked for, where it is not MINA.
    #[arg(long, value_name = "ID")]
    token: Option<String>,
    #[command(flatten)]
    tip: TipArgs,
    /// Print one JSON object an account.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    daemon: DaemonArgs,
    #[command(flatten)]
    networks: NetworkArgs,
}

pub fn run(args: Args) -> anyhow::Result<Status> {
    let known = args.networks.known()?;
    args.daemon.needs_node("--token", args.token.is_some())?;
    let found = match args.daemon.daemon()? {
        None => args.read_files(&known)?,
        Some(daemon) => args.ask(&daemon, &known)?,
    };
    let Claims { accounts, tip, network } = match found {
        Ok(claims) => claims,
        Err(status) => return Ok(status),
    };
    let mut status = Status::Good;
    let mut out = io::stdout().lock();
    for claim in accounts {
        let owner = claim.account.public_key;
        match claim.in_state(tip.state()) {
            Ok(account) => {
                let mut facts = describe(&account, &network, tip.height());
                facts.0.push(("timestamp", tip.state().body.blockchain_state.timestamp.into()));
                if args.json {
                    serde_json::to_writer(&mut out, &facts)?;
                    writeln!(out)?;
                } else {
                    write!(out, "{facts}")?;
                }
            }
            Err(error) => status = status.max(args.rejected(&owner.to_string(), &error.to_string())?),
        }
    }
    out.flush().context("standard output")?;
    Ok(status)
}

/// Accounts that are claimed to be in the ledger of a block, which is valid.
struct Claims {
    accounts: Vec<Membership>,
    tip: Block,
    network: String,
}

impl Args {
    /// What files claim; or the status where the tip is not valid, which was told.
    fn read_files(&self, known: &Known) -> anyhow::Result<Result<Claims, Status>> {
        let files = [self.account.as_path()].into_iter().chain(self.tip.files());
        input::one_stdin(files.chain(self.networks.files()))?;
        let accounts = input::decode_file("account", &self.account, MAX_JSON, |bytes| {
            Membership::from_graphql(&Json::parse(bytes, MAX_JSON)?)
        })?;
        let (tip, name) = self.tip.read()?.context("--tip is missing")?;
        Ok(verified(&tip, &name, known)?.map(|network| Claims { accounts, tip, network }))
    }

    /// What a daemon claims; or the status where something of it is false, which was told.
    fn ask(&self, daemon: &Asked, known: &Known) -> anyhow::Result<Result<Claims, Status>> {
        input::one_stdin(self.tip.files().chain(self.networks.files()))?;
        let account = account_id(self.account.to_str().unwrap_or_default(), self.token.as_deref())?;
        let (tip, name) = match self.tip.read()? {
            Some(tip) => tip,
            None => match daemon.best_chain(NonZeroUsize::MIN)? {
                Ok(mut blocks) => (blocks.pop().context("no block")?, daemon.name().to_owned()),
                Err(reason) => return Ok(Err(self.rejected(daemon.name(), &reason)?)),
            },
        };
        let network = match verified(&tip, &name, known)? {
            Ok(network) => network,
            Err(status) => return Ok(Err(status)),
        };
        Ok(match daemon.membership(&account, &tip.state_hash())? {
            Ok(membership) => Ok(Claims { accounts: vec![membership], tip, network }),
            Err(reason) => Err(self.rejected(&account.to_string(), &reason)?),
        })
    }

    /// Tells that what is claimed of something is false.
    fn rejected(&self, what: &str, reason: &str) -> anyhow::Result<Status> {
        let mut out = io::stdout().lock();
        if self.json {
            let line = serde_json::json!({"verdict": "rejected", "public_key": what, "reason": reason});
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "rejected {what}: {reason}")?;
        }
        Ok(Status::Bad)
    }
}

/// What is proved of an account.
pub fn describe(account: &AccountInState, network: &str, height: u32) -> Facts {
    let content = account.account();
    let state_hash = state_hash_text(&account.state_hash());
    let mut facts = Facts(vec![
        ("verdict", "valid".into()),
        ("public_key", content.public_key.to_string().into()),
        ("token", base58::encode_element(Version::TokenId, &content.token_id).into()),
        ("balance", content.balance.to_string().into()),
        ("nonce", content.nonce.into()),
    ]);
    facts.0.extend(content.delegate.map(|delegate| ("delegate", delegate.to_string().into())));
    if let Some(zkapp) = &content.zkapp {
        let state: Value = zkapp.app_state.iter().map(ToString::to_string).collect();
        facts.0.push(("zkapp_state", state));
    }
    facts.0.extend([
        ("index", account.index().into()),
        ("network", network.into()),
        ("proven_by_block", state_hash.into()),
        ("height", height.into()),
    ]);
    facts
}
