//! What a node is for.

use std::fmt;
use std::str::FromStr;

/// What a node is for: which workers it starts and, in builds with the feature `network`, what it does in its network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// Others connect to it; it passes on what it has verified.
    Seed,
    /// Keeps the blocks that it has verified.
    Archive,
    /// Verifies what it is asked to.
    #[default]
    Passive,
    /// Verifies and proves; in a network it makes blocks, with a proof each.
    BlockProducer,
    /// Hands jobs to the workers that pull them, and verifies what they hand in.
    SnarkCoordinator,
    /// Pulls jobs and proves.
    SnarkWorker,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 6] = [
        Self::Seed,
        Self::Archive,
        Self::Passive,
        Self::BlockProducer,
        Self::SnarkCoordinator,
        Self::SnarkWorker,
    ];

    /// The name, as the command line has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Archive => "archive",
            Self::Passive => "passive",
            Self::BlockProducer => "block-producer",
            Self::SnarkCoordinator => "snark-coordinator",
            Self::SnarkWorker => "snark-worker",
        }
    }

    /// Whether it proves: other roles start no prover.
    pub const fn proves(self) -> bool {
        matches!(self, Self::BlockProducer | Self::SnarkWorker)
    }

    /// Whether it has something to do only in a network.
    pub const fn needs_network(self) -> bool {
        !matches!(self, Self::Passive | Self::BlockProducer)
    }

    /// Whether it verifies. A snark worker does not: those who get its proofs verify them.
    pub const fn verifies(self) -> bool {
        !matches!(self, Self::SnarkWorker)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No role has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a role: seed, archive, passive, block-producer, snark-coordinator or snark-worker")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.name() == name).ok_or(UnknownRole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifying_and_proving_for_callers_takes_no_network() {
        let alone: Vec<_> = Role::ALL.into_iter().filter(|role| !role.needs_network()).collect();
        assert_eq!(alone, [Role::Passive, Role::BlockProducer]);
        assert_eq!(alone.iter().map(|role| role.proves()).collect::<Vec<_>>(), [false, true]);
    }
}
