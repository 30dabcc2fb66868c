#![expect(unsafe_code, reason = "keeps elements in slots")]
//! Elements in blocks of slots: they never move, are found by generational handles, and are visited
//! a block at a time.
//!
//! Invariant 1: `table` has the shape `SHAPE`, and its slots that are neither free nor gone hold
//! initialised elements, which are the owner's of this value to drop: its own drop frees memory only.

mod handle;
mod table;
mod visit;

use core::{marker::PhantomData, ptr::NonNull};

pub use handle::{Handle, Key, Policy, Retire, Width, Wrap};
pub(crate) use table::slots_of;
use table::{Entry, Shape, Table, slots_in};
pub(crate) use visit::{Found, Visit};

use crate::alloc::{Allocator, Refusal};

/// Slots for elements `T` that are known by handles `K`, in memory of `A`.
pub(crate) struct Slots<T, K: Key, A: Allocator> {
    table: Table<A>,
    marker: PhantomData<(T, K)>,
}

/// A free slot, and the handle of what will be in it.
pub(crate) struct Vacancy<T, K> {
    pub(crate) ptr: NonNull<T>,
    pub(crate) handle: K,
    block: NonNull<u8>,
    slot: usize,
    stamp: u32,
}

impl<T, K: Key, A: Allocator> Slots<T, K, A> {
    const SHAPE: Shape = Shape::of::<T>(K::STAMP_BITS, K::INDEX_BITS, K::RETIRES, K::OWNED);

    /// The shift that makes an index of a block out of one of a slot.
    const SHIFT: u32 = Self::SHAPE.slots.trailing_zeros();

    #[inline]
    pub(crate) const fn new(alloc: A) -> Self {
        Self { table: Table::new(alloc), marker: PhantomData }
    }

