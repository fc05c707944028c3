//! Base58check as Mina writes it: a version byte that says what the bytes are, and four bytes of a double SHA-256.
//!
//! Facts: Mina, `src/lib/base58_check/version_bytes.ml`. What has a stable version of its own in OCaml carries that number, 1,
//! before its content.

use ark_ff::PrimeField;
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::wire::Fault;
use quickpickle_runtime::wire::number::{ELEMENT_BYTES, element_from_bytes};

use crate::key::CompressedKey;

/// What a text in base58check is: its version byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `j...`: the root of a ledger.
    LedgerHash = 0x05,
    /// `2n...`: a receipt chain, and the hash of pending coinbases, which has the same byte.
    ReceiptChainHash = 0x0c,
    /// `2v...`.
    EpochSeed = 0x0d,
    /// `U...`.
    StagedLedgerAuxHash = 0x0e,
    /// `X...`.
    PendingCoinbaseAux = 0x0f,
    /// `3N...`.
    StateHash = 0x10,
    /// `3W...`.
    StateBodyHash = 0x11,
    /// `E4...`.
    Memo = 0x14,
    /// `4Q...`.
    CoinbaseStackData = 0x17,
    /// `4Y...`.
    CoinbaseStackHash = 0x18,
    /// `zBp...`.
    VerificationKey = 0x1b,
    /// `w...`.
    TokenId = 0x1c,
    /// `5J...`.
    TransactionHash = 0x1d,
    /// `7m...`.
    Signature = 0x9a,
    /// `B62...`.
    PublicKey = 0xcb,
}

/// The longest that is read: a signature has 97 characters.
const MAX_TEXT: usize = 128;
/// The longest verification key that is read: it has 2459 characters.
const MAX_KEY_TEXT: usize = 2560;
/// The number of the stable version.
const STABLE: u8 = 1;

impl Version {
    /// Whether the number of the stable version stands before the content.
    const fn is_stable(self) -> bool {
        !matches!(
            self,
            Self::StagedLedgerAuxHash
                | Self::PendingCoinbaseAux
                | Self::TokenId
                | Self::TransactionHash
                | Self::Memo
                | Self::VerificationKey
        )
    }
}

/// The bytes that a text stands for.
///
/// # Errors
/// Where it is not base58check of `N` bytes of this version.
pub fn decode<const N: usize>(version: Version, text: &str) -> Result<[u8; N], Fault> {
    let content = content(version, text, MAX_TEXT)?;
    let found = content.len();
    content.try_into().map_err(|_| Fault::Carrier(format!("base58check of {found} bytes, not {N}")))
}

/// The bytes in bin_prot of the verification key that a text stands for.
///
/// # Errors
/// Where it is not base58check of a verification key's version.
pub fn decode_verification_key(text: &str) -> Result<Vec<u8>, Fault> {
    content(Version::VerificationKey, text, MAX_KEY_TEXT)
}

fn content(version: Version, text: &str, max: usize) -> Result<Vec<u8>, Fault> {
    let wrong = |what: String| Fault::Carrier(what);
    if text.len() > max {
        return Err(wrong(format!("base58check of at most {max} characters expected")));
    }
    let bytes =
        bs58::decode(text).with_check(None).into_vec().map_err(|e| wrong(format!("base58check: {e}")))?;
    match bytes.as_slice() {
        [first, STABLE, content @ ..] if *first == version as u8 && version.is_stable() => {
            Ok(content.to_vec())
        }
        [first, content @ ..] if *first == version as u8 && !version.is_stable() => Ok(content.to_vec()),
        _ => Err(wrong(format!("base58check of another thing, {version:?} expected"))),
    }
}

/// The text for bytes.
pub fn encode(version: Version, bytes: &[u8]) -> String {
    let mut content = vec![version as u8];
    content.extend(version.is_stable().then_some(STABLE));
    content.extend(bytes);
    bs58::encode(content).with_check().into_string()
}

/// The field element that a text stands for.
///
/// # Errors
/// Where it is not base58check of a canonical field element of this version.
pub fn decode_element(version: Version, text: &str) -> Result<Fp, Fault> {
    element_from_bytes(&decode::<ELEMENT_BYTES>(version, text)?)
}

