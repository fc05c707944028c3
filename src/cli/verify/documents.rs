//! The proofs that the command is given: files, the files of a folder, standard input, line by line where a file holds
//! one proof a line. Never more than one of them is in memory here, and never more than the bound of one.

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::vec;

use anyhow::Context as _;
use serde::de::IgnoredAny;

use super::report::Failure;
use crate::cli::input;

/// How the files of a format look.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The endings of the files that are taken from a folder; without any, all files.
    pub extensions: &'static [&'static str],
    /// Which files hold one JSON document a line.
    pub lines: ByLine,
    /// The longest document, in bytes. Of longer ones no more than a byte beyond is kept, for the decoder to refuse.
    pub max_bytes: usize,
}

/// Which files hold one document a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByLine {
    /// None.
    Never,
    /// Those that are called so, and those whose first line is a whole document.
    WhereItShows,
    /// The same of those that begin as a JSON object; others may be bytes, whose lines mean nothing.
    WhereItIsJson,
    /// All.
    Always,
}

/// The endings of files that hold one document a line, even if their first line is broken.
const LINE_EXTENSIONS: [&str; 2] = ["jsonl", "ndjson"];

/// Bytes that are passed over of a line that is too long. Where it goes on nobody means a line.
const MAX_SKIPPED: u64 = 64 << 20;

/// A file of documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file, or `-` for standard input.
    pub path: PathBuf,
    /// The file of the statement of the one proof in it, where each proof has its own.
    pub statement: Option<PathBuf>,
}

impl Source {
    /// A file without a statement beside it.
    pub fn new(path: PathBuf) -> Self {
        Self { path, statement: None }
    }
}

/// What holds one proof.
#[derive(Debug)]
pub struct Document {
    /// The file, or `-`.
    pub file: String,
    /// The line, counted from one, where the file holds one document a line.
    pub line: Option<u64>,
    /// The file of its statement, where it has one.
    pub statement: Option<PathBuf>,
    /// Its bytes, or why they could not be read.
    pub content: io::Result<Vec<u8>>,
}

impl Document {
    /// Its bytes.
    pub fn bytes(&self) -> Result<&[u8], Failure> {
        // An I/O error cannot be cloned, and the document is still to be named in the report.
        let copy = |error: &io::Error| io::Error::new(error.kind(), error.to_string()).into();
        self.content.as_deref().map_err(copy)
    }

    /// How much memory it takes.
    pub fn len(&self) -> usize {
        self.content.as_ref().map_or(0, Vec::len)
    }
}

/// An iterator over the documents, in the order in which they were named, files of a folder in the order of their names.
pub struct Documents {
    layout: Layout,
    sources: vec::IntoIter<Source>,
    open: Option<Lines>,
    total: Option<u64>,
}

impl Documents {
    /// Looks through `sources`, of which `-` is standard input, without reading a document. `skip` are passed over where a
    /// folder holds them: a key that lies beside its proofs.
    pub fn new(sources: Vec<Source>, layout: Layout, skip: &[&Path]) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        for source in sources {
            let path = &source.path;
            if path.is_dir() {
                let found =
                    in_folder(path, layout, skip).with_context(|| format!("folder {}", path.display()))?;
                anyhow::ensure!(
                    !found.is_empty(),
                    "folder {}: no proofs in it, which would end in {}",
                    path.display(),
                    layout.extensions.join(", ")
                );
                files.extend(found.into_iter().map(Source::new));
            } else {
                files.push(source);
            }
        }
        let size = |source: &Source| match source.path.metadata() {
            Ok(metadata) if metadata.is_file() && !input::is_stdin(&source.path) => Some(metadata.len()),
            _ => None,
        };
        let total = files.iter().map(size).sum();
        Ok(Self { layout, sources: files.into_iter(), open: None, total })
    }

    /// The bytes of all files, where every source is one: then none of them makes anybody wait.
    pub fn total_bytes(&self) -> Option<u64> {
        self.total
    }

    /// The names of the files that are still to come.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.as_slice().iter().filter_map(|source| source.path.file_name()?.to_str())
    }

    /// Begins with a source; the result is its first document.
    fn open(&mut self, source: Source) -> Document {
        let Source { path, statement } = source;
        let by_line = match self.layout.lines {
            _ if statement.is_some() => ByLine::Never,
            ByLine::WhereItShows | ByLine::WhereItIsJson if is_called_lines(&path) => ByLine::Always,
            other => other,
        };
        let file = path.to_string_lossy().into_owned();
        let mut lines = match input::open(&path) {
            Ok(reader) => Lines::new(file.clone(), reader, self.layout.max_bytes),
            Err(error) => return Document { file, line: None, statement, content: Err(error) },
        };
        let by_line = match by_line {
            ByLine::WhereItIsJson => match lines.begins_as_object() {
                Ok(true) => ByLine::WhereItShows,
                Ok(false) => ByLine::Never,
                Err(error) => return Document { file, line: None, statement, content: Err(error) },
            },
            other => other,
        };
        if by_line == ByLine::Never {
            return Document { file, line: None, statement, content: lines.rest(Vec::new()) };
        }
        // An empty file is no proof.
        let first = lines.next_line().unwrap_or(Ok(Vec::new()));
        let number = lines.number;
        let content = match first {
            Ok(line) if by_line == ByLine::WhereItShows => match lines.shape(&line, &path) {
                Shape::Lines => Ok(line),
                Shape::OneLine => return Document { file, line: None, statement, content: Ok(line) },
                Shape::Whole => return Document { file, line: None, statement, content: lines.rest(line) },
            },
            first => first,
        };
        let line = (number > 0).then_some(number);
        if content.is_ok() {
            self.open = Some(lines);
        }
        Document { file, line, statement, content }
    }
}

