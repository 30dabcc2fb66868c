#![expect(unsafe_code, reason = "vector instructions, and nodes of keys behind raw pointers")]
//! The descent with AVX-512 or AVX2, where the processor has them.
//!
//! A whole descent is one call into a function that was compiled for the instructions; what it calls
//! was compiled for the same and is inlined. Which processor it is, is found out once.

use core::{
    arch::x86_64::*,
    ptr::NonNull,
    sync::atomic::{AtomicU8, Ordering::Relaxed},
};
use std::arch::is_x86_feature_detected;

use crate::raw::search::{Lane, NODE, Tree, count_all, descend, plain};

/// See [`Tree::lower_bound`]. What the call into the descent needs fits into registers.
///
/// # Safety
///
/// The tree keeps its invariants.
#[inline]
pub(super) unsafe fn lower_bound<L: Lane>(tree: Tree<L>, key: L) -> usize {
    let Tree { leaves, levels, slots } = tree;
    match vectors() {
        // SAFETY: the processor has the instructions; the rest is as promised.
        AVX512 => unsafe { one_with_avx512(leaves, levels, slots, key) },
        // SAFETY: the processor has the instructions; the rest is as promised.
        AVX2 => unsafe { one_with_avx2(leaves, levels, slots, key) },
        // SAFETY: as promised.
        _ => unsafe { plain::lower_bound(tree, key) },
    }
}

/// See [`Tree::lower_bounds`].
///
/// # Safety
///
/// The tree keeps its invariants.
#[inline]
pub(super) unsafe fn lower_bounds<L: Lane, const N: usize>(
    tree: Tree<L>,
    keys: &[L; N],
) -> [usize; N] {
    match vectors() {
        // SAFETY: the processor has the instructions; the rest is as promised.
        AVX512 => unsafe { with_avx512(tree, keys) },
        // SAFETY: the processor has the instructions; the rest is as promised.
        AVX2 => unsafe { with_avx2(tree, keys) },
        // SAFETY: as promised.
        _ => unsafe { plain::lower_bounds(tree, keys) },
    }
}

/// See [`Tree::places`].
///
/// # Safety
///
/// As there.
#[inline]
pub(super) unsafe fn places<L: Lane>(tree: Tree<L>, places: &mut [u8]) {
    match vectors() {
        // SAFETY: the processor has the instructions; the rest is as promised.
        AVX512 => unsafe { places_with_avx512(tree, places) },
        // SAFETY: the processor has the instructions; the rest is as promised.
        AVX2 => unsafe { places_with_avx2(tree, places) },
        // SAFETY: as promised.
        _ => unsafe { plain::places(tree, places) },
    }
}

/// # Safety
///
/// As for [`Tree::places`], and the processor has the instructions.
#[target_feature(enable = "avx512bw,popcnt")]
unsafe fn places_with_avx512<L: Lane>(tree: Tree<L>, places: &mut [u8]) {
    // SAFETY: all of each node can be read (1).
    let count = |node, key| unsafe { count_by_512(node, key) };
    // SAFETY: as promised.
    unsafe { count_all(tree, places, count) }
}

/// # Safety
///
/// As for [`Tree::places`], and the processor has the instructions.
#[target_feature(enable = "avx2,popcnt")]
pub(super) unsafe fn places_with_avx2<L: Lane>(tree: Tree<L>, places: &mut [u8]) {
    // SAFETY: all of each node can be read (1).
    let count = |node, key| unsafe { count_by_256(node, key) };
    // SAFETY: as promised.
    unsafe { count_all(tree, places, count) }
}

/// What [`vectors`] says; 0 is that nobody has asked yet.
const NO_VECTORS: u8 = 1;
const AVX2: u8 = 2;
const AVX512: u8 = 3;

/// The widest vectors that the processor has: one load and one comparison, where std's macro has
/// several for each feature.
#[inline]
fn vectors() -> u8 {
    static FOUND: AtomicU8 = AtomicU8::new(0);
    #[cold]
    #[inline(never)]
    fn find() -> u8 {
        let found = if is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("popcnt") {
            AVX512
        } else if has_avx2() {
            AVX2
        } else {
            NO_VECTORS
        };
        FOUND.store(found, Relaxed);
        found
    }
    match FOUND.load(Relaxed) {
        0 => find(),
        found => found,
    }
}

#[inline]
pub(super) fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt")
}

/// # Safety
///
/// They are a tree that keeps its invariants, and the processor has the instructions.
#[target_feature(enable = "avx512bw,popcnt")]
unsafe fn one_with_avx512<L: Lane>(
    leaves: NonNull<L>,
    levels: NonNull<L>,
    slots: usize,
    key: L,
) -> usize {
    // SAFETY: as promised.
    let [at] = unsafe { with_avx512(Tree { leaves, levels, slots }, &[key]) };
    at
}

/// # Safety
///
/// They are a tree that keeps its invariants, and the processor has the instructions.
#[target_feature(enable = "avx2,popcnt")]
unsafe fn one_with_avx2<L: Lane>(
    leaves: NonNull<L>,
    levels: NonNull<L>,
    slots: usize,
    key: L,
) -> usize {
    // SAFETY: as promised.
    let [at] = unsafe { with_avx2(Tree { leaves, levels, slots }, &[key]) };
    at
}

