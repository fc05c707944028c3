//! The manifest: every table that a build may embed, with its parameters and the digest it is pinned by.

use quickpickle_srs_data::{Content, MANIFEST, TableEntry, TableId};
use serde::{Deserialize, Serialize};

/// Largest log2 of the size of an SRS or a domain that a manifest may name: 2^24 points are 1 GiB.
const MAX_LOG2: u32 = 24;

/// The tables, in the order in which a build asks for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The entries; no two of one name.
    pub tables: Vec<TableEntry>,
}

/// A manifest that cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// Not TOML, or not of this shape.
    #[error("the manifest does not parse")]
    Syntax(#[from] toml::de::Error),
    /// An entry contradicts itself or another.
    #[error("manifest entry {name}: {reason}")]
    Entry {
        /// Which one.
        name: TableId,
        /// What is wrong with it.
        reason: &'static str,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    table: Vec<TableEntry>,
}

impl Manifest {
    /// The manifest of `quickpickle-srs-data`.
    ///
    /// # Errors
    ///
    /// If it does not parse, which this crate's tests rule out.
    pub fn built_in() -> Result<Self, ManifestError> {
        Self::parse(MANIFEST)
    }

    /// Reads a manifest.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let Document { table: tables } = toml::from_str(text)?;
        for (position, entry) in tables.iter().enumerate() {
            let wrong = |reason| Err(ManifestError::Entry { name: entry.name, reason });
            if entry.curve != entry.name.role.curve() {
                return wrong("not the curve of its role");
            }
            let domain_log2 = match entry.name.content {
                Content::Srs => 0,
                Content::Lagrange { domain_log2 } => domain_log2,
            };
            if entry.srs_log2 > MAX_LOG2 || domain_log2 > MAX_LOG2 {
                return wrong("a size beyond 2^24");
            }
            if tables[..position].iter().any(|other| other.name == entry.name) {
                return wrong("named twice");
            }
        }
        Ok(Self { tables })
    }

    /// The manifest as text, which [`Self::parse`] reads back.
    ///
    /// # Errors
    ///
    /// None for entries that came from a manifest.
    pub fn to_text(&self) -> Result<String, toml::ser::Error> {
        const HEADER: &str = "\
# The tables that a build may embed. `digest` pins each: the BLAKE3 digest of its points in packed form, without header
# or padding. Written by `cargo xtask bake --accept`; to add a table, add an entry with any digest and run that.
# docs/tables.md tells what the fields mean.

";
        let body = toml::to_string(&Document { table: self.tables.clone() })?;
        Ok(format!("{HEADER}{body}"))
    }

    /// The entry of this name.
    pub fn get(&self, name: TableId) -> Option<&TableEntry> {
        self.tables.iter().find(|entry| entry.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_manifest_is_as_written() {
        let manifest = Manifest::built_in().unwrap();
        assert_eq!(manifest.to_text().unwrap(), MANIFEST, "run `cargo xtask bake --accept`");
    }

    fn edited(from: &str, to: &str) -> Result<Manifest, ManifestError> {
        assert!(MANIFEST.contains(from));
        Manifest::parse(&MANIFEST.replacen(from, to, 1))
    }

    #[test]
    fn contradictions_are_refused() {
        assert!(matches!(edited("pallas", "vesta"), Err(ManifestError::Entry { .. })));
        assert!(matches!(edited("srs_log2 = 15", "srs_log2 = 25"), Err(ManifestError::Entry { .. })));
        assert!(matches!(edited("wrap-lagrange-14", "wrap-lagrange-13"), Err(ManifestError::Entry { .. })));
        assert!(matches!(edited("digest = \"", "digest = \"0"), Err(ManifestError::Syntax(_))));
        assert!(matches!(edited("curve", "color"), Err(ManifestError::Syntax(_))));
    }
}
