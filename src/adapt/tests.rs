//! What cannot be seen from outside: the wipe's edges, the canaries, the lock without std, sums.

use std::{panic, string::ToString, thread, vec::Vec};

use super::{Checked, Corruption, Quarantine, Side, both, lock::spin};
use crate::alloc::{Allocator, Global, Layout, Stats, wipe::wipe};

#[test]
fn a_wipe_covers_just_its_bytes_at_every_offset_and_length() {
    for start in 0..9 {
        for len in 0..40 {
            let mut bytes = [7_u8; 64];
            let ptr = core::ptr::NonNull::from(&mut bytes).cast::<u8>();
            #[expect(unsafe_code, reason = "calls what is tested")]
            // SAFETY: 9 + 40 bytes are within the array.
            let from = unsafe { ptr.add(start) };
            #[expect(unsafe_code, reason = "calls what is tested")]
            // SAFETY: as above.
            unsafe {
                wipe(from, len);
            }
            let zero = |at: usize| (start..start + len).contains(&at);
            assert!(bytes.iter().enumerate().all(|(at, byte)| (*byte == 0) == zero(at)));
        }
    }
}

#[test]
#[expect(unsafe_code, reason = "writes where it must not")]
fn every_byte_of_both_canaries_is_looked_at() {
    let alloc = Checked::new(Global);
    for (size, align) in [(1, 1), (24, 8), (100, 64)] {
        let layout = Layout::from_size_align(size, align).unwrap();
        let block = alloc.allocate(layout).unwrap().cast::<u8>();
        for distance in 1..=16 {
            for side in [Side::Before, Side::After] {
                let offset = match side {
                    Side::Before => -(distance as isize),
                    Side::After => (size + distance - 1) as isize,
                };
                // SAFETY: the canaries are next to the block, and nobody looks at them meanwhile.
                let at = unsafe { block.offset(offset) };
                // SAFETY: as above.
                let before = unsafe { at.replace(0x5A) };
                match alloc.inspect(block, layout) {
                    Err(Corruption::Overrun {
                        side: s,
                        distance: d,
                        found: 0x5A,
                        expected,
                        ..
                    }) => {
                        assert_eq!((s, d, expected), (side, distance, before));
                    }
                    // One in 256 canaries has this very byte there.
                    other => assert!(other.is_ok() && before == 0x5A, "{other:?}"),
                }
                // SAFETY: as above.
                unsafe { at.write(before) };
            }
        }
        assert_eq!(alloc.check(), Ok(()));
        // SAFETY: allocated above with this layout.
        unsafe { alloc.deallocate(block, layout) };
    }
    assert_eq!((alloc.live_blocks(), alloc.live_bytes()), (0, 0));
}

#[test]
#[expect(unsafe_code, reason = "writes to what was freed")]
fn a_write_to_what_waits_is_found_where_it_is() {
    let alloc = Quarantine::new(Global, 10_000);
    let layout = Layout::new::<[u8; 1000]>();
    let block = alloc.allocate(layout).unwrap().cast::<u8>();
    // SAFETY: allocated above with this layout.
    unsafe { alloc.deallocate(block, layout) };
    // SAFETY: the block waits, so the memory is still there.
    let there = unsafe { block.add(777) };
    // SAFETY: as above.
    unsafe { there.write(1) };
    let found = alloc.check().unwrap_err();
    assert!(
        matches!(found, Corruption::WrittenAfterFree { offset: 777, found: 1, freed: 1, .. }),
        "{found}"
    );
    // SAFETY: as above; what was written over is restored, so that it may leave.
    unsafe { there.write(super::POISON) };
    assert_eq!(alloc.check(), Ok(()));
}

#[test]
fn the_lock_without_std_lets_one_in_at_a_time_and_survives_a_panic() {
    let mut lock = spin::Lock::new(core::cell::Cell::new(0));
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                for _ in 0..1000 {
                    lock.with(|count| count.set(count.get() + 1));
                }
            });
        }
    });
    let unwound =
        panic::catch_unwind(panic::AssertUnwindSafe(|| lock.with(|_| panic!("on command"))));
    assert!(unwound.is_err());
    assert_eq!(lock.with(core::cell::Cell::get), 4000);
    assert_eq!(lock.get_mut().get(), 4000);
}

#[test]
fn a_quarantine_keeps_addresses_out_of_use_and_within_its_bound() {
    let alloc = Quarantine::new(Global, 64 * 100);
    let mut addresses = Vec::new();
    for _ in 0..300 {
        let layout = Layout::new::<[u8; 64]>();
        let block = alloc.allocate(layout).unwrap().cast::<u8>();
        if !addresses.contains(&block) {
            addresses.push(block);
        }
        #[expect(unsafe_code, reason = "frees a block")]
        // SAFETY: allocated above with this layout.
        unsafe {
            alloc.deallocate(block, layout);
        }
        assert!(alloc.waiting_bytes() <= 64 * 100);
    }
    assert!(addresses.len() > 100, "no address came back while a hundred blocks waited");
}

#[test]
fn sums_of_figures_invent_nothing() {
    let a = Stats { live_bytes: 1, live_blocks: Some(2), failed: Some(3), ..Stats::default() };
    let b = Stats { live_bytes: 10, live_blocks: Some(20), ..Stats::default() };
    let sum = both(a, b);
    assert_eq!((sum.live_bytes, sum.live_blocks, sum.failed), (11, Some(22), None));
    assert_eq!(sum.to_string(), "11 B live in 22 blocks, 0 B reserved");
}
