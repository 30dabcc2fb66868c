#![expect(unsafe_code, reason = "keeps elements in nodes of raw memory")]
//! A list that owns its elements, in nodes of a pool of its own.
//!
//! **Algorithm.** A chain links the nodes, which are carved from chunks that double; a node that is
//! freed is the first to be used again. So an insertion costs a few
//! stores, nodes that are pushed in a row lie in a row, and dropping the list frees `log n` blocks.
//!
//! Invariants:
//!
//! 1. The nodes in `chain` were taken from `nodes`, and hold an initialised element each.
//! 2. Each other node is free, but while a method runs.
//! 3. No code of others runs while one of the two does not hold.
//!
//! Nodes are in chunks of their list's allocator, which may be any, so `append` and `splice` move the
//! elements, O(m). Where the allocators are [one](OneAllocator), `append_nodes` and `splice_nodes` take
//! chunks and nodes over as they are, O(1). Of a list that is split the shorter part is moved: a chunk has
//! nodes of both parts.

mod cursor;
mod iter;
mod traits;

#[cfg(feature = "rayon")]
mod rayon;
#[cfg(feature = "serde")]
mod serde;

use core::{
    error::Error,
    fmt,
    iter::Chain as Both,
    marker::PhantomData,
    mem::{self, MaybeUninit},
    option,
    ptr::NonNull,
};

pub use cursor::{Cursor, CursorMut};
pub use iter::{Drain, ExtractIf, IntoIter, Iter, IterMut};

use crate::{
    alloc::{Allocator, Global, Layout, OneAllocator, Refusal, Refused},
    panics,
    raw::{
        chain::{Chain, Link, Links},
        nodes::Nodes,
    },
};

/// A node: its links come first, so that a pointer to them is one to it.
#[repr(C)]
struct Node<T> {
    links: Links,
    element: MaybeUninit<T>,
}

/// The element of a node.
///
/// # Safety
///
/// `node` is one of a list of `T`.
#[inline]
unsafe fn element<T>(node: NonNull<Links>) -> NonNull<T> {
    let node = node.cast::<Node<T>>().as_ptr();
    // SAFETY: the node is valid, so its field is.
    let element = unsafe { &raw mut (*node).element };
    // SAFETY: a field of a valid node is not at null.
    unsafe { NonNull::new_unchecked(element.cast()) }
}

/// The element of a node, shared.
///
/// # Safety
///
/// `node` is one of a list of `T` and holds an element, which nobody changes for `'a`.
#[inline]
unsafe fn shared<'a, T>(node: NonNull<Links>) -> &'a T {
    // SAFETY: as promised to this function.
    let element = unsafe { element(node) };
    // SAFETY: as promised to this function.
    unsafe { element.as_ref() }
}

/// The element of a node, borrowed.
///
/// # Safety
///
/// `node` is one of a list of `T` and holds an element, which nobody else uses for `'a`.
#[inline]
unsafe fn exclusive<'a, T>(node: NonNull<Links>) -> &'a mut T {
    // SAFETY: as promised to this function.
    let mut element = unsafe { element(node) };
    // SAFETY: as promised to this function.
    unsafe { element.as_mut() }
}

/// A doubly linked list with all of `LinkedList`'s interface, cursors included, at a fraction of the
/// cost: nodes come from chunks that the list owns, a few at first, then as many as there are.
///
/// Each element takes its size and two pointers, and at most as much again is free; the list itself
/// takes 80 bytes.
///
/// ```
/// use larder::{Arena, OwnedList};
///
/// let arena = Arena::new();
/// let mut list = OwnedList::new_in(&arena);
/// list.extend(["fig", "plum"]);
/// list.push_front("apple");
///
/// let mut cursor = list.cursor_front_mut();
/// cursor.move_next();
/// cursor.insert_before("cherry");
/// assert_eq!(cursor.remove_current(), Some("fig"));
/// assert_eq!(list, ["apple", "cherry", "plum"]);
/// ```
pub struct OwnedList<T, A: Allocator = Global> {
    chain: Chain,
    nodes: Nodes<A>,
    elements: PhantomData<T>,
}

/// Two lists whose allocators are not known to be one, so that neither can have the other's nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Apart;

impl fmt::Display for Apart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the lists do not share an allocator; make both over one reference, or move the elements \
             by `append` or `splice_after`",
        )
    }
}

impl Error for Apart {}

/// What found no room, with what comes behind it.
pub type Rest<I> = Both<option::IntoIter<<I as Iterator>::Item>, I>;

