//! A verification that stops where it wants a sum over generators, and goes on when it has it.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use quickpickle::Verifier;
use quickpickle::elsewhere::{self, Elsewhere};
use quickpickle::tables::{PackedPoint, Role};

use crate::abi::batch::Kept;
use crate::{Answer, verify_batch_elsewhere};

/// Bytes of a scalar: the limbs of its Montgomery form, little-endian.
const SCALAR: usize = 32;
/// Bytes of a point: those of its coordinates.
const POINT: usize = 64;

/// A verification of a batch. It is run until it has its answers; each time that it has none yet, it wants a sum.
pub struct Job {
    /// None where it has ended.
    work: Option<Pin<Box<dyn Future<Output = Vec<Answer>>>>>,
    elsewhere: Rc<Elsewhere>,
}

impl Job {
    pub(crate) fn new(items: Vec<Kept>) -> Self {
        let elsewhere = Rc::new(Elsewhere::default());
        let own = elsewhere.clone();
        let work = async move {
            let items: Vec<_> = items.iter().map(Kept::item).collect();
            verify_batch_elsewhere(&items, Some(&own)).await
        };
        Self { work: Some(Box::pin(work)), elsewhere }
    }

    /// Runs on. There are answers once, at the end; until then a sum is [`wanted`](Self::wanted).
    pub fn run(&mut self) -> Option<Vec<Answer>> {
        let work = self.work.as_mut()?;
        match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answers) => {
                self.work = None;
                Some(answers)
            }
            Poll::Pending => None,
        }
    }

    /// Whose generators are summed, and with which scalars: 32 bytes each.
    pub fn wanted(&self) -> Option<(Role, Vec<u8>)> {
        let wanted = self.elsewhere.wanted()?;
        let bytes = wanted.scalars.as_flattened().iter().flat_map(|limb| limb.to_le_bytes());
        Some((wanted.role, bytes.collect()))
    }

    /// Gives the parts of the sum, one after the other. False where they are none.
    pub fn give(&mut self, parts: &[u8]) -> bool {
        let (parts, []) = parts.as_chunks::<POINT>() else { return false };
        let parts: Vec<_> = parts.iter().map(point).collect();
        self.elsewhere.give(&parts)
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("elsewhere", &self.elsewhere).finish_non_exhaustive()
    }
}

/// A part of a sum: over the generators from the place `first` on. `None` where the scalars are none, or there are not so many generators.
pub fn partial_sum(role: Role, first: usize, scalars: &[u8]) -> Option<[u8; POINT]> {
    let (scalars, []) = scalars.as_chunks::<SCALAR>() else { return None };
    let scalars: Vec<_> = scalars.iter().map(limbs).collect();
    let sum = elsewhere::partial_sum(Verifier::baked().tables(), role, first, &scalars).ok()??;
    let mut bytes = [0; POINT];
    for (bytes, limb) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(sum.x.iter().chain(&sum.y)) {
        *bytes = limb.to_le_bytes();
    }
    Some(bytes)
}

fn limbs(bytes: &[u8; SCALAR]) -> [u64; 4] {
    let mut limbs = [0; 4];
    for (limb, bytes) in limbs.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *limb = u64::from_le_bytes(*bytes);
    }
    limbs
}

fn point(bytes: &[u8; POINT]) -> PackedPoint {
    let [x, y] = [0, 1].map(|half| bytes.as_chunks::<SCALAR>().0.get(half).map_or([0; 4], limbs));
    PackedPoint { x, y }
}
