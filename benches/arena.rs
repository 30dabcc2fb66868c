//! The arena beside its peers: each column interleaved in one process, as a ratio to the best peer.
//!
//! `cargo bench --bench arena` prints, for each column, the median nanoseconds per operation of each
//! allocator, over rounds in which all take their turn, and then the ratio of ours to the best.

mod harness;

use core::hint::black_box;

use allocator_api2::vec::Vec as Vec2;
use harness::{column, column_anew};
use larder::{Arena, Keep, alloc::Api2};

const N: usize = 10_000;

fn main() {
    let mut ours = Arena::new();
    let mut bumpalo = bumpalo::Bump::new();
    let mut scope: bump_scope::Bump = bump_scope::Bump::new();
    let mut blink = blink_alloc::BlinkAlloc::new();
    let mut values = blink_alloc::Blink::new();
    let mut vecs = Arena::new();
    let mut rest: bump_scope::Bump = bump_scope::Bump::new();

    column_anew("10k u64, reset", N, || {
        let (mut ours, mut bumpalo) = (Arena::new(), bumpalo::Bump::new());
        let mut scope: bump_scope::Bump = bump_scope::Bump::new();
        let mut blink = blink_alloc::Blink::new();
        vec![
            (
                "larder",
                Box::new(move || {
                    for n in 0..N as u64 {
                        black_box(ours.alloc(n));
                    }
                    ours.reset(Keep::Largest);
                }),
            ),
            (
                "bumpalo",
                Box::new(move || {
                    for n in 0..N as u64 {
                        black_box(bumpalo.alloc(n));
                    }
                    bumpalo.reset();
                }),
            ),
            (
                "bump-scope",
                Box::new(move || {
                    for n in 0..N as u64 {
                        black_box(scope.alloc(n));
                    }
                    scope.reset();
                }),
            ),
            (
                "blink-alloc",
                Box::new(move || {
                    for n in 0..N as u64 {
                        black_box(blink.put_no_drop(n));
                    }
                    blink.reset();
                }),
            ),
            (
                "typed-arena",
                Box::new(|| {
                    let arena = typed_arena::Arena::new();
                    for n in 0..N as u64 {
                        black_box(arena.alloc(n));
                    }
                }),
            ),
            (
                "malloc",
                Box::new(|| {
                    let all: Vec<Box<u64>> =
                        (0..N as u64).map(|n| black_box(Box::new(n))).collect();
                    drop(all);
                }),
            ),
        ]
    });

    column_anew("16-byte alloc_with", N, || {
        let (mut ours, mut bumpalo) = (Arena::new(), bumpalo::Bump::new());
        let mut scope: bump_scope::Bump = bump_scope::Bump::new();
        let mut blink = blink_alloc::Blink::new();
        vec![
            (
                "larder",
                Box::new(move || {
                    for n in 0..N as u64 {
                        black_box(ours.alloc_with(|| [n, n + 1]));
                    }
                    ours.reset(Keep::Largest);
                }),
            ),
            (
                "bumpalo",
                Box::new(move || {
                    for n in 0..N as u64 {
                        black_box(bumpalo.alloc_with(|| [n, n + 1]));
                    }
                    bumpalo.reset();
                }),
            ),
            (
                "bump-scope",
                Box::new(move || {
                    for n in 0..N as u64 {
                        black_box(scope.alloc_with(|| [n, n + 1]));
                    }
                    scope.reset();
                }),
            ),
            (
                "blink-alloc",
                Box::new(move || {
                    for n in 0..N as u64 {
                        black_box(blink.emplace_no_drop().with(|| [n, n + 1]));
                    }
                    blink.reset();
                }),
            ),
        ]
    });

    let text = "the quick brown fox jumps over the lazy dog";
    let mut state = 1_u32;
    let words: Vec<&str> = (0..N)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            &text[..1 + (state >> 16) as usize % 40]
        })
        .collect();
    column(
        "strings of 1..40",
        N,
        vec![
            (
                "larder",
                Box::new(|| {
                    for word in &words {
                        black_box(ours.alloc_str(word));
                    }
                    ours.reset(Keep::Largest);
                }),
            ),
            (
                "bumpalo",
                Box::new(|| {
                    for word in &words {
                        black_box(bumpalo.alloc_str(word));
                    }
                    bumpalo.reset();
                }),
            ),
            (
                "bump-scope",
                Box::new(|| {
                    for word in &words {
                        black_box(scope.alloc_str(word));
                    }
                    scope.reset();
                }),
            ),
            (
                "blink-alloc",
                Box::new(|| {
                    for word in &words {
                        black_box(values.copy_str(word));
                    }
                    values.reset();
                }),
            ),
        ],
    );

    for len in [1000, N] {
        column(
            if len == N { "Vec push, 10,000" } else { "Vec push, 1,000" },
            len,
            vec![
                (
                    "larder, Tail",
                    Box::new(|| {
                        let mut tail = ours.tail();
                        for n in 0..len as u64 {
                            tail.push(n);
                        }
                        black_box(tail.commit());
                        ours.reset(Keep::Largest);
                    }),
                ),
                (
                    "larder, Vec",
                    Box::new(|| {
                        let mut vec = Vec2::new_in(Api2(&vecs));
                        for n in 0..len as u64 {
                            vec.push(n);
                        }
                        black_box(&vec);
                        drop(vec);
                        vecs.reset(Keep::Largest);
                    }),
                ),
                (
                    "bumpalo, Vec",
                    Box::new(|| {
                        let mut vec = Vec2::new_in(&bumpalo);
                        for n in 0..len as u64 {
                            vec.push(n);
                        }
                        black_box(&vec);
                        drop(vec);
                        bumpalo.reset();
                    }),
                ),
                (
                    "bump-scope, BumpVec",
                    Box::new(|| {
                        let mut vec = bump_scope::BumpVec::new_in(&scope);
                        for n in 0..len as u64 {
                            vec.push(n);
                        }
                        black_box(&vec);
                        drop(vec);
                        scope.reset();
                    }),
                ),
                (
                    "bump-scope, MutBumpVec",
                    Box::new(|| {
                        let mut vec = bump_scope::MutBumpVec::new_in(&mut rest);
                        for n in 0..len as u64 {
                            vec.push(n);
                        }
                        black_box(vec.into_boxed_slice());
                        rest.reset();
                    }),
                ),
                (
                    "blink-alloc, Vec",
                    Box::new(|| {
                        let mut vec = blink_api2::vec::Vec::new_in(&blink);
                        for n in 0..len as u64 {
                            vec.push(n);
                        }
                        black_box(&vec);
                        drop(vec);
                        blink.reset();
                    }),
                ),
            ],
        );
    }

    column(
        "reserve_exact(1), 2,000 times",
        2000,
        vec![
            (
                "larder",
                Box::new(|| {
                    let mut vec: Vec2<u64, _> = Vec2::new_in(Api2(&ours));
                    for _ in 0..2000 {
                        vec.reserve_exact(1);
                        vec.push(1);
                    }
                    black_box(&vec);
                    drop(vec);
                    ours.reset(Keep::Largest);
                }),
            ),
            (
                "bumpalo",
                Box::new(|| {
                    let mut vec: Vec2<u64, _> = Vec2::new_in(&bumpalo);
                    for _ in 0..2000 {
                        vec.reserve_exact(1);
                        vec.push(1);
                    }
                    black_box(&vec);
                    drop(vec);
                    bumpalo.reset();
                }),
            ),
            (
                "bump-scope",
                Box::new(|| {
                    let mut vec: Vec2<u64, _> = Vec2::new_in(&scope);
                    for _ in 0..2000 {
                        vec.reserve_exact(1);
                        vec.push(1);
                    }
                    black_box(&vec);
                    drop(vec);
                    scope.reset();
                }),
            ),
            (
                "blink-alloc",
                Box::new(|| {
                    let mut vec: blink_api2::vec::Vec<u64, _> =
                        blink_api2::vec::Vec::new_in(&blink);
                    for _ in 0..2000 {
                        vec.reserve_exact(1);
                        vec.push(1);
                    }
                    black_box(&vec);
                    drop(vec);
                    blink.reset();
                }),
            ),
        ],
    );

    column(
        "scope of 8",
        1000,
        vec![
            (
                "larder",
                Box::new(|| {
                    for _ in 0..1000 {
                        ours.scope(|scope| {
                            for n in 0..8_u64 {
                                black_box(scope.alloc(n));
                            }
                        });
                    }
                }),
            ),
            (
                "bump-scope",
                Box::new(|| {
                    for _ in 0..1000 {
                        scope.scoped(|scope| {
                            for n in 0..8_u64 {
                                black_box(scope.alloc(n));
                            }
                        });
                    }
                }),
            ),
        ],
    );
}
