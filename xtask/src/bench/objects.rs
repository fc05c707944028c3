//! What Mina's networks send: what is done in the library beside the bare proofs, and a thousand blocks in the command.
//!
//! Of the proofs in blocks one is real and has a known verdict, so that it stands for all; it is of the whole set of vectors, as
//! are the commands. Where that is not beside the repository there are no figures of these.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use quickpickle::Verifier;
use quickpickle::mina::Known;
use quickpickle::mina::block::Block;
use quickpickle::mina::network::NetworkId;
use quickpickle::mina::signature::verify_each;
use quickpickle::mina::signed_command::SignedCommand;
use quickpickle::mina::zkapp_command::{Candidate, Protocol, Walked, ZkappCommand, check};
use quickpickle_memory::{megabytes, status};
use quickpickle_vectors::{has_whole_set, shipped, unzipped, whole};
use rand_core::OsRng;
use serde_json::{Value, json};

use super::Effort;
use super::library::time;
use super::pace::beside;
use super::report::{Measured, Unit};

/// The block whose proof is in the set.
const BLOCK: &str = "mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc";
/// Of two proofs and two updates without one.
const COMMAND: &str = "caller-relay-devnet";
/// Blocks of a chain, and signatures.
const MANY: usize = 1000;

fn precomputed() -> Vec<u8> {
    unzipped(&whole(&format!("network/blocks/{BLOCK}.json.gz")))
}

/// The figures of the library. These are so short that the machine's pace is taken before and after all of them.
pub fn measure(runs: usize) -> anyhow::Result<Vec<Measured>> {
    let (figures, pace) = beside(|| {
        let mut figures = signatures(runs)?;
        if has_whole_set() {
            figures.extend(block(runs)?);
            figures.extend(command(runs)?);
        }
        Ok(figures)
    })?;
    Ok(figures.into_iter().map(|figure| figure.at(vec![pace])).collect())
}

fn milliseconds(name: &str, samples: Vec<f64>) -> Measured {
    Measured::new(name, Unit::Milliseconds, samples)
}

fn block(runs: usize) -> anyhow::Result<Vec<Measured>> {
    let text = precomputed();
    let known = Known::baked().only("mainnet");
    let (verifier, read) = (Verifier::baked(), || Block::read(&text).ok()?.pop());
    let block = read().context("a block")?;
    let hash = block.state_hash();
    Ok(vec![
        milliseconds(
            "state hash of a block",
            time(runs, || Block::new(block.state().clone(), None).state_hash() == hash)?,
        ),
        milliseconds(
            "block, all but the proof",
            time(runs, || {
                read().is_some_and(|block| block.statement().len() == 1 && block.state_hash() == hash)
            })?,
        ),
        milliseconds(
            "block, text to verdict, warm",
            time(runs, || read().is_some_and(|block| verifier.verify_block(&block, &known).is_ok()))?,
        ),
    ])
}

fn command(runs: usize) -> anyhow::Result<Vec<Measured>> {
    let case: Value =
        serde_json::from_slice(&unzipped(&whole(&format!("network/zkapp-commands/{COMMAND}.json.gz"))))?;
    let text = case["command"].to_string();
    let mut known = Known::baked().only("devnet");
    known.add_account_keys(keys(&case)?.to_string().as_bytes())?;
    let (verifier, network) = (Verifier::baked(), NetworkId::named("devnet"));
    let read = || ZkappCommand::from_text(text.as_bytes(), Protocol::Berkeley).ok();
    let content = read().context("a command")?;
    let hashes = content.hashes(&network);
    let candidate =
        Candidate { command: &content, network: &network, keys: known.account_keys(), has_failed: false };
    let walked = Walked::of(&[candidate]);
    Ok(vec![
        milliseconds(
            "zkApp command of two proofs, all but these",
            time(runs, || {
                read().is_some_and(|command| {
                    let (command, keys, network) = (&command, known.account_keys(), &network);
                    let candidate = Candidate { command, network, keys, has_failed: false };
                    check(&[candidate], &mut OsRng).tasks().len() == 2
                })
            })?,
        ),
        milliseconds("zkApp command of two proofs, of that, reading", time(runs, || read().is_some())?),
        milliseconds(
            "zkApp command of two proofs, of that, hashes",
            time(runs, || content.hashes(&network) == hashes)?,
        ),
        milliseconds(
            "zkApp command of two proofs, of that, signatures",
            time(runs, || verify_each(walked.claims(), &mut OsRng).iter().all(Result::is_ok))?,
        ),
        milliseconds(
            "zkApp command of two proofs, text to verdict, warm",
            time(runs, || {
                read().is_some_and(|command| verifier.verify_zkapp_command(&command, &known).is_ok())
            })?,
        ),
    ])
}

