//! The adapters: the contract over every kind of upstream and three deep, and what each is for.

#![expect(clippy::multiple_unsafe_ops_per_block, reason = "reads byte by byte what is live")]

use core::{cell::Cell, mem::MaybeUninit, ptr::NonNull};
use std::sync::Arc;

use allocator_api2::vec::Vec as Vec2;
use larder::{
    Arena,
    adapt::{
        Aligned, Checked, Dyn, DynSync, Fallback, Hooked, Hooks, Limited, Locked, Quarantine,
        Segregate, Zeroizing, secure,
    },
    alloc::{
        AllocError, Allocator, Api2, Block, Buffer, Bulk, Cause, CloneEquivalent, Global, GoodSize,
        Layout, NeverInvalidates, Null, Owns, Report, Reset, ResizeInPlace, System,
    },
    observe::{Counted, Tracked},
    testing::{
        Limits,
        contract::{self, Contract},
        hostile::{Counting, Exact, FailRandomly, OverReturn, Poison},
        run, sweep,
    },
};

use crate::contract::programs;

/// An adapter over every kind of upstream: the contract, then programs, with refusals as well.
macro_rules! over_every_upstream {
    ($($name:ident: |$upstream:ident| $make:expr;)+) => {$(
        mod $name {
            use super::*;

            larder::allocator_contract! { global, || { let $upstream = Global; $make } }
            larder::allocator_contract! { system, || { let $upstream = System; $make } }
            larder::allocator_contract! { arena, || { let $upstream = Arena::new(); $make } }
            larder::allocator_contract! { over_returning, || { let $upstream = OverReturn::new(Global); $make } }
            larder::allocator_contract! { exact, || { let $upstream = Exact::new(Global); $make } }
            larder::allocator_contract! { poison, || { let $upstream = Poison::new(Global); $make } }

            #[test]
            fn programs_hold() {
                for ops in programs(250) {
                    run(&ops, || { let $upstream = Global; $make }).unwrap();
                    run(&ops, || { let $upstream = Arena::new(); $make }).unwrap();
                    run(&ops, || { let $upstream = FailRandomly::new(Global, 3, 7); $make }).unwrap();
                    run(&ops, || { let $upstream = FailRandomly::new(OverReturn::new(Global), 4, 9); $make }).unwrap();
                }
            }

            #[test]
            fn nothing_is_kept() {
                let upstream = Counting::new(Global);
                for ops in programs(60) {
                    run(&ops, || { let $upstream = &upstream; $make }).unwrap();
                }
                upstream.assert_no_leaks();
            }
        }
    )+};
}

