#![expect(unsafe_code, reason = "hands out pages of the kernel's")]
//! The engine of [`Guarded`] and [`Secret`](super::Secret): each block between two fences.
//!
//! ```text
//!   | fence page | canary .. | block, `size` bytes | canary, less than the alignment | fence page |
//!   ^ at         ^ front     ^ ptr                 ^ ptr + size              ^ back
//! ```
//!
//! **Algorithm.** A block ends at the end of its last page, as far as its alignment allows, so the
//! first byte behind it is most often the fence's, and touching it faults. What is left in front of it
//! and behind is filled with canaries, which are looked at when the block is freed: a byte that has
//! changed ends the process with a message. A freed block is unmapped, so that using it faults, until
//! the kernel gives the addresses to somebody else. A fence is a guard region where the kernel has
//! them, which takes no mapping of its own, and a page that is protected elsewhere.
//!
//! Invariants:
//!
//! 1. Pages from `at` to behind the second fence are from `kernel`, and only their block has them.
//! 2. The addresses follow from `ptr` and the layout: `back` is `ptr + size`, rounded up to the
//!    alignment or a page, whichever is less; `front` is `ptr` rounded down to a page.
//! 3. From `front` to `back` all bytes can be read and written.
//!
//! What it does not promise: speed. A block costs at least three pages of addresses, a page of memory
//! and several calls. Reading canaries is not noticed.

use core::{fmt, num::NonZero, ptr::NonNull, slice};

use super::{
    Access, Advice, Backing, Call, Error, Kernel, Native, page_allocator::map_aligned_behind,
    stock::Figures,
};
use crate::{
    alloc::{AllocError, Allocator, Layout, NeverInvalidates, Owns, Report, Stats, bridge_api2},
    bits::align,
    panics,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// What canaries are.
const CANARY: u8 = 0xC5;

/// An allocator whose blocks lie between two pages that cannot be touched, as close to the second as
/// their alignment allows: an overrun faults at once, a small underrun is found when the block is
/// freed. For tests, and for parsers of other people's bytes.
///
/// ```
/// use larder::{alloc::{Block, Layout}, os::Guarded};
/// let guarded = Guarded::new();
/// let mut block = Block::new_in(Layout::from_size_align(100, 1)?, &guarded)?;
/// block.as_mut_slice()[99] = 1; // one further would fault
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Guarded<K = Native> = Fenced<Ordinary, K>;

/// What kind of memory is between the fences.
///
/// # Safety
///
/// `backing` and `dress` leave pages that can be read and written, and are zero.
pub unsafe trait Inside: fmt::Debug {
    /// What stands behind the pages, best first; the next is tried when one is refused.
    fn backings(&self) -> &'static [Backing];

    /// Asks for what is wished of new pages on `backing`. `refused` is why no better one was had.
    ///
    /// # Errors
    ///
    /// When what is required does not hold.
    fn dress(
        &self,
        kernel: &impl Kernel,
        at: NonNull<u8>,
        len: usize,
        backing: Backing,
        refused: Option<Error>,
    ) -> Result<(), Error>;

    /// Whether blocks are overwritten when they are freed.
    fn wipes(&self) -> bool;
}

/// Memory like any other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ordinary;

// SAFETY: the backing is readable, writable and zero, and nothing is asked for.
unsafe impl Inside for Ordinary {
    fn backings(&self) -> &'static [Backing] {
        &[Backing::Private]
    }

    fn dress(
        &self,
        _: &impl Kernel,
        _: NonNull<u8>,
        _: usize,
        _: Backing,
        _: Option<Error>,
    ) -> Result<(), Error> {
        Ok(())
    }

    fn wipes(&self) -> bool {
        false
    }
}

/// An allocator of blocks between fences; see [`Guarded`] and [`Secret`](super::Secret).
pub struct Fenced<I: Inside, K: Kernel = Native> {
    pub(super) inside: I,
    kernel: K,
    figures: Mutex<Figures>,
    fences: [AtomicUsize; 2],
}

/// How many fences were made, and of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fences {
    /// Guard regions, which take no mapping of their own.
    pub regions: usize,
    /// Protected pages, each a mapping, since the kernel has no guard regions or refused one.
    pub protected: usize,
}

/// The pages of a block, as offsets and addresses (2).
struct Plot {
    at: NonNull<u8>,
    front: NonNull<u8>,
    /// Bytes between the fences.
    between: usize,
    page: usize,
}

impl Guarded {
    /// Guarded blocks from this machine's kernel.
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Native)
    }
}

