#![expect(unsafe_code, reason = "splits blocks and joins them again")]
//! Blocks of powers of two, at multiples of their size, in one piece of memory.
//!
//! ```text
//!  Buddy { lists by order, ... }
//!    |
//!    |        | live  | free  |      free     |     live      |     ...     | pairs | (live) |
//!    +-- order 0 -------^             |                                     ^ books
//!    +-- order 1 ---------------------+
//! ```
//!
//! **Algorithm** (Knowlton 1965). A request is rounded up to a power of two, its *order*. The first
//! block of that order is taken; when there is none, the least larger one is split in two buddies,
//! one of which is split again or used, the other is free. A block that is freed is joined with its
//! buddy if that is free as a whole, and so on. Since blocks lie at multiples of their size, an
//! alignment up to the size costs nothing.
//!
//! Whether the buddy is free is known from one bit for each pair: whether just one of the two is.
//! A live block has no header, and the bits stand behind the memory: a bit for each granule, less
//! than one part in a hundred. See [`buddy`](crate::bits::buddy) for how pairs get their bits.
//!
//! A block grows where it is, as far as its buddies are free; if those lie in front of it, it moves
//! down, and needs no room elsewhere.
//!
//! Invariants:
//!
//! 1. `memory` holds the granules from `first` on, `granules` of them, and behind them a bit for each
//!    and one more; in debug builds a byte for each granule too, which says which blocks are live.
//! 2. Every granule is in one live block, or in one free block, which is in the list of its order.
//!    Two free buddies are joined.
//! 3. The bit of a pair is set exactly when one of its two blocks is free as a whole.
//! 4. Bit `k` of `orders` is set exactly when list `k` has a block.
//!
//! What it does not promise: up to half of a block may be more than was asked for. A call takes up to as
//! many steps as there are orders. It is not shared between threads.

mod list;
mod traits;

#[cfg(test)]
mod tests;

use core::{cell::Cell, fmt, mem::MaybeUninit, ptr::NonNull};

use list::{Free, Lists};

use crate::{
    alloc::{Allocator, Block, Buffer, Cause, Global, Layout, Refusal, empty_block, shadow},
    bits::buddy::{GRANULE, ORDERS, buddy_of, first_of, middle, order_of, pieces, size_of_order},
    panics,
};

/// Whether blocks that come back are checked. What it guards is gone when it is false.
const CHECKED: bool = cfg!(debug_assertions);

const WORD: usize = usize::BITS as usize;

/// Blocks of powers of two at multiples of their size, from one piece of memory.
///
/// Each alignment up to the size of the block is free of charge: pages, huge pages, the buffers of a device. The
/// memory is taken once; what it can still serve is [reported](Self::free_blocks).
///
/// ```
/// use larder::{Buddy, alloc::{Block, Layout}};
///
/// let buddy = Buddy::with_capacity(1 << 20)?;
/// let page = Block::new_in(Layout::from_size_align(4096, 4096).unwrap(), &buddy)?;
/// let bytes = buddy.block(3000)?;
/// assert_eq!(buddy.live_bytes(), 2 * 4096);
/// assert_eq!(buddy.largest_free(), 1 << 19);
/// drop((page, bytes));
/// assert_eq!(buddy.largest_free(), 1 << 20);
/// # Ok::<(), larder::alloc::Refusal>(())
/// ```
pub struct Buddy<A: Allocator = Global> {
    lists: Lists,
    /// The number of the first granule: its address in granules.
    first: usize,
    granules: usize,
    books: NonNull<usize>,
    live: Cell<usize>,
    peak: Cell<usize>,
    blocks: Cell<usize>,
    failed: Cell<usize>,
    memory: Block<A>,
}

/// Bytes of the books for so many granules.
const fn books_for(granules: usize) -> usize {
    (granules / WORD + 1) * size_of::<usize>() + if CHECKED { granules } else { 0 }
}

/// Bytes for so many granules with their books, if there are so many.
fn size_for(granules: usize) -> Option<usize> {
    granules.checked_mul(GRANULE)?.checked_add(books_for(granules))
}

