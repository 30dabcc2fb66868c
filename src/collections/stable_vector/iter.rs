#![expect(unsafe_code, reason = "borrows elements from their slots")]
//! Iterators over a vector: by sharing, to write, by value, with handles or without. Each is a
//! [`Visit`] of the slots, which it borrows or owns, and hands its own folds on to it.

use core::{fmt, iter::FusedIterator, marker::PhantomData, mem::ManuallyDrop, ptr};

use super::{Key, KeyedVector};
use crate::{
    alloc::{Allocator, Global},
    raw::slots::{Found, Slots, Visit},
};

/// The elements of a vector; made by [`KeyedVector::iter`].
pub struct Iter<'a, T> {
    visit: Visit<T>,
    marker: PhantomData<&'a T>,
}

/// The elements of a vector, to write; made by [`KeyedVector::iter_mut`].
pub struct IterMut<'a, T> {
    visit: Visit<T>,
    marker: PhantomData<&'a mut T>,
}

/// The elements of a vector with their handles; made by [`KeyedVector::pairs`].
pub struct Pairs<'a, T, K: Key, A: Allocator = Global> {
    visit: Visit<T>,
    slots: &'a Slots<T, K, A>,
}

/// The elements of a vector, to write, with their handles; made by [`KeyedVector::pairs_mut`].
pub struct PairsMut<'a, T, K: Key, A: Allocator = Global> {
    visit: Visit<T>,
    // Shared, since the elements are apart from the slots and are borrowed by the marker.
    slots: &'a Slots<T, K, A>,
    marker: PhantomData<&'a mut T>,
}

/// The handles of a vector; made by [`KeyedVector::handles`].
pub struct Handles<'a, T, K: Key, A: Allocator = Global> {
    visit: Visit<T>,
    slots: &'a Slots<T, K, A>,
}

/// The elements of a vector, by value.
pub struct IntoIter<T, K: Key, A: Allocator = Global> {
    visit: Visit<T>,
    slots: Slots<T, K, A>,
}

/// The elements of a vector, by value, with the handles that named them; made by
/// [`KeyedVector::into_pairs`].
pub struct IntoPairs<T, K: Key, A: Allocator = Global>(IntoIter<T, K, A>);

/// The `Iterator` family for a type with a field `visit`, whose items `$make` makes of places.
macro_rules! iterates {
    ([$($params:tt)*] $type:ty, $item:ty, |$this:ident, $found:ident| $make:expr) => {
        #[allow(single_use_lifetimes, reason = "the list of parameters is the same for all impls")]
        impl<$($params)*> Iterator for $type {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<$item> {
                let $found = self.visit.next()?;
                let $this = &*self;
                Some($make)
            }

            #[inline]
            fn size_hint(&self) -> (usize, Option<usize>) {
                self.visit.size_hint()
            }

            #[inline]
            fn count(self) -> usize {
                self.len()
            }

            #[inline]
            fn fold<B, F: FnMut(B, $item) -> B>(self, init: B, mut f: F) -> B {
                let $this = &self;
                $this.visit.clone().fold(init, |all, $found| f(all, $make))
            }
        }

        #[allow(single_use_lifetimes, reason = "the list of parameters is the same for all impls")]
        impl<$($params)*> DoubleEndedIterator for $type {
            #[inline]
            fn next_back(&mut self) -> Option<$item> {
                let $found = self.visit.next_back()?;
                let $this = &*self;
                Some($make)
            }

            #[inline]
            fn rfold<B, F: FnMut(B, $item) -> B>(self, init: B, mut f: F) -> B {
                let $this = &self;
                $this.visit.clone().rfold(init, |all, $found| f(all, $make))
            }
        }

        #[allow(single_use_lifetimes, reason = "the list of parameters is the same for all impls")]
        impl<$($params)*> ExactSizeIterator for $type {
            #[inline]
            fn len(&self) -> usize {
                self.visit.len()
            }
        }

        #[allow(single_use_lifetimes, reason = "the list of parameters is the same for all impls")]
        impl<$($params)*> FusedIterator for $type {}

        #[allow(single_use_lifetimes, reason = "the list of parameters is the same for all impls")]
        impl<$($params)*> fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let name = stringify!($type);
                let name = name.split('<').next().unwrap_or(name).trim();
                f.debug_struct(name).field("left", &self.len()).finish_non_exhaustive()
            }
        }
    };
}

iterates!(['a, T] Iter<'a, T>, &'a T, |_this, found| {
    // SAFETY: there is an element, which is borrowed for `'a` with the vector.
    unsafe { found.ptr().as_ref() }
});

