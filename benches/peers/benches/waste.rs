//! What a block of 64 bytes takes from the heap beyond its own bytes, when 10,000 are live.
//!
//! `cargo bench --bench waste` prints, for each pool, the bytes it holds from the global heap less those
//! that were asked for, for each block. The heap's own headers are not counted.
#![feature(allocator_api)]
#![expect(unsafe_code, reason = "counts what the global heap hands out")]

use std::{
    alloc::{Allocator, GlobalAlloc, Layout, System},
    sync::atomic::{AtomicIsize, Ordering},
};

use larder::{FixedPool, PoolOf, Slab};
use zipora::memory::{
    FixedCapacityMemoryPool, FixedCapacityPoolConfig, LockFreeMemoryPool, LockFreePoolConfig,
    SecureMemoryPool, SecurePoolConfig,
};

const BLOCKS: usize = 10_000;
type Line = [u64; 8];

static HELD: AtomicIsize = AtomicIsize::new(0);

struct Counting;

// SAFETY: the system's allocator does it, and is called as this is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static HEAP: Counting = Counting;

/// Prints what `make` keeps from the heap, with the blocks that its second part allocates; the list of
/// the blocks is not the pool's.
fn waste<P, B>(name: &str, make: impl FnOnce() -> P, mut block: impl FnMut(&P) -> B) {
    let mut blocks: Vec<B> = Vec::with_capacity(BLOCKS);
    let before = HELD.load(Ordering::Relaxed);
    let pool = make();
    blocks.extend((0..BLOCKS).map(|_| block(&pool)));
    let held = HELD.load(Ordering::Relaxed) - before;
    println!("| {name} | {:.1} |", held as f64 / BLOCKS as f64 - 64.0);
    drop(blocks);
}

fn main() {
    let line = Layout::new::<Line>();
    println!("| 64-byte blocks, 10,000 live | bytes beyond each |\n|---|---|");
    waste("larder PoolOf", PoolOf::<Line>::new, |pool| pool.allocate(line).unwrap());
    waste("larder Slab", Slab::new, |pool| pool.allocate(line).unwrap());
    waste(
        "larder FixedPool",
        || FixedPool::of::<Line>(BLOCKS).unwrap(),
        |pool| pool.allocate(line).unwrap(),
    );
    waste(
        "zipora secure",
        || SecureMemoryPool::new(SecurePoolConfig::new(64, 20_000, 8)).unwrap(),
        |pool| pool.allocate().unwrap(),
    );
    let fixed = || {
        let mut config = FixedCapacityPoolConfig::small_objects();
        config.max_block_size = 64;
        config.total_blocks = BLOCKS;
        FixedCapacityMemoryPool::new(config).unwrap()
    };
    waste("zipora fixed", fixed, |pool| pool.allocate(64).unwrap());
    let lock_free = || LockFreeMemoryPool::new(LockFreePoolConfig::high_performance()).unwrap();
    waste("zipora lock-free", lock_free, |pool| pool.allocate(64).unwrap());
}
