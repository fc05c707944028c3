//! A lane for each element: the three of a state in a vector of four lanes.
//!
//! Three elements take the time of one. Vectors of half the length do: of these the processor starts two products a cycle. Then the
//! chain of results is what takes time, and products have a shorter one here than in [`products`](super::super::products): columns
//! are added up apart from what the reduction adds to them.

#![expect(clippy::needless_range_loop, reason = "i and j count limbs, of several arrays at once")]

use core::arch::x86_64::*;
use std::sync::OnceLock;

use super::super::field::{LIMB_BITS, LIMB_MASK, TOP_SHIFT, inverse, split};
use super::limbs;
use crate::backend::portable::Lazy;
use crate::field::{Fp, PastaField};
use crate::poseidon::{ROUNDS, SpongeField, WIDTH};

const LANES: usize = 4;

/// Limb by limb four elements, limbs below 2^52.
type Four = [__m256i; 5];

/// A number for each element of a state, limb by limb.
type Column = [[u64; LANES]; 5];

/// The parameters with 2^260.
struct Parameters {
    /// What an element of the state adds to each element of the next.
    columns: [Column; WIDTH],
    rounds: [Column; ROUNDS],
    /// The lowest limbs of p.
    modulus: [u64; 3],
    /// -1/p modulo 2^52.
    inverse: u64,
    /// 1/16, in Montgomery form with 2^256.
    sixteenth: [u64; 4],
}

impl Parameters {
    fn of<F: SpongeField>() -> &'static Self {
        // Of Fp, of Fq.
        static ALL: [OnceLock<Parameters>; 2] = [const { OnceLock::new() }; 2];
        ALL[usize::from(F::LOW != Fp::LOW)].get_or_init(|| {
            let modulus = split(F::MODULUS.as_ref());
            Self {
                columns: core::array::from_fn(|k| column(&F::mds().map(|row| row[k]))),
                rounds: F::round_constants().each_ref().map(column),
                modulus: [modulus[0], modulus[1], modulus[2]],
                inverse: inverse(&modulus),
                sixteenth: (F::ONE / F::from(16u64)).to_limbs(),
            }
        })
    }
}

fn column<F: PastaField>(elements: &[F; WIDTH]) -> Column {
    let mut column = Column::default();
    for (lane, element) in elements.iter().enumerate() {
        for (column, limb) in column.iter_mut().zip(limbs(element)) {
            column[lane] = limb;
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

/// The columns of Σ aᵢ·bᵢ over at most three pairs: below 2^57 each.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn columns<const N: usize>(pairs: [[&Four; 2]; N]) -> [__m256i; 10] {
    let mut low = [_mm256_setzero_si256(); 10];
    let mut high = low;
    for [a, b] in pairs {
        for i in 0..5 {
            for j in 0..5 {
                low[i + j] = _mm256_madd52lo_epu64(low[i + j], a[i], b[j]);
                high[i + j + 1] = _mm256_madd52hi_epu64(high[i + j + 1], a[i], b[j]);
            }
        }
    }
    for k in 0..10 {
        low[k] = _mm256_add_epi64(low[k], high[k]);
    }
    low
}

/// The columns of a²: below 2^57 each.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn columns_of_square(a: &Four) -> [__m256i; 10] {
    let mut low = [_mm256_setzero_si256(); 10];
    let mut high = low;
    for i in 0..5 {
        for j in i + 1..5 {
            low[i + j] = _mm256_madd52lo_epu64(low[i + j], a[i], a[j]);
            high[i + j + 1] = _mm256_madd52hi_epu64(high[i + j + 1], a[i], a[j]);
        }
    }
    for k in 0..10 {
        let half = _mm256_add_epi64(low[k], high[k]);
        low[k] = _mm256_add_epi64(half, half);
    }
    for i in 0..5 {
        low[2 * i] = _mm256_madd52lo_epu64(low[2 * i], a[i], a[i]);
        low[2 * i + 1] = _mm256_madd52hi_epu64(low[2 * i + 1], a[i], a[i]);
    }
    low
}

/// A number that is, modulo p, the 2^260th part of what the columns stand for, and greater by less than p; limbs below 2^58.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn reduced(field: &Constants, columns: &[__m256i; 10]) -> Four {
    let zero = _mm256_setzero_si256();
    let [p0, p1, p2] = field.modulus;
    // What multiples of p add to the columns.
    let mut added = [zero; 10];
    for i in 0..5 {
        let lowest = _mm256_add_epi64(columns[i], added[i]);
        let m = _mm256_madd52lo_epu64(zero, lowest, field.inverse);
        // The lowest becomes the next multiple of 2^52.
        let carried = _mm256_srli_epi64::<LIMB_BITS_SHIFT>(_mm256_add_epi64(lowest, field.mask));
        let second = _mm256_madd52lo_epu64(_mm256_add_epi64(added[i + 1], carried), m, p1);
        added[i + 1] = _mm256_add_epi64(second, _mm256_madd52hi_epu64(zero, m, p0));
        added[i + 2] = _mm256_madd52hi_epu64(_mm256_madd52lo_epu64(added[i + 2], m, p2), m, p1);
        added[i + 3] = _mm256_madd52hi_epu64(added[i + 3], m, p2);
        // m·2^254, of which the highest limb has the bits from 2^208.
        let top = _mm256_and_si256(_mm256_slli_epi64::<TOP_BITS>(m), field.mask);
        added[i + 4] = _mm256_add_epi64(added[i + 4], top);
        added[i + 5] = _mm256_add_epi64(added[i + 5], _mm256_srli_epi64::<{ LIMB_BITS_SHIFT - TOP_BITS }>(m));
    }
    let mut result = [zero; 5];
    for j in 0..5 {
        result[j] = _mm256_add_epi64(columns[5 + j], added[5 + j]);
    }
    result
}

