#![expect(unsafe_code, reason = "reads the fields of a union, and owns a block of elements")]
//! Elements in the value itself while they are few, and in a block of an allocator when they are
//! not.
//!
//! ```text
//! few     | element | element | free ... | len           | alloc |
//! many    | ptr | capacity | unused      | len | SPILLED | alloc |
//!            '-> | element | element | ... | free |
//! ```
//!
//! The room inside is at least `N` elements, and as many more as fit in the two words that a pointer
//! and a capacity take anyway.
//!
//! Invariants:
//!
//! 1. The tag's highest bit tells which field of the union is in use: `block` if it is set. For
//!    elements without bytes the tag is the length itself, and there is never a block.
//! 2. The block is a span of `alloc`.
//! 3. The length is at most the capacity, and the first `len` elements are initialised as far as the
//!    user of the storage says so.
//!
//! Pushes and insertions have two bodies, one for each place: over one that asks where the elements
//! are first, 64 pushes took 1.23 of the best peer's time instead of 1.10. That there is room inside is
//! one comparison, as the tag of a spilled vector is larger than any room. Both bodies end with the tag,
//! and nothing that they call keeps the vector's address, so that a loop of pushes has the tag in a
//! register: read from memory each time, each push waits for the one before.

use core::{
    fmt, hint,
    mem::{self, ManuallyDrop, MaybeUninit},
    ptr::{self, NonNull},
};

use crate::{
    alloc::{Allocator, Layout, Refusal},
    raw::{
        buffer::{self, Growth, Span},
        shift,
        storage::{Block, Fresh, Refuse, Sealed, Storage},
    },
};

/// The bit of the tag that says that there is a block.
const SPILLED: usize = 1 << (usize::BITS - 1);

