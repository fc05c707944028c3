//! What an object is, for the line about it.

use quickpickle_mina::block::{Block, state_hash_text};
use quickpickle_mina::formats::{Version, base58};
use quickpickle_mina::ledger_proof::LedgerProof;
use quickpickle_mina::signed_command::{self, SignedCommand};
use quickpickle_mina::zkapp_command::{AccountUpdate, Authorization, ZkappCommand};

use super::Facts;
use crate::mina::{Known, Object, network_of};

/// What an object is. `valid_on` is the network that it was found valid on; a block says itself of which it is.
pub fn describe(object: &Object, valid_on: Option<String>, known: &Known) -> Facts {
    let own = || match object {
        Object::Block(block) => network_of(block, known).ok().map(ToString::to_string),
        _ => None,
    };
    let network = valid_on.or_else(own);
    let mut facts = Facts(vec![("kind", object.name().into())]);
    facts.0.extend(network.map(|network| ("network", network.into())));
    match object {
        Object::Block(block) => describe_block(&mut facts, block),
        Object::LedgerProof(proof) => describe_ledger_proof(&mut facts, proof),
        Object::SnarkWork(work) => {
            facts.0.extend([
                ("fee", work.fee.to_string().into()),
                ("prover", work.prover.to_string().into()),
                ("proofs", work.proofs.iter().count().into()),
            ]);
        }
        Object::AssignedWork(work) => {
            facts.0.extend([
                ("fee", work.fee.to_string().into()),
                ("prover", work.prover.to_string().into()),
                ("jobs", work.instances.iter().count().into()),
            ]);
        }
        Object::MergeJob(_) => facts.0.push(("proofs", 2.into())),
        Object::ZkappCommand(command) => describe_zkapp_command(&mut facts, command),
        Object::SignedCommand(command) => describe_signed_command(&mut facts, command),
    }
    facts
}

fn describe_zkapp_command(facts: &mut Facts, command: &ZkappCommand) {
    let updates = command.account_updates.account_updates();
    let is_proof = |update: &&AccountUpdate| matches!(update.authorization, Authorization::Proof(_));
    // Without an account update the form does not tell.
    facts.0.extend((!updates.is_empty()).then(|| ("protocol", command.protocol.name().into())));
    facts.0.extend([
        ("hash", command.transaction_hash().to_string().into()),
        ("fee_payer", command.fee_payer.public_key.to_string().into()),
        ("fee", command.fee_payer.fee.to_string().into()),
        ("nonce", command.fee_payer.nonce.into()),
        ("account_updates", updates.len().into()),
        ("proofs", updates.iter().filter(is_proof).count().into()),
    ]);
}

fn describe_signed_command(facts: &mut Facts, command: &SignedCommand) {
    let payload = &command.payload;
    facts.0.extend([
        ("hash", command.hash().to_string().into()),
        ("from", payload.fee_payer.to_string().into()),
        ("to", payload.body.receiver().to_string().into()),
        ("fee", payload.fee.to_string().into()),
        ("nonce", payload.nonce.into()),
    ]);
    if let signed_command::Body::Payment { amount, .. } = payload.body {
        facts.0.insert(facts.0.len() - 2, ("amount", amount.to_string().into()));
    }
    facts.0.extend(payload.memo.text().filter(|memo| !memo.is_empty()).map(|memo| ("memo", memo.into())));
}

fn describe_block(facts: &mut Facts, block: &Block) {
    let body = &block.state().body;
    let ledger = |hash| base58::encode_element(Version::LedgerHash, hash);
    facts.0.extend([
        ("height", block.height().into()),
        ("state_hash", state_hash_text(&block.state_hash()).into()),
        ("previous_state_hash", state_hash_text(&block.state().previous_state_hash).into()),
        ("slot", body.consensus_state.global_slot_since_genesis.into()),
        ("snarked_ledger_hash", ledger(&body.blockchain_state.snarked_ledger_hash()).into()),
        ("staged_ledger_hash", ledger(&body.blockchain_state.staged_ledger_hash.ledger_hash).into()),
    ]);
}

fn describe_ledger_proof(facts: &mut Facts, proof: &LedgerProof) {
    let ledger = |hash| base58::encode_element(Version::LedgerHash, hash);
    let statement = &proof.statement;
    facts.0.extend([
        ("source_ledger_hash", ledger(&statement.source.first_pass_ledger).into()),
        ("target_ledger_hash", ledger(&statement.target.first_pass_ledger).into()),
        ("sok_digest", hex::encode(statement.sok_digest.0).into()),
    ]);
}