impl<T> OwnedList<T> {
    /// An empty list on the global heap. Nothing is allocated.
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Global)
    }

    /// An empty list with room for `capacity` elements.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[must_use]
    #[track_caller]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_in(capacity, Global)
    }
}

impl<T, A: Allocator> OwnedList<T, A> {
    const NODE: Layout = Layout::new::<Node<T>>();

    /// An empty list whose nodes come from `alloc`. Nothing is allocated.
    pub const fn new_in(alloc: A) -> Self {
        Self { chain: Chain::new(), nodes: Nodes::new(alloc), elements: PhantomData }
    }

    /// An empty list with room for `capacity` elements.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn with_capacity_in(capacity: usize, alloc: A) -> Self {
        panics::granted(Self::try_with_capacity_in(capacity, alloc))
    }

    /// An empty list with room for `capacity` elements, or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_with_capacity_in(capacity: usize, alloc: A) -> Result<Self, Refusal> {
        let mut this = Self::new_in(alloc);
        this.try_reserve(capacity)?;
        Ok(this)
    }

    /// The allocator that nodes come from.
    #[inline]
    pub const fn allocator(&self) -> &A {
        &self.nodes.alloc
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

    /// How many elements there is room for, those included that are there.
    pub const fn capacity(&self) -> usize {
        self.nodes.total()
    }

    /// Makes room for `additional` elements.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        panics::granted(self.try_reserve(additional));
    }

    /// [`reserve`](Self::reserve), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), Refusal> {
        self.nodes.reserve(Self::NODE, self.len(), additional)
    }

    /// Moves the elements to nodes in a row, and gives all other memory back. O(n).
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn shrink_to_fit(&mut self)
    where
        A: Clone,
    {
        panics::granted(self.try_shrink_to_fit());
    }

    /// [`shrink_to_fit`](Self::shrink_to_fit), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; nothing has changed then.
    ///
    /// ```
    /// let mut list = larder::OwnedList::<_>::from_iter(0..1000);
    /// list.retain(|n| n % 10 == 0);
    /// list.try_shrink_to_fit()?;
    /// assert_eq!((list.len(), list.capacity(), list.back()), (100, 100, Some(&990)));
    /// # Ok::<(), larder::alloc::Refusal>(())
    /// ```
    pub fn try_shrink_to_fit(&mut self) -> Result<(), Refusal>
    where
        A: Clone,
    {
        let mut fresh = Self::new_in(self.nodes.alloc.clone());
        fresh.try_append(self)?;
        *self = fresh;
        Ok(())
    }

    /// Adds an element at the end.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    pub fn push_back(&mut self, value: T) {
        panics::taken(self.try_insert_at(None, value));
    }

    /// Adds an element at the front.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    pub fn push_front(&mut self, value: T) {
        panics::taken(self.try_insert_at(self.chain.first(), value));
    }

    /// Adds an element at the end, and lends it.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    pub fn push_back_mut(&mut self, value: T) -> &mut T {
        panics::taken(self.try_insert_at(None, value))
    }

    /// Adds an element at the front, and lends it.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    pub fn push_front_mut(&mut self, value: T) -> &mut T {
        panics::taken(self.try_insert_at(self.chain.first(), value))
    }

    /// [`push_back`](Self::push_back), or the element back.
    ///
    /// # Errors
    ///
    /// With the element, when memory is refused.
    ///
    /// ```
    /// use larder::{OwnedList, alloc::Null};
    /// let mut list = OwnedList::new_in(Null);
    /// assert_eq!(list.try_push_back("plum").unwrap_err().into_value(), "plum");
    /// ```
    #[inline]
    pub fn try_push_back(&mut self, value: T) -> Result<&mut T, Refused<T>> {
        self.try_insert_at(None, value)
    }

    /// [`push_front`](Self::push_front), or the element back.
    ///
    /// # Errors
    ///
    /// With the element, when memory is refused.
    #[inline]
    pub fn try_push_front(&mut self, value: T) -> Result<&mut T, Refused<T>> {
        self.try_insert_at(self.chain.first(), value)
    }

    /// Takes the last element out.
    #[inline]
    pub fn pop_back(&mut self) -> Option<T> {
        self.chain.unlink_last().map(|last| self.empty(last))
    }

    /// Takes the first element out.
    #[inline]
    pub fn pop_front(&mut self) -> Option<T> {
        self.chain.unlink_first().map(|first| self.empty(first))
    }

    /// The first element.
    #[inline]
    pub fn front(&self) -> Option<&T> {
        self.get_at(self.chain.first())
    }

    /// The first element, to change.
    #[inline]
    pub fn front_mut(&mut self) -> Option<&mut T> {
        self.get_at_mut(self.chain.first())
    }

    /// The last element.
    #[inline]
    pub fn back(&self) -> Option<&T> {
        self.get_at(self.chain.last())
    }

    /// The last element, to change.
    #[inline]
    pub fn back_mut(&mut self) -> Option<&mut T> {
        self.get_at_mut(self.chain.last())
    }

    /// Whether an element equals `value`. O(n).
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        self.iter().any(|element| element == value)
    }

    /// Takes out the element that has `at` before it. O(n), from the nearer end.
    ///
    /// # Panics
    ///
    /// When there are not more than `at`.
    #[track_caller]
    pub fn remove(&mut self, at: usize) -> T {
        match self.chain.nth(at) {
            Some(node) => self.remove_at(node),
            None => panics::out_of_bounds("removal", at, "<", self.len()),
        }
    }

    /// Drops all elements; their nodes stay.
    pub fn clear(&mut self) {
        drop(self.drain());
    }

    /// Takes all elements out, also those that are not asked for.
    pub const fn drain(&mut self) -> Drain<'_, T, A> {
        Drain::new(self)
    }

    /// Moves all elements of `other` to the end. O(m).
    ///
    /// # Panics
    ///
    /// When memory is refused; nothing has changed then.
    #[track_caller]
    pub fn append<B: Allocator>(&mut self, other: &mut OwnedList<T, B>) {
        panics::granted(self.try_append(other));
    }

    /// [`append`](Self::append), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; nothing has changed then.
    pub fn try_append<B: Allocator>(&mut self, other: &mut OwnedList<T, B>) -> Result<(), Refusal> {
        self.try_take_over(other, None)
    }

    /// Takes the elements from the one on that has `at` before it to a list of their own. O(the shorter
    /// part), which moves to new nodes; the list of the longer part keeps the nodes, and the list of the shorter one
    /// has a clone of the allocator.
    ///
    /// # Panics
    ///
    /// When there are fewer than `at`, or memory is refused.
    #[track_caller]
    #[must_use = "what was split off is dropped otherwise"]
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
    /// When memory is refused; nothing has changed then.
    ///
    /// # Panics
    ///
    /// When there are fewer than `at`.
    #[track_caller]
    pub fn try_split_off(&mut self, at: usize) -> Result<Self, Refusal>
    where
        A: Clone,
    {
        if at > self.len() {
            panics::out_of_bounds("`at` split", at, "<=", self.len());
        }
        self.try_split_at(self.chain.nth(at), at)
    }

    /// Keeps the elements that `keep` wants. O(n).
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.retain_mut(|element| keep(element));
    }

    /// [`retain`](Self::retain), which may change them.
    pub fn retain_mut(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        self.extract_if(|element| !keep(element)).for_each(drop);
    }

    /// Takes the elements out that `wanted` chooses, as they are asked for.
    ///
    /// ```
    /// let mut list = larder::OwnedList::<_>::from_iter(0..10);
    /// assert!(list.extract_if(|n| *n % 3 == 0).eq([0, 3, 6, 9]));
    /// assert_eq!(list, [1, 2, 4, 5, 7, 8]);
    /// ```
    pub const fn extract_if<F: FnMut(&mut T) -> bool>(
        &mut self,
        wanted: F,
    ) -> ExtractIf<'_, T, F, A> {
        ExtractIf::new(self, wanted)
    }

    /// Sorts; equal elements keep their order. O(n log n), no element is moved, and nothing is
    /// allocated.
    pub fn sort(&mut self)
    where
        T: Ord,
    {
        self.sort_by(T::cmp);
    }

    /// Sorts by a comparison; equal elements keep their order. When it panics, all elements are in the
    /// list, in some order.
    ///
    /// ```
    /// let mut list = larder::OwnedList::from([3, 1, 2]);
    /// list.sort_by(|a, b| b.cmp(a));
    /// assert_eq!(list, [3, 2, 1]);
    /// ```
    pub fn sort_by(&mut self, mut compare: impl FnMut(&T, &T) -> core::cmp::Ordering) {
        self.chain.sort(&mut |a, b| {
            // SAFETY: nodes of the chain hold an element (1), borrowed with `self`.
            let a = unsafe { shared(a) };
            // SAFETY: the same.
            compare(a, unsafe { shared(b) }).is_lt()
        });
    }

    /// Sorts by a key; equal elements keep their order.
    pub fn sort_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.sort_by(|a, b| key(a).cmp(&key(b)));
    }

    /// The elements.
    #[inline]
    pub const fn iter(&self) -> Iter<'_, T> {
        Iter::new(self)
    }

    /// The elements, to change.
    #[inline]
    pub const fn iter_mut(&mut self) -> IterMut<'_, T> {
        IterMut::new(self)
    }

    /// A cursor at the first element.
    pub const fn cursor_front(&self) -> Cursor<'_, T, A> {
        Cursor::new(self, self.chain.first(), 0)
    }

    /// A cursor at the last element.
    pub const fn cursor_back(&self) -> Cursor<'_, T, A> {
        Cursor::new(self, self.chain.last(), self.len().saturating_sub(1))
    }

    /// A cursor at the first element, which may change the list.
    pub const fn cursor_front_mut(&mut self) -> CursorMut<'_, T, A> {
        let first = self.chain.first();
        CursorMut::new(self, first, 0)
    }

    /// A cursor at the last element, which may change the list.
    pub const fn cursor_back_mut(&mut self) -> CursorMut<'_, T, A> {
        let (last, index) = (self.chain.last(), self.len().saturating_sub(1));
        CursorMut::new(self, last, index)
    }

    /// Adds all that `iter` yields at the end, or returns what found no room, and what comes behind.
    ///
    /// # Errors
    ///
    /// With the rest of the iterator, when memory is refused. What was added stays.
    pub fn try_extend<I: IntoIterator<Item = T>>(
        &mut self,
        iter: I,
    ) -> Result<(), Refused<Rest<I::IntoIter>>> {
        let mut iter = iter.into_iter();
        while let Some(value) = iter.next() {
            if let Err(back) = self.try_push_back(value) {
                let refusal = *back.refusal();
                return Err(Refused::new(Some(back.into_value()).into_iter().chain(iter), refusal));
            }
        }
        Ok(())
    }

    /// A list of all that `iter` yields.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn from_iter_in(iter: impl IntoIterator<Item = T>, alloc: A) -> Self {
        let mut this = Self::new_in(alloc);
        panics::taken(this.try_extend(iter));
        this
    }

    /// [`Clone`], or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_clone(&self) -> Result<Self, Refusal>
    where
        T: Clone,
        A: Clone,
    {
        let mut copy = Self::try_with_capacity_in(self.len(), self.nodes.alloc.clone())?;
        copy.try_extend(self.iter().cloned()).map_err(|back| *back.refusal())?;
        Ok(copy)
    }

    #[inline]
    fn get_at(&self, node: Link) -> Option<&T> {
        // SAFETY: nodes of the chain hold an element (1), which is borrowed with `self`.
        node.map(|node| unsafe { shared(node) })
    }

    #[inline]
    fn get_at_mut(&mut self, node: Link) -> Option<&mut T> {
        // SAFETY: nodes of the chain hold an element (1), which is borrowed with `self`.
        node.map(|node| unsafe { exclusive(node) })
    }

    /// Inserts before a node of the chain, or at the end.
    #[inline]
    fn try_insert_at(&mut self, at: Link, value: T) -> Result<&mut T, Refused<T>> {
        let node = match self.nodes.take(Self::NODE) {
            Ok(node) => node,
            Err(refusal) => return Err(Refused::new(value, refusal)),
        };
        // SAFETY: the node is free, and has the layout of one.
        unsafe { node.write(Links::new()) };
        // SAFETY: it is a node of this list.
        let mut element = unsafe { element(node) };
        // SAFETY: the element's place is the node's, which is free.
        unsafe { element.write(value) };
        // SAFETY: the node is in no chain; `at` is of this one.
        unsafe { self.chain.insert(node, at) };
        // SAFETY: the element was written just now, and is borrowed with `self`.
        Ok(unsafe { element.as_mut() })
    }

    /// Takes the element of a node of the chain out.
    #[inline]
    fn remove_at(&mut self, node: NonNull<Links>) -> T {
        // SAFETY: it is of this chain.
        unsafe { self.chain.unlink(node) };
        self.empty(node)
    }

    /// The element of a node that was just taken out of the chain. The node is free.
    #[inline]
    fn empty(&mut self, node: NonNull<Links>) -> T {
        // SAFETY: it is a node of this list.
        let element = unsafe { element::<T>(node) };
        // SAFETY: it held an element (1), and is out of the chain.
        let value = unsafe { element.read() };
        // SAFETY: it was taken, and nobody uses it any more.
        unsafe { self.nodes.give(node) };
        value
    }

    /// Moves all elements of `other` before the node `at`, or to the end.
    fn try_take_over<B: Allocator>(
        &mut self,
        other: &mut OwnedList<T, B>,
        at: Link,
    ) -> Result<(), Refusal> {
        self.try_reserve(other.len())?;
        while let Some(value) = other.pop_front() {
            self.try_insert_at(at, value).map_err(|back| *back.refusal())?;
        }
        Ok(())
    }

    /// Takes the elements from the node `at` on, which has `front` before it, to another list. The
    /// shorter part moves to new nodes.
    fn try_split_at(&mut self, at: Link, front: usize) -> Result<Self, Refusal>
    where
        A: Clone,
    {
        let back = self.len() - front;
        let mut other = Self::try_with_capacity_in(front.min(back), self.nodes.alloc.clone())?;
        if front < back {
            for _ in 0..front {
                let Some(value) = self.pop_front() else { break };
                other.try_push_back(value).map_err(|back| *back.refusal())?;
            }
            mem::swap(self, &mut other);
        } else {
            let mut next = at;
            while let Some(node) = next {
                next = self.chain.after(Some(node));
                other.try_push_back(self.remove_at(node)).map_err(|back| *back.refusal())?;
            }
        }
        Ok(other)
    }
}