over_every_upstream! {
    aligned: |a| Aligned::<64, _>::new(a);
    checked: |a| Checked::new(a);
    counted: |a| Counted::new(a);
    dynamic: |a| Dyn::new(a);
    fallback_second: |a| Fallback::new(Arena::new().with_limit(4096), a);
    fallback_first: |a| Fallback::new(Checked::new(a), Arena::new());
    limited: |a| Limited::new(a, usize::MAX);
    locked: |a| Locked::new(a);
    quarantine: |a| Quarantine::new(a, 3000);
    segregate_small: |a| Segregate::<100, _, _>::new(a, Global);
    segregate_large: |a| Segregate::<100, _, _>::new(Arena::new(), a);
    segregate_nothing: |a| Segregate::<0, _, _>::new(Null, a);
    tracked: |a| Tracked::new(a).silent();
    zeroizing: |a| Zeroizing::new(a);

    three_fallback: |a| Fallback::new(Limited::new(Arena::new(), 20_000), Counted::new(a));
    three_segregate: |a| Segregate::<256, _, _>::new(Arena::new(), Limited::new(a, usize::MAX));
    three_secure: |a| Checked::new(Zeroizing::new(Quarantine::new(a, 9000)));
    three_secure_other_order: |a| Zeroizing::new(Checked::new(Quarantine::new(a, 9000)));
    three_classes: |a| Segregate::<64, _, _>::new(
        Aligned::<64, _>::new(Arena::new()),
        Segregate::<1024, _, _>::new(Checked::new(Global), Locked::new(a)),
    );
    three_owners: |a| Fallback::new(
        Segregate::<200, _, _>::new(Limited::new(Arena::new(), 5000), Checked::new(a)),
        Aligned::<32, _>::new(Tracked::new(Global).silent()),
    );
    three_aligned: |a| Aligned::<128, _>::new(Fallback::new(Quarantine::new(Checked::new(a), 500), Null));
    three_shared: |a| Locked::new(Counted::new(Dyn::new(a)));
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

#[test]
fn references_and_handles_are_allocators_too() {
    let fallback = Fallback::new(Arena::new().with_limit(5000), Global);
    contract::check(|| &fallback).assert_passed();
    contract::clones(|| &fallback).assert_passed();
    contract::clones(|| Dyn::new(Arena::new())).assert_passed();
    contract::clones(|| DynSync::new(Global)).assert_passed();
    contract::clones(|| Zeroizing::new(Global)).assert_passed();
    contract::clones(|| Aligned::<4096, _>::new(Global)).assert_passed();
    contract::clones(|| Segregate::<64, _, _>::new(Global, System)).assert_passed();
    contract::clones(|| Fallback::new(Null, Global)).assert_passed();
    let tracked = Tracked::new(Global);
    contract::clones(|| tracked.at("here")).assert_passed();
    contract::check(|| tracked.site()).assert_passed();
    let checked = Checked::new(Global);
    contract::check(|| checked.at("there")).assert_passed();
    let dynamic: &dyn Allocator = &checked;
    contract::check(|| dynamic).assert_passed();
}

#[test]
fn a_limit_is_exact_and_says_what_is_in_the_way() {
    let limits = Limits::default().max_live_bytes(5000);
    let make = || Limited::new(OverReturn::new(Global), 5000);
    Contract::new(make).limits(limits).run().assert_passed();

    let alloc = Limited::new(OverReturn::new(Global), 100).with_max_blocks(2);
    let first = Block::new_in(layout(60, 1), &alloc).unwrap();
    assert_eq!((alloc.live_bytes(), alloc.live_blocks()), (60, 1));
    assert!(alloc.check(layout(40, 1)).is_ok());
    let refusal = alloc.check(layout(41, 1)).unwrap_err();
    assert_eq!(refusal.cause, Cause::Limit { reserved: 60, needed: 41, limit: 100 });
    let mut second = Block::new_in(layout(10, 1), &alloc).unwrap();
    second.resize(40).unwrap();
    assert!(second.resize(41).is_err());
    assert_eq!(alloc.last_refusal().unwrap().size, 41);
    second.resize(1).unwrap();
    assert!(Block::new_in(layout(1, 1), &alloc).is_err());
    assert_eq!(
        alloc.last_refusal().unwrap().to_string(),
        "1 byte at a multiple of 1 was asked for, but 2 of at most 2 blocks are live already; \
         raise the limit, or free one"
    );
    assert!(Block::new_in(layout(0, 8), &alloc).is_ok(), "no bytes are never refused");
    alloc.set_limit(10);
    second.resize(0).unwrap();
    drop((first, second));
    let report = alloc.report();
    assert_eq!((report.live_bytes, report.live_blocks), (0, Some(0)));
    assert_eq!((report.peak_bytes, report.failed), (Some(100), Some(2)));
    assert_eq!(report.limit_bytes, Some(10));
    assert_eq!(Block::new_in(layout(11, 1), &alloc).unwrap_err().size, 11);
}

#[test]
fn a_fallback_moves_both_ways_and_a_refusal_of_both_changes_nothing() {
    let alloc = Fallback::new(Limited::new(Checked::new(Global), 100), Limited::new(Global, 300));
    let mut block = Block::new_in(layout(50, 1), &alloc).unwrap();
    block.as_mut_slice().fill(9);
    block.resize(200).unwrap();
    assert_eq!((alloc.primary().live_bytes(), alloc.secondary().live_bytes()), (0, 200));
    assert_eq!(block.as_slice()[..50], [9; 50]);
    // The second has no room for more, the first has.
    let other = Block::new_in(layout(90, 1), alloc.secondary()).unwrap();
    let mut third = Block::new_in(layout(10, 1), alloc.secondary()).unwrap();
    third.as_mut_slice().fill(3);
    let (ptr, shape, _) = third.into_raw_parts();
    // SAFETY: the block is the second's, and so the fallback's.
    #[expect(unsafe_code, reason = "hands a block of a part to the whole")]
    let mut third = unsafe { Block::from_raw_parts(ptr, shape, &alloc) };
    third.resize(60).unwrap();
    assert_eq!((alloc.primary().live_bytes(), third.as_slice()[..10].to_vec()), (60, vec![3; 10]));
    assert!(third.resize(150).is_err());
    assert_eq!(third.as_slice()[..10], [3; 10]);
    third.resize(0).unwrap();
    assert_eq!(alloc.primary().live_blocks(), 0);
    third.resize(20).unwrap();
    drop((block, other, third));
    assert_eq!((alloc.primary().live_bytes(), alloc.secondary().live_bytes()), (0, 0));
}

#[test]
fn sizes_route_alike_whatever_fits() {
    let alloc = Segregate::<100, _, _>::new(
        Limited::new(OverReturn::new(Global), 1000),
        Limited::new(OverReturn::new(Global), 1000),
    );
    let block = alloc.allocate(layout(90, 1)).unwrap();
    assert_eq!(block.len(), 90);
    let raw = Segregate::<100, _, _>::new(OverReturn::new(Global), OverReturn::new(Global));
    let capped = raw.allocate(layout(90, 1)).unwrap();
    assert_eq!(capped.len(), 100, "128 would lead to the other side");
    #[expect(unsafe_code, reason = "frees blocks")]
    // SAFETY: allocated above, with sizes that fit.
    unsafe {
        alloc.deallocate(block.cast(), layout(90, 1));
        raw.deallocate(capped.cast(), layout(100, 1));
    }
    let mut moving = Block::new_in(layout(100, 1), &alloc).unwrap();
    moving.as_mut_slice().fill(4);
    moving.resize(101).unwrap();
    assert_eq!((alloc.small().live_bytes(), alloc.large().live_bytes()), (0, 101));
    moving.resize(99).unwrap();
    assert_eq!((alloc.small().live_bytes(), alloc.large().live_bytes()), (99, 0));
    assert_eq!(moving.as_slice(), [4; 99]);
    let full = Block::new_in(layout(1000, 1), alloc.large()).unwrap();
    assert!(moving.resize(500).is_err(), "the other side refuses");
    assert_eq!(moving.as_slice(), [4; 99]);
    drop(full);
}

#[test]
fn every_block_is_aligned_as_well_as_asked_for() {
    let alloc = Aligned::<64, _>::new(Exact::new(Global));
    for align in [1, 8, 64, 256] {
        let mut block = Block::new_in(layout(10, align), &alloc).unwrap();
        assert!(block.as_ptr().addr().get().is_multiple_of(align.max(64)));
        block.resize(1000).unwrap();
        assert!(block.as_ptr().addr().get().is_multiple_of(align.max(64)));
    }
    let most = layout(isize::MAX as usize, 1);
    assert!(alloc.allocate(most).is_err());
}

/// All bytes that were in `home` while the work was done, and what is there afterwards.
fn scan(work: impl FnOnce(&Buffer<'_>), secret: &[u8]) -> usize {
    let mut home = vec![MaybeUninit::new(0_u8); 1 << 16];
    work(&Buffer::new(&mut home));
    #[expect(unsafe_code, reason = "looks at what is left")]
    // SAFETY: the bytes were initialised, and have only been written to since.
    let left: Vec<u8> = home.iter().map(|byte| unsafe { byte.assume_init() }).collect();
    left.windows(secret.len()).filter(|window| *window == secret).count()
}

#[test]
fn a_vector_leaves_no_copy_of_its_bytes_anywhere() {
    let secret = b"correct horse battery staple";
    fn work(alloc: impl Allocator, secret: &[u8]) {
        let mut bytes = Vec2::new_in(Api2(alloc));
        for round in 0..50 {
            bytes.extend_from_slice(secret);
            if round % 7 == 0 {
                bytes.shrink_to_fit();
            }
        }
        bytes.truncate(secret.len());
        bytes.shrink_to_fit();
    }
    let bare = scan(|home| work(Arena::new_in(home), secret), secret);
    assert!(bare >= 50, "the scan sees what is left without wiping: {bare}");
    let wiped = scan(|home| work(Zeroizing::new(Arena::new_in(home)), secret), secret);
    assert_eq!(wiped, 0);
    let strict = scan(|home| work(secure::strict(Arena::new_in(home)), secret), secret);
    let lasting = scan(|home| work(secure::lasting(Arena::new_in(home)), secret), secret);
    assert_eq!((strict, lasting), (0, 0));
}

/// Counts the blocks that come back with nothing but zeros in them.
struct Blank(Cell<usize>);

#[expect(unsafe_code, reason = "looks at what a free leaves")]
// SAFETY: all blocks are the global heap's.
unsafe impl Allocator for Blank {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        Global.allocate(layout)
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the block has that many bytes, which `Zeroizing` has written.
        let bytes = unsafe { NonNull::slice_from_raw_parts(ptr, layout.size()).as_ref() };
        self.0.set(self.0.get() + usize::from(bytes.iter().all(|byte| *byte == 0)));
        // SAFETY: as promised to this method.
        unsafe { Global.deallocate(ptr, layout) }
    }
}

#[test]
fn a_block_is_wiped_at_its_free() {
    let blank = Blank(Cell::new(0));
    let mut block = Block::new_in(layout(64, 1), Zeroizing::new(&blank)).unwrap();
    block.as_mut_slice().fill(0x77);
    assert_eq!(blank.0.get(), 0);
    drop(block);
    assert_eq!(blank.0.get(), 1);
}

#[test]
fn a_quarantine_gives_all_back_when_memory_is_short() {
    let alloc = Quarantine::new(Limited::new(Global, 1000), 5000);
    for _ in 0..100 {
        let block = Block::new_in(layout(300, 1), &alloc).unwrap();
        assert_eq!(block.as_slice(), [0; 300]);
    }
    assert!(alloc.waiting_blocks() <= 3);
    assert!(Block::new_in(layout(1001, 1), &alloc).is_err());
    assert_eq!(alloc.waiting_bytes(), 0, "the refusal released what waited");
    drop(Block::new_in(layout(900, 1), &alloc).unwrap());
    assert_eq!((alloc.waiting_bytes(), alloc.inner().live_bytes()), (900, 900));
    assert_eq!(alloc.report().live_bytes, 0);
}

#[test]
fn threads_share_what_is_locked() {
    let alloc = Arc::new(Locked::new(Counted::new(Arena::new())));
    std::thread::scope(|threads| {
        for seed in 0..4_u8 {
            let alloc = &alloc;
            threads.spawn(move || {
                for size in 1..300 {
                    let mut block = Block::new_in(layout(size, 8), &**alloc).unwrap();
                    block.as_mut_slice().fill(seed);
                    block.resize(size * 2).unwrap();
                    assert!(block.as_slice()[..size].iter().all(|byte| *byte == seed));
                }
            });
        }
    });
    let counts = alloc.with(Counted::counts);
    assert_eq!((counts.blocks, counts.live_blocks, counts.resizes), (4 * 299, 0, 4 * 299));
    let alloc = Locked::new(Global);
    let panics = || alloc.with(|_| panic!("on command"));
    assert!(std::panic::catch_unwind(core::panic::AssertUnwindSafe(panics)).is_err());
    assert!(Block::new_in(layout(1, 1), &alloc).is_ok(), "a panic poisons nothing");
}

#[test]
fn defaults_are_set_for_a_scope_and_a_thread() {
    let upstream = Arc::new(Locked::new(Counted::new(Global)));
    #[derive(Debug)]
    struct Shared(Arc<Locked<Counted<Global>>>);
    // SAFETY: forwards.
    #[expect(unsafe_code, reason = "an allocator for the test")]
    unsafe impl Allocator for Shared {
        fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
            self.0.allocate(layout)
        }
        unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
            // SAFETY: as promised to this method.
            unsafe { self.0.deallocate(ptr, layout) }
        }
    }
    let seen = || upstream.with(Counted::counts).blocks;
    let use_default = || drop(Block::new_in(layout(9, 1), Dyn::default()).unwrap());
    use_default();
    assert_eq!(seen(), 0);
    let outer = Dyn::new(Shared(upstream.clone())).set_default();
    use_default();
    assert_eq!(seen(), 1);
    {
        let _inner = Dyn::new(Null).set_default();
        assert!(Block::new_in(layout(9, 1), Dyn::default()).is_err());
    }
    std::thread::scope(|threads| drop(threads.spawn(|| drop(Dyn::default()))));
    use_default();
    assert_eq!(seen(), 2);
    // A block keeps its allocator alive.
    let block = Block::new_in(layout(9, 1), Dyn::default()).unwrap();
    drop(outer);
    drop(block);
    use_default();
    assert_eq!((seen(), Arc::strong_count(&upstream)), (3, 1));
    // Maps find it through `Default`, as in C++.
    let map: hashbrown::HashMap<u8, u8, hashbrown::DefaultHashBuilder, Api2<Dyn>> =
        hashbrown::HashMap::default();
    assert!(map.is_empty());
}

