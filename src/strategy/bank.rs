#![expect(unsafe_code, reason = "takes chunks from the upstream and gives them back")]
//! Where chunks come from and where they rest: the upstream, the spare chunks, and the limit.
//!
//! Invariant: every chunk in `spare` is in no other list, and every chunk, spare or not, came from
//! `alloc` with its `size` counted in `reserved`.

use core::{cell::Cell, fmt, ptr::NonNull};

use super::chunk::{ALIGN, Chunk, Chunks, HEADER, Link};
use crate::{
    alloc::{Allocator, Buffer, Cause, Layout, Refusal, Stats, shadow},
    bits::growth,
};

/// What a reset keeps for the next round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Keep {
    /// Every chunk: the next round of the same size asks the upstream for nothing.
    All,
    /// The largest chunk.
    Largest,
    /// The largest chunks, as far as they have at most this many bytes together.
    UpTo(usize),
    /// Nothing; the next chunk is small again.
    Nothing,
}

/// Holds the chunks that nobody carves. There is one for an arena and all its scopes, and one for a
/// stack and all its frames.
pub struct Bank<A: Allocator> {
    pub(super) spare: Chunks,
    /// What to ask for next, unless a request needs more.
    next: Cell<usize>,
    first: usize,
    pub(super) limit: Cell<usize>,
    pub(super) reserved: Cell<usize>,
    pub(super) failed: Cell<usize>,
    pub(super) alloc: A,
}

impl<A: Allocator> Bank<A> {
    pub(super) const fn new(first: usize, alloc: A) -> Self {
        Self {
            spare: Chunks::new(),
            next: Cell::new(first),
            first,
            limit: Cell::new(usize::MAX),
            reserved: Cell::new(0),
            failed: Cell::new(0),
            alloc,
        }
    }

    /// A chunk that serves `layout`, in no list: a spare one, or one from the upstream, as large as
    /// growth suggests and the limit allows. A request larger than that gets its exact size.
    pub(super) fn take(&self, layout: Layout) -> Result<NonNull<Chunk>, Refusal> {
        let Some(needed) = Chunk::size_for(layout) else {
            return Err(self.refuse(layout, Cause::Overflow));
        };
        if let Some(chunk) = self.spare.take_first(|size| size >= needed) {
            return Ok(chunk);
        }
        let mut room = self.room();
        if needed > room {
            self.free_spare();
            room = self.room();
        }
        if needed > room {
            let cause =
                Cause::Limit { reserved: self.reserved.get(), needed, limit: self.limit.get() };
            return Err(self.refuse(layout, cause));
        }
        let suggested = self.next.get();
        let asked = needed.max(suggested).min(room);
        let block = self.ask(asked).or_else(|| self.ask(needed)).ok_or_else(|| {
            self.refuse(layout, Cause::Upstream { asked: needed, reserved: self.reserved.get() })
        })?;
        // What the upstream returned beyond the request is used, but not beyond the limit.
        let size = block.len().min(room).min(isize::MAX.cast_unsigned());
        if needed <= suggested {
            self.next.set(growth::next_chunk(size));
        }
        self.reserved.set(self.reserved.get() + size);
        // SAFETY: the block is new and ours; `size` is between what was asked for and what was
        // returned, so it fits, and it is at least `needed`, which includes a header.
        Ok(unsafe { Chunk::place(block.cast(), size) })
    }

    /// A chunk that serves `layout` and is not larger for the sake of growth.
    pub(super) fn take_exact(&self, layout: Layout) -> Result<NonNull<Chunk>, Refusal> {
        let next = self.next.replace(0);
        let chunk = self.take(layout);
        self.next.set(next);
        chunk
    }

    /// The size the next chunk will have, unless the request needs more.
    pub(super) const fn suggested(&self) -> usize {
        self.next.get()
    }

    /// How many bytes the limit still allows to ask for.
    pub(super) fn room(&self) -> usize {
        self.limit.get().saturating_sub(self.reserved.get())
    }

    fn ask(&self, size: usize) -> Option<NonNull<[u8]>> {
        self.alloc.allocate(Layout::from_size_align(size, ALIGN).ok()?).ok()
    }

