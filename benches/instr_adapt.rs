//! What an adapter adds, in instructions and conditional branches, counted by callgrind.
//!
//! `cargo bench --bench instr_adapt` prints a table; take the row of `Arena` or `Global` away from
//! that of an adapter over it. Layouts are not known when the functions are compiled, except in the
//! rows that end in `static`. A `?` stands for a function that is the same as one above, instruction
//! for instruction, so that the linker has kept one of them.
#![cfg_attr(feature = "nightly", feature(allocator_api))]
#![expect(unsafe_code, reason = "a program that drives an allocator")]
#![expect(clippy::undocumented_unsafe_blocks, reason = "blocks are live by construction below")]

mod harness;

use core::{hint::black_box, ptr::NonNull};

use larder::{
    Arena,
    adapt::{Aligned, Fallback, Hooked, Hooks, Limited, Locked, Segregate},
    alloc::{Allocator, Global, Layout},
    observe::Counted,
};

struct Nothing;
unsafe impl Hooks for Nothing {}

/// For each allocator the functions that are counted, and what `once` calls them on.
macro_rules! contenders {
    ($($name:ident: $type:ty = $make:expr, $alloc:ident $free:ident $fixed:ident;)+) => {
        $(
            #[inline(never)]
            #[unsafe(no_mangle)]
            fn $alloc(alloc: &$type, layout: Layout) -> Option<NonNull<[u8]>> {
                alloc.allocate(layout).ok()
            }

            #[inline(never)]
            #[unsafe(no_mangle)]
            fn $free(alloc: &$type, ptr: NonNull<u8>, layout: Layout) {
                unsafe { alloc.deallocate(ptr, layout) }
            }

            #[inline(never)]
            #[unsafe(no_mangle)]
            fn $fixed(alloc: &$type) -> Option<NonNull<[u8]>> {
                alloc.allocate(Layout::new::<[u64; 4]>()).ok()
            }
        )+

        const NAMES: &[&str] = &[$(stringify!($name)),+];

        fn once(name: &str) {
            let layout = black_box(Layout::new::<[u64; 4]>());
            $(
                let alloc: $type = $make;
                // The first block brings a chunk; the heap keeps the second at hand.
                let warm = alloc.allocate(layout).unwrap().cast::<u8>();
                let again = alloc.allocate(layout).unwrap().cast();
                unsafe { alloc.deallocate(again, layout) };
                if name == concat!(stringify!($name), "_free") {
                    return $free(&alloc, warm, layout);
                }
                if name == concat!(stringify!($name), "_allocate") {
                    black_box($alloc(&alloc, layout));
                    return;
                }
                if name == concat!(stringify!($name), "_static") {
                    black_box($fixed(&alloc));
                    return;
                }
            )+
        }
    };
}

contenders! {
    arena: Arena = Arena::new(), count_arena_allocate count_arena_free count_arena_static;
    hooked: Hooked<Arena, Nothing> = Hooked::with(Arena::new(), Nothing),
        count_hooked_allocate count_hooked_free count_hooked_static;
    limited: Limited<Arena> = Limited::new(Arena::new(), 1 << 20),
        count_limited_allocate count_limited_free count_limited_static;
    counted: Counted<Arena> = Counted::new(Arena::new()),
        count_counted_allocate count_counted_free count_counted_static;
    aligned: Aligned<64, Arena> = Aligned::new(Arena::new()),
        count_aligned_allocate count_aligned_free count_aligned_static;
    segregate: Segregate<256, Arena, Global> = Segregate::new(Arena::new(), Global),
        count_segregate_allocate count_segregate_free count_segregate_static;
    fallback: Fallback<Arena, Global> = Fallback::new(Arena::new(), Global),
        count_fallback_allocate count_fallback_free count_fallback_static;
    locked: Locked<Arena> = Locked::new(Arena::new()),
        count_locked_allocate count_locked_free count_locked_static;
    global: Global = Global, count_global_allocate count_global_free count_global_static;
    limited_global: Limited<Global> = Limited::new(Global, 1 << 20),
        count_limited_global_allocate count_limited_global_free count_limited_global_static;
}

fn main() {
    let all: Vec<String> = NAMES
        .iter()
        .flat_map(|name| ["allocate", "free", "static"].map(|what| format!("{name}_{what}")))
        .collect();
    harness::counts(&all.iter().map(String::as_str).collect::<Vec<_>>(), once);
}
