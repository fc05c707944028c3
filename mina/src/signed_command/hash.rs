//! What is signed of a payload, and the hash of a command.
//!
//! Facts: Mina, `src/lib/mina_base/transaction_union_payload.ml` (`to_input_legacy`), `transaction_union_tag.ml`.

use super::{Body, Payload, SignedCommand};
use crate::hash::LegacyInput;
use crate::key::CompressedKey;
use crate::signature::Signature;
use crate::transaction_hash::TransactionHash;

/// The token of fees and amounts, which had a number when this was laid down.
const TOKEN: u64 = 1;

impl Payload {
    /// What is hashed to be signed.
    pub fn to_legacy_input(&self) -> LegacyInput {
        let mut input = LegacyInput::default();
        input.u64(self.fee).u64(TOKEN);
        key(&mut input, &self.fee_payer);
        input.u32(self.nonce).u32(self.valid_until).bytes(&self.memo.0);
        let (tag, amount) = match self.body {
            Body::Payment { amount, .. } => ([false, false, false], amount),
            Body::Delegation { .. } => ([false, false, true], 0),
        };
        tag.into_iter().for_each(|bit| {
            input.bit(bit);
        });
        key(&mut input, &self.fee_payer);
        key(&mut input, &self.body.receiver());
        // The last bit said that a token's accounts are locked; no command does that any more.
        input.u64(TOKEN).u64(amount).bit(false);
        input
    }
}

fn key(input: &mut LegacyInput, key: &CompressedKey) {
    input.field(key.x).bit(key.is_odd);
}

impl SignedCommand {
    /// The transaction's hash, which says nothing of the signature.
    pub fn hash(&self) -> TransactionHash {
        TransactionHash::of(&Self { signature: Signature::PLACEHOLDER, ..*self }.to_binprot())
    }
}
