#![expect(unsafe_code, reason = "moves entries between two arrays")]
//! Sorting by rank, digit by digit.
//!
//! A rank has 64 bits, but `n` ranks that spread are told apart by little more than the first
//! `log2(n)` in which any of them differ. These, and a few more, are two or three digits: entries are
//! moved to another array in the order of the lowest one, back in the order of the next. Nothing is
//! compared and no branch depends on the ranks. What has the same digits is next to each other then, and
//! seldom more than one: insertion makes it right. Where ranks do not spread, as in a batch of two
//! groups far apart, it would be too slow, and gives up.

use core::{mem, ptr::NonNull};

use allocator_api2::vec::Vec;

use crate::{
    alloc::{Allocator, Api2},
    collections::flat::batch::Scratch,
};

/// The most entries that are sorted by insertion only.
const FEW: usize = 32;
/// Bits more than `log2(n)` that are sorted by.
const MORE_BITS: u32 = 2;
/// Of text, four of seven bits tell something; of integers all do.
const TEXT: (u32, u32) = (7, 4);
pub(super) const INTEGERS: (u32, u32) = (1, 1);
/// Most bits of a digit.
const DIGIT: u32 = 11;
/// How many places each entry may move on average in the last step.
const MOVES: usize = 4;

/// An entry of a batch: its rank, and where it is in the batch. Later its place and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    pub(super) rank: u64,
    pub(super) from: usize,
}

/// Sorts items by rank, and those of one rank by position, in which order they come.
pub(super) fn sort<'a, A: Allocator>(items: &mut Scratch<'a, Item, A>, alloc: &'a A) {
    if !sort_stably(items, |item| item.rank, TEXT, alloc) {
        items.sort_unstable();
    }
}

/// Sorts stably by `rank`, or says that it could not, for want of memory or because too many are too
/// close; they are in another order then, but those of one rank are not. How many bits it takes to tell
/// as much as one is `density`. `rank` must say the same each time, and must not panic.
pub(super) fn sort_stably<T, A: Allocator>(
    entries: &mut [T],
    rank: impl Fn(&T) -> u64,
    density: (u32, u32),
    alloc: &A,
) -> bool {
    if entries.len() <= FEW {
        return by_insertion(entries, rank);
    }
    let (least, most) = entries.iter().map(&rank).fold((u64::MAX, 0), |(least, most), rank| {
        (if rank < least { rank } else { least }, if rank > most { rank } else { most })
    });
    let differing = 64 - (most - least).leading_zeros();
    let bits = ((entries.len().ilog2() + MORE_BITS) * density.0).div_ceil(density.1).min(differing);
    let passes = bits.div_ceil(DIGIT);
    let digit = if passes == 0 { 0 } else { bits.div_ceil(passes) };
    let last = differing.saturating_sub(passes * digit);
    let leading = |entry: &T| rank(entry).wrapping_sub(least) >> last;
    by_digits(entries, leading, digit, passes, alloc).is_some()
        && (last == 0 || by_insertion(entries, rank))
}

/// `None` if there is no memory; nothing has moved then.
fn by_digits<T, A: Allocator>(
    entries: &mut [T],
    leading: impl Fn(&T) -> u64,
    bits: u32,
    passes: u32,
    alloc: &A,
) -> Option<()> {
    let len = u32::try_from(entries.len()).ok()? as usize;
    let digits = 1_usize << bits;
    let mut other: Scratch<'_, T, A> = Vec::new_in(Api2(alloc));
    other.try_reserve_exact(len).ok()?;
    let mut counts: Scratch<'_, u32, A> = Vec::new_in(Api2(alloc));
    counts.try_reserve_exact(digits).ok()?;
    let start = NonNull::from_mut(entries).cast::<T>();
    let (mut here, mut there) = (start, NonNull::from_mut(other.spare_capacity_mut()).cast::<T>());
    for pass in 0..passes {
        let digit = |entry: &T| (leading(entry) >> (pass * bits)) as usize & (digits - 1);
        counts.clear();
        counts.resize(digits, 0);
        for nth in 0..len {
            // SAFETY: an entry.
            let entry = unsafe { here.add(nth) };
            // SAFETY: all are initialised here, and nobody else uses them.
            counts[digit(unsafe { entry.as_ref() })] += 1;
        }
        let mut sum = 0;
        for count in &mut counts {
            sum += mem::replace(count, sum);
        }
        // SAFETY: all are initialised here, there is room for as many there, and the counts say
        // where they go.
        unsafe { deal(here, there, &mut counts, len, digit) };
        mem::swap(&mut here, &mut there);
    }
    if here != start {
        // SAFETY: all have moved here; they came from there.
        unsafe { here.copy_to_nonoverlapping(start, len) };
    }
    Some(())
}

/// Moves all entries, each to where `places` says for its digit, which goes up by one.
///
/// # Safety
///
/// There are as many entries, initialised and to be read, as the places are for: `places[d]` is the
/// number of entries whose digit is less than `d`, and `digit` says the same each time. `to` has
/// room for all and does not overlap.
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

/// What is almost sorted; `false` if that turns out to be too much work.
fn by_insertion<T>(entries: &mut [T], rank: impl Fn(&T) -> u64) -> bool {
    let mut moves = entries.len() * MOVES + FEW * FEW / 2;
    for next in 1..entries.len() {
        let mut at = next;
        while at > 0 && rank(&entries[at - 1]) > rank(&entries[at]) {
            entries.swap(at - 1, at);
            at -= 1;
            moves -= 1;
            if moves == 0 {
                return false;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::alloc::Global;

    #[test]
    fn sorts_stably_or_gives_up_and_loses_nothing() {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            state ^ state >> 29
        };
        for len in [0, 1, 2, 31, 32, 33, 100, 257, 5000, 70_000] {
            for spread in [0, 1, 5, 13, 40, 64] {
                for far in [0, 1 << 63] {
                    for density in [INTEGERS, TEXT] {
                        let mut entries: Vec<(u64, usize)> = (0..len)
                            .map(|nth| {
                                let low = if spread == 0 { 0 } else { next() >> (64 - spread) };
                                (low | (far * u64::from(nth % 2 == 0)), nth)
                            })
                            .collect();
                        let mut expected = entries.clone();
                        expected.sort();
                        let sorted = sort_stably(&mut entries, |e| e.0, density, &Global);
                        assert!(sorted || len >= 32 && far > 0, "{len} {spread} {far}");
                        if !sorted {
                            assert!(entries.is_sorted_by(|a, b| a.0 != b.0 || a.1 < b.1));
                            entries.sort();
                        }
                        assert_eq!(entries, expected);
                    }
                }
            }
        }
    }
}
