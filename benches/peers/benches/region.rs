//! Allocators over a fixed region, beside their peers: `Tlsf` and `Buddy` against talc, rlsf
//! and buddy_system_allocator; `FixedPool` against zipora's.
//!
//! `cargo bench --bench region` in `benches/peers`. **Time**: random actions in a heap of 64 MiB, of which a
//! third allocate, a third free and a third resize, once about 10,000 blocks are live; sizes lean to the small
//! (`1..=1..=max`). Each contender does the same actions. **Packing** is the share of the region that
//! its blocks have, as asked for and not as rounded, when a request is refused for the first time: half of
//! the actions allocate, a tenth free, four tenths resize to any size up to ten times the largest
//! allocated. It is the mean of twenty fillings, and the definition is that of talc's own "heap efficiency".
#![feature(allocator_api)]

use core::{
    alloc::{Allocator, GlobalAlloc, Layout},
    hint::black_box,
    mem::MaybeUninit,
    ptr::NonNull,
};

use larder::{Buddy, FixedPool, Tlsf, alloc::Buffer};
use larder_peers::{column, column_of};
use zipora::memory::{FixedCapacityMemoryPool, FixedCapacityPoolConfig};

const HEAP: usize = 64 << 20;
const ACTIONS: usize = 30_000;

type Ptr = Option<NonNull<u8>>;

trait Heap {
    /// A block of `layout`, which has bytes.
    fn get(&mut self, layout: Layout) -> Ptr;

    /// # Safety
    ///
    /// The block at `ptr` is live, and was had here by `layout`.
    unsafe fn put(&mut self, ptr: NonNull<u8>, layout: Layout);

    /// # Safety
    ///
    /// As for [`put`](Self::put), and `size` is not 0.
    unsafe fn resize(&mut self, ptr: NonNull<u8>, old: Layout, size: usize) -> Ptr;
}

/// An allocator of ours.
struct Ours<A>(A);

impl<A: Allocator> Heap for Ours<A> {
    fn get(&mut self, layout: Layout) -> Ptr {
        self.0.allocate(layout).ok().map(NonNull::cast)
    }
    unsafe fn put(&mut self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise is the callee's.
        unsafe { self.0.deallocate(ptr, layout) }
    }
    unsafe fn resize(&mut self, ptr: NonNull<u8>, old: Layout, size: usize) -> Ptr {
        let new = Layout::from_size_align(size, old.align()).unwrap();
        let block = if size > old.size() {
            // SAFETY: the block is the caller's to resize, and grows.
            unsafe { self.0.grow(ptr, old, new) }
        } else {
            // SAFETY: the block is the caller's to resize, and shrinks or stays.
            unsafe { self.0.shrink(ptr, old, new) }
        };
        block.ok().map(NonNull::cast)
    }
}

type Talc = talc::TalcCell<talc::source::Manual>;

impl Heap for Talc {
    fn get(&mut self, layout: Layout) -> Ptr {
        // SAFETY: the layout has bytes.
        NonNull::new(unsafe { self.alloc(layout) })
    }
    unsafe fn put(&mut self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise is the callee's.
        unsafe { self.dealloc(ptr.as_ptr(), layout) }
    }
    unsafe fn resize(&mut self, ptr: NonNull<u8>, old: Layout, size: usize) -> Ptr {
        // SAFETY: the caller's promise is the callee's.
        NonNull::new(unsafe { self.realloc(ptr.as_ptr(), old, size) })
    }
}

type Rlsf<'p> =
    rlsf::Tlsf<'p, usize, usize, { usize::BITS as usize - 12 }, { usize::BITS as usize }>;

impl Heap for Rlsf<'_> {
    fn get(&mut self, layout: Layout) -> Ptr {
        self.allocate(layout)
    }
    unsafe fn put(&mut self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise is the callee's.
        unsafe { self.deallocate(ptr, layout.align()) }
    }
    unsafe fn resize(&mut self, ptr: NonNull<u8>, old: Layout, size: usize) -> Ptr {
        let new = Layout::from_size_align(size, old.align()).unwrap();
        // SAFETY: the caller's promise is the callee's.
        unsafe { self.reallocate(ptr, new) }
    }
}

type TheirBuddy = buddy_system_allocator::Heap<32>;

impl Heap for TheirBuddy {
    fn get(&mut self, layout: Layout) -> Ptr {
        self.alloc(layout).ok()
    }
    unsafe fn put(&mut self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise is the callee's.
        unsafe { self.dealloc(ptr, layout) }
    }
    unsafe fn resize(&mut self, ptr: NonNull<u8>, old: Layout, size: usize) -> Ptr {
        let new = Layout::from_size_align(size, old.align()).unwrap();
        let block = self.alloc(new).ok()?;
        // SAFETY: both blocks are live, and have so many bytes.
        unsafe { block.copy_from_nonoverlapping(ptr, size.min(old.size())) };
        // SAFETY: the block is live, and the caller's no more.
        unsafe { self.dealloc(ptr, old) };
        Some(block)
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (((self.0 >> 32) * below as u64) >> 32) as usize
    }

