//! Memory from the kernel, beside the calls themselves.
//!
//! `cargo bench --bench os` prints a table row for each column; nanoseconds per block or
//! per read, and ours as a ratio to the best of the others.
#![cfg_attr(feature = "nightly", feature(allocator_api))]
#![expect(unsafe_code, reason = "frees raw blocks, and reads them as words")]

mod harness;

use core::hint::black_box;

use harness::{column, column_of};
use larder::{
    alloc::{Allocator, Block, Layout},
    os::{Access, Backing, HugePages, Kernel, Native, Pages, Wish, placement},
};

const MIB: usize = 1 << 20;

/// Writes a byte to each page.
fn touch(at: core::ptr::NonNull<u8>, len: usize) {
    for offset in (0..len).step_by(4096) {
        let place = at.as_ptr().wrapping_add(offset);
        // SAFETY: the block is `len` bytes long.
        unsafe { place.write_volatile(1) };
    }
}

fn blocks(touched: bool) {
    const N: usize = 100;
    let layout = Layout::from_size_align(MIB, 64).expect("a layout");
    let (pages, uncached) = (Pages::new(), Pages::new().with_cache(0));
    let round = |pages: &Pages| {
        for _ in 0..N {
            let block = pages.allocate(layout).expect("memory").cast();
            if touched {
                touch(block, MIB);
            }
            black_box(block);
            // SAFETY: the block is live, and the layout fits it.
            unsafe { pages.deallocate(block, layout) };
        }
    };
    column(
        if touched { "1 MiB block, a byte a page" } else { "1 MiB block" },
        N,
        vec![
            ("Pages", Box::new(|| round(&pages))),
            (
                "mmap, munmap",
                Box::new(|| {
                    for _ in 0..N {
                        let at = Native.map(MIB, Access::ReadWrite, Backing::Private);
                        let at = at.expect("memory");
                        if touched {
                            touch(at, MIB);
                        }
                        black_box(at);
                        // SAFETY: the pages are ours, and nobody uses them again.
                        unsafe { Native.unmap(at, MIB) }.expect("taken back");
                    }
                }),
            ),
            ("Pages, uncached", Box::new(|| round(&uncached))),
        ],
    );
}

/// Sums `count` words at random places; `chased` makes each place depend on the word before.
fn sum_at_random(words: &[u64], count: usize, chased: bool) -> u64 {
    let (mask, mut at, mut sum) = (words.len() - 1, 1_u64, 0_u64);
    for _ in 0..count {
        let word = words[(at >> 20) as usize & mask];
        sum = sum.wrapping_add(word);
        let next = if chased { at.wrapping_add(word) } else { at };
        at = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    }
    sum
}

fn filled<A: Allocator>(alloc: A) -> Block<A> {
    let mut block = Block::new_in(Layout::from_size_align(1 << 30, 64).expect("a layout"), alloc)
        .expect("a gigabyte");
    block.as_mut_slice().fill(0);
    println!("placement: {:?}", placement(block.as_slice(), Native));
    block
}

fn random_reads() {
    const N: usize = 1 << 20;
    let huge = filled(HugePages::new());
    let small = filled(HugePages::new().with_explicit(Wish::Ignore).with_transparent(Wish::Ignore));
    // SAFETY: the bytes are initialised, aligned to 64, and any bytes are words.
    let words = |bytes: &[u8]| unsafe {
        core::slice::from_raw_parts(bytes.as_ptr().cast::<u64>(), bytes.len() / 8)
    };
    let (huge, small) = (words(huge.as_slice()), words(small.as_slice()));
    for chased in [false, true] {
        let sum = |words| _ = black_box(sum_at_random(words, N, chased));
        column_of(
            15,
            if chased { "random reads over 1 GiB, each waits" } else { "random reads over 1 GiB" },
            N,
            vec![("HugePages", Box::new(|| sum(huge))), ("small pages", Box::new(|| sum(small)))],
        );
    }
}

fn main() {
    blocks(false);
    blocks(true);
    random_reads();
}
