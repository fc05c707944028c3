//! Verification of objects: all their signatures and all their proofs together.

use std::borrow::Borrow;

use quickpickle_mina::block::Block;
use quickpickle_mina::identity::{Identity, IdentityError};
use quickpickle_mina::ledger_proof::LedgerProof;
use quickpickle_mina::signature::{self, SignatureError};
use quickpickle_mina::signed_command::SignedCommand;
use quickpickle_mina::snark_work::SnarkWork;
use quickpickle_mina::zkapp_command::{Candidate, ZkappCommand, check};
use quickpickle_runtime::error::VerifyError;
use quickpickle_runtime::ipa::elsewhere::{Elsewhere, now};
use quickpickle_runtime::verifier::Task;
use rand_core::OsRng;

use super::attempt::{Asked, Attempt, Work};
use super::{BlockCommands, Known, Object, ObjectError};
use crate::Verifier;

/// That an object is valid, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Valid {
    /// The network: with the version of its protocol where keys of it were used, otherwise that which was signed for.
    pub network: String,
}

type Verdict = Result<Valid, ObjectError>;

impl Verifier {
    /// Verifies a block: that it is of a known network, and that its proof shows its state.
    ///
    /// ```
    /// use quickpickle::mina::block::Block;
    /// use quickpickle::mina::{Known, ObjectError};
    /// use quickpickle::{ErrorKind, Verifier};
    ///
    /// /// The network and the height of a block in any form.
    /// fn check(input: &[u8]) -> Result<(String, u32), ObjectError> {
    ///     let block = Block::read(input)?.remove(0);
    ///     let valid = Verifier::baked().verify_block(&block, &Known::baked().only("mainnet"))?;
    ///     Ok((valid.network, block.height()))
    /// }
    ///
    /// // What is no block is malformed; a wrong proof is rejected.
    /// assert!(check(b"{}").is_err_and(|error| error.kind() == ErrorKind::Malformed));
    /// ```
    ///
    /// # Errors
    /// Whenever the block is not known to be valid, one without a proof among them; [`ObjectError::kind`] tells why.
    pub fn verify_block(&self, block: &Block, known: &Known) -> Verdict {
        self.verify_one(block.clone().into(), known)
    }

    /// Verifies a ledger proof. It does not say of which network it is: each is tried that `known` takes.
    ///
    /// ```
    /// use quickpickle::mina::ledger_proof::LedgerProof;
    /// use quickpickle::mina::{Known, ObjectError};
    /// use quickpickle::{ErrorKind, Verifier};
    ///
    /// /// The network of a ledger proof in bin_prot, with its statement.
    /// fn check(input: &[u8]) -> Result<String, ObjectError> {
    ///     let proof = LedgerProof::from_binprot(input)?;
    ///     Ok(Verifier::baked().verify_ledger_proof(&proof, &Known::baked())?.network)
    /// }
    ///
    /// assert!(check(&[0; 100]).is_err_and(|error| error.kind() == ErrorKind::Malformed));
    /// ```
    ///
    /// # Errors
    /// Whenever it is not valid.
    pub fn verify_ledger_proof(&self, proof: &LedgerProof, known: &Known) -> Verdict {
        self.verify_one(proof.clone().into(), known)
    }

    /// Verifies the proofs of a snark work, and that they were made for its fee and prover.
    ///
    /// ```
    /// use quickpickle::mina::snark_work::SnarkWork;
    /// use quickpickle::mina::{Known, ObjectError};
    /// use quickpickle::{ErrorKind, Verifier};
    ///
    /// /// The fee that somebody may ask for a work in bin_prot, as blocks have it.
    /// fn check(input: &[u8]) -> Result<u64, ObjectError> {
    ///     let work = SnarkWork::from_binprot(input)?;
    ///     Verifier::baked().verify_snark_work(&work, &Known::baked().only("mainnet"))?;
    ///     Ok(work.fee)
    /// }
    ///
    /// assert!(check(&[0; 100]).is_err_and(|error| error.kind() == ErrorKind::Malformed));
    /// ```
    ///
    /// # Errors
    /// Whenever one of it is not so.
    pub fn verify_snark_work(&self, work: &SnarkWork, known: &Known) -> Verdict {
        self.verify_one(work.clone().into(), known)
    }

