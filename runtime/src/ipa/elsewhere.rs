//! Sums over generators that the verifier's caller computes, in parts, while the verification waits.
//!
//! It is for systems where a program's threads share no memory. The caller polls the verification, which waits where it wants a sum;
//! takes the scalars of the sum; has ranges of them summed by [`partial_sum`] wherever that can be done; and gives the parts back.
//!
//! Such a sum decides one thing: where it is zero, the equations that were weighed hold. The weights are random, so that a sum that is wrong by
//! an error is zero with a chance of 2^-254. One that is not zero decides nothing: the verifier computes it again itself.

use core::cell::{Ref, RefCell};
use core::future::poll_fn;
use core::task::Poll;

use ark_ec::CurveGroup;
use quickpickle_curve::msm;
use quickpickle_srs_data::{MontgomeryForm, PackedPoint, Points, Role};

use super::MAX_ROUNDS;
use crate::curve::{KimchiCurve, PallasConfig, Projective, ScalarField, VestaConfig};
use crate::lockstep;
use crate::tables::{Srs, TableError, TableSource};

/// Σ scalarᵢ·Gᵢ over the first generators of a role's SRS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedSum {
    /// Whose SRS.
    pub role: Role,
    /// The scalars, as the limbs of their Montgomery form.
    pub scalars: Vec<[u64; 4]>,
}

/// Where a verification leaves the sum that it wants, and finds it when it is polled again.
#[derive(Debug, Default)]
pub struct Elsewhere(RefCell<State>);

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Wanted(WantedSum),
    /// The parts of the sum, each a point of the curve.
    Given(Vec<PackedPoint>),
}

impl Elsewhere {
    /// The sum that the verification waits for.
    pub fn wanted(&self) -> Option<Ref<'_, WantedSum>> {
        Ref::filter_map(self.0.borrow(), |state| match state {
            State::Wanted(wanted) => Some(wanted),
            _ => None,
        })
        .ok()
    }

    /// Gives the parts of the sum that is waited for. `false` where none is, or where a part is not a point of its curve.
    pub fn give(&self, parts: &[PackedPoint]) -> bool {
        let Some(role) = self.wanted().map(|wanted| wanted.role) else { return false };
        let is_point = |part: &PackedPoint| match role {
            Role::Wrap => part.unpack_checked::<PallasConfig>().is_some(),
            Role::Step => part.unpack_checked::<VestaConfig>().is_some(),
        };
        let are_points = parts.iter().all(is_point);
        if are_points {
            *self.0.borrow_mut() = State::Given(parts.to_vec());
        }
        are_points
    }

    /// Wants a sum, and waits until it is given.
    pub(super) async fn sum<C: KimchiCurve>(&self, scalars: &[ScalarField<C>]) -> Projective<C> {
        let scalars = scalars.iter().map(|scalar| scalar.to_limbs()).collect();
        *self.0.borrow_mut() = State::Wanted(WantedSum { role: C::ROLE, scalars });
        poll_fn(|_| {
            let mut state = self.0.borrow_mut();
            match &*state {
                State::Given(parts) => {
                    let sum = parts.iter().map(PackedPoint::unpack::<C>).sum();
                    *state = State::Idle;
                    Poll::Ready(sum)
                }
                _ => Poll::Pending,
            }
        })
        .await
    }
}

/// The result of a verification that has no [`Elsewhere`], and so waits for nothing.
pub fn now<T>(verification: impl Future<Output = T>) -> T {
    lockstep::alone(async |_| verification.await)
}

/// Part of such a sum: over the generators from the place `first` on, as many as there are scalars. `None` where a scalar is not below the
/// modulus.
///
/// # Errors
/// Where the source has not so many generators.
pub fn partial_sum(
    tables: &dyn TableSource,
    role: Role,
    first: usize,
    scalars: &[[u64; 4]],
) -> Result<Option<PackedPoint>, TableError> {
    match role {
        Role::Wrap => part::<PallasConfig>(tables, first, scalars),
        Role::Step => part::<VestaConfig>(tables, first, scalars),
    }
}

fn part<C: KimchiCurve>(
    tables: &dyn TableSource,
    first: usize,
    scalars: &[[u64; 4]],
) -> Result<Option<PackedPoint>, TableError> {
    let end = first.saturating_add(scalars.len());
    if end > 1 << MAX_ROUNDS {
        let log2 = end.checked_next_power_of_two().map_or(usize::BITS, usize::ilog2);
        return Err(TableError::TooLarge { table: "SRS", log2, limit: MAX_ROUNDS as u32 });
    }
    let generators = Srs::<C>::of(tables, end)?.generators;
    let scalars = scalars.iter().map(|limbs| ScalarField::<C>::from_limbs(*limbs));
    let Some(scalars) = scalars.collect::<Option<Vec<_>>>() else { return Ok(None) };
    // As many as there are scalars, by the length of the prefix.
    let points = Points::new(generators.packed().get(first..).unwrap_or_default());
    Ok(Some(PackedPoint::pack(&msm::<C>(&[(points, &scalars)]).into_affine())))
}