impl Buddy {
    /// An allocator whose blocks have `bytes` bytes together, from the global heap.
    ///
    /// # Errors
    ///
    /// As [`with_capacity_in`](Self::with_capacity_in).
    pub fn with_capacity(bytes: usize) -> Result<Self, Refusal> {
        Self::with_capacity_in(bytes, Global)
    }
}

impl<A: Allocator> Buddy<A> {
    /// An allocator whose blocks have `bytes` bytes together, which are taken from `upstream` now, zeroed.
    /// If `bytes` is a power of two, a block can have all of them.
    ///
    /// # Errors
    ///
    /// When the upstream refuses, when no memory is that large, or when there is none.
    pub fn with_capacity_in(bytes: usize, upstream: A) -> Result<Self, Refusal> {
        let granules = bytes.div_ceil(GRANULE);
        let too_much = || Refusal::overflow(Layout::new::<u8>(), bytes);
        if granules == 0 {
            return Err(too_small(bytes));
        }
        let align = GRANULE << granules.ilog2();
        let size = size_for(granules).ok_or_else(too_much)?;
        let layout = Layout::from_size_align(size, align).map_err(|_| too_much())?;
        Ok(Self::over(granules, Block::new_in(layout, upstream)?))
    }

    /// Carves so many granules. They and the books fit the memory, which is aligned to granules.
    fn over(granules: usize, memory: Block<A>) -> Self {
        let start = memory.as_ptr();
        // SAFETY: the memory has room for the books behind the granules.
        let books = unsafe { start.add(granules * GRANULE) }.cast();
        let buddy = Self {
            lists: Lists::new(),
            first: start.addr().get() / GRANULE,
            granules,
            books,
            live: Cell::new(0),
            peak: Cell::new(0),
            blocks: Cell::new(0),
            failed: Cell::new(0),
            memory,
        };
        buddy.carve();
        buddy
    }

    /// Makes free blocks of all granules. The books say nothing, and no list has a block.
    fn carve(&self) {
        for (granule, order) in pieces(self.first..self.first + self.granules) {
            // SAFETY: nobody uses these granules, and they are free nowhere yet.
            unsafe { self.release(granule, order) };
        }
    }

    /// Bytes that all blocks can have together.
    pub const fn capacity(&self) -> usize {
        self.granules * GRANULE
    }

    /// Bytes of the blocks that are live, each rounded up to a power of two.
    pub const fn live_bytes(&self) -> usize {
        self.live.get() * GRANULE
    }

    /// The most bytes that were live at once, since the start or the last reset.
    pub fn peak_bytes(&self) -> usize {
        self.peak.get().max(self.live.get()) * GRANULE
    }

    /// Bytes of all free blocks.
    pub const fn free_bytes(&self) -> usize {
        self.capacity() - self.live_bytes()
    }

    /// The size of the largest free block: a request up to that, at an alignment up to that, is served.
    pub fn largest_free(&self) -> usize {
        self.lists.last().map_or(0, size_of_order)
    }

    /// How the free bytes are scattered: for each size of which there is a free block, smallest first, the
    /// size and how many there are. Takes as many steps as there are free blocks.
    ///
    /// ```
    /// use larder::Buddy;
    /// let buddy = Buddy::with_capacity(1024)?;
    /// let block = buddy.block(100)?;
    /// assert!(buddy.free_blocks().eq([(128, 1), (256, 1), (512, 1)]));
    /// # Ok::<(), larder::alloc::Refusal>(())
    /// ```
    pub fn free_blocks(&self) -> impl Iterator<Item = (usize, usize)> {
        let counts = (0..ORDERS).map(|order| (size_of_order(order), self.lists.count(order)));
        counts.filter(|(_, count)| *count > 0)
    }

    /// The allocator that the memory came from.
    pub const fn upstream(&self) -> &A {
        self.memory.allocator()
    }

    /// A block, or why there is none.
    ///
    /// # Errors
    ///
    /// When no free block is large enough.
    #[inline]
    pub fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, Refusal> {
        if layout.size() != 0 {
            let order = order_of(layout.size(), layout.align());
            if let Some(block) = self.take(order) {
                return Ok(NonNull::slice_from_raw_parts(block, size_of_order(order)));
            }
        }
        self.answer(layout)
    }

