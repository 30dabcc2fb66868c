//! Programs of calls against pools of any layout, over upstreams good and bad.
#![no_main]
#![feature(allocator_api)]

use larder::{
    Pool,
    alloc::{Global, Layout},
    strategy::pool::Others,
    testing::{Op, hostile::FailRandomly, run},
};

libfuzzer_sys::fuzz_target!(|input: (u64, u16, u8, Vec<Op>)| {
    let (seed, size, shift, ops) = input;
    let block =
        Layout::from_size_align(usize::from(size) >> (seed % 16), 1 << (shift % 10)).unwrap();
    run(&ops, || Pool::for_layout(block)).unwrap();
    run(&ops, || Pool::for_layout(block).with_limit(seed as usize % 20_000)).unwrap();
    run(&ops, || {
        Pool::for_layout_in(block, FailRandomly::new(Global, 3, seed)).with_others(Others::Refuse)
    })
    .unwrap();
});
