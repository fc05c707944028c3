//! Commitments to polynomials.

use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, Field};
use quickpickle_curve::msm;
use quickpickle_curve::rows::{Interpolator, interpolator};
use quickpickle_runtime::curve::{KimchiCurve, Projective, ScalarField};
use quickpickle_runtime::kimchi::proof::Commitment;
use quickpickle_runtime::tables::{Lagrange, Srs, TableError, TableSource};
use quickpickle_srs_data::Points;
use rayon::prelude::*;

use crate::circuit::ConstraintSystem;
use crate::few_values;

/// Values on the domain, and a blinder for each chunk.
type Blinded<'a, C> = (&'a [ScalarField<C>], &'a [ScalarField<C>]);

/// Commits to polynomials of a circuit's domain.
pub(crate) struct Committer<'a, C: KimchiCurve> {
    pub srs: Srs<'a, C>,
    /// The generators in use.
    pub generators: Points<'a, C>,
    /// The commitments to the Lagrange basis. None where the domain is larger than the SRS: there committing to coefficients
    /// costs less, and does not need a basis.
    basis: Option<Points<'a, C>>,
    /// Makes coefficients of values on the domain.
    pub interpolate: Interpolator<ScalarField<C>>,
    /// Chunks of a commitment to a polynomial of the domain's size.
    pub chunks: usize,
}

impl<'a, C: KimchiCurve> Committer<'a, C> {
    pub fn new(system: &ConstraintSystem<C>, tables: &'a dyn TableSource) -> Result<Self, TableError> {
        let size = system.srs_size();
        let srs = Srs::of(tables, size)?;
        let chunks = system.chunks();
        let basis = if chunks == 1 {
            let log2 = system.domain_log2();
            let basis = Lagrange::of(tables, size, log2, 1 << log2)?;
            Some(basis.points)
        } else {
            None
        };
        let interpolate = interpolator(system.domain);
        Ok(Self { srs, generators: srs.generators, basis, interpolate, chunks })
    }

    /// Commits to the polynomial with these values on the domain; missing ones are zero. One blinder a chunk.
    pub fn values(&self, values: &[ScalarField<C>], blinders: &[ScalarField<C>]) -> Commitment<C> {
        match self.basis.and_then(|basis| basis.prefix(values.len())) {
            Some(basis) => {
                let sum = few_values::sum(basis, values).unwrap_or_else(|| msm(&[(basis, values)]));
                self.blinded([sum].into_iter(), blinders)
            }
            None => {
                let coefficients = (self.interpolate)(values);
                self.coefficients(&coefficients, blinders)
            }
        }
    }

    /// [`values`](Self::values) of several columns with their blinders, as many at once as there are threads. `step` is told
    /// how many are done.
    pub fn columns<const N: usize>(
        &self,
        columns: [Blinded<'_, C>; N],
        mut step: impl FnMut(usize),
    ) -> [Commitment<C>; N] {
        let mut commitments = std::array::from_fn(|_| Commitment(Vec::new()));
        let at_once = rayon::current_num_threads();
        let mut done = 0;
        for (commitments, columns) in commitments.chunks_mut(at_once).zip(columns.chunks(at_once)) {
            commitments.par_iter_mut().zip(columns).for_each(|(commitment, (values, blinders))| {
                *commitment = self.values(values, blinders);
            });
            done += columns.len();
            step(done);
        }
        commitments
    }

    /// Commits to the polynomial with these coefficients, in as many chunks as there are blinders.
    pub fn coefficients(
        &self,
        coefficients: &[ScalarField<C>],
        blinders: &[ScalarField<C>],
    ) -> Commitment<C> {
        let sum = |chunk: &&[ScalarField<C>]| {
            let points = self.generators.prefix(chunk.len()).unwrap_or(self.generators);
            msm(&[(points, *chunk)])
        };
        let chunks: Vec<_> = coefficients.chunks(self.generators.len()).collect();
        // Each sum keeps its buckets in memory: no more at once than there are threads.
        let at_once = chunks.chunks(rayon::current_num_threads());
        let sums = at_once.flat_map(|chunks| chunks.par_iter().map(sum).collect::<Vec<_>>());
        self.blinded(sums, blinders)
    }

    /// Adds blinder·H to each chunk; chunks beyond the last are zero.
    fn blinded(
        &self,
        sums: impl Iterator<Item = Projective<C>>,
        blinders: &[ScalarField<C>],
    ) -> Commitment<C> {
        let mut sums = sums;
        let chunks: Vec<_> = blinders
            .iter()
            .map(|blinder| sums.next().unwrap_or(Projective::<C>::ZERO) + self.multiple_of_h(*blinder))
            .collect();
        debug_assert!(sums.next().is_none(), "a blinder for each chunk");
        Commitment(Projective::<C>::normalize_batch(&chunks))
    }

    fn multiple_of_h(&self, blinder: ScalarField<C>) -> Projective<C> {
        if blinder == ScalarField::<C>::ZERO {
            Projective::<C>::ZERO
        } else if blinder == ScalarField::<C>::ONE {
            self.srs.blinder.into()
        } else {
            self.srs.blinder * blinder
        }
    }

    /// Blinders that hide nothing: 0.
    pub fn not_hiding(&self) -> Vec<ScalarField<C>> {
        vec![ScalarField::<C>::ZERO; self.chunks]
    }

    /// The blinder 1 for each chunk: with it a commitment is never the point at infinity, whatever the column.
    pub fn fixed(&self) -> Vec<ScalarField<C>> {
        vec![ScalarField::<C>::ONE; self.chunks]
    }
}
