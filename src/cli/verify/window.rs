//! Windows: the documents that are verified together.
//!
//! Files are there, and a window takes as many of them as it has room for. Whatever comes through a pipe may be written by
//! somebody who waits for the answers: there a window ends when nothing more comes.

use std::num::NonZeroUsize;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use super::documents::{Document, Documents};

/// A window holds no more documents than this many bytes, however many proofs it may have.
const WINDOW_BYTES: usize = 16 << 20;
/// A window ends when nothing has come for so long,
const IDLE: Duration = Duration::from_millis(20);
/// and so long after its first document, however steadily others come.
const PATIENCE: Duration = Duration::from_millis(200);

/// Documents as they come.
pub enum Windows {
    /// From files: each is there when it is asked for.
    Files(Documents),
    /// From a thread that waits for them, and holds at most two.
    Pipes(Receiver<Document>),
}

impl Windows {
    pub fn new(documents: Documents) -> std::io::Result<Self> {
        if documents.total_bytes().is_some() {
            return Ok(Self::Files(documents));
        }
        let (sender, receiver) = mpsc::sync_channel(1);
        let read = move || {
            for document in documents {
                if sender.send(document).is_err() {
                    break;
                }
            }
        };
        thread::Builder::new().name("reader".to_owned()).spawn(read)?;
        Ok(Self::Pipes(receiver))
    }

    /// The next documents, `most` at most; none at the end.
    pub fn next(&mut self, most: NonZeroUsize) -> Vec<Document> {
        match self {
            Self::Files(documents) => collect(most, || documents.next()),
            Self::Pipes(documents) => {
                let mut end = None;
                collect(most, || match end {
                    None => {
                        let first = documents.recv().ok();
                        end = Some(Instant::now() + PATIENCE);
                        first
                    }
                    Some(end) => {
                        let left = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero());
                        documents.recv_timeout(IDLE.min(left?)).ok()
                    }
                })
            }
        }
    }
}

/// As many documents as a window has room for, or as there are.
fn collect(most: NonZeroUsize, mut next: impl FnMut() -> Option<Document>) -> Vec<Document> {
    let mut window = Vec::new();
    let mut bytes = 0;
    while window.len() < most.get() && bytes < WINDOW_BYTES {
        let Some(document) = next() else { break };
        bytes += document.len();
        window.push(document);
    }
    window
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(bytes: usize) -> Document {
        Document { file: "x".into(), line: None, statement: None, content: Ok(vec![0; bytes]) }
    }

    #[test]
    fn a_window_is_bounded_by_its_number_and_by_its_bytes() {
        let collected = |bytes: usize, most| {
            let mut documents = (0..10).map(|_| document(bytes));
            collect(most, || documents.next()).len()
        };
        let three = NonZeroUsize::MIN.saturating_add(2);
        let most = NonZeroUsize::MAX;
        assert_eq!(collected(1, three), 3);
        assert_eq!(collected(1, most), 10);
        assert_eq!(collected(WINDOW_BYTES / 2, most), 2);
        assert_eq!(collected(WINDOW_BYTES, most), 1);
    }

    #[test]
    fn a_window_of_a_pipe_ends_when_nothing_more_comes() {
        let (sender, receiver) = mpsc::sync_channel(1);
        let mut windows = Windows::Pipes(receiver);
        let writer = thread::spawn(move || {
            sender.send(document(1)).expect("somebody reads");
            sender
        });
        // The writer is there still, and writes nothing.
        assert_eq!(windows.next(NonZeroUsize::MAX).len(), 1);
        drop(writer.join().expect("no panic"));
        assert!(windows.next(NonZeroUsize::MAX).is_empty());
    }

    #[test]
    fn a_window_of_a_pipe_ends_though_others_come_steadily() {
        let (sender, receiver) = mpsc::sync_channel(1);
        let mut windows = Windows::Pipes(receiver);
        let writer = thread::spawn(move || while sender.send(document(0)).is_ok() {});
        // Neither number nor bytes end this one.
        assert!(!windows.next(NonZeroUsize::MAX).is_empty());
        drop(windows);
        writer.join().expect("no panic");
    }
}
