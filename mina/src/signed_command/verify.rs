//! Verdicts on signed commands.
//!
//! Facts: Mina, `src/lib/verifier/common.ml` (`check`), `src/lib/mina_base/signed_command.ml` (`check_valid_keys`).

use rand_core::CryptoRngCore;

use super::SignedCommand;
use crate::key::CompressedKey;
use crate::network::NetworkId;
use crate::signature::{self, Claim, Message, SignatureError};

/// Why a signed command is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// These keys of the fee payer and the receiver are no points.
    #[error("public keys are no points of the curve")]
    Keys(Vec<CompressedKey>),
    /// The fee payer did not sign it for this network.
    #[error("the signature is not the fee payer's over this command for this network")]
    Signature(CompressedKey),
}

impl SignedCommand {
    /// What is left to verify: that the fee payer signed. It may be verified with other claims, and has then the verdict of
    /// [`SignedCommand::verdict`].
    ///
    /// # Errors
    /// Where a key is no point, or the signer is another than the fee payer. Mina's verifier leaves the latter to the ledger,
    /// which refuses the command.
    pub fn claim<'a>(&self, network: &'a NetworkId) -> Result<Claim<'a>, Invalid> {
        let keys = [self.payload.fee_payer, self.payload.body.receiver()];
        let wrong: Vec<_> = keys.into_iter().filter(|key| key.point().is_none()).collect();
        if !wrong.is_empty() {
            return Err(Invalid::Keys(wrong));
        }
        if self.signer != self.payload.fee_payer {
            return Err(Invalid::Signature(self.payload.fee_payer));
        }
        let message = Message::Legacy(self.payload.to_legacy_input());
        Ok(Claim { network, key: self.signer, signature: self.signature, message })
    }

    /// The verdict on the command, from that on its claim.
    ///
    /// # Errors
    /// Where the claim does not hold.
    pub fn verdict(&self, claim: Result<(), SignatureError>) -> Result<(), Invalid> {
        claim.map_err(|error| match error {
            SignatureError::InvalidKey => Invalid::Keys(vec![self.signer]),
            SignatureError::InvalidSignature => Invalid::Signature(self.signer),
        })
    }
}

/// Verifies each command; as many answers as commands, in their order. That the fee payer has what it sends is the ledger's
/// to say.
///
/// `rng` must be a source that no signer can predict: the operating system's.
pub fn verify_each<'a>(
    commands: impl IntoIterator<Item = &'a SignedCommand>,
    network: &NetworkId,
    rng: &mut dyn CryptoRngCore,
) -> Vec<Result<(), Invalid>> {
    let mut claims = Vec::new();
    let mut open = Vec::new();
    for command in commands {
        let claim = command.claim(network);
        open.push((command, claim.as_ref().err().cloned()));
        claims.extend(claim);
    }
    // One for each command whose claim there was.
    let mut answers = signature::verify_each(&claims, rng).into_iter();
    let verdict = |(command, invalid): (&SignedCommand, Option<Invalid>)| match invalid {
        Some(invalid) => Err(invalid),
        None => command.verdict(answers.next().unwrap_or(Err(SignatureError::InvalidSignature))),
    };
    open.into_iter().map(verdict).collect()
}
