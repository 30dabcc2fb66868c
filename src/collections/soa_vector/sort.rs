#![expect(unsafe_code, reason = "moves rows along the cycles of a permutation")]
//! Sorting and searching.
//!
//! What is sorted is a list of positions, with the keys beside them where they are kept; then each row
//! moves once, along the cycles of the permutation. So a comparison that panics, or that contradicts
//! itself, leaves the rows as they were, or in some order. Equal rows are told apart by their
//! position: all sorts here are stable, and take 8 bytes a row from the vector's allocator (and the key,
//! if it is kept).

use core::{cmp::Ordering, ptr::NonNull, slice};

use super::{
    SoaVector,
    row::{Ref, Soa},
    rows::Rows,
};
use crate::{
    alloc::{Allocator, Cause, Layout, Refusal},
    panics,
};

/// Keys with the positions of their rows. Invariant 1: `first` is a block of `alloc` of `layout`, with
/// room for as many entries as there are rows, of which `len` are initialised.
struct Order<'a, K, A: Allocator> {
    first: NonNull<(K, usize)>,
    len: usize,
    layout: Layout,
    alloc: &'a A,
}

impl<'a, K, A: Allocator> Order<'a, K, A> {
    /// An entry for each row.
    fn try_of<T: Soa>(
        rows: &Rows<T>,
        alloc: &'a A,
        mut key: impl FnMut(Ref<'_, T>) -> K,
    ) -> Result<Self, Refusal> {
        let Ok(layout) = Layout::array::<(K, usize)>(rows.len) else {
            return Err(Refusal::overflow(Layout::new::<(K, usize)>(), rows.len));
        };
        let Ok(block) = alloc.allocate(layout) else {
            let cause = Cause::Upstream { asked: layout.size(), reserved: 0 };
            return Err(Refusal::new(layout, cause));
        };
        let mut order = Self { first: block.cast(), len: 0, layout, alloc };
        let raw = rows.raw();
        for at in 0..rows.len {
            // SAFETY: the row is initialised, and borrowed with `rows`.
            let key = key(unsafe { T::row(raw, at) });
            // SAFETY: there is room for an entry for each row (1).
            let slot = unsafe { order.first.add(at) };
            // SAFETY: it is ours, and there is nothing in it.
            unsafe { slot.write((key, at)) };
            order.len = at + 1;
        }
        Ok(order)
    }

    const fn entries(&mut self) -> &mut [(K, usize)] {
        // SAFETY: they are initialised (1), and borrowed with `self`.
        unsafe { slice::from_raw_parts_mut(self.first.as_ptr(), self.len) }
    }

    /// Moves each row to where its entry is.
    fn apply<T: Soa>(mut self, rows: &mut Rows<T>) {
        let (raw, entries) = (rows.raw(), self.entries());
        for begin in 0..entries.len() {
            if entries[begin].1 == begin {
                continue;
            }
            // SAFETY: the row is initialised; what is at its place now is overwritten below. Nothing
            // here panics: positions are a permutation, as sorting moves entries and no more.
            let first = unsafe { T::read(raw, begin) };
            let mut at = begin;
            loop {
                let from = entries[at].1;
                entries[at].1 = at;
                if from == begin {
                    // SAFETY: the row that was here has moved.
                    unsafe { T::write(raw, at, first) };
                    break;
                }
                // SAFETY: both are rows; the one that was at `at` has moved.
                unsafe { rows.shift(from, at, 1) };
                at = from;
            }
        }
    }
}

impl<K, A: Allocator> Drop for Order<'_, K, A> {
    fn drop(&mut self) {
        /// Gives the block back, whatever keys do when they are dropped.
        struct Free<'a, A: Allocator>(NonNull<u8>, Layout, &'a A);
        impl<A: Allocator> Drop for Free<'_, A> {
            fn drop(&mut self) {
                // SAFETY: the block is of this allocator and layout (1).
                unsafe { self.2.deallocate(self.0, self.1) }
            }
        }
        let _free = Free(self.first.cast(), self.layout, self.alloc);
        let entries: *mut [(K, usize)] = self.entries();
        // SAFETY: they are initialised (1), and nobody uses them hereafter.
        unsafe { entries.drop_in_place() };
    }
}

impl<T: Soa, A: Allocator> SoaVector<T, A> {
    /// Sorts by the order of rows, which is that of their fields. Stable, O(n log n).
    ///
    /// # Panics
    ///
    /// When memory for the positions is refused.
    #[track_caller]
    pub fn sort(&mut self)
    where
        for<'r> Ref<'r, T>: Ord,
    {
        self.sort_by(compare::<T>);
    }

    /// Sorts by a comparison. Stable, O(n log n).
    ///
    /// # Panics
    ///
    /// When memory for the positions is refused.
    #[track_caller]
    pub fn sort_by(&mut self, compare: impl for<'r> FnMut(Ref<'r, T>, Ref<'r, T>) -> Ordering) {
        panics::granted(self.try_sort_by(compare));
    }

