//! One region, carved upwards and reused first fit, whose blocks lie next to each other without a
//! gap. Whatever a defect writes, it writes into the region, which is freed with the allocator.

use core::{
    cell::{Cell, RefCell},
    ptr::NonNull,
};
use std::{collections::HashMap, rc::Rc};

use larder::{
    alloc::{AllocError, Allocator, Global, Layout},
    testing::contract,
};

const SIZE: usize = 96 << 20;
/// What an overrun may use at the end.
const SLACK: usize = 16 << 20;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Flaw {
    None,
    ShrinkCopiesOldSize,
    ShrinkCopiesForwards,
    EmptyFreeMovesCursor,
    FreeRewindsCursor,
    TrustsNaturalAlignment,
    FreeWritesNode,
    NarrowSizeTag,
    TrustsItsBuffer,
    ReuseIsNotZeroed,
    TouchesLastAddress,
    LongerThanALayout,
    ServesTheImpossible,
    TableOverflows,
    FreesTheLastTwo,
    UnwindsInDrop,
}

struct Slab(NonNull<u8>);

impl Slab {
    const LAYOUT: Layout = match Layout::from_size_align(SIZE, 16) {
        Ok(layout) => layout,
        Err(_) => panic!(),
    };
}

impl Drop for Slab {
    fn drop(&mut self) {
        // SAFETY: it was allocated with this layout, and no block is used any more.
        unsafe { Global.deallocate(self.0, Self::LAYOUT) }
    }
}

/// `Clone` copies the cursor, which is right for nobody.
#[derive(Clone)]
pub(super) struct Region {
    flaw: Flaw,
    slab: Rc<Slab>,
    /// An offset.
    cursor: Cell<usize>,
    pub(super) free: RefCell<Vec<(NonNull<u8>, usize)>>,
    tags: RefCell<HashMap<NonNull<u8>, u16>>,
    live: Cell<usize>,
    last: Cell<Option<NonNull<u8>>>,
    first: Cell<Option<NonNull<u8>>>,
}

impl Region {
    pub(super) fn new(flaw: Flaw) -> Self {
        let slab = Slab(Global.allocate_zeroed(Slab::LAYOUT).unwrap().cast());
        let mut cursor = 0;
        if flaw == Flaw::TrustsItsBuffer {
            write(slab.0, 0, 8, 0xA5);
            // SAFETY: the slab has these bytes, initialised and aligned.
            cursor = unsafe { slab.0.cast::<usize>().read() };
        }
        Self {
            flaw,
            slab: Rc::new(slab),
            cursor: Cell::new(cursor),
            free: RefCell::default(),
            tags: RefCell::default(),
            live: Cell::new(0),
            last: Cell::new(None),
            first: Cell::new(None),
        }
    }

    pub(super) fn offset_of(&self, ptr: NonNull<u8>) -> usize {
        ptr.addr().get().wrapping_sub(self.slab.0.addr().get())
    }

    pub(super) fn cursor(&self) -> usize {
        self.cursor.get()
    }

    pub(super) fn set_cursor(&self, offset: usize) {
        self.cursor.set(offset);
    }

    pub(super) fn at(&self, offset: usize) -> NonNull<u8> {
        assert!(offset < SIZE, "the kit has let a block out of the region through");
        // SAFETY: the offset is in the slab.
        unsafe { self.slab.0.add(offset) }
    }

    fn reused(&self, layout: Layout) -> Option<NonNull<u8>> {
        let mut free = self.free.borrow_mut();
        let serves = |(ptr, size): &(NonNull<u8>, usize)| {
            *size >= layout.size() && ptr.addr().get().is_multiple_of(layout.align())
        };
        let found = free.iter().position(serves)?;
        Some(free.remove(found).0)
    }

    fn fresh(&self, size: usize, align: usize) -> Result<NonNull<u8>, AllocError> {
        let base = self.slab.0.addr().get();
        let here = base.checked_add(self.cursor.get()).ok_or(AllocError)?;
        let start = here.checked_next_multiple_of(align).ok_or(AllocError)? - base;
        let end = start.checked_add(size).ok_or(AllocError)?;
        if end > SIZE - SLACK {
            return Err(AllocError);
        }
        self.cursor.set(end);
        Ok(self.at(start))
    }

    fn carve(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        if self.flaw == Flaw::TableOverflows && self.live.get() >= 1024 {
            return Ok(self.first.get().unwrap_or(self.slab.0));
        }
        if let Some(ptr) = self.reused(layout) {
            return Ok(ptr);
        }
        let natural = 1 << layout.size().max(1).ilog2();
        let align = match self.flaw {
            Flaw::TrustsNaturalAlignment => layout.align().min(natural),
            _ => layout.align(),
        };
        self.fresh(layout.size(), align)
    }

    fn wild(&self, layout: Layout) -> Option<NonNull<[u8]>> {
        let size = layout.size();
        let (address, len) = match self.flaw {
            Flaw::TouchesLastAddress if size == 1 << 16 && layout.align() == size => {
                (usize::MAX - size + 1, size)
            }
            Flaw::LongerThanALayout if size == 3 << 15 => {
                (self.slab.0.addr().get(), isize::MAX as usize + 1)
            }
            Flaw::ServesTheImpossible if size > isize::MAX as usize / 2 => (1 << 62, size),
            _ => return None,
        };
        let start = self.slab.0.with_addr(address.try_into().unwrap());
        Some(NonNull::slice_from_raw_parts(start, len))
    }

