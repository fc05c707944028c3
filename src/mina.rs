//! What Mina's networks send: blocks, ledger proofs, commands, accounts; read, hashed and verified.

#[doc(inline)]
pub use quickpickle_mina::{
    currency, formats, hash, key, ledger_proof, network, protocol_state, signature, verdict, zkapp_command,
};
