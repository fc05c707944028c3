//! The WebAssembly module: the C interface of `quickpickle-door`, and what a caller needs whose memory is another.
//!
//! The caller asks for memory inside the module with [`quickpickle_allocate`], writes there what it hands over, and gives it back
//! with [`quickpickle_release`]. The module imports two functions from `quickpickle`: `random(pointer, length)`, which fills memory
//! with random bytes that nobody can foresee, and `panicked(pointer, length)`, which is told why a trap follows. After a trap the
//! instance must not be used.
//!
//! `cargo xtask npm` builds it, with tables that end where verification does (docs/tables.md).
#![allow(unsafe_code, reason = "memory is handed out and taken back, and names go out unmangled")]

mod job;

use std::alloc::{Layout, alloc, dealloc};
use std::ptr;

pub use job::*;
pub use quickpickle_door::abi::*;

/// So many bytes of memory at any alignment, or null where there are none: for a length of 0, or if it cannot be had.
#[unsafe(no_mangle)]
pub extern "C" fn quickpickle_allocate(length: usize) -> *mut u8 {
    match Layout::array::<u8>(length) {
        // SAFETY: the layout's size is not zero.
        Ok(layout) if length > 0 => unsafe { alloc(layout) },
        _ => ptr::null_mut(),
    }
}

/// Takes memory back; null is nothing.
///
/// # Safety
/// The pointer is null, or [`quickpickle_allocate`] gave it for this length, and it has not been taken back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn quickpickle_release(pointer: *mut u8, length: usize) {
    if let Ok(layout) = Layout::array::<u8>(length)
        && !pointer.is_null()
    {
        // SAFETY: it was allocated with this layout, as the caller promises.
        unsafe { dealloc(pointer, layout) }
    }
}

/// To be called before any other function: tells the importer of panics from then on.
#[unsafe(no_mangle)]
pub extern "C" fn quickpickle_initialize() {
    #[cfg(target_family = "wasm")]
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.to_string();
        // SAFETY: the importer reads the text while it is there.
        unsafe { imported::panicked(text.as_ptr(), text.len()) }
    }));
}

#[cfg(target_family = "wasm")]
mod imported {
    #[link(wasm_import_module = "quickpickle")]
    unsafe extern "C" {
        fn random(pointer: *mut u8, length: usize);
        pub(super) fn panicked(pointer: *const u8, length: usize);
    }

    /// Where the importer has no randomness, it throws, and nothing here goes on.
    fn fill(bytes: &mut [u8]) -> Result<(), getrandom::Error> {
        // SAFETY: the importer writes these bytes, and no others.
        unsafe { random(bytes.as_mut_ptr(), bytes.len()) }
        Ok(())
    }

    getrandom::register_custom_getrandom!(fill);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_lent_and_taken_back() {
        assert!(quickpickle_allocate(0).is_null());
        assert!(quickpickle_allocate(usize::MAX).is_null());
        for length in [1, 7, 1 << 20] {
            let pointer = quickpickle_allocate(length);
            assert!(!pointer.is_null());
            // SAFETY: it has this length, and is taken back once.
            unsafe {
                ptr::write_bytes(pointer, 1, length);
                assert_eq!(*pointer.add(length - 1), 1);
                quickpickle_release(pointer, length);
            }
        }
        // SAFETY: null is nothing.
        unsafe { quickpickle_release(ptr::null_mut(), 1) }
    }
}
