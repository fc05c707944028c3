//! Verdicts on commands, many at once.
//!
//! Each command is gone through as Mina's verifier does (`Common.check` in `src/lib/verifier/common.ml`): the fee payer's
//! signature, then account updates in their order, and the first that is wrong decides. Signatures of all commands are verified
//! together, and with others where the caller has some ([`Walked`]). What is left are proofs ([`Checked::tasks`]), which the caller
//! verifies with whatever else it has.
//!
//! Which key a proof is for is found as Mina finds it (`Zkapp_command.Verifiable.create`): the last that an account update
//! before it set for the account, else that of the account before the command.

use std::collections::HashMap;
use std::sync::Arc;

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::error::{ErrorKind, VerifyError};
use quickpickle_runtime::pickles::proof::Proof;
use quickpickle_runtime::verifier::Task;
use rand_core::CryptoRngCore;
use rayon::prelude::*;

use super::account_keys::{AccountId, AccountKeys};
use super::{AccountUpdate, Authorization, AuthorizationKind, HashedKey, Hashes, ZkappCommand};
use crate::key::CompressedKey;
use crate::network::NetworkId;
use crate::signature::{Claim, Message, Signature, SignatureError, verify_each};
use crate::verdict::{Culprit, Invalid, InvalidKind, Verdict};

/// A command with what it is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The command.
    pub command: &'a ZkappCommand,
    /// The network that it is for.
    pub network: &'a NetworkId,
    /// The keys of accounts before it.
    pub keys: &'a AccountKeys,
    /// Whether it is in a block as one that failed: then its proofs count for nothing.
    pub has_failed: bool,
}

/// Commands whose signatures were verified, and their proofs, which were not.
#[derive(Debug)]
pub struct Checked<'a> {
    /// Of each command.
    outcomes: Vec<Result<(), Invalid>>,
    proofs: Vec<AssumedProof<'a>>,
    /// By hash: the many proofs of one contract share the work.
    keys: HashMap<Fp, Arc<HashedKey>>,
}

/// A proof that a command's validity depends on.
#[derive(Clone, Copy, Debug)]
struct AssumedProof<'a> {
    command: usize,
    account_update: usize,
    public_key: CompressedKey,
    key_hash: Fp,
    statement: [Fp; 2],
    proof: &'a Proof,
}

/// What is left of a command after all that takes no sum over points.
#[derive(Debug)]
struct Walk<'a> {
    claims: Vec<(Culprit, Claim<'a>)>,
    proofs: Vec<(AssumedProof<'a>, Arc<HashedKey>)>,
    /// What ended it, which counts if no claim before it is wrong.
    fault: Option<Invalid>,
}

/// Commands that were gone through: what is left are signatures and proofs.
#[derive(Debug)]
pub struct Walked<'a> {
    walks: Vec<Walk<'a>>,
    /// Of all commands, in their order.
    claims: Vec<Claim<'a>>,
    /// What each claim is of.
    places: Vec<(usize, Culprit)>,
}

/// Checks all of each command but its proofs.
///
/// `rng` must be a source that no signer can predict: the operating system's.
pub fn check<'a>(candidates: &[Candidate<'a>], rng: &mut dyn CryptoRngCore) -> Checked<'a> {
    let walked = Walked::of(candidates);
    let verdicts = verify_each(&walked.claims, rng);
    walked.checked(&verdicts)
}

