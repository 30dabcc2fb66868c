#![expect(unsafe_code, reason = "owns three blocks and reads what it wrote there")]
//! Texts, one after the other, and a table that finds them.
//!
//! ```text
//! bytes  | p l u m p e a r f i g            |   all texts, nothing between them
//! ends   | 0 4 8 11                         |   text n is bytes ends[n - 1]..ends[n]
//! slots  |      |hash, 2|      |hash, 1|... |   numbers from 1, by hash; 0 where free
//! ```
//!
//! The table is open addressing with linear steps, at most 13 sixteenths full. A slot has the hash
//! beside the number: a step that meets another text does not look at its bytes, and the table grows
//! without looking at any.
//!
//! Invariants:
//!
//! 1. `bytes` and `ends` are spans of `alloc`, or have no capacity. Of `bytes` the first
//!    `used` are written, and of `ends` the first `len + 1`, unless `len` is 0; these rise
//!    from 0 to `used`.
//! 2. `slots` is a block of `mask + 1` slots of `alloc`, all of them written, or `W::FREE` alone,
//!    and then `mask` is 0; `mask + 1` is a power of two.
//! 3. `room` is how many texts can be added before `ends` or `slots` are too small. While there is a
//!    table, each number from 1 to `len` is in one slot, and a slot is free.
//! 4. `used <= W::MOST_BYTES` and `len <= W::MOST_TEXTS`.
//!
//! Hashes have 32 bits. Beyond 2^32 slots, which take 64 GiB, the steps become long.

mod same;
mod width;

use core::{alloc::LayoutError, ptr::NonNull, slice};

pub(crate) use self::same::Ends;
use self::width::Slot;
pub use self::width::Width;
use super::buffer::{self, Growth, Span};
use crate::{
    alloc::{Allocator, Cause, Layout, Refusal},
    bits::growth,
};

/// The smallest table has room for 13 texts.
const FEWEST_SLOTS: usize = 16;

/// How many texts may be in a table of `slots`.
const fn load(slots: usize) -> usize {
    slots / 16 * 13
}

/// The smallest table for `texts`, which are not so many that this overflows.
const fn slots_for(texts: usize) -> usize {
    let slots = (texts + (3 * texts).div_ceil(13)).next_power_of_two();
    if slots < FEWEST_SLOTS { FEWEST_SLOTS } else { slots }
}

/// Texts in memory of `A`, numbered from 1 by `W`.
#[derive(Debug)]
pub(crate) struct Texts<W: Width, A: Allocator> {
    slots: NonNull<Slot<W>>,
    mask: usize,
    ends: NonNull<W::Offset>,
    ends_capacity: usize,
    bytes: NonNull<u8>,
    bytes_capacity: usize,
    used: usize,
    len: usize,
    room: usize,
    limit: usize,
    alloc: A,
}

impl<W: Width, A: Allocator> Texts<W, A> {
    /// No texts, and no memory yet.
    pub(crate) const fn new_in(alloc: A) -> Self {
        Self {
            slots: NonNull::from_ref(W::FREE),
            mask: 0,
            ends: NonNull::dangling(),
            ends_capacity: 0,
            bytes: NonNull::dangling(),
            bytes_capacity: 0,
            used: 0,
            len: 0,
            room: 0,
            limit: usize::MAX,
            alloc,
        }
    }

    pub(crate) const fn allocator(&self) -> &A {
        &self.alloc
    }

    /// How many texts there are.
    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// How many texts there can be without more memory, if their bytes find room.
    pub(crate) const fn capacity(&self) -> usize {
        self.len + self.room
    }

    /// How many bytes they have.
    pub(crate) const fn text_len(&self) -> usize {
        self.used
    }

    /// How many bytes may be held.
    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    /// Refuses to hold more bytes from now on. What is held already stays.
    pub(crate) const fn set_limit(&mut self, bytes: usize) {
        self.limit = bytes;
    }

    /// How many bytes are held.
    pub(crate) const fn held(&self) -> usize {
        self.bytes_capacity
            + self.ends_capacity * size_of::<W::Offset>()
            + self.slots_held() * size_of::<Slot<W>>()
    }

    /// How many slots are in a block of ours, which has at least two.
    const fn slots_held(&self) -> usize {
        if self.mask == 0 { 0 } else { self.mask + 1 }
    }

