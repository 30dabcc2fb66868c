//! Programs of calls against arenas over upstreams good and bad.
#![no_main]
#![feature(allocator_api)]

use larder::{
    Arena,
    alloc::Global,
    testing::{Op, hostile::FailRandomly, run},
};

libfuzzer_sys::fuzz_target!(|input: (u64, Vec<Op>)| {
    let (seed, ops) = input;
    run(&ops, Arena::new).unwrap();
    run(&ops, || Arena::new_in(FailRandomly::new(Global, 3, seed))).unwrap();
});
