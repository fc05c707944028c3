//! Batches with wrong proofs in them, beside the same batch without.

use anyhow::Context as _;
use ark_ec::CurveGroup as _;
use ark_ff::Field as _;
use quickpickle::internals::curve::{Fq, PallasConfig};
use quickpickle::{Task, Verifier, VerifyError};
use quickpickle_curve::blinder;
use quickpickle_runtime::ipa::first_equation;

use super::library::{PARTS, Subject, median, time};
use super::report::{Measured, Unit};

/// How many of the batch are wrong.
const WRONG: [usize; 3] = [1, 8, PARTS];

/// Makes a proof wrong; how its errors are found.
type Spoil = fn(&mut Subject) -> anyhow::Result<()>;

/// Another response in the opening: its first equation does not hold.
fn spoil(subject: &mut Subject) -> anyhow::Result<()> {
    subject.proof.wrap.opening.z2 += Fq::ONE;
    Ok(())
}

/// The same, with folded generators that make up for it in the first equation: only the second, over the SRS, tells.
fn forge(subject: &mut Subject) -> anyhow::Result<()> {
    spoil(subject)?;
    let missing = first_equation(&subject.reduce()?.opening, blinder::<PallasConfig>());
    let opening = &mut subject.proof.wrap.opening;
    let correction = missing.context("an opening")? * opening.z1.inverse().context("a response")?;
    opening.sg = (opening.sg + correction).into_affine();
    Ok(())
}

/// The time of a batch with no, one, some and all proofs wrong, and what one more wrong proof costs.
pub fn measure(subjects: &[Subject], runs: usize) -> anyhow::Result<Vec<Measured>> {
    let mut figures = Vec::new();
    let valid: Vec<Task<'_>> = subjects.iter().cycle().take(PARTS).map(Subject::task).collect();
    let kinds: [(&str, Spoil); 2] = [("", spoil), (", made to pass the first equation", forge)];
    for (kind, spoil) in kinds {
        let mut wrong = subjects.to_vec();
        wrong.iter_mut().try_for_each(spoil)?;
        let mut more = Vec::new();
        for count in WRONG {
            // Spread over the batch: the places that a multiple of an odd step reaches first.
            let is_wrong = |place: usize| place * 37 % PARTS < count;
            let tasks: Vec<Task<'_>> = (0..PARTS)
                .map(|place| if is_wrong(place) { wrong[place % wrong.len()].task() } else { valid[place] })
                .collect();
            let expected: Vec<_> = (0..PARTS)
                .map(|place| if is_wrong(place) { Err(VerifyError::Opening) } else { Ok(()) })
                .collect();
            // Side by side, so that both have what else the machine does.
            let mut samples = [Vec::new(), Vec::new()];
            for _ in 0..runs {
                samples[0]
                    .extend(time(1, || Verifier::baked().verify_batch(&valid).iter().all(Result::is_ok))?);
                samples[1].extend(time(1, || Verifier::baked().verify_batch(&tasks) == expected)?);
            }
            let [all_valid, with_wrong] = samples;
            let ratio = median(&with_wrong) / median(&all_valid);
            more.push((median(&with_wrong) - median(&all_valid)) / count as f64);
            let name = format!("batch of {PARTS}, {count} wrong{kind}");
            figures.push(Measured::new(&name, Unit::Milliseconds, with_wrong));
            figures.push(Measured::new(&format!("{name}, to all valid"), Unit::Ratio, vec![ratio]));
        }
        for (count, more) in WRONG.into_iter().zip(more) {
            let name = format!("one more wrong proof in a batch{kind}, of {count}");
            figures.push(Measured::new(&name, Unit::Milliseconds, vec![more]));
        }
    }
    Ok(figures)
}
