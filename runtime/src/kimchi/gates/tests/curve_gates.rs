//! `CompleteAdd`, `VarBaseMul` and `EndoMul`, over both fields: each with points of the curve over it.

use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field};

use super::*;
use crate::curve::{Affine, BaseField, PallasConfig, Projective};

fn point<C: KimchiCurve>() -> impl Strategy<Value = Affine<C>> {
    field::<ScalarField<C>>()
        .prop_map(|scalar| (C::GENERATOR.into_group() * scalar).into_affine())
        .prop_filter("infinite", |point| !point.is_zero())
}

fn bit<F: PrimeField>(bit: bool) -> F {
    F::from(u64::from(bit))
}

/// The slope of the line through two points.
fn slope<C: KimchiCurve>(p: Affine<C>, q: Affine<C>) -> BaseField<C> {
    (q.y - p.y) / (q.x - p.x)
}

/// (P + Q) + P.
fn step<C: KimchiCurve>(p: Affine<C>, q: Affine<C>) -> Affine<C> {
    (Projective::<C>::from(p) + q + p).into_affine()
}

fn signed<C: KimchiCurve>(point: Affine<C>, positive: bool) -> Affine<C> {
    if positive { point } else { -point }
}

fn endomorphism<C: KimchiCurve>(point: Affine<C>) -> Affine<C> {
    Affine::<C>::new(point.x * C::ENDO_BASE, point.y)
}

/// How the second summand of `CompleteAdd` is related to the first.
#[derive(Clone, Copy, Debug)]
enum Case {
    Any,
    Same,
    Opposite,
    /// The same ordinate, another abscissa.
    Image,
}

/// `CompleteAdd` in a circuit whose polynomials are committed on `C`.
fn complete_add<C: KimchiCurve>(
    case: Case,
    p: Affine<C::Other>,
    other: Affine<C::Other>,
    filler: ScalarField<C>,
    delta: ScalarField<C>,
) -> Result<(), TestCaseError> {
    let (zero, one) = (ScalarField::<C>::ZERO, ScalarField::<C>::ONE);
    let q = match case {
        Case::Any => other,
        Case::Same => p,
        Case::Opposite => -p,
        Case::Image => endomorphism(p),
    };
    let tangent = || (p.x.square() + p.x.square().double()) / p.y.double();
    // ∞, e, s, v, u and the columns among those of u and v that are free.
    let (infinite, same_x, slope, v, u, free): (_, _, _, _, _, &[usize]) = match case {
        Case::Any => (zero, zero, slope(p, q), zero, (q.x - p.x).inverse().unwrap(), from(11)),
        Case::Image => (zero, zero, zero, filler, (q.x - p.x).inverse().unwrap(), &[9, 11, 12, 13, 14]),
        Case::Same => (zero, one, tangent(), filler, filler, from(9)),
        Case::Opposite => (one, one, tangent(), (q.y - p.y).inverse().unwrap(), filler, from(10)),
    };
    let x = slope.square() - p.x - q.x;
    let y = slope * (p.x - x) - p.y;
    if !matches!(case, Case::Opposite) {
        prop_assert_eq!((x, y), (p + q).into_affine().xy().unwrap());
    }
    let curr = [p.x, p.y, q.x, q.y, x, y, infinite, same_x, slope, v, u];
    let rows = Rows::new(&curr, &[], &[], filler);
    let free = Free { curr: free, next: from(0), coeff: from(0) };
    check(GateType::CompleteAdd, &constants::<C>(Generation::Berkeley), &rows, &free, delta)
}

