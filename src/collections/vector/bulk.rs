#![expect(unsafe_code, reason = "writes elements into free slots")]
//! Many elements at once.

use core::{
    iter::{self, Chain},
    ops::RangeBounds,
    option,
};

use super::Vector;
use crate::{
    alloc::{Allocator, Cause, Refusal, Refused},
    panics,
    raw::{buffer::Growth, clone, gap::Gap, heap::Heap, inline::Inline, range, storage::Storage},
};

/// What an iterator still had when memory was refused: the element that found no room first.
pub type Rest<I> = Chain<option::IntoIter<<I as Iterator>::Item>, I>;

/// Tells the storage how many elements there are when it is dropped, so that a panic loses none.
struct Count<'a, S: Storage> {
    storage: &'a mut S,
    len: usize,
}

impl<S: Storage> Drop for Count<'_, S> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: so many were initialised, within the capacity.
        unsafe { self.storage.set_len(self.len) }
    }
}

impl<S: Storage> Vector<S> {
    /// Appends at most so many elements, while there is room without new memory. Returns the next.
    #[inline]
    fn extend_within_capacity(
        &mut self,
        iter: &mut impl Iterator<Item = S::Item>,
        most: usize,
    ) -> Option<S::Item> {
        let (ptr, len, capacity) = self.storage.parts();
        let mut count = Count { storage: &mut self.storage, len };
        // SAFETY: the length is within the capacity.
        let free = unsafe { ptr.add(len) };
        for n in 0..(capacity - len).min(most) {
            let element = iter.next()?;
            // SAFETY: there are so many free slots.
            let slot = unsafe { free.add(n) };
            // SAFETY: the slot is ours and holds nothing. The storage itself is not touched between.
            unsafe { slot.write(element) };
            count.len += 1;
        }
        drop(count);
        iter.next()
    }

    /// Makes room for `certain` elements and those of an estimate. One that no memory can hold lies,
    /// and is ignored.
    #[inline]
    fn make_estimated_room(&mut self, estimate: usize, certain: usize) -> Result<(), Refusal> {
        match self.make_room(estimate.saturating_add(certain), Growth::Doubled) {
            Err(Refusal { cause: Cause::Overflow, .. }) => self.make_room(certain, Growth::Doubled),
            made => made,
        }
    }

    /// Appends all elements of `iter`, or hands back what found no room: the first such element and
    /// the rest of the iterator. What was appended until then stays: nothing, when the iterator had said
    /// how much would come, and that was refused.
    ///
    /// ```
    /// use larder::{SmallVector, alloc::Null};
    /// let mut full = SmallVector::<u64, 2, _>::new_in(Null);
    /// let rest = full.try_extend((1..5).filter(|n| n % 5 > 0)).unwrap_err().into_value();
    /// assert!(rest.eq([3, 4]));
    /// assert_eq!(full, [1, 2]);
    /// ```
    ///
    /// # Errors
    ///
    /// When memory is refused.
    #[inline]
    pub fn try_extend<I: IntoIterator<Item = S::Item>>(
        &mut self,
        iter: I,
    ) -> Result<(), Refused<Rest<I::IntoIter>>> {
        let mut iter = iter.into_iter();
        let sure = iter.size_hint().0;
        // Only what needs no memory is here, so that this is small enough to be compiled in place.
        if sure > self.capacity() - self.len() {
            return self.extend_slow(None, iter);
        }
        match self.extend_within_capacity(&mut iter, sure) {
            None => Ok(()),
            element => self.extend_slow(element, iter),
        }
    }

