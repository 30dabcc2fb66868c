#![expect(unsafe_code, reason = "drives an allocator through its unsafe methods")]
//! An allocator, and next to it a map of what it has handed out.
//!
//! Invariant: every entry of `live` has passed the checks of `admit`, is allocated, and all its
//! `returned` bytes hold the pattern of its `seed`. After a verdict of `Err` nothing more is asked
//! of the allocator, so a broken one is rejected before it can do harm.

mod capabilities;

use core::{
    alloc::Layout,
    mem::{self, MaybeUninit},
    ptr::NonNull,
    slice,
};
use std::{boxed::Box, collections::BTreeMap, format, string::String, vec::Vec};

use crate::{alloc::Allocator, testing::Limits};

pub(super) type Verdict<T = ()> = Result<T, String>;

/// Which of the sizes that fit a block is passed back.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fit {
    Requested,
    Between,
    Returned,
}

impl Fit {
    pub(super) const ALL: [Self; 3] = [Self::Requested, Self::Between, Self::Returned];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Grow,
    GrowZeroed,
    Shrink,
}

#[derive(Clone, Copy, Debug)]
struct Live {
    ptr: NonNull<u8>,
    requested: usize,
    returned: usize,
    align: usize,
    seed: u8,
}

const fn pattern(seed: u8, i: usize) -> u8 {
    (seed.wrapping_add((i as u8).wrapping_mul(7)).wrapping_add((i >> 8) as u8)) | 1
}

/// All patterns, so that they are written and compared 256 bytes at a time.
static ROWS: [[u8; 256]; 256] = {
    let mut rows = [[0; 256]; 256];
    let mut at = 0;
    while at < 256 * 256 {
        rows[at / 256][at % 256] = pattern((at / 256) as u8, at % 256);
        at += 1;
    }
    rows
};

fn row_of(seed: u8, row: usize) -> &'static [u8; 256] {
    &ROWS[usize::from(seed.wrapping_add(row as u8))]
}

/// Where `bytes` has another byte than `byte`.
pub(super) fn first_other_than(byte: u8, bytes: &[u8]) -> Option<usize> {
    if bytes.chunks(256).all(|bytes| *bytes == [byte; 256][..bytes.len()]) {
        return None;
    }
    bytes.iter().position(|b| *b != byte)
}

impl Live {
    fn layout(&self, fit: Fit) -> Layout {
        let size = match fit {
            Fit::Requested => self.requested,
            Fit::Between => self.requested.midpoint(self.returned),
            Fit::Returned => self.returned,
        };
        Layout::from_size_align(size, self.align).expect("checked when the block was admitted")
    }

    /// The first `len` bytes, which must be within the block.
    fn bytes(&self, len: usize) -> &[u8] {
        assert!(len <= self.returned);
        // SAFETY: the block is live and `returned` bytes long; the callers look at bytes that the
        // pattern was written to or that the allocator must have copied or zeroed.
        unsafe { slice::from_raw_parts(self.ptr.as_ptr(), len) }
    }

    fn fill(&self) {
        let start = self.ptr.as_ptr().cast::<MaybeUninit<u8>>();
        // SAFETY: the block is live, `returned` bytes long, and nobody else's.
        let bytes = unsafe { slice::from_raw_parts_mut(start, self.returned) };
        for (row, bytes) in bytes.chunks_mut(256).enumerate() {
            bytes.write_copy_of_slice(&row_of(self.seed, row)[..bytes.len()]);
        }
    }

    fn check(&self, seed: u8, len: usize) -> Verdict {
        let mut rows = self.bytes(len).chunks(256).enumerate();
        if rows.all(|(row, bytes)| *bytes == row_of(seed, row)[..bytes.len()]) {
            return Ok(());
        }
        match self.bytes(len).iter().enumerate().find(|(i, b)| **b != pattern(seed, *i)) {
            None => Ok(()),
            Some((i, b)) => Err(format!(
                "byte {i} of a block of {} (align {}) is {b:#04x} instead of {:#04x}",
                self.returned,
                self.align,
                pattern(seed, i)
            )),
        }
    }
}

pub(super) struct Shadow<A> {
    alloc: Box<Option<A>>,
    /// Clones of it that wait for their turn.
    handles: Vec<A>,
    live: Vec<Live>,
    spans: BTreeMap<usize, usize>,
    limits: Limits,
    /// How many bytes are live, as requested.
    live_bytes: usize,
    /// Whether a refusal within the limits is fine.
    may_refuse: bool,
    serial: u8,
    pub(super) ruled_out: Option<String>,
}

