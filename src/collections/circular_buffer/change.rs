#![expect(unsafe_code, reason = "moves elements in and out of slots")]
//! Elements in and out: at both ends, in the middle, and many at once.

use core::{iter, ops::RangeBounds, ptr};

use super::{Drain, ExtractIf, Full, Grow, Place, Ring, full::End};
use crate::{
    alloc::{Refusal, Refused},
    panics,
    raw::range,
};

impl<T, F: Full, A: Place> Ring<T, F, A> {
    /// Appends `value`; what happens when there is no room, `F` says.
    ///
    /// # Panics
    ///
    /// When a [`Deque`](super::Deque) is refused memory.
    #[inline]
    #[track_caller]
    pub fn push_back(&mut self, value: T) -> F::Pushed<T> {
        self.push(value, End::Back)
    }

    /// Puts `value` before the first; what happens when there is no room, `F` says.
    ///
    /// # Panics
    ///
    /// When a [`Deque`](super::Deque) is refused memory.
    #[inline]
    #[track_caller]
    pub fn push_front(&mut self, value: T) -> F::Pushed<T> {
        self.push(value, End::Front)
    }

    /// Appends `value` if there is room.
    ///
    /// # Errors
    ///
    /// The value, when there is none.
    pub fn push_back_within_capacity(&mut self, value: T) -> Result<(), T> {
        self.push_within_capacity(value, End::Back)
    }

    /// Puts `value` before the first if there is room.
    ///
    /// # Errors
    ///
    /// The value, when there is none.
    pub fn push_front_within_capacity(&mut self, value: T) -> Result<(), T> {
        self.push_within_capacity(value, End::Front)
    }

    /// After growth this goes on as if there had been room, so that a loop around it keeps in registers what
    /// only growth changes.
    #[inline]
    #[track_caller]
    fn push(&mut self, value: T, end: End) -> F::Pushed<T> {
        let (value, pushed) = if self.is_full() {
            match F::full(self, value, end) {
                Ok(both) => both,
                Err(pushed) => return pushed,
            }
        } else {
            (value, F::stored())
        };
        // SAFETY: there was room, or is now.
        unsafe { self.put(value, end) };
        pushed
    }

    #[inline]
    pub(super) fn push_within_capacity(&mut self, value: T, end: End) -> Result<(), T> {
        if self.is_full() {
            return Err(value);
        }
        // SAFETY: there is room.
        unsafe { self.put(value, end) };
        Ok(())
    }

    /// Puts `value` into the free slot at an end.
    ///
    /// # Safety
    ///
    /// The ring is not full.
    #[inline]
    unsafe fn put(&mut self, value: T, end: End) {
        let len = self.len();
        let slot = match end {
            End::Back => self.slot(len),
            End::Front => {
                // SAFETY: the slot before the head is free, and is filled below.
                unsafe { self.retreat(1) };
                self.first()
            }
        };
        // SAFETY: that is one element more, which is written next.
        unsafe { self.set_len(len + 1) };
        // SAFETY: the slot is ours, and free, as the ring was not full.
        unsafe { slot.write(value) };
    }

    /// Takes the first element out.
    #[inline]
    pub fn pop_front(&mut self) -> Option<T> {
        let left = self.len().checked_sub(1)?;
        let slot = self.first();
        // SAFETY: the others are initialised.
        unsafe { self.advance(1) };
        // SAFETY: that is one element less.
        unsafe { self.set_len(left) };
        // SAFETY: the slot was the first, initialised, and is given up.
        Some(unsafe { slot.read() })
    }

    /// Takes the last element out.
    #[inline]
    pub fn pop_back(&mut self) -> Option<T> {
        let left = self.len().checked_sub(1)?;
        // SAFETY: that is one element less.
        unsafe { self.set_len(left) };
        // SAFETY: the slot was the last, initialised, and is given up.
        Some(unsafe { self.slot(left).read() })
    }

    /// Takes the first element out if `take` wants it.
    pub fn pop_front_if(&mut self, take: impl FnOnce(&mut T) -> bool) -> Option<T> {
        if take(self.front_mut()?) { self.pop_front() } else { None }
    }

    /// Takes the last element out if `take` wants it.
    pub fn pop_back_if(&mut self, take: impl FnOnce(&mut T) -> bool) -> Option<T> {
        if take(self.back_mut()?) { self.pop_back() } else { None }
    }