    /// Where the texts begin and end in [`bytes`](Self::bytes): one more than there are, or none.
    pub(crate) const fn ends(&self) -> &[W::Offset] {
        let count = if self.len == 0 { 0 } else { self.len + 1 };
        // SAFETY: so many ends are written (1), and borrowed with `self`.
        unsafe { slice::from_raw_parts(self.ends.as_ptr(), count) }
    }

    /// All bytes of all texts.
    #[inline]
    pub(crate) const fn bytes(&self) -> &[u8] {
        // SAFETY: the first `used` bytes are written (1), and borrowed with `self`.
        unsafe { slice::from_raw_parts(self.bytes.as_ptr(), self.used) }
    }

    /// The text with the number `index + 1`.
    ///
    /// # Safety
    ///
    /// `index < len`.
    #[inline]
    pub(crate) unsafe fn get_unchecked(&self, index: usize) -> &[u8] {
        // SAFETY: there are `len + 1` ends (1), and `index` is less than `len`.
        let ends = unsafe { self.ends.add(index) };
        // SAFETY: as above.
        let from = W::offset_to_usize(unsafe { ends.read() });
        // SAFETY: as above, and one more is within `len + 1` too.
        let to = unsafe { ends.add(1) };
        // SAFETY: as above.
        let to = W::offset_to_usize(unsafe { to.read() });
        // SAFETY: ends rise, up to `used` (1).
        unsafe { self.bytes().get_unchecked(from..to) }
    }

