#![expect(unsafe_code, reason = "looks at keys as the types that they are")]
//! Keys whose order an integer knows.
//!
//! A key is **ranked** when an integer of it never contradicts its order: if the integers differ, so
//! do the keys, and in the same direction. Integers are their own rank and lie in the key array
//! already. Strings and byte strings have their first eight bytes, as a number, in an array beside the
//! keys; 128-bit integers their upper half. All other keys are only `Ord`, and need not be more.
//!
//! Which a key is, its type decides, or the [`Search`](super::Search) of the map, and the compiler knows
//! the answer: every function here is a constant, or a few instructions, once it is compiled. [`ByType`]
//! asks for no trait, as there is no way in Rust to ask for one only if it is there; it knows std's types.
//! The two that ask for one are in `key`.
//!
//! Invariants:
//!
//! 1. [`is`] is true only of one type under two names, lifetimes apart.
//! 2. If [`Ranks::place`] is `Keys`, the key is that integer. If it is `Beside`, [`Ranks::prefix`] of a
//!    key is `Some`.

use core::{any::TypeId, marker::PhantomData};

use liballoc::{borrow::Cow, boxed::Box, rc::Rc, string::String, sync::Arc, vec::Vec};

use crate::raw::search::Lane;

/// Where the ranks of a key type are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(unnameable_types, reason = "it is in methods that only this module calls")]
pub enum Place {
    /// Nowhere: the key is only `Ord`.
    Nowhere,
    /// The keys are the ranks.
    Keys,
    /// In an array of their own, as `u64`.
    Beside,
}

