//! The library, measured in a process of its own that is built like the command it stands beside.
//!
//! The verifier reads no clock, so that its parts are measured by calling them one by one.

use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use ark_ec::VariableBaseMSM;
use ark_ff::UniformRand as _;
use quickpickle::internals::curve::{
    Affine, Fp, KimchiCurve, PallasConfig, Projective, ScalarField, VestaConfig,
};
use quickpickle::internals::pickles::{deferred, messages, proof::Proof, verifier};
use quickpickle::wire::o1js;
use quickpickle::{PreparedKey, Task, Verifier, tables};
use quickpickle_curve::msm;
use quickpickle_runtime::ipa::{self, AccumulatorClaim, OpeningClaim};
use quickpickle_runtime::lockstep;
use quickpickle_runtime::tables::Srs;
use quickpickle_srs_data::Points;
use rand_core::OsRng;
use rayon::prelude::*;

use super::pace::{beside, sum_of_ark};
use super::report::{Measured, Unit};
use super::{CASE, Effort, Vector, objects, prover, wrong};

/// The batches.
const BATCHES: [usize; 4] = [1, 8, 64, 512];
/// The batch whose parts are measured.
pub(super) const PARTS: usize = 64;

/// Programs that verify at most none, one and two proofs: their keys have different domains.
const CASES: [&str; 3] = ["n0-arith", CASE, "n2-merge-depth1"];

/// Runs this measurement in another process.
pub fn measure_in(program: &Path, effort: Effort) -> anyhow::Result<Vec<Measured>> {
    run(Command::new(program), &[], effort)
}

/// Runs a part of it, which the options name, by this command.
pub(super) fn run(mut command: Command, options: &[&str], effort: Effort) -> anyhow::Result<Vec<Measured>> {
    command.args(["bench", "--library", "--runs", &effort.runs.to_string()]).args(options);
    if effort.quick {
        command.arg("--quick");
    }
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.with_context(|| command.get_program().display().to_string())?;
    ensure!(output.status.success(), "the library's measurement ended with {}", output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[derive(Clone)]
pub(super) struct Subject {
    text: Vec<u8>,
    key: PreparedKey,
    statement: Vec<Fp>,
    pub(super) proof: Proof,
}

impl Subject {
    fn load(case: &str) -> anyhow::Result<Self> {
        let Vector { proof, key } = Vector::named(case);
        let text = std::fs::read(&proof).with_context(|| proof.display().to_string())?;
        let key = std::fs::read(&key).with_context(|| key.display().to_string())?;
        let key = PreparedKey::from_o1js(key)?;
        let proof = o1js::proof_from_json(&text)?;
        Ok(Self { text, key, statement: proof.statement().to_vec(), proof: proof.proof })
    }

    pub(super) fn task(&self) -> Task<'_> {
        Task::Pickles { key: &self.key, statement: &self.statement, proof: &self.proof }
    }

    pub(super) fn reduce(&self) -> anyhow::Result<verifier::Claims> {
        Ok(lockstep::alone(async |lanes| {
            verifier::reduce(&self.key, &self.statement, &self.proof, tables::baked(), lanes).await
        })?)
    }

    fn deferred(&self) -> bool {
        let challenges = messages::step_challenges(&self.proof.messages_for_next_step_proof);
        let step = self.key.step();
        lockstep::alone(async |lanes| deferred::expand(step, &self.proof, &challenges, lanes).await).is_ok()
    }

    fn hashes(&self) -> bool {
        let (wrap, step) =
            (&self.proof.messages_for_next_wrap_proof, &self.proof.messages_for_next_step_proof);
        let challenges = messages::step_challenges(step);
        let commitments = &step.challenge_polynomial_commitments;
        let Some(padded) = messages::padded_wrap_challenges(wrap) else { return false };
        let after_key = self.key.after_key();
        black_box(lockstep::alone(async |lanes| {
            let wrap = messages::wrap_message_hash(wrap, &padded, lanes).await;
            let step =
                messages::step_message_hash(after_key, &self.statement, commitments, &challenges, lanes);
            (wrap, step.await)
        }));
        true
    }
}

/// Milliseconds of `work`, `runs` times; it must answer true, or the figure would be of something else.
pub(super) fn time(runs: usize, mut work: impl FnMut() -> bool) -> anyhow::Result<Vec<f64>> {
    (0..runs)
        .map(|_| {
            let start = Instant::now();
            let good = black_box(work());
            let time = start.elapsed().as_secs_f64() * 1e3;
            ensure!(good, "what was measured failed");
            Ok(time)
        })
        .collect()
}

/// [`time`], with the machine's pace beside each run.
pub(super) fn time_paced(
    runs: usize,
    mut work: impl FnMut() -> bool,
) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
    let runs = (0..runs).map(|_| beside(|| time(1, &mut work))).collect::<anyhow::Result<Vec<_>>>()?;
    let (times, pace): (Vec<_>, _) = runs.into_iter().unzip();
    Ok((times.concat(), pace))
}

