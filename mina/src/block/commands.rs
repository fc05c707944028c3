//! The commands in a precomputed block, with the verification keys that they are judged by.
//!
//! The keys are those of the accounts that the block touched, which such a block lists as they are after it. Where a command of the
//! block set a key, the account had another one before it, which is not in the text.
//!
//! Facts: Mina, `src/lib/mina_block/precomputed.ml`, `src/lib/staged_ledger_diff/diff.ml`. The text's commands are not in the form
//! whose digest the state has, and of completed works it has no proofs.

use std::collections::HashSet;
use std::sync::Arc;

use quickpickle_runtime::wire::parts::{Codec as _, Result, Within as _, bounded};

use super::precomputed::VERSION;
use super::{BlockError, MAX_INPUT};
use crate::formats::json::{Json, expected, read_json};
use crate::formats::{Format as _, Version};
use crate::signed_command::SignedCommand;
use crate::zkapp_command::{AccountId, AccountKeys, HashedKey, ZkappCommand};

/// A command of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserCommand {
    /// A zkApp command.
    Zkapp(Box<ZkappCommand>),
    /// A payment or a delegation.
    Signed(Box<SignedCommand>),
}

/// A command in a block.
#[derive(Clone, Debug)]
pub struct Included {
    /// The command.
    pub command: UserCommand,
    /// Whether it failed: the fee was taken, and nothing else was done. Its proofs count for nothing then.
    pub has_failed: bool,
    /// The keys of accounts before it, as far as they are known.
    pub keys: Arc<AccountKeys>,
}

/// Reads the commands of a precomputed block, in their order. `before` are keys of accounts before the block, which count for more
/// than those in the text.
///
/// # Errors
/// Where the text is no such block.
pub fn commands(text: &[u8], before: &AccountKeys) -> Result<Vec<Included>, BlockError> {
    let block = Json::parse(bounded(text, MAX_INPUT)?, MAX_INPUT)?;
    match (block.get("version"), block.get("data")) {
        (Some(Json::Number(VERSION)), Some(data)) => Ok(of_block(data, before).within("data")?),
        (Some(Json::Number(found)), _) => Err(BlockError::OtherVersion { found: *found }),
        _ => Err(BlockError::NoCommands),
    }
}

fn of_block(data: &Json, before: &AccountKeys) -> Result<Vec<Included>> {
    let diff = field(data, "staged_ledger_diff").and_then(|diff| field(diff, "diff"));
    let commands = diff.and_then(|diff| of_diff(diff).within("diff")).within("staged_ledger_diff")?;
    let accounts = match data.get("accounts_accessed") {
        None => AccountKeys::new(),
        Some(accounts) => list(accounts).and_then(keys).within("accounts_accessed")?,
    };
    Ok(with_keys(commands, accounts, before))
}

/// The commands of both parts of a diff, and whether they failed. The second part may be none.
fn of_diff(diff: &Json) -> Result<Vec<(UserCommand, bool)>> {
    let mut found = Vec::new();
    for (at, part) in list(diff)?.iter().enumerate().filter(|(_, part)| **part != Json::Null) {
        let commands = field(part, "commands").and_then(list).within_element(at)?;
        for (number, command) in commands.iter().enumerate() {
            found.push(included(command).within_element(number).within("commands").within_element(at)?);
        }
    }
    Ok(found)
}

fn included(json: &Json) -> Result<(UserCommand, bool)> {
    let command = field(json, "data").and_then(|command| user_command(command).within("data"))?;
    let status = field(json, "status").and_then(list).within("status")?.first().and_then(Json::as_text);
    match status {
        Some("Applied") => Ok((command, false)),
        Some("Failed") => Ok((command, true)),
        _ => Err(expected("Applied or Failed")).within("status"),
    }
}

fn user_command(json: &Json) -> Result<UserCommand> {
    match list(json)? {
        [name, command] if name.as_text() == Some("Zkapp_command") => {
            let read = |protocol| ZkappCommand::from_json(command, protocol);
            Ok(UserCommand::Zkapp(ZkappCommand::of_any_protocol(read)?.into()))
        }
        [name, command] if name.as_text() == Some("Signed_command") => {
            Ok(UserCommand::Signed(SignedCommand::from_json(command)?.into()))
        }
        _ => Err(expected("Zkapp_command or Signed_command, and a command").into()),
    }
}

/// The keys of accounts, each in a list with its index.
fn keys(accounts: &[Json]) -> Result<AccountKeys> {
    let mut keys = AccountKeys::new();
    for (at, entry) in accounts.iter().enumerate() {
        let account = match entry.as_list() {
            Some([_, account]) => account,
            _ => return Err(expected("an index and an account")).within_element(at),
        };
        let key = account.get("zkapp").and_then(|zkapp| zkapp.get("verification_key"));
        if let Some(key) = key.filter(|key| **key != Json::Null) {
            let key =
                HashedKey::from_json(key).within("verification_key").within("zkapp").within_element(at)?;
            keys.insert(id(account).within_element(at)?, key.into());
        }
    }
    Ok(keys)
}

fn id(account: &Json) -> Result<AccountId> {
    read_json(account, |f, id: &mut AccountId| {
        f.field("public_key", |f| f.public_key(&mut id.public_key))?;
        f.field("token_id", |f| f.hash(Version::TokenId, &mut id.token_id))
    })
}

/// Gives each command the keys that are there before it.
fn with_keys(commands: Vec<(UserCommand, bool)>, after: AccountKeys, before: &AccountKeys) -> Vec<Included> {
    let changed: HashSet<AccountId> = commands
        .iter()
        .flat_map(|(command, failed)| set_keys(command, *failed))
        .map(|(account, _)| account)
        .collect();
    let mut keys = AccountKeys::new();
    let unchanged = after.iter().filter(|(account, _)| !changed.contains(account));
    for (account, key) in unchanged.chain(before.iter()) {
        keys.insert(*account, key.clone());
    }
    let mut keys = Arc::new(keys);
    let give = |(command, has_failed): (UserCommand, bool)| {
        let before = keys.clone();
        for (account, key) in set_keys(&command, has_failed) {
            Arc::make_mut(&mut keys).insert(account, key.into());
        }
        Included { command, has_failed, keys: before }
    };
    commands.into_iter().map(give).collect()
}

/// The keys that a command set in the ledger.
fn set_keys(command: &UserCommand, has_failed: bool) -> Vec<(AccountId, HashedKey)> {
    match command {
        UserCommand::Zkapp(command) if !has_failed => {
            let updates = command.account_updates.account_updates().iter();
            updates
                .filter_map(|update| Some((update.account(), update.body.update.verification_key.clone()?)))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn field<'a>(json: &'a Json, name: &'static str) -> Result<&'a Json> {
    json.get(name).ok_or_else(|| expected("a value")).within(name)
}

fn list(json: &Json) -> Result<&[Json]> {
    json.as_list().ok_or_else(|| expected("a list").into())
}
