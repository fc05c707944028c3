//! The folder of a board: a file for each job, which is there whole, or as it was before.
//!
//! A file is the BLAKE3 digest of what follows, and a [`KeptJob`]. Who has the folder holds the lock of a file in it, in whatever
//! way it ends. Numbers of jobs and leases are never used again: those of each start are above all before.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use prost::Message as _;
use quickpickle_srs_data::replace_file;

use super::table::{Entry, OPEN, SETTLED, State};
use crate::proto::v1::{KimchiProof, Witness};

/// The file whose lock says that the folder is in use.
const LOCK: &str = "lock";
/// The file with the number of the next start.
const STARTS: &str = "starts";
/// Bits of the numbers that each start has for itself.
const BITS: u32 = 32;
/// What ends the name of a job's file, before which its number stands.
const ENDING: &str = "job";
/// What ends the names of files that a crash left half-written.
const HALF_WRITTEN: &str = "tmp";
/// Files of jobs at most: a crash leaves no more than the board has at a time, and a few that it was to forget.
const MAX_JOBS: usize = 2 * (OPEN + SETTLED);
/// Bytes of a job's file at most.
const MAX_FILE: usize = 32 << 20;
const DIGEST: usize = blake3::OUT_LEN;

/// The jobs' folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// It cannot be read or written.
    #[error("the jobs' folder {}", path.display())]
    Io {
        /// The folder, or a file in it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another coordinator has it.
    #[error("the jobs' folder {} is another coordinator's", _0.display())]
    InUse(PathBuf),
    /// There are too many files.
    #[error("more than {MAX_JOBS} jobs in {}", _0.display())]
    TooMany(PathBuf),
    /// A file is none of a job.
    #[error("the job in {}", path.display())]
    Job {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: JobFault,
    },
}

/// Why a file is none of a job.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobFault {
    /// It cannot be read.
    #[error("it cannot be read")]
    Io(#[from] io::Error),
    /// It is too long.
    #[error("it has more than {MAX_FILE} bytes")]
    TooLong,
    /// It was altered, or is something else.
    #[error("it is not what was written")]
    Damaged,
    /// It was written by another version.
    #[error("it is of another form")]
    Form,
}

/// A job as its file has it.
#[derive(Clone, PartialEq, prost::Message)]
struct KeptJob {
    #[prost(string, tag = "1")]
    circuit: String,
    #[prost(message, optional, tag = "2")]
    witness: Option<Witness>,
    #[prost(bytes = "vec", tag = "3")]
    public_input: Vec<u8>,
    #[prost(uint32, tag = "4")]
    attempts: u32,
    #[prost(enumeration = "Stand", tag = "5")]
    stand: i32,
    /// Of those that are leased or done.
    #[prost(uint64, tag = "6")]
    lease: u64,
    #[prost(string, tag = "7")]
    worker: String,
    /// Of those that are done.
    #[prost(message, optional, tag = "8")]
    proof: Option<KimchiProof>,
}

/// How a job in a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
enum Stand {
    None = 0,
    Waiting = 1,
    Leased = 2,
    Done = 3,
    Failed = 4,
}

/// A folder that nobody else has.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

/// A folder, the number after which those of its next jobs and leases come, and its jobs by their numbers.
type Opened = (Folder, u64, Vec<(u64, Entry)>);

impl Folder {
    /// Takes a folder, which is made if there is none, and reads its jobs.
    pub(super) fn open(path: &Path) -> Result<Opened, FolderError> {
        let error = |source| FolderError::Io { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(error)?;
        let lock = File::create(path.join(LOCK)).map_err(error)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FolderError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => return Err(error(source)),
        }
        let folder = Self { path: path.to_owned(), _lock: lock };
        let entries = folder.read()?;
        let last = entries.last().map_or(0, |(id, _)| *id);
        let first = folder.begin(last).map_err(error)?;
        Ok((folder, first, entries))
    }