    /// Puts `value` before the element at `index` if there is room. O(n) in the elements between
    /// there and the nearer end.
    ///
    /// # Errors
    ///
    /// The value, when there is none.
    ///
    /// # Panics
    ///
    /// When `index` is behind the end.
    #[track_caller]
    pub fn insert_within_capacity(&mut self, index: usize, value: T) -> Result<(), T> {
        let len = self.len();
        if index > len {
            panics::out_of_bounds("insertion", index, "<=", len);
        }
        if len == self.limit {
            return Err(value);
        }
        if index < len - index {
            // SAFETY: the slot before the head is free; the gap is filled below.
            unsafe { self.retreat(1) };
            // SAFETY: the first elements move to where the head is now.
            unsafe { self.move_slots(1, 0, index) };
        } else {
            // SAFETY: there is a free slot behind the last.
            unsafe { self.move_slots(index, index + 1, len - index) };
        }
        // SAFETY: the slot is ours, and its element was moved on.
        unsafe { self.slot(index).write(value) };
        // SAFETY: that is one element more.
        unsafe { self.set_len(len + 1) };
        Ok(())
    }

    /// Takes the element at `index` out, if there is one. O(n) in the elements between there and the
    /// nearer end.
    pub fn remove(&mut self, index: usize) -> Option<T> {
        let left = self.len().checked_sub(1).filter(|last| index <= *last)?;
        // SAFETY: the element is initialised, and its slot is overwritten or given up.
        let value = unsafe { self.slot(index).read() };
        if index < left - index {
            // SAFETY: the elements before move one on.
            unsafe { self.move_slots(0, 1, index) };
            // SAFETY: the first slot is given up.
            unsafe { self.advance(1) };
        } else {
            // SAFETY: the elements behind move one down.
            unsafe { self.move_slots(index + 1, index, left - index) };
        }
        // SAFETY: that is one element less.
        unsafe { self.set_len(left) };
        Some(value)
    }

    /// Takes the element at `index` out, and puts the first in its place.
    pub fn swap_remove_front(&mut self, index: usize) -> Option<T> {
        self.get(index)?;
        self.swap(index, 0);
        self.pop_front()
    }

    /// Takes the element at `index` out, and puts the last in its place.
    pub fn swap_remove_back(&mut self, index: usize) -> Option<T> {
        let last = self.len().checked_sub(1)?;
        self.get(index)?;
        self.swap(index, last);
        self.pop_back()
    }

    /// Exchanges two elements.
    ///
    /// # Panics
    ///
    /// When there is no element at one of the two.
    #[track_caller]
    pub fn swap(&mut self, one: usize, other: usize) {
        let len = self.len();
        if one.max(other) >= len {
            panics::out_of_bounds("swap", one.max(other), "<", len);
        }
        let (one, other) = (self.slot(one), self.slot(other));
        // SAFETY: both are initialised; they may be the same.
        unsafe { one.swap(other) };
    }

    /// Drops all elements behind the first `len`.
    pub fn truncate(&mut self, len: usize) {
        let before = self.len();
        if len < before {
            let doomed = self.doomed(len, before);
            // SAFETY: that is fewer elements; should a drop panic, nobody sees the others again.
            unsafe { self.set_len(len) };
            drop(doomed);
        }
    }

    /// Drops all elements but the last `len`.
    pub fn truncate_front(&mut self, len: usize) {
        let before = self.len();
        if len < before {
            let doomed = self.doomed(0, before - len);
            // SAFETY: the last `len` are initialised.
            unsafe { self.advance(before - len) };
            // SAFETY: the same.
            unsafe { self.set_len(len) };
            drop(doomed);
        }
    }

    /// Drops all elements. The memory stays.
    pub fn clear(&mut self) {
        self.truncate(0);
        self.head = 0;
        A::settle();
    }

    /// The elements `from..to`, which the caller puts out of reach.
    pub(super) fn doomed(&mut self, from: usize, to: usize) -> Doomed<T> {
        let (first, second) = self.mut_slices(from, to);
        Doomed([first, second])
    }

