#![expect(unsafe_code, reason = "writes elements into free slots")]
//! Queues with two ends in one block, whose content may run over the block's end.
//!
//! ```text
//! slots   | d | e | free | free | a | b | c |
//!           ^ second slice        ^ head, first slice
//! ```
//!
//! What happens when one is full is part of its type: a [`CircularBuffer`] overwrites and returns what
//! it evicts, a [`BoundedBuffer`] refuses and gives back, a [`Deque`] grows. All are a [`Ring`].
//!
//! With `os::Mirrored` in place of an allocator the slots are there twice in a row, and the content is
//! always one slice, as is the free room; all else is the same.
//!
//! Memory: five words and the allocator's handle, and `capacity * size_of::<T>()` bytes.
//!
//! Invariants:
//!
//! 1. `limit` is at most the storage's capacity, and `len <= limit`.
//! 2. `head < limit`, or both are 0. Slot `n` of the content is at `head + n`, less `limit` where that
//!    is past it; those before `len` are initialised, and are the ring's.
//! 3. In a place that is mirrored, `limit` is the storage's capacity, so that slot `n` is at `head + n`
//!    as well. There it is used while the head stays; when slots are moved, and when the head is, the
//!    place settles what was written.

mod change;
mod drain;
mod extend;
mod full;
mod gap;
#[cfg(feature = "std")]
mod io;
mod iter;
#[cfg(feature = "os")]
mod mirrored;
#[cfg(feature = "rayon")]
mod rayon;
#[cfg(feature = "serde")]
mod serde;
mod traits;

use core::{
    marker::PhantomData,
    ptr::{self, NonNull},
    slice,
};

pub use drain::{Drain, ExtractIf};
pub use full::{Full, Grow, Overwrite, Refuse, TakesAll};
pub use iter::{IntoIter, Iter, IterMut, Two};

pub use crate::raw::buffer::Place;

use crate::{
    alloc::{Global, Layout, Refusal},
    panics,
    raw::{
        buffer::{Growth, next_capacity},
        heap::Heap,
        storage::Storage,
    },
};

/// A queue of a fixed capacity that overwrites the other end when it is full.
///
/// ```
/// use larder::CircularBuffer;
/// let mut last = CircularBuffer::with_capacity(3);
/// assert_eq!([1, 2, 3, 4, 5].map(|n| last.push_back(n)), [None, None, None, Some(1), Some(2)]);
/// assert_eq!(last, [3, 4, 5]);
/// ```
pub type CircularBuffer<T, A = Global> = Ring<T, Overwrite, A>;

/// A queue of a fixed capacity that gives back what it has no room for.
///
/// ```
/// use larder::BoundedBuffer;
/// let mut queue = BoundedBuffer::with_capacity(1);
/// assert_eq!(queue.push_back("plum"), Ok(()));
/// assert_eq!(queue.push_back("pear"), Err("pear"));
/// ```
pub type BoundedBuffer<T, A = Global> = Ring<T, Refuse, A>;

/// A queue that grows: std's `VecDeque` over any allocator.
///
/// ```
/// let mut queue = larder::Deque::new();
/// queue.extend([2, 3]);
/// queue.push_front(1);
/// assert_eq!(queue.into_iter().rev().collect::<Vec<_>>(), [3, 2, 1]);
/// ```
pub type Deque<T, A = Global> = Ring<T, Grow, A>;

/// A queue with two ends, where `F` says what happens when it is full.
pub struct Ring<T, F: Full, A: Place = Global> {
    storage: Heap<T, A>,
    head: usize,
    limit: usize,
    full: PhantomData<F>,
}

impl<T, F: Full> Ring<T, F> {
    /// A queue without room. A [`Deque`] grows, the others are full.
    #[must_use]
    pub const fn new() -> Self {
        Self { storage: Heap::new(Global), head: 0, limit: 0, full: PhantomData }
    }

    /// A queue with room for `capacity` elements.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_in(capacity, Global)
    }

    /// [`with_capacity`](Self::with_capacity), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_with_capacity(capacity: usize) -> Result<Self, Refusal> {
        Self::try_with_capacity_in(capacity, Global)
    }
}

impl<T, F: Full, A: Place> Ring<T, F, A> {
    /// A queue without room, whose memory will come from `alloc`.
    #[must_use]
    pub const fn new_in(alloc: A) -> Self {
        Self { storage: Heap::new(alloc), head: 0, limit: 0, full: PhantomData }
    }