    /// All jobs, by their numbers; removes what a crash left.
    fn read(&self) -> Result<Vec<(u64, Entry)>, FolderError> {
        let error = |source| FolderError::Io { path: self.path.clone(), source };
        let mut ids = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(error)? {
            let path = entry.map_err(error)?.path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            match (ending, stem.parse::<u64>()) {
                (HALF_WRITTEN, _) => fs::remove_file(&path).map_err(error)?,
                (ENDING, Ok(id)) if id.to_string() == stem => ids.push(id),
                _ => {}
            }
            if ids.len() > MAX_JOBS {
                return Err(FolderError::TooMany(self.path.clone()));
            }
        }
        ids.sort_unstable();
        let entry = |id: u64| {
            let path = self.file(id);
            let entry = read_job(&path).map_err(|source| FolderError::Job { path, source })?;
            Ok((id, entry))
        };
        ids.into_iter().map(entry).collect()
    }

    /// Counts this start; returns the number after which its own come, which is beyond `last` and those of all starts before.
    fn begin(&self, last: u64) -> io::Result<u64> {
        let path = self.path.join(STARTS);
        let counted = match fs::read_to_string(&path) {
            Ok(text) => text.trim().parse::<u64>().map_err(io::Error::other)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        let start = if last == 0 { counted } else { counted.max((last >> BITS) + 1) };
        let first = start.checked_mul(1 << BITS).ok_or_else(|| io::Error::other("no numbers are left"))?;
        replace_file(&path, |file| writeln!(file, "{}", start + 1))?;
        Ok(first)
    }

    /// Writes a job, or removes it.
    pub(super) fn put(&self, id: u64, entry: Option<&Entry>) -> io::Result<()> {
        let path = self.file(id);
        let Some(entry) = entry else {
            return match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        };
        let bytes = KeptJob::from(entry).encode_to_vec();
        replace_file(&path, |file| {
            file.write_all(blake3::hash(&bytes).as_bytes())?;
            file.write_all(&bytes)
        })
    }

    fn file(&self, id: u64) -> PathBuf {
        self.path.join(format!("{id}.{ENDING}"))
    }
}

fn read_job(path: &Path) -> Result<Entry, JobFault> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_FILE {
        return Err(JobFault::TooLong);
    }
    let (digest, job) = bytes.split_first_chunk::<DIGEST>().ok_or(JobFault::Damaged)?;
    if blake3::hash(job) != *digest {
        return Err(JobFault::Damaged);
    }
    KeptJob::decode(job).ok().and_then(KeptJob::entry).ok_or(JobFault::Form)
}

impl From<&Entry> for KeptJob {
    fn from(entry: &Entry) -> Self {
        let Entry { circuit, witness, public_input, attempts, state } = entry;
        let (stand, lease, worker, proof) = match state {
            State::Waiting => (Stand::Waiting, 0, String::new(), None),
            State::Leased { lease, worker, .. } => (Stand::Leased, *lease, worker.clone(), None),
            State::Done { lease, worker, proof } => {
                (Stand::Done, *lease, worker.clone(), Some(proof.as_ref().clone()))
            }
            State::Failed => (Stand::Failed, 0, String::new(), None),
        };
        Self {
            circuit: circuit.clone(),
            witness: Some(witness.clone()),
            public_input: public_input.clone(),
            attempts: *attempts,
            stand: stand.into(),
            lease,
            worker,
            proof,
        }
    }
}

