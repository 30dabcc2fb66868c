#![expect(unsafe_code, reason = "carves chunks into blocks, and puts the free ones on a stack")]
//! Blocks of one size: carved from chunks, and the free ones on a stack. The engine of the pool, of
//! each class of the slab, and of the pool of objects.
//!
//! ```text
//!  chunk:  | header | books (debug) | pad | block | block | block | ... | rest |
//!                                         ^ a multiple of the alignment
//!  slots:  one chunk more, with one word for each block of all chunks
//! ```
//!
//! **Algorithm.** A block comes from the stack of free ones ([`Slots`]). When that is empty, a batch
//! of blocks is carved from the newest chunk and put there, lowest address on top; when the chunk is
//! used up, a new one is taken. Since there is a word for every block, freeing cannot fail.
//!
//! Which chunks are wholly free is not counted along the way, which would cost every call; it is
//! found by sorting the free addresses when it is asked.
//!
//! In debug builds each chunk has books: a bit for each block, set while it is handed out. They tell
//! blocks that are freed twice from blocks that were never handed out.
//!
//! Invariants:
//!
//! 1. The chunks in `chunks`, and the room of `slots`, came from one bank, are in no other list, and the
//!    provenance of the chunks is exposed.
//! 2. Each block of each chunk is either handed out, or in `slots`, or in `fresh..fresh_end`; `count`
//!    is the number of all of them, and `slots` has room for so many.
//! 3. `fresh..fresh_end` are whole blocks at the end of the newest chunk, or nothing.
//! 4. All calls for the same blocks pass the same bank and the same [`Cut`].

use core::{cell::Cell, num::NonZero, ops::Range, ptr::NonNull};

use super::{
    bank::Bank,
    chunk::{Chunk, Chunks, HEADER, at},
    prefetch::prefetch,
    slots::Slots,
};
use crate::{
    alloc::{Allocator, Cause, Layout, Refusal, shadow},
    bits::align,
    panics,
};

/// Whether frees are checked.
const CHECKED: bool = cfg!(debug_assertions);

/// How many blocks are carved at once.
const BATCH: usize = 32;

/// Blocks of this size, or a part of it, do not lie across two lines.
const CACHE_LINE: usize = 64;

/// The size of an address on the stack.
const WORD: usize = size_of::<usize>();

/// Bits in a word of the books.
const BITS: usize = u64::BITS as usize;

/// How blocks are cut: so far apart, and each at a multiple of `align`. `stride` is a multiple of
/// `align`, and not 0.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    pub(super) stride: usize,
    pub(super) align: usize,
}

/// The largest power of two, up to `most`, at whose multiples blocks so far apart can all lie.
pub(super) const fn natural_align(stride: usize, most: usize) -> usize {
    let natural = 1 << stride.trailing_zeros();
    if natural < most { natural } else { most }
}

/// Where the blocks of a chunk lie.
struct Extent {
    start: usize,
    count: usize,
}

impl Cut {
    /// Blocks of `layout`, which is a multiple of its alignment, and not 0. They touch no more cache
    /// lines than they must.
    pub(super) const fn of(block: Layout) -> Self {
        let (stride, align) = (block.size(), block.align());
        let natural = natural_align(stride, CACHE_LINE);
        Self { stride, align: if natural > align { natural } else { align } }
    }

    /// The layout whose chunk has room for `count` blocks.
    fn chunk_for(self, count: usize) -> Option<Layout> {
        let size = self.stride.checked_mul(count)?.checked_add(Self::books_for(count))?;
        Layout::from_size_align(size, self.align.max(align_of::<u64>())).ok()
    }

    /// At least the bytes of books for `count` blocks, wherever the chunk lies.
    const fn books_for(count: usize) -> usize {
        if CHECKED { (count / BITS + 2) * size_of::<u64>() } else { 0 }
    }