#[test]
fn sites_name_the_place_a_collection_was_made() {
    let alloc = Checked::new(Global);
    let line = line!() + 1;
    let mut numbers = Vec2::new_in(Api2(alloc.site()));
    numbers.extend(0..100_u8);
    let ptr = NonNull::from(&mut numbers[0]);
    let wrong = alloc.inspect(ptr, layout(1, 1)).unwrap_err().to_string();
    assert!(wrong.contains(&format!("from {}:{line}:", file!())), "{wrong}");
    let inside = NonNull::from(&mut numbers[5]);
    let wrong = alloc.inspect(inside, layout(1, 1)).unwrap_err().to_string();
    assert!(wrong.contains("it lies 5 bytes into the block at"), "{wrong}");
    drop(numbers);
    let plain = Block::new_in(layout(3, 1), &alloc).unwrap();
    let wrong = alloc.inspect(plain.as_ptr(), layout(2, 1)).unwrap_err().to_string();
    assert!(wrong.contains("from a place that was not given"), "{wrong}");
}

#[test]
fn refusals_under_an_adapter_come_out_as_errors_and_nothing_leaks() {
    fn grow(alloc: impl Allocator) -> Result<(), larder::alloc::Refusal> {
        let mut block = Block::new_in(layout(10, 8), alloc)?;
        for size in [100, 5000, 20, 3000] {
            block.resize(size)?;
            block.as_mut_slice().fill(1);
        }
        Ok(())
    }
    let found = sweep::fail_each_allocation(|a| grow(Segregate::<64, _, _>::new(&a, &a)));
    assert!(found.places >= 5 && found.findings.is_empty(), "{found}");
    let found = sweep::fail_each_allocation(|a| grow(Zeroizing::new(Aligned::<64, _>::new(a))));
    assert!(found.places >= 5 && found.findings.is_empty(), "{found}");
    let found = sweep::fail_each_allocation(|a| grow(Checked::new(Counted::new(a))));
    assert!(found.places >= 5 && found.findings.is_empty(), "{found}");
}

