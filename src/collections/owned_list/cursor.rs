//! Cursors of owned lists, with std's names and places: between the last element and the first there
//! is one place more, at which there is no element.

use core::{fmt, mem};

use super::{Apart, OwnedList, together};
use crate::{
    alloc::{Allocator, Global, OneAllocator, Refusal, Refused},
    panics,
    raw::chain::{Chain, Link},
};

/// Where a cursor is: at a node with so many before it, or at none, behind all of them.
#[derive(Clone, Copy, Debug)]
struct Place {
    node: Link,
    index: usize,
}

impl Place {
    fn move_next(&mut self, chain: &Chain) {
        self.index = if self.node.is_some() { self.index + 1 } else { 0 };
        self.node = chain.after(self.node);
    }

    fn move_prev(&mut self, chain: &Chain) {
        self.node = chain.before(self.node);
        self.index = if self.node.is_none() {
            chain.len()
        } else {
            self.index.checked_sub(1).unwrap_or(chain.len() - 1)
        };
    }

    fn index(self) -> Option<usize> {
        self.node.map(|_| self.index)
    }
}

/// A place in a list. O(1) all.
pub struct Cursor<'a, T, A: Allocator = Global> {
    list: &'a OwnedList<T, A>,
    place: Place,
}

impl<'a, T, A: Allocator> Cursor<'a, T, A> {
    pub(super) const fn new(list: &'a OwnedList<T, A>, node: Link, index: usize) -> Self {
        Self { list, place: Place { node, index } }
    }

    /// How many elements are before the current one, if there is one.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        self.place.index()
    }

    /// Moves to the next place.
    pub fn move_next(&mut self) {
        self.place.move_next(&self.list.chain);
    }

    /// Moves to the place before.
    pub fn move_prev(&mut self) {
        self.place.move_prev(&self.list.chain);
    }

    /// The element here.
    #[must_use]
    pub fn current(&self) -> Option<&'a T> {
        self.list.get_at(self.place.node)
    }

    /// The element at the next place.
    #[must_use]
    pub fn peek_next(&self) -> Option<&'a T> {
        self.list.get_at(self.list.chain.after(self.place.node))
    }

    /// The element at the place before.
    #[must_use]
    pub fn peek_prev(&self) -> Option<&'a T> {
        self.list.get_at(self.list.chain.before(self.place.node))
    }

    /// The first element of the list.
    #[must_use]
    pub fn front(&self) -> Option<&'a T> {
        self.list.front()
    }

    /// The last element of the list.
    #[must_use]
    pub fn back(&self) -> Option<&'a T> {
        self.list.back()
    }

    /// The list.
    #[must_use]
    pub const fn as_list(&self) -> &'a OwnedList<T, A> {
        self.list
    }
}

impl<T, A: Allocator> Clone for Cursor<'_, T, A> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T: fmt::Debug, A: Allocator> fmt::Debug for Cursor<'_, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cursor").field(&self.index()).field(&self.current()).finish()
    }
}

/// A place in a list, which can be changed there. O(1) all but what moves elements between lists.
pub struct CursorMut<'a, T, A: Allocator = Global> {
    list: &'a mut OwnedList<T, A>,
    place: Place,
}

impl<'a, T, A: Allocator> CursorMut<'a, T, A> {
    pub(super) const fn new(list: &'a mut OwnedList<T, A>, node: Link, index: usize) -> Self {
        Self { list, place: Place { node, index } }
    }