    /// The size of the largest chunk of at most `size` bytes, if there is one, that wastes none
    /// behind its last block.
    fn whole_blocks(self, size: usize) -> usize {
        let besides = HEADER + self.align + Self::books_for(size / self.stride);
        let count = size.saturating_sub(besides) / self.stride;
        self.chunk_for(count).and_then(Chunk::size_for).unwrap_or(size)
    }

    /// The blocks of a chunk of `size` bytes at `chunk`. The books, if any, are right behind the
    /// header.
    fn extent(self, chunk: usize, size: usize) -> Extent {
        let bytes = size - HEADER;
        let books = if CHECKED { (bytes / self.stride / BITS + 1) * size_of::<u64>() } else { 0 };
        let end = chunk + size;
        match align::up(chunk + HEADER + books, self.align) {
            Some(start) if start < end => Extent { start, count: (end - start) / self.stride },
            _ => Extent { start: end, count: 0 },
        }
    }
}

/// The free blocks of one chunk: those on the stack, between these places of it, and the fresh ones.
struct Share {
    stacked: Range<usize>,
    fresh: usize,
    count: usize,
}

impl Share {
    fn free(&self) -> usize {
        self.stacked.len() + self.fresh
    }

    fn is_idle(&self) -> bool {
        self.free() == self.count
    }
}

/// Where the free blocks of a pool or a slab lie: in chunks that could go back to the upstream, or
/// between live blocks, which hold them there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fragmentation {
    /// Chunks with at least one live block.
    pub live_chunks: usize,
    /// Chunks without, which could go back.
    pub idle_chunks: usize,
    /// Bytes of the blocks in idle chunks.
    pub idle_bytes: usize,
    /// Bytes of the free blocks in live chunks.
    pub stranded_bytes: usize,
}

impl Fragmentation {
    /// The share of the free bytes that lie between live blocks, in thousandths; 0 when none is free.
    #[must_use]
    pub const fn permille(&self) -> usize {
        match self.stranded_bytes + self.idle_bytes {
            0 => 0,
            free => (self.stranded_bytes as u128 * 1000 / free as u128) as usize,
        }
    }
}

pub(super) struct Blocks {
    slots: Slots,
    fresh: Cell<usize>,
    fresh_end: Cell<usize>,
    chunks: Chunks,
    count: Cell<usize>,
    /// How many blocks may rest on the stack before [`push`](Self::push) asks.
    keep: Cell<usize>,
}

impl Blocks {
    pub(super) const fn new() -> Self {
        Self {
            slots: Slots::new(),
            fresh: Cell::new(0),
            fresh_end: Cell::new(0),
            chunks: Chunks::new(),
            count: Cell::new(0),
            keep: Cell::new(usize::MAX),
        }
    }

    /// A free block, or `None` when [`refill`](Self::refill) must find some first.
    #[inline]
    pub(super) fn pop(&self, cut: Cut) -> Option<NonNull<u8>> {
        let address = self.slots.pop()?;
        if CHECKED {
            self.note_taken(address.get(), cut);
        }
        // The chunk was exposed (1), and the block was in the stack, so it is free (2).
        let block = NonNull::with_exposed_provenance(address);
        shadow::open(block, cut.stride);
        Some(block)
    }

    /// Has the processor fetch the line of the block that comes next, which the user of this one will
    /// not have to wait for. With blocks that came back in random order this is a fifth of the time.
    #[inline]
    pub(super) fn prefetch_next(&self) {
        if let Some(next) = self.slots.peek() {
            prefetch(next);
        }
    }

    /// Takes a block back; `false` when the mark is reached, and nothing happened.
    ///
    /// # Safety
    ///
    /// The block is one of these blocks, handed out, and nobody uses it any more.
    #[inline]
    pub(super) unsafe fn push(&self, block: NonNull<u8>, cut: Cut) -> bool {
        let pushed = self.slots.push(block.addr());
        if CHECKED && pushed {
            self.note_freed(block.addr().get(), cut);
        }
        if pushed {
            shadow::close(block, cut.stride);
        }
        pushed
    }

