//! What every form of the board does: one table of tests for all of them.

use std::any::Any;
use std::time::{Duration, Instant};

#[cfg(feature = "jetstream")]
use quickpickle_vectors::nats::Nats;
use tonic::Code;

use super::board::{Board, Counts, HandedIn, NewJob};
use super::embedded::Embedded;
#[cfg(feature = "jetstream")]
use super::shared::Shared;
use super::table::{ATTEMPTS, OPEN, OPEN_BYTES, Terms, WITNESS};
#[cfg(feature = "jetstream")]
use crate::jetstream::{Access, Options, connect};
use crate::network::NetworkMetrics;
use crate::proto::v1::get_response::State;
use crate::proto::v1::{Job, KimchiProof, Witness, witness};

/// Longer than anything takes.
const LONG: Duration = Duration::from_secs(60);
const SOON: Duration = Duration::from_millis(1);

/// A board, and what it lasts as long as.
struct Form {
    board: Box<dyn Board>,
    /// Longer than what happens within a lease takes there.
    terms: Terms,
    /// Whether other coordinators have the same jobs.
    is_shared: bool,
    _place: Box<dyn Any>,
}

fn terms(lease_ms: u64) -> Terms {
    let lease = Duration::from_millis(lease_ms);
    Terms { lease, longest: lease.mul_f64(2.5) }
}

fn in_this_process() -> Form {
    let terms = terms(500);
    let board = Box::new(Embedded::open(terms, None, NetworkMetrics::default()).unwrap());
    Form { board, terms, is_shared: false, _place: Box::new(()) }
}

fn in_a_folder() -> Form {
    let (terms, folder) = (terms(1000), tempfile::tempdir().unwrap());
    let board = Embedded::open(terms, Some(folder.path()), NetworkMetrics::default()).unwrap();
    Form { board: Box::new(board), terms, is_shared: false, _place: Box::new(folder) }
}

#[cfg(feature = "jetstream")]
async fn on_servers() -> Form {
    let (terms, server) = (terms(2000), Nats::start());
    let servers = vec![server.url().parse().unwrap()];
    let options = Options { servers, access: Access::default(), patience: LONG, request: LONG };
    let connection = connect(&options, "a test").await.unwrap();
    let board = Shared::open(&connection, terms, NetworkMetrics::default()).await.unwrap();
    Form { board: Box::new(board), terms, is_shared: true, _place: Box::new((server, connection)) }
}