    /// How many elements are before the current one, if there is one.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        self.place.index()
    }

    /// Moves to the next place.
    pub fn move_next(&mut self) {
        self.place.move_next(&self.list.chain);
    }

    /// Moves to the place before.
    pub fn move_prev(&mut self) {
        self.place.move_prev(&self.list.chain);
    }

    /// The element here.
    #[must_use]
    pub fn current(&mut self) -> Option<&mut T> {
        self.list.get_at_mut(self.place.node)
    }

    /// The element at the next place.
    #[must_use]
    pub fn peek_next(&mut self) -> Option<&mut T> {
        self.list.get_at_mut(self.list.chain.after(self.place.node))
    }

    /// The element at the place before.
    #[must_use]
    pub fn peek_prev(&mut self) -> Option<&mut T> {
        self.list.get_at_mut(self.list.chain.before(self.place.node))
    }

    /// A cursor at the same place, for looking.
    #[must_use]
    pub const fn as_cursor(&self) -> Cursor<'_, T, A> {
        Cursor { list: self.list, place: self.place }
    }

    /// The list.
    #[must_use]
    pub const fn as_list(&self) -> &OwnedList<T, A> {
        self.list
    }

    /// The first element of the list.
    #[must_use]
    pub fn front(&self) -> Option<&T> {
        self.list.front()
    }

    /// The first element of the list, to change.
    #[must_use]
    pub fn front_mut(&mut self) -> Option<&mut T> {
        self.list.front_mut()
    }

    /// The last element of the list.
    #[must_use]
    pub fn back(&self) -> Option<&T> {
        self.list.back()
    }

    /// The last element of the list, to change.
    #[must_use]
    pub fn back_mut(&mut self) -> Option<&mut T> {
        self.list.back_mut()
    }

    /// Adds an element to the front of the list. The current one stays.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn push_front(&mut self, value: T) {
        panics::taken(self.try_push_front(value));
    }

    /// Adds an element to the end of the list. The current one stays.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn push_back(&mut self, value: T) {
        panics::taken(self.try_push_back(value));
    }

    /// [`push_front`](Self::push_front), or the element back.
    ///
    /// # Errors
    ///
    /// With the element, when memory is refused.
    pub fn try_push_front(&mut self, value: T) -> Result<(), Refused<T>> {
        self.list.try_push_front(value)?;
        self.place.index += 1;
        Ok(())
    }

    /// [`push_back`](Self::push_back), or the element back.
    ///
    /// # Errors
    ///
    /// With the element, when memory is refused.
    pub fn try_push_back(&mut self, value: T) -> Result<(), Refused<T>> {
        self.list.try_push_back(value)?;
        self.grew_behind();
        Ok(())
    }

    /// Takes the first element of the list out; where it was the current one, the next is then.
    ///
    /// ```
    /// let mut list = larder::OwnedList::from([1, 2, 3]);
    /// let mut cursor = list.cursor_front_mut();
    /// assert_eq!((cursor.pop_front(), cursor.pop_back()), (Some(1), Some(3)));
    /// assert_eq!((cursor.index(), cursor.current()), (Some(0), Some(&mut 2)));
    /// ```
    pub fn pop_front(&mut self) -> Option<T> {
        let first = self.list.chain.first()?;
        if self.place.node == Some(first) {
            return self.remove_current();
        }
        self.place.index -= 1;
        Some(self.list.remove_at(first))
    }

    /// Takes the last element of the list out; where it was the current one, there is none then.
    pub fn pop_back(&mut self) -> Option<T> {
        let last = self.list.chain.last()?;
        if self.place.node == Some(last) {
            return self.remove_current();
        }
        let value = self.list.remove_at(last);
        self.grew_behind();
        Some(value)
    }

    /// Adds an element behind the current one; at the front, when there is none.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn insert_after(&mut self, value: T) {
        panics::taken(self.try_insert_after(value));
    }

    /// Adds an element before the current one; at the end, when there is none.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn insert_before(&mut self, value: T) {
        panics::taken(self.try_insert_before(value));
    }

    /// [`insert_after`](Self::insert_after), or the element back.
    ///
    /// # Errors
    ///
    /// With the element, when memory is refused.
    pub fn try_insert_after(&mut self, value: T) -> Result<(), Refused<T>> {
        let at = self.list.chain.after(self.place.node);
        self.list.try_insert_at(at, value)?;
        self.grew_behind();
        Ok(())
    }

    /// [`insert_before`](Self::insert_before), or the element back.
    ///
    /// # Errors
    ///
    /// With the element, when memory is refused.
    pub fn try_insert_before(&mut self, value: T) -> Result<(), Refused<T>> {
        self.list.try_insert_at(self.place.node, value)?;
        self.place.index += 1;
        Ok(())
    }

    /// Takes the current element out; the next one is the current one then.
    pub fn remove_current(&mut self) -> Option<T> {
        let node = self.place.node?;
        self.place.node = self.list.chain.after(Some(node));
        Some(self.list.remove_at(node))
    }

    /// Takes the current element out, in a list of its own; the next one is the current one then. It
    /// moves to a node of that list: [`remove_current`](Self::remove_current) needs none.
    ///
    /// # Panics
    ///
    /// When memory is refused; the list is what it was then.
    #[track_caller]
    pub fn remove_current_as_list(&mut self) -> Option<OwnedList<T, A>>
    where
        A: Clone,
    {
        self.place.node?;
        let mut alone = OwnedList::with_capacity_in(1, self.list.allocator().clone());
        alone.extend(self.remove_current());
        Some(alone)
    }

    /// Moves the elements of `other` behind the current one; to the front, when there is none. O(m).
    ///
    /// # Panics
    ///
    /// When memory is refused; the list is what it was then.
    #[track_caller]
    pub fn splice_after<B: Allocator>(&mut self, mut other: OwnedList<T, B>) {
        panics::granted(self.try_splice_after(&mut other));
    }

    /// Moves the elements of `other` before the current one; to the end, when there is none. O(m).
    ///
    /// # Panics
    ///
    /// When memory is refused; the list is what it was then.
    #[track_caller]
    pub fn splice_before<B: Allocator>(&mut self, mut other: OwnedList<T, B>) {
        panics::granted(self.try_splice_before(&mut other));
    }

    /// [`splice_after`](Self::splice_after), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; both lists are what they were then.
    pub fn try_splice_after<B: Allocator>(
        &mut self,
        other: &mut OwnedList<T, B>,
    ) -> Result<(), Refusal> {
        let at = self.list.chain.after(self.place.node);
        self.list.try_take_over(other, at)?;
        self.grew_behind();
        Ok(())
    }

    /// [`splice_before`](Self::splice_before), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; both lists are what they were then.
    pub fn try_splice_before<B: Allocator>(
        &mut self,
        other: &mut OwnedList<T, B>,
    ) -> Result<(), Refusal> {
        let count = other.len();
        self.list.try_take_over(other, self.place.node)?;
        self.place.index += count;
        Ok(())
    }

    /// Takes the elements behind the current one to a list of their own; all, when there is none.
    /// O(the shorter part), as [`OwnedList::split_off`].
    ///
    /// # Panics
    ///
    /// When memory is refused; the list is what it was then.
    #[track_caller]
    pub fn split_after(&mut self) -> OwnedList<T, A>
    where
        A: Clone,
    {
        let front = self.place.index().map_or(0, |index| index + 1);
        let at = self.list.chain.after(self.place.node);
        let back = panics::granted(self.list.try_split_at(at, front));
        // The current element is the last one now, or there is none.
        self.place.node = self.list.chain.last();
        self.grew_behind();
        back
    }

    /// Takes the elements before the current one to a list of their own; all, when there is none.
    /// O(the shorter part), as [`OwnedList::split_off`].
    ///
    /// # Panics
    ///
    /// When memory is refused; the list is what it was then.
    #[track_caller]
    pub fn split_before(&mut self) -> OwnedList<T, A>
    where
        A: Clone,
    {
        let back = panics::granted(self.list.try_split_at(self.place.node, self.place.index));
        let front = mem::replace(self.list, back);
        self.place = Place { node: self.list.chain.first(), index: 0 };
        front
    }

    /// The place behind all is as far back as the list is long.
    fn grew_behind(&mut self) {
        if self.place.node.is_none() {
            self.place.index = self.list.len();
        }
    }
}