impl<'a> Walked<'a> {
    /// Goes through each command.
    pub fn of(candidates: &[Candidate<'a>]) -> Self {
        let of = |(command, candidate)| Walk::of(command, candidate);
        let mut walks: Vec<Walk<'_>> = candidates.par_iter().enumerate().map(of).collect();
        let (mut claims, mut places) = (Vec::new(), Vec::new());
        for (command, walk) in walks.iter_mut().enumerate() {
            for (culprit, claim) in walk.claims.drain(..) {
                places.push((command, culprit));
                claims.push(claim);
            }
        }
        Self { walks, claims, places }
    }

    /// The signatures of all commands. They may be verified with other claims.
    pub fn claims(&self) -> &[Claim<'a>] {
        &self.claims
    }

    /// The commands, by the verdicts on [`claims`](Self::claims), in their order. A claim without a verdict counts as one that
    /// does not hold.
    pub fn checked(self, verdicts: &[Result<(), SignatureError>]) -> Checked<'a> {
        let mut refused: Vec<Option<Invalid>> = vec![None; self.walks.len()];
        for (at, ((command, culprit), claim)) in self.places.into_iter().zip(&self.claims).enumerate() {
            let kind = match verdicts.get(at).copied().unwrap_or(Err(SignatureError::InvalidSignature)) {
                Ok(()) => continue,
                Err(SignatureError::InvalidKey) => InvalidKind::InvalidKeys,
                Err(SignatureError::InvalidSignature) => InvalidKind::InvalidSignature,
            };
            if let Some(refused) = refused.get_mut(command) {
                // Claims are in the order of the walk: the first counts.
                refused.get_or_insert(Invalid::of(kind, culprit, claim.key));
            }
        }

        let (mut outcomes, mut proofs, mut keys) = (Vec::new(), Vec::new(), HashMap::new());
        for (walk, refused) in self.walks.into_iter().zip(refused) {
            let fault = refused.or(walk.fault);
            if fault.is_none() {
                for (proof, key) in walk.proofs {
                    keys.entry(proof.key_hash).or_insert(key);
                    proofs.push(proof);
                }
            }
            outcomes.push(fault.map_or(Ok(()), Err));
        }
        // Here on all cores, where a task would prepare its key by itself; what cannot be is asked for again.
        keys.par_iter().for_each(|(_, key)| {
            let _ = key.prepared();
        });
        Checked { outcomes, proofs, keys }
    }
}

impl<'a> Walk<'a> {
    fn of(command: usize, candidate: &Candidate<'a>) -> Self {
        let Candidate { command: content, network, keys, has_failed } = *candidate;
        let hashes = content.hashes(network);
        let claim = |key: CompressedKey, signature: Signature, commitment: Fp| Claim {
            network,
            key,
            signature,
            message: Message::Elements(vec![commitment]),
        };
        let fee_payer = &content.fee_payer;
        let first = claim(fee_payer.public_key, fee_payer.authorization, hashes.full_commitment);
        let mut walk = Self { claims: vec![(Culprit::FeePayer, first)], proofs: Vec::new(), fault: None };
        let mut set_keys = SetKeys { before: keys, set: HashMap::new() };

        let account_updates = content.account_updates.account_updates();
        for (at, (account_update, statement)) in
            account_updates.iter().zip(&hashes.forest.account_updates).enumerate()
        {
            let body = &account_update.body;
            let culprit = Culprit::AccountUpdate(at);
            match (&account_update.authorization, body.authorization_kind) {
                (Authorization::NoneGiven, AuthorizationKind::NoneGiven) => (),
                (Authorization::Signature(signature), AuthorizationKind::Signature) => {
                    let commitment = commitment(account_update, &hashes);
                    walk.claims.push((culprit, claim(body.public_key, *signature, commitment)));
                }
                (Authorization::Proof(_), AuthorizationKind::Proof(_)) if has_failed => (),
                (Authorization::Proof(proof), AuthorizationKind::Proof(key_hash)) => {
                    match set_keys.find(account_update, key_hash) {
                        Ok(key) => {
                            let (statement, public_key) = (statement.elements(), body.public_key);
                            let proof = AssumedProof {
                                command,
                                account_update: at,
                                public_key,
                                key_hash,
                                statement,
                                proof,
                            };
                            walk.proofs.push((proof, key));
                        }
                        Err(kind) => {
                            walk.fault = Some(Invalid::of(kind, culprit, body.public_key));
                            return walk;
                        }
                    }
                }
                _ => {
                    let kind = InvalidKind::MismatchedAuthorizationKind;
                    walk.fault = Some(Invalid::of(kind, culprit, body.public_key));
                    return walk;
                }
            }
            // Only now: a key that an account update sets is not the one of its own proof.
            set_keys.set(account_update);
        }
        walk
    }
}

