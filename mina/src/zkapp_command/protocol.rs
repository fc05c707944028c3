//! What differs in commands between versions of the protocol.

use core::fmt;

use quickpickle_runtime::curve::Fp;

use crate::block::ProtocolVersion;

/// A version of the protocol, by its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// 3.0: mainnet since June 2024.
    #[default]
    Berkeley,
    /// The next one. Facts: mina-signer 4.0.0, which says that nothing else in a command's hash differs. Its bin_prot is taken to
    /// have a longer state and nothing else that is new: none was seen.
    Mesa,
}

impl Protocol {
    /// All of them, the oldest first.
    pub const ALL: [Self; 2] = [Self::Berkeley, Self::Mesa];

    /// The name of the fork that it began with.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Berkeley => "berkeley",
            Self::Mesa => "mesa",
        }
    }

    /// That of a network of this version, where it is one that is known: the version's first number is that of transactions.
    pub fn of(version: ProtocolVersion) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.transaction_version() == version.transaction)
    }

    /// Elements of a zkApp's state.
    pub const fn state_length(self) -> usize {
        match self {
            Self::Berkeley => 8,
            Self::Mesa => 32,
        }
    }

    /// The version that permissions speak of.
    pub const fn transaction_version(self) -> u32 {
        match self {
            Self::Berkeley => 3,
            Self::Mesa => 4,
        }
    }

    /// A state of which nothing is said.
    pub(super) fn blank_state(self) -> Vec<Option<Fp>> {
        vec![None; self.state_length()]
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
