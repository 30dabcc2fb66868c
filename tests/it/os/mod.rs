#![expect(unsafe_code, reason = "calls the unsafe methods of allocators")]
//! Memory from the kernel: on the kernel itself, and on a fake that refuses.

#[cfg(unix)]
mod fenced;
#[cfg(unix)]
mod file;
mod huge;
#[cfg(target_os = "linux")]
mod mirrored;
mod numa;
mod pages;
mod region;
#[cfg(target_os = "linux")]
mod shared;

use larder::{
    Slab,
    adapt::Fallback,
    alloc::{Allocator, Layout, Owns, Report},
    os::{
        Call, Errno, Fake, Guarded, HugePages, NumaAlloc, PageAllocator, Pages, Policy, Secret,
        Source, Topology,
    },
    testing::{Op, contract},
};

/// Numbers that kernels refuse with.
pub(crate) const REFUSALS: [Errno; 4] =
    [Errno::NO_MEMORY, Errno::INVALID, Errno::NOT_PERMITTED, Errno::UNSUPPORTED];

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

/// What the kernel says in smaps of the mapping that has an address: its flags.
#[cfg(target_os = "linux")]
fn flags_at(smaps: &str, address: usize) -> Vec<String> {
    let mut inside = false;
    for line in smaps.lines() {
        let range = line.split(' ').next().and_then(|range| range.split_once('-'));
        let number = |text| usize::from_str_radix(text, 16).ok();
        if let Some((first, last)) = range.and_then(|(a, b)| Some((number(a)?, number(b)?))) {
            inside = (first..last).contains(&address);
        } else if let Some(flags) = line.strip_prefix("VmFlags:").filter(|_| inside) {
            return flags.split_whitespace().map(str::to_owned).collect();
        }
    }
    panic!("{address:#x} is in no mapping")
}

/// Programs of calls from a generator with a fixed seed, over sizes around pages.
fn programs(count: u64) -> impl Iterator<Item = Vec<Op>> {
    let mut state = 0x1234_5678_9ABC_DEF1_u64;
    let mut next = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % below
    };
    (0..count).map(move |_| {
        (0..1 + next(40))
            .map(|_| {
                let index = next(1 << 16) as u16;
                let scale = 1 + next(17);
                let (size, align) = (next(1 << scale) as usize, 1 << next(14));
                match next(7) {
                    0 | 1 => Op::Allocate { size, align },
                    2 => Op::AllocateZeroed { size, align },
                    3 => Op::Deallocate { index },
                    4 => Op::Grow { index, size, align },
                    5 => Op::GrowZeroed { index, size, align },
                    _ => Op::Shrink { index, size, align },
                }
            })
            .collect()
    })
}

/// Refuses each call of a life in turn, and all of each kind, with every number: whatever happens,
/// blocks keep what they hold, and what is not taken back is counted.
fn refuse_everything<'k, S: Source>(
    kernel: &'k Fake,
    make: impl Fn(&'k Fake) -> Option<PageAllocator<S>>,
) {
    let before = kernel.calls().len();
    life(make(kernel));
    let calls = kernel.calls()[before..].to_vec();
    assert!(calls.len() >= 3, "{calls:?}");
    assert_eq!(kernel.mapped_bytes(), 0);
    let mut kinds: Vec<Call> = calls.clone();
    kinds.sort_by_key(|call| format!("{call:?}"));
    kinds.dedup();
    let mut held = 0;
    for errno in REFUSALS {
        for nth in 0..calls.len() {
            kernel.refuse_any_nth(nth, errno);
            let stranded = life(make(kernel));
            kernel.relent();
            // The very last calls are the drop's, whose count nobody sees.
            let lost = kernel.mapped_bytes() - held;
            assert!(lost >= stranded, "{lost} bytes are mapped, {stranded} are counted");
            held = kernel.mapped_bytes();
        }
        for kind in &kinds {
            kernel.refuse(*kind, errno);
            life(make(kernel));
            kernel.relent();
            held = kernel.mapped_bytes();
        }
    }
    // And when all is well again, all is well.
    life(make(kernel));
    assert_eq!(kernel.mapped_bytes(), held);
}

