//! From a message with something of Mina's to what is verified for it.

mod home;

pub(super) use self::home::Home;

use quickpickle_mina::block::{Block, BlockError, state_hash_from_text, state_hash_text};
use quickpickle_mina::formats::{Version, base58};
use quickpickle_mina::ledger_proof::{LedgerProof, MismatchedSok, SokMessage};
use quickpickle_mina::network::NetworkId;
use quickpickle_mina::signed_command::SignedCommand;
use quickpickle_mina::snark_work::{Job, SnarkWork};
use quickpickle_mina::zkapp_command::{
    AccountId, AccountKey, AccountKeys, Authorization, MAX_ACCOUNT_UPDATES, Protocol, ZkappCommand,
};
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::error::chain;
use quickpickle_runtime::verifier::OwnedTask;
use quickpickle_runtime::wire::number::element_from_decimal;
use quickpickle_runtime::wire::{binprot, o1js};

use super::item::{Item, Undecided, ZkappWork};
use crate::proto::v1;
use crate::proto::v1::BlockFacts;
use crate::proto::v1::block::Block as BlockForm;
use crate::proto::v1::command::Command as CommandForm;
use crate::proto::v1::ledger_proof::Proof as LedgerForm;
use crate::proto::v1::mina_verdict::Word;
use crate::proto::v1::verdict::Kind;
use crate::proto::v1::zkapp_account::Key as KeyForm;

/// Proofs of a command at most: it has one verdict, and is to take no more of a batch than what others have is worth. What a
/// block may cost allows seven.
const MAX_PROOFS: usize = 16;

/// Reads what Mina's networks send.
#[derive(Debug)]
pub(super) struct Objects {
    home: Home,
}

impl Objects {
    /// Of the networks that are known.
    pub(super) fn new(home: Home) -> Self {
        Self { home }
    }

    pub(super) fn block(&self, message: &v1::Block) -> Result<Item, Undecided> {
        let mut block = match &message.block {
            Some(BlockForm::BinProt(bytes)) => Block::from_binprot(bytes).map_err(refused)?,
            Some(BlockForm::Json(text)) => only("blocks", Block::read(text.as_bytes()).map_err(refused)?)?,
            None => return Err(Undecided::malformed("a message without a block")),
        };
        let facts = BlockFacts {
            state_hash: state_hash_text(&block.state_hash()),
            height: block.height(),
            global_slot: block.state().body.consensus_state.global_slot_since_genesis,
            network: self.home.name(&block),
        };
        match self.block_proof(message, &mut block) {
            Ok(task) => Ok(Item::block(task, facts)),
            Err(undecided) => Err(undecided.with_block(facts)),
        }
    }

    fn block_proof(&self, message: &v1::Block, block: &mut Block) -> Result<OwnedTask, Undecided> {
        let key = self.home.blockchain(block, &message.network)?;
        if !message.state_hash.is_empty() {
            let claimed = state_hash_from_text(&message.state_hash);
            let claimed = claimed.map_err(|error| Undecided::other("state hash", &error))?;
            block.is_claimed(claimed).map_err(refused)?;
        }
        let beside = (!message.proof.is_empty()).then(|| binprot::proof_from_bytes(&message.proof));
        let proof = match (block.proof.take(), beside) {
            (Some(_), Some(_)) => {
                return Err(Undecided::input("a block with its proof, and another one beside it"));
            }
            (Some(proof), None) => *proof,
            (None, Some(proof)) => proof.map_err(Undecided::proof)?,
            (None, None) => {
                return Err(Undecided::new(Kind::Unavailable, "the block came without its proof"));
            }
        };
        Ok(OwnedTask::pickles(key, block.statement().to_vec(), proof))
    }

    pub(super) fn ledger_proof(&self, message: &v1::LedgerProof) -> Result<Item, Undecided> {
        let key = self.home.transaction(&message.network)?;
        let form = message.proof.as_ref().ok_or_else(|| Undecided::malformed("a message without a proof"))?;
        let sok = message.sok.as_ref();
        let mismatched = |error: MismatchedSok| {
            Undecided::new(Kind::Rejected, chain(&error)).with_word(Word::MismatchedSok)
        };
        let tasks = match form {
            LedgerForm::BinProt(bytes) => {
                let proof = LedgerProof::from_binprot(bytes).map_err(Undecided::proof)?;
                if let Some(v1::SokMessage { fee, prover }) = sok {
                    let prover =
                        base58::decode_key(prover).map_err(|fault| Undecided::other("prover", &fault))?;
                    SokMessage { fee: *fee, prover }.check([&proof]).map_err(mismatched)?;
                }
                vec![proof.task(&key)]
            }
            _ if sok.is_some() => {
                return Err(Undecided::input("a fee and a prover beside something else than a ledger proof"));
            }
            LedgerForm::Work(bytes) => {
                SnarkWork::from_binprot(bytes).map_err(Undecided::proof)?.tasks(&key).map_err(mismatched)?
            }
            LedgerForm::PoolDiff(bytes) => {
                let work = SnarkWork::from_pool_diff_binprot(bytes).map_err(Undecided::proof)?;
                work.tasks(&key).map_err(mismatched)?
            }
            LedgerForm::Job(bytes) => Job::from_binprot(bytes).map_err(Undecided::proof)?.tasks(&key),
        };
        Ok(Item::ledger_proofs(tasks))
    }

