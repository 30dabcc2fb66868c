//! Allocators over fixed regions: the battery, programs, misuse that ends the process, many regions.

use core::mem::MaybeUninit;

use larder::{
    Arena, Buddy, FixedPool, Tlsf,
    alloc::{Allocator, Api2, Block, FromApi2, Global, Layout, Report},
    testing::{
        Limits, Op,
        contract::{self, Contract},
        hostile::{Counting, Exact, FailRandomly, OverReturn, Poison},
        run, sweep,
    },
};

/// Bytes that live as long as `home`.
fn region(home: &Arena, bytes: usize) -> &mut [MaybeUninit<u8>] {
    home.place().fill(bytes, MaybeUninit::uninit()).unwrap()
}

larder::allocator_contract! { tlsf, Tlsf::new }
larder::allocator_contract! { tlsf_that_keeps_nothing, || Tlsf::new().keeping(0) }
larder::allocator_contract! { tlsf_with_small_regions, || Tlsf::with_first_region_in(100, Global) }
larder::allocator_contract! { tlsf_over_arena, || Tlsf::new_in(Arena::new()) }
larder::allocator_contract! { tlsf_over_over_returning, || Tlsf::new_in(OverReturn::new(Global)) }
larder::allocator_contract! { tlsf_over_exact, || Tlsf::new_in(Exact::new(Global)) }
larder::allocator_contract! { tlsf_over_poison, || Tlsf::new_in(Poison::new(Global)) }
larder::allocator_contract! { tlsf_through_the_other_trait, || FromApi2(Api2(Tlsf::new())) }

#[test]
fn a_tlsf_on_a_buffer_keeps_the_contract_within_its_limits() {
    let limits = Limits::default().max_size(3000).max_align(4096).max_live_bytes(20_000);
    let home = Arena::new();
    contract::check(|| Tlsf::on_buffer(region(&home, 24 << 20))).assert_passed();
    let make = || Tlsf::on_buffer(region(&home, 120_000));
    let report = Contract::new(make).limits(limits).run();
    report.assert_passed();
    assert!(report.skipped().contains(&"sizes to 4 MiB"), "{report}");
}

#[test]
fn a_tlsf_that_was_reset_keeps_the_contract() {
    contract::check(|| {
        let mut tlsf = Tlsf::with_first_region_in(3000, Global);
        for size in [10, 1000, 100_000, 10] {
            core::mem::forget(Block::new_in(Layout::array::<u8>(size).unwrap(), &tlsf).unwrap());
        }
        tlsf.reset();
        tlsf
    })
    .assert_passed();
}

fn buddy() -> Buddy {
    Buddy::with_capacity(64 << 20).unwrap()
}

fn fixed() -> FixedPool {
    FixedPool::for_layout(Layout::from_size_align(4096, 4096).unwrap(), 4000).unwrap()
}

larder::allocator_contract! { buddy_over_global, buddy }
larder::allocator_contract! { buddy_of_another_size, || Buddy::with_capacity(70_000_003).unwrap() }
larder::allocator_contract! { buddy_through_the_other_trait, || FromApi2(Api2(buddy())) }
larder::allocator_contract! {
    buddy_over_over_returning, || Buddy::with_capacity_in(64 << 20, OverReturn::new(Global)).unwrap()
}
larder::allocator_contract! {
    buddy_over_exact, || Buddy::with_capacity_in(64 << 20, Exact::new(Global)).unwrap()
}
larder::allocator_contract! {
    buddy_over_poison, || Buddy::with_capacity_in(64 << 20, Poison::new(Global)).unwrap()
}

#[test]
fn a_buddy_in_a_buffer_keeps_the_contract_within_its_limits() {
    let home = Arena::new();
    let limits = Limits::default().max_size(8000).max_align(4096).max_live_bytes(60_000);
    let make = || Buddy::on_buffer(region(&home, 1 << 20)).unwrap();
    Contract::new(make).limits(limits).run().assert_passed();
    Contract::new(|| Buddy::with_capacity_in(1 << 20, Arena::new()).unwrap())
        .limits(limits)
        .run()
        .assert_passed();
}

#[test]
fn a_fixed_pool_keeps_the_contract_within_its_blocks() {
    fn check<A: Allocator>(size: usize, align: usize, make: impl Fn(Layout) -> A) {
        let layout = Layout::from_size_align(size, align).unwrap();
        let limits = Limits::default().max_size(size).max_align(align);
        Contract::new(|| make(layout)).limits(limits).run().assert_passed();
    }
    let home = Arena::new();
    for (size, align) in [(512, 512), (64, 16), (8, 8), (100, 1)] {
        check(size, align, |layout| FixedPool::for_layout(layout, 20_000).unwrap());
        check(size, align, |layout| FixedPool::for_layout(layout, 20_000).unwrap().wiping());
        check(size, align, |layout| FromApi2(Api2(FixedPool::for_layout(layout, 20_000).unwrap())));
        check(size, align, |layout| {
            let bytes = region(&home, (layout.size() + 16) * 20_000);
            FixedPool::on_buffer(layout, bytes).unwrap().prefaulted()
        });
        check(size, align, |layout| {
            FixedPool::for_layout_in(layout, 20_000, Exact::new(Global)).unwrap()
        });
        check(size, align, |layout| {
            FixedPool::for_layout_in(layout, 20_000, OverReturn::new(Global)).unwrap()
        });
        check(size, align, |layout| {
            FixedPool::for_layout_in(layout, 20_000, Poison::new(Global)).unwrap()
        });
    }
}

