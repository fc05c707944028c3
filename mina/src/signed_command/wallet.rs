//! Signed commands as wallets have them: what mina-signer's `signPayment` and `signStakeDelegation` give.
//!
//! Facts: o1js, `src/mina-signer/mina-signer.ts`.

use quickpickle_runtime::wire::DecodeError;
use quickpickle_runtime::wire::parts::{Codec as _, Ocaml as _, Result};

use super::{Body, Payload, SignedCommand};
use crate::formats::json::{Json, JsonReader, expected};
use crate::formats::{Format as _, read_json};
use crate::memo::Memo;
use crate::signature::wallet_signature;

impl SignedCommand {
    /// Decodes `{"publicKey", "signature": {"field", "scalar"}, "data"}`, where the data is `{"from", "to", "amount", "fee",
    /// "nonce", "memo", "validUntil"}`, without an amount for a delegation. Amounts are in nanomina, the memo is a text.
    ///
    /// # Errors
    /// Where the value is not exactly that.
    pub fn from_wallet_json(json: &Json) -> Result<Self, DecodeError> {
        read_json(json, |f, command: &mut Self| {
            f.record(|f| {
                f.field("publicKey", |f| f.public_key(&mut command.signer))?;
                f.field("signature", |f| wallet_signature(f, &mut command.signature))?;
                f.field("data", |f| data(f, &mut command.payload))
            })
        })
    }
}

fn data(f: &mut JsonReader<'_>, payload: &mut Payload) -> Result<()> {
    let is_payment = f.value().get("amount").is_some();
    f.record(|f| {
        f.field("from", |f| f.public_key(&mut payload.fee_payer))?;
        f.field("fee", |f| f.u64(&mut payload.fee))?;
        f.field("nonce", |f| f.u32(&mut payload.nonce))?;
        f.field("validUntil", |f| f.u32(&mut payload.valid_until))?;
        f.field("memo", |f| {
            let memo = Memo::from_text(f.text("a text")?);
            payload.memo = memo.ok_or_else(|| expected("a text of at most 32 bytes"))?;
            Ok(())
        })?;
        let (mut to, mut amount) = Default::default();
        f.field("to", |f| f.public_key(&mut to))?;
        payload.body = if is_payment {
            f.field("amount", |f| f.u64(&mut amount))?;
            Body::Payment { receiver: to, amount }
        } else {
            Body::Delegation { new_delegate: to }
        };
        Ok(())
    })
}
