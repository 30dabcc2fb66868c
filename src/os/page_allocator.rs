#![expect(unsafe_code, reason = "hands out pages of the kernel's")]
//! The engine of [`Pages`](super::Pages), [`HugePages`](super::HugePages) and
//! [`NumaAlloc`](super::NumaAlloc): blocks of whole pages, each on a span of addresses of its own.
//!
//! ```text
//!   | block, rounded up to the granule | reserved, with `with_room` only |
//!   ^ at                               ^ the returned length             ^ span
//! ```
//!
//! **Algorithm.** The length of the span is a function of the block's size: any size that fits the
//! block gives the same span. Of a live block only its address is written down, in a table beside. Freed spans are kept, up to a
//! bound, and served again without a call to the kernel: their pages are present, which is most of
//! what a new mapping costs. A block grows in place into its room, or the kernel moves its pages to
//! another address without copying, or, when it refuses, it is copied.
//!
//! Invariants:
//!
//! 1. A span is pages from `source` that only its block, or the stock, has. It is never unmapped
//!    while its block is live, not even by the allocator's drop.
//! 2. For a block of `size`, the first `up(size, granule)` bytes of its span can be read and written.
//! 3. A span in the stock is `len` bytes, of which the first `committed` can be read and written.
//! 4. A range that the kernel does not take back is counted as stranded and never used again.
//!
//! What it does not promise: small blocks cost a whole granule each; put an arena on top.

use core::{fmt, num::NonZero, ptr::NonNull};

use super::{
    Access, Advice, Backing, Call, Error, Kernel, Outcome, Target, Wish,
    advice::{lock_pages, populate_pages},
    stock::{Span, Stock},
};
use crate::{
    alloc::{
        AllocError, Allocator, GoodSize, Layout, NeverInvalidates, Owns, Report, ResizeInPlace,
        Stats, blocks::zero, bridge_api2,
    },
    bits::align,
    sync::Mutex,
};

/// Where a [`PageAllocator`] gets its pages from.
///
/// # Safety
///
/// `map` returns `span` bytes of pages, at a multiple of `align`, that nobody else has and that are
/// the kernel's to unmap; the first `len` of them can be read and written and are zero. `granule` is
/// always the same power of two, and at least a page.
pub unsafe trait Source: fmt::Debug {
    /// Which kernel the pages come from.
    type Kernel: Kernel;

    /// That kernel.
    fn kernel(&self) -> &Self::Kernel;

    /// All blocks are a multiple of this long.
    fn granule(&self) -> usize;

    /// Whether pages of this kind stay so when the kernel moves them to another address.
    fn survives_moves(&self) -> bool;

    /// New pages. `span` and `len` are multiples of the granule, and `align` is a power of two.
    ///
    /// # Errors
    ///
    /// When the kernel refuses, or what was required of the pages does not hold.
    fn map(&self, span: usize, len: usize, align: usize) -> Result<NonNull<u8>, Error>;
}

/// New pages at a multiple of `align`: those around them are given back at once.
pub(super) fn map_aligned(
    kernel: &impl Kernel,
    len: usize,
    align: usize,
    access: Access,
) -> Result<NonNull<u8>, Error> {
    map_aligned_behind(kernel, 0, len, align, access, Backing::Private)
}

/// The same, of which the first `len` bytes can be read and written, and the rest is addresses only.
pub(super) fn map_with_room(
    kernel: &impl Kernel,
    span: usize,
    len: usize,
    align: usize,
) -> Result<NonNull<u8>, Error> {
    if span == len {
        return map_aligned(kernel, span, align, Access::ReadWrite);
    }
    let at = map_aligned(kernel, span, align, Access::None)?;
    // SAFETY: the pages are new, and are allowed more.
    if let Err(errno) = unsafe { kernel.protect(at, len, Access::ReadWrite) } {
        // SAFETY: the pages are new, and nobody uses them.
        let _ = unsafe { kernel.unmap(at, span) };
        return Err(Error::new(Call::Protect, len, errno));
    }
    Ok(at)
}

