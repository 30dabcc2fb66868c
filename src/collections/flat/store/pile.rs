#![expect(unsafe_code, reason = "moves entries within the arrays")]
//! Entries in the arrays that are in no order yet: collected where they are to stay, sorted there.
//!
//! All memory that sorting takes is there before an entry is taken, so that whatever has been taken
//! can be sorted. Keys that are integers go to and fro between the arrays and other memory, digit by
//! digit, see `order`. Of all others it is their addresses that are sorted, by comparing keys that stay where they
//! are; entries with equal keys are in the order of their addresses, which is that in which
//! they came. Then each entry moves to its place, once.
//!
//! The keys' `Ord` may panic only before the first entry moves. Dropped before it is sorted, after a panic, a pile
//! drops all its entries.

use core::{cmp::Ordering, ptr::NonNull, slice};

use crate::{
    alloc::{Allocator, Api2, Refusal},
    collections::flat::{
        key::Search,
        order::{self, Scratch},
        rank::{self, Place},
        store::{Raw, shift},
    },
};

/// See the module.
pub(in crate::collections::flat) struct Pile<'a, K, V, A: Allocator, S: Search<K>> {
    /// Its entries begin at its first slot.
    raw: &'a mut Raw<K, V, S>,
    alloc: &'a A,
    /// Room for as many as there are slots, if keys are integers.
    others: Scratch<'a, (K, V), A>,
    /// The same if they are not.
    order: Scratch<'a, NonNull<K>, A>,
    /// How many entries can be sorted; there are as many slots.
    room: usize,
    /// How many entries in front are sorted, and stay.
    sorted: usize,
}

impl<'a, K, V, A: Allocator, S: Search<K>> Pile<'a, K, V, A, S> {
    /// Makes a pile of what is in the arrays, unless there is no memory to sort it, or it could not be.
    pub(in crate::collections::flat) fn new(
        raw: &'a mut Raw<K, V, S>,
        alloc: &'a A,
    ) -> Option<Self> {
        if S::place() == Place::Beside || size_of::<K>() == 0 {
            return None;
        }
        let (others, order) = (Scratch::new_in(Api2(alloc)), Scratch::new_in(Api2(alloc)));
        let mut pile = Self { raw, alloc, others, order, room: 0, sorted: 0 };
        if pile.try_provide().is_err() {
            // Nothing has changed yet.
            pile.sorted = pile.raw.len;
            return None;
        }
        // SAFETY: the first slot is one.
        unsafe { pile.raw.move_to(0) };
        Some(pile)
    }

    /// Provides for sorting as many entries as there are slots.
    fn try_provide(&mut self) -> Result<(), Refusal> {
        fn provide<'a, T, A: Allocator>(
            count: usize,
            alloc: &'a A,
            there: &mut Scratch<'a, T, A>,
        ) -> Result<(), Refusal> {
            let mut new = Scratch::new_in(Api2(alloc));
            order::try_reserve(&mut new, count)?;
            *there = new;
            Ok(())
        }
        let slots = self.raw.slots;
        if S::place() == Place::Keys {
            provide(slots, self.alloc, &mut self.others)?;
        } else {
            provide(slots, self.alloc, &mut self.order)?;
        }
        self.room = slots;
        Ok(())
    }

    /// Puts entries on the pile, or hands back the first that there is no memory for.
    #[inline]
    pub(in crate::collections::flat) fn try_fill(
        &mut self,
        entries: &mut impl Iterator<Item = (K, V)>,
    ) -> Result<(), ((K, V), Refusal)> {
        /// Counts where the compiler can keep it in a register, until the iterator panics or not.
        struct Count<'a>(&'a mut usize, usize);
        impl Drop for Count<'_> {
            fn drop(&mut self) {
                *self.0 = self.1;
            }
        }
        loop {
            let Raw { keys, values, len, .. } = &mut *self.raw;
            let mut filled = Count(len, *len);
            while filled.1 < self.room {
                let Some((key, value)) = entries.next() else { return Ok(()) };
                // SAFETY: the slot behind the last entry is free.
                unsafe { keys.as_ptr().wrapping_add(filled.1).write(key) };
                // SAFETY: the same.
                unsafe { values.as_ptr().wrapping_add(filled.1).write(value) };
                filled.1 += 1;
            }
            drop(filled);
            let Some(entry) = entries.next() else { return Ok(()) };
            if let Err(refusal) = self.try_make_room() {
                return Err((entry, refusal));
            }
            // SAFETY: the slot behind the last entry is free.
            unsafe { self.raw.put(self.raw.len, 0, entry.0, entry.1) };
            self.raw.len += 1;
        }
    }

    #[cold]
    #[inline(never)]
    fn try_make_room(&mut self) -> Result<(), Refusal> {
        self.raw.try_reserve(1, true, self.alloc)?;
        self.try_provide()
    }

    /// Sorts the pile. Of equal keys the first stays, with the last value.
    pub(in crate::collections::flat) fn sort(mut self)
    where
        K: Ord,
    {
        self.sorted = if S::place() == Place::Keys { self.by_rank() } else { self.by_comparing() };
    }

    /// Returns how many keys there are, which are in front.
    fn by_rank(&mut self) -> usize {
        let rank = |key: &K| rank::order::<K, S>(key, 0);
        let others = self.others.spare_capacity_mut();
        let (keys, values) = self.raw.pairs_mut();
        order::sort_stably(keys, values, others, order::INTEGERS, rank);
        let mut unique = 1;
        for next in 1..keys.len() {
            if rank(&keys[unique - 1]) == rank(&keys[next]) {
                values.swap(unique - 1, next);
            } else {
                if unique < next {
                    keys.swap(unique, next);
                    values.swap(unique, next);
                }
                unique += 1;
            }
        }
        unique
    }

    /// The same.
    fn by_comparing(&mut self) -> usize
    where
        K: Ord,
    {
        let (order, (keys, values)) = (&mut self.order, self.raw.pairs_mut());
        let keys = &*keys;
        order.extend(keys.iter().map(NonNull::from_ref));
        // SAFETY: all of them are keys, which nobody changes.
        let key = |at: &NonNull<K>| unsafe { at.as_ref() };
        order.sort_unstable_by(|a, b| key(a).cmp(key(b)));
        let equal =
            order.windows(2).any(|pair| key(&pair[0]).cmp(key(&pair[1])) == Ordering::Equal);
        let unique = if equal { unify(order, values, keys) } else { order.len() };
        let permute = if u32::try_from(keys.len()).is_ok() {
            permute::<K, V, u32>
        } else {
            permute::<K, V, usize>
        };
        // SAFETY: as many keys as values, and the order has each key's address once.
        unsafe { permute(self.raw.keys, self.raw.values, order) };
        unique
    }
}