/// Allocates, grows, shrinks and frees, checking contents; refusals are allowed. Returns how many
/// bytes the allocator said were stranded.
fn life<S: Source>(pages: Option<PageAllocator<S>>) -> usize {
    let Some(pages) = pages else { return 0 };
    let page = pages.source().granule();
    let sizes = [page, 3 * page, 40 * page, 2 * page, 1, 60 * page, page + 1, page];
    for align in [8, 4 * page] {
        let mut now = layout(page / 2, align);
        let Ok(block) = pages.allocate_zeroed(now) else { continue };
        let mut block = block.cast::<u8>();
        // SAFETY: the block is that long.
        unsafe { block.write_bytes(0x5A, now.size()) };
        for size in sizes {
            let wanted = layout(size, align);
            let resized = if size >= now.size() {
                // SAFETY: the block is live, and the layout fits it.
                unsafe { pages.grow_zeroed(block, now, wanted) }
            } else {
                // SAFETY: as above.
                unsafe { pages.shrink(block, now, wanted) }
            };
            if let Ok(new) = resized {
                block = new.cast();
                // SAFETY: the block is that long and initialised.
                let bytes = unsafe { core::slice::from_raw_parts_mut(block.as_ptr(), size) };
                let kept = now.size().min(size);
                assert!(bytes[..kept].iter().all(|byte| *byte == 0x5A));
                assert!(bytes[kept..].iter().all(|byte| *byte == 0));
                bytes.fill(0x5A);
                now = wanted;
            }
            // SAFETY: the block is at least a byte long, before and after a refusal.
            assert_eq!(unsafe { block.read() }, 0x5A);
        }
        // SAFETY: the block is live, and the layout fits it.
        unsafe { pages.deallocate(block, now) };
    }
    assert_eq!((pages.report().live_bytes, pages.report().live_blocks), (0, Some(0)));
    pages.trim();
    pages.stranded_bytes()
}

#[test]
fn allocators_of_pages_own_their_blocks() {
    let topology = Topology::read().unwrap();
    contract::owns(Pages::new).assert_passed();
    contract::owns(|| Pages::new().with_cache(0)).assert_passed();
    contract::owns(|| Pages::new().with_room(1 << 16)).assert_passed();
    contract::owns(|| NumaAlloc::new(Policy::Local, &topology)).assert_passed();
    contract::owns(HugePages::new).assert_passed();
    contract::owns(Guarded::new).assert_passed();
    contract::owns(Secret::new).assert_passed();
    // And so does who stands on one alone.
    contract::owns(|| Fallback::new(Pages::new(), Guarded::new())).assert_passed();
    contract::owns(|| Slab::new_in(Pages::new())).assert_passed();
}

#[test]
fn blocks_that_the_table_has_no_room_for_are_refused() {
    let kernel = Fake::new();
    {
        let pages = Pages::new_in(&kernel);
        let guarded = Guarded::new_in(&kernel);
        let wanted = layout(100, 8);
        let block = |alloc: &dyn Allocator| alloc.allocate(wanted).map(|block| block.cast::<u8>());
        let few: Vec<_> =
            (0..12).map(|_| (block(&pages).unwrap(), block(&guarded).unwrap())).collect();
        let mapped = kernel.mapped_bytes();
        // The block itself is granted, and the table is not.
        kernel.refuse_nth(Call::Map, 1, Errno::NO_MEMORY);
        assert!(block(&pages).is_err());
        kernel.refuse_nth(Call::Map, 1, Errno::NO_MEMORY);
        assert!(block(&guarded).is_err());
        assert_eq!(kernel.mapped_bytes(), mapped);
        assert_eq!((pages.report().failed, guarded.report().failed), (Some(1), Some(1)));
        // A block that is kept is not lost when its table is refused.
        let (first, rest) = few.split_first().unwrap();
        let more = block(&pages).unwrap();
        assert!(pages.owns(more, wanted) && !guarded.owns(more, wanted));
        // SAFETY: the blocks are live, and the layout is theirs.
        unsafe { pages.deallocate(more, wanted) };
        for (of_pages, of_guarded) in rest.iter().chain([first]) {
            assert!(pages.owns(*of_pages, wanted) && guarded.owns(*of_guarded, wanted));
            assert!(!pages.owns(*of_guarded, wanted) && !guarded.owns(*of_pages, wanted));
            // SAFETY: as above.
            unsafe { pages.deallocate(*of_pages, wanted) };
            // SAFETY: as above.
            unsafe { guarded.deallocate(*of_guarded, wanted) };
            assert!(!pages.owns(*of_pages, wanted) && !guarded.owns(*of_guarded, wanted));
        }
        pages.trim();
        assert_eq!(pages.report().reserved_bytes, 0);
    }
    assert_eq!(kernel.mapped_bytes(), 0);
}
