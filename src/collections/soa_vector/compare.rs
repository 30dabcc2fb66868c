//! Vectors are shown, compared, ordered and hashed row by row, and rows field by field.

use core::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};
use liballoc::vec::Vec;

use super::{
    SoaVector,
    row::{Ref, Soa},
};
use crate::alloc::Allocator;

impl<T: Soa, A: Allocator> fmt::Debug for SoaVector<T, A>
where
    for<'r> Ref<'r, T>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T: Soa, A: Allocator, B: Allocator> PartialEq<SoaVector<T, B>> for SoaVector<T, A>
where
    for<'r> Ref<'r, T>: PartialEq,
{
    fn eq(&self, other: &SoaVector<T, B>) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(mine, theirs)| mine == theirs)
    }
}

impl<T: Soa, A: Allocator> Eq for SoaVector<T, A> where for<'r> Ref<'r, T>: Eq {}

/// One impl for each type that lends a slice.
macro_rules! equals {
    ($([$($params:tt)*] $right:ty;)+) => {$(
        impl<T: Soa, A: Allocator, $($params)*> PartialEq<$right> for SoaVector<T, A>
        where
            for<'r> Ref<'r, T>: PartialEq,
        {
            fn eq(&self, other: &$right) -> bool {
                self.len() == other.len()
                    && self.iter().zip(other.iter()).all(|(mine, theirs)| mine == theirs.as_row())
            }
        }
    )+};
}

equals! {
    [] [T];
    [] &[T];
    [] Vec<T>;
    [const N: usize] [T; N];
    [const N: usize] &[T; N];
}

impl<T: Soa, A: Allocator, B: Allocator> PartialOrd<SoaVector<T, B>> for SoaVector<T, A>
where
    for<'r> Ref<'r, T>: PartialOrd,
{
    fn partial_cmp(&self, other: &SoaVector<T, B>) -> Option<Ordering> {
        for (mine, theirs) in self.iter().zip(other) {
            match mine.partial_cmp(&theirs) {
                Some(Ordering::Equal) => {}
                unequal => return unequal,
            }
        }
        self.len().partial_cmp(&other.len())
    }
}

impl<T: Soa, A: Allocator> Ord for SoaVector<T, A>
where
    for<'r> Ref<'r, T>: Ord,
{
    fn cmp(&self, other: &Self) -> Ordering {
        for (mine, theirs) in self.iter().zip(other) {
            match mine.cmp(&theirs) {
                Ordering::Equal => {}
                unequal => return unequal,
            }
        }
        self.len().cmp(&other.len())
    }
}

impl<T: Soa, A: Allocator> Hash for SoaVector<T, A>
where
    for<'r> Ref<'r, T>: Hash,
{
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        for row in self {
            row.hash(state);
        }
    }
}
