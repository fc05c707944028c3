//! Snark work: read and written as the network has it, and refused where it was made for another fee or prover.

use std::path::Path;
use std::sync::Arc;

use quickpickle_mina::key::CompressedKey;
use quickpickle_mina::ledger_proof::{LedgerProof, SokMessage};
use quickpickle_mina::snark_work::{AssignedWork, Job, MergeJob, OneOrTwo, SnarkWork};
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::verifier::OwnedTask;
use quickpickle_runtime::wire::network::key_from_json;
use quickpickle_srs_data::{NETWORK_KEYS, Network, NetworkProof};
use quickpickle_vectors::{name, needs_whole_set, read, text as read_text, whole};

use super::{files, json, list, made_proof, text};

const FOLDER: &str = "network/ledger-proofs";

/// The key of mainnet's transaction snark.
fn key() -> Arc<PreparedKey> {
    let file = NETWORK_KEYS
        .iter()
        .find(|file| file.network == Network::Mainnet && matches!(file.proof, NetworkProof::Transaction));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../srs-data/networks");
    let text = read_text(&folder.join("mainnet-transaction.json"));
    let key = key_from_json(text, file.expect("a key")).expect("the key");
    Arc::new(PreparedKey::new(key).expect("a key of a wrap circuit"))
}

fn decode(name: &str, bytes: &[u8]) -> SnarkWork {
    SnarkWork::from_binprot(bytes).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn states(task: &OwnedTask, proof: &LedgerProof) -> bool {
    match task {
        OwnedTask::Pickles { statement, proof: verified, .. } => {
            *statement == proof.statement.to_elements() && *verified == proof.proof
        }
        _ => false,
    }
}

fn works_are_refused_where_the_fee_or_the_prover_is_another() {
    let key = key();
    let expected = json(&whole(FOLDER).join("works-and-altered.json"));
    let works = list(&expected, "/works");
    let mut refused = 0;
    for case in works {
        let file = text(case, "/file");
        let bytes = read(&whole(FOLDER).join(file));
        let work = decode(file, &bytes);
        assert_eq!(work.to_binprot(), bytes, "{file}");
        assert_eq!(Some(work.fee), case["fee"].as_u64(), "{file}");
        assert_eq!(work.prover.to_string(), text(case, "/prover"), "{file}");
        assert_eq!(Some(work.proofs.iter().count() as u64), case["proofs"].as_u64(), "{file}");
        match (work.tasks(&key), text(case, "/verdict")) {
            (Ok(tasks), "valid") => {
                assert_eq!(tasks.len(), work.proofs.iter().count(), "{file}");
                let mut both = tasks.iter().zip(work.proofs.iter());
                assert!(both.all(|(task, proof)| states(task, proof)), "{file}");
            }
            (Err(mismatch), "mismatched_sok") => {
                refused += 1;
                assert_eq!((mismatch.proof, mismatch.message), (0, work.message()), "{file}");
                let message = mismatch.to_string();
                assert!(message.starts_with("mismatched sok message: "), "{message}");
            }
            (found, verdict) => panic!("{file}: {verdict} expected, {} found", found.is_ok()),
        }
    }
    assert_eq!((works.len(), refused), (10, 2));
}

/// A work that is made here, of two proofs.
pub(super) fn made_work() -> SnarkWork {
    let message = SokMessage { fee: 25_000_000, prover: CompressedKey { x: Fp::from(1u64), is_odd: true } };
    let proofs = OneOrTwo::Two(made_proof(3, &message), made_proof(7, &message));
    SnarkWork { fee: message.fee, prover: message.prover, proofs }
}

#[test]
fn each_proof_of_a_work_is_for_its_fee_and_prover() {
    let (key, work) = (key(), made_work());
    let OneOrTwo::Two(first, mut second) = work.proofs.clone() else { panic!("two proofs") };
    let tasks = work.tasks(&key).expect("for this fee and prover");
    assert_eq!(tasks.len(), 2);
    assert!(states(&tasks[0], &first) && states(&tasks[1], &second));
    let mut dearer = work.clone();
    dearer.fee += 1;
    assert_eq!(dearer.tasks(&key).expect_err("another fee").proof, 0);
    let mut stolen = work.clone();
    stolen.prover.is_odd = false;
    assert_eq!(stolen.tasks(&key).expect_err("another prover").message, stolen.message());
    second.statement.sok_digest.0[31] ^= 0x80;
    let altered = SnarkWork { proofs: OneOrTwo::Two(first.clone(), second), ..work.clone() };
    assert_eq!(altered.tasks(&key).expect_err("another digest").proof, 1);
    let alone = SnarkWork { proofs: OneOrTwo::One(first), ..work };
    assert_eq!(alone.tasks(&key).map(|tasks| tasks.len()), Ok(1));
    assert_eq!(decode("a work of one proof", &alone.to_binprot()), alone);
}

#[test]
fn a_message_of_the_pool_names_the_work_that_it_offers() {
    let work = made_work();
    let message = work.to_pool_diff_binprot();
    assert_eq!(SnarkWork::from_pool_diff_binprot(&message), Ok(work));
    // The work is named first: the tag, the variant, then the first statement's source.
    let mut other = message.clone();
    other[5] ^= 1;
    let error = SnarkWork::from_pool_diff_binprot(&other).expect_err("other statements");
    assert!(error.to_string().contains("other statements"), "{error}");
    let error = SnarkWork::from_pool_diff_binprot(&[1]).expect_err("no work");
    assert!(error.to_string().contains("offers no work"), "{error}");
}

/// A job that is made here, to merge two proofs.
pub(super) fn made_job() -> MergeJob {
    let message = SokMessage::default();
    let (left, right) = (made_proof(3, &message), made_proof(4, &message));
    let mut statement = left.statement.without_sok();
    statement.target = right.statement.target.clone();
    MergeJob { statement, left, right }
}

#[test]
fn a_job_is_about_the_ledgers_of_its_proofs() {
    let job = made_job();
    assert_eq!(MergeJob::from_binprot(&job.to_binprot()).as_ref(), Ok(&job));
    let mut begins_elsewhere = job.clone();
    begins_elsewhere.statement.source.first_pass_ledger += Fp::from(1u64);
    let mut ends_elsewhere = job.clone();
    ends_elsewhere.statement.target.local_state.success ^= true;
    for altered in [
        begins_elsewhere,
        ends_elsewhere,
        MergeJob { left: job.right.clone(), ..job.clone() },
        MergeJob { right: job.left.clone(), ..job.clone() },
    ] {
        let refusal = MergeJob::from_binprot(&altered.to_binprot()).expect_err("another ledger").to_string();
        assert!(refusal.contains("other ledgers"), "{refusal}");
    }
    let two = AssignedWork { instances: OneOrTwo::Two(job.clone(), job), ..AssignedWork::default() };
    assert_eq!(two.tasks(&key()).len(), 4);
    assert_eq!(Job::from_binprot(&two.to_binprot()), Ok(Job::Assigned(two.into())));
}

fn jobs_hold_the_proofs_that_they_merge() {
    let jobs = files(FOLDER, ".job.binprot");
    assert_eq!(jobs.len(), 8);
    let (key, mut assigned) = (key(), 0);
    for path in jobs {
        let file = name(&path);
        let bytes = read(&path);
        let job = Job::from_binprot(&bytes).unwrap_or_else(|e| panic!("{file}: {e}"));
        let expected = json(&whole(FOLDER).join(file.replace(".job.binprot", ".json.gz")));
        let merge = match (job.clone(), text(&expected, "/job_form")) {
            (Job::Single(merge), "single spec") => {
                assert_eq!(merge.to_binprot(), bytes, "{file}");
                *merge
            }
            (Job::Assigned(work), "Get_work response") => {
                assigned += 1;
                assert_eq!(work.to_binprot(), bytes, "{file}");
                assert_eq!(Some(work.fee), expected["job"]["fee"].as_u64(), "{file}");
                assert_eq!(work.prover.to_string(), text(&expected, "/job/prover"), "{file}");
                let digest = hex::encode(work.message().digest().0);
                assert_eq!(digest, text(&expected, "/job/sok_digest"), "{file}");
                let OneOrTwo::One(merge) = work.instances else { panic!("{file}: two jobs") };
                merge
            }
            (_, form) => panic!("{file}: not a {form}"),
        };
        let proof = |side: &str| {
            let file = file.replace(".job.binprot", &format!(".{side}.ledger-proof.binprot"));
            LedgerProof::from_binprot(&read(&whole(FOLDER).join(file))).expect("a ledger proof")
        };
        assert_eq!((&merge.left, &merge.right), (&proof("L"), &proof("R")), "{file}");
        let tasks = job.tasks(&key);
        assert_eq!(tasks.len(), 2, "{file}");
        assert!(states(&tasks[0], &merge.left) && states(&tasks[1], &merge.right), "{file}");
    }
    assert_eq!(assigned, 4);
}

#[test]
fn what_holds_no_proof_is_refused_by_name() {
    let refusal = |input: &[u8]| Job::from_binprot(input).expect_err("no proof").to_string();
    let transition = refusal(&[0, 1, 2, 3]);
    assert!(transition.contains("Transition job"), "{transition}");
    // Assigned, one job.
    let assigned = refusal(&[1, 0x8d, 0xa4, 0x78, 0, 0, 1, 2, 3]);
    assert!(assigned.contains("Transition job"), "{assigned}");
    let none = refusal(&[0]);
    assert!(none.contains("no work to do"), "{none}");
}

#[test]
fn no_altered_byte_leaves_a_work_as_it_is() {
    let work = made_work();
    // One proof has all that two have.
    let OneOrTwo::Two(first, _) = work.proofs.clone() else { panic!("two proofs") };
    let work = SnarkWork { proofs: OneOrTwo::One(first), ..work };
    let bytes = work.to_binprot();
    let mut refused = 0;
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1 << (at % 8);
        match SnarkWork::from_binprot(&altered) {
            Ok(other) => assert_ne!(other, work, "byte {at}"),
            Err(_) => refused += 1,
        }
    }
    // Field elements mostly stay field elements; points leave their curve.
    assert!(refused > 0 && refused < bytes.len(), "{refused} refused");
    for cut in [0, 1, 4, 100, 1000, bytes.len() - 1] {
        assert!(SnarkWork::from_binprot(&bytes[..cut]).is_err(), "{cut} bytes");
    }
    assert!(SnarkWork::from_binprot(&[&bytes[..], &[0]].concat()).is_err(), "a byte more");
}

needs_whole_set!(
    works_are_refused_where_the_fee_or_the_prover_is_another,
    jobs_hold_the_proofs_that_they_merge,
);
