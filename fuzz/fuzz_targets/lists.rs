//! Programs of operations on bump vectors and lists, beside std's.
#![no_main]
#![feature(allocator_api)]

use larder::{
    alloc::Global,
    collections::stable_vector::Handle,
    testing::hostile::{Exact, Quarantine},
};

#[path = "../../tests/it/lists/model.rs"]
mod model;

#[path = "../../tests/it/lists/handle_model.rs"]
mod handle_model;

libfuzzer_sys::fuzz_target!(|bytes: Vec<[u8; 4]>| {
    let ops: Vec<model::Op> = bytes.into_iter().map(model::Op::from).collect();
    let exact = Exact::new(Quarantine::new(Global));
    model::bump_vector(&ops, &exact);
    model::owned_list(&ops, &exact);
    model::intrusive_list(&ops);
    handle_model::handle_list::<Handle>(&ops);
});
