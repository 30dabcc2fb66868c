//! The stack under the contract battery, over every kind of upstream, and under random programs.

use core::{cell::RefCell, mem::MaybeUninit};

use larder::{
    Arena, Keep, Stack,
    alloc::{Allocator, Api2, Block, Buffer, FromApi2, Global, Layout, Refusal, System},
    testing::{
        Op,
        contract::{self, Contract},
        hostile::{Counting, Exact, FailRandomly, OverReturn, Poison},
        run, sweep,
    },
};

larder::allocator_contract! { stack, Stack::new }
larder::allocator_contract! { stack_over_stack, || Stack::new_in(Stack::new()) }
larder::allocator_contract! { stack_over_arena, || Stack::new_in(Arena::new()) }
larder::allocator_contract! { arena_over_stack, || Arena::new_in(Stack::new()) }
larder::allocator_contract! { stack_over_system, || Stack::new_in(System) }
larder::allocator_contract! { stack_over_over_returning, || Stack::new_in(OverReturn::new(Global)) }
larder::allocator_contract! { stack_over_exact, || Stack::new_in(Exact::new(Global)) }
larder::allocator_contract! { stack_over_poison, || Stack::new_in(Poison::new(Global)) }
larder::allocator_contract! { stack_through_the_other_trait, || FromApi2(Api2(Stack::new())) }

#[test]
fn a_frame_keeps_the_contract_while_the_outer_stack_is_used() {
    let stack = Stack::new();
    let meanwhile = RefCell::new(Vec::new());
    let kept = Block::new_in(Layout::new::<[u64; 9]>(), &stack).unwrap();
    stack.frame(|frame| {
        contract::check(|| {
            meanwhile.borrow_mut().push(Block::new_in(Layout::new::<[u8; 99]>(), &stack).unwrap());
            frame
        })
        .assert_passed();
        contract::clones(|| frame).assert_passed();
    });
    assert!(meanwhile.borrow().iter().all(|block| block.as_slice() == [0; 99]));
    drop((meanwhile, kept));
    assert_eq!(stack.used_bytes(), 0);
}

#[test]
fn a_stack_that_was_reset_or_trimmed_keeps_the_contract() {
    for keep in [Keep::All, Keep::Largest, Keep::UpTo(10_000), Keep::Nothing] {
        contract::check(|| {
            let mut stack = Stack::new();
            for size in [10, 1000, 100_000, 10] {
                stack.allocate(Layout::from_size_align(size, 8).unwrap()).unwrap();
            }
            stack.reset(keep);
            if keep == Keep::Largest {
                stack.trim();
            }
            stack
        })
        .assert_passed();
    }
}

#[test]
fn a_stack_on_a_buffer_with_an_upstream_keeps_the_contract() {
    let home = Arena::new();
    for len in [0, 20, 100, 512, 5000] {
        let make =
            || Buffer::with_rest(home.place().fill(len, MaybeUninit::uninit()).unwrap(), Global);
        Contract::new(|| Stack::new_in(make())).run().assert_passed();
        contract::check(|| {
            Stack::on_buffer_in(home.place().fill(len, MaybeUninit::uninit()).unwrap(), Global)
        })
        .assert_passed();
    }
}

/// Programs of calls from a generator with a fixed seed: mostly pops of what is near the top.
fn programs(count: u64) -> impl Iterator<Item = Vec<Op>> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % below
    };
    (0..count).map(move |_| {
        (0..1 + next(120))
            .map(|_| {
                let index = next(1 << 16) as u16;
                let scale = 1 + next(13);
                let (size, align) = (next(1 << scale) as usize, 1 << next(9));
                match next(8) {
                    0 | 1 => Op::Allocate { size, align },
                    2 => Op::AllocateZeroed { size, align },
                    3 | 4 => Op::Deallocate { index },
                    5 => Op::Grow { index, size, align },
                    6 => Op::GrowZeroed { index, size, align },
                    _ => Op::Shrink { index, size, align },
                }
            })
            .collect()
    })
}

#[test]
fn random_programs_hold_over_good_and_failing_upstreams_and_end_empty() {
    let outer = Stack::new();
    for ops in programs(2000) {
        let stack = Stack::new();
        run(&ops, || &stack).unwrap();
        assert_eq!(stack.used_bytes(), 0);
        run(&ops, || Stack::new_in(FailRandomly::new(Global, 3, 7))).unwrap();
        run(&ops, || Stack::new().with_limit(9000)).unwrap();
        outer.frame(|frame| {
            run(&ops, || frame).unwrap();
            run(&ops, || &outer).unwrap();
        });
        assert_eq!(outer.used_bytes(), 0);
    }
}

#[test]
fn all_chunks_go_back_to_the_upstream() {
    let upstream = Counting::new(Global);
    for keep in [Keep::All, Keep::Largest, Keep::UpTo(5000), Keep::Nothing] {
        let mut stack = Stack::new_in(&upstream);
        for _ in 0..3 {
            stack.frame(|frame| {
                for size in [1, 5000, 70_000] {
                    let layout = Layout::from_size_align(size, 1).unwrap();
                    frame.allocate(layout).unwrap();
                    stack.allocate(layout).unwrap();
                }
            });
            stack.reset(keep);
            assert_eq!(upstream.live_bytes(), stack.reserved_bytes());
        }
        stack.trim();
        assert_eq!((upstream.live_bytes(), stack.reserved_bytes()), (0, 0));
    }
    upstream.assert_no_leaks();
}

#[test]
fn pushing_and_popping_at_a_boundary_does_not_ask_the_upstream() {
    let upstream = Counting::new(Global);
    let stack = Stack::new_in(&upstream);
    let layout = Layout::new::<[u8; 100]>();
    let mut blocks = Vec::new();
    while stack.chunk_sizes().count() < 3 {
        blocks.push(Block::new_in(layout, &stack).unwrap());
    }
    let held = upstream.live_bytes();
    for _ in 0..100 {
        blocks.pop();
        assert_eq!(stack.chunk_sizes().count(), 2);
        blocks.push(Block::new_in(layout, &stack).unwrap());
        assert_eq!((stack.chunk_sizes().count(), upstream.live_bytes()), (3, held));
    }
}

#[test]
fn every_refusal_of_the_upstream_comes_out_as_an_error() {
    let found = sweep::fail_each_allocation(|upstream| {
        let stack = Stack::new_in(upstream);
        let mut blocks = Vec::new();
        for size in [10, 2000, 100_000] {
            blocks.push(Block::new_in(Layout::from_size_align(size, 8).unwrap(), &stack)?);
        }
        blocks[0].resize(5000)?;
        assert!(blocks.iter().all(|block| block.as_slice().iter().all(|byte| *byte == 0)));
        Ok::<(), Refusal>(())
    });
    // A chunk that is refused at the suggested size is asked for again at the least size that
    // serves, so some refusals are healed; none may leak, unwind or break what is there.
    assert!(found.places >= 3, "{found}");
    let healed = |finding: &sweep::Finding| matches!(finding, sweep::Finding::Swallowed { .. });
    assert!(found.findings.iter().all(healed), "{found}");
}

#[test]
fn collections_of_the_other_trait_take_a_stack() {
    let stack = Stack::new();
    let mut map = hashbrown::HashMap::new_in(Api2(&stack));
    map.extend((0..1000_u64).map(|n| (n, n * n)));
    assert_eq!(map[&31], 961);
    drop(map);
    assert_eq!(stack.used_bytes(), 0);
}