/// `VarBaseMul` in a circuit whose polynomials are committed on `C`.
fn var_base_mul<C: KimchiCurve>(
    [base, start]: [Affine<C::Other>; 2],
    bits: [bool; 5],
    n: ScalarField<C>,
    filler: ScalarField<C>,
    delta: ScalarField<C>,
) -> Result<(), TestCaseError> {
    let mut points = vec![start];
    let mut slopes = Vec::new();
    let mut n_out = n;
    for b in bits {
        let (p, q) = (points[points.len() - 1], signed(base, b));
        slopes.push(slope(p, q));
        points.push(step(p, q));
        n_out = n_out.double() + bit::<ScalarField<C>>(b);
    }
    let xy = |point: &Affine<C::Other>| [point.x, point.y];
    let curr = [
        &[base.x, base.y, start.x, start.y, n, n_out, filler],
        &points[1..5].iter().flat_map(xy).collect::<Vec<_>>()[..],
    ]
    .concat();
    let next = [&xy(&points[5])[..], &bits.map(bit), &slopes].concat();
    let rows = Rows::new(&curr, &next, &[], filler);
    let free = Free { curr: &[6], next: from(12), coeff: from(0) };
    check(GateType::VarBaseMul, &constants::<C>(Generation::Berkeley), &rows, &free, delta)
}

/// `EndoMul` in a circuit whose polynomials are committed on `C`.
fn endo_mul<C: KimchiCurve>(
    generation: Generation,
    [t, p]: [Affine<C::Other>; 2],
    bits: [bool; 4],
    n: ScalarField<C>,
    filler: ScalarField<C>,
    delta: ScalarField<C>,
) -> Result<(), TestCaseError> {
    let added = |bits: &[bool]| signed(if bits[0] { endomorphism(t) } else { t }, bits[1]);
    let (q1, q2) = (added(&bits[..2]), added(&bits[2..]));
    let r = step(p, q1);
    let s = step(r, q2);
    let n_out = bits.iter().fold(n, |n, &b| n.double() + bit::<ScalarField<C>>(b));
    let (inverse, free): (_, &[usize]) = match generation {
        Generation::Berkeley => (filler, &[2, 3]),
        Generation::DistinctPoints => (((p.x - r.x) * (r.x - s.x)).inverse().unwrap(), &[3]),
    };
    let curr =
        [&[t.x, t.y, inverse, filler, p.x, p.y, n, r.x, r.y, slope(p, q1), slope(r, q2)], &bits.map(bit)[..]]
            .concat();
    let next = [filler, filler, filler, filler, s.x, s.y, n_out];
    let rows = Rows::new(&curr, &next, &[], filler);
    let next = &[0, 1, 2, 3, 7, 8, 9, 10, 11, 12, 13, 14];
    check(
        GateType::EndoMul,
        &constants::<C>(generation),
        &rows,
        &Free { curr: free, next, coeff: from(0) },
        delta,
    )
}

fn case() -> impl Strategy<Value = Case> {
    prop_oneof![Just(Case::Any), Just(Case::Same), Just(Case::Opposite), Just(Case::Image)]
}

proptest! {
    #[test]
    fn complete_add_of_step_circuits(case in case(), p in point(), q in point(), filler in field(), delta in delta()) {
        complete_add::<VestaConfig>(case, p, q, filler, delta)?;
    }

    #[test]
    fn complete_add_of_wrap_circuits(case in case(), p in point(), q in point(), filler in field(), delta in delta()) {
        complete_add::<PallasConfig>(case, p, q, filler, delta)?;
    }

    #[test]
    fn var_base_mul_of_step_circuits(
        points in [point(), point()], bits: [bool; 5], n in field(), filler in field(), delta in delta(),
    ) {
        var_base_mul::<VestaConfig>(points, bits, n, filler, delta)?;
    }

    #[test]
    fn var_base_mul_of_wrap_circuits(
        points in [point(), point()], bits: [bool; 5], n in field(), filler in field(), delta in delta(),
    ) {
        var_base_mul::<PallasConfig>(points, bits, n, filler, delta)?;
    }

    #[test]
    fn endo_mul_of_step_circuits(
        generation in generation(),
        points in [point(), point()], bits: [bool; 4], n in field(), filler in field(), delta in delta(),
    ) {
        endo_mul::<VestaConfig>(generation, points, bits, n, filler, delta)?;
    }

    #[test]
    fn endo_mul_of_wrap_circuits(
        generation in generation(),
        points in [point(), point()], bits: [bool; 4], n in field(), filler in field(), delta in delta(),
    ) {
        endo_mul::<PallasConfig>(generation, points, bits, n, filler, delta)?;
    }
}
