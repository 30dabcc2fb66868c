#![expect(unsafe_code, reason = "carves blocks of slots and keeps their generations")]
//! The directory of a vector's blocks, and all that is done to it seldom.
//!
//! ```text
//! directory   | free | gone | block | next | base |   one entry for each 64 slots
//!                             |
//! block                       '-> | slot | slot | ... | generations |
//! ```
//!
//! A mask in the directory says which slots of a block are free, another which are gone: those that a
//! block of large elements does not have, or that have retired. All others hold elements. Blocks
//! with free slots are in a list, and the first of them takes the next element. A block that was freed
//! stays in the list until it is met there, and its entry waits in a second list for a new block.
//!
//! Nothing here is generic over the element or the handle: a [`Shape`] says what matters of both.
//!
//! Invariants:
//!
//! 1. An entry's `block`, if there is one, is currently allocated by the directory's allocator with
//!    the shape's layout, has `slots` slots at its beginning and as many generations at `stamps`, all
//!    of which are initialised.
//! 2. `free` and `gone` are disjoint. A slot in neither holds an element and its generation is odd;
//!    that of any other is even. Without a block all slots are gone.
//! 3. Every block with a free slot is in the list at `head`, once; the other entries in it have no
//!    block. Every entry in the list at `vacant` is out of use until it gets a block.
//! 4. `len` is how many slots hold elements, `room` how many do or are free.
//! 5. `base` is even and not less than any generation that handles of the entry's slots may have, or
//!    it is `USED_UP` and the entry never gets a block again.

// Not through `sync`: the counter of vectors orders nothing, so a model checker has nothing to try.
use core::{
    ptr::NonNull,
    sync::atomic::{AtomicUsize, Ordering},
};

use allocator_api2::vec::Vec;

use crate::{
    alloc::{Allocator, Api2, Cause, Layout, Refusal},
    bits::mask::Mask,
};

/// The index of no entry.
pub(crate) const NONE: u32 = u32::MAX;

/// The base of an entry with no generations left.
const USED_UP: u32 = u32::MAX;

/// Blocks have fewer than 64 slots when they would have more bytes than this.
const BLOCK_BYTES: usize = 1 << 15;

/// What the directory has to know of elements and handles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Of a block.
    pub(crate) layout: Layout,
    /// Of one element.
    pub(crate) element: Layout,
    /// How many slots a block has: a power of two, at most 64.
    pub(crate) slots: usize,
    /// Where the generations begin.
    pub(crate) stamps: usize,
    /// How many bits a generation has: 8, 16 or 32.
    pub(crate) stamp_bits: u32,
    /// Whether a slot retires when its generations are used up.
    pub(crate) retires: bool,
    /// Whether handles know their vector.
    pub(crate) owned: bool,
    /// How many slots handles can name.
    pub(crate) nameable: u64,
}

/// How many slots the blocks of such elements have.
pub(crate) const fn slots_of<T>() -> usize {
    let mut slots = 64;
    while slots > 1 && size_of::<T>() > BLOCK_BYTES / slots {
        slots /= 2;
    }
    slots
}

impl Shape {
    pub(crate) const fn of<T>(
        stamp_bits: u32,
        index_bits: u32,
        retires: bool,
        owned: bool,
    ) -> Self {
        let (slots, stamp) = (slots_of::<T>(), stamp_bits as usize / 8);
        let element = Layout::new::<T>();
        let stamps = (element.size() * slots).next_multiple_of(stamp);
        let align = if element.align() > stamp { element.align() } else { stamp };
        let layout = Layout::from_size_align(stamps + slots * stamp, align);
        let Ok(layout) = layout else { panic!("no block holds an element of this type") };
        let nameable = 1 << index_bits;
        Self { layout, element, slots, stamps, stamp_bits, retires, owned, nameable }
    }

    /// All slots of a block.
    #[inline]
    pub(crate) const fn all(&self) -> u64 {
        Mask::first(self.slots).bits()
    }

    /// The last generation of a slot.
    #[inline]
    const fn last(&self) -> u32 {
        u32::MAX >> (32 - self.stamp_bits)
    }

