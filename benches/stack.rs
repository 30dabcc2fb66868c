//! The stack beside malloc, and beside the arena that frees its last block: interleaved, as ratios.
//!
//! `cargo bench --bench stack` prints, for each column, the median nanoseconds per push and pop.
#![cfg_attr(feature = "nightly", feature(allocator_api))]
#![expect(unsafe_code, reason = "a program that drives an allocator")]

mod harness;

use core::{hint::black_box, ptr::NonNull};

use harness::column;
use larder::{
    Arena, Keep, Stack,
    alloc::{Allocator, Global, Layout},
};

const N: usize = 10_000;

/// Pushes a block of each layout, and pops them all in reverse, `deep` at a time.
fn push_and_pop<A: Allocator>(alloc: &A, layouts: &[Layout], deep: usize) {
    let mut blocks = [NonNull::<u8>::dangling(); 1000];
    for layouts in layouts.chunks(deep) {
        for (block, layout) in blocks.iter_mut().zip(layouts) {
            *block = alloc.allocate(*layout).unwrap().cast();
            // SAFETY: the block is new, and no layout is of no bytes.
            unsafe { black_box(*block).write(1) };
        }
        for (block, layout) in blocks.iter().zip(layouts).rev() {
            // SAFETY: the block is live, and of this layout.
            unsafe { alloc.deallocate(*block, *layout) };
        }
    }
}

fn compare(name: &str, layouts: &[Layout], deep: usize) {
    let (stack, mut arena) = (Stack::new(), Arena::new());
    column(
        name,
        layouts.len(),
        vec![
            ("larder", Box::new(|| push_and_pop(&stack, layouts, deep))),
            ("malloc", Box::new(|| push_and_pop(&Global, layouts, deep))),
        ],
    );
    column(
        name,
        layouts.len(),
        vec![
            ("larder", Box::new(|| push_and_pop(&stack, layouts, deep))),
            (
                "arena",
                Box::new(|| {
                    push_and_pop(&arena, layouts, deep);
                    arena.reset(Keep::All); // it loses the padding between blocks of mixed alignments
                }),
            ),
        ],
    );
}

fn main() {
    let same = vec![Layout::new::<[u64; 8]>(); N];
    let mut state = 1_u32;
    let mixed: Vec<Layout> = (0..N)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let size = 1 + (state >> 16) as usize % (1 << (3 + (state >> 8) % 8));
            Layout::from_size_align(size, 1 << ((state >> 12) % 5)).unwrap()
        })
        .collect();
    compare("64 bytes, 1 deep", &same, 1);
    compare("64 bytes, 10 deep", &same, 10);
    compare("64 bytes, 1000 deep", &same, 1000);
    compare("mixed to 1 KiB, 10 deep", &mixed, 10);
    compare("mixed to 1 KiB, 1000 deep", &mixed, 1000);
}
