//! Programs of operations on vectors and queues, beside std's.
#![no_main]
#![feature(allocator_api)]

use larder::{
    Arena, Deque, PooledVec, SmallVector,
    alloc::Global,
    testing::{hostile::OverReturn, sequence::SeqOp},
};

libfuzzer_sys::fuzz_target!(|ops: Vec<SeqOp>| {
    let text = |n: u8| "plum".repeat(usize::from(n % 4));
    let divides = |value: u8, text: &String| text.len() % (usize::from(value % 5) + 2) == 0;
    let (arena, over) = (Arena::new(), OverReturn::new(Global));
    larder::vec_differential!(&ops, SmallVector::<String, 3, _>::new_in(&arena), text, divides);
    larder::vec_differential!(&ops, PooledVec::<String>::new(), text, divides);
    larder::deque_differential!(&ops, Deque::<String, _>::new_in(&over), text, divides);
    let number = |n: u8| n % 9;
    let divides = |value: u8, n: &u8| n % (value % 5 + 2) == 0;
    larder::vec_differential!(&ops, SmallVector::<u8, 4>::new(), number, divides);
    larder::deque_differential!(&ops, Deque::<u8>::new(), number, divides);
});