impl Default for Guarded {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Kernel> Guarded<K> {
    /// Guarded blocks from a given kernel.
    pub const fn new_in(kernel: K) -> Self {
        Self::over(Ordinary, kernel)
    }
}

impl<I: Inside, K: Kernel> Fenced<I, K> {
    pub(super) const fn over(inside: I, kernel: K) -> Self {
        let fences = [const { AtomicUsize::new(0) }; 2];
        Self { inside, kernel, figures: Mutex::new(Figures::new()), fences }
    }

    /// Why the last request that was refused was refused.
    pub fn last_refusal(&self) -> Option<Error> {
        self.with_figures(|figures| figures.last_refusal)
    }

    /// Bytes that the kernel did not take back when they were freed, and that stay until the process
    /// ends.
    pub fn stranded_bytes(&self) -> usize {
        self.with_figures(|figures| figures.stranded)
    }

    /// How many fences were made so far, and of what.
    pub fn fences(&self) -> Fences {
        // Relaxed: these are figures, and order nothing.
        let [regions, protected] =
            self.fences.each_ref().map(|count| count.load(Ordering::Relaxed));
        Fences { regions, protected }
    }

    fn with_figures<R>(&self, work: impl FnOnce(&mut Figures) -> R) -> R {
        // What is under the lock is right at any time, so a panic elsewhere does not spoil it.
        work(&mut self.figures.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    fn build(&self, layout: Layout) -> Result<NonNull<u8>, Error> {
        let page = self.kernel.page_size();
        let size = layout.size();
        let too_large = Error::too_large(Call::Map);
        let between = align::up(size, page).ok_or(too_large)?;
        let all = between.checked_add(2 * page).ok_or(too_large)?;
        let plot_align = layout.align().max(page);
        let mut refused = None;
        let mut mapped = Err(too_large);
        for &backing in self.inside.backings() {
            let access = Access::ReadWrite;
            match map_aligned_behind(&self.kernel, page, all, plot_align, access, backing) {
                Ok(at) => {
                    mapped = Ok((at, backing));
                    break;
                }
                Err(error) => {
                    refused = refused.or(Some(error));
                    mapped = Err(error);
                }
            }
        }
        let (at, backing) = mapped?;
        // SAFETY: the front is a page behind the start of pages that are longer.
        let front = unsafe { at.add(page) };
        let plot = Plot { at, front, between, page };
        // Guards first: a locked page cannot become one.
        let fenced = self.fence(at, page).and_then(|()| self.fence(plot.back(), page));
        let dressed =
            fenced.and_then(|()| self.inside.dress(&self.kernel, front, between, backing, refused));
        if let Err(error) = dressed {
            self.give_back(&plot);
            return Err(error);
        }
        let before = between - size.next_multiple_of(layout.align().min(page));
        // SAFETY: `before` is less than a page (2).
        let ptr = unsafe { front.add(before) };
        // SAFETY: the bytes in front of the block are between the fences, and nobody's (3).
        unsafe { front.write_bytes(CANARY, before) };
        // SAFETY: the block ends between the fences.
        let behind = unsafe { ptr.add(size) };
        // SAFETY: so are the bytes behind the block, up to the fence.
        unsafe { behind.write_bytes(CANARY, between - before - size) };
        Ok(ptr)
    }

    /// Makes a page one that cannot be touched.
    fn fence(&self, at: NonNull<u8>, page: usize) -> Result<(), Error> {
        // SAFETY: the page is new and ours, and nobody uses it.
        let guarded = unsafe { self.kernel.advise(at, page, Advice::Guard) }.is_ok();
        if !guarded {
            // SAFETY: as above.
            let protected = unsafe { self.kernel.protect(at, page, Access::None) };
            protected.map_err(|errno| Error::new(Call::Protect, page, errno))?;
        }
        // Relaxed: these are figures, and order nothing.
        self.fences[usize::from(!guarded)].fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn give_back(&self, plot: &Plot) {
        let all = plot.between + 2 * plot.page;
        // SAFETY: the pages are one block's (1), which is gone.
        if unsafe { self.kernel.unmap(plot.at, all) }.is_err() {
            self.with_figures(|figures| figures.stranded += all);
        }
    }

    /// The pages of a block.
    ///
    /// # Safety
    ///
    /// `ptr` is a live block of `layout`, of at least a byte.
    unsafe fn plot(&self, ptr: NonNull<u8>, layout: Layout) -> Plot {
        let page = self.kernel.page_size();
        let before = ptr.addr().get() % page;
        let behind = layout.size().next_multiple_of(layout.align().min(page));
        // SAFETY: the front is less than a page in front of the block (2).
        let front = unsafe { ptr.sub(before) };
        // SAFETY: the first fence is the page in front of it (1).
        let at = unsafe { front.sub(page) };
        Plot { at, front, between: before + behind, page }
    }

    /// Ends the process if a canary has changed.
    ///
    /// # Safety
    ///
    /// As for `plot`, which `plot` is from.
    unsafe fn inspect(&self, plot: &Plot, ptr: NonNull<u8>, size: usize) {
        let before = ptr.addr().get() - plot.front.addr().get();
        // SAFETY: the bytes between fence and block can be read (3), and are initialised.
        let front = unsafe { slice::from_raw_parts(plot.front.as_ptr(), before) };
        // SAFETY: the block ends between the fences.
        let behind = unsafe { ptr.add(size) };
        // SAFETY: so are the bytes between block and fence.
        let back = unsafe { slice::from_raw_parts(behind.as_ptr(), plot.between - before - size) };
        let changed = |byte: &u8| *byte != CANARY;
        if let Some(place) = front.iter().rposition(changed) {
            let distance = before - place;
            panics::corrupted(&format_args!(
                "the byte {distance} before a block of {size} bytes at {ptr:?} was written"
            ));
        }
        if let Some(place) = back.iter().position(changed) {
            panics::corrupted(&format_args!(
                "the byte {place} after a block of {size} bytes at {ptr:?} was written"
            ));
        }
    }
}

impl Plot {
    fn back(&self) -> NonNull<u8> {
        // SAFETY: the second fence is behind what is between (1).
        unsafe { self.front.add(self.between) }
    }
}

// SAFETY: blocks are in pages of their own (1) that stay until they are freed, and a block returned is
// exactly as long as was asked for, so its layout is known when it comes back (2). Canaries are beside
// blocks. The kernel gives out neither the first nor the last page.
unsafe impl<I: Inside, K: Kernel> Allocator for Fenced<I, K> {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let size = layout.size();
        if size == 0 {
            let address = NonZero::new(layout.align()).unwrap_or(NonZero::<usize>::MIN);
            return Ok(NonNull::slice_from_raw_parts(NonNull::without_provenance(address), 0));
        }
        let built = self.build(layout).and_then(|ptr| {
            let began = self.with_figures(|figures| figures.began(ptr, size, &self.kernel));
            began.map(|()| ptr).inspect_err(|_| {
                // SAFETY: the block was built for this layout, and nobody has it.
                let plot = unsafe { self.plot(ptr, layout) };
                self.give_back(&plot);
            })
        });
        let built = built.inspect_err(|error| self.with_figures(|figures| figures.refused(*error)));
        Ok(NonNull::slice_from_raw_parts(built?, size))
    }

    /// New pages are zero.
    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.allocate(layout)
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        if layout.size() == 0 {
            return;
        }
        // SAFETY: the block is live, and the layout is its own.
        let plot = unsafe { self.plot(ptr, layout) };
        // SAFETY: the plot is the block's.
        unsafe { self.inspect(&plot, ptr, layout.size()) };
        if self.inside.wipes() {
            // SAFETY: the block is the caller's no more, and all between the fences is writable (3).
            unsafe { plot.front.write_bytes(0, plot.between) };
            // So that the compiler does not think nobody sees it.
            core::hint::black_box(plot.front);
        }
        // First, as the addresses may be somebody else's as soon as they are given back.
        self.with_figures(|figures| figures.ended(ptr, layout.size()));
        self.give_back(&plot);
    }
}

bridge_api2!([I: Inside, K: Kernel] Fenced<I, K>);

// SAFETY: a block with bytes is noted when it is handed out, and until it is freed; so it is found, and
// no other allocator's is, as that has other addresses. Freeing one of no bytes does nothing.
unsafe impl<I: Inside, K: Kernel> Owns for Fenced<I, K> {
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        layout.size() > 0 && self.with_figures(|figures| figures.live.contains(ptr))
    }
}

// SAFETY: live blocks are mapped until they are freed, and the drop leaves them alone (1).
unsafe impl<I: Inside, K: Kernel> NeverInvalidates for Fenced<I, K> {}

impl<I: Inside, K: Kernel> Report for Fenced<I, K> {
    /// Fences and canaries are not counted.
    fn report(&self) -> Stats {
        self.with_figures(|figures| figures.stats(0, 0))
    }
}

impl<I: Inside, K: Kernel> Drop for Fenced<I, K> {
    fn drop(&mut self) {
        self.with_figures(|figures| figures.release(&self.kernel, true));
    }
}

impl<I: Inside, K: Kernel> fmt::Debug for Fenced<I, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fenced")
            .field("inside", &self.inside)
            .field("report", &self.report())
            .finish_non_exhaustive()
    }
}
