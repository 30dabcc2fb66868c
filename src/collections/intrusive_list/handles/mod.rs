#![forbid(unsafe_code)]
//! Lists of elements of a stable vector, linked by their handles.
//!
//! ```text
//!  list:   first, last, len, id
//!            |
//!  vector:   '-> | plum, link: owner, next, prev | free | fig, link: ... | ...
//!                                      '-------- a handle --^
//! ```
//!
//! # Why not an `IntrusiveList` whose pointers are handles
//!
//! Its neighbours point to each other by address, so elements must stay, and be only shared, from insertion to
//! removal. A handle keeps nothing in its place: whoever has `&mut` to the vector erases the element, or exchanges
//! it with another. Without borrowing the vector for as long as there is a list, nothing forbids that, and a
//! list beside its vector in one struct could not be. So links are handles here, and each step is given the
//! vector and looks them up there, as anybody does. There is no unsafe code, and nothing to prove.
//!
//! # What is found
//!
//! Before anything is changed it is checked that
//!
//! 1. each element that is touched is there, and says that it is in this list (by an id that no two lists
//!    have);
//! 2. its neighbours lead back to it, and at the ends the list does.
//!
//! Whoever erases an element that is linked, exchanges two of them through `&mut`, or gives another vector,
//! gets [`Broken`] from the first step that meets the place. [`HandleList::mend`] then takes
//! in what still says that it is in the list.

mod iter;
mod link;

use core::{fmt, marker::PhantomData, mem};

pub use iter::HandleIter;
pub use link::{Broken, HandleAdapter, HandleLink, LinkError};

use super::fresh_id;
use crate::{
    alloc::Allocator,
    collections::stable_vector::{Key, KeyedVector},
    panics,
};

/// The vector of a list's elements.
type Elements<T, L, A> = KeyedVector<T, <L as HandleAdapter<T>>::Key, A>;

/// A list of elements of a [`StableVector`](crate::StableVector), known by handles: the links are in the elements,
/// the list allocates nothing, borrows nothing, and may be in one struct with the vector, which all of its
/// methods are given. An element may be in as many lists as it has links.
///
/// Takes two handles and two words. O(1) all but what says otherwise; a step costs as much as
/// looking up the handles of those that it touches. Handles are its cursors.
///
/// An element that is to be erased is removed from its lists first. If it is not, the list is [`Broken`]:
/// the next step there panics or is an error, and [`mend`](Self::mend) puts things in order.
/// A list that is dropped leaves its elements linked; [`clear`](Self::clear) it before, unless the vector goes as well.
///
/// ```
/// use larder::{StableVector, collections::{
///     intrusive_list::{HandleAdapter, HandleLink, HandleList},
///     stable_vector::Handle,
/// }};
///
/// struct Page {
///     text: &'static str,
///     recent: HandleLink,
/// }
///
/// struct Recent;
/// impl HandleAdapter<Page> for Recent {
///     type Key = Handle;
///     fn hook(page: &Page) -> &HandleLink {
///         &page.recent
///     }
/// }
///
/// #[derive(Default)]
/// struct Cache {
///     pages: StableVector<Page>,
///     recent: HandleList<Page, Recent>,
/// }
///
/// impl Cache {
///     fn add(&mut self, text: &'static str) -> Handle {
///         if self.pages.len() == 2 {
///             let oldest = self.recent.pop_back(&self.pages).unwrap();
///             self.pages.remove(oldest);
///         }
///         let page = self.pages.insert(Page { text, recent: HandleLink::new() });
///         self.recent.push_front(&self.pages, page);
///         page
///     }
///
///     fn read(&mut self, page: Handle) -> Option<&'static str> {
///         let text = self.pages.get(page)?.text;
///         self.recent.remove(&self.pages, page);
///         self.recent.push_front(&self.pages, page);
///         Some(text)
///     }
/// }
///
/// let mut cache = Cache::default();
/// let (fig, plum) = (cache.add("fig"), cache.add("plum"));
/// assert_eq!(cache.read(fig), Some("fig"));
/// cache.add("pear");
/// assert_eq!(cache.read(plum), None);
/// assert!(cache.recent.iter(&cache.pages).map(|(_, page)| page.text).eq(["pear", "fig"]));
/// ```
pub struct HandleList<T, L: HandleAdapter<T>> {
    first: Option<L::Key>,
    last: Option<L::Key>,
    len: usize,
    /// 0 until there was an element.
    id: usize,
    elements: PhantomData<fn() -> T>,
}

