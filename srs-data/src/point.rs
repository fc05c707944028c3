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

/// A prime-field element as the four 64-bit limbs of its Montgomery form (R = 2^256), least significant first: the form in
/// which `ark-ff` computes, and in which elements lie in tables and files.
pub trait MontgomeryForm: PrimeField<BigInt = BigInt<4>> {
    /// The limbs: below the modulus.
    fn to_limbs(self) -> [u64; 4];

    /// The element with these limbs, or `None` where they are not below the modulus.
    fn from_limbs(limbs: [u64; 4]) -> Option<Self>;

    /// The element with these limbs, which must be below the modulus.
    ///
    /// Other limbs give an element on which arithmetic is wrong (never unsafe): only for limbs that arithmetic made, or
    /// whose table or file has been compared with its digest.
    fn from_limbs_unchecked(limbs: [u64; 4]) -> Self;
}

impl<P: FpConfig<4>> MontgomeryForm for Fp<P, 4> {
    #[inline(always)]
    fn to_limbs(self) -> [u64; 4] {
        self.0.0
    }

    #[inline(always)]
    fn from_limbs(limbs: [u64; 4]) -> Option<Self> {
        (BigInt(limbs) < P::MODULUS).then(|| Self::from_limbs_unchecked(limbs))
    }

    #[inline(always)]
    fn from_limbs_unchecked(limbs: [u64; 4]) -> Self {
        Self(BigInt(limbs), PhantomData)
    }
}

/// A curve whose points can be packed: short Weierstrass over a prime field of four limbs in Montgomery form.
///
/// Implemented for every such curve that `ark-ec` describes.
pub trait PackableCurve: SWCurveConfig<BaseField: MontgomeryForm> {}

impl<C: SWCurveConfig<BaseField: MontgomeryForm>> PackableCurve for C {}

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
        Self { x: point.x.to_limbs(), y: point.y.to_limbs() }
    }

    /// The affine point, without a check: for points of a table that has been checked against its pin.
    #[inline]
    pub fn unpack<C: PackableCurve>(&self) -> Affine<C> {
        if self.is_infinity() {
            return Affine::identity();
        }
        Affine::new_unchecked(
            C::BaseField::from_limbs_unchecked(self.x),
            C::BaseField::from_limbs_unchecked(self.y),
        )
    }

    /// The affine point if both coordinates are canonical and the point is infinity or on the curve (of prime order).
    pub fn unpack_checked<C: PackableCurve>(&self) -> Option<Affine<C>> {
        if self.is_infinity() {
            return (C::COEFF_B != C::BaseField::ZERO).then(Affine::identity);
        }
        let point =
            Affine::new_unchecked(C::BaseField::from_limbs(self.x)?, C::BaseField::from_limbs(self.y)?);
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
