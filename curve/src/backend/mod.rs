//! The same work in several ways: plain code that runs everywhere, and code for the vectors of particular processors.
//!
//! Each backend is a folder with functions of the same names. Which one runs is decided once a process: the best that the
//! machine has, or the one that is asked for by `--cfg quickpickle_backend="..."` in `RUSTFLAGS` when the crate is built,
//! or by the environment variable `QUICKPICKLE_BACKEND` when the process is started.

#[cfg(target_arch = "x86_64")]
pub(crate) mod ifma;
// Some of it, and of the terms, is for the vectors alone.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, unused_imports))]
pub(crate) mod portable;
pub(crate) mod spare;
#[cfg(target_arch = "x86_64")]
mod tensor;
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
pub(crate) mod terms;
// Natively for its tests alone, which do not use all of it.
#[cfg(any(target_family = "wasm", test))]
#[cfg_attr(not(target_family = "wasm"), allow(dead_code, unused_imports))]
mod wasm;

use std::sync::OnceLock;

use quickpickle_srs_data::PackedPoint;

use crate::field::{Fp, PastaField};
use crate::pasta::{Affine, KimchiCurve, Projective, ScalarField};
use crate::poseidon::{SpongeField, WIDTH};
use crate::rows::RowsTask;
use crate::tensor::Term;
use terms::{Entry, Terms};

/// Working memory for sums of buckets.
#[cfg(target_arch = "x86_64")]
pub(crate) use ifma::Scratch;
/// Working memory for sums of buckets: none is kept.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) type Scratch = ();

/// The environment variable that forces a backend by its name.
pub const VARIABLE: &str = "QUICKPICKLE_BACKEND";

/// A way to do the arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// Plain 64-bit code.
    Portable,
    /// Plain code for WebAssembly, with limbs of 29 bits.
    Wasm,
    /// Vectors of eight, with AVX-512 IFMA.
    Ifma,
}

/// Why there is no backend: the one that is asked for cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// There is none of this name.
    #[error("{VARIABLE}: there is no backend {0:?}, only portable, wasm and ifma")]
    Unknown(String),
    /// This machine cannot run it.
    #[error("the backend {0} is asked for, and this machine does not have its instructions")]
    Unsupported(&'static str),
    /// The variable asks for another one than the build.
    #[error("{VARIABLE} asks for the backend {asked}, and this was built for {built} alone")]
    Excluded {
        /// By the variable.
        asked: &'static str,
        /// By `--cfg quickpickle_backend`.
        built: &'static str,
    },
}

impl Backend {
    /// All backends, the best last.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Wasm, Self::Ifma];

    /// The name, as the cfg and the variable have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Wasm => "wasm",
            Self::Ifma => "ifma",
        }
    }

    /// Whether this machine can run it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            Self::Wasm => cfg!(target_family = "wasm"),
            #[cfg(target_arch = "x86_64")]
            Self::Ifma => ifma::is_available(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Ifma => false,
        }
    }

    /// The backend that the build is for, if it is for one.
    const fn of_the_build() -> Option<Self> {
        if cfg!(quickpickle_backend = "portable") {
            Some(Self::Portable)
        } else if cfg!(quickpickle_backend = "wasm") {
            Some(Self::Wasm)
        } else if cfg!(quickpickle_backend = "ifma") {
            Some(Self::Ifma)
        } else {
            None
        }
    }

    /// The backend for what the build and the variable ask for.
    fn choose(built: Option<Self>, asked: Option<&str>) -> Result<Self, BackendError> {
        let asked = match asked {
            Some(name) => Some(
                Self::ALL
                    .into_iter()
                    .find(|backend| backend.name() == name)
                    .ok_or_else(|| BackendError::Unknown(name.to_owned()))?,
            ),
            None => None,
        };
        let forced = match (built, asked) {
            (Some(built), Some(asked)) if built != asked => {
                return Err(BackendError::Excluded { asked: asked.name(), built: built.name() });
            }
            (built, asked) => built.or(asked),
        };
        match forced {
            Some(forced) if forced.is_available() => Ok(forced),
            Some(forced) => Err(BackendError::Unsupported(forced.name())),
            None => {
                Ok(Self::ALL.into_iter().rfind(|backend| backend.is_available()).unwrap_or(Self::Portable))
            }
        }
    }
}

impl core::fmt::Display for Backend {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.name())
    }
}

/// The backend of this process, decided by the first call.
///
/// # Errors
/// Where one is asked for that does not exist or cannot run here.
pub fn try_backend() -> Result<Backend, BackendError> {
    // Nobody sets variables there: code of other backends is left out.
    if cfg!(all(target_family = "wasm", target_os = "unknown")) {
        return Ok(Backend::of_the_build().unwrap_or(Backend::Wasm));
    }
    static CHOSEN: OnceLock<Result<Backend, BackendError>> = OnceLock::new();
    let choose = || {
        let asked = std::env::var_os(VARIABLE);
        let asked = asked.as_ref().map(|name| name.to_string_lossy());
        Backend::choose(Backend::of_the_build(), asked.as_deref())
    };
    CHOSEN.get_or_init(choose).clone()
}

/// The backend of this process.
///
/// # Panics
/// Where [`try_backend`] gives an error: a program that lets its users set the variable asks that first.
#[inline]
pub fn backend() -> Backend {
    match try_backend() {
        Ok(backend) => backend,
        Err(error) => panic!("{error}"),
    }
}

/// Calls a function of the backend of this process.
macro_rules! dispatch {
    ($name:ident($($argument:expr),*)) => {
        match backend() {
            #[cfg(target_arch = "x86_64")]
            Backend::Ifma => ifma::$name($($argument),*),
            #[cfg(target_family = "wasm")]
            Backend::Wasm => wasm::$name($($argument),*),
            _ => portable::$name($($argument),*),
        }
    };
}

