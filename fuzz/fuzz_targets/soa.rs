//! Programs of operations on vectors of columns, beside std's vector of structs.
#![no_main]
#![feature(allocator_api)]

#[path = "../../tests/it/soa_programs.rs"]
mod soa_programs;

use larder::{Arena, SoaVector, alloc::Global, testing::hostile::OverReturn};
use soa_programs::Tree;

libfuzzer_sys::fuzz_target!(|ops: Vec<larder::testing::sequence::SeqOp>| {
    let (arena, over) = (Arena::new(), OverReturn::new(Global));
    soa_programs::run(&ops, SoaVector::new_in(&arena), Tree::new);
    soa_programs::run(&ops, SoaVector::new_in(&over), Tree::new);
});
