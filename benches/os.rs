//! Memory from the kernel, beside the calls themselves; memory that two processes share, beside pipes
//! and sockets; queues on mirrored pages, beside others.
//!
//! `cargo bench --bench os` prints a table row for each column; nanoseconds per block, read, message or
//! byte, and ours as a ratio to the best of the others.
#![cfg_attr(feature = "nightly", feature(allocator_api))]
#![expect(unsafe_code, reason = "frees raw blocks, and reads them as words")]

mod harness;
#[cfg(target_os = "linux")]
#[path = "os/shared.rs"]
mod shared;

use core::hint::black_box;
use std::collections::VecDeque;

use harness::{column, column_of};
use larder::{
    Deque,
    alloc::{Allocator, Block, Layout},
    os::{Access, Backing, HugePages, Kernel, Mirrored, Native, Pages, Wish, placement},
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
            ("larder's Pages", Box::new(|| round(&pages))),
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
            ("larder's Pages, uncached", Box::new(|| round(&uncached))),
        ],
    );
}

/// Words of a line of the cache.
const LINE: usize = 8;

fn next(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 20) as usize
}

/// A gigabyte in which each line names another, all in one circle.
fn circle(alloc: &HugePages) -> Option<Block<&HugePages>> {
    let mut block =
        Block::new_in(Layout::from_size_align(1 << 30, 64).expect("a layout"), alloc).ok()?;
    block.as_mut_slice().fill(0);
    // SAFETY: the bytes are initialised, aligned to 64, and any bytes are words.
    let words = unsafe {
        core::slice::from_raw_parts_mut(block.as_mut_slice().as_mut_ptr().cast(), (1 << 30) / 8)
    };
    let mut lines: Vec<u32> = (0..(1 << 30) / 64).collect();
    let mut state = 7;
    for last in (1..lines.len()).rev() {
        lines.swap(last, next(&mut state) % last);
    }
    for (line, to) in lines.iter().enumerate() {
        words[line * LINE] = *to as usize * LINE;
    }
    println!("placement: {:?}", placement(block.as_slice(), Native));
    Some(block)
}

/// Reads `count` words at random places, none of which depends on another.
fn scattered(words: &[usize], count: usize) -> usize {
    let (mask, mut state) = (words.len() - 1, 1);
    (0..count).fold(0, |sum: usize, _| sum.wrapping_add(words[next(&mut state) & mask]))
}

/// Follows `N` paths along the circle, `count` steps in all.
fn chased<const N: usize>(words: &[usize], count: usize) -> [usize; N] {
    let mut at = core::array::from_fn(|path| path * (words.len() / N));
    for _ in 0..count / N {
        at.iter_mut().for_each(|at| *at = words[*at]);
    }
    at
}

fn random_reads() {
    const N: usize = 1 << 20;
    let required = HugePages::new().with_explicit(Wish::Ignore).with_transparent(Wish::Require);
    let preferred = HugePages::new().with_explicit(Wish::Ignore);
    let small = HugePages::new().with_explicit(Wish::Ignore).with_transparent(Wish::Ignore);
    let blocks = [&required, &small, &preferred].map(circle);
    let [Some(huge), Some(small), Some(preferred)] = &blocks else {
        return println!("there are not so many huge pages");
    };
    // SAFETY: the bytes are initialised, aligned to 64, and any bytes are words.
    let words = |block: &Block<_>| unsafe {
        core::slice::from_raw_parts(block.as_slice().as_ptr().cast::<usize>(), (1 << 30) / 8)
    };
    let all = [
        ("larder's huge pages", words(huge)),
        ("small", words(small)),
        ("larder's, where preferred", words(preferred)),
    ];
    let race = |name, work: fn(&[usize])| {
        let contender = |(name, words): (&'static str, &'static [usize])| {
            (name, Box::new(move || work(words)) as Box<dyn FnMut()>)
        };
        column_of(15, name, N, all.into_iter().map(contender).collect());
    };
    race("random reads over 1 GiB", |words| _ = black_box(scattered(words, N)));
    race("the same, four of which wait", |words| _ = black_box(chased::<4>(words, N)));
    race("the same, each waits", |words| _ = black_box(chased::<1>(words, N)));
}

