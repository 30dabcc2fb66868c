#![expect(unsafe_code, reason = "moves entries into the arrays")]
//! A few entries at once into arrays that have none: by counting.
//!
//! The place of a key is the number of keys that are less. Each rank is compared with each, whole nodes
//! at a time, which has no branch to mispredict, and moves each entry once; it needs no memory but
//! the stack. Where two ranks are the same it does not apply.

use core::{mem::MaybeUninit, ptr::NonNull};

use crate::{
    collections::{
        flat::{key::Search, rank::Task, store::Raw},
        small_vector::SmallVector,
    },
    raw::search::{Lane, NODE, Tree},
};

/// The most entries.
pub(in crate::collections::flat) const FEW: usize = 64;

/// Entries that wait on the stack.
pub(in crate::collections::flat) type Few<K, V> = SmallVector<(K, V), FEW>;

impl<K, V, S: Search<K>> Raw<K, V, S> {
    /// Moves all of `few` into the arrays, in order; `false`, and nothing has moved, if that cannot be told by
    /// the ranks alone. Asks the keys for ranks that are the user's, before anything moves.
    pub(in crate::collections::flat) fn place_few(&mut self, few: &mut Few<K, V>) -> bool {
        struct PlaceFew<'a, K, V, S: Search<K>>(&'a mut Raw<K, V, S>, &'a mut Few<K, V>);
        impl<K, V, S: Search<K>> Task for PlaceFew<'_, K, V, S> {
            type Out = bool;
            fn run<L: Lane>(self) -> bool {
                let Self(raw, few) = self;
                let (mut ranks, len) = ([MaybeUninit::<L>::uninit(); FEW], few.len());
                for (rank, (key, _)) in ranks.iter_mut().zip(few.iter()) {
                    let Some(found) = S::needle::<L>(key, raw.skip) else { return false };
                    rank.write(found);
                }
                let slots = len.next_multiple_of(NODE);
                ranks[len..slots].fill(MaybeUninit::new(L::MAX));
                let leaves = NonNull::from_mut(&mut ranks).cast::<L>();
                let mut places = [0; FEW];
                let places = &mut places[..len];
                // SAFETY: so many ranks are initialised, in whole nodes; there are no levels to be read.
                unsafe { Tree { leaves, levels: leaves, slots }.places(places) };
                let taken = places.iter().fold(0_u64, |taken, place| taken | 1 << place);
                if taken.count_ones() as usize != len {
                    return false;
                }
                let entries = few.as_ptr();
                // SAFETY: 0 is never more than there are.
                unsafe { few.set_len(0) };
                raw.head = 0;
                for (nth, place) in places.iter().enumerate() {
                    // SAFETY: an entry, which moves.
                    let (key, value) = unsafe { entries.wrapping_add(nth).read() };
                    // SAFETY: initialised above.
                    let rank = unsafe { ranks[nth].assume_init() }.bits().cast_unsigned();
                    // SAFETY: there is room for all, and each place is met once.
                    unsafe { raw.put(usize::from(*place), rank, key, value) };
                }
                raw.len = len;
                raw.restore_tree();
                true
            }
        }
        assert!(self.len == 0 && few.len() <= self.slots.min(FEW));
        S::with_lanes(PlaceFew(self, few)).unwrap_or(false)
    }
}
