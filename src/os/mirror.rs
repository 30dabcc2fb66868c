#![expect(unsafe_code, reason = "maps pages of a file in memory twice")]
//! Pages that are there twice, the second time right behind the first: what wraps around at the end of
//! the first is in one piece.
//!
//! ```text
//!  addresses   | a b c d | a b c d |      slot `n` is slot `n + 4`
//!                  \    /     \    /
//!  memory           | a b c d |            a file in memory, without a name
//! ```
//!
//! The kernel's room for the file is taken at once, so that running out of memory is an error here and
//! no signal later. A child does not have the pages after a fork, since it would share them.
//!
//! **Two addresses of one byte** are more than a compiler reckons with. So whoever has such pages uses
//! one of the two for each byte at a time, and [`settle`] between: as far as a compiler can tell, that
//! is a call to code that copies what has changed from one range to the other.

use core::{arch::asm, fmt, ptr::NonNull};
use std::fs::File;

use super::{
    Access, Advice, Backing, Call, Errno, Error, Kernel, Native, Writes, smaps::check_left,
};
use crate::alloc::{Cause, Layout, Refusal};

/// Mirrored pages as the place of a queue: its content is always one slice.
///
/// A queue's capacity is then a multiple of what fills whole pages: `page / gcd(page, size_of::<T>())`
/// elements, so 4096 for bytes, 1024 for `[u32; 3]` where pages have 4096 bytes. It costs that memory
/// once, and twice as many addresses; making one costs several calls to the kernel, as does growing,
/// which copies into new pages. Elements aligned to more than a page are refused, and so is everything
/// on systems other than Linux.
///
/// ```
/// use larder::{Deque, os::Mirrored};
/// let mut queue = Deque::<u8, Mirrored>::new_in(Mirrored::new());
/// # if !cfg!(target_os = "linux") { return; }
/// queue.extend(0..=255);
/// queue.extend([9; 4000]);
/// queue.drain(..4000);
/// queue.extend([7; 1000]); // runs over the end, and yet:
/// assert_eq!(queue.as_slice().len(), 1256);
/// assert_eq!(queue.capacity(), 8192);
/// ```
#[derive(Clone, Copy, Default)]
pub struct Mirrored<K = Native>(K);

impl Mirrored {
    /// Mirrored pages from this machine's kernel.
    #[must_use]
    pub const fn new() -> Self {
        Self(Native)
    }
}

/// How many elements of `size` bytes fill whole pages, at least.
fn grain(page: usize, size: usize) -> usize {
    // A page is a power of two, and so is what divides both.
    page >> page.trailing_zeros().min(size.trailing_zeros())
}

/// What is written through one of two addresses before this is there through the other behind it.
///
/// Returns false where there is no way to say so.
#[inline]
pub(crate) fn settle() -> bool {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))]
    // SAFETY: no instruction is executed; for all that the compiler knows, memory is copied.
    unsafe {
        asm!("", options(nostack, preserves_flags));
    }
    cfg!(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))
}

impl<K: Kernel> Mirrored<K> {
    /// Mirrored pages from a given kernel.
    pub const fn new_in(kernel: K) -> Self {
        Self(kernel)
    }

    /// For how many elements there is room when there must be for `count`.
    pub(crate) fn round(&self, element: Layout, count: usize) -> Result<usize, Refusal> {
        let page = self.0.page_size();
        if element.align() > page {
            return Err(Refusal::new(element, Cause::Shape { size: page, align: page }));
        }
        let rounded = count.checked_next_multiple_of(grain(page, element.size()));
        let fits = |count: &usize| {
            let twice = count.checked_mul(element.size()).and_then(|len| len.checked_mul(2));
            twice.is_some_and(|twice| twice <= isize::MAX.cast_unsigned())
        };
        rounded.filter(fits).ok_or(Refusal::overflow(element, count))
    }

    /// New pages of zeros for `count` elements, as many as `round` has said.
    pub(crate) fn map(&self, element: Layout, count: usize) -> Result<NonNull<u8>, Refusal> {
        let len = element.size() * count;
        self.map_twice(len).map_err(|error| {
            let cause = Cause::System {
                asked: error.call.wish(),
                errno: error.errno.0,
                way_out: error.way_out(),
            };
            Refusal { size: len, align: element.align(), cause }
        })
    }

    fn map_twice(&self, len: usize) -> Result<NonNull<u8>, Error> {
        let kernel = &self.0;
        let refused = |call| move |errno| Error::new(call, len, errno);
        if !settle() {
            return Err(refused(Call::MapFile)(Errno::UNSUPPORTED));
        }
        check_left(kernel, len)?;
        let file = kernel.memory_file().map_err(refused(Call::MemoryFile))?;
        let at = kernel.map(2 * len, Access::None, Backing::Private).map_err(refused(Call::Map))?;
        let shown = self.show(&file, at, len);
        if shown.is_err() {
            // SAFETY: the addresses are new, and nobody uses them.
            unsafe { self.unmap(at, len) };
        }
        shown.map(|()| at)
    }

    /// Shows a new file of `len` bytes twice from `at` on, where there are addresses for that.
    fn show(&self, file: &File, at: NonNull<u8>, len: usize) -> Result<(), Error> {
        let kernel = &self.0;
        let refused = |call| move |errno| Error::new(call, len, errno);
        kernel.allocate(file, 0, len as u64).map_err(refused(Call::Allocate))?;
        // SAFETY: there are twice as many addresses.
        let behind = unsafe { at.add(len) };
        for over in [at, behind] {
            // SAFETY: the addresses are new, and there is nothing behind them.
            let shown = unsafe { kernel.map_file(file, 0, len, Writes::ToFile, Some(over)) };
            shown.map_err(refused(Call::MapFile))?;
        }
        // SAFETY: the pages are new, and nobody uses them.
        let unforked = unsafe { kernel.advise(at, 2 * len, Advice::NoFork) };
        unforked.map_err(refused(Call::Advise))
    }

    /// Gives pages back of which `len` bytes are there twice. When the kernel refuses even this, they
    /// stay until the process ends.
    ///
    /// # Safety
    ///
    /// They are from `map`, and nobody uses them again.
    pub(crate) unsafe fn unmap(&self, at: NonNull<u8>, len: usize) {
        // SAFETY: the pages are the caller's own, who gives them up.
        let _ = unsafe { self.0.unmap(at, 2 * len) };
    }
}

impl<K> fmt::Debug for Mirrored<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mirrored")
    }
}

#[cfg(test)]
mod tests {
    use super::grain;

    #[test]
    fn whole_pages_hold_whole_elements() {
        for page in [4096, 16384, 65536] {
            for size in (1..=200).chain([255, 256, 4095, 4096, 4097, 6144, 8192, 65536, 65537]) {
                let count = grain(page, size);
                assert!((count * size).is_multiple_of(page), "{count} of {size}");
                let fewer = (1..count).find(|fewer| (fewer * size).is_multiple_of(page));
                assert_eq!(fewer, None, "of {size}");
            }
        }
    }
}