/// The accounts of a case with their keys, as `--keys` has them.
fn keys(case: &Value) -> anyhow::Result<Value> {
    let list = |name: &str| case[name].as_array().with_context(|| format!("a list of {name}"));
    let (accounts, keys) = (list("accounts")?, list("verification_keys")?);
    let with_key = |account: &Value| {
        let hash = &account["verification_key_hash"];
        let key = keys.iter().find(|key| key["hash"] == *hash)?;
        let id = (&account["public_key"], &account["token_id"]);
        Some(json!({ "publicKey": id.0, "tokenId": id.1, "verificationKey": { "data": key["data"] } }))
    };
    Ok(accounts.iter().filter_map(with_key).collect())
}

/// A payment of a case as a wallet signs it.
fn signed_by_wallet(case: &Value) -> Value {
    let (common, body) = (&case["data"]["common"], &case["data"]["body"]);
    json!({
        "publicKey": case["public_key"],
        "signature": case["signature"],
        "data": {
            "from": common["feePayer"],
            "to": body["receiver"],
            "amount": body["amount"],
            "fee": common["fee"],
            "nonce": common["nonce"],
            "memo": common["memo"],
            "validUntil": common["validUntil"],
        },
    })
}

/// Payments that are signed, the same ones as often as it takes.
fn signatures(runs: usize) -> anyhow::Result<Vec<Measured>> {
    let cases: Vec<Value> = serde_json::from_slice(&unzipped(&shipped("mina/signatures.json.gz")))?;
    let mut commands = Vec::new();
    for case in cases.iter().filter(|case| case["kind"] == "payment" && case["network"] == "mainnet") {
        commands.extend(SignedCommand::read(signed_by_wallet(case).to_string().as_bytes())?);
    }
    let claims =
        commands.iter().map(|command| command.claim(&NetworkId::Mainnet)).collect::<Result<Vec<_>, _>>();
    let claims: Vec<_> = claims.ok().context("keys")?.into_iter().cycle().take(MANY).collect();
    let samples = time(runs, || verify_each(&claims, &mut OsRng).iter().all(Result::is_ok))?;
    let each = samples.into_iter().map(|sample| sample / MANY as f64).collect();
    Ok(vec![milliseconds(&format!("{MANY} signatures of payments, each"), each)])
}

/// The figures of the command.
pub fn measure_command(program: &Path, effort: Effort) -> anyhow::Result<Vec<Measured>> {
    if !has_whole_set() {
        return Ok(Vec::new());
    }
    let folder = tempfile::tempdir()?;
    let text = precomputed();
    let file = folder.path().join(format!("{BLOCK}.json"));
    std::fs::write(&file, &text)?;
    let cold = time(effort.runs, || {
        let output = Command::new(program).arg("verify").arg(&file).args(["--network", "mainnet"]).output();
        output.is_ok_and(|output| output.status.success())
    })?;
    let line: Vec<u8> = text.into_iter().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    // Repeated blocks are verified as long as their window has no verdict yet: in a window of all, each is.
    let (all, _) = chain(program, &line, MANY)?;
    let (_, peak) = chain(program, &line, 64)?;
    Ok(vec![
        milliseconds("block, process start -> verdict", cold),
        milliseconds(&format!("chain of {MANY} blocks with a proof each, a block"), vec![all / MANY as f64]),
        Measured::new(
            &format!("chain of {MANY} blocks, peak memory"),
            Unit::Megabytes,
            peak.into_iter().collect(),
        ),
    ])
}

/// Milliseconds and peak memory of `quickpickle chain` on as many copies of a block.
fn chain(program: &Path, line: &[u8], window: usize) -> anyhow::Result<(f64, Option<f64>)> {
    let mut command = Command::new(program);
    command.args(["chain", "-", "--network", "mainnet", "--window", &window.to_string()]);
    let start = Instant::now();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?;
    let mut input = child.stdin.take().context("standard input is piped")?;
    for _ in 0..MANY {
        input.write_all(line)?;
        input.write_all(b"\n")?;
    }
    drop(input);
    // The peak is gone with the process: what is read last misses a few milliseconds at most.
    let mut peak = None;
    while child.try_wait()?.is_none() {
        peak = status(child.id(), "VmHWM").map(megabytes).or(peak);
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output()?;
    let time = start.elapsed().as_secs_f64() * 1e3;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    Ok((time, peak))
}