/// The text for a field element.
pub fn encode_element(version: Version, element: &Fp) -> String {
    encode(version, &quickpickle_runtime::wire::number::element_to_bytes(element))
}

/// The public key that a text (`B62...`) stands for.
///
/// # Errors
/// Where it is not base58check of a public key with a canonical x.
pub fn decode_key(text: &str) -> Result<CompressedKey, Fault> {
    // The compressed point has a stable version of its own inside that of the key.
    match decode::<{ ELEMENT_BYTES + 2 }>(Version::PublicKey, text)?.split_first_chunk() {
        Some((&[STABLE], rest)) => {
            let (x, is_odd) = rest.split_first_chunk().ok_or(Fault::UnexpectedEnd)?;
            match is_odd {
                [odd @ 0..=1] => Ok(CompressedKey { x: element_from_bytes(x)?, is_odd: *odd == 1 }),
                _ => Err(Fault::Inconsistent("the parity of a public key is 0 or 1")),
            }
        }
        _ => Err(Fault::Inconsistent("another version of public keys")),
    }
}

/// The text for a public key.
pub fn encode_key(key: &CompressedKey) -> String {
    let mut bytes = vec![STABLE];
    bytes.extend(ark_ff::BigInteger::to_bytes_le(&key.x.into_bigint()));
    bytes.push(u8::from(key.is_odd));
    encode(Version::PublicKey, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = "3NK4BpDSekaqsG6tx8Nse2zJchRft2JpnbvMiog55WCr5xJZaKeP";
    const KEY: &str = "B62qmpxkQGXXmLfFR3EekMJerDCBDPNNoNnMdegJpkw1gThKvYnnBay";

    #[test]
    fn texts_and_values_go_both_ways() {
        let hash = decode_element(Version::StateHash, STATE).expect("a state hash");
        assert_eq!(encode_element(Version::StateHash, &hash), STATE);
        let key = decode_key(KEY).expect("a key");
        assert_eq!(encode_key(&key), KEY);
        let token = encode_element(Version::TokenId, &Fp::from(1u64));
        assert_eq!(token, "wSHV2S4qX9jFsLjQo8r1BsMLH2ZRKsZx6EJd1sbozGPieEC4Jf");
    }

    #[test]
    fn what_is_altered_or_another_thing_is_refused() {
        assert!(decode_element(Version::LedgerHash, STATE).is_err());
        assert!(decode_key(STATE).is_err());
        assert!(decode::<31>(Version::StateHash, STATE).is_err());
        let altered = |text: &str| text.replacen('4', "5", 1);
        assert!(decode_element(Version::StateHash, &altered(STATE)).is_err());
        let long = decode_element(Version::StateHash, &"1".repeat(1000));
        assert_eq!(long, Err(Fault::Carrier("base58check of at most 128 characters expected".to_owned())));
        // Another stable version, of a hash and inside a key, and no version where one is due.
        let text = |bytes: &[u8]| bs58::encode(bytes).with_check().into_string();
        let with = |before: &[u8]| text(&[before, &[7; 31], &[0]].concat());
        assert!(decode_element(Version::StateHash, &with(&[0x10, 1])).is_ok());
        for before in [&[0x10, 2][..], &[0x10], &[0x11, 1]] {
            assert!(decode_element(Version::StateHash, &with(before)).is_err(), "{before:?}");
        }
        let key = |before: &[u8]| text(&[before, &[7; 31], &[0, 1]].concat());
        assert!(decode_key(&key(&[0xcb, 1, 1])).is_ok());
        assert!(decode_key(&key(&[0xcb, 1, 2])).is_err());
        assert!(decode_key(&key(&[0xcb, 2, 1])).is_err());
        assert!(decode_element(Version::TokenId, &with(&[0x1c])).is_ok());
        assert!(decode_element(Version::TokenId, &with(&[0x1b])).is_err());
        // The modulus itself.
        let mut bytes = ark_ff::BigInteger::to_bytes_le(&Fp::MODULUS);
        assert_eq!(
            decode_element(Version::StateHash, &encode(Version::StateHash, &bytes)),
            Err(Fault::NotCanonical)
        );
        bytes.insert(0, STABLE);
        bytes[1] -= 1;
        bytes.push(2);
        assert!(decode_key(&encode(Version::PublicKey, &bytes)).is_err(), "a parity of 2");
    }
}