    fn layout(&mut self, max: usize) -> Layout {
        let cap = 16 + self.below(max - 16);
        let size = 4 + self.below(cap - 4);
        let align = 8 << (self.below(1 << 16) | 1 << 16).trailing_zeros() / 2;
        Layout::from_size_align(size, align).unwrap()
    }
}

/// Actions on blocks that stay live from round to round.
struct Actor<H> {
    heap: H,
    live: Vec<(NonNull<u8>, Layout)>,
    random: Random,
    target: usize,
    max: usize,
    resizes: bool,
}

impl<H: Heap> Actor<H> {
    fn new(heap: H, target: usize, max: usize, resizes: bool) -> Self {
        Self {
            heap,
            live: Vec::with_capacity(2 * target),
            random: Random(42),
            target,
            max,
            resizes,
        }
    }

    fn round(&mut self) {
        for _ in 0..ACTIONS {
            let action = self.random.below(if self.resizes { 3 } else { 2 });
            let (len, target) = (self.live.len(), self.target);
            if action == 2 && len > 0 {
                let i = self.random.below(len);
                let size = 1 + self.random.below(self.max);
                let (ptr, old) = self.live[i];
                let new = Layout::from_size_align(size, old.align()).unwrap();
                // SAFETY: what is in `live` is live, with its layout, and sizes begin at 1.
                let block = unsafe { self.heap.resize(ptr, old, size) }.expect("the heap has room");
                self.live[i] = (block, new);
            } else if (action == 0 || len < target * 9 / 10) && len < target * 11 / 10 {
                let layout = self.random.layout(self.max);
                let block = self.heap.get(layout).expect("the heap has room");
                // As a program would: the block is used.
                // SAFETY: the block is new, and has 4 bytes at least.
                unsafe { block.write(1) };
                self.live.push((block, layout));
            } else {
                let i = self.random.below(len);
                let (ptr, layout) = self.live.swap_remove(i);
                // SAFETY: the block was live until it was taken out of `live`.
                unsafe { self.heap.put(ptr, layout) };
            }
        }
    }
}

fn packing<H: Heap>(mut make: impl FnMut() -> H, max: usize) -> f64 {
    let mut used = 0;
    const FILLINGS: usize = 20;
    for filling in 0..FILLINGS {
        let mut heap = make();
        let mut random = Random(1 + filling as u64 * 77);
        let mut live: Vec<(NonNull<u8>, Layout)> = Vec::new();
        loop {
            match random.below(10) {
                0..=4 => {
                    let layout = random.layout(max);
                    let Some(block) = heap.get(layout) else { break };
                    live.push((block, layout));
                }
                _ if live.is_empty() => {}
                5 => {
                    let i = random.below(live.len());
                    let (ptr, layout) = live.swap_remove(i);
                    // SAFETY: the block was live until it was taken out of `live`.
                    unsafe { heap.put(ptr, layout) };
                }
                _ => {
                    let i = random.below(live.len());
                    let (ptr, old) = live[i];
                    let size = 1 + random.below(max * 10);
                    // SAFETY: what is in `live` is live, with its layout, and sizes begin at 1.
                    let Some(block) = (unsafe { heap.resize(ptr, old, size) }) else { break };
                    live[i] = (block, Layout::from_size_align(size, old.align()).unwrap());
                }
            }
        }
        used += live.iter().map(|block| block.1.size()).sum::<usize>();
    }
    used as f64 / (FILLINGS * HEAP) as f64 * 100.0
}

struct Memory(Vec<MaybeUninit<u8>>);

impl Memory {
    fn new() -> Self {
        let mut bytes = vec![MaybeUninit::new(1_u8); HEAP + 4096];
        let pad = bytes.as_ptr().addr().next_multiple_of(4096) - bytes.as_ptr().addr();
        bytes.drain(..pad);
        bytes.truncate(HEAP);
        black_box(&mut bytes);
        Self(bytes)
    }
    fn bytes<'a>(&mut self) -> &'a mut [MaybeUninit<u8>] {
        // SAFETY: the memories outlive all heaps below, and are lent to one at a time.
        unsafe { core::slice::from_raw_parts_mut(self.0.as_mut_ptr(), HEAP) }
    }
    fn tlsf(&mut self) -> Ours<Tlsf<Buffer<'static>>> {
        Ours(Tlsf::on_buffer(self.bytes()))
    }
    fn buddy(&mut self) -> Ours<Buddy<Buffer<'static>>> {
        Ours(Buddy::on_buffer(self.bytes()).expect("enough for a heap"))
    }
    fn talc(&mut self) -> Talc {
        let talc = talc::TalcCell::new(talc::source::Manual);
        // SAFETY: the memory is talc's alone as long as it is used.
        unsafe { talc.claim(self.bytes().as_mut_ptr().cast(), HEAP) }.expect("enough for talc");
        talc
    }
    fn rlsf(&mut self) -> Rlsf<'static> {
        let mut rlsf = rlsf::Tlsf::new();
        rlsf.insert_free_block(self.bytes());
        rlsf
    }
    fn their_buddy(&mut self) -> TheirBuddy {
        let mut buddy = TheirBuddy::new();
        // SAFETY: the memory is the heap's alone as long as it is used.
        unsafe { buddy.init(self.bytes().as_mut_ptr().addr(), HEAP) };
        buddy
    }
}

