//! Blocks in bin_prot. Facts: Mina, `src/lib/mina_block/{block,header}.ml`, `src/lib/protocol_version/protocol_version.ml`,
//! `src/lib/transition_chain_verifier/transition_chain_verifier.ml`.

use core::fmt;
use core::str::FromStr;

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::pickles::proof::{Proof, ProofsVerified};
use quickpickle_runtime::wire::parts::{
    self, BinProtReader, BinProtWriter, Walk, Within as _, blank_proof, read as fill, write,
};
use quickpickle_runtime::wire::{DecodeError, Fault};

use super::{Block, BlockError, body_reference};
use crate::formats::{Format, Version};
use crate::protocol_state::{ProtocolState, format::protocol_state};

/// Hashes of a late block's header at most; today's networks have none, as their `delta` is 0.
const MAX_DELTA: usize = 64;

/// A version of the protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ProtocolVersion {
    /// Changes with the transactions, which is to say with a hard fork.
    pub transaction: u32,
    /// Changes with what nodes send each other.
    pub network: u32,
    /// Changes with nothing of these.
    pub patch: u32,
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.transaction, self.network, self.patch)
    }
}

impl ProtocolVersion {
    /// Whether blocks that say this version are of a network of that one: a patch changes nothing of them.
    pub fn is_of(self, network: Self) -> bool {
        (self.transaction, self.network) == (network.transaction, network.network)
    }
}

impl FromStr for ProtocolVersion {
    type Err = Fault;

    /// Three numbers with dots between.
    fn from_str(text: &str) -> Result<Self, Fault> {
        let mut numbers = text.split('.').map(|part| {
            let number = part.parse().ok().filter(|number: &u32| number.to_string() == part);
            number.ok_or(Fault::Inconsistent(FORM))
        });
        let mut next = || numbers.next().ok_or(Fault::Inconsistent(FORM))?;
        let version = Self { transaction: next()?, network: next()?, patch: next()? };
        if numbers.next().is_none() { Ok(version) } else { Err(Fault::Inconsistent(FORM)) }
    }
}

/// What the text of a version has to be.
const FORM: &str = "a version is three numbers with dots between";

/// A block's header (`Mina_block.Header.Stable.V2`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The state.
    pub state: ProtocolState,
    /// The proof of it.
    pub proof: Proof,
    /// The hash of an earlier state.
    pub delta_start: Fp,
    /// The hashes of the bodies of the states from there to the one before the block's.
    pub delta_bodies: Vec<Fp>,
    /// The version of the protocol.
    pub current_protocol_version: ProtocolVersion,
    /// The version that the block's maker proposes.
    pub proposed_protocol_version: Option<ProtocolVersion>,
}

impl Header {
    fn blank(state: ProtocolState, proof: Proof) -> Self {
        Self {
            state,
            proof,
            delta_start: Fp::default(),
            delta_bodies: Vec::new(),
            current_protocol_version: ProtocolVersion::default(),
            proposed_protocol_version: None,
        }
    }

    /// Encodes as bin_prot.
    pub fn to_binprot(&self) -> Vec<u8> {
        let mut writer = BinProtWriter::default();
        write(&mut writer, self, |w, header| {
            protocol_state(w, &mut header.state)?;
            state_proof(w, &mut header.proof)?;
            after_proof(w, header)
        });
        writer.bytes
    }

    /// Whether the hashes lead to the state before this one.
    fn has_delta_chain(&self) -> bool {
        let end = (self.delta_bodies.iter())
            .fold(self.delta_start, |previous, body| ProtocolState::hash_of(previous, *body));
        end == self.state.previous_state_hash
    }
}

/// The second field of a header, and of the chain that a daemon hands to its verifier.
fn state_proof<F: Format>(f: &mut F, proof: &mut Proof) -> Walk<F> {
    f.field("protocol_state_proof", |f| parts::proof(f, proof, ProofsVerified::N2))
}

/// All fields of a header but its first two.
fn after_proof<F: Format>(f: &mut F, header: &mut Header) -> Walk<F> {
    f.field("delta_block_chain_proof", |f| {
        f.hash(Version::StateHash, &mut header.delta_start)?;
        f.list(MAX_DELTA, &mut header.delta_bodies, |f, hash| f.hash(Version::StateBodyHash, hash))
    })?;
    f.field("current_protocol_version", |f| protocol_version(f, &mut header.current_protocol_version))?;
    f.field("proposed_protocol_version_opt", |f| {
        f.option(&mut header.proposed_protocol_version, protocol_version)
    })
}

fn protocol_version<F: Format>(f: &mut F, version: &mut ProtocolVersion) -> Walk<F> {
    f.record(|f| {
        f.field("transaction", |f| natural(f, &mut version.transaction))?;
        f.field("network", |f| natural(f, &mut version.network))?;
        f.field("patch", |f| natural(f, &mut version.patch))
    })
}

/// OCaml's `int`, not negative and of at most 32 bits.
fn natural<F: Format>(f: &mut F, number: &mut u32) -> Walk<F> {
    let mut limb = u64::from(*number);
    f.limb(&mut limb)?;
    f.check(|| {
        *number = u32::try_from(limb).map_err(|_| Fault::OutOfRange { found: limb })?;
        Ok(())
    })
}

/// Reads a block, a header, a state with its proof (`Blockchain_snark.Blockchain.Stable.V2`), or a state.
pub(super) fn read(input: &[u8]) -> Result<Block, BlockError> {
    let mut reader = BinProtReader { bytes: parts::Bytes::new(input) };
    let state = fill(&mut reader, ProtocolState::default(), protocol_state)?;
    if rest(&reader, input).is_empty() {
        return Ok(Block::new(state, None));
    }
    let proof = fill(&mut reader, blank_proof(), state_proof).within("header")?;
    if rest(&reader, input).is_empty() {
        return Ok(Block::new(state, Some(proof)));
    }
    let header = fill(&mut reader, Header::blank(state, proof), after_proof).within("header")?;
    if !header.has_delta_chain() {
        return Err(BlockError::OtherDeltaChain);
    }
    let body = rest(&reader, input);
    if !body.is_empty() {
        let stated = header.state.body.blockchain_state.body_reference;
        match body_reference(body) {
            Some(computed) if computed == stated => (),
            Some(computed) => return Err(BlockError::OtherBody { stated, computed }),
            None => {
                return Err(DecodeError::InputTooLong { len: body.len(), max: super::MAX_BODY }.into());
            }
        }
    }
    let mut block = Block::new(header.state, Some(header.proof));
    block.protocol_version = Some(header.current_protocol_version);
    block.has_body = !body.is_empty();
    Ok(block)
}

fn rest<'a>(reader: &BinProtReader<'_>, input: &'a [u8]) -> &'a [u8] {
    input.get(reader.bytes.offset()..).unwrap_or_default()
}
