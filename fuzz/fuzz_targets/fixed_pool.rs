//! Programs of calls against fixed pools of any shape, wiping or not, in a buffer or over the heap.
#![no_main]

use core::mem::MaybeUninit;

use larder::{
    FixedPool,
    alloc::Layout,
    testing::{Op, run},
};

libfuzzer_sys::fuzz_target!(|input: (u16, u8, u8, Vec<Op>)| {
    let (size, align, count, ops) = input;
    let layout = Layout::from_size_align(usize::from(size), 1 << (align % 13)).unwrap();
    let mut bytes = vec![MaybeUninit::uninit(); 1 << 17];
    let start = bytes.as_mut_ptr();
    // SAFETY: the bytes outlive all allocators below, are enough, and are lent to one at a time.
    let buffer = || unsafe { core::slice::from_raw_parts_mut(start.add(align.into()), 1 << 16) };
    if FixedPool::on_buffer(layout, buffer()).is_ok() {
        run(&ops, || FixedPool::on_buffer(layout, buffer()).unwrap().wiping()).unwrap();
    }
    let count = usize::from(count) + 1;
    run(&ops, || FixedPool::for_layout(layout, count).unwrap().prefaulted()).unwrap();
});