/// `sums[i] += addends[i]` for each i below the shorter length, with few field inversions for all of them.
pub fn add_assign<C: KimchiCurve>(sums: &mut [Affine<C>], addends: &[Affine<C>]) {
    dispatch!(add_assign(sums, addends));
}

/// `(a[i], b[i]) = (a[i] + b[i], a[i] - b[i])` for each i below the shorter length.
pub fn butterfly<C: KimchiCurve>(a: &mut [Affine<C>], b: &mut [Affine<C>]) {
    dispatch!(butterfly(a, b));
}

/// `points[i] *= s₁ + s₂λ` with [s₁, s₂] = `scalars[i]`, as [`split`](crate::split) gives them, for each i below the shorter
/// length, which must be below 2^32.
pub fn mul_assign<C: KimchiCurve>(points: &mut [Affine<C>], scalars: &[[i128; 2]]) {
    dispatch!(mul_assign(points, scalars));
}

/// Poseidon's permutation, in each of the rounds the S-box on every element, the MDS matrix, the round constants.
#[inline]
pub(crate) fn permute<F: SpongeField>(state: &mut [F; WIDTH]) {
    dispatch!(permute(state));
}

/// [`permute`](crate::permute()) with the legacy parameters.
#[inline]
pub fn permute_legacy(state: &mut [Fp; WIDTH]) {
    #[cfg(target_family = "wasm")]
    if backend() == Backend::Wasm {
        return wasm::permute_legacy(state);
    }
    portable::permute_legacy(state);
}

/// Poseidon's permutation of every state: where vectors do it, eight of them take little longer than two.
pub(crate) fn permute_many<F: SpongeField>(states: &mut [[F; WIDTH]]) {
    dispatch!(permute_many(states));
}

/// The halves of each scalar, as [`split`](crate::split) gives them; the lengths agree.
pub(crate) fn split_all<C: KimchiCurve>(scalars: &[ScalarField<C>], halves: &mut [[i128; 2]]) {
    match backend() {
        #[cfg(target_arch = "x86_64")]
        Backend::Ifma => ifma::split_all::<C>(scalars, halves),
        _ => portable::split_all::<C>(scalars, halves),
    }
}

/// Sets buckets, each to the sum of a list of entries and of the image of another: the entries list after list, and how many
/// there are in the lists of each bucket.
pub(crate) fn sum_buckets<C: KimchiCurve>(
    terms: &Terms<'_, C>,
    entries: &[Entry],
    lengths: &[[u32; 2]],
    buckets: &mut [PackedPoint],
) {
    dispatch!(sum_buckets(terms, entries, lengths, buckets))
}

/// Σ (i + 1)·bᵢ of each window, b its buckets: `per_window` of each, one window after the other.
pub(crate) fn sums_by_digit<C: KimchiCurve>(
    buckets: &[PackedPoint],
    per_window: usize,
) -> Vec<Projective<C>> {
    dispatch!(sums_by_digit(buckets, per_window))
}

/// Calls `put` with [`LOW`](crate::tensor::LOW) coefficients of Σ high ⊗ low over all terms, and their part of `places`, for all
/// of `places`.
pub(crate) fn each_tensor_block<F: PastaField, T: Send>(
    terms: &[Term<F>],
    places: &mut [T],
    put: impl Fn(&[F], &mut [T]) + Sync,
) {
    dispatch!(each_tensor_block(terms, places, put))
}

/// Σ aᵢbᵢ over the shorter of both.
pub fn inner_product<F: PastaField>(a: &[F], b: &[F]) -> F {
    dispatch!(inner_product(a, b))
}

/// `sums[i] += Σ factor·column[i]` over all columns, which count as zero beyond their end.
pub fn add_multiples<F: PastaField>(sums: &mut [F], columns: &[(F, &[F])]) {
    dispatch!(add_multiples(sums, columns));
}

/// Does something with as many rows at once as are best for domains of `size` elements.
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(unused_variables, reason = "only vectors are best for some sizes")
)]
pub fn by_rows<F: PastaField, T: RowsTask<F>>(size: usize, task: T) -> T::Output {
    match backend() {
        #[cfg(target_arch = "x86_64")]
        Backend::Ifma if size >= crate::rows::MIN_ROWS => task.run::<ifma::Lanes<F>>(),
        _ => task.run::<F>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_had_or_an_error() {
        assert_eq!(Backend::choose(None, Some("portable")), Ok(Backend::Portable));
        assert_eq!(Backend::choose(Some(Backend::Portable), None), Ok(Backend::Portable));
        let best = if Backend::Ifma.is_available() { Backend::Ifma } else { Backend::Portable };
        assert_eq!(Backend::choose(None, None), Ok(best));
        for unknown in ["", "IFMA", "avx2"] {
            assert_eq!(Backend::choose(None, Some(unknown)), Err(BackendError::Unknown(unknown.to_owned())));
        }
        let excluded = BackendError::Excluded { asked: "ifma", built: "portable" };
        assert_eq!(Backend::choose(Some(Backend::Portable), Some("ifma")), Err(excluded));
        let forced = Backend::choose(None, Some("ifma"));
        if Backend::Ifma.is_available() {
            assert_eq!(forced, Ok(Backend::Ifma));
        } else {
            assert_eq!(forced, Err(BackendError::Unsupported("ifma")));
        }
    }

    #[test]
    fn the_process_runs_what_the_variable_says() {
        if let Some(name) = std::env::var_os(VARIABLE) {
            assert_eq!(backend().name(), name);
        }
    }
}
