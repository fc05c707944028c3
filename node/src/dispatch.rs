//! Takes proofs to the verifier and witnesses to the prover, within the bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use quickpickle_memory::Mark;
use tokio::sync::watch;
use tonic::{Code, Status};

use crate::admission::{Admission, Admitted, Size};
use crate::caller::Caller;
use crate::config::{Limits, Role};
use crate::metrics::Metrics;
use crate::proto::v1::verdict::Kind;
use crate::proto::v1::{KimchiProof, Proof, SharedKey, Verdict, Witness};
use crate::proto::worker as wire;
use crate::registry::Registry;
use crate::supervisor::{KnownKeys, ProverKind, Supervisor, VerifierKind};

/// The workers of a node, and the bounds within which they are used.
#[derive(Debug)]
pub struct Dispatch {
    /// What the node is for.
    pub role: Role,
    /// The bounds.
    pub limits: Limits,
    /// The verifier, in roles that verify.
    pub verifier: Option<Arc<Supervisor<VerifierKind>>>,
    /// The prover, in roles that prove.
    pub prover: Option<Arc<Supervisor<ProverKind>>>,
    /// The keys that the verifier has.
    pub keys: Arc<KnownKeys>,
    /// The queue to the verifier.
    pub verifying: Admission,
    /// The queue to the prover.
    pub proving: Admission,
    /// Is told what happens.
    pub metrics: Arc<Metrics>,
    /// Is told what happens.
    pub registry: Arc<Registry>,
    /// Proofs that were made.
    pub proofs_made: AtomicU64,
    /// Says when the node stops.
    pub stop: watch::Receiver<bool>,
}

impl Dispatch {
    /// Verifies proofs for which there is room in the queue. They leave the queue when the caller stops waiting.
    ///
    /// `key` is that of the proofs that bring none along.
    pub async fn verify(
        &self,
        proofs: Vec<Proof>,
        key: Option<SharedKey>,
        admitted: Admitted,
    ) -> Result<Vec<Verdict>, Status> {
        let started = Instant::now();
        let request = wire::VerifyRequest { proofs, caller: admitted.caller(), key };
        let verified = self.on_verifier(request).await;
        match &verified {
            Ok(verdicts) => verdicts.iter().for_each(|verdict| self.metrics.verdict(verdict.kind())),
            Err(status) => self.metrics.refused(reason(status.code())),
        }
        self.metrics.verified(started.elapsed());
        verified
    }

    async fn on_verifier(&self, request: wire::VerifyRequest) -> Result<Vec<Verdict>, Status> {
        let none = || Status::unimplemented(format!("a {} verifies nothing", self.role));
        let verifier = self.verifier.as_ref().ok_or_else(none)?;
        let count = request.proofs.len();
        let verdicts = verifier
            .call(|mut client| {
                let request = request.clone();
                async move { Ok(client.verify(request).await?.into_inner().verdicts) }
            })
            .await?;
        if verdicts.len() == count {
            Ok(verdicts)
        } else {
            Err(Status::internal(format!("{} verdicts on {count} proofs", verdicts.len())))
        }
    }

    /// Verifies one proof of a caller if there is room in the queue.
    pub async fn verify_one(&self, caller: &Caller, proof: Proof) -> Result<Verdict, Status> {
        let admitted = self.admit(caller, std::slice::from_ref(&proof), None)?;
        let unavailable = || Verdict::new(Kind::Unavailable, "no verdict");
        Ok(self.verify(vec![proof], None, admitted).await?.pop().unwrap_or_else(unavailable))
    }

    /// Room for proofs of a caller in the queue.
    pub fn admit(
        &self,
        caller: &Caller,
        proofs: &[Proof],
        key: Option<&SharedKey>,
    ) -> Result<Admitted, Status> {
        let refused = |status: &Status| self.metrics.refused(reason(status.code()));
        self.verifying.try_enter(caller, Size::of(proofs, key)).inspect_err(refused)
    }

    /// Proves a witness if there is room in the prover's queue.
    pub async fn prove(&self, circuit: String, witness: Witness) -> Result<KimchiProof, Status> {
        let none = || Status::unimplemented(format!("a {} has no prover", self.role));
        let prover = self.prover.as_ref().ok_or_else(none)?;
        let _admitted = self.proving.try_enter(&Caller::node(), Size::PROOF)?;
        let started = Instant::now();
        self.registry.mark(Mark::Proving(circuit.clone()));
        let request = wire::ProveRequest { circuit: circuit.clone(), witness: Some(witness) };
        let proof = prover
            .call(|mut client| {
                let request = request.clone();
                async move { Ok(client.prove(request).await?.into_inner().proof) }
            })
            .await?;
        self.registry.mark(Mark::Proved(circuit));
        self.metrics.proved(started.elapsed());
        self.proofs_made.fetch_add(1, Ordering::Relaxed);
        proof.ok_or_else(|| Status::internal("an answer without a proof"))
    }

    /// Returns once the node stops.
    pub async fn stopping(&self) {
        let mut stop = self.stop.clone();
        // An error means that the sender is gone: then it is time to stop as well.
        let _ = stop.wait_for(|stop| *stop).await;
    }
}

/// A word for a status, for the metrics.
fn reason(code: Code) -> &'static str {
    match code {
        Code::ResourceExhausted => "busy",
        Code::Unavailable => "unavailable",
        Code::InvalidArgument => "invalid",
        Code::Unimplemented => "unimplemented",
        _ => "other",
    }
}
