//! The proofs that the command is given: files, the files of a folder, standard input, line by line where a file holds
//! one proof a line. Never more than one of them is in memory here, and never more than the bound of one.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::vec;

use anyhow::Context as _;
use serde::de::IgnoredAny;

/// How the files of a format look.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The endings of the files that are taken from a folder; without any, all files.
    pub extensions: &'static [&'static str],
    /// Whether a file may hold one JSON document a line.
    pub lines: bool,
    /// The longest document, in bytes. Of longer ones no more than a byte beyond is kept, for the decoder to refuse.
    pub max_bytes: usize,
}

/// The endings of files that hold one document a line, even if their first line is broken.
const LINE_EXTENSIONS: [&str; 2] = ["jsonl", "ndjson"];

/// What holds one proof.
#[derive(Debug)]
pub struct Document {
    /// The file, or `-`.
    pub file: String,
    /// The line, counted from one, where the file holds one document a line.
    pub line: Option<u64>,
    /// Its bytes, or why they could not be read.
    pub content: io::Result<Vec<u8>>,
}

impl Document {
    /// How much memory it takes.
    pub fn len(&self) -> usize {
        self.content.as_ref().map_or(0, Vec::len)
    }
}

/// An iterator over the documents, in the order in which they were named, files of a folder in the order of their names.
pub struct Documents {
    layout: Layout,
    sources: vec::IntoIter<PathBuf>,
    open: Option<Lines>,
    total: Option<u64>,
}

impl Documents {
    /// Looks through `paths`, of which `-` is standard input, without reading a document. `skip` are passed over where a
    /// folder holds them: a key that lies beside its proofs.
    pub fn new(paths: &[PathBuf], layout: Layout, skip: &[&Path]) -> anyhow::Result<Self> {
        let mut sources = Vec::new();
        for path in paths {
            if path.is_dir() {
                let found =
                    in_folder(path, layout, skip).with_context(|| format!("folder {}", path.display()))?;
                anyhow::ensure!(!found.is_empty(), "folder {}: no proofs in it", path.display());
                sources.extend(found);
            } else {
                sources.push(path.clone());
            }
        }
        let size = |path: &PathBuf| match path.metadata() {
            Ok(metadata) if metadata.is_file() && path.as_os_str() != "-" => Some(metadata.len()),
            _ => None,
        };
        let total = sources.iter().map(size).sum();
        Ok(Self { layout, sources: sources.into_iter(), open: None, total })
    }

    /// The bytes of all files, where every source is one.
    pub fn total_bytes(&self) -> Option<u64> {
        self.total
    }

    fn open(&mut self, path: &Path) -> Document {
        let file = path.to_string_lossy().into_owned();
        let reader: io::Result<Box<dyn BufRead>> = if file == "-" {
            Ok(Box::new(io::stdin().lock()))
        } else {
            File::open(path).map(|f| Box::new(BufReader::new(f)) as Box<dyn BufRead>)
        };
        let mut lines = match reader {
            Ok(reader) => Lines { file, reader, number: 0, max_bytes: self.layout.max_bytes, pending: None },
            Err(error) => return Document { file, line: None, content: Err(error) },
        };
        let by_line = self.layout.lines
            && path.extension().is_some_and(|e| LINE_EXTENSIONS.iter().any(|known| e == *known));
        let first = if self.layout.lines { lines.next_line() } else { Some(Ok(Vec::new())) };
        let content = match first {
            Some(Ok(line)) if by_line => Ok(line),
            Some(Ok(line)) if self.layout.lines && serde_json::from_slice::<IgnoredAny>(&line).is_ok() => {
                // One line a document if another one follows, else a file with one document.
                let number = lines.number;
                let Some(second) = lines.next_line() else {
                    return Document { file: lines.file, line: None, content: Ok(line) };
                };
                lines.pending = Some(second);
                let first = Document { file: lines.file.clone(), line: Some(number), content: Ok(line) };
                self.open = Some(lines);
                return first;
            }
            Some(Ok(line)) => return Document { line: None, content: lines.rest(line), file: lines.file },
            Some(Err(error)) => Err(error),
            // An empty file is no proof.
            None => return Document { file: lines.file, line: None, content: Ok(Vec::new()) },
        };
        let first = Document { file: lines.file.clone(), line: Some(lines.number), content };
        if first.content.is_ok() {
            self.open = Some(lines);
        }
        first
    }
}

impl Iterator for Documents {
    type Item = Document;

    fn next(&mut self) -> Option<Document> {
        if let Some(mut lines) = self.open.take()
            && let Some(content) = lines.pending.take().or_else(|| lines.next_line())
        {
            let document = Document { file: lines.file.clone(), line: Some(lines.number), content };
            if document.content.is_ok() {
                self.open = Some(lines);
            }
            return Some(document);
        }
        let path = self.sources.next()?;
        Some(self.open(&path))
    }
}

struct Lines {
    file: String,
    reader: Box<dyn BufRead>,
    /// The number of the line that was read last.
    number: u64,
    max_bytes: usize,
    /// A line that was read ahead, whose number is `number`.
    pending: Option<io::Result<Vec<u8>>>,
}

impl Lines {
    /// The next line that is not blank. Of one that is too long the end is passed over.
    fn next_line(&mut self) -> Option<io::Result<Vec<u8>>> {
        loop {
            let mut line = Vec::new();
            let limit = self.max_bytes as u64 + 1;
            match (&mut self.reader).take(limit).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(read) if read as u64 == limit && !line.ends_with(b"\n") => {
                    if let Err(error) = self.skip_line() {
                        return Some(Err(error));
                    }
                }
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
            self.number += 1;
            if !line.trim_ascii().is_empty() {
                return Some(Ok(line));
            }
        }
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffered = self.reader.fill_buf()?;
            let end = buffered.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(buffered.len(), |at| at + 1);
            self.reader.consume(used);
            if end.is_some() || used == 0 {
                return Ok(());
            }
        }
    }

    /// `start` and all that follows it.
    fn rest(&mut self, mut start: Vec<u8>) -> io::Result<Vec<u8>> {
        let room = (self.max_bytes + 1).saturating_sub(start.len());
        (&mut self.reader).take(room as u64).read_to_end(&mut start)?;
        Ok(start)
    }
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

    const JSON: Layout = Layout { extensions: &["json", "jsonl"], lines: true, max_bytes: 16 };
    const BYTES: Layout = Layout { extensions: &[], lines: false, max_bytes: 16 };

    fn read(name: &str, content: &[u8], layout: Layout) -> Vec<(Option<u64>, Vec<u8>)> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        let documents = Documents::new(&[path], layout, &[]).expect("one file");
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

    #[test]
    fn a_folder_gives_its_files_by_name_without_the_key() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["b.json", "a.json", "vk.json", "notes.txt"] {
            std::fs::write(folder.path().join(name), name).expect("written");
        }
        let key = folder.path().join("vk.json");
        let paths = [folder.path().to_owned()];
        let documents = Documents::new(&paths, JSON, &[&key]).expect("a folder");
        let contents: Vec<_> = documents.map(|d| d.content.expect("readable")).collect();
        assert_eq!(contents, [b"a.json", b"b.json"]);
        let none = Layout { extensions: &["none"], ..JSON };
        assert!(Documents::new(&paths, none, &[]).is_err());
    }
}
