//! The contract battery, on every allocator of this crate, over every kind of upstream.

use core::mem::MaybeUninit;

use larder::{
    Arena, Keep,
    alloc::{Api2, Buffer, FromApi2, Global, System},
    testing::{
        Limits, Op,
        contract::{self, Contract},
        dummy::{CrashDummy, Element, OverAligned, Tally, ZeroSized},
        hostile::{Counting, Exact, FailRandomly, OverReturn, Poison, Quarantine},
        run,
        sweep::{self, Lent},
    },
};

larder::allocator_contract! { arena, Arena::new }
larder::allocator_contract! { arena_over_arena, || Arena::new_in(Arena::new()) }
larder::allocator_contract! { arena_over_system, || Arena::new_in(System) }
larder::allocator_contract! { arena_over_over_returning, || Arena::new_in(OverReturn::new(Global)) }
larder::allocator_contract! { arena_over_exact, || Arena::new_in(Exact::new(Global)) }
larder::allocator_contract! { arena_over_poison, || Arena::new_in(Poison::new(Global)) }
larder::allocator_contract! { arena_through_the_other_trait, || FromApi2(Api2(Arena::new())) }

#[test]
fn a_scope_keeps_the_contract_while_the_outer_arena_is_used() {
    let arena = Arena::new();
    arena.scope(|scope| {
        contract::check(|| {
            arena.alloc_str("meanwhile");
            scope
        })
        .assert_passed();
        contract::clones(|| scope).assert_passed();
    });
}

#[test]
fn an_arena_that_was_reset_keeps_the_contract() {
    for keep in [Keep::All, Keep::Largest, Keep::UpTo(10_000), Keep::Nothing] {
        contract::check(|| {
            let mut arena = Arena::new();
            for size in [10, 1000, 100_000, 10] {
                arena.place().fill(size, 0xA5_u8).unwrap();
            }
            arena.reset(keep);
            arena
        })
        .assert_passed();
    }
}

#[test]
fn a_buffer_with_an_upstream_keeps_the_contract() {
    let home = Arena::new();
    let make = || Buffer::with_rest(home.alloc([MaybeUninit::uninit(); 512]), Global);
    let report = Contract::new(make).run();
    report.assert_passed();
    contract::check(|| Arena::new_in(make())).assert_passed();
}

/// Programs of calls from a generator with a fixed seed: the same every time.
pub(crate) fn programs(count: u64) -> impl Iterator<Item = Vec<Op>> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % below
    };
    (0..count).map(move |_| {
        (0..1 + next(80))
            .map(|_| {
                let index = next(1 << 16) as u16;
                let scale = 1 + next(13);
                let size = next(1 << scale) as usize;
                let align = 1 << next(8);
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

#[test]
fn random_programs_hold_over_good_and_failing_upstreams() {
    for ops in programs(2000) {
        run(&ops, Arena::new).unwrap();
        run(&ops, || Arena::new_in(FailRandomly::new(Global, 3, 7))).unwrap();
        run(&ops, || Arena::new().with_limit(9000)).unwrap();
    }
}

#[test]
fn all_chunks_go_back_to_the_upstream() {
    let upstream = Counting::new(Global);
    for keep in [Keep::All, Keep::Largest, Keep::UpTo(5000), Keep::Nothing] {
        let mut arena = Arena::new_in(&upstream);
        for _ in 0..3 {
            arena.scope(|scope| {
                for size in [1, 5000, 70_000] {
                    scope.place().fill(size, 1_u8).unwrap();
                    arena.place().fill(size, 2_u8).unwrap();
                }
            });
            arena.reset(keep);
            assert_eq!(upstream.live_bytes(), arena.reserved_bytes());
        }
    }
    upstream.assert_no_leaks();
}

#[test]
fn every_refusal_of_the_upstream_comes_out_as_an_error() {
    let found = sweep::fail_each_allocation(|upstream| {
        let arena = Arena::new_in(upstream);
        for size in [10, 2000, 100_000] {
            let bytes = arena.place().fill(size, 3_u8)?;
            assert!(bytes.iter().all(|byte| *byte == 3));
        }
        Ok::<(), larder::alloc::Refusal>(())
    });
    // A chunk that is refused at the suggested size is asked for again at the least size that
    // serves, so some refusals are healed; none may leak, unwind or break what is there.
    assert!(found.places >= 3, "{found}");
    let healed = |finding: &sweep::Finding| matches!(finding, sweep::Finding::Swallowed { .. });
    assert!(found.findings.iter().all(healed), "{found}");
}

#[test]
fn every_capability_is_what_it_claims_to_be() {
    let small = || Arena::new_in(Exact::new(Global));
    for report in [contract::resize_in_place(Arena::new), contract::resize_in_place(small)] {
        report.assert_passed();
        assert!(report.skipped().is_empty(), "{report}");
    }
    contract::owns(Arena::new).assert_passed();
    contract::owns(small).assert_passed();
    contract::good_size(Arena::new).assert_passed();
    contract::reset(Arena::new).assert_passed();
    contract::reset(small).assert_passed();
    let arena = Arena::new();
    contract::clones(|| &arena).assert_passed();
    contract::clones(|| Global).assert_passed();
    contract::clones(|| System).assert_passed();
}

#[test]
fn a_buffer_owns_what_begins_in_it() {
    let home = Arena::new();
    let make = || Buffer::new(home.alloc([MaybeUninit::uninit(); 4096]));
    let one_block = Limits::default().max_size(1000).max_align(64).max_live_bytes(1);
    Contract::bare(make).limits(one_block).owns().run().assert_passed();
}

#[test]
fn an_arena_does_no_wrong_to_its_upstream() {
    let upstream = Quarantine::new(Global);
    contract::check(|| Arena::new_in(&upstream)).assert_passed();
    contract::reset(|| Arena::new_in(&upstream)).assert_passed();
    assert_eq!((upstream.live_blocks(), upstream.report()), (0, vec![]));
}

/// What an arena's values are put through. They are not dropped by the arena, so they are taken out.
fn fills_an_arena<'t, E: Element<'t>>(tally: &'t Tally, heap: &'t Lent) {
    let arena = Arena::new_in(heap);
    let take = |values: &mut [Option<E>]| values.iter_mut().for_each(|value| drop(value.take()));
    let make = |id: usize| {
        tally.call();
        Some(E::new(tally, id as u32))
    };
    let values = arena.place().fill_with(5, make).unwrap();
    take(arena.place().cloned(values).unwrap());
    take(values);
    take(arena.alloc_iter(tally.iter((0..5).map(make))));
    let mut tail = arena.tail();
    tail.push(E::new(tally, 1));
    let clone = tail[0].clone();
    tail.push(clone);
    drop(tail.pop());
    arena.scope(|scope| {
        let mut inner = scope.tail();
        (0..40).for_each(|id| inner.push(E::new(tally, id)));
        tail.push(inner[3].clone());
    });
}

#[test]
fn values_survive_panics_at_every_step() {
    let swept = [
        sweep::panic_at_each_step(|tally, heap| fills_an_arena::<CrashDummy<'_>>(tally, heap)),
        sweep::panic_at_each_step(|tally, heap| fills_an_arena::<ZeroSized<'_>>(tally, heap)),
        sweep::panic_at_each_step(|tally, heap| {
            fills_an_arena::<OverAligned<CrashDummy<'_>>>(tally, heap);
        }),
    ];
    for sweep in swept {
        sweep.assert_sound();
        assert!(sweep.places > 80, "{sweep}");
    }
}
