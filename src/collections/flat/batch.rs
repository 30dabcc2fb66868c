#![expect(unsafe_code, reason = "moves entries from the batch into the arrays")]
//! Inserting many entries with one merge.
//!
//! 1. As long as keys ascend behind all that are there, they are put behind them. If none was there
//!    before and they soon cease to, the arrays become a pile, which is sorted in place: see `store::pile`.
//! 2. All others are collected. The order of a batch is an array of pairs, rank and position, which is
//!    sorted instead of the entries: keys that are integers are not looked at again, strings only
//!    where their first eight bytes are the same. See `order`.
//! 3. Of equal keys the first stays, with the last value, as if they had been inserted in turn.
//! 4. Each key finds its place among those that are there, galloping from the place before. That
//!    was the last that the keys were asked.
//! 5. There is room made, or all comes back; then the entries move, from the last to the first.
//!
//! The keys' `Ord` may panic in 1 to 4. What was put behind by then stays, the batch is dropped, and
//! nothing else has changed; a pile is dropped as a whole.

use core::{cmp::Ordering, iter, mem, ptr::NonNull};

use crate::{
    alloc::{Allocator, Api2, Layout, Refusal},
    collections::flat::{
        key::Search,
        order::{self, Item, Scratch},
        rank::{self, Place},
        store::{Append, FEW, Few, Pile, Raw, Target},
    },
};

/// The most entries for which a lying `size_hint` gets memory beforehand.
const TRUSTED: usize = 1 << 20;
/// The most bytes of an entry that waits on the stack with a few others.
const LARGEST_WAITING: usize = 64;
/// The most bytes of an entry that is moved several times to be sorted.
const LARGEST_MOVED: usize = 32;
/// The most entries that are sorted again although they came in order.
const SOON: usize = 16;

/// What could not be stored: the entries collected by then, and what is left of where they came
/// from. It is an iterator over all of them.
pub struct Unstored<'a, K, V, I, A: Allocator> {
    batch: allocator_api2::vec::IntoIter<(K, V), Api2<&'a A>>,
    next: Option<(K, V)>,
    rest: I,
}

impl<K, V, I: Iterator<Item = (K, V)>, A: Allocator> Iterator for Unstored<'_, K, V, I, A> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        self.batch.next().or_else(|| self.next.take()).or_else(|| self.rest.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let here = self.batch.len() + usize::from(self.next.is_some());
        let (least, most) = self.rest.size_hint();
        (least.saturating_add(here), most.and_then(|most| most.checked_add(here)))
    }
}

impl<K, V, I, A: Allocator> core::fmt::Debug for Unstored<'_, K, V, I, A> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Unstored").field("collected", &self.batch.len()).finish_non_exhaustive()
    }
}

/// Inserts `entries`, or says why not, with what has not been inserted.
#[expect(clippy::type_complexity, reason = "the two halves of a `Refused`")]
pub(super) fn try_extend<'a, K: Ord, V, A: Allocator, S: Search<K>, I: Iterator<Item = (K, V)>>(
    raw: &mut Raw<K, V, S>,
    alloc: &'a A,
    mut entries: I,
) -> Result<(), (Unstored<'a, K, V, I, A>, Refusal)> {
    let mut batch: Scratch<'a, (K, V), A> = Scratch::new_in(Api2(alloc));
    let (mut refused, empty) = (None, raw.len() == 0);
    if raw.slots() == 0 {
        // If that fails, growing step by step may not.
        let _ = raw.try_reserve(entries.size_hint().0.min(TRUSTED), true, alloc);
    }
    if begin_with_few(raw, alloc, &mut entries) {
        return Ok(());
    }
    if let Some((first, refusal)) = append_ascending(raw, alloc, &mut entries) {
        match refusal {
            Some(refusal) => refused = Some((first, refusal)),
            None => {
                let mut entries = iter::once(first).chain(&mut entries);
                refused = match pile_on(raw, alloc, empty) {
                    Some(pile) => sort_pile(pile, &mut entries),
                    None => {
                        // If that fails, growing step by step may not.
                        let _ = batch.try_reserve(entries.size_hint().0.min(TRUSTED));
                        collect(&mut batch, entries)
                    }
                };
            }
        }
    }
    match (try_merge(raw, alloc, &mut batch), refused) {
        (Ok(()), None) => Ok(()),
        (merged, refused) => {
            if merged.is_ok() {
                batch.clear();
            }
            let (next, refusal) = refused.unzip();
            let refusal = merged.err().or(refusal);
            let refusal = refusal.unwrap_or(Refusal::overflow(Layout::new::<(K, V)>(), 1));
            let batch = batch.into_iter();
            Err((Unstored { batch, next, rest: entries }, refusal))
        }
    }
}

