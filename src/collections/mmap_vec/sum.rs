//! The checksum of bytes: eight sums side by side, which compilers turn into vector instructions.
//!
//! Each word of eight bytes is added as it is to its neighbour's sum, so that no change of one word
//! can be lost in a product, and the product of its halves, mixed with its place, to its own. It finds
//! accidents, not enemies.

const KEYS: [u64; 8] = [
    0x9E37_79B9_7F4A_7C15,
    0xC2B2_AE3D_27D4_EB4F,
    0x1656_67B1_9E37_79F9,
    0x85EB_CA77_C2B2_AE63,
    0x27D4_EB2F_1656_67C5,
    0xD6E8_FEB8_6659_FD93,
    0xA076_1D64_78BD_642F,
    0xE703_7ED1_A0B4_28DB,
];

/// The checksum of `bytes` at the place `seed`.
pub(super) fn sum(seed: u64, bytes: &[u8]) -> u64 {
    let mut sums = KEYS;
    let mut turn = seed.wrapping_mul(KEYS[5]);
    let (stripes, rest) = bytes.as_chunks::<64>();
    for stripe in stripes {
        add(&mut sums, turn, stripe);
        turn = turn.wrapping_add(KEYS[0]);
    }
    if !rest.is_empty() {
        let mut last = [0; 64];
        last[..rest.len()].copy_from_slice(rest);
        add(&mut sums, turn, &last);
    }
    let start = mix(seed, bytes.len() as u64);
    sums.iter().fold(start, |all, sum| mix(all, *sum))
}

#[inline]
fn add(sums: &mut [u64; 8], turn: u64, stripe: &[u8; 64]) {
    let (words, _) = stripe.as_chunks::<8>();
    for (lane, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let keyed = word ^ KEYS[lane].wrapping_add(turn);
        sums[lane ^ 1] = sums[lane ^ 1].wrapping_add(word);
        sums[lane] = sums[lane].wrapping_add((keyed & 0xFFFF_FFFF).wrapping_mul(keyed >> 32));
    }
}

/// One to one in each argument while the other stays.
pub(super) const fn mix(a: u64, b: u64) -> u64 {
    let mut mixed = (a.rotate_left(23) ^ b).wrapping_mul(KEYS[1]);
    mixed ^= mixed >> 29;
    mixed = mixed.wrapping_mul(KEYS[2]);
    mixed ^ (mixed >> 32)
}