impl Iterator for Documents {
    type Item = Document;

    fn next(&mut self) -> Option<Document> {
        if let Some(mut lines) = self.open.take()
            && let Some(content) = lines.pending.take().or_else(|| lines.next_line())
        {
            let (file, line) = (lines.file.clone(), Some(lines.number));
            if content.is_ok() {
                self.open = Some(lines);
            }
            return Some(Document { file, line, statement: None, content });
        }
        let source = self.sources.next()?;
        Some(self.open(source))
    }
}

/// What a file turns out to be by its first line.
enum Shape {
    /// One document a line.
    Lines,
    /// One document, which is this line.
    OneLine,
    /// One document, which begins with this line.
    Whole,
}

struct Lines {
    file: String,
    reader: BufReader<Box<dyn Read + Send>>,
    /// The number of the line that was read last.
    number: u64,
    max_bytes: usize,
    /// Whether the end of the line that was read last is still to be passed over.
    cut: bool,
    /// A line that was read ahead, whose number is `number`.
    pending: Option<io::Result<Vec<u8>>>,
}

impl Lines {
    fn new(file: String, reader: Box<dyn Read + Send>, max_bytes: usize) -> Self {
        Self { file, reader: BufReader::new(reader), number: 0, max_bytes, cut: false, pending: None }
    }

    /// Whether a JSON object begins here; nothing is taken.
    fn begins_as_object(&mut self) -> io::Result<bool> {
        Ok(self.reader.fill_buf()?.trim_ascii_start().starts_with(b"{"))
    }

    /// Whoever writes a line to a pipe may wait for its answer before writing another one: there the first line decides.
    /// In a file it takes a second line to tell.
    fn shape(&mut self, first: &[u8], path: &Path) -> Shape {
        let waits = input::is_stdin(path) || !path.is_file();
        match serde_json::from_slice::<IgnoredAny>(first) {
            Ok(_) if waits => Shape::Lines,
            Ok(_) => {
                self.pending = self.next_line();
                if self.pending.is_some() { Shape::Lines } else { Shape::OneLine }
            }
            // A line that could be nobody's beginning is a broken line.
            Err(error) if waits && first.starts_with(b"{") && !error.is_eof() => Shape::Lines,
            Err(_) => Shape::Whole,
        }
    }

    /// The next line that is not blank. Of one that is too long the end is passed over.
    fn next_line(&mut self) -> Option<io::Result<Vec<u8>>> {
        loop {
            if let Err(error) = self.pass_over() {
                return Some(Err(error));
            }
            let mut line = Vec::new();
            let limit = self.max_bytes as u64 + 1;
            match (&mut self.reader).take(limit).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(read) => self.cut = read as u64 == limit && !line.ends_with(b"\n"),
                Err(error) => return Some(Err(error)),
            }
            self.number += 1;
            if !line.trim_ascii().is_empty() {
                return Some(Ok(line));
            }
        }
    }

    /// Passes over the end of a line that was too long.
    fn pass_over(&mut self) -> io::Result<()> {
        let mut passed = 0;
        while self.cut {
            let buffered = self.reader.fill_buf()?;
            let end = buffered.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(buffered.len(), |at| at + 1);
            self.cut = end.is_none() && used > 0;
            self.reader.consume(used);
            passed += used as u64;
            if passed > MAX_SKIPPED {
                return Err(io::Error::other(format!(
                    "this line does not end within {MAX_SKIPPED} bytes: it is not read on"
                )));
            }
        }
        Ok(())
    }

    /// `start` and all that follows it.
    fn rest(&mut self, mut start: Vec<u8>) -> io::Result<Vec<u8>> {
        let room = (self.max_bytes + 1).saturating_sub(start.len());
        (&mut self.reader).take(room as u64).read_to_end(&mut start)?;
        Ok(start)
    }
}

/// Whether a file's name says that it holds one document a line.
fn is_called_lines(path: &Path) -> bool {
    path.extension().is_some_and(|e| LINE_EXTENSIONS.iter().any(|known| e == *known))
}

