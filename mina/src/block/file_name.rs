//! What the name of a block's file claims.

use quickpickle_runtime::curve::Fp;

use super::state_hash_from_text;

/// The name that archives give a precomputed block: `NETWORK-HEIGHT-STATEHASH.json`, and what follows the first dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileName<'a> {
    /// The network's name.
    pub network: &'a str,
    /// The block's height.
    pub height: u32,
    /// The block's state hash.
    pub state_hash: Fp,
}

impl<'a> FileName<'a> {
    /// The claims of a name without folders, or `None` where it is another kind of name.
    pub fn parse(name: &'a str) -> Option<Self> {
        let (stem, _) = name.split_once('.').unwrap_or((name, ""));
        // The network's name may have hyphens.
        let mut parts = stem.rsplitn(3, '-');
        let (hash, height, network) = (parts.next()?, parts.next()?, parts.next()?);
        let state_hash = state_hash_from_text(hash).ok()?;
        let height = height.parse().ok().filter(|number: &u32| number.to_string() == height)?;
        Some(Self { network, height, state_hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "3NK4BpDSekaqsG6tx8Nse2zJchRft2JpnbvMiog55WCr5xJZaKeP";

    #[test]
    fn names_of_archives_are_claims_and_others_are_not() {
        for ending in ["", ".json", ".json.gz", ".state.binprot"] {
            let name = format!("mainnet-359605-{HASH}{ending}");
            let claims = FileName::parse(&name).expect("a name of an archive");
            assert_eq!((claims.network, claims.height), ("mainnet", 359_605));
            assert_eq!(super::super::state_hash_text(&claims.state_hash), HASH);
        }
        let name = format!("test-net-7-{HASH}");
        assert_eq!(FileName::parse(&name).map(|claims| claims.network), Some("test-net"));
        for other in [
            "block.json".to_owned(),
            HASH.to_owned(),
            format!("mainnet-{HASH}.json"),
            format!("mainnet-0359605-{HASH}.json"),
            format!("mainnet-+1-{HASH}.json"),
            format!("mainnet-359605-{}.json", HASH.replace('4', "5")),
            String::new(),
        ] {
            assert_eq!(FileName::parse(&other), None, "{other}");
        }
    }
}
