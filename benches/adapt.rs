//! What the adapters cost: nanoseconds for an allocation and its free, beside the bare upstream.
//!
//! `cargo bench --bench adapt` prints, for each adapter, its median and that of the bare upstream over
//! rounds in which both take their turn, and then the ratio.
#![cfg_attr(feature = "nightly", feature(allocator_api))]
#![expect(unsafe_code, reason = "a program that drives an allocator")]

mod harness;

use core::hint::black_box;

use harness::column_of;
use larder::{
    Arena,
    adapt::{
        Aligned, Checked, Dyn, Fallback, Limited, Locked, Quarantine, Segregate, Zeroizing, secure,
    },
    alloc::{Allocator, Global, Layout},
    observe::{Counted, Tracked},
};

const PAIRS: usize = 2000;

/// Pairs of an allocation and its free, sizes 16 to 128 in turn.
fn pairs(alloc: &impl Allocator) {
    for n in 0..PAIRS {
        let layout = Layout::from_size_align(16 + (n & 7) * 16, 8).unwrap();
        let block = alloc.allocate(black_box(layout)).unwrap();
        // SAFETY: allocated just now, by this layout.
        unsafe { alloc.deallocate(black_box(block).cast(), black_box(layout)) };
    }
}

fn beside(name: &'static str, adapter: &impl Allocator, bare: &impl Allocator) {
    column_of(
        101,
        name,
        PAIRS,
        vec![("adapter", Box::new(|| pairs(adapter))), ("bare", Box::new(|| pairs(bare)))],
    );
}

fn main() {
    let bare = Arena::new();
    bare.alloc(1_u8);
    println!("an allocation and its free, over an arena");
    beside("Limited", &Limited::new(Arena::new(), 1 << 30), &bare);
    beside("Counted", &Counted::new(Arena::new()), &bare);
    beside("Tracked", &Tracked::new(Arena::new()), &bare);
    beside("Aligned 64", &Aligned::<64, _>::new(Arena::new()), &bare);
    beside("Segregate 256", &Segregate::<256, _, _>::new(Arena::new(), Global), &bare);
    beside("Fallback", &Fallback::new(Arena::new(), Global), &bare);
    beside("Locked", &Locked::new(Arena::new()), &bare);
    beside("Dyn", &Dyn::new(Arena::new()), &bare);
    beside("Zeroizing", &Zeroizing::new(Arena::new()), &bare);
    println!("\nan allocation and its free, over the global heap");
    beside("Limited", &Limited::new(Global, 1 << 30), &Global);
    beside("Counted", &Counted::new(Global), &Global);
    beside("Tracked", &Tracked::new(Global), &Global);
    beside("Zeroizing", &Zeroizing::new(Global), &Global);
    beside("Quarantine 1 MiB", &Quarantine::new(Global, 1 << 20), &Global);
    beside("Checked", &Checked::new(Global), &Global);
    beside("secure::lasting", &secure::lasting(Global), &Global);
    beside("secure::strict", &secure::strict(Global), &Global);
}