    /// The text with the number `index + 1`.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&[u8]> {
        // SAFETY: the index is compared.
        (index < self.len).then(|| unsafe { self.get_unchecked(index) })
    }

    /// The number of `text`, whose hash is `hash`.
    #[inline]
    pub(crate) fn find(&self, hash: u32, text: &Ends<'_>) -> Option<W> {
        self.seek(hash.max(1), text).ok()
    }

    /// The number of `text`, or the slot, of those of the mask, that it would be in.
    #[inline]
    fn seek(&self, hash: u32, text: &Ends<'_>) -> Result<W, usize> {
        let mut at = hash as usize & self.mask;
        loop {
            // SAFETY: the mask keeps the position within the slots (2).
            let slot = unsafe { self.slots.add(at) };
            // SAFETY: as above, and all slots are written.
            let slot = unsafe { slot.read() };
            if slot.hash == hash {
                // SAFETY: a slot that has a hash has the number of a text (3).
                let stored = unsafe { self.get_unchecked(slot.number.to_usize() - 1) };
                if text.are_of(stored) {
                    return Ok(slot.number);
                }
            }
            if slot.hash == 0 {
                return Err(at);
            }
            at = (at + 1) & self.mask;
        }
    }

    /// The number of `text`, which is added with its hash if it is not there.
    ///
    /// # Errors
    ///
    /// When memory, the limit or the width refuses; nothing has changed then but capacities.
    #[inline]
    pub(crate) fn intern(&mut self, hash: u32, text: &Ends<'_>) -> Result<W, Refusal> {
        let hash = hash.max(1);
        match self.seek(hash, text) {
            Ok(number) => Ok(number),
            // SAFETY: the search ended at a free slot of the mask, for a text that is not there.
            Err(free) => unsafe { self.push(hash, text, free) },
        }
    }

    /// Adds `text` with its hash.
    ///
    /// # Safety
    ///
    /// The hash is not 0; the text is not there, and the search for it ended at the free slot `free`.
    #[inline(never)]
    unsafe fn push(&mut self, hash: u32, text: &Ends<'_>, free: usize) -> Result<W, Refusal> {
        let (mut free, len) = (free, text.bytes().len());
        if self.room == 0 || len > self.bytes_capacity - self.used {
            self.make_room(1, len, Growth::Doubled)?;
            // It may be another table now.
            free = self.free_slot(hash);
        }
        // SAFETY: there is room for the text (1, 4) behind the used bytes.
        let to = unsafe { self.bytes.add(self.used) };
        // SAFETY: there is such room, and nobody else has those bytes.
        unsafe { text.write_to(to, self.bytes_capacity - self.used) };
        self.used += len;
        // SAFETY: there is room for one more end (3), after those of `len` texts and the first.
        let end = unsafe { self.ends.add(self.len + 1) };
        // SAFETY: as above.
        unsafe { end.write(W::offset(self.used)) };
        self.len += 1;
        self.room -= 1;
        let number = W::number(self.len);
        // SAFETY: the slot is of the mask (2), and as there was room, the table is ours.
        let slot = unsafe { self.slots.add(free) };
        // SAFETY: as above.
        unsafe { slot.write(Slot { hash, number }) };
        Ok(number)
    }

    /// The first free slot for a hash. There is one, in any table (3).
    #[inline]
    fn free_slot(&self, hash: u32) -> usize {
        let mut at = hash as usize & self.mask;
        loop {
            // SAFETY: the mask keeps the position within the slots (2).
            let slot = unsafe { self.slots.add(at) };
            // SAFETY: as above, and all slots are written.
            if unsafe { slot.read() }.hash == 0 {
                return at;
            }
            at = (at + 1) & self.mask;
        }
    }

    /// Puts the numbers of another table into this one.
    ///
    /// # Safety
    ///
    /// There are `count` slots at `slots`, all written, with each number once; none is in the
    /// table, which is ours and has a slot for each.
    unsafe fn place_all(&mut self, slots: NonNull<Slot<W>>, count: usize) {
        for at in 0..count {
            // SAFETY: there are so many slots, as promised.
            let slot = unsafe { slots.add(at) };
            // SAFETY: as above, and all are written.
            let slot = unsafe { slot.read() };
            if slot.hash != 0 {
                // SAFETY: a free slot is within the table (2), and the table is ours, as promised.
                let free = unsafe { self.slots.add(self.free_slot(slot.hash)) };
                // SAFETY: as above.
                unsafe { free.write(slot) };
            }
        }
    }

    /// Makes room for so many more texts, with so many bytes together.
    ///
    /// # Errors
    ///
    /// When memory, the limit or the width refuses; nothing has changed then but capacities.
    #[cold]
    #[inline(never)]
    pub(crate) fn make_room(
        &mut self,
        texts: usize,
        bytes: usize,
        growth: Growth,
    ) -> Result<(), Refusal> {
        let texts = self.len.saturating_add(texts);
        let used = self.used.saturating_add(bytes);
        if texts > W::MOST_TEXTS {
            return Err(refused::<u8>(
                bytes,
                Cause::Numbers { needed: texts, most: W::MOST_TEXTS },
            ));
        }
        if used > W::MOST_BYTES {
            return Err(refused::<u8>(bytes, Cause::Numbers { needed: used, most: W::MOST_BYTES }));
        }
        if load(self.slots_held()) < texts {
            // So many that their slots cannot be counted have no layout either.
            if texts > isize::MAX.cast_unsigned() / 8 {
                return Err(Refusal::overflow(Layout::new::<Slot<W>>(), texts));
            }
            self.resize_table(slots_for(texts))?;
        }
        if self.ends_capacity <= texts {
            let capacity = self.grown::<W::Offset>(self.ends_capacity, texts + 1, 16, growth)?;
            self.resize_ends(capacity)?;
        }
        self.count_room();
        if self.bytes_capacity < used {
            let capacity = self.grown::<u8>(self.bytes_capacity, used, 128, growth)?;
            self.resize_bytes(capacity.min(W::MOST_BYTES))?;
        }
        Ok(())
    }

    /// What of `room` follows from the rest (3).
    fn count_room(&mut self) {
        let ends = self.ends_capacity.saturating_sub(1);
        let most = load(self.slots_held()).min(ends).min(W::MOST_TEXTS);
        // Without a table there is none.
        self.room = most.saturating_sub(self.len);
    }

    /// The capacity that an array of `T` grows to, by what growth and the limit say.
    fn grown<T>(
        &self,
        capacity: usize,
        needed: usize,
        least: usize,
        growth: Growth,
    ) -> Result<usize, Refusal> {
        let overflow = Refusal::overflow(Layout::new::<T>(), needed);
        let others = self.held() - capacity * size_of::<T>();
        let most = self.limit.saturating_sub(others) / size_of::<T>();
        if let Growth::Doubled = growth {
            // Near the limit an eighth more, so that it takes few steps there as well.
            let doubled = growth::next_capacity(capacity, needed, least, size_of::<T>());
            for more in [doubled.ok_or(overflow)?, needed.saturating_add(needed / 8)] {
                if more <= most {
                    return Ok(more);
                }
            }
        }
        self.admit::<T>(capacity, needed)
    }

    /// `needed`, if an array of `T` with so many instead of `capacity` is within the limit.
    fn admit<T>(&self, capacity: usize, needed: usize) -> Result<usize, Refusal> {
        let reserved = self.held();
        let Some(size) = needed.checked_mul(size_of::<T>()) else {
            return Err(Refusal::overflow(Layout::new::<T>(), needed));
        };
        let needed_more = size.saturating_sub(capacity * size_of::<T>());
        if needed_more > 0 && reserved.saturating_add(needed_more) > self.limit {
            let cause = Cause::Limit { reserved, needed: needed_more, limit: self.limit };
            return Err(refused::<T>(size, cause));
        }
        Ok(needed)
    }

    /// The span of an array of `T`, if it has one.
    fn span<T>(ptr: NonNull<T>, capacity: usize) -> Option<Span> {
        (capacity != 0).then_some(Span { ptr: ptr.cast(), capacity })
    }

    fn resize_ends(&mut self, capacity: usize) -> Result<(), Refusal> {
        let held = Self::span(self.ends, self.ends_capacity);
        let first = held.is_none();
        // SAFETY: the span is of `alloc` (1), is replaced below, and offsets have bytes.
        let span =
            unsafe { buffer::resize(&self.alloc, held, Layout::new::<W::Offset>(), capacity) }?;
        (self.ends, self.ends_capacity) =
            span.map_or((NonNull::dangling(), 0), |span| (span.ptr.cast(), span.capacity));
        if first && self.ends_capacity != 0 {
            // SAFETY: there is room for it; from here on it is written as long as there is a text.
            unsafe { self.ends.write(W::offset(0)) };
        }
        Ok(())
    }

    fn resize_bytes(&mut self, capacity: usize) -> Result<(), Refusal> {
        let held = Self::span(self.bytes, self.bytes_capacity);
        // SAFETY: the span is of `alloc` (1), is replaced below, and bytes have bytes.
        let span = unsafe { buffer::resize(&self.alloc, held, Layout::new::<u8>(), capacity) }?;
        // An allocator may return more than can be reached (4); any size between fits the block.
        (self.bytes, self.bytes_capacity) = span
            .map_or((NonNull::dangling(), 0), |span| (span.ptr, span.capacity.min(W::MOST_BYTES)));
        Ok(())
    }

    /// Moves to a table of `slots`, with the hashes that are there.
    fn resize_table(&mut self, slots: usize) -> Result<(), Refusal> {
        let count = self.admit::<Slot<W>>(self.slots_held(), slots)?;
        let Ok(layout) = Self::table_layout(count) else {
            return Err(Refusal::overflow(Layout::new::<Slot<W>>(), count));
        };
        let Ok(block) = self.alloc.allocate_zeroed(layout) else {
            let cause = Cause::Upstream { asked: layout.size(), reserved: self.held() };
            return Err(Refusal::new(layout, cause));
        };
        let (slots, held) = (self.slots, self.slots_held());
        // Zero bytes are free slots: so widths promise.
        (self.slots, self.mask) = (block.cast(), count - 1);
        // SAFETY: the old slots are still there, if they were ours, and the new table is larger than
        // the texts are many.
        unsafe { self.place_all(slots, held) };
        // SAFETY: nothing refers to them any more.
        unsafe { self.free_table(slots, held) };
        Ok(())
    }

    /// The layout of a table.
    fn table_layout(slots: usize) -> Result<Layout, LayoutError> {
        Layout::array::<Slot<W>>(slots)
    }

    /// Frees a table, if there are slots.
    ///
    /// # Safety
    ///
    /// They are a block of `alloc`, or `held` is 0, and nobody uses them hereafter.
    unsafe fn free_table(&self, slots: NonNull<Slot<W>>, held: usize) {
        if let (true, Ok(layout)) = (held > 0, Self::table_layout(held)) {
            // SAFETY: the block was allocated with this layout.
            unsafe { self.alloc.deallocate(slots.cast(), layout) };
        }
    }

    /// Gives the table up. Afterwards nothing is found, and there is no room, until it is made again.
    pub(crate) fn drop_table(&mut self) {
        let (slots, held) = (self.slots, self.slots_held());
        (self.slots, self.mask, self.room) = (NonNull::from_ref(W::FREE), 0, 0);
        // SAFETY: nothing refers to them any more.
        unsafe { self.free_table(slots, held) };
    }

    /// Makes the arrays as small as the texts and `texts` and `bytes` more permit.
    ///
    /// # Errors
    ///
    /// When the allocator refuses a smaller block; all is there then, in more memory than needed.
    pub(crate) fn shrink(&mut self, texts: usize, bytes: usize) -> Result<(), Refusal> {
        let (texts, bytes) = (texts.max(self.len), bytes.max(self.used));
        if texts == 0 {
            self.drop_table();
            self.resize_bytes(0)?;
            return self.resize_ends(0);
        }
        if bytes < self.bytes_capacity {
            self.resize_bytes(bytes)?;
        }
        if self.ends_capacity - 1 > texts {
            self.resize_ends(texts + 1)?;
        }
        self.count_room();
        if self.mask != 0 {
            // Fewer texts than the table has slots have slots that can be counted.
            let slots = self.slots_held();
            if texts < slots && slots_for(texts) < slots {
                self.resize_table(slots_for(texts))?;
            }
            self.count_room();
        }
        Ok(())
    }

    /// Forgets all texts, and keeps the memory.
    pub(crate) fn clear(&mut self) {
        (self.len, self.used) = (0, 0);
        if self.mask != 0 {
            // SAFETY: there are so many slots, in a block of ours, and zero bytes are free slots (2).
            unsafe { self.slots.write_bytes(0, self.mask + 1) };
            self.count_room();
        }
    }

    /// The same texts in memory of another allocator, and no more of it than needed; with the table,
    /// if there is one and `findable` says so.
    ///
    /// # Errors
    ///
    /// When `alloc` refuses.
    pub(crate) fn try_clone_in<B: Allocator>(
        &self,
        alloc: B,
        findable: bool,
    ) -> Result<Texts<W, B>, Refusal> {
        let mut new = Texts::new_in(alloc);
        if self.len > 0 {
            new.resize_ends(self.len + 1)?;
            new.resize_bytes(self.used)?;
            // SAFETY: there is room for `len + 1` ends, and so many are written here (1).
            unsafe { new.ends.copy_from_nonoverlapping(self.ends, self.len + 1) };
            // SAFETY: there is room for so many bytes, and so many are written here (1).
            unsafe { new.bytes.copy_from_nonoverlapping(self.bytes, self.used) };
            if findable && self.mask != 0 {
                new.resize_table(slots_for(self.len))?;
                // SAFETY: the slots are ours (2), and the new table has a slot for all texts.
                unsafe { new.place_all(self.slots, self.mask + 1) };
            }
            (new.len, new.used) = (self.len, self.used);
            new.count_room();
        }
        new.limit = self.limit;
        Ok(new)
    }
}

/// A refusal of `size` bytes for `T`.
const fn refused<T>(size: usize, cause: Cause) -> Refusal {
    Refusal { size, align: align_of::<T>(), cause }
}

impl<W: Width, A: Allocator> Drop for Texts<W, A> {
    fn drop(&mut self) {
        self.drop_table();
        if let Some(span) = Self::span(self.ends, self.ends_capacity) {
            // SAFETY: the span is of `alloc` (1), and nobody uses it hereafter.
            unsafe { buffer::free(&self.alloc, span, Layout::new::<W::Offset>()) };
        }
        if let Some(span) = Self::span(self.bytes, self.bytes_capacity) {
            // SAFETY: the span is of `alloc` (1), and nobody uses it hereafter.
            unsafe { buffer::free(&self.alloc, span, Layout::new::<u8>()) };
        }
    }
}

// SAFETY: the texts have their blocks alone, as a `Vec<u8, A>` has.
unsafe impl<W: Width, A: Allocator + Send> Send for Texts<W, A> {}
// SAFETY: shared texts give out shared bytes and a shared allocator only.
unsafe impl<W: Width, A: Allocator + Sync> Sync for Texts<W, A> {}
