//! Blocks: what a node tells its peers, and what it does with what they tell.
//!
//! A node that has found a block valid tells it to its peers, once; a peer that has seen it before says so. A block that is not
//! valid goes no further. Real blocks of Mina's networks ([`replay`](super::replay)) go the same way.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prost::Message;
use quickpickle_memory::Mark;
use tokio::task::JoinSet;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

use super::jobs::Coordinator;
#[cfg(feature = "jetstream")]
use super::subjects::Subjects;
use super::{NetworkMetrics, element};
use crate::caller::Caller;
use crate::config::Peer;
use crate::dispatch::Dispatch;
use crate::keys::BLOCKCHAIN;
use crate::proto::v1::gossip_client::GossipClient;
use crate::proto::v1::verdict::Kind;
use crate::proto::v1::{AnnounceRequest, AnnounceResponse, Verdict, kimchi_proof, proof};

/// Blocks that are remembered.
const SEEN: usize = 4096;
/// How long a peer may take with a block.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a peer that is not there, or busy, is told again, and how long after.
pub(super) const ATTEMPTS: u32 = 5;
pub(super) const PAUSE: Duration = Duration::from_millis(500);

/// Blocks by digest, with what was found out about them.
type Seen = VecDeque<(blake3::Hash, Option<Verdict>)>;

/// What a node knows of blocks, and whom it tells.
#[derive(Debug)]
pub struct Gossip {
    peers: Vec<(Peer, Channel)>,
    /// Where blocks are published as well.
    #[cfg(feature = "jetstream")]
    subjects: Option<Subjects>,
    coordinator: Option<Arc<Coordinator>>,
    archive: Option<PathBuf>,
    message: usize,
    metrics: NetworkMetrics,
    seen: Mutex<Seen>,
}

/// How a node has come by a block, by which it knows who has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// It made the block, or a peer told it.
    Own,
    /// It was published, to everybody who listens.
    #[cfg(feature = "jetstream")]
    Published,
}

impl Gossip {
    /// A node that tells these peers. A coordinator has jobs with each block; an archive is a folder for blocks.
    pub fn new(
        peers: Vec<(Peer, Channel)>,
        coordinator: Option<Arc<Coordinator>>,
        archive: Option<PathBuf>,
        message: usize,
        metrics: NetworkMetrics,
    ) -> Self {
        Self {
            peers,
            #[cfg(feature = "jetstream")]
            subjects: None,
            coordinator,
            archive,
            message,
            metrics,
            seen: Mutex::default(),
        }
    }

