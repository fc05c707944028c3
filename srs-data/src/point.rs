//! The packed point: the one layout in which points lie in files, in the binary, and in memory.

use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::{AdditiveGroup, BigInt, Fp, FpConfig, PrimeField};
use bytemuck::{Pod, Zeroable};
use core::marker::PhantomData;

#[cfg(target_endian = "big")]
compile_error!("packed points are little-endian limbs used in place: big-endian targets are not supported");

/// An affine point as two field elements of four 64-bit limbs, least significant first, each in the Montgomery form
/// of `ark-ff` (R = 2^256). 64 bytes, no padding. The point at infinity is (0, 0), which lies on no curve with b ≠ 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Pod, Zeroable)]
#[repr(C)]
pub struct PackedPoint {
    /// Limbs of the x coordinate.
    pub x: [u64; 4],
    /// Limbs of the y coordinate.
    pub y: [u64; 4],
}

/// A curve whose points can be packed: short Weierstrass over a prime field of four limbs in Montgomery form.
///
/// Implemented for every such curve that `ark-ec` describes.
pub trait PackableCurve: SWCurveConfig<BaseField: PrimeField> {
    /// The Montgomery limbs of a base-field element.
    fn limbs(element: &Self::BaseField) -> [u64; 4];

    /// The base-field element with these Montgomery limbs, or `None` where they are not below the modulus.
    fn element(limbs: [u64; 4]) -> Option<Self::BaseField>;

    /// The base-field element with these Montgomery limbs, which must be below the modulus.
    ///
    /// Other limbs give an element on which arithmetic is wrong (never unsafe): only for limbs whose table has been
    /// checked against its pin.
    fn element_unchecked(limbs: [u64; 4]) -> Self::BaseField;
}

impl<C, P> PackableCurve for C
where
    C: SWCurveConfig<BaseField = Fp<P, 4>>,
    P: FpConfig<4>,
{
    #[inline(always)]
    fn limbs(element: &Fp<P, 4>) -> [u64; 4] {
        element.0.0
    }

    #[inline(always)]
    fn element(limbs: [u64; 4]) -> Option<Fp<P, 4>> {
        (BigInt(limbs) < P::MODULUS).then(|| Self::element_unchecked(limbs))
    }

    #[inline(always)]
    fn element_unchecked(limbs: [u64; 4]) -> Fp<P, 4> {
        Fp(BigInt(limbs), PhantomData)
    }
}

impl PackedPoint {
    /// The point at infinity.
    pub const INFINITY: Self = Self { x: [0; 4], y: [0; 4] };

    /// Whether this is the point at infinity.
    #[inline]
    pub fn is_infinity(&self) -> bool {
        *self == Self::INFINITY
    }

    /// Packs an affine point.
    #[inline]
    pub fn pack<C: PackableCurve>(point: &Affine<C>) -> Self {
        if point.is_zero() {
            return Self::INFINITY;
        }
        Self { x: C::limbs(&point.x), y: C::limbs(&point.y) }
    }

    /// The affine point, without a check: for points of a table that has been checked against its pin.
    #[inline]
    pub fn unpack<C: PackableCurve>(&self) -> Affine<C> {
        if self.is_infinity() {
            return Affine::identity();
        }
        Affine::new_unchecked(C::element_unchecked(self.x), C::element_unchecked(self.y))
    }

    /// The affine point if both coordinates are canonical and the point is infinity or on the curve (of prime order).
    pub fn unpack_checked<C: PackableCurve>(&self) -> Option<Affine<C>> {
        if self.is_infinity() {
            return (C::COEFF_B != C::BaseField::ZERO).then(Affine::identity);
        }
        let point = Affine::new_unchecked(C::element(self.x)?, C::element(self.y)?);
        (point.is_on_curve() && point.is_in_correct_subgroup_assuming_on_curve()).then_some(point)
    }
}

/// A table of points of one curve: a pointer and a length. Making one does no work per point.
#[derive(Debug)]
pub struct Points<'a, C> {
    points: &'a [PackedPoint],
    curve: PhantomData<fn() -> C>,
}

impl<C> Clone for Points<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Points<'_, C> {}

impl<'a, C: PackableCurve> Points<'a, C> {
    /// Views packed points as points of `C`.
    pub const fn new(points: &'a [PackedPoint]) -> Self {
        Self { points, curve: PhantomData }
    }

    /// The packed points.
    pub const fn packed(&self) -> &'a [PackedPoint] {
        self.points
    }

    /// How many points there are.
    pub const fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The point at `index`, if there is one.
    pub fn get(&self, index: usize) -> Option<Affine<C>> {
        self.points.get(index).map(PackedPoint::unpack)
    }

    /// The first `count` points, or `None` if there are fewer.
    pub fn prefix(&self, count: usize) -> Option<Self> {
        self.points.get(..count).map(Self::new)
    }
}
