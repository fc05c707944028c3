//! A table's entry in the manifest.

use crate::{Content, Digest, TableId};
use serde::{Deserialize, Serialize};

/// A table with everything that determines it, and its pin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableEntry {
    /// The table's name.
    #[serde(with = "name")]
    pub name: TableId,
    /// The curve, in lower case. It follows from the role, and stands here for the reader.
    pub curve: String,
    /// log2 of the number of generators of the SRS that the table is, or is made from.
    pub srs_log2: u32,
    /// The cargo feature that embeds the table.
    pub feature: String,
    /// The digest of the table's points.
    pub digest: Digest,
}

impl TableEntry {
    /// How many points the table has, the blinder and chunks included.
    pub fn points(&self) -> usize {
        match self.name.content {
            Content::Srs => (1 << self.srs_log2) + 1,
            Content::Lagrange { domain_log2 } => {
                (1 << domain_log2) << domain_log2.saturating_sub(self.srs_log2)
            }
        }
    }
}

/// A table's name as a string of the manifest.
mod name {
    use super::TableId;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(name: &TableId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(name)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TableId, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_count_blinder_and_chunks() {
        let entry = |name: &str, srs_log2| TableEntry {
            name: name.parse().unwrap(),
            curve: String::new(),
            srs_log2,
            feature: String::new(),
            digest: Digest::of(&[]),
        };
        assert_eq!(entry("step-srs", 16).points(), 65537);
        assert_eq!(entry("step-lagrange-9", 16).points(), 512);
        assert_eq!(entry("step-lagrange-17", 16).points(), 2 << 17);
        assert_eq!(entry("step-lagrange-18", 16).points(), 4 << 18);
    }
}
