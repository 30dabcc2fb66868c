//! Blocks that are always fresh: every block comes from the heap, is filled with rubbish, and is
//! never given back, so that no defect touches memory that is not the allocator's.

use core::{
    cell::{Cell, RefCell},
    ptr::NonNull,
};
use std::collections::HashMap;

use larder::{
    alloc::{AllocError, Allocator, Global, Layout},
    testing::{Op, contract, run},
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Bug {
    None,
    GrowCopiesTooLittle,
    ShrinkShifts,
    GrowZeroedStopsAtRequested,
    GrowZeroedDoesNothing,
    AllocateZeroedDoesNothing,
    AllocateZeroedStopsAtRequested,
    IgnoresAlignment,
    Overlaps,
    MisreadsOldSize,
    ShortSlice,
    RefusesZeroSize,
    WritesIntoLive,
    FreesOnRefusal,
    IgnoresNewAlignment,
    Unwinds,
    DiesWhenMoved,
}

struct Planted {
    bug: Bug,
    home: Cell<usize>,
    last: Cell<Option<NonNull<[u8]>>>,
    requested: RefCell<HashMap<usize, usize>>,
}

impl Planted {
    fn new(bug: Bug) -> Self {
        Self { bug, home: Cell::new(0), last: Cell::new(None), requested: RefCell::default() }
    }

    fn misread(&self, ptr: NonNull<u8>, old: Layout) -> bool {
        let requested = self.requested.borrow()[&ptr.addr().get()];
        self.bug == Bug::MisreadsOldSize && old.size() != requested
    }

    fn moved(
        &self,
        from: NonNull<u8>,
        skip: usize,
        len: usize,
        to: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let block = self.allocate(to)?;
        // SAFETY: `skip` is at most 1, and blocks are at least 16 bytes long.
        let from = unsafe { from.add(skip) };
        // SAFETY: both are at least `len` bytes long, and nothing is ever given back.
        unsafe { from.copy_to(block.cast(), len) };
        Ok(block)
    }
}

fn fill(block: NonNull<u8>, len: usize, byte: u8) {
    // SAFETY: the callers pass blocks of at least `len` bytes, which are never given back.
    unsafe { block.write_bytes(byte, len) };
}

// SAFETY: none. That is the point; only the kit may use it.
unsafe impl Allocator for Planted {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() > 1 << 24 || layout.align() > 1 << 16 {
            return Err(AllocError);
        }
        if self.bug == Bug::RefusesZeroSize && layout.size() == 0 {
            return Err(AllocError);
        }
        let len = layout.size().max(16).next_power_of_two();
        let here = core::ptr::from_ref(self).addr();
        let has_moved = ![0, here].contains(&self.home.replace(here));
        if let Some(last) = self.last.get() {
            if self.bug == Bug::DiesWhenMoved && has_moved {
                fill(last.cast(), 1, 0);
            }
            if self.bug == Bug::WritesIntoLive {
                fill(last.cast(), 1, 0);
            }
            if self.bug == Bug::Overlaps && last.len() == len && layout.align() <= 8 {
                return Ok(last);
            }
        }
        let whole = Layout::from_size_align(len + 1, layout.align().max(8)).unwrap();
        let mut start = Global.allocate(whole)?.cast::<u8>();
        fill(start, len + 1, 0xDD);
        if self.bug == Bug::IgnoresAlignment && layout.align() > 8 {
            // SAFETY: there is one byte more than `len`.
            start = unsafe { start.add(1) };
        }
        self.requested.borrow_mut().insert(start.addr().get(), layout.size());
        let short = self.bug == Bug::ShortSlice && layout.size() > 1;
        let block =
            NonNull::slice_from_raw_parts(start, if short { layout.size() - 1 } else { len });
        self.last.set(Some(block));
        Ok(block)
    }

    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let block = self.allocate(layout)?;
        let len = match self.bug {
            Bug::AllocateZeroedDoesNothing => 0,
            Bug::AllocateZeroedStopsAtRequested => layout.size(),
            _ => block.len(),
        };
        fill(block.cast(), len, 0);
        Ok(block)
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        if self.misread(ptr, layout)
            && let Some(last) = self.last.get()
        {
            fill(last.cast(), 1, 0);
        }
    }

    unsafe fn grow(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        assert!(self.bug != Bug::Unwinds, "planted");
        let short = self.bug == Bug::GrowCopiesTooLittle || self.misread(ptr, old);
        let align = if self.bug == Bug::IgnoresNewAlignment { 1 } else { new.align() };
        let to = Layout::from_size_align(new.size(), align).unwrap();
        let moved = self.moved(ptr, 0, if short { old.size() / 2 } else { old.size() }, to);
        if moved.is_err() && self.bug == Bug::FreesOnRefusal {
            fill(ptr, old.size(), 0xDD);
        }
        moved
    }

    unsafe fn grow_zeroed(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: as promised to this method.
        let block = unsafe { self.grow(ptr, old, new) }?;
        let end = match self.bug {
            Bug::GrowZeroedDoesNothing => old.size(),
            Bug::GrowZeroedStopsAtRequested => new.size(),
            _ => block.len(),
        };
        // SAFETY: the block is longer than the old one.
        let rest = unsafe { block.cast::<u8>().add(old.size()) };
        fill(rest, end.saturating_sub(old.size()), 0);
        Ok(block)
    }

    unsafe fn shrink(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let skip = usize::from(self.bug == Bug::ShrinkShifts || self.misread(ptr, old));
        self.moved(ptr, skip, new.size() - skip.min(new.size()), new)
    }
}

