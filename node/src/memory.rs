//! Memory that large messages took goes back to the system.

/// Bytes at the end of a heap from which on they are given back: glibc's own first value.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const TRIM: i32 = 128 << 10;

/// Has freed memory given back. To be called before the process has a second thread.
///
/// glibc's allocator raises the bounds of what it keeps with each large block that is freed, up to 64 MiB in each of its arenas;
/// once a bound is set it stays. Other allocators are left as they are.
pub(crate) fn give_back_what_is_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "a setting of the C library, which has no other interface")]
    // SAFETY: `mallopt` takes two numbers and changes settings of the allocator, which it locks; the caller sees to it that
    // there is no other thread.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, TRIM);
    }
}
