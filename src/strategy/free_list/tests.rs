//! What only the inside shows: what is kept, fetched and given back, and when.

use core::ptr::NonNull;
use std::vec::Vec;

use super::{Bound, FreeList};
use crate::alloc::{Allocator, GoodSize, Layout, Null, Report};

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

fn take(list: &FreeList, count: usize, shape: Layout) -> Vec<NonNull<u8>> {
    (0..count).map(|_| list.allocate(shape).unwrap().cast()).collect()
}

fn free(list: &FreeList, blocks: impl IntoIterator<Item = NonNull<u8>>, shape: Layout) {
    for block in blocks {
        // SAFETY: the tests pass each block once, with its layout.
        #[expect(unsafe_code, reason = "frees a block")]
        unsafe {
            list.deallocate(block, shape);
        }
    }
}

#[test]
fn what_is_in_the_range_gets_a_whole_block_and_the_rest_goes_upstream() {
    let list = FreeList::for_layout(layout(100, 8));
    assert_eq!(list.block_layout(), layout(104, 8));
    for (size, align, returned) in
        [(53, 1, 104), (104, 8, 104), (52, 1, 52), (105, 1, 105), (60, 16, 60)]
    {
        let block = list.allocate(layout(size, align)).unwrap();
        assert_eq!((block.len(), list.good_size(layout(size, align))), (returned, returned));
        free(&list, [block.cast()], layout(size, align));
    }
    assert_eq!((list.kept(), list.report().live_blocks), (1, Some(0)));
    let wide = FreeList::for_layout(layout(100, 1)).with_least(0);
    assert_eq!((wide.good_size(layout(1, 1)), wide.good_size(layout(0, 1))), (100, 0));
}

#[test]
fn a_full_list_gives_the_coldest_back() {
    let shape = layout(64, 8);
    let list = FreeList::for_layout(shape).with_bound(Bound::Blocks(10));
    let blocks = take(&list, 12, shape);
    free(&list, blocks[..10].iter().copied(), shape);
    assert_eq!(list.kept(), 10);
    free(&list, [blocks[10]], shape);
    assert_eq!(list.kept(), 6);
    let again = take(&list, 6, shape);
    let hottest: Vec<_> = [10, 9, 8, 7, 6, 5].map(|n| blocks[n]).into();
    assert_eq!(again, hottest);
    free(&list, again.into_iter().chain([blocks[11]]), shape);
    list.trim(2);
    assert_eq!((list.kept(), list.report().live_blocks), (2, Some(0)));
}

#[test]
fn an_empty_list_fetches_a_batch() {
    let shape = layout(64, 8);
    let list = FreeList::for_layout(shape).with_batch(8);
    let block = take(&list, 1, shape);
    assert_eq!((list.kept(), list.report().live_blocks), (7, Some(1)));
    free(&list, block, shape);
    assert_eq!(list.kept(), 8);
}

#[test]
fn a_list_that_may_keep_nothing_keeps_nothing() {
    let shape = layout(64, 8);
    let list = FreeList::for_layout(shape).with_bound(Bound::Bytes(63)).with_batch(8);
    let blocks = take(&list, 3, shape);
    free(&list, blocks, shape);
    assert_eq!((list.kept(), list.report().reserved_bytes), (0, 0));
}

#[test]
fn a_list_in_use_does_not_change_its_range() {
    let shape = layout(64, 8);
    let list = FreeList::for_layout(shape);
    let blocks = take(&list, 1, shape);
    let list = list.with_least(1).with_bound(Bound::Blocks(1));
    assert_eq!((list.bound(), list.good_size(layout(1, 1))), (64, 1));
    free(&list, blocks, shape);
}

#[test]
fn what_the_upstream_refuses_is_refused_and_counted() {
    let list = FreeList::for_layout_in(layout(64, 8), Null).with_batch(4);
    assert!(list.allocate(layout(64, 8)).is_err());
    assert_eq!((list.report().failed, list.kept()), (Some(1), 0));
    assert!(list.block(64).is_err());
    assert_eq!(FreeList::for_layout(layout(64, 8)).block(60).unwrap().as_slice(), [0; 60]);
}
