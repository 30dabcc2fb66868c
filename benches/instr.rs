//! Instructions and conditional branches of single operations, counted by callgrind.
//!
//! `cargo bench --bench instr` runs itself under `valgrind --tool=callgrind` and prints two tables; a
//! word behind it picks the rows that contain the word. Each figure includes the call and the return
//! of a function that is not inlined, and layouts are not known when it is compiled, except in the
//! columns that say `static`. What an adapter adds is its row less that of what it is over.
#![cfg_attr(feature = "nightly", feature(allocator_api))]
#![expect(unsafe_code, reason = "a program that drives an allocator")]

#[path = "../tests/it/blink.rs"]
mod blink;
mod harness;

use core::{hint::black_box, ptr::NonNull};

use allocator_api2::vec::Vec as Vec2;
use blink::Blink;
use bump_scope::alloc::Global as Theirs;
use harness::count_one;
use larder::{
    Arena, Buddy, BufferPool, FixedPool, FreeList, Keep, ObjectPool, Pool, PoolOf, Slab, Stack,
    Tlsf,
    adapt::{Aligned, Fallback, Hooked, Hooks, Limited, Locked, Segregate},
    alloc::{Allocator, Api2, FromApi2, Global, Layout},
    observe::Counted,
};

const OPERATIONS: [&str; 8] = [
    "allocate",
    "allocate static",
    "deallocate last",
    "deallocate not last",
    "grow last",
    "shrink last",
    "`Vec::push` in room",
    "`Vec::reserve_exact(1)`, last",
];

/// What every allocator can do, in the order of [`OPERATIONS`].
fn operations<A: Allocator + Copy>(alloc: A) {
    let (small, large) = (Layout::new::<[u64; 4]>(), Layout::new::<[u64; 20]>());
    let (small, large) = (black_box(small), black_box(large));
    let get = || black_box(alloc.allocate(small)).unwrap().cast::<u8>();
    // One large block brings a chunk with room for the rest; who has no such blocks refuses it.
    let _chunk = black_box(alloc.allocate(Layout::new::<[u64; 1000]>()));
    // What is freed, allocators that keep blocks have at hand.
    let [old, rest @ ..] = [get(), get(), get(), get(), get()];
    for other in [large, Layout::new::<[u64; 5]>()] {
        let kept = black_box(alloc.allocate(other)).unwrap().cast();
        // SAFETY: allocated just now, by this layout.
        unsafe { alloc.deallocate(kept, other) };
    }
    for block in rest.into_iter().rev() {
        // SAFETY: `get` has allocated it by this layout, and it is freed here only.
        unsafe { alloc.deallocate(block, small) };
    }

    let block = count_one(alloc, old, small, large, |alloc, _, small, _| alloc.allocate(small));
    black_box(block).unwrap();
    let block = count_one(alloc, old, small, large, |alloc, _, _, _| {
        alloc.allocate(Layout::new::<[u64; 4]>())
    });
    let last = black_box(block).unwrap().cast();
    count_one(alloc, last, small, large, |alloc, ptr, small, _| {
        // SAFETY: `last` is live, and was allocated by a layout like this one.
        unsafe { alloc.deallocate(ptr, small) };
    });
    count_one(alloc, old, small, large, |alloc, ptr, small, _| {
        // SAFETY: `old` is live, and was allocated by this layout.
        unsafe { alloc.deallocate(ptr, small) };
    });
    let last = get();
    let grown = count_one(alloc, last, small, large, |alloc, ptr, small, large| {
        // SAFETY: `last` is live, was allocated by `small`, and grows.
        unsafe { alloc.grow(ptr, small, large) }
    });
    let last = black_box(grown).unwrap().cast();
    let shrunk = count_one(alloc, last, small, large, |alloc, ptr, small, large| {
        // SAFETY: `last` is live, has grown to `large`, and shrinks.
        unsafe { alloc.shrink(ptr, large, small) }
    });
    black_box(shrunk).unwrap();

    let mut vec = Vec2::with_capacity_in(4, Api2(alloc));
    black_box(&mut vec).extend([1_u64, 2, 3]);
    count_one(&mut vec, old, small, large, |vec, _, _, _| vec.push(7));
    count_one(black_box(&mut vec), old, small, large, |vec, _, _, _| vec.reserve_exact(1));
    assert_eq!(black_box(vec), [1, 2, 3, 7]);
}

