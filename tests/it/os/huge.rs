//! The ladder of huge pages.

use larder::{
    Arena,
    alloc::{Block, Report},
    os::{Call, Errno, Fake, HugePages, Kernel, Native, Placement, Wish, placement},
    testing::{contract::Contract, run},
};

use super::{layout, programs, refuse_everything};

/// A huge page of 16 KiB keeps the cases short; the calls are the same.
fn short() -> HugePages<Fake> {
    HugePages::new_in(Fake::new().with_huge_page_size(1 << 14))
}

larder::allocator_contract! { huge_pages, short }
larder::allocator_contract! { huge_pages_with_room, || short().with_room(1 << 16) }
larder::allocator_contract! { arena_over_huge_pages, || Arena::new_in(HugePages::new()) }

#[test]
fn each_rung_keeps_the_contract() {
    let rungs =
        [(Wish::Ignore, Wish::Ignore), (Wish::Ignore, Wish::Prefer), (Wish::Prefer, Wish::Ignore)];
    for (explicit, transparent) in rungs {
        let make = || short().with_explicit(explicit).with_transparent(transparent);
        Contract::new(make).run().assert_passed();
    }
}

#[test]
fn random_programs_hold() {
    let pages = HugePages::new();
    for ops in programs(5) {
        run(&ops, || &pages).unwrap();
    }
    assert_eq!((pages.report().live_blocks, pages.stranded_bytes()), (Some(0), 0));
}

#[test]
fn every_refusal_leaves_blocks_and_counts_as_they_were() {
    for wish in [Wish::Ignore, Wish::Prefer] {
        let kernel = Fake::new().with_huge_page_size(1 << 14);
        refuse_everything(&kernel, |kernel| {
            Some(HugePages::new_in(kernel).with_explicit(Wish::Ignore).with_transparent(wish))
        });
    }
}

#[test]
fn with_room_blocks_grow_in_place_and_take_nothing_from_the_pool() {
    let kernel = Fake::new().with_huge_page_size(1 << 14);
    let pages = HugePages::new_in(&kernel).with_room(1 << 18);
    let mut block = Block::new_in(layout(1 << 14, 8), &pages).unwrap();
    let start = block.as_ptr();
    for size in [1 << 15, 1 << 18, 5, 1 << 17] {
        block.resize(size).unwrap();
        assert_eq!(block.as_ptr(), start);
    }
    assert_eq!((kernel.count(Call::Map), kernel.count(Call::MapHuge)), (1, 0));
    assert_eq!((pages.granted().explicit, pages.granted().transparent), (0, 1));
    drop(block);
    let strict = HugePages::new_in(&kernel).with_explicit(Wish::Require).with_room(1 << 18);
    assert!(Block::new_in(layout(1, 1), &strict).is_err());
    assert_eq!(strict.last_refusal().map(|refusal| refusal.call), Some(Call::MapHuge));
    drop((pages, strict));
    assert_eq!(kernel.mapped_bytes(), 0);
}

#[test]
fn the_ladder_is_climbed_down_as_wished() {
    let wanted = layout(1 << 20, 8);
    let kernel = Fake::new();
    kernel.refuse(Call::MapHuge, Errno::NO_MEMORY);
    let pages = HugePages::new_in(&kernel).with_cache(0);
    drop(Block::new_in(wanted, &pages).unwrap());
    let strict = HugePages::new_in(&kernel).with_explicit(Wish::Require);
    assert!(Block::new_in(wanted, &strict).is_err());
    let refusal = strict.last_refusal().unwrap();
    assert_eq!((refusal.call, refusal.errno), (Call::MapHuge, Errno::NO_MEMORY));
    assert!(refusal.to_string().contains("vm.nr_hugepages"), "{refusal}");

    kernel.refuse(Call::Advise, Errno::INVALID);
    let pages = HugePages::new_in(&kernel).with_cache(0);
    drop(Block::new_in(wanted, &pages).unwrap());
    assert_eq!(
        (pages.granted().explicit, pages.granted().transparent, pages.granted().small),
        (0, 0, 1)
    );
    let strict = HugePages::new_in(&kernel).with_transparent(Wish::Require);
    assert!(Block::new_in(wanted, &strict).is_err());
    assert_eq!(strict.last_refusal().unwrap().errno, Errno::INVALID);
    drop((pages, strict));

    // Not to ask is not to ask.
    let before = kernel.count(Call::MapHuge);
    let pages =
        HugePages::new_in(&kernel).with_explicit(Wish::Ignore).with_transparent(Wish::Ignore);
    drop(Block::new_in(wanted, &pages).unwrap());
    assert_eq!((kernel.count(Call::MapHuge), pages.granted().small), (before, 1));
    drop(pages);
    assert_eq!(kernel.mapped_bytes(), 0);
}

#[test]
fn what_was_obtained_is_what_the_kernel_says() {
    let Some(huge) = Native.huge_page_size() else { return };
    let wanted = layout(2 * huge, 8);
    let small = HugePages::new().with_explicit(Wish::Ignore).with_transparent(Wish::Ignore);
    let mut block = Block::new_in(wanted, &small).unwrap();
    assert_eq!(placement(block.as_slice(), Native), Ok(Placement::Absent));
    // Small pages stay small unless the system's setting is "always".
    block.as_mut_slice().fill(1);
    println!("unadvised: {:?}", placement(block.as_slice(), Native).unwrap());

    let sure = HugePages::new().with_explicit(Wish::Ignore).with_transparent(Wish::Require);
    match Block::new_in(wanted, &sure) {
        Ok(block) => {
            assert_eq!(placement(block.as_slice(), Native), Ok(Placement::Transparent));
            assert_eq!(placement(&block.as_slice()[5..huge], Native), Ok(Placement::Transparent));
        }
        Err(refusal) => println!("none here: {refusal}, {:?}", sure.last_refusal()),
    }

    let explicit = HugePages::new().with_explicit(Wish::Require);
    match Block::new_in(wanted, &explicit) {
        Ok(mut block) => {
            block.as_mut_slice().fill(1);
            assert_eq!(placement(block.as_slice(), Native), Ok(Placement::Huge));
        }
        Err(_) => assert_eq!(explicit.last_refusal().unwrap().call, Call::MapHuge),
    }
}
