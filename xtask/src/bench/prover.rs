//! Keys and proofs of Kimchi circuits: chains of Poseidon permutations over Vesta's SRS of 2^16 generators.

use anyhow::ensure;
use quickpickle::internals::curve::{Fp, VestaConfig};
use quickpickle::{Task, Verifier, tables};
use quickpickle_prover::builder::poseidon_chain;
use quickpickle_prover::circuit::ConstraintSystem;
use quickpickle_prover::key::ProvingKey;
use quickpickle_prover::progress::silent;
use quickpickle_runtime::kimchi::gates::Generation;
use rand_core::OsRng;

use super::Effort;
use super::library::{median, time, time_paced};
use super::report::{Measured, Unit};

/// log2 of the SRS.
const SRS_LOG2: u32 = 16;

/// log2 of a circuit's rows, and the permutations that fill them but for a few.
const CHAINS: [(u32, usize); 8] =
    [(10, 80), (11, 160), (12, 330), (13, 600), (14, 1300), (15, 2600), (16, 5200), (17, 10_000)];
/// The sizes of the budgets, but for the largest, which takes too long for a quick run.
const QUICK: [u32; 2] = [13, 15];
/// The size that is measured on one thread as well.
const SINGLE: u32 = 13;

/// The time of a key and of a proof for circuits of all sizes, and what twice as many rows cost.
pub fn measure(effort: Effort) -> anyhow::Result<Vec<Measured>> {
    let chains = CHAINS.into_iter().filter(|(log2, _)| !effort.quick || QUICK.contains(log2));
    let runs = effort.runs.min(3);
    let mut figures = Vec::new();
    let mut medians = Vec::new();
    for (log2, length) in chains {
        let (circuit, witness) = poseidon_chain(length, Fp::from(1u64), SRS_LOG2);
        let generate = || {
            let system = ConstraintSystem::<VestaConfig>::new(circuit.clone())?;
            anyhow::Ok(ProvingKey::generate(system, Generation::DistinctPoints, tables::baked(), &silent)?)
        };
        // The Lagrange basis is not baked: it is computed here, and proofs are verified once.
        let key = generate()?;
        ensure!(key.system().domain_log2() == log2, "a chain of {length} has other than 2^{log2} rows");
        let prove = || key.prove(&witness, Vec::new(), tables::baked(), &mut OsRng, &silent);
        let proof = prove()?;
        let public_input = &witness.columns[0][..key.system().public()];
        Verifier::baked().verify_task(Task::kimchi(key.prepared_index(), public_input, &proof))?;

        let (keys, keys_pace) = time_paced(runs, || generate().is_ok())?;
        let (proofs, proofs_pace) = time_paced(runs, || prove().is_ok())?;
        medians.push((log2, median(&keys), median(&proofs)));
        figures.push(seconds(&format!("key of 2^{log2} rows"), &keys).at(keys_pace));
        figures.push(seconds(&format!("proof of 2^{log2} rows"), &proofs).at(proofs_pace));
        if log2 == SINGLE {
            let single = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
            let proofs = single.install(|| time(runs, || prove().is_ok()))?;
            figures.push(seconds(&format!("proof of 2^{log2} rows, one thread"), &proofs));
        }
    }
    if let [(few, key, proof), .., (many, larger_key, larger_proof)] = medians[..] {
        let factor = |from: f64, to: f64| vec![(to / from).powf(1.0 / f64::from(many - few))];
        for (name, factor) in [("key", factor(key, larger_key)), ("proof", factor(proof, larger_proof))] {
            let name = format!("{name}: twice the rows, 2^{few} to 2^{many}");
            figures.push(Measured::new(&name, Unit::Ratio, factor));
        }
    }
    Ok(figures)
}

fn seconds(name: &str, milliseconds: &[f64]) -> Measured {
    Measured::new(name, Unit::Seconds, milliseconds.iter().map(|time| time / 1e3).collect())
}
