//! Pools and the slab beside their peers, each column interleaved in one process.
//!
//! `cargo bench --bench pool` in `benches/peers` prints, for each column, the median nanoseconds of one
//! allocation with its free, and then the ratio of ours to the best of the peers.
#![feature(allocator_api)]
#![expect(unsafe_code, reason = "a program that drives allocators")]

use core::{alloc::GlobalAlloc, hint::black_box, ptr::NonNull};
use std::alloc::System;

use larder::{
    Pool, PoolOf, Slab,
    alloc::{Allocator, Layout},
};
use larder_peers::{Contender, column, column_of};
use zipora::memory::{
    FixedCapacityMemoryPool, FixedCapacityPoolConfig, LockFreeMemoryPool, LockFreePoolConfig,
    SecureMemoryPool, SecurePoolConfig,
};

type Line = [u64; 8];

const PAIRS: usize = 100;
/// How often a round repeats its batch, so that it runs warm.
const BATCHES: usize = 50;
/// The same for the longer batches.
const LONG_BATCHES: usize = 5;
const SCATTERED: usize = 1000;
const LIVE: usize = 10_000;
const SWAPS: usize = 10_000;

struct Random(u32);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % n
    }
}

/// A round of batches.
fn round<'a>(batches: usize, mut batch: impl FnMut() + 'a) -> Box<dyn FnMut() + 'a> {
    Box::new(move || {
        for _ in 0..batches {
            batch();
        }
    })
}

/// What a column asks of an allocator.
trait Heap {
    /// A block of `layout`, which has bytes.
    fn take(&self, layout: Layout) -> NonNull<u8>;

    /// # Safety
    ///
    /// `block` was taken here by `layout`, and is given back once.
    unsafe fn give(&self, block: NonNull<u8>, layout: Layout);
}

struct Ours<A>(A);

impl<A: Allocator> Heap for Ours<A> {
    #[inline]
    fn take(&self, layout: Layout) -> NonNull<u8> {
        self.0.allocate(layout).unwrap().cast()
    }

    #[inline]
    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise is the callee's.
        unsafe { self.0.deallocate(block, layout) }
    }
}

struct Theirs<G>(G);

impl<G: GlobalAlloc> Heap for Theirs<G> {
    #[inline]
    fn take(&self, layout: Layout) -> NonNull<u8> {
        // SAFETY: no column asks for no bytes.
        NonNull::new(unsafe { self.0.alloc(layout) }).unwrap()
    }

    #[inline]
    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise is the callee's.
        unsafe { self.0.dealloc(block.as_ptr(), layout) }
    }
}

struct LockFree(LockFreeMemoryPool);

impl Heap for LockFree {
    #[inline]
    fn take(&self, layout: Layout) -> NonNull<u8> {
        self.0.allocate(layout.size()).unwrap()
    }

    #[inline]
    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) {
        self.0.deallocate(block, layout.size()).unwrap();
    }
}

/// Blocks written whole, a batch taken and then given back.
fn pairs(heap: impl Heap + 'static) -> Box<dyn FnMut()> {
    let mut blocks = vec![NonNull::<u8>::dangling(); PAIRS];
    round(BATCHES, move || {
        let layout = Layout::new::<Line>();
        for (n, block) in blocks.iter_mut().enumerate() {
            *block = heap.take(layout);
            // SAFETY: the block was taken just now, for a line.
            unsafe { block.cast::<Line>().write([n as u64; 8]) };
        }
        black_box(&mut blocks);
        for block in &blocks {
            // SAFETY: each block was taken by this layout, and is given back once.
            unsafe { heap.give(*block, layout) };
        }
    })
}

/// Blocks written whole, and given back in random order.
fn scattered<'a>(heap: impl Heap + 'a, order: &'a [usize]) -> Box<dyn FnMut() + 'a> {
    let mut blocks = vec![NonNull::<u8>::dangling(); SCATTERED];
    round(LONG_BATCHES, move || {
        let layout = Layout::new::<Line>();
        for (n, block) in blocks.iter_mut().enumerate() {
            *block = heap.take(layout);
            // SAFETY: the block was taken just now, for a line.
            unsafe { block.cast::<Line>().write([n as u64; 8]) };
        }
        black_box(&mut blocks);
        for n in order {
            // SAFETY: `order` names each block once, and each was taken by this layout.
            unsafe { heap.give(blocks[*n], layout) };
        }
    })
}

