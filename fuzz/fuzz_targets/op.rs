//! The op model itself, on allocators that are known to be good.
#![no_main]
#![feature(allocator_api)]

use larder::{
    alloc::Global,
    testing::{
        Op,
        hostile::{Counting, Quarantine},
        run,
    },
};

libfuzzer_sys::fuzz_target!(|ops: Vec<Op>| {
    let upstream = Counting::new(Global);
    run(&ops, || &upstream).unwrap();
    upstream.assert_no_leaks();
    run(&ops, || Quarantine::with_capacity(10_000, Global)).unwrap();
});
