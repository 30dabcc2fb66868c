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
    raw::search::{Lane, NODE},
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
        self.index(self.find_slot(sought))
    }

    /// The value of `sought`. Asks the keys, and `sought`.
    #[expect(
        clippy::inline_always,
        reason = "as a call, hits of 16 integers take a quarter longer"
    )]
    #[inline(always)]
    pub(in crate::collections::flat) fn value<Q: ?Sized + Comparable<K>>(
        &self,
        sought: &Q,
    ) -> Option<&V>
    where
        S: Finds<K, Q>,
    {
        let slot = self.find_slot(sought).ok()?;
        // SAFETY: the slot is within the array.
        let value = unsafe { self.values.add(slot) };
        // SAFETY: it is the slot of an entry, borrowed with `self`.
        Some(unsafe { value.as_ref() })
    }

    /// [`value`](Self::value), to change it.
    #[inline]
    pub(in crate::collections::flat) fn value_mut<Q: ?Sized + Comparable<K>>(
        &mut self,
        sought: &Q,
    ) -> Option<&mut V>
    where
        S: Finds<K, Q>,
    {
        let slot = self.find_slot(sought).ok()?;
        // SAFETY: the slot is within the array.
        let mut value = unsafe { self.values.add(slot) };
        // SAFETY: it is the slot of an entry, borrowed mutably with `self`.
        Some(unsafe { value.as_mut() })
    }

    /// The positions of slots that [`find_slot`](Self::find_slot) found.
    #[inline]
    fn index(&self, found: Result<usize, usize>) -> Result<usize, usize> {
        match found {
            Ok(slot) => Ok(slot - self.head),
            Err(slot) => Err(slot - self.head),
        }
    }

    /// The slot behind the last entry.
    #[inline]
    const fn end(&self) -> usize {
        self.head + self.len
    }

    /// The slot of the entry that is `sought`, or of the first that is greater, or `end`. Inlined by force for
    /// the sake of [`value`](Self::value).
    #[inline(always)]
    fn find_slot<Q: ?Sized + Comparable<K>>(&self, sought: &Q) -> Result<usize, usize>
    where
        S: Finds<K, Q>,
    {
        struct Find<'a, K, V, S: Search<K>, Q: ?Sized>(&'a Raw<K, V, S>, &'a Q);
        impl<K, V, S: Search<K> + Finds<K, Q>, Q: ?Sized + Comparable<K>> Task for Find<'_, K, V, S, Q> {
            type Out = Result<usize, usize>;
            #[inline]
            fn run<L: Lane>(self) -> Self::Out {
                let Self(raw, sought) = self;
                let Some(needle) = <S as Needles<K, Q>>::needle::<L>(sought, raw.skip) else {
                    return raw.find_by_comparing_all(sought);
                };
                // SAFETY: there are slots, and they are a tree (3).
                let near = unsafe { raw.tree::<L>().near(needle) };
                raw.settle(sought, needle, near)
            }
        }
        if self.len == 0 {
            return Err(self.head);
        }
        if S::place() == Place::Beside && self.skip > 0 {
            self.check_start(sought).map_err(|index| self.head + index)?;
        }
        S::with_lanes(Find(self, sought)).unwrap_or_else(|| self.find_by_comparing_all(sought))
    }

    #[inline]
    fn find_by_comparing_all<Q: ?Sized + Comparable<K>>(&self, sought: &Q) -> Result<usize, usize> {
        if self.len == 0 {
            return Err(self.head);
        }
        // SAFETY: all entries (2), and there is one.
        unsafe { self.find_by_comparing(sought, self.head, self.len) }
    }

    /// [`find_slot`](Self::find_slot) among `left` entries from slot `at`: a binary search whose only
    /// branch is the loop's, as no processor can guess which half it is.
    ///
    /// # Safety
    ///
    /// There are so many entries from that slot, and one at least.
    #[inline]
    unsafe fn find_by_comparing<Q: ?Sized + Comparable<K>>(
        &self,
        sought: &Q,
        mut at: usize,
        mut left: usize,
    ) -> Result<usize, usize> {
        while left > 1 {
            let half = left / 2;
            // SAFETY: `at + left` never becomes more, whatever the comparisons say.
            let order = sought.compare(unsafe { self.key(at + half) });
            at = select_unpredictable(order == Ordering::Less, at, at + half);
            left -= half;
        }
        // SAFETY: one is left.
        match sought.compare(unsafe { self.key(at) }) {
            Ordering::Equal => Ok(at),
            Ordering::Less => Err(at),
            Ordering::Greater => Err(at + 1),
        }
    }

    /// # Safety
    ///
    /// There is an entry in the slot.
    #[inline]
    unsafe fn key(&self, slot: usize) -> &K {
        // SAFETY: as promised, and borrowed with `self`.
        unsafe { &*self.keys.as_ptr().wrapping_add(slot) }
    }

    /// The slot of `sought`, given the first whose rank is not less than its own, or the last slot.
    #[inline]
    fn settle<Q: ?Sized + Comparable<K>, L: Lane>(
        &self,
        sought: &Q,
        needle: L,
        (slot, rank): (usize, L),
    ) -> Result<usize, usize> {
        if rank != needle {
            let slot = slot + usize::from(rank < needle);
            return Err(slot.max(self.head).min(self.end()));
        }
        if slot.wrapping_sub(self.head) < self.len {
            // SAFETY: just checked.
            return unsafe { self.settle_equals(sought, needle, slot) };
        }
        // An empty slot, whose rank an entry may have too: the first one.
        if slot >= self.head {
            return Err(self.end());
        }
        // SAFETY: one of the slots, as there are some before it.
        let rank = unsafe { self.tree::<L>().rank(self.head) };
        if rank != needle || self.len == 0 {
            return Err(self.head);
        }
        // SAFETY: there is an entry, and this is the first.
        unsafe { self.settle_equals(sought, needle, self.head) }
    }

    /// The same, where the rank is that of the entry in `slot`, and of none before it.
    ///
    /// # Safety
    ///
    /// There is an entry in the slot.
    #[inline]
    unsafe fn settle_equals<Q: ?Sized + Comparable<K>, L: Lane>(
        &self,
        sought: &Q,
        needle: L,
        slot: usize,
    ) -> Result<usize, usize> {
        if S::place() == Place::Keys {
            return Ok(slot);
        }
        // SAFETY: as promised.
        match sought.compare(unsafe { self.key(slot) }) {
            Ordering::Equal => Ok(slot),
            Ordering::Less => Err(slot),
            Ordering::Greater => self.settle_among_equals(sought, needle, slot + 1),
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
            self.end()
        } else {
            let next = L::from_bits(needle.bits().cast_unsigned().wrapping_add(1));
            // SAFETY: there are slots, and they are a tree (3).
            let (slot, rank) = unsafe { self.tree::<L>().near(next) };
            (slot + usize::from(rank < next)).min(self.end())
        };
        if from >= after {
            return Err(from);
        }
        // SAFETY: `from` is behind an entry, and `after` at the end of them at most.
        unsafe { self.find_by_comparing(sought, from, after - from) }
    }

    /// Where each of `sought` is. The searches wait for memory together, unless there is so little that they
    /// need not wait.
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
                let slots = unsafe { raw.tree::<L>().near_many(&needles) };
                Some(array::from_fn(|n| {
                    // SAFETY: this is one of the slots.
                    let rank = unsafe { raw.tree::<L>().rank(slots[n]) };
                    raw.index(raw.settle(sought[n], needles[n], (slots[n], rank)))
                }))
            }
        }
        if self.len == 0 {
            return [Err(0); N];
        }
        let together = self.slots > NODE * NODE
            && (S::place() != Place::Beside
                || self.skip == 0
                || sought.iter().all(|sought| self.check_start(*sought).is_ok()));
        if together && let Some(found) = S::with_lanes(Find(self, sought)).flatten() {
            return found;
        }
        array::from_fn(|n| self.find(sought[n]))
    }
}
