//! Programs of calls against free lists of any range, over upstreams good and bad.
#![no_main]
#![feature(allocator_api)]

use larder::{
    FreeList,
    alloc::{Allocator, Global, Layout},
    strategy::free_list::Bound,
    testing::{Op, hostile::FailRandomly, run},
};

libfuzzer_sys::fuzz_target!(|input: (u64, u16, u16, u8, Vec<Op>)| {
    let (seed, size, least, shift, ops) = input;
    let block =
        Layout::from_size_align(usize::from(size) >> (seed % 16), 1 << (shift % 10)).unwrap();
    fn list<A: Allocator>(upstream: A, block: Layout, least: u16, seed: u64) -> FreeList<A> {
        FreeList::for_layout_in(block, upstream)
            .with_least(usize::from(least) % (block.size() + 1))
            .with_bound(Bound::Blocks(seed as usize % 40))
            .with_batch((seed >> 8) as usize % 10)
    }
    run(&ops, || list(Global, block, least, seed)).unwrap();
    run(&ops, || list(FailRandomly::new(Global, 3, seed), block, least, seed)).unwrap();
});