/// Hands out blocks of 64 bytes from an array, in place and in bulk: has every capability.
#[derive(Debug, Default)]
struct Everything(Arena);

#[expect(unsafe_code, reason = "an allocator for the test")]
mod everything {
    use super::*;

    // SAFETY: blocks are the arena's.
    unsafe impl Allocator for Everything {
        fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
            let size = self.good_size(layout);
            self.0.allocate(Layout::from_size_align(size, layout.align()).map_err(|_| AllocError)?)
        }
        unsafe fn deallocate(&self, _: NonNull<u8>, _: Layout) {}
    }
    impl GoodSize for Everything {
        fn good_size(&self, layout: Layout) -> usize {
            layout.size().next_multiple_of(64)
        }
    }
    // SAFETY: the arena answers.
    unsafe impl Owns for Everything {
        fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
            self.0.owns(ptr, layout)
        }
    }
    // SAFETY: a block has the next multiple of 64.
    unsafe impl ResizeInPlace for Everything {
        unsafe fn resize_in_place(
            &self,
            _: NonNull<u8>,
            old: Layout,
            size: usize,
        ) -> Result<usize, AllocError> {
            let most = self.good_size(old);
            if size <= most { Ok(most) } else { Err(AllocError) }
        }
    }
    // SAFETY: entries are filled from the front.
    unsafe impl Bulk for Everything {
        fn allocate_bulk(&self, layout: Layout, blocks: &mut [MaybeUninit<NonNull<u8>>]) -> usize {
            for entry in &mut *blocks {
                entry.write(self.allocate(layout).unwrap().cast());
            }
            blocks.len()
        }
        unsafe fn deallocate_bulk(&self, _: Layout, _: &[NonNull<u8>]) {}
    }
    impl Reset for Everything {
        fn end_blocks(&mut self) {
            self.0.end_blocks();
        }
    }
    impl Report for Everything {
        fn report(&self) -> larder::alloc::Stats {
            self.0.report()
        }
    }
}

