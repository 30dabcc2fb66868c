#![expect(unsafe_code, reason = "owns the arrays of keys, values and ranks")]
//! Sorted keys and their values, with room at both ends, and the search levels over them.
//!
//! ```text
//!            head               head + len           slots
//!   | MIN ... | keys, ascending     | MAX ...           |       one allocation:
//!   |         | values              |                   |       keys, values, ranks (of strings),
//!   | MIN ... | ranks, of strings   | MAX ...           |       levels (of ranked keys)
//!   | levels over the ranks                      |
//! ```
//!
//! Inserting and removing moves what is on the shorter side, which halves what a sorted vector moves.
//! When the room on that side is used up, but not all room, what is there is moved so that the side
//! asked for gets most of the rest. So keys that come in ascending order, or descending, or both,
//! cost O(1) each, and moving costs nothing where there is nothing to move.
//!
//! Invariants of [`Raw`]:
//!
//! 1. If `slots` is not 0, `keys` is the start of an allocation of `layout(slots)`, and `values` and
//!    `levels` are where it says. Whoever owns the `Raw` owns that, and all in it.
//! 2. `head + len <= slots`; the keys and values of exactly these slots are initialised.
//! 3. Of ranked keys, ranks and levels are a [`Tree`] with its invariants over all slots, if there are
//!    slots and entries can be looked for: not in arrays that are being filled, or that were taken
//!    out of the container while some of what is in them goes.
//! 4. All keys that are strings begin with the same `skip` bytes, and their ranks leave those out, so
//!    that keys that begin alike are told apart by what follows. A key that begins otherwise lowers
//!    `skip`; it is raised when the entries move to other arrays, and when many come at once.
//!
//! Nothing here asks the keys for their order, so nothing here runs the user's code, except where
//! it says so; ranks that are the user's (`Ranks::ASKS`) are asked for before anything moves.

mod bulk;
mod few;
mod find;
mod pile;
mod sieve;

use core::{marker::PhantomData, mem, ptr, ptr::NonNull, slice};

pub(super) use bulk::{Append, Target};
pub(super) use few::{FEW, Few};
pub(super) use pile::Pile;
pub(super) use sieve::{Drained, Sieve};

use crate::{
    alloc::{Allocator, Cause, Layout, Refusal},
    bits::growth,
    collections::flat::{
        key::Search,
        rank::{Place, Task},
    },
    raw::{
        columns::{self, Column},
        search::{self, Lane, NODE, Tree},
    },
};

/// Fewest slots of keys that are not ranked; the others have whole nodes.
const LEAST: usize = 4;

/// Where the tree begins to matter for cache lines, its arrays begin at one.
const LINE: usize = 64;

/// The arrays, without their allocator. It does not free itself.
pub(super) struct Raw<K, V, S: Search<K>> {
    keys: NonNull<K>,
    values: NonNull<V>,
    levels: NonNull<u64>,
    head: usize,
    len: usize,
    slots: usize,
    /// How many bytes all keys that are strings share, and the ranks leave out.
    skip: usize,
    owns: PhantomData<(K, V, S)>,
}

// SAFETY: it owns keys and values, and nothing else; there is no value of `S`.
unsafe impl<K: Send, V: Send, S: Search<K>> Send for Raw<K, V, S> {}
// SAFETY: shared, it gives shared keys and values.
unsafe impl<K: Sync, V: Sync, S: Search<K>> Sync for Raw<K, V, S> {}

impl<K, V, S: Search<K>> Raw<K, V, S> {
    pub(super) const EMPTY: Self = Self {
        keys: NonNull::dangling(),
        values: NonNull::dangling(),
        levels: NonNull::dangling(),
        head: 0,
        len: 0,
        slots: 0,
        skip: 0,
        owns: PhantomData,
    };

