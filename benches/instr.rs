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
    Arena, Stack,
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

#[inline(never)]
#[unsafe(no_mangle)]
fn count_stack_allocate_dynamic(stack: &Stack, layout: Layout) -> Block {
    stack.allocate(layout).ok()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn count_stack_allocate_static(stack: &Stack) -> Block {
    stack.allocate(Layout::new::<[u64; 8]>()).ok()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn count_stack_deallocate_top(stack: &Stack, ptr: NonNull<u8>, layout: Layout) {
    unsafe { stack.deallocate(ptr, layout) }
}

#[inline(never)]
#[unsafe(no_mangle)]
fn count_stack_deallocate_not_top(layout: Layout, ptr: NonNull<u8>, stack: &Stack) {
    unsafe { stack.deallocate(ptr, layout) }
}

#[inline(never)]
#[unsafe(no_mangle)]
fn count_stack_grow_top(stack: &Stack, ptr: NonNull<u8>, old: Layout, new: Layout) -> Block {
    unsafe { stack.grow(ptr, old, new) }.ok()
}

#[inline(never)]
#[unsafe(no_mangle)]
fn count_stack_marker_release(stack: &Stack) {
    let marker = stack.marker();
    unsafe { stack.release_to(black_box(marker)) };
}

#[inline(never)]
#[unsafe(no_mangle)]
fn count_stack_frame_enter_leave(stack: &Stack) {
    stack.frame(|frame| {
        black_box(frame);
    });
}

const NAMES: [&str; 15] = [
    "allocate_dynamic",
    "allocate_static",
    "alloc_u32",
    "grow_last",
    "shrink_last",
    "deallocate",
    "reset",
    "scope_enter_leave",
    "stack_allocate_dynamic",
    "stack_allocate_static",
    "stack_deallocate_top",
    "stack_deallocate_not_top",
    "stack_grow_top",
    "stack_marker_release",
    "stack_frame_enter_leave",
];

fn once_on_a_stack(name: &str) {
    let stack = Stack::new();
    let (small, large) = (Layout::new::<[u64; 2]>(), Layout::new::<[u64; 20]>());
    let (small, large) = (black_box(small), black_box(large));
    let below = stack.allocate(small).unwrap().cast();
    let block = stack.allocate(small).unwrap().cast();
    match name {
        "stack_allocate_dynamic" => drop(black_box(count_stack_allocate_dynamic(&stack, small))),
        "stack_allocate_static" => drop(black_box(count_stack_allocate_static(&stack))),
        "stack_deallocate_top" => count_stack_deallocate_top(&stack, block, small),
        "stack_deallocate_not_top" => count_stack_deallocate_not_top(small, below, &stack),
        "stack_grow_top" => drop(black_box(count_stack_grow_top(&stack, block, small, large))),
        "stack_marker_release" => count_stack_marker_release(&stack),
        _ => count_stack_frame_enter_leave(&stack),
    }
}

fn once(name: &str) {
    if name.starts_with("stack_") {
        return once_on_a_stack(name);
    }
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
