#![expect(unsafe_code, reason = "reads and writes the links and sizes inside free memory")]
//! Free runs of granules, and the lists that hold them by class.
//!
//! ```text
//!  a run of one granule      | next | prev + 1 |
//!  a run of n, n > 1         | next | prev     | n |  ...  | 2n |
//! ```
//!
//! A granule is two words. What stands in the last word of a run therefore tells how long it is, read
//! from behind: an odd word is the tagged link of a single granule. What stands in the second word
//! tells the same, read from the front.
//!
//! Invariants of a [`Run`] in a list, until it is removed:
//!
//! 1. It points to that many free granules with the right to all of them and to those that follow in
//!    its region, and nobody but the lists uses them.
//! 2. Its words are as in the picture; `next` and `prev` are the neighbours in the list of its class,
//!    or null at the ends.
//! 3. A class is marked in `occupied` exactly when its list has a run.

use core::{
    cell::Cell,
    hint::select_unpredictable,
    ptr::{self, NonNull},
};

use crate::{
    alloc::shadow,
    bits::good_fit::{CLASSES, Occupied, class_of},
    panics,
};

/// A granule in bytes: the alignment and the least size of a block.
pub(super) const GRANULE: usize = 2 * size_of::<usize>();

const TAG: usize = 1;

/// Whether lists and books are checked as they are used. What it guards is gone when it is false.
pub(super) const CHECKED: bool = cfg!(debug_assertions);

/// The first granule of a free run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Run(*mut Run);

impl Run {
    const NONE: Self = Self(ptr::null_mut());

    /// # Safety
    ///
    /// `start` is the first of free granules, to which it has the right.
    #[inline]
    pub(super) const unsafe fn new(start: *mut u8) -> Self {
        Self(start.cast())
    }

    #[inline]
    pub(super) const fn start(self) -> *mut u8 {
        self.0.cast()
    }

    fn is_none(self) -> bool {
        self.0.is_null()
    }

    /// # Safety
    ///
    /// The run has more than `index` words.
    #[inline]
    unsafe fn word(self, index: usize) -> *mut Self {
        // SAFETY: the word lies in the run, as the caller promises.
        unsafe { self.0.cast::<Self>().add(index) }
    }

    /// # Safety
    ///
    /// The run is in a list.
    #[inline]
    unsafe fn next(self) -> Self {
        // SAFETY: the run is readable (1) and has a link there (2).
        unsafe { self.0.cast::<Self>().read() }
    }

    /// The link as it stands, with its tag.
    ///
    /// # Safety
    ///
    /// The run is in a list.
    #[inline]
    unsafe fn tagged_prev(self) -> *mut Self {
        // SAFETY: a run has two words (1).
        let at = unsafe { self.word(1) };
        // SAFETY: there is a link (2).
        unsafe { at.read() }.0
    }

    /// # Safety
    ///
    /// The run is in a list.
    #[inline]
    unsafe fn prev(self) -> Self {
        // SAFETY: as promised by the caller.
        Self(unsafe { self.tagged_prev() }.map_addr(|a| a & !TAG))
    }

    #[inline]
    fn tagged(self, single: bool) -> Self {
        Self(self.0.map_addr(|a| a | usize::from(single)))
    }

    /// How many granules the run has.
    ///
    /// # Safety
    ///
    /// The run is in a list.
    #[inline]
    pub(super) unsafe fn granules(self) -> usize {
        // SAFETY: as promised by the caller.
        if unsafe { self.tagged_prev() }.addr() & TAG != 0 {
            return 1;
        }
        // SAFETY: a run without the tag has four words or more (2).
        let at = unsafe { self.word(2) };
        // SAFETY: that word is the size (2).
        unsafe { at.cast::<usize>().read() }
    }

    /// How many granules the run has that ends before `end`.
    ///
    /// # Safety
    ///
    /// A run in a list ends there, and `end` has the right to it.
    #[inline]
    pub(super) unsafe fn granules_before(end: *mut u8) -> usize {
        // SAFETY: a run has words, and the last of them ends at `end`.
        let at = unsafe { end.cast::<usize>().sub(1) };
        // SAFETY: that word is initialised: a size, or a link (2). Its address is what counts.
        let last = unsafe { at.read() };
        if last & TAG == 0 { last >> 1 } else { 1 }
    }

    /// For the sanitizer: nobody may touch the run but for the granules with links and sizes.
    ///
    /// # Safety
    ///
    /// The run has `granules` free granules.
    #[inline]
    unsafe fn show_books(self, granules: usize) {
        // SAFETY: a run does not begin at null.
        let start = unsafe { NonNull::new_unchecked(self.start()) };
        shadow::close(start, granules * GRANULE);
        shadow::open(start, granules.min(2) * GRANULE);
        // SAFETY: the last granule is in the run.
        shadow::open(unsafe { start.add((granules - 1) * GRANULE) }, GRANULE);
    }