    /// A block came back although there is a word for each and none is free.
    #[cold]
    #[inline(never)]
    pub(super) fn overfull(&self, block: NonNull<u8>, cut: Cut) -> ! {
        if CHECKED {
            self.note_freed(block.addr().get(), cut);
        }
        panics::corrupted(&format_args!(
            "{:#x} was freed, but all {} blocks are free already: a block was freed twice, or is of \
             another allocator",
            block.addr(),
            self.count.get()
        ))
    }

    /// Makes at least one block free: from the newest chunk, or from a new one of about `suggested`
    /// bytes, or, when that is refused, of any size.
    ///
    /// # Errors
    ///
    /// When the upstream refuses, or the limit of the bank is reached.
    pub(super) fn refill<A: Allocator>(&self, bank: &Bank<A>, cut: Cut) -> Result<(), Refusal> {
        if self.fresh.get() == self.fresh_end.get() {
            self.add_chunk(bank, cut, 1)?;
        }
        self.carve(cut, BATCH);
        Ok(())
    }

    /// Makes `count` blocks available without asking the upstream.
    ///
    /// # Errors
    ///
    /// When the upstream refuses, or the limit of the bank is reached.
    pub(super) fn reserve<A: Allocator>(
        &self,
        bank: &Bank<A>,
        cut: Cut,
        count: usize,
    ) -> Result<(), Refusal> {
        match count.saturating_sub(self.free(cut)) {
            0 => Ok(()),
            missing => self.add_chunk(bank, cut, missing),
        }
    }

    /// Blocks that can be had without asking the upstream.
    pub(super) fn free(&self, cut: Cut) -> usize {
        self.slots.len() + (self.fresh_end.get() - self.fresh.get()) / cut.stride
    }

    /// Blocks that are handed out.
    pub(super) fn live(&self, cut: Cut) -> usize {
        self.count.get() - self.free(cut)
    }

    /// The sizes of the chunks.
    pub(super) fn chunk_sizes(&self) -> impl Iterator<Item = usize> {
        self.chunks.sizes()
    }

    /// Whether the byte at `ptr` lies in one of the chunks.
    pub(super) fn covers(&self, ptr: NonNull<u8>) -> bool {
        self.chunks.covers(ptr)
    }

    /// How many blocks there are, handed out or not.
    pub(super) const fn count(&self) -> usize {
        self.count.get()
    }

    /// Lets [`push`](Self::push) ask when so many blocks are on the stack.
    pub(super) fn keep(&self, blocks: usize) {
        self.keep.set(blocks);
        self.set_mark();
    }

    /// At a quarter above what is there at the soonest, so that what is done at the mark, which costs
    /// `n log n`, is done once for every `n / 4` blocks that come back.
    fn set_mark(&self) {
        let (keep, len) = (self.keep.get(), self.slots.len());
        self.slots.stop_at(len.saturating_add(keep.max(len / 4).max(1)));
    }

    /// Puts up to `most` fresh blocks on the stack, lowest on top. There is a word for each (2).
    fn carve(&self, cut: Cut, most: usize) {
        let fresh = self.fresh.get();
        let batch = most.min((self.fresh_end.get() - fresh) / cut.stride);
        self.slots.stop_at(usize::MAX);
        for block in (0..batch).rev() {
            let Some(address) = NonZero::new(fresh + block * cut.stride) else { continue };
            self.slots.push(address);
        }
        self.set_mark();
        self.fresh.set(fresh + batch * cut.stride);
    }