#[test]
fn what_is_taken_once_goes_back_and_a_refusal_of_it_comes_out_as_an_error() {
    let upstream = Counting::new(Global);
    let pool = FixedPool::for_layout_in(Layout::new::<u64>(), 100, &upstream).unwrap();
    let buddy = Buddy::with_capacity_in(5000, &upstream).unwrap();
    let reserved = pool.report().reserved_bytes + buddy.report().reserved_bytes;
    let blocks = (pool.block(8).unwrap(), buddy.block(100).unwrap());
    assert_eq!(upstream.live_bytes(), reserved);
    drop(blocks);
    drop((pool, buddy));
    upstream.assert_no_leaks();
    let found = sweep::fail_each_allocation(|upstream| {
        FixedPool::for_layout_in(Layout::new::<u64>(), 100, &upstream)?;
        Buddy::with_capacity_in(5000, &upstream)?;
        Ok::<(), larder::alloc::Refusal>(())
    });
    assert!(found.places == 2 && found.findings.is_empty(), "{found}");
}

/// Programs of calls from a generator with a fixed seed: the same every time.
fn programs(count: u64, calls: u64) -> impl Iterator<Item = Vec<Op>> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % below
    };
    (0..count).map(move |_| {
        (0..1 + next(calls))
            .map(|_| {
                let index = next(1 << 16) as u16;
                let scale = 1 + next(13);
                let size = next(1 << scale) as usize;
                let align = 1 << next(8);
                match next(8) {
                    0..=2 => Op::Allocate { size, align },
                    3 => Op::AllocateZeroed { size, align },
                    4 => Op::Deallocate { index },
                    5 => Op::Grow { index, size, align },
                    6 => Op::GrowZeroed { index, size, align },
                    _ => Op::Shrink { index, size, align },
                }
            })
            .collect()
    })
}

#[test]
fn random_programs_hold_in_little_memory_and_over_failing_upstreams() {
    for ops in programs(1000, 200) {
        let mut bytes = vec![MaybeUninit::uninit(); 60_000];
        let start = bytes.as_mut_ptr();
        let again = |skip: usize| {
            #[expect(unsafe_code, reason = "the same bytes for one run after the other")]
            // SAFETY: each run has the bytes alone, and is over before the next.
            unsafe {
                core::slice::from_raw_parts_mut(start.wrapping_add(skip), 60_000 - skip)
            }
        };
        run(&ops, || Tlsf::on_buffer(again(0))).unwrap();
        run(&ops, || Tlsf::on_buffer(again(3)).keeping(1)).unwrap();
        run(&ops, || Tlsf::on_buffer(again(0)).keeping(0)).unwrap();
        run(&ops, || Tlsf::new_in(FailRandomly::new(Global, 2, 7))).unwrap();
        run(&ops, || Tlsf::with_first_region_in(500, Global).with_limit(20_000)).unwrap();
        run(&ops, || Buddy::on_buffer(again(0)).unwrap()).unwrap();
        run(&ops, || Buddy::on_buffer(again(7)).unwrap()).unwrap();
        let block = Layout::from_size_align(512, 64).unwrap();
        run(&ops, || FixedPool::on_buffer(block, again(3)).unwrap()).unwrap();
        run(&ops, || FixedPool::for_layout(block, 20).unwrap().wiping()).unwrap();
    }
}

#[test]
fn long_programs_hold_over_many_regions() {
    for ops in programs(30, 3000) {
        let home = Arena::new();
        run(&ops, || Tlsf::with_first_region_in(500, Global)).unwrap();
        run(&ops, || {
            let tlsf = Tlsf::on_buffer(region(&home, 1000));
            for i in 1..20 {
                tlsf.add_region(region(&home, 500 * i)).unwrap();
            }
            tlsf
        })
        .unwrap();
    }
}

#[test]
fn all_regions_go_back_and_refusals_come_out_as_errors() {
    let upstream = Counting::new(Global);
    let tlsf = Tlsf::new_in(&upstream);
    let blocks = [10, 5000, 700_000]
        .map(|size| Block::new_in(Layout::from_size_align(size, 64).unwrap(), &tlsf).unwrap());
    assert_eq!(upstream.live_bytes(), tlsf.reserved_bytes());
    drop(blocks);
    drop(tlsf);
    upstream.assert_no_leaks();
    let found = sweep::fail_each_allocation(|upstream| {
        let tlsf = Tlsf::new_in(upstream);
        let blocks = [10, 50_000, 700_000].map(|size| tlsf.reserve(size));
        blocks.into_iter().collect::<Result<(), _>>()
    });
    // A region that is refused at the suggested size is asked for again at the least that serves.
    let healed = |finding: &sweep::Finding| matches!(finding, sweep::Finding::Swallowed { .. });
    assert!(found.places >= 2 && found.findings.iter().all(healed), "{found}");
}