impl<T, L: HandleAdapter<T>> HandleList<T, L> {
    /// An empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self { first: None, last: None, len: 0, id: 0, elements: PhantomData }
    }

    /// How many elements there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The first element.
    #[must_use]
    pub const fn front(&self) -> Option<L::Key> {
        self.first
    }

    /// The last element.
    #[must_use]
    pub const fn back(&self) -> Option<L::Key> {
        self.last
    }

    /// Whether an element is in this list.
    #[must_use]
    pub fn contains<A: Allocator>(&self, vector: &Elements<T, L, A>, handle: L::Key) -> bool {
        self.hook(vector, handle).is_ok()
    }

    /// The element behind this one. None at the end, and if it is not in this list.
    #[must_use]
    pub fn after<A: Allocator>(
        &self,
        vector: &Elements<T, L, A>,
        handle: L::Key,
    ) -> Option<L::Key> {
        self.hook(vector, handle).ok()?.next.get()
    }

    /// The element before this one. None at the front, and if it is not in this list.
    #[must_use]
    pub fn before<A: Allocator>(
        &self,
        vector: &Elements<T, L, A>,
        handle: L::Key,
    ) -> Option<L::Key> {
        self.hook(vector, handle).ok()?.prev.get()
    }

    /// Adds an element at the end.
    ///
    /// # Panics
    ///
    /// When the handle is stale, the element is in a list by this link, or this list is broken.
    #[track_caller]
    pub fn push_back<A: Allocator>(&mut self, vector: &Elements<T, L, A>, handle: L::Key) {
        done(self.try_push_back(vector, handle));
    }

    /// Adds an element at the front.
    ///
    /// # Panics
    ///
    /// When the handle is stale, the element is in a list by this link, or this list is broken.
    #[track_caller]
    pub fn push_front<A: Allocator>(&mut self, vector: &Elements<T, L, A>, handle: L::Key) {
        done(self.try_push_front(vector, handle));
    }

    /// Adds an element behind another.
    ///
    /// # Panics
    ///
    /// When the handle is stale, the element is in a list by this link, the other is not in this list, or
    /// this list is broken.
    #[track_caller]
    pub fn insert_after<A: Allocator>(
        &mut self,
        vector: &Elements<T, L, A>,
        at: L::Key,
        handle: L::Key,
    ) {
        done(self.try_insert_after(vector, at, handle));
    }

    /// Adds an element before another.
    ///
    /// # Panics
    ///
    /// When the handle is stale, the element is in a list by this link, the other is not in this list, or
    /// this list is broken.
    #[track_caller]
    pub fn insert_before<A: Allocator>(
        &mut self,
        vector: &Elements<T, L, A>,
        at: L::Key,
        handle: L::Key,
    ) {
        done(self.try_insert_before(vector, at, handle));
    }

    /// [`push_back`](Self::push_back), or an error.
    ///
    /// # Errors
    ///
    /// When the handle is stale, the element is in a list by this link, or this list is broken.
    pub fn try_push_back<A: Allocator>(
        &mut self,
        vector: &Elements<T, L, A>,
        handle: L::Key,
    ) -> Result<(), LinkError> {
        self.try_insert_between(vector, self.last, None, handle)
    }

    /// [`push_front`](Self::push_front), or an error.
    ///
    /// # Errors
    ///
    /// When the handle is stale, the element is in a list by this link, or this list is broken.
    pub fn try_push_front<A: Allocator>(
        &mut self,
        vector: &Elements<T, L, A>,
        handle: L::Key,
    ) -> Result<(), LinkError> {
        self.try_insert_between(vector, None, self.first, handle)
    }

    /// [`insert_after`](Self::insert_after), or an error.
    ///
    /// # Errors
    ///
    /// When the handle is stale, the element is in a list by this link, the other is not in this list, or
    /// this list is broken.
    pub fn try_insert_after<A: Allocator>(
        &mut self,
        vector: &Elements<T, L, A>,
        at: L::Key,
        handle: L::Key,
    ) -> Result<(), LinkError> {
        let hook = self.hook(vector, at).map_err(|_| LinkError::Elsewhere)?;
        self.try_insert_between(vector, Some(at), hook.next.get(), handle)
    }

    /// [`insert_before`](Self::insert_before), or an error.
    ///
    /// # Errors
    ///
    /// When the handle is stale, the element is in a list by this link, the other is not in this list, or
    /// this list is broken.
    pub fn try_insert_before<A: Allocator>(
        &mut self,
        vector: &Elements<T, L, A>,
        at: L::Key,
        handle: L::Key,
    ) -> Result<(), LinkError> {
        let hook = self.hook(vector, at).map_err(|_| LinkError::Elsewhere)?;
        self.try_insert_between(vector, hook.prev.get(), Some(at), handle)
    }

    /// Takes an element out, which stays in the vector. Returns whether it was in this list.
    ///
    /// # Panics
    ///
    /// When this list is broken.
    #[track_caller]
    pub fn remove<A: Allocator>(&mut self, vector: &Elements<T, L, A>, handle: L::Key) -> bool {
        whole(self.try_remove(vector, handle))
    }

    /// Takes the first element out, which stays in the vector.
    ///
    /// # Panics
    ///
    /// When this list is broken.
    #[track_caller]
    pub fn pop_front<A: Allocator>(&mut self, vector: &Elements<T, L, A>) -> Option<L::Key> {
        whole(self.try_pop_front(vector))
    }

    /// Takes the last element out, which stays in the vector.
    ///
    /// # Panics
    ///
    /// When this list is broken.
    #[track_caller]
    pub fn pop_back<A: Allocator>(&mut self, vector: &Elements<T, L, A>) -> Option<L::Key> {
        whole(self.try_pop_back(vector))
    }

    /// [`remove`](Self::remove), or an error.
    ///
    /// # Errors
    ///
    /// When this list is broken; nothing has changed then.
    pub fn try_remove<A: Allocator>(
        &mut self,
        vector: &Elements<T, L, A>,
        handle: L::Key,
    ) -> Result<bool, Broken> {
        let Ok(hook) = self.hook(vector, handle) else { return Ok(false) };
        let (prev, next) = (hook.prev.get(), hook.next.get());
        let sides = self.sides(vector, (prev, next), (Some(handle), Some(handle)))?;
        hook.set(0, None, None);
        self.join(&sides, next, prev);
        self.len -= 1;
        Ok(true)
    }

    /// [`pop_front`](Self::pop_front), or an error.
    ///
    /// # Errors
    ///
    /// When this list is broken; nothing has changed then.
    pub fn try_pop_front<A: Allocator>(
        &mut self,
        vector: &Elements<T, L, A>,
    ) -> Result<Option<L::Key>, Broken> {
        self.try_pop(vector, self.first)
    }

    /// [`pop_back`](Self::pop_back), or an error.
    ///
    /// # Errors
    ///
    /// When this list is broken; nothing has changed then.
    pub fn try_pop_back<A: Allocator>(
        &mut self,
        vector: &Elements<T, L, A>,
    ) -> Result<Option<L::Key>, Broken> {
        self.try_pop(vector, self.last)
    }

    fn try_pop<A: Allocator>(
        &mut self,
        vector: &Elements<T, L, A>,
        end: Option<L::Key>,
    ) -> Result<Option<L::Key>, Broken> {
        let Some(handle) = end else { return Ok(None) };
        if self.try_remove(vector, handle)? { Ok(Some(handle)) } else { Err(Broken) }
    }

    /// The elements with their handles, from both ends. It panics where the list is broken.
    pub const fn iter<'a, A: Allocator>(
        &'a self,
        vector: &'a Elements<T, L, A>,
    ) -> HandleIter<'a, T, L, A> {
        HandleIter::new(self, vector)
    }

    /// Takes all elements out, which stay in the vector, also of a list that is broken. O(n), and over all
    /// of the vector's elements for a broken one.
    pub fn clear<A: Allocator>(&mut self, vector: &Elements<T, L, A>) {
        let old = mem::take(self);
        let mut at = old.first;
        let mut left = old.len;
        while let Some(Ok(hook)) = at.map(|at| old.hook(vector, at)) {
            at = hook.next.get();
            hook.set(0, None, None);
            left = left.saturating_sub(1);
        }
        if left > 0 {
            let hooks = vector.iter().map(L::hook).filter(|hook| hook.owner.get() == old.id);
            hooks.for_each(|hook| hook.set(0, None, None));
        }
    }

    /// Puts a list in order that may be broken. First come the elements that can be reached from the front, in
    /// their order, and last those that can be from the back; between them, in the order of the vector,
    /// what else says that it is in this list. O(all of the vector's elements).
    ///
    /// ```
    /// # use larder::collections::{intrusive_list::*, stable_vector::Handle};
    /// # struct Numbers;
    /// # impl HandleAdapter<(u32, HandleLink)> for Numbers {
    /// #     type Key = Handle;
    /// #     fn hook(element: &(u32, HandleLink)) -> &HandleLink {
    /// #         &element.1
    /// #     }
    /// # }
    /// let mut vector = larder::StableVector::new();
    /// let mut list = HandleList::<_, Numbers>::new();
    /// for n in 0..6 {
    ///     let handle = vector.insert((n, HandleLink::new()));
    ///     list.push_front(&vector, handle);
    /// }
    /// vector.retain(|element| element.0 % 3 != 1); // 4 and 1 are linked
    /// assert_eq!(list.try_remove(&vector, vector.nth(1).unwrap()), Err(Broken));
    /// list.mend(&vector);
    /// assert!(list.iter(&vector).map(|(_, element)| element.0).eq([5, 2, 3, 0]));
    /// ```
    pub fn mend<A: Allocator>(&mut self, vector: &Elements<T, L, A>) {
        let old = mem::take(self);
        if old.id == 0 {
            return;
        }
        let mut back = Self::new();
        let (mut came, mut at) = (None, old.first);
        while let Some(handle) = at
            && let Ok(hook) = old.hook(vector, handle)
            && hook.prev.get() == came
        {
            (came, at) = (at, hook.next.get());
            self.take_over(vector, handle, hook);
        }
        (came, at) = (None, old.last);
        while let Some(handle) = at
            && let Ok(hook) = old.hook(vector, handle)
            && hook.next.get() == came
        {
            (came, at) = (at, hook.prev.get());
            back.take_over(vector, handle, hook);
        }
        for (handle, element) in vector.pairs() {
            let hook = L::hook(element);
            if hook.owner.get() == old.id {
                self.take_over(vector, handle, hook);
            }
        }
        // Those from the back were met last one first.
        while let Ok(Some(handle)) = back.try_pop_back(vector) {
            if self.try_push_back(vector, handle).is_err() {
                return;
            }
        }
    }

    /// Takes an element that is in a list of another id to the end.
    fn take_over<A: Allocator>(
        &mut self,
        vector: &Elements<T, L, A>,
        handle: L::Key,
        hook: &HandleLink<L::Key>,
    ) {
        hook.set(0, None, None);
        // An adapter that finds another link now than a moment ago leaves it out of the list.
        let _ = self.try_push_back(vector, handle);
    }

    /// The link of an element, if it is in this list.
    #[inline]
    fn hook<'v, A: Allocator>(
        &self,
        vector: &'v Elements<T, L, A>,
        handle: L::Key,
    ) -> Result<&'v HandleLink<L::Key>, Broken> {
        let hook = L::hook(vector.get(handle).ok_or(Broken)?);
        if self.id != 0 && hook.owner.get() == self.id { Ok(hook) } else { Err(Broken) }
    }

    /// The links of two neighbours, or none where the list ends, when they lead to these.
    #[inline]
    fn sides<'v, A: Allocator>(
        &self,
        vector: &'v Elements<T, L, A>,
        (prev, next): (Option<L::Key>, Option<L::Key>),
        (forth, back): (Option<L::Key>, Option<L::Key>),
    ) -> Result<Sides<'v, L::Key>, Broken> {
        let prev = prev.map(|prev| self.hook(vector, prev)).transpose()?;
        let next = next.map(|next| self.hook(vector, next)).transpose()?;
        let leads_forth = prev.map_or(self.first, |prev| prev.next.get());
        let leads_back = next.map_or(self.last, |next| next.prev.get());
        if (leads_forth, leads_back) == (forth, back) {
            Ok(Sides { prev, next })
        } else {
            Err(Broken)
        }
    }

    /// Lets two neighbours lead to these.
    #[inline]
    fn join(&mut self, sides: &Sides<'_, L::Key>, forth: Option<L::Key>, back: Option<L::Key>) {
        match sides.prev {
            Some(prev) => prev.next.set(forth),
            None => self.first = forth,
        }
        match sides.next {
            Some(next) => next.prev.set(back),
            None => self.last = back,
        }
    }

    #[inline]
    fn try_insert_between<A: Allocator>(
        &mut self,
        vector: &Elements<T, L, A>,
        prev: Option<L::Key>,
        next: Option<L::Key>,
        handle: L::Key,
    ) -> Result<(), LinkError> {
        let hook = L::hook(vector.get(handle).ok_or(LinkError::Stale)?);
        if hook.is_linked() {
            return Err(LinkError::Linked);
        }
        if self.id == 0 {
            self.id = fresh_id();
        }
        let sides = self.sides(vector, (prev, next), (next, prev))?;
        hook.set(self.id, prev, next);
        self.join(&sides, Some(handle), Some(handle));
        self.len += 1;
        Ok(())
    }
}

/// The links at the sides of a place; none is an end of the list.
struct Sides<'v, K: Key> {
    prev: Option<&'v HandleLink<K>>,
    next: Option<&'v HandleLink<K>>,
}

/// The end of an infallible insertion.
#[inline]
#[track_caller]
fn done(result: Result<(), LinkError>) {
    if let Err(error) = result {
        panics::with(&error);
    }
}

/// The end of an infallible removal.
#[inline]
#[track_caller]
fn whole<R>(result: Result<R, Broken>) -> R {
    match result {
        Ok(value) => value,
        Err(broken) => panics::with(&broken),
    }
}

impl<T, L: HandleAdapter<T>> Default for HandleList<T, L> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, L: HandleAdapter<T>> fmt::Debug for HandleList<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last, len, .. } = self;
        f.debug_struct("HandleList")
            .field("first", first)
            .field("last", last)
            .field("len", len)
            .finish_non_exhaustive()
    }
}
