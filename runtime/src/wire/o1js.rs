//! The JSON of o1js: `Proof.toJSON()` and a verification key's `{ data, hash }`.
//!
//! Unknown fields are passed over, as o1js does; a field that is there twice is refused. Field elements have one form:
//! where o1js reduces a number above the modulus, this refuses it, so that two texts never stand for one statement.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::detect::{self, Kind};
use super::error::{DecodeError, Fault, Result, Within, bounded, excerpt};
use super::json::{Elements, LARGEST, MAX_ELEMENTS, object_from_json, to_json};
use super::sexp::{SexpReader, SexpWriter};
use super::{binprot, codec, number, side_loaded};
use crate::curve::Fp;
use crate::error::{Error, VerifyError};
use crate::limits::Limits;
use crate::pickles::key::PreparedKey;
use crate::pickles::proof::{Proof, ProofsVerified, VerificationKey};
use crate::verifier::{OwnedTask, Task};

/// The longest `proof` string that is read. A proof without chunks has about 33 kB of base64.
pub const MAX_PROOF: usize = 512 << 10;

/// A proof as o1js hands it out, with its statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct O1jsProof {
    /// Input, then output.
    statement: Vec<Fp>,
    /// How many elements of the statement are the input.
    inputs: usize,
    /// How many proofs any method of the program verifies at most; 2 in the form that zkApp transactions carry.
    pub max_proofs_verified: ProofsVerified,
    /// The proof.
    pub proof: Proof,
}

impl O1jsProof {
    /// A proof about an input and an output.
    pub fn new(
        public_input: Vec<Fp>,
        public_output: &[Fp],
        max_proofs_verified: ProofsVerified,
        proof: Proof,
    ) -> Self {
        let inputs = public_input.len();
        let mut statement = public_input;
        statement.extend_from_slice(public_output);
        Self { statement, inputs, max_proofs_verified, proof }
    }

    /// The statement that the proof is about: input, then output.
    pub fn statement(&self) -> &[Fp] {
        &self.statement
    }

    /// The field elements of the public input.
    pub fn public_input(&self) -> &[Fp] {
        &self.statement[..self.inputs]
    }

    /// The field elements of the public output.
    pub fn public_output(&self) -> &[Fp] {
        &self.statement[self.inputs..]
    }

    /// Compares the numbers of field elements of input and output with those of the program.
    ///
    /// A proof binds neither: the border between input and output is not part of what is proven, and with an odd number of
    /// elements a proof that verified no earlier one also holds with one more zero. Only whoever knows the program knows
    /// the lengths.
    ///
    /// # Errors
    /// [`VerifyError::StatementLength`] where a number is another.
    pub fn expect_lengths(&self, input: usize, output: usize) -> Result<(), VerifyError> {
        let (found_input, found_output) = (self.inputs, self.statement.len() - self.inputs);
        for (part, expected, found) in
            [("public input", input, found_input), ("public output", output, found_output)]
        {
            if expected != found {
                return Err(VerifyError::StatementLength { part, expected, found });
            }
        }
        Ok(())
    }

    /// The proof as a task for its program's key.
    pub fn task<'a>(&'a self, key: &'a PreparedKey) -> Task<'a> {
        Task::pickles(key, &self.statement, &self.proof)
    }

    /// The same, owned.
    pub fn into_task(self, key: Arc<PreparedKey>) -> OwnedTask {
        OwnedTask::pickles(key, self.statement, self.proof)
    }
}

impl PreparedKey {
    /// Decodes and prepares the JSON text of an o1js verification key. Where it carries the key's hash, that is the right one.
    ///
    /// # Errors
    /// As [`verification_key_from_json`]; and where the key is inconsistent.
    pub fn from_o1js(text: impl AsRef<[u8]>) -> Result<Self, Error> {
        let (key, _hash) = verification_key_from_json(text)?;
        Ok(Self::new(key).map_err(VerifyError::from)?)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProofJson<'a, const MAX: usize = MAX_ELEMENTS> {
    public_input: Elements<Fp, MAX>,
    public_output: Elements<Fp, MAX>,
    max_proofs_verified: u64,
    #[serde(borrow)]
    proof: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
struct KeyJson<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    hash: Option<Cow<'a, str>>,
}

/// Decodes the text of `JSON.stringify(proof.toJSON())`, within the default [`Limits`].
///
/// # Errors
/// Where the text is not JSON of this shape, the proof not base64 of one proof with the challenges of exactly
/// `maxProofsVerified` proofs, a number not canonical, a point not on its curve.
pub fn proof_from_json(text: impl AsRef<[u8]>) -> Result<O1jsProof> {
    proof_from_json_within(text, &Limits::default())
}

/// [`proof_from_json`] within other limits.
///
/// # Errors
/// As [`proof_from_json`].
pub fn proof_from_json_within(text: impl AsRef<[u8]>, limits: &Limits) -> Result<O1jsProof> {
    let text = text.as_ref();
    let proof = if limits.statement <= MAX_ELEMENTS {
        read_proof_json::<MAX_ELEMENTS>(text, limits)
    } else {
        read_proof_json::<LARGEST>(text, limits)
    };
    detect::expect(proof, text, "the JSON of an o1js proof", &[Kind::O1jsProof])
}

fn read_proof_json<const MAX: usize>(text: &[u8], limits: &Limits) -> Result<O1jsProof> {
    let json: ProofJson<'_, MAX> = object_from_json(text, limits)?;
    let max_proofs_verified = usize::try_from(json.max_proofs_verified)
        .ok()
        .and_then(ProofsVerified::from_count)
        .ok_or(Fault::OutOfRange { found: json.max_proofs_verified })
        .within("maxProofsVerified")?;
    let input = json.public_input.elements(limits).within("publicInput")?;
    let output = json.public_output.elements(limits).within("publicOutput")?;
    let proof = read_proof_base64(&json.proof, max_proofs_verified).within("proof")?;
    Ok(O1jsProof::new(input, &output, max_proofs_verified, proof))
}

/// Encodes a proof as o1js does.
pub fn proof_to_json(proof: &O1jsProof) -> String {
    to_json(&ProofJson::<'_, MAX_ELEMENTS> {
        public_input: Elements(Ok(proof.public_input().to_vec())),
        public_output: Elements(Ok(proof.public_output().to_vec())),
        max_proofs_verified: proof.max_proofs_verified.count() as u64,
        proof: STANDARD.encode(proof_to_sexp(&proof.proof)).into(),
    })
}