/// Takes the first entries into a map without any, if they are said to be few; `true` if they ended.
/// Where their ranks do not tell them apart, they are inserted in turn, for which there is room.
#[inline]
fn begin_with_few<K: Ord, V, A: Allocator, S: Search<K>>(
    raw: &mut Raw<K, V, S>,
    alloc: &A,
    entries: &mut impl Iterator<Item = (K, V)>,
) -> bool {
    let least = entries.size_hint().0;
    if S::place() == Place::Nowhere
        || size_of::<(K, V)>() > LARGEST_WAITING
        || raw.len() > 0
        || !(2..=FEW.min(raw.slots())).contains(&least)
    {
        return false;
    }
    let mut few = Few::new();
    for entry in entries.take(least) {
        few.push(entry);
    }
    let ended = few.len() < least;
    raw.rerank(raw.skip_with(&few));
    if !raw.place_few(&mut few) {
        insert_each(raw, alloc, few.into_iter());
    }
    ended
}

/// Inserts `entries`, for which there is room: without memory for a batch, one by one.
pub(super) fn extend_reserved<K: Ord, V, A: Allocator, S: Search<K>>(
    raw: &mut Raw<K, V, S>,
    alloc: &A,
    entries: impl Iterator<Item = (K, V)>,
) {
    if let Err((unstored, _)) = try_extend(raw, alloc, entries) {
        insert_each(raw, alloc, unstored);
    }
}

/// Inserts `entries`, for which there is room, one by one.
fn insert_each<K: Ord, V, A: Allocator, S: Search<K>>(
    raw: &mut Raw<K, V, S>,
    alloc: &A,
    entries: impl Iterator<Item = (K, V)>,
) {
    for (key, value) in entries {
        match raw.find(&key) {
            Ok(index) => raw.pairs_mut().1[index] = value,
            Err(index) => {
                if let Err((.., refusal)) = raw.try_insert(index, key, value, alloc) {
                    crate::panics::refused(&refusal)
                }
            }
        }
    }
}

/// Puts entries behind the last one while their keys ascend. Returns the first that does not, or
/// that there is no memory for.
fn append_ascending<K: Ord, V, A: Allocator, S: Search<K>>(
    raw: &mut Raw<K, V, S>,
    alloc: &A,
    entries: &mut impl Iterator<Item = (K, V)>,
) -> Option<((K, V), Option<Refusal>)> {
    let mut there = Append::new(raw, alloc);
    for (key, value) in entries {
        if there.last().is_some_and(|last| *last >= key) {
            return Some(((key, value), None));
        }
        if let Err((key, value, refusal)) = there.try_push(key, value) {
            return Some(((key, value), Some(refusal)));
        }
    }
    None
}

/// What is there becomes a pile, unless it was there before, or is much that came in order.
#[inline]
fn pile_on<'a, K, V, A: Allocator, S: Search<K>>(
    raw: &'a mut Raw<K, V, S>,
    alloc: &'a A,
    empty: bool,
) -> Option<Pile<'a, K, V, A, S>> {
    let moves = S::place() == Place::Nowhere || size_of::<(K, V)>() <= LARGEST_MOVED;
    if empty && moves && raw.len() <= SOON { Pile::new(raw, alloc) } else { None }
}

