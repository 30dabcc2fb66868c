#![expect(unsafe_code, reason = "keeps pointers to elements that others own, and gives them back")]
//! A list whose links are in its elements, so that it allocates nothing, and takes an element out
//! in O(1) by the element.
//!
//! ```text
//!  list: first, last, len, id, offset
//!          |
//!          v            offset
//!  element: | name ... |<-->| link: owner, next, prev | ... |
//!                             ^ what the neighbours point to
//! ```
//!
//! # Why this is sound
//!
//! A list is given pointers (boxes, references, shared handles: [`Pointer`]), and an [`Adapter`] tells where
//! in an element the link is. The adapter is safe code, and may lie. What holds nevertheless:
//!
//! 1. **Validity.** From its insertion to its removal the list has the element's pointer, in raw form. While
//!    it does, the element is where it is, and nobody has more than a shared reference to it: that is what
//!    a `Pointer` promises, and the list itself lends shared references only. A `&mut` to an element
//!    would let its link be exchanged with another.
//! 2. **Links are in their elements.** The `&Link` that the adapter returned at the insertion lies within
//!    the element, at the offset that all elements of this list have theirs; this is checked. It is a
//!    reference that was lent by a shared reference to the element, so it is valid as long as the
//!    element is only shared (1). The list never asks for it again; all its steps go from link to link.
//! 3. **One list at a time.** `owner` is the id of the list that the link is in, or 0. No two lists that
//!    are alive have one id, and no id is used for two lists one after the other. A link is
//!    claimed, from 0, before it is linked, and released after it was taken out. An insertion of
//!    a claimed one is refused. `next` and `prev` are used by the owner only.
//! 4. **Membership is known, not believed.** An element given to `remove` is looked up through the adapter;
//!    what is taken out is the link that was found, if its owner is this list, and the pointer given
//!    back is that of the element around this link, whatever the adapter had in mind.
//! 5. **Pointers with all their rights.** Neighbours point to links by pointers that were made of the
//!    element's raw pointer, not of a reference; so is the pointer that is given back.
//! 6. **Leaks.** A list that is forgotten never gives up its claims. Its elements, when their lender has
//!    them back, still say that they are linked: they are refused elsewhere, and to drop one panics.
//!    [`Link::forget_list`], which needs `&mut`, and so proves that no list has the element, frees it.
//!
//! No code of others runs while the list is out of order: adapters are asked before an insertion, and
//! pointers are dropped after a removal.
//!
//! An id is kept by the list and not by the pointer to it, so lists may be moved. Joining lists gives one
//! of them the other's id: the shorter one's links are changed, so that `n` elements that are joined from
//! single ones cost `n log n` altogether.

mod boxed;
mod cursor;
mod handles;
mod iter;
mod link;
mod pointer;
mod traits;

#[cfg(test)]
mod tests;

use core::{
    cmp::Ordering,
    error::Error,
    fmt,
    marker::PhantomData,
    mem,
    ptr::{self, NonNull},
    sync::atomic::{self, AtomicUsize},
};

pub use boxed::ListBox;
pub use cursor::{Cursor, CursorMut};
pub use handles::{Broken, HandleAdapter, HandleIter, HandleLink, HandleList, LinkError};
pub use iter::{Drain, ExtractIf, IntoIter, Iter};
pub use link::{Hook, Link, SharedLink};
pub use pointer::Pointer;

use crate::{
    panics,
    raw::chain::{Chain, Link as Place, Links},
};

/// How a list finds the link in an element. Safe to implement; one that answers differently from time to
/// time is found out, or does no harm.
pub trait Adapter<T> {
    /// The kind of link.
    type Hook: Hook;

    /// The link in an element. It must lie within the element, and at the same place in each.
    fn hook(element: &T) -> &Self::Hook;
}