/// New pages that are at a multiple of `align` from `front` bytes on, which are whole pages.
pub(super) fn map_aligned_behind(
    kernel: &impl Kernel,
    front: usize,
    len: usize,
    align: usize,
    access: Access,
    backing: Backing,
) -> Result<NonNull<u8>, Error> {
    let slack = align.saturating_sub(kernel.page_size());
    let all = len.checked_add(slack).filter(|all| *all <= isize::MAX.cast_unsigned());
    let call = if backing == Backing::Secret { Call::MapSecret } else { Call::Map };
    let all = all.ok_or(Error::too_large(call))?;
    let at = kernel.map(all, access, backing).map_err(|errno| Error::new(call, all, errno))?;
    let before = (at.addr().get() + front).wrapping_neg() & (align - 1);
    // SAFETY: `before` is at most the slack, so it lies in the pages, or just behind them.
    let (start, behind) = (unsafe { at.add(before) }, slack.saturating_sub(before));
    // SAFETY: `start + len` is at most the end of the pages.
    let end = unsafe { start.add(len) };
    let mut taken = Ok(());
    if slack > 0 && before > 0 {
        // SAFETY: the pages in front are new, and nobody uses them.
        taken = unsafe { kernel.unmap(at, before) };
    }
    if behind > 0 && taken.is_ok() {
        // SAFETY: the pages behind are new, and nobody uses them.
        taken = unsafe { kernel.unmap(end, behind) };
        if taken.is_err() {
            // SAFETY: as above; those in front are gone already.
            let _ = unsafe { kernel.unmap(start, len + behind) };
        }
    } else if taken.is_err() {
        // SAFETY: all the pages are new, and nobody uses them.
        let _ = unsafe { kernel.unmap(at, all) };
    }
    taken.map(|()| start).map_err(|errno| Error::new(Call::Unmap, slack, errno))
}

/// An allocator of whole pages from a [`Source`]; see [`Pages`](super::Pages).
///
/// It may be shared between threads; each call takes a lock for a few nanoseconds.
pub struct PageAllocator<S: Source> {
    pub(super) source: S,
    stock: Mutex<Stock>,
    populate: Wish,
    lock: Wish,
    cache: usize,
    room: usize,
}

/// What came of the wishes for all pages so far; the first refusal counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcomes {
    /// Of [`with_populate`](PageAllocator::with_populate).
    pub populated: Outcome,
    /// Of [`with_lock`](PageAllocator::with_lock).
    pub locked: Outcome,
}

/// Whether pages of a block are known to be zero.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Fresh,
    Used,
}

impl<S: Source> PageAllocator<S> {
    /// How many bytes of freed pages are kept for the next requests, unless it is set: 32 MiB.
    pub const CACHE: usize = 32 << 20;

    pub(super) const fn over(source: S) -> Self {
        Self {
            source,
            stock: Mutex::new(Stock::new()),
            populate: Wish::Ignore,
            lock: Wish::Ignore,
            cache: Self::CACHE,
            room: 0,
        }
    }

    /// The same, keeping at most `bytes` of freed pages for the next requests. 0 gives them back to
    /// the system at once.
    #[must_use]
    pub fn with_cache(mut self, bytes: usize) -> Self {
        self.cache = bytes;
        self
    }

    /// The same, with pages that are present when they are handed out, so that the first use of a
    /// block is neither slow nor a signal when memory is short. `Require` refuses the block instead.
    #[must_use]
    pub fn with_populate(mut self, wish: Wish) -> Self {
        self.populate = wish;
        self
    }

    /// The same, with pages that are never swapped out. `Require` refuses a block that the kernel does
    /// not lock, as it does beyond `RLIMIT_MEMLOCK`.
    #[must_use]
    pub fn with_lock(mut self, wish: Wish) -> Self {
        self.lock = wish;
        self
    }

