//! `quickpickle tables`.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use quickpickle::tables::Pinned;
use quickpickle_srs_data::chain;
use serde::Serialize;

use super::Status;

/// Show the tables inside the binary, with sizes and digests, and the backend that computes with them.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  quickpickle tables
  quickpickle tables --check

Tables that are not in the binary are computed when a proof first needs them; their feature embeds them.

Exit status: 0, or 1 if --check finds a table that is not what it should be.")]
pub struct Args {
    /// Prove every table in the binary: its digest, every point, the generators, the Lagrange bases.
    #[arg(long)]
    check: bool,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// What is said about a table.
#[derive(Serialize)]
struct Row {
    table: String,
    feature: &'static str,
    /// Bytes in the binary; none where the feature is off.
    bytes: Option<usize>,
    points: usize,
    digest: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

pub fn run(args: Args) -> anyhow::Result<Status> {
    let mut out = io::stdout().lock();
    let mut status = Status::Good;
    for table in Pinned::all() {
        let row = row(table, args.check);
        if row.reason.is_some() {
            status = Status::Bad;
        }
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&row)?)?
        } else {
            writeln!(out, "{}", text(&row))?
        }
    }
    if !args.json {
        let embedded = Pinned::all().iter().filter_map(Pinned::file).map(<[u8]>::len).sum();
        writeln!(out, "{} in the binary, backend {}", size(embedded), quickpickle_curve::backend())?;
    }
    Ok(status)
}

fn row(table: &Pinned, check: bool) -> Row {
    let outcome = check.then(|| table.check()).flatten();
    let reason = match &outcome {
        Some(Err(error)) => Some(chain(&error)),
        _ => None,
    };
    Row {
        table: table.id.to_string(),
        feature: table.feature,
        bytes: table.file().map(<[u8]>::len),
        points: table.entry().points(),
        digest: table.digest,
        check: check.then_some(match outcome {
            Some(Ok(_)) => "good",
            Some(Err(_)) => "bad",
            None => "absent",
        }),
        reason,
    }
}

/// Columns: the check's outcome if there was one, the table, its size, its feature, its digest.
fn text(row: &Row) -> String {
    let mut line = String::new();
    let size = row.bytes.map_or("not embedded".to_owned(), size);
    let outcome = row.check.map_or(String::new(), |outcome| format!("{outcome:<7}"));
    // Writing to a string does not fail.
    let _ = write!(line, "{outcome}{:<18} {size:>12}  {:<13}  {}", row.table, row.feature, row.digest);
    if let Some(reason) = &row.reason {
        let _ = write!(line, ": {reason}");
    }
    line
}

fn size(bytes: usize) -> String {
    format!("{:.2} MiB", bytes as f64 / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_is_wrong() {
        let good = Row {
            table: "wrap-srs".into(),
            feature: "wrap",
            bytes: Some(3 << 19),
            points: 5,
            digest: "ab",
            check: Some("good"),
            reason: None,
        };
        assert_eq!(text(&good), "good   wrap-srs               1.50 MiB  wrap           ab");
        let absent = Row { bytes: None, check: None, ..good };
        assert_eq!(text(&absent), "wrap-srs           not embedded  wrap           ab");
        let bad = Row { check: Some("bad"), reason: Some("broken".into()), ..absent };
        assert_eq!(text(&bad), "bad    wrap-srs           not embedded  wrap           ab: broken");
    }
}