    /// The figures of what the bank has given and keeps; `used` are the chunks its owner uses.
    pub(super) fn stats(&self, used: impl Iterator<Item = usize>) -> Stats {
        let limit = self.limit.get();
        Stats {
            reserved_bytes: self.reserved.get(),
            reserved_chunks: Some(used.count() + self.spare.sizes().count()),
            limit_bytes: (limit != usize::MAX).then_some(limit),
            failed: Some(self.failed.get()),
            ..Stats::default()
        }
    }

    #[cold]
    pub(super) fn refuse(&self, layout: Layout, cause: Cause) -> Refusal {
        self.failed.set(self.failed.get().saturating_add(1));
        Refusal::new(layout, cause)
    }

    /// Moves the chunks before `until`, or all, to the spare ones.
    pub(super) fn shelve(&self, chunks: &Chunks, until: Link) {
        while chunks.head() != until {
            let Some(chunk) = chunks.pop() else { return };
            // SAFETY: what was in a list keeps the invariants of chunks.
            unsafe { Chunk::window(chunk) }.close();
            // SAFETY: the chunk was in the other list, and is in none now.
            unsafe { self.spare.push(chunk) };
        }
    }

    /// Gives spare chunks back to the upstream until those left have at most `keep` bytes,
    /// the smallest first.
    pub(super) fn trim(&self, keep: usize) {
        let mut left: usize = self.spare.sizes().sum();
        while left > keep {
            let Some(least) = self.spare.sizes().min() else { return };
            if let Some(chunk) = self.spare.take_first(|size| size == least) {
                left -= least;
                self.free(chunk, least);
            }
        }
    }

    pub(super) fn free_spare(&self) {
        self.trim(0);
    }

    /// Keeps of the spare chunks what `keep` says.
    pub(super) fn settle(&self, keep: Keep) {
        match keep {
            Keep::All => {}
            Keep::Largest => {
                let largest = self.take_largest();
                self.free_spare();
                if let Some(chunk) = largest {
                    // SAFETY: it was taken out of the only list it was in.
                    unsafe { self.spare.push(chunk) };
                }
            }
            Keep::UpTo(bytes) => self.trim(bytes),
            Keep::Nothing => {
                self.free_spare();
                self.next.set(self.first);
            }
        }
    }

    /// Takes the largest of the spare chunks.
    pub(super) fn take_largest(&self) -> Link {
        let largest = self.spare.sizes().max()?;
        self.spare.take_first(|size| size == largest)
    }

    /// The next chunk will be of `size` bytes, unless the request needs more.
    pub(super) fn suggest(&self, size: usize) {
        self.next.set(size);
    }

    /// Gives one chunk back to the upstream.
    ///
    /// # Safety
    ///
    /// The chunk came from [`take`](Self::take), is in no list, and nobody uses its bytes.
    pub(super) unsafe fn give_back(&self, chunk: NonNull<Chunk>) {
        // SAFETY: the chunk keeps its invariants since `take` made it.
        let size = unsafe { chunk.as_ref() }.size;
        self.free(chunk, size);
    }

    fn free(&self, chunk: NonNull<Chunk>, size: usize) {
        shadow::open(chunk.cast(), size);
        self.reserved.set(self.reserved.get() - size);
        // SAFETY: sizes of chunks are layouts that fit their blocks.
        let layout = unsafe { Layout::from_size_align_unchecked(size, ALIGN) };
        // SAFETY: the chunk came from `alloc`, fits, and is in no list any more.
        unsafe { self.alloc.deallocate(chunk.cast(), layout) }
    }
}

impl<'b, A: Allocator> Bank<Buffer<'b, A>> {
    /// How large the first chunk is that takes all of the buffer.
    pub(super) fn first_on(buffer: &Buffer<'b, A>) -> usize {
        let capacity = buffer.capacity_at(ALIGN);
        if capacity > HEADER { capacity } else { growth::next_chunk(0) }
    }
}

impl<A: Allocator> Drop for Bank<A> {
    fn drop(&mut self) {
        while let Some(size) = self.spare.sizes().next() {
            if let Some(chunk) = self.spare.pop() {
                self.free(chunk, size);
            }
        }
    }
}

impl<A: Allocator> fmt::Debug for Bank<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bank").field("reserved", &self.reserved.get()).finish_non_exhaustive()
    }
}

const _: () = assert!(HEADER.is_multiple_of(align_of::<Chunk>()) && align_of::<Chunk>() <= ALIGN);