/// One of many live blocks of mixed sizes is replaced by another size.
fn replacement<'a>(heap: impl Heap + 'a, swaps: &'a [(usize, usize)]) -> Box<dyn FnMut() + 'a> {
    // SAFETY: sizes are at most 1,024 bytes.
    let layout = |size| unsafe { Layout::from_size_align_unchecked(size, 8) };
    let mut random = Random(9);
    let mut live: Vec<(NonNull<u8>, usize)> = (0..LIVE)
        .map(|_| {
            let size = 16 + random.below(1009);
            (heap.take(layout(size)), size)
        })
        .collect();
    Box::new(move || {
        for &(place, size) in swaps {
            let (block, old) = live[place];
            // SAFETY: the block is live, and was taken by this layout.
            unsafe { heap.give(block, layout(old)) };
            let block = heap.take(layout(size));
            // SAFETY: the block is new, and has 16 bytes at least.
            unsafe { block.cast::<u64>().write(size as u64) };
            live[place] = (block, size);
        }
    })
}

fn lock_free() -> LockFree {
    LockFree(LockFreeMemoryPool::new(LockFreePoolConfig::high_performance()).unwrap())
}

fn secure() -> std::sync::Arc<SecureMemoryPool> {
    SecureMemoryPool::new(SecurePoolConfig::new(64, 20_000, 8)).unwrap()
}

fn fixed() -> FixedCapacityMemoryPool {
    let mut config = FixedCapacityPoolConfig::small_objects();
    config.max_block_size = 64;
    FixedCapacityMemoryPool::new(config).unwrap()
}

/// A collection that lends slots by key, as the pools of keys do.
trait Keys {
    type Key: Copy;
    const NONE: Self::Key;
    fn insert(&mut self, line: Line) -> Self::Key;
    fn remove(&mut self, key: Self::Key);
}

impl Keys for slab::Slab<Line> {
    type Key = usize;
    const NONE: usize = 0;

    #[inline]
    fn insert(&mut self, line: Line) -> usize {
        self.insert(line)
    }

    #[inline]
    fn remove(&mut self, key: usize) {
        self.remove(key);
    }
}

impl Keys for thunderdome::Arena<Line> {
    type Key = thunderdome::Index;
    const NONE: thunderdome::Index = thunderdome::Index::DANGLING;

    #[inline]
    fn insert(&mut self, line: Line) -> thunderdome::Index {
        self.insert(line)
    }

    #[inline]
    fn remove(&mut self, key: thunderdome::Index) {
        self.remove(key);
    }
}

/// With a key of its own, since the default one has no constant.
impl Keys for slotmap::SlotMap<slotmap::DefaultKey, Line> {
    type Key = Option<slotmap::DefaultKey>;
    const NONE: Self::Key = None;

    #[inline]
    fn insert(&mut self, line: Line) -> Self::Key {
        Some(self.insert(line))
    }

    #[inline]
    fn remove(&mut self, key: Self::Key) {
        key.map(|key| self.remove(key));
    }
}

/// [`pairs`] and [`scattered`] of keys: removed in `order`, or in the order they were inserted in.
fn keyed<'a, K: Keys + 'a>(
    mut keys: K,
    batches: usize,
    count: usize,
    order: Option<&'a [usize]>,
) -> Box<dyn FnMut() + 'a> {
    let mut held = vec![K::NONE; count];
    round(batches, move || {
        for (n, key) in held.iter_mut().enumerate() {
            *key = keys.insert([n as u64; 8]);
        }
        black_box(&mut held);
        match order {
            Some(order) => order.iter().for_each(|n| keys.remove(held[*n])),
            None => held.iter().for_each(|key| keys.remove(*key)),
        }
    })
}

