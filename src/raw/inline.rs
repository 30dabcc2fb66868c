#![expect(unsafe_code, reason = "reads the fields of a union, and owns a block of elements")]
//! Elements in the value itself while they are few, and in a block of an allocator when they are
//! not.
//!
//! ```text
//! few     | element | element | free ... | len << 1     | alloc |
//! many    | ptr | capacity | unused      | len << 1 | 1 | alloc |
//!            '-> | element | element | ... | free |
//! ```
//!
//! The room inside is at least `N` elements, and as many more as fit in the two words that a pointer
//! and a capacity take anyway.
//!
//! Invariants:
//!
//! 1. The tag's lowest bit tells which field of the union is in use: `block` if it is set. For
//!    elements without bytes the tag is the length itself, and there is never a block.
//! 2. The block is a span of `alloc`.
//! 3. The length is at most the capacity, and the first `len` elements are initialised as far as the
//!    user of the storage says so.

use core::{
    fmt, hint,
    mem::{ManuallyDrop, MaybeUninit},
    ptr::NonNull,
};

use crate::{
    alloc::{Allocator, Layout, Refusal},
    raw::{
        buffer::{self, Span},
        storage::{Fresh, Sealed, Storage},
    },
};

union Data<T, const N: usize> {
    inside: ManuallyDrop<[MaybeUninit<T>; N]>,
    block: Spilled<T>,
    /// Keeps both words when a value moves, though `inside` may be smaller.
    _words: [MaybeUninit<usize>; 2],
}

struct Spilled<T> {
    ptr: NonNull<T>,
    capacity: usize,
}

impl<T> Clone for Spilled<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Spilled<T> {}

/// Room for `N` elements `T` in the value itself, and a block of `A` when there are more.
#[repr(C)]
pub struct Inline<T, const N: usize, A: Allocator> {
    data: Data<T, N>,
    tag: usize,
    alloc: A,
}

impl<T, const N: usize, A: Allocator> Inline<T, N, A> {
    /// How many elements have room in the value itself.
    pub(crate) const ROOM: usize = match (2 * size_of::<usize>()).checked_div(size_of::<T>()) {
        // The words are in the union at its own address, which is aligned for `T`.
        Some(fits) if fits > N => fits,
        Some(_) => N,
        None => usize::MAX,
    };
    /// By how many bits the length is shifted in the tag.
    const SHIFT: u32 = if size_of::<T>() == 0 { 0 } else { 1 };

    /// Nothing inside.
    pub(crate) const fn new(alloc: A) -> Self {
        let inside = ManuallyDrop::new([const { MaybeUninit::uninit() }; N]);
        Self { data: Data { inside }, tag: 0, alloc }
    }

    /// Whether the elements are in a block.
    #[inline]
    pub(crate) const fn is_spilled(&self) -> bool {
        Self::SHIFT == 1 && self.tag & 1 == 1
    }

    /// The block; only to be asked when there is one.
    #[inline]
    fn block(&self) -> Spilled<T> {
        debug_assert!(self.is_spilled());
        // Not rare, but this keeps the compiler from reading pointer and capacity beforehand, and then
        // choosing: such a read has to wait for the stores of elements at the same place.
        hint::cold_path();
        // SAFETY: the callers, all in this file, have seen the tag, so the field is in use (1).
        unsafe { self.data.block }
    }

    fn span(&self) -> Option<Span> {
        self.is_spilled().then(|| {
            let block = self.block();
            Span { ptr: block.ptr.cast(), capacity: block.capacity }
        })
    }

    #[inline]
    fn inside(&mut self) -> NonNull<T> {
        NonNull::from_mut(&mut self.data).cast()
    }

    fn adopt(&mut self, ptr: NonNull<T>, capacity: usize) {
        self.data.block = Spilled { ptr, capacity };
        self.tag |= 1;
    }

    /// Elements in a block that `alloc` allocated.
    ///
    /// # Safety
    ///
    /// `ptr` and `capacity` are a span of `alloc`, for elements that have bytes; the first `len`
    /// elements are initialised; nobody else uses or frees the block.
    pub(crate) unsafe fn from_block(
        ptr: NonNull<T>,
        len: usize,
        capacity: usize,
        alloc: A,
    ) -> Self {
        let mut this = Self::new(alloc);
        this.tag = len << 1;
        this.adopt(ptr, capacity);
        this
    }