/// A list of elements that have a link in them, had by pointers `P`: `Box`, `&`, `&mut`, `Rc`, `Arc`,
/// [`ListBox`] for boxes of any allocator, or one of them pinned. It allocates nothing; an element may be in as many lists as it has links.
/// Elements of a [`StableVector`](crate::StableVector) come by reference, or by their handles to a [`HandleList`].
///
/// Takes five pointers; a link takes three. Elements are lent shared only, so what is to be changed
/// while it is in a list is in a `Cell`. An element that is known, by a reference or a shared handle, is found
/// and taken out in O(1); one in a box by a cursor.
///
/// ```
/// use larder::{IntrusiveList, collections::intrusive_list::{Adapter, Link}};
/// use std::rc::Rc;
///
/// struct Task {
///     name: &'static str,
///     all: Link,
///     ready: Link,
/// }
///
/// struct All;
/// impl Adapter<Task> for All {
///     type Hook = Link;
///     fn hook(task: &Task) -> &Link {
///         &task.all
///     }
/// }
///
/// struct Ready;
/// impl Adapter<Task> for Ready {
///     type Hook = Link;
///     fn hook(task: &Task) -> &Link {
///         &task.ready
///     }
/// }
///
/// let [eat, nap] =
///     ["eat", "nap"].map(|name| Rc::new(Task { name, all: Link::new(), ready: Link::new() }));
/// let mut all = IntrusiveList::<Rc<Task>, All>::from_iter([eat.clone(), nap.clone()]);
/// let mut ready = IntrusiveList::<&Task, Ready>::new();
/// ready.push_back(&nap); // in two lists, by two links
///
/// assert_eq!(all.remove(&nap).unwrap().name, "nap");
/// assert!(all.remove(&nap).is_none());
/// assert!(ready.contains(&nap));
/// assert!(all.try_push_back(eat).is_err()); // it is there already
/// ```
pub struct IntrusiveList<P: Pointer, A: Adapter<P::Target>> {
    chain: Chain,
    /// [`NO_ID`] until there was an element.
    id: usize,
    /// Of the link in each element.
    offset: usize,
    elements: PhantomData<(P, fn() -> A)>,
}

/// An element that is in a list already, by the same link. It comes back with
/// [`into_pointer`](Self::into_pointer).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AlreadyLinked<P>(P);

impl<P> AlreadyLinked<P> {
    /// The pointer, back with its owner.
    pub fn into_pointer(self) -> P {
        self.0
    }
}

impl<P> fmt::Debug for AlreadyLinked<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AlreadyLinked")
    }
}

impl<P> fmt::Display for AlreadyLinked<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the element is in a list by this link already; remove it there first")
    }
}

impl<P> Error for AlreadyLinked<P> {}

/// What a list has for an id before it has one, so that no link is its.
const NO_ID: usize = usize::MAX;

/// A number for a list, which no other has had (3).
#[cold]
fn fresh_id() -> usize {
    /// Not by way of `sync`, whose counters under loom are not made at compile time: this one orders
    /// nothing, and there is nothing to check.
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    // Relaxed: the numbers are only to differ.
    let id = NEXT.fetch_add(1, atomic::Ordering::Relaxed);
    if id > usize::MAX / 2 {
        // Far from the end, so that no number of threads that come here at once reaches it.
        NEXT.store(usize::MAX / 2, atomic::Ordering::Relaxed);
        panics::out_of_ids();
    }
    id
}

/// The element around a link at `offset`.
///
/// # Safety
///
/// The links are those of an element of a list of `T` that has this offset.
#[inline]
unsafe fn element_of<T>(node: NonNull<Links>, offset: usize) -> NonNull<T> {
    // SAFETY: the link is within the element, so far behind its start (2), and the pointer has the
    // rights to all of it (5).
    unsafe { node.byte_sub(offset) }.cast()
}

/// The element around a link at `offset`, shared.
///
/// # Safety
///
/// The same, and the element is in the list for `'a`.
#[inline]
unsafe fn shared<'a, T>(node: NonNull<Links>, offset: usize) -> &'a T {
    // SAFETY: as promised to this function.
    let element = unsafe { element_of::<T>(node, offset) };
    // SAFETY: it is valid and only shared as long as it is in the list (1).
    unsafe { element.as_ref() }
}

