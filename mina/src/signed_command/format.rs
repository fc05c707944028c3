//! The records as OCaml derives them.

use quickpickle_runtime::wire::parts::Walk;

use super::{Body, Payload, SignedCommand};
use crate::formats::Format;
use crate::memo;

pub(crate) fn signed_command<F: Format>(f: &mut F, command: &mut SignedCommand) -> Walk<F> {
    f.record(|f| {
        f.field("payload", |f| payload(f, &mut command.payload))?;
        f.field("signer", |f| f.public_key(&mut command.signer))?;
        f.field("signature", |f| f.signature(&mut command.signature))
    })
}

fn payload<F: Format>(f: &mut F, payload: &mut Payload) -> Walk<F> {
    f.record(|f| {
        f.field("common", |f| {
            f.record(|f| {
                f.field("fee", |f| f.fee(&mut payload.fee))?;
                f.field("fee_payer_pk", |f| f.public_key(&mut payload.fee_payer))?;
                f.field("nonce", |f| f.u32(&mut payload.nonce))?;
                f.field("valid_until", |f| f.slot(&mut payload.valid_until))?;
                f.field("memo", |f| memo::memo(f, &mut payload.memo))
            })
        })?;
        f.field("body", |f| body(f, &mut payload.body))
    })
}

fn body<F: Format>(f: &mut F, body: &mut Body) -> Walk<F> {
    let mut kind = usize::from(matches!(body, Body::Delegation { .. }));
    f.choice(&["Payment", "Stake_delegation"], &mut kind, |f, kind| {
        // What is read is a blank payment before.
        if kind == 1 && !matches!(body, Body::Delegation { .. }) {
            *body = Body::Delegation { new_delegate: Default::default() };
        }
        match body {
            Body::Payment { receiver, amount } => f.record(|f| {
                f.field("receiver_pk", |f| f.public_key(receiver))?;
                f.field("amount", |f| f.u64(amount))
            }),
            Body::Delegation { new_delegate } => f.choice(&["Set_delegate"], &mut 0, |f, _| {
                f.record(|f| f.field("new_delegate", |f| f.public_key(new_delegate)))
            }),
        }
    })
}
