//! The free list under the battery, and under programs of calls.

use larder::{
    Arena, FreeList, Pool, Slab,
    alloc::{Allocator, Api2, FromApi2, Global, Layout},
    strategy::free_list::Bound,
    testing::{
        hostile::{Counting, Exact, FailRandomly, OverReturn, Poison},
        run, sweep,
    },
};

use crate::contract::programs;

fn block() -> Layout {
    Layout::from_size_align(200, 16).unwrap()
}

fn over<A: Allocator>(upstream: A) -> FreeList<A> {
    FreeList::for_layout_in(block(), upstream)
        .with_least(20)
        .with_bound(Bound::Blocks(5))
        .with_batch(3)
}

larder::allocator_contract! { free_list, || FreeList::for_layout(block()) }
larder::allocator_contract! { free_list_over_arena, || over(Arena::new()) }
larder::allocator_contract! { free_list_over_pool, || over(Pool::for_layout(block())) }
larder::allocator_contract! { free_list_over_slab, || over(Slab::new()) }
larder::allocator_contract! { free_list_over_over_returning, || over(OverReturn::new(Global)) }
larder::allocator_contract! { free_list_over_exact, || over(Exact::new(Global)) }
larder::allocator_contract! { free_list_over_poison, || over(Poison::new(Global)) }
larder::allocator_contract! { free_list_through_the_other_trait, || FromApi2(Api2(over(Global))) }

#[test]
fn random_programs_hold_over_good_and_failing_upstreams() {
    for ops in programs(1000) {
        run(&ops, || over(Global)).unwrap();
        run(&ops, || over(FailRandomly::new(Global, 3, 7))).unwrap();
        run(&ops, || over(Slab::new())).unwrap();
    }
}

#[test]
fn all_blocks_go_back_to_the_upstream() {
    let upstream = Counting::new(Global);
    let list = over(&upstream);
    for round in 1..20_usize {
        let boxes: Vec<_> = (0..round)
            .map(|n| allocator_api2::boxed::Box::new_in([n as u8; 150], Api2(&list)))
            .collect();
        assert!(boxes.iter().enumerate().all(|(n, bytes)| **bytes == [n as u8; 150]));
        drop(boxes);
        assert!(list.kept() <= 5 && upstream.live_blocks() == list.kept() + 1);
    }
    drop(list);
    upstream.assert_no_leaks();
}

#[test]
fn every_refusal_of_the_upstream_comes_out_as_an_error_or_is_healed() {
    let found = sweep::fail_each_allocation(|upstream| {
        let list = over(upstream);
        for _ in 0..10 {
            let held = allocator_api2::boxed::Box::try_new_in([1_u8; 150], Api2(&list))?;
            let more = allocator_api2::boxed::Box::try_new_in([2_u8; 100], Api2(&list))?;
            assert!(*held == [1; 150] && *more == [2; 100]);
        }
        Ok::<(), allocator_api2::alloc::AllocError>(())
    });
    assert!(found.places >= 3, "{found}");
    let healed = |finding: &sweep::Finding| matches!(finding, sweep::Finding::Swallowed { .. });
    assert!(found.findings.iter().all(healed), "{found}");
}
