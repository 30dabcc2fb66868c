#![expect(unsafe_code, reason = "searches the tree")]
//! Looking keys up: by the tree, if key and rank are what it knows, or by comparing.

use core::{array, cmp::Ordering, hint::select_unpredictable};

use equivalent::Comparable;

use crate::{
    collections::flat::{
        key::{Finds, Search},
        rank::{Needles, Place, Task},
        store::Raw,
    },
    raw::search::Lane,
};

impl<K, V, S: Search<K>> Raw<K, V, S> {
    /// Where `sought` is, or where it would be inserted. Asks the keys, and `sought`.
    #[inline]
    pub(in crate::collections::flat) fn find<Q: ?Sized + Comparable<K>>(
        &self,
        sought: &Q,
    ) -> Result<usize, usize>
    where
        S: Finds<K, Q>,
    {
        struct Find<'a, K, V, S: Search<K>, Q: ?Sized>(&'a Raw<K, V, S>, &'a Q);
        impl<K, V, S: Search<K> + Finds<K, Q>, Q: ?Sized + Comparable<K>> Task for Find<'_, K, V, S, Q> {
            type Out = Option<Result<usize, usize>>;
            #[inline]
            fn run<L: Lane>(self) -> Self::Out {
                let Self(raw, sought) = self;
                let needle = <S as Needles<K, Q>>::needle::<L>(sought, raw.skip)?;
                // SAFETY: there are slots, and they are a tree (3).
                let slot = unsafe { raw.tree::<L>().lower_bound(needle) };
                Some(raw.settle(sought, needle, slot))
            }
        }
        if self.len == 0 {
            return Err(0);
        }
        if S::place() == Place::Beside && self.skip > 0 {
            self.check_start(sought)?;
        }
        match S::with_lanes(Find(self, sought)).flatten() {
            Some(found) => found,
            None => self.find_by_comparing(sought),
        }
    }

    /// A binary search whose only branch is the loop's: which half it is, no processor can guess.
    #[inline]
    fn find_by_comparing<Q: ?Sized + Comparable<K>>(&self, sought: &Q) -> Result<usize, usize> {
        let (keys, mut at, mut left) = (self.keys(), 0, self.len);
        while left > 1 {
            let half = left / 2;
            // SAFETY: `at + left` is never more than there are, whatever the comparisons say.
            let key = unsafe { keys.get_unchecked(at + half) };
            at = select_unpredictable(sought.compare(key) == Ordering::Less, at, at + half);
            left -= half;
        }
        // SAFETY: there is one, and `at + 1` is not more than there are.
        match sought.compare(unsafe { keys.get_unchecked(at) }) {
            Ordering::Equal => Ok(at),
            Ordering::Less => Err(at),
            Ordering::Greater => Err(at + 1),
        }
    }

    /// Where `sought` is, given the first slot whose rank is not less than its own.
    #[inline]
    fn settle<Q: ?Sized + Comparable<K>, L: Lane>(
        &self,
        sought: &Q,
        needle: L,
        slot: usize,
    ) -> Result<usize, usize> {
        // A rank that is `MIN` is found before the first entry already.
        let index = slot.saturating_sub(self.head);
        match self.keys().get(index) {
            None => Err(self.len),
            Some(key) if S::place() == Place::Keys => match sought.compare(key) {
                Ordering::Equal => Ok(index),
                _ => Err(index),
            },
            Some(key) => {
                // SAFETY: the slot has a rank (1), of an entry (3).
                let rank = unsafe {
                    self.tree::<L>().leaves.as_ptr().wrapping_add(self.head + index).read()
                };
                if rank != needle {
                    return Err(index);
                }
                match sought.compare(key) {
                    Ordering::Equal => Ok(index),
                    Ordering::Less => Err(index),
                    Ordering::Greater => self.settle_among_equals(sought, needle, index + 1),
                }
            }
        }
    }

    /// The same among keys that share a rank, of which the one before `from` is less than `sought`.
    fn settle_among_equals<Q: ?Sized + Comparable<K>, L: Lane>(
        &self,
        sought: &Q,
        needle: L,
        from: usize,
    ) -> Result<usize, usize> {
        let after = if needle == L::MAX {
            self.len
        } else {
            let next = L::from_bits(needle.bits().cast_unsigned().wrapping_add(1));
            // SAFETY: there are slots, and they are a tree (3).
            (unsafe { self.tree::<L>().lower_bound(next) }).saturating_sub(self.head)
        };
        let equals = self.keys().get(from..after).unwrap_or(&[]);
        match equals.binary_search_by(|key| sought.compare(key).reverse()) {
            Ok(index) => Ok(from + index),
            Err(index) => Err(from + index),
        }
    }

    /// Where each of `sought` is. The searches wait for memory together.
    #[inline]
    pub(in crate::collections::flat) fn find_many<Q: ?Sized + Comparable<K>, const N: usize>(
        &self,
        sought: &[&Q; N],
    ) -> [Result<usize, usize>; N]
    where
        S: Finds<K, Q>,
    {
        struct Find<'a, K, V, S: Search<K>, Q: ?Sized, const N: usize>(
            &'a Raw<K, V, S>,
            &'a [&'a Q; N],
        );
        impl<K, V, S: Search<K> + Finds<K, Q>, Q: ?Sized + Comparable<K>, const N: usize> Task
            for Find<'_, K, V, S, Q, N>
        {
            type Out = Option<[Result<usize, usize>; N]>;
            #[inline]
            fn run<L: Lane>(self) -> Self::Out {
                let Self(raw, sought) = self;
                let mut needles = [L::MIN; N];
                for (needle, sought) in needles.iter_mut().zip(sought) {
                    *needle = <S as Needles<K, Q>>::needle::<L>(sought, raw.skip)?;
                }
                // SAFETY: there are slots, and they are a tree (3).
                let slots = unsafe { raw.tree::<L>().lower_bounds(&needles) };
                Some(array::from_fn(|n| raw.settle(sought[n], needles[n], slots[n])))
            }
        }
        if self.len == 0 {
            return [Err(0); N];
        }
        let together = S::place() != Place::Beside
            || self.skip == 0
            || sought.iter().all(|sought| self.check_start(*sought).is_ok());
        match S::with_lanes(Find(self, sought)).flatten().filter(|_| together) {
            Some(found) => found,
            None => sought.map(|sought| self.find(sought)),
        }
    }
}
