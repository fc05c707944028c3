//! Ledger proofs, works and jobs as s-expressions: what the standalone worker prints, and may be given.

use quickpickle_mina::currency::Signed;
use quickpickle_mina::formats::detect::{self, Kind};
use quickpickle_mina::ledger_proof::{LedgerProof, SokMessage};
use quickpickle_mina::snark_work::{Job, MergeJob, OneOrTwo, SnarkWork};
use quickpickle_runtime::curve::Fp;
use quickpickle_vectors::{name, needs_whole_set, read};

use super::sexp_writer as write;
use super::works::{made_job, made_work};
use super::{files, made_proof};

const FOLDER: &str = "network/ledger-proofs";

/// Each is a valid one with one text in it replaced, which must be there.
fn refused<T: core::fmt::Debug>(
    sexp: &str,
    read: impl Fn(&[u8]) -> Result<T, quickpickle_runtime::wire::DecodeError>,
    replaced: &[(&str, &str)],
) {
    for (from, to) in replaced {
        assert!(sexp.contains(from), "{from} does not occur");
        let altered = sexp.replacen(from, to, 1);
        assert!(read(altered.as_bytes()).is_err(), "{to} instead of {from}");
    }
}

#[test]
fn a_ledger_proof_is_the_same_in_an_s_expression() {
    let mut proof = made_proof(3, &SokMessage { fee: 7, ..SokMessage::default() });
    // Bytes that are escaped, and lines that are broken, one of them at the end.
    proof.statement.sok_digest.0[..10].copy_from_slice(b"\n\n\"\\\0\xff\t( ;");
    proof.statement.sok_digest.0[31] = b'\n';
    // No leaf is like another.
    let Signed { magnitude, is_negative } = &mut proof.statement.supply_increase;
    (*magnitude, *is_negative) = (u64::MAX, true);
    let [left, right] = &mut proof.statement.fee_excess;
    (left.token, left.amount.magnitude) = (Fp::from(21u64), 22);
    (right.token, right.amount) = (-Fp::from(23u64), Signed { magnitude: 24, is_negative: true });
    let local = &mut proof.statement.target.local_state;
    (local.stack_frame, local.call_stack, local.ledger) = (-Fp::from(1u64), Fp::from(2u64), -Fp::from(3u64));
    (local.transaction_commitment, local.full_transaction_commitment) = (Fp::from(4u64), Fp::from(5u64));
    (local.success, local.account_update_index) = (true, u32::MAX);
    let stack = &mut proof.statement.source.pending_coinbase_stack;
    (stack.data, stack.state_init, stack.state_curr) = (Fp::from(6u64), Fp::from(7u64), Fp::from(8u64));

    let sexp = write::ledger_proof(&proof);
    for text in [sexp.clone(), write::in_lines(&sexp), format!(" {sexp}\n")] {
        assert_eq!(detect::kind(text.as_bytes()), Kind::LedgerProof);
        assert_eq!(LedgerProof::read(text.as_bytes()).as_ref(), Ok(&proof));
    }
    refused(
        &sexp,
        LedgerProof::read,
        &[
            ("(first_pass_ledger 3)", "(first_pass_ledger 03)"),
            ("(first_pass_ledger 3)", "(first_pass_ledger -3)"),
            ("(first_pass_ledger 3)", "(first_pass_ledger 0x03)"),
            ("(first_pass_ledger 3)", ""),
            ("(first_pass_ledger 3)", "(first_pass_ledger 3)(first_pass_ledger 3)"),
            ("(first_pass_ledger 3)", "(first_pass 3)"),
            ("(magnitude 22)", "(magnitude 18446744073709551616)"),
            ("(magnitude 22)", "(magnitude 0.022)"),
            ("(magnitude 22)", "(magnitude +22)"),
            ("(sgn Neg)", "(sgn neg)"),
            ("(account_update_index 4294967295)", "(account_update_index 4294967296)"),
            ("(failure_status_tbl())", "(failure_status_tbl(()))"),
            ("(success true)", "(success 1)"),
            ("(fee_token_l 0x", "(fee_token_l "),
            ("(fee_token_l 0x0", "(fee_token_l 0x8"),
            ("(fee_token_l 0x0", "(fee_token_l 0x"),
            ("(fee_token_l", "(token"),
            ("(sok_digest\"", "(sok_digest\"a"),
            ("(proof((statement", "(proof(()(statement"),
            ("((statement", "((more 1)(statement"),
            ("((statement", "(statement"),
        ],
    );
    for other in [format!("{sexp})"), format!("{sexp}{sexp}"), format!("({sexp})"), format!("; a\n{sexp}")] {
        assert!(LedgerProof::read(other.as_bytes()).is_err(), "something around it");
    }
    for cut in [1, 100, 1000, sexp.len() - 1] {
        assert!(LedgerProof::read(&sexp.as_bytes()[..cut]).is_err(), "{cut} bytes");
    }
    // The digest is not in it as JSON has it, and its lines are no others.
    let broken = sexp.replacen("\\\n            \\n", "\\\n            \\\\n", 1);
    assert_ne!(LedgerProof::read(broken.as_bytes()).as_ref(), Ok(&proof));
}

#[test]
fn no_altered_byte_leaves_a_statement_as_it_is() {
    let proof = made_proof(3, &SokMessage::default());
    let sexp = write::ledger_proof(&proof);
    let end = sexp.find("(proof(").expect("a proof");
    let (mut refused, mut others) = (0, 0);
    for at in (0..end).step_by(5) {
        let mut altered = sexp.clone().into_bytes();
        // Not the bit that is the case of a letter, which hex digits may have either of.
        altered[at] ^= 1 << (at / 5 % 5);
        match LedgerProof::read(&altered) {
            Ok(other) => {
                others += 1;
                assert_ne!(other, proof, "byte {at}");
            }
            Err(_) => refused += 1,
        }
    }
    // A digit may become another.
    assert!(refused > others && others > 0, "{refused} refused, {others} others");
}

