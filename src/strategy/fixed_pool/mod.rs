#![expect(unsafe_code, reason = "hands out the blocks of one piece of memory")]
//! A number of blocks, taken once: never more, and each call costs the same.
//!
//! ```text
//!  | block 0 | block 1 | ...  | block n-1 | free blocks: a stack of addresses | (live) |
//!  ^ memory                               ^ stack                 ^ stack + free
//! ```
//!
//! **Algorithm.** The addresses of the free blocks are a stack behind the blocks. To allocate pops,
//! to free pushes: one test, one load or store, whatever happened before. Free blocks themselves are
//! not touched: there are no links in them that a stray write could break, and what was wiped stays
//! wiped. At the start the stack holds all blocks, the first on top.
//!
//! Invariants:
//!
//! 1. `memory` holds `count` blocks of the size `stride`, at multiples of the alignment, and behind
//!    them `count` addresses, and in debug builds `count` bytes, which say which blocks are live.
//! 2. The first `free` addresses of the stack are those of the blocks that are free, each once, with
//!    the right to all of `memory`.
//! 3. While `on_free` says `Wipe`, all bytes of all free blocks are zero.
//!
//! What it does not promise: requests that do not fit a block are refused, not served elsewhere
//! (`Fallback` does that). The pages are not locked: they can be
//! swapped out, unless the upstream's cannot. It is not shared between threads.

mod traits;

#[cfg(test)]
mod tests;

use core::{cell::Cell, fmt, mem::MaybeUninit, ptr::NonNull};

use crate::{
    alloc::{
        Allocator, Block, Buffer, Cause, Global, Layout, Refusal, empty_block, shadow, wipe::wipe,
    },
    panics,
};

/// Whether blocks that come back are checked. What it guards is gone when it is false.
const CHECKED: bool = cfg!(debug_assertions);

/// Bytes of the smallest page of all systems we know.
const PAGE: usize = 4096;

/// Bytes that two cores never fight for, and that one transfer brings.
const CACHE_LINE: usize = 64;

/// The books for one block: its place on the stack, and whether it is live.
const ENTRY: usize = size_of::<NonNull<u8>>() + CHECKED as usize;

/// What becomes of the bytes of a block that is freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnFree {
    Leave,
    Wipe,
}

/// A number of blocks of one size, taken from the upstream at once, and never more.
///
/// For real time and for budgets: allocating and freeing take the same few steps always, and how many
/// blocks can still be had is known. A request fits if its size and alignment are not above the block's;
/// all others are refused.
///
/// ```
/// use larder::{FixedPool, alloc::{Allocator, Cause, Layout}};
///
/// let pool = FixedPool::of::<[u64; 128]>(100)?;
/// let mut block = pool.block(1000)?;
/// block.as_mut_slice().fill(7);
/// assert_eq!((pool.capacity(), pool.available()), (100, 99));
/// assert!(pool.has_capacity(99) && !pool.has_capacity(100));
///
/// let rest: Vec<_> = (0..99).map(|_| pool.block(1).unwrap()).collect();
/// let refusal = pool.block(10).unwrap_err();
/// assert_eq!(refusal.cause, Cause::Blocks { live: 100, limit: 100 });
/// # Ok::<(), larder::alloc::Refusal>(())
/// ```
pub struct FixedPool<A: Allocator = Global> {
    free: Cell<usize>,
    stack: NonNull<NonNull<u8>>,
    stride: usize,
    align: usize,
    least_free: Cell<usize>,
    on_free: OnFree,
    count: usize,
    failed: Cell<usize>,
    memory: Block<A>,
}

/// How the blocks lie.
#[derive(Clone, Copy)]
struct Plan {
    stride: usize,
    align: usize,
    count: usize,
}

impl Plan {
    /// Blocks for `layout`, which have a byte at least.
    fn new(layout: Layout, count: usize) -> Self {
        let align = layout.align();
        let stride = layout.size().max(1).next_multiple_of(align);
        Self { stride, align, count }
    }

    /// The alignment of the memory.
    fn align(self) -> usize {
        self.align.max(align_of::<NonNull<u8>>())
    }

    /// Where the stack begins, if there are such addresses.
    fn stack(self) -> Option<usize> {
        self.stride.checked_mul(self.count)?.checked_next_multiple_of(size_of::<NonNull<u8>>())
    }

    /// How many bytes it takes, if there are so many.
    fn size(self) -> Option<usize> {
        self.stack()?.checked_add(self.count.checked_mul(ENTRY)?)
    }
}