iterates!(['a, T] IterMut<'a, T>, &'a mut T, |_this, found| {
    // SAFETY: there is an element, which is borrowed for `'a` with the vector, and yielded once.
    unsafe { found.ptr().as_mut() }
});

iterates!(['a, T, K: Key, A: Allocator] Pairs<'a, T, K, A>, (K, &'a T), |this, found| {
    // SAFETY: there is an element, which is borrowed for `'a` with the vector.
    let element = unsafe { found.ptr().as_ref() };
    // SAFETY: it was found in these slots.
    (unsafe { this.slots.handle_of(found) }, element)
});

iterates!(['a, T, K: Key, A: Allocator] PairsMut<'a, T, K, A>, (K, &'a mut T), |this, found| {
    // SAFETY: there is an element, which is borrowed for `'a` with the vector, and yielded once.
    let element = unsafe { found.ptr().as_mut() };
    // SAFETY: it was found in these slots.
    (unsafe { this.slots.handle_of(found) }, element)
});

iterates!(['a, T, K: Key, A: Allocator] Handles<'a, T, K, A>, K, |this, found| {
    // SAFETY: it was found in these slots.
    unsafe { this.slots.handle_of(found) }
});

impl<T, K: Key, A: Allocator> Iterator for IntoIter<T, K, A> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        // SAFETY: there is an element, and the visit does not come back to it.
        self.visit.next().map(|found| unsafe { found.ptr().read() })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.visit.size_hint()
    }
}

impl<T, K: Key, A: Allocator> DoubleEndedIterator for IntoIter<T, K, A> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        // SAFETY: there is an element, and the visit does not come back to it.
        self.visit.next_back().map(|found| unsafe { found.ptr().read() })
    }
}

impl<T, K: Key, A: Allocator> ExactSizeIterator for IntoIter<T, K, A> {}
impl<T, K: Key, A: Allocator> FusedIterator for IntoIter<T, K, A> {}

impl<T, K: Key, A: Allocator> IntoPairs<T, K, A> {
    fn pair(&self, found: Found<T>) -> (K, T) {
        // SAFETY: the callers have it from the visit of these slots.
        let handle = unsafe { self.0.slots.handle_of(found) };
        // SAFETY: there is an element, and the visit does not come back to it.
        (handle, unsafe { found.ptr().read() })
    }
}

impl<T, K: Key, A: Allocator> Iterator for IntoPairs<T, K, A> {
    type Item = (K, T);

    #[inline]
    fn next(&mut self) -> Option<(K, T)> {
        let found = self.0.visit.next()?;
        Some(self.pair(found))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T, K: Key, A: Allocator> DoubleEndedIterator for IntoPairs<T, K, A> {
    #[inline]
    fn next_back(&mut self) -> Option<(K, T)> {
        let found = self.0.visit.next_back()?;
        Some(self.pair(found))
    }
}

impl<T, K: Key, A: Allocator> ExactSizeIterator for IntoPairs<T, K, A> {}
impl<T, K: Key, A: Allocator> FusedIterator for IntoPairs<T, K, A> {}

impl<T, K: Key, A: Allocator> fmt::Debug for IntoPairs<T, K, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoPairs").field("left", &self.len()).finish_non_exhaustive()
    }
}

impl<T, K: Key, A: Allocator> IntoIter<T, K, A> {
    /// The allocator.
    #[must_use]
    pub fn allocator(&self) -> &A {
        self.slots.allocator()
    }
}

impl<T, K: Key, A: Allocator> Drop for IntoIter<T, K, A> {
    fn drop(&mut self) {
        // SAFETY: what is left is nobody's; the slots free their memory next and nothing else.
        unsafe { self.visit.clone().drop_all() };
    }
}

impl<T, K: Key, A: Allocator> fmt::Debug for IntoIter<T, K, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").field("left", &self.len()).finish_non_exhaustive()
    }
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { visit: self.visit.clone(), marker: PhantomData }
    }
}

impl<T, K: Key, A: Allocator> Clone for Pairs<'_, T, K, A> {
    fn clone(&self) -> Self {
        Self { visit: self.visit.clone(), slots: self.slots }
    }
}

impl<T, K: Key, A: Allocator> Clone for Handles<'_, T, K, A> {
    fn clone(&self) -> Self {
        Self { visit: self.visit.clone(), slots: self.slots }
    }
}