    /// A queue with room for `capacity` elements.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    #[must_use]
    pub fn with_capacity_in(capacity: usize, alloc: A) -> Self {
        panics::granted(Self::try_with_capacity_in(capacity, alloc))
    }

    /// [`with_capacity_in`](Self::with_capacity_in), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_with_capacity_in(capacity: usize, alloc: A) -> Result<Self, Refusal> {
        let mut this = Self::new_in(alloc);
        this.try_set_capacity(capacity)?;
        Ok(this)
    }

    /// The elements of a vector, in its block. The capacity is their number, unless it may grow anyway.
    fn from_storage(storage: Heap<T, A>) -> Self {
        let limit = if F::GROWS { storage.capacity() } else { storage.len() };
        Self { head: 0, limit, storage, full: PhantomData }
    }

    /// How many elements there are.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.storage.len()
    }

    /// Whether there is none.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for one more.
    #[inline]
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() == self.limit
    }

    /// How many elements there may be.
    #[inline]
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.limit
    }

    /// The allocator.
    #[must_use]
    pub fn allocator(&self) -> &A {
        self.storage.place()
    }

    /// The index of the slot that is `n` behind the head; of those that are mirrored, the one that
    /// makes a piece with those before it.
    #[inline]
    const fn index_of(&self, n: usize) -> usize {
        if A::MIRRORED { self.head.wrapping_add(n) } else { self.wrapped(n) }
    }

    /// The index below the limit of the slot that is `n` behind the head.
    #[inline]
    const fn wrapped(&self, n: usize) -> usize {
        // Past what a number holds are only elements without bytes, which are anywhere.
        let index = self.head.wrapping_add(n);
        if index >= self.limit { index - self.limit } else { index }
    }

    /// How many of `count` slots are in one piece, from that with an index on.
    #[inline]
    fn run(&self, index: usize, count: usize) -> usize {
        if A::MIRRORED { count } else { count.min(self.limit - index) }
    }

    /// The slot that is `n` behind the head.
    #[inline]
    fn slot(&mut self, n: usize) -> NonNull<T> {
        let index = self.index_of(n);
        // SAFETY: the index is within the limit (2).
        unsafe { self.storage.parts().0.add(index) }
    }

    /// The first slot.
    #[inline]
    fn first(&mut self) -> NonNull<T> {
        // SAFETY: the head is within the limit, which is within the capacity (1, 2).
        unsafe { self.storage.parts().0.add(self.head) }
    }

    /// Says how many elements there are, which neither drops nor makes any.
    ///
    /// # Safety
    ///
    /// `len` is at most the capacity, and so many elements from the first on are initialised.
    #[inline]
    pub unsafe fn set_len(&mut self, len: usize) {
        // SAFETY: the limit is within the capacity (1); a ring alone says what is initialised.
        unsafe { self.storage.set_len(len) }
    }

    /// Moves the head `n` slots on.
    ///
    /// # Safety
    ///
    /// The content from there on is initialised, for the length that holds next.
    #[inline]
    unsafe fn advance(&mut self, n: usize) {
        self.head = self.wrapped(n);
        A::settle();
    }

    /// Moves the head `n` slots back, with the same promise.
    #[inline]
    unsafe fn retreat(&mut self, n: usize) {
        let (back, below) = self.head.overflowing_sub(n);
        self.head = if below { back.wrapping_add(self.limit) } else { back };
        A::settle();
    }

    /// Moves `count` elements from the slots `from` on to the slots `to` on, both counted from the
    /// head and wrapping; the ranges may overlap.
    ///
    /// # Safety
    ///
    /// `from`, `to` and `count` are at most `limit`.
    unsafe fn move_slots(&mut self, from: usize, to: usize, count: usize) {
        let (limit, ptr) = (self.limit, self.storage.parts().0.as_ptr());
        let (mut from, mut to, mut left) = (self.wrapped(from), self.wrapped(to), count);
        let ahead = if to >= from { to - from } else { limit - from + to };
        let wrap = |index: usize| if index >= limit { index - limit } else { index };
        A::settle();
        if count <= limit - from.max(to) {
            // SAFETY: neither range wraps, and both are within the limit, so within the capacity (1).
            unsafe { ptr::copy(ptr.wrapping_add(from), ptr.wrapping_add(to), count) };
        } else if ahead >= count {
            while left > 0 {
                (from, to) = (wrap(from), wrap(to));
                let chunk = left.min(limit - from).min(limit - to);
                // SAFETY: both chunks are within the limit, so within the capacity (1).
                unsafe { ptr::copy(ptr.wrapping_add(from), ptr.wrapping_add(to), chunk) };
                (from, to, left) = (from + chunk, to + chunk, left - chunk);
            }
        } else {
            // The target begins inside the source: the last go first.
            let end = |index: usize| {
                if count <= limit - index { index + count } else { count - (limit - index) }
            };
            (from, to) = (end(from), end(to));
            while left > 0 {
                let whole = |index: usize| if index == 0 { limit } else { index };
                (from, to) = (whole(from), whole(to));
                let chunk = left.min(from).min(to);
                (from, to, left) = (from - chunk, to - chunk, left - chunk);
                // SAFETY: both chunks are within the limit, so within the capacity (1).
                unsafe { ptr::copy(ptr.wrapping_add(from), ptr.wrapping_add(to), chunk) };
            }
        }
        A::settle();
    }

    /// Makes room for `capacity` elements, and for no more, or for as many as there are.
    ///
    /// # Errors
    ///
    /// When memory is refused; the queue is what it was.
    pub fn try_set_capacity(&mut self, capacity: usize) -> Result<(), Refusal> {
        A::settle();
        let done = self.set_limit(capacity);
        A::settle();
        done
    }

    fn set_limit(&mut self, capacity: usize) -> Result<(), Refusal> {
        let (len, old) = (self.len(), self.limit);
        let capacity = capacity.max(len);
        if capacity > old {
            self.widen(capacity)?;
        } else if capacity < old {
            self.straighten();
            let ptr = self.storage.parts().0.as_ptr();
            // SAFETY: the content is in one piece, and goes to the front.
            unsafe { ptr::copy(ptr.wrapping_add(self.head), ptr, len) };
            self.head = 0;
            self.storage.set_capacity(capacity)?;
            self.limit = self.whole(capacity);
        }
        Ok(())
    }

    /// [`set_limit`](Self::set_limit) to more than it is.
    #[inline]
    fn widen(&mut self, capacity: usize) -> Result<(), Refusal> {
        let (len, old) = (self.len(), self.limit);
        if capacity > self.storage.capacity() {
            // SAFETY: it is more; elements without bytes have room for any number. What bytes there were stay, so all
            // slots.
            unsafe { self.storage.enlarge(capacity) }?;
        }
        self.limit = self.whole(capacity);
        let first = old - self.head;
        if len > first {
            let slots = self.storage.parts().0;
            // SAFETY: there are so many slots; the content ran over the end of the old ones, from the head on.
            self.head = unsafe { Self::unfold(slots, self.head, (old, self.limit), len - first) };
        }
        Ok(())
    }

    /// Puts content that ran over the end of `old` slots where it belongs in `limit` slots, the shorter part if
    /// there is room for it, and says where the head is then. By pointer: a queue whose address is not known to
    /// code elsewhere can be kept in registers.
    ///
    /// # Safety
    ///
    /// At `ptr` are `limit` slots, more than `old`, and the content is in those from the head to `old`, and in the first
    /// `second`, no more than the head.
    #[inline(never)]
    unsafe fn unfold(
        ptr: NonNull<T>,
        head: usize,
        (old, limit): (usize, usize),
        second: usize,
    ) -> usize {
        let (ptr, first) = (ptr.as_ptr(), old - head);
        if second < first && second <= limit - old {
            // SAFETY: the second part was at the beginning, and goes behind the first.
            unsafe { ptr::copy_nonoverlapping(ptr, ptr.wrapping_add(old), second) };
            head
        } else {
            // SAFETY: the first part was at the old end, and goes to the new.
            unsafe { ptr::copy(ptr.wrapping_add(head), ptr.wrapping_add(limit - first), first) };
            limit - first
        }
    }

    /// How many slots there are when `capacity` were asked for: mirrored ones end where the block does.
    fn whole(&self, capacity: usize) -> usize {
        if A::MIRRORED && size_of::<T>() > 0 { self.storage.capacity() } else { capacity }
    }

    /// Makes room for `additional` more elements, and for not many more.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn reserve_exact(&mut self, additional: usize) {
        panics::granted(self.try_reserve_exact(additional));
    }

    /// [`reserve_exact`](Self::reserve_exact), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; the queue is what it was.
    pub fn try_reserve_exact(&mut self, additional: usize) -> Result<(), Refusal> {
        let needed = self.room_for(additional, Growth::Exact)?;
        self.try_set_capacity(needed.max(self.limit))
    }

    /// Makes room for at least `additional` more elements.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        panics::granted(self.try_reserve(additional));
    }

    /// [`reserve`](Self::reserve), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; the queue is what it was.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), Refusal> {
        if additional <= self.limit - self.len() {
            return Ok(());
        }
        self.grow(additional)
    }

    /// [`grow`](Self::grow) for a push. Not `inline(never)`, which is code of its own somewhere: where the compiler
    /// sees that this does not keep the queue's address, a loop of pushes has pointer, length and limit in
    /// registers (17,100 instructions for 1,000 pushes from nothing, by 21,200).
    #[cold]
    #[inline]
    #[track_caller]
    fn grow_by_one(&mut self) {
        panics::granted(self.grow(1));
    }

    /// Makes room for `additional` more elements, for which there is none.
    #[inline]
    fn grow(&mut self, additional: usize) -> Result<(), Refusal> {
        let next = self.room_for(additional, Growth::Doubled)?;
        A::settle();
        // A first block is a cache line at least: blocks as small as that cost more to replace than to have.
        let done = self.widen(next.max(64 / size_of::<T>().max(1)));
        A::settle();
        done
    }

    /// The capacity with which there is room for `additional` more elements.
    fn room_for(&self, additional: usize, growth: Growth) -> Result<usize, Refusal> {
        next_capacity(Layout::new::<T>(), (self.len(), self.limit), additional, growth)
    }

    /// Gives back the memory that the elements do not need: a queue is full afterwards.
    ///
    /// # Panics
    ///
    /// When the allocator refuses the smaller block.
    #[track_caller]
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Gives back memory beyond that for the elements, or for `capacity`, whichever is more.
    ///
    /// # Panics
    ///
    /// When the allocator refuses the smaller block.
    #[track_caller]
    pub fn shrink_to(&mut self, capacity: usize) {
        panics::granted(self.try_set_capacity(capacity.min(self.limit)));
    }

    /// Where the two pieces of the slots `from..to` are, counted from the head.
    fn pieces(&self, from: usize, to: usize) -> [*const [T]; 2] {
        let (start, count) = (self.index_of(from), to - from);
        let first = self.run(start, count);
        let ptr = self.storage.as_ptr();
        [
            ptr::slice_from_raw_parts(ptr.wrapping_add(start), first),
            ptr::slice_from_raw_parts(ptr, count - first),
        ]
    }

    /// The content, in two pieces of which the second may be empty.
    #[must_use]
    pub fn as_slices(&self) -> (&[T], &[T]) {
        self.slices(0, self.len())
    }

    fn slices(&self, from: usize, to: usize) -> (&[T], &[T]) {
        let [first, second] = self.pieces(from, to);
        // SAFETY: these elements are initialised (2), and borrowed with `self`.
        (unsafe { &*first }, unsafe { &*second })
    }

    /// The content, to write, in two pieces of which the second may be empty.
    #[must_use]
    pub fn as_mut_slices(&mut self) -> (&mut [T], &mut [T]) {
        let len = self.len();
        self.mut_slices(0, len)
    }

    fn mut_slices(&mut self, from: usize, to: usize) -> (&mut [T], &mut [T]) {
        let lens = self.pieces(from, to).map(<*const [T]>::len);
        let start = self.index_of(from);
        let ptr = self.storage.parts().0.as_ptr();
        // SAFETY: these elements are initialised (2), and borrowed with `self`.
        let first = unsafe { slice::from_raw_parts_mut(ptr.wrapping_add(start), lens[0]) };
        // SAFETY: the same, and the pieces are disjoint.
        (first, unsafe { slice::from_raw_parts_mut(ptr, lens[1]) })
    }

    /// Turns the content until it is in one piece. O(capacity) if it was not.
    pub fn make_contiguous(&mut self) -> &mut [T] {
        if !A::MIRRORED {
            self.straighten();
        }
        self.as_mut_slices().0
    }

    /// Turns the content until it does not run over the end.
    fn straighten(&mut self) {
        if self.len() > self.limit - self.head {
            let (ptr, limit) = (self.storage.parts().0.as_ptr().cast(), self.limit);
            // SAFETY: all slots are within the capacity (1), and may hold nothing.
            let slots =
                unsafe { slice::from_raw_parts_mut::<core::mem::MaybeUninit<T>>(ptr, limit) };
            slots.rotate_left(self.head);
            self.head = 0;
        }
    }
}

impl<T, F: Full, A: Place> Drop for Ring<T, F, A> {
    fn drop(&mut self) {
        self.clear();
    }
}
