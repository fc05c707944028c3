//! bin_prot proofs with a statement each, as JSON: `{"statement": [decimal strings], "proof": base64 of bin_prot}`.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::binprot;
use super::detect::{self, Kind};
use super::error::{Fault, Result, Within, bounded, excerpt};
use super::json::{self, Elements, object_from_json};
use crate::curve::Fp;
use crate::limits::Limits;
use crate::pickles::proof::Proof;

/// The longest base64 of a proof that is read.
const MAX_BASE64: usize = binprot::MAX_INPUT.div_ceil(3) * 4;

/// A proof in the form of Mina's networks, with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedProof {
    /// The statement.
    pub statement: Vec<Fp>,
    /// The proof.
    pub proof: Proof,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatedJson<'a> {
    statement: Elements<Fp>,
    #[serde(borrow)]
    proof: Cow<'a, str>,
}

/// Decodes one such object.
///
/// # Errors
/// Where the text is not JSON of exactly this shape, an element not a canonical decimal, the proof not base64 of one
/// proof.
pub fn from_json(text: impl AsRef<[u8]>) -> Result<StatedProof> {
    from_json_within(text, &Limits::default())
}

/// [`from_json`] within other limits.
///
/// # Errors
/// As [`from_json`].
pub fn from_json_within(text: impl AsRef<[u8]>, limits: &Limits) -> Result<StatedProof> {
    let text = text.as_ref();
    let expected = "the JSON of a bin_prot proof with its statement";
    detect::expect(read(text, limits), text, expected, &[Kind::StatedProof])
}

fn read(text: &[u8], limits: &Limits) -> Result<StatedProof> {
    let json: StatedJson<'_> = object_from_json(text, limits)?;
    let statement = json.statement.elements(limits).within("statement")?;
    let proof = bounded(json.proof.as_bytes(), MAX_BASE64).and_then(|text| {
        let bytes = STANDARD.decode(text).map_err(|e| Fault::Carrier(excerpt(&e)))?;
        binprot::proof_from_bytes(&bytes)
    });
    Ok(StatedProof { statement, proof: proof.within("proof")? })
}

/// Encodes a proof with its statement, as [`from_json`] decodes them.
pub fn to_json(stated: &StatedProof) -> String {
    json::to_json(&StatedJson {
        statement: Elements(Ok(stated.statement.clone())),
        proof: STANDARD.encode(binprot::proof_to_bytes(&stated.proof)).into(),
    })
}