    /// All of it, and nothing stays behind.
    pub(super) const fn take(&mut self) -> Self {
        mem::replace(self, Self::EMPTY)
    }

    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) const fn slots(&self) -> usize {
        self.slots
    }

    #[inline]
    pub(super) const fn keys(&self) -> &[K] {
        // SAFETY: `head` is within the array (2), or 0.
        let first = unsafe { self.keys.add(self.head) };
        // SAFETY: these are initialised (2) and borrowed with `self`.
        unsafe { slice::from_raw_parts(first.as_ptr(), self.len) }
    }

    #[inline]
    pub(super) const fn values(&self) -> &[V] {
        // SAFETY: `head` is within the array (2), or 0.
        let first = unsafe { self.values.add(self.head) };
        // SAFETY: these are initialised (2) and borrowed with `self`.
        unsafe { slice::from_raw_parts(first.as_ptr(), self.len) }
    }

    /// The keys, which must not change their order, and the values.
    #[inline]
    pub(super) const fn pairs_mut(&mut self) -> (&mut [K], &mut [V]) {
        // SAFETY: `head` is within the array (2), or 0.
        let first = unsafe { self.keys.add(self.head) };
        // SAFETY: these are initialised (2), and borrowed mutably with `self`; values are elsewhere.
        let keys = unsafe { slice::from_raw_parts_mut(first.as_ptr(), self.len) };
        // SAFETY: `head` is within the array (2), or 0.
        let first = unsafe { self.values.add(self.head) };
        // SAFETY: these are initialised (2), and borrowed mutably with `self`; keys are elsewhere.
        let values = unsafe { slice::from_raw_parts_mut(first.as_ptr(), self.len) };
        (keys, values)
    }

    /// How many slots there are to be for `needed` entries.
    fn round(needed: usize) -> Option<usize> {
        match S::place() {
            Place::Nowhere => Some(needed),
            _ => needed.checked_next_multiple_of(NODE),
        }
    }

    /// The allocation for `slots` slots, and where values and levels begin.
    fn layout(slots: usize) -> Result<(Layout, usize, usize), Refusal> {
        let place = S::place();
        let samples = if place == Place::Nowhere { 0 } else { search::samples(slots) };
        let line = if samples == 0 { 1 } else { LINE };
        let lane = match place {
            Place::Nowhere => Column::of::<()>(0),
            Place::Keys => Column::of::<K>(samples),
            // One array: the levels follow the ranks at once, as those are whole nodes.
            Place::Beside => Column::of::<u64>(slots.saturating_add(samples)),
        };
        let (layout, [_, values, lanes]) = columns::place([
            Column::of::<K>(slots).at_multiple_of(line),
            Column::of::<V>(slots),
            lane.at_multiple_of(line),
        ])?;
        let ranks = if place == Place::Beside { slots * size_of::<u64>() } else { 0 };
        Ok((layout, values, lanes + ranks))
    }

    /// The tree over the ranks, whose integer is `L`.
    #[inline]
    fn tree<L: Lane>(&self) -> Tree<L> {
        let levels = self.levels.cast::<L>();
        let leaves = if S::place() == Place::Beside {
            // SAFETY: the ranks are before the levels, as many as there are slots (1).
            unsafe { levels.sub(self.slots) }
        } else {
            self.keys.cast()
        };
        Tree { leaves, levels, slots: self.slots }
    }

    /// New arrays for at least `needed` entries, with nothing in them.
    fn try_new<A: Allocator>(needed: usize, alloc: &A) -> Result<Self, Refusal> {
        let overflow = Refusal::overflow(Layout::new::<(K, V)>(), needed);
        let slots = Self::round(needed).ok_or(overflow)?;
        let (layout, values, levels) = Self::layout(slots)?;
        let Ok(block) = alloc.allocate(layout) else {
            let cause = Cause::Upstream { asked: layout.size(), reserved: 0 };
            return Err(Refusal::new(layout, cause));
        };
        let start = block.cast::<u8>();
        // SAFETY: the layout has room for the keys before.
        let values = unsafe { start.add(values) }.cast();
        // SAFETY: the layout has room for keys and values before.
        let levels = unsafe { start.add(levels) }.cast();
        Ok(Self { keys: start.cast(), values, levels, slots, ..Self::EMPTY })
    }

    /// Gives the allocation back, and drops nothing in it.
    ///
    /// # Safety
    ///
    /// It came from `alloc`.
    pub(super) unsafe fn free<A: Allocator>(self, alloc: &A) {
        if self.slots > 0
            && let Ok((layout, ..)) = Self::layout(self.slots)
        {
            // SAFETY: the allocation is of this layout (1), and from `alloc` as promised.
            unsafe { alloc.deallocate(self.keys.cast(), layout) }
        }
    }

    /// Drops all entries but the first `kept`. If one panics the others are dropped still.
    fn truncate(&mut self, kept: usize) {
        let (keys, values) = self.pairs_mut();
        let (keys, values) = (&raw mut keys[kept..], &raw mut values[kept..]);
        self.len = kept;
        let values = DropLater(values);
        // SAFETY: the keys were initialised (2), and are out of reach now.
        unsafe { ptr::drop_in_place(keys) };
        drop(values);
    }

    /// Moves all entries so that they begin at slot `head`; [`restore_tree`](Self::restore_tree) is to follow.
    ///
    /// # Safety
    ///
    /// `head + len <= slots`.
    unsafe fn move_to(&mut self, head: usize) {
        // SAFETY: both places are within the slots.
        unsafe { self.shift(self.head, head, self.len) };
        self.head = head;
    }

    /// Copies `count` keys, values and ranks from slot `from` to slot `to`.
    ///
    /// # Safety
    ///
    /// Both ranges are within the slots, and what was at the new place is not needed.
    #[inline]
    unsafe fn shift(&mut self, from: usize, to: usize, count: usize) {
        // SAFETY: as promised.
        unsafe { shift(self.keys, from, to, count) };
        // SAFETY: as promised.
        unsafe { shift(self.values, from, to, count) };
        if S::place() == Place::Beside {
            // SAFETY: as promised; there is a rank to each slot (1).
            unsafe { shift(self.tree::<u64>().leaves, from, to, count) };
        }
    }

    /// Copies `count` keys, values and ranks from slot `from` into slots of `other` from `to`.
    ///
    /// # Safety
    ///
    /// The slots are in the arrays, and what was in the new ones is not needed.
    unsafe fn copy(&self, from: usize, other: &Self, to: usize, count: usize) {
        // SAFETY: as promised; two allocations.
        unsafe { copy(self.keys, from, other.keys, to, count) };
        // SAFETY: as promised; two allocations.
        unsafe { copy(self.values, from, other.values, to, count) };
        if S::place() == Place::Beside && count > 0 {
            let (ranks, others) = (self.tree::<u64>().leaves, other.tree::<u64>().leaves);
            // SAFETY: as promised; there is a rank to each slot (1).
            unsafe { copy(ranks, from, others, to, count) };
        }
    }

    /// Moves everything into arrays for `needed` entries, beginning at slot `head` of those.
    fn try_resize<A: Allocator>(
        &mut self,
        needed: usize,
        head: impl FnOnce(usize) -> usize,
        alloc: &A,
    ) -> Result<(), Refusal> {
        debug_assert!(needed >= self.len);
        let mut new = Self::try_new(needed, alloc)?;
        new.head = head(new.slots - self.len);
        new.len = self.len;
        new.skip = self.skip;
        // SAFETY: the old entries are `len` from `head` (2), and there is as much room from the new one.
        unsafe { self.copy(self.head, &new, new.head, self.len) };
        if !new.raise_skip() {
            new.restore_tree();
        }
        let old = mem::replace(self, new);
        // SAFETY: the allocation is from `alloc`, and all in it has moved.
        unsafe { old.free(alloc) };
        Ok(())
    }

    /// Makes room for `additional` entries behind the last one, or anywhere if `behind` is not asked.
    pub(super) fn try_reserve<A: Allocator>(
        &mut self,
        additional: usize,
        behind: bool,
        alloc: &A,
    ) -> Result<(), Refusal> {
        if additional <= self.slots - self.len {
            if behind && additional > self.slots - self.len - self.head {
                // SAFETY: `len <= slots`.
                unsafe { self.move_to(0) };
                self.restore_tree();
            }
            return Ok(());
        }
        let size = size_of::<K>().saturating_add(size_of::<V>());
        let next = self
            .len
            .checked_add(additional)
            .and_then(|needed| growth::next_capacity(self.slots, needed, LEAST, size));
        let Some(next) = next else {
            return Err(Refusal::overflow(Layout::new::<(K, V)>(), usize::MAX));
        };
        self.try_resize(next, |_| 0, alloc)
    }

    /// As many slots as `needed` entries take, and no more than now.
    pub(super) fn try_shrink<A: Allocator>(
        &mut self,
        needed: usize,
        alloc: &A,
    ) -> Result<(), Refusal> {
        let needed = needed.max(self.len);
        if needed == 0 {
            // SAFETY: the allocation is from `alloc`, and nothing is in it.
            unsafe { self.take().free(alloc) };
        } else if Self::round(needed).is_some_and(|slots| slots < self.slots) {
            self.try_resize(needed, |_| 0, alloc)?;
        }
        Ok(())
    }

    /// Makes room for an entry before the one at `index`, on the side where less is to be moved.
    #[cold]
    #[inline(never)]
    fn try_make_room<A: Allocator>(&mut self, index: usize, alloc: &A) -> Result<(), Refusal> {
        let (len, free) = (self.len, self.slots - self.len);
        if free == 0 {
            let size = size_of::<K>().saturating_add(size_of::<V>());
            let next = len
                .checked_add(1)
                .and_then(|needed| growth::next_capacity(self.slots, needed, LEAST, size));
            let Some(next) = next else {
                return Err(Refusal::overflow(Layout::new::<(K, V)>(), usize::MAX));
            };
            return self.try_resize(
                next,
                |free| match index {
                    _ if index == len => 0,
                    0 => free,
                    _ => free / 2,
                },
                alloc,
            );
        }
        let head = match index {
            _ if index == len => free / 4,
            0 => free - free / 4,
            _ if index * 2 < len => free.div_ceil(2),
            _ => free / 2,
        };
        // SAFETY: `free` slots are free.
        unsafe { self.move_to(head) };
        self.restore_tree();
        Ok(())
    }

    /// Puts an entry before the one at `index`, or hands it back.
    #[inline]
    pub(super) fn try_insert<A: Allocator>(
        &mut self,
        index: usize,
        key: K,
        value: V,
        alloc: &A,
    ) -> Result<(), (K, V, Refusal)> {
        assert!(index <= self.len);
        let from_right = index >= self.len - index;
        let full = if from_right { self.head + self.len == self.slots } else { self.head == 0 };
        if full && let Err(refusal) = self.try_make_room(index, alloc) {
            return Err((key, value, refusal));
        }
        self.admit(&key);
        let rank = self.rank(&key);
        let at = self.head + index;
        let slot = if from_right {
            // SAFETY: the slot behind the last one is free.
            unsafe { self.shift(at, at + 1, self.len - index) };
            at
        } else {
            // SAFETY: the slot before the first one is free.
            unsafe { self.shift(self.head, self.head - 1, index) };
            self.head -= 1;
            at - 1
        };
        // SAFETY: the slot is free now.
        unsafe { self.put(slot, rank, key, value) };
        self.len += 1;
        let end = self.head + self.len - 1;
        if from_right {
            self.resample(slot, end)
        } else {
            self.resample(self.head, slot)
        }
        Ok(())
    }

    /// The rank of a key that has been admitted, if ranks are beside the keys. May ask the key.
    #[inline]
    fn rank(&self, key: &K) -> u64 {
        match S::place() {
            Place::Beside => S::prefix(key, self.skip).unwrap_or(0),
            _ => 0,
        }
    }

    /// Writes an entry and its [`rank`](Self::rank).
    ///
    /// # Safety
    ///
    /// The slot is one of the slots, and holds nothing.
    #[inline]
    unsafe fn put(&mut self, slot: usize, rank: u64, key: K, value: V) {
        if S::place() == Place::Beside {
            // SAFETY: there is a rank to each slot (1).
            unsafe { self.tree::<u64>().leaves.as_ptr().wrapping_add(slot).write(rank) };
        }
        // SAFETY: as promised.
        unsafe { self.keys.as_ptr().wrapping_add(slot).write(key) };
        // SAFETY: as promised.
        unsafe { self.values.as_ptr().wrapping_add(slot).write(value) };
    }

    /// Takes the entry at `index` out.
    #[inline]
    pub(super) fn remove(&mut self, index: usize) -> (K, V) {
        assert!(index < self.len);
        let slot = self.head + index;
        // SAFETY: the slot holds an entry (2), which is overwritten or out of reach below.
        let entry = unsafe { self.get(slot) };
        let (first, last) = (self.head, self.head + self.len - 1);
        self.len -= 1;
        if index >= self.len - index {
            // SAFETY: all within the entries.
            unsafe { self.shift(slot + 1, slot, last - slot) };
            self.vacate(last, false);
            self.resample(slot, last);
        } else {
            // SAFETY: all within the entries.
            unsafe { self.shift(first, first + 1, index) };
            self.head += 1;
            self.vacate(first, true);
            self.resample(first, slot);
        }
        entry
    }

    /// Reads the entry of a slot.
    ///
    /// # Safety
    ///
    /// There is one, and it is not used again where it was.
    #[inline]
    unsafe fn get(&self, slot: usize) -> (K, V) {
        // SAFETY: as promised.
        let key = unsafe { self.keys.as_ptr().wrapping_add(slot).read() };
        // SAFETY: as promised.
        (key, unsafe { self.values.as_ptr().wrapping_add(slot).read() })
    }

    /// Makes all levels, and all ranks outside of the entries, what they have to be.
    fn restore_tree(&mut self) {
        struct Restore<'a, K, V, S: Search<K>>(&'a mut Raw<K, V, S>);
        impl<K, V, S: Search<K>> Task for Restore<'_, K, V, S> {
            type Out = ();
            fn run<L: Lane>(self) {
                let (tree, end) = (self.0.tree::<L>(), self.0.head + self.0.len);
                // SAFETY: slots before the first entry.
                unsafe { tree.fill(0, self.0.head, L::MIN) };
                // SAFETY: slots behind the last entry.
                unsafe { tree.fill(end, tree.slots - end, L::MAX) };
                // SAFETY: the levels have their room (1).
                unsafe { tree.clear_levels() };
                // SAFETY: all slots and levels are initialised now.
                unsafe { tree.resample(0, tree.slots - 1) };
            }
        }
        if self.slots == 0 {
            return;
        }
        let _ = S::with_lanes(Restore(self));
    }

    /// Ranks all entries again, leaving `skip` bytes of strings out, and makes the tree.
    pub(super) fn rerank(&mut self, skip: usize) {
        if skip == self.skip {
            return;
        }
        self.skip = skip;
        for nth in 0..self.len {
            let (rank, slot) = (self.rank(&self.keys()[nth]), self.head + nth);
            // SAFETY: there is a rank to each slot (1).
            unsafe { self.tree::<u64>().leaves.as_ptr().wrapping_add(slot).write(rank) };
        }
        self.restore_tree();
    }

    /// Leaves out all that the keys share; `false` if that changes nothing. O(n) if it does.
    pub(super) fn raise_skip(&mut self) -> bool {
        if S::place() != Place::Beside || self.len < 2 || self.shared() <= self.skip {
            return false;
        }
        self.rerank(self.shared());
        true
    }

    /// How many bytes all keys share.
    fn shared(&self) -> usize {
        match self.keys() {
            // What the first and the last share, all between them share; not so if the order of keys
            // contradicts itself, but that of strings does not.
            [first, .., last] => shared::<K, S>(first, last),
            [only] => S::bytes(only).map_or(0, <[u8]>::len),
            [] => 0,
        }
    }

    /// How many bytes all keys share with all of `batch`, or less if many would have to be ranked
    /// again.
    pub(super) fn skip_with(&self, batch: &[(K, V)]) -> usize {
        if S::place() != Place::Beside {
            return 0;
        }
        let (first, skip) = match (self.keys(), batch) {
            ([], [(first, _), ..]) => (first, usize::MAX),
            ([first, ..], _) if self.len <= batch.len() => (first, self.shared()),
            ([first, ..], _) => (first, self.skip),
            ([], []) => return 0,
        };
        let Some(start) = S::bytes(first) else { return 0 };
        batch.iter().fold(skip.min(start.len()), |skip, (key, _)| match S::bytes(key) {
            Some(key) if key.get(..skip) == Some(&start[..skip]) => skip,
            _ => shared::<K, S>(first, key).min(skip),
        })
    }

    /// Makes the ranks such that `key` has one. O(n) if it does not begin as all keys do.
    #[inline]
    fn admit(&mut self, key: &K) {
        if S::place() == Place::Beside && self.skip > 0 && self.check_start(key).is_err() {
            self.lower_skip(key);
        }
    }

    #[cold]
    #[inline(never)]
    fn lower_skip(&mut self, key: &K) {
        let skip = self.keys().first().map_or(0, |first| shared::<K, S>(first, key));
        self.rerank(skip.min(self.skip));
    }

    /// `Err` if a string does not begin as all keys do, with its position.
    #[inline]
    fn check_start<Q: ?Sized>(&self, sought: &Q) -> Result<(), usize> {
        let Some(sought) = S::bytes(sought) else { return Ok(()) };
        let Some(start) = self.keys().first().and_then(S::bytes).and_then(|k| k.get(..self.skip))
        else {
            return Err(0);
        };
        match sought.get(..start.len()) {
            Some(same) if same == start => Ok(()),
            _ => Err(if sought < start { 0 } else { self.len }),
        }
    }

    #[inline]
    fn resample(&mut self, first: usize, last: usize) {
        struct Resample<'a, K, V, S: Search<K>>(&'a mut Raw<K, V, S>, usize, usize);
        impl<K, V, S: Search<K>> Task for Resample<'_, K, V, S> {
            type Out = ();
            #[inline]
            fn run<L: Lane>(self) {
                // SAFETY: the slots are initialised (3).
                unsafe { self.0.tree::<L>().resample(self.1, self.2) }
            }
        }
        let _ = S::with_lanes(Resample(self, first, last));
    }

    /// Makes the rank of a slot that is empty now what it has to be.
    #[inline]
    fn vacate(&mut self, slot: usize, before: bool) {
        struct Vacate<'a, K, V, S: Search<K>>(&'a mut Raw<K, V, S>, usize, bool);
        impl<K, V, S: Search<K>> Task for Vacate<'_, K, V, S> {
            type Out = ();
            #[inline]
            fn run<L: Lane>(self) {
                let rank = if self.2 { L::MIN } else { L::MAX };
                // SAFETY: it is a slot, and empty.
                unsafe { self.0.tree::<L>().fill(self.1, 1, rank) }
            }
        }
        let _ = S::with_lanes(Vacate(self, slot, before));
    }
}