#[test]
fn collections_of_both_kinds_live_in_a_buffer_and_leave_nothing() {
    let mut bytes = vec![MaybeUninit::uninit(); 1 << 20];
    let tlsf = Tlsf::on_buffer(&mut bytes);
    let mut map = hashbrown::HashMap::new_in(Api2(&tlsf));
    let mut words = allocator_api2::vec::Vec::new_in(Api2(&tlsf));
    for n in 0..5000_u64 {
        map.insert(n, n * n);
        words.push(n);
        if n % 3 == 0 {
            map.remove(&(n / 2));
        }
    }
    assert!(words.iter().copied().eq(0..5000));
    drop((map, words));
    let stats = tlsf.report();
    assert_eq!(stats.live_bytes, 0);
    assert!(stats.peak_bytes.unwrap() > 5000 * 8);
    std::thread::scope(|scope| scope.spawn(move || drop(tlsf)).join().unwrap());
}

/// Runs `misuse` in a process of its own, which is to abort and to say so in words with `says`.
#[cfg(debug_assertions)]
fn assert_aborts(name: &str, says: &str, misuse: impl FnOnce()) {
    if std::env::var("MISUSE").is_ok_and(|which| which == name) {
        return misuse();
    }
    let test = std::thread::current().name().unwrap().to_owned();
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([&test, "--exact", "--nocapture"])
        .env("MISUSE", name)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{name} went unnoticed");
    assert!(text.contains(says), "{name}: {text}");
}

#[test]
#[cfg(debug_assertions)]
#[expect(unsafe_code, reason = "what must not be done")]
fn a_tlsf_names_misuse_and_aborts() {
    let layout = Layout::new::<[u64; 4]>();
    for (name, says, keeps) in [
        ("twice", "it was freed before, or never handed out", 16),
        ("twice joined", "it was freed before, or never handed out", 0),
        ("longer", "the layout is not the block's", 0),
        ("shorter", "the layout is not the block's", 0),
        ("foreign", "it is another allocator's", 0),
    ] {
        assert_aborts(name, says, || {
            let home = Arena::new();
            let tlsf = Tlsf::on_buffer(region(&home, 4096)).keeping(keeps);
            let blocks = [(); 3].map(|()| tlsf.allocate(layout).unwrap().cast::<u8>());
            let other = Tlsf::new().allocate(layout).unwrap().cast();
            // SAFETY: none: this is the misuse that is to be found out.
            let free = |block, layout| unsafe { tlsf.deallocate(block, layout) };
            match name {
                "longer" => free(blocks[1], Layout::new::<[u64; 5]>()),
                "shorter" => free(blocks[1], Layout::new::<[u64; 2]>()),
                "foreign" => free(other, layout),
                _ => (0..2).for_each(|_| free(blocks[1], layout)),
            }
        });
    }
}

#[test]
#[cfg(debug_assertions)]
#[expect(unsafe_code, reason = "what must not be done")]
fn a_buddy_and_a_fixed_pool_name_misuse_and_abort() {
    let layout = Layout::new::<[u64; 4]>();
    for (name, says) in [
        ("twice", "it was freed before, or never handed out"),
        ("longer", "the layout is not the block's"),
        ("foreign", "it is another allocator's"),
    ] {
        assert_aborts(name, says, || {
            let buddy = buddy();
            let blocks = [(); 2].map(|()| buddy.allocate(layout).unwrap().cast::<u8>());
            let other = Tlsf::new().allocate(layout).unwrap().cast();
            // SAFETY: none: this is the misuse that is to be found out.
            let free = |block, layout| unsafe { buddy.deallocate(block, layout) };
            match name {
                "longer" => free(blocks[1], Layout::new::<[u64; 5]>()),
                "foreign" => free(other, layout),
                _ => (0..2).for_each(|_| free(blocks[1], layout)),
            }
        });
    }
    for (name, says) in [
        ("fixed twice", "it was freed before, or never handed out"),
        ("fixed inside", "it is another allocator's"),
        ("fixed foreign", "it is another allocator's"),
    ] {
        assert_aborts(name, says, || {
            let pool = fixed();
            let block = pool.allocate(layout).unwrap().cast::<u8>();
            let other = Tlsf::new().allocate(layout).unwrap().cast();
            // SAFETY: none: this is the misuse that is to be found out.
            let free = |block| unsafe { pool.deallocate(block, layout) };
            match name {
                // SAFETY: the block has 4096 bytes.
                "fixed inside" => free(unsafe { block.add(16) }),
                "fixed foreign" => free(other),
                _ => (0..2).for_each(|_| free(block)),
            }
        });
    }
}
