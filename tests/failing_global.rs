//! Arenas over a global heap that has nothing left, in a program of their own. The refusals go by
//! thread, so that the tests and the test runner do not disturb each other.
#![cfg_attr(feature = "nightly", feature(allocator_api))]
#![expect(unsafe_code, reason = "implements `GlobalAlloc`")]

use core::{
    alloc::{GlobalAlloc, Layout},
    cell::Cell,
    mem::MaybeUninit,
    panic::AssertUnwindSafe,
    ptr,
};
use std::{alloc::System, panic::catch_unwind};

use larder::{
    Arena, Keep,
    alloc::{Cause, Refusal},
};

thread_local! {
    /// How many more requests of this thread are served, and how many are refused then.
    static COMMAND: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

struct Failing;

// SAFETY: all goes to the system's heap, or is refused.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let refused = match COMMAND.get() {
            (_, 0) => false,
            (0, count) => {
                COMMAND.set((0, count - 1));
                true
            }
            (skip, count) => {
                COMMAND.set((skip - 1, count));
                false
            }
        };
        if refused {
            return ptr::null_mut();
        }
        LIVE.set(LIVE.get() + 1);
        // SAFETY: as promised to this method.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get() - 1);
        // SAFETY: as promised to this method.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static HEAP: Failing = Failing;

/// Serves `skip` requests of this thread and then refuses `count`, while `work` runs.
fn refusing<R>(skip: usize, count: usize, work: impl FnOnce() -> R) -> R {
    COMMAND.set((skip, count));
    let result = work();
    COMMAND.set((0, 0));
    result
}

const ALL: usize = usize::MAX;

fn upstream(refusal: &Refusal) -> (usize, usize) {
    let Cause::Upstream { asked, reserved } = refusal.cause else { panic!("{refusal}") };
    assert!(asked > refusal.size);
    (refusal.size, reserved)
}

#[test]
fn every_form_returns_an_error_and_nothing_is_lost() {
    let arena = Arena::new();
    let value = Box::new([7_u64; 10]);
    let refused = refusing(0, ALL, || arena.place().value(value)).unwrap_err();
    assert_eq!(upstream(refused.refusal()), (8, 0));
    assert_eq!(*refused.into_value(), [7; 10], "the value comes back");
    let mut calls = 0;
    let mut forms: [Option<Refusal>; 10] = [None; 10];
    refusing(0, ALL, || {
        let place = || arena.place();
        forms = [
            place().with(|| calls += 1).map(|_| ()).err(),
            place().with(|| [calls; 9]).map(|_| ()).err(),
            place().str("plum").map(|_| ()).err(),
            place().copy(&[1_u16, 2]).map(|_| ()).err(),
            place().cloned(&[1_u16, 2, 3]).map(|_| ()).err(),
            place().fill(5, 0_u8).map(|_| ()).err(),
            place().fill_with(6, |_| 0_u8).map(|_| ()).err(),
            place().layout(Layout::new::<[u8; 7]>()).map(|_| ()).err(),
            place().iter([8_u64]).map(|_| ()).err(),
            place().format(format_args!("{}", 9)).map(|_| ()).err(),
        ];
    });
    assert_eq!(forms[0], None, "no bytes need no heap");
    let sizes = forms[1..8].iter().map(|refusal| upstream(&refusal.unwrap()).0);
    assert!(sizes.eq([36, 4, 4, 6, 5, 6, 7]), "{forms:?}");
    // These two ask for more than they need at first, since they do not know how much that will be.
    assert!(forms[8..].iter().all(|refusal| upstream(&refusal.unwrap()).0 >= 1), "{forms:?}");
    assert_eq!((calls, arena.reserved_bytes()), (1, 0));
}

