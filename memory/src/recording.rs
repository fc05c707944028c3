//! A recording, read and checked.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use csv::ReaderBuilder;

use crate::error::{Malformed, ReadError};
use crate::life::{self, Life};
use crate::mark::Mark;
use crate::row::{Event, HEADER, Row, Writer};

/// The longest file that is read, in bytes: a node of three processes sampled five times a second for a day is half as long.
pub const MAX_FILE: u64 = 1 << 27;

/// What was recorded, of one node or of several on one axis of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// In order of time; the first of each node is its beginning.
    rows: Vec<Row>,
}

/// A recording with the name that tables and graphs call it by.
#[derive(Clone, Debug)]
pub struct Run {
    /// The name: that of the file.
    pub name: String,
    /// What was recorded.
    pub recording: Recording,
}

impl Run {
    /// Reads a file.
    ///
    /// # Errors
    /// As [`Recording::read`].
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        Ok(Self { name, recording: Recording::read(File::open(path)?)? })
    }
}

impl Recording {
    /// Reads and checks a recording of at most [`MAX_FILE`] bytes.
    ///
    /// # Errors
    /// With the line that is wrong.
    pub fn read(from: impl Read) -> Result<Self, ReadError> {
        let mut limited = from.take(MAX_FILE + 1);
        // Rows are of different lengths to the CSV reader, so that `Row::parse` can say what is wrong.
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&mut limited);
        let mut records = reader.records();
        let header = records.next().ok_or(ReadError::Empty)??;
        if header != HEADER[..] {
            return Err(ReadError::Header(
                header.iter().collect::<Vec<_>>().join(",").chars().take(80).collect(),
            ));
        }
        let mut rows = Vec::new();
        let mut begun = HashMap::new();
        for record in records {
            let record = record?;
            let line = record.position().map_or(0, csv::Position::line);
            let wrong = |reason| ReadError::Line { line, reason };
            let row = Row::parse(&record).map_err(wrong)?;
            match (&row.event, begun.get(&row.node)) {
                (Event::Begin { .. }, None) => {
                    begun.insert(row.node.clone(), row.at);
                }
                (Event::Begin { .. }, Some(_)) | (_, None) => return Err(wrong(Malformed::Begin(row.node))),
                (_, Some(begin)) if row.at < *begin => return Err(wrong(Malformed::Early)),
                _ => {}
            }
            rows.push(row);
        }
        if limited.limit() == 0 {
            return Err(ReadError::TooLong);
        }
        if rows.is_empty() {
            return Err(ReadError::Empty);
        }
        Ok(Self::sorted(rows))
    }

    /// Puts recordings of several nodes, made at the same time, on one axis that begins with the first of them. Of nodes
    /// of one name all but the first are called `NAME-2` and so on.
    pub fn merge(recordings: impl IntoIterator<Item = Self>) -> Self {
        let recordings: Vec<_> = recordings.into_iter().collect();
        let origin = recordings.iter().filter_map(Self::zero).min().unwrap_or_default();
        let mut taken = HashSet::new();
        let mut rows = Vec::new();
        for recording in recordings {
            let shift = recording.zero().unwrap_or_default().saturating_sub(origin);
            let mut names = HashMap::new();
            for node in recording.nodes() {
                let numbered = (2..).map(|n| format!("{node}-{n}"));
                let free =
                    std::iter::once(node.to_owned()).chain(numbered).find(|name| !taken.contains(name));
                let name = free.unwrap_or_default();
                taken.insert(name.clone());
                names.insert(node.to_owned(), name);
            }
            rows.extend(recording.rows.into_iter().map(|row| Row {
                at: row.at + shift,
                node: names.get(&row.node).cloned().unwrap_or(row.node),
                event: row.event,
            }));
        }
        Self::sorted(rows)
    }

    fn sorted(mut rows: Vec<Row>) -> Self {
        // Marks are written with the next samples, a little after their time. Stable: a node's beginning stays first.
        rows.sort_by_key(|row| row.at);
        Self { rows }
    }

    /// Writes it as a file.
    ///
    /// # Errors
    /// As `to` writes.
    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let mut writer = Writer::new(to)?;
        self.rows.iter().try_for_each(|row| writer.write(row))?;
        writer.flush()
    }

    /// All rows, in order of time.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The nodes, in the order in which they begin.
    pub fn nodes(&self) -> Vec<&str> {
        let begin = |row: &'_ Row| matches!(row.event, Event::Begin { .. });
        self.rows.iter().filter(|row| begin(row)).map(|row| row.node.as_str()).collect()
    }

    /// The marks, with the nodes that made them.
    pub fn marks(&self) -> impl Iterator<Item = (Duration, &str, &Mark)> {
        self.rows.iter().filter_map(|row| match &row.event {
            Event::Mark(mark) => Some((row.at, row.node.as_str(), mark)),
            _ => None,
        })
    }

    /// The processes, each from its start to its end, by node and then in order of time.
    pub fn lives(&self) -> Vec<Life<'_>> {
        life::of(self)
    }

    /// The time of the last row.
    pub fn end(&self) -> Duration {
        self.rows.last().map_or(Duration::ZERO, |row| row.at)
    }

    /// The time of day of time zero.
    fn zero(&self) -> Option<Duration> {
        self.rows.iter().find_map(|row| match row.event {
            Event::Begin { unix_ms } => Some(Duration::from_millis(unix_ms).saturating_sub(row.at)),
            _ => None,
        })
    }
}
