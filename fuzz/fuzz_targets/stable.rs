//! Programs of operations on stable vectors, against a model.
#![no_main]

use larder::{
    Arena, StableVector,
    collections::stable_vector::{Handle, KeyedVector},
    testing::slots::SlotOp,
};

libfuzzer_sys::fuzz_target!(|ops: Vec<SlotOp>| {
    let divides = |value: u8, element: &u32| element.is_multiple_of(u32::from(value));
    larder::slot_differential!(&ops, KeyedVector::<u32, Handle<u32>>::new, u32::from, divides);
    let arena = Arena::new();
    let divides = |value: u8, text: &String| text.len() % 4 == usize::from(value % 4);
    let text = |value: u8| format!("{value} is on the heap");
    larder::slot_differential!(&ops, || StableVector::new_in(&arena), text, divides);
});
