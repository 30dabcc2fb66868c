//! Maps and sets in sorted arrays: an ordered map that is read more than it is changed.
//!
//! Keys and values are in arrays of their own, so that a search touches keys only and iteration is
//! two streams. Integers and strings are found through search levels (see `raw::search`), at once by
//! whole nodes where the processor has vectors, and so are types of your own that say which integer they
//! are ([`IntegerKey`]) or which goes before their order ([`PrefixKey`]); other keys by binary search.
//! Inserting moves what is behind or before, whichever is less.
//!
//! | | [`FlatMap`] | [`FrozenMap`] | `BTreeMap` |
//! |---|---|---|---|
//! | find | O(log n), one or two cache lines a level of 16 | the same | O(log n) |
//! | insert, remove | O(n), a quarter of the entries on average | no | O(log n) |
//! | insert ascending or descending | O(1) | no | O(log n) |
//! | insert m at once | O(n + m log m) | no | O(m log n) |
//! | entry by position | O(1) | O(1) | no |
//!
//! **Order.** If the `Ord` of the keys contradicts itself, or what they say of their search, entries may
//! not be found and iteration may have any order; no more comes of it. Keys must not be changed so that their order changes.
//!
//! **Panics** in the keys' `Ord`, in closures and iterators leave the map as it was, or, where the
//! method says so, with some of the changes done; nothing that was there is lost. Iterators that
//! take entries out and are forgotten instead of dropped leak all entries.
//!
//! **Memory.** One allocation. For `c` slots (see `capacity`) it has `c * (K + V)` bytes; for strings,
//! byte strings, 128-bit integers and prefixes 8 bytes more a slot; and of all that are found through levels a
//! fifteenth of the ranks, as far as they fill their levels, and a seventh at most.

mod batch;
mod cursor;
mod entry;
mod frozen;
mod iter;
mod key;
mod map;
mod map_traits;
mod order;
mod range;
mod rank;
#[cfg(feature = "rayon")]
mod rayon;
#[cfg(feature = "serde")]
mod serde;
mod set;
mod set_cursor;
mod set_entry;
mod set_ops;
mod set_traits;
mod store;

pub use batch::Unstored;
pub use cursor::{Cursor, CursorMut};
pub use entry::{Entry, OccupiedEntry, VacantEntry};
pub use frozen::FrozenMap;
pub use iter::{
    Drain, ExtractIf, IntoIter, IntoKeys, IntoValues, Iter, IterMut, Keys, Range, RangeMut, Values,
    ValuesMut,
};
pub use key::{ByInteger, ByPrefix, Finds, Integer, IntegerKey, PrefixKey, Search};
pub use map::{FlatMap, Unsorted};
pub use rank::ByType;
#[cfg(feature = "rayon")]
pub use rayon::ParIter;
pub use set::{FlatSet, SetExtractIf, SetIntoIter};
pub use set_cursor::{SetCursor, SetCursorMut};
pub use set_entry::{SetEntry, SetOccupiedEntry, SetVacantEntry};
pub use set_ops::{Difference, Intersection, SymmetricDifference, Union};
