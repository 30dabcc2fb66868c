//! What std's traits say about the set.

use core::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    ops::{BitAnd, BitOr, BitXor, Sub},
    slice,
};

use crate::{
    alloc::{Allocator, Refusal},
    collections::flat::{FlatSet, IntoKeys, Search},
};

impl<K, A: Allocator, S: Search<K>> FlatSet<K, A, S> {
    /// A copy in another allocator. O(n).
    ///
    /// # Errors
    ///
    /// If there is no memory.
    pub fn try_clone_in<B: Allocator>(&self, alloc: B) -> Result<FlatSet<K, B, S>, Refusal>
    where
        K: Clone,
    {
        Ok(FlatSet { map: self.map.try_clone_in(alloc)? })
    }

    /// A copy in a clone of the allocator. O(n).
    ///
    /// # Errors
    ///
    /// If there is no memory.
    pub fn try_clone(&self) -> Result<Self, Refusal>
    where
        K: Clone,
        A: Clone,
    {
        self.try_clone_in(self.allocator().clone())
    }
}

impl<K: Clone, A: Allocator + Clone, S: Search<K>> Clone for FlatSet<K, A, S> {
    #[track_caller]
    fn clone(&self) -> Self {
        Self { map: self.map.clone() }
    }
}

impl<K, A: Allocator + Default, S: Search<K>> Default for FlatSet<K, A, S> {
    fn default() -> Self {
        Self::searched_in(A::default())
    }
}

impl<K: fmt::Debug, A: Allocator, S: Search<K>> fmt::Debug for FlatSet<K, A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

impl<K: PartialEq, A: Allocator, S: Search<K>> PartialEq for FlatSet<K, A, S> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<K: Eq, A: Allocator, S: Search<K>> Eq for FlatSet<K, A, S> {}

impl<K: PartialOrd, A: Allocator, S: Search<K>> PartialOrd for FlatSet<K, A, S> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.as_slice().partial_cmp(other.as_slice())
    }
}

impl<K: Ord, A: Allocator, S: Search<K>> Ord for FlatSet<K, A, S> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl<K: Hash, A: Allocator, S: Search<K>> Hash for FlatSet<K, A, S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl<K: Ord, A: Allocator, S: Search<K>> Extend<K> for FlatSet<K, A, S> {
    /// All at once: see [`FlatMap::try_extend`](crate::FlatMap::try_extend).
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        self.map.extend(keys.into_iter().map(|key| (key, ())));
    }
}

impl<'a, K: Ord + Copy, A: Allocator, S: Search<K>> Extend<&'a K> for FlatSet<K, A, S> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a K>>(&mut self, keys: I) {
        self.extend(keys.into_iter().copied());
    }
}

impl<K: Ord, A: Allocator + Default, S: Search<K>> FromIterator<K> for FlatSet<K, A, S> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let mut set = Self::default();
        set.extend(keys);
        set
    }
}

impl<K: Ord, const N: usize> From<[K; N]> for FlatSet<K> {
    #[track_caller]
    fn from(keys: [K; N]) -> Self {
        keys.into_iter().collect()
    }
}

impl<K, A: Allocator, S: Search<K>> IntoIterator for FlatSet<K, A, S> {
    type Item = K;
    type IntoIter = IntoKeys<K, (), A, S>;

    fn into_iter(self) -> IntoKeys<K, (), A, S> {
        self.map.into_keys()
    }
}

impl<'a, K, A: Allocator, S: Search<K>> IntoIterator for &'a FlatSet<K, A, S> {
    type Item = &'a K;
    type IntoIter = slice::Iter<'a, K>;

    #[inline]
    fn into_iter(self) -> slice::Iter<'a, K> {
        self.iter()
    }
}

/// The operators: what two sets have together, in a set of the left one's allocator.
macro_rules! operators {
    ($($trait:ident $method:ident $operation:ident)+) => {$(
        impl<K: Ord + Clone, A: Allocator + Clone, B: Allocator, S: Search<K>> $trait<&FlatSet<K, B, S>>
            for &FlatSet<K, A, S>
        {
            type Output = FlatSet<K, A, S>;
            #[track_caller]
            fn $method(self, other: &FlatSet<K, B, S>) -> FlatSet<K, A, S> {
                let mut set = FlatSet::searched_in(self.allocator().clone());
                set.extend(self.$operation(other).cloned());
                set
            }
        }
    )+};
}

operators! {
    BitAnd bitand intersection
    BitOr bitor union
    BitXor bitxor symmetric_difference
    Sub sub difference
}