const LIMB_BITS_SHIFT: i32 = LIMB_BITS as i32;
const TOP_BITS: i32 = TOP_SHIFT as i32;

/// Brings limbs below 2^62 of a value below 2^260 below 2^52.
#[target_feature(enable = "avx512f,avx512vl")]
#[inline]
fn carry(field: &Constants, mut limbs: Four) -> Four {
    for i in 0..4 {
        limbs[i + 1] = _mm256_add_epi64(limbs[i + 1], _mm256_srli_epi64::<LIMB_BITS_SHIFT>(limbs[i]));
        limbs[i] = _mm256_and_si256(limbs[i], field.mask);
    }
    limbs
}

#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn product(field: &Constants, a: &Four, b: &Four) -> Four {
    carry(field, reduced(field, &columns([[a, b]])))
}

#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
#[inline]
fn square(field: &Constants, a: &Four) -> Four {
    carry(field, reduced(field, &columns_of_square(a)))
}

/// The permutation of one state.
#[target_feature(enable = "avx512f,avx512vl,avx512ifma")]
pub(super) fn permute<F: SpongeField>(state: &mut [F; WIDTH]) {
    let parameters = Parameters::of::<F>();
    let in_all = |limb: u64| bytemuck::cast([limb; LANES]);
    let field = Constants {
        modulus: parameters.modulus.map(in_all),
        inverse: in_all(parameters.inverse),
        mask: in_all(LIMB_MASK),
    };
    let mds = [&parameters.columns[0], &parameters.columns[1], &parameters.columns[2]]
        .map(|column| column.map(bytemuck::cast));
    let mut x = load(&column(state));
    for constants in &parameters.rounds {
        // x⁷ in four multiplications; all are below 2p.
        let x2 = square(&field, &x);
        let x3 = product(&field, &x2, &x);
        let x4 = square(&field, &x2);
        let s = product(&field, &x4, &x3);
        let s = [spread::<0b00_00_00_00>(&s), spread::<0b01_01_01_01>(&s), spread::<0b10_10_10_10>(&s)];
        let mut sum = reduced(&field, &columns([[&mds[0], &s[0]], [&mds[1], &s[1]], [&mds[2], &s[2]]]));
        // Below 3·2p·p/2^260 + p, and a constant: 2.1p.
        let constants = load(constants);
        for i in 0..5 {
            sum[i] = _mm256_add_epi64(sum[i], constants[i]);
        }
        x = carry(&field, sum);
    }
    let limbs: Column = x.map(bytemuck::cast);
    for (lane, element) in state.iter_mut().enumerate() {
        let [l0, l1, l2, l3, l4] = limbs.map(|limb| limb[lane]);
        let words = [l0 | l1 << 52, l1 >> 12 | l2 << 40, l2 >> 24 | l3 << 28, l3 >> 36 | l4 << 16];
        let sixteenth = F::from_limbs_unchecked(parameters.sixteenth);
        *element = Lazy::from_limbs(words).mul(Lazy::new(sixteenth)).reduce();
    }
}
