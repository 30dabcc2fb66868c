#![expect(unsafe_code, reason = "calls the unsafe methods of allocators and kernels")]
//! Blocks of plain pages.

use larder::{
    Arena, Stack,
    alloc::{Allocator, Block, GoodSize, Report, ResizeInPlace},
    os::{self, Call, Errno, Fake, Kernel, Native, Outcome, Pages, Wish},
    testing::run,
};

use super::{layout, life, programs, refuse_everything};

larder::allocator_contract! { pages, Pages::new }
larder::allocator_contract! { pages_uncached, || Pages::new().with_cache(0) }
larder::allocator_contract! { pages_with_room, || Pages::new().with_room(1 << 16) }
larder::allocator_contract! { pages_populated, || Pages::new().with_populate(Wish::Prefer) }
larder::allocator_contract! { arena_over_pages, || Arena::new_in(Pages::new()) }
larder::allocator_contract! { stack_over_pages, || Stack::new_in(Pages::new()) }

#[test]
fn random_programs_hold_on_good_and_refusing_kernels() {
    let pages = Pages::new();
    let roomy = Pages::new().with_room(40_000);
    for (index, ops) in programs(300).enumerate() {
        run(&ops, || &pages).unwrap();
        run(&ops, || &roomy).unwrap();
        let kernel = Fake::new();
        kernel.refuse_any_nth(index % 20, Errno::NO_MEMORY);
        kernel.refuse_nth(Call::Remap, index % 3, Errno::NO_MEMORY);
        run(&ops, || Pages::new_in(&kernel).with_room(index % 2 * 30_000)).unwrap();
    }
    assert_eq!((pages.report().live_blocks, pages.stranded_bytes()), (Some(0), 0));
    assert_eq!((roomy.report().live_blocks, roomy.stranded_bytes()), (Some(0), 0));
}

#[test]
fn every_refusal_leaves_blocks_and_counts_as_they_were() {
    for room in [0, 1 << 17] {
        for cache in [0, <Pages>::CACHE] {
            for wish in [Wish::Ignore, Wish::Prefer, Wish::Require] {
                refuse_everything(&Fake::new(), |kernel| {
                    let pages = Pages::new_in(kernel).with_room(room).with_cache(cache);
                    Some(pages.with_populate(wish).with_lock(wish))
                });
            }
        }
    }
}

#[test]
fn freed_pages_are_served_again_without_a_call() {
    let kernel = Fake::new();
    let pages = Pages::new_in(&kernel);
    let wanted = layout(1 << 20, 8);
    for _ in 0..100 {
        drop(Block::new_in(wanted, &pages).unwrap());
    }
    assert_eq!(kernel.calls(), [Call::Map]);
    // What was written before is not what a zeroed block has.
    let mut block = Block::new_in(wanted, &pages).unwrap();
    block.as_mut_slice().fill(1);
    drop(block);
    assert!(Block::new_in(wanted, &pages).unwrap().as_slice().iter().all(|byte| *byte == 0));
    assert_eq!(pages.report().reserved_bytes, 1 << 20);
    pages.trim();
    assert_eq!((pages.report().reserved_bytes, kernel.mapped_bytes()), (0, 0));
}

#[test]
fn no_more_is_kept_than_was_said_and_the_oldest_goes_first() {
    let kernel = Fake::new();
    let page = kernel.page_size();
    let pages = Pages::new_in(&kernel).with_cache(10 * page);
    for count in [4, 5, 6, 20] {
        drop(Block::new_in(layout(count * page, 8), &pages).unwrap());
        assert!(kernel.mapped_bytes() <= 10 * page);
    }
    assert_eq!(kernel.mapped_bytes(), 6 * page);
    for _ in 0..3 {
        let all: Vec<_> = (1..40).map(|_| Block::new_in(layout(1, 1), &pages).unwrap()).collect();
        drop(all);
        // And the page in which these were noted.
        assert!(kernel.mapped_bytes() <= 11 * page);
    }
    drop(pages);
    assert_eq!(kernel.mapped_bytes(), 0);
}

#[test]
fn growing_does_not_copy_and_within_the_room_does_not_move() {
    let kernel = Fake::new();
    let page = kernel.page_size();
    let pages = Pages::new_in(&kernel).with_room(100 * page);
    let mut block = Block::new_in(layout(page, 8), &pages).unwrap();
    let start = block.as_ptr();
    for count in [2, 50, 100, 7, 99] {
        block.resize(count * page).unwrap();
        assert_eq!(block.as_ptr(), start);
    }
    assert_eq!(kernel.count(Call::Map), 1);
    if cfg!(target_os = "linux") {
        block.as_mut_slice().fill(3);
        block.resize(500 * page).unwrap();
        assert_eq!((kernel.count(Call::Map), kernel.count(Call::Remap)), (1, 1));
        assert!(block.as_slice()[..99 * page].iter().all(|byte| *byte == 3));
        assert!(block.as_slice()[99 * page..].iter().all(|byte| *byte == 0));
    }
    drop(block);
    drop(pages);
    assert_eq!(kernel.mapped_bytes(), 0);
}

