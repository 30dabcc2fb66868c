#![expect(unsafe_code, reason = "writes elements into free slots")]
//! Many elements at the back of a queue.

use super::{Full, Grow, Place, Ring, TakesAll, full::End};
use crate::{
    alloc::{Cause, Refusal, Refused},
    collections::vector::Rest,
    panics,
    raw::storage::Storage,
};

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

/// The refused element, with those that were to come after it.
fn with_rest<I: Iterator>(back: Refused<I::Item>, iter: I) -> Refused<Rest<I>> {
    let refusal = *back.refusal();
    Refused::new(Some(back.into_value()).into_iter().chain(iter), refusal)
}

impl<T, F: Full, A: Place> Ring<T, F, A> {
    /// Appends elements of `iter` until there is no room, or no element.
    #[inline]
    fn fill(&mut self, iter: &mut impl Iterator<Item = T>) {
        for _ in 0..2 {
            let (len, limit) = (self.len(), self.limit);
            let start = self.index_of(len);
            let room = self.run(start, limit - len);
            let ptr = self.storage.parts().0;
            let mut count = Count { storage: &mut self.storage, len };
            // SAFETY: the slot is within the limit, or its end.
            let first = unsafe { ptr.add(start) };
            for n in 0..room {
                let Some(element) = iter.next() else { return };
                // SAFETY: there are `room` slots from the first on, which are in one piece.
                let slot = unsafe { first.add(n) };
                // SAFETY: the slot is ours and free.
                unsafe { slot.write(element) };
                count.len += 1;
            }
        }
    }

    /// Makes room for an estimate. One that no memory can hold lies, and is ignored.
    pub(super) fn make_estimated_room(&mut self, estimate: usize) -> Result<(), Refusal> {
        match self.try_reserve(estimate) {
            Err(Refusal { cause: Cause::Overflow, .. }) => Ok(()),
            made => made,
        }
    }

    /// Appends the elements of `iter` while there is room, or hands back the rest.
    ///
    /// # Errors
    ///
    /// What found no room.
    pub fn extend_within_capacity<I: IntoIterator<Item = T>>(
        &mut self,
        iter: I,
    ) -> Result<(), Rest<I::IntoIter>> {
        let mut iter = iter.into_iter();
        self.fill(&mut iter);
        match iter.next() {
            None => Ok(()),
            Some(element) => Err(Some(element).into_iter().chain(iter)),
        }
    }

    /// The elements of `iter`, in memory of `alloc`; the capacity is their number if it is known.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn from_iter_in<I: IntoIterator<Item = T>>(iter: I, alloc: A) -> Self {
        panics::taken(Self::try_from_iter_in(iter, alloc))
    }

    /// [`from_iter_in`](Self::from_iter_in), or what found no room; what had found some is dropped.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_from_iter_in<I: IntoIterator<Item = T>>(
        iter: I,
        alloc: A,
    ) -> Result<Self, Refused<Rest<I::IntoIter>>> {
        let mut iter = iter.into_iter();
        let mut this = Self::new_in(alloc);
        let estimate = iter.size_hint().0;
        match this.try_set_capacity(estimate) {
            // An estimate that no memory can hold lies.
            Ok(()) | Err(Refusal { cause: Cause::Overflow, .. }) => {}
            Err(refusal) => return Err(Refused::new(None.into_iter().chain(iter), refusal)),
        }
        match this.extend_as_it_comes(&mut iter) {
            Ok(()) => Ok(this),
            Err(back) => Err(with_rest(back, iter)),
        }
    }

    /// Appends all elements of `iter`, with more room when there is none; the element that found
    /// none comes back.
    fn extend_as_it_comes(&mut self, iter: &mut impl Iterator<Item = T>) -> Result<(), Refused<T>> {
        loop {
            self.fill(iter);
            let Some(element) = iter.next() else { return Ok(()) };
            self.try_push(element, End::Back)?;
        }
    }
}

impl<T, A: Place> Ring<T, Grow, A> {
    /// Appends all elements of `iter`, or hands back what found no room.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_extend<I: IntoIterator<Item = T>>(
        &mut self,
        iter: I,
    ) -> Result<(), Refused<Rest<I::IntoIter>>> {
        let mut iter = iter.into_iter();
        if let Err(refusal) = self.make_estimated_room(iter.size_hint().0) {
            return Err(Refused::new(None.into_iter().chain(iter), refusal));
        }
        self.extend_as_it_comes(&mut iter).map_err(|back| with_rest(back, iter))
    }
}

impl<T, F: TakesAll, A: Place> Extend<T> for Ring<T, F, A> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        let mut iter = iter.into_iter();
        F::expect(self, iter.size_hint().0);
        loop {
            self.fill(&mut iter);
            let Some(element) = iter.next() else { return };
            drop(self.push_back(element));
        }
    }
}

impl<'a, T: Copy + 'a, F: TakesAll, A: Place> Extend<&'a T> for Ring<T, F, A> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
        self.extend(iter.into_iter().copied());
    }
}
