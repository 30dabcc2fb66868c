//! Shapes and handles at their edges.

use super::{Handle, Key, Shape, slots_in, slots_of};

#[test]
fn blocks_have_64_slots_or_32_kibibytes() {
    assert_eq!((slots_of::<()>(), slots_of::<u64>(), slots_of::<[u8; 512]>()), (64, 64, 64));
    assert_eq!((slots_of::<[u8; 513]>(), slots_of::<[u8; 5000]>()), (32, 4));
    assert_eq!((slots_of::<[u8; 32768]>(), slots_of::<[u8; 1 << 20]>()), (1, 1));
}

#[test]
fn generations_are_behind_the_elements_and_aligned() {
    for bits in [8, 16, 32] {
        let shape = Shape::of::<[u8; 3]>(bits, 24, true, false);
        assert!(shape.stamps >= 64 * 3 && shape.stamps.is_multiple_of(bits as usize / 8));
        assert_eq!(shape.layout.size(), shape.stamps + 64 * bits as usize / 8);
        assert!(shape.layout.align() * 8 >= bits as usize);
    }
}

#[test]
fn handles_hold_what_they_are_packed_of() {
    for (index, stamp) in [(0, 1), (1, 255), (0xFF_FFFF, 1), (0xFF_FFFF, 255)] {
        assert_eq!(<Handle<u32> as Key>::pack(0, index, stamp).unpack(), (0, index, stamp));
        assert_eq!(<Handle<u64> as Key>::pack(0, index, stamp).unpack(), (0, index, stamp));
        let wide = <Handle<u128> as Key>::pack(u64::MAX, index, stamp);
        assert_eq!(wide.unpack(), (u64::MAX, index, stamp));
    }
    let handle = <Handle<u64> as Key>::pack(0, u32::MAX, 0xFFFF);
    assert_eq!((handle.index(), handle.generation()), (u32::MAX as usize, 0xFFFF));
    assert!(<Handle as Key>::pack(0, 2, 1) > <Handle as Key>::pack(0, 1, 3));
}

#[test]
fn slots_of_a_mask_come_lowest_first() {
    assert!(slots_in(1 << 63 | 0b1010).eq([1, 3, 63]));
    assert!(slots_in(0).next().is_none() && slots_in(u64::MAX).eq(0..64));
}
