//! Carving against the same sum where nothing can overflow.
#![no_main]

use larder::bits::{size_class, stack, window};

libfuzzer_sys::fuzz_target!(|input: (usize, usize, usize, u8)| {
    let (cursor, room, size, shift) = input;
    let (align, most) = (1_usize << (shift % 62), isize::MAX as usize);
    let (cursor, room, size) = (cursor.max(2), room & most, (size & most).min(most - (align - 1)));
    assert!(size_class::size_of(size_class::class_of(size)) >= size);
    let Some(end) = cursor.checked_add(room) else { return };
    let start = (cursor as u128).next_multiple_of(align as u128);
    let fits = start + size as u128 <= end as u128;
    let carved = window::carve(cursor, end, size, align);
    assert_eq!(carved.map(|c| c.start as u128), fits.then_some(start));

    let (cursor, size) = (cursor & !(stack::GRID - 1), size.max(1));
    let end = cursor.saturating_add(room);
    let start = (cursor as u128).next_multiple_of(align.max(stack::GRID) as u128);
    let after = (start + size as u128 + stack::WORD as u128).next_multiple_of(stack::GRID as u128);
    let fits = after <= end as u128;
    let placed = stack::place_aligned(cursor, end, size, align);
    assert_eq!(placed.map(|p| (p.start as u128, p.cursor as u128)), fits.then_some((start, after)));
    if align <= stack::GRID {
        assert_eq!(stack::place(cursor, end, size, align), placed.map(|p| p.cursor));
    }
});