    /// The same node, which publishes blocks as well.
    #[cfg(feature = "jetstream")]
    pub(super) fn with_subjects(self, subjects: Option<Subjects>) -> Self {
        Self { subjects, ..self }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a block is known; returns what is known of it if it was before.
    fn note(&self, digest: blake3::Hash, verdict: Option<Verdict>) -> Option<Option<Verdict>> {
        let mut seen = self.seen();
        if let Some((_, known)) = seen.iter().find(|(other, _)| *other == digest) {
            return Some(known.clone());
        }
        if seen.len() >= SEEN {
            seen.pop_front();
        }
        seen.push_back((digest, verdict));
        None
    }

    /// Takes in what a peer has told.
    pub async fn hear(
        self: &Arc<Self>,
        dispatch: &Dispatch,
        caller: &Caller,
        block: AnnounceRequest,
    ) -> Result<AnnounceResponse, Status> {
        self.hear_from(Source::Own, dispatch, caller, block).await
    }

    /// Takes in what was published.
    #[cfg(feature = "jetstream")]
    pub(super) async fn hear_published(
        self: &Arc<Self>,
        dispatch: &Dispatch,
        caller: &Caller,
        block: AnnounceRequest,
    ) -> Result<AnnounceResponse, Status> {
        self.hear_from(Source::Published, dispatch, caller, block).await
    }

    async fn hear_from(
        self: &Arc<Self>,
        source: Source,
        dispatch: &Dispatch,
        caller: &Caller,
        block: AnnounceRequest,
    ) -> Result<AnnounceResponse, Status> {
        check(&block)?;
        let digest = digest(&block);
        if let Some(verdict) = self.note(digest, None) {
            return Ok(AnnounceResponse { verdict, seen_before: true });
        }
        // Where this ends without a verdict, the block is forgotten, so that it may be told again.
        let forget = Forget { gossip: self, digest: Some(digest) };
        let proof = block.proof.clone().unwrap_or_default();
        let verdict = dispatch.verify_one(caller, proof).await?;
        // A real block that could be read and came without its proof will not have one the next time.
        if verdict.kind() == Kind::Unavailable && verdict.block.is_none() {
            return Err(Status::unavailable(verdict.reason));
        }
        forget.remember(verdict.clone());
        let real = is_real(&block).then(|| id(&block));
        let slot = verdict.block.as_ref().map_or(block.slot, |facts| facts.global_slot.into());
        if verdict.kind() == Kind::Valid {
            dispatch.registry.mark(real.clone().map_or(Mark::BlockVerified(slot), Mark::ReplayVerified));
            self.metrics.block("accepted");
            tracing::info!(slot, real, "a block is valid");
            self.accept(source, block, slot).await;
        } else {
            real.clone().into_iter().for_each(|id| dispatch.registry.mark(Mark::ReplayRefused(id)));
            self.metrics.block("refused");
            tracing::warn!(slot, real, reason = verdict.reason, "a block is not valid");
        }
        Ok(AnnounceResponse { verdict: Some(verdict), seen_before: false })
    }

    /// Tells the peers of a block that this node made.
    pub async fn publish(self: &Arc<Self>, block: AnnounceRequest) {
        self.note(digest(&block), Some(Verdict::new(Kind::Valid, "")));
        let slot = block.slot;
        self.accept(Source::Own, block, slot).await;
    }

    /// Tells the peers of a real block that this node has not looked at; returns once each has heard it, or is given up.
    pub async fn retell(&self, block: AnnounceRequest) {
        self.note(digest(&block), None);
        let mut telling = JoinSet::new();
        for (peer, channel) in self.peers.clone() {
            telling.spawn(tell(peer, channel, block.clone(), self.message));
        }
        self.publish_to_all(Source::Own, &block).await;
        while telling.join_next().await.is_some() {}
    }

    /// A real block brings no jobs: they are of the simulated network's circuits.
    async fn accept(self: &Arc<Self>, source: Source, block: AnnounceRequest, slot: u64) {
        if let Some(coordinator) = self.coordinator.as_ref().filter(|_| !is_real(&block)) {
            coordinator.block(slot).await;
        }
        if let Some(folder) = &self.archive {
            let path = folder.join(format!("block-{slot}-{}.bin", id(&block)));
            if let Err(error) = std::fs::write(&path, block.encode_to_vec()) {
                tracing::error!(path = %path.display(), %error, "a block is not kept");
            }
        }
        for (peer, channel) in self.peers.clone() {
            tokio::spawn(tell(peer, channel, block.clone(), self.message));
        }
        self.publish_to_all(source, &block).await;
    }

    /// Publishes a block where the node publishes, unless it was there that it has heard of it.
    async fn publish_to_all(&self, source: Source, block: &AnnounceRequest) {
        #[cfg(feature = "jetstream")]
        if let Some(subjects) = self.subjects.as_ref().filter(|_| source == Source::Own) {
            subjects.tell(block).await;
        }
        #[cfg(not(feature = "jetstream"))]
        let (Source::Own, _) = (source, block);
    }
}

/// Forgets a block unless something was found out about it.
struct Forget<'a> {
    gossip: &'a Gossip,
    digest: Option<blake3::Hash>,
}

impl Forget<'_> {
    fn remember(mut self, verdict: Verdict) {
        let digest = self.digest.take();
        let mut seen = self.gossip.seen();
        if let Some((_, known)) = seen.iter_mut().find(|(other, _)| Some(*other) == digest) {
            *known = Some(verdict);
        }
    }
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        if let Some(digest) = self.digest {
            self.gossip.seen().retain(|(other, _)| *other != digest);
        }
    }
}

async fn tell(peer: Peer, channel: Channel, block: AnnounceRequest, message: usize) {
    if let Err(status) = try_to_tell(channel, block, message).await {
        tracing::warn!(%peer, %status, "a peer was not told of a block");
    }
}

async fn try_to_tell(channel: Channel, block: AnnounceRequest, message: usize) -> Result<(), Status> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let mut client = GossipClient::new(channel.clone()).max_encoding_message_size(message);
        let mut request = Request::new(block.clone());
        request.set_timeout(PATIENCE);
        match client.announce(request).await {
            Ok(_) => return Ok(()),
            Err(status) if attempt < ATTEMPTS && is_temporary(status.code()) => {
                tokio::time::sleep(PAUSE * attempt).await;
            }
            Err(status) => return Err(status),
        }
    }
}

/// Whether it may go better another time.
pub(super) fn is_temporary(code: Code) -> bool {
    matches!(code, Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded | Code::Cancelled)
}