impl<T, A: OneAllocator> OwnedList<T, A> {
    /// Takes all elements of `other` to the end, with their nodes: no element moves. O(1).
    ///
    /// ```
    /// use larder::{Arena, OwnedList};
    /// let arena = Arena::new();
    /// let (mut list, mut more) = (OwnedList::new_in(&arena), OwnedList::new_in(&arena));
    /// list.push_back("fig");
    /// more.push_back("plum");
    /// let place = more.front().map(core::ptr::from_ref);
    /// list.append_nodes(&mut more);
    /// assert!(list == ["fig", "plum"] && more.is_empty());
    /// assert_eq!(list.back().map(core::ptr::from_ref), place);
    /// ```
    ///
    /// # Panics
    ///
    /// When the allocators are not known to be one.
    #[track_caller]
    pub fn append_nodes(&mut self, other: &mut Self) {
        together(self.try_append_nodes(other));
    }

    /// [`append_nodes`](Self::append_nodes), or an error.
    ///
    /// # Errors
    ///
    /// When the allocators are not known to be one; nothing has changed then.
    pub fn try_append_nodes(&mut self, other: &mut Self) -> Result<(), Apart> {
        self.try_take_nodes(other, None)
    }

    /// Takes all elements of `other` before the node `at`, or to the end, with their nodes.
    fn try_take_nodes(&mut self, other: &mut Self, at: Link) -> Result<(), Apart> {
        if !self.allocator().is_one(other.allocator()) {
            return Err(Apart);
        }
        // SAFETY: the nodes are of one type, and the allocators are one.
        unsafe { self.nodes.take_over(&mut other.nodes) };
        let chain = mem::replace(&mut other.chain, Chain::new());
        // SAFETY: `at` is of this chain, and the other is another.
        unsafe { self.chain.splice(chain, at) };
        Ok(())
    }
}

/// The end of what takes nodes of a list whose allocator must be one's own.
#[track_caller]
fn together(result: Result<(), Apart>) {
    if let Err(error) = result {
        panics::with(&error);
    }
}

impl<T, A: Allocator> Drop for OwnedList<T, A> {
    fn drop(&mut self) {
        /// Frees the chunks, even if dropping an element panics.
        struct Chunks<'l, T, A: Allocator>(&'l mut OwnedList<T, A>);

        impl<T, A: Allocator> Drop for Chunks<'_, T, A> {
            fn drop(&mut self) {
                // SAFETY: no node has an element any more.
                unsafe { self.0.nodes.release(OwnedList::<T, A>::NODE) };
            }
        }

        let chunks = Chunks(self);
        if mem::needs_drop::<T>() {
            chunks.0.clear();
        }
    }
}

// SAFETY: nodes, elements and allocator are the list's alone, and are sent with it.
unsafe impl<T: Send, A: Allocator + Send> Send for OwnedList<T, A> {}
// SAFETY: a shared list lends shared elements and a shared allocator; its links are only read.
unsafe impl<T: Sync, A: Allocator + Sync> Sync for OwnedList<T, A> {}