#[test]
fn values_with_a_drop_and_tails_come_back() {
    let arena = Arena::new();
    let shared = std::sync::Arc::new(5);
    let refused = refusing(0, ALL, || arena.place().dropped(shared.clone())).unwrap_err();
    assert_eq!(std::sync::Arc::strong_count(&shared), 2);
    drop(refused);
    assert_eq!(std::sync::Arc::strong_count(&shared), 1);
    let mut tail = arena.tail();
    let refused = refusing(0, ALL, || tail.try_push(shared.clone())).unwrap_err();
    assert!(std::sync::Arc::ptr_eq(&refused.into_value(), &shared));
    tail.push(shared.clone());
    let refused = refusing(0, ALL, || tail.try_reserve(100_000)).unwrap_err();
    assert!(upstream(&refused).0 >= 800_000);
    assert_eq!((tail.len(), std::sync::Arc::strong_count(&shared)), (1, 2));
    drop(tail);
    assert_eq!(std::sync::Arc::strong_count(&shared), 1);
}

#[test]
fn what_was_there_stays_and_the_arena_goes_on() {
    let before = LIVE.get();
    let mut arena = Arena::new();
    let word = &*arena.alloc_str("plum");
    let held = arena.reserved_bytes();
    let refusal = refusing(0, ALL, || arena.place().fill(100_000, 1_u8).map(|_| ())).unwrap_err();
    assert_eq!(upstream(&refusal), (100_000, held));
    assert_eq!((word, arena.reserved_bytes()), ("plum", held));
    let bytes = arena.place().fill(100_000, 2_u8).unwrap();
    assert!(word == "plum" && bytes.iter().all(|byte| *byte == 2));
    arena.scope(|scope| {
        assert!(refusing(0, ALL, || scope.place().fill(1_000_000, 3_u8).is_err()));
        assert_eq!(scope.place().fill(1_000_000, 3_u8).unwrap().len(), 1_000_000);
    });
    // A reset asks for nothing.
    refusing(0, ALL, || arena.reset(Keep::All));
    refusing(0, ALL, || assert_eq!(arena.alloc_str("pear"), "pear"));
    drop(arena);
    assert_eq!(LIVE.get(), before, "all chunks went back");
}

#[test]
fn one_refusal_is_healed_by_asking_for_less() {
    let arena = Arena::new();
    arena.alloc(1_u8);
    let bytes = refusing(0, 1, || arena.place().fill(5000, 9_u8)).unwrap();
    assert!(bytes.iter().all(|byte| *byte == 9));
}

#[test]
fn the_infallible_forms_panic_with_the_text_of_the_refusal() {
    let arena = Arena::new();
    let kept = arena.alloc([5_u8; 10]);
    // The arena asks twice; then the panic needs memory for its message.
    let message = |work: &dyn Fn()| {
        let result = refusing(0, 2, || catch_unwind(AssertUnwindSafe(work)));
        *result.unwrap_err().downcast::<String>().unwrap()
    };
    let refusal = refusing(0, ALL, || arena.place().fill(90_000, 0_u8).map(|_| ())).unwrap_err();
    let forms: [&dyn Fn(); 5] = [
        &|| _ = arena.alloc_dropped([0_u8; 90_000]),
        &|| _ = arena.alloc([0_u8; 90_000]),
        &|| _ = arena.alloc_with(|| [0_u8; 90_000]),
        &|| _ = arena.alloc_slice(&[0_u8; 90_000]),
        &|| _ = arena.alloc_str(str::from_utf8(&[b'a'; 90_000]).unwrap()),
    ];
    for form in forms {
        assert_eq!(message(form), refusal.to_string());
    }
    assert_eq!(*kept, [5; 10]);
    assert_eq!(arena.alloc_slice(&[6_u8; 90_000]).len(), 90_000);
}

#[test]
fn a_buffer_needs_no_heap() {
    let mut bytes = [MaybeUninit::uninit(); 512];
    refusing(0, ALL, || {
        let arena = Arena::on_buffer(&mut bytes);
        assert_eq!(arena.alloc_str("plum"), "plum");
        assert!(arena.place().fill(512, 0_u8).is_err());
    });
}

#[cfg(feature = "nightly")]
#[test]
fn a_vector_over_an_arena_keeps_its_elements() {
    let arena = Arena::new();
    let mut numbers = Vec::new_in(&arena);
    numbers.extend(0..100_u64);
    assert!(refusing(0, ALL, || numbers.try_reserve(100_000).is_err()));
    assert!(numbers.iter().copied().eq(0..100));
    numbers.extend(100..10_000);
    assert!(numbers.iter().copied().eq(0..10_000));
}