#[test]
fn a_work_is_read_as_the_standalone_worker_prints_it() {
    let done = made_work();
    let sexp = write::bundle(&done);
    let sent = format!("{}Successfully generated proof bundle mutation.\n", write::printed(&sexp));
    for text in [sexp.clone(), write::printed(&sexp), sent, write::work(&done)] {
        assert_eq!(detect::kind(text.as_bytes()), Kind::SnarkWork);
        assert_eq!(SnarkWork::read(text.as_bytes()).as_ref(), Ok(&done));
    }
    let prover = format!("(prover {})", done.prover);
    refused(
        &sexp,
        SnarkWork::read,
        &[
            ("(fee 25000000)", "(fee 0.025)"),
            ("(fee 25000000)", ""),
            ("(fee 25000000)", "(fee 25000000)(metrics())"),
            (&prover, "(prover B62)"),
            (&prover, "(prover((x 1)(is_odd true)))"),
            ("(Two(", "(One("),
            ("(Two(", "(Three("),
            ("(Two(", "Two("),
            ("(statements(Two", "(statement(Two"),
        ],
    );
    // The statements beside the proofs are theirs.
    let (proofs, statements) = sexp.split_once("(statements").expect("statements");
    let other = format!("{proofs}(statements{}", statements.replacen("(success false)", "(success true)", 1));
    let refusal = SnarkWork::read(other.as_bytes()).expect_err("another statement").to_string();
    assert!(refusal.contains("other statements"), "{refusal}");
    let failed = write::printed(&sexp) + "Request failed: no\n";
    assert!(SnarkWork::read(failed.as_bytes()).is_err(), "another line after it");

    let OneOrTwo::Two(first, _) = done.proofs.clone() else { panic!("two proofs") };
    let alone = SnarkWork { proofs: OneOrTwo::One(first), ..done };
    assert_eq!(SnarkWork::read(write::printed(&write::bundle(&alone)).as_bytes()), Ok(alone));
}

#[test]
fn a_job_is_the_same_in_an_s_expression() {
    let merge = made_job();
    let sexp = write::job(&merge);
    let one = OneOrTwo::One(merge.clone());
    for text in [sexp.clone(), write::jobs(&one), write::in_lines(&write::jobs(&one))] {
        assert_eq!(detect::kind(text.as_bytes()), Kind::MergeJob);
        assert_eq!(MergeJob::read(text.as_bytes()).as_ref(), Ok(&one));
    }
    let two = OneOrTwo::Two(merge.clone(), merge.clone());
    assert_eq!(MergeJob::read(write::jobs(&two).as_bytes()).as_ref(), Ok(&two));

    let elsewhere = MergeJob { right: merge.left.clone(), ..merge.clone() };
    let refusal = MergeJob::read(write::job(&elsewhere).as_bytes()).expect_err("another ledger").to_string();
    assert!(refusal.contains("other ledgers"), "{refusal}");
    for transition in ["(Transition((source 1))(a b))", "(One(Transition((source 1))(a b)))"] {
        assert_eq!(detect::kind(transition.as_bytes()), Kind::MergeJob);
        let refusal = MergeJob::read(transition.as_bytes()).expect_err("no proof").to_string();
        assert!(refusal.contains("Transition job"), "{refusal}");
    }
    let left = write::ledger_proof(&merge.left);
    for other in [
        sexp.replacen(&left, "", 1),
        sexp.replacen(&left, &format!("{left}{left}"), 1),
        sexp.replacen("(Merge", "(Merge(", 1),
        format!("(One{sexp}{sexp})"),
        format!("(Two{sexp}{sexp})"),
        format!("(Two({sexp}))"),
        format!("(One({sexp}))"),
        "Merge".to_owned(),
        "(Merge)".to_owned(),
    ] {
        assert!(MergeJob::read(other.as_bytes()).is_err(), "{}", &other[..other.len().min(40)]);
    }
}

/// What is read of the network's is read of the s-expression as well, and so has the same verdict.
fn the_networks_works_and_jobs_are_the_same_in_s_expressions() {
    let (mut works, mut jobs) = (0, 0);
    for path in files(FOLDER, ".binprot") {
        let (file, bytes) = (name(&path).to_owned(), read(&path));
        if file.ends_with(".ledger-proof.binprot") {
            let proof = LedgerProof::from_binprot(&bytes).expect("a ledger proof");
            let sexp = write::in_lines(&write::ledger_proof(&proof));
            assert_eq!(detect::kind(sexp.as_bytes()), Kind::LedgerProof, "{file}");
            let read = LedgerProof::read(sexp.as_bytes()).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert_eq!(read.to_binprot(), bytes, "{file}");
        } else if file.ends_with(".job.binprot") {
            let read = match Job::from_binprot(&bytes).expect("a job") {
                Job::Single(merge) => OneOrTwo::One(*merge),
                Job::Assigned(work) => work.instances,
            };
            assert_eq!(MergeJob::read(write::jobs(&read).as_bytes()), Ok(read), "{file}");
            jobs += 1;
        } else {
            let work = SnarkWork::from_binprot(&bytes).expect("a work");
            let printed = write::printed(&write::bundle(&work));
            assert_eq!(detect::kind(printed.as_bytes()), Kind::SnarkWork, "{file}");
            let read = SnarkWork::read(printed.as_bytes()).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert_eq!(read.to_binprot(), bytes, "{file}");
            works += 1;
        }
    }
    assert_eq!((works, jobs), (10, 8));
}

needs_whole_set!(the_networks_works_and_jobs_are_the_same_in_s_expressions);