    /// A new chunk with room for at least `least` blocks, and for as many as the bank suggests.
    #[cold]
    #[inline(never)]
    fn add_chunk<A: Allocator>(
        &self,
        bank: &Bank<A>,
        cut: Cut,
        least: usize,
    ) -> Result<(), Refusal> {
        let block =
            || Layout::from_size_align(cut.stride, cut.align).unwrap_or(Layout::new::<u8>());
        let layout = cut.chunk_for(least).ok_or_else(|| Refusal {
            size: cut.stride.saturating_mul(least),
            ..bank.refuse(block(), Cause::Overflow)
        })?;
        // Under a limit, what the new words will need must be left over.
        let words = (self.count.get() + 2).saturating_mul(WORD) + 2 * HEADER;
        let left = bank.room().saturating_sub(words) / (cut.stride + WORD) * cut.stride;
        bank.suggest(cut.whole_blocks(bank.suggested().min(left)));
        let chunk = bank.take(layout)?;
        // SAFETY: the chunk is new from the bank.
        let size = unsafe { chunk.as_ref() }.size;
        // SAFETY: as above.
        let window = unsafe { Chunk::window(chunk) };
        window.open();
        let extent = cut.extent(chunk.addr().get(), size);
        debug_assert!(extent.count >= least, "a chunk taken for blocks has room for them");
        if let Err(refusal) = self.slots.widen(bank, self.count.get() + extent.count) {
            // SAFETY: the chunk came from the bank just now, and nobody uses it.
            unsafe { bank.give_back(chunk) };
            return Err(refusal);
        }
        self.carve(cut, usize::MAX);
        if CHECKED {
            // SAFETY: the books lie between the header and the first block.
            let books = unsafe { chunk.cast::<u8>().add(HEADER) };
            let bytes = (size - HEADER) / cut.stride / BITS + 1;
            // SAFETY: as above.
            unsafe { books.cast::<u64>().write_bytes(0, bytes) };
        }
        chunk.as_ptr().expose_provenance();
        shadow::close(at(window.cursor, extent.start), extent.count * cut.stride);
        self.fresh.set(extent.start);
        self.fresh_end.set(extent.start + extent.count * cut.stride);
        self.count.set(self.count.get() + extent.count);
        // SAFETY: the chunk came from the bank and is in no list (1).
        unsafe { self.chunks.push(chunk) };
        self.set_mark();
        Ok(())
    }

    /// Takes the chunks without a live block out and gives them back to the upstream, and orders the
    /// free blocks, lowest on top. Costs `n log n` for `n` free blocks.
    #[cold]
    pub(super) fn release<A: Allocator>(&self, bank: &Bank<A>, cut: Cut) {
        self.sort();
        let kept = Chunks::new();
        while let Some(chunk) = self.chunks.pop() {
            // SAFETY: chunks keep their invariants (1).
            let size = unsafe { chunk.as_ref() }.size;
            let share = self.share(chunk, size, cut);
            if !share.is_idle() {
                // SAFETY: it is in no list now.
                unsafe { kept.push(chunk) };
                continue;
            }
            self.slots.rearrange(|free| {
                free.copy_within(share.stacked.end.., share.stacked.start);
                free.len() - share.stacked.len()
            });
            if share.fresh > 0 {
                self.fresh.set(0);
                self.fresh_end.set(0);
            }
            self.count.set(self.count.get() - share.count);
            // SAFETY: it came from the bank, is in no list, and all its blocks are free and gone
            // from the stack.
            unsafe { bank.give_back(chunk) };
        }
        while let Some(chunk) = kept.pop() {
            // SAFETY: it is in no list now.
            unsafe { self.chunks.push(chunk) };
        }
        if self.count.get() == 0 {
            self.slots.give_room_back(bank);
        }
        self.set_mark();
    }

    /// Adds where the free blocks are to `found`. Orders the free blocks, lowest on top, for which it
    /// costs `n log n`.
    pub(super) fn survey(&self, cut: Cut, found: &mut Fragmentation) {
        self.sort();
        for (chunk, size) in self.chunks.each() {
            let share = self.share(chunk, size, cut);
            let bytes = share.free() * cut.stride;
            if share.is_idle() {
                found.idle_chunks += 1;
                found.idle_bytes += bytes;
            } else {
                found.live_chunks += 1;
                found.stranded_bytes += bytes;
            }
        }
    }

