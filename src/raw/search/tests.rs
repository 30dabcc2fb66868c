#![expect(unsafe_code, reason = "drives the kernels")]
//! The kernels against a binary search.

use core::{fmt::Debug, ptr::NonNull};
use std::{vec, vec::Vec};

use super::*;

/// Slots and levels over `keys`, which begin at slot `head`. The slots stay sorted and as many as
/// they are, and are sampled again when they change, so that the tree keeps its invariants.
struct Planted<L> {
    slots: Vec<L>,
    levels: Vec<L>,
}

impl<L: Lane> Planted<L> {
    fn new(slots: usize, head: usize, keys: &[L]) -> Self {
        let mut planted = Self { slots: vec![L::MAX; slots], levels: vec![L::MIN; samples(slots)] };
        planted.slots[..head].fill(L::MIN);
        planted.slots[head..][..keys.len()].copy_from_slice(keys);
        // SAFETY: the levels have that room, and are borrowed with the tree.
        unsafe { planted.tree().clear_levels() };
        planted.resample(0, slots - 1);
        planted
    }

    fn resample(&mut self, first: usize, last: usize) {
        assert!(last < self.slots.len());
        // SAFETY: checked just now; the rest is true of what is planted.
        unsafe { self.tree().resample(first, last) };
    }

    fn tree(&mut self) -> Tree<L> {
        Tree {
            leaves: NonNull::from_mut(&mut self.slots[..]).cast(),
            levels: NonNull::from_mut(&mut self.levels[..]).cast(),
            slots: self.slots.len(),
        }
    }

    fn check(&mut self, key: L)
    where
        L: Debug,
    {
        let tree = self.tree();
        let near = self.slots.partition_point(|k| *k < key).min(self.slots.len() - 1);
        let expected = (near, self.slots[near]);
        // SAFETY: what is planted keeps the invariants of trees.
        assert_eq!(unsafe { tree.near(key) }, expected, "{key:?}");
        // SAFETY: the same.
        assert_eq!(unsafe { tree.near_many(&[key; 3]) }, [near; 3]);
        // SAFETY: the same.
        assert_eq!(unsafe { plain::near(tree.leaves, tree.levels, tree.slots, key) }, near);
        // SAFETY: the same.
        assert_eq!(unsafe { plain::near_many(tree, &[key; 3]) }, [near; 3]);
        #[cfg(all(target_arch = "x86_64", feature = "std"))]
        if native::has_avx2() {
            // SAFETY: the same, and the processor has the instructions.
            assert_eq!(unsafe { native::with_avx2(tree, &[key; 3]) }, [near; 3]);
        }
    }
}

fn all_kernels_agree<L: Lane + Debug>(from: impl Fn(u64) -> L) {
    let mut state = 1_u64;
    let mut next = move || {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        state >> 7 ^ state << 40
    };
    for (slots, head, len) in [
        (16, 0, 0_usize),
        (16, 0, 16),
        (16, 5, 3),
        (32, 0, 32),
        (32, 20, 12),
        (256, 0, 256),
        (256, 100, 30),
        (272, 0, 272),
        (272, 250, 22),
        (4096, 0, 4096),
        (4112, 17, 4000),
        (70_000, 333, 66_000),
    ] {
        let mut keys: Vec<L> = (0..len).map(|_| from(next())).collect();
        keys.sort_unstable();
        let mut planted = Planted::new(slots, head, &keys);
        for at in [0, 1, len / 2, len.saturating_sub(1)] {
            if let Some(key) = keys.get(at) {
                planted.check(*key);
            }
        }
        for _ in 0..200 {
            planted.check(from(next()));
        }
        for key in [L::MIN, L::MAX, from(0), from(u64::MAX), from(1 << 31), from(1 << 63)] {
            planted.check(key);
        }
    }
}

#[test]
fn every_kernel_finds_what_a_binary_search_finds() {
    all_kernels_agree(|n| n);
    all_kernels_agree(|n| n as i64);
    all_kernels_agree(|n| n as u32);
    all_kernels_agree(|n| n as i32);
    all_kernels_agree(|n| n as u16);
    all_kernels_agree(|n| n as i16);
    all_kernels_agree(|n| n as u8);
    all_kernels_agree(|n| n as i8);
    all_kernels_agree(|n| n % 7);
}