impl FixedPool {
    /// A pool of `count` blocks for values of type `T`, from the global heap.
    ///
    /// # Errors
    ///
    /// As [`for_layout_in`](Self::for_layout_in).
    pub fn of<T>(count: usize) -> Result<Self, Refusal> {
        Self::for_layout(Layout::new::<T>(), count)
    }

    /// A pool of `count` blocks for `layout`, from the global heap.
    ///
    /// # Errors
    ///
    /// As [`for_layout_in`](Self::for_layout_in).
    pub fn for_layout(layout: Layout, count: usize) -> Result<Self, Refusal> {
        Self::for_layout_in(layout, count, Global)
    }

    /// A pool for real time: no block shares a cache line with another, and all pages are there before
    /// this returns, so that no call afterwards waits for the kernel.
    ///
    /// ```
    /// use larder::{FixedPool, alloc::Layout};
    /// let pool = FixedPool::real_time(Layout::new::<[u8; 100]>(), 10)?;
    /// assert_eq!(pool.layout(), Layout::from_size_align(128, 64).unwrap());
    /// # Ok::<(), larder::alloc::Refusal>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`for_layout_in`](Self::for_layout_in).
    pub fn real_time(layout: Layout, count: usize) -> Result<Self, Refusal> {
        let Ok(apart) = layout.align_to(CACHE_LINE) else {
            return Err(Refusal::new(layout, Cause::Overflow));
        };
        Ok(Self::for_layout(apart, count)?.prefaulted())
    }
}

impl<A: Allocator> FixedPool<A> {
    /// A pool of `count` blocks for `layout`, which are taken from `upstream` now, zeroed.
    ///
    /// # Errors
    ///
    /// When the upstream refuses, when the blocks are too many for any memory, or when there is none.
    pub fn for_layout_in(layout: Layout, count: usize, upstream: A) -> Result<Self, Refusal> {
        let plan = Plan::new(layout, count);
        if count == 0 {
            return Err(Self::too_small(layout, 0));
        }
        let whole = plan.size().and_then(|size| Layout::from_size_align(size, plan.align()).ok());
        let Some(whole) = whole else { return Err(Refusal::overflow(layout, count)) };
        Ok(Self::over(plan, Block::new_in(whole, upstream)?))
    }

    /// What to say of memory of `len` bytes in which no block for `layout` has room.
    fn too_small(layout: Layout, len: usize) -> Refusal {
        let needed = Plan::new(layout, 1).size().unwrap_or(usize::MAX);
        Refusal::new(layout, Cause::Region { len, needed })
    }

    /// Puts all blocks on the stack. `memory` is as large and as aligned as the plan says.
    fn over(plan: Plan, memory: Block<A>) -> Self {
        let start = memory.as_ptr();
        let offset = plan.stack().unwrap_or(0);
        // SAFETY: the memory has room for the stack there (1).
        let stack = unsafe { start.add(offset) }.cast();
        let pool = Self {
            free: Cell::new(0),
            stack,
            stride: plan.stride,
            align: plan.align,
            least_free: Cell::new(plan.count),
            on_free: OnFree::Leave,
            count: plan.count,
            failed: Cell::new(0),
            memory,
        };
        pool.fill();
        pool
    }

    /// Puts all blocks on the stack, the first on top.
    fn fill(&self) {
        for place in 0..self.count {
            // SAFETY: there are that many blocks (1).
            let block = unsafe { self.memory.as_ptr().add((self.count - 1 - place) * self.stride) };
            // SAFETY: there are as many places (1).
            let entry = unsafe { self.stack.add(place) };
            // SAFETY: the same.
            unsafe { entry.write(block) };
        }
        self.free.set(self.count);
        self.hide();
    }

    /// Shows free blocks to the sanitizer as such.
    fn hide(&self) {
        for block in self.free_blocks() {
            shadow::close(block, self.stride);
        }
    }

    /// Lets all bytes be touched.
    fn show(&self) {
        shadow::open(self.memory.as_ptr(), self.memory.size());
    }

    fn free_blocks(&self) -> impl Iterator<Item = NonNull<u8>> {
        // SAFETY: so many places are written (2), and a stack is aligned.
        unsafe { core::slice::from_raw_parts(self.stack.as_ptr(), self.free.get()) }.iter().copied()
    }