    /// The same, with addresses for `bytes` reserved for each block, so that it grows that far in
    /// place. Addresses are not memory; a process has 128 TiB of them on most machines.
    ///
    /// # Panics
    ///
    /// When there are live blocks: it would not be known how far those reach.
    #[must_use]
    #[track_caller]
    pub fn with_room(mut self, bytes: usize) -> Self {
        let live = self.report().live_blocks;
        assert_eq!(live, Some(0), "the room is set before the first block is allocated");
        self.trim();
        // More than there is would be refused anyway; a multiple of a page always.
        let most = isize::MAX.cast_unsigned();
        self.room = align::up(bytes.min(most), self.source.granule()).unwrap_or(most);
        self
    }

    /// Where the pages come from.
    pub const fn source(&self) -> &S {
        &self.source
    }

    /// What came of the wishes.
    pub fn outcomes(&self) -> Outcomes {
        self.with_stock(|stock| Outcomes { populated: stock.populated, locked: stock.locked })
    }

    /// Why the last request that was refused was refused.
    pub fn last_refusal(&self) -> Option<Error> {
        self.with_stock(|stock| stock.figures.last_refusal)
    }

    /// Bytes that the kernel did not take back when they were freed, and that stay until the process
    /// ends: for taking pages out of the middle of a mapping it needs one more, and may have none.
    pub fn stranded_bytes(&self) -> usize {
        self.with_stock(|stock| stock.figures.stranded)
    }

    /// Gives the freed pages that are kept back to the system.
    pub fn trim(&self) {
        while let Some(span) = self.with_stock(Stock::take_oldest) {
            self.unmap(span.at(), span.len);
        }
        self.with_stock(|stock| stock.figures.release(self.source.kernel(), false));
    }

