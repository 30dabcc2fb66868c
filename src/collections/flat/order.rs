#![expect(unsafe_code, reason = "moves entries between two arrays")]
//! Sorting by rank, digit by digit.
//!
//! A rank has 64 bits, but `n` ranks that spread are told apart by little more than the first
//! `log2(n)` in which any of them differ. These, and a few more, are two digits: entries are moved to
//! another array in the order of the lower one, and back in the order of the higher one. Nothing is
//! compared and no branch depends on the ranks. What has the same digits is next to each other then,
//! is seldom more than one, and is sorted by comparing. Where ranks do not spread, as in a batch of
//! two groups far apart, that is all of the work, and not much worse than if it had been done at once.

use core::{mem, ptr::NonNull};

use allocator_api2::vec::Vec;

use crate::{
    alloc::{Allocator, Api2},
    collections::flat::batch::Scratch,
};

/// Fewest entries that are sorted by digits.
const BY_DIGITS: usize = 32;
/// Bits more than `log2(n)` that are sorted by.
const MORE_BITS: u32 = 4;
/// Most bits of a digit.
const DIGIT: u32 = 11;
/// Most entries with the same digits that are sorted by insertion.
const BY_INSERTION: usize = 20;

/// An entry of a batch: its rank, and where it is in the batch. Later its place and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    pub(super) rank: u64,
    pub(super) from: usize,
}

/// Sorts items by rank, and those of one rank by position, in which order they come.
pub(super) fn sort<'a, A: Allocator>(items: &mut Scratch<'a, Item, A>, alloc: &'a A) {
    if !sort_stably(items, |item| item.rank, alloc) {
        items.sort_unstable();
    }
}

/// Sorts stably by `rank`, or says that it could not, for want of memory or because too many are too
/// close; they are in another order then, but those of one rank are not. Runs no user's code if
/// `rank` does not.
pub(super) fn sort_stably<T, A: Allocator>(
    entries: &mut [T],
    rank: impl Fn(&T) -> u64,
    alloc: &A,
) -> bool {
    if entries.len() < BY_DIGITS {
        insertion_sort(entries, &rank);
        return true;
    }
    let (least, most) = entries.iter().map(&rank).fold((u64::MAX, 0), |(least, most), rank| {
        (if rank < least { rank } else { least }, if rank > most { rank } else { most })
    });
    let differing = 64 - (most - least).leading_zeros();
    let digit = (entries.len().ilog2() + MORE_BITS).min(differing).div_ceil(2).min(DIGIT);
    let last = differing.saturating_sub(2 * digit);
    let leading = |entry: &T| rank(entry).wrapping_sub(least) >> last;
    if differing > 0 && by_two_digits(entries, leading, digit, alloc).is_none() {
        return false;
    }
    last == 0 || sort_runs(entries, leading, &rank)
}

/// `None` if there is no memory; nothing has moved then.
fn by_two_digits<T, A: Allocator>(
    entries: &mut [T],
    leading: impl Fn(&T) -> u64,
    digit: u32,
    alloc: &A,
) -> Option<()> {
    let len = u32::try_from(entries.len()).ok()? as usize;
    let digits = 1_usize << digit;
    let low = |entry: &T| leading(entry) as usize & (digits - 1);
    let high = |entry: &T| (leading(entry) >> digit) as usize & (digits - 1);
    let mut other: Scratch<'_, T, A> = Vec::new_in(Api2(alloc));
    other.try_reserve_exact(len).ok()?;
    let mut counts: Scratch<'_, u32, A> = Vec::new_in(Api2(alloc));
    counts.try_reserve_exact(2 * digits).ok()?;
    counts.resize(2 * digits, 0);
    let (lows, highs) = counts.split_at_mut(digits);
    for entry in &*entries {
        lows[low(entry)] += 1;
        highs[high(entry)] += 1;
    }
    add_up(lows);
    add_up(highs);
    let here = NonNull::from_mut(entries).cast::<T>();
    let there = NonNull::from_mut(other.spare_capacity_mut()).cast::<T>();
    // SAFETY: all of `entries` are initialised and `other` has room for as many, elsewhere.
    unsafe { deal(here, there, lows, len, low) };
    // SAFETY: all have moved there, so they are initialised there and there is room here.
    unsafe { deal(there, here, highs, len, high) };
    Some(())
}

/// Makes each count the sum of those before it.
fn add_up(counts: &mut [u32]) {
    let mut sum = 0;
    for count in counts {
        sum += mem::replace(count, sum);
    }
}

/// Moves all entries, each to where `places` says for its digit, which goes up by one.
///
/// # Safety
///
/// There are as many entries, initialised and to be read, as the places are for: `places[d]` is the
/// number of entries whose digit is less than `d`. `to` has room for all and does not overlap.
#[inline]
unsafe fn deal<T>(
    from: NonNull<T>,
    to: NonNull<T>,
    places: &mut [u32],
    len: usize,
    digit: impl Fn(&T) -> usize,
) {
    for nth in 0..len {
        // SAFETY: an entry.
        let entry = unsafe { from.add(nth) };
        // SAFETY: it is initialised, and nobody else uses it.
        let place = &mut places[digit(unsafe { entry.as_ref() })];
        // SAFETY: each place is met once, and is less than the number of entries.
        let target = unsafe { to.add(*place as usize) };
        *place += 1;
        // SAFETY: the two do not overlap.
        unsafe { entry.copy_to_nonoverlapping(target, 1) };
    }
}

/// Sorts what has the same leading bits; `false` if that is too many somewhere.
fn sort_runs<T>(entries: &mut [T], leading: impl Fn(&T) -> u64, rank: impl Fn(&T) -> u64) -> bool {
    let mut start = 0;
    for next in 1..=entries.len() {
        if next < entries.len() && leading(&entries[next]) == leading(&entries[next - 1]) {
            continue;
        }
        match next - start {
            1 => {}
            2..=BY_INSERTION => insertion_sort(&mut entries[start..next], &rank),
            _ => return false,
        }
        start = next;
    }
    true
}

/// Stable, for a few entries.
#[inline]
fn insertion_sort<T>(entries: &mut [T], rank: impl Fn(&T) -> u64) {
    for next in 1..entries.len() {
        let mut at = next;
        while at > 0 && rank(&entries[at - 1]) > rank(&entries[at]) {
            entries.swap(at - 1, at);
            at -= 1;
        }
    }
}