    /// Writes links and sizes.
    ///
    /// # Safety
    ///
    /// The run has `granules` free granules, at least one, for our use alone.
    #[inline]
    unsafe fn write(self, granules: usize, next: Self, prev: Self) {
        // SAFETY: the run has two words at least.
        unsafe { self.0.cast::<Self>().write(next) };
        // SAFETY: as above.
        let at = unsafe { self.word(1) };
        // SAFETY: as above.
        unsafe { at.write(prev.tagged(granules == 1)) };
        if granules != 1 {
            // SAFETY: the run has four words or more.
            unsafe { self.write_sizes(granules) };
        }
    }

    /// Writes the sizes of a run of more than one granule.
    ///
    /// # Safety
    ///
    /// The run has `granules` free granules, at least two, for our use alone.
    #[inline]
    unsafe fn write_sizes(self, granules: usize) {
        // SAFETY: the run has four words or more.
        let front = unsafe { self.word(2) };
        // SAFETY: the same.
        unsafe { front.cast::<usize>().write(granules) };
        // SAFETY: it is the last word of the run.
        let back = unsafe { self.word(2 * granules - 1) };
        // SAFETY: the same.
        unsafe { back.cast::<usize>().write(granules << 1) };
    }
}

/// Free runs by class.
pub(super) struct Lists {
    occupied: Occupied,
    heads: [Cell<Run>; CLASSES],
    nowhere: Cell<Run>,
}

impl Lists {
    pub(super) const fn new() -> Self {
        Self {
            occupied: Occupied::new(),
            heads: [const { Cell::new(Run::NONE) }; CLASSES],
            nowhere: Cell::new(Run::NONE),
        }
    }

    /// The first run of the lowest class from `class` on that has one, and its class.
    #[inline]
    pub(super) fn first_from(&self, class: usize) -> Option<(Run, usize)> {
        let class = self.occupied.first_from(class)?;
        Some((self.heads[class].get(), class))
    }

    /// The runs of classes from `from` on, the highest being `last`, in no order within a class.
    pub(super) fn runs(&self, from: usize, last: usize) -> impl Iterator<Item = Run> {
        let mut class = from;
        let mut run = Run::NONE;
        core::iter::from_fn(move || {
            if run.is_none() {
                (run, class) = self.first_from(class).filter(|found| found.1 <= last)?;
                class += 1;
            }
            let found = run;
            // SAFETY: what is in a list keeps the invariants (2).
            run = unsafe { found.next() };
            Some(found)
        })
    }

    /// The highest class that has a run, or 0.
    #[inline]
    pub(super) fn last_class(&self) -> usize {
        self.occupied.last().unwrap_or(0)
    }

    /// The length of the longest run.
    pub(super) fn longest(&self) -> usize {
        let last = self.last_class();
        // SAFETY: what is in a list keeps the invariants.
        self.runs(last, last).map(|run| unsafe { run.granules() }).max().unwrap_or(0)
    }

    /// # Safety
    ///
    /// The run has `granules` free granules, at least one, for our use alone, and is in no list.
    #[inline]
    pub(super) unsafe fn insert(&self, run: Run, granules: usize) {
        let class = class_of(granules);
        let next = self.heads[class].replace(run);
        // SAFETY: as promised by the caller.
        unsafe { run.show_books(granules) };
        // SAFETY: the same.
        unsafe { run.write(granules, next, Run::NONE) };
        self.set_prev(next, run, class);
        self.occupied.set(class);
    }

    /// # Safety
    ///
    /// The run is in the list of its class, which is `class`.
    #[inline]
    pub(super) unsafe fn remove(&self, run: Run, class: usize) {
        // SAFETY: as promised by the caller.
        let next = unsafe { run.next() };
        // SAFETY: as promised by the caller.
        let prev = unsafe { run.prev() };
        if CHECKED {
            self.check_links(class, run, prev, next);
        }
        let head = self.heads[class].as_ptr();
        let link = select_unpredictable(prev.is_none(), head, prev.0.cast());
        // SAFETY: it is the head of the list, or the link of the neighbour, which is in the list (2).
        unsafe { link.write(next) };
        self.set_prev(next, prev, class);
        self.occupied.clear_if(class, prev.is_none() & next.is_none());
    }

    /// Lets `run` point back to `prev`, unless it is none: then the store goes nowhere, since to choose
    /// where costs less than to guess whether.
    #[inline]
    fn set_prev(&self, run: Run, prev: Run, class: usize) {
        let back = run.0.cast::<Run>().wrapping_add(1);
        let link = select_unpredictable(run.is_none(), self.nowhere.as_ptr(), back);
        // SAFETY: a run in a list has two words (1).
        unsafe { link.write(prev.tagged(class == class_of(1))) };
    }

    #[cold]
    #[inline(never)]
    fn check_links(&self, class: usize, run: Run, before: Run, behind: Run) {
        let forth = if before.is_none() {
            self.heads[class].get()
        } else {
            // SAFETY: the neighbours are in the list (2), unless somebody wrote to freed memory,
            // which is what is to be found out.
            unsafe { before.next() }
        };
        let back = if behind.is_none() {
            run
        } else {
            // SAFETY: as above.
            unsafe { behind.prev() }
        };
        if forth != run || back != run {
            panics::corrupted(&format_args!(
                "the free memory at {:p} was written to after it was freed: its links are broken",
                run.0
            ));
        }
    }
}
