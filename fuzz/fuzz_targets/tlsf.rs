//! Programs of calls against TLSF in a buffer, over an upstream that fails, and its classes by themselves.
#![no_main]
#![feature(allocator_api)]

use core::mem::MaybeUninit;

use larder::{
    Tlsf,
    alloc::Global,
    bits::good_fit::{CLASSES, Occupied, class_for, class_of},
    testing::{Op, hostile::FailRandomly, run},
};

libfuzzer_sys::fuzz_target!(|input: (u64, u8, Vec<Op>)| {
    let (seed, keep, ops) = input;
    let granules = (seed as usize >> (seed % 60)).max(1);
    assert!(class_for(granules) - class_of(granules) <= 1);
    assert!(class_of(granules - 1) <= class_of(granules));
    let classes = Occupied::new();
    classes.set(class_of(granules) % CLASSES);
    assert_eq!(classes.first_from(0), classes.last());
    let mut bytes = vec![MaybeUninit::uninit(); 1 << 17];
    let start = bytes.as_mut_ptr();
    // SAFETY: the bytes outlive all allocators below, are enough, and are lent to one at a time.
    let buffer = || unsafe { core::slice::from_raw_parts_mut(start, 1 << 17) };
    run(&ops, || Tlsf::on_buffer(buffer()).keeping(keep % 4)).unwrap();
    run(&ops, || Tlsf::new_in(FailRandomly::new(Global, 3, seed))).unwrap();
});