    fn with_stock<R>(&self, work: impl FnOnce(&mut Stock) -> R) -> R {
        // What is under the lock is right at any time, so a panic elsewhere does not spoil it.
        work(&mut self.stock.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// How long the block for a request is.
    #[inline]
    fn len(&self, size: usize) -> Option<usize> {
        align::up(size, self.source.granule()).filter(|len| *len <= isize::MAX.cast_unsigned())
    }

    /// The same for a live block, whose length there is.
    #[inline]
    fn live_len(&self, size: usize) -> usize {
        align::down(size + (self.source.granule() - 1), self.source.granule())
    }

    #[cold]
    fn refuse(&self, error: Error) -> AllocError {
        self.with_stock(|stock| stock.figures.refused(error));
        AllocError
    }

    #[inline]
    fn obtain(&self, layout: Layout) -> Result<(NonNull<[u8]>, State), AllocError> {
        if layout.size() == 0 {
            let address = NonZero::new(layout.align()).unwrap_or(NonZero::<usize>::MIN);
            let nowhere = NonNull::without_provenance(address);
            return Ok((NonNull::slice_from_raw_parts(nowhere, 0), State::Fresh));
        }
        let Some(len) = self.len(layout.size()) else {
            return Err(self.refuse(Error::too_large(Call::Map)));
        };
        let span = len.max(self.room);
        let kept = self.with_stock(|stock| {
            let Some(kept) = stock.take(span, layout.align()) else { return Ok(None) };
            let began = stock.figures.began(kept.at(), len, self.source.kernel());
            if began.is_err() {
                stock.put(kept, usize::MAX);
            }
            began.map(|()| Some(kept))
        });
        if let Some(kept) = kept.map_err(|error| self.refuse(error))? {
            let at = kept.at();
            if kept.committed >= len || self.commit(at, kept.committed, len).is_ok() {
                return Ok((NonNull::slice_from_raw_parts(at, len), State::Used));
            }
            self.with_stock(|stock| stock.figures.ended(at, len));
            self.unmap(at, span);
        }
        self.obtain_slow(span, len, layout.align())
    }

    #[cold]
    #[inline(never)]
    fn obtain_slow(
        &self,
        span: usize,
        len: usize,
        align: usize,
    ) -> Result<(NonNull<[u8]>, State), AllocError> {
        let mapped = self.source.map(span, len, align.max(self.source.granule()));
        let mapped = mapped.or_else(|error| {
            // What is kept may be what is missing.
            if self.with_stock(|stock| stock.count()) == 0 {
                return Err(error);
            }
            self.trim();
            self.source.map(span, len, align.max(self.source.granule()))
        });
        let at = mapped.map_err(|error| self.refuse(error))?;
        let began = self.dress(at, len).and_then(|()| {
            self.with_stock(|stock| stock.figures.began(at, len, self.source.kernel()))
        });
        if let Err(error) = began {
            self.unmap(at, span);
            return Err(self.refuse(error));
        }
        Ok((NonNull::slice_from_raw_parts(at, len), State::Fresh))
    }

    /// Asks for what is wished of new pages.
    fn dress(&self, at: NonNull<u8>, len: usize) -> Result<(), Error> {
        if (self.populate, self.lock) == (Wish::Ignore, Wish::Ignore) {
            return Ok(());
        }
        let kernel = self.source.kernel();
        let populated = Outcome::of(self.populate, || populate_pages(kernel, at, len))?;
        let locked = Outcome::of(self.lock, || lock_pages(kernel, at, len))?;
        self.with_stock(|stock| {
            stock.populated = stock.populated.and(populated);
            stock.locked = stock.locked.and(locked);
        });
        Ok(())
    }

    /// Makes the bytes from `old` to `new` of a span memory, and dresses them.
    fn commit(&self, at: NonNull<u8>, old: usize, new: usize) -> Result<(), Error> {
        // SAFETY: `old` is inside the span.
        let added = unsafe { at.add(old) };
        let kernel = self.source.kernel();
        // SAFETY: the pages are of the span, which the caller has alone (1), and are allowed more.
        let done = unsafe { kernel.protect(added, new - old, Access::ReadWrite) };
        done.map_err(|errno| Error::new(Call::Protect, new - old, errno))?;
        self.dress(added, new - old)
    }

    /// Gives pages back to the kernel, or at least their memory.
    fn unmap(&self, at: NonNull<u8>, len: usize) {
        let kernel = self.source.kernel();
        // SAFETY: the caller has the pages alone (1), and gives them up.
        if unsafe { kernel.unmap(at, len) }.is_err() {
            self.strand(at, len);
        }
    }

    #[cold]
    fn strand(&self, at: NonNull<u8>, len: usize) {
        // SAFETY: as above; nobody uses the pages again (4).
        let _ = unsafe { self.source.kernel().advise(at, len, Advice::Discard) };
        self.with_stock(|stock| stock.figures.stranded += len);
    }

    /// Takes back a block of `len` bytes.
    fn release(&self, at: NonNull<u8>, len: usize) {
        let span = Span::new(at, len.max(self.room), len);
        let mut first = true;
        loop {
            let (kept, oldest) = self.with_stock(|stock| {
                if first {
                    stock.figures.ended(at, len);
                }
                let kept = stock.put(span, self.cache);
                (kept, if kept || len > self.cache { None } else { stock.take_oldest() })
            });
            first = false;
            match oldest {
                Some(oldest) => self.unmap(oldest.at(), oldest.len),
                None if kept => return,
                None => return self.unmap(at, span.len),
            }
        }
    }

    /// Grows a block to `new` bytes, without copying. Returns where it is, and how many of its first
    /// bytes may be other than zero beyond what it had; `None` when only copying is left.
    ///
    /// # Safety
    ///
    /// A live block of `old` bytes is at `at`; both are lengths of blocks, and `new` is larger.
    unsafe fn extend(
        &self,
        at: NonNull<u8>,
        old: usize,
        new: usize,
        to: Target,
    ) -> Option<(NonNull<u8>, usize)> {
        let kernel = self.source.kernel();
        if new <= self.room {
            self.commit(at, old, new).ok()?;
            self.with_stock(|stock| stock.figures.resized(old, new));
            return Some((at, new));
        }
        let span = old.max(self.room);
        if span > old {
            // The kernel moves one mapping at a time.
            // SAFETY: `old` is inside the span.
            let rest = unsafe { at.add(old) };
            // SAFETY: the pages are of the span, which is the block's (1), and are allowed more.
            unsafe { kernel.protect(rest, span - old, Access::ReadWrite) }.ok()?;
        }
        // A block that must be dressed and cannot be has to be where it was.
        let to = if self.populate == Wish::Require || self.lock == Wish::Require {
            Target::InPlace
        } else {
            to
        };
        self.with_stock(|stock| stock.figures.live.depart(at));
        // SAFETY: the span is the block's (1), whose owner gets the new address.
        let moved = unsafe { kernel.remap(at, span, new, to) };
        self.with_stock(|stock| stock.figures.live.arrive(moved.unwrap_or(at)));
        let moved = moved.ok()?;
        // SAFETY: the span is inside the pages there are now.
        let added = unsafe { moved.add(span) };
        if self.dress(added, new - span).is_err() {
            self.unmap(added, new - span);
            return None;
        }
        self.with_stock(|stock| stock.figures.resized(old, new));
        Some((moved, span))
    }

    /// Where the pages of a block may go when it grows, if it is to be aligned so.
    fn target(&self, align: usize) -> Target {
        if self.source.survives_moves() && align <= self.source.kernel().page_size() {
            Target::Anywhere
        } else {
            Target::InPlace
        }
    }

    /// # Safety
    ///
    /// As for `Allocator::grow`.
    unsafe fn grow_tracked(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<(NonNull<[u8]>, usize), AllocError> {
        if old.size() == 0 {
            let (block, state) = self.obtain(new)?;
            return Ok((block, if state == State::Fresh { 0 } else { block.len() }));
        }
        let Some(new_len) = self.len(new.size()) else {
            return Err(self.refuse(Error::too_large(Call::Remap)));
        };
        let old_len = self.live_len(old.size());
        if align::is_aligned(ptr.addr().get(), new.align()) {
            if new_len == old_len {
                return Ok((NonNull::slice_from_raw_parts(ptr, old_len), old_len));
            }
            // SAFETY: the block is live, and its length is that.
            let grown = unsafe { self.extend(ptr, old_len, new_len, self.target(new.align())) };
            if let Some((at, used)) = grown {
                return Ok((NonNull::slice_from_raw_parts(at, new_len), used));
            }
        }
        // SAFETY: the caller's promise is the callee's.
        let block = unsafe { self.copy_to_new(ptr, old, new, old.size()) }?;
        Ok((block, new_len))
    }

    /// # Safety
    ///
    /// `ptr` is a live block that `old` fits, with at least `keep` bytes, as has the new one.
    unsafe fn copy_to_new(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
        keep: usize,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let (block, _) = self.obtain(new)?;
        // SAFETY: both have that many bytes, and the new block is not the old one.
        unsafe { ptr.copy_to_nonoverlapping(block.cast(), keep) };
        self.release(ptr, self.live_len(old.size()));
        Ok(block)
    }

    /// Makes a block shorter where it is. Never fails: what the kernel does not take back is counted.
    ///
    /// # Safety
    ///
    /// A live block of `old` bytes is at `at`; both are lengths of blocks, and `new` is not larger.
    unsafe fn cut(&self, at: NonNull<u8>, old: usize, new: usize) {
        let (span, kept) = (old.max(self.room), new.max(self.room));
        // SAFETY: `kept` is inside the span.
        let rest = unsafe { at.add(kept) };
        self.with_stock(|stock| stock.figures.resized(old, new));
        if span > kept {
            self.unmap(rest, span - kept);
        }
        let within = old.min(kept);
        if within > new {
            // SAFETY: `new` is inside the span.
            let rest = unsafe { at.add(new) };
            // SAFETY: the pages are of the span and no longer of the block, so nobody minds.
            let _ = unsafe { self.source.kernel().advise(rest, within - new, Advice::Discard) };
        }
    }
}

// SAFETY: blocks are spans, which are disjoint and stay until they are freed (1), and their length is
// the same for any size that fits (2). The kernel gives out neither the first nor the last page. The
// allocator has nothing in them.
unsafe impl<S: Source> Allocator for PageAllocator<S> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.obtain(layout).map(|(block, _)| block)
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let (block, state) = self.obtain(layout)?;
        if state == State::Used {
            // SAFETY: the block is new, and that long.
            unsafe { block.cast::<u8>().write_bytes(0, block.len()) };
        }
        Ok(block)
    }

    #[inline]
    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        if layout.size() > 0 {
            self.release(ptr, self.live_len(layout.size()));
        }
    }

