#![expect(unsafe_code, reason = "drives capabilities through their unsafe methods")]
//! The capabilities, driven next to the map. The invariant is that of the shadow.

use core::{alloc::Layout, mem::MaybeUninit, ptr::NonNull};
use std::{format, vec, vec::Vec};

use super::{Fit, Shadow, Verdict};
use crate::alloc::{Allocator, Bulk, Global, Owns, Reset, ResizeInPlace};

impl<A: Owns> Shadow<A> {
    /// Asks for each live block with bytes, by every layout that fits it, whether it is owned.
    pub(in crate::testing) fn check_owned(&self) -> Verdict {
        for live in self.live.iter().filter(|live| live.requested > 0) {
            for fit in Fit::ALL {
                let layout = live.layout(fit);
                if !self.alloc().owns(live.ptr, layout) {
                    return Err(format!("the block at {:p} of {layout:?} is disowned", live.ptr));
                }
            }
        }
        Ok(())
    }

    /// Keeps blocks of the global heap next to those of the allocator, which must not claim them.
    pub(in crate::testing) fn check_foreign(&mut self, layouts: &[Layout]) -> Verdict {
        let mut foreign = Vec::new();
        for layout in layouts {
            let block = Global.allocate(*layout).map_err(|_| "the global heap refused")?;
            foreign.push((block.cast::<u8>(), *layout));
            self.allocate(*layout, false)?;
        }
        let claimed = foreign.iter().find(|(ptr, layout)| self.alloc().owns(*ptr, *layout));
        let claimed = claimed.map(|(ptr, layout)| {
            format!("a block of the global heap at {ptr:p} of {layout:?} is claimed")
        });
        for (ptr, layout) in foreign {
            // SAFETY: allocated above with this layout, and freed only here.
            unsafe { Global.deallocate(ptr, layout) };
        }
        claimed.map_or(Ok(()), Err)
    }

    /// Frees a block of no bytes that came from nowhere, which must be harmless.
    pub(in crate::testing) fn free_nobodys(&self, align: usize) -> Verdict {
        let layout = Layout::from_size_align(0, align).map_err(|_| "no such alignment")?;
        // SAFETY: the block has no bytes, and whoever implements `Owns` promises to bear it.
        unsafe { self.alloc().deallocate(layout.dangling_ptr(), layout) };
        self.check_all()
    }
}

impl<A: ResizeInPlace> Shadow<A> {
    /// Resizes block `i` where it is. Returns whether it happened.
    pub(in crate::testing) fn resize_in_place(
        &mut self,
        i: usize,
        size: usize,
        fit: Fit,
    ) -> Verdict<bool> {
        let was = self.live[i];
        let old = was.layout(fit);
        let Ok(new) = Layout::from_size_align(size, old.align()) else { return Ok(false) };
        if !self.allowed(new) {
            return Ok(false);
        }
        was.check(was.seed, was.returned)?;
        // SAFETY: the block is live, `old` fits it, and the size is legal at the alignment.
        let resized = unsafe { self.alloc().resize_in_place(was.ptr, old, size) };
        let Ok(returned) = resized else { return self.check_all().map(|()| false) };
        self.forget(was);
        let context = |e| format!("in place from {old:?} to {size}: {e}");
        let block = NonNull::slice_from_raw_parts(was.ptr, returned);
        let live = self.admit(block, new).map_err(context)?;
        live.check(was.seed, old.size().min(size)).map_err(context)?;
        live.fill();
        self.live[i] = live;
        self.check_all().map_err(context)?;
        Ok(true)
    }

    /// Asks for a size that no memory can hold.
    pub(in crate::testing) fn resize_in_place_in_vain(&self, i: usize, size: usize) -> Verdict {
        let live = self.live[i];
        let old = live.layout(Fit::Requested);
        // SAFETY: the block is live, `old` fits it, and the size is legal at the alignment.
        let resized = unsafe { self.alloc().resize_in_place(live.ptr, old, size) };
        if resized.is_ok() {
            return Err(format!("in place from {old:?} to {size} claims to have succeeded"));
        }
        self.check_all()
    }
}

impl<A: Bulk> Shadow<A> {
    /// Allocates up to `count` blocks at once; returns how many there are. They are the last.
    pub(in crate::testing) fn allocate_bulk(
        &mut self,
        layout: Layout,
        count: usize,
    ) -> Verdict<usize> {
        if !self.allowed_blocks(layout, count) {
            return Ok(0);
        }
        // One entry more than is lent, and every entry marked, so that it shows what was written.
        let mark = NonNull::<u8>::dangling();
        let mut slots = vec![MaybeUninit::new(mark); count + 1];
        let returned = self.alloc().allocate_bulk(layout, &mut slots[..count]);
        // SAFETY: all were initialised with the mark, and whatever overwrote it is a pointer.
        let entries = slots.iter().map(|slot| unsafe { slot.assume_init() }).collect::<Vec<_>>();
        if returned > count {
            return Err(format!("{returned} blocks were returned, with room for {count}"));
        }
        if let Some(i) = entries[returned..].iter().position(|entry| *entry != mark) {
            return Err(format!(
                "{returned} blocks were returned, but entry {i} after them changed"
            ));
        }
        for entry in &entries[..returned] {
            if *entry == mark && (layout.size() > 0 || layout.align() > 1) {
                return Err(format!("{returned} blocks were returned, but not all were written"));
            }
            let block = NonNull::slice_from_raw_parts(*entry, layout.size());
            let live = self.admit(block, layout)?;
            live.fill();
            self.live.push(live);
        }
        if returned < count && !self.may_refuse {
            return Err(format!("{returned} of {count} blocks of {layout:?} were returned"));
        }
        self.check_all().map(|()| returned)
    }

    /// Frees the last `count` blocks at once, all of the same layout.
    pub(in crate::testing) fn free_bulk(&mut self, layout: Layout, count: usize) -> Verdict {
        let first = self.len() - count;
        let mut blocks = Vec::with_capacity(count);
        for live in self.live.split_off(first) {
            live.check(live.seed, live.returned)?;
            blocks.push(live.ptr);
            self.forget(live);
        }
        // SAFETY: the blocks were live, differ, and have this layout; they are forgotten now.
        unsafe { self.alloc().deallocate_bulk(layout, &blocks) };
        self.check_all()
    }
}

impl<A: Allocator + Reset> Shadow<A> {
    /// Ends all blocks.
    pub(in crate::testing) fn end_blocks(&mut self) -> Verdict {
        self.check_all()?;
        self.live.clear();
        self.spans.clear();
        self.live_bytes = 0;
        self.alloc_mut().end_blocks();
        Ok(())
    }
}
