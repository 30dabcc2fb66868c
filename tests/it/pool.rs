//! The pool under the battery, under programs of calls, in collections, and misused.

use larder::{
    Arena, Pool, PoolOf,
    alloc::{Allocator, Api2, FromApi2, Global, Layout, Null},
    strategy::pool::Others,
    testing::{
        contract,
        hostile::{Counting, Exact, FailRandomly, OverReturn, Poison},
        run, sweep,
    },
};

use crate::contract::programs;

type Node = [u64; 6];

fn block() -> Layout {
    Layout::from_size_align(200, 64).unwrap()
}

larder::allocator_contract! { pool, Pool::of::<Node> }
larder::allocator_contract! { pool_of_bytes, Pool::of::<u8> }
larder::allocator_contract! { pool_of_aligned, || Pool::for_layout(block()) }
larder::allocator_contract! { pool_typed, PoolOf::<Node>::new }
larder::allocator_contract! { pool_over_arena, || Pool::of_in::<Node>(Arena::new()) }
larder::allocator_contract! { pool_over_over_returning, || Pool::for_layout_in(block(), OverReturn::new(Global)) }
larder::allocator_contract! { pool_over_exact, || Pool::of_in::<Node>(Exact::new(Global)) }
larder::allocator_contract! { pool_over_poison, || Pool::of_in::<Node>(Poison::new(Global)) }
larder::allocator_contract! { pool_through_the_other_trait, || FromApi2(Api2(Pool::of::<Node>())) }

#[test]
fn a_pool_that_was_used_shrunk_and_cleared_keeps_the_contract() {
    contract::check(|| {
        let mut pool = Pool::of::<Node>();
        let blocks: Vec<_> = (0..1000)
            .map(|_| allocator_api2::boxed::Box::new_in([9_u64; 6], Api2(&pool)))
            .collect();
        drop(blocks);
        pool.shrink_to_fit();
        pool.reserve(100);
        pool.clear();
        pool
    })
    .assert_passed();
}

#[test]
fn random_programs_hold_over_good_and_failing_upstreams() {
    for ops in programs(1000) {
        run(&ops, Pool::of::<Node>).unwrap();
        run(&ops, || Pool::for_layout_in(block(), FailRandomly::new(Global, 3, 7))).unwrap();
        run(&ops, || Pool::for_layout(block()).with_limit(5000)).unwrap();
        run(&ops, || Pool::of::<Node>().with_others(Others::Refuse)).unwrap();
        run(&ops, || Pool::of_in::<Node>(Null)).unwrap();
    }
}

#[test]
fn all_chunks_go_back_to_the_upstream() {
    let upstream = Counting::new(Global);
    {
        let mut pool = Pool::of_in::<Node>(&upstream);
        for _ in 0..3 {
            let boxes: Vec<_> = (0..5000_u64)
                .map(|n| allocator_api2::boxed::Box::new_in([n; 6], Api2(&pool)))
                .collect();
            assert!(boxes.iter().zip(0..).all(|(node, n)| **node == [n; 6]));
            assert_eq!(pool.live(), 5000);
            drop(boxes);
            pool.clear();
        }
        assert!(upstream.live_bytes() >= 5000 * 48);
        pool.shrink_to_fit();
        assert_eq!(upstream.live_bytes(), 0);
        pool.reserve(10);
    }
    upstream.assert_no_leaks();
}

#[test]
fn every_refusal_of_the_upstream_comes_out_as_an_error_or_is_healed() {
    let found = sweep::fail_each_allocation(|upstream| {
        let pool = Pool::of_in::<Node>(upstream);
        for _ in 0..100 {
            pool.allocate(Layout::new::<Node>())?;
        }
        Ok::<(), larder::alloc::AllocError>(())
    });
    assert!(found.places >= 4, "{found}");
    let healed = |finding: &sweep::Finding| matches!(finding, sweep::Finding::Swallowed { .. });
    assert!(found.findings.iter().all(healed), "{found}");
}

#[cfg(not(feature = "api2-is-core"))]
#[test]
fn hashbrown_grows_past_the_blocks_into_the_upstream() {
    let pool = Pool::for_layout(Layout::from_size_align(512, 16).unwrap());
    let mut map = hashbrown::HashMap::new_in(&pool);
    map.extend((0..10_u64).map(|n| (n, n)));
    assert_eq!(pool.live(), 1);
    map.extend((0..1000_u64).map(|n| (n, n)));
    assert_eq!((pool.live(), map[&500]), (0, 500));
}

#[cfg(all(feature = "nightly", not(feature = "api2-is-core")))]
#[test]
fn trees_and_lists_of_std_take_their_nodes_from_a_pool() {
    use std::collections::{BTreeMap, LinkedList};
    let pool = Pool::for_layout(Layout::from_size_align(512, 8).unwrap());
    let nodes = PoolOf::<[usize; 3]>::new().with_others(Others::Refuse);
    let mut tree = BTreeMap::new_in(&pool);
    let mut list = LinkedList::new_in(&nodes);
    for n in 0..1000_usize {
        tree.insert(n * 7919 % 1000, n);
        list.push_back(n);
    }
    assert!(pool.live() > 80 && nodes.live() == 1000);
    assert!(tree.keys().copied().eq(0..1000));
    tree.retain(|n, _| n % 10 == 0);
    assert!(list.iter().copied().eq(0..1000));
    drop((tree, list));
    assert_eq!((pool.live(), nodes.live()), (0, 0));
}