union Data<T, const N: usize> {
    inside: ManuallyDrop<[MaybeUninit<T>; N]>,
    block: Span,
    /// Keeps both words when a value moves, though `inside` may be smaller.
    _words: [MaybeUninit<usize>; 2],
}

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
    /// The bit of the tag that says that there is a block.
    const SPILLED: usize = if size_of::<T>() == 0 { 0 } else { SPILLED };

    /// Nothing inside.
    pub(crate) const fn new(alloc: A) -> Self {
        let inside = ManuallyDrop::new([const { MaybeUninit::uninit() }; N]);
        Self { data: Data { inside }, tag: 0, alloc }
    }

    /// Whether the elements are in a block.
    #[inline]
    pub(crate) const fn is_spilled(&self) -> bool {
        self.tag & Self::SPILLED != 0
    }

    /// The block; only to be asked when there is one.
    #[inline]
    const fn block(&self) -> Span {
        debug_assert!(self.is_spilled());
        // SAFETY: the callers, all in this file, have seen the tag, so the field is in use (1).
        unsafe { self.data.block }
    }

    /// [`block`](Self::block) for those who choose between two places.
    #[inline]
    fn block_if_spilled(&self) -> Option<Span> {
        if !self.is_spilled() {
            return None;
        }
        // Not rare, but this keeps the compiler from reading pointer and capacity beforehand, and then
        // choosing: such a read has to wait for the stores of elements at the same place.
        hint::cold_path();
        Some(self.block())
    }

    #[inline]
    fn inside(&mut self) -> NonNull<T> {
        NonNull::from_mut(&mut self.data).cast()
    }

    fn adopt(&mut self, block: Span) {
        self.tag = self.len() | Self::SPILLED;
        self.data.block = block;
    }

    /// The block, with room for one more element, when there is no room inside for any. The tag is the
    /// one that this vector has now.
    #[inline]
    fn block_with_room(&mut self, tag: &mut usize) -> Option<NonNull<T>> {
        if !self.is_spilled() || self.len() == self.block().capacity {
            hint::cold_path();
            if !self.grow_by_one() {
                return None;
            }
            *tag |= Self::SPILLED;
        }
        Some(self.block().ptr.cast())
    }

    /// Makes room for one more element in a block, where there is none. Whether there was memory.
    ///
    /// Not `inline(never)`: a compiler has to see that nobody keeps the address of the vector, and sees
    /// only what is compiled beside the caller.
    #[cold]
    #[inline]
    fn grow_by_one(&mut self) -> bool {
        if size_of::<T>() == 0 {
            return false;
        }
        let held = self.block_if_spilled();
        let room = held.map_or(Self::ROOM, |block| block.capacity);
        // Nor does anybody keep an allocator's, which is no address if it has no bytes.
        let alloc = if size_of::<A>() == 0 {
            // SAFETY: there is such an allocator, and to refer to no bytes takes no memory.
            unsafe { NonNull::dangling().as_ref() }
        } else {
            &self.alloc
        };
        // SAFETY: the span is `alloc`'s (2), and is replaced below; elements have bytes.
        let block = unsafe {
            buffer::enlarge_by_one(alloc, held, Layout::new::<T>(), room, mem::needs_drop::<T>())
        };
        let Some(block) = block else { return false };
        if held.is_none() {
            // SAFETY: there are so many elements inside, and the block has room for more.
            unsafe { self.inside().copy_to_nonoverlapping(block.ptr.cast(), Self::ROOM) };
        }
        self.adopt(block);
        true
    }

    /// Why there is no room for one more element.
    #[cold]
    #[inline]
    fn refusal(&self) -> Refusal {
        let element = Layout::new::<T>();
        match buffer::next_capacity(element, (self.len(), self.capacity()), 1, Growth::Doubled) {
            Ok(next) => buffer::refusal(self.block_if_spilled(), element, next),
            Err(refusal) => refusal,
        }
    }

    /// The first `len` of an array's elements, inside.
    ///
    /// # Safety
    ///
    /// They are initialised, and `len` is at most `M`.
    pub(crate) const unsafe fn from_array<const M: usize>(
        elements: MaybeUninit<[T; M]>,
        len: usize,
        alloc: A,
    ) -> Self {
        const { assert!(M <= Self::ROOM, "the array has more elements than have room inside") };
        let mut this = Self::new(alloc);
        // SAFETY: the union has room for `ROOM` elements, which are at least those of the array.
        unsafe { (&raw mut this.data).cast::<MaybeUninit<[T; M]>>().write(elements) };
        this.tag = len;
        this
    }

    /// Takes the elements out of the block and puts them inside, where they have room.
    fn unspill(&mut self) {
        let len = self.len();
        if let Some(span) = self.block_if_spilled() {
            let inside = self.inside();
            // SAFETY: the block holds `len` elements, which have room inside as the caller has seen;
            // a block never lies inside the value.
            unsafe { span.ptr.cast::<T>().copy_to_nonoverlapping(inside, len) };
            self.tag = len;
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
        self.tag & !Self::SPILLED
    }

    #[inline]
    fn capacity(&self) -> usize {
        self.block_if_spilled().map_or(Self::ROOM, |block| block.capacity)
    }

    #[inline]
    fn as_ptr(&self) -> *const T {
        match self.block_if_spilled() {
            Some(block) => block.ptr.as_ptr().cast(),
            None => (&raw const self.data).cast(),
        }
    }

    #[inline]
    fn parts(&mut self) -> (NonNull<T>, usize, usize) {
        match self.block_if_spilled() {
            Some(block) => (block.ptr.cast(), self.len(), block.capacity),
            None => (self.inside(), self.tag, Self::ROOM),
        }
    }

    #[inline]
    #[track_caller]
    fn push<R: Refuse<T>>(&mut self, value: T) -> Result<(), R> {
        let mut tag = self.tag;
        if tag < Self::ROOM {
            // SAFETY: the slot is within the room.
            let slot = unsafe { self.inside().add(tag) };
            // SAFETY: it is ours and holds nothing.
            unsafe { slot.write(value) };
        } else {
            let Some(block) = self.block_with_room(&mut tag) else {
                return Err(R::refuse(value, self.refusal()));
            };
            // SAFETY: the length is below the capacity.
            let slot = unsafe { block.add(tag & !Self::SPILLED) };
            // SAFETY: the slot is ours and holds nothing.
            unsafe { slot.write(value) };
        }
        self.tag = tag + 1;
        Ok(())
    }

    #[inline]
    #[track_caller]
    unsafe fn insert<R: Refuse<T>>(&mut self, index: usize, value: T) -> Result<(), R> {
        let mut tag = self.tag;
        if tag < Self::ROOM {
            // SAFETY: the elements up to the tag are initialised, the index is one of them or the
            // next, and there is room for one more.
            unsafe { shift::insert_in_room(self.inside(), (tag, Self::ROOM), index, value) };
        } else {
            let Some(block) = self.block_with_room(&mut tag) else {
                return Err(R::refuse(value, self.refusal()));
            };
            // SAFETY: the position is within the length.
            let slot = unsafe { block.add(index) };
            // SAFETY: the elements from there on are initialised, with a free slot behind.
            unsafe { shift::insert(slot, (tag & !Self::SPILLED) - index, value) };
        }
        self.tag = tag + 1;
        Ok(())
    }

    #[inline]
    unsafe fn set_len(&mut self, len: usize) {
        // By the difference, so that one more is one addition, whatever the highest bit is.
        self.tag = self.tag.wrapping_add(len.wrapping_sub(self.len()));
    }

    fn set_capacity(&mut self, capacity: usize) -> Result<(), Refusal> {
        if capacity <= Self::ROOM {
            self.unspill();
            return Ok(());
        }
        let held = self.block_if_spilled();
        // SAFETY: the span is `alloc`'s (2), is replaced below, and elements have bytes, since
        // otherwise there is room for any number inside.
        let span = unsafe { buffer::resize(&self.alloc, held, Layout::new::<T>(), capacity) }?;
        if let Some(span) = span {
            if held.is_none() {
                // SAFETY: the block has room for more than `ROOM` elements and is not in the value.
                unsafe { self.inside().copy_to_nonoverlapping(span.ptr.cast(), self.tag) };
            }
            self.adopt(span);
        }
        Ok(())
    }

    #[inline]
    fn grow(&mut self, additional: usize, growth: Growth) -> Result<(), Refusal> {
        let untyped = Untyped {
            data: NonNull::from_mut(&mut self.data).cast(),
            tag: &mut self.tag,
            alloc: &self.alloc,
            element: Layout::new::<T>(),
            room: Self::ROOM,
        };
        // SAFETY: these are the parts of a storage; one of elements without bytes has room for any
        // number, and is asked for more only where the sum overflows.
        unsafe { untyped.grow(additional, growth) }
    }
}