impl<A: Allocator> Shadow<A> {
    pub(super) fn new(alloc: A, limits: Limits, may_refuse: bool) -> Self {
        Self {
            alloc: Box::new(Some(alloc)),
            handles: Vec::new(),
            live: Vec::new(),
            spans: BTreeMap::new(),
            limits,
            live_bytes: 0,
            may_refuse,
            serial: 0,
            ruled_out: None,
        }
    }

    pub(super) fn alloc(&self) -> &A {
        (*self.alloc).as_ref().expect("only absent while it is moved")
    }

    fn alloc_mut(&mut self) -> &mut A {
        (*self.alloc).as_mut().expect("only absent while it is moved")
    }

    /// Goes on with a clone; the original waits for its turn.
    pub(super) fn become_clone(&mut self)
    where
        A: Clone,
    {
        let clone = self.alloc().clone();
        let original = mem::replace(self.alloc_mut(), clone);
        self.handles.push(original);
    }

    /// Goes on with the handle that has waited longest.
    pub(super) fn next_handle(&mut self) {
        if !self.handles.is_empty() {
            let next = self.handles.remove(0);
            let current = mem::replace(self.alloc_mut(), next);
            self.handles.push(current);
        }
    }

    /// Drops the handle that has waited longest.
    pub(super) fn drop_handle(&mut self) {
        if !self.handles.is_empty() {
            drop(self.handles.remove(0));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.live.len()
    }

    pub(super) fn returned(&self, i: usize) -> usize {
        self.live[i].returned
    }

    /// Moves the allocator to another place; the old one is freed afterwards.
    pub(super) fn move_allocator(&mut self) {
        let mut elsewhere = Box::new(None);
        *elsewhere = self.alloc.take();
        self.alloc = elsewhere;
    }

    fn allowed(&mut self, layout: Layout) -> bool {
        self.allowed_blocks(layout, 1)
    }

    /// Whether the limits permit `count` more blocks of `layout`; notes it if not.
    fn allowed_blocks(&mut self, layout: Layout, count: usize) -> bool {
        let live = self.live_bytes;
        let Limits { max_size, max_align, max_live_bytes } = self.limits;
        let ok = layout.size() <= max_size
            && layout.align() <= max_align
            && live.saturating_add(layout.size().saturating_mul(count)) <= max_live_bytes;
        if !ok {
            self.skip(|| {
                let (size, align) = (layout.size(), layout.align());
                format!(
                    "the limits rule out {count} x {size} bytes at a multiple of {align} with \
                     {live} live"
                )
            });
        }
        ok
    }

    /// Notes that part of the case was not tried.
    pub(super) fn skip(&mut self, why: impl FnOnce() -> String) {
        self.ruled_out.get_or_insert_with(why);
    }

    /// A block of no bytes has no span, and may well be where another begins.
    fn forget(&mut self, live: Live) {
        self.live_bytes -= live.requested;
        if live.returned > 0 {
            self.spans.remove(&live.ptr.addr().get());
        }
    }

    /// Checks a block before anything touches it, and notes where it is.
    fn admit(&mut self, block: NonNull<[u8]>, layout: Layout) -> Verdict<Live> {
        let (ptr, returned) = (block.cast::<u8>(), block.len());
        let start = ptr.addr().get();
        let what = format!("block {start:#x} of {returned} bytes for {layout:?}");
        if returned < layout.size() {
            return Err(format!("{what} is too short"));
        }
        if start % layout.align() != 0 {
            return Err(format!("{what} is misaligned"));
        }
        // The end of a block that touches the last address is one more than a number holds.
        let Some(end) = start.checked_add(returned) else {
            return Err(format!("{what} touches the last address"));
        };
        if Layout::from_size_align(returned, layout.align()).is_err() {
            return Err(format!("{what} is longer than a layout can be"));
        }
        if returned > 0 {
            if let Some((s, e)) = self.spans.range(..end).next_back()
                && *e > start
            {
                return Err(format!("{what} overlaps the live block {s:#x}..{e:#x}"));
            }
            self.spans.insert(start, end);
        }
        self.serial = self.serial.wrapping_add(58);
        self.live_bytes += layout.size();
        let (requested, align, seed) = (layout.size(), layout.align(), self.serial);
        Ok(Live { ptr, requested, returned, align, seed })
    }

    /// Allocates a block and returns its index, the last; `None` if that is not possible.
    pub(super) fn allocate(&mut self, layout: Layout, zeroed: bool) -> Verdict<Option<usize>> {
        if !self.allowed(layout) {
            return Ok(None);
        }
        let alloc = self.alloc();
        let block = if zeroed { alloc.allocate_zeroed(layout) } else { alloc.allocate(layout) };
        let Ok(block) = block else {
            return if self.may_refuse && layout.size() > 0 {
                Ok(None)
            } else {
                Err(format!("{layout:?} was refused"))
            };
        };
        let live = self.admit(block, layout)?;
        if zeroed && let Some(i) = first_other_than(0, live.bytes(live.returned)) {
            return Err(format!("byte {i} of {} is not zero ({layout:?})", live.returned));
        }
        live.fill();
        self.live.push(live);
        Ok(Some(self.live.len() - 1))
    }

    /// Asks for what no memory can hold, and checks that it is refused and nothing else changes.
    pub(super) fn allocate_in_vain(&mut self, layout: Layout, zeroed: bool) -> Verdict {
        let alloc = self.alloc();
        let block = if zeroed { alloc.allocate_zeroed(layout) } else { alloc.allocate(layout) };
        if let Ok(block) = block {
            self.admit(block, layout)?;
            return Err(format!("{layout:?} was served, which no memory can hold"));
        }
        self.check_all()
    }

    /// Frees block `i`; those behind it move up.
    pub(super) fn free(&mut self, i: usize, fit: Fit) -> Verdict {
        let live = self.live[i];
        live.check(live.seed, live.returned)?;
        self.live.remove(i);
        self.forget(live);
        // SAFETY: the block was live, and the size is one that fits it; it is forgotten now.
        unsafe { self.alloc().deallocate(live.ptr, live.layout(fit)) };
        Ok(())
    }

    fn call(&self, how: How, live: Live, old: Layout, new: Layout) -> Option<NonNull<[u8]>> {
        let alloc = self.alloc();
        match how {
            // SAFETY: the block is live, `old` fits it, and `new` is no smaller.
            How::Grow => unsafe { alloc.grow(live.ptr, old, new) },
            // SAFETY: as above.
            How::GrowZeroed => unsafe { alloc.grow_zeroed(live.ptr, old, new) },
            // SAFETY: the block is live, `old` fits it, and `new` is no larger.
            How::Shrink => unsafe { alloc.shrink(live.ptr, old, new) },
        }
        .ok()
    }

    /// Resizes block `i`. A `size` on the wrong side of the old one is replaced by the old one.
    /// Returns whether it happened.
    pub(super) fn resize(&mut self, i: usize, how: How, to: Layout, fit: Fit) -> Verdict<bool> {
        let was = self.live[i];
        let old = was.layout(fit);
        let size = match how {
            How::Shrink => to.size().min(old.size()),
            How::Grow | How::GrowZeroed => to.size().max(old.size()),
        };
        let Ok(new) = Layout::from_size_align(size, to.align()) else { return Ok(false) };
        if !self.allowed(new) {
            return Ok(false);
        }
        was.check(was.seed, was.returned)?;
        let Some(block) = self.call(how, was, old, new) else {
            self.check_all()?;
            let message = format!("{how:?} from {old:?} to {new:?} was refused");
            return if self.may_refuse { Ok(false) } else { Err(message) };
        };
        self.forget(was);
        let live = self.admit(block, new)?;
        let context =
            |e| format!("{how:?} from {old:?} (returned {}) to {new:?}: {e}", was.returned);
        live.check(was.seed, old.size().min(size)).map_err(context)?;
        if how == How::GrowZeroed {
            for (i, byte) in live.bytes(live.returned).iter().enumerate().skip(old.size()) {
                let kept = i < was.returned && *byte == pattern(was.seed, i);
                if *byte != 0 && !kept {
                    return Err(context(format!("byte {i} of {} is not zero", live.returned)));
                }
            }
        }
        live.fill();
        self.live[i] = live;
        Ok(true)
    }

    /// Asks for what cannot be, and checks that it is refused and that all blocks stay intact.
    pub(super) fn resize_in_vain(&mut self, i: usize, how: How, new: Layout) -> Verdict {
        let was = self.live[i];
        let old = was.layout(Fit::Requested);
        if self.call(how, was, old, new).is_some() {
            return Err(format!("{how:?} to {new:?} claims to have succeeded"));
        }
        self.check_all()
    }

    pub(super) fn check_all(&self) -> Verdict {
        self.live.iter().try_for_each(|l| l.check(l.seed, l.returned))
    }

    /// Frees all that is left.
    pub(super) fn finish(&mut self) -> Verdict {
        self.check_all()?;
        while let Some(last) = self.live.len().checked_sub(1) {
            self.free(last, Fit::Requested)?;
        }
        Ok(())
    }
}
