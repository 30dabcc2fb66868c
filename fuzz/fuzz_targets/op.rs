//! The op model itself, on an allocator that is known to be good.
#![no_main]
#![feature(allocator_api)]

use larder::{
    alloc::Global,
    testing::{Op, hostile::Counting, run},
};

libfuzzer_sys::fuzz_target!(|ops: Vec<Op>| {
    let upstream = Counting::new(Global);
    run(&ops, || &upstream).unwrap();
    upstream.assert_no_leaks();
});