/// What [`Owns`] promises, on blocks of this and of another allocator.
fn owns_its_own(alloc: &impl Owns) {
    let foreign = Block::new_in(layout(24, 8), Global).unwrap();
    assert!(!alloc.owns(foreign.as_ptr(), foreign.layout()));
    for size in [1, 24, 300, 5000] {
        let mine = Block::new_in(layout(size, 8), alloc).unwrap();
        assert!(alloc.owns(mine.as_ptr(), mine.layout()), "{size}");
    }
}

/// What [`ResizeInPlace`] promises. Returns whether it grew from 70 to 100, and shrank back to 80.
#[expect(unsafe_code, reason = "resizes a block")]
fn resizes_in_place(alloc: &impl ResizeInPlace) -> (bool, bool) {
    let block = alloc.allocate(layout(70, 1)).unwrap().cast::<u8>();
    // SAFETY: the block is live and has 70 bytes.
    unsafe { block.write_bytes(5, 70) };
    let (mut size, mut done) = (70, [false; 2]);
    for (step, wanted) in [100, 80].into_iter().enumerate() {
        // SAFETY: the block is live, and `size` is what it was resized to last.
        if let Ok(got) = unsafe { alloc.resize_in_place(block, layout(size, 1), wanted) } {
            assert!(got >= wanted);
            (size, done[step]) = (wanted, true);
        }
        // SAFETY: the block has had 70 bytes all the while.
        assert!((0..70).all(|at| unsafe { block.add(at).read() } == 5));
    }
    // SAFETY: the block is live, and `size` fits it.
    assert!(unsafe { alloc.resize_in_place(block, layout(size, 1), 1 << 40) }.is_err());
    // SAFETY: as above.
    unsafe { alloc.deallocate(block, layout(size, 1)) };
    (done[0], done[1])
}