/// The identity of a type, lifetimes apart.
#[inline]
fn id<T: ?Sized>() -> TypeId {
    trait Named {
        fn id(&self) -> TypeId
        where
            Self: 'static;
    }
    impl<T: ?Sized> Named for PhantomData<T> {
        #[inline]
        fn id(&self) -> TypeId
        where
            Self: 'static,
        {
            TypeId::of::<T>()
        }
    }
    let named = PhantomData::<T>;
    let named: &(dyn Named + '_) = &named;
    // SAFETY: the two differ in a bound only. What is behind has no data, and its one method uses the
    // type's name and nothing that lives as long as the bound says.
    let named = unsafe { *(&raw const named).cast::<&(dyn Named + 'static)>() };
    named.id()
}

/// Whether the two are one type, lifetimes apart. `U` has none, or may have any.
#[inline]
fn is<T: ?Sized, U: ?Sized + 'static>() -> bool {
    id::<T>() == TypeId::of::<U>()
}

/// What is to be done with the ranks of a key type.
#[expect(unnameable_types, reason = "it is in methods that only this module calls")]
pub trait Task {
    /// What it leads to.
    type Out;
    /// Does it, with the integer that the ranks are.
    fn run<L: Lane>(self) -> Self::Out;
}

/// How keys are ranked: what a [`Search`](super::Search) knows.
#[expect(unnameable_types, reason = "so that it is ours alone to implement")]
pub trait Ranks<K> {
    /// Whether [`prefix`](Self::prefix) is the user's code, which may panic.
    const ASKS: bool = false;
    /// Where the ranks are.
    fn place() -> Place;
    /// Does `task` with the integer that the ranks are, if the keys are ranked.
    fn with_lanes<T: Task>(task: T) -> Option<T::Out>;
    /// The rank of a key whose ranks lie beside it; `skip` bytes of a string are left out.
    fn prefix(key: &K, skip: usize) -> Option<u64>;
    /// The bytes that something is ordered by, if ranks are what it begins with.
    #[inline]
    fn bytes<Q: ?Sized>(_: &Q) -> Option<&[u8]> {
        None
    }
}

/// What a [`Search`](super::Search) knows of what is sought.
#[expect(unnameable_types, reason = "so that it is ours alone to implement")]
pub trait Needles<K, Q: ?Sized> {
    /// The rank to look for, if there is one; `skip` bytes of a string are left out.
    fn needle<L: Lane>(sought: &Q, skip: usize) -> Option<L>;
}

/// What type the keys have decides how they are searched: integers, strings and byte strings of std by
/// their ranks, all others by comparing. It asks nothing of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByType;

impl<K> Ranks<K> for ByType {
    #[inline]
    fn place() -> Place {
        place::<K>()
    }

    #[inline]
    fn with_lanes<T: Task>(task: T) -> Option<T::Out> {
        with_lanes::<K, T>(task)
    }

    #[inline]
    fn prefix(key: &K, skip: usize) -> Option<u64> {
        prefix(key, skip)
    }

    #[inline]
    fn bytes<Q: ?Sized>(value: &Q) -> Option<&[u8]> {
        bytes(value)
    }
}

impl<K, Q: ?Sized> Needles<K, Q> for ByType {
    /// `None` unless `sought` is a `K`, or what one is borrowed as.
    #[inline]
    fn needle<L: Lane>(sought: &Q, skip: usize) -> Option<L> {
        match place::<K>() {
            Place::Nowhere => None,
            Place::Beside => prefix(sought, skip).map(L::from_bits),
            Place::Keys if id::<Q>() == id::<K>() => {
                // SAFETY: `sought` is a `K`, and that is an integer like `L` (2).
                Some(unsafe { (&raw const *sought).cast::<L>().read() })
            }
            Place::Keys => None,
        }
    }
}

#[inline]
fn with_lanes<K, T: Task>(task: T) -> Option<T::Out> {
    let wide = size_of::<usize>() == 8;
    Some(if is::<K, u64>() || (wide && is::<K, usize>()) || place::<K>() == Place::Beside {
        task.run::<u64>()
    } else if is::<K, i64>() || (wide && is::<K, isize>()) {
        task.run::<i64>()
    } else if is::<K, u32>() || is::<K, char>() || (!wide && is::<K, usize>()) {
        task.run::<u32>()
    } else if is::<K, i32>() || (!wide && is::<K, isize>()) {
        task.run::<i32>()
    } else if is::<K, u16>() {
        task.run::<u16>()
    } else if is::<K, i16>() {
        task.run::<i16>()
    } else if is::<K, u8>() {
        task.run::<u8>()
    } else if is::<K, i8>() {
        task.run::<i8>()
    } else {
        return None;
    })
}

#[inline]
fn place<K>() -> Place {
    if is_long_integer::<K>() || is_bytes::<K>() {
        Place::Beside
    } else if is::<K, u64>()
        || is::<K, i64>()
        || is::<K, usize>()
        || is::<K, isize>()
        || is::<K, u32>()
        || is::<K, i32>()
        || is::<K, char>()
        || is::<K, u16>()
        || is::<K, i16>()
        || is::<K, u8>()
        || is::<K, i8>()
    {
        Place::Keys
    } else {
        Place::Nowhere
    }
}

#[inline]
fn is_long_integer<T: ?Sized>() -> bool {
    is::<T, u128>() || is::<T, i128>()
}

#[inline]
fn is_bytes<T: ?Sized>() -> bool {
    is::<T, String>()
        || is::<T, &'static str>()
        || is::<T, Box<str>>()
        || is::<T, Rc<str>>()
        || is::<T, Arc<str>>()
        || is::<T, Cow<'static, str>>()
        || is::<T, Vec<u8>>()
        || is::<T, &'static [u8]>()
        || is::<T, Box<[u8]>>()
}

#[inline]
fn bytes<T: ?Sized>(value: &T) -> Option<&[u8]> {
    // SAFETY (each block below): the types are the same, lifetimes apart (1), and what the reference
    // leads to is borrowed for no longer than `value` is.
    let at = (&raw const *value).cast::<u8>();
    Some(if is::<T, String>() {
        // SAFETY: see above.
        unsafe { &*at.cast::<String>() }.as_bytes()
    } else if is::<T, str>() || is::<T, [u8]>() {
        // SAFETY: a reference to either is an address and a number of bytes.
        unsafe { *(&raw const value).cast::<&[u8]>() }
    } else if is::<T, &'static str>() {
        // SAFETY: see above.
        unsafe { &*at.cast::<&str>() }.as_bytes()
    } else if is::<T, Box<str>>() {
        // SAFETY: see above.
        unsafe { &*at.cast::<Box<str>>() }.as_bytes()
    } else if is::<T, Rc<str>>() {
        // SAFETY: see above.
        unsafe { &*at.cast::<Rc<str>>() }.as_bytes()
    } else if is::<T, Arc<str>>() {
        // SAFETY: see above.
        unsafe { &*at.cast::<Arc<str>>() }.as_bytes()
    } else if is::<T, Cow<'static, str>>() {
        // SAFETY: see above.
        unsafe { &*at.cast::<Cow<'_, str>>() }.as_bytes()
    } else if is::<T, Vec<u8>>() {
        // SAFETY: see above.
        unsafe { &*at.cast::<Vec<u8>>() }
    } else if is::<T, &'static [u8]>() {
        // SAFETY: see above.
        unsafe { &*at.cast::<&[u8]>() }
    } else if is::<T, Box<[u8]>>() {
        // SAFETY: see above.
        unsafe { &*at.cast::<Box<[u8]>>() }
    } else {
        return None;
    })
}