    /// [`sort_by`](Self::sort_by), or an error.
    ///
    /// # Errors
    ///
    /// When memory for the positions is refused; the rows are where they were.
    pub fn try_sort_by(
        &mut self,
        mut compare: impl for<'r> FnMut(Ref<'r, T>, Ref<'r, T>) -> Ordering,
    ) -> Result<(), Refusal> {
        let mut order = Order::try_of(&self.held.rows, &self.held.alloc, |_| ())?;
        let raw = self.held.rows.raw();
        // SAFETY: all positions are those of initialised rows, and rows do not change meanwhile.
        let row = |at: usize| unsafe { T::row(raw, at) };
        order
            .entries()
            .sort_unstable_by(|((), a), ((), b)| compare(row(*a), row(*b)).then_with(|| a.cmp(b)));
        order.apply(&mut self.held.rows);
        Ok(())
    }

    /// Sorts by a key, which is asked for at each comparison. Stable, O(n log n).
    ///
    /// # Panics
    ///
    /// When memory for the positions is refused.
    #[track_caller]
    pub fn sort_by_key<K: Ord>(&mut self, key: impl FnMut(Ref<'_, T>) -> K) {
        panics::granted(self.try_sort_by_key(key));
    }

    /// [`sort_by_key`](Self::sort_by_key), or an error.
    ///
    /// # Errors
    ///
    /// When memory for the positions is refused; the rows are where they were.
    pub fn try_sort_by_key<K: Ord>(
        &mut self,
        mut key: impl FnMut(Ref<'_, T>) -> K,
    ) -> Result<(), Refusal> {
        self.try_sort_by(|a, b| key(a).cmp(&key(b)))
    }

    /// Sorts by a key, which is asked for once for each row and kept beside its position: faster where
    /// keys are small, as rows are not looked at while sorting. Stable, O(n log n).
    ///
    /// ```
    /// use larder::{Soa, SoaVector};
    /// #[derive(Soa)]
    /// struct Word(String, u32);
    /// let mut words: SoaVector<_> = ["fig", "a", "to"].map(|w| Word(w.into(), 1)).into();
    /// words.sort_by_cached_key(|word| word.0.len());
    /// assert_eq!(words.slices().0, ["a", "to", "fig"]);
    /// ```
    ///
    /// # Panics
    ///
    /// When memory for keys and positions is refused.
    #[track_caller]
    pub fn sort_by_cached_key<K: Ord>(&mut self, key: impl FnMut(Ref<'_, T>) -> K) {
        panics::granted(self.try_sort_by_cached_key(key));
    }

    /// [`sort_by_cached_key`](Self::sort_by_cached_key), or an error.
    ///
    /// # Errors
    ///
    /// When memory for keys and positions is refused; the rows are where they were.
    pub fn try_sort_by_cached_key<K: Ord>(
        &mut self,
        key: impl FnMut(Ref<'_, T>) -> K,
    ) -> Result<(), Refusal> {
        let mut order = Order::try_of(&self.held.rows, &self.held.alloc, key)?;
        order.entries().sort_unstable();
        order.apply(&mut self.held.rows);
        Ok(())
    }

    /// Whether each row is at most the next one.
    #[must_use]
    pub fn is_sorted(&self) -> bool
    where
        for<'r> Ref<'r, T>: PartialOrd,
    {
        let rows = self.iter();
        rows.clone().zip(rows.skip(1)).all(|(a, b)| a <= b)
    }

    /// Finds a row in sorted ones by a comparison with what is sought. O(log n).
    ///
    /// # Errors
    ///
    /// Where such a row would be, when there is none.
    pub fn binary_search_by(
        &self,
        mut compare: impl FnMut(Ref<'_, T>) -> Ordering,
    ) -> Result<usize, usize> {
        let at = self.partition_point(|row| compare(row).is_lt());
        match self.get(at) {
            Some(row) if compare(row).is_eq() => Ok(at),
            _ => Err(at),
        }
    }

    /// Finds a row in those sorted by a key. O(log n).
    ///
    /// # Errors
    ///
    /// Where such a row would be, when there is none.
    pub fn binary_search_by_key<K: Ord>(
        &self,
        sought: &K,
        mut key: impl FnMut(Ref<'_, T>) -> K,
    ) -> Result<usize, usize> {
        self.binary_search_by(|row| key(row).cmp(sought))
    }

    /// How many rows are before the first one of which `before` says no, where all those are in front
    /// of which it says yes. O(log n).
    pub fn partition_point(&self, mut before: impl FnMut(Ref<'_, T>) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if before(self.row(middle)) { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// Rows compared under the one bound that there is.
fn compare<'a, T: Soa>(a: Ref<'a, T>, b: Ref<'a, T>) -> Ordering
where
    for<'r> Ref<'r, T>: Ord,
{
    a.cmp(&b)
}
