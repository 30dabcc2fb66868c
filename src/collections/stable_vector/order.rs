//! Putting handles in the order of their elements, which stay where they are.

use core::cmp::Ordering;

use super::{Key, KeyedVector};
use crate::alloc::Allocator;

impl<T, K: Key, A: Allocator> KeyedVector<T, K, A> {
    /// Sorts handles by their elements. Handles of equal elements are in the order of the vector;
    /// those that name none come last. Allocates nothing. O(n log n).
    ///
    /// ```
    /// let list: larder::StableVector<_> = ["plum", "fig", "pear"].into();
    /// let mut handles: Vec<_> = list.handles().collect();
    /// list.sort_handles(&mut handles);
    /// assert_eq!([list[handles[0]], list[handles[1]], list[handles[2]]], ["fig", "pear", "plum"]);
    /// ```
    pub fn sort_handles(&self, handles: &mut [K])
    where
        T: Ord,
    {
        self.sort_handles_by(handles, T::cmp);
    }

    /// [`sort_handles`](Self::sort_handles) by a comparison.
    pub fn sort_handles_by(&self, handles: &mut [K], mut compare: impl FnMut(&T, &T) -> Ordering) {
        handles.sort_unstable_by(|left, right| {
            let order = match (self.get(*left), self.get(*right)) {
                (Some(a), Some(b)) => compare(a, b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            };
            order.then_with(|| left.cmp(right))
        });
    }

    /// [`sort_handles`](Self::sort_handles) by a key of the elements.
    pub fn sort_handles_by_key<O: Ord>(&self, handles: &mut [K], mut key: impl FnMut(&T) -> O) {
        self.sort_handles_by(handles, |left, right| key(left).cmp(&key(right)));
    }
}