    fn moved(
        &self,
        ptr: NonNull<u8>,
        len: usize,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if self.wild(new).is_some() {
            return Err(AllocError);
        }
        let block = self.allocate(new)?;
        // SAFETY: both are in the region, and there is slack behind its last block.
        unsafe { ptr.copy_to(block.cast(), len) };
        // SAFETY: as promised to the callers.
        unsafe { self.deallocate(ptr, old) };
        Ok(block)
    }
}

/// Only called for bytes of a region.
pub(super) fn write(ptr: NonNull<u8>, from: usize, to: usize, byte: u8) {
    // SAFETY: the bytes are in the region.
    let start = unsafe { ptr.add(from) };
    // SAFETY: as above.
    unsafe { start.write_bytes(byte, to - from) };
}

impl Drop for Region {
    fn drop(&mut self) {
        assert!(self.flaw != Flaw::UnwindsInDrop || std::thread::panicking(), "planted");
    }
}

// SAFETY: none, where there is a flaw. Only the kit may use it.
unsafe impl Allocator for Region {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            let block = match self.flaw {
                Flaw::EmptyFreeMovesCursor => self.fresh(0, layout.align())?,
                _ => layout.dangling_ptr(),
            };
            return Ok(NonNull::slice_from_raw_parts(block, 0));
        }
        if let Some(block) = self.wild(layout) {
            return Ok(block);
        }
        let ptr = self.carve(layout)?;
        self.first.set(self.first.get().or(Some(ptr)));
        self.last.set(Some(ptr));
        self.live.set(self.live.get() + 1);
        self.tags.borrow_mut().insert(ptr, layout.size() as u16);
        Ok(NonNull::slice_from_raw_parts(ptr, layout.size()))
    }

    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let block = self.allocate(layout)?;
        // The region was zero when it was new, but some of it has been used since.
        if self.flaw != Flaw::ReuseIsNotZeroed && self.wild(layout).is_none() {
            write(block.cast(), 0, block.len(), 0);
        }
        Ok(block)
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        if layout.size() == 0 {
            if self.flaw == Flaw::EmptyFreeMovesCursor {
                self.cursor.set(self.offset_of(ptr));
            }
            return;
        }
        self.live.set(self.live.get() - 1);
        match self.flaw {
            Flaw::FreeRewindsCursor => return self.cursor.set(self.offset_of(ptr)),
            Flaw::FreeWritesNode => write(ptr, 0, 16, 0xDD),
            Flaw::FreesTheLastTwo if self.last.get() == Some(ptr) => {
                let two = self.offset_of(ptr).saturating_sub(layout.size());
                return self.cursor.set(two);
            }
            _ => {}
        }
        self.free.borrow_mut().push((ptr, layout.size()));
    }

    unsafe fn grow(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let tag = self.tags.borrow().get(&ptr).copied().unwrap_or_default();
        let len = match self.flaw {
            Flaw::NarrowSizeTag => usize::from(tag),
            _ => old.size(),
        };
        self.moved(ptr, len, old, new)
    }

    unsafe fn grow_zeroed(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: as promised to this method.
        let block = unsafe { self.grow(ptr, old, new) }?;
        write(block.cast(), old.size(), new.size(), 0);
        Ok(block)
    }

    unsafe fn shrink(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if self.flaw == Flaw::ShrinkCopiesForwards && new.size() > 0 {
            // Towards the end, as where the cursor moves down; the front is written first.
            let end = ptr.addr().get() + old.size() - new.size();
            let start = end - end % new.align();
            if start >= ptr.addr().get() {
                let to = ptr.with_addr(start.try_into().unwrap());
                for i in 0..new.size() {
                    // SAFETY: the source is in the block.
                    let from = unsafe { ptr.add(i) };
                    // SAFETY: so is the target.
                    let to = unsafe { to.add(i) };
                    // SAFETY: both are in the block.
                    unsafe { from.copy_to(to, 1) };
                }
                return Ok(NonNull::slice_from_raw_parts(to, new.size()));
            }
        }
        let len = match self.flaw {
            Flaw::ShrinkCopiesOldSize if new.size() > 0 => old.size(),
            _ => new.size(),
        };
        self.moved(ptr, len, old, new)
    }
}

#[test]
fn without_a_flaw_it_passes() {
    contract::check(|| Region::new(Flaw::None)).assert_passed();
}

planted! { |flaw| contract::check(|| Region::new(flaw));
    shrink_copies_old_size: Flaw::ShrinkCopiesOldSize => "live blocks are left alone";
    shrink_copies_forwards: Flaw::ShrinkCopiesForwards => "shrink keeps the content";
    empty_free_moves_cursor: Flaw::EmptyFreeMovesCursor => "zero-sized requests succeed";
    free_rewinds_cursor: Flaw::FreeRewindsCursor => "frees first in, first out";
    trusts_natural_alignment: Flaw::TrustsNaturalAlignment => "every alignment to 4 pages",
        "grow changes the alignment";
    free_writes_node: Flaw::FreeWritesNode => "frees in any order", "thousands of live blocks";
    narrow_size_tag: Flaw::NarrowSizeTag => "large blocks grow and shrink";
    trusts_its_buffer: Flaw::TrustsItsBuffer => "small sizes";
    reuse_is_not_zeroed: Flaw::ReuseIsNotZeroed => "allocate_zeroed zeroes to the end";
    touches_last_address: Flaw::TouchesLastAddress => "blocks end before the last address";
    longer_than_a_layout: Flaw::LongerThanALayout => "blocks end before the last address";
    serves_the_impossible: Flaw::ServesTheImpossible => "requests beyond all memory fail";
    table_overflows: Flaw::TableOverflows => "thousands of live blocks";
    frees_the_last_two: Flaw::FreesTheLastTwo => "frees last in, first out";
    unwinds_in_drop: Flaw::UnwindsInDrop => "small sizes";
}
