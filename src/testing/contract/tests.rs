//! The battery on allocators that are known to be good.

use super::*;
use crate::alloc::{Global, Null, System};

allocator_contract! { global, || Global }
allocator_contract! { system, || System }

#[test]
fn clones_of_global() {
    clones(|| Global).assert_passed();
}

#[test]
fn null_owns_nothing() {
    let report = Contract::bare(|| Null).limits(Limits::default().max_size(0)).owns().run();
    report.assert_passed();
    assert!(report.skipped().contains(&"owns its own blocks"), "{report}");
}

#[test]
fn limits_are_reported() {
    let limits = Limits::default().max_size(0);
    let report = Contract::new(|| Null).limits(limits).clones().run();
    report.assert_passed();
    assert!(report.skipped().contains(&"blocks are disjoint"), "{report}");
    assert!(report.skipped().contains(&"clones are equivalent"), "{report}");
    assert!(!check(|| Null).failed().is_empty());
}

#[test]
fn a_case_left_out_is_reported() {
    let report = Contract::new(|| Null).skip("small sizes", "there are none").run();
    assert!(report.skipped().contains(&"small sizes") && !report.failed().contains(&"small sizes"));
}

#[test]
#[should_panic(expected = "there is no case \"smal sizes\"")]
fn a_case_that_does_not_exist_cannot_be_left_out() {
    let _ = Contract::new(|| Null).skip("smal sizes", "a slip");
}
