//! Kimchi's own serialisation: MessagePack as `rmp-serde` writes the reference's structs, fields in order, without names.
//! The order is that of `kimchi/src/proof.rs`, `kimchi/src/verifier_index.rs` and `poly-commitment/src/ipa.rs` of
//! proof-systems 0.7; what is `serde(skip)` there is not here.

mod index;
mod msgpack;
mod proof;

use ark_poly::{EvaluationDomain as _, Radix2EvaluationDomain};
use ark_serialize::CanonicalSerialize as _;

use self::msgpack::{MsgPack, Reader, Writer};
use self::proof::Bounds;
use super::codec::{self, Walk};
use super::detect::{self, Kind};
use super::error::{Fault, Result, Within, bounded};
use super::number::{self, ELEMENT_BYTES};
pub use crate::curve::Curve;
use crate::curve::{KimchiCurve, PallasConfig, ScalarField, VestaConfig};
use crate::kimchi::index::{LookupIndex, MAX_DOMAIN_LOG2, VerifierIndex};
use crate::kimchi::lookup::LookupFeatures;
use crate::kimchi::proof::{Commitment, Proof};
use crate::limits::Limits;

/// The longest input that is read by default ([`Limits::msgpack_bytes`]).
pub const MAX_INPUT: usize = 4 << 20;

/// A proof with all that it takes to verify it.
#[derive(educe::Educe)]
#[educe(Clone, Debug(bound()), PartialEq, Eq)]
pub struct Fixture<C: KimchiCurve> {
    /// The proof.
    pub proof: Proof<C>,
    /// The verification key.
    pub index: VerifierIndex<C>,
    /// The public input.
    pub public_input: Vec<ScalarField<C>>,
}

/// A [`Fixture`] over one of the two curves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnyFixture {
    /// Commitments on Pallas: a circuit over Fq.
    Pallas(Fixture<PallasConfig>),
    /// Commitments on Vesta: a circuit over Fp.
    Vesta(Fixture<VestaConfig>),
}

/// Decodes a proof (`ProverProof`), of any key within the default [`Limits`].
///
/// # Errors
/// Where the bytes are not exactly one such proof, with canonical field elements and points of `C`.
pub fn proof_from_msgpack<C: KimchiCurve>(input: &[u8]) -> Result<Proof<C>> {
    proof_from_msgpack_within(input, &Limits::default())
}

/// [`proof_from_msgpack`] within other limits.
///
/// # Errors
/// As [`proof_from_msgpack`].
pub fn proof_from_msgpack_within<C: KimchiCurve>(input: &[u8], limits: &Limits) -> Result<Proof<C>> {
    let proof = bounded(input, limits.msgpack_bytes).and_then(|input| read_proof(input, Bounds::of(limits)));
    detect::expect(proof, input, "a Kimchi proof", &[Kind::KimchiProof])
}

/// Decodes a proof for a key that is there: no list longer than the key's is read.
///
/// # Errors
/// As [`proof_from_msgpack`], and where the proof has more of anything than proofs for this key can have.
pub fn proof_for_key_from_msgpack<C: KimchiCurve>(
    input: &[u8],
    key: &VerifierIndex<C>,
    limits: &Limits,
) -> Result<Proof<C>> {
    let proof = bounded(input, limits.msgpack_bytes)
        .and_then(|input| read_proof(input, Bounds::for_key(key, limits)));
    detect::expect(proof, input, "a Kimchi proof", &[Kind::KimchiProof])
}

fn read_proof<C: KimchiCurve>(input: &[u8], bounds: Bounds) -> Result<Proof<C>> {
    Reader::whole(input, |r| codec::read(r, proof::blank(), |r, value| proof::proof(r, value, bounds)))
}

/// Encodes a proof.
pub fn proof_to_msgpack<C: KimchiCurve>(proof: &Proof<C>) -> Vec<u8> {
    let mut writer = Writer::default();
    codec::write(&mut writer, proof, |w, proof| proof::proof(w, proof, Bounds::of(&Limits::LARGEST)));
    writer.finish()
}