    /// Verifies a zkApp command: its signatures, and its proofs with the keys that `known` has of its accounts.
    ///
    /// ```
    /// use quickpickle::Verifier;
    /// use quickpickle::mina::Known;
    /// use quickpickle::mina::zkapp_command::{Protocol, ZkappCommand};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/files");
    /// # let read = |name: &str| std::fs::read(format!("{folder}/{name}"));
    /// # let (tx, accounts) = (read("command.json")?, read("accounts.json")?);
    /// let command = ZkappCommand::from_text(&tx, Protocol::Berkeley)?; // o1js's `tx.toJSON()`
    /// let mut known = Known::baked().only("devnet");
    /// known.add_account_keys(&accounts)?; // the keys of its accounts
    ///
    /// assert!(Verifier::baked().verify_zkapp_command(&command, &known).is_ok());
    ///
    /// // It is signed for one network, and its proof made for it.
    /// let error = Verifier::baked().verify_zkapp_command(&command, &known.only("mainnet")).unwrap_err();
    /// assert_eq!(error.mina(), Some("invalid_signature"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Whenever it is not valid; [`ObjectError::mina`] has the word that Mina's verifier has for it.
    pub fn verify_zkapp_command(&self, command: &ZkappCommand, known: &Known) -> Verdict {
        self.verify_one(command.clone().into(), known)
    }

    /// Verifies a payment or a delegation: that it is signed.
    ///
    /// ```
    /// use quickpickle::Verifier;
    /// use quickpickle::mina::Known;
    /// use quickpickle::mina::signed_command::SignedCommand;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let text = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/files/payment.json"))?;
    /// let mut payment = SignedCommand::read(&text)?.remove(0); // as the wallet gives it
    /// let known = Known::baked().only("devnet");
    /// assert!(Verifier::baked().verify_signed_command(&payment, &known).is_ok());
    ///
    /// payment.payload.fee += 1;
    /// assert!(Verifier::baked().verify_signed_command(&payment, &known).is_err_and(|error| error.is_rejected()));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Whenever it is not.
    pub fn verify_signed_command(&self, command: &SignedCommand, known: &Known) -> Verdict {
        self.verify_one((*command).into(), known)
    }

    fn verify_one(&self, object: Object, known: &Known) -> Verdict {
        // One verdict an object.
        self.verify_objects(&[object], known).pop().unwrap_or(Err(ObjectError::NoProof))
    }

    /// Verifies objects of any kinds together: all signatures, and all proofs as one batch. The results are in the order of the
    /// objects.
    ///
    /// An object that does not say of which network it is and is refused for the first is tried again with the next.
    ///
    /// ```
    /// use quickpickle::Verifier;
    /// use quickpickle::mina::{Known, Object};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/files");
    /// # let read = |name: &str| std::fs::read(format!("{folder}/{name}"));
    /// let mut objects = Object::read(&read("payment.json")?)?;
    /// objects.extend(Object::read(&read("command.json")?)?);
    /// let mut known = Known::baked();
    /// known.add_account_keys(&read("accounts.json")?)?;
    ///
    /// for verdict in Verifier::baked().verify_objects(&objects, &known) {
    ///     assert_eq!(verdict?.network, "testnet"); // all test networks sign alike
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn verify_objects<O: Borrow<Object>>(&self, objects: &[O], known: &Known) -> Vec<Verdict> {
        now(self.verify_objects_elsewhere(objects, known, None))
    }

    /// [`verify_objects`](Self::verify_objects) as [`verify_batch_elsewhere`](Self::verify_batch_elsewhere).
    pub async fn verify_objects_elsewhere<O: Borrow<Object>>(
        &self,
        objects: &[O],
        known: &Known,
        elsewhere: Option<&Elsewhere>,
    ) -> Vec<Verdict> {
        let keys = known.account_keys();
        let asked = objects.iter().map(|object| Asked { object: object.borrow(), keys, has_failed: false });
        self.verify_asked(&asked.collect::<Vec<_>>(), known, elsewhere).await
    }

    /// Verifies the commands of a block together; the results are in their order. Of those that failed the signatures count alone.
    ///
    /// ```
    /// use quickpickle::mina::{BlockCommands, Known, ObjectError};
    /// use quickpickle::{ErrorKind, Verifier};
    ///
    /// /// The places of the commands in a precomputed block that are not valid.
    /// fn culprits(block: &[u8]) -> Result<Vec<usize>, ObjectError> {
    ///     let known = Known::baked().only("mainnet");
    ///     let commands = BlockCommands::read(block, &known)?;
    ///     let verdicts = Verifier::baked().verify_block_commands(&commands, &known);
    ///     Ok((0..).zip(verdicts).filter(|(_, verdict)| verdict.is_err()).map(|(place, _)| place).collect())
    /// }
    ///
    /// let empty = br#"{"version": 3, "data": {"staged_ledger_diff": {"diff": [{"commands": []}, null]}}}"#;
    /// assert_eq!(culprits(empty), Ok(vec![]));
    /// assert!(culprits(b"{}").is_err_and(|error| error.kind() == ErrorKind::Input));
    /// ```
    pub fn verify_block_commands(&self, commands: &BlockCommands, known: &Known) -> Vec<Verdict> {
        let asked = commands.iter().map(|(object, keys, has_failed)| Asked { object, keys, has_failed });
        now(self.verify_asked(&asked.collect::<Vec<_>>(), known, None))
    }

