#![expect(unsafe_code, reason = "reads keys as the integers that they are")]
//! How a map searches for keys that are not std's: what the user says of them.
//!
//! The last parameter of maps and sets is a [`Search`]. [`ByType`](super::ByType), which is the default, knows std's
//! integers and strings, and compares all other keys. A type of the user's own is searched as an
//! integer is by [`ByInteger`], if it says that it is one, and as strings are by [`ByPrefix`], if it says
//! which number goes before its order.
//!
//! What is said of the order may be wrong, as `Ord` may be: then entries are not found, or are there
//! twice, and no more comes of it. Only what an [`IntegerKey`] says of its bits must be true.

use core::num::NonZero;

use liballoc::{string::String, vec::Vec};

use crate::{
    collections::flat::rank::{Needles, Place, Ranks, Task, first_eight},
    raw::search::Lane,
};

/// How the keys `K` of a map are searched: [`ByType`](super::ByType), [`ByInteger`] or [`ByPrefix`].
pub trait Search<K>: Ranks<K> + Finds<K, K> {}

impl<K, S: Ranks<K> + Finds<K, K>> Search<K> for S {}

/// A [`Search`] that finds a `K` by a `Q`: [`ByType`](super::ByType) by all that `K` can be compared with, the others
/// by what is an [`IntegerKey`] or [`PrefixKey`] as well.
pub trait Finds<K, Q: ?Sized>: Needles<K, Q> {}

impl<K, Q: ?Sized, S: Needles<K, Q>> Finds<K, Q> for S {}

/// `u8`, `u16`, `u32`, `u64`, `i8`, `i16`, `i32` or `i64`.
pub trait Integer: Lane {}

impl<L: Lane> Integer for L {}

/// A key that is an integer by another name, for [`ByInteger`].
///
/// Its order should be the integer's. If it is another one, keys may not be found.
///
/// ```
/// use larder::{FlatMap, alloc::Global, collections::flat::{ByInteger, IntegerKey}};
///
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
/// #[repr(transparent)]
/// struct Id(u64);
///
/// // SAFETY: it is a `u64` and nothing else.
/// unsafe impl IntegerKey for Id {
///     type Integer = u64;
/// }
///
/// type ById<V> = FlatMap<Id, V, Global, ByInteger>;
/// let names: ById<_> = [(Id(7), "seven"), (Id(3), "three")].into_iter().collect();
/// assert_eq!(names.get(&Id(7)), Some(&"seven"));
/// assert_eq!(names.get_many([&Id(3), &Id(4)]), [Some(&"three"), None]);
/// ```
///
/// # Safety
///
/// Size and alignment are those of the integer, all bytes are always initialised, and none is in an
/// `UnsafeCell`: so it is with `#[repr(transparent)]` around the integer, or around such a type. (A
/// wrong size or alignment does not compile where the key is used.)
pub unsafe trait IntegerKey: Sized {
    /// Which integer it is.
    type Integer: Integer;
}

/// Keys are searched as the integers that they say they are. The map keeps nothing beside them.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByInteger;

/// A key with a number that goes before its order, for [`ByPrefix`].
///
/// If the numbers of two keys differ, the keys should differ, in the same direction; of equal keys they
/// should be the same. If they are not so, keys may not be found.
///
/// ```
/// use larder::{FlatMap, alloc::Global, collections::flat::{ByPrefix, PrefixKey}};
///
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
/// struct Name([u8; 16]);
///
/// impl PrefixKey for Name {
///     fn prefix(&self) -> u64 {
///         self.0.prefix() // The first eight bytes, as bytes are ordered.
///     }
/// }
///
/// let mut ages = FlatMap::<_, _, Global, ByPrefix>::default();
/// ages.insert(Name(*b"Ada             "), 36);
/// ages.insert(Name(*b"Alan            "), 41);
/// assert_eq!(ages[&Name(*b"Alan            ")], 41);
/// ```
pub trait PrefixKey {
    /// The number.
    fn prefix(&self) -> u64;
}

/// Keys are searched by a number that they give, and compared where it is the same. The map keeps these
/// numbers beside the keys, 8 bytes a slot.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByPrefix;

/// The integer that a key is.
#[inline]
fn integer<K: IntegerKey>(key: &K) -> K::Integer {
    const {
        assert!(
            size_of::<K>() == size_of::<K::Integer>()
                && align_of::<K>() == align_of::<K::Integer>(),
            "a key that is an integer has the integer's size and alignment"
        );
    }
    // SAFETY: it is an integer of that size, as whoever implemented the trait promised.
    unsafe { (&raw const *key).cast::<K::Integer>().read() }
}

impl<K: IntegerKey> Ranks<K> for ByInteger {
    #[inline]
    fn place() -> Place {
        Place::Keys
    }

    #[inline]
    fn with_lanes<T: Task>(task: T) -> Option<T::Out> {
        Some(task.run::<K::Integer>())
    }

    #[inline]
    fn prefix(_: &K, _: usize) -> Option<u64> {
        None
    }
}

impl<K: IntegerKey, Q: IntegerKey<Integer = K::Integer>> Needles<K, Q> for ByInteger {
    #[inline]
    fn needle<L: Lane>(sought: &Q, _: usize) -> Option<L> {
        Some(L::from_bits(integer(sought).bits().cast_unsigned()))
    }
}

impl<K: PrefixKey> Ranks<K> for ByPrefix {
    const ASKS: bool = true;

    #[inline]
    fn place() -> Place {
        Place::Beside
    }

    #[inline]
    fn with_lanes<T: Task>(task: T) -> Option<T::Out> {
        Some(task.run::<u64>())
    }

    #[inline]
    fn prefix(key: &K, _: usize) -> Option<u64> {
        Some(key.prefix())
    }
}

impl<K: PrefixKey, Q: ?Sized + PrefixKey> Needles<K, Q> for ByPrefix {
    #[inline]
    fn needle<L: Lane>(sought: &Q, _: usize) -> Option<L> {
        Some(L::from_bits(sought.prefix()))
    }
}

macro_rules! integers {
    ($($int:ty)+) => {$(
        // SAFETY: it is itself.
        unsafe impl IntegerKey for $int {
            type Integer = $int;
        }
        // SAFETY: it is the integer, and never 0.
        unsafe impl IntegerKey for NonZero<$int> {
            type Integer = $int;
        }
    )+};
}

integers! { u64 i64 u32 i32 u16 i16 u8 i8 }

// SAFETY: a `char` is a `u32` in some ranges.
unsafe impl IntegerKey for char {
    type Integer = u32;
}

impl PrefixKey for [u8] {
    #[inline]
    fn prefix(&self) -> u64 {
        first_eight(self)
    }
}

impl<const N: usize> PrefixKey for [u8; N] {
    #[inline]
    fn prefix(&self) -> u64 {
        first_eight(self)
    }
}

impl PrefixKey for str {
    #[inline]
    fn prefix(&self) -> u64 {
        first_eight(self.as_bytes())
    }
}

impl PrefixKey for Vec<u8> {
    #[inline]
    fn prefix(&self) -> u64 {
        first_eight(self)
    }
}

impl PrefixKey for String {
    #[inline]
    fn prefix(&self) -> u64 {
        first_eight(self.as_bytes())
    }
}

impl<T: ?Sized + PrefixKey> PrefixKey for &T {
    #[inline]
    fn prefix(&self) -> u64 {
        T::prefix(self)
    }
}
