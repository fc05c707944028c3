//! Kimchi's own serialisation: MessagePack as `rmp-serde` writes the reference's structs, fields in order, without names.
//! The order is that of `kimchi/src/proof.rs`, `kimchi/src/verifier_index.rs` and `poly-commitment/src/ipa.rs` of
//! proof-systems 0.7; what is `serde(skip)` there is not here.

mod index;
mod msgpack;
mod proof;

use ark_poly::{EvaluationDomain as _, Radix2EvaluationDomain};
use ark_serialize::CanonicalSerialize as _;

use self::msgpack::{Reader, Writer};
use super::detect::{self, Kind};
use super::error::{Fault, Result, Within, bounded};
use super::number::{self, ELEMENT_BYTES};
pub use crate::curve::Curve;
use crate::curve::{KimchiCurve, PallasConfig, ScalarField, VestaConfig};
use crate::kimchi::index::{LookupIndex, MAX_DOMAIN_LOG2, VerifierIndex};
use crate::kimchi::lookup::LookupFeatures;
use crate::kimchi::proof::{Commitment, Proof};

/// The longest input that is read: room for a thousand chunks a commitment.
pub const MAX_INPUT: usize = 16 << 20;
/// Chunks of a commitment or an evaluation at most, and of a quotient.
const MAX_CHUNKS: usize = 1 << 14;

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

/// Decodes a proof (`ProverProof`).
///
/// # Errors
/// Where the bytes are not exactly one such proof, with canonical field elements and points of `C`.
pub fn proof_from_msgpack<C: KimchiCurve>(input: &[u8]) -> Result<Proof<C>> {
    let proof = bounded(input, MAX_INPUT).and_then(|input| Reader::whole(input, proof::read));
    detect::expect(proof, input, "a Kimchi proof", &[Kind::KimchiProof])
}

/// Encodes a proof.
pub fn proof_to_msgpack<C: KimchiCurve>(proof: &Proof<C>) -> Vec<u8> {
    let mut writer = Writer::default();
    proof::write(&mut writer, proof);
    writer.finish()
}

/// Decodes a verification key (`VerifierIndex`).
///
/// # Errors
/// Where the bytes are not exactly one such key, with canonical field elements and points of `C`; where its domain is
/// not the one of its size over the scalar field of `C`, a size is out of bounds, or the facts about its lookups
/// contradict each other.
pub fn index_from_msgpack<C: KimchiCurve>(input: &[u8]) -> Result<VerifierIndex<C>> {
    let index = bounded(input, MAX_INPUT).and_then(|input| Reader::whole(input, index::read));
    detect::expect(index, input, "a Kimchi verifier index", &[Kind::KimchiIndex])
}

/// Encodes a verification key.
pub fn index_to_msgpack<C: KimchiCurve>(index: &VerifierIndex<C>) -> Vec<u8> {
    let mut writer = Writer::default();
    index::write(&mut writer, index);
    writer.finish()
}

/// Which curve a verification key is for: the one whose scalar field its domain lies in.
///
/// # Errors
/// Where the bytes do not begin as a key of either curve.
pub fn curve_of_index(input: &[u8]) -> Result<Curve> {
    let mut reader = Reader::new(bounded(input, MAX_INPUT)?);
    let domain = reader.structure(index::FIELDS, |r| Ok(r.binary()?)).within("domain")?;
    if domain_log2::<VestaConfig>(&domain).is_ok() {
        Ok(Curve::Vesta)
    } else {
        domain_log2::<PallasConfig>(&domain).map(|_| Curve::Pallas).within("domain")
    }
}