    /// A slot's generation.
    ///
    /// # Safety
    ///
    /// The block is of this shape, its generations are initialised, and `slot < slots`.
    #[inline]
    pub(crate) const unsafe fn stamp(&self, block: NonNull<u8>, slot: usize) -> u32 {
        // SAFETY: the generations are within the block, and there is one for each slot.
        let stamp = unsafe { block.add(self.stamps + slot * (self.stamp_bits as usize / 8)) };
        match self.stamp_bits {
            // SAFETY: it is initialised.
            8 => unsafe { stamp.read() as u32 },
            // SAFETY: it is initialised, and aligned by the layout.
            16 => unsafe { stamp.cast::<u16>().read() as u32 },
            // SAFETY: it is initialised, and aligned by the layout.
            _ => unsafe { stamp.cast::<u32>().read() },
        }
    }

    /// Sets a slot's generation.
    ///
    /// # Safety
    ///
    /// The block is of this shape, and `slot < slots`.
    #[inline]
    pub(crate) const unsafe fn set_stamp(&self, block: NonNull<u8>, slot: usize, to: u32) {
        // SAFETY: the generations are within the block, and there is one for each slot.
        let stamp = unsafe { block.add(self.stamps + slot * (self.stamp_bits as usize / 8)) };
        match self.stamp_bits {
            // SAFETY: it is ours to write.
            8 => unsafe { stamp.write(to as u8) },
            // SAFETY: it is ours to write, and aligned by the layout.
            16 => unsafe { stamp.cast::<u16>().write(to as u16) },
            // SAFETY: it is ours to write, and aligned by the layout.
            _ => unsafe { stamp.cast::<u32>().write(to) },
        }
    }

    /// The generation after this one, or none when the slot retires.
    #[inline]
    const fn after(&self, stamp: u32) -> Option<u32> {
        if stamp != self.last() {
            Some(stamp + 1)
        } else if self.retires {
            None
        } else {
            Some(0)
        }
    }

    /// Sets all generations of a new block.
    ///
    /// # Safety
    ///
    /// The block is of this shape.
    unsafe fn set_all_stamps(&self, block: NonNull<u8>, base: u32) {
        if base == 0 {
            // SAFETY: the generations are within the block.
            let stamps = unsafe { block.add(self.stamps) };
            // SAFETY: so many bytes they have.
            unsafe { stamps.write_bytes(0, self.layout.size() - self.stamps) };
            return;
        }
        for slot in 0..self.slots {
            // SAFETY: the caller's promise.
            unsafe { self.set_stamp(block, slot, base) };
        }
    }

    /// What the generations begin with in the block after this entry's.
    ///
    /// # Safety
    ///
    /// The entry has a block of this shape, and its generations are initialised.
    unsafe fn next_base(&self, entry: &Entry, block: NonNull<u8>) -> u32 {
        if entry.gone & self.all() != 0 {
            return USED_UP;
        }
        let mut highest = 0;
        for slot in 0..self.slots {
            // SAFETY: the caller's promise.
            highest = highest.max(unsafe { self.stamp(block, slot) });
        }
        match highest % 2 {
            0 => highest,
            _ => self.after(highest).unwrap_or(USED_UP),
        }
    }
}

/// What there is to know of one block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) free: u64,
    pub(crate) gone: u64,
    pub(crate) block: Option<NonNull<u8>>,
    next: u32,
    base: u32,
}

impl Entry {
    /// An entry without a block.
    const VACANT: Self = Self { free: 0, gone: u64::MAX, block: None, next: NONE, base: 0 };

    /// The slots that hold elements.
    #[inline]
    pub(crate) const fn live(&self) -> u64 {
        !(self.free | self.gone)
    }
}

/// The slots in a mask, lowest first.
pub(crate) fn slots_in(mut mask: u64) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let slot = mask.trailing_zeros() as usize;
        mask &= mask.wrapping_sub(1);
        (slot < 64).then_some(slot)
    })
}

/// A number for a vector, which no other has.
fn new_owner() -> u64 {
    static OWNERS: AtomicUsize = AtomicUsize::new(1);
    // Relaxed: only the number counts, and each is given out once.
    OWNERS.fetch_add(1, Ordering::Relaxed) as u64
}

/// The directory.
pub(crate) struct Table<A: Allocator> {
    dir: Vec<Entry, Api2<A>>,
    len: usize,
    room: usize,
    head: u32,
    vacant: u32,
    /// So many slots were asked for, and stay when blocks are empty.
    kept: usize,
    /// How many blocks became empty and stayed since that was last looked at.
    emptied: usize,
    /// The number that handles know the vector by; 0 before there is one.
    owner: u64,
}

