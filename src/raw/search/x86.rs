#![expect(unsafe_code, reason = "vector instructions, and nodes of keys behind raw pointers")]
//! The descent with AVX-512 or AVX2, where the processor has them.
//!
//! A whole descent is one call into a function that was compiled for the instructions; what it calls
//! was compiled for the same and is inlined. Which processor it is, is found out once.

use core::{
    arch::x86_64::*,
    hint::assert_unchecked,
    ptr::NonNull,
    sync::atomic::{AtomicU8, Ordering::Relaxed},
};
use std::arch::is_x86_feature_detected;

use crate::raw::search::{Lane, NODE, Tree, count_all, descend, plain};

/// See [`plain::near`].
///
/// # Safety
///
/// They are a tree that has levels and keeps its invariants.
#[inline]
pub(super) unsafe fn near<L: Lane>(
    leaves: NonNull<L>,
    levels: NonNull<L>,
    slots: usize,
    key: L,
) -> usize {
    if FOUND.load(Relaxed) == AVX512 {
        // SAFETY: the processor has the instructions; the rest is as promised.
        unsafe { one_with_avx512(leaves, levels, slots, key) }
    } else {
        // SAFETY: as promised.
        unsafe { one_without_avx512(leaves, levels, slots, key) }
    }
}

/// Each arm is a jump, so that nothing is to be kept meanwhile.
///
/// # Safety
///
/// As for [`near`].
#[inline(never)]
unsafe fn one_without_avx512<L: Lane>(
    leaves: NonNull<L>,
    levels: NonNull<L>,
    slots: usize,
    key: L,
) -> usize {
    match FOUND.load(Relaxed) {
        // SAFETY: the processor has the instructions; the rest is as promised.
        AVX2 if slots > NEAR => unsafe { one_with_avx2(leaves, levels, slots, key) },
        // SAFETY: as promised.
        AVX2 | NO_VECTORS => unsafe { plain::near(leaves, levels, slots, key) },
        // SAFETY: as promised.
        _ => unsafe { one_at_first(leaves, levels, slots, key) },
    }
}

/// # Safety
///
/// As for [`near`].
#[cold]
#[inline(never)]
unsafe fn one_at_first<L: Lane>(
    leaves: NonNull<L>,
    levels: NonNull<L>,
    slots: usize,
    key: L,
) -> usize {
    vectors();
    // SAFETY: as promised. It is known now which instructions there are.
    unsafe { near(leaves, levels, slots, key) }
}

/// See [`plain::near_many`].
///
/// # Safety
///
/// The tree keeps its invariants.
#[inline]
pub(super) unsafe fn near_many<L: Lane, const N: usize>(
    tree: Tree<L>,
    keys: &[L; N],
) -> [usize; N] {
    match vectors() {
        // SAFETY: the processor has the instructions; the rest is as promised.
        AVX512 => unsafe { with_avx512(tree, keys) },
        // SAFETY: the processor has the instructions; the rest is as promised.
        AVX2 => unsafe { with_avx2(tree, keys) },
        // SAFETY: as promised.
        _ => unsafe { plain::near_many(tree, keys) },
    }
}

/// See [`plain::among_first`]: keys of 1 and 2 bytes by the vectors that every such processor has.
///
/// # Safety
///
/// `NODE` keys from `node` can be read.
#[inline]
pub(super) unsafe fn among_first<L: Lane>(node: NonNull<L>, key: L) -> usize {
    match size_of::<L>() {
        // SAFETY: as promised. The 16th bit ends the count.
        1 | 2 => (unsafe { less_narrow(node, key) } & 0x7FFF).trailing_ones() as usize,
        // SAFETY: as promised.
        _ => unsafe { plain::among_first(node, key) },
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

/// Up to so many slots AVX2 is not faster than halves.
const NEAR: usize = 4096;

/// See [`vectors`].
static FOUND: AtomicU8 = AtomicU8::new(0);

/// The widest vectors that the processor has: one load and one comparison, where std's macro has
/// several for each feature.
#[inline]
fn vectors() -> u8 {
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
    // SAFETY: as promised; the descent is shorter by a test then.
    unsafe { assert_unchecked(slots > NODE) };
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
        _ => unsafe { less_narrow(node, key) }.count_ones() as usize,
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
            let less = |quarter| {
                let at = node.as_ptr().cast::<__m256i>().wrapping_add(quarter);
                // SAFETY: a quarter of the node.
                let keys = unsafe { _mm256_loadu_si256(at) };
                _mm256_cmpgt_epi64(key, _mm256_xor_si256(keys, turn))
            };
            // Two bytes of each comparison are as good as eight, and in any order.
            let low = _mm256_blend_epi32::<0b1010_1010>(less(0), less(1));
            let high = _mm256_blend_epi32::<0b1010_1010>(less(2), less(3));
            let all = _mm256_blend_epi16::<0b1010_1010>(low, high);
            (_mm256_movemask_epi8(all).count_ones() / 2) as usize
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
        _ => unsafe { less_narrow(node, key) }.count_ones() as usize,
    }
}

/// Which keys of the node are less than `key`, a bit each; for keys of 1 and 2 bytes. SSE2, which every
/// processor of this kind has, compares signed numbers only.
///
/// # Safety
///
/// `NODE` keys from `node` can be read.
#[inline]
#[target_feature(enable = "sse2")]
unsafe fn less_narrow<L: Lane>(node: NonNull<L>, key: L) -> u32 {
    let at = node.as_ptr().cast::<__m128i>();
    // SAFETY: the whole node, or its first half.
    let first = unsafe { _mm_loadu_si128(at) };
    let less = if size_of::<L>() == 1 {
        let turn = _mm_set1_epi8(if L::SIGNED { 0 } else { i8::MIN });
        let key = _mm_xor_si128(_mm_set1_epi8(key.bits() as i8), turn);
        _mm_cmpgt_epi8(key, _mm_xor_si128(first, turn))
    } else {
        // SAFETY: the second half of the node.
        let second = unsafe { _mm_loadu_si128(at.wrapping_add(1)) };
        let turn = _mm_set1_epi16(if L::SIGNED { 0 } else { i16::MIN });
        let key = _mm_xor_si128(_mm_set1_epi16(key.bits() as i16), turn);
        let first = _mm_cmpgt_epi16(key, _mm_xor_si128(first, turn));
        let second = _mm_cmpgt_epi16(key, _mm_xor_si128(second, turn));
        _mm_packs_epi16(first, second)
    };
    _mm_movemask_epi8(less).cast_unsigned()
}
