//! Programs of calls against slabs, over upstreams good and bad.
#![no_main]
#![feature(allocator_api)]

use larder::{
    Slab,
    alloc::Global,
    strategy::slab::Release,
    testing::{Op, hostile::FailRandomly, run},
};

libfuzzer_sys::fuzz_target!(|input: (u64, Vec<Op>)| {
    let (seed, ops) = input;
    run(&ops, || Slab::new().with_release(Release::Above(seed as usize % 5000))).unwrap();
    run(&ops, || Slab::new_in(FailRandomly::new(Global, 3, seed))).unwrap();
    run(&ops, || Slab::new().with_limit(seed as usize % 100_000)).unwrap();
});