/// What [`Bulk`] promises.
#[expect(unsafe_code, reason = "frees blocks in bulk")]
fn serves_in_bulk(alloc: &impl Bulk, wanted: usize) -> usize {
    let mut blocks = vec![MaybeUninit::uninit(); wanted];
    let got = alloc.allocate_bulk(layout(48, 8), &mut blocks);
    // SAFETY: the first `got` entries are initialised.
    let blocks: Vec<NonNull<u8>> =
        blocks[..got].iter().map(|b| unsafe { b.assume_init() }).collect();
    for (i, block) in blocks.iter().enumerate() {
        // SAFETY: the block is live and has 48 bytes.
        unsafe { block.write_bytes(i as u8, 48) };
    }
    for (i, block) in blocks.iter().enumerate() {
        // SAFETY: as above.
        assert!((0..48).all(|at| unsafe { block.add(at).read() } == i as u8));
    }
    // SAFETY: all were allocated here with that layout, and each occurs once.
    unsafe { alloc.deallocate_bulk(layout(48, 8), &blocks) };
    got
}

#[test]
fn capabilities_that_stay_true_are_forwarded() {
    let all = Everything::default;
    owns_its_own(&Aligned::<64, _>::new(all()));
    owns_its_own(&Arena::new());
    owns_its_own(&larder::Pool::of_in::<[u64; 8]>(Arena::new()));
    owns_its_own(&larder::Slab::new_in(Arena::new()));
    owns_its_own(&Checked::new(Global));
    owns_its_own(&Counted::new(all()));
    owns_its_own(&Fallback::new(Limited::new(all(), 200), all()));
    owns_its_own(&Limited::new(all(), 10_000));
    owns_its_own(&Locked::new(all()));
    owns_its_own(&Quarantine::new(all(), 1000));
    owns_its_own(&Segregate::<200, _, _>::new(all(), Checked::new(Global)));
    owns_its_own(&Zeroizing::new(all()));
    assert!(!Checked::new(Global).owns(NonNull::dangling(), layout(0, 1)));

    assert_eq!(resizes_in_place(&Aligned::<64, _>::new(all())), (true, true));
    assert_eq!(resizes_in_place(&Checked::new(Arena::new())), (true, true));
    assert_eq!(resizes_in_place(&Checked::new(all())), (false, true), "the canaries take 32 bytes");
    assert_eq!(resizes_in_place(&Counted::new(all())), (true, true));
    assert_eq!(resizes_in_place(&Limited::new(all(), 1000)), (true, true));
    assert_eq!(resizes_in_place(&Limited::new(all(), 99)), (false, true), "the limit says no");
    assert_eq!(resizes_in_place(&Locked::new(all())), (true, true));
    assert_eq!(resizes_in_place(&Fallback::new(all(), all())), (true, true));
    let second = Fallback::new(Limited::new(all(), 0), all());
    assert_eq!(resizes_in_place(&second), (true, true));
    assert_eq!(resizes_in_place(&Quarantine::new(all(), 1000)), (true, false));
    assert_eq!(resizes_in_place(&Zeroizing::new(all())), (true, false));
    assert_eq!(resizes_in_place(&Segregate::<90, _, _>::new(all(), all())), (false, true));
    assert_eq!(resizes_in_place(&Segregate::<60, _, _>::new(all(), all())), (true, true));

    assert_eq!(serves_in_bulk(&Aligned::<64, _>::new(all()), 10), 10);
    let counted = Counted::new(all());
    assert_eq!(serves_in_bulk(&counted, 10), 10);
    assert_eq!((counted.counts().blocks, counted.counts().freed), (10, 10));
    let limited = Limited::new(all(), 48 * 7);
    assert_eq!(serves_in_bulk(&limited, 10), 7);
    assert_eq!(limited.last_refusal().unwrap().size, 48);
    assert_eq!(serves_in_bulk(&limited.with_max_blocks(3), 10), 3);
    assert_eq!(serves_in_bulk(&Locked::new(all()), 10), 10);
    assert_eq!(serves_in_bulk(&Zeroizing::new(all()), 10), 10);
    let both = Fallback::new(Limited::new(all(), 48 * 4), Limited::new(all(), 48 * 5));
    assert_eq!(serves_in_bulk(&both, 20), 9);
    assert_eq!((both.primary().live_blocks(), both.secondary().live_blocks()), (0, 0));
    assert_eq!(serves_in_bulk(&Segregate::<48, _, _>::new(all(), Limited::new(all(), 0)), 4), 4);
    assert_eq!(serves_in_bulk(&Segregate::<40, _, _>::new(all(), Limited::new(all(), 0)), 4), 0);

    let size = layout(70, 1);
    assert_eq!(Aligned::<64, _>::new(all()).good_size(size), 128);
    assert_eq!(Locked::new(all()).good_size(size), 128);
    assert_eq!(Segregate::<100, _, _>::new(all(), all()).good_size(size), 100);
    assert_eq!(Segregate::<50, _, _>::new(all(), all()).good_size(size), 128);
    assert_eq!(Limited::new(all(), 1000).good_size(size), 70);
    assert_eq!(Zeroizing::new(all()).good_size(size), 70);
    assert_eq!(Checked::new(all()).good_size(size), 70);
    assert_eq!(Quarantine::new(all(), 1).good_size(size), 70);
}