#[test]
fn blocks_are_resized_in_place_or_not_at_all() {
    let pages = Pages::new().with_room(1 << 20);
    let old = layout(1, 1);
    let block = pages.allocate(old).unwrap().cast();
    let page = Native.page_size();
    assert_eq!(pages.good_size(old), page);
    let resized = |old, size| {
        // SAFETY: the block is live, and the layouts that are passed fit it.
        unsafe { pages.resize_in_place(block, old, size) }
    };
    assert_eq!(resized(old, 3 * page + 1).unwrap(), 4 * page);
    assert_eq!(resized(layout(4 * page, 1), 10).unwrap(), page);
    assert!(resized(old, isize::MAX as usize).is_err());
    // SAFETY: the block is live, and the layout fits it.
    unsafe { pages.deallocate(block, old) };
}

#[test]
fn requests_that_no_kernel_serves_are_refused_and_explained() {
    let pages = Pages::new();
    for size in [isize::MAX as usize, isize::MAX as usize - 10_000, 1 << 60] {
        assert!(pages.allocate(layout(size, 1)).is_err());
        let refusal = pages.last_refusal().unwrap();
        assert_eq!(refusal.call, Call::Map);
        assert!(refusal.to_string().contains("ask for less"), "{refusal}");
    }
    assert!(pages.allocate(layout(1, 1 << 62)).is_err());
    assert_eq!(pages.report().failed, Some(4));
    let block = pages.allocate(layout(10, 1)).unwrap().cast();
    // SAFETY: the block is live, and the layout fits it.
    assert!(unsafe { pages.grow(block, layout(10, 1), layout(1 << 60, 1)) }.is_err());
    // SAFETY: the block is still live.
    unsafe { pages.deallocate(block, layout(10, 1)) };
}

#[test]
fn wishes_come_out_as_outcomes() {
    let kernel = Fake::new();
    kernel.refuse(Call::Lock, Errno::NO_MEMORY);
    let wanted = layout(1 << 16, 8);
    let pages = Pages::new_in(&kernel).with_populate(Wish::Require).with_lock(Wish::Prefer);
    assert_eq!(pages.outcomes().populated, Outcome::NotAsked);
    let block = Block::new_in(wanted, &pages).unwrap();
    assert!(pages.outcomes().populated.is_obtained());
    assert_eq!(os::resident(block.as_slice(), Native), Ok(1 << 16));
    let Outcome::Refused(error) = pages.outcomes().locked else { panic!("the lock was refused") };
    assert_eq!(
        (error.call, error.errno, error.limit),
        (Call::Lock, Errno::NO_MEMORY, Native.lock_limit())
    );
    assert!(error.to_string().contains("RLIMIT_MEMLOCK"), "{error}");

    let strict = Pages::new_in(&kernel).with_lock(Wish::Require);
    assert!(Block::new_in(wanted, &strict).is_err());
    assert_eq!(strict.last_refusal().unwrap().call, Call::Lock);
    drop(block);
    drop((pages, strict));
    assert_eq!(kernel.mapped_bytes(), 0);
}

#[test]
fn a_kernel_that_takes_nothing_back_is_told_on() {
    let kernel = Fake::new();
    let page = kernel.page_size();
    let pages = Pages::new_in(&kernel).with_cache(0);
    let mut block = Block::new_in(layout(8 * page, 8), &pages).unwrap();
    kernel.refuse(Call::Unmap, Errno::NO_MEMORY);
    block.resize(3 * page).unwrap();
    assert_eq!(pages.stranded_bytes(), 5 * page);
    drop(block);
    assert_eq!(pages.stranded_bytes(), 8 * page);
    assert_eq!(pages.report().reserved_bytes, 8 * page);
    assert!(life(Some(Pages::new_in(&kernel).with_cache(0))) > 0);
}

#[test]
fn blocks_outlive_the_allocator() {
    let pages = Pages::new();
    let wanted = layout(10_000, 8);
    let block = pages.allocate(wanted).unwrap().cast::<u8>();
    drop(pages);
    let heir = Pages::new();
    // SAFETY: the block is live: nothing but freeing it ends it.
    unsafe { block.write_bytes(1, 10_000) };
    let again = Block::new_in(wanted, &heir).unwrap();
    assert!(again.as_slice().iter().all(|byte| *byte == 0));
    // SAFETY: the block is still live.
    let bytes = unsafe { core::slice::from_raw_parts(block.as_ptr(), 10_000) };
    assert!(bytes.iter().all(|byte| *byte == 1));
    // SAFETY: these are its pages, and nobody uses them again.
    unsafe { Native.unmap(block, 10_000_usize.next_multiple_of(Native.page_size())) }.unwrap();
}

#[test]
fn one_allocator_serves_many_threads() {
    static PAGES: Pages = Pages::new();
    let workers: Vec<_> = (0..4_u8)
        .map(|own| {
            std::thread::spawn(move || {
                for round in 0..200_usize {
                    let size = (round * 7919) % 200_000 + 1;
                    let mut block = Block::new_in(layout(size, 64), &PAGES).unwrap();
                    block.as_mut_slice().fill(own);
                    block.resize(size * 2).unwrap();
                    assert!(block.as_slice()[..size].iter().all(|byte| *byte == own));
                }
            })
        })
        .collect();
    for worker in workers {
        worker.join().unwrap();
    }
    assert_eq!(PAGES.report().live_bytes, 0);
    PAGES.trim();
}

#[test]
#[should_panic(expected = "before the first block")]
fn the_room_cannot_change_under_a_block() {
    let pages = Pages::new();
    let _block = pages.allocate(layout(1, 1)).unwrap();
    let _ = pages.with_room(1 << 20);
}