    /// The same pool, with every page touched, so that the kernel has nothing left to do.
    ///
    /// Reads and writes back a byte of each page.
    #[must_use]
    pub fn prefaulted(self) -> Self {
        self.show();
        let start = self.memory.as_ptr();
        for at in (0..self.memory.size()).step_by(PAGE).chain([self.memory.size() - 1]) {
            // SAFETY: it is a byte of the memory, which has one at least.
            let byte = unsafe { start.add(at) }.cast::<MaybeUninit<u8>>();
            // SAFETY: the memory is ours, and its byte may be anything.
            let was = unsafe { byte.read_volatile() };
            // SAFETY: the same; what was there is there again, whoever's it is.
            unsafe { byte.write_volatile(was) };
        }
        self.hide();
        self
    }

    /// The same pool, which writes zeroes over each block that is freed, and at its end over all of them,
    /// in a way that the compiler may not leave out. New blocks are all zero then.
    ///
    /// ```
    /// use larder::{FixedPool, alloc::Layout};
    /// let pool = FixedPool::of::<[u8; 32]>(4)?.wiping();
    /// pool.block(32)?.as_mut_slice().copy_from_slice(&[b'k'; 32]); // wiped here, where it is freed
    /// # Ok::<(), larder::alloc::Refusal>(())
    /// ```
    #[must_use]
    pub fn wiping(mut self) -> Self {
        self.on_free = OnFree::Wipe;
        self.show();
        for block in self.free_blocks() {
            // SAFETY: the block is free and has so many bytes (2).
            unsafe { wipe(block, self.stride) };
        }
        self.hide();
        self
    }

    /// How many blocks there are.
    pub const fn capacity(&self) -> usize {
        self.count
    }

    /// How many blocks are free.
    pub const fn available(&self) -> usize {
        self.free.get()
    }

    /// How many blocks are handed out.
    pub const fn live(&self) -> usize {
        self.count - self.free.get()
    }

    /// The most blocks that were live at once, since the start or the last reset.
    pub fn peak(&self) -> usize {
        self.count - self.least_free.get().min(self.free.get())
    }

    /// Whether `count` more blocks can be had.
    pub const fn has_capacity(&self, count: usize) -> bool {
        count <= self.free.get()
    }

    /// The layout of every block: requests up to this fit.
    pub const fn layout(&self) -> Layout {
        // SAFETY: it was made from a layout, padded, and the memory holds one.
        unsafe { Layout::from_size_align_unchecked(self.stride, self.align) }
    }

    /// The allocator that the memory came from.
    pub const fn upstream(&self) -> &A {
        self.memory.allocator()
    }

    /// A block, or why there is none.
    ///
    /// # Errors
    ///
    /// When `layout` does not fit a block, or when all blocks are live.
    #[inline]
    pub fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, Refusal> {
        // Less one, so that no bytes are the most, and are the slow path's.
        if layout.size().wrapping_sub(1) < self.stride
            && layout.align() <= self.align
            && let Some(block) = self.pop()
        {
            return Ok(NonNull::slice_from_raw_parts(block, self.stride));
        }
        self.answer(layout)
    }

    /// `size` zero bytes that free themselves.
    ///
    /// # Errors
    ///
    /// When blocks are smaller, or when all are live.
    pub fn block(&self, size: usize) -> Result<Block<&Self>, Refusal> {
        // SAFETY: `try_allocate` allocates here, and nobody else has the block.
        unsafe { Block::zeroed(size, self, |layout| self.try_allocate(layout)) }
    }

    /// Ends all blocks.
    pub fn reset(&mut self) {
        self.forget();
        self.least_free.set(self.count);
        self.fill();
    }

    /// Opens all blocks, notes none as live, and wipes them if that is asked for.
    fn forget(&mut self) {
        self.show();
        if self.on_free == OnFree::Wipe {
            // SAFETY: the blocks are so many bytes (1), and `&mut self` shows that none is in use.
            unsafe { wipe(self.memory.as_ptr(), self.count * self.stride) };
        }
        if CHECKED {
            // SAFETY: there is a byte for each block (1).
            unsafe { self.notes().write_bytes(0, self.count) };
        }
    }

    /// What is not a block: no bytes, or a reason.
    #[cold]
    #[inline(never)]
    fn answer(&self, layout: Layout) -> Result<NonNull<[u8]>, Refusal> {
        if layout.size() == 0 {
            return Ok(empty_block(layout));
        }
        self.failed.set(self.failed.get().saturating_add(1));
        let cause = if layout.size() > self.stride || layout.align() > self.align {
            Cause::Shape { size: self.stride, align: self.align }
        } else {
            Cause::Blocks { live: self.live(), limit: self.count }
        };
        Err(Refusal::new(layout, cause))
    }