/// What an account update's signature is of.
fn commitment(account_update: &AccountUpdate, hashes: &Hashes) -> Fp {
    if account_update.body.use_full_commitment { hashes.full_commitment } else { hashes.commitment() }
}

/// The keys of accounts at one place of a command.
struct SetKeys<'a> {
    before: &'a AccountKeys,
    set: HashMap<AccountId, Arc<HashedKey>>,
}

impl SetKeys<'_> {
    /// The key of an account update's account, which must be that of this hash.
    fn find(&self, account_update: &AccountUpdate, named: Fp) -> Result<Arc<HashedKey>, InvalidKind> {
        let account = account_update.account();
        let key = match (self.set.get(&account), self.before.get(&account)) {
            (Some(key), _) => key,
            (None, Some(given)) if given.has_claimed_hash() => &given.key,
            (None, Some(_)) => return Err(InvalidKind::MismatchedVerificationKey),
            (None, None) => return Err(InvalidKind::MissingVerificationKey),
        };
        // The hash was worked out from the key.
        if key.hash() == named { Ok(key.clone()) } else { Err(InvalidKind::UnexpectedVerificationKey) }
    }

    fn set(&mut self, account_update: &AccountUpdate) {
        if let Some(key) = &account_update.body.update.verification_key {
            self.set.insert(account_update.account(), Arc::new(key.clone()));
        }
    }
}

impl Checked<'_> {
    /// The proofs that are left, of all commands; one whose key nothing can be verified with is not among them.
    pub fn tasks(&self) -> Vec<Task<'_>> {
        self.proofs.iter().filter_map(|proof| self.task(proof)).collect()
    }

    /// The place of the command that each of [`tasks`](Self::tasks) is of.
    pub fn commands_of_tasks(&self) -> impl Iterator<Item = usize> {
        self.proofs.iter().filter(|proof| self.task(proof).is_some()).map(|proof| proof.command)
    }

    fn task<'s>(&'s self, proof: &'s AssumedProof<'_>) -> Option<Task<'s>> {
        let key = self.keys.get(&proof.key_hash)?.prepared().ok()?;
        Some(Task::pickles(key, &proof.statement, proof.proof))
    }

    /// The verdicts on the commands, from those on [`tasks`](Self::tasks), in their order.
    ///
    /// A command of whose proofs one was not verified, and none is wrong, is [`Verdict::ValidAssuming`]: so is each with a proof
    /// where `results` are too few.
    pub fn verdicts(&self, results: &[Result<(), VerifyError>]) -> Vec<Verdict> {
        let mut verdicts: Vec<Verdict> = (self.outcomes.iter())
            .map(|outcome| match outcome {
                Ok(()) => Verdict::Valid,
                Err(invalid) => Verdict::Invalid(invalid.clone()),
            })
            .collect();
        let mut results = results.iter();
        for proof in &self.proofs {
            let is_valid = match self.task(proof) {
                Some(_) => match results.next() {
                    Some(Ok(())) => Some(true),
                    Some(Err(error)) if error.kind() != ErrorKind::Unavailable => Some(false),
                    Some(Err(_)) | None => None,
                },
                None => Some(false),
            };
            let Some(verdict) = verdicts.get_mut(proof.command) else { continue };
            match (is_valid, verdict) {
                (Some(true), _) => (),
                (None, verdict @ Verdict::Valid) => *verdict = Verdict::ValidAssuming,
                (None, _) => (),
                (Some(false), Verdict::Invalid(invalid)) => {
                    invalid.culprits.push(Culprit::AccountUpdate(proof.account_update));
                    invalid.keys.push(proof.public_key);
                }
                (Some(false), verdict) => {
                    let culprit = Culprit::AccountUpdate(proof.account_update);
                    let kind = InvalidKind::InvalidProof;
                    *verdict = Verdict::Invalid(Invalid::of(kind, culprit, proof.public_key));
                }
            }
        }
        verdicts
    }
}
