//! What Mina's networks send: blocks, ledger proofs, commands, accounts; read, hashed and verified.

#[doc(inline)]
pub use quickpickle_mina::{
    account, currency, formats, hash, key, ledger_proof, memo, network, protocol_state, signature,
    signed_command, snark_work, transaction_hash, verdict, zkapp_command,
};