/// Puts entries on the pile until there is no memory for one, and sorts it.
fn sort_pile<K: Ord, V, A: Allocator, S: Search<K>>(
    mut pile: Pile<'_, K, V, A, S>,
    entries: &mut impl Iterator<Item = (K, V)>,
) -> Option<((K, V), Refusal)> {
    let refused = pile.try_fill(entries).err();
    pile.sort();
    refused
}

/// Collects entries until there is no memory for one.
fn collect<T, A: Allocator>(
    batch: &mut Scratch<'_, T, A>,
    entries: impl Iterator<Item = T>,
) -> Option<(T, Refusal)> {
    for entry in entries {
        if batch.len() == batch.capacity() && batch.try_reserve(1).is_err() {
            return Some((entry, order::refusal::<T>(batch.len() + 1)));
        }
        batch.push(entry);
    }
    None
}

/// Steps 2 to 5. All of the batch is in it still if there is no memory, and what has not moved if
/// there is.
fn try_merge<K: Ord, V, A: Allocator, S: Search<K>>(
    raw: &mut Raw<K, V, S>,
    alloc: &A,
    batch: &mut Scratch<'_, (K, V), A>,
) -> Result<(), Refusal> {
    if batch.is_empty() || try_merge_integers(raw, alloc, batch) {
        return Ok(());
    }
    let skip = raw.skip_with(batch);
    let mut items: Scratch<'_, Item, A> = Scratch::new_in(Api2(alloc));
    order::try_reserve(&mut items, batch.len())?;
    items.extend(
        batch
            .iter()
            .enumerate()
            .map(|(from, (key, _))| Item { rank: rank::order::<K, S>(key, skip), from }),
    );
    let mut ranks: Scratch<'_, u64, A> = Scratch::new_in(Api2(alloc));
    if S::ASKS {
        order::try_reserve(&mut ranks, batch.len())?;
        ranks.extend(items.iter().map(|item| item.rank));
    }
    order::sort(&mut items, alloc);
    let key = |item: &Item| &batch[item.from].0;
    let exact = S::place() == Place::Keys;
    if !exact {
        for equals in items.chunk_by_mut(|a, b| a.rank == b.rank) {
            if equals.len() > 1 {
                equals.sort_unstable_by(|a, b| key(a).cmp(key(b)).then(a.from.cmp(&b.from)));
            }
        }
    }
    let unique = unify(&mut items, batch, exact);
    let (found, fresh) = find_places(raw, batch, &mut items[..unique]);
    raw.try_reserve(fresh, true, alloc)?;
    raw.rerank(skip);
    take_last_values(&mut items[unique..], batch);
    let targets = items[..unique].iter().rev().map(|item| item.target());
    let entries = NonNull::from_mut(&mut batch[..]).cast();
    let len = batch.len();
    // What moves is not dropped here; what does not, is kept below.
    // SAFETY: none is more than there are.
    unsafe { batch.set_len(0) };
    // SAFETY: there is room for `fresh`; places ascend, and each is found once, by `find_places`; the
    // items are a permutation, of which each occurs once.
    unsafe { raw.merge(entries, &ranks, fresh, targets) };
    if found > 0 || unique < len {
        keep_unmoved(batch, entries, &mut items, unique);
    }
    Ok(())
}

/// Steps 2 to 5 for integers with small values, of which no less come than are there: the batch is
/// sorted itself. `false` if that is not the case, or could not be done.
fn try_merge_integers<K: Ord, V, A: Allocator, S: Search<K>>(
    raw: &mut Raw<K, V, S>,
    alloc: &A,
    batch: &mut Scratch<'_, (K, V), A>,
) -> bool {
    if S::place() != Place::Keys
        || size_of::<(K, V)>() > LARGEST_MOVED
        || raw.len() > batch.len()
        || raw.try_reserve(batch.len(), true, alloc).is_err()
        || !order::sort_entries(
            batch,
            |(key, _)| rank::order::<K, S>(key, 0),
            order::INTEGERS,
            alloc,
        )
    {
        return false;
    }
    let (entries, len) = (NonNull::from_mut(&mut batch[..]).cast(), batch.len());
    // SAFETY: none is more than there are.
    unsafe { batch.set_len(0) };
    // SAFETY: the batch is sorted, there is room for all of it, and it does not drop what moves.
    let left = unsafe { raw.merge_sorted(entries, len) };
    // SAFETY: so many are in front, and have not moved.
    unsafe { batch.set_len(left) };
    true
}

