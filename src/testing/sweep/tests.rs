//! Each kind of finding is found.

use core::{cell::Cell, hash::BuildHasherDefault, mem::forget};
use std::hash::DefaultHasher;

use super::*;
use crate::{
    alloc::{Api2, Block, Layout},
    testing::dummy::{CrashDummy, Element, OverAligned, ZeroSized},
};

const LAYOUT: Layout = Layout::new::<u64>();

#[test]
fn each_finding_is_found() {
    let sweep = fail_each_allocation(|a| Block::new_in(LAYOUT, a).map(forget));
    assert_eq!(sweep.findings, [Finding::Leaked { nth: None, blocks: 1, bytes: 8 }; 1]);
    let sweep = fail_each_allocation(|a| Block::new_in(LAYOUT, a).map(drop).or(Ok::<_, ()>(())));
    assert_eq!(sweep.findings, [Finding::Swallowed { nth: 0 }]);
    let sweep = fail_each_allocation(|a| {
        drop(Block::new_in(LAYOUT, a).expect("planted"));
        Ok::<_, ()>(())
    });
    assert_eq!(sweep.findings, [Finding::Unwound { nth: Some(0) }]);
    let runs = Cell::new(0);
    let sweep = fail_each_allocation(|a| {
        let run = runs.replace(runs.get() + 1);
        (0..3 - run).try_for_each(|_| Block::new_in(LAYOUT, a).map(drop))
    });
    let first = Finding::NotDeterministic { nth: None, first: 3, then: 2 };
    assert_eq!(sweep.findings[0], first, "{sweep}");
    assert_eq!(fail_each_allocation(|_| Err(())).findings, [Finding::FailedUnprovoked]);
    let sweep = fail_each_allocation(|alloc| {
        wrong::frees_twice(alloc);
        Ok::<_, ()>(())
    });
    let misuse = Misuse::NotAllocated { passed: LAYOUT };
    assert_eq!(sweep.findings[0], Finding::Misused { nth: None, misuse });
}

mod wrong {
    #![expect(unsafe_code, reason = "does what is not to be done, where it does no harm")]
    use super::*;
    use crate::alloc::Allocator;

    pub(super) fn frees_twice(alloc: &Lent) {
        let Ok(block) = alloc.allocate(LAYOUT) else { return };
        for _ in 0..2 {
            // SAFETY: the quarantine in it bears blocks that are gone.
            unsafe { alloc.deallocate(block.cast(), LAYOUT) };
        }
    }

    /// A copy of the value, which is then there twice.
    pub(super) fn copied<T>(value: &T) -> T {
        // SAFETY: none in general; the dummies it is used with own nothing, and count what follows.
        unsafe { core::ptr::read(value) }
    }
}

/// A list that forgets what it holds when an element's clone panics.
fn cloned_leakily(from: &[CrashDummy<'_>], guard: bool) {
    let mut made = Vec::new();
    for dummy in from {
        let mut held = core::mem::ManuallyDrop::new(core::mem::take(&mut made));
        if guard {
            made = core::mem::take(&mut held);
            made.push(dummy.clone());
        } else {
            held.push(dummy.clone());
            made = core::mem::ManuallyDrop::into_inner(held);
        }
    }
}

#[test]
fn each_crash_is_found() {
    let leaky = |guard| {
        panic_at_each_step(move |tally, _| {
            let list: Vec<_> = (0..3).map(|id| tally.dummy(id)).collect();
            cloned_leakily(&list, guard);
        })
    };
    leaky(true).assert_clean();
    let sweep = leaky(false);
    sweep.assert_sound();
    let at = Some((2, Step::Clone));
    assert_eq!(sweep.findings[1], Crash::Leaked { at, elements: 2, blocks: 0 }, "{sweep}");

    // The copy is dropped by the panic, and so is the original.
    let sweep = panic_at_each_step(|tally, _| {
        let dummy = tally.dummy(1);
        let copy = wrong::copied(&dummy);
        tally.call();
        forget(copy);
    });
    let at = Some((0, Step::Call));
    assert_eq!(sweep.findings, [Crash::DoubleDrop { at, elements: 1 }]);

    let sweep = panic_at_each_step(|tally, _| {
        let dummy = tally.dummy(1);
        let copy = wrong::copied(&dummy);
        drop(dummy);
        forget(copy.clone());
        forget(copy);
    });
    assert_eq!(sweep.findings[0], Crash::UsedAfterDrop { at: None, times: 1 });
    assert_eq!(sweep.findings[1], Crash::Leaked { at: None, elements: 1, blocks: 0 });

    let sweep = panic_at_each_step(|tally, _| {
        tally.call();
        panic!("planted");
    });
    assert_eq!(sweep.findings[0], Crash::Unwound { at: None });

    let runs = Cell::new(0);
    let sweep = panic_at_each_step(|tally, _| {
        let run = runs.replace(runs.get() + 1);
        (0..3 - run).for_each(|_| tally.call());
    });
    assert!(sweep.findings.contains(&Crash::NotDeterministic { first: 3, then: 1 }), "{sweep}");

    let sweep = panic_at_each_step(|_, alloc| wrong::frees_twice(alloc));
    let misuse = Misuse::NotAllocated { passed: LAYOUT };
    assert_eq!(sweep.findings, [Crash::Misused { at: None, misuse }]);

    let sweep = panic_at_each_step(|_, alloc| forget(Block::new_in(LAYOUT, alloc)));
    assert_eq!(sweep.findings, [Crash::Leaked { at: None, elements: 0, blocks: 1 }]);
}

/// What a map of `E` to `E` is put through.
fn use_a_map<'t, E: Element<'t>>(tally: &'t Tally, alloc: &'t Lent) {
    // With the same hashes each time: what is compared with what must not differ from run to run.
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    let mut map = hashbrown::HashMap::with_hasher_in(hasher, Api2(alloc));
    for id in 0..20 {
        map.insert(E::new(tally, id), E::new(tally, id + 1));
    }
    let copy = map.clone();
    map.retain(|key, value| {
        tally.call();
        key != value && copy.contains_key(value)
    });
    map.extend(tally.iter((0..3).map(|id| (E::new(tally, id), E::new(tally, 9)))));
    map.shrink_to_fit();
}

#[test]
fn a_good_map_survives_all_kinds_of_elements() {
    panic_at_each_step(|tally, alloc| use_a_map::<CrashDummy<'_>>(tally, alloc)).assert_sound();
    panic_at_each_step(|tally, alloc| use_a_map::<ZeroSized<'_>>(tally, alloc)).assert_sound();
    panic_at_each_step(|tally, alloc| use_a_map::<OverAligned<CrashDummy<'_>>>(tally, alloc))
        .assert_sound();
}