    unsafe fn grow(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { self.grow_tracked(ptr, old, new) }.map(|(block, _)| block)
    }

    unsafe fn grow_zeroed(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise is the callee's, word for word.
        let (block, used) = unsafe { self.grow_tracked(ptr, old, new) }?;
        let used = used.max(old.size()).min(block.len());
        // SAFETY: `used` is at most the length of the block; what is behind it is zero.
        unsafe { zero(block, old.size()..used) };
        Ok(block)
    }

    unsafe fn shrink(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if new.size() == 0 {
            let (nowhere, _) = self.obtain(new)?;
            // SAFETY: the block is live, `old` fits it, and it is the caller's no more.
            unsafe { self.deallocate(ptr, old) };
            return Ok(nowhere);
        }
        if !align::is_aligned(ptr.addr().get(), new.align()) {
            // SAFETY: the caller's promise is the callee's, and both have `new.size()` bytes.
            return unsafe { self.copy_to_new(ptr, old, new, new.size()) };
        }
        let (old_len, new_len) = (self.live_len(old.size()), self.live_len(new.size()));
        // SAFETY: the block is live, its length is `old_len`, and the new one is not more.
        unsafe { self.cut(ptr, old_len, new_len) };
        Ok(NonNull::slice_from_raw_parts(ptr, new_len))
    }
}

