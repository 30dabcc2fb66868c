//! Allocators of others under the same battery.
//!
//! typed-arena, and typed arenas in general, have no `Allocator`: they hand out one type each and
//! take nothing back, so there is nothing here to ask them.

use blink_alloc::BlinkAlloc;
use larder::{
    alloc::{FromApi2, Layout},
    testing::contract::{self, Contract},
};

use crate::blink::Blink;

#[test]
fn bump_scope() {
    contract::check(|| FromApi2(bump_scope::Bump::<bump_scope::alloc::Global>::new()))
        .assert_passed();
}

#[test]
fn bumpalo() {
    let bump = bumpalo::Bump::new();
    contract::check(|| FromApi2(&bump)).assert_passed();
}

const UNCHECKED: &str = "requests near isize::MAX are undefined behaviour, see below";

#[test]
fn blink() {
    let report = Contract::new(Blink::default)
        .skip("requests beyond all memory fail", UNCHECKED)
        .skip("a refusal changes nothing", UNCHECKED)
        .reset()
        .run();
    report.assert_passed();
}

/// blink-alloc 0.4.0 rounds the size of a chunk up and makes a layout of it unchecked, though the
/// sum may pass `isize::MAX`. This safe call is enough; with debug assertions it ends the process, so
/// it is made in another.
#[test]
#[cfg(debug_assertions)]
fn blink_makes_layouts_that_cannot_be() {
    const CHILD: &str = "LARDER_BLINK_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let _ =
            BlinkAlloc::new().allocate(Layout::from_size_align(isize::MAX as usize, 1).unwrap());
        return;
    }
    let name = "peers::blink_makes_layouts_that_cannot_be";
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stderr);
    assert!(
        !child.status.success() && text.contains("Layout::from_size_align_unchecked"),
        "{text}"
    );
}
