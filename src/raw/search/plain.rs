#![expect(unsafe_code, reason = "reads nodes of keys through raw pointers")]
//! The descent without instructions of any one processor.

use core::ptr::NonNull;

use crate::raw::search::{Lane, NODE, Tree, count_all, descend};

/// See [`Tree::lower_bound`].
///
/// # Safety
///
/// The tree keeps its invariants.
#[inline]
pub(super) unsafe fn lower_bound<L: Lane>(tree: Tree<L>, key: L) -> usize {
    // SAFETY: as promised.
    let [at] = unsafe { lower_bounds(tree, &[key]) };
    at
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
    // SAFETY: all of each node can be read (1).
    let count = |node: NonNull<L>, key| count_less(unsafe { node.cast().as_ref() }, key);
    // SAFETY: as promised.
    unsafe { descend(tree, keys, count) }
}

/// See [`Tree::places`].
///
/// # Safety
///
/// As there.
pub(super) unsafe fn places<L: Lane>(tree: Tree<L>, places: &mut [u8]) {
    let count = |node: NonNull<L>, key| {
        // SAFETY: all of each node can be read (1).
        let node = unsafe { node.cast::<[L; NODE]>().as_ref() };
        node.iter().map(|k| usize::from(*k < key)).sum()
    };
    // SAFETY: as promised.
    unsafe { count_all(tree, places, count) }
}

/// How many keys of the node are less than `key`: by halves, or by counting where vectors count.
#[inline]
fn count_less<L: Lane>(node: &[L; NODE], key: L) -> usize {
    if cfg!(target_feature = "neon") {
        return node.iter().map(|k| usize::from(*k < key)).sum();
    }
    let mut less = 0;
    for half in [8, 4, 2, 1] {
        less += if node[less + half - 1] < key { half } else { 0 };
    }
    less + usize::from(node[less] < key)
}