/// What a reader of a stream does: some bytes come, a window of them is looked at, some go.
fn streams() {
    const ROOM: usize = 4096;
    const STEP: usize = 500;
    const WINDOW: usize = 3000;
    const ROUNDS: usize = 500;
    let some = vec![7_u8; STEP];
    let mut into = vec![0; STEP];
    let sum = |window: &[u8]| window.iter().fold(0_u64, |sum, byte| sum + u64::from(*byte));
    let (mut mirrored, mut plain, mut std) = (
        Deque::<u8, Mirrored>::with_capacity_in(ROOM, Mirrored::new()),
        Deque::<u8>::with_capacity(ROOM),
        VecDeque::<u8>::with_capacity(ROOM),
    );
    mirrored.extend((0..WINDOW).map(|_| 1));
    plain.extend((0..WINDOW).map(|_| 1));
    std.extend((0..WINDOW).map(|_| 1));
    let mut writer = vmcircbuffer::nonblocking::Circular::with_capacity::<u8>(ROOM).expect("pages");
    let mut reader = writer.add_reader();
    writer.try_slice()[..WINDOW].fill(1);
    writer.produce(WINDOW);
    let into = core::cell::RefCell::new(&mut into[..]);
    for look in [false, true] {
        let mirrored = &mut mirrored;
        let plain = &mut plain;
        let std = &mut std;
        let (writer, reader) = (&mut writer, &mut reader);
        column(
            if look { "a byte in, looked at in a window, out" } else { "a byte in and out" },
            STEP * ROUNDS,
            vec![
                (
                    "larder's on mirrored pages",
                    Box::new(|| {
                        for _ in 0..ROUNDS {
                            black_box(mirrored.push_slice(black_box(&some)));
                            if look {
                                black_box(sum(mirrored.as_slice()));
                            }
                            black_box(mirrored.pop_slice(&mut into.borrow_mut()));
                        }
                    }),
                ),
                (
                    "VecDeque",
                    Box::new(|| {
                        for _ in 0..ROUNDS {
                            std.extend(black_box(&some));
                            if look {
                                black_box(sum(std.make_contiguous()));
                            }
                            let (first, second) = std.as_slices();
                            let count = first.len().min(STEP);
                            into.borrow_mut()[..count].copy_from_slice(&first[..count]);
                            into.borrow_mut()[count..].copy_from_slice(&second[..STEP - count]);
                            black_box(std.drain(..STEP).len());
                        }
                    }),
                ),
                (
                    "vmcircbuffer",
                    Box::new(|| {
                        for _ in 0..ROUNDS {
                            writer.try_slice()[..STEP].copy_from_slice(black_box(&some));
                            writer.produce(STEP);
                            let window = reader.try_slice().expect("there is a writer");
                            if look {
                                black_box(sum(window));
                            }
                            into.borrow_mut().copy_from_slice(&window[..STEP]);
                            reader.consume(STEP);
                        }
                    }),
                ),
                (
                    "larder's on the heap",
                    Box::new(|| {
                        for _ in 0..ROUNDS {
                            black_box(plain.push_slice(black_box(&some)));
                            if look {
                                black_box(sum(plain.make_contiguous()));
                            }
                            black_box(plain.pop_slice(&mut into.borrow_mut()));
                        }
                    }),
                ),
            ],
        );
    }
    column(
        "a queue made, 1 MiB pushed, dropped",
        1 << 20,
        vec![
            (
                "larder's on mirrored pages",
                Box::new(|| {
                    let mut queue = Deque::<u8, Mirrored>::new_in(Mirrored::new());
                    for _ in 0..(1 << 20) / 1024 {
                        queue.reserve(1024);
                        queue.push_slice(&[7; 1024]);
                    }
                    black_box(&queue);
                }),
            ),
            (
                "VecDeque",
                Box::new(|| {
                    let mut queue = VecDeque::<u8>::new();
                    (0..(1 << 20) / 1024).for_each(|_| queue.extend(&[7; 1024]));
                    black_box(&queue);
                }),
            ),
            (
                "larder's on the heap",
                Box::new(|| {
                    let mut queue = Deque::<u8>::new();
                    for _ in 0..(1 << 20) / 1024 {
                        queue.reserve(1024);
                        queue.push_slice(&[7; 1024]);
                    }
                    black_box(&queue);
                }),
            ),
        ],
    );
}

fn main() {
    #[cfg(target_os = "linux")]
    if shared::child() {
        return;
    }
    blocks(false);
    blocks(true);
    #[cfg(target_os = "linux")]
    {
        shared::messages();
        shared::pushes();
        streams();
    }
    random_reads();
}
