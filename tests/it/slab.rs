//! The slab under the battery, under programs of calls, and in collections.

use larder::{
    Arena, Slab,
    alloc::{Allocator, Api2, FromApi2, Global, Layout, Null, Report},
    strategy::slab::Release,
    testing::{
        contract,
        hostile::{Counting, Exact, FailRandomly, OverReturn, Poison},
        run, sweep,
    },
};

use crate::contract::programs;

larder::allocator_contract! { slab, Slab::new }
larder::allocator_contract! { slab_that_releases, || Slab::new().with_release(Release::Above(0)) }
larder::allocator_contract! { slab_over_arena, || Slab::new_in(Arena::new()) }
larder::allocator_contract! { slab_over_over_returning, || Slab::new_in(OverReturn::new(Global)) }
larder::allocator_contract! { slab_over_exact, || Slab::new_in(Exact::new(Global)) }
larder::allocator_contract! { slab_over_poison, || Slab::new_in(Poison::new(Global)) }
larder::allocator_contract! { slab_through_the_other_trait, || FromApi2(Api2(Slab::new())) }

#[test]
fn a_slab_that_was_used_shrunk_and_cleared_keeps_the_contract() {
    contract::check(|| {
        let mut slab = Slab::new();
        for size in 0..2000 {
            slab.allocate(Layout::from_size_align(size, 1 << (size % 8)).unwrap()).unwrap();
        }
        slab.clear();
        slab.shrink_to_fit();
        slab
    })
    .assert_passed();
}

#[test]
fn random_programs_hold_over_good_and_failing_upstreams() {
    for ops in programs(1000) {
        run(&ops, Slab::new).unwrap();
        run(&ops, || Slab::new().with_release(Release::Above(100))).unwrap();
        run(&ops, || Slab::new_in(FailRandomly::new(Global, 3, 7))).unwrap();
        run(&ops, || Slab::new().with_limit(9000)).unwrap();
        run(&ops, || Slab::new_in(Null)).unwrap();
    }
}

#[test]
fn all_chunks_go_back_to_the_upstream() {
    let upstream = Counting::new(Global);
    {
        let mut slab = Slab::new_in(&upstream);
        for round in 0..3 {
            let mut texts = Vec::new();
            for n in 0..5000_usize {
                let mut text = allocator_api2::vec::Vec::new_in(Api2(&slab));
                text.extend((0..n % 300).map(|i| (i ^ round) as u8));
                texts.push(text);
            }
            for (n, text) in texts.iter().enumerate() {
                assert!(text.iter().enumerate().all(|(i, byte)| *byte == (i ^ round) as u8));
                assert_eq!(text.len(), n % 300);
            }
            texts.retain(|text| text.len() % 7 == 0);
            slab.shrink_to_fit();
            drop(texts);
            slab.clear();
        }
        assert_eq!(slab.report().live_blocks, Some(0));
        slab.shrink_to_fit();
        assert_eq!(upstream.live_bytes(), 0);
    }
    upstream.assert_no_leaks();
}

#[test]
fn memory_goes_back_by_itself_when_the_policy_says_so() {
    let upstream = Counting::new(Global);
    let slab = Slab::new_in(&upstream).with_release(Release::Above(10_000));
    let boxes: Vec<_> =
        (0..10_000).map(|n| allocator_api2::boxed::Box::new_in([n; 16], Api2(&slab))).collect();
    let held = upstream.live_bytes();
    drop(boxes);
    assert!(upstream.live_bytes() < held / 2, "{} of {held}", upstream.live_bytes());
    drop(slab);
    upstream.assert_no_leaks();
}

#[test]
fn every_refusal_of_the_upstream_comes_out_as_an_error_or_is_healed() {
    let found = sweep::fail_each_allocation(|upstream| {
        let slab = Slab::new_in(upstream);
        for n in 0..200 {
            slab.allocate(Layout::from_size_align(n * 7, 8).unwrap())?;
        }
        Ok::<(), larder::alloc::AllocError>(())
    });
    assert!(found.places >= 100, "{found}");
    let healed = |finding: &sweep::Finding| matches!(finding, sweep::Finding::Swallowed { .. });
    assert!(found.findings.iter().all(healed), "{found}");
}
