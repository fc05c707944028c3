//! Verdicts on signed commands.
//!
//! Facts: Mina, `src/lib/verifier/common.ml` (`check`), `src/lib/mina_base/signed_command.ml` (`check_valid_keys`).

use rand_core::CryptoRngCore;

use super::SignedCommand;
use crate::network::NetworkId;
use crate::signature::{self, Claim, Message, SignatureError};
use crate::verdict::{Culprit, Invalid, InvalidKind, Verdict};

impl SignedCommand {
    /// What is left to verify: that the fee payer signed. It may be verified with other claims, and has then the verdict of
    /// [`SignedCommand::verdict`].
    ///
    /// # Errors
    /// Where a key is no point, or the signer is another than the fee payer. Mina's verifier leaves the latter to the ledger,
    /// which refuses the command.
    pub fn claim<'a>(&self, network: &'a NetworkId) -> Result<Claim<'a>, Invalid> {
        let keys =
            [(Culprit::FeePayer, self.payload.fee_payer), (Culprit::Receiver, self.payload.body.receiver())];
        let (culprits, keys): (Vec<_>, Vec<_>) =
            keys.into_iter().filter(|(_, key)| key.point().is_none()).unzip();
        if !keys.is_empty() {
            return Err(Invalid { kind: InvalidKind::InvalidKeys, culprits, keys });
        }
        if self.signer != self.payload.fee_payer {
            return Err(self.is_not_signed());
        }
        let message = Message::Legacy(self.payload.to_legacy_input());
        Ok(Claim { network, key: self.signer, signature: self.signature, message })
    }

    /// The verdict on the command, from that on its claim.
    pub fn verdict(&self, claim: Result<(), SignatureError>) -> Verdict {
        match claim {
            Ok(()) => Verdict::Valid,
            // A claim was made of a key that is a point.
            Err(SignatureError::InvalidSignature | SignatureError::InvalidKey) => {
                Verdict::Invalid(self.is_not_signed())
            }
        }
    }

    fn is_not_signed(&self) -> Invalid {
        Invalid::of(InvalidKind::InvalidSignature, Culprit::FeePayer, self.payload.fee_payer)
    }
}

/// Verifies each command; as many verdicts as commands, in their order. That the fee payer has what it sends is the ledger's
/// to say.
///
/// `rng` must be a source that no signer can predict: the operating system's.
pub fn verify_each<'a>(
    commands: impl IntoIterator<Item = &'a SignedCommand>,
    network: &NetworkId,
    rng: &mut dyn CryptoRngCore,
) -> Vec<Verdict> {
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
        Some(invalid) => Verdict::Invalid(invalid),
        None => command.verdict(answers.next().unwrap_or(Err(SignatureError::InvalidSignature))),
    };
    open.into_iter().map(verdict).collect()
}
