#![expect(unsafe_code, reason = "moves entries between two arrays")]
//! Sorting by rank, digit by digit.
//!
//! A rank has 64 bits, but `n` ranks that spread are told apart by little more than the first
//! `log2(n)` in which any of them differ. These, and a few more, are an even number of digits: entries are
//! moved to another array in the order of the lowest one, back in the order of the next. Nothing is
//! compared and no branch depends on the ranks. What has the same digits is next to each other then, and
//! seldom more than one: insertion makes it right. Where ranks do not spread, as in a batch of two
//! groups far apart, it would be too slow, and gives up; then all bits that differ are sorted by.
//!
//! A key may have its value elsewhere, in the array at the same place; in between they are together.

use core::{
    mem::{self, MaybeUninit},
    ptr::NonNull,
};

use allocator_api2::vec::Vec;

use crate::alloc::{Allocator, Api2, Cause, Layout, Refusal};

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

/// Memory that is needed for a while.
pub(super) type Scratch<'a, T, A> = Vec<T, Api2<&'a A>>;

/// Makes room for `count` values, and no more than that, in memory that has none.
pub(super) fn try_reserve<T, A: Allocator>(
    scratch: &mut Scratch<'_, T, A>,
    count: usize,
) -> Result<(), Refusal> {
    scratch.try_reserve_exact(count).map_err(|_| refusal::<T>(count))
}

/// There was no memory for `count` values.
pub(super) fn refusal<T>(count: usize) -> Refusal {
    let Ok(layout) = Layout::array::<T>(count) else {
        return Refusal::overflow(Layout::new::<T>(), count);
    };
    Refusal::new(layout, Cause::Upstream { asked: layout.size(), reserved: 0 })
}

/// An entry of a batch: its rank, and where it is in the batch. Later its place and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    pub(super) rank: u64,
    pub(super) from: usize,
}

/// Sorts items by rank, and those of one rank by position, in which order they come.
pub(super) fn sort<A: Allocator>(items: &mut [Item], alloc: &A) {
    if !sort_entries(items, |item| item.rank, TEXT, alloc) {
        items.sort_unstable();
    }
}

/// Sorts stably by `rank`, or says that there is no memory for it. For the rest see [`sort_stably`].
pub(super) fn sort_entries<T, A: Allocator>(
    entries: &mut [T],
    rank: impl Fn(&T) -> u64,
    density: (u32, u32),
    alloc: &A,
) -> bool {
    let mut other: Scratch<'_, (T, ()), A> = Scratch::new_in(Api2(alloc));
    if entries.len() > FEW && other.try_reserve_exact(entries.len()).is_err() {
        return false;
    }
    let nothing = &mut *liballoc::vec![(); entries.len()];
    sort_stably(entries, nothing, other.spare_capacity_mut(), density, rank);
    true
}

/// Sorts entries stably by `rank`, which must say the same each time, and must not panic. How many bits
/// it takes to tell as much as one is `density`. `other` has room for all.
pub(super) fn sort_stably<K, V>(
    keys: &mut [K],
    values: &mut [V],
    other: &mut [MaybeUninit<(K, V)>],
    density: (u32, u32),
    rank: impl Fn(&K) -> u64,
) {
    let len = keys.len();
    if len <= FEW {
        by_insertion(keys, values, &rank);
        return;
    }
    let (least, most) = keys.iter().map(&rank).fold((u64::MAX, 0), |(least, most), rank| {
        (if rank < least { rank } else { least }, if rank > most { rank } else { most })
    });
    let differing = 64 - (most - least).leading_zeros();
    let enough = ((len.ilog2() + MORE_BITS) * density.0).div_ceil(density.1);
    let above = |key: &K| rank(key).wrapping_sub(least);
    let left = by_digits(keys, values, other, differing, enough.min(differing), above);
    if left > 0 && !by_insertion(keys, values, &rank) {
        by_digits(keys, values, other, differing, differing, above);
    }
}

