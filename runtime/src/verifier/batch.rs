//! A batch on its way from proofs to verdicts.

use rand_core::CryptoRngCore;
use rayon::prelude::*;

use super::task::Task;
use crate::curve::{KimchiCurve, PallasConfig, VestaConfig};
use crate::error::VerifyError;
use crate::ipa::elsewhere::Elsewhere;
use crate::ipa::folding::{self, Finding, Folding};
use crate::ipa::opening::{self, Opening};
use crate::ipa::{self, AccumulatorClaim, OpeningClaim};
use crate::kimchi;
use crate::lockstep::{self, Lanes};
use crate::pickles;
use crate::tables::TableSource;
use crate::watch::Watch;

/// What is left to settle of a task once everything else about it has been checked.
#[derive(Debug, Default)]
pub(super) struct Claims {
    pub(super) pallas: Option<OpeningClaim<PallasConfig>>,
    pub(super) vesta: Option<OpeningClaim<VestaConfig>>,
    pub(super) accumulator: Option<AccumulatorClaim<VestaConfig>>,
}

impl Claims {
    async fn of(task: Task<'_>, tables: &dyn TableSource, lanes: &Lanes) -> Result<Self, VerifyError> {
        let mut claims = Self::default();
        match task {
            Task::Pickles { key, statement, proof } => {
                let reduced = pickles::verifier::reduce(key, statement, proof, tables, lanes).await?;
                claims.pallas = Some(reduced.opening);
                claims.accumulator = Some(reduced.accumulator);
            }
            Task::Vesta { key, public_input, proof } => {
                claims.vesta = Some(kimchi::verifier::reduce(key, proof, public_input, tables, lanes).await?);
            }
            Task::Pallas { key, public_input, proof } => {
                claims.pallas =
                    Some(kimchi::verifier::reduce(key, proof, public_input, tables, lanes).await?);
            }
        }
        Ok(claims)
    }
}

