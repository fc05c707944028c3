//! `quickpickle account`.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueHint;
use quickpickle::mina::account::{AccountInState, Membership};
use quickpickle::mina::formats::json::Json;
use quickpickle::mina::formats::{Version, base58};
use quickpickle::wire::MAX_JSON;
use serde_json::Value;

use super::facts::Facts;
use super::mina::{NetworkArgs, TipArgs, verified_tip};
use super::{Status, input};

const EXAMPLES: &str = "\
Examples:
  quickpickle account account.json --tip tip.state.binprot --tip-proof tip.proof.binprot --network devnet

ACCOUNT is a daemon's answer to encodedSnarkedLedgerAccountMembership, or to account with leafHash and merklePath.
TIP is a block in any form, or its state, the proof of which is --tip-proof.

Exit status: 0 the tip is valid and each account is in its ledger, 1 the tip's proof or an account's path is wrong, 2 something
could not be read, or is not of the network.";

/// Show accounts that are proved by a block: balance, nonce, zkApp state.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The daemon's answer with the accounts and their paths, or `-` for standard input.
    #[arg(value_hint = ValueHint::FilePath)]
    account: PathBuf,
    #[command(flatten)]
    tip: TipArgs,
    /// Print one JSON object an account.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    networks: NetworkArgs,
}

pub fn run(args: Args) -> anyhow::Result<Status> {
    let known = args.networks.known()?;
    input::one_stdin(
        [args.account.as_path()].into_iter().chain(args.tip.files()).chain(args.networks.files()),
    )?;
    let claims = input::decode_file("account", &args.account, MAX_JSON, |bytes| {
        Membership::from_graphql(&Json::parse(bytes, MAX_JSON)?)
    })?;
    let (block, network) = match verified_tip(&args.tip, &known)? {
        Ok(tip) => tip,
        Err(status) => return Ok(status),
    };
    let mut status = Status::Good;
    let mut out = io::stdout().lock();
    for claim in claims {
        let owner = claim.account.public_key;
        match claim.in_state(block.state()) {
            Ok(account) => {
                let facts = describe(&account, &network, block.height());
                if args.json {
                    serde_json::to_writer(&mut out, &facts)?;
                    writeln!(out)?;
                } else {
                    write!(out, "{facts}")?;
                }
            }
            Err(error) => {
                status = status.max(Status::Bad);
                if args.json {
                    let line = serde_json::json!({"verdict": "rejected", "public_key": owner.to_string(), "reason": error.to_string()});
                    writeln!(out, "{line}")?;
                } else {
                    writeln!(out, "rejected {owner}: {error}")?;
                }
            }
        }
    }
    out.flush().context("standard output")?;
    Ok(status)
}

/// What is proved of an account.
pub fn describe(account: &AccountInState, network: &str, height: u32) -> Facts {
    let content = account.account();
    let state_hash = quickpickle::mina::block::state_hash_text(&account.state_hash());
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
