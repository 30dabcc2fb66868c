//! Programs of operations on vectors and queues, beside std's.
#![no_main]
#![feature(allocator_api)]

use larder::{
    Arena, Deque, PooledVec, SmallVector,
    alloc::Global,
    os::Mirrored,
    testing::{hostile::OverReturn, sequence::SeqOp},
};

libfuzzer_sys::fuzz_target!(|ops: Vec<SeqOp>| {
    let text = |n: u8| "plum".repeat(usize::from(n % 4));
    let divides = |value: u8, text: &String| text.len() % (usize::from(value % 5) + 2) == 0;
    let (arena, over) = (Arena::new(), OverReturn::new(Global));
    larder::vec_differential!(&ops, SmallVector::<String, 3, _>::new_in(&arena), text, divides);
    larder::vec_differential!(&ops, PooledVec::<String>::new(), text, divides);
    larder::deque_differential!(&ops, Deque::<String, _>::new_in(&over), text, divides);
    // A page of elements, so that the content soon runs over the end.
    let large = |n: u8| [u64::from(n); 96];
    let divides = |value: u8, large: &[u64; 96]| large[95] % (u64::from(value % 5) + 2) == 0;
    larder::deque_differential!(&ops, Deque::<_, Mirrored>::default(), large, divides);
    let number = |n: u8| n % 9;
    let divides = |value: u8, n: &u8| n % (value % 5 + 2) == 0;
    larder::vec_differential!(&ops, SmallVector::<u8, 4>::new(), number, divides);
    larder::deque_differential!(&ops, Deque::<u8>::new(), number, divides);
});