#[test]
fn resets_and_reports_reach_through() {
    fn ends<A: Reset + Report + Allocator>(mut alloc: A) {
        for _ in 0..2 {
            let block = alloc.allocate(layout(500, 8)).unwrap();
            assert!(block.len() >= 500 && alloc.report().live_bytes >= 500);
            alloc.end_blocks();
            assert_eq!(alloc.report().live_bytes, 0);
        }
    }
    ends(Aligned::<64, _>::new(Everything::default()));
    ends(Checked::new(Everything::default()));
    ends(Counted::new(Everything::default()));
    ends(Tracked::new(Everything::default()));
    ends(Limited::new(Everything::default(), 700));
    ends(Locked::new(Everything::default()));
    ends(Quarantine::new(Everything::default(), 1000));
    ends(Fallback::new(Everything::default(), Everything::default()));
    ends(Segregate::<64, _, _>::new(Everything::default(), Everything::default()));
    assert_eq!(Zeroizing::new(Everything::default()).report().live_bytes, 0);
}

#[test]
fn markers_hold_where_they_hold_below() {
    fn never<A: NeverInvalidates>(_: &A) {}
    fn clones<A: CloneEquivalent>(_: &A) {}
    fn goes<A: Send>(_: &A) {}
    fn shared<A: Send + Sync>(_: &A) {}
    never(&Aligned::<8, _>::new(Zeroizing::new(Global)));
    never(&Checked::new(Quarantine::new(Locked::new(Global), 9)));
    never(&Segregate::<8, _, _>::new(Global, Limited::new(Global, 9)));
    clones(&Segregate::<8, _, _>::new(Zeroizing::new(Global), Aligned::<8, _>::new(Global)));
    goes(&Checked::new(Quarantine::new(Counted::new(Arena::new()), 9)));
    goes(&Tracked::new(Limited::new(Arena::new(), 9)));
    shared(&Locked::new(Checked::new(Quarantine::new(Arena::new(), 9))));
    shared(&DynSync::new(Locked::new(Arena::new())));
    shared(&Fallback::new(Locked::new(Arena::new()), Segregate::<9, _, _>::new(Global, Global)));
}

#[test]
fn hooks_of_your_own_may_refuse() {
    #[derive(Debug)]
    struct Even;
    // SAFETY: nothing here panics.
    #[expect(unsafe_code, reason = "promises that the hooks do not unwind")]
    unsafe impl Hooks for Even {
        fn admits(&self, _: usize, new: Layout) -> bool {
            new.size().is_multiple_of(2)
        }
    }
    let alloc = Hooked::with(Global, Even);
    let mut block = Block::new_in(layout(10, 1), &alloc).unwrap();
    assert!(block.resize(11).is_err() && block.resize(12).is_ok() && block.resize(3).is_ok());
    assert!(Block::new_in(layout(3, 1), &alloc).is_err());
    assert_eq!(format!("{alloc:?}"), "Hooked { hooks: Even, inner: Global }");
}
