//! Wrong claims beyond the trait, over a region without a flaw.

use core::{cell::Cell, mem::MaybeUninit, ptr::NonNull};

use larder::{
    alloc::{
        AllocError, Allocator, Bulk, CloneEquivalent, GoodSize, Layout, Owns, Reset, ResizeInPlace,
    },
    testing::contract,
};

use super::region::{Flaw, Region, write};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Claim {
    None,
    ClonesCopyTheCursor,
    OwnsTheFirstHundred,
    OwnsAll,
    EmptyFreeIsAFree,
    GrowsOverNeighbours,
    GrowsTooLittle,
    ShrinksTheWrongEnd,
    GrowsWithoutEnd,
    NeverInPlace,
    ForetellsTheRequest,
    ForetellsOneMore,
    RoundsPastTheEnd,
    BulkRepeatsABlock,
    BulkKeepsOne,
    BulkIsOneBlock,
    BulkFreesARange,
    KeepsItsFreeList,
    RetainsTooSmall,
    StaleZero,
}

/// Rounds sizes up to 16 where it matters for `GoodSize`.
#[derive(Clone)]
struct Claims {
    claim: Claim,
    region: Region,
    count: Cell<usize>,
    resets: Cell<usize>,
    highest: Cell<usize>,
    batch: Cell<Option<(NonNull<u8>, usize)>>,
}

impl Claims {
    fn new(claim: Claim) -> Self {
        Self {
            claim,
            region: Region::new(Flaw::None),
            count: Cell::new(0),
            resets: Cell::new(0),
            highest: Cell::new(0),
            batch: Cell::new(None),
        }
    }

    fn rounded(&self, layout: Layout) -> Layout {
        let size = match self.claim {
            Claim::ForetellsTheRequest => layout.size().next_multiple_of(16),
            Claim::ForetellsOneMore => layout.size() + 1,
            _ => layout.size(),
        };
        Layout::from_size_align(size, layout.align()).unwrap_or(layout)
    }
}

// SAFETY: none, where a claim is wrong. Only the kit may use it.
unsafe impl Allocator for Claims {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.count.set(self.count.get() + 1);
        // The chunk that was retained has 4096 bytes, and is carved as if it had all.
        let retained = self.claim == Claim::RetainsTooSmall && self.resets.get() > 0;
        if retained && self.region.cursor() > 4096 {
            self.region.set_cursor(0);
        }
        self.region.allocate(self.rounded(layout))
    }

    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let block = self.allocate(layout)?;
        // Bytes behind the highest that were ever handed out since the reset are zero, or were.
        let fresh = self.region.offset_of(block.cast()) >= self.highest.get();
        if !(self.claim == Claim::StaleZero && fresh) {
            write(block.cast(), 0, block.len(), 0);
        }
        self.highest.set(self.highest.get().max(self.region.cursor()));
        Ok(block)
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        if self.claim == Claim::EmptyFreeIsAFree && layout.size() == 0 {
            self.region.set_cursor(0);
        }
        if self.claim == Claim::BulkIsOneBlock
            && let Some((first, size)) = self.batch.get()
            && ptr == first
        {
            self.batch.set(None);
            return self.region.free.borrow_mut().push((first, size));
        }
        // SAFETY: as promised to this method.
        unsafe { self.region.deallocate(ptr, layout) }
    }
}

// SAFETY: none; a clone has a cursor of its own in the same region.
unsafe impl CloneEquivalent for Claims {}

// SAFETY: none, where the claim is wrong.
unsafe impl Owns for Claims {
    fn owns(&self, ptr: NonNull<u8>, _: Layout) -> bool {
        match self.claim {
            Claim::OwnsAll => true,
            Claim::OwnsTheFirstHundred => self.count.get() <= 100,
            _ => self.region.offset_of(ptr) < self.region.cursor(),
        }
    }
}

// SAFETY: none, where the claim is wrong.
unsafe impl ResizeInPlace for Claims {
    unsafe fn resize_in_place(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        size: usize,
    ) -> Result<usize, AllocError> {
        let possible = size < 1 << 20;
        match self.claim {
            Claim::GrowsOverNeighbours if possible => Ok(size),
            Claim::GrowsTooLittle if possible && size > old.size() => Ok(size - 1),
            Claim::GrowsWithoutEnd if !possible => Ok(size),
            Claim::ShrinksTheWrongEnd if size < old.size() => {
                let from = self.region.at(self.region.offset_of(ptr) + old.size() - size);
                // SAFETY: both are in the block.
                unsafe { from.copy_to(ptr, size) };
                Ok(size)
            }
            Claim::NeverInPlace => Err(AllocError),
            _ if size <= old.size() => Ok(size),
            _ => Err(AllocError),
        }
    }
}

impl GoodSize for Claims {
    fn good_size(&self, layout: Layout) -> usize {
        match self.claim {
            Claim::RoundsPastTheEnd => layout.size() * 3 / 2,
            Claim::ForetellsTheRequest => layout.size(),
            _ => self.rounded(layout).size(),
        }
    }
}