/// Decodes a verification key (`VerifierIndex`) within the default [`Limits`].
///
/// # Errors
/// Where the bytes are not exactly one such key, with canonical field elements and points of `C`; where its domain is
/// not the one of its size over the scalar field of `C`, a size is out of bounds, or the facts about its lookups
/// contradict each other.
pub fn index_from_msgpack<C: KimchiCurve>(input: &[u8]) -> Result<VerifierIndex<C>> {
    index_from_msgpack_within(input, &Limits::default())
}

/// [`index_from_msgpack`] within other limits.
///
/// # Errors
/// As [`index_from_msgpack`].
pub fn index_from_msgpack_within<C: KimchiCurve>(input: &[u8], limits: &Limits) -> Result<VerifierIndex<C>> {
    let index = bounded(input, limits.msgpack_bytes).and_then(|input| read_index(input, limits));
    detect::expect(index, input, "a Kimchi verifier index", &[Kind::KimchiIndex])
}

fn read_index<C: KimchiCurve>(input: &[u8], limits: &Limits) -> Result<VerifierIndex<C>> {
    Reader::whole(input, |r| codec::read(r, index::blank(), |r, value| index::index(r, value, limits)))
}

/// Encodes a verification key.
pub fn index_to_msgpack<C: KimchiCurve>(index: &VerifierIndex<C>) -> Vec<u8> {
    let mut writer = Writer::default();
    codec::write(&mut writer, index, |w, index| index::index(w, index, &Limits::LARGEST));
    writer.finish()
}

/// Which curve a verification key is for: the one whose scalar field its domain lies in.
///
/// # Errors
/// Where the bytes do not begin as a key of either curve.
pub fn curve_of_index(input: &[u8]) -> Result<Curve> {
    let curve = curve_of(input);
    detect::expect(curve, input, "a Kimchi verifier index", &[Kind::KimchiIndex])
}

fn curve_of(input: &[u8]) -> Result<Curve> {
    let mut domain = [0; DOMAIN_BYTES];
    Reader::new(input).structure(index::FIELDS, |r| r.binary(&mut domain)).within("domain")?;
    if domain_log2::<VestaConfig>(&domain).is_ok() {
        Ok(Curve::Vesta)
    } else {
        domain_log2::<PallasConfig>(&domain).map(|_| Curve::Pallas).within("domain")
    }
}

/// Decodes a public input: field elements of 32 bytes, little-endian, back to back, as many as the default [`Limits`] allow.
///
/// # Errors
/// Where the length is not a multiple of 32, there are more elements, or one is not canonical.
pub fn public_input_from_bytes<C: KimchiCurve>(input: &[u8]) -> Result<Vec<ScalarField<C>>> {
    public_input_from_bytes_within::<C>(input, &Limits::default())
}

/// [`public_input_from_bytes`] within other limits.
///
/// # Errors
/// As [`public_input_from_bytes`].
pub fn public_input_from_bytes_within<C: KimchiCurve>(
    input: &[u8],
    limits: &Limits,
) -> Result<Vec<ScalarField<C>>> {
    let (elements, rest) = input.as_chunks::<ELEMENT_BYTES>();
    if elements.len() > limits.statement {
        return Err(Fault::TooMany { max: limits.statement }.into());
    }
    if !rest.is_empty() {
        return Err(Fault::Trailing { bytes: rest.len() }.into());
    }
    let decode = |(i, bytes)| number::element_from_bytes(bytes).within_element(i);
    elements.iter().enumerate().map(decode).collect()
}

/// Encodes a public input.
pub fn public_input_to_bytes<C: KimchiCurve>(public_input: &[ScalarField<C>]) -> Vec<u8> {
    public_input.iter().flat_map(number::element_to_bytes).collect()
}