    /// [`try_extend`](Self::try_extend) by the element that found no room, if one came already, and the
    /// rest.
    #[inline(never)]
    fn extend_slow<I: Iterator<Item = S::Item>>(
        &mut self,
        mut next: Option<S::Item>,
        mut iter: I,
    ) -> Result<(), Refused<Rest<I>>> {
        loop {
            let certain = usize::from(next.is_some());
            if let Err(refusal) = self.make_estimated_room(iter.size_hint().0, certain) {
                return Err(Refused::new(next.into_iter().chain(iter), refusal));
            }
            if let Some(element) = next {
                // There is room for this one now.
                let _ = self.storage.push_within_capacity(element);
            }
            next = self.extend_within_capacity(&mut iter, usize::MAX);
            if next.is_none() {
                return Ok(());
            }
        }
    }

    /// Appends clones of `elements`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    pub fn extend_from_slice(&mut self, elements: &[S::Item])
    where
        S::Item: Clone,
    {
        panics::granted(self.try_extend_from_slice(elements));
    }

    /// [`extend_from_slice`](Self::extend_from_slice), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    #[inline]
    pub fn try_extend_from_slice(&mut self, elements: &[S::Item]) -> Result<(), Refusal>
    where
        S::Item: Clone,
    {
        self.extend_by_clones(elements, Growth::Doubled)
    }

    /// [`try_extend_from_slice`](Self::try_extend_from_slice) with this room.
    #[inline]
    pub(super) fn extend_by_clones(
        &mut self,
        elements: &[S::Item],
        growth: Growth,
    ) -> Result<(), Refusal>
    where
        S::Item: Clone,
    {
        self.make_room(elements.len(), growth)?;
        clone::clone_into(elements, self.spare_capacity_mut());
        let len = self.len() + elements.len();
        // SAFETY: so many more are initialised now.
        unsafe { self.set_len(len) };
        Ok(())
    }

    /// Appends clones of the vector's own elements in `range`.
    ///
    /// # Panics
    ///
    /// When the range is not within the vector, or memory is refused.
    #[track_caller]
    pub fn extend_from_within(&mut self, range: impl RangeBounds<usize>)
    where
        S::Item: Clone,
    {
        panics::granted(self.try_extend_from_within(range));
    }

    /// [`extend_from_within`](Self::extend_from_within), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    ///
    /// # Panics
    ///
    /// When the range is not within the vector.
    #[track_caller]
    pub fn try_extend_from_within(&mut self, range: impl RangeBounds<usize>) -> Result<(), Refusal>
    where
        S::Item: Clone,
    {
        let range = range::within(range, self.len());
        self.make_room(range.len(), Growth::Doubled)?;
        let own: *const [S::Item] = &raw const self[range.clone()];
        let spare = &raw mut *self.spare_capacity_mut();
        // SAFETY: the elements are initialised, and nobody writes to them meanwhile: the spare slots
        // are behind them, and the vector is not touched.
        let own = unsafe { &*own };
        // SAFETY: the slots are ours, and behind all elements.
        clone::clone_into(own, unsafe { &mut *spare });
        let len = self.len() + range.len();
        // SAFETY: so many more are initialised now.
        unsafe { self.set_len(len) };
        Ok(())
    }