    /// Takes the elements out of the block and puts them inside, where they have room.
    fn unspill(&mut self) {
        let len = self.len();
        if let Some(span) = self.span() {
            let inside = self.inside();
            // SAFETY: the block holds `len` elements, which have room inside as the caller has seen;
            // a block never lies inside the value.
            unsafe { span.ptr.cast::<T>().copy_to_nonoverlapping(inside, len) };
            self.tag = len << 1;
            // SAFETY: the span is `alloc`'s (2), and was given up by the line before.
            unsafe { buffer::free(&self.alloc, span, Layout::new::<T>()) };
        }
    }
}

impl<T, const N: usize, A: Allocator> Sealed for Inline<T, N, A> {}

// SAFETY: the place is the union, which has room for `ROOM` elements, or a block valid for its
// capacity (2), and the tag tells which (1); what is inside moves with the value.
unsafe impl<T, const N: usize, A: Allocator> Storage for Inline<T, N, A> {
    type Item = T;

    #[inline]
    fn len(&self) -> usize {
        self.tag >> Self::SHIFT
    }

    #[inline]
    fn capacity(&self) -> usize {
        if self.is_spilled() { self.block().capacity } else { Self::ROOM }
    }

    #[inline]
    fn as_ptr(&self) -> *const T {
        if self.is_spilled() { self.block().ptr.as_ptr() } else { (&raw const self.data).cast() }
    }

    #[inline]
    fn parts(&mut self) -> (NonNull<T>, usize, usize) {
        if self.is_spilled() {
            let block = self.block();
            (block.ptr, self.tag >> Self::SHIFT, block.capacity)
        } else {
            (self.inside(), self.tag >> Self::SHIFT, Self::ROOM)
        }
    }

    #[inline]
    unsafe fn set_len(&mut self, len: usize) {
        // By the difference, so that one more is one addition, whatever the lowest bit is.
        let more = len.wrapping_sub(self.len()) << Self::SHIFT;
        self.tag = self.tag.wrapping_add(more);
    }

    fn set_capacity(&mut self, capacity: usize) -> Result<(), Refusal> {
        if capacity <= Self::ROOM {
            self.unspill();
            return Ok(());
        }
        // SAFETY: the span is `alloc`'s (2), is replaced below, and elements have bytes, since
        // otherwise there is room for any number inside.
        let span =
            unsafe { buffer::resize(&self.alloc, self.span(), Layout::new::<T>(), capacity) }?;
        if let Some(span) = span {
            if !self.is_spilled() {
                let (inside, len, _) = self.parts();
                // SAFETY: the block has room for more than `ROOM` elements and is not in the value.
                unsafe { inside.copy_to_nonoverlapping(span.ptr.cast(), len) };
            }
            self.adopt(span.ptr.cast(), span.capacity);
        }
        Ok(())
    }
}

// SAFETY: a new storage has no elements.
unsafe impl<T, const N: usize, A: Allocator> Fresh for Inline<T, N, A> {
    type Alloc = A;

    #[inline]
    fn empty_in(alloc: A) -> Self {
        Self::new(alloc)
    }

    #[inline]
    fn allocator(&self) -> &A {
        &self.alloc
    }
}

impl<T, const N: usize, A: Allocator> Drop for Inline<T, N, A> {
    #[inline]
    fn drop(&mut self) {
        if let Some(span) = self.span() {
            // SAFETY: the span is `alloc`'s (2), and nobody uses it hereafter.
            unsafe { buffer::free(&self.alloc, span, Layout::new::<T>()) }
        }
    }
}

impl<T, const N: usize, A: Allocator> fmt::Debug for Inline<T, N, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inline")
            .field("len", &self.len())
            .field("spilled", &self.is_spilled())
            .finish_non_exhaustive()
    }
}

// SAFETY: the storage has its elements alone, wherever they are.
unsafe impl<T: Send, const N: usize, A: Allocator + Send> Send for Inline<T, N, A> {}
// SAFETY: a shared storage gives out shared elements and a shared allocator only.
unsafe impl<T: Sync, const N: usize, A: Allocator + Sync> Sync for Inline<T, N, A> {}
