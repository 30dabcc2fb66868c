//! Programs of calls against allocators of pages, on kernels good and refusing.
#![no_main]

use larder::{
    os::{Errno, Fake, Pages, Secret},
    testing::{Op, run},
};

libfuzzer_sys::fuzz_target!(|input: (u8, u8, u32, Vec<Op>)| {
    let (nth, errno, room, ops) = input;
    run(&ops, || Pages::new().with_room(room as usize)).unwrap();
    let kernel = Fake::new();
    kernel.refuse_any_nth(nth.into(), Errno(i32::from(errno) + 1));
    run(&ops, || Pages::new_in(&kernel).with_room((room >> 12) as usize)).unwrap();
    run(&ops, || Secret::new_in(&kernel)).unwrap();
});
