//! The counters and the tracker: their figures are what happened.

use allocator_api2::vec::Vec as Vec2;
use larder::{
    Arena,
    alloc::{Allocator, Api2, Block, Global, Layout, Report},
    observe::{Counted, Tracked},
    testing::{
        hostile::{FailNth, FailRandomly, OverReturn},
        run,
    },
};

use crate::contract::programs;

fn bytes(size: usize) -> Layout {
    Layout::array::<u8>(size).unwrap()
}

#[test]
fn counts_are_those_of_the_calls() {
    let alloc = Counted::new(OverReturn::new(FailNth::new(Global, 3)));
    let mut blocks: Vec<_> =
        [0, 1, 100].map(|size| Block::new_in(bytes(size), &alloc).unwrap()).into();
    assert!(Block::new_in(bytes(7), &alloc).is_err());
    blocks[2].resize(300).unwrap();
    blocks[2].resize(50).unwrap();
    let counts = alloc.counts();
    assert_eq!((counts.live_bytes, counts.live_blocks, counts.peak_bytes), (51, 2, 301));
    assert_eq!((counts.blocks, counts.bytes, counts.resizes, counts.freed), (3, 301, 2, 0));
    assert_eq!((counts.failed, counts.by_bits[0], counts.by_bits[1]), (1, 1, 1));
    assert_eq!((counts.of_size(64), counts.of_size(127), counts.of_size(128)), (1, 1, 0));
    drop(blocks);
    alloc.start_peak_here();
    let counts = alloc.counts();
    assert_eq!((counts.live_bytes, counts.live_blocks, counts.peak_bytes), (0, 0, 0));
    assert_eq!(counts.freed, 3);
    let text = counts.to_string();
    assert!(text.contains("ever   301 B in 3 blocks, 3 freed"), "{text}");
    assert!(text.contains("64 B.."), "{text}");
    assert_eq!(alloc.report().failed, Some(1));
}

#[test]
fn what_programs_leave_is_nothing() {
    for ops in programs(300) {
        let counted = Counted::new(FailRandomly::new(Global, 5, 3));
        run(&ops, || &counted).unwrap();
        let counts = counted.counts();
        assert_eq!((counts.live_bytes, counts.live_blocks), (0, 0));
        assert_eq!(counts.blocks, counts.freed);
        let tracked = Tracked::new(OverReturn::new(Global));
        run(&ops, || &tracked).unwrap();
        assert!(tracked.leaks().is_none());
        assert_eq!((tracked.report().live_bytes, tracked.lost()), (0, 0));
    }
}

#[test]
fn live_blocks_have_a_place_and_an_age() {
    let alloc = Tracked::new(Arena::new()).silent();
    let old = Block::new_in(bytes(10), alloc.at("old")).unwrap();
    let line = line!() + 1;
    let mut grown = Block::new_in(bytes(20), alloc.site()).unwrap();
    drop(Block::new_in(bytes(30), &alloc).unwrap());
    grown.resize(500).unwrap();
    let live = alloc.live();
    assert_eq!(live.iter().map(|live| live.age).collect::<Vec<_>>(), [4, 3]);
    assert_eq!((live[0].origin.site.label(), live[0].origin.layout), ("old", bytes(10)));
    assert_eq!(live[1].origin.site.location().unwrap().line(), line);
    assert_eq!((live[1].origin.layout, live[1].origin.serial), (bytes(500), 2));
    assert_eq!(live[1].origin.address, grown.as_ptr().addr().get());

    let sites = alloc.sites();
    assert_eq!(sites.len(), 3);
    assert_eq!((sites[0].live_bytes, sites[0].bytes, sites[0].blocks), (500, 500, 1));
    assert_eq!((sites[1].site.label(), sites[1].live_blocks), ("old", 1));
    assert_eq!((sites[2].live_blocks, sites[2].temporary), (0, 1));
    let leaks = alloc.leaks().unwrap();
    assert_eq!((leaks.blocks().len(), leaks.bytes()), (2, 510));
    drop((old, grown));
    assert!(alloc.leaks().is_none());
}

#[test]
fn temporary_are_those_freed_by_the_very_next_call() {
    let alloc = Tracked::new(Global);
    let temporary = || alloc.sites().iter().map(|site| site.temporary).sum::<u64>();
    drop(Block::new_in(bytes(5), &alloc).unwrap());
    assert_eq!(temporary(), 1);
    let first = Block::new_in(bytes(5), &alloc).unwrap();
    let second = Block::new_in(bytes(5), &alloc).unwrap();
    drop(first);
    drop(second);
    assert_eq!(temporary(), 1, "neither was the newest when it was freed");
    let mut resized = Block::new_in(bytes(5), &alloc).unwrap();
    resized.resize(6).unwrap();
    drop(resized);
    assert_eq!(temporary(), 1);
}

#[test]
fn a_region_tells_what_a_closure_allocated_and_left() {
    let alloc = Tracked::new(Global);
    let before = Block::new_in(bytes(1000), &alloc).unwrap();
    let (kept, outer) = alloc.region("outer", || {
        let kept = Block::new_in(bytes(10), &alloc).unwrap();
        let ((), inner) = alloc.region("inner", || {
            let mut numbers = Vec2::<u8, _>::with_capacity_in(100, Api2(&alloc));
            numbers.resize(150, 0);
        });
        assert_eq!((inner.blocks, inner.bytes, inner.temporary), (1, 200, 0));
        assert_eq!((inner.peak_bytes, inner.left.len()), (200, 0));
        drop(Block::new_in(bytes(7), &alloc).unwrap());
        kept
    });
    assert_eq!((outer.blocks, outer.bytes, outer.temporary), (3, 217, 1));
    assert_eq!(outer.peak_bytes, 210, "the peak of the inner region is one of the outer");
    assert_eq!(outer.left.len(), 1);
    assert_eq!((outer.left[0].site.label(), outer.left[0].layout), ("outer", bytes(10)));
    drop((kept, before));
    assert_eq!(alloc.report().peak_bytes, Some(1210));

    let unwinds = || alloc.region("unwinds", || panic!("on command"));
    assert!(std::panic::catch_unwind(core::panic::AssertUnwindSafe(unwinds)).is_err());
    let after = Block::new_in(bytes(1), &alloc).unwrap();
    assert_eq!(alloc.live()[0].origin.site.label(), "", "the label ended with the region");
    assert_eq!(alloc.report().peak_bytes, Some(1210));
    drop(after);
}

#[test]
fn watching_changes_no_block() {
    let sizes = |alloc: &dyn Allocator| {
        let shape = |size| alloc.allocate(bytes(size)).unwrap().cast::<u8>().addr().get();
        let base = shape(1);
        [10, 100, 1000].map(|size| shape(size) - base)
    };
    let bare = sizes(&Arena::with_first_chunk_in(1 << 14, Global));
    assert_eq!(sizes(&Counted::new(Arena::with_first_chunk_in(1 << 14, Global))), bare);
    let tracked = Tracked::new(Arena::with_first_chunk_in(1 << 14, Global)).silent();
    assert_eq!(sizes(&tracked), bare);
}
