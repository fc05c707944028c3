//! A bridge's question: is this chain of states valid and linked, is it better than the one that I hold, and is this account in
//! its ledger?
//!
//! One proof answers for all of the chain: that of its last state proves what the state descends from, and the states before are
//! those by the hashes that it contains.

mod error;

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::error::VerifyError;
use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::pickles::proof::Proof;
use quickpickle_runtime::verifier::Task;

pub use error::LightError;

use crate::account::{AccountInState, Membership};
use crate::consensus::{Selection, Tip, select};
use crate::identity::{Identity, Networks};
use crate::protocol_state::ProtocolState;

/// States of a chain at most.
pub const MAX_STATES: usize = 10_000;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The network that all states have to be of.
    pub network: &'a Identity,
    /// The networks by whose names others are refused.
    pub networks: &'a Networks,
    /// The last state of the chain that the asker holds, which was proved before.
    pub held: &'a ProtocolState,
    /// The states of the candidate chain, each the one before the next; the last is its tip. One is enough.
    pub states: &'a [ProtocolState],
    /// The proof of the last state.
    pub proof: &'a Proof,
    /// An account that is claimed to be in the ledger of one of the states.
    pub account: Option<Membership>,
}

/// A state that is proved, by its own proof or by that of a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvenState {
    /// The state's hash.
    pub state_hash: Fp,
    /// The height.
    pub height: u32,
    /// The root of its snarked ledger.
    pub snarked_ledger_hash: Fp,
}

/// How the candidate chain hangs together with the state that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The state that is held is in it.
    Contains,
    /// Its first state follows the one that is held.
    Follows,
    /// They part before its first state, or nothing is known of where.
    Apart,
}

/// An account that is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenAccount {
    /// The account, and the last state in whose ledger it is.
    pub account: AccountInState,
    /// The blocks of the chain that follow this state.
    pub confirmations: u32,
}

/// The answer where the chain is valid: there is none otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The candidate's last state.
    pub tip: Tip,
    /// The states of the candidate chain, all of them proved: the last by the proof, those before as what it descends from.
    pub proven: Vec<ProvenState>,
    /// How it hangs together with the state that is held.
    pub relation: Relation,
    /// Whether the candidate is better than the chain that is held, and by which rule.
    pub selection: Selection,
    /// The account, if there was a claim.
    pub account: Option<ProvenAccount>,
}

impl Answer {
    /// Whether the asker should go on with the candidate.
    pub fn is_better(&self) -> bool {
        self.selection.takes_candidate
    }
}

impl Question<'_> {
    /// Answers. `key` is the network's for blocks, and `verify` gives the verdict on one proof; it is asked last, and once.
    ///
    /// # Errors
    /// Where a state is of another network, the states do not follow each other, the account is in the ledger of none of them,
    /// or the proof is wrong.
    pub fn answer(
        self,
        key: &PreparedKey,
        verify: impl FnOnce(Task<'_>) -> Result<(), VerifyError>,
    ) -> Result<Answer, LightError> {
        if key.index().digest() != self.network.blockchain_digest {
            return Err(LightError::OtherKey);
        }
        if self.states.len() > MAX_STATES {
            return Err(LightError::TooMany);
        }
        let (Some(first), Some(last)) = (self.states.first(), self.states.last()) else {
            return Err(LightError::Empty);
        };
        self.network.expect(self.held, self.networks).map_err(LightError::Held)?;
        let proven = self.linked()?;
        let state_hash = proven.last().ok_or(LightError::Empty)?.state_hash;
        let tip = Tip::of(last, state_hash);
        let held = Tip::of(self.held, self.held.hash());
        let relation = if proven.iter().any(|state| state.state_hash == held.state_hash) {
            Relation::Contains
        } else if first.previous_state_hash == held.state_hash {
            Relation::Follows
        } else {
            Relation::Apart
        };
        let selection = select(&held, &tip)?;
        let account = self.account.map(|claim| contained(claim, self.states, &proven)).transpose()?;
        verify(Task::pickles(key, &[state_hash], self.proof)).map_err(LightError::Proof)?;
        Ok(Answer { tip, proven, relation, selection, account })
    }

    /// The states, which follow each other and are of the network.
    fn linked(&self) -> Result<Vec<ProvenState>, LightError> {
        let mut linked: Vec<ProvenState> = Vec::with_capacity(self.states.len());
        for (at, state) in self.states.iter().enumerate() {
            self.network.expect(state, self.networks).map_err(|source| LightError::State { at, source })?;
            if linked.last().is_some_and(|before| before.state_hash != state.previous_state_hash) {
                return Err(LightError::NotLinked { at });
            }
            linked.push(ProvenState {
                state_hash: state.hash(),
                height: state.body.consensus_state.blockchain_length,
                snarked_ledger_hash: state.body.blockchain_state.snarked_ledger_hash(),
            });
        }
        Ok(linked)
    }
}

/// The account, in the ledger of the last state in whose it is.
fn contained(
    claim: Membership,
    states: &[ProtocolState],
    proven: &[ProvenState],
) -> Result<ProvenAccount, LightError> {
    let root = claim.root();
    let at = proven.iter().rposition(|state| state.snarked_ledger_hash == root);
    // Where it is in none, the last state says why.
    let at = at.unwrap_or(states.len().saturating_sub(1));
    let (state, hashes) = states.get(at).zip(proven.get(at)).ok_or(LightError::Empty)?;
    let account = claim.with_root(root, state, hashes.state_hash)?;
    let confirmations = u32::try_from(states.len() - 1 - at).unwrap_or(u32::MAX);
    Ok(ProvenAccount { account, confirmations })
}
