#![expect(unsafe_code, reason = "what a storage says about its memory is relied on")]
//! What a vector stands on: memory that grows, and for some kinds, commits.

use core::{fmt, ptr::NonNull};
use std::path::Path;

use crate::{
    alloc::{Allocator, Cause, Global, Layout, Refusal},
    bits::growth,
    os::{FileError, Problem},
};

/// Memory for a vector, from the front.
///
/// # Safety
///
/// From `base` on there are `capacity` bytes which nobody else touches, aligned for the elements.
/// They stay where they are until `grow` or `shrink` is called or the storage is dropped, moves of
/// the storage apart. What was written there is read there, and after `grow` or `shrink` the first
/// `live` bytes are what they were, whether it succeeded or not.
pub unsafe trait Storage {
    /// Where the memory begins.
    fn base(&self) -> NonNull<u8>;

    /// How many bytes of memory there are.
    fn capacity(&self) -> usize;

    /// Makes room for `bytes`, or for more, keeping the first `live`.
    ///
    /// # Errors
    ///
    /// When there is no such room; nothing has changed.
    fn grow(&mut self, live: usize, bytes: usize) -> Result<(), FileError>;

    /// Makes room for `bytes` wherever they will be needed, so that a commit does not lack it.
    ///
    /// # Errors
    ///
    /// When there is no such room; nothing has changed.
    fn reserve(&mut self, live: usize, bytes: usize) -> Result<(), FileError> {
        if bytes > self.capacity() { self.grow(live, bytes) } else { Ok(()) }
    }

    /// Gives back what the first `live` bytes do not need.
    ///
    /// # Errors
    ///
    /// When the system refuses; no element is lost.
    fn shrink(&mut self, live: usize) -> Result<(), FileError>;

    /// Hears that these bytes are about to change.
    #[inline]
    fn touch(&mut self, start: usize, end: usize) {
        let _ = (start, end);
    }

    /// Whether it takes no more elements, since an earlier failure left unknown what it holds.
    fn poisoned(&self) -> bool {
        false
    }

    /// What errors call it.
    fn path(&self) -> &Path {
        Path::new("")
    }
}

/// A storage whose states can be made to last.
pub trait Durable: Storage {
    /// Makes the first `len` bytes the state that lasts. Those from `intact` on may have changed since
    /// the last commit; of those before, the ones that were touched.
    ///
    /// # Errors
    ///
    /// When it is not sure that they last. The state that lasts is then the one before, or, if the
    /// storage is poisoned, maybe this one.
    fn commit(&mut self, len: usize, intact: usize) -> Result<u64, FileError>;

    /// How many commits there have been, those made for the sake of order included.
    fn generation(&self) -> u64;

    /// How many bytes of the last state there are.
    fn committed(&self) -> usize;
}

/// A storage whose memory never moves while it grows.
///
/// # Safety
///
/// `base` is the same until `shrink` is called or the storage is dropped. Neither `grow`, `reserve` nor
/// [`Durable::commit`] writes what is below `live`, or the length that is committed, or asks to have
/// it alone: others read it meanwhile.
pub unsafe trait Anchored: Storage {}

/// Memory from any allocator: it is gone when the vector is dropped.
pub struct Volatile<A: Allocator = Global> {
    ptr: NonNull<u8>,
    layout: Layout,
    alloc: A,
}

impl<A: Allocator> Volatile<A> {
    pub(super) const fn new(align: usize, alloc: A) -> Self {
        let Ok(layout) = Layout::from_size_align(0, align) else {
            panic!("alignments of types are powers of two");
        };
        Self { ptr: layout.dangling_ptr(), layout, alloc }
    }

    /// The allocator.
    pub const fn allocator(&self) -> &A {
        &self.alloc
    }

    /// Makes the block `bytes` long: one call, whichever way.
    fn resize(&mut self, bytes: usize) -> Result<(), FileError> {
        let (old, align) = (self.layout, self.layout.align());
        let refuse = |cause| {
            let refusal = Refusal { size: bytes, align, cause };
            Err(FileError::new(Path::new(""), Problem::Refused(refusal)))
        };
        let Ok(new) = Layout::from_size_align(bytes, align) else {
            return refuse(Cause::Overflow);
        };
        let block = match (old.size(), bytes) {
            (0, 0) => return Ok(()),
            (0, _) => self.alloc.allocate(new),
            (_, 0) => {
                // SAFETY: the block is allocated here and fits, and is forgotten with this.
                unsafe { self.alloc.deallocate(self.ptr, old) };
                self.layout = new;
                self.ptr = new.dangling_ptr();
                return Ok(());
            }
            // SAFETY: the block is allocated here and fits, and the new size is not less.
            (before, _) if bytes >= before => unsafe { self.alloc.grow(self.ptr, old, new) },
            // SAFETY: the block is allocated here and fits, and the new size is less.
            _ => unsafe { self.alloc.shrink(self.ptr, old, new) },
        };
        match block {
            Ok(block) => {
                self.ptr = block.cast();
                self.layout = new;
                Ok(())
            }
            Err(_) => refuse(Cause::Upstream { asked: bytes, reserved: old.size() }),
        }
    }
}

// SAFETY: the block is the storage's own, of the size and alignment of `layout`; the allocator keeps
// what both sizes share when it resizes.
unsafe impl<A: Allocator> Storage for Volatile<A> {
    fn base(&self) -> NonNull<u8> {
        self.ptr
    }

    fn capacity(&self) -> usize {
        self.layout.size()
    }

    fn grow(&mut self, _: usize, bytes: usize) -> Result<(), FileError> {
        let next = growth::next_capacity(self.capacity(), bytes, 1024, 1);
        match next.map(|next| self.resize(next)) {
            Some(Ok(())) => Ok(()),
            // No room for growth is room enough, if the bytes themselves have it.
            _ => self.resize(bytes),
        }
    }

    fn shrink(&mut self, live: usize) -> Result<(), FileError> {
        self.resize(live)
    }
}

impl<A: Allocator> Drop for Volatile<A> {
    fn drop(&mut self) {
        if self.layout.size() > 0 {
            // SAFETY: the block is allocated here and fits, and is gone hereafter.
            unsafe { self.alloc.deallocate(self.ptr, self.layout) };
        }
    }
}

// SAFETY: the storage owns its bytes as a `Vec<u8, A>` does.
unsafe impl<A: Allocator + Send> Send for Volatile<A> {}
// SAFETY: shared, it gives out a shared allocator only.
unsafe impl<A: Allocator + Sync> Sync for Volatile<A> {}

impl<A: Allocator> fmt::Debug for Volatile<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Volatile").field("bytes", &self.layout.size()).finish_non_exhaustive()
    }
}