/// Proofs of all programs, after which nothing is the first of its kind.
pub(super) fn subjects() -> anyhow::Result<Vec<Subject>> {
    let subjects: Vec<Subject> = CASES.iter().map(|case| Subject::load(case)).collect::<Result<_, _>>()?;
    // What is not baked is computed here, and pages and threads are made.
    for _ in 0..3 {
        for subject in &subjects {
            Verifier::baked().verify_task(subject.task())?;
        }
    }
    Ok(subjects)
}

/// All figures of this process's library.
pub fn measure(effort: Effort) -> anyhow::Result<Vec<Measured>> {
    let subjects = subjects()?;
    let mut figures = one(&subjects, effort.runs)?;
    figures.extend(batches(&subjects, effort)?);
    figures.extend(parts(&subjects, effort.runs)?);
    figures.extend(objects::measure(effort.runs)?);
    figures.extend(wrong::measure(&subjects, effort.runs.min(5))?);
    figures.extend(both_sums(effort.runs)?);
    // Without tables a proof is made the same way.
    if cfg!(feature = "baked") {
        figures.extend(prover::measure(effort)?);
    }
    Ok(figures)
}

/// What the arithmetic's backend decides of one verification, of batches, and of sums.
pub fn arithmetic(effort: Effort) -> anyhow::Result<Vec<Measured>> {
    let subjects = subjects()?;
    let mut figures = one(&subjects, effort.runs)?;
    figures.extend(batches(&subjects, effort)?);
    figures.extend(both_sums(effort.runs)?);
    Ok(figures)
}

/// One verification and its parts.
fn one(subjects: &[Subject], runs: usize) -> anyhow::Result<Vec<Measured>> {
    let subject = subjects.get(1).context("a proof")?;
    let claims = subject.reduce()?;
    let figure = |name: &str, work: &mut dyn FnMut() -> bool| -> anyhow::Result<Measured> {
        Ok(Measured::new(name, Unit::Milliseconds, time(runs, work)?))
    };
    let (times, pace) = time_paced(runs, || Verifier::baked().verify_task(subject.task()).is_ok())?;
    Ok(vec![
        Measured::new("warm verification in the library", Unit::Milliseconds, times).at(pace),
        figure("one proof: decoding", &mut || o1js::proof_from_json(&subject.text).is_ok())?,
        figure("one proof: all before its sums", &mut || subject.reduce().is_ok())?,
        figure("one proof: of that, deferred values", &mut || subject.deferred())?,
        figure("one proof: of that, message hashes", &mut || subject.hashes())?,
        figure("one proof: wrap opening, Pallas", &mut || openings(&[&claims.opening]))?,
        figure("one proof: step accumulator, Vesta", &mut || accumulators(&[&claims.accumulator]))?,
    ])
}

fn openings(claims: &[&OpeningClaim<PallasConfig>]) -> bool {
    ipa::check(tables::baked(), claims, &[], &mut OsRng) == Ok(true)
}

fn accumulators(claims: &[&AccumulatorClaim<VestaConfig>]) -> bool {
    ipa::check(tables::baked(), &[], claims, &mut OsRng) == Ok(true)
}

pub(super) fn median(samples: &[f64]) -> f64 {
    Measured::new("", Unit::Milliseconds, samples.to_vec()).median().unwrap_or(f64::NAN)
}

fn batches(subjects: &[Subject], effort: Effort) -> anyhow::Result<Vec<Measured>> {
    let mut figures = Vec::new();
    let mut medians = Vec::new();
    for size in BATCHES.into_iter().filter(|size| !effort.quick || *size <= PARTS) {
        let tasks: Vec<Task<'_>> = subjects.iter().cycle().take(size).map(Subject::task).collect();
        let runs = if size > PARTS { effort.runs.min(3) } else { effort.runs };
        let (samples, pace) =
            time_paced(runs, || Verifier::baked().verify_batch(&tasks).iter().all(Result::is_ok))?;
        medians.push((size as f64, median(&samples), median(&pace)));
        let each = samples.iter().map(|time| time / size as f64).collect();
        let figure = Measured::new(&format!("batch of {size}: a proof"), Unit::Milliseconds, each);
        figures.push(figure.at(pace));
    }
    if let [.., (few, short, _), (many, long, pace)] = medians[..] {
        let more = vec![(long - short) / (many - few)];
        let figure = Measured::new("one more proof in a batch", Unit::Milliseconds, more);
        figures.push(figure.at(vec![pace]));
    }
    Ok(figures)
}

