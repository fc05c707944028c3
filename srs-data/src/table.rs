//! The identity of a table.

use core::fmt;
use core::str::FromStr;

/// The side of the cycle of curves that a table belongs to. One role, one curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Tock: circuits over Fq, committed on Pallas.
    Wrap,
    /// Tick: circuits over Fp, committed on Vesta.
    Step,
}

impl Role {
    /// The name, as it begins the names of tables and features.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wrap => "wrap",
            Self::Step => "step",
        }
    }

    /// The curve's name, in lower case.
    pub const fn curve(self) -> &'static str {
        match self {
            Self::Wrap => "pallas",
            Self::Step => "vesta",
        }
    }
}

/// Elements of a wrap circuit's public input: verification of Pickles proofs uses as many of a Lagrange basis, the first.
pub const PUBLIC_INPUTS: usize = 40;

/// What a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// The generators of the SRS, in order, and after them the blinder H.
    Srs,
    /// The commitments to the Lagrange basis of the domain of 2^`domain_log2` over the role's SRS. Where the domain is
    /// larger than the SRS an element has several chunks, which lie together.
    Lagrange {
        /// log2 of the number of elements of the domain.
        domain_log2: u32,
    },
}

/// The name of a table: `wrap-srs`, `step-lagrange-16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId {
    /// Whose table it is.
    pub role: Role,
    /// What it holds.
    pub content: Content,
}

impl fmt::Display for TableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = self.role.name();
        match self.content {
            Content::Srs => f.pad(&format!("{role}-srs")),
            Content::Lagrange { domain_log2 } => f.pad(&format!("{role}-lagrange-{domain_log2}")),
        }
    }
}

/// A text that is not the name of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownTable(String);

impl fmt::Display for UnknownTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not the name of a table, such as wrap-srs or step-lagrange-16", self.0)
    }
}

impl core::error::Error for UnknownTable {}

impl FromStr for TableId {
    type Err = UnknownTable;

    fn from_str(name: &str) -> Result<Self, UnknownTable> {
        let unknown = || UnknownTable(name.to_owned());
        let (role, content) = name.split_once('-').ok_or_else(unknown)?;
        let role = [Role::Wrap, Role::Step].into_iter().find(|known| known.name() == role);
        let content = match content.split_once('-') {
            None if content == "srs" => Some(Content::Srs),
            Some(("lagrange", log2)) => {
                log2.parse().ok().map(|domain_log2| Content::Lagrange { domain_log2 })
            }
            _ => None,
        };
        let id = Self { role: role.ok_or_else(unknown)?, content: content.ok_or_else(unknown)? };
        // One spelling a table: no sign, no leading zeros.
        if id.to_string() == name { Ok(id) } else { Err(unknown()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in ["wrap-srs", "step-srs", "wrap-lagrange-0", "step-lagrange-17"] {
            assert_eq!(name.parse::<TableId>().unwrap().to_string(), name);
        }
        for name in [
            "",
            "wrap",
            "wrap-",
            "mid-srs",
            "wrap-srs-1",
            "wrap-lagrange",
            "wrap-lagrange-",
            "wrap-lagrange-07",
            "wrap-lagrange-+7",
            "Wrap-srs",
        ] {
            assert!(name.parse::<TableId>().is_err(), "{name}");
        }
    }
}
