//! Programs of calls against the buddy allocator in a buffer at any place, and its arithmetic by itself.
#![no_main]

use core::mem::MaybeUninit;

use larder::{
    Buddy,
    bits::buddy::{buddy_of, middle, pieces},
    testing::{Op, run},
};

libfuzzer_sys::fuzz_target!(|input: (u16, u8, Vec<Op>)| {
    let (len, skip, ops) = input;
    let (start, end) = (1 + usize::from(skip), 1 + usize::from(skip) + usize::from(len));
    let mut at = start;
    for (granule, order) in pieces(start..end) {
        assert!(granule == at && granule % (1 << order) == 0);
        assert_eq!(middle(granule, order), middle(buddy_of(granule, order), order));
        at += 1 << order;
    }
    assert_eq!(at, end);
    let mut bytes = vec![MaybeUninit::uninit(); (1 << 15) + usize::from(len)];
    let (start, all) = (bytes.as_mut_ptr(), bytes.len() - usize::from(skip));
    // SAFETY: the bytes outlive all allocators below, are enough, and are lent to one at a time.
    let buffer = || unsafe { core::slice::from_raw_parts_mut(start.add(usize::from(skip)), all) };
    run(&ops, || Buddy::on_buffer(buffer()).unwrap()).unwrap();
    run(&ops, || Buddy::with_capacity(usize::from(len) + 1).unwrap()).unwrap();
});