/// What one allocator calls its own: `operation` on `subject`, once before the counting begins.
fn own<T>(mut subject: T, operation: impl Fn(&mut T)) {
    operation(black_box(&mut subject));
    let (nowhere, layout) = (NonNull::dangling(), Layout::new::<u8>());
    count_one(black_box(&mut subject), nowhere, layout, layout, |subject, _, _, _| {
        operation(subject);
    });
}

struct Nothing;
// SAFETY: no method does anything.
unsafe impl Hooks for Nothing {}

fn main() {
    harness::counts(
        &OPERATIONS,
        &[
            ("Arena", || operations(&Arena::new())),
            ("bumpalo", || operations(FromApi2(&bumpalo::Bump::new()))),
            ("bump-scope", || operations(FromApi2(&bump_scope::Bump::<Theirs>::new()))),
            ("blink-alloc", || operations(&Blink::default())),
            ("Stack", || operations(&Stack::new())),
            ("Pool", || operations(&Pool::of::<[u64; 20]>())),
            ("PoolOf", || operations(&PoolOf::<[u64; 20]>::new())),
            ("Slab", || operations(&Slab::new())),
            ("FreeList", || {
                let block = Layout::new::<[u64; 20]>();
                operations(&FreeList::for_layout(block).with_least(1));
            }),
            ("BufferPool", || operations(&BufferPool::new())),
            ("Buddy", || operations(&Buddy::with_capacity(1 << 16).unwrap())),
            ("FixedPool", || operations(&FixedPool::of::<[u64; 64]>(100).unwrap())),
            ("Tlsf", || operations(&Tlsf::new())),
            ("Tlsf that keeps nothing", || operations(&Tlsf::new().keeping(0))),
            ("Global", || operations(Global)),
            ("Hooked over Arena", || operations(&Hooked::with(Arena::new(), Nothing))),
            ("Limited over Arena", || operations(&Limited::new(Arena::new(), 1 << 20))),
            ("Limited over Global", || operations(&Limited::new(Global, 1 << 20))),
            ("Counted over Arena", || operations(&Counted::new(Arena::new()))),
            ("Aligned over Arena", || operations(&Aligned::<64, _>::new(Arena::new()))),
            ("Segregate over Arena", || {
                operations(&Segregate::<256, _, _>::new(Arena::new(), Global));
            }),
            ("Fallback over Arena", || operations(&Fallback::new(Arena::new(), Global))),
            ("Locked over Arena", || operations(&Locked::new(Arena::new()))),
        ],
    );
    harness::counts(
        &["its own"],
        &[
            ("Arena, `alloc(5_u32)`", || {
                own(Arena::new(), |arena| {
                    black_box(arena.alloc(5_u32));
                });
            }),
            ("bumpalo, `alloc(5_u32)`", || {
                own(bumpalo::Bump::new(), |bump| {
                    black_box(bump.alloc(5_u32));
                });
            }),
            ("bump-scope, `alloc(5_u32)`", || {
                own(bump_scope::Bump::<Theirs>::new(), |bump| {
                    black_box(bump.alloc(5_u32));
                });
            }),
            ("Arena, scope", || {
                own(Arena::new(), |arena| {
                    arena.scope(|scope| {
                        black_box(scope);
                    })
                });
            }),
            ("bump-scope, scope", || {
                own(bump_scope::Bump::<Theirs>::with_size(512), |bump| {
                    bump.scoped(|scope| {
                        black_box(scope);
                    });
                });
            }),
            ("ObjectPool, acquire and drop", || {
                own(ObjectPool::new(Vec::<u8>::new, Vec::clear), |pool| {
                    black_box(pool.acquire());
                });
            }),
            ("Stack, frame", || {
                own(Stack::new(), |stack| {
                    stack.frame(|frame| {
                        black_box(frame);
                    })
                });
            }),
            ("Stack, marker and release", || {
                own(Stack::new(), |stack| {
                    let marker = stack.marker();
                    // SAFETY: the marker was taken just now, and there are no blocks.
                    unsafe { stack.release_to(black_box(marker)) };
                });
            }),
            ("Arena, reset", || own(Arena::new(), |arena| arena.reset(Keep::Largest))),
            ("bumpalo, reset", || own(bumpalo::Bump::new(), |bump| bump.reset())),
            ("bump-scope, reset", || {
                own(bump_scope::Bump::<Theirs>::with_size(512), |bump| bump.reset());
            }),
        ],
    );
}