/// The rank of a key whose ranks lie beside it, or of what such a key is borrowed as; `skip` bytes of
/// a string are left out.
#[inline]
fn prefix<T: ?Sized>(value: &T, skip: usize) -> Option<u64> {
    let at = (&raw const *value).cast::<u8>();
    if is::<T, u128>() {
        // SAFETY: it is one (1).
        Some((unsafe { at.cast::<u128>().read() } >> 64) as u64)
    } else if is::<T, i128>() {
        // SAFETY: it is one (1). The sign's bit is turned over, which makes the order that of `u64`.
        Some((unsafe { at.cast::<i128>().read() } >> 64) as u64 ^ (1 << 63))
    } else {
        bytes(value).map(|bytes| first_eight(bytes.get(skip..).unwrap_or(&[])))
    }
}

/// The first eight bytes as a number, zeros behind fewer. Short strings are read by two words that
/// overlap: a copy of a length that is not known would be a call.
#[inline]
pub(super) fn first_eight(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    if let Some(first) = bytes.first_chunk::<8>() {
        return u64::from_be_bytes(*first);
    }
    let shift = 8 * (8 - len as u32);
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        u64::from(u32::from_be_bytes(*first)) << 32 | u64::from(u32::from_be_bytes(*last)) << shift
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<2>(), bytes.last_chunk::<2>()) {
        u64::from(u16::from_be_bytes(*first)) << 48 | u64::from(u16::from_be_bytes(*last)) << shift
    } else {
        bytes.first().map_or(0, |first| u64::from(*first) << 56)
    }
}

/// The rank of a key as a number that sorts as the key does; 0 for all keys that have none. `skip`
/// bytes of a string are left out.
#[inline]
pub(super) fn order<K, S: Ranks<K> + Needles<K, K>>(key: &K, skip: usize) -> u64 {
    struct Order<'a, K, S>(&'a K, usize, PhantomData<S>);
    impl<K, S: Needles<K, K>> Task for Order<'_, K, S> {
        type Out = Option<u64>;
        #[inline]
        fn run<L: Lane>(self) -> Option<u64> {
            let turn = if L::SIGNED { 1 << 63 } else { 0 };
            S::needle::<L>(self.0, self.1).map(|rank| rank.bits().cast_unsigned() ^ turn)
        }
    }
    S::with_lanes(Order(key, skip, PhantomData::<S>)).flatten().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::{format, string::ToString, vec};

    use super::*;

    #[test]
    fn types_are_told_apart_and_lifetimes_are_not() {
        fn of<'a>(_: &'a str) -> Place {
            place::<&'a str>()
        }
        assert_eq!(of(String::from("x").as_str()), Place::Beside);
        assert_eq!(place::<u64>(), Place::Keys);
        assert_eq!(place::<(u64, u64)>(), Place::Nowhere);
        assert_eq!(place::<core::cmp::Reverse<u64>>(), Place::Nowhere);
        assert_eq!(place::<bool>(), Place::Nowhere);
    }

    #[test]
    fn prefixes_never_contradict_the_order() {
        let mut words = vec![String::new(), "\0".into(), "a".into(), "a\0".into(), "ab".into()];
        for n in 0..300_u64 {
            words.push(format!("{:x}", n * 0x1234_5678_9ABC));
            words.push("x".repeat(n as usize % 12) + &n.to_string());
        }
        for a in &words {
            for b in &words {
                let (x, y) = (prefix(a, 0).unwrap(), prefix(b.as_str(), 0).unwrap());
                assert!(x == y || a.cmp(b) == x.cmp(&y), "{a:?} {b:?}");
            }
            assert_eq!(prefix(a, 0), prefix(a.as_bytes(), 0));
            assert_eq!(prefix(a, 0), prefix(&a.as_str(), 0));
        }
        assert_eq!(prefix(&-1_i128, 0).cmp(&prefix(&1_i128, 0)), (-1).cmp(&1));
        assert_eq!(prefix(&(1_u128 << 64), 0), Some(1));
    }

    #[test]
    fn order_is_that_of_the_keys() {
        let sorted = [i64::MIN, -1, 0, 1, i64::MAX].map(|k| order::<_, ByType>(&k, 0));
        assert!(sorted.is_sorted_by(|a, b| a < b));
        let sorted = [i8::MIN, -1, 0, 1, i8::MAX].map(|k| order::<_, ByType>(&k, 0));
        assert!(sorted.is_sorted_by(|a, b| a < b));
        assert_eq!(
            order::<_, ByType>(&"b".to_string(), 0).cmp(&order::<_, ByType>(&"c".to_string(), 0)),
            1.cmp(&2)
        );
        assert_eq!(order::<_, ByType>(&(1, 2), 0), 0);
    }
}