impl<P: Pointer, A: Adapter<P::Target>> IntrusiveList<P, A> {
    /// An empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self { chain: Chain::new(), id: NO_ID, offset: 0, elements: PhantomData }
    }

    /// How many elements there are.
    #[inline]
    pub const fn len(&self) -> usize {
        self.chain.len()
    }

    /// Whether there are none.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds an element at the end.
    ///
    /// # Panics
    ///
    /// When it is in a list by this link already, or the adapter is strange.
    #[inline]
    #[track_caller]
    pub fn push_back(&mut self, pointer: P) {
        linked(self.try_push_back(pointer));
    }

    /// Adds an element at the front.
    ///
    /// # Panics
    ///
    /// When it is in a list by this link already, or the adapter is strange.
    #[inline]
    #[track_caller]
    pub fn push_front(&mut self, pointer: P) {
        linked(self.try_push_front(pointer));
    }

    /// [`push_back`](Self::push_back), or the pointer back.
    ///
    /// # Errors
    ///
    /// With the pointer, when the element is in a list by this link already.
    ///
    /// # Panics
    ///
    /// When the adapter is strange.
    #[inline]
    #[track_caller]
    pub fn try_push_back(&mut self, pointer: P) -> Result<(), AlreadyLinked<P>> {
        self.try_insert_at(None, pointer)
    }

    /// [`push_front`](Self::push_front), or the pointer back.
    ///
    /// # Errors
    ///
    /// With the pointer, when the element is in a list by this link already.
    ///
    /// # Panics
    ///
    /// When the adapter is strange.
    #[inline]
    #[track_caller]
    pub fn try_push_front(&mut self, pointer: P) -> Result<(), AlreadyLinked<P>> {
        self.try_insert_at(self.chain.first(), pointer)
    }

    /// Takes the last element out.
    #[inline]
    pub fn pop_back(&mut self) -> Option<P> {
        self.chain.unlink_last().map(|last| self.give_back(last, last))
    }

    /// Takes the first element out.
    #[inline]
    pub fn pop_front(&mut self) -> Option<P> {
        self.chain.unlink_first().map(|first| self.give_back(first, first))
    }

    /// The first element.
    #[inline]
    pub fn front(&self) -> Option<&P::Target> {
        self.get_at(self.chain.first())
    }

    /// The last element.
    #[inline]
    pub fn back(&self) -> Option<&P::Target> {
        self.get_at(self.chain.last())
    }

    /// Whether this very element is in this list. O(1).
    #[inline]
    pub fn contains(&self, element: &P::Target) -> bool {
        self.link_of(element).is_some()
    }

    /// Takes this very element out, if it is in this list. O(1).
    #[inline]
    pub fn remove(&mut self, element: &P::Target) -> Option<P> {
        let near = self.link_of(element)?;
        let node = self.whole(near)?;
        // By the reference, so that no step waits for what a neighbour says.
        // SAFETY: it is of this chain.
        unsafe { self.chain.unlink(near) };
        Some(self.give_back(near, node))
    }

    /// Takes all elements out, and drops their pointers.
    pub fn clear(&mut self) {
        drop(self.drain());
    }

    /// Takes all elements out, also those that are not asked for.
    pub const fn drain(&mut self) -> Drain<'_, P, A> {
        Drain::new(self)
    }

    /// Takes all elements of `other` to the end. O(the shorter one).
    ///
    /// # Panics
    ///
    /// When the adapter is strange.
    #[track_caller]
    pub fn append(&mut self, other: &mut Self) {
        self.splice_at(other, None);
    }

    /// Takes the elements from the one on that has `at` before it to a list of their own. O(the shorter
    /// part).
    ///
    /// # Panics
    ///
    /// When there are fewer than `at`.
    #[track_caller]
    #[must_use = "what was split off is dropped otherwise"]
    pub fn split_off(&mut self, at: usize) -> Self {
        if at > self.len() {
            panics::out_of_bounds("`at` split", at, "<=", self.len());
        }
        self.split_at(self.chain.nth(at), at)
    }

    /// Keeps the elements that `keep` wants. O(n).
    pub fn retain(&mut self, mut keep: impl FnMut(&P::Target) -> bool) {
        self.extract_if(|element| !keep(element)).for_each(drop);
    }

    /// Takes the elements out that `wanted` chooses, as they are asked for.
    pub const fn extract_if<F: FnMut(&P::Target) -> bool>(
        &mut self,
        wanted: F,
    ) -> ExtractIf<'_, P, A, F> {
        ExtractIf::new(self, wanted)
    }

    /// Sorts; equal elements keep their order. O(n log n), no element moves, nothing is allocated.
    pub fn sort(&mut self)
    where
        P::Target: Ord,
    {
        self.sort_by(P::Target::cmp);
    }

    /// Sorts by a comparison; equal elements keep their order. When it panics, all elements are in the
    /// list, in some order.
    pub fn sort_by(&mut self, mut compare: impl FnMut(&P::Target, &P::Target) -> Ordering) {
        let offset = self.offset;
        self.chain.sort(&mut |a, b| {
            // SAFETY: nodes of the chain are elements of this list, which is borrowed.
            let a = unsafe { shared::<P::Target>(a, offset) };
            // SAFETY: the same.
            compare(a, unsafe { shared(b, offset) }).is_lt()
        });
    }

    /// Sorts by a key; equal elements keep their order.
    pub fn sort_by_key<K: Ord>(&mut self, mut key: impl FnMut(&P::Target) -> K) {
        self.sort_by(|a, b| key(a).cmp(&key(b)));
    }

    /// The elements.
    #[inline]
    pub const fn iter(&self) -> Iter<'_, P::Target> {
        Iter::new(self)
    }

    /// A cursor at the first element.
    pub const fn cursor_front(&self) -> Cursor<'_, P, A> {
        Cursor::new(self, self.chain.first())
    }

    /// A cursor at the last element.
    pub const fn cursor_back(&self) -> Cursor<'_, P, A> {
        Cursor::new(self, self.chain.last())
    }

    /// A cursor at this very element, if it is in this list. O(1).
    pub fn cursor_at(&self, element: &P::Target) -> Option<Cursor<'_, P, A>> {
        self.place_of(element).map(|node| Cursor::new(self, Some(node)))
    }

    /// A cursor at the first element, which may change the list.
    pub const fn cursor_front_mut(&mut self) -> CursorMut<'_, P, A> {
        let first = self.chain.first();
        CursorMut::new(self, first)
    }

    /// A cursor at the last element, which may change the list.
    pub const fn cursor_back_mut(&mut self) -> CursorMut<'_, P, A> {
        let last = self.chain.last();
        CursorMut::new(self, last)
    }

    /// A cursor at this very element, if it is in this list, which may change the list. O(1).
    pub fn cursor_at_mut(&mut self, element: &P::Target) -> Option<CursorMut<'_, P, A>> {
        self.place_of(element).map(|node| CursorMut::new(self, Some(node)))
    }

    #[inline]
    fn get_at(&self, node: Place) -> Option<&P::Target> {
        // SAFETY: nodes of the chain are elements of this list, which is borrowed.
        node.map(|node| unsafe { shared(node, self.offset) })
    }

    /// The links of an element, if it is in this list (4), by a pointer that has rights to the link only.
    #[inline]
    fn link_of(&self, element: &P::Target) -> Place {
        let hook = A::hook(element);
        (hook.owner() == self.id).then(|| NonNull::from_ref(hook).cast())
    }

    /// The same links, by the pointer with all rights that leads to them (5).
    #[inline]
    fn whole(&self, link: NonNull<Links>) -> Place {
        self.chain.after(self.chain.before(Some(link)))
    }

    /// The node of an element, if it is in this list.
    fn place_of(&self, element: &P::Target) -> Place {
        self.whole(self.link_of(element)?)
    }

    /// Where the link is in an element (2).
    #[inline]
    #[track_caller]
    fn offset_in(element: &P::Target, hook: &A::Hook) -> usize {
        let offset = ptr::from_ref(hook).addr().wrapping_sub(ptr::from_ref(element).addr());
        match size_of::<P::Target>().checked_sub(size_of::<A::Hook>()) {
            Some(last) if offset <= last => offset,
            _ => panics::strange_adapter("is not in the element"),
        }
    }

    /// Inserts before a node of the chain, or at the end.
    #[inline]
    #[track_caller]
    fn try_insert_at(&mut self, at: Place, pointer: P) -> Result<(), AlreadyLinked<P>> {
        let hook = A::hook(&pointer);
        let offset = Self::offset_in(&pointer, hook);
        if self.chain.first().is_none() {
            self.offset = offset;
        } else if offset != self.offset {
            panics::strange_adapter("is not where the other elements have theirs");
        }
        if self.id == NO_ID {
            self.id = fresh_id();
        }
        if !hook.claim(self.id) {
            return Err(AlreadyLinked(pointer));
        }
        // SAFETY: the link is within the element (2).
        let node = unsafe { pointer.into_raw().byte_add(offset) }.cast();
        // SAFETY: a hook begins with its links; they were just claimed, so they are in no chain (3);
        // `at` is of this one.
        unsafe { self.chain.insert(node, at) };
        Ok(())
    }

    /// Takes a node of the chain out.
    #[inline]
    fn remove_at(&mut self, node: NonNull<Links>) -> P {
        // SAFETY: it is of this chain.
        unsafe { self.chain.unlink(node) };
        self.give_back(node, node)
    }

    /// The pointer to the element of a node that was just taken out of the chain. `near` is the same node,
    /// perhaps by a pointer with fewer rights.
    #[inline]
    fn give_back(&mut self, near: NonNull<Links>, node: NonNull<Links>) -> P {
        // SAFETY: a hook begins with its links, and is valid as long as its element (2).
        unsafe { near.cast::<A::Hook>().as_ref() }.hand_over(0);
        // SAFETY: it was a node of this list.
        let element = unsafe { element_of(node, self.offset) };
        // SAFETY: it came from such a pointer, which it gives back now, and all references that the
        // list has lent are over, since it is borrowed exclusively (1).
        unsafe { P::from_raw(element) }
    }

    /// Makes another id that of all elements.
    fn rename(&mut self, id: usize) {
        for node in self.chain.walk() {
            // SAFETY: a hook begins with its links, and is valid as long as its element (2).
            unsafe { node.cast::<A::Hook>().as_ref() }.hand_over(id);
        }
        self.id = id;
    }

    /// Takes all elements of `other` before the node `at`, or to the end.
    #[track_caller]
    fn splice_at(&mut self, other: &mut Self, at: Place) {
        if other.is_empty() {
            return;
        }
        if self.is_empty() {
            return mem::swap(self, other);
        }
        if self.offset != other.offset {
            panics::strange_adapter("is not where the other elements have theirs");
        }
        // The shorter one changes its links; each id stays one list's.
        let (ours, theirs) = (self.id, other.id);
        if self.len() < other.len() {
            self.rename(theirs);
            other.id = ours;
        } else {
            other.rename(ours);
            other.id = theirs;
        }
        let chain = mem::replace(&mut other.chain, Chain::new());
        // SAFETY: `at` is of this chain, and the other is another.
        unsafe { self.chain.splice(chain, at) };
    }

    /// Takes the elements from the node `at` on, which has `front` before it, to another list.
    fn split_at(&mut self, at: Place, front: usize) -> Self {
        let id = if at.is_some() { fresh_id() } else { NO_ID };
        // SAFETY: the caller has counted.
        let chain = unsafe { self.chain.cut(at, front) };
        let mut back = Self { chain, id: self.id, offset: self.offset, elements: PhantomData };
        if back.len() <= self.len() {
            back.rename(id)
        } else {
            self.rename(id)
        }
        back
    }

    /// How many elements are before the node `at`, or behind all. O(the lesser of those before and
    /// behind).
    fn count_before(&self, at: Place) -> usize {
        let (mut front, mut back) = (at, at);
        for count in 0.. {
            front = self.chain.before(front);
            if front.is_none() {
                return count;
            }
            if back.is_none() {
                return self.len() - count;
            }
            back = self.chain.after(back);
        }
        self.len()
    }
}

/// The end of an infallible insertion.
#[inline]
#[track_caller]
fn linked<P>(result: Result<(), AlreadyLinked<P>>) {
    if let Err(error) = result {
        panics::with(&error);
    }
}

impl<P: Pointer, A: Adapter<P::Target>> Drop for IntrusiveList<P, A> {
    fn drop(&mut self) {
        self.clear();
    }
}

// SAFETY: the list has its pointers alone, and follows the links of its own elements only, which are
// sent as the pointers are.
unsafe impl<P: Pointer + Send, A: Adapter<P::Target>> Send for IntrusiveList<P, A> {}
// SAFETY: a shared list lends shared elements, and only reads links.
unsafe impl<P: Pointer<Target: Sync> + Sync, A: Adapter<P::Target>> Sync for IntrusiveList<P, A> {}