// SAFETY: none, where the claim is wrong.
unsafe impl Bulk for Claims {
    fn allocate_bulk(&self, layout: Layout, blocks: &mut [MaybeUninit<NonNull<u8>>]) -> usize {
        let mut made = 0;
        if self.claim == Claim::BulkIsOneBlock && layout.size() > 0 {
            let all = layout.pad_to_align();
            let count = blocks.len().max(1);
            let whole = Layout::from_size_align(all.size() * count, layout.align()).unwrap();
            let Ok(first) = self.region.allocate(whole) else { return 0 };
            self.batch.set(Some((first.cast(), whole.size())));
            let offset = self.region.offset_of(first.cast());
            for (i, block) in blocks.iter_mut().enumerate() {
                block.write(self.region.at(offset + i * all.size()));
            }
            return blocks.len();
        }
        let mut previous = None;
        for block in blocks.iter_mut() {
            let repeat = self.claim == Claim::BulkRepeatsABlock && made == 30;
            let new = match previous {
                Some(previous) if repeat => previous,
                _ => match self.allocate(layout) {
                    Ok(new) => new.cast(),
                    Err(_) => break,
                },
            };
            previous = Some(new);
            block.write(new);
            made += 1;
        }
        if self.claim == Claim::BulkKeepsOne && made > 1 { made - 1 } else { made }
    }

    unsafe fn deallocate_bulk(&self, layout: Layout, blocks: &[NonNull<u8>]) {
        if self.claim == Claim::BulkFreesARange
            && layout.size() > 0
            && let Some(first) = blocks.iter().min()
        {
            // As if they lay in a row, and one too many.
            let (first, stride) = (self.region.offset_of(*first), layout.pad_to_align().size());
            let row = (0..=blocks.len()).map(|i| self.region.at(first + i * stride));
            return self.region.free.borrow_mut().extend(row.map(|block| (block, stride)));
        }
        for block in blocks {
            // SAFETY: as promised to this method.
            unsafe { self.deallocate(*block, layout) };
        }
    }
}

impl Reset for Claims {
    fn end_blocks(&mut self) {
        if self.claim != Claim::KeepsItsFreeList {
            self.region.free.borrow_mut().clear();
        }
        self.region.set_cursor(0);
        self.resets.set(self.resets.get() + 1);
        self.highest.set(0);
    }
}

#[test]
fn without_a_wrong_claim_they_pass() {
    let make = || Claims::new(Claim::None);
    contract::owns(make).assert_passed();
    let report = contract::resize_in_place(make);
    report.assert_passed();
    assert_eq!(report.skipped(), ["grows in place"], "what never happened is not passed silently");
    contract::good_size(make).assert_passed();
    contract::bulk(make).assert_passed();
    contract::reset(make).assert_passed();
}

#[test]
fn what_is_never_resized_in_place_is_skipped() {
    let report = contract::resize_in_place(|| Claims::new(Claim::NeverInPlace));
    assert_eq!(report.skipped(), ["grows in place", "shrinks in place"], "{report}");
}

planted! { |claim| contract::clones(|| Claims::new(claim));
    clones_copy_the_cursor: Claim::ClonesCopyTheCursor => "clones are equivalent";
}
planted! { |claim| contract::owns(|| Claims::new(claim));
    owns_the_first_hundred: Claim::OwnsTheFirstHundred => "owns its own blocks";
    owns_all: Claim::OwnsAll => "owns no blocks of others";
    empty_free_is_a_free: Claim::EmptyFreeIsAFree => "blocks of no bytes are nobody's";
}
planted! { |claim| contract::resize_in_place(|| Claims::new(claim));
    grows_over_neighbours: Claim::GrowsOverNeighbours => "grows in place";
    grows_too_little: Claim::GrowsTooLittle => "grows in place";
    shrinks_the_wrong_end: Claim::ShrinksTheWrongEnd => "shrinks in place";
    grows_without_end: Claim::GrowsWithoutEnd => "refuses what has no place";
}
planted! { |claim| contract::good_size(|| Claims::new(claim));
    foretells_the_request: Claim::ForetellsTheRequest => "good_size foretells the size";
    foretells_one_more: Claim::ForetellsOneMore => "good_size wastes nothing";
    rounds_past_the_end: Claim::RoundsPastTheEnd => "good_size bears any layout";
}
planted! { |claim| contract::bulk(|| Claims::new(claim));
    bulk_repeats_a_block: Claim::BulkRepeatsABlock => "bulk blocks keep the contract";
    bulk_keeps_one: Claim::BulkKeepsOne => "bulk blocks keep the contract";
    bulk_is_one_block: Claim::BulkIsOneBlock => "bulk blocks are freed one by one";
    bulk_frees_a_range: Claim::BulkFreesARange => "blocks are freed in bulk";
}
planted! { |claim| contract::reset(|| Claims::new(claim));
    keeps_its_free_list: Claim::KeepsItsFreeList => "a reset ends all blocks";
    retains_too_small: Claim::RetainsTooSmall => "a reset makes room for any size";
    stale_zero: Claim::StaleZero => "zeroed blocks are zero after a reset";
}
