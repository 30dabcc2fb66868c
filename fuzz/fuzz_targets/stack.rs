//! Programs of calls against stacks over upstreams good and bad, and in a frame.
#![no_main]
#![feature(allocator_api)]

use larder::{
    Stack,
    alloc::Global,
    testing::{Op, hostile::FailRandomly, run},
};

libfuzzer_sys::fuzz_target!(|input: (u64, Vec<Op>)| {
    let (seed, ops) = input;
    run(&ops, Stack::new).unwrap();
    run(&ops, || Stack::new_in(FailRandomly::new(Global, 3, seed))).unwrap();
    let outer = Stack::new().with_limit(1 << 20);
    outer.frame(|frame| run(&ops, || frame).unwrap());
    assert_eq!(outer.used_bytes(), 0);
});