bridge_api2!([S: Source] PageAllocator<S>);

// SAFETY: growing in place is asked for, and what is returned is the block's length; cutting stays.
unsafe impl<S: Source> ResizeInPlace for PageAllocator<S> {
    unsafe fn resize_in_place(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        size: usize,
    ) -> Result<usize, AllocError> {
        // A block of no bytes has no place.
        if old.size() == 0 || size == 0 {
            return if old.size() == size { Ok(0) } else { Err(AllocError) };
        }
        let (old_len, new_len) = (self.live_len(old.size()), self.len(size).ok_or(AllocError)?);
        if new_len > old_len {
            // SAFETY: the block is live, its length is `old_len`, and the new one is more.
            unsafe { self.extend(ptr, old_len, new_len, Target::InPlace) }.ok_or(AllocError)?;
        } else {
            // SAFETY: the block is live, its length is `old_len`, and the new one is not more.
            unsafe { self.cut(ptr, old_len, new_len) };
        }
        Ok(new_len)
    }
}

// SAFETY: a block with bytes is noted when it is handed out, and until it is freed; so it is found, and
// no other allocator's is, as that has other addresses. Freeing one of no bytes does nothing.
unsafe impl<S: Source> Owns for PageAllocator<S> {
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        layout.size() > 0 && self.with_stock(|stock| stock.figures.live.contains(ptr))
    }
}

impl<S: Source> GoodSize for PageAllocator<S> {
    fn good_size(&self, layout: Layout) -> usize {
        self.len(layout.size()).unwrap_or(layout.size())
    }
}

// SAFETY: live blocks are mapped until they are freed, and the drop leaves them alone (1).
unsafe impl<S: Source> NeverInvalidates for PageAllocator<S> {}

impl<S: Source> Report for PageAllocator<S> {
    fn report(&self) -> Stats {
        self.with_stock(|stock| stock.figures.stats(stock.kept(), stock.count()))
    }
}

impl<S: Source> Drop for PageAllocator<S> {
    fn drop(&mut self) {
        self.trim();
        self.with_stock(|stock| stock.figures.release(self.source.kernel(), true));
    }
}

impl<S: Source> fmt::Debug for PageAllocator<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageAllocator")
            .field("source", &self.source)
            .field("report", &self.report())
            .finish_non_exhaustive()
    }
}