/// The files of a folder that look like documents, in the order of their names.
fn in_folder(folder: &Path, layout: Layout, skip: &[&Path]) -> io::Result<Vec<PathBuf>> {
    let skip: Vec<_> = skip.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut found = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let wanted = layout.extensions.is_empty() || layout.extensions.contains(&extension);
        if wanted && path.is_file() && !path.canonicalize().is_ok_and(|path| skip.contains(&path)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: Layout =
        Layout { extensions: &["json", "jsonl"], lines: ByLine::WhereItShows, max_bytes: 16 };
    const BYTES: Layout = Layout { extensions: &[], lines: ByLine::Never, max_bytes: 16 };

    fn read(name: &str, content: &[u8], layout: Layout) -> Vec<(Option<u64>, Vec<u8>)> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        let documents = Documents::new(vec![Source::new(path)], layout, &[]).expect("one file");
        assert_eq!(documents.total_bytes(), Some(content.len() as u64));
        documents.map(|d| (d.line, d.content.expect("readable"))).collect()
    }

    #[test]
    fn a_file_holds_one_document_or_one_a_line() {
        assert_eq!(read("a.json", b"{}\n", JSON), [(None, b"{}\n".to_vec())]);
        assert_eq!(read("a.json", b"{\n\n}\n", JSON), [(None, b"{\n\n}\n".to_vec())]);
        assert_eq!(
            read("a.json", b"\n{}\n\n[1]\n\n", JSON),
            [(Some(2), b"{}\n".to_vec()), (Some(4), b"[1]\n".to_vec())]
        );
        assert_eq!(read("a.json", b"", JSON), [(None, Vec::new())]);
        assert_eq!(
            read("a.jsonl", b"broken\n{}", JSON),
            [(Some(1), b"broken\n".to_vec()), (Some(2), b"{}".to_vec())]
        );
        assert_eq!(read("a.jsonl", b"{}", JSON), [(Some(1), b"{}".to_vec())]);
        assert_eq!(read("a.bin", b"1\n2\n", BYTES), [(None, b"1\n2\n".to_vec())]);
        // The first byte of bin_prot may be that of a new line.
        let either = Layout { lines: ByLine::WhereItIsJson, ..JSON };
        assert_eq!(read("a.bin", b"\n\x01\n2\n", either), [(None, b"\n\x01\n2\n".to_vec())]);
        assert_eq!(read("a.json", b"{}\n{}", either).len(), 2);
        let always = Layout { lines: ByLine::Always, ..JSON };
        assert_eq!(read("a.json", b"{\n", always), [(Some(1), b"{\n".to_vec())]);
    }

    #[test]
    fn of_a_document_that_is_too_long_the_end_is_dropped() {
        let long = [b'1'; 40];
        let kept = vec![b'1'; 17];
        assert_eq!(read("a.bin", &long, BYTES), [(None, kept.clone())]);
        assert_eq!(read("a.json", &[b"{\n", &long[..]].concat(), JSON)[0].1.len(), 17);
        assert_eq!(
            read("a.jsonl", &[&long[..], b"\n2\n"].concat(), JSON),
            [(Some(1), kept), (Some(2), b"2\n".to_vec())]
        );
    }

    /// The lines of `reader`, of at most 16 bytes, with their numbers.
    fn lines(reader: impl Read + Send + 'static) -> Vec<(u64, Result<Vec<u8>, String>)> {
        let mut lines = Lines::new("x".into(), Box::new(reader), 16);
        let next = || lines.next_line().map(|line| (lines.number, line.map_err(|error| error.to_string())));
        std::iter::from_fn(next).take(4).collect()
    }

    #[test]
    fn a_line_without_an_end_is_given_up() {
        let found = lines(io::repeat(b'1'));
        assert_eq!(found[0], (1, Ok(vec![b'1'; 17])));
        assert!(matches!(&found[1], (1, Err(reason)) if reason.contains("does not end within")), "{found:?}");
        // As long as a line may be it is passed over.
        let ends = io::repeat(b'1').take(MAX_SKIPPED).chain(&b"\n2"[..]);
        assert_eq!(lines(ends)[1], (2, Ok(b"2".to_vec())));
    }

    #[test]
    fn a_folder_gives_its_files_by_name_without_the_key() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["b.json", "a.json", "vk.json", "notes.txt"] {
            std::fs::write(folder.path().join(name), name).expect("written");
        }
        let key = folder.path().join("vk.json");
        let paths = || vec![Source::new(folder.path().to_owned())];
        let documents = Documents::new(paths(), JSON, &[&key]).expect("a folder");
        let contents: Vec<_> = documents.map(|d| d.content.expect("readable")).collect();
        assert_eq!(contents, [b"a.json", b"b.json"]);
        let none = Layout { extensions: &["none"], ..JSON };
        assert!(Documents::new(paths(), none, &[]).is_err());
    }
}
