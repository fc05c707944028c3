//! Callers whose proofs were wrong of late, and how much of theirs is verified at a time.

use std::num::NonZeroUsize;
use std::time::Duration;

use lru::LruCache;

use crate::proto::v1::Verdict;
use crate::proto::v1::verdict::Kind;
use crate::weight;

/// How long a part of a suspect's proofs is to take; one proof may take longer.
pub(super) const QUANTUM: Duration = Duration::from_millis(100);
/// The work in the first part of a suspect.
const FIRST_PART: usize = weight::of_proofs(4);
/// Valid work in a row after which a caller is no longer a suspect.
const REDEEMED: usize = weight::of_proofs(32);
/// Suspects that are remembered.
const SUSPECTS: NonZeroUsize = NonZeroUsize::new(1 << 12).unwrap();

/// The suspects among the callers.
#[derive(Debug)]
pub(super) struct Suspects(LruCache<u64, Suspect>);

#[derive(Clone, Copy, Debug)]
struct Suspect {
    /// Valid work since the last wrong proof.
    valid: usize,
    /// The work in its next part.
    part: usize,
}

impl Default for Suspects {
    fn default() -> Self {
        Self(LruCache::new(SUSPECTS))
    }
}

impl Suspects {
    /// Whether this caller is one.
    pub(super) fn has(&self, caller: u64) -> bool {
        self.0.contains(&caller)
    }

    /// How much work the next part of this caller is.
    pub(super) fn part(&self, caller: u64) -> usize {
        self.0.peek(&caller).map_or(0, |suspect| suspect.part)
    }

    /// By what was found out of a caller's proofs, of which those of this weight are valid.
    pub(super) fn judge(&mut self, caller: u64, found: &[Option<Verdict>], valid: usize) {
        if found.iter().flatten().any(|verdict| verdict.kind() == Kind::Rejected) {
            self.suspect(caller).valid = 0;
        } else if found.contains(&None) {
            self.suspect(caller);
        } else if let Some(suspect) = self.0.get_mut(&caller) {
            suspect.valid += valid;
            if suspect.valid >= REDEEMED {
                self.0.pop(&caller);
            }
        }
    }

    /// The caller as a suspect; who was none is one until as much work as a proof is was valid.
    fn suspect(&mut self, caller: u64) -> &mut Suspect {
        let new = || Suspect { valid: REDEEMED - weight::PROOF, part: FIRST_PART };
        self.0.get_or_insert_mut(caller, new)
    }

    /// A part of this caller took so long; the next is as much smaller or larger, but no larger than a batch.
    pub(super) fn adapt(&mut self, caller: u64, took: Duration, max_batch: usize) {
        let Some(suspect) = self.0.get_mut(&caller) else { return };
        if took > QUANTUM {
            suspect.part = (suspect.part / 2).max(1);
        } else if took < QUANTUM / 2 {
            suspect.part = suspect.part.saturating_mul(2).min(max_batch);
        }
    }
}