/// # Safety
///
/// The tree keeps its invariants, and the processor has the instructions.
#[inline]
#[target_feature(enable = "avx512bw,popcnt")]
unsafe fn with_avx512<L: Lane, const N: usize>(tree: Tree<L>, keys: &[L; N]) -> [usize; N] {
    // SAFETY: all of each node can be read (1).
    let count = |node, key| unsafe { count_by_512(node, key) };
    // SAFETY: as promised.
    unsafe { descend(tree, keys, count) }
}

/// # Safety
///
/// The tree keeps its invariants, and the processor has the instructions.
#[inline]
#[target_feature(enable = "avx2,popcnt")]
pub(super) unsafe fn with_avx2<L: Lane, const N: usize>(
    tree: Tree<L>,
    keys: &[L; N],
) -> [usize; N] {
    // SAFETY: all of each node can be read (1).
    let count = |node, key| unsafe { count_by_256(node, key) };
    // SAFETY: as promised.
    unsafe { descend(tree, keys, count) }
}

/// How many keys of the node are less than `key`.
///
/// # Safety
///
/// `NODE` keys from `node` can be read.
#[inline]
#[target_feature(enable = "avx512bw,popcnt")]
unsafe fn count_by_512<L: Lane>(node: NonNull<L>, key: L) -> usize {
    match size_of::<L>() {
        8 => {
            let at = node.as_ptr().cast::<i64>();
            let key = _mm512_set1_epi64(key.bits());
            // SAFETY: the first half of the node.
            let low = unsafe { _mm512_loadu_epi64(at) };
            // SAFETY: the second half of the node.
            let high = unsafe { _mm512_loadu_epi64(at.wrapping_add(8)) };
            let (low, high) = if L::SIGNED {
                (_mm512_cmplt_epi64_mask(low, key), _mm512_cmplt_epi64_mask(high, key))
            } else {
                (_mm512_cmplt_epu64_mask(low, key), _mm512_cmplt_epu64_mask(high, key))
            };
            (u16::from(high) << 8 | u16::from(low)).count_ones() as usize
        }
        4 => {
            let key = _mm512_set1_epi32(key.bits() as i32);
            // SAFETY: the whole node.
            let keys = unsafe { _mm512_loadu_epi32(node.as_ptr().cast::<i32>()) };
            let less = if L::SIGNED {
                _mm512_cmplt_epi32_mask(keys, key)
            } else {
                _mm512_cmplt_epu32_mask(keys, key)
            };
            less.count_ones() as usize
        }
        // SAFETY: as promised.
        _ => unsafe { count_narrow(node, key) },
    }
}
/// How many keys of the node are less than `key`. AVX2 compares signed numbers only, so the
/// highest bit of unsigned ones is turned over.
///
/// # Safety
///
/// `NODE` keys from `node` can be read.
#[inline]
#[target_feature(enable = "avx2,popcnt")]
unsafe fn count_by_256<L: Lane>(node: NonNull<L>, key: L) -> usize {
    match size_of::<L>() {
        8 => {
            let turn = _mm256_set1_epi64x(if L::SIGNED { 0 } else { i64::MIN });
            let key = _mm256_xor_si256(_mm256_set1_epi64x(key.bits()), turn);
            let mut mask = 0;
            for quarter in 0..4 {
                let at = node.as_ptr().cast::<__m256i>().wrapping_add(quarter);
                // SAFETY: a quarter of the node.
                let keys = _mm256_xor_si256(unsafe { _mm256_loadu_si256(at) }, turn);
                let less = _mm256_castsi256_pd(_mm256_cmpgt_epi64(key, keys));
                mask |= _mm256_movemask_pd(less) << (4 * quarter);
            }
            mask.count_ones() as usize
        }
        4 => {
            let turn = _mm256_set1_epi32(if L::SIGNED { 0 } else { i32::MIN });
            let key = _mm256_xor_si256(_mm256_set1_epi32(key.bits() as i32), turn);
            let mut mask = 0;
            for half in 0..2 {
                let at = node.as_ptr().cast::<__m256i>().wrapping_add(half);
                // SAFETY: a half of the node.
                let keys = _mm256_xor_si256(unsafe { _mm256_loadu_si256(at) }, turn);
                let less = _mm256_castsi256_ps(_mm256_cmpgt_epi32(key, keys));
                mask |= _mm256_movemask_ps(less) << (8 * half);
            }
            mask.count_ones() as usize
        }
        // SAFETY: as promised.
        _ => unsafe { count_narrow(node, key) },
    }
}

/// Keys of 1 and 2 bytes: the compiler's own vectors, in whatever it is inlined into.
///
/// # Safety
///
/// `NODE` keys from `node` can be read.
#[inline]
unsafe fn count_narrow<L: Lane>(node: NonNull<L>, key: L) -> usize {
    // SAFETY: as promised.
    let node = unsafe { node.cast::<[L; NODE]>().as_ref() };
    node.iter().map(|k| u8::from(*k < key)).sum::<u8>().into()
}