    /// Drops the elements that `keep` does not want. The others keep their order.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.retain_mut(|element| keep(element));
    }

    /// [`retain`](Self::retain) with the right to change the elements.
    pub fn retain_mut(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        self.extract_if(.., |element| !keep(element)).for_each(drop);
    }

    /// Takes the elements of `range` out, in order. What is not consumed is dropped; if the iterator
    /// itself is leaked, so is what comes behind the range.
    ///
    /// # Panics
    ///
    /// When the range is not within the queue.
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_, T, F, A> {
        let range = range::within(range, self.len());
        Drain::new(self, range)
    }

    /// Takes those elements of `range` out that `take` wants. What is not visited stays.
    ///
    /// ```
    /// let mut queue: larder::Deque<i32> = [1, 2, 3, 4, 5].into();
    /// assert!(queue.extract_if(1.., |n| *n % 2 == 1).eq([3, 5]));
    /// assert_eq!(queue, [1, 2, 4]);
    /// ```
    ///
    /// # Panics
    ///
    /// When the range is not within the queue.
    #[track_caller]
    pub fn extract_if<P: FnMut(&mut T) -> bool>(
        &mut self,
        range: impl RangeBounds<usize>,
        take: P,
    ) -> ExtractIf<'_, T, F, A, P> {
        let range = range::within(range, self.len());
        ExtractIf::new(self, range, take)
    }

    /// Turns the content, so that the element at `count` is the first.
    ///
    /// # Panics
    ///
    /// When `count` is more than there are.
    #[track_caller]
    pub fn rotate_left(&mut self, count: usize) {
        let len = self.len();
        if count > len {
            panics::out_of_bounds("rotation", count, "<=", len);
        }
        if self.is_full() {
            // SAFETY: all slots are initialised.
            unsafe { self.advance(count) };
        } else if count <= len - count {
            for _ in 0..count {
                // The slot behind the last is free, and the first becomes so.
                let first = self.pop_front();
                first.map(|first| self.push_within_capacity(first, End::Back));
            }
        } else {
            for _ in count..len {
                let last = self.pop_back();
                last.map(|last| self.push_within_capacity(last, End::Front));
            }
        }
    }

    /// Turns the content, so that the first element is at `count`.
    ///
    /// # Panics
    ///
    /// When `count` is more than there are.
    #[track_caller]
    pub fn rotate_right(&mut self, count: usize) {
        let len = self.len();
        if count > len {
            panics::out_of_bounds("rotation", count, "<=", len);
        }
        self.rotate_left(len - count);
    }

    /// Appends as many of `elements` as there is room for, by two copies, and says how many.
    pub fn push_slice(&mut self, elements: &[T]) -> usize
    where
        T: Copy,
    {
        let len = self.len();
        let count = elements.len().min(self.limit - len);
        let room = self.pieces(len, len + count).map(<*const [T]>::len);
        let (first, second) = elements[..count].split_at(room[0]);
        for (at, piece) in [(len, first), (len + room[0], second)] {
            if !piece.is_empty() {
                let slot = self.slot(at).as_ptr();
                // SAFETY: the slots are free, in one piece, and ours.
                unsafe { ptr::copy_nonoverlapping(piece.as_ptr(), slot, piece.len()) };
            }
        }
        // SAFETY: so many more are initialised.
        unsafe { self.set_len(len + count) };
        count
    }

    /// Takes as many elements out as there are, or as there is room for in `into`, by two copies, and
    /// says how many.
    pub fn pop_slice(&mut self, into: &mut [T]) -> usize
    where
        T: Copy,
    {
        let count = into.len().min(self.len());
        let (first, second) = self.slices(0, count);
        let (into_first, rest) = into.split_at_mut(first.len());
        into_first.copy_from_slice(first);
        rest[..second.len()].copy_from_slice(second);
        self.truncate_front(self.len() - count);
        count
    }

    /// Takes the elements from `at` on into a queue of their own, of the same capacity.
    ///
    /// # Panics
    ///
    /// When `at` is behind the end, or memory is refused.
    #[track_caller]
    #[must_use = "call `truncate` to drop the elements"]
    pub fn split_off(&mut self, at: usize) -> Self
    where
        A: Clone,
    {
        panics::granted(self.try_split_off(at))
    }

    /// [`split_off`](Self::split_off), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; the queue is what it was.
    ///
    /// # Panics
    ///
    /// When `at` is behind the end.
    #[track_caller]
    pub fn try_split_off(&mut self, at: usize) -> Result<Self, Refusal>
    where
        A: Clone,
    {
        if at > self.len() {
            panics::out_of_bounds("`at` split", at, "<=", self.len());
        }
        let mut other = Self::try_with_capacity_in(self.limit, self.allocator().clone())?;
        for element in self.drain(at..) {
            let stored = other.push_within_capacity(element, End::Back);
            debug_assert!(stored.is_ok());
        }
        Ok(other)
    }

    #[cold]
    pub(super) fn try_push(&mut self, value: T, end: End) -> Result<(), Refused<T>> {
        match self.grow(1) {
            Ok(()) => {
                let stored = self.push_within_capacity(value, end);
                debug_assert!(stored.is_ok());
                Ok(())
            }
            Err(refusal) => Err(Refused::new(value, refusal)),
        }
    }
}

/// Elements that are dropped, all of them, even if the drop of one panics.
pub(super) struct Doomed<T>([*mut [T]; 2]);

