#![expect(unsafe_code, reason = "elements are in buckets of raw memory")]
//! A vector that only grows, whose elements never move, and to which is added through `&self`.
//!
//! ```text
//! directory:  [ * | * | * |   |   | ... ]
//!               |   |   |
//!               |   |   +-> | 12 13 14 .. .. .. .. .. .. .. .. .. .. .. .. .. |
//!               |   +-----> | 4 5 6 7 8 9 10 11 |             ^ len            ^ end
//!               +---------> | 0 1 2 3 |
//! ```
//!
//! **Algorithm.** Each bucket is a block of its own and twice as long as the one before, so that the
//! highest bit of an index tells its bucket ([`doubling`]), nothing is ever copied, and at least half of
//! the memory is used from the second bucket on. The directory has pointers that are lessened by the
//! index at which their bucket begins, so that an element is at `pointer + index`.
//!
//! Invariants:
//!
//! 1. `first` is a power of two, at least `2^LEAST`. The buckets of levels `first.ilog2()..next` are
//!    blocks of `2^level` elements, currently allocated by `alloc`, and the directory has, at
//!    `level - LEAST`, the pointer to each, less the index at which it begins. Elements of no bytes
//!    have no buckets.
//! 2. The elements at `0..len` are initialised, each in a bucket.
//! 3. `len <= end`, and the indices in `len..end` are in one bucket, whose pointer `base` is.
//! 4. Through `&self`, an element is neither moved, nor changed, nor dropped, and `len` does not fall.
//!    Nothing but `len`, `end`, `base`, `next` and the directory changes, and no code of others
//!    runs while they disagree; the allocator's runs in between.
//!
//! A vector is invariant in its element: what is pushed through `&self` must live as long as the
//! vector thinks.
//!
//! What it does not promise: that elements are in one slice ([`slices`](BumpVector::slices) has them
//! bucket by bucket), and that it may be shared between threads. The arithmetic is apart, for a variant
//! that may.

mod iter;
mod remove;
mod traits;

#[cfg(feature = "rayon")]
mod rayon;
#[cfg(feature = "serde")]
mod serde;
#[cfg(test)]
mod tests;

use core::{
    cell::Cell,
    iter::Chain,
    marker::PhantomData,
    ops::{Index, IndexMut, Range},
    option,
    ptr::{self, NonNull},
};

pub use iter::{Elements, Follow, IntoIter, Iter, IterMut, Slices, SlicesMut};
pub use remove::{Drain, ExtractIf};

use crate::{
    alloc::{Allocator, Cause, Global, Layout, Refusal, Refused},
    bits::doubling::{self, Runs},
    panics,
};

/// How many levels of buckets there may be: with the least first bucket, as many as have
/// `2^55` bytes on a machine of 64 bits, and `2^31` on one of 32.
const LEVELS: usize = (usize::BITS / 4 * 3) as usize;

/// The pointers to the buckets, each less the index at which it begins.
type Directory = [Cell<*mut u8>; LEVELS];

/// The logarithm of the length of the least first bucket: of 128 bytes, and 4 elements at least, as
/// long as these are not large.
const fn least<T>() -> u32 {
    match size_of::<T>() {
        0 => 0,
        size @ 1..=32 => (128 / size).ilog2(),
        33..=1024 => 2,
        _ => 0,
    }
}

/// Where the element at `index` is, or would be.
///
/// # Safety
///
/// There is a bucket for `index` (1), or elements have no bytes.
#[inline]
unsafe fn locate<T>(directory: &Directory, first: usize, index: usize) -> NonNull<T> {
    if size_of::<T>() == 0 {
        return NonNull::dangling();
    }
    let level = doubling::level_of(index, first);
    // SAFETY: levels of buckets are in the directory (1).
    let base = unsafe { directory.get_unchecked((level - least::<T>()) as usize) };
    // SAFETY: the sum is a place in a block (1), which is not null.
    unsafe { NonNull::new_unchecked(base.get().cast::<T>().wrapping_add(index)) }
}

