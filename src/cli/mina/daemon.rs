//! A daemon that is asked in place of files.

use std::num::NonZeroUsize;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::ValueHint;
use quickpickle::Fp;
use quickpickle::mina::account::Membership;
use quickpickle::mina::block::Block;
use quickpickle::mina::formats::{Version, base58};
use quickpickle::mina::zkapp_command::AccountId;
#[cfg(feature = "fetch")]
use quickpickle::mina::{Daemon, FetchError};
use quickpickle_srs_data::chain;

#[cfg(not(feature = "fetch"))]
use self::absent::{Daemon, FetchError};
use crate::cli::values;

/// How long a daemon may take where nothing else is said. An answer with 290 states takes it some seconds.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A daemon that is asked in place of files. Nothing that it answers is believed.
#[derive(clap::Args)]
#[command(next_help_heading = "From a daemon")]
pub struct DaemonArgs {
    /// Ask this daemon's GraphQL, http://HOST:3085/graphql, in place of reading files. Whatever it answers is verified.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub node: Option<String>,
    /// How long the daemon may take for all its answers together, in seconds: 60 where nothing is said.
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds)]
    timeout: Option<Duration>,
}

/// What a daemon claims, or the reason why the claim is false.
pub type Claimed<T> = Result<T, String>;

impl DaemonArgs {
    /// Refuses an option that says how a daemon is asked where none is. (Clap would not, where files are named in its place.)
    pub fn needs_node(&self, option: &str, is_there: bool) -> anyhow::Result<()> {
        ensure!(self.node.is_some() || !is_there, "{option} says how a daemon is asked: it takes --node");
        Ok(())
    }

    /// The daemon, if there is one.
    pub fn daemon(&self) -> anyhow::Result<Option<Asked>> {
        self.needs_node("--timeout", self.timeout.is_some())?;
        let daemon = |address: &String| Daemon::new(address, self.timeout.unwrap_or(TIMEOUT));
        Ok(self.node.as_ref().map(daemon).transpose().context("--node")?.map(Asked))
    }
}

/// A daemon, whose answers are claims.
pub struct Asked(Daemon);

impl Asked {
    /// Where it is.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// The last blocks of its best chain.
    pub fn best_chain(&self, length: NonZeroUsize) -> anyhow::Result<Claimed<Vec<Block>>> {
        self.told(self.0.best_chain(length))
    }

    /// An account in the ledger of a state.
    pub fn membership(&self, account: &AccountId, state_hash: &Fp) -> anyhow::Result<Claimed<Membership>> {
        self.told(self.0.membership(account, state_hash))
    }

    fn told<T>(&self, answer: Result<T, FetchError>) -> anyhow::Result<Claimed<T>> {
        match answer {
            Err(error) if error.is_rejected() => Ok(Err(chain(&error))),
            answer => Ok(Ok(answer.with_context(|| format!("node {}", self.name()))?)),
        }
    }
}

/// The account that is named by its key, and its token where it is not MINA.
pub fn account_id(public_key: &str, token: Option<&str>) -> anyhow::Result<AccountId> {
    let public_key = base58::decode_key(public_key).context("with --node an account is a public key")?;
    let account = AccountId::of_mina(public_key);
    let token = token.map(|token| base58::decode_element(Version::TokenId, token)).transpose();
    let account = AccountId { token_id: token.context("--token")?.unwrap_or(account.token_id), ..account };
    ensure!(public_key.point().is_some(), "the public key of the account is no point of the curve");
    Ok(account)
}

/// What stands in for a daemon where the command was built without the feature.
#[cfg(not(feature = "fetch"))]
mod absent {
    use super::*;

    /// There is none.
    pub enum Daemon {}

    #[derive(Debug, thiserror::Error)]
    #[error("this binary cannot ask a daemon: build it with --features fetch")]
    pub struct FetchError;

    impl FetchError {
        pub fn is_rejected(&self) -> bool {
            false
        }
    }

    impl Daemon {
        pub fn new(_address: &str, _timeout: Duration) -> Result<Self, FetchError> {
            Err(FetchError)
        }

        pub fn name(&self) -> &str {
            match *self {}
        }

        pub fn best_chain(&self, _length: NonZeroUsize) -> Result<Vec<Block>, FetchError> {
            match *self {}
        }

        pub fn membership(&self, _account: &AccountId, _state_hash: &Fp) -> Result<Membership, FetchError> {
            match *self {}
        }
    }
}