/// How many bytes two strings share.
fn shared<K, S: Search<K>>(a: &K, b: &K) -> usize {
    match (S::bytes(a), S::bytes(b)) {
        (Some(a), Some(b)) => a.iter().zip(b).take_while(|(a, b)| a == b).count(),
        _ => 0,
    }
}

/// Copies `count` values of an array from one place to another in it.
///
/// # Safety
///
/// Both ranges are within the array, and what was at the new place is not needed.
#[inline]
unsafe fn shift<T>(array: NonNull<T>, from: usize, to: usize, count: usize) {
    // SAFETY: as promised.
    let source = unsafe { array.add(from) };
    // SAFETY: as promised.
    let target = unsafe { array.add(to) };
    // SAFETY: as promised.
    unsafe { source.copy_to(target, count) };
}

/// Copies `count` values of an array to a place in another one.
///
/// # Safety
///
/// Both ranges are within their arrays, which do not overlap.
#[inline]
unsafe fn copy<T>(array: NonNull<T>, from: usize, other: NonNull<T>, to: usize, count: usize) {
    // SAFETY: as promised.
    let source = unsafe { array.add(from) };
    // SAFETY: as promised.
    let target = unsafe { other.add(to) };
    // SAFETY: as promised.
    unsafe { source.copy_to_nonoverlapping(target, count) };
}

/// Drops a slice when it is dropped, a panic or not.
struct DropLater<V>(*mut [V]);

impl<V> Drop for DropLater<V> {
    fn drop(&mut self) {
        // SAFETY: whoever made this owns what is in the slice, and has put it out of reach.
        unsafe { ptr::drop_in_place(self.0) }
    }
}

/// The arrays and their allocator.
pub(super) struct Store<K, V, A: Allocator, S: Search<K>> {
    /// The allocation is from `alloc`.
    pub(super) raw: Raw<K, V, S>,
    pub(super) alloc: A,
}

impl<K, V, A: Allocator, S: Search<K>> Drop for Store<K, V, A, S> {
    fn drop(&mut self) {
        /// Frees the arrays, a panic or not.
        struct Free<'a, K, V, A: Allocator, S: Search<K>>(&'a mut Store<K, V, A, S>);
        impl<K, V, A: Allocator, S: Search<K>> Drop for Free<'_, K, V, A, S> {
            fn drop(&mut self) {
                // SAFETY: the allocation is from `alloc`, and nothing is in it any more.
                unsafe { self.0.raw.take().free(&self.0.alloc) }
            }
        }
        Free(self).0.raw.truncate(0);
    }
}