/// Decodes a file of the reference's own tests (`RawFixture`): proof, verification key and public input, over the curve
/// that the key is for, within the default [`Limits`].
///
/// The key is decoded first, though it comes second: its sizes bound the lists of the proof.
///
/// # Errors
/// Where a part is malformed, the number of public inputs is not the one told, or the file's feature flags or its
/// endomorphism constant are not those of the key.
pub fn fixture_from_msgpack(input: &[u8]) -> Result<AnyFixture> {
    fixture_from_msgpack_within(input, &Limits::default())
}

/// [`fixture_from_msgpack`] within other limits.
///
/// # Errors
/// As [`fixture_from_msgpack`].
pub fn fixture_from_msgpack_within(input: &[u8], limits: &Limits) -> Result<AnyFixture> {
    let fixture = bounded(input, limits.msgpack_bytes).and_then(|input| read_fixture(input, limits));
    detect::expect(fixture, input, "a Kimchi fixture", &[Kind::KimchiFixture])
}

fn read_fixture(input: &[u8], limits: &Limits) -> Result<AnyFixture> {
    let raw = Reader::whole(input, |r| codec::read(r, RawFixture::default(), |r, raw| raw.walk(r)))?;
    match curve_of(&raw.index).within("verifier_index_bytes")? {
        Curve::Pallas => raw.decode(limits).map(AnyFixture::Pallas),
        Curve::Vesta => raw.decode(limits).map(AnyFixture::Vesta),
    }
}

/// Encodes a [`Fixture`] as the reference's tests do, with the endomorphism constant.
pub fn fixture_to_msgpack<C: KimchiCurve>(fixture: &Fixture<C>) -> Vec<u8> {
    let raw = RawFixture {
        proof: proof_to_msgpack(&fixture.proof),
        index: index_to_msgpack(&fixture.index),
        public_input: public_input_to_bytes::<C>(&fixture.public_input),
        count: fixture.public_input.len(),
        features: Features::of(&fixture.index),
        endo: Some(number::element_to_bytes(&C::other_endo_base()).to_vec()),
    };
    let mut writer = Writer::default();
    codec::write(&mut writer, &raw, |w, raw| raw.walk(w));
    writer.finish()
}

/// The outer layer of a fixture.
#[derive(Clone, Default)]
struct RawFixture {
    proof: Vec<u8>,
    index: Vec<u8>,
    public_input: Vec<u8>,
    count: usize,
    features: Features,
    endo: Option<Vec<u8>>,
}

impl RawFixture {
    fn walk<M: MsgPack>(&mut self, m: &mut M) -> Walk<M> {
        // The last field, `endo`, came later: without it there are five.
        m.structure_of(5..=6, |m, fields| {
            m.field("proof_bytes", |m| m.numbers(usize::MAX, &mut self.proof))?;
            m.field("verifier_index_bytes", |m| m.numbers(usize::MAX, &mut self.index))?;
            m.field("public_inputs_bytes", |m| m.numbers(usize::MAX, &mut self.public_input))?;
            m.field("num_public_inputs", |m| m.size(usize::MAX, &mut self.count))?;
            m.field("feature_flags", |m| self.features.walk(m))?;
            if fields == 6 {
                m.field("endo", |m| m.option(&mut self.endo, |m, endo| m.numbers(ELEMENT_BYTES, endo)))?;
            }
            Ok(())
        })
    }

    fn decode<C: KimchiCurve>(&self, limits: &Limits) -> Result<Fixture<C>> {
        let index = read_index(&self.index, limits).within("verifier_index_bytes")?;
        let public_input =
            public_input_from_bytes_within::<C>(&self.public_input, limits).within("public_inputs_bytes")?;
        let proof = read_proof(&self.proof, Bounds::for_key(&index, limits)).within("proof_bytes")?;
        let fixture = Fixture { proof, index, public_input };
        if self.count != fixture.public_input.len() {
            return Err(Fault::Inconsistent("not the number of public inputs that there are"))
                .within("num_public_inputs");
        }
        if self.features != Features::of(&fixture.index) {
            return Err(Fault::Inconsistent("not the features of the verification key"))
                .within("feature_flags");
        }
        let endo = number::element_to_bytes(&C::other_endo_base());
        if self.endo.as_ref().is_some_and(|found| *found != endo) {
            return Err(Fault::Inconsistent("not the endomorphism constant of the curve")).within("endo");
        }
        Ok(fixture)
    }
}