    #[inline]
    pub(crate) fn allocator(&self) -> &A {
        self.table.allocator()
    }

    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.table.len()
    }

    #[inline]
    pub(crate) const fn room(&self) -> usize {
        self.table.room()
    }

    /// The handle of a slot with such a generation.
    #[inline]
    fn handle(&self, index: usize, slot: usize, stamp: u32) -> K {
        K::pack(self.table.owner(), (index << Self::SHIFT | slot) as u32, stamp)
    }

    /// Where an element is, and whose slot it has.
    ///
    /// # Safety
    ///
    /// The element was found in these slots, which have not changed since.
    #[inline]
    pub(crate) unsafe fn handle_of(&self, found: Found<T>) -> K {
        // SAFETY: the block has this slot, and its generation.
        let stamp = unsafe { Self::SHAPE.stamp(found.block, found.slot) };
        self.handle(found.index, found.slot, stamp)
    }

    /// The element that a handle names.
    #[inline]
    pub(crate) fn find(&self, handle: K) -> Option<Found<T>> {
        let (owner, place, stamp) = handle.unpack();
        if K::OWNED && owner != self.table.owner() {
            return None;
        }
        let (index, slot) = ((place >> Self::SHIFT) as usize, place as usize % Self::SHAPE.slots);
        let block = self.table.entries().get(index)?.block?;
        // SAFETY: the block has this slot. Where the generation is the handle's, which is odd, there
        // is an element in it.
        (unsafe { Self::SHAPE.stamp(block, slot) } == stamp).then(|| Found::new(block, index, slot))
    }

    /// The element in the slot of this number.
    #[inline]
    pub(crate) fn at(&self, place: usize) -> Option<Found<T>> {
        let (index, slot) = (place >> Self::SHIFT, place % Self::SHAPE.slots);
        let entry = self.table.entries().get(index)?;
        (entry.live() >> slot & 1 == 1).then_some(())?;
        Some(Found::new(entry.block?, index, slot))
    }

    /// The element at this position in the order of slots. O(n / 64).
    pub(crate) fn nth(&self, mut position: usize) -> Option<Found<T>> {
        for (index, entry) in self.table.entries().iter().enumerate() {
            let count = entry.live().count_ones() as usize;
            if position < count {
                let slot = slots_in(entry.live()).nth(position)?;
                return Some(Found::new(entry.block?, index, slot));
            }
            position -= count;
        }
        None
    }

    /// How many elements are before this one. O(n / 64).
    pub(crate) fn position(&self, found: Found<T>) -> usize {
        let (before, here) = self.table.entries().split_at(found.index);
        let below = here[0].live() & ((1 << found.slot) - 1);
        before.iter().map(Entry::live).chain([below]).map(|live| live.count_ones() as usize).sum()
    }

    /// The element at this address. O(n / 64).
    pub(crate) fn at_address(&self, ptr: *const T) -> Option<Found<T>> {
        if size_of::<T>() == 0 {
            return None;
        }
        let entries = self.table.entries().iter().enumerate();
        for (index, entry) in entries {
            let Some(block) = entry.block else { continue };
            let offset = ptr.addr().wrapping_sub(block.addr().get());
            if offset < Self::SHAPE.slots * size_of::<T>() {
                let slot = offset / size_of::<T>();
                let whole = offset % size_of::<T>() == 0 && entry.live() >> slot & 1 == 1;
                return whole.then(|| Found::new(block, index, slot));
            }
        }
        None
    }

    /// A free slot. Nothing has changed but for a block that there may be more.
    #[inline]
    pub(crate) fn vacancy(&mut self) -> Result<Vacancy<T, K>, Refusal> {
        match self.vacancy_in_room() {
            Some(vacancy) => Ok(vacancy),
            None => self.vacancy_slow(),
        }
    }

    #[cold]
    #[inline(never)]
    fn vacancy_slow(&mut self) -> Result<Vacancy<T, K>, Refusal> {
        loop {
            if let Some(vacancy) = self.vacancy_in_room() {
                return Ok(vacancy);
            }
            self.table.make_room(Self::SHAPE)?;
        }
    }

    /// A free slot, if there is one in the block that takes the next elements.
    #[inline]
    fn vacancy_in_room(&self) -> Option<Vacancy<T, K>> {
        let (index, block, slot) = self.table.first_free()?;
        // SAFETY: the block has this slot, and its generation is even.
        let stamp = unsafe { Self::SHAPE.stamp(block, slot) } + 1;
        let handle = self.handle(index, slot, stamp);
        // SAFETY: the slot is within the block.
        let ptr = unsafe { block.cast::<T>().add(slot) };
        Some(Vacancy { ptr, handle, block, slot, stamp })
    }

    /// Puts an element into a vacancy.
    ///
    /// # Safety
    ///
    /// It is the last that these slots told, and nothing has changed since.
    #[inline]
    pub(crate) unsafe fn fill(&mut self, vacancy: Vacancy<T, K>, value: T) -> K {
        // SAFETY: the slot gets its generation and element here.
        unsafe { self.table.take_first_free() };
        // SAFETY: the block has this slot.
        unsafe { Self::SHAPE.set_stamp(vacancy.block, vacancy.slot, vacancy.stamp) };
        // SAFETY: the slot is free, so it holds nothing.
        unsafe { vacancy.ptr.write(value) };
        vacancy.handle
    }

    /// Moves an element out. There is always one: it is returned as it is wanted, so that it is copied
    /// once only.
    ///
    /// # Safety
    ///
    /// The element was found in these slots, and is still there.
    #[inline]
    pub(crate) unsafe fn take(&mut self, found: Found<T>) -> Option<T> {
        // SAFETY: the slot holds an element, which is read next.
        if unsafe { self.table.release(found.index, found.slot, Self::SHAPE) } {
            // SAFETY: the slot was released.
            return unsafe { self.take_last(found.ptr(), found.index) };
        }
        // Last, so that nothing is between this and the return.
        // SAFETY: the element is in the slot still, and the block is there.
        Some(unsafe { found.ptr().read() })
    }

    /// Ends [`take`](Self::take) where a block has no elements any more.
    ///
    /// # Safety
    ///
    /// The slot at `ptr` in the block at `index` was released, and the element is in it still.
    #[cold]
    #[inline(never)]
    unsafe fn take_last(&mut self, ptr: NonNull<T>, index: usize) -> Option<T> {
        // SAFETY: the caller's promise.
        let value = unsafe { ptr.read() };
        self.table.emptied(index, Self::SHAPE);
        Some(value)
    }

    /// Drops an element where it is. Its slot is free afterwards, also if the drop panics.
    ///
    /// # Safety
    ///
    /// The element was found in these slots, and is still there.
    pub(crate) unsafe fn drop_one(&mut self, found: Found<T>) {
        struct Release<'a, T, K: Key, A: Allocator>(&'a mut Slots<T, K, A>, Found<T>);
        impl<T, K: Key, A: Allocator> Drop for Release<'_, T, K, A> {
            fn drop(&mut self) {
                let shape = Slots::<T, K, A>::SHAPE;
                // SAFETY: the element was dropped, even if that panicked.
                if unsafe { self.0.table.release(self.1.index, self.1.slot, shape) } {
                    self.0.table.emptied(self.1.index, shape);
                }
            }
        }
        let release = Release(self, found);
        // SAFETY: the slot holds an element, and is freed next.
        unsafe { release.1.ptr().drop_in_place() };
    }

    /// All elements, in the order of slots.
    #[inline]
    pub(crate) fn visit(&self) -> Visit<T> {
        Visit::new(self.table.first_entry(), self.table.entries().len(), self.len())
    }

    /// Drops all elements and frees their slots, also if a drop panics. The blocks stay.
    pub(crate) fn clear(&mut self) {
        struct Clear<'a, T, K: Key, A: Allocator>(&'a mut Slots<T, K, A>);
        impl<T, K: Key, A: Allocator> Drop for Clear<'_, T, K, A> {
            fn drop(&mut self) {
                self.0.table.clear(Slots::<T, K, A>::SHAPE);
            }
        }
        let clear = Clear(self);
        let visit = clear.0.visit();
        // SAFETY: all slots are freed next.
        unsafe { visit.drop_all() };
    }

    pub(crate) fn reserve(&mut self, additional: usize) -> Result<(), Refusal> {
        self.table.reserve(additional, Self::SHAPE)
    }

    pub(crate) fn shrink_to(&mut self, capacity: usize) {
        self.table.shrink_to(capacity, Self::SHAPE);
    }

    /// Clones of the elements, in the same slots, with the same generations.
    pub(crate) fn clone_to<B: Allocator>(&self, copy: &mut Slots<T, K, B>) -> Result<(), Refusal>
    where
        T: Clone,
    {
        self.table.copy_to(&mut copy.table, Self::SHAPE)?;
        for found in self.visit() {
            // SAFETY: the slot holds an element.
            let value = unsafe { found.ptr().as_ref() }.clone();
            let entry = copy.table.entries()[found.index];
            let Some(block) = entry.block else { break };
            // SAFETY: the copy's block has this slot, which holds nothing.
            unsafe { Found::<T>::new(block, found.index, found.slot).ptr().write(value) };
            // SAFETY: it holds an element now, and the generation was copied.
            unsafe { copy.table.set_live(found.index, found.slot) };
        }
        copy.table.finish_copy(&self.table);
        Ok(())
    }

    /// Takes over all blocks of `other`. Returns what makes new handles out of old ones.
    ///
    /// # Safety
    ///
    /// Each allocator may free the other's blocks.
    pub(crate) unsafe fn splice(&mut self, other: &mut Self) -> Result<Moved, Refusal> {
        let from = other.table.owner();
        // SAFETY: the caller's promise, and one shape.
        let blocks = unsafe { self.table.splice(&mut other.table, Self::SHAPE) }?;
        Ok(Moved { from, to: self.table.owner(), by: blocks << Self::SHIFT })
    }
}

/// How handles change when their elements go to another vector.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moved {
    from: u64,
    to: u64,
    by: u32,
}

impl Moved {
    pub(crate) fn handle<K: Key>(self, old: K) -> Option<K> {
        let (owner, place, stamp) = old.unpack();
        let place = place.checked_add(self.by)?;
        (owner == self.from).then(|| K::pack(self.to, place, stamp))
    }
}

impl<T, K: Key, A: Allocator> Drop for Slots<T, K, A> {
    fn drop(&mut self) {
        self.table.free_all(Self::SHAPE);
    }
}

// SAFETY: the elements are owned as a `Vec<T, A>` owns them.
unsafe impl<T: Send, K: Key, A: Allocator + Send> Send for Slots<T, K, A> {}
// SAFETY: shared slots give out shared elements and a shared allocator only.
unsafe impl<T: Sync, K: Key, A: Allocator + Sync> Sync for Slots<T, K, A> {}

#[cfg(test)]
mod tests;
