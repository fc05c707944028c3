//! A lane for each element: the three of a state in a vector of four lanes.
//!
//! Three elements take the time of one. Vectors of half the length do: of these the processor starts two products a cycle. Then the
//! chain of results is what takes time. So products have a shorter one here than in [`products`](super::super::products), all
//! columns first and then the reduction, and two states are permuted at once, an instruction of each after the other.

#![expect(
    clippy::needless_range_loop,
    reason = "i, j and n count limbs and vectors, of several arrays at once"
)]

use core::arch::x86_64::*;
use std::sync::OnceLock;

use super::super::field::{LIMB_BITS, LIMB_MASK, Limbs, TOP_SHIFT, inverse, split};
use super::limbs;
use super::scaled::Scaled;
use crate::backend::portable::Lazy;
use crate::field::{Fp, PastaField as _};
use crate::poseidon::{ROUNDS, SpongeField, WIDTH};

const LANES: usize = 4;
/// As the shifts of these vectors take them.
const LIMB_SHIFT: i32 = LIMB_BITS as i32;
const TOP: i32 = TOP_SHIFT as i32;

/// Limb by limb four elements, limbs below 2^52.
type Four = [__m256i; 5];

/// A number for each element of a state, limb by limb.
type Column = [[u64; LANES]; 5];

/// The parameters with 2^260.
struct Parameters {
    /// Products with it make 2^260 of 2^256, as elements of the field.
    begin: [[u64; 4]; WIDTH],
    /// What each element of the state but the first adds to those of the next.
    columns: [Column; WIDTH - 1],
    rounds: [Column; ROUNDS],
    /// The lowest limbs of p.
    modulus: [u64; 3],
    /// -1/p modulo 2^52.
    inverse: u64,
    /// Products with it make 2^256 of 2^260.
    end: Column,
}

impl Parameters {
    fn of<F: SpongeField>() -> &'static Self {
        // Of Fp, of Fq.
        static ALL: [OnceLock<Parameters>; 2] = [const { OnceLock::new() }; 2];
        ALL[usize::from(F::LOW != Fp::LOW)].get_or_init(|| {
            let modulus = split(F::MODULUS.as_ref());
            let scaled = Scaled::<F>::new();
            Self {
                begin: scaled.begin.map(|factor| (factor * F::from(16u64)).to_limbs()),
                columns: [0, 1].map(|k| column(&scaled.rows.map(|row| limbs(&row[k])))),
                rounds: scaled.rounds.map(|constants| column(&constants.each_ref().map(limbs))),
                modulus: [modulus[0], modulus[1], modulus[2]],
                inverse: inverse(&modulus),
                end: column(&scaled.end.map(|factor| split(&factor.to_limbs()))),
            }
        })
    }
}

fn column(elements: &[Limbs; WIDTH]) -> Column {
    let mut column = Column::default();
    for (lane, limbs) in elements.iter().enumerate() {
        for (column, limb) in column.iter_mut().zip(limbs) {
            column[lane] = *limb;
        }
    }
    column
}

/// What products need of a field, in all lanes.
struct Constants {
    modulus: [__m256i; 3],
    inverse: __m256i,
    mask: __m256i,
}

#[target_feature(enable = "avx512f,avx512vl")]
#[inline]
fn load(column: &Column) -> Four {
    column.map(bytemuck::cast)
}

/// One of the numbers in all lanes: number k for k·0b01_01_01_01.
#[target_feature(enable = "avx512f,avx512vl")]
#[inline]
fn spread<const NUMBERS: i32>(a: &Four) -> Four {
    let mut limbs = *a;
    for limb in &mut limbs {
        *limb = _mm256_permutex_epi64::<NUMBERS>(*limb);
    }
    limbs
}

/// The columns of Σ aᵢ·bᵢ over at most two pairs, in `N` vectors: below 2^57 each.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn columns<const N: usize, const K: usize>(a: [[&Four; N]; K], b: [[&Four; N]; K]) -> [[__m256i; 10]; N] {
    let mut columns = [[_mm256_setzero_si256(); 10]; N];
    for k in 0..K {
        for i in 0..5 {
            for j in 0..5 {
                for n in 0..N {
                    columns[n][i + j] = _mm256_madd52lo_epu64(columns[n][i + j], a[k][n][i], b[k][n][j]);
                }
            }
            for j in 0..5 {
                for n in 0..N {
                    columns[n][i + j + 1] =
                        _mm256_madd52hi_epu64(columns[n][i + j + 1], a[k][n][i], b[k][n][j]);
                }
            }
        }
    }
    columns
}

/// The columns of a², in `N` vectors: below 2^57 each.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn columns_of_squares<const N: usize>(a: &[Four; N]) -> [[__m256i; 10]; N] {
    let mut columns = [[_mm256_setzero_si256(); 10]; N];
    for i in 0..5 {
        for j in i + 1..5 {
            for n in 0..N {
                columns[n][i + j] = _mm256_madd52lo_epu64(columns[n][i + j], a[n][i], a[n][j]);
                columns[n][i + j + 1] = _mm256_madd52hi_epu64(columns[n][i + j + 1], a[n][i], a[n][j]);
            }
        }
    }
    for k in 0..10 {
        for n in 0..N {
            columns[n][k] = _mm256_add_epi64(columns[n][k], columns[n][k]);
        }
    }
    for i in 0..5 {
        for n in 0..N {
            columns[n][2 * i] = _mm256_madd52lo_epu64(columns[n][2 * i], a[n][i], a[n][i]);
            columns[n][2 * i + 1] = _mm256_madd52hi_epu64(columns[n][2 * i + 1], a[n][i], a[n][i]);
        }
    }
    columns
}

