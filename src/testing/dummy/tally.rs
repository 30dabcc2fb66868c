//! The book that elements are kept in. Each element with bytes has an entry of its own, so a drop
//! too many is not hidden by one too few.

use core::cell::{Cell, RefCell};
use std::{rc::Rc, vec::Vec};

use super::{CrashDummy, ZeroSized};

/// What an element, a closure or an iterator is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// `Clone::clone`.
    Clone,
    /// `Drop::drop`.
    Drop,
    /// `PartialEq::eq`, `PartialOrd::partial_cmp` or `Ord::cmp`.
    Compare,
    /// `Hash::hash`.
    Hash,
    /// `Iterator::next` of [`Tally::iter`].
    Next,
    /// [`Tally::call`].
    Call,
}

const STEPS: usize = 6;

#[derive(Debug, Default)]
pub(super) struct Book {
    counts: [Cell<usize>; STEPS],
    /// How many more steps of the one kind, or of all, until a panic.
    armed: Cell<Option<(Option<Step>, usize)>>,
    panicked: Cell<Option<Step>>,
    /// Whether each numbered element is live.
    numbered: RefCell<Vec<bool>>,
    /// Elements without a number that are live.
    zero_sized: Cell<usize>,
    double_drops: Cell<usize>,
    used_dead: Cell<usize>,
}

impl Book {
    /// Counts a step, and panics if it is its turn.
    pub(super) fn step(&self, step: Step) {
        let count = &self.counts[step as usize];
        count.set(count.get() + 1);
        // A second panic during the first would end the process.
        if std::thread::panicking() {
            return;
        }
        let Some((only, left)) = self.armed.get() else { return };
        if only.is_some_and(|only| only != step) {
            return;
        }
        self.armed.set(left.checked_sub(1).map(|left| (only, left)));
        if left == 0 {
            self.panicked.set(Some(step));
            // The step is the payload, by which a sweep knows its own panics; the hook is not run,
            // since it would print each of a sweep's panics.
            std::panic::resume_unwind(std::boxed::Box::new(step));
        }
    }

    pub(super) fn begin(&self) -> usize {
        let mut numbered = self.numbered.borrow_mut();
        numbered.push(true);
        numbered.len() - 1
    }

    pub(super) fn end(&self, number: usize) {
        let mut numbered = self.numbered.borrow_mut();
        match numbered.get_mut(number) {
            Some(live) if *live => *live = false,
            _ => self.double_drops.set(self.double_drops.get() + 1),
        }
    }

    /// Notes if an element is used that is not live.
    pub(super) fn used(&self, number: usize) {
        if self.numbered.borrow().get(number) != Some(&true) {
            self.used_dead.set(self.used_dead.get() + 1);
        }
    }

    pub(super) fn zero_sized(&self) -> usize {
        self.zero_sized.get()
    }

    pub(super) fn begin_zero_sized(&self) {
        self.zero_sized.set(self.zero_sized.get() + 1);
    }

    pub(super) fn end_zero_sized(&self) {
        match self.zero_sized.get().checked_sub(1) {
            Some(left) => self.zero_sized.set(left),
            None => self.double_drops.set(self.double_drops.get() + 1),
        }
    }
}

/// Counts what happens to its elements, closures and iterators, and tells them when to panic.
#[derive(Debug, Default)]
pub struct Tally {
    pub(super) book: Rc<Book>,
}

impl Tally {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A new dummy.
    pub fn dummy(&self, id: u32) -> CrashDummy<'_> {
        CrashDummy::enter(&self.book, id)
    }

    /// A new element of no bytes.
    ///
    /// # Panics
    ///
    /// If those of another tally are live in this thread.
    pub fn zero_sized(&self) -> ZeroSized<'_> {
        ZeroSized::enter(&self.book)
    }

    /// A step of a closure: call it first in every closure that is passed to a container.
    ///
    /// ```
    /// use larder::testing::dummy::{Step, Tally};
    /// let tally = Tally::new();
    /// let mut numbers = vec![1, 2, 3];
    /// numbers.retain(|n| {
    ///     tally.call();
    ///     n % 2 == 1
    /// });
    /// assert_eq!((numbers, tally.count(Step::Call)), (vec![1, 3], 3));
    /// ```
    pub fn call(&self) {
        self.book.step(Step::Call);
    }

    /// The items of `items`, each with a step before it, and one at the end. Its `size_hint` says
    /// nothing.
    pub fn iter<I: IntoIterator>(&self, items: I) -> impl Iterator<Item = I::Item> {
        let mut items = items.into_iter();
        core::iter::from_fn(move || {
            self.book.step(Step::Next);
            items.next()
        })
    }

    /// How many steps of that kind were taken, those included that panicked.
    pub fn count(&self, step: Step) -> usize {
        self.book.counts[step as usize].get()
    }

    /// How many steps were taken, of any kind.
    pub fn steps(&self) -> usize {
        self.book.counts.iter().map(Cell::get).sum()
    }

    /// How many elements are there.
    pub fn live(&self) -> usize {
        let numbered = self.book.numbered.borrow();
        numbered.iter().filter(|live| **live).count() + self.book.zero_sized.get()
    }

    /// How many drops there were of elements that were gone already.
    pub fn double_drops(&self) -> usize {
        self.book.double_drops.get()
    }

    /// How many times an element was cloned, compared or hashed that was gone already.
    pub fn uses_after_drop(&self) -> usize {
        self.book.used_dead.get()
    }

    /// Lets `n` more steps of that kind succeed; the one after that panics, and clears the command.
    /// While the thread panics no step panics or counts down.
    pub fn panic_after(&self, step: Step, n: usize) {
        self.book.armed.set(Some((Some(step), n)));
    }

    /// The same for steps of any kind.
    pub fn panic_after_steps(&self, n: usize) {
        self.book.armed.set(Some((None, n)));
    }

    /// The step that panicked last.
    pub fn panicked(&self) -> Option<Step> {
        self.book.panicked.get()
    }
}