/// A storage whose type is forgotten, so that what grows it is compiled once per allocator.
struct Untyped<'a, A> {
    /// The union.
    data: NonNull<Span>,
    tag: &'a mut usize,
    alloc: &'a A,
    element: Layout,
    room: usize,
}

impl<A: Allocator> Untyped<'_, A> {
    /// [`Storage::grow`].
    ///
    /// # Safety
    ///
    /// The parts are those of a storage that keeps its invariants. Elements have bytes, or `additional`
    /// and the length overflow.
    #[cold]
    #[inline(never)]
    unsafe fn grow(self, additional: usize, growth: Growth) -> Result<(), Refusal> {
        // Read here and written as a whole below: pushes read it as a whole, and a change of it in place
        // would be of one byte.
        let tag = *self.tag;
        let len = tag & !SPILLED;
        let (held, room) = if tag & SPILLED == 0 {
            (None, self.room)
        } else {
            // SAFETY: the tag says that this field of the union is in use (1).
            let block = unsafe { self.data.read() };
            (Some(block), block.capacity)
        };
        let next = buffer::next_capacity(self.element, (len, room), additional, growth)?;
        // SAFETY: the span is `alloc`'s (2), and is replaced below; the capacity is more than the room.
        let Some(block) = (unsafe { buffer::enlarge(self.alloc, held, self.element, next) }) else {
            return Err(buffer::refusal(held, self.element, next));
        };
        if held.is_none() {
            let inside = len * self.element.size();
            // SAFETY: so many bytes of elements are in the union, and the block has room for more.
            unsafe { self.data.cast::<u8>().copy_to_nonoverlapping(block.ptr, inside) };
        }
        // SAFETY: the union has room for a span, and what was inside is in the block now.
        unsafe { self.data.write(block) };
        *self.tag = tag | SPILLED;
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

    unsafe fn from_block(ptr: NonNull<T>, len: usize, capacity: usize, alloc: A) -> Self {
        let mut this = Self::new(alloc);
        this.tag = len;
        if size_of::<T>() != 0 && capacity != 0 {
            this.adopt(Span { ptr: ptr.cast(), capacity });
        }
        this
    }

    fn into_block(mut self) -> Result<Block<Self>, (Self, Refusal)> {
        if !self.is_spilled() && self.tag != 0 && size_of::<T>() != 0 {
            let len = self.tag;
            // SAFETY: there is no span, and elements have bytes.
            match unsafe { buffer::resize(&self.alloc, None, Layout::new::<T>(), len) } {
                Ok(span) => {
                    let span = span.expect("a block of more than no elements");
                    // SAFETY: the block has room for the elements and is not in the value.
                    unsafe { self.inside().copy_to_nonoverlapping(span.ptr.cast(), len) };
                    self.adopt(span);
                }
                Err(refusal) => return Err((self, refusal)),
            }
        }
        let this = ManuallyDrop::new(self);
        // SAFETY: `this` is neither dropped nor used again, so the allocator is moved out once.
        let alloc = unsafe { ptr::read(&raw const this.alloc) };
        Ok(match this.block_if_spilled() {
            Some(block) => (block.ptr.cast(), this.len(), block.capacity, alloc),
            None if size_of::<T>() == 0 => (NonNull::dangling(), this.tag, usize::MAX, alloc),
            None => (NonNull::dangling(), 0, 0, alloc),
        })
    }
}

impl<T, const N: usize, A: Allocator> Drop for Inline<T, N, A> {
    #[inline]
    fn drop(&mut self) {
        if let Some(span) = self.block_if_spilled() {
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
