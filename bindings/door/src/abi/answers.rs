//! Answers.

use core::ffi::c_char;
use core::ptr;
use std::ffi::CString;

use quickpickle::ErrorKind;

use super::raw::{self, guarded};
use crate::{Answer, Refusal, Verdict};

/// Verdicts, in the order of what was verified; or the one answer that says why something was refused.
#[derive(Debug)]
pub struct QuickpickleAnswers(Vec<Given>);

#[derive(Debug)]
struct Given {
    item: usize,
    verdict: QuickpickleVerdict,
    json: CString,
    mina: Option<CString>,
    reason: Option<CString>,
}

/// A verdict. What each means is told in docs/verdicts.md.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuickpickleVerdict {
    /// No verdict: there is no such answer.
    None = 0,
    /// The proof holds. This alone accepts it.
    Valid = 1,
    /// Checked, and wrong.
    Rejected = 2,
    /// No proof, or not one for this key.
    Malformed = 3,
    /// Key, statement or options cannot be right.
    Input = 4,
    /// Not checked.
    Unavailable = 5,
    /// A block without its proof.
    Unproven = 6,
}

impl From<Verdict> for QuickpickleVerdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Valid => Self::Valid,
            Verdict::NotValid(ErrorKind::Rejected) => Self::Rejected,
            Verdict::NotValid(ErrorKind::Malformed) => Self::Malformed,
            Verdict::NotValid(ErrorKind::Input) => Self::Input,
            Verdict::Unproven => Self::Unproven,
            // Of another kind all that can be said is that it is not known to be valid.
            Verdict::NotValid(_) | Verdict::Unreadable => Self::Unavailable,
        }
    }
}

impl From<Answer> for Given {
    fn from(answer: Answer) -> Self {
        // JSON writes control characters out, so that no zero byte is in it.
        let json = CString::new(answer.json()).unwrap_or_default();
        // Messages have no control characters (docs/limits.md); one with a zero byte would be left out.
        let text = |text: &str| CString::new(text).ok();
        let (mina, reason) = (answer.mina().and_then(text), answer.reason().and_then(text));
        Self { item: answer.item, verdict: answer.verdict().into(), json, mina, reason }
    }
}

impl QuickpickleAnswers {
    /// Answers for the caller, which frees them.
    pub fn give(answers: Vec<Answer>) -> *mut Self {
        raw::share(Self(answers.into_iter().map(Given::from).collect()))
    }
}

/// The answers that `work` gives, or one that says that it ended early.
pub(super) fn answered(work: impl FnOnce() -> Vec<Answer>) -> *mut QuickpickleAnswers {
    guarded(
        || QuickpickleAnswers::give(work()),
        || QuickpickleAnswers::give(vec![Answer::refused(0, &Refusal::Internal)]),
    )
}

/// What `work` gives; where it refuses, the refusal is put into `*error` unless that is null, and `otherwise` is the result.
///
/// # Safety
/// `error` is null, or a pointer can be written there.
pub(super) unsafe fn or_error<T>(
    error: *mut *mut QuickpickleAnswers,
    otherwise: T,
    work: impl FnOnce() -> Result<T, Refusal>,
) -> T {
    match guarded(work, || Err(Refusal::Internal)) {
        Ok(value) => value,
        Err(refusal) => {
            if !error.is_null() {
                let answers = answered(|| vec![Answer::refused(0, &refusal)]);
                // SAFETY: not null, and writable as the caller promises.
                unsafe { ptr::write(error, answers) };
            }
            otherwise
        }
    }
}

/// # Safety
/// As [`raw::shared`].
unsafe fn one<T>(
    answers: *const QuickpickleAnswers,
    index: usize,
    none: T,
    look: impl FnOnce(&Given) -> T,
) -> T {
    // SAFETY: as the caller promises.
    match unsafe { answers.as_ref() } {
        Some(QuickpickleAnswers(answers)) => answers.get(index).map_or(none, look),
        None => none,
    }
}

/// How many answers there are; 0 for null.
///
/// # Safety
/// `answers` is null or a handle that was not freed, here and in the other functions on answers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_answers_count(answers: *const QuickpickleAnswers) -> usize {
    // SAFETY: as the caller promises.
    unsafe { answers.as_ref() }.map_or(0, |answers| answers.0.len())
}

/// Whether all answers are valid and there is one at least.
///
/// # Safety
/// As `quickpickle_answers_count`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_answers_are_valid(answers: *const QuickpickleAnswers) -> bool {
    // SAFETY: as the caller promises.
    unsafe { answers.as_ref() }.is_some_and(|QuickpickleAnswers(answers)| {
        !answers.is_empty() && answers.iter().all(|answer| answer.verdict == QuickpickleVerdict::Valid)
    })
}

/// The verdict of the answer at a place, from 0; none where there is no such answer.
///
/// # Safety
/// As `quickpickle_answers_count`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_answers_verdict(
    answers: *const QuickpickleAnswers,
    index: usize,
) -> QuickpickleVerdict {
    // SAFETY: as the caller promises.
    unsafe { one(answers, index, QuickpickleVerdict::None, |answer| answer.verdict) }
}

/// Which item of the batch the answer at a place is about: an input may hold several objects. `SIZE_MAX` where there is no such
/// answer.
///
/// # Safety
/// As `quickpickle_answers_count`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_answers_item(answers: *const QuickpickleAnswers, index: usize) -> usize {
    // SAFETY: as the caller promises.
    unsafe { one(answers, index, usize::MAX, |answer| answer.item) }
}

/// The answer at a place as one line of JSON in UTF-8: `verdict`, what the object is, `mina`, `reason`. The text ends with a zero byte,
/// which `*length` does not count, and lives as long as the answers; `length` may be null. Null where there is no such answer.
///
/// # Safety
/// As `quickpickle_answers_count`; and `length` is null, or a number can be written there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_answers_json(
    answers: *const QuickpickleAnswers,
    index: usize,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: as the caller promises.
    let (text, bytes) = unsafe {
        one(answers, index, (ptr::null(), 0), |answer| (answer.json.as_ptr(), answer.json.count_bytes()))
    };
    if !length.is_null() {
        // SAFETY: not null, and writable as the caller promises.
        unsafe { ptr::write(length, bytes) };
    }
    text
}

/// Why the answer at a place is not valid, in UTF-8, as the JSON has it; it lives as long as the answers. Null where it is valid, or where
/// there is no such answer.
///
/// # Safety
/// As `quickpickle_answers_count`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_answers_reason(
    answers: *const QuickpickleAnswers,
    index: usize,
) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { one(answers, index, ptr::null(), |answer| pointer(&answer.reason)) }
}

/// The word that Mina's verifier has for the answer at a place, such as `invalid_signature`; the rest is as for the reason.
///
/// # Safety
/// As `quickpickle_answers_count`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_answers_mina(
    answers: *const QuickpickleAnswers,
    index: usize,
) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { one(answers, index, ptr::null(), |answer| pointer(&answer.mina)) }
}

fn pointer(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}

/// Frees answers; null is passed over.
///
/// # Safety
/// As `quickpickle_answers_count`, and the handle and its texts are not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_answers_free(answers: *mut QuickpickleAnswers) {
    // SAFETY: as the caller promises.
    unsafe { raw::free(answers) }
}