/// Decodes the string `proof` of a proof's JSON (also what zkApp transactions carry as `authorization.proof`): base64
/// of an s-expression, whose wrap message holds the challenges of `max_proofs_verified` proofs.
///
/// # Errors
/// Where the string is not exactly that.
pub fn proof_from_base64(text: &str, max_proofs_verified: ProofsVerified) -> Result<Proof> {
    let proof = read_proof_base64(text, max_proofs_verified);
    detect::expect(proof, text.as_bytes(), "the base64 of an o1js proof", &[Kind::ProofBase64])
}

fn read_proof_base64(text: &str, max_proofs_verified: ProofsVerified) -> Result<Proof> {
    let sexp = from_base64(bounded(text.as_bytes(), MAX_PROOF)?)?;
    read_proof_sexp(&sexp, max_proofs_verified)
}

/// Decodes a proof from the text of its s-expression.
///
/// # Errors
/// Where the text is not exactly one s-expression of a proof with the challenges of `max_proofs_verified` proofs.
pub fn proof_from_sexp(text: &[u8], max_proofs_verified: ProofsVerified) -> Result<Proof> {
    let proof = read_proof_sexp(text, max_proofs_verified);
    detect::expect(proof, text, "the s-expression of a proof", &[Kind::ProofSexp])
}

fn read_proof_sexp(text: &[u8], max_proofs_verified: ProofsVerified) -> Result<Proof> {
    SexpReader::whole(bounded(text, MAX_PROOF)?, |r| {
        codec::read(r, side_loaded::blank_proof(), |r, proof| {
            side_loaded::proof(r, proof, max_proofs_verified)
        })
    })
}

/// The s-expression of a proof, as OCaml writes it.
pub fn proof_to_sexp(proof: &Proof) -> String {
    let mut writer = SexpWriter::default();
    // The width matters only where a proof is read.
    codec::write(&mut writer, proof, |w, proof| side_loaded::proof(w, proof, ProofsVerified::N2));
    writer.finish()
}

/// Decodes the text of a verification key's JSON: the key, and its hash where the text carries it (it is then the right
/// one; o1js itself never looks at it).
///
/// # Errors
/// Where the text is not JSON of this shape, `data` not base64 of one key, a point not on Pallas, or `hash` not the hash
/// of the key.
pub fn verification_key_from_json(text: impl AsRef<[u8]>) -> Result<(VerificationKey, Option<Fp>)> {
    let text = text.as_ref();
    detect::expect(read_key_json(text), text, "the JSON of an o1js verification key", &[Kind::O1jsKey])
}

fn read_key_json(text: &[u8]) -> Result<(VerificationKey, Option<Fp>)> {
    let json: KeyJson<'_> = object_from_json(text, &Limits::default())?;
    let key = read_key_base64(&json.data).within("data")?;
    let claimed = json.hash.as_deref().map(number::element_from_decimal).transpose().within("hash")?;
    if let Some(claimed) = claimed {
        let computed = key.hash();
        if claimed != computed {
            return Err(DecodeError::KeyHashMismatch { claimed, computed });
        }
    }
    Ok((key, claimed))
}

/// Decodes the string `data` of a verification key's JSON: base64 of bin_prot.
///
/// # Errors
/// Where the string is not exactly that, or a point is not on Pallas.
pub fn verification_key_from_base64(text: &str) -> Result<VerificationKey> {
    let key = read_key_base64(text);
    detect::expect(key, text.as_bytes(), "the base64 data of a verification key", &[Kind::KeyBase64])
}

pub(super) fn read_key_base64(text: &str) -> Result<VerificationKey> {
    binprot::read_verification_key(&from_base64(bounded(text.as_bytes(), binprot::MAX_INPUT)?)?)
}

/// Encodes a verification key as o1js's `data`.
pub fn verification_key_to_base64(key: &VerificationKey) -> String {
    STANDARD.encode(binprot::verification_key_to_bytes(key))
}

/// Encodes a verification key with its hash as o1js does.
pub fn verification_key_to_json(key: &VerificationKey, hash: Option<Fp>) -> String {
    let hash = hash.map(|hash| hash.to_string().into());
    to_json(&KeyJson { data: verification_key_to_base64(key).into(), hash })
}

fn from_base64(text: &[u8]) -> Result<Vec<u8>> {
    STANDARD.decode(text).map_err(|e| DecodeError::from(Fault::Carrier(excerpt(&e))))
}
