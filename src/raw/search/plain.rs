#![expect(unsafe_code, reason = "reads nodes of keys through raw pointers")]
//! The descent without instructions of any one processor.

use core::{hint::select_unpredictable, ptr::NonNull};

use crate::raw::search::{Lane, NODE, Tree, count_all, descend};

/// The first slot of the tree whose key is not less than `key`, or the last slot. One call for whoever
/// searches, and what it needs fits into registers.
///
/// # Safety
///
/// They are a tree that has levels and keeps its invariants.
#[inline(never)]
pub(super) unsafe fn near<L: Lane>(
    leaves: NonNull<L>,
    levels: NonNull<L>,
    slots: usize,
    key: L,
) -> usize {
    let tree = Tree { leaves, levels, slots };
    // SAFETY (each call below): the slots can be read (1), and there are more than the power of two.
    match (slots - 1).ilog2() {
        // SAFETY: see above.
        4 => unsafe { by_halves::<L, 4>(tree, key) },
        // SAFETY: see above.
        5 => unsafe { by_halves::<L, 5>(tree, key) },
        // SAFETY: see above.
        6 => unsafe { by_halves::<L, 6>(tree, key) },
        // SAFETY: see above.
        7 => unsafe { by_halves::<L, 7>(tree, key) },
        // SAFETY: see above.
        8 => unsafe { by_halves::<L, 8>(tree, key) },
        // SAFETY: see above.
        9 => unsafe { by_halves::<L, 9>(tree, key) },
        // SAFETY: see above.
        10 => unsafe { by_halves::<L, 10>(tree, key) },
        // SAFETY: see above.
        11 => unsafe { by_halves::<L, 11>(tree, key) },
        _ => {
            // SAFETY: as promised.
            let [at] = unsafe { near_many(tree, &[key]) };
            at
        }
    }
}

/// The same without levels, three instructions a step, as the compiler knows how many steps there are.
/// That is the least work as long as all slots are in the nearest cache.
///
/// # Safety
///
/// The slots are initialised, and more than two to the power of `LOG`.
#[inline]
unsafe fn by_halves<L: Lane, const LOG: usize>(tree: Tree<L>, key: L) -> usize {
    // SAFETY: each place below is less than the slots.
    let less = |at| unsafe { tree.rank(at) } < key;
    // Half of the slots or more, from the first on or up to the last.
    let mut at = select_unpredictable(less((1 << LOG) - 1), tree.slots - (1 << LOG), 0);
    for step in (0..LOG).rev() {
        let half = 1 << step;
        at = select_unpredictable(less(at + half - 1), at + half, at);
    }
    at
}

/// [`near`] for each key; the searches wait for memory together.
///
/// # Safety
///
/// The tree keeps its invariants.
#[inline]
pub(super) unsafe fn near_many<L: Lane, const N: usize>(
    tree: Tree<L>,
    keys: &[L; N],
) -> [usize; N] {
    // SAFETY: all of each node can be read (1).
    let count = |node, key| unsafe { among_first(node, key) };
    // SAFETY: as promised.
    unsafe { descend(tree, keys, count) }
}

/// How many of the first 15 keys of a node are less than `key`: by halves, or by counting where
/// vectors count.
///
/// # Safety
///
/// `NODE` keys from `node` can be read.
#[inline]
pub(super) unsafe fn among_first<L: Lane>(node: NonNull<L>, key: L) -> usize {
    // SAFETY: as promised.
    let node = unsafe { node.cast::<[L; NODE]>().as_ref() };
    if cfg!(target_feature = "neon") {
        return node[..NODE - 1].iter().map(|k| usize::from(*k < key)).sum();
    }
    let mut less = 0;
    for half in [8, 4, 2, 1] {
        less = select_unpredictable(node[less + half - 1] < key, less + half, less);
    }
    less
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
