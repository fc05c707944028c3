//! Symbols of tokens.

use quickpickle_runtime::wire::Fault;

use crate::hash::{Input, ToInput};
use crate::zkapp_command::account_update::MAX_SYMBOL;

/// The symbol of a token: at most [`MAX_SYMBOL`] bytes, filled up with zeros when it is hashed. A symbol that itself ends in a
/// zero would hash like a shorter one; there is none here.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TokenSymbol([u8; MAX_SYMBOL]);

impl TokenSymbol {
    /// The symbol of these bytes.
    ///
    /// # Errors
    /// Where they are too many, or the last is zero.
    pub fn new(bytes: &[u8]) -> Result<Self, Fault> {
        let mut symbol = [0; MAX_SYMBOL];
        let place = symbol.get_mut(..bytes.len()).ok_or(Fault::TooMany { max: MAX_SYMBOL })?;
        place.copy_from_slice(bytes);
        match bytes.last() {
            Some(0) => {
                Err(Fault::Inconsistent("a token's symbol that ends in a zero hashes like a shorter one"))
            }
            _ => Ok(Self(symbol)),
        }
    }

    /// Its bytes, which need not be text.
    pub fn as_bytes(&self) -> &[u8] {
        let length = self.0.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        self.0.get(..length).unwrap_or_default()
    }
}

impl core::fmt::Debug for TokenSymbol {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl core::fmt::Display for TokenSymbol {
    /// What is no printable ASCII is escaped.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.as_bytes().escape_ascii())
    }
}

impl ToInput for TokenSymbol {
    /// One number of 48 bits, the first byte its lowest.
    fn to_input(&self, input: &mut Input) {
        input.symbol(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_have_one_form() {
        let symbol = TokenSymbol::new(b"a\0b").expect("a symbol");
        assert_eq!(symbol.as_bytes(), b"a\0b");
        assert_eq!(symbol.to_string(), "a\\x00b");
        assert_eq!(Input::of(&symbol).packed, [(0x62_00_61, 48)]);
        assert_eq!(TokenSymbol::new(b"").map(|symbol| symbol.as_bytes().len()), Ok(0));
        assert!(TokenSymbol::new(b"sevenof").is_err());
        assert!(TokenSymbol::new(b"ab\0").is_err());
        assert!(TokenSymbol::new(b"\0").is_err());
    }
}