/// Of the proof alone: told again for another slot it is no other block. A real block is another one in each round.
fn digest(block: &AnnounceRequest) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&block.proof.as_ref().map(Message::encode_to_vec).unwrap_or_default());
    if block.round > 0 {
        hasher.update(&block.round.to_le_bytes());
    }
    hasher.finalize()
}

/// A block's name in logs, recordings and archives.
pub(super) fn id(block: &AnnounceRequest) -> String {
    digest(block).to_hex().chars().take(16).collect()
}

/// Whether it is a block of one of Mina's networks.
fn is_real(block: &AnnounceRequest) -> bool {
    block.proof.as_ref().is_some_and(|proof| matches!(proof.kind, Some(proof::Kind::Block(_))))
}

/// Whether it is a real block, or a proof of the circuit of blocks, about the slot that it is told for: the public input of a
/// Kimchi block begins with the number of its slot.
fn check(block: &AnnounceRequest) -> Result<(), Status> {
    let is_block = match block.proof.as_ref().and_then(|proof| proof.kind.as_ref()) {
        Some(proof::Kind::Network(proof)) => proof.key == BLOCKCHAIN && block.round == 0,
        Some(proof::Kind::Kimchi(proof)) => {
            let by_name = matches!(&proof.key, Some(kimchi_proof::Key::KeyName(name)) if name == BLOCKCHAIN);
            by_name && block.round == 0 && proof.public_input.starts_with(&element(block.slot))
        }
        Some(proof::Kind::Block(_)) => block.slot == 0,
        Some(proof::Kind::SideLoaded(_) | proof::Kind::LedgerProof(_) | proof::Kind::Command(_)) | None => {
            false
        }
    };
    if is_block {
        Ok(())
    } else {
        Err(Status::invalid_argument(
            "a block is a proof by the key blockchain, about the slot it is told for",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{Block, KimchiProof, Proof};

    fn block(slot: u64, name: &str, public_input: &[u8]) -> AnnounceRequest {
        let key = Some(kimchi_proof::Key::KeyName(name.to_owned()));
        let proof = KimchiProof { key, public_input: public_input.to_vec().into(), ..KimchiProof::default() };
        let proof = Some(Proof { kind: Some(proof::Kind::Kimchi(proof)) });
        AnnounceRequest { slot, proof, ..AnnounceRequest::default() }
    }

    #[test]
    fn a_real_block_says_its_slot_and_is_another_one_in_each_round() {
        let proof = Some(Proof { kind: Some(proof::Kind::Block(Block::default())) });
        let real = |slot, round| AnnounceRequest { slot, proof: proof.clone(), round };
        assert!(check(&real(0, 0)).is_ok() && check(&real(0, 9)).is_ok() && check(&real(1, 0)).is_err());
        assert!(is_real(&real(0, 0)) && id(&real(0, 1)).len() == 16);
        assert_ne!(id(&real(0, 0)), id(&real(0, 1)));
        let own = block(7, BLOCKCHAIN, &super::element(7));
        assert!(check(&AnnounceRequest { round: 1, ..own.clone() }).is_err() && !is_real(&own));
    }

    #[test]
    fn a_block_is_of_its_key_and_slot() {
        let element = super::element(7);
        assert!(check(&block(7, BLOCKCHAIN, &element)).is_ok());
        assert!(check(&block(8, BLOCKCHAIN, &element)).is_err());
        assert!(check(&block(7, "transaction", &element)).is_err());
        assert!(check(&block(7, BLOCKCHAIN, &element[..31])).is_err());
        assert!(check(&AnnounceRequest::default()).is_err());
    }

    #[test]
    fn blocks_are_remembered_and_forgotten() {
        let gossip = Gossip::new(Vec::new(), None, None, 1, NetworkMetrics::default());
        let digest = |i: u64| blake3::hash(&i.to_le_bytes());
        assert_eq!(gossip.note(digest(0), None), None);
        assert_eq!(gossip.note(digest(0), None), Some(None));
        let verdict = Verdict::new(Kind::Rejected, "x");
        Forget { gossip: &gossip, digest: Some(digest(0)) }.remember(verdict.clone());
        assert_eq!(gossip.note(digest(0), None), Some(Some(verdict)));
        drop(Forget { gossip: &gossip, digest: Some(digest(0)) });
        assert_eq!(gossip.note(digest(0), None), None);
        (1..=SEEN as u64).for_each(|i| assert_eq!(gossip.note(digest(i), None), None));
        assert_eq!(gossip.seen().len(), SEEN);
        assert_eq!(gossip.note(digest(0), None), None, "the oldest is forgotten");
    }
}
