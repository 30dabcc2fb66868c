#![expect(unsafe_code, reason = "implements `Allocator` over the caller's bytes")]
//! A buffer of the caller's, lent whole, then somebody else's memory.
//!
//! Strategies carve the blocks; this only answers the question where the first piece of memory comes
//! from. The buffer goes out as one block to the first request that fits it, however small, with all
//! its bytes as the returned length; while it is out, and for requests it cannot hold, `rest`
//! answers. When the block comes back the buffer may go out again.
//!
//! Invariants:
//!
//! 1. `start..start + len` is exclusively borrowed for `'b`, and nobody but this value and the
//!    holder of the one block uses it.
//! 2. `out` is true exactly while that block is allocated.
//! 3. A block that begins inside the buffer is the buffer's; `rest` hands out none that does.

use core::{cell::Cell, fmt, marker::PhantomData, mem::MaybeUninit, ptr::NonNull};

use crate::{
    alloc::{AllocError, Allocator, Layout, Null, Owns, bridge_api2, null::empty_block},
    bits::align,
};

/// An upstream that lends the caller's buffer first, and then turns to `A`.
///
/// `Buffer<'_>`, with [`Null`] behind it, fails when the buffer does not serve. The buffer may lie
/// on the stack, in a static, or in memory from anywhere.
///
/// ```
/// use core::mem::MaybeUninit;
/// use larder::alloc::{Block, Buffer, Layout};
///
/// let mut bytes = [MaybeUninit::uninit(); 1024];
/// let buffer = Buffer::new(&mut bytes);
/// let block = Block::new_in(Layout::new::<[u64; 4]>(), &buffer).unwrap();
/// assert_eq!(block.as_slice(), [0; 32]);
/// ```
pub struct Buffer<'b, A = Null> {
    start: NonNull<u8>,
    len: usize,
    out: Cell<bool>,
    rest: A,
    borrow: PhantomData<&'b mut [MaybeUninit<u8>]>,
}

impl<'b> Buffer<'b> {
    /// Lends `bytes`, and nothing else.
    pub const fn new(bytes: &'b mut [MaybeUninit<u8>]) -> Self {
        Self::with_rest(bytes, Null)
    }
}

impl<'b, A> Buffer<'b, A> {
    /// Lends `bytes`, and what does not fit comes from `rest`.
    pub const fn with_rest(bytes: &'b mut [MaybeUninit<u8>], rest: A) -> Self {
        let len = bytes.len();
        // Safe: a slice is never at null. The pointer keeps the borrow's right to all of it.
        let start = NonNull::from_mut(bytes).cast();
        Self { start, len, out: Cell::new(false), rest, borrow: PhantomData }
    }

    /// The most bytes that a block at a multiple of `align` can have in the buffer: none, when the
    /// buffer is too small to reach such an address.
    #[must_use]
    pub fn capacity_at(&self, align: usize) -> usize {
        self.offset_of(align).map_or(0, |offset| self.len - offset)
    }

    /// The allocator behind the buffer.
    pub const fn rest(&self) -> &A {
        &self.rest
    }

    fn offset_of(&self, align: usize) -> Option<usize> {
        let address = self.start.addr().get();
        let offset = align::up(address, align)? - address;
        (offset <= self.len).then_some(offset)
    }

    /// By address: where a block of at least one byte begins tells whose it is (invariant 3).
    fn is_ours(&self, ptr: NonNull<u8>) -> bool {
        ptr.addr().get().wrapping_sub(self.start.addr().get()) < self.len
    }
}

// SAFETY: the buffer goes out once at a time (2) and is ours to lend for `'b` (1); it is not inside
// this value, so moves do not touch it. All other blocks are `rest`'s, and go back to it (3).
unsafe impl<A: Allocator> Allocator for Buffer<'_, A> {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(empty_block(layout));
        }
        match self.offset_of(layout.align()) {
            Some(offset) if !self.out.get() && layout.size() <= self.len - offset => {
                self.out.set(true);
                // SAFETY: `offset <= len`, so the address is in the buffer or one past it (1).
                let block = unsafe { self.start.add(offset) };
                Ok(NonNull::slice_from_raw_parts(block, self.len - offset))
            }
            _ => self.rest.allocate(layout),
        }
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        if layout.size() == 0 {
            return;
        }
        if self.is_ours(ptr) {
            self.out.set(false);
        } else {
            // SAFETY: the block is not of the buffer, so it is `rest`'s (3), and fits as promised.
            unsafe { self.rest.deallocate(ptr, layout) }
        }
    }
}

bridge_api2!([A: Allocator] Buffer<'_, A>);

// SAFETY: blocks that begin in the buffer are ours, and all others are asked of `rest` (3).
unsafe impl<A: Owns> Owns for Buffer<'_, A> {
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        layout.size() != 0 && self.is_ours(ptr) || self.rest.owns(ptr, layout)
    }
}

// SAFETY: the buffer is an exclusive borrow of bytes, which may be used from any one thread at a
// time; the rest is `A`.
unsafe impl<A: Send> Send for Buffer<'_, A> {}

impl<A: fmt::Debug> fmt::Debug for Buffer<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer")
            .field("len", &self.len)
            .field("out", &self.out.get())
            .field("rest", &self.rest)
            .finish()
    }
}