/// Sorts by the first `bits` of `differing` ones, or a few more. Returns how many bits are left.
fn by_digits<K, V>(
    keys: &mut [K],
    values: &mut [V],
    other: &mut [MaybeUninit<(K, V)>],
    differing: u32,
    bits: u32,
    rank: impl Fn(&K) -> u64,
) -> u32 {
    assert!(values.len() == keys.len() && other.len() >= keys.len());
    let rounds = bits.div_ceil(2 * DIGIT);
    let digit = if rounds == 0 { 0 } else { bits.div_ceil(2 * rounds) };
    let last = differing.saturating_sub(2 * rounds * digit);
    for round in 0..rounds {
        let low = last + 2 * round * digit;
        // SAFETY: as many keys as values, and room for all in `other`.
        unsafe { by_two_digits(keys, values, other, digit, |key| rank(key) >> low) }
    }
    last
}

/// Sorts by the lowest two digits of `bits` each.
///
/// # Safety
///
/// There are as many values as keys, and there is room for all in `other`.
unsafe fn by_two_digits<K, V>(
    keys: &mut [K],
    values: &mut [V],
    other: &mut [MaybeUninit<(K, V)>],
    bits: u32,
    rank: impl Fn(&K) -> u64,
) {
    let mut counts = [MaybeUninit::<usize>::uninit(); 2 << DIGIT];
    let (counts, _) = counts.split_at_mut(2 << bits);
    counts.fill(MaybeUninit::new(0));
    // SAFETY: all of them are initialised.
    let counts = unsafe { &mut *(&raw mut *counts as *mut [usize]) };
    let (lower, upper) = counts.split_at_mut(1 << bits);
    let mask = lower.len() - 1;
    let low = |key: &K| rank(key) as usize & mask;
    let high = |key: &K| (rank(key) >> bits) as usize & mask;
    for key in &*keys {
        lower[low(key)] += 1;
        upper[high(key)] += 1;
    }
    for places in [&mut *lower, &mut *upper] {
        let mut sum = 0;
        for place in places {
            sum += mem::replace(place, sum);
        }
    }
    let len = keys.len();
    let keys = NonNull::from_mut(keys).cast::<K>();
    let values = NonNull::from_mut(values).cast::<V>();
    let other = NonNull::from_mut(other).cast::<(K, V)>();
    for nth in 0..len {
        // SAFETY: a key, which moves, each once.
        let key = unsafe { keys.as_ptr().wrapping_add(nth).read() };
        // SAFETY: its value, which moves too.
        let value = unsafe { values.as_ptr().wrapping_add(nth).read() };
        let place = &mut lower[low(&key)];
        // SAFETY: by the counts each place is met once, and is less than the number of entries.
        unsafe { other.as_ptr().wrapping_add(*place).write((key, value)) };
        *place += 1;
    }
    for nth in 0..len {
        // SAFETY: an entry, which moves back.
        let (key, value) = unsafe { other.as_ptr().wrapping_add(nth).read() };
        let place = &mut upper[high(&key)];
        // SAFETY: as above.
        unsafe { keys.as_ptr().wrapping_add(*place).write(key) };
        // SAFETY: as above.
        unsafe { values.as_ptr().wrapping_add(*place).write(value) };
        *place += 1;
    }
}

/// What is almost sorted; `false` if that turns out to be too much work.
fn by_insertion<K, V>(keys: &mut [K], values: &mut [V], rank: impl Fn(&K) -> u64) -> bool {
    let mut moves = keys.len() * MOVES + FEW * FEW / 2;
    for next in 1..keys.len() {
        let mut at = next;
        while at > 0 && rank(&keys[at - 1]) > rank(&keys[at]) {
            keys.swap(at - 1, at);
            values.swap(at - 1, at);
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
    fn sorts_stably_whatever_the_ranks_are() {
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
                        assert!(sort_entries(&mut entries, |e| e.0, density, &Global));
                        assert_eq!(entries, expected);
                    }
                }
            }
        }
    }
}