/// A vector that only grows through `&self`: elements stay where they are, and references to them,
/// and iterators, stay valid while more is pushed. What takes elements out needs `&mut self`.
///
/// `push`, `get` and all else that names one element is O(1) and copies no other. Over an
/// [`Arena`](crate::Arena) no byte is wasted but at the end.
///
/// Takes 424 bytes and, once something was pushed, 128 bytes or four elements; then twice as much
/// each time: `capacity * size` altogether, and `capacity` is at most `2 * len` and the first bucket.
///
/// ```
/// use larder::{Arena, BumpVector};
///
/// let arena = Arena::new();
/// let names = BumpVector::new_in(&arena);
/// let plum: &String = names.push("plum".to_owned());
/// for n in 0..1000 {
///     names.push(format!("fig {n}"));
/// }
/// assert_eq!(plum, "plum"); // still there
/// assert_eq!(names[1000], "fig 999");
///
/// // What is pushed meanwhile is seen too.
/// let tree = BumpVector::from([1_u32]);
/// for node in tree.follow() {
///     if *node < 8 {
///         tree.push(node * 2);
///         tree.push(node * 2 + 1);
///     }
/// }
/// assert_eq!(tree, (1..16).collect::<Vec<_>>());
/// ```
pub struct BumpVector<T, A: Allocator = Global> {
    len: Cell<usize>,
    end: Cell<usize>,
    base: Cell<*mut u8>,
    first: usize,
    next: Cell<u32>,
    directory: Directory,
    alloc: A,
    /// Invariant, for `push` takes a `T` through `&self`.
    elements: PhantomData<Cell<T>>,
}

/// What found no room, with what comes behind it.
pub type Rest<I> = Chain<option::IntoIter<<I as Iterator>::Item>, I>;

impl<T> BumpVector<T> {
    /// An empty vector on the global heap. Nothing is allocated.
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Global)
    }

    /// An empty vector whose first bucket holds at least `capacity` elements.
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

impl<T, A: Allocator> BumpVector<T, A> {
    /// An empty vector whose buckets come from `alloc`. Nothing is allocated.
    pub const fn new_in(alloc: A) -> Self {
        Self::with_first(1 << least::<T>(), alloc)
    }

    const fn with_first(first: usize, alloc: A) -> Self {
        Self {
            len: Cell::new(0),
            end: Cell::new(if size_of::<T>() == 0 { usize::MAX } else { 0 }),
            base: Cell::new(ptr::dangling_mut::<T>().cast()),
            first,
            next: Cell::new(first.ilog2()),
            directory: [const { Cell::new(ptr::null_mut()) }; LEVELS],
            alloc,
            elements: PhantomData,
        }
    }

