#![expect(unsafe_code, reason = "borrows elements from their slots")]
//! Elements that never move, are known by handles, and leave no holes to stumble over.
//!
//! ```text
//! directory   | mask, block | mask, block | ...
//!                      |
//! block                '-> | a | b | free | d | ... | generations |     64 slots
//! ```
//!
//! An element stays where it was put until it is removed; pointers to it stay valid meanwhile. Insert
//! and remove are O(1), and a free slot is used again before there is a new block. A mask for each
//! block says which slots hold elements, so that a visit skips 64 slots by one look, and runs over a
//! full block by a plain loop. A [`Handle`] holds the generation of its slot: when its element is gone
//! it names nothing, also when the slot is used again. The idea of blocks with masks is boost's hub.
//!
//! Blocks of large elements have fewer slots, so that they have at most 32 KiB. An empty block goes
//! back to the allocator when a quarter of the elements' room is free without it. Blocks that
//! [`reserve`](KeyedVector::reserve) asked for stay until
//! [`shrink_to_fit`](KeyedVector::shrink_to_fit).
//!
//! Memory: ten words and the allocator; for each block `64 * (size_of::<T>() + 2)` bytes and 32 in
//! the directory, so two and a half bytes for each element beyond its own when blocks are full. With
//! handles of 32 bits it is one and a half, with those of 128 four and a half.
//!
//! It promises no order beyond that of the slots: a new vector has its elements in the order in which
//! they came, but after a remove the next element takes the hole.
//!
//! Who knows slotmap or slab is at home: `insert`, `get`, `remove`, `retain` do the same.
//!
//! ```
//! use larder::StableVector;
//!
//! let mut list = StableVector::new();
//! let (plum, pear) = (list.insert("plum"), list.insert("pear"));
//! let place = list.get_ptr(pear);
//!
//! assert_eq!(list.remove(plum), Some("plum"));
//! let fig = list.insert("fig"); // in the plum's slot
//! assert_eq!(list.get(plum), None);
//! assert_eq!(list[fig], "fig");
//! assert_eq!(list.get_ptr(pear), place);
//! assert!(list.iter().eq(&["fig", "pear"]));
//! ```

mod iter;
mod order;
mod pinned;
#[cfg(feature = "rayon")]
mod rayon;
mod remove;
#[cfg(feature = "serde")]
mod serde;
mod splice;
mod traits;
mod vacant;

use core::ptr::NonNull;

pub use iter::{Handles, IntoIter, IntoPairs, Iter, IterMut, Pairs, PairsMut};
pub use pinned::Pinned;
pub use remove::{Drain, DrainPairs, ExtractIf};
pub use splice::{OneAllocator, SpliceError, Spliced};
pub use traits::Rest;
pub use vacant::VacantEntry;

pub use crate::raw::slots::{Handle, Key, Policy, Retire, Width, Wrap};
use crate::{
    alloc::{Allocator, Global, Refusal, Refused},
    panics,
    raw::slots::{Found, Slots},
};

/// A vector whose elements never move, known by handles of 64 bits.
///
/// All that it can do is at [`KeyedVector`].
///
/// ```
/// use larder::{Arena, StableVector};
/// let arena = Arena::new();
/// let mut list = StableVector::new_in(&arena);
/// let first = list.insert(1);
/// list.extend(2..=1000);
/// assert_eq!(list.remove(first), Some(1));
/// assert_eq!(list.iter().sum::<u32>(), 500_499);
/// ```
pub type StableVector<T, A = Global> = KeyedVector<T, Handle, A>;

/// A vector whose elements never move, known by handles of the type `K`.
///
/// ```
/// use larder::collections::stable_vector::{Handle, KeyedVector, Wrap};
/// let mut small: KeyedVector<char, Handle<u32>> = KeyedVector::new();
/// let handle = small.insert('x');
/// assert_eq!(size_of_val(&handle), 4);
///
/// // These know their vector.
/// let (mut a, mut b) = (KeyedVector::<_, Handle<u128, Wrap>>::new(), KeyedVector::new());
/// let (in_a, in_b) = (a.insert("plum"), b.insert("pear"));
/// assert_eq!((a.get(in_a), a.get(in_b)), (Some(&"plum"), None));
/// # let _: &KeyedVector<_, Handle<u128, Wrap>> = &b;
/// ```
pub struct KeyedVector<T, K: Key, A: Allocator = Global> {
    slots: Slots<T, K, A>,
}

impl<T, K: Key> KeyedVector<T, K> {
    /// An empty vector. Allocates nothing.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Global)
    }

    /// An empty vector with room for `capacity` elements.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_in(capacity, Global)
    }
}

