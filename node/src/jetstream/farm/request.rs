//! A request as it lies in the work queue.

use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_ID;
use prost::Message as _;
use prost::bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::super::names::{Id, IdError};
use crate::proto::v1::{Proof, VerifyRequest};

/// What a message asks.
#[derive(Debug)]
pub(super) struct Request {
    pub id: Id,
    pub digest: RequestDigest,
    pub proof: Proof,
}

/// SHA-256 of a request's bytes, in hexadecimal, by which its sender sees that a verdict is about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RequestDigest(String);

/// Why a message asks nothing that could be answered.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    /// There is no place for an answer.
    #[error("the header Nats-Msg-Id is missing")]
    NoId,
    /// The same.
    #[error("the header Nats-Msg-Id holds no id")]
    BadId(#[from] IdError),
    /// It is no `VerifyRequest`.
    #[error("the message is no VerifyRequest")]
    Form(Id, RequestDigest),
    /// It is one without a proof.
    #[error("the request has no proof")]
    Empty(Id, RequestDigest),
}

impl Request {
    /// Reads a message. Its length is bounded by the server's largest payload and by what a worker pulls at once.
    pub(super) fn read(headers: Option<&HeaderMap>, payload: &Bytes) -> Result<Self, Unreadable> {
        let id = headers.and_then(|headers| headers.get(NATS_MESSAGE_ID)).ok_or(Unreadable::NoId)?;
        let id: Id = id.as_str().parse()?;
        let digest = RequestDigest::of(payload);
        let Ok(request) = VerifyRequest::decode(payload.clone()) else {
            return Err(Unreadable::Form(id, digest));
        };
        match request.proof.filter(|proof| proof.kind.is_some()) {
            Some(proof) => Ok(Self { id, digest, proof }),
            None => Err(Unreadable::Empty(id, digest)),
        }
    }
}

impl Unreadable {
    /// Where the answer goes, if there is a place for it.
    pub(super) fn place(&self) -> Option<(&Id, &RequestDigest)> {
        match self {
            Self::NoId | Self::BadId(_) => None,
            Self::Form(id, digest) | Self::Empty(id, digest) => Some((id, digest)),
        }
    }
}

impl RequestDigest {
    pub(super) fn of(payload: &[u8]) -> Self {
        Self(hex::encode(Sha256::digest(payload)))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{NetworkProof, proof};

    fn read(id: Option<&str>, payload: &[u8]) -> Result<Request, Unreadable> {
        let mut headers = HeaderMap::new();
        if let Some(id) = id {
            headers.insert(NATS_MESSAGE_ID, id);
        }
        Request::read(Some(&headers), &Bytes::copy_from_slice(payload))
    }

    #[test]
    fn a_request_has_an_id_and_a_proof() {
        let proof = Proof { kind: Some(proof::Kind::Network(NetworkProof::default())) };
        let payload = VerifyRequest { proof: Some(proof.clone()) }.encode_to_vec();
        let request = read(Some("1"), &payload).unwrap();
        assert_eq!((request.id.to_string().as_str(), &request.proof), ("1", &proof));
        assert_eq!(request.digest, RequestDigest::of(&payload));
        assert_eq!(read(None, &payload).unwrap_err(), Unreadable::NoId);
        assert_eq!(Request::read(None, &Bytes::new()).unwrap_err(), Unreadable::NoId);
        assert!(read(Some("a.b"), &payload).unwrap_err().place().is_none());
        for payload in [&b"\xff"[..], &payload[..payload.len() - 1]] {
            let error = read(Some("1"), payload).unwrap_err();
            assert!(matches!(error, Unreadable::Form(..)) && error.place().is_some(), "{error}");
        }
        for empty in [VerifyRequest::default(), VerifyRequest { proof: Some(Proof::default()) }] {
            let error = read(Some("1"), &empty.encode_to_vec()).unwrap_err();
            assert!(matches!(error, Unreadable::Empty(..)) && error.place().is_some(), "{error}");
        }
    }

    #[test]
    fn the_digest_is_sha_256() {
        // The second test vector of FIPS 180-2.
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(RequestDigest::of(b"abc").as_str(), digest);
    }
}