    /// `size` zero bytes that free themselves.
    ///
    /// # Errors
    ///
    /// When no free block is large enough.
    pub fn block(&self, size: usize) -> Result<Block<&Self>, Refusal> {
        // SAFETY: `try_allocate` allocates here, and nobody else has the block.
        unsafe { Block::zeroed(size, self, |layout| self.try_allocate(layout)) }
    }

    /// Ends all blocks.
    pub fn reset(&mut self) {
        self.show();
        self.lists = Lists::new();
        for count in [&self.live, &self.peak, &self.blocks] {
            count.set(0);
        }
        // SAFETY: the books are that long (1).
        unsafe { self.books.cast::<u8>().write_bytes(0, books_for(self.granules)) };
        self.carve();
    }

    /// Lets all bytes be touched.
    fn show(&self) {
        shadow::open(self.memory.as_ptr(), self.memory.size());
    }

    /// What is not a block: no bytes, or a reason.
    #[cold]
    #[inline(never)]
    fn answer(&self, layout: Layout) -> Result<NonNull<[u8]>, Refusal> {
        if layout.size() == 0 {
            return Ok(empty_block(layout));
        }
        self.failed.set(self.failed.get().saturating_add(1));
        let (live, capacity) = (self.live_bytes(), self.capacity());
        let cause = Cause::Room { live, capacity, largest: self.largest_free() };
        Err(Refusal::new(layout, cause))
    }

    /// The address of a granule, with the right to all of them.
    #[inline]
    fn at(&self, granule: usize) -> NonNull<u8> {
        // SAFETY: granules of ours lie in the memory (1).
        unsafe { self.memory.as_ptr().add((granule - self.first) * GRANULE) }
    }

    #[inline]
    fn granule_of(ptr: NonNull<u8>) -> usize {
        ptr.addr().get() / GRANULE
    }

    /// The word with the bit of the pair, and the bit.
    #[inline]
    fn bit(&self, granule: usize, order: usize) -> (NonNull<usize>, usize) {
        let bit = middle(granule, order) - self.first;
        // SAFETY: the middle of the pair is in the block at `granule`, or the granule behind it (1).
        (unsafe { self.books.add(bit / WORD) }, 1 << (bit % WORD))
    }

    /// Whether the buddy of a block that is not free is free as a whole (3).
    #[inline]
    fn buddy_is_free(&self, granule: usize, order: usize) -> bool {
        let (word, bit) = self.bit(granule, order);
        // SAFETY: the word is the books'.
        unsafe { word.read() & bit != 0 }
    }

    /// Turns the bit of the pair over, since one of the two was free and is not, or was not and is.
    /// Returns whether it is set now.
    #[inline]
    fn flip(&self, granule: usize, order: usize) -> bool {
        let (word, bit) = self.bit(granule, order);
        // SAFETY: the word is the books'.
        let bits = unsafe { word.read() } ^ bit;
        // SAFETY: the same.
        unsafe { word.write(bits) };
        bits & bit != 0
    }

    /// A block of `order`.
    #[inline]
    fn take(&self, order: usize) -> Option<NonNull<u8>> {
        let (block, has) = self.lists.pop_from(order)?;
        let granule = Self::granule_of(block);
        self.flip(granule, has);
        // SAFETY: the block was free, and is ours now.
        unsafe { self.split(granule, has, order) };
        shadow::open(block, size_of_order(order));
        self.count(order);
        if CHECKED {
            self.note(granule, Some(order));
        }
        Some(block)
    }

    /// Makes free blocks of all but the first part of a block.
    ///
    /// # Safety
    ///
    /// The granules of the block are in no live and no free block.
    #[inline]
    unsafe fn split(&self, granule: usize, has: usize, order: usize) {
        for half in (order..has).rev() {
            let upper = buddy_of(granule, half);
            self.flip(upper, half);
            // SAFETY: the upper half is not in use, and its buddy is not free as a whole.
            unsafe { self.lists.push(Free::new(self.at(upper)), half) };
        }
    }