    /// Orders the free blocks, lowest on top.
    fn sort(&self) {
        self.slots.rearrange(|free| {
            free.sort_unstable_by(|a, b| b.cmp(a));
            free.len()
        });
    }

    /// What a chunk has of the free blocks, which are sorted.
    fn share(&self, chunk: NonNull<Chunk>, size: usize, cut: Cut) -> Share {
        let Extent { start, count } = cut.extent(chunk.addr().get(), size);
        let end = start + count * cut.stride;
        let (fresh, fresh_end) = (self.fresh.get(), self.fresh_end.get());
        let holds_fresh = fresh < fresh_end && (start..end).contains(&fresh);
        let mut stacked = 0..0;
        self.slots.rearrange(|free| {
            stacked = free.partition_point(|address| address.get() >= end)
                ..free.partition_point(|address| address.get() >= start);
            free.len()
        });
        let fresh = if holds_fresh { (fresh_end - fresh) / cut.stride } else { 0 };
        Share { stacked, fresh, count }
    }

    /// Ends all blocks. Their chunks become spare chunks of the bank; the room of the stack stays.
    ///
    /// # Safety
    ///
    /// No block is used any more.
    pub(super) unsafe fn end<A: Allocator>(&self, bank: &Bank<A>) {
        self.slots.clear();
        self.fresh.set(0);
        self.fresh_end.set(0);
        self.count.set(0);
        bank.shelve(&self.chunks, None);
    }

    /// Ends all blocks and gives all memory back to the bank.
    ///
    /// # Safety
    ///
    /// No block is used any more.
    pub(super) unsafe fn abandon<A: Allocator>(&self, bank: &Bank<A>) {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { self.end(bank) };
        self.slots.give_room_back(bank);
    }

    /// The chunk that the block at `address` is in, and which of its blocks it is.
    fn find(&self, address: usize, cut: Cut) -> Option<(NonNull<Chunk>, usize)> {
        self.chunks.each().find_map(|(chunk, size)| {
            let Extent { start, count } = cut.extent(chunk.addr().get(), size);
            let offset = address.checked_sub(start)?;
            let index = offset / cut.stride;
            (index < count && offset % cut.stride == 0).then_some((chunk, index))
        })
    }

    /// Turns the bit of a block over in the books, and returns what it was.
    fn flip(&self, chunk: NonNull<Chunk>, index: usize) -> bool {
        // SAFETY: the books lie right behind the header, with a bit for every block.
        let books = unsafe { chunk.cast::<u8>().add(HEADER) }.cast::<u64>();
        // SAFETY: as above.
        let word = unsafe { books.add(index / BITS) };
        // SAFETY: the books were zeroed when the chunk was added, and are ours.
        let before = unsafe { word.read() };
        // SAFETY: as above.
        unsafe { word.write(before ^ 1 << (index % BITS)) };
        before >> (index % BITS) & 1 == 1
    }

    #[cold]
    fn note_taken(&self, address: usize, cut: Cut) {
        match self.find(address, cut) {
            Some((chunk, index)) if !self.flip(chunk, index) => {}
            _ => panics::corrupted(&format_args!(
                "the block at {address:#x} was on the stack of free blocks, but is not free: the \
                 stack was overwritten"
            )),
        }
    }

    #[cold]
    fn note_freed(&self, address: usize, cut: Cut) {
        match self.find(address, cut) {
            Some((chunk, index)) => {
                if !self.flip(chunk, index) {
                    panics::corrupted(&format_args!(
                        "the block at {address:#x}, of {} bytes, was freed twice",
                        cut.stride
                    ));
                }
            }
            None => panics::corrupted(&format_args!(
                "{address:#x} was freed as a block of {} bytes, but no such block begins there: it \
                 is of another allocator, or not the address that was handed out",
                cut.stride
            )),
        }
    }
}