/// Moves the later ones of equal keys behind all others. The first gets the value of the last. Returns how
/// many stay in front.
#[cold]
#[inline(never)]
fn unify<K: Ord, V>(order: &mut [NonNull<K>], values: &mut [V], keys: &[K]) -> usize {
    let start = NonNull::from_ref(keys).cast::<K>();
    let key = |at: &NonNull<K>| &keys[index(start, *at)];
    let (mut unique, mut first) = (0, 0);
    while first < order.len() {
        let mut next = first + 1;
        while next < order.len() && key(&order[first]).cmp(key(&order[next])) == Ordering::Equal {
            next += 1;
        }
        let equals = &mut order[first..next];
        equals.sort_unstable();
        values.swap(index(start, equals[0]), index(start, equals[equals.len() - 1]));
        order.swap(unique, first);
        unique += 1;
        first = next;
    }
    unique
}

/// Moves all entries so that they are as the addresses of their keys are, which are lost. `I` has a number
/// for each, and is no larger than an address: half the memory is half the waiting for it.
///
/// # Safety
///
/// The keys begin at `keys`, the values at `values`, and `order` has the address of each key once.
unsafe fn permute<K, V, I: Copy + TryFrom<usize> + TryInto<usize>>(
    keys: NonNull<K>,
    values: NonNull<V>,
    order: &mut [NonNull<K>],
) {
    const {
        assert!(
            size_of::<I>() <= size_of::<NonNull<K>>()
                && align_of::<I>() <= align_of::<NonNull<K>>()
        )
    };
    let len = order.len();
    let order = NonNull::from_mut(order).cast::<NonNull<K>>();
    let numbers = order.cast::<I>();
    let (number, at) = (|n| I::try_from(n).ok().unwrap(), |n: I| n.try_into().ok().unwrap());
    for nth in 0..len {
        // SAFETY: an address that has not been overwritten: numbers are no larger.
        let address = unsafe { order.as_ptr().wrapping_add(nth).read() };
        // SAFETY: there is room.
        unsafe { numbers.as_ptr().wrapping_add(nth).write(number(index(keys, address))) };
    }
    // SAFETY: so many were written.
    let order = unsafe { slice::from_raw_parts_mut(numbers.as_ptr(), len) };
    for first in 0..len {
        let mut from = at(order[first]);
        if from == first {
            continue;
        }
        // SAFETY: a key; what is in its place is not used before another has been moved there.
        let key = unsafe { keys.as_ptr().wrapping_add(first).read() };
        // SAFETY: its value, as the key.
        let value = unsafe { values.as_ptr().wrapping_add(first).read() };
        let mut to = first;
        while from != first {
            // SAFETY: a key, and a place from which the key has moved.
            unsafe { shift(keys, from, to, 1) };
            // SAFETY: a value, and a place from which the value has moved.
            unsafe { shift(values, from, to, 1) };
            order[to] = number(to);
            to = from;
            from = at(order[to]);
        }
        order[to] = number(to);
        // SAFETY: the last place from which a key has moved.
        unsafe { keys.as_ptr().wrapping_add(to).write(key) };
        // SAFETY: the last place from which a value has moved.
        unsafe { values.as_ptr().wrapping_add(to).write(value) };
    }
}

/// Which of the keys from `first` it is.
#[inline]
fn index<K>(first: NonNull<K>, key: NonNull<K>) -> usize {
    (key.addr().get() - first.addr().get()) / size_of::<K>()
}

impl<K, V, A: Allocator, S: Search<K>> Drop for Pile<'_, K, V, A, S> {
    fn drop(&mut self) {
        /// Makes the tree, a panic or not.
        struct Restore<'a, K, V, S: Search<K>>(&'a mut Raw<K, V, S>);
        impl<K, V, S: Search<K>> Drop for Restore<'_, K, V, S> {
            fn drop(&mut self) {
                self.0.restore_tree();
            }
        }
        Restore(&mut *self.raw).0.truncate(self.sorted);
    }
}