    /// Makes a free block, joined with its buddy if that is free, and so on.
    ///
    /// # Safety
    ///
    /// The granules of the block are in no live and no free block.
    #[inline]
    unsafe fn release(&self, mut granule: usize, mut order: usize) {
        while !self.flip(granule, order) {
            let buddy = buddy_of(granule, order);
            // SAFETY: the bit says that the buddy is free as a whole, so it is in that list (2, 3).
            unsafe { self.lists.remove(Free::new(self.at(buddy)), order) };
            granule &= buddy;
            order += 1;
        }
        // SAFETY: as promised by the caller, and the buddies are in no list any more.
        unsafe { self.lists.push(Free::new(self.at(granule)), order) };
    }

    #[inline]
    fn count(&self, order: usize) {
        self.live.set(self.live.get() + (1 << order));
        self.blocks.set(self.blocks.get() + 1);
    }

    /// The peak is looked at here, since it can only end here.
    #[inline]
    fn discount(&self, order: usize) {
        let live = self.live.get();
        if live > self.peak.get() {
            self.peak.set(live);
        }
        self.live.set(live - (1 << order));
        self.blocks.set(self.blocks.get() - 1);
    }

    /// # Safety
    ///
    /// `ptr` is a live block of this allocator of that order, and nobody uses it any more.
    #[inline]
    unsafe fn give_back(&self, ptr: NonNull<u8>, order: usize) {
        let granule = Self::granule_of(ptr);
        if CHECKED {
            self.check(ptr, order);
            self.note(granule, None);
        }
        self.discount(order);
        // SAFETY: the block is ours again.
        unsafe { self.release(granule, order) };
    }

    /// Makes a block of `order` one of `wants`, which is not less, if all the buddies that takes are free.
    /// Returns where it begins then: where it did, or lower if `moves`, and then its bytes are not there yet.
    ///
    /// # Safety
    ///
    /// `ptr` is a live block of this allocator of that order.
    #[inline]
    unsafe fn widen(
        &self,
        ptr: NonNull<u8>,
        order: usize,
        wants: usize,
        moves: bool,
    ) -> Option<NonNull<u8>> {
        let granule = Self::granule_of(ptr);
        if CHECKED {
            self.check(ptr, order);
        }
        let first = first_of(granule, wants);
        // An order above that of all the memory has no pair that could be asked.
        if first < self.first || self.first + self.granules - first < 1 << wants {
            return None;
        }
        let stays = first == granule;
        let mut levels = order..wants;
        if !(stays || moves) || !levels.all(|k| self.buddy_is_free(first_of(granule, k), k)) {
            return None;
        }
        for level in order..wants {
            let part = first_of(granule, level);
            self.flip(part, level);
            let buddy = self.at(buddy_of(part, level));
            // SAFETY: the bit said that the buddy is free as a whole, so it is in that list (2, 3).
            unsafe { self.lists.remove(Free::new(buddy), level) };
        }
        self.resized(granule, order, first, wants);
        let block = self.at(first);
        shadow::open(block, size_of_order(wants));
        Some(block)
    }

    /// Makes a block of `order` one of `wants`, which is not more.
    ///
    /// # Safety
    ///
    /// `ptr` is a live block of this allocator of that order.
    #[inline]
    unsafe fn narrow(&self, ptr: NonNull<u8>, order: usize, wants: usize) -> NonNull<u8> {
        let granule = Self::granule_of(ptr);
        if CHECKED {
            self.check(ptr, order);
        }
        // SAFETY: the upper halves are the caller's no more.
        unsafe { self.split(granule, order, wants) };
        self.resized(granule, order, granule, wants);
        self.at(granule)
    }

    /// Counts and notes a block as one of another order, there or elsewhere.
    #[inline]
    fn resized(&self, granule: usize, order: usize, to: usize, wants: usize) {
        self.discount(order);
        self.count(wants);
        if CHECKED {
            self.note(granule, None);
            self.note(to, Some(wants));
        }
    }