    pub(super) fn command(&self, message: &v1::Command) -> Result<Item, Undecided> {
        let network = self.home.signer(&message.network)?;
        let command = match &message.command {
            Some(CommandForm::Zkapp(bytes)) => ZkappCommand::from_binprot(bytes, Protocol::Berkeley),
            Some(CommandForm::ZkappJson(text)) => {
                ZkappCommand::from_text(text.as_bytes(), Protocol::Berkeley)
            }
            Some(CommandForm::Signed(bytes)) => {
                let command = SignedCommand::from_binprot(bytes).map_err(Undecided::proof)?;
                return Ok(Item::signed(command, network));
            }
            Some(CommandForm::SignedText(text)) => {
                let commands = SignedCommand::read(text.as_bytes())
                    .map_err(|error| Undecided::new(error.kind().into(), chain(&error)))?;
                return Ok(Item::signed(only("commands", commands)?, network));
            }
            None => return Err(Undecided::malformed("a message without a command")),
        };
        zkapp(command.map_err(Undecided::proof)?, network, message)
    }
}

fn zkapp(command: ZkappCommand, network: NetworkId, message: &v1::Command) -> Result<Item, Undecided> {
    let account_updates = command.account_updates.account_updates();
    let is_proof = |authorization: &Authorization| matches!(authorization, Authorization::Proof(_));
    let proofs = account_updates.iter().filter(|update| is_proof(&update.authorization)).count();
    if proofs > MAX_PROOFS {
        return Err(Undecided::input(format!(
            "a command of {proofs} proofs, where at most {MAX_PROOFS} are accepted"
        )));
    }
    let keys = account_keys(&message.accounts)?;
    Ok(Item::zkapp(ZkappWork { command, network, keys, has_failed: message.failed }))
}

fn account_keys(accounts: &[v1::ZkappAccount]) -> Result<AccountKeys, Undecided> {
    if accounts.len() > MAX_ACCOUNT_UPDATES {
        return Err(Undecided::input(format!(
            "{} accounts, where a command has at most {MAX_ACCOUNT_UPDATES}",
            accounts.len()
        )));
    }
    let mut keys = AccountKeys::new();
    for (place, account) in accounts.iter().enumerate() {
        let fault = |error: &dyn std::error::Error| Undecided::other(&format!("account {place}"), error);
        let public_key = base58::decode_key(&account.public_key).map_err(|error| fault(&error))?;
        let token_id = match account.token_id.as_str() {
            "" => Fp::from(1u64),
            text => base58::decode_element(Version::TokenId, text).map_err(|error| fault(&error))?,
        };
        let key = match &account.key {
            Some(KeyForm::BinProt(bytes)) => binprot::verification_key_from_bytes(bytes),
            Some(KeyForm::Base64(text)) => o1js::verification_key_from_base64(text),
            None => return Err(Undecided::input(format!("account {place} is without a key"))),
        };
        let mut key = AccountKey::from(key.map_err(|error| fault(&error))?);
        if !account.hash.is_empty() {
            key.claimed_hash = Some(element_from_decimal(&account.hash).map_err(|error| fault(&error))?);
        }
        if keys.insert(AccountId { public_key, token_id }, key).is_some() {
            return Err(Undecided::input(format!("account {place} is there twice")));
        }
    }
    Ok(keys)
}

/// A block that is refused before its proof is looked at.
fn refused(error: BlockError) -> Undecided {
    Undecided::new(error.kind().into(), chain(&error))
}

/// The only one of what a message may have several of.
fn only<T>(what: &str, found: Vec<T>) -> Result<T, Undecided> {
    let count = found.len();
    match <[T; 1]>::try_from(found) {
        Ok([one]) => Ok(one),
        Err(_) => {
            Err(Undecided::input(format!("{count} {what} in one message, where each has one of its own")))
        }
    }
}