/// Where the time of a batch goes, a proof: what is done for each proof by itself on all cores, and what each adds to the
/// common check. The sums over the SRS are there once a batch, whatever its size.
fn parts(subjects: &[Subject], runs: usize) -> anyhow::Result<Vec<Measured>> {
    let batch: Vec<&Subject> = subjects.iter().cycle().take(PARTS).collect();
    let claims = batch.iter().map(|subject| subject.reduce()).collect::<Result<Vec<_>, _>>()?;
    let mut figures = Vec::new();

    type Part = (&'static str, fn(&Subject) -> bool);
    let each: [Part; 4] = [
        ("decoding", |subject| o1js::proof_from_json(&subject.text).is_ok()),
        ("all before its sums", |subject| subject.reduce().is_ok()),
        ("of that, deferred values", Subject::deferred),
        ("of that, message hashes", Subject::hashes),
    ];
    for (part, work) in each {
        let samples = time(runs, || batch.par_iter().all(|subject| work(subject)))?;
        let samples = samples.iter().map(|time| time / PARTS as f64).collect();
        figures.push(Measured::new(
            &format!("batch of {PARTS}, a proof: {part}"),
            Unit::Milliseconds,
            samples,
        ));
    }

    let wrap: Vec<_> = claims.iter().map(|claims| &claims.opening).collect();
    let step: Vec<_> = claims.iter().map(|claims| &claims.accumulator).collect();
    let sides: [(&str, Vec<f64>, Vec<f64>); 2] = [
        ("wrap openings, Pallas", time(runs, || openings(&wrap[..1]))?, time(runs, || openings(&wrap))?),
        (
            "step accumulators, Vesta",
            time(runs, || accumulators(&step[..1]))?,
            time(runs, || accumulators(&step))?,
        ),
    ];
    for (side, one, all) in sides {
        let more = (median(&all) - median(&one)) / (PARTS - 1) as f64;
        let common = median(&one) - more;
        for (part, sample) in [("a proof", more), ("once", common)] {
            figures.push(Measured::new(
                &format!("batch of {PARTS}, {part}: {side}"),
                Unit::Milliseconds,
                vec![sample],
            ));
        }
    }
    Ok(figures)
}

fn both_sums(runs: usize) -> anyhow::Result<Vec<Measured>> {
    let mut figures = sums::<PallasConfig>(Srs::of(tables::baked(), 1 << 15)?.generators, runs)?;
    figures.extend(sums::<VestaConfig>(Srs::of(tables::baked(), 1 << 16)?.generators, runs)?);
    Ok(figures)
}

/// The sum over all these points, on all cores and on one, beside `ark-ec`'s.
fn sums<C: KimchiCurve>(generators: Points<'_, C>, runs: usize) -> anyhow::Result<Vec<Measured>> {
    let points: Vec<Affine<C>> = generators.packed().iter().map(|point| point.unpack()).collect();
    let scalars: Vec<ScalarField<C>> = points.iter().map(|_| ScalarField::<C>::rand(&mut OsRng)).collect();
    let ours = || msm::<C>(&[(generators, &scalars)]);
    let theirs = || <Projective<C> as VariableBaseMSM>::msm_unchecked(&points, &scalars);
    let expected = theirs();
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;

    let name = format!("MSM over 2^{} {} points", points.len().ilog2(), C::NAME);
    let mut figures = Vec::new();
    let (mut all, mut one) = ([const { Vec::new() }; 3], [const { Vec::new() }; 2]);
    // In turn, so that both have what else the machine does.
    for _ in 0..runs {
        let (time_of_ours, pace) = beside(|| time(1, || ours() == expected))?;
        all[0].extend(time_of_ours);
        all[1].extend(time(1, || sum_of_ark(&points, &scalars) == expected)?);
        all[2].push(pace);
        one[0].extend(single.install(|| time(1, || ours() == expected))?);
        one[1].extend(single.install(|| time(1, || theirs() == expected))?);
    }
    let ([ours, theirs, pace], [ours_alone, theirs_alone]) = (all, one);
    for (threads, ours, theirs, pace) in
        [("", ours, theirs, pace), (", one thread", ours_alone, theirs_alone, Vec::new())]
    {
        let ratio = vec![median(&ours) / median(&theirs)];
        figures.push(Measured::new(&format!("{name}{threads}"), Unit::Milliseconds, ours).at(pace));
        figures.push(Measured::new(&format!("{name}{threads}, ark-ec's"), Unit::Milliseconds, theirs));
        figures.push(Measured::new(&format!("{name}{threads}, to ark-ec's"), Unit::Ratio, ratio));
    }
    Ok(figures)
}
