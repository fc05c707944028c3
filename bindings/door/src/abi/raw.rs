//! Pointers from outside, and the border that no panic crosses.

use core::slice;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Bytes of the caller, or `None` where pointer and length cannot be those of any.
///
/// # Safety
/// Where the pointer is not null, `length` bytes can be read there, and nobody writes them, while the result is used.
pub unsafe fn bytes<'a>(pointer: *const u8, length: usize) -> Option<&'a [u8]> {
    if pointer.is_null() {
        return (length == 0).then_some(&[]);
    }
    if isize::try_from(length).is_err() {
        return None;
    }
    // SAFETY: not null, of a length that an object can have, and readable as the caller promises; bytes are aligned anywhere.
    Some(unsafe { slice::from_raw_parts(pointer, length) })
}

/// A handle that was made by [`Arc::into_raw`], shared.
///
/// # Safety
/// `handle` is null, or came from [`share`] and was not freed since, nor is while this runs.
pub(super) unsafe fn shared<T>(handle: *const T) -> Option<Arc<T>> {
    if handle.is_null() {
        return None;
    }
    // SAFETY: the handle owns a count, which the caller keeps while this runs; the one added here belongs to the result.
    unsafe {
        Arc::increment_strong_count(handle);
        Some(Arc::from_raw(handle))
    }
}

/// A handle for the caller.
pub(super) fn share<T>(value: T) -> *mut T {
    Arc::into_raw(Arc::new(value)).cast_mut()
}

/// Takes a handle back.
///
/// # Safety
/// As [`shared`], and the handle is not used any more.
pub(super) unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: the count that the handle owns is given back, once.
        guarded(|| drop(unsafe { Arc::from_raw(handle.cast_const()) }), || ());
    }
}

/// What `work` gives, or `otherwise` where it panics. Nothing that a panic may have left half done is used again: what handles
/// share is changed under locks that a panic poisons, or not at all.
pub(super) fn guarded<T>(work: impl FnOnce() -> T, otherwise: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        // What was thrown may panic when it is dropped.
        std::mem::forget(panic);
        otherwise()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::panic_any;

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a panic over a panic");
        }
    }

    #[test]
    fn no_panic_crosses_the_border() {
        assert_eq!(guarded(|| 1, || 2), 1);
        assert_eq!(guarded(|| panic!("within"), || 2), 2);
        assert_eq!(guarded(|| panic_any(Bomb), || 2), 2);
        // SAFETY: the handle is that of the line before, and not used any more.
        unsafe { free(share(Bomb)) };
    }

    #[test]
    fn bytes_are_as_long_as_an_object_can_be() {
        let byte = 7u8;
        // SAFETY: what is refused is not read, and there is one byte.
        unsafe {
            assert_eq!(bytes(&byte, 1), Some(&[7][..]));
            assert_eq!(bytes(&byte, usize::MAX / 2 + 1), None);
            assert_eq!((bytes(core::ptr::null(), 0), bytes(core::ptr::null(), 1)), (Some(&[][..]), None));
        }
    }
}