impl Item {
    const ONTO: u64 = 1 << 63;

    fn target(&self) -> Target {
        let onto = self.rank & Self::ONTO != 0;
        Target { at: (self.rank & !Self::ONTO) as usize, onto, from: self.from }
    }
}

/// Step 3: moves the later ones of equal keys behind all others, where their rank becomes the position
/// of the first one. Returns how many stay in front.
fn unify<K: Ord, V>(items: &mut [Item], batch: &[(K, V)], exact: bool) -> usize {
    let mut unique = 1;
    for next in 1..items.len() {
        let (first, item) = (items[unique - 1], items[next]);
        let (a, b) = (&batch[first.from].0, &batch[item.from].0);
        if first.rank == item.rank && (exact || a.cmp(b) == Ordering::Equal) {
            items[next].rank = first.from as u64;
        } else {
            items.swap(unique, next);
            unique += 1;
        }
    }
    unique
}

/// The end of step 3, once there is memory: the first of equal keys gets the value of the last.
fn take_last_values<K, V>(again: &mut [Item], batch: &mut [(K, V)]) {
    again.sort_unstable_by_key(|item| item.from);
    for item in again {
        if let Ok([first, later]) = batch.get_disjoint_mut([item.rank as usize, item.from]) {
            mem::swap(&mut first.1, &mut later.1);
        }
    }
}

/// Step 4: each item's rank becomes its place. Returns how many keys are there already, and how many
/// are not. Places ascend strictly behind a key that was found, whatever the keys' `Ord` says.
fn find_places<K: Ord, V, S: Search<K>>(
    raw: &Raw<K, V, S>,
    batch: &[(K, V)],
    items: &mut [Item],
) -> (usize, usize) {
    let (mut keys, mut passed, mut found) = (raw.keys(), 0, 0);
    for item in &mut *items {
        let place = gallop(keys, &batch[item.from].0);
        let (Ok(at) | Err(at)) = place;
        keys = &keys[at..];
        passed += at;
        item.rank = passed as u64;
        if place.is_ok() {
            item.rank |= Item::ONTO;
            keys = &keys[1..];
            passed += 1;
            found += 1;
        }
    }
    (found, items.len() - found)
}

/// A binary search that begins with the first keys: O(log of the distance).
fn gallop<K: Ord>(keys: &[K], key: &K) -> Result<usize, usize> {
    let (mut from, mut step) = (0, 1);
    while let Some(probe) = keys.get(from + step - 1) {
        match probe.cmp(key) {
            Ordering::Less => from += step,
            Ordering::Equal => return Ok(from + step - 1),
            Ordering::Greater => break,
        }
        step *= 2;
    }
    let near = &keys[from..keys.len().min(from + step - 1)];
    match near.binary_search(key) {
        Ok(at) => Ok(from + at),
        Err(at) => Err(from + at),
    }
}

/// Makes the batch consist of what has not moved: duplicates, and keys that were there already.
#[cold]
fn keep_unmoved<K, V, A: Allocator>(
    batch: &mut Scratch<'_, (K, V), A>,
    entries: NonNull<(K, V)>,
    items: &mut Scratch<'_, Item, A>,
    unique: usize,
) {
    let mut nth = 0;
    items.retain(|item| {
        nth += 1;
        nth > unique || item.target().onto
    });
    items.sort_unstable_by_key(|item| item.from);
    for (to, item) in items.iter().enumerate() {
        // SAFETY: an entry of the batch that has not moved.
        let from = unsafe { entries.add(item.from) };
        // SAFETY: no place is behind the entry, as those ascend.
        let to = unsafe { entries.add(to) };
        // SAFETY: what was at the new place has moved, or been copied already.
        unsafe { from.copy_to(to, 1) };
    }
    // SAFETY: so many are in front now, each once.
    unsafe { batch.set_len(items.len()) };
}
