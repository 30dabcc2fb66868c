#![expect(unsafe_code, reason = "owns a raw block and frees it")]
//! The owned raw block.
//!
//! Invariants:
//!
//! 1. `ptr` is currently allocated by `alloc` with the alignment of `layout`, and `layout` fits it.
//! 2. The first `layout.size()` bytes are initialised.

use core::{fmt, mem::ManuallyDrop, ptr::NonNull, slice};

use crate::alloc::{Allocator, Cause, Global, Layout, Refusal, blocks::zero};

/// A block of bytes from any allocator, zeroed when new, that frees itself.
///
/// ```
/// use larder::alloc::{Block, Global, Layout};
/// let mut block = Block::new_in(Layout::from_size_align(100, 64)?, Global)?;
/// block.as_mut_slice()[..5].copy_from_slice(b"hello");
/// block.resize(8)?;
/// assert_eq!(block.as_slice(), b"hello\0\0\0");
/// assert!(block.as_ptr().addr().get() % 64 == 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Block<A: Allocator = Global> {
    ptr: NonNull<u8>,
    layout: Layout,
    alloc: A,
}

impl<A: Allocator> Block<A> {
    /// A block of `layout.size()` zero bytes.
    ///
    /// # Errors
    ///
    /// When `alloc` refuses.
    pub fn new_in(layout: Layout, alloc: A) -> Result<Self, Refusal> {
        match alloc.allocate_zeroed(layout) {
            Ok(block) => Ok(Self { ptr: block.cast(), layout, alloc }),
            Err(_) => Err(refused(layout)),
        }
    }

    /// The layout of `size` bytes, which the `block` methods of allocators ask for.
    pub(crate) fn bytes(size: usize) -> Result<Layout, Refusal> {
        Layout::array::<u8>(size).map_err(|_| Refusal::overflow(Layout::new::<u8>(), size))
    }

    /// `size` zero bytes, which `allocate` has from `alloc`, or the reason it gives.
    ///
    /// # Safety
    ///
    /// What `allocate` returns is allocated by `alloc` with the layout that it was given, and nobody
    /// else uses or frees it.
    pub(crate) unsafe fn zeroed(
        size: usize,
        alloc: A,
        allocate: impl FnOnce(Layout) -> Result<NonNull<[u8]>, Refusal>,
    ) -> Result<Self, Refusal> {
        let layout = Self::bytes(size)?;
        let block = allocate(layout)?;
        // SAFETY: the block is new, and has so many bytes.
        unsafe { zero(block, 0..size) };
        Ok(Self { ptr: block.cast(), layout, alloc })
    }

    /// The bytes.
    #[must_use]
    pub const fn as_slice(&self) -> &[u8] {
        // SAFETY: the bytes are allocated (1) and initialised (2), and borrowed with `self`.
        unsafe { slice::from_raw_parts(self.ptr.as_ptr(), self.layout.size()) }
    }

    /// The bytes, to write.
    #[must_use]
    pub const fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: the bytes are allocated (1) and initialised (2), and borrowed with `self`.
        unsafe { slice::from_raw_parts_mut(self.ptr.as_ptr(), self.layout.size()) }
    }

    /// How many bytes there are.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.layout.size()
    }

    /// Size and alignment as asked for.
    #[must_use]
    pub const fn layout(&self) -> Layout {
        self.layout
    }

    /// Where the bytes begin.
    #[must_use]
    pub const fn as_ptr(&self) -> NonNull<u8> {
        self.ptr
    }

    /// The allocator.
    #[must_use]
    pub const fn allocator(&self) -> &A {
        &self.alloc
    }

    /// Makes the block `size` bytes long. What both sizes share is kept, what is new is zero.
    ///
    /// # Errors
    ///
    /// When the allocator refuses, or no block can have that size; the block is what it was.
    pub fn resize(&mut self, size: usize) -> Result<(), Refusal> {
        let old = self.layout;
        let Ok(new) = Layout::from_size_align(size, old.align()) else {
            return Err(Refusal { size, align: old.align(), cause: Cause::Overflow });
        };
        let moved = if size >= old.size() {
            // SAFETY: the block is currently allocated and fits (1), and the new size is not less.
            unsafe { self.alloc.grow(self.ptr, old, new) }
        } else {
            // SAFETY: the block is currently allocated and fits (1), and the new size is less.
            unsafe { self.alloc.shrink(self.ptr, old, new) }
        };
        match moved {
            Ok(block) => {
                self.ptr = block.cast();
                self.layout = new;
                if size > old.size() {
                    // Bytes past the old size but inside the old block need not be zero: they may
                    // be left from before a `shrink`.
                    // SAFETY: the block has `size` bytes now, so the old size lies inside it.
                    let new_bytes = unsafe { self.ptr.add(old.size()) };
                    // SAFETY: these are the last `size - old.size()` bytes of the block.
                    unsafe { new_bytes.write_bytes(0, size - old.size()) };
                }
                Ok(())
            }
            Err(_) => Err(refused(new)),
        }
    }

    /// Takes the block apart; the bytes are then the caller's to free, by `deallocate` of the
    /// allocator with the layout.
    #[must_use]
    pub fn into_raw_parts(self) -> (NonNull<u8>, Layout, A) {
        let this = ManuallyDrop::new(self);
        // SAFETY: `this` is never dropped or used again, so the allocator is moved out once.
        let alloc = unsafe { core::ptr::read(&raw const this.alloc) };
        (this.ptr, this.layout, alloc)
    }

    /// Puts a block together.
    ///
    /// # Safety
    ///
    /// `ptr` is a block currently allocated by `alloc`, `layout` fits it, its first `layout.size()`
    /// bytes are initialised, and nobody else uses or frees it.
    pub const unsafe fn from_raw_parts(ptr: NonNull<u8>, layout: Layout, alloc: A) -> Self {
        Self { ptr, layout, alloc }
    }
}

const fn refused(layout: Layout) -> Refusal {
    Refusal::new(layout, Cause::Upstream { asked: layout.size(), reserved: 0 })
}

impl<A: Allocator> Drop for Block<A> {
    fn drop(&mut self) {
        // SAFETY: the block is currently allocated by `alloc` and fits (1), and is gone hereafter.
        unsafe { self.alloc.deallocate(self.ptr, self.layout) }
    }
}

// SAFETY: the block owns its bytes as a `Vec<u8, A>` does: whoever has the block has them alone.
unsafe impl<A: Allocator + Send> Send for Block<A> {}
// SAFETY: a shared block gives out shared bytes and a shared allocator only.
unsafe impl<A: Allocator + Sync> Sync for Block<A> {}

impl<A: Allocator> AsRef<[u8]> for Block<A> {
    fn as_ref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl<A: Allocator> AsMut<[u8]> for Block<A> {
    fn as_mut(&mut self) -> &mut [u8] {
        self.as_mut_slice()
    }
}

impl<A: Allocator> fmt::Debug for Block<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block").field("ptr", &self.ptr).field("layout", &self.layout).finish()
    }
}
