//! Cursors of intrusive lists. Between the last element and the first there is one place more, at which
//! there is no element.

use core::{fmt, mem};

use super::{Adapter, AlreadyLinked, IntrusiveList, Pointer, linked};
use crate::raw::chain::Link as Place;

/// A place in a list. O(1) all.
pub struct Cursor<'a, P: Pointer, A: Adapter<P::Target>> {
    list: &'a IntrusiveList<P, A>,
    node: Place,
}

impl<'a, P: Pointer, A: Adapter<P::Target>> Cursor<'a, P, A> {
    pub(super) const fn new(list: &'a IntrusiveList<P, A>, node: Place) -> Self {
        Self { list, node }
    }

    /// Moves to the next place.
    pub fn move_next(&mut self) {
        self.node = self.list.chain.after(self.node);
    }

    /// Moves to the place before.
    pub fn move_prev(&mut self) {
        self.node = self.list.chain.before(self.node);
    }

    /// The element here.
    #[must_use]
    pub fn current(&self) -> Option<&'a P::Target> {
        self.list.get_at(self.node)
    }

    /// The element at the next place.
    #[must_use]
    pub fn peek_next(&self) -> Option<&'a P::Target> {
        self.list.get_at(self.list.chain.after(self.node))
    }

    /// The element at the place before.
    #[must_use]
    pub fn peek_prev(&self) -> Option<&'a P::Target> {
        self.list.get_at(self.list.chain.before(self.node))
    }
}

impl<P: Pointer, A: Adapter<P::Target>> Clone for Cursor<'_, P, A> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<P: Pointer<Target: fmt::Debug>, A: Adapter<P::Target>> fmt::Debug for Cursor<'_, P, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cursor").field(&self.current()).finish()
    }
}

/// A place in a list, which can be changed there. O(1) all but what joins and splits lists.
///
/// ```
/// use larder::{Arena, IntrusiveList, collections::intrusive_list::{Adapter, Link}};
/// struct Page(u32, Link);
/// struct Recent;
/// impl Adapter<Page> for Recent {
///     type Hook = Link;
///     fn hook(page: &Page) -> &Link {
///         &page.1
///     }
/// }
///
/// let arena = Arena::new();
/// let pages: Vec<&Page> = (0..4).map(|n| &*arena.alloc(Page(n, Link::new()))).collect();
/// let mut recent = IntrusiveList::<&Page, Recent>::from_iter(pages.iter().copied());
/// let mut cursor = recent.cursor_at_mut(pages[2]).unwrap();
/// let used = cursor.remove_current().unwrap();
/// let older = cursor.split_before();
/// assert_eq!((older.len(), cursor.current().unwrap().0), (2, 3));
/// cursor.insert_after(used);
/// assert!(recent.iter().map(|page| page.0).eq([3, 2]));
/// ```
pub struct CursorMut<'a, P: Pointer, A: Adapter<P::Target>> {
    list: &'a mut IntrusiveList<P, A>,
    node: Place,
}

impl<'a, P: Pointer, A: Adapter<P::Target>> CursorMut<'a, P, A> {
    pub(super) const fn new(list: &'a mut IntrusiveList<P, A>, node: Place) -> Self {
        Self { list, node }
    }

    /// Moves to the next place.
    pub fn move_next(&mut self) {
        self.node = self.list.chain.after(self.node);
    }

    /// Moves to the place before.
    pub fn move_prev(&mut self) {
        self.node = self.list.chain.before(self.node);
    }

    /// The element here.
    #[must_use]
    pub fn current(&self) -> Option<&P::Target> {
        self.list.get_at(self.node)
    }

    /// The element at the next place.
    #[must_use]
    pub fn peek_next(&self) -> Option<&P::Target> {
        self.as_cursor().peek_next()
    }

    /// The element at the place before.
    #[must_use]
    pub fn peek_prev(&self) -> Option<&P::Target> {
        self.as_cursor().peek_prev()
    }

    /// The list.
    #[must_use]
    pub const fn as_list(&self) -> &IntrusiveList<P, A> {
        self.list
    }

    /// A cursor at the same place, for looking.
    #[must_use]
    pub const fn as_cursor(&self) -> Cursor<'_, P, A> {
        Cursor { list: self.list, node: self.node }
    }

    /// Adds an element behind the current one; at the front, when there is none.
    ///
    /// # Panics
    ///
    /// When it is in a list by this link already, or the adapter is strange.
    #[track_caller]
    pub fn insert_after(&mut self, pointer: P) {
        linked(self.try_insert_after(pointer));
    }

    /// Adds an element before the current one; at the end, when there is none.
    ///
    /// # Panics
    ///
    /// When it is in a list by this link already, or the adapter is strange.
    #[track_caller]
    pub fn insert_before(&mut self, pointer: P) {
        linked(self.try_insert_before(pointer));
    }

    /// [`insert_after`](Self::insert_after), or the pointer back.
    ///
    /// # Errors
    ///
    /// With the pointer, when the element is in a list by this link already.
    ///
    /// # Panics
    ///
    /// When the adapter is strange.
    #[track_caller]
    pub fn try_insert_after(&mut self, pointer: P) -> Result<(), AlreadyLinked<P>> {
        self.list.try_insert_at(self.list.chain.after(self.node), pointer)
    }

    /// [`insert_before`](Self::insert_before), or the pointer back.
    ///
    /// # Errors
    ///
    /// With the pointer, when the element is in a list by this link already.
    ///
    /// # Panics
    ///
    /// When the adapter is strange.
    #[track_caller]
    pub fn try_insert_before(&mut self, pointer: P) -> Result<(), AlreadyLinked<P>> {
        self.list.try_insert_at(self.node, pointer)
    }

    /// Takes the current element out; the next one is the current one then.
    pub fn remove_current(&mut self) -> Option<P> {
        let node = self.node?;
        self.node = self.list.chain.after(Some(node));
        Some(self.list.remove_at(node))
    }

    /// Takes the elements of `other` behind the current one; to the front, when there is none.
    /// O(the shorter one).
    ///
    /// # Panics
    ///
    /// When the adapter is strange.
    #[track_caller]
    pub fn splice_after(&mut self, mut other: IntrusiveList<P, A>) {
        self.list.splice_at(&mut other, self.list.chain.after(self.node));
    }

    /// Takes the elements of `other` before the current one; to the end, when there is none.
    /// O(the shorter one).
    ///
    /// # Panics
    ///
    /// When the adapter is strange.
    #[track_caller]
    pub fn splice_before(&mut self, mut other: IntrusiveList<P, A>) {
        self.list.splice_at(&mut other, self.node);
    }

    /// Takes the elements behind the current one to a list of their own; all, when there is none.
    /// O(the shorter part).
    pub fn split_after(&mut self) -> IntrusiveList<P, A> {
        match self.list.chain.after(self.node) {
            Some(at) => {
                let front = self.list.count_before(Some(at));
                self.list.split_at(Some(at), front)
            }
            None => IntrusiveList::new(),
        }
    }

    /// Takes the elements before the current one to a list of their own; all, when there is none.
    /// O(the shorter part).
    pub fn split_before(&mut self) -> IntrusiveList<P, A> {
        let back = match self.node {
            Some(at) => {
                let front = self.list.count_before(Some(at));
                self.list.split_at(Some(at), front)
            }
            None => IntrusiveList::new(),
        };
        mem::replace(self.list, back)
    }
}

impl<P: Pointer<Target: fmt::Debug>, A: Adapter<P::Target>> fmt::Debug for CursorMut<'_, P, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_cursor().fmt(f)
    }
}