#[test]
fn every_small_size_is_searched_right() {
    for slots in (16..=640).step_by(16) {
        for (head, len) in [(0, slots), (0, slots - 7), (5, slots - 9), (slots - 3, 1)] {
            let keys: Vec<u64> = (0..len as u64).map(|n| 10 * n + 10).collect();
            let mut planted = Planted::new(slots, head, &keys);
            for key in (0..=10 * len as u64 + 20).step_by(5).chain([u64::MAX]) {
                planted.check(key);
            }
        }
    }
}

#[test]
fn levels_have_room_for_their_samples() {
    assert_eq!([16, 32, 256, 272, 4096, 4112].map(depth), [0, 1, 1, 2, 2, 3]);
    assert_eq!([16, 32, 256, 272, 65_536].map(samples), [0, 16, 16, 16 + 32, 16 + 256 + 4096]);
    for slots in (16..100_000).step_by(16) {
        assert!(samples(slots) <= slots / 7 + 32, "{slots}");
    }
}

#[test]
fn samples_follow_their_slots() {
    let keys: Vec<u64> = (0..5000).map(|n| n * 3).collect();
    let mut planted = Planted::new(5008, 0, &keys);
    for at in [4999, 4000, 100, 15, 0] {
        planted.slots[at] += 1;
        planted.resample(at, at);
        planted.check(at as u64 * 3 + 1);
        planted.check(at as u64 * 3 + 2);
    }
}

#[test]
fn keys_in_no_order_lead_nowhere_outside() {
    let mut state = 3_u64;
    let mut next = move || {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        if state >> 60 == 0 { u64::MAX } else { state.rotate_left(23) }
    };
    for slots in [16, 32, 48, 256, 272, 512, 4096, 4112, 9008, 65_552] {
        let mut planted = Planted::new(slots, 0, &[]);
        planted.slots.fill_with(&mut next);
        planted.resample(0, slots - 1);
        let tree = planted.tree();
        for _ in 0..300 {
            let keys = [next(), u64::MAX, u64::MAX - 1, 0];
            for key in keys {
                // SAFETY: all but the order is as the invariants say.
                assert!(unsafe { tree.near(key) }.0 < slots);
                // SAFETY: the same.
                assert!(unsafe { plain::near(tree.leaves, tree.levels, tree.slots, key) } < slots);
            }
            // SAFETY: the same.
            assert!(unsafe { native::near_many(tree, &keys) }.iter().all(|at| *at < slots));
            // SAFETY: the same.
            assert!(unsafe { plain::near_many(tree, &keys) }.iter().all(|at| *at < slots));
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            if native::has_avx2() {
                // SAFETY: the same, and the processor has the instructions.
                let found = unsafe { native::with_avx2(tree, &keys) };
                assert!(found.iter().all(|at| *at < slots));
            }
        }
    }
}

#[test]
fn each_of_a_few_finds_its_place_among_all() {
    fn agree<L: Lane + Debug>(from: impl Fn(u64) -> L) {
        for slots in [16, 32, 64, 240] {
            let mut planted = Planted::new(slots, 0, &[]);
            for (nth, slot) in planted.slots.iter_mut().enumerate().take(slots - 5) {
                *slot = from((nth as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 3);
            }
            let (tree, keys) = (planted.tree(), planted.slots.clone());
            let less = |key: &L| keys.iter().filter(|k| *k < key).count() as u8;
            let expected: Vec<u8> = keys[..slots - 3].iter().map(less).collect();
            let mut found = vec![7; slots - 3];
            // SAFETY: there are more slots than places, and less than 255.
            unsafe { tree.places(&mut found) };
            assert_eq!(found, expected);
            // SAFETY: the same.
            unsafe { plain::places(tree, &mut found) };
            assert_eq!(found, expected);
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            if native::has_avx2() {
                // SAFETY: the same, and the processor has the instructions.
                unsafe { native::places_with_avx2(tree, &mut found) };
                assert_eq!(found, expected);
            }
        }
    }
    agree(|n| n);
    agree(|n| n as i64);
    agree(|n| n as u32);
    agree(|n| n as i32);
    agree(|n| n as i16);
    agree(|n| n as u8);
}
