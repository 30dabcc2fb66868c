#![expect(unsafe_code, reason = "frees blocks, rightly and wrongly")]
//! The adapters keep the contract themselves, and do what they say.

use super::*;
use crate::{alloc::Global, allocator_contract, testing::contract::Contract};

allocator_contract! { fail_never, || FailNth::never(Global) }
allocator_contract! { random_never, || FailRandomly::new(Global, 0, 1) }
allocator_contract! { counting, || Counting::new(Global) }
allocator_contract! { poison, || Poison::new(Global) }
allocator_contract! { over_return, || OverReturn::new(Global) }
allocator_contract! { exact, || Exact::new(Global) }
allocator_contract! { all, || Counting::new(Poison::new(OverReturn::new(Exact::new(Global)))) }

#[test]
fn limited_keeps_the_contract_within_its_limits() {
    let limits = Limits::default().max_size(1000).max_align(64).max_live_bytes(20_000);
    let report = Contract::new(|| Limited::new(Global, limits)).limits(limits).run();
    report.assert_passed();
    assert!(report.skipped().contains(&"sizes to 4 MiB"), "{report}");
}

#[test]
fn the_nth_is_refused() {
    let alloc = FailNth::new(Counting::new(Global), 1);
    let layout = Layout::new::<u64>();
    let first = alloc.allocate(layout).unwrap();
    assert!(alloc.allocate(layout).is_err());
    assert_eq!((alloc.requests(), alloc.inner().live_bytes()), (2, 8));
    // SAFETY: allocated above.
    unsafe { alloc.deallocate(first.cast(), layout) };
    alloc.inner().assert_no_leaks();
    let random = FailRandomly::new(Global, 1, 7);
    assert!(random.allocate(layout).is_err());
}

#[test]
fn exact_is_no_better() {
    let layout = Layout::from_size_align(10, 8).unwrap();
    let alloc = Exact::new(Global);
    let block = alloc.allocate(layout).unwrap();
    assert_eq!((block.len(), block.cast::<u8>().addr().get() % 16), (10, 8));
    // SAFETY: allocated above.
    unsafe { alloc.deallocate(block.cast(), layout) };
}

mod quarantine {
    use core::panic::AssertUnwindSafe;
    use std::{panic::catch_unwind, string::String, vec, vec::Vec};

    use super::*;

    allocator_contract! { quarantine, || Quarantine::new(Global) }
    allocator_contract! { without_capacity, || Quarantine::with_capacity(0, Exact::new(Global)) }

    type Heap<'a> = Quarantine<&'a Counting<Global>>;

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 8).unwrap()
    }

    /// What is reported after `misuse` of a block of 100 bytes, which is left live.
    fn found(misuse: impl Fn(&Heap<'_>, NonNull<u8>)) -> Vec<Misuse> {
        let below = Counting::new(Global);
        let heap = Quarantine::new(&below);
        let ptr = heap.allocate(layout(100)).unwrap().cast::<u8>();
        misuse(&heap, ptr);
        let found = heap.report();
        if heap.live_blocks() > 0 {
            // SAFETY: it is the one block that was allocated.
            unsafe { heap.deallocate(ptr, layout(100)) };
        }
        assert_eq!(heap.report(), [], "what was reported is not reported again");
        drop(heap);
        below.assert_no_leaks();
        found
    }

    fn free(heap: &Heap<'_>, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: it bears any block, live or not.
        unsafe { heap.deallocate(ptr, layout) };
    }

    fn write(ptr: NonNull<u8>, offset: usize) {
        // SAFETY: the block waits or has a margin behind it.
        let byte = unsafe { ptr.add(offset) };
        // SAFETY: as above.
        unsafe { byte.write(7) };
    }

    #[test]
    fn each_misuse_is_reported() {
        assert_eq!(found(|_: &Heap<'_>, _| {}), []);
        let (allocated, passed) = (layout(100), layout(99));
        let wrong = Misuse::WrongLayout { allocated, passed };
        assert_eq!(found(|heap: &Heap<'_>, ptr| free(heap, ptr, passed)), [wrong]);
        let twice = |heap: &Heap<'_>, ptr| (0..2).for_each(|_| free(heap, ptr, allocated));
        assert_eq!(found(twice), [Misuse::NotAllocated { passed: allocated }]);
        let foreign = |heap: &Heap<'_>, _| {
            free(heap, NonNull::dangling(), layout(5));
            free(heap, NonNull::dangling(), Layout::new::<()>());
        };
        let not_ours = [layout(5), Layout::new::<()>()];
        assert_eq!(found(foreign), not_ours.map(|passed| Misuse::NotAllocated { passed }));
        let after = |heap: &Heap<'_>, ptr| {
            free(heap, ptr, allocated);
            write(ptr, 42);
        };
        assert_eq!(found(after), [Misuse::WroteAfterFree { allocated, offset: 42 }]);
        let behind = |_: &Heap<'_>, ptr| write(ptr, 103);
        assert_eq!(found(behind), [Misuse::WroteBehind { allocated, offset: 103 }]);
    }

    #[test]
    fn a_write_is_noticed_when_the_block_leaves() {
        let heap = Quarantine::with_capacity(300, Global);
        let block = heap.allocate(layout(100)).unwrap().cast::<u8>();
        // SAFETY: allocated above.
        unsafe { heap.deallocate(block, layout(100)) };
        write(block, 0);
        for _ in 0..3 {
            let other = heap.allocate(layout(100)).unwrap().cast();
            assert_ne!(other, block, "freed blocks come back late");
            // SAFETY: allocated above.
            unsafe { heap.deallocate(other, layout(100)) };
        }
        // It waits no longer, so this was found when it left.
        let allocated = layout(100);
        assert_eq!(heap.report(), [Misuse::WroteAfterFree { allocated, offset: 0 }]);
    }

    #[test]
    fn what_nobody_asks_for_comes_out_at_the_end() {
        let misuse = || {
            let heap = Quarantine::new(Global);
            // SAFETY: it bears any block.
            unsafe { heap.deallocate(NonNull::dangling(), layout(1)) };
        };
        let panic = catch_unwind(AssertUnwindSafe(misuse)).unwrap_err();
        assert!(panic.downcast_ref::<String>().unwrap().contains("not live"));
    }

    #[test]
    fn containers_are_watched() {
        let heap = Quarantine::new(Global);
        let mut map = hashbrown::HashMap::new_in(crate::alloc::Api2(&heap));
        map.extend((0..500_u32).map(|n| (n, vec![n])));
        assert!(heap.live_bytes() > 500 * 4);
        drop(map);
        assert_eq!((heap.live_blocks(), heap.report()), (0, vec![]));
    }
}
