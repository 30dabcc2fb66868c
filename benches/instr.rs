//! Instructions and conditional branches of single operations, counted by callgrind.
//!
//! `cargo bench --bench instr` runs itself under `valgrind --tool=callgrind` and prints a table. The
//! figures include the call and the return of a function that is not inlined.
#![cfg_attr(feature = "nightly", feature(allocator_api))]
#![expect(unsafe_code, reason = "a program that drives an allocator")]
#![expect(clippy::undocumented_unsafe_blocks, reason = "blocks are live by construction below")]

use core::{hint::black_box, ptr::NonNull};
use std::process::Command;

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
    "count_allocate_dynamic",
    "count_allocate_static",
    "count_alloc_u32",
    "count_grow_last",
    "count_shrink_last",
    "count_deallocate",
    "count_reset",
    "count_scope_enter_leave",
];

fn once(name: &str) {
    let mut arena = Arena::new();
    arena.alloc(0_u8);
    let (small, large) = (Layout::new::<[u64; 2]>(), Layout::new::<[u64; 20]>());
    let (small, large) = (black_box(small), black_box(large));
    match name {
        "count_allocate_dynamic" => drop(black_box(count_allocate_dynamic(&arena, small))),
        "count_allocate_static" => drop(black_box(count_allocate_static(&arena))),
        "count_alloc_u32" => drop(black_box(count_alloc_u32(&arena, 5))),
        "count_reset" => count_reset(&mut arena),
        "count_scope_enter_leave" => count_scope_enter_leave(&arena),
        "count_grow_last" => {
            let block = arena.allocate(small).unwrap().cast();
            black_box(count_grow_last(&arena, block, small, large));
        }
        "count_shrink_last" => {
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
    if let Ok(name) = std::env::var("COUNT_ONE") {
        return once(&name);
    }
    println!("| operation | instructions | branches |\n|---|---|---|");
    for name in NAMES {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--branch-sim=yes", "--callgrind-out-file=/dev/null"])
            .args([format!("--toggle-collect={name}")])
            .arg(std::env::current_exe().expect("this program has a path"))
            .env("COUNT_ONE", name)
            .output()
            .expect("valgrind is installed");
        let text = String::from_utf8_lossy(&output.stderr);
        let field = |label: &str| {
            let line = text.lines().find(|line| line.contains(label));
            line.map_or("?", |line| line.rsplit(':').next().unwrap_or("?").trim())
        };
        let collected = field("Collected");
        let mut parts = collected.split_whitespace();
        let (instructions, branches) = (parts.next().unwrap_or("?"), parts.next().unwrap_or("?"));
        println!("| {} | {instructions} | {branches} |", &name[6..]);
    }
}
