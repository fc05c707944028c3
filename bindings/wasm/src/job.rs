//! Verification with sums that other instances compute: threads of WebAssembly share no memory here.
//!
//! The caller makes a job of a batch and runs it. Where that gives no answers, it wants a sum: the caller cuts the scalars into ranges, has
//! [`quickpickle_sum`] of other instances sum each, gives the points, and runs the job again.

use std::ptr;

use quickpickle_door::abi::{QuickpickleAnswers, QuickpickleBatch, bytes};
use quickpickle_door::{Job, Role, partial_sum};

/// A verification that runs in steps.
#[derive(Debug)]
pub struct QuickpickleJob {
    job: Job,
    /// The scalars of the sum that is wanted.
    scalars: Vec<u8>,
    role: u32,
}

/// `WRAP` and `STEP` of the caller.
const ROLES: [Role; 2] = [Role::Wrap, Role::Step];

/// A job that verifies all items of a batch, which it empties; null where the batch is.
///
/// # Safety
/// `batch` is null or a handle that was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_job_new(batch: *const QuickpickleBatch) -> *mut QuickpickleJob {
    // SAFETY: as the caller promises.
    match unsafe { batch.as_ref() } {
        Some(batch) => {
            Box::into_raw(Box::new(QuickpickleJob { job: batch.begin(), scalars: Vec::new(), role: 0 }))
        }
        None => ptr::null_mut(),
    }
}

/// Runs on: the answers at the end, null where a sum is wanted.
///
/// # Safety
/// `job` is a handle that was not freed, here and below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_job_run(job: *mut QuickpickleJob) -> *mut QuickpickleAnswers {
    // SAFETY: as the caller promises; there are no threads.
    let QuickpickleJob { job, scalars, role } = unsafe { &mut *job };
    if let Some(answers) = job.run() {
        return QuickpickleAnswers::give(answers);
    }
    let (whose, wanted) = job.wanted().unwrap_or((Role::Wrap, Vec::new()));
    *role = ROLES.iter().position(|known| *known == whose).unwrap_or(0) as u32;
    *scalars = wanted;
    ptr::null_mut()
}

/// The scalars of the sum that is wanted, 32 bytes each, until the job runs on; how many bytes they are; and whose generators they go with: 0 the
/// wrap SRS, 1 the step SRS.
///
/// # Safety
/// As `quickpickle_job_run`; numbers can be written to the others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_job_wanted(
    job: *const QuickpickleJob,
    length: *mut usize,
    role: *mut u32,
) -> *const u8 {
    // SAFETY: as the caller promises.
    let job = unsafe { &*job };
    // SAFETY: the same.
    unsafe {
        *length = job.scalars.len();
        *role = job.role;
    }
    job.scalars.as_ptr()
}

/// Gives the parts of the sum that is wanted, 64 bytes each. False where they are none.
///
/// # Safety
/// As `quickpickle_job_run`; of `parts` as many bytes can be read as the length says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_job_give(
    job: *mut QuickpickleJob,
    parts: *const u8,
    length: usize,
) -> bool {
    // SAFETY: as the caller promises; there are no threads.
    let (job, parts) = unsafe { (&mut *job, bytes(parts, length)) };
    parts.is_some_and(|parts| job.job.give(parts))
}

/// Frees a job.
///
/// # Safety
/// As `quickpickle_job_run`, and it is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_job_free(job: *mut QuickpickleJob) {
    // SAFETY: as the caller promises.
    drop(unsafe { Box::from_raw(job) });
}

/// Sums a range of generators, from the place `first` on, with scalars of 32 bytes each, and writes the 64 bytes of the point. False where they
/// are none.
///
/// # Safety
/// Of `scalars` as many bytes can be read as the length says, and 64 can be written to `sum`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_sum(
    role: u32,
    first: usize,
    scalars: *const u8,
    length: usize,
    sum: *mut u8,
) -> bool {
    // SAFETY: as the caller promises.
    let scalars = unsafe { bytes(scalars, length) };
    let part = ROLES.get(role as usize).zip(scalars);
    let part = part.and_then(|(role, scalars)| partial_sum(*role, first, scalars));
    if let Some(part) = &part {
        // SAFETY: as the caller promises.
        unsafe { ptr::copy_nonoverlapping(part.as_ptr(), sum, part.len()) };
    }
    part.is_some()
}
