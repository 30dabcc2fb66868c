#![expect(unsafe_code, reason = "reads and writes a word's bytes in eights, whatever its length")]
//! A text's first and last eight bytes, which are all of it up to 16: what is hashed and compared.
//!
//! Words have any length from two letters to twelve, and a processor cannot guess which comes next.
//! A branch on the length costs more than all the rest, so there is none: eight bytes are read from
//! where the text begins, however short it is, and those that are not the text's are cleared. What may
//! not be read in Rust may be in machine code, as a C library's `memchr` does it: an instruction reads
//! aligned bytes or any others of a page that the text is in, without fault, and gives only the text's.
//!
//! 1. Pages have 4096 bytes or a multiple: eight bytes from a position not above 4088 are in its page.

use core::ptr::NonNull;

/// A text that is asked for or stored, with its ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends<'t> {
    bytes: &'t [u8],
    first: u64,
    last: u64,
}

impl<'t> Ends<'t> {
    #[inline]
    pub(crate) fn of(bytes: &'t [u8]) -> Self {
        let (first, last) = ends(bytes);
        Self { bytes, first, last }
    }

    /// The whole text.
    #[inline]
    pub(crate) const fn bytes(&self) -> &'t [u8] {
        self.bytes
    }

    /// What tells it apart from all texts of its length, if that is at most 16.
    #[inline]
    pub(crate) const fn short(&self) -> Option<u128> {
        if self.bytes.len() > 16 {
            None
        } else {
            Some(self.first as u128 | (self.last as u128) << 64)
        }
    }

    /// Writes the text to `to`, and perhaps something behind it.
    ///
    /// # Safety
    ///
    /// `room` bytes from `to` may be written, no less than the text has, and are not the text.
    #[inline]
    pub(super) unsafe fn write_to(&self, to: NonNull<u8>, room: usize) {
        let len = self.bytes.len();
        if len > 16 || room < 8 {
            // SAFETY: there is room for it, apart from it, as promised.
            unsafe { to.copy_from_nonoverlapping(NonNull::from_ref(self.bytes).cast(), len) };
            return;
        }
        // SAFETY: there is room for eight bytes.
        unsafe { to.cast().write_unaligned(self.first.to_le()) };
        // SAFETY: the last eight bytes of the text are within the room for it; a shorter one is
        // written again.
        let to_last = unsafe { to.add(len.saturating_sub(8)) };
        // SAFETY: as above.
        unsafe { to_last.cast().write_unaligned(self.last.to_le()) };
    }

    /// Whether `stored` are the same bytes.
    #[inline]
    pub(super) fn are_of(&self, stored: &[u8]) -> bool {
        if stored.len() != self.bytes.len() {
            return false;
        }
        let (first, last) = ends(stored);
        (first ^ self.first) | (last ^ self.last) == 0
            && (stored.len() <= 16 || stored == self.bytes)
    }
}

/// The first eight bytes and the last as numbers; of a shorter text all bytes, twice.
#[inline]
#[cfg(all(target_arch = "x86_64", not(miri)))]
fn ends(bytes: &[u8]) -> (u64, u64) {
    /// Which bits of eight bytes are a text's, by its length up to eight.
    const OWN: [u64; 9] = {
        let mut own = [u64::MAX; 9];
        let mut len = 0;
        while len < 8 {
            own[len] = (1 << (8 * len)) - 1;
            len += 1;
        }
        own
    };

    let (from, len) = (bytes.as_ptr(), bytes.len());
    // An empty text may be where there is no page.
    if from.addr() % 4096 > 4088 || len == 0 {
        return ends_in_steps(bytes);
    }
    let (mut first, mut last) = (OWN[len.min(8)], OWN[len.min(8)]);
    // SAFETY: texts of eight bytes or more have all that is read. Others, which have a first byte, are
    // read from there on, up to the end of its page at most (1); only the bits of their own bytes are left, so
    // that the block gives what reading these alone would. It writes registers only.
    unsafe {
        core::arch::asm!(
            "and {first}, qword ptr [{from}]",
            "and {last}, qword ptr [{from} + {skipped}]",
            first = inout(reg) first,
            last = inout(reg) last,
            from = in(reg) from,
            skipped = in(reg) len.saturating_sub(8),
            options(pure, readonly, nostack),
        );
    }
    (first, last)
}

/// The first eight bytes and the last as numbers; of a shorter text all bytes, twice.
#[inline]
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
fn ends(bytes: &[u8]) -> (u64, u64) {
    ends_in_steps(bytes)
}

/// [`ends`] without machine code.
#[cfg_attr(all(target_arch = "x86_64", not(miri)), cold, inline(never))]
fn ends_in_steps(bytes: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    let len = bytes.len();
    let all = if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let [first, last] =
            [first, last].map(|four: &[u8; 4]| u64::from(u32::from_le_bytes(*four)));
        first | last << (8 * (len - 4))
    } else {
        // At most three bytes: the first, the middle one and the last.
        [0, len / 2, len.saturating_sub(1)]
            .into_iter()
            .filter_map(|at| bytes.get(at).map(|byte| u64::from(*byte) << (8 * at)))
            .fold(0, |all, byte| all | byte)
    };
    (all, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_byte_tells_texts_apart() {
        let all: [u8; 40] = core::array::from_fn(|at| at as u8);
        for len in 0..all.len() {
            let text = Ends::of(&all[..len]);
            assert!(text.are_of(&{ all }[..len]));
            assert!(
                !text.are_of(&all[..len + 1]) && !Ends::of(&all[..len + 1]).are_of(&all[..len])
            );
            for at in 0..len {
                let mut other = all;
                other[at] ^= 0x80;
                assert!(!text.are_of(&other[..len]), "byte {at} of {len}");
            }
            for room in len..len + 9 {
                let mut memory = [0xff; 50];
                let to = NonNull::from_mut(&mut memory).cast();
                // SAFETY: there are as many bytes.
                unsafe { text.write_to(to, room) };
                assert!(memory[..len] == all[..len] && memory[room..].iter().all(|b| *b == 0xff));
            }
        }
    }

    #[test]
    fn an_empty_text_is_not_read() {
        for nowhere in [1, 4095, usize::MAX - 4095] {
            let ptr = core::ptr::without_provenance(nowhere);
            // SAFETY: no byte is there to be valid.
            let empty = unsafe { core::slice::from_raw_parts(ptr, 0) };
            assert!(ends(empty) == (0, 0) && Ends::of(empty).are_of(&[]));
        }
    }

    /// At each position around the end of a page, and with each neighbour.
    #[test]
    fn ends_are_those_of_the_text_alone() {
        for neighbour in [0, 0xff] {
            let mut memory = std::vec![neighbour; 3 * 4096];
            let page = memory.as_ptr().align_offset(4096) + 4096;
            for from in page - 40..page + 8 {
                for len in 0..=24 {
                    memory.fill(neighbour);
                    for (at, byte) in memory[from..from + len].iter_mut().enumerate() {
                        *byte = at as u8 + 1;
                    }
                    let text = &memory[from..from + len];
                    let mut padded = [0; 8];
                    padded[..len.min(8)].copy_from_slice(&text[..len.min(8)]);
                    let first = u64::from_le_bytes(padded);
                    let last = text.last_chunk().map_or(first, |last| u64::from_le_bytes(*last));
                    assert_eq!(ends(text), (first, last), "{len} at {from}");
                    assert_eq!(ends_in_steps(text), (first, last), "{len} at {from}");
                }
            }
        }
    }
}