    /// An empty vector whose first bucket holds at least `capacity` elements.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn with_capacity_in(capacity: usize, alloc: A) -> Self {
        panics::granted(Self::try_with_capacity_in(capacity, alloc))
    }

    /// An empty vector whose first bucket holds at least `capacity` elements, or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    ///
    /// ```
    /// use larder::{BumpVector, alloc::Global};
    /// let vector = BumpVector::try_with_capacity_in(1000, Global)?;
    /// vector.extend_from_slice(&[7; 1000]);
    /// assert_eq!(vector.slices().len(), 1);
    /// # Ok::<(), larder::alloc::Refusal>(())
    /// ```
    pub fn try_with_capacity_in(capacity: usize, alloc: A) -> Result<Self, Refusal> {
        let overflow = || Refusal::overflow(Layout::new::<T>(), capacity);
        if size_of::<T>() == 0 || capacity == 0 {
            return Ok(Self::new_in(alloc));
        }
        let first = capacity.checked_next_power_of_two().ok_or_else(overflow)?;
        let this = Self::with_first(first.max(1 << least::<T>()), alloc);
        this.add_bucket()?;
        this.select(0);
        Ok(this)
    }

    /// The allocator that buckets come from.
    #[inline]
    pub const fn allocator(&self) -> &A {
        &self.alloc
    }

    /// How many elements there are.
    #[inline]
    pub const fn len(&self) -> usize {
        self.len.get()
    }

    /// Whether there are none.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many elements there is room for, those included that are there.
    pub const fn capacity(&self) -> usize {
        if size_of::<T>() == 0 { usize::MAX } else { self.start_of(self.next.get()) }
    }

    /// Adds an element at the end. It stays where it is until the vector is dropped, or changed
    /// through `&mut self`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    pub fn push(&self, value: T) -> &T {
        panics::taken(self.try_push(value))
    }

    /// [`push`](Self::push), or the element back.
    ///
    /// # Errors
    ///
    /// With the element, when memory is refused.
    ///
    /// ```
    /// use larder::{BumpVector, alloc::Null};
    /// let vector = BumpVector::new_in(Null);
    /// assert_eq!(vector.try_push("plum").unwrap_err().into_value(), "plum");
    /// ```
    #[inline]
    pub fn try_push(&self, value: T) -> Result<&T, Refused<T>> {
        let mut index = self.len.get();
        if index == self.end.get() {
            match self.make_room() {
                Ok(len) => index = len,
                Err(refusal) => return Err(Refused::new(value, refusal)),
            }
        }
        let slot = self.base.get().cast::<T>().wrapping_add(index);
        // SAFETY: the index is before the end, so this is its place in its bucket, and nothing is
        // there (2, 3).
        unsafe { slot.write(value) };
        self.len.set(index + 1);
        // SAFETY: it is initialised, and stays where it is while `self` is borrowed (4).
        Ok(unsafe { &*slot })
    }

    /// [`push`](Self::push), and the element to change.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    pub fn push_mut(&mut self, value: T) -> &mut T {
        self.push(value);
        let last = self.len() - 1;
        // SAFETY: the element is initialised (2), and borrowed with `self`.
        unsafe { self.at(last).as_mut() }
    }

    /// Adds all that `iter` yields, which may push here too.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn push_all(&self, iter: impl IntoIterator<Item = T>) {
        panics::taken(self.try_push_all(iter));
    }

    /// [`push_all`](Self::push_all), or what found no room, and what comes behind it.
    ///
    /// # Errors
    ///
    /// With the rest of the iterator, when memory is refused. What was pushed stays.
    pub fn try_push_all<I: IntoIterator<Item = T>>(
        &self,
        iter: I,
    ) -> Result<(), Refused<Rest<I::IntoIter>>> {
        let mut iter = iter.into_iter();
        while let Some(value) = iter.next() {
            if let Err(back) = self.try_push(value) {
                let refusal = *back.refusal();
                return Err(Refused::new(Some(back.into_value()).into_iter().chain(iter), refusal));
            }
        }
        Ok(())
    }

    /// Adds a clone of each element of `slice`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn extend_from_slice(&self, slice: &[T])
    where
        T: Clone,
    {
        self.push_all(slice.iter().cloned());
    }

    /// Makes room for `additional` elements.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn reserve(&self, additional: usize) {
        panics::granted(self.try_reserve(additional));
    }

    /// [`reserve`](Self::reserve), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; buckets that were had before that stay.
    pub fn try_reserve(&self, additional: usize) -> Result<(), Refusal> {
        let needed = self.len().checked_add(additional);
        let Some(needed) = needed else {
            return Err(Refusal::overflow(Layout::new::<T>(), additional));
        };
        while self.capacity() < needed {
            self.add_bucket()?;
        }
        Ok(())
    }

    /// Gives back the buckets that have no element.
    pub fn shrink_to_fit(&mut self) {
        if size_of::<T>() > 0 {
            let len = self.len();
            let used = len.checked_sub(1).map(|last| doubling::level_of(last, self.first) + 1);
            self.free_from(used.unwrap_or(self.first.ilog2()));
            self.select(len);
        }
    }

    /// The element at `index`, if there is one.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&T> {
        if index >= self.len() {
            return None;
        }
        // SAFETY: the element is initialised (2) and stays while `self` is borrowed (4).
        Some(unsafe { self.at(index).as_ref() })
    }

    /// The element at `index`, to change.
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        if index >= self.len() {
            return None;
        }
        // SAFETY: the element is initialised (2), and borrowed with `self`.
        Some(unsafe { self.at(index).as_mut() })
    }

    /// The element at `index`.
    ///
    /// # Safety
    ///
    /// `index` is less than the length.
    #[inline]
    pub unsafe fn get_unchecked(&self, index: usize) -> &T {
        debug_assert!(index < self.len());
        // SAFETY: the element is initialised (2) and stays while `self` is borrowed (4).
        unsafe { self.at(index).as_ref() }
    }

    /// The first element.
    #[inline]
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }

    /// The last element.
    #[inline]
    pub fn last(&self) -> Option<&T> {
        self.get(self.len().wrapping_sub(1))
    }

    /// Whether an element equals `value`. O(n).
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        self.slices().any(|slice| slice.contains(value))
    }

    /// Exchanges two elements.
    ///
    /// # Panics
    ///
    /// When one of the indices is not less than the length.
    #[track_caller]
    pub fn swap(&mut self, a: usize, b: usize) {
        let (a, b) = (&raw mut self[a], &raw mut self[b]);
        // SAFETY: both are elements, and nobody else uses them; they may be the same.
        unsafe { ptr::swap(a, b) }
    }

    /// The index of the first element for which `before` is false, when those for which it is true
    /// come first. O(log n).
    ///
    /// ```
    /// let log = larder::BumpVector::from([10, 20, 30, 40]);
    /// assert_eq!(log.partition_point(|time| *time < 25), 2);
    /// ```
    pub fn partition_point(&self, mut before: impl FnMut(&T) -> bool) -> usize {
        for run in Runs::new(0..self.len(), self.first) {
            let slice = self.run(run.clone());
            if !slice.last().is_some_and(&mut before) {
                return run.start + slice.partition_point(before);
            }
        }
        self.len()
    }

    /// The elements, as many as there are now.
    #[inline]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(self.slices(), self.len())
    }

    /// The elements, to change.
    #[inline]
    pub fn iter_mut(&mut self) -> IterMut<'_, T> {
        let len = self.len();
        IterMut::new(self.slices_mut(), len)
    }

    /// The elements, and those also that are pushed meanwhile.
    #[inline]
    pub const fn follow(&self) -> Follow<'_, T, A> {
        Follow::new(self)
    }

    /// The elements, as many as there are now, bucket by bucket.
    ///
    /// ```
    /// let vector = larder::BumpVector::<_>::from_iter(0..100_u8);
    /// assert_eq!(vector.slices().map(<[u8]>::len).collect::<Vec<_>>(), [100]);
    /// let vector = larder::BumpVector::<_>::from_iter(0..100_u64);
    /// assert_eq!(vector.slices().map(<[u64]>::len).collect::<Vec<_>>(), [16, 32, 52]);
    /// ```
    #[inline]
    pub fn slices(&self) -> Slices<'_, T> {
        Slices::new(self)
    }

    /// The elements, bucket by bucket, to change.
    #[inline]
    pub fn slices_mut(&mut self) -> SlicesMut<'_, T> {
        SlicesMut::new(self)
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
        let len = self.len();
        let copy = Self::try_with_capacity_in(len, self.alloc.clone())?;
        copy.try_push_all(self.iter().cloned()).map_err(|back| *back.refusal())?;
        Ok(copy)
    }

    /// A vector of all that `iter` yields.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn from_iter_in(iter: impl IntoIterator<Item = T>, alloc: A) -> Self {
        let this = Self::new_in(alloc);
        this.push_all(iter);
        this
    }

    /// Where the element at `index` is, or would be, if there is a bucket for it.
    #[inline]
    fn at(&self, index: usize) -> NonNull<T> {
        debug_assert!(index < self.capacity());
        // SAFETY: all callers stay within the capacity, which has buckets (1).
        unsafe { locate(&self.directory, self.first, index) }
    }

    /// The elements at a run of indices, which are less than the length, in one bucket.
    #[inline]
    fn run(&self, run: Range<usize>) -> &[T] {
        // SAFETY: the run is in one bucket, initialised (2), and stays as it is (4).
        unsafe { NonNull::slice_from_raw_parts(self.at(run.start), run.len()).as_ref() }
    }

    /// The first index behind the buckets below `level`.
    const fn start_of(&self, level: u32) -> usize {
        match doubling::start_of(level, self.first) {
            Some(start) => start,
            None => usize::MAX,
        }
    }

    /// How many bytes the allocator was asked for.
    const fn held(&self) -> usize {
        self.start_of(self.next.get()) * size_of::<T>()
    }

    /// Chooses the bucket that the element at `len` goes to, if there is one.
    fn select(&self, len: usize) {
        if size_of::<T>() == 0 {
            return;
        }
        let level = doubling::level_of(len, self.first);
        if level < self.next.get() {
            self.base.set(self.directory[(level - least::<T>()) as usize].get());
            self.end.set(self.start_of(level + 1));
        } else {
            self.end.set(len);
        }
    }

    /// Finds room for an element, and where it goes.
    #[cold]
    #[inline(never)]
    fn make_room(&self) -> Result<usize, Refusal> {
        // The allocator may itself have pushed here, so all is looked at anew.
        loop {
            let len = self.len.get();
            if len >= self.capacity() {
                self.add_bucket()?;
            } else {
                self.select(len);
                return Ok(len);
            }
        }
    }

    /// Adds the next bucket.
    fn add_bucket(&self) -> Result<(), Refusal> {
        let level = self.next.get();
        let slot = self.directory.get((level - least::<T>()) as usize);
        let length = 1_usize.checked_shl(level).unwrap_or(usize::MAX);
        let (Some(slot), Ok(layout), false) =
            (slot, Layout::array::<T>(length), size_of::<T>() == 0)
        else {
            return Err(Refusal::overflow(Layout::new::<T>(), length));
        };
        let Ok(block) = self.alloc.allocate(layout) else {
            let cause = Cause::Upstream { asked: layout.size(), reserved: self.held() };
            return Err(Refusal::new(layout, cause));
        };
        if self.next.get() != level {
            // The allocator has pushed here and taken this level.
            // SAFETY: it is a block of that layout, and nobody has seen it.
            unsafe { self.alloc.deallocate(block.cast(), layout) };
            return Ok(());
        }
        slot.set(block.cast::<T>().as_ptr().wrapping_sub(self.start_of(level)).cast());
        self.next.set(level + 1);
        Ok(())
    }

    /// Frees the buckets from `level` on, which hold no element.
    fn free_from(&mut self, level: u32) {
        while self.next.get() > level {
            let last = self.next.get() - 1;
            let start = self.at(self.start_of(last));
            self.next.set(last);
            let size = size_of::<T>() << last;
            // SAFETY: a block of this layout exists (1).
            let layout = unsafe { Layout::from_size_align_unchecked(size, align_of::<T>()) };
            // SAFETY: it is a block of this layout (1), without elements, and out of the directory.
            unsafe { self.alloc.deallocate(start.cast(), layout) };
        }
    }

    /// Says how many elements there are.
    ///
    /// # Safety
    ///
    /// There are buckets for so many, and they are initialised.
    unsafe fn set_len(&mut self, len: usize) {
        self.len.set(len);
        self.select(len);
    }

    /// Takes the vector apart without dropping its elements: the length is 0 after.
    fn disown(&mut self) -> usize {
        let len = self.len();
        // SAFETY: none need be initialised.
        unsafe { self.set_len(0) };
        len
    }
}

