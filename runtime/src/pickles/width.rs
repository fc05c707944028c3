//! The two forms of a proof. A program's own holds the challenges of as many earlier wrap proofs as the program verifies at
//! most; that of Mina's networks holds those of two, the missing ones filled in at the front with what Pickles hashes in
//! their place ([`super::dummies`]). Both say the same, and one verdict holds for both.

use super::dummies::WRAP_PRECHALLENGES;
use super::proof::{Proof, ProofsVerified};

/// How many proofs' challenges the networks' form holds.
const NETWORK_WIDTH: usize = ProofsVerified::N2.count();

impl Proof {
    /// The proof in the form that Mina's networks carry.
    pub fn into_network_form(mut self) -> Self {
        let challenges = &mut self.messages_for_next_wrap_proof.old_bulletproof_challenges;
        let missing = NETWORK_WIDTH.saturating_sub(challenges.len());
        drop(challenges.splice(..0, std::iter::repeat_n(WRAP_PRECHALLENGES, missing)));
        self
    }

    /// The proof in the form of a program that verifies at most so many proofs; `None` where the proof holds challenges of
    /// more, or of fewer.
    pub fn into_program_form(mut self, max_proofs_verified: ProofsVerified) -> Option<Self> {
        let challenges = &mut self.messages_for_next_wrap_proof.old_bulletproof_challenges;
        let surplus = challenges.len().checked_sub(max_proofs_verified.count())?;
        let filled_in = challenges.drain(..surplus).all(|challenges| challenges == WRAP_PRECHALLENGES);
        filled_in.then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use crate::curve::{KimchiCurve, PallasConfig};
    use crate::pickles::dummies::{WRAP_CHALLENGES, WRAP_PRECHALLENGES};

    #[test]
    fn what_is_filled_in_is_what_is_hashed() {
        let expanded = WRAP_PRECHALLENGES.map(|c| c.to_field_endo(PallasConfig::ENDO_SCALAR));
        assert_eq!(expanded, WRAP_CHALLENGES);
    }
}