#[test]
fn without_a_bug_it_passes() {
    contract::check(|| Planted::new(Bug::None)).assert_passed();
}

planted! { |bug| contract::check(|| Planted::new(bug));
    grow_copies_too_little: Bug::GrowCopiesTooLittle => "grow keeps the content";
    shrink_shifts: Bug::ShrinkShifts => "shrink keeps the content";
    grow_zeroed_stops: Bug::GrowZeroedStopsAtRequested => "grow_zeroed zeroes to the end";
    grow_zeroed_does_nothing: Bug::GrowZeroedDoesNothing => "grow_zeroed zeroes to the end";
    allocate_zeroed_stops: Bug::AllocateZeroedStopsAtRequested => "allocate_zeroed zeroes to the end";
    allocate_zeroed_does_nothing: Bug::AllocateZeroedDoesNothing => "allocate_zeroed zeroes to the end";
    ignores_alignment: Bug::IgnoresAlignment => "every alignment to 4 pages";
    ignores_new_alignment: Bug::IgnoresNewAlignment => "grow changes the alignment";
    overlaps: Bug::Overlaps => "blocks are disjoint";
    misreads_old_size: Bug::MisreadsOldSize => "grow accepts sizes that fit",
        "shrink accepts sizes that fit", "deallocate accepts sizes that fit";
    short_slice: Bug::ShortSlice => "small sizes";
    refuses_zero_size: Bug::RefusesZeroSize => "zero-sized requests succeed";
    writes_into_live: Bug::WritesIntoLive => "live blocks are left alone";
    frees_on_refusal: Bug::FreesOnRefusal => "a refusal changes nothing";
    unwinds: Bug::Unwinds => "grow keeps the content";
    dies_when_moved: Bug::DiesWhenMoved => "blocks survive moves";
}

#[test]
fn programs_are_minimised() {
    let ops: Vec<_> = (0..40)
        .map(|i| match i % 4 {
            3 => Op::Grow { index: i, size: 500, align: 8 },
            _ => Op::Allocate { size: 100, align: 32 },
        })
        .collect();
    run(&ops, || Planted::new(Bug::None)).unwrap();
    let failure = run(&ops, || Planted::new(Bug::GrowCopiesTooLittle)).unwrap_err();
    let [Op::Allocate { size: 1, align: 1 }, Op::Grow { index, size, align }] = failure.ops[..]
    else {
        panic!("not minimal: {failure}")
    };
    let program = format!(
        "let ops = [\n    Op::Allocate {{ size: 1, align: 1 }},\n    \
         Op::Grow {{ index: {index}, size: {size}, align: {align} }},\n];\n\
         larder::testing::run(&ops, make).unwrap();"
    );
    assert!(failure.to_string().ends_with(&program), "{failure}");
    assert!(run(&failure.ops, || Planted::new(Bug::GrowCopiesTooLittle)).is_err());
}
