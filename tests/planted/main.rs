//! Allocators, and users of allocators, that are broken on purpose: the kit must reject each, by the
//! case that is named.
//!
//! - `fresh`: wrong answers, from blocks that are never reused;
//! - `region`: wrong bookkeeping, in one region whose blocks have neighbours;
//! - `capabilities`: wrong claims beyond the trait;
//! - `users`: containers that misuse a good allocator, which adapters and sweeps must notice.
//!
//! The defects that others shipped, and where each is planted. A kit that sees only calls and bytes
//! cannot see all of them; for those that it cannot, the reason is given.
//!
//! | # | shipped defect | planted as, or why it cannot be seen |
//! |---|---|---|
//! | 1 | realloc copies the new size, not the old | `region::ShrinkCopiesOldSize`, the same slip the other way, which overruns. Growing reads too far, which changes no byte that may be looked at: only ASan sees it, over `hostile::Exact` |
//! | 2 | shrink copies overlapping ranges as if they did not overlap | `region::ShrinkCopiesForwards` |
//! | 3 | `grow_zeroed` makes a `&mut [u8]` of uninitialised bytes | not: no byte is wrong; a rule of the language, which Miri checks |
//! | 4 | deallocation breaks the aliasing rules | not: as 3 |
//! | 5 | a panic between the reservation and the write | `users::mapped_in_place` |
//! | 6 | a request of no bytes moves the cursor of the chunk that stands for none | `region::EmptyFreeMovesCursor`. The race on a shared static is for TSan |
//! | 7 | an inner scope frees or grows a block of an outer one | `region::FreeRewindsCursor` |
//! | 8 | `unsafe impl Send` without bounds | not: a claim to the compiler; see `tests/it/pins.rs` |
//! | 9 | a bitwise copy of the allocator within | `capabilities::ClonesCopyTheCursor` |
//! | 10 | a retained chunk that is too small: an endless loop | `capabilities::RetainsTooSmall`, which uses it all the same. A loop without end shows as a test without end, in the case "a reset makes room for any size" |
//! | 11 | trust in a backend's natural alignment, and a test of the old size instead of the new | `region::TrustsNaturalAlignment`, `fresh::IgnoresAlignment`, `fresh::IgnoresNewAlignment` |
//! | 12 | nodes in free blocks that are smaller than a node | `region::FreeWritesNode` |
//! | 13 | a size tag too narrow for very large blocks | `region::NarrowSizeTag`; the kit asks for 4 MiB, so a tag of 24 bits or more is not seen |
//! | 14 | reading a header that the caller's buffer does not have | `region::TrustsItsBuffer`, where the buffer handed in is dirty |
//! | 15 | memory freed with another alignment than it was allocated with | `users::frees_with_wrong_alignment` |
//! | 16 | a safe `dealloc(ptr, layout)` | not: a signature, for review |
//! | 17 | a trait for handles that is not `unsafe` | not: as 16 |
//! | 18 | an iterator that outlives its arena | not at run time; see `tests/compile_fail.md` |
//! | 19 | identity of indices broken by a leak | not: typed indices are no blocks |
//! | 20 | a reused block shows the previous tenant's bytes | `region::ReuseIsNotZeroed`, `capabilities::StaleZero`; in a plain `allocate` old bytes are no defect |
//! | 21 | a collection lends out its allocator mutably | not: as 16 |
//! | 22 | `dyn Allocator` that is `Clone`; covariance of `Box` | not: for the type checker |
//! | 23 | containers that do not survive a panicking drop | `users::ClearsLate`. Allocators do not unwind, so that one does is `fresh::Unwinds` and `region::UnwindsInDrop` |
//! | 24 | containers that mishandle elements of no bytes | `users::frees_what_was_never_allocated`, `users::never_frees_empty_blocks` |
//! | 25 | pages abandoned, adopted and reused by threads | not: it takes a second thread at the wrong moment; for loom |
//! | 26 | a write out of bounds in a fallible slice builder | `users::writes_one_too_many` |
#![cfg(feature = "testing")]
#![cfg_attr(feature = "nightly", feature(allocator_api))]
#![expect(unsafe_code, reason = "implements `Allocator` and its capabilities, wrongly")]

/// Tests named `test: bug => cases`: each of the cases must reject what `make` reports on the bug.
macro_rules! planted {
    (|$name:ident| $report:expr; $($test:ident: $bug:path => $($case:literal),+;)+) => {$(
        #[test]
        fn $test() {
            let $name = $bug;
            let report = $report;
            $(assert!(
                report.failed().contains(&$case),
                "{:?} is not rejected by {:?}:\n{report}", $bug, $case
            );)+
        }
    )+};
}

mod capabilities;
mod fresh;
mod region;
mod users;