    #[inline]
    fn pop(&self) -> Option<NonNull<u8>> {
        let free = self.free.get().checked_sub(1)?;
        self.free.set(free);
        // SAFETY: so many places are written (2).
        let place = unsafe { self.stack.add(free) };
        // SAFETY: the same.
        let block = unsafe { place.read() };
        shadow::open(block, self.stride);
        if CHECKED {
            self.note(block, true);
        }
        Some(block)
    }

    /// # Safety
    ///
    /// `ptr` is a live block of this pool, and nobody uses it any more.
    #[inline]
    unsafe fn push(&self, ptr: NonNull<u8>) {
        // The caller's pointer may have the right to fewer bytes than the block has.
        let block = self.memory.as_ptr().with_addr(ptr.addr());
        if CHECKED {
            self.note(block, false);
        }
        if self.on_free == OnFree::Wipe {
            // SAFETY: the block is ours again, and has so many bytes.
            unsafe { wipe(block, self.stride) };
        }
        shadow::close(block, self.stride);
        let free = self.free.get();
        if free < self.least_free.get() {
            self.least_free.set(free);
        }
        // SAFETY: a block is live, so fewer than all are free, and there is a place (1).
        let place = unsafe { self.stack.add(free) };
        // SAFETY: the same.
        unsafe { place.write(block) };
        self.free.set(free + 1);
    }

    /// Where debug builds note which blocks are live.
    fn notes(&self) -> NonNull<u8> {
        // SAFETY: they lie behind the stack (1).
        unsafe { self.stack.add(self.count) }.cast()
    }

    /// Notes in debug builds whether a block is live. A block that is not what it should be ends the process.
    #[cold]
    #[inline(never)]
    fn note(&self, block: NonNull<u8>, live: bool) {
        let address = block.addr().get();
        let offset = address.wrapping_sub(self.memory.as_ptr().addr().get());
        if offset >= self.count * self.stride || !offset.is_multiple_of(self.stride) {
            panics::corrupted(&format_args!(
                "a block at {address:#x} came back to a pool of {} blocks of {} bytes, but none of \
                 them begins there: it is another allocator's",
                self.count, self.stride
            ));
        }
        // SAFETY: there is a byte for each block (1).
        let note = unsafe { self.notes().add(offset / self.stride) };
        // SAFETY: it was zero at the start.
        if unsafe { note.read() } == u8::from(live) {
            panics::corrupted(&format_args!(
                "a block at {address:#x} of {} bytes came back, but it is free: it was freed before, \
                 or never handed out",
                self.stride
            ));
        }
        // SAFETY: the byte is ours.
        unsafe { note.write(u8::from(live)) };
    }
}

impl<'b> FixedPool<Buffer<'b>> {
    /// A pool of as many blocks for `layout` as have room in `bytes`, on the stack, in a static, or in mapped
    /// memory. The bytes are zeroed first.
    ///
    /// ```
    /// use core::mem::MaybeUninit;
    /// use larder::{FixedPool, alloc::Layout};
    /// let mut bytes = [MaybeUninit::uninit(); 4096];
    /// let pool = FixedPool::on_buffer(Layout::new::<[u64; 8]>(), &mut bytes)?;
    /// assert!(pool.capacity() > 50);
    /// assert!(FixedPool::on_buffer(Layout::new::<[u64; 8]>(), &mut []).is_err());
    /// # Ok::<(), larder::alloc::Refusal>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When there is no room for a single block.
    pub fn on_buffer(layout: Layout, bytes: &'b mut [MaybeUninit<u8>]) -> Result<Self, Refusal> {
        let (len, buffer) = (bytes.len(), Buffer::new(bytes));
        let room = buffer.capacity_at(Plan::new(layout, 0).align());
        let most = room / (Plan::new(layout, 0).stride + ENTRY);
        // What the stack's own alignment takes may be the room of one block.
        let fits =
            |count: &usize| Plan::new(layout, *count).size().is_some_and(|size| size <= room);
        match (most.saturating_sub(1)..=most).rev().find(fits) {
            None | Some(0) => Err(Self::too_small(layout, len)),
            Some(count) => Self::for_layout_in(layout, count, buffer),
        }
    }
}

impl<A: Allocator> Drop for FixedPool<A> {
    fn drop(&mut self) {
        self.forget();
    }
}

// SAFETY: the memory and its books are this value's alone, and no borrow of it is alive when it is sent.
unsafe impl<A: Allocator + Send> Send for FixedPool<A> {}

impl<A: Allocator> fmt::Debug for FixedPool<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FixedPool")
            .field("layout", &self.layout())
            .field("live", &self.live())
            .field("capacity", &self.count)
            .finish_non_exhaustive()
    }
}