fn in_pairs() {
    let secure = secure();
    let mut secure_blocks = Vec::with_capacity(PAIRS);
    let fixed = fixed();
    let mut fixed_blocks = Vec::with_capacity(PAIRS);
    let contenders: Vec<Contender<'_>> = vec![
        ("larder PoolOf", pairs(Ours(PoolOf::<Line>::new()))),
        ("slab", keyed(slab::Slab::new(), BATCHES, PAIRS, None)),
        ("thunderdome", keyed(thunderdome::Arena::new(), BATCHES, PAIRS, None)),
        ("slotmap", keyed(slotmap::SlotMap::new(), BATCHES, PAIRS, None)),
        ("mimalloc", pairs(Theirs(mimalloc::MiMalloc))),
        ("snmalloc", pairs(Theirs(snmalloc_rs::SnMalloc))),
        ("jemalloc", pairs(Theirs(tikv_jemallocator::Jemalloc))),
        ("glibc", pairs(Theirs(System))),
        ("zipora lock-free", pairs(lock_free())),
        (
            "zipora secure",
            round(BATCHES, move || {
                for n in 0..PAIRS {
                    let block = secure.allocate().unwrap();
                    // SAFETY: the block was had just now, and is of 64 bytes.
                    unsafe { block.as_ptr().cast::<Line>().write([n as u64; 8]) };
                    secure_blocks.push(block);
                }
                black_box(&mut secure_blocks);
                secure_blocks.clear();
            }),
        ),
        (
            "zipora fixed",
            round(BATCHES, move || {
                for n in 0..PAIRS {
                    let block = fixed.allocate(64).unwrap();
                    // SAFETY: the block was had just now, and is of 64 bytes.
                    unsafe { block.as_ptr().cast::<Line>().write([n as u64; 8]) };
                    fixed_blocks.push(block);
                }
                black_box(&mut fixed_blocks);
                fixed_blocks.clear();
            }),
        ),
    ];
    column("64-byte block, pair", PAIRS * BATCHES, contenders);
    column(
        "64-byte block, pair: our faces",
        PAIRS * BATCHES,
        vec![
            ("Pool, layout as a value", pairs(Ours(Pool::of::<Line>()))),
            ("PoolOf", pairs(Ours(PoolOf::<Line>::new()))),
            ("Slab", pairs(Ours(Slab::new()))),
        ],
    );
}

fn in_random_order() {
    let mut random = Random(5);
    let mut order: Vec<usize> = (0..SCATTERED).collect();
    for n in (1..SCATTERED).rev() {
        order.swap(n, random.below(n + 1));
    }
    let order = &order[..];
    let contenders: Vec<Contender<'_>> = vec![
        ("larder PoolOf", scattered(Ours(PoolOf::<Line>::new()), order)),
        ("slab", keyed(slab::Slab::new(), LONG_BATCHES, SCATTERED, Some(order))),
        ("thunderdome", keyed(thunderdome::Arena::new(), LONG_BATCHES, SCATTERED, Some(order))),
        ("slotmap", keyed(slotmap::SlotMap::new(), LONG_BATCHES, SCATTERED, Some(order))),
        ("mimalloc", scattered(Theirs(mimalloc::MiMalloc), order)),
        ("snmalloc", scattered(Theirs(snmalloc_rs::SnMalloc), order)),
        ("jemalloc", scattered(Theirs(tikv_jemallocator::Jemalloc), order)),
        ("glibc", scattered(Theirs(System), order)),
        ("zipora lock-free", scattered(lock_free(), order)),
    ];
    column("64-byte blocks, random order", SCATTERED * LONG_BATCHES, contenders);
    column(
        "random order: our faces",
        SCATTERED * LONG_BATCHES,
        vec![
            ("Pool, layout as a value", scattered(Ours(Pool::of::<Line>()), order)),
            ("PoolOf", scattered(Ours(PoolOf::<Line>::new()), order)),
            ("Slab", scattered(Ours(Slab::new()), order)),
        ],
    );
}

fn in_mixed_sizes() {
    let mut random = Random(3);
    let swaps: Vec<(usize, usize)> =
        (0..SWAPS).map(|_| (random.below(LIVE), 16 + random.below(1009))).collect();
    column_of(
        101,
        "16..1024 bytes, replacement",
        SWAPS,
        vec![
            ("larder Slab", replacement(Ours(Slab::new()), &swaps)),
            ("mimalloc", replacement(Theirs(mimalloc::MiMalloc), &swaps)),
            ("snmalloc", replacement(Theirs(snmalloc_rs::SnMalloc), &swaps)),
            ("jemalloc", replacement(Theirs(tikv_jemallocator::Jemalloc), &swaps)),
            ("glibc", replacement(Theirs(System), &swaps)),
            ("zipora lock-free", replacement(lock_free(), &swaps)),
        ],
    );
}

fn main() {
    // With a word after `--`, only the columns whose name has it.
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let columns: [(&str, fn()); 3] =
        [("pairs", in_pairs), ("random", in_random_order), ("mixed", in_mixed_sizes)];
    for (name, run) in columns {
        if wanted.as_ref().is_none_or(|wanted| name.contains(wanted.as_str())) {
            run();
        }
    }
}