/// Kimchi's `FeatureFlags`, all of which the verification key implies.
#[derive(Clone, PartialEq, Eq)]
struct Features {
    gates: [bool; 6],
    lookups: LookupFeatures,
}

impl Default for Features {
    fn default() -> Self {
        Self { gates: [false; 6], lookups: NO_LOOKUPS }
    }
}

const NO_LOOKUPS: LookupFeatures = LookupFeatures { patterns: [false; 4], runtime_table: false };

impl Features {
    fn of<C: KimchiCurve>(index: &VerifierIndex<C>) -> Self {
        Self {
            gates: index.optional_selectors.each_ref().map(Option::is_some),
            lookups: index.lookup.as_ref().map_or(NO_LOOKUPS, LookupIndex::features),
        }
    }

    fn walk<M: MsgPack>(&mut self, m: &mut M) -> Walk<M> {
        m.structure(7, |m| {
            self.gates.iter_mut().try_for_each(|gate| m.boolean(gate))?;
            m.field("lookup_features", |m| lookup_features(m, &mut self.lookups))
        })
    }
}

/// Kimchi's `LookupFeatures`: patterns, whether lookups are joint (which the patterns imply), runtime tables.
fn lookup_features<M: MsgPack>(m: &mut M, features: &mut LookupFeatures) -> Walk<M> {
    m.structure(3, |m| {
        m.field("patterns", |m| m.array(&mut features.patterns, M::boolean))?;
        let implied = features.joint_lookup_used();
        let mut joint = implied;
        m.field("joint_lookup_used", |m| m.boolean(&mut joint))?;
        m.field("uses_runtime_tables", |m| m.boolean(&mut features.runtime_table))?;
        m.check(|| {
            let fault = Fault::Inconsistent("whether lookups are joint does not follow from the patterns");
            if joint == implied { Ok(()) } else { Err(fault) }
        })
    })
}

/// Bytes of `Radix2EvaluationDomain`: the size as 64 bits, its logarithm as 32, and seven field elements.
const DOMAIN_BYTES: usize = 8 + 4 + 7 * ELEMENT_BYTES;

/// The domain of 2^`log2` elements over the scalar field of `C`, in `ark-poly`'s form; none where there is no such domain.
fn domain_bytes<C: KimchiCurve>(log2: u32) -> Option<[u8; DOMAIN_BYTES]> {
    let domain = Radix2EvaluationDomain::<ScalarField<C>>::new(1usize.checked_shl(log2)?)?;
    let mut bytes = Vec::with_capacity(DOMAIN_BYTES);
    domain.serialize_uncompressed(&mut bytes).ok()?;
    bytes.try_into().ok()
}

/// The logarithm of a domain's size; every other figure in the bytes follows from it, and must be the right one.
fn domain_log2<C: KimchiCurve>(bytes: &[u8; DOMAIN_BYTES]) -> Result<u32, Fault> {
    let size = u64::from_le_bytes(std::array::from_fn(|i| bytes[i]));
    let log2 = size
        .checked_ilog2()
        .filter(|log2| *log2 <= MAX_DOMAIN_LOG2)
        .ok_or(Fault::OutOfRange { found: size })?;
    if domain_bytes::<C>(log2).as_ref() == Some(bytes) {
        Ok(log2)
    } else {
        Err(Fault::Inconsistent("not the domain of its size over this curve's scalar field"))
    }
}

/// `PolyComm`: a struct of one field, the chunks, `max` at most.
fn commitment<M: MsgPack, C: KimchiCurve>(m: &mut M, commitment: &mut Commitment<C>, max: usize) -> Walk<M> {
    m.structure(1, |m| m.list(max, &mut commitment.0, M::point))
}
