//! `quickpickle srs`.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueHint;
use quickpickle::TableSource as _;
use quickpickle::tables::{self, Content, PackedPoint, Role};
use serde::Serialize;

use super::cache::form::{Form, Table, Written};
use super::{Status, input};

/// The longest file: in JSON an SRS of 2^17 points takes 23 MB.
const MAX_FILE: usize = 64 << 20;
/// Points by which the curve is told: a file with an error among them still has others.
const FIRST: usize = 8;

/// Compare SRS files and Lagrange bases that other programs keep with the tables that this program computes with.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  quickpickle srs bases/*/* daemon-srs/*
  quickpickle srs ~/.cache/o1js/srs-fp-65536

Files of proof-systems, of Mina's daemon and of o1js; which one it is and of which curve is told by the content.

Exit status: 0 all are good, 1 some point is another, 2 some file was not read.")]
pub struct Args {
    /// The files, `-` for standard input.
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// What is said about a file.
#[derive(Serialize)]
struct Row {
    file: String,
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

pub fn run(args: &Args) -> anyhow::Result<Status> {
    input::one_stdin(args.files.iter().map(PathBuf::as_path))?;
    let mut status = Status::Good;
    let mut out = io::stdout().lock();
    for file in &args.files {
        let read = input::read_file(file, MAX_FILE).map_err(anyhow::Error::from);
        let compared = read.and_then(|bytes| compare(&bytes));
        let (found, row) = row(file.display().to_string(), compared);
        status = status.max(found);
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&row)?)?;
        } else {
            writeln!(out, "{}", text(&row))?;
        }
    }
    Ok(status)
}

fn row(file: String, compared: anyhow::Result<Compared>) -> (Status, Row) {
    match compared {
        Ok(Compared { table, points, difference: None }) => (
            Status::Good,
            Row { file, result: "good", table: Some(table), points: Some(points), reason: None },
        ),
        Ok(Compared { table, points, difference: reason }) => {
            (Status::Bad, Row { file, result: "bad", table: Some(table), points: Some(points), reason })
        }
        Err(error) => {
            let reason = Some(format!("{error:#}"));
            (Status::Trouble, Row { file, result: "malformed", table: None, points: None, reason })
        }
    }
}

fn text(row: &Row) -> String {
    let mut line = format!("{} {}", row.result, row.file);
    for part in [&row.table, &row.reason].into_iter().flatten() {
        line.push_str(": ");
        line.push_str(part);
    }
    line
}

/// A file beside the table that it should be.
struct Compared {
    /// What it is.
    table: String,
    points: usize,
    /// Where it first differs.
    difference: Option<String>,
}

fn compare(bytes: &[u8]) -> anyhow::Result<Compared> {
    let (form, table) = Table::decode(bytes)?;
    match table {
        Table::Srs { generators, blinder } => srs(form, &generators, &blinder),
        Table::Lagrange { points, chunks } => lagrange(form, &points, chunks),
    }
}

fn srs(form: Form, generators: &[Written], blinder: &Written) -> anyhow::Result<Compared> {
    let size = generators.len();
    let role = role(form, generators, [Role::Wrap, Role::Step], |role, count| {
        Ok(tables::baked().srs(role, count.min(size))?.generators.to_vec())
    })?;
    let expected = tables::baked().srs(role, size)?;
    let difference = first_difference(form, role, generators, expected.generators)
        .map(|place| format!("generator {place} is another"))
        .or_else(|| {
            (*blinder != form.point_of(role, &expected.blinder)).then(|| "the blinder is another".to_owned())
        });
    Ok(Compared { table: format!("{} generators of {}", size, role.curve()), points: size + 1, difference })
}

fn lagrange(form: Form, points: &[Written], chunks: usize) -> anyhow::Result<Compared> {
    let domain = points.len() / chunks;
    let size = domain.is_power_of_two().then_some(domain).context("its domain is no power of two")?;
    let srs_size = if chunks == 1 { size } else { size / chunks };
    let basis = |role| tables::baked().lagrange(role, srs_size, size.ilog2());
    // That which need not be computed first.
    let content = Content::Lagrange { domain_log2: size.ilog2() };
    let mut roles = [Role::Wrap, Role::Step];
    roles.sort_by_key(|role| !tables::baked().is_at_hand(*role, srs_size, content));
    let role = role(form, points, roles, |role, count| {
        let points = basis(role)?.points;
        Ok(points.get(..count).unwrap_or(points).to_vec())
    })?;
    let expected = basis(role)?;
    let difference = if expected.points.len() == points.len() {
        first_difference(form, role, points, expected.points).map(|place| match chunks {
            1 => format!("element {place} is another"),
            _ => format!("chunk {} of element {} is another", place % chunks, place / chunks),
        })
    } else {
        Some(format!("it has {} points instead of {}", points.len(), expected.points.len()))
    };
    let table = format!("Lagrange basis of 2^{} on {}", size.ilog2(), role.curve());
    Ok(Compared { table, points: points.len(), difference })
}

/// The role of the curve that points are of: the first of which some of the first points are.
fn role(
    form: Form,
    points: &[Written],
    roles: [Role; 2],
    expected: impl Fn(Role, usize) -> anyhow::Result<Vec<PackedPoint>>,
) -> anyhow::Result<Role> {
    for role in roles {
        let expected = form.points(role, &expected(role, FIRST)?);
        if points.iter().zip(&expected).any(|(found, expected)| found == expected) {
            return Ok(role);
        }
    }
    anyhow::bail!("none of its first points is one of Mina's, on either curve")
}

fn first_difference(form: Form, role: Role, found: &[Written], expected: &[PackedPoint]) -> Option<usize> {
    form.points(role, expected).iter().zip(found).position(|(expected, found)| expected != found)
}
