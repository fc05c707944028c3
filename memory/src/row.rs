//! The rows of a recording.

use std::io::{self, Write};
use std::time::Duration;

use csv::StringRecord;

use crate::error::Malformed;
use crate::mark::Mark;
use crate::memory::Memory;

/// The longest name of a node or process, in characters.
pub const MAX_NAME: usize = 64;
/// The longest text of a mark, in characters.
pub const MAX_TEXT: usize = 200;
/// The latest time of a row: about 31 years.
pub const MAX_TIME: Duration = Duration::from_secs(1_000_000_000);

pub(crate) const HEADER: [&str; 10] =
    ["ms", "node", "event", "process", "pid", "rss_kib", "pss_kib", "uss_kib", "peak_rss_kib", "text"];

/// A row of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Time since the recording began.
    pub at: Duration,
    /// The node that it tells of.
    pub node: String,
    /// What it tells.
    pub event: Event,
}

/// What a row tells of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Its recording begins: a node's first row.
    Begin {
        /// The time of day, in ms since 1970: puts recordings of several nodes on one axis of time.
        unix_ms: u64,
    },
    /// What one of its processes holds.
    Sample {
        /// The part of the process: `main`, `verifier`, `prover`.
        process: String,
        /// Its id.
        pid: u32,
        /// Its memory.
        memory: Memory,
    },
    /// Something happened. [`Mark::Started`] and [`Mark::Ready`] tell how long a process takes to be of use.
    Mark(Mark),
}

impl Row {
    pub(crate) fn parse(record: &StringRecord) -> Result<Self, Malformed> {
        if record.len() != HEADER.len() {
            return Err(Malformed::Columns(record.len()));
        }
        let column = |index: usize| record.get(index).unwrap_or_default();
        let empty =
            |range: std::ops::RangeInclusive<usize>| match range.into_iter().find(|&i| !column(i).is_empty())
            {
                Some(index) => Err(Malformed::NotEmpty(HEADER[index])),
                None => Ok(()),
            };
        let at = time(column(0))?;
        let node = name(column(1), HEADER[1])?;
        let event = match column(2) {
            "begin" => {
                empty(3..=8)?;
                Event::Begin { unix_ms: number(column(9), HEADER[9])? }
            }
            "sample" => {
                empty(9..=9)?;
                let size = |index: usize| number(column(index), HEADER[index]);
                let memory = Memory { rss: size(5)?, pss: size(6)?, uss: size(7)?, peak: size(8)? };
                Event::Sample { process: name(column(3), HEADER[3])?, pid: pid(column(4))?, memory }
            }
            "mark" => {
                empty(3..=8)?;
                Event::Mark(mark(column(9))?)
            }
            other => return Err(Malformed::Event(shorten(other))),
        };
        Ok(Self { at, node, event })
    }
}

/// Writes rows as they happen. What has been flushed stays readable if the writer's process is killed.
pub struct Writer<W: Write> {
    csv: csv::Writer<W>,
}

impl<W: Write> Writer<W> {
    /// Writes the first line.
    ///
    /// # Errors
    /// As `to` writes.
    pub fn new(to: W) -> io::Result<Self> {
        let mut csv = csv::Writer::from_writer(to);
        csv.write_record(HEADER)?;
        Ok(Self { csv })
    }

    /// Writes a row. Names and texts that the format does not allow are altered until it does, so that a mark with a line
    /// break does not end a recording.
    ///
    /// # Errors
    /// As the file is written.
    pub fn write(&mut self, row: &Row) -> io::Result<()> {
        let micros = row.at.as_micros();
        let at = format!("{}.{:03}", micros / 1000, micros % 1000);
        let node = nameable(&row.node);
        let (mut event, mut process, mut pid, mut text) =
            ("mark", String::new(), String::new(), String::new());
        let mut sizes = [const { String::new() }; 4];
        match &row.event {
            Event::Begin { unix_ms } => {
                event = "begin";
                text = unix_ms.to_string();
            }
            Event::Sample { process: name, pid: id, memory } => {
                event = "sample";
                process = nameable(name);
                pid = id.to_string();
                sizes = [memory.rss, memory.pss, memory.uss, memory.peak].map(|size| size.to_string());
            }
            Event::Mark(mark) => text = printable(&mark.to_string()),
        }
        let [rss, pss, uss, peak] = &sizes;
        self.csv.write_record([&at, &node, event, &process, &pid, rss, pss, uss, peak, &text])?;
        Ok(())
    }

    /// Hands all rows to the file.
    ///
    /// # Errors
    /// As the file is written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.csv.flush()
    }
}

/// Whether a node or process may be called so: 1 to [`MAX_NAME`] letters, digits, dots, hyphens and underscores.
pub fn is_name(text: &str) -> bool {
    (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(is_name_byte)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}

fn is_text(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= MAX_TEXT && !text.contains(char::is_control)
}

fn nameable(name: &str) -> String {
    let fit = |c: char| if c.is_ascii() && is_name_byte(c as u8) { c } else { '_' };
    let name: String = name.chars().take(MAX_NAME).map(fit).collect();
    if name.is_empty() { "_".to_owned() } else { name }
}

fn printable(text: &str) -> String {
    let fit = |c: char| if c.is_control() { ' ' } else { c };
    let text: String = text.chars().take(MAX_TEXT).map(fit).collect();
    if text.is_empty() { "-".to_owned() } else { text }
}

fn name(value: &str, column: &'static str) -> Result<String, Malformed> {
    if is_name(value) { Ok(value.to_owned()) } else { Err(Malformed::Name { column, value: shorten(value) }) }
}

fn mark(value: &str) -> Result<Mark, Malformed> {
    if is_text(value) { Ok(Mark::of(value)) } else { Err(Malformed::Text) }
}

fn number(value: &str, column: &'static str) -> Result<u64, Malformed> {
    // Far from where sums of sizes in bytes would overflow.
    const END: u64 = 1 << 48;
    digits(value).filter(|&n| n < END).ok_or_else(|| Malformed::Number { column, value: shorten(value) })
}

fn pid(value: &str) -> Result<u32, Malformed> {
    let wrong = || Malformed::Number { column: HEADER[4], value: shorten(value) };
    digits(value).and_then(|n| u32::try_from(n).ok()).filter(|&n| n > 0).ok_or_else(wrong)
}

/// Digits alone: `parse` would take a plus sign.
fn digits(value: &str) -> Option<u64> {
    value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.parse().ok())?
}

/// Milliseconds, with three decimals or with none.
fn time(value: &str) -> Result<Duration, Malformed> {
    let parse = || {
        let (whole, decimals) = value.split_once('.').unwrap_or((value, "000"));
        let micros = digits(decimals).filter(|_| decimals.len() == 3)?;
        let at = Duration::from_millis(digits(whole)?) + Duration::from_micros(micros);
        (at <= MAX_TIME).then_some(at)
    };
    parse().ok_or_else(|| Malformed::Time(shorten(value)))
}

/// What an error message shows of a value.
fn shorten(value: &str) -> String {
    value.chars().take(40).collect()
}
