//! Vectors compare, order and hash as their slices do, with each other and with std's.

use core::{
    cmp::Ordering,
    hash::{Hash, Hasher},
};
use liballoc::{borrow::Cow, vec::Vec};

use super::Vector;
use crate::raw::storage::Storage;

impl<S, O> PartialEq<Vector<O>> for Vector<S>
where
    S: Storage<Item: PartialEq<O::Item>>,
    O: Storage,
{
    #[inline]
    fn eq(&self, other: &Vector<O>) -> bool {
        **self == **other
    }
}

impl<S: Storage<Item: Eq>> Eq for Vector<S> {}

/// One impl for each type that derefs to a slice.
macro_rules! equals {
    ($([$($params:tt)*] $left:ty, $right:ty;)+) => {$(
        impl<S: Storage, U, $($params)*> PartialEq<$right> for $left
        where
            S::Item: PartialEq<U>,
        {
            #[inline]
            fn eq(&self, other: &$right) -> bool {
                self[..] == other[..]
            }
        }
    )+};
}

equals! {
    [] Vector<S>, [U];
    [] Vector<S>, &[U];
    [] Vector<S>, &mut [U];
    [] Vector<S>, Vec<U>;
    [const M: usize] Vector<S>, [U; M];
    [const M: usize] Vector<S>, &[U; M];
}

/// The same with the vector on the right.
macro_rules! is_equalled_by {
    ($($left:ty;)+) => {$(
        impl<S: Storage<Item: PartialEq>> PartialEq<Vector<S>> for $left {
            #[inline]
            fn eq(&self, other: &Vector<S>) -> bool {
                self[..] == other[..]
            }
        }
    )+};
}

impl<S: Storage> PartialEq<Vector<S>> for Cow<'_, [S::Item]>
where
    S::Item: PartialEq + Clone,
{
    #[inline]
    fn eq(&self, other: &Vector<S>) -> bool {
        self[..] == other[..]
    }
}

is_equalled_by! {
    [S::Item];
    &[S::Item];
    &mut [S::Item];
    Vec<S::Item>;
}

impl<S, O> PartialOrd<Vector<O>> for Vector<S>
where
    S: Storage<Item: PartialOrd>,
    O: Storage<Item = S::Item>,
{
    #[inline]
    fn partial_cmp(&self, other: &Vector<O>) -> Option<Ordering> {
        (**self).partial_cmp(&**other)
    }
}

impl<S: Storage<Item: Ord>> Ord for Vector<S> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl<S: Storage<Item: Hash>> Hash for Vector<S> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}