/// Decodes a public input: field elements of 32 bytes, little-endian, back to back.
///
/// # Errors
/// Where the length is not a multiple of 32, or an element is not canonical.
pub fn public_input_from_bytes<C: KimchiCurve>(input: &[u8]) -> Result<Vec<ScalarField<C>>> {
    let (elements, rest) = bounded(input, MAX_INPUT)?.as_chunks::<ELEMENT_BYTES>();
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
/// that the key is for.
///
/// # Errors
/// Where a part is malformed, the number of public inputs is not the one told, or the file's feature flags or its
/// endomorphism constant are not those of the key.
pub fn fixture_from_msgpack(input: &[u8]) -> Result<AnyFixture> {
    detect::expect(read_fixture(input), input, "a Kimchi fixture", &[Kind::KimchiFixture])
}

fn read_fixture(input: &[u8]) -> Result<AnyFixture> {
    let raw = Reader::whole(bounded(input, MAX_INPUT)?, RawFixture::read)?;
    match curve_of_index(&raw.index).within("verifier_index_bytes")? {
        Curve::Pallas => raw.decode().map(AnyFixture::Pallas),
        Curve::Vesta => raw.decode().map(AnyFixture::Vesta),
    }
}

/// Encodes a [`Fixture`] as the reference's tests do, with the endomorphism constant.
pub fn fixture_to_msgpack<C: KimchiCurve>(fixture: &Fixture<C>) -> Vec<u8> {
    RawFixture {
        proof: proof_to_msgpack(&fixture.proof),
        index: index_to_msgpack(&fixture.index),
        public_input: public_input_to_bytes::<C>(&fixture.public_input),
        count: fixture.public_input.len(),
        features: Features::of(&fixture.index),
        endo: Some(number::element_to_bytes(&C::other_endo_base()).to_vec()),
    }
    .write()
}

/// The outer layer of a fixture.
struct RawFixture {
    proof: Vec<u8>,
    index: Vec<u8>,
    public_input: Vec<u8>,
    count: usize,
    features: Features,
    endo: Option<Vec<u8>>,
}

impl RawFixture {
    fn read(r: &mut Reader<'_>) -> Result<Self> {
        // The last field, `endo`, came later.
        let fields = r.array_length()?;
        if !matches!(fields, 5 | 6) {
            return Err(Fault::Inconsistent("a fixture has five or six fields").into());
        }
        Ok(Self {
            proof: r.field("proof_bytes", Reader::numbers)?,
            index: r.field("verifier_index_bytes", Reader::numbers)?,
            public_input: r.field("public_inputs_bytes", Reader::numbers)?,
            count: r.field("num_public_inputs", |r| Ok(r.size(MAX_INPUT)?))?,
            features: r.field("feature_flags", Features::read)?,
            endo: if fields == 6 { r.field("endo", |r| r.option(Reader::numbers))? } else { None },
        })
    }

    fn write(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.array(6);
        w.numbers(&self.proof);
        w.numbers(&self.index);
        w.numbers(&self.public_input);
        w.size(self.count);
        self.features.write(&mut w);
        w.option(self.endo.as_ref(), |w, endo| w.numbers(endo));
        w.finish()
    }

    fn decode<C: KimchiCurve>(&self) -> Result<Fixture<C>> {
        let fixture = Fixture {
            proof: Reader::whole(&self.proof, proof::read).within("proof_bytes")?,
            index: Reader::whole(&self.index, index::read).within("verifier_index_bytes")?,
            public_input: public_input_from_bytes::<C>(&self.public_input).within("public_inputs_bytes")?,
        };
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
#[derive(PartialEq, Eq)]
struct Features {
    gates: [bool; 6],
    lookups: LookupFeatures,
}

impl Features {
    fn of<C: KimchiCurve>(index: &VerifierIndex<C>) -> Self {
        let none = LookupFeatures { patterns: [false; 4], runtime_table: false };
        Self {
            gates: index.optional_selectors.each_ref().map(Option::is_some),
            lookups: index.lookup.as_ref().map_or(none, LookupIndex::features),
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self> {
        r.structure(7, |r| {
            let mut gates = [false; 6];
            for gate in &mut gates {
                *gate = r.boolean()?;
            }
            Ok(Self { gates, lookups: r.field("lookup_features", read_lookup_features)? })
        })
    }

    fn write(&self, w: &mut Writer) {
        w.array(7);
        self.gates.iter().for_each(|gate| w.boolean(*gate));
        write_lookup_features(w, &self.lookups);
    }
}

/// Kimchi's `LookupFeatures`: patterns, whether lookups are joint (which the patterns imply), runtime tables.
fn read_lookup_features(r: &mut Reader<'_>) -> Result<LookupFeatures> {
    r.structure(3, |r| {
        let patterns = r.field("patterns", |r| r.array(|r| Ok(r.boolean()?)))?;
        let joint_lookup_used = r.field("joint_lookup_used", |r| Ok(r.boolean()?))?;
        let runtime_table = r.field("uses_runtime_tables", |r| Ok(r.boolean()?))?;
        let features = LookupFeatures { patterns, runtime_table };
        if joint_lookup_used != features.joint_lookup_used() {
            return Err(
                Fault::Inconsistent("whether lookups are joint does not follow from the patterns").into()
            );
        }
        Ok(features)
    })
}

fn write_lookup_features(w: &mut Writer, features: &LookupFeatures) {
    w.array(3);
    w.list(&features.patterns, |w, flag| w.boolean(*flag));
    w.boolean(features.joint_lookup_used());
    w.boolean(features.runtime_table);
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

/// `PolyComm`: a struct of one field, the chunks.
fn read_commitment<C: KimchiCurve>(r: &mut Reader<'_>) -> Result<Commitment<C>> {
    r.structure(1, |r| r.list(MAX_CHUNKS, Reader::point).map(Commitment))
}

fn write_commitment<C: KimchiCurve>(w: &mut Writer, commitment: &Commitment<C>) {
    w.array(1);
    w.list(&commitment.0, Writer::point);
}
