//! `MmapVec` beside those of mmap-vec and zipora, and a `Vec`, interleaved in one process.
//!
//! `cargo bench --bench mmap` in `benches/peers` prints the median nanoseconds per element, and the
//! ratio of ours to the best of the others. A file is made anew for each round, in
//! `LARDER_BENCH_FOLDER`, or where temporary files go.
//!
//! Ours writes to its file when it commits, the others as they go; so there is a row in which ours
//! commits, and is then as safe from the death of the process as they are.

use std::{
    fs,
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use larder::collections::mmap_vec::{Builder, Checksums, MmapVec, Survives};
use larder_peers::column_of;
use mmap_vec::{DefaultSegmentBuilder, MmapVec as SegmentVec, MmapVecBuilder};
use zipora::memory::{MmapVec as ZiporaVec, MmapVecConfig};

const N: u64 = 10_000_000;
const ROUNDS: usize = 7;

fn ours(path: &Path, builder: &Builder<u64>) -> MmapVec<u64> {
    let _ = fs::remove_file(path);
    builder.create(path).unwrap()
}

/// Its file goes when it is dropped.
fn segments(folder: &Path) -> SegmentVec<u64> {
    let builder = DefaultSegmentBuilder::with_path(folder);
    MmapVecBuilder::new().segment_builder(builder).try_build().unwrap()
}

fn zipora(path: &Path, config: MmapVecConfig) -> ZiporaVec<u64> {
    let _ = fs::remove_file(path);
    ZiporaVec::create(path, config).unwrap()
}

fn fill<V>(mut vec: V, mut push: impl FnMut(&mut V, u64)) -> V {
    for n in 0..N {
        push(&mut vec, n);
    }
    black_box(vec)
}

fn sum(values: &[u64]) {
    let sum = values.iter().fold(0, |all: u64, value| all.wrapping_add(*value));
    assert_eq!(black_box(sum), N * (N - 1) / 2);
}

/// The slowest single push of many, and how often the elements moved.
fn growth<V>(name: &str, mut vec: V, mut push: impl FnMut(&mut V, u64) -> *const u64) {
    let (mut slowest, mut moves, mut place) = (Duration::ZERO, 0, push(&mut vec, 0));
    let mut last = Instant::now();
    for n in 1..N {
        let now_at = push(&mut vec, n);
        let now = Instant::now();
        slowest = slowest.max(now - last);
        last = now;
        moves += u32::from(now_at != place);
        place = now_at;
    }
    println!("| growth, {name} | slowest push {slowest:?} | {moves} moves |");
}

fn main() {
    let folder = larder_peers::folder("peers-mmap");
    let (path, other) = (folder.join("ours"), folder.join("zipora"));
    let usual = Builder::<u64>::new();
    let kill = Builder::<u64>::new().survives(Survives::Kill).checksums(Checksums::None);
    let usual_config = MmapVecConfig::default;
    let fast_config = MmapVecConfig::performance_optimized;
    let zipora_push = |vec: &mut ZiporaVec<u64>, n| vec.push(n).unwrap();

    column_of(
        ROUNDS,
        "push 10 M u64",
        N as usize,
        vec![
            ("larder", Box::new(|| drop(fill(ours(&path, &usual), |vec, n| vec.push(n).unwrap())))),
            (
                "larder, commit",
                Box::new(|| {
                    let mut vec = fill(ours(&path, &kill), |vec, n| vec.push(n).unwrap());
                    vec.commit().unwrap();
                }),
            ),
            ("mmap-vec", Box::new(|| drop(fill(segments(&folder), |vec, n| vec.push(n).unwrap())))),
            ("zipora", Box::new(|| drop(fill(zipora(&other, usual_config()), zipora_push)))),
            ("zipora, fast", Box::new(|| drop(fill(zipora(&other, fast_config()), zipora_push)))),
        ],
    );

    let full = fill(ours(&path, &usual), |vec, n| vec.push(n).unwrap());
    let segment = fill(segments(&folder), |vec, n| vec.push(n).unwrap());
    let theirs = fill(zipora(&other, usual_config()), zipora_push);
    let plain: Vec<u64> = (0..N).collect();
    column_of(
        21,
        "sum 10 M u64",
        N as usize,
        vec![
            ("larder", Box::new(|| sum(&full))),
            ("mmap-vec", Box::new(|| sum(&segment))),
            ("zipora", Box::new(|| sum(theirs.as_slice()))),
            ("Vec", Box::new(|| sum(&plain))),
        ],
    );
    drop((full, segment, theirs, plain));

    growth("larder", ours(&path, &usual), |vec, n| {
        vec.push(n).unwrap();
        vec.as_ptr()
    });
    growth("mmap-vec", segments(&folder), |vec, n| {
        vec.push(n).unwrap();
        vec.as_ptr()
    });
    growth("zipora", zipora(&other, usual_config()), |vec, n| {
        vec.push(n).unwrap();
        vec.as_slice().as_ptr()
    });
    growth("Vec", Vec::new(), |vec, n| {
        vec.push(n);
        vec.as_ptr()
    });
    fs::remove_dir_all(&folder).unwrap();
}