    async fn verify_asked(
        &self,
        objects: &[Asked<'_>],
        known: &Known,
        elsewhere: Option<&Elsewhere>,
    ) -> Vec<Verdict> {
        let signers = known.signers();
        let mut verdicts: Vec<Option<Verdict>> = vec![None; objects.len()];
        for turn in 0.. {
            let mut attempts = Vec::new();
            for (place, (asked, verdict)) in objects.iter().zip(&mut verdicts).enumerate() {
                if verdict
                    .as_ref()
                    .is_some_and(|verdict| !verdict.as_ref().is_err_and(ObjectError::is_of_one_network))
                {
                    continue;
                }
                match Attempt::new(*asked, known, &signers, turn) {
                    Some(Ok(attempt)) => attempts.push((place, attempt)),
                    Some(Err(error)) => *verdict = Some(Err(ObjectError::likelier(verdict.take(), error))),
                    None => (),
                }
            }
            if attempts.is_empty() {
                break;
            }
            for (place, result) in self.verify_attempts(attempts, elsewhere).await {
                if let Some(verdict) = verdicts.get_mut(place) {
                    *verdict = Some(result.map_err(|error| ObjectError::likelier(verdict.take(), error)));
                }
            }
        }
        let missing =
            || Err(ObjectError::NoSuchNetwork { name: known.name().unwrap_or_default().to_owned() });
        verdicts.into_iter().map(|verdict| verdict.unwrap_or_else(missing)).collect()
    }

    async fn verify_attempts(
        &self,
        attempts: Vec<(usize, Attempt<'_>)>,
        elsewhere: Option<&Elsewhere>,
    ) -> Vec<(usize, Verdict)> {
        let (mut proofs, mut claims, mut candidates) = (Vec::new(), Vec::new(), Vec::new());
        for (_, attempt) in &attempts {
            match &attempt.work {
                Work::Proofs(tasks) => proofs.extend(tasks.iter().map(|(_, task)| task.task())),
                Work::Signature(_, claim) => claims.push(claim.clone()),
                Work::Command { command, network, keys, has_failed } => {
                    let has_failed = *has_failed;
                    candidates.push(Candidate { command: command.as_ref(), network, keys, has_failed });
                }
            }
        }
        let mut signatures = signature::verify_each(&claims, &mut OsRng).into_iter();
        let checked = check(&candidates, &mut OsRng);
        let own = proofs.len();
        let tasks: Vec<Task<'_>> = proofs.into_iter().chain(checked.tasks()).collect();
        let results = self.verify_batch_elsewhere(&tasks, elsewhere).await;
        let (proofs, of_commands) = results.split_at_checked(own).unwrap_or((&results, &[]));
        let mut proofs = proofs.iter();
        let mut commands = checked.verdicts(of_commands).into_iter();

        let mut verdicts = Vec::with_capacity(attempts.len());
        for (place, Attempt { network, work }) in &attempts {
            // There is a verdict for each; were one missing, it would count as refused, not as valid.
            let result = match work {
                Work::Proofs(tasks) => {
                    let mut first = Ok(());
                    for (part, _) in tasks {
                        let verdict = proofs.next().cloned().unwrap_or(Err(VerifyError::Opening));
                        first = first.and(verdict.map_err(|error| ObjectError::Proof(*part, error)));
                    }
                    first
                }
                Work::Signature(command, _) => {
                    let signature = signatures.next().unwrap_or(Err(SignatureError::InvalidSignature));
                    ObjectError::of_command(command.verdict(signature))
                }
                Work::Command { .. } => match commands.next() {
                    Some(verdict) => ObjectError::of_command(verdict),
                    None => Err(ObjectError::Assuming),
                },
            };
            verdicts.push((*place, result.map(|()| Valid { network: network.clone() })));
        }
        verdicts
    }
}

/// The network that a block says it is of, which must be one that is meant.
///
/// # Errors
/// Where it is not.
pub fn network_of<'a>(block: &Block, known: &'a Known) -> Result<&'a Identity, ObjectError> {
    let network = known.networks().of_block(block)?;
    match known.name() {
        Some(expected) if !known.takes(&network.network) => {
            Err(IdentityError::OtherNetwork { found: network.to_string(), expected: expected.to_owned() }
                .into())
        }
        _ => Ok(network),
    }
}
