//! Who may change an account. Facts: Mina, `src/lib/mina_base/permissions.ml`.

use quickpickle_runtime::wire::Fault;
use quickpickle_runtime::wire::parts::Walk;

use super::format::CommandFormat;
use crate::hash::{Input, ToInput};

/// What an account update must carry to do something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AuthRequired {
    /// Nothing.
    #[default]
    None,
    /// A proof or a signature.
    Either,
    /// A proof.
    Proof,
    /// A signature.
    Signature,
    /// Nobody may.
    Impossible,
}

impl AuthRequired {
    /// In the order of the type.
    const ALL: [Self; 5] = [Self::None, Self::Either, Self::Proof, Self::Signature, Self::Impossible];
    /// Their names.
    const NAMES: [&str; 5] = ["None", "Either", "Proof", "Signature", "Impossible"];
}

impl ToInput for AuthRequired {
    fn to_input(&self, input: &mut Input) {
        let (constant, signature_necessary, signature_sufficient) = match self {
            Self::None => (true, false, true),
            Self::Either => (false, false, true),
            Self::Proof => (false, false, false),
            Self::Signature => (false, true, true),
            Self::Impossible => (true, true, false),
        };
        input.bit(constant).bit(signature_necessary).bit(signature_sufficient);
    }
}

/// An account's permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Permissions {
    /// To change the state.
    pub edit_state: AuthRequired,
    /// To name the account in an account update at all.
    pub access: AuthRequired,
    /// To take from the balance.
    pub send: AuthRequired,
    /// To add to the balance.
    pub receive: AuthRequired,
    /// To change the delegate.
    pub set_delegate: AuthRequired,
    /// To change these.
    pub set_permissions: AuthRequired,
    /// To change the verification key.
    pub set_verification_key: AuthRequired,
    /// The version of the protocol up to which that holds: afterwards a signature will do.
    pub verification_key_version: u32,
    /// To change the URI.
    pub set_zkapp_uri: AuthRequired,
    /// To add actions.
    pub edit_action_state: AuthRequired,
    /// To change the token's symbol.
    pub set_token_symbol: AuthRequired,
    /// To count the nonce up.
    pub increment_nonce: AuthRequired,
    /// To change what is voted for.
    pub set_voting_for: AuthRequired,
    /// To change the timing.
    pub set_timing: AuthRequired,
}

impl Permissions {
    /// All [`AuthRequired::None`]: what is hashed where an update sets no permissions.
    pub const fn none(transaction_version: u32) -> Self {
        const NONE: AuthRequired = AuthRequired::None;
        Self {
            edit_state: NONE,
            access: NONE,
            send: NONE,
            receive: NONE,
            set_delegate: NONE,
            set_permissions: NONE,
            set_verification_key: NONE,
            verification_key_version: transaction_version,
            set_zkapp_uri: NONE,
            edit_action_state: NONE,
            set_token_symbol: NONE,
            increment_nonce: NONE,
            set_voting_for: NONE,
            set_timing: NONE,
        }
    }
}

impl Default for Permissions {
    fn default() -> Self {
        Self::none(0)
    }
}

impl ToInput for Permissions {
    fn to_input(&self, input: &mut Input) {
        input
            .add(&self.edit_state)
            .add(&self.access)
            .add(&self.send)
            .add(&self.receive)
            .add(&self.set_delegate)
            .add(&self.set_permissions)
            .add(&self.set_verification_key)
            .u32(self.verification_key_version)
            .add(&self.set_zkapp_uri)
            .add(&self.edit_action_state)
            .add(&self.set_token_symbol)
            .add(&self.increment_nonce)
            .add(&self.set_voting_for)
            .add(&self.set_timing);
    }
}

pub(crate) fn permissions<F: CommandFormat>(f: &mut F, permissions: &mut Permissions) -> Walk<F> {
    f.record(|f| {
        f.field("edit_state", |f| auth_required(f, &mut permissions.edit_state))?;
        f.field("access", |f| auth_required(f, &mut permissions.access))?;
        f.field("send", |f| auth_required(f, &mut permissions.send))?;
        f.field("receive", |f| auth_required(f, &mut permissions.receive))?;
        f.field("set_delegate", |f| auth_required(f, &mut permissions.set_delegate))?;
        f.field("set_permissions", |f| auth_required(f, &mut permissions.set_permissions))?;
        f.field("set_verification_key", |f| {
            f.set_verification_key(
                &mut permissions.set_verification_key,
                &mut permissions.verification_key_version,
            )
        })?;
        f.field("set_zkapp_uri", |f| auth_required(f, &mut permissions.set_zkapp_uri))?;
        f.field("edit_action_state", |f| auth_required(f, &mut permissions.edit_action_state))?;
        f.field("set_token_symbol", |f| auth_required(f, &mut permissions.set_token_symbol))?;
        f.field("increment_nonce", |f| auth_required(f, &mut permissions.increment_nonce))?;
        f.field("set_voting_for", |f| auth_required(f, &mut permissions.set_voting_for))?;
        f.field("set_timing", |f| auth_required(f, &mut permissions.set_timing))
    })
}

pub(crate) fn auth_required<F: CommandFormat>(f: &mut F, required: &mut AuthRequired) -> Walk<F> {
    let mut position = AuthRequired::ALL.iter().position(|other| other == required).unwrap_or_default();
    f.constructor(&AuthRequired::NAMES, &mut position)?;
    f.check(|| {
        let found = AuthRequired::ALL.get(position);
        *required = *found.ok_or(Fault::OutOfRange { found: position as u64 })?;
        Ok(())
    })
}
