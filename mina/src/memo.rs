//! Memos of commands.
//!
//! Facts: Mina, `src/lib/mina_base/signed_command_memo.ml`.

use core::fmt;

use quickpickle_runtime::wire::parts::Walk;

use crate::formats::{Format, Text, Version, base58};

/// Bytes of a memo: what it is, how long its content is, and the content.
pub const MEMO_BYTES: usize = 34;
/// Bytes of content at most.
pub const MAX_CONTENT: usize = MEMO_BYTES - 2;

/// The first byte where the content is the digest of a longer text.
const DIGEST: u8 = 0;
/// The first byte where the content is what was written.
const BYTES: u8 = 1;

/// A memo. Any bytes are one: they are signed as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Memo(pub [u8; MEMO_BYTES]);

impl Default for Memo {
    /// The memo without content.
    fn default() -> Self {
        let mut bytes = [0; MEMO_BYTES];
        bytes[0] = BYTES;
        Self(bytes)
    }
}

impl Memo {
    /// The memo with this text, if it has at most 32 bytes in UTF-8.
    pub fn from_text(text: &str) -> Option<Self> {
        let length = u8::try_from(text.len()).ok().filter(|length| usize::from(*length) <= MAX_CONTENT)?;
        let mut memo = Self::default();
        let [_, memo_length, content @ ..] = &mut memo.0;
        *memo_length = length;
        for (place, byte) in content.iter_mut().zip(text.bytes()) {
            *place = byte;
        }
        Some(memo)
    }

    /// What was written, where it is no digest, and all is as [`from_text`](Self::from_text) makes it but that it need be no
    /// text.
    pub fn content(&self) -> Option<&[u8]> {
        let [BYTES, length, content @ ..] = &self.0 else { return None };
        let (content, padding) = content.split_at_checked(usize::from(*length))?;
        padding.iter().all(|byte| *byte == 0).then_some(content)
    }

    /// The text that was written, where it is one.
    pub fn text(&self) -> Option<&str> {
        core::str::from_utf8(self.content()?).ok()
    }

    /// The digest of a longer text, where it is one.
    pub fn digest(&self) -> Option<&[u8]> {
        match &self.0 {
            [DIGEST, length, digest @ ..] if usize::from(*length) == MAX_CONTENT => Some(digest),
            _ => None,
        }
    }
}

impl fmt::Display for Memo {
    /// Base58check, `E4...`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base58::encode(Version::Memo, &self.0))
    }
}

pub(crate) fn memo<F: Format>(f: &mut F, memo: &mut Memo) -> Walk<F> {
    f.bytes(Text::Base58(Version::Memo), &mut memo.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_go_both_ways() {
        for text in ["", "x", "grüße", &"y".repeat(32)] {
            let memo = Memo::from_text(text).expect("not too long");
            assert_eq!(memo.text(), Some(text));
            assert_eq!(memo.digest(), None);
        }
        assert_eq!(Memo::from_text(&"y".repeat(33)), None);
        assert_eq!(Memo::from_text(&"ü".repeat(17)), None);
        assert_eq!(Memo::from_text(&"y".repeat(300)), None);
        // The memo of most payments.
        assert_eq!(Memo::default().to_string(), "E4YM2vTHhWEg66xpj52JErHUBU4pZ1yageL4TVDDpTTSsv8mK6YaH");
        assert_eq!(Memo::from_text(""), Some(Memo::default()));
    }

    #[test]
    fn what_is_no_text_is_not_shown_as_one() {
        let altered = |at: usize, byte: u8| {
            let mut memo = Memo::from_text("text").expect("short");
            memo.0[at] = byte;
            memo
        };
        for memo in
            [altered(0, 2), altered(1, 3), altered(1, 33), altered(1, 255), altered(33, 1), altered(0, 0)]
        {
            assert_eq!((memo.text(), memo.digest()), (None, None), "{memo:?}");
        }
        let latin = altered(2, 0xfc);
        assert_eq!((latin.text(), latin.content()), (None, Some(&b"\xfcext"[..])));
        let mut digest = Memo([7; MEMO_BYTES]);
        digest.0[..2].copy_from_slice(&[DIGEST, 32]);
        assert_eq!((digest.digest(), digest.text()), (Some(&[7; 32][..]), None));
    }
}