    /// Moves all elements of `other` to the end of this vector. `other` keeps its memory.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn append<O: Storage<Item = S::Item>>(&mut self, other: &mut Vector<O>) {
        panics::granted(self.try_append(other));
    }

    /// [`append`](Self::append), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; both vectors are what they were.
    pub fn try_append<O: Storage<Item = S::Item>>(
        &mut self,
        other: &mut Vector<O>,
    ) -> Result<(), Refusal> {
        self.make_room(other.len(), Growth::Doubled)?;
        let elements: *const [S::Item] = other.as_slice();
        // SAFETY: no elements are always initialised; those that were there are moved.
        unsafe { other.set_len(0) };
        // SAFETY: they were initialised, are another vector's, which has given them up, and there is
        // room for them.
        unsafe { self.append_within_capacity(elements) };
        Ok(())
    }

    /// Puts all elements of `iter` before the element at `index`. O(n + m), averaged over many.
    ///
    /// # Panics
    ///
    /// When `index` is behind the end, or memory is refused.
    #[track_caller]
    pub fn insert_many<I: IntoIterator<Item = S::Item>>(&mut self, index: usize, iter: I) {
        panics::taken(self.try_insert_many(index, iter));
    }

    /// [`insert_many`](Self::insert_many), or what found no room. What was inserted until then
    /// stays.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    ///
    /// # Panics
    ///
    /// When `index` is behind the end.
    #[track_caller]
    pub fn try_insert_many<I: IntoIterator<Item = S::Item>>(
        &mut self,
        index: usize,
        iter: I,
    ) -> Result<(), Refused<Rest<I::IntoIter>>> {
        if index > self.len() {
            panics::out_of_bounds("insertion", index, "<=", self.len());
        }
        let mut iter = iter.into_iter();
        let filled = Gap::open(&mut self.storage, index).fill(&mut iter);
        filled.map_err(|(element, refusal)| {
            Refused::new(Some(element).into_iter().chain(iter), refusal)
        })
    }

    /// Puts clones of `elements` before the element at `index`.
    ///
    /// # Panics
    ///
    /// When `index` is behind the end, or memory is refused.
    #[track_caller]
    pub fn insert_from_slice(&mut self, index: usize, elements: &[S::Item])
    where
        S::Item: Clone,
    {
        self.insert_many(index, elements.iter().cloned());
    }

    /// Makes the vector `len` long, by clones of `value` or by dropping the last.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn resize(&mut self, len: usize, value: S::Item)
    where
        S::Item: Clone,
    {
        panics::taken(self.try_resize(len, value));
    }

    /// [`resize`](Self::resize), or the value back.
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    pub fn try_resize(&mut self, len: usize, value: S::Item) -> Result<(), Refused<S::Item>>
    where
        S::Item: Clone,
    {
        self.resize_by_clones(len, value, Growth::Doubled)
    }

    /// [`try_resize`](Self::try_resize) with this room.
    #[inline]
    pub(super) fn resize_by_clones(
        &mut self,
        len: usize,
        value: S::Item,
        growth: Growth,
    ) -> Result<(), Refused<S::Item>>
    where
        S::Item: Clone,
    {
        let Some(more) = len.checked_sub(self.len()) else {
            self.truncate(len);
            return Ok(());
        };
        if let Err(refusal) = self.make_room(more, growth) {
            return Err(Refused::new(value, refusal));
        }
        let _ = self.extend_within_capacity(&mut iter::repeat_n(value, more), more);
        Ok(())
    }

    /// Makes the vector `len` long, by what `make` returns or by dropping the last.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn resize_with(&mut self, len: usize, make: impl FnMut() -> S::Item) {
        panics::granted(self.try_resize_with(len, make));
    }

    /// [`resize_with`](Self::resize_with), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    pub fn try_resize_with(
        &mut self,
        len: usize,
        make: impl FnMut() -> S::Item,
    ) -> Result<(), Refusal> {
        let Some(more) = len.checked_sub(self.len()) else {
            self.truncate(len);
            return Ok(());
        };
        self.make_room(more, Growth::Doubled)?;
        let _ = self.extend_within_capacity(&mut iter::repeat_with(make).take(more), more);
        Ok(())
    }
}

impl<S: Storage> Extend<S::Item> for Vector<S> {
    #[inline]
    #[track_caller]
    fn extend<I: IntoIterator<Item = S::Item>>(&mut self, iter: I) {
        panics::taken(self.try_extend(iter));
    }
}

/// One impl for each storage: a reference to an element might be an element of one not named.
macro_rules! extends_by_copies {
    ($([$($params:tt)*] $storage:ty;)+) => {$(
        impl<'a, T: Copy + 'a, A: Allocator, $($params)*> Extend<&'a T> for Vector<$storage> {
            #[inline]
            #[track_caller]
            fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
                panics::taken(self.try_extend(iter.into_iter().copied()));
            }
        }
    )+};
}

extends_by_copies! {
    [const N: usize] Inline<T, N, A>;
    [const KEEP: usize] Heap<T, A, KEEP>;
}