impl KeptJob {
    /// What was written. The time of a lease is not: it begins anew.
    fn entry(self) -> Option<Entry> {
        let now = Instant::now();
        let Self { lease, worker, .. } = self;
        let state = match Stand::try_from(self.stand).ok()? {
            Stand::None => return None,
            Stand::Waiting => State::Waiting,
            Stand::Leased => State::Leased { lease, worker, until: now, end: now },
            Stand::Done => State::Done { lease, worker, proof: Box::new(self.proof?) },
            Stand::Failed => State::Failed,
        };
        let (circuit, public_input, attempts) = (self.circuit, self.public_input, self.attempts);
        Some(Entry { circuit, witness: self.witness?, public_input, attempts, state })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::witness::Kind;

    fn entry(state: State) -> Entry {
        let witness = Witness { kind: Some(Kind::Seed(7)) };
        Entry { circuit: "a".to_owned(), witness, public_input: vec![1, 2], attempts: 3, state }
    }

    fn done() -> State {
        let proof = KimchiProof { proof: vec![9; 1000].into(), ..KimchiProof::default() };
        State::Done { lease: 5, worker: "w".to_owned(), proof: Box::new(proof) }
    }

    #[test]
    fn jobs_come_back_and_numbers_do_not() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("jobs");
        let (folder, first, entries) = Folder::open(&path).unwrap();
        assert_eq!((first, entries.len()), (0, 0));
        assert!(matches!(Folder::open(&path), Err(FolderError::InUse(_))));
        let now = Instant::now();
        let leased = || State::Leased { lease: 4, worker: "x".to_owned(), until: now, end: now };
        for (id, state) in [(1, State::Waiting), (2, leased()), (3, done()), (10, State::Failed)] {
            folder.put(id, Some(&entry(State::Waiting))).unwrap();
            folder.put(id, Some(&entry(state))).unwrap();
        }
        folder.put(4, Some(&entry(State::Waiting))).unwrap();
        folder.put(4, None).unwrap();
        folder.put(4, None).unwrap();
        // What a crash may leave, and what is not the board's.
        for name in ["3.4711-0.tmp", "x.job", "07.job", "notes.txt"] {
            fs::write(path.join(name), b"x").unwrap();
        }
        drop(folder);

        let (folder, first, entries) = Folder::open(&path).unwrap();
        assert_eq!(first, 1 << BITS);
        let of =
            |entries: &[(u64, Entry)], id| entries.iter().find(|(other, _)| *other == id).unwrap().1.clone();
        assert_eq!(entries.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 2, 3, 10]);
        for (id, state) in [(1, State::Waiting), (3, done()), (10, State::Failed)] {
            assert_eq!(of(&entries, id), entry(state));
        }
        assert!(matches!(of(&entries, 2).state, State::Leased { lease: 4, worker, .. } if worker == "x"));
        assert!(!path.join("3.4711-0.tmp").exists() && path.join("notes.txt").exists());
        // Without the count of starts no number comes twice all the same.
        folder.put(first + 1, Some(&entry(State::Waiting))).unwrap();
        drop(folder);
        fs::remove_file(path.join(STARTS)).unwrap();
        assert_eq!(Folder::open(&path).unwrap().1, 2 << BITS);
    }

    #[test]
    fn a_file_that_was_altered_is_refused_by_name() {
        let place = tempfile::tempdir().unwrap();
        let (folder, ..) = Folder::open(place.path()).unwrap();
        folder.put(7, Some(&entry(done()))).unwrap();
        drop(folder);
        let file = place.path().join("7.job");
        let good = fs::read(&file).unwrap();
        let mut altered = good.clone();
        altered[good.len() / 2] ^= 1;
        let unknown = KeptJob { stand: 9, ..KeptJob::default() }.encode_to_vec();
        let unknown = [blake3::hash(&unknown).as_bytes().as_slice(), &unknown].concat();
        for bytes in [&altered[..], &good[..good.len() - 1], &good[..20], b"", &unknown] {
            fs::write(&file, bytes).unwrap();
            let error = Folder::open(place.path()).unwrap_err();
            assert!(matches!(&error, FolderError::Job { path, .. } if *path == file), "{error}");
        }
        fs::write(&file, &good).unwrap();
        assert_eq!(Folder::open(place.path()).unwrap().2.len(), 1);
    }
}