impl<T> Drop for Doomed<T> {
    fn drop(&mut self) {
        struct Second<T>(*mut [T]);
        impl<T> Drop for Second<T> {
            fn drop(&mut self) {
                // SAFETY: initialised, and out of everybody's reach.
                unsafe { ptr::drop_in_place(self.0) }
            }
        }
        let _second = Second(self.0[1]);
        // SAFETY: initialised, and out of everybody's reach.
        unsafe { ptr::drop_in_place(self.0[0]) }
    }
}

impl<T, A: Place> Ring<T, Grow, A> {
    /// [`push_back`](Self::push_back), or the value back.
    ///
    /// # Errors
    ///
    /// When memory is refused; the queue is what it was.
    #[inline]
    pub fn try_push_back(&mut self, value: T) -> Result<(), Refused<T>> {
        self.push_within_capacity(value, End::Back).or_else(|value| self.try_push(value, End::Back))
    }

    /// [`push_front`](Self::push_front), or the value back.
    ///
    /// # Errors
    ///
    /// When memory is refused; the queue is what it was.
    #[inline]
    pub fn try_push_front(&mut self, value: T) -> Result<(), Refused<T>> {
        self.push_within_capacity(value, End::Front)
            .or_else(|value| self.try_push(value, End::Front))
    }

    /// Puts `value` before the element at `index`.
    ///
    /// # Panics
    ///
    /// When `index` is behind the end, or memory is refused.
    #[track_caller]
    pub fn insert(&mut self, index: usize, value: T) {
        panics::taken(self.try_insert(index, value));
    }

    /// Appends `value` and lends it.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn push_back_mut(&mut self, value: T) -> &mut T {
        self.push_back(value);
        let last = self.len() - 1;
        &mut self[last]
    }

    /// Puts `value` before the first, and lends it.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn push_front_mut(&mut self, value: T) -> &mut T {
        self.push_front(value);
        &mut self[0]
    }

    /// [`insert`](Self::insert), and lends what was put there.
    ///
    /// # Panics
    ///
    /// When `index` is behind the end, or memory is refused.
    #[track_caller]
    pub fn insert_mut(&mut self, index: usize, value: T) -> &mut T {
        self.insert(index, value);
        &mut self[index]
    }

    /// [`insert`](Self::insert), or the value back.
    ///
    /// # Errors
    ///
    /// When memory is refused; the queue is what it was.
    ///
    /// # Panics
    ///
    /// When `index` is behind the end.
    #[track_caller]
    pub fn try_insert(&mut self, index: usize, value: T) -> Result<(), Refused<T>> {
        let Err(value) = self.insert_within_capacity(index, value) else { return Ok(()) };
        if let Err(refusal) = self.try_reserve(1) {
            return Err(Refused::new(value, refusal));
        }
        let stored = self.insert_within_capacity(index, value);
        debug_assert!(stored.is_ok());
        Ok(())
    }

    /// Moves all elements of `other` to the end. Those of a queue of another kind are moved by
    /// `extend(other.drain(..))`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn append(&mut self, other: &mut Self) {
        panics::granted(self.try_append(other));
    }

    /// [`append`](Self::append), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; both queues are what they were.
    pub fn try_append(&mut self, other: &mut Self) -> Result<(), Refusal> {
        self.try_reserve(other.len())?;
        self.extend(other.drain(..));
        Ok(())
    }

    /// Makes the queue `len` long, by what `make` returns or by dropping the last.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn resize_with(&mut self, len: usize, make: impl FnMut() -> T) {
        panics::granted(self.try_resize_with(len, make));
    }

    /// [`resize_with`](Self::resize_with), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; the queue is what it was.
    pub fn try_resize_with(&mut self, len: usize, make: impl FnMut() -> T) -> Result<(), Refusal> {
        let more = len.saturating_sub(self.len());
        self.try_reserve(more)?;
        self.truncate(len);
        self.extend(iter::repeat_with(make).take(more));
        Ok(())
    }

    /// Makes the queue `len` long, by clones of `value` or by dropping the last.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn resize(&mut self, len: usize, value: T)
    where
        T: Clone,
    {
        panics::taken(self.try_resize(len, value));
    }

    /// [`resize`](Self::resize), or the value back.
    ///
    /// # Errors
    ///
    /// When memory is refused; the queue is what it was.
    pub fn try_resize(&mut self, len: usize, value: T) -> Result<(), Refused<T>>
    where
        T: Clone,
    {
        let more = len.saturating_sub(self.len());
        if let Err(refusal) = self.try_reserve(more) {
            return Err(Refused::new(value, refusal));
        }
        self.truncate(len);
        self.extend(iter::repeat_n(value, more));
        Ok(())
    }
}