impl<A: Allocator> Table<A> {
    pub(crate) const fn new(alloc: A) -> Self {
        let dir = Vec::new_in(Api2(alloc));
        Self { dir, len: 0, room: 0, head: NONE, vacant: NONE, kept: 0, emptied: 0, owner: 0 }
    }

    #[inline]
    pub(crate) fn allocator(&self) -> &A {
        &self.dir.allocator().0
    }

    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) const fn room(&self) -> usize {
        self.room
    }

    #[inline]
    pub(crate) const fn owner(&self) -> u64 {
        self.owner
    }

    #[inline]
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.dir
    }

    /// Where the entries are; valid until one more is made.
    #[inline]
    pub(crate) fn first_entry(&self) -> NonNull<Entry> {
        // SAFETY: the pointer of a vector is never null.
        unsafe { NonNull::new_unchecked(self.dir.as_ptr().cast_mut()) }
    }

    /// The entry at `index`.
    ///
    /// # Safety
    ///
    /// There is one.
    #[inline]
    unsafe fn entry(&mut self, index: usize) -> &mut Entry {
        // By the pointer, so that pointers that iterators have into the directory stay valid.
        // SAFETY: the caller's promise.
        let entry = unsafe { self.dir.as_mut_ptr().add(index) };
        // SAFETY: the entry is initialised, and borrowed with `self`.
        unsafe { &mut *entry }
    }

    /// The first free slot: the index of its block, the block, and the slot in it.
    #[inline]
    pub(crate) fn first_free(&self) -> Option<(usize, NonNull<u8>, usize)> {
        let entry = self.dir.get(self.head as usize)?;
        if entry.free == 0 {
            return None;
        }
        // SAFETY: where a slot is free there is a block (2).
        let block = unsafe { entry.block.unwrap_unchecked() };
        Some((self.head as usize, block, entry.free.trailing_zeros() as usize))
    }

    /// Takes the slot that [`first_free`](Self::first_free) told.
    ///
    /// # Safety
    ///
    /// It did, nothing has changed since, and the slot gets an element and an odd generation before
    /// anything else happens.
    #[inline]
    pub(crate) unsafe fn take_first_free(&mut self) {
        let index = self.head as usize;
        // SAFETY: the first of the list exists.
        let entry = unsafe { self.entry(index) };
        entry.free &= entry.free.wrapping_sub(1);
        if entry.free == 0 {
            self.head = entry.next;
        }
        self.len += 1;
    }

    /// Frees a slot whose element is gone, or read next. Returns whether it was the block's last, which
    /// is then for [`emptied`](Self::emptied).
    ///
    /// # Safety
    ///
    /// By the masks the slot holds an element, but it is given up.
    #[inline]
    #[must_use]
    pub(crate) unsafe fn release(&mut self, index: usize, slot: usize, shape: Shape) -> bool {
        self.len -= 1;
        let head = self.head;
        // SAFETY: the slot holds an element, so its entry exists.
        let entry = unsafe { self.entry(index) };
        // SAFETY: where an element is there is a block (2).
        let block = unsafe { entry.block.unwrap_unchecked() };
        // SAFETY: the slot exists, and generations are initialised (1).
        let stamp = unsafe { shape.stamp(block, slot) };
        let Some(next) = shape.after(stamp) else { return self.retire(index, slot, shape) };
        // SAFETY: the slot exists.
        unsafe { shape.set_stamp(block, slot, next) };
        let before = entry.free;
        entry.free = before | 1 << slot;
        let empty = entry.live() == 0;
        if before == 0 {
            entry.next = head;
            self.head = index as u32;
        }
        empty
    }

    /// A slot's generations are used up: it is gone.
    #[cold]
    #[inline(never)]
    fn retire(&mut self, index: usize, slot: usize, shape: Shape) -> bool {
        self.room -= 1;
        // SAFETY: the caller has just used the entry.
        let entry = unsafe { self.entry(index) };
        entry.gone |= 1 << slot;
        let empty = entry.live() == 0;
        if let Some(block) = entry.block {
            // SAFETY: the slot exists. No handle is even.
            unsafe { shape.set_stamp(block, slot, 0) };
        }
        empty
    }

    /// A block has no elements any more: it goes, unless the vector is to keep some room.
    #[cold]
    #[inline(never)]
    pub(crate) fn emptied(&mut self, index: usize, shape: Shape) {
        // SAFETY: the callers have just used the entry.
        let free = unsafe { self.entry(index) }.free;
        // A quarter and a block more than the elements need, so that a few to and fro don't allocate.
        let wanted = self.kept.max(self.len + self.len / 4 + shape.slots);
        if free == 0 || self.room - free.count_ones() as usize >= wanted {
            self.free_block(index, shape);
        } else {
            self.emptied += 1;
        }
        // Blocks that stayed while there were more elements. Not often, since it looks at all.
        if self.emptied >= (self.dir.len() / 8).max(4) && self.room / 2 >= wanted {
            self.free_empty(wanted, shape);
        }
    }

    /// Frees blocks without elements while there is more room than for `capacity`, the last first.
    fn free_empty(&mut self, capacity: usize, shape: Shape) {
        self.emptied = 0;
        for index in (0..self.dir.len()).rev() {
            // SAFETY: the index is below the length.
            let entry = *unsafe { self.entry(index) };
            let room = self.room - entry.free.count_ones() as usize;
            if entry.block.is_some() && entry.live() == 0 && room >= capacity.max(self.len) {
                self.free_block(index, shape);
            }
        }
        self.link();
    }

    /// Frees a block without elements. Its entry stays where it is in the list.
    fn free_block(&mut self, index: usize, shape: Shape) {
        // SAFETY: the callers have just seen the entry.
        let entry = unsafe { self.entry(index) };
        debug_assert_eq!(entry.live(), 0);
        let (free, block) = (entry.free, entry.block.take());
        if let Some(block) = block {
            // SAFETY: the block's generations are initialised (1).
            entry.base = unsafe { shape.next_base(entry, block) };
            (entry.free, entry.gone) = (0, u64::MAX);
            // SAFETY: the block is the allocator's with this layout (1), and nobody has it any more.
            unsafe { self.allocator().deallocate(block, shape.layout) };
        }
        self.room -= free.count_ones() as usize;
    }

    /// A refusal by the allocator.
    fn refused(&self, layout: Layout, shape: Shape) -> Refusal {
        let blocks = self.dir.iter().filter(|entry| entry.block.is_some()).count();
        let reserved = blocks * shape.layout.size() + self.dir.capacity() * size_of::<Entry>();
        Refusal::new(layout, Cause::Upstream { asked: layout.size(), reserved })
    }

    /// An entry for a new block: one that has none, or a new one.
    fn entry_without_block(&mut self, shape: Shape) -> Result<usize, Refusal> {
        if self.vacant != NONE {
            return Ok(self.vacant as usize);
        }
        let index = self.dir.len();
        let limit = (shape.nameable / shape.slots as u64).min(u64::from(NONE));
        if index as u64 >= limit {
            let limit = usize::try_from(limit * shape.slots as u64).unwrap_or(usize::MAX);
            return Err(Refusal::new(shape.element, Cause::Handles { limit }));
        }
        if index == self.dir.capacity() {
            self.reserve_entries(index.max(4), shape)?;
        }
        self.dir.push(Entry::VACANT);
        // It waits like those that had a block, should there be none for it.
        self.vacant = index as u32;
        Ok(index)
    }

    fn reserve_entries(&mut self, count: usize, shape: Shape) -> Result<(), Refusal> {
        self.dir.try_reserve_exact(count).map_err(|_| {
            match Layout::array::<Entry>(self.dir.len().saturating_add(count)) {
                Ok(layout) => self.refused(layout, shape),
                Err(_) => Refusal::overflow(Layout::new::<Entry>(), usize::MAX),
            }
        })
    }

    /// A new block, behind the entry `after` in the list, or as its first.
    fn add_block(&mut self, after: u32, shape: Shape) -> Result<u32, Refusal> {
        let index = self.entry_without_block(shape)?;
        let block = self.allocator().allocate(shape.layout);
        let block = block.map_err(|_| self.refused(shape.layout, shape))?.cast::<u8>();
        if shape.owned && self.owner == 0 {
            self.owner = new_owner();
        }
        // SAFETY: the entry exists.
        let base = unsafe { self.entry(index) }.base;
        // SAFETY: the block is new and of this shape.
        unsafe { shape.set_all_stamps(block, base) };
        let behind = if after == NONE {
            core::mem::replace(&mut self.head, index as u32)
        } else {
            // SAFETY: it is an entry in the list.
            core::mem::replace(&mut unsafe { self.entry(after as usize) }.next, index as u32)
        };
        // SAFETY: the entry exists.
        let entry = unsafe { self.entry(index) };
        let vacant = entry.next;
        let (free, gone) = (shape.all(), !shape.all());
        *entry = Entry { free, gone, block: Some(block), next: behind, base };
        self.vacant = vacant;
        self.room += shape.slots;
        Ok(index as u32)
    }

    /// Takes entries without a block out of the front of the list.
    fn clean_head(&mut self) {
        while let Some(&entry) = self.dir.get(self.head as usize)
            && entry.free == 0
        {
            let (index, vacant) = (self.head, self.vacant);
            self.head = entry.next;
            if entry.base != USED_UP {
                // SAFETY: the entry was there a moment ago.
                unsafe { self.entry(index as usize) }.next = vacant;
                self.vacant = index;
            }
        }
    }

    /// Makes sure that there is a [first free slot](Self::first_free).
    #[cold]
    #[inline(never)]
    pub(crate) fn make_room(&mut self, shape: Shape) -> Result<(), Refusal> {
        self.clean_head();
        if self.head == NONE {
            self.add_block(NONE, shape)?;
        }
        Ok(())
    }

    /// Makes room for so many more elements.
    #[cold]
    #[inline(never)]
    pub(crate) fn reserve(&mut self, additional: usize, shape: Shape) -> Result<(), Refusal> {
        let overflow = Refusal::overflow(shape.element, additional);
        let needed = self.len.checked_add(additional).ok_or(overflow)?;
        if needed > self.room {
            let blocks = (needed - self.room).div_ceil(shape.slots);
            if blocks > isize::MAX as usize / shape.layout.size() {
                return Err(overflow);
            }
            let vacant = self.dir.iter().filter(|entry| entry.base != USED_UP).count();
            let vacant = vacant - self.dir.iter().filter(|entry| entry.block.is_some()).count();
            self.reserve_entries(blocks.saturating_sub(vacant), shape)?;
        }
        self.clean_head();
        // Behind the block that takes the next elements, so that the new ones are used in order.
        let mut after = self.head;
        while self.room < needed {
            after = self.add_block(after, shape)?;
        }
        self.kept = self.kept.max(needed);
        Ok(())
    }

    /// Frees blocks without elements while there is more room than for `capacity`.
    pub(crate) fn shrink_to(&mut self, capacity: usize, shape: Shape) {
        self.kept = self.kept.min(capacity);
        self.free_empty(capacity, shape);
        // Entries at the end that no handle names, nor ever did.
        while let Some(&Entry { block: None, base: 0, .. }) = self.dir.last() {
            self.dir.pop();
        }
        // Not to nothing: allocator-api2's vector then keeps a block of no bytes that it never frees.
        self.dir.shrink_to(1);
        self.link();
    }

    /// Makes the lists anew, in the order of the blocks.
    fn link(&mut self) {
        let (mut head, mut vacant) = (NONE, NONE);
        for (index, entry) in self.dir.iter_mut().enumerate().rev() {
            let list = match entry.block {
                Some(_) if entry.free != 0 => &mut head,
                None if entry.base != USED_UP => &mut vacant,
                _ => continue,
            };
            entry.next = core::mem::replace(list, index as u32);
        }
        (self.head, self.vacant) = (head, vacant);
    }

    /// Frees all slots. The elements are gone already, or about to be.
    pub(crate) fn clear(&mut self, shape: Shape) {
        for index in 0..self.dir.len() {
            // SAFETY: the index is below the length.
            let entry = unsafe { self.entry(index) };
            let (live, Some(block)) = (entry.live(), entry.block) else { continue };
            let mut retired = 0;
            for slot in slots_in(live) {
                // SAFETY: the slot exists, and generations are initialised (1).
                let next = shape.after(unsafe { shape.stamp(block, slot) });
                // SAFETY: the slot exists. No handle is even.
                unsafe { shape.set_stamp(block, slot, next.unwrap_or(0)) };
                if next.is_none() {
                    retired |= 1 << slot;
                }
            }
            entry.gone |= retired;
            entry.free |= live & !retired;
            let used_up = entry.free == 0;
            self.room -= retired.count_ones() as usize;
            if used_up {
                self.free_block(index, shape);
            }
        }
        self.len = 0;
        self.link();
    }

    /// Frees all blocks, whatever is in them.
    pub(crate) fn free_all(&mut self, shape: Shape) {
        for index in 0..self.dir.len() {
            // SAFETY: the index is below the length.
            let entry = unsafe { self.entry(index) };
            if let Some(block) = entry.block.take() {
                (entry.free, entry.gone) = (0, u64::MAX);
                // SAFETY: the block is the allocator's with this layout (1), and its owner is done.
                unsafe { self.allocator().deallocate(block, shape.layout) };
            }
        }
    }

    /// Gives `copy`, which is new, the same blocks with the same generations. Every slot is gone there
    /// until it is [filled](Self::set_live).
    pub(crate) fn copy_to<B: Allocator>(
        &self,
        copy: &mut Table<B>,
        shape: Shape,
    ) -> Result<(), Refusal> {
        copy.reserve_entries(self.dir.len(), shape)?;
        for (index, from) in self.dir.iter().enumerate() {
            copy.dir.push(Entry { base: from.base, ..Entry::VACANT });
            let Some(old) = from.block else { continue };
            (copy.head, copy.vacant) = (NONE, index as u32);
            copy.add_block(NONE, shape)?;
            // SAFETY: the entry was pushed above.
            let made = unsafe { copy.entry(index) };
            (made.free, made.gone) = (0, u64::MAX);
            let Some(new) = made.block else { continue };
            for slot in 0..shape.slots {
                // SAFETY: the slot exists, and generations are initialised (1).
                let stamp = unsafe { shape.stamp(old, slot) };
                // SAFETY: the slot exists there as well.
                unsafe { shape.set_stamp(new, slot, stamp) };
            }
        }
        Ok(())
    }

    /// Marks a slot of a [copy](Self::copy_to) as one that holds an element.
    ///
    /// # Safety
    ///
    /// It does, the block exists, and its generation is odd.
    pub(crate) unsafe fn set_live(&mut self, index: usize, slot: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.entry(index) }.gone &= !(1 << slot);
        self.len += 1;
    }

    /// Ends a copy: what is free in the original is free here.
    pub(crate) fn finish_copy<B: Allocator>(&mut self, of: &Table<B>) {
        for (entry, from) in self.dir.iter_mut().zip(&of.dir) {
            (entry.free, entry.gone) = (from.free, from.gone);
        }
        (self.room, self.kept) = (of.room, of.kept);
        self.link();
    }

    /// Takes over all blocks of `other`, behind its own. Returns by how many blocks they moved. What
    /// stays in `other` has the generations that follow.
    ///
    /// # Safety
    ///
    /// Each allocator may free the other's blocks, and both tables have this shape.
    pub(crate) unsafe fn splice(&mut self, other: &mut Self, shape: Shape) -> Result<u32, Refusal> {
        let (before, added) = (self.dir.len(), other.dir.len());
        let limit = (shape.nameable / shape.slots as u64).min(u64::from(NONE));
        if (before + added) as u64 > limit {
            let limit = usize::try_from(limit * shape.slots as u64).unwrap_or(usize::MAX);
            return Err(Refusal::new(shape.element, Cause::Handles { limit }));
        }
        self.reserve_entries(added, shape)?;
        for entry in &mut other.dir {
            self.dir.push(*entry);
            if let Some(block) = entry.block.take() {
                // SAFETY: the block's generations are initialised (1).
                entry.base = unsafe { shape.next_base(entry, block) };
                (entry.free, entry.gone) = (0, u64::MAX);
            }
        }
        self.len += core::mem::take(&mut other.len);
        self.room += core::mem::take(&mut other.room);
        other.kept = 0;
        if shape.owned && self.owner == 0 {
            self.owner = new_owner();
        }
        self.link();
        other.link();
        Ok(before as u32)
    }
}

// SAFETY: the table has its blocks alone, as a `Vec<T, A>` has; what is in them is the face's matter.
unsafe impl<A: Allocator + Send> Send for Table<A> {}
// SAFETY: a shared table gives out shared entries and a shared allocator only.
unsafe impl<A: Allocator + Sync> Sync for Table<A> {}