    /// The byte in which debug builds note what begins at a granule.
    fn noted(&self, granule: usize) -> NonNull<u8> {
        // SAFETY: the bytes lie behind the bits (1).
        let notes = unsafe { self.books.add(self.granules / WORD + 1) }.cast::<u8>();
        // SAFETY: there is one for each granule (1).
        unsafe { notes.add(granule - self.first) }
    }

    /// Notes in debug builds which order the live block at `granule` has, or that there is none.
    #[cold]
    #[inline(never)]
    fn note(&self, granule: usize, order: Option<usize>) {
        let note = order.map_or(0, |order| u8::try_from(order + 1).unwrap_or(u8::MAX));
        // SAFETY: it is one of ours.
        unsafe { self.noted(granule).write(note) };
    }

    /// In debug builds: a block that is not what it should be ends the process.
    #[cold]
    #[inline(never)]
    fn check(&self, ptr: NonNull<u8>, order: usize) {
        let (address, granule) = (ptr.addr().get(), Self::granule_of(ptr));
        let offset = address.wrapping_sub(self.memory.as_ptr().addr().get());
        let complaint = if offset >= self.capacity() {
            "it is not in its memory: it is another allocator's"
        } else {
            // SAFETY: it is one of ours, and zero if nothing was ever noted.
            match usize::from(unsafe { self.noted(granule).read() }) {
                noted if address.is_multiple_of(GRANULE) && noted == order + 1 => return,
                noted if noted == 0 || !address.is_multiple_of(GRANULE) => {
                    "no live block begins there: it was freed before, or never handed out"
                }
                _ => "the block has another size: the layout is not the block's",
            }
        };
        panics::corrupted(&format_args!(
            "a block at {address:#x}, of {} bytes by its layout, came back to a buddy allocator, but \
             {complaint}",
            size_of_order(order)
        ));
    }
}

/// What to say of memory of `len` bytes in which no block has room.
fn too_small(len: usize) -> Refusal {
    let needed = GRANULE + books_for(1);
    Refusal::new(Layout::new::<[usize; 2]>(), Cause::Region { len, needed })
}

impl<'b> Buddy<Buffer<'b>> {
    /// An allocator in `bytes`, on the stack, in a static, or in mapped memory. They are zeroed first. The largest
    /// blocks are as large as the alignment of what is in the memory: at best half of it, and less
    /// if it begins or ends at odd addresses.
    ///
    /// ```
    /// use core::mem::MaybeUninit;
    /// use larder::Buddy;
    /// let mut bytes = [MaybeUninit::uninit(); 4096];
    /// let buddy = Buddy::on_buffer(&mut bytes)?;
    /// assert!(buddy.capacity() > 3600 && buddy.block(900).is_ok());
    /// assert!(Buddy::on_buffer(&mut []).is_err());
    /// # Ok::<(), larder::alloc::Refusal>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When there is no room for a single block.
    pub fn on_buffer(bytes: &'b mut [MaybeUninit<u8>]) -> Result<Self, Refusal> {
        let (len, buffer) = (bytes.len(), Buffer::new(bytes));
        let room = buffer.capacity_at(GRANULE);
        let mut granules = room / GRANULE;
        while granules > 0
            && let Some(over) = size_for(granules).and_then(|size| size.checked_sub(room + 1))
        {
            // Each granule less frees its books as well: at most one more granule in `32 / 16`.
            granules -= (over + 1).div_ceil(2 * GRANULE);
        }
        let whole = Layout::from_size_align(room, GRANULE);
        match whole {
            Ok(whole) if granules > 0 => Ok(Self::over(granules, Block::new_in(whole, buffer)?)),
            _ => Err(too_small(len)),
        }
    }
}

impl<A: Allocator> Drop for Buddy<A> {
    fn drop(&mut self) {
        self.show();
    }
}

// SAFETY: the memory is this value's alone, and no borrow of it is alive when it is sent.
unsafe impl<A: Allocator + Send> Send for Buddy<A> {}

impl<A: Allocator> fmt::Debug for Buddy<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buddy")
            .field("live", &self.live_bytes())
            .field("capacity", &self.capacity())
            .field("largest_free", &self.largest_free())
            .finish_non_exhaustive()
    }
}
