//! The bounds of what is accepted, where somebody knows that larger keys are honest.

use clap::builder::RangedU64ValueParser;
use quickpickle::Limits;

const LARGEST: Limits = Limits::LARGEST;

/// Bounds; those that are not said are the library's.
#[derive(clap::Args)]
#[command(next_help_heading = "Limits (what is beyond them is refused before any work is done for it)")]
pub struct LimitArgs {
    /// log2 of the domain of a Kimchi circuit at most [default: 17]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = at_most::<u32>(LARGEST.domain_log2 as u64))]
    max_domain_log2: Option<u32>,
    /// log2 of its SRS at most [default: 16]
    #[arg(long, value_name = "N", value_parser = at_most::<u32>(LARGEST.srs_log2 as u64))]
    max_srs_log2: Option<u32>,
    /// Chunks of a commitment at most [default: 16]
    #[arg(long, value_name = "N", value_parser = at_most::<usize>(LARGEST.chunks as u64))]
    max_chunks: Option<usize>,
    /// Earlier openings that a Kimchi proof carries along at most [default: 8]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = at_most::<usize>(LARGEST.previous_openings as u64))]
    max_previous: Option<usize>,
    /// Field elements of a statement or public input at most [default: 50000]
    #[arg(long, value_name = "N", value_parser = at_most::<usize>(LARGEST.statement as u64))]
    max_statement: Option<usize>,
}

fn at_most<T: TryFrom<u64> + Clone + Send + Sync>(most: u64) -> RangedU64ValueParser<T> {
    RangedU64ValueParser::new().range(..=most)
}

impl LimitArgs {
    /// The options that Kimchi proofs alone have, and whether they are there.
    pub fn of_kimchi(&self) -> [(&'static str, bool); 4] {
        [
            ("--max-domain-log2", self.max_domain_log2.is_some()),
            ("--max-srs-log2", self.max_srs_log2.is_some()),
            ("--max-chunks", self.max_chunks.is_some()),
            ("--max-previous", self.max_previous.is_some()),
        ]
    }

    /// The bounds.
    pub fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        let set = |place: &mut usize, said: Option<usize>| *place = said.unwrap_or(*place);
        limits.domain_log2 = self.max_domain_log2.unwrap_or(limits.domain_log2);
        limits.srs_log2 = self.max_srs_log2.unwrap_or(limits.srs_log2);
        set(&mut limits.chunks, self.max_chunks);
        set(&mut limits.previous_openings, self.max_previous);
        set(&mut limits.statement, self.max_statement);
        limits
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command, FromArgMatches as _};

    use super::*;

    /// What the help says, since it cannot compute it.
    #[test]
    fn the_help_tells_the_defaults() {
        let help = LimitArgs::augment_args(Command::new("x")).render_long_help().to_string();
        let Limits { domain_log2, srs_log2, chunks, previous_openings, statement, .. } = Limits::default();
        for default in [domain_log2 as usize, srs_log2 as usize, chunks, previous_openings, statement] {
            assert!(help.contains(&format!("[default: {default}]")), "{default}: {help}");
        }
        let command = LimitArgs::augment_args(Command::new("x")).arg(clap::arg!(--kimchi));
        let matches =
            command.get_matches_from(["x", "--kimchi", "--max-chunks", "3", "--max-domain-log2", "18"]);
        let limits = LimitArgs::from_arg_matches(&matches).expect("arguments").limits();
        assert_eq!((limits.chunks, limits.domain_log2, limits.srs_log2), (3, 18, srs_log2));
    }
}