impl<T, K: Key, A: Allocator> KeyedVector<T, K, A> {
    /// An empty vector whose memory will come from `alloc`.
    #[inline]
    #[must_use]
    pub const fn new_in(alloc: A) -> Self {
        Self { slots: Slots::new(alloc) }
    }

    /// An empty vector with room for `capacity` elements, in memory of `alloc`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    #[must_use]
    pub fn with_capacity_in(capacity: usize, alloc: A) -> Self {
        panics::granted(Self::try_with_capacity_in(capacity, alloc))
    }

    /// [`with_capacity_in`](Self::with_capacity_in), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_with_capacity_in(capacity: usize, alloc: A) -> Result<Self, Refusal> {
        let mut this = Self::new_in(alloc);
        this.try_reserve(capacity)?;
        Ok(this)
    }

    /// How many elements there are.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many elements there may be without new memory.
    #[inline]
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.slots.room()
    }

    /// The allocator.
    #[inline]
    #[must_use]
    pub fn allocator(&self) -> &A {
        self.slots.allocator()
    }

    /// Puts an element into a free slot.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[expect(
        clippy::inline_always,
        reason = "a call passes 64 bytes by the stack: 9.9, not 6.9 ns"
    )]
    #[inline(always)]
    #[track_caller]
    pub fn insert(&mut self, value: T) -> K {
        panics::taken(self.try_insert(value))
    }

    /// [`insert`](Self::insert), or an error with the element.
    ///
    /// ```
    /// use larder::{StableVector, alloc::Null};
    /// let mut none = StableVector::new_in(Null);
    /// assert_eq!(none.try_insert("plum").unwrap_err().into_value(), "plum");
    /// ```
    ///
    /// # Errors
    ///
    /// When memory is refused.
    #[expect(clippy::inline_always, reason = "as for `insert`")]
    #[inline(always)]
    pub fn try_insert(&mut self, value: T) -> Result<K, Refused<T>> {
        match self.slots.vacancy() {
            // SAFETY: the slots have just told of the vacancy.
            Ok(vacancy) => Ok(unsafe { self.slots.fill(vacancy, value) }),
            Err(refusal) => Err(Refused::new(value, refusal)),
        }
    }

    /// Puts an element into a free slot if that needs no memory.
    ///
    /// # Errors
    ///
    /// The element, when there is no free slot.
    #[inline]
    pub fn insert_within_capacity(&mut self, value: T) -> Result<K, T> {
        if self.len() == self.capacity() {
            return Err(value);
        }
        self.try_insert(value).map_err(Refused::into_value)
    }

    /// Puts an element that is made of its own handle into a free slot.
    ///
    /// ```
    /// let mut list = larder::StableVector::new();
    /// let handle = list.insert_with(|handle| (handle, "knows its handle"));
    /// assert_eq!(list[handle].0, handle);
    /// ```
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    pub fn insert_with(&mut self, make: impl FnOnce(K) -> T) -> K {
        panics::taken(self.try_insert_with(make))
    }

    /// [`insert_with`](Self::insert_with), or an error with the closure.
    ///
    /// # Errors
    ///
    /// When memory is refused; the closure has not been called.
    #[inline]
    pub fn try_insert_with<F: FnOnce(K) -> T>(&mut self, make: F) -> Result<K, Refused<F>> {
        match self.slots.vacancy() {
            Ok(vacancy) => {
                let value = make(vacancy.handle);
                // SAFETY: the closure does not have the slots, so the vacancy is still there.
                Ok(unsafe { self.slots.fill(vacancy, value) })
            }
            Err(refusal) => Err(Refused::new(make, refusal)),
        }
    }

    /// The element that `handle` names.
    #[inline]
    #[must_use]
    pub fn get(&self, handle: K) -> Option<&T> {
        let found = self.slots.find(handle)?;
        // SAFETY: there is an element where it was found, and it is borrowed with `self`.
        Some(unsafe { found.ptr().as_ref() })
    }

    /// The element that `handle` names, to write.
    #[inline]
    #[must_use]
    pub fn get_mut(&mut self, handle: K) -> Option<&mut T> {
        let found = self.slots.find(handle)?;
        // SAFETY: there is an element where it was found, and it is borrowed with `self`.
        Some(unsafe { found.ptr().as_mut() })
    }

    /// The elements that these handles name, to write; none if one is stale or is there twice.
    ///
    /// ```
    /// let mut list = larder::StableVector::new();
    /// let (a, b) = (list.insert(1), list.insert(2));
    /// let [first, second] = list.get_disjoint_mut([a, b]).unwrap();
    /// core::mem::swap(first, second);
    /// assert_eq!((list[a], list[b]), (2, 1));
    /// assert!(list.get_disjoint_mut([a, a]).is_none());
    /// ```
    #[must_use]
    pub fn get_disjoint_mut<const N: usize>(&mut self, handles: [K; N]) -> Option<[&mut T; N]> {
        let mut found = [None; N];
        for (nth, handle) in handles.iter().enumerate() {
            if handles[..nth].contains(handle) {
                return None;
            }
            found[nth] = Some(self.slots.find(*handle)?.ptr());
        }
        let mut ptrs = found.map(|ptr| ptr.unwrap_or(NonNull::dangling()));
        // SAFETY: each was found above, so there are elements; different handles that name elements
        // name different ones; all are borrowed with `self`.
        Some(ptrs.each_mut().map(|ptr| unsafe { ptr.as_mut() }))
    }

    /// Whether `handle` names an element.
    #[inline]
    #[must_use]
    pub fn contains(&self, handle: K) -> bool {
        self.slots.find(handle).is_some()
    }

    /// Where the element that `handle` names is. It stays there until it is removed or the vector is
    /// dropped, and may be used by the pointer while nothing else uses it.
    #[inline]
    #[must_use]
    pub fn get_ptr(&self, handle: K) -> Option<NonNull<T>> {
        self.slots.find(handle).map(|found| found.ptr())
    }

    /// The element in the slot with this [index](Handle::index), whichever it is: no generation is
    /// looked up.
    ///
    /// ```
    /// let mut list = larder::StableVector::new();
    /// let plum = list.insert("plum");
    /// list.remove(plum);
    /// list.insert("fig");
    /// assert_eq!((list.get(plum), list.get_at(plum.index())), (None, Some(&"fig")));
    /// ```
    #[inline]
    #[must_use]
    pub fn get_at(&self, index: usize) -> Option<&T> {
        let found = self.slots.at(index)?;
        // SAFETY: there is an element where it was found, and it is borrowed with `self`.
        Some(unsafe { found.ptr().as_ref() })
    }

    /// [`get_at`](Self::get_at), to write.
    #[inline]
    #[must_use]
    pub fn get_at_mut(&mut self, index: usize) -> Option<&mut T> {
        let found = self.slots.at(index)?;
        // SAFETY: there is an element where it was found, and it is borrowed with `self`.
        Some(unsafe { found.ptr().as_mut() })
    }

    /// The handle of the element at an address. None where no element begins, and for elements
    /// without bytes. O(n / 64).
    ///
    /// ```
    /// let mut list: larder::StableVector<_> = (0..100).collect();
    /// let handle = list.insert(7);
    /// let element = &list[handle];
    /// assert_eq!(list.handle_of(element), Some(handle));
    /// ```
    #[must_use]
    pub fn handle_of(&self, ptr: *const T) -> Option<K> {
        self.slots.at_address(ptr).map(|found| self.handle_at_place(found))
    }

    /// The handle of the element in the slot with this [index](Handle::index).
    #[must_use]
    pub fn handle_at(&self, index: usize) -> Option<K> {
        self.slots.at(index).map(|found| self.handle_at_place(found))
    }

    /// The handle of the element at a position, counted in the order of the elements. O(n / 64).
    ///
    /// ```
    /// let list: larder::StableVector<_> = (0..1000).collect();
    /// let handle = list.nth(700).unwrap();
    /// assert_eq!((list[handle], list.position_of(handle)), (700, Some(700)));
    /// ```
    #[must_use]
    pub fn nth(&self, position: usize) -> Option<K> {
        self.slots.nth(position).map(|found| self.handle_at_place(found))
    }

    /// How many elements come before the one that `handle` names. O(n / 64).
    #[must_use]
    pub fn position_of(&self, handle: K) -> Option<usize> {
        self.slots.find(handle).map(|found| self.slots.position(found))
    }

    fn handle_at_place(&self, found: Found<T>) -> K {
        // SAFETY: the callers have just found it.
        unsafe { self.slots.handle_of(found) }
    }

    /// Makes room for at least `additional` more elements, which stays until
    /// [`shrink_to_fit`](Self::shrink_to_fit).
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
    /// When memory is refused; there may be more room than before all the same.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), Refusal> {
        self.slots.reserve(additional)
    }

    /// Frees blocks without elements. No element moves, so blocks with few stay. O(n / 64).
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Frees blocks without elements while there is more room than for `capacity`. O(n / 64).
    pub fn shrink_to(&mut self, capacity: usize) {
        self.slots.shrink_to(capacity);
    }
}

impl<T, K: Key, A: Allocator> Drop for KeyedVector<T, K, A> {
    fn drop(&mut self) {
        // SAFETY: the slots free their memory next and nothing else.
        unsafe { self.slots.visit().drop_all() };
    }
}