/// Blocks of 64 bytes, written whole, a batch taken and given back.
fn fixed(name: &str, batch: usize, order: &[usize], wipes: bool) {
    type Line = [u64; 8];
    let layout = Layout::new::<Line>();
    let mut ours = FixedPool::of::<Line>(10_000).expect("the heap has room").prefaulted();
    if wipes {
        ours = ours.wiping();
    }
    let mut config = FixedCapacityPoolConfig::small_objects();
    config.max_block_size = 64;
    config.enable_stats = false;
    config.secure_clear = wipes;
    let theirs = FixedCapacityMemoryPool::new(config).expect("the heap has room");
    let mut blocks = vec![NonNull::<u8>::dangling(); batch];
    let mut owned: Vec<_> = (0..batch).map(|_| None).collect();
    column(
        name,
        batch * 10,
        vec![
            (
                "larder",
                Box::new(|| {
                    for _ in 0..10 {
                        for (n, block) in blocks.iter_mut().enumerate() {
                            *block = ours.allocate(layout).expect("there are more").cast();
                            // SAFETY: the block was had just now, for a line.
                            unsafe { block.cast::<Line>().write([n as u64; 8]) };
                        }
                        black_box(&mut blocks);
                        for n in order {
                            // SAFETY: `order` names each block once, and each was had by this layout.
                            unsafe { ours.deallocate(blocks[*n], layout) };
                        }
                    }
                }),
            ),
            (
                "zipora fixed",
                Box::new(|| {
                    for _ in 0..10 {
                        for (n, block) in owned.iter_mut().enumerate() {
                            let new = theirs.allocate(64).expect("there are more");
                            // SAFETY: the block was had just now, and is of 64 bytes.
                            unsafe { new.as_ptr().cast::<Line>().write([n as u64; 8]) };
                            *block = Some(new);
                        }
                        black_box(&mut owned);
                        for n in order {
                            owned[*n] = None;
                        }
                    }
                }),
            ),
        ],
    );
}

fn fixed_pools() {
    let in_order: Vec<usize> = (0..1000).collect();
    let (mut mixed, mut random) = (in_order.clone(), Random(5));
    for n in (1..mixed.len()).rev() {
        mixed.swap(n, random.below(n + 1));
    }
    fixed("fixed: 64 bytes, pairs", 100, &in_order[..100], false);
    fixed("fixed: 64 bytes, random order", 1000, &mixed, false);
    fixed("fixed: 64 bytes, wiped", 1000, &in_order, true);
}

fn main() {
    let mut memory = [(); 5].map(|()| Memory::new());
    let only = std::env::args().find_map(|arg| arg.strip_prefix("only=").map(str::to_owned));
    let only = only.as_deref();
    if only.is_none_or(|only| only == "fixed") {
        fixed_pools();
    }
    if only.is_none_or(|only| only == "time") {
        for (name, target, max, resizes) in [
            ("10,000 live, to 200 B, no resize", 10_000, 200, false),
            ("10,000 live, to 200 B", 10_000, 200, true),
            ("10,000 live, to 1,000 B", 10_000, 1000, true),
            ("10,000 live, to 3,000 B", 10_000, 3000, true),
            ("300 live, to 1,000 B", 300, 1000, true),
            ("10,000 live, to 3,000 B, no resize", 10_000, 3000, false),
            ("300 live, to 30,000 B", 300, 30_000, true),
        ] {
            let [a, b, c, d, e] = &mut memory;
            let mut ours = Actor::new(a.tlsf(), target, max, resizes);
            let mut talc = Actor::new(b.talc(), target, max, resizes);
            let mut rlsf = Actor::new(c.rlsf(), target, max, resizes);
            let mut their_buddy = Actor::new(d.their_buddy(), target, max, resizes);
            let mut buddy = Actor::new(e.buddy(), target, max, resizes);
            column_of(
                31,
                name,
                ACTIONS,
                vec![
                    ("larder", Box::new(|| ours.round())),
                    ("talc", Box::new(|| talc.round())),
                    ("rlsf", Box::new(|| rlsf.round())),
                    ("buddy_system", Box::new(|| their_buddy.round())),
                    ("larder Buddy", Box::new(|| buddy.round())),
                ],
            );
        }
    }
    if only.is_none_or(|only| only == "packing") {
        println!("| packing, % | larder | talc | rlsf | buddy_system | larder Buddy |");
        let one = &mut memory[0];
        for max in [200, 1000, 10_000] {
            println!(
                "| allocate to {max} B, resize to {} B | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
                max * 10,
                packing(|| one.tlsf(), max),
                packing(|| one.talc(), max),
                packing(|| one.rlsf(), max),
                packing(|| one.their_buddy(), max),
                packing(|| one.buddy(), max),
            );
        }
    }
}