impl<T, A: OneAllocator> CursorMut<'_, T, A> {
    /// Takes the elements of `other` behind the current one, with their nodes; to the front, when there
    /// is none. O(1).
    ///
    /// # Panics
    ///
    /// When the allocators are not known to be one.
    #[track_caller]
    pub fn splice_nodes_after(&mut self, mut other: OwnedList<T, A>) {
        together(self.try_splice_nodes_after(&mut other));
    }

    /// Takes the elements of `other` before the current one, with their nodes; to the end, when there is
    /// none. O(1).
    ///
    /// # Panics
    ///
    /// When the allocators are not known to be one.
    #[track_caller]
    pub fn splice_nodes_before(&mut self, mut other: OwnedList<T, A>) {
        together(self.try_splice_nodes_before(&mut other));
    }

    /// [`splice_nodes_after`](Self::splice_nodes_after), or an error.
    ///
    /// # Errors
    ///
    /// When the allocators are not known to be one; nothing has changed then.
    pub fn try_splice_nodes_after(&mut self, other: &mut OwnedList<T, A>) -> Result<(), Apart> {
        let at = self.list.chain.after(self.place.node);
        self.list.try_take_nodes(other, at)?;
        self.grew_behind();
        Ok(())
    }

    /// [`splice_nodes_before`](Self::splice_nodes_before), or an error.
    ///
    /// # Errors
    ///
    /// When the allocators are not known to be one; nothing has changed then.
    pub fn try_splice_nodes_before(&mut self, other: &mut OwnedList<T, A>) -> Result<(), Apart> {
        let count = other.len();
        self.list.try_take_nodes(other, self.place.node)?;
        self.place.index += count;
        Ok(())
    }
}

impl<T: fmt::Debug, A: Allocator> fmt::Debug for CursorMut<'_, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_cursor().fmt(f)
    }
}