/// As [`verify_batch_with`](super::verify_batch_with); where the sums over generators come from elsewhere, it waits for them.
pub(super) async fn verify(
    tasks: &[Task<'_>],
    tables: &dyn TableSource,
    rng: &mut dyn CryptoRngCore,
    watch: &dyn Watch,
    elsewhere: Option<&Elsewhere>,
) -> Vec<Result<(), VerifyError>> {
    let group = lockstep::group_of(tasks.len());
    let reduce = |(number, group_tasks): (usize, &[Task<'_>])| {
        let lanes = Lanes::default();
        let reduce = async |(place, proof): (usize, &Task<'_>)| {
            if !watch.wanted(number * group + place) {
                return Err(VerifyError::Abandoned);
            }
            let claims = Claims::of(*proof, tables, &lanes).await;
            watch.step();
            claims
        };
        lockstep::together(&lanes, group_tasks.iter().enumerate().map(reduce))
    };
    let reduced: Vec<_> = match tasks {
        // A source of tables may compute on the threads of the pool, and so must not be asked on one of them for nothing.
        [_] => reduce((0, tasks)),
        _ => tasks.par_chunks(group).enumerate().flat_map_iter(reduce).collect(),
    };
    settle(reduced, tables, rng, watch, elsewhere).await
}

/// The verdicts on proofs that are reduced to their claims, or refused already.
pub(super) async fn settle(
    reduced: Vec<Result<Claims, VerifyError>>,
    tables: &dyn TableSource,
    rng: &mut dyn CryptoRngCore,
    watch: &dyn Watch,
    elsewhere: Option<&Elsewhere>,
) -> Vec<Result<(), VerifyError>> {
    let mut batch = Batch { verdicts: vec![None; reduced.len()], tables, watch };
    let mut open = Vec::new();
    for (task, claims) in reduced.iter().enumerate() {
        match claims {
            Ok(claims) => open.push((task, claims)),
            Err(error) => batch.decide(task, Err(error.clone())),
        }
    }

    // What takes no sum over an SRS comes first on both curves: a proof that fails there is not summed on either.
    let pallas = batch.openings(open.iter().filter_map(|(task, c)| Some((*task, c.pallas.as_ref()?))), rng);
    let vesta = batch.openings(open.iter().filter_map(|(task, c)| Some((*task, c.vesta.as_ref()?))), rng);

    let accumulators = open.iter().filter_map(|(task, claims)| Some((*task, claims.accumulator.as_ref()?)));
    let accumulators: Vec<_> =
        accumulators.map(|(task, claim)| Folding::of_accumulator(task, claim)).collect();
    batch.foldings(accumulators, &vesta, rng, elsewhere).await;
    // Last, because an opening on Pallas that holds makes a Pickles proof valid whose accumulator has been checked.
    batch.foldings(Vec::new(), &pallas, rng, elsewhere).await;

    batch.finish()
}

/// Verdicts so far.
struct Batch<'a> {
    /// By task; `None` where nothing has spoken against the task yet.
    verdicts: Vec<Option<Result<(), VerifyError>>>,
    tables: &'a dyn TableSource,
    watch: &'a dyn Watch,
}

impl Batch<'_> {
    /// The first verdict on a task is the one that counts.
    fn decide(&mut self, task: usize, verdict: Result<(), VerifyError>) {
        if let Some(open @ None) = self.verdicts.get_mut(task) {
            self.watch.decided(task, &verdict);
            *open = Some(verdict);
        }
    }

    /// Whether there is more to find out about a task. One that nobody wants any more is given up here, and one whose SRS
    /// is not to be had.
    fn is_open<C: KimchiCurve>(&mut self, task: usize, rounds: usize) -> bool {
        if !matches!(self.verdicts.get(task), Some(None)) {
            return false;
        }
        if !self.watch.wanted(task) {
            self.decide(task, Err(VerifyError::Abandoned));
            return false;
        }
        match ipa::generators::<C>(self.tables, rounds) {
            Ok(_) => true,
            Err(error) => {
                self.decide(task, Err(error.into()));
                false
            }
        }
    }

    /// Checks the first equation of openings, and gives those that pass it.
    fn openings<'c, C: KimchiCurve>(
        &mut self,
        claims: impl Iterator<Item = (usize, &'c OpeningClaim<C>)>,
        rng: &mut dyn CryptoRngCore,
    ) -> Vec<Opening<'c, C>> {
        let claims: Vec<_> = claims.filter(|(task, claim)| self.is_open::<C>(*task, claim.rounds)).collect();
        let Some(blinder) = claims.first().and_then(|(_, claim)| {
            // It is the same for all sizes.
            Some(ipa::generators::<C>(self.tables, claim.rounds).ok()?.blinder)
        }) else {
            return Vec::new();
        };
        let mut openings = Vec::with_capacity(claims.len());
        for (task, opening) in opening::replay_each(&claims) {
            match opening {
                Some(opening) => openings.push(opening),
                None => self.decide(task, Err(VerifyError::Opening)),
            }
        }
        for task in opening::culprits(&openings, blinder, rng, self.watch) {
            self.decide(task, Err(VerifyError::Opening));
        }
        openings.retain(|opening| matches!(self.verdicts.get(opening.task), Some(None)));
        openings
    }

    /// Checks what a curve's claims say about the generators of its SRS.
    async fn foldings<C: KimchiCurve>(
        &mut self,
        accumulators: Vec<Folding<'_, C>>,
        openings: &[Opening<'_, C>],
        rng: &mut dyn CryptoRngCore,
        elsewhere: Option<&Elsewhere>,
    ) {
        // An opening's folding is the last thing to be found out about its task, an accumulator's is not.
        let accumulators = accumulators.into_iter().map(|folding| (folding, VerifyError::Accumulator, false));
        let openings = openings.iter().map(|opening| (opening.folding(), VerifyError::Opening, true));
        let (mut foldings, mut kinds) = (Vec::new(), Vec::new());
        for (folding, fault, is_last) in accumulators.chain(openings) {
            if self.is_open::<C>(folding.task, folding.challenges.len()) {
                foldings.push(folding);
                kinds.push((fault, is_last));
            }
        }
        let Some(rounds) = foldings.iter().map(|folding| folding.challenges.len()).max() else { return };
        let srs = match ipa::generators::<C>(self.tables, rounds) {
            Ok(srs) => srs,
            // It was to be had a moment ago.
            Err(error) => {
                return foldings
                    .iter()
                    .for_each(|folding| self.decide(folding.task, Err(error.clone().into())));
            }
        };
        let watch = self.watch;
        let report = |place: usize, finding: Finding| {
            let (Some(folding), Some((fault, is_last))) = (foldings.get(place), kinds.get(place)) else {
                return;
            };
            match finding {
                Finding::Holds if *is_last => self.decide(folding.task, Ok(())),
                Finding::Holds => (),
                Finding::Wrong => self.decide(folding.task, Err(fault.clone())),
                Finding::Unknown => self.decide(folding.task, Err(VerifyError::Abandoned)),
            }
        };
        folding::search(srs.generators, &foldings, rng, watch, elsewhere, report).await;
    }

    /// The verdicts, of which there is one for each task by now.
    fn finish(mut self) -> Vec<Result<(), VerifyError>> {
        for task in 0..self.verdicts.len() {
            self.decide(task, Err(VerifyError::Abandoned));
        }
        self.verdicts.into_iter().map(|verdict| verdict.unwrap_or(Err(VerifyError::Abandoned))).collect()
    }
}