impl<T, K: Key, A: Allocator> KeyedVector<T, K, A> {
    /// The elements. By `for_each` and `fold`, and what is built on them as `sum` is, a block at a
    /// time.
    #[inline]
    #[must_use]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { visit: self.slots.visit(), marker: PhantomData }
    }

    /// The elements, to write.
    #[inline]
    #[must_use]
    pub fn iter_mut(&mut self) -> IterMut<'_, T> {
        IterMut { visit: self.slots.visit(), marker: PhantomData }
    }

    /// The elements with their handles.
    ///
    /// ```
    /// let list: larder::StableVector<_> = (10..20).collect();
    /// assert!(list.pairs().all(|(handle, element)| list[handle] == *element));
    /// ```
    #[inline]
    #[must_use]
    pub fn pairs(&self) -> Pairs<'_, T, K, A> {
        Pairs { visit: self.slots.visit(), slots: &self.slots }
    }

    /// The elements, to write, with their handles.
    #[inline]
    #[must_use]
    pub fn pairs_mut(&mut self) -> PairsMut<'_, T, K, A> {
        PairsMut { visit: self.slots.visit(), slots: &self.slots, marker: PhantomData }
    }

    /// The handles of all elements.
    #[inline]
    #[must_use]
    pub fn handles(&self) -> Handles<'_, T, K, A> {
        Handles { visit: self.slots.visit(), slots: &self.slots }
    }

    /// All elements, by value, with the handles that named them: for what else is kept by handle.
    ///
    /// ```
    /// let mut list = larder::StableVector::new();
    /// let (plum, pear) = (list.insert("plum"), list.insert("pear"));
    /// assert!(list.into_pairs().eq([(plum, "plum"), (pear, "pear")]));
    /// ```
    #[must_use]
    pub fn into_pairs(self) -> IntoPairs<T, K, A> {
        IntoPairs(self.into_iter())
    }

    /// Takes the slots out, with the elements.
    pub(super) fn into_slots(self) -> Slots<T, K, A> {
        let this = ManuallyDrop::new(self);
        // SAFETY: `this` is never dropped or used again, so the slots are moved out once.
        unsafe { ptr::read(&raw const this.slots) }
    }
}

impl<T, K: Key, A: Allocator> IntoIterator for KeyedVector<T, K, A> {
    type Item = T;
    type IntoIter = IntoIter<T, K, A>;

    fn into_iter(self) -> IntoIter<T, K, A> {
        let slots = self.into_slots();
        IntoIter { visit: slots.visit(), slots }
    }
}

impl<'a, T, K: Key, A: Allocator> IntoIterator for &'a KeyedVector<T, K, A> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    #[inline]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T, K: Key, A: Allocator> IntoIterator for &'a mut KeyedVector<T, K, A> {
    type Item = &'a mut T;
    type IntoIter = IterMut<'a, T>;

    #[inline]
    fn into_iter(self) -> IterMut<'a, T> {
        self.iter_mut()
    }
}

// SAFETY: it is a `&'a [T]`, in pieces.
unsafe impl<T: Sync> Send for Iter<'_, T> {}
// SAFETY: it is a `&'a [T]`, in pieces.
unsafe impl<T: Sync> Sync for Iter<'_, T> {}
// SAFETY: it is a `&'a mut [T]`, in pieces.
unsafe impl<T: Send> Send for IterMut<'_, T> {}
// SAFETY: it is a `&'a mut [T]`, in pieces; a shared one yields nothing.
unsafe impl<T: Sync> Sync for IterMut<'_, T> {}
// SAFETY: it is a shared vector, with the allocator in it.
unsafe impl<T: Sync, K: Key, A: Allocator + Sync> Send for Pairs<'_, T, K, A> {}
// SAFETY: it is a shared vector, with the allocator in it.
unsafe impl<T: Sync, K: Key, A: Allocator + Sync> Sync for Pairs<'_, T, K, A> {}
// SAFETY: it is an exclusive vector, with the allocator shared.
unsafe impl<T: Send, K: Key, A: Allocator + Sync> Send for PairsMut<'_, T, K, A> {}
// SAFETY: it is an exclusive vector, with the allocator shared; a shared one yields nothing.
unsafe impl<T: Sync, K: Key, A: Allocator + Sync> Sync for PairsMut<'_, T, K, A> {}
// SAFETY: it is a shared vector, of which it looks at no element.
unsafe impl<T: Sync, K: Key, A: Allocator + Sync> Send for Handles<'_, T, K, A> {}
// SAFETY: it is a shared vector, of which it looks at no element.
unsafe impl<T: Sync, K: Key, A: Allocator + Sync> Sync for Handles<'_, T, K, A> {}
// SAFETY: it owns the vector.
unsafe impl<T: Send, K: Key, A: Allocator + Send> Send for IntoIter<T, K, A> {}
// SAFETY: it owns the vector; a shared one yields nothing but the allocator.
unsafe impl<T: Sync, K: Key, A: Allocator + Sync> Sync for IntoIter<T, K, A> {}
