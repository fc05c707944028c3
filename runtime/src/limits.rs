//! What input from outside may cost: the bounds that are compared with it before any work is done for it.

/// Bounds for keys, proofs and statements.
///
/// One value serves the library, the command and the node. The defaults fit everything that Mina's networks and o1js
/// make, and circuits of proof-systems' own size; whoever knows where larger ones come from raises the bound in question:
///
/// ```
/// let mut limits = quickpickle_runtime::limits::Limits::default();
/// limits.domain_log2 = 18;
/// ```
///
/// Beyond [`LARGEST`](Self::LARGEST) nothing is accepted, whatever the limits say: formats and arithmetic end there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Limits {
    /// log2 of a Kimchi circuit's largest domain. By default 17: Pickles' wrap circuits have at most 2^15 rows and its step
    /// circuits 2^16 a chunk; the largest circuits of proof-systems have 2^17.
    pub domain_log2: u32,
    /// log2 of the largest SRS. By default 16: Mina's are 2^15 on Pallas and 2^16 on Vesta, and o1js has the same.
    pub srs_log2: u32,
    /// Chunks of a commitment or an evaluation, the domain's size over the SRS's. By default 16: what Mina's networks
    /// make has one, o1js's `numChunks` so far up to four. A quotient has seven times as many.
    pub chunks: usize,
    /// Earlier openings that a Kimchi proof carries along. By default 8: Pickles has two.
    pub previous_openings: usize,
    /// Field elements of a public input or of a statement. By default 50,000: a zkApp's statement has two, a network's state
    /// is hashed to one, and the domain of a step circuit holds fewer than 65,536.
    pub statement: usize,
    /// Bytes of a JSON document, or of a line where each is one. By default 4 MiB: a statement of the length above takes
    /// 3.8 MiB in decimal digits, an o1js proof without it 40 kB.
    pub json_bytes: usize,
    /// Bytes of a proof in base64 or as an s-expression, as o1js's JSON holds it. By default 512 KiB: proofs have up to 40 kB.
    pub text_bytes: usize,
    /// Bytes of a proof or key in bin_prot. By default 256 KiB: proofs have up to 20 kB.
    pub binprot_bytes: usize,
    /// Bytes of a Kimchi proof, key, public input or all three in MessagePack. By default 4 MiB: a public input of the
    /// length above takes 1.6 MB, a proof and key of 16 chunks 0.2 MB.
    pub msgpack_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            domain_log2: 17,
            srs_log2: 16,
            chunks: 16,
            previous_openings: 8,
            statement: 50_000,
            json_bytes: 4 << 20,
            text_bytes: 512 << 10,
            binprot_bytes: 256 << 10,
            msgpack_bytes: 4 << 20,
        }
    }
}

impl Limits {
    /// The largest values that are supported at all: for keys of one's own, whatever their size.
    pub const LARGEST: Self = Self {
        domain_log2: 20,
        srs_log2: 20,
        chunks: 1 << 14,
        previous_openings: 4096,
        statement: 1 << 20,
        json_bytes: 128 << 20,
        text_bytes: 16 << 20,
        binprot_bytes: 16 << 20,
        msgpack_bytes: 64 << 20,
    };

    /// Refuses a public input or statement that is too long.
    pub(crate) fn check_statement(&self, length: usize) -> Result<(), Exceeded> {
        Exceeded::unless("elements of the statement", length, self.statement)
    }
}

/// A bound of [`Limits`] that some input exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {found}, where at most {limit} are accepted")]
#[non_exhaustive]
pub struct Exceeded {
    /// What was counted.
    pub what: &'static str,
    /// How much of it there is.
    pub found: usize,
    /// How much there may be.
    pub limit: usize,
}

impl Exceeded {
    /// An error unless `found` is within `limit`.
    pub(crate) fn unless(what: &'static str, found: usize, limit: usize) -> Result<(), Self> {
        if found <= limit { Ok(()) } else { Err(Self { what, found, limit }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_within_what_is_supported() {
        let (Limits { domain_log2, srs_log2, chunks, previous_openings, statement, .. }, largest) =
            (Limits::default(), Limits::LARGEST);
        assert!(domain_log2 <= largest.domain_log2 && srs_log2 <= largest.srs_log2);
        assert!(chunks <= largest.chunks && previous_openings <= largest.previous_openings);
        assert!(statement <= largest.statement);
    }

    #[test]
    fn a_statement_of_the_longest_length_is_accepted() {
        let limits = Limits::default();
        assert_eq!(limits.check_statement(50_000), Ok(()));
        let error = limits.check_statement(50_001).unwrap_err();
        assert_eq!(error.to_string(), "elements of the statement: 50001, where at most 50000 are accepted");
    }
}
