//! Verification of signatures, many at once.

#[path = "../tests/signatures/signer.rs"]
mod signer;

use divan::Bencher;
use quickpickle_mina::network::NetworkId;
use quickpickle_mina::signature::{Claim, Message, verify_each};
use quickpickle_mina::signed_command::{Body, Payload};
use quickpickle_runtime::curve::{Fp, Fq};
use rand::SeedableRng;
use rand::rngs::StdRng;

fn main() {
    divan::main();
}

/// Claims of as many keys, of payments or of commitments.
fn claims(count: u64, message: fn(u64) -> Message) -> Vec<Claim<'static>> {
    let claim = |number: u64| {
        let (secret, message) = (Fq::from(number + 2), message(number));
        let signature = signer::sign(&NetworkId::Mainnet, &message, secret, Fq::from(number + 1_000_000));
        Claim { network: &NetworkId::Mainnet, key: signer::public(secret), signature, message }
    };
    (0..count).map(claim).collect()
}

fn payment(number: u64) -> Message {
    let body = Body::Payment { receiver: signer::public(Fq::from(number + 1)), amount: number };
    Message::Legacy(Payload { fee: number, body, ..Payload::default() }.to_legacy_input())
}

fn commitment(number: u64) -> Message {
    Message::Elements(vec![Fp::from(number)])
}

#[divan::bench(name = "payments", args = [1, 10, 100, 1000], sample_count = 20)]
fn payments(bencher: Bencher, count: u64) {
    let (claims, mut rng) = (claims(count, payment), StdRng::seed_from_u64(1));
    bencher.bench_local(|| assert!(verify_each(&claims, &mut rng).iter().all(Result::is_ok)));
}

#[divan::bench(name = "commitments", args = [1, 10, 100, 1000], sample_count = 20)]
fn commitments(bencher: Bencher, count: u64) {
    let (claims, mut rng) = (claims(count, commitment), StdRng::seed_from_u64(1));
    bencher.bench_local(|| assert!(verify_each(&claims, &mut rng).iter().all(Result::is_ok)));
}

#[divan::bench(name = "payments, none of them signed", args = [1, 10, 100, 1000], sample_count = 20)]
fn wrong(bencher: Bencher, count: u64) {
    let (mut claims, mut rng) = (claims(count, payment), StdRng::seed_from_u64(1));
    claims.iter_mut().for_each(|claim| claim.key.is_odd ^= true);
    bencher.bench_local(|| assert!(verify_each(&claims, &mut rng).iter().all(Result::is_err)));
}
