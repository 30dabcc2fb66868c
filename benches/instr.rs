//! Instructions and conditional branches of single operations, counted by callgrind.
//!
//! `cargo bench --bench instr` runs itself under `valgrind --tool=callgrind` and prints a table. The
//! figures include the call and the return of a function that is not inlined.
#![cfg_attr(feature = "nightly", feature(allocator_api))]
#![expect(unsafe_code, reason = "a program that drives an allocator")]
#![expect(clippy::undocumented_unsafe_blocks, reason = "blocks are live by construction below")]

mod harness;

use core::{hint::black_box, ptr::NonNull};

use larder::{
    Arena,
    alloc::{Allocator, Layout},
};

type Block = Option<NonNull<[u8]>>;

#[inline(never)]
#[unsafe(no_mangle)]
fn count_allocate_dynamic(arena: &Arena, layout: Layout) -> Block {
    arena.allocate(layout).ok()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn count_allocate_static(arena: &Arena) -> Block {
    arena.allocate(Layout::new::<u32>()).ok()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn count_alloc_u32(arena: &Arena, value: u32) -> Option<&mut u32> {
    arena.place().value(value).ok()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn count_grow_last(arena: &Arena, ptr: NonNull<u8>, old: Layout, new: Layout) -> Block {
    unsafe { arena.grow(ptr, old, new) }.ok()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn count_shrink_last(arena: &Arena, ptr: NonNull<u8>, old: Layout, new: Layout) -> Block {
    unsafe { arena.shrink(ptr, old, new) }.ok()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn count_deallocate(arena: &Arena, ptr: NonNull<u8>, layout: Layout) {
    unsafe { arena.deallocate(ptr, layout) }
}

#[inline(never)]
#[unsafe(no_mangle)]
fn count_reset(arena: &mut Arena) {
    arena.reset(larder::Keep::Largest);
}

#[inline(never)]
#[unsafe(no_mangle)]
fn count_scope_enter_leave(arena: &Arena) {
    arena.scope(|scope| {
        black_box(scope);
    });
}

const NAMES: [&str; 8] = [
    "allocate_dynamic",
    "allocate_static",
    "alloc_u32",
    "grow_last",
    "shrink_last",
    "deallocate",
    "reset",
    "scope_enter_leave",
];

fn once(name: &str) {
    let mut arena = Arena::new();
    arena.alloc(0_u8);
    let (small, large) = (Layout::new::<[u64; 2]>(), Layout::new::<[u64; 20]>());
    let (small, large) = (black_box(small), black_box(large));
    match name {
        "allocate_dynamic" => drop(black_box(count_allocate_dynamic(&arena, small))),
        "allocate_static" => drop(black_box(count_allocate_static(&arena))),
        "alloc_u32" => drop(black_box(count_alloc_u32(&arena, 5))),
        "reset" => count_reset(&mut arena),
        "scope_enter_leave" => count_scope_enter_leave(&arena),
        "grow_last" => {
            let block = arena.allocate(small).unwrap().cast();
            black_box(count_grow_last(&arena, block, small, large));
        }
        "shrink_last" => {
            let block = arena.allocate(large).unwrap().cast();
            black_box(count_shrink_last(&arena, block, large, small));
        }
        _ => {
            let block = arena.allocate(small).unwrap().cast();
            count_deallocate(&arena, block, small);
        }
    }
}

fn main() {
    harness::counts(&NAMES, once);
}