/// Makes a test of each of these functions and of each form; those with `many` jobs are not for the folder, where each is a file that the
/// system writes before the next.
macro_rules! forms {
    ($($test:ident),+; many: $($many:ident),+) => {
        mod embedded {
            $(#[tokio::test] async fn $test() { super::$test(super::in_this_process()).await })+
            $(#[tokio::test] async fn $many() { super::$many(super::in_this_process()).await })+
        }
        mod folder {
            $(#[tokio::test] async fn $test() { super::$test(super::in_a_folder()).await })+
        }
        #[cfg(feature = "jetstream")]
        mod shared {
            quickpickle_vectors::needs_nats_server!($($test,)+ $($many),+);
            $(async fn $test() { super::$test(super::on_servers().await).await })+
            $(async fn $many() { super::$many(super::on_servers().await).await })+
        }
    };
}

forms!(
    jobs_are_leased_in_their_order_to_those_who_can_prove_them,
    a_worker_that_waits_has_the_job_when_it_comes,
    a_silent_worker_loses_its_job_and_its_late_result_is_refused,
    a_lease_lasts_as_long_as_it_is_extended_and_no_longer_than_it_may,
    a_job_that_nobody_can_prove_fails_after_five_leases,
    witnesses_are_bounded_and_come_back_as_they_were,
    a_name_makes_one_job_of_two_where_coordinators_share_them;
    many: the_number_of_jobs_is_bounded
);

fn job(circuit: &str, number: u64) -> NewJob {
    let witness = Witness { kind: Some(witness::Kind::Seed(number)) };
    NewJob { circuit: circuit.to_owned(), witness, public_input: vec![7, 8], name: None }
}

/// A job whose witness has so many bytes, no two of its chunks the same.
fn columns(bytes: usize) -> NewJob {
    let mut columns = vec![0; bytes];
    columns.chunks_mut(1 << 16).zip(1..).for_each(|(chunk, number)| chunk[0] = number);
    NewJob { witness: Witness { kind: Some(witness::Kind::Columns(columns.into())) }, ..job("a", 0) }
}

async fn pull(board: &dyn Board, worker: &str, patience: Duration) -> Option<Job> {
    board.pull(worker.to_owned(), vec!["a".to_owned(), "none".to_owned()], patience).await.unwrap()
}

fn proof(byte: u8) -> KimchiProof {
    KimchiProof { proof: vec![byte; 1000].into(), ..KimchiProof::default() }
}

fn code<T>(result: Result<T, tonic::Status>) -> Code {
    result.map_or_else(|status| status.code(), |_| Code::Ok)
}

async fn jobs_are_leased_in_their_order_to_those_who_can_prove_them(Form { board, terms, .. }: Form) {
    assert!(pull(&*board, "w", SOON).await.is_none());
    let mut jobs = Vec::new();
    for (circuit, number) in [("a", 1), ("b", 2), ("a", 3)] {
        jobs.push(board.submit(job(circuit, number)).await.unwrap());
    }
    assert!(jobs.is_sorted() && jobs[0] < jobs[2], "{jobs:?}");
    let waiting = board.get(jobs[0]).await.unwrap();
    assert_eq!((waiting.state(), waiting.attempts), (State::Waiting, 0));
    assert_eq!(code(board.get(jobs[2] + 1).await), Code::NotFound);
    let first = pull(&*board, "w", SOON).await.unwrap();
    assert_eq!(
        (first.id, first.lease_ms, first.circuit.as_str()),
        (jobs[0], terms.lease.as_millis() as u64, "a")
    );
    assert_eq!(first.witness, Some(Witness { kind: Some(witness::Kind::Seed(1)) }));
    assert_eq!(pull(&*board, "x", SOON).await.unwrap().id, jobs[2]);
    assert!(pull(&*board, "x", SOON).await.is_none());
    let leased = board.get(jobs[0]).await.unwrap();
    let found = (leased.state(), leased.attempts, leased.worker.as_str(), leased.proof);
    assert_eq!(found, (State::Leased, 1, "w", None));
    let counts = board.counts().await.unwrap();
    assert_eq!(counts, Counts { waiting: 1, leased: 2, done: 0 });
}

async fn a_worker_that_waits_has_the_job_when_it_comes(Form { board, .. }: Form) {
    let submitted = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        board.submit(job("a", 1)).await.unwrap()
    };
    let (pulled, submitted) = tokio::join!(pull(&*board, "w", LONG), submitted);
    assert_eq!(pulled.map(|job| job.id), Some(submitted));
}

async fn a_silent_worker_loses_its_job_and_its_late_result_is_refused(Form { board, terms, .. }: Form) {
    let id = board.submit(job("a", 1)).await.unwrap();
    let late = pull(&*board, "late", SOON).await.unwrap();
    let job = pull(&*board, "w", LONG).await.unwrap();
    assert!(job.id == id && job.lease != late.lease);
    for refused in [
        code(board.extend(id, late.lease).await),
        code(board.hand_in(id, late.lease, LONG).await),
        code(board.complete(id, late.lease, proof(1)).await),
    ] {
        assert_eq!(refused, Code::FailedPrecondition);
    }
    board.give_up(id, late.lease).await;
    let expected = HandedIn::ToVerify { circuit: "a".to_owned(), public_input: vec![7, 8] };
    assert_eq!(board.hand_in(id, job.lease, LONG).await.unwrap(), expected);
    // It may be verified for longer than a lease lasts.
    tokio::time::sleep(terms.lease).await;
    assert!(pull(&*board, "x", SOON).await.is_none());
    board.complete(id, job.lease, proof(2)).await.unwrap();
    // Its answer may have been lost.
    assert_eq!(board.hand_in(id, job.lease, LONG).await.unwrap(), HandedIn::Done);
    assert_eq!(code(board.hand_in(id, late.lease, LONG).await), Code::FailedPrecondition);
    assert_ne!(code(board.complete(id, job.lease, proof(3)).await), Code::Ok, "only once");
    let done = board.get(id).await.unwrap();
    let found = (done.state(), done.attempts, done.worker.as_str(), done.proof);
    assert_eq!(found, (State::Done, 2, "w", Some(proof(2))));
    assert!(pull(&*board, "x", SOON).await.is_none());
    assert_eq!(board.counts().await.unwrap(), Counts { waiting: 0, leased: 0, done: 1 });
}

async fn a_lease_lasts_as_long_as_it_is_extended_and_no_longer_than_it_may(Form { board, terms, .. }: Form) {
    let id = board.submit(job("a", 1)).await.unwrap();
    let (start, held) = (Instant::now(), pull(&*board, "w", SOON).await.unwrap());
    let refused = loop {
        tokio::time::sleep(terms.lease / 4).await;
        match board.extend(id, held.lease).await {
            Ok(lasts) => assert!(lasts > Duration::ZERO && lasts <= terms.lease, "{lasts:?}"),
            Err(status) => break status,
        }
        assert!(start.elapsed() < LONG, "it lasts for ever");
        assert!(pull(&*board, "x", SOON).await.is_none(), "another one has it meanwhile");
    };
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(start.elapsed() >= terms.longest, "it was lost after {:?}", start.elapsed());
    assert_eq!(pull(&*board, "x", LONG).await.map(|job| job.id), Some(id));
}

async fn a_job_that_nobody_can_prove_fails_after_five_leases(Form { board, .. }: Form) {
    let id = board.submit(job("a", 1)).await.unwrap();
    for attempt in 1..=ATTEMPTS {
        let job = pull(&*board, "w", LONG).await.unwrap();
        assert_eq!((job.id, board.get(id).await.unwrap().attempts), (id, attempt));
        board.give_up(id, job.lease + 1).await;
        assert_eq!(board.get(id).await.unwrap().state(), State::Leased, "not their lease");
        board.give_up(id, job.lease).await;
    }
    let failed = board.get(id).await.unwrap();
    assert_eq!((failed.state(), failed.proof), (State::Failed, None));
    // Only now: on servers another job may be handed out before one that was given back.
    let next = board.submit(job("a", 2)).await.unwrap();
    assert_eq!(pull(&*board, "w", LONG).await.map(|job| job.id), Some(next));
    assert!(pull(&*board, "w", SOON).await.is_none());
}

async fn witnesses_are_bounded_and_come_back_as_they_were(Form { board, .. }: Form) {
    assert_eq!(code(board.submit(columns(WITNESS)).await), Code::InvalidArgument);
    let size = WITNESS - 16;
    let mut taken = 0;
    let refused = loop {
        match board.submit(columns(size)).await {
            Ok(_) => taken += 1,
            Err(status) => break status.code(),
        }
    };
    assert_eq!((taken, refused), (OPEN_BYTES / WITNESS, Code::ResourceExhausted));
    let job = pull(&*board, "w", SOON).await.unwrap();
    assert_eq!(job.witness.unwrap(), columns(size).witness);
    board.hand_in(job.id, job.lease, LONG).await.unwrap();
    board.complete(job.id, job.lease, proof(1)).await.unwrap();
    // Its room is another's.
    assert!(board.submit(columns(size)).await.is_ok());
}

async fn a_name_makes_one_job_of_two_where_coordinators_share_them(Form { board, is_shared, .. }: Form) {
    let named = |name: &str| NewJob { name: Some(name.to_owned()), ..job("a", 1) };
    let mut ids = Vec::new();
    for name in ["one", "two", "one"] {
        ids.push(board.submit(named(name)).await.unwrap());
    }
    // One coordinator alone hears of each block once.
    assert_eq!(ids[0] == ids[2], is_shared, "{ids:?}");
    let mut leased = 0;
    while pull(&*board, "w", SOON).await.is_some() {
        leased += 1;
    }
    assert_eq!(leased, if is_shared { 2 } else { 3 });
}

async fn the_number_of_jobs_is_bounded(Form { board, .. }: Form) {
    for number in 0..OPEN as u64 {
        board.submit(job("a", number)).await.unwrap();
    }
    assert_eq!(code(board.submit(job("a", 0)).await), Code::ResourceExhausted);
    let first = pull(&*board, "w", SOON).await.unwrap();
    board.complete(first.id, first.lease, proof(1)).await.unwrap();
    assert!(board.submit(job("a", 0)).await.is_ok());
}