impl<T, A: Allocator> Index<usize> for BumpVector<T, A> {
    type Output = T;

    #[inline]
    #[track_caller]
    fn index(&self, index: usize) -> &T {
        match self.get(index) {
            Some(element) => element,
            None => panics::out_of_bounds("out of bounds: element", index, "<", self.len()),
        }
    }
}

impl<T, A: Allocator> IndexMut<usize> for BumpVector<T, A> {
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, index: usize) -> &mut T {
        let len = self.len();
        match self.get_mut(index) {
            Some(element) => element,
            None => panics::out_of_bounds("out of bounds: element", index, "<", len),
        }
    }
}

impl<T, A: Allocator> Drop for BumpVector<T, A> {
    fn drop(&mut self) {
        /// Frees the buckets, even if dropping an element panics.
        struct Buckets<'v, T, A: Allocator>(&'v mut BumpVector<T, A>);

        impl<T, A: Allocator> Drop for Buckets<'_, T, A> {
            fn drop(&mut self) {
                if size_of::<T>() > 0 {
                    let first = self.0.first.ilog2();
                    self.0.free_from(first);
                }
            }
        }

        let buckets = Buckets(self);
        buckets.0.truncate(0);
    }
}

// SAFETY: elements, buckets and allocator are the vector's alone, and are sent with it.
unsafe impl<T: Send, A: Allocator + Send> Send for BumpVector<T, A> {}
