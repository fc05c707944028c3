//! The files of the networks' verification keys (`srs-data/networks/`).

use std::borrow::Cow;

use quickpickle_srs_data::NetworkKeyFile;
use serde::Deserialize;

use super::detect::{self, Kind};
use super::error::{DecodeError, Result, Within, excerpt};
use super::json::object_from_json;
use super::o1js;
use crate::limits::Limits;
use crate::pickles::proof::VerificationKey;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeyFileJson<'a> {
    #[serde(borrow)]
    network: Cow<'a, str>,
    #[serde(borrow)]
    protocol_version: Cow<'a, str>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    digest: Cow<'a, str>,
    #[serde(borrow)]
    data: Cow<'a, str>,
}

/// Decodes the text of a network's key file, which must be the key that `expected` identifies.
///
/// # Errors
/// Where the text is not such a file, the file is about another network, protocol version or circuit, or the digest of
/// its key is not the pinned one.
pub fn key_from_json(text: impl AsRef<[u8]>, expected: &NetworkKeyFile) -> Result<VerificationKey> {
    let text = text.as_ref();
    let json = object_from_json::<KeyFileJson<'_>>(text, &Limits::default());
    let json = detect::expect(json, text, "the file of a network's verification key", &[Kind::NetworkKey])?;
    require("network", json.network, expected.network.name())?;
    require("protocol version", json.protocol_version, expected.protocol_version)?;
    require("circuit", json.kind, expected.proof.name())?;
    require("claimed digest", json.digest, expected.digest)?;
    let key = o1js::read_key_base64(&json.data).within("data")?;
    require("digest", key.verifier_index().digest().to_string(), expected.digest)?;
    Ok(key)
}

/// The key that is built in for `file`, or `None` where the network's feature is off.
///
/// # Errors
/// Where the built-in text is not the key that `file` identifies.
pub fn built_in(file: &NetworkKeyFile) -> Result<Option<VerificationKey>> {
    file.text.map(|text| key_from_json(text, file)).transpose()
}

fn require<'a>(what: &'static str, found: impl Into<Cow<'a, str>>, expected: &'static str) -> Result<()> {
    let found = found.into();
    if found == expected {
        Ok(())
    } else {
        Err(DecodeError::OtherKey { what, found: excerpt(&found), expected })
    }
}