/// Numbers that are, modulo p, the 2^260th part of what the columns stand for, and greater by less than p; limbs below 2^58.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn reduced<const N: usize>(field: &Constants, mut t: [[__m256i; 10]; N]) -> [Four; N] {
    let zero = _mm256_setzero_si256();
    let [p0, p1, p2] = field.modulus;
    for i in 0..5 {
        let mut m = [zero; N];
        for n in 0..N {
            m[n] = _mm256_madd52lo_epu64(zero, t[n][i], field.inverse);
            // The lowest becomes the next multiple of 2^52.
            let carried = _mm256_srli_epi64::<LIMB_SHIFT>(_mm256_add_epi64(t[n][i], field.mask));
            t[n][i + 1] = _mm256_add_epi64(t[n][i + 1], carried);
        }
        for n in 0..N {
            let m = m[n];
            // Apart from the other summand: of the next m it is the chain of results that takes time.
            let first = _mm256_madd52hi_epu64(zero, m, p0);
            t[n][i + 1] = _mm256_add_epi64(_mm256_madd52lo_epu64(t[n][i + 1], m, p1), first);
        }
        for n in 0..N {
            let m = m[n];
            t[n][i + 2] = _mm256_madd52hi_epu64(_mm256_madd52lo_epu64(t[n][i + 2], m, p2), m, p1);
            t[n][i + 3] = _mm256_madd52hi_epu64(t[n][i + 3], m, p2);
            // m·2^254, of which the highest limb has the bits from 2^208.
            let top = _mm256_and_si256(_mm256_slli_epi64::<TOP>(m), field.mask);
            t[n][i + 4] = _mm256_add_epi64(t[n][i + 4], top);
            t[n][i + 5] = _mm256_add_epi64(t[n][i + 5], _mm256_srli_epi64::<{ LIMB_SHIFT - TOP }>(m));
        }
    }
    let mut result = [[zero; 5]; N];
    for n in 0..N {
        result[n].copy_from_slice(&t[n][5..]);
    }
    result
}

/// Brings limbs below 2^62 of values below 2^260 below 2^52.
#[target_feature(enable = "avx512f,avx512vl")]
#[inline]
fn carried<const N: usize>(field: &Constants, mut limbs: [Four; N]) -> [Four; N] {
    for i in 0..4 {
        for n in 0..N {
            let carry = _mm256_srli_epi64::<LIMB_SHIFT>(limbs[n][i]);
            limbs[n][i + 1] = _mm256_add_epi64(limbs[n][i + 1], carry);
            limbs[n][i] = _mm256_and_si256(limbs[n][i], field.mask);
        }
    }
    limbs
}

#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn products<const N: usize>(field: &Constants, a: &[Four; N], b: &[Four; N]) -> [Four; N] {
    carried(field, reduced(field, columns([a.each_ref()], [b.each_ref()])))
}

#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn squares<const N: usize>(field: &Constants, a: &[Four; N]) -> [Four; N] {
    carried(field, reduced(field, columns_of_squares(a)))
}

/// The permutation of each of `N` states, which goes on with one while results of another are due.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn permute<F: SpongeField, const N: usize>(states: &mut [[F; WIDTH]; N]) {
    let parameters = Parameters::of::<F>();
    let in_all = |limb: u64| bytemuck::cast([limb; LANES]);
    let field = Constants {
        modulus: parameters.modulus.map(in_all),
        inverse: in_all(parameters.inverse),
        mask: in_all(LIMB_MASK),
    };
    let mds = parameters.columns.each_ref().map(|column| column.map(bytemuck::cast));
    let mut x = states.each_ref().map(|state| {
        let raised = |place: usize| state[place] * F::from_limbs_unchecked(parameters.begin[place]);
        column(&[0, 1, 2].map(|place| split(&raised(place).to_limbs()))).map(bytemuck::cast::<_, __m256i>)
    });
    for constants in &parameters.rounds {
        // x⁷ in four multiplications: x is below 4.1p, and all products below 1.3p.
        let x2 = squares(&field, &x);
        let x3 = products(&field, &x2, &x);
        let x4 = squares(&field, &x2);
        let s = products(&field, &x4, &x3);
        let (mut s0, mut s1, mut s2) = (s, s, s);
        for n in 0..N {
            s0[n] = spread::<0b00_00_00_00>(&s[n]);
            s1[n] = spread::<0b01_01_01_01>(&s[n]);
            s2[n] = spread::<0b10_10_10_10>(&s[n]);
        }
        let s = [s1.each_ref(), s2.each_ref()];
        let mut sums = reduced(&field, columns(mds.each_ref().map(|column| [column; N]), s));
        // Below 2·2p·p/2^260 + p, the first element and a constant: 4.1p.
        let constants = load(constants);
        for n in 0..N {
            for i in 0..5 {
                sums[n][i] = _mm256_add_epi64(_mm256_add_epi64(sums[n][i], s0[n][i]), constants[i]);
            }
        }
        x = carried(&field, sums);
    }
    // Below 4.1p·p/2^260 + p: 1.1p.
    let x = products(&field, &x, &[load(&parameters.end); N]);
    for (state, x) in states.iter_mut().zip(x) {
        let limbs: Column = x.map(bytemuck::cast);
        for (lane, element) in state.iter_mut().enumerate() {
            let [l0, l1, l2, l3, l4] = limbs.map(|limb| limb[lane]);
            let words = [l0 | l1 << 52, l1 >> 12 | l2 << 40, l2 >> 24 | l3 << 28, l3 >> 36 | l4 << 16];
            *element = Lazy::from_limbs(words).reduce();
        }
    }
}
