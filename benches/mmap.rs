//! The vector in a file beside std's: pushing, summing, committing, opening again.
//!
//! `cargo bench --bench mmap` prints ratios, and times where there is nothing to compare with. With
//! `LARDER_BENCH_PUSH` it stops after the pushes; files are in `LARDER_BENCH_FOLDER`.

mod harness;

use core::{hint::black_box, time::Duration};
use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Instant,
};

use harness::column_of;
use larder::{
    collections::mmap_vec::{Builder, Checksums, MmapVec, Storage, Survives},
    os::{HugePages, Pages},
};

const N: u64 = 10_000_000;

fn sum(values: &[u64]) -> u64 {
    values.iter().fold(0, |all, value| all.wrapping_add(*value))
}

fn file(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    let _ = fs::remove_file(&path);
    path
}

fn push_file(path: &Path, builder: &Builder<u64>) -> MmapVec<u64> {
    let _ = fs::remove_file(path);
    push_all(builder.create(path).unwrap())
}

fn push_all<S: Storage>(mut vec: MmapVec<u64, S>) -> MmapVec<u64, S> {
    for n in 0..N {
        vec.push(n).unwrap();
    }
    vec
}

fn push_vec() -> Vec<u64> {
    let mut vec = vec![];
    for n in 0..N {
        vec.push(n);
    }
    vec
}

/// Ten million pushes into a new vector, and its drop, beside `Vec`.
fn pushes<V>(name: &str, make: impl Fn() -> V) {
    column_of(
        15,
        &format!("push 10 M u64, {name}"),
        N as usize,
        vec![
            ("larder", Box::new(|| drop(black_box(make())))),
            ("Vec", Box::new(|| drop(black_box(push_vec())))),
        ],
    );
}

/// The slowest single push of many.
fn slowest(mut push: impl FnMut(u64)) -> Duration {
    let mut slowest = Duration::ZERO;
    let mut last = Instant::now();
    for n in 0..N {
        push(black_box(n));
        let now = Instant::now();
        slowest = slowest.max(now - last);
        last = now;
    }
    slowest
}

fn time(name: &str, bytes: u64, mut round: impl FnMut()) {
    let mut times: Vec<Duration> = (0..11)
        .map(|_| {
            let start = Instant::now();
            round();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let speed = bytes as f64 / times[5].as_secs_f64() / 1e9;
    println!("| {name} | {:.3} ms | {speed:.2} GB/s |", times[5].as_secs_f64() * 1e3);
}

fn main() {
    let folder = harness::folder("mmap");
    let path = file(&folder, "vec");

    let presets = [("default", Builder::<u64>::new()), ("small", Builder::small())];
    for (name, builder) in &presets {
        pushes(name, || push_file(&path, builder));
    }
    pushes("default, its elements lent out", || {
        let _ = fs::remove_file(&path);
        let mut vec = presets[0].1.create(&path).unwrap();
        let log = vec.appender();
        for n in 0..N {
            log.push(n).unwrap();
        }
        drop(log);
        vec
    });
    let (pages, huge) = (Pages::new(), HugePages::new().with_room(1 << 30));
    let kept = Pages::new().with_room(1 << 30).with_cache(1 << 30);
    pushes("no file, `Pages`", || push_all(MmapVec::new_in(&pages)));
    pushes("no file, `Pages` with room that keep what is freed", || {
        push_all(MmapVec::new_in(&kept))
    });
    pushes("no file, `HugePages` with room", || push_all(MmapVec::new_in(&huge)));
    if env::var_os("LARDER_BENCH_PUSH").is_some() {
        return fs::remove_dir_all(&folder).unwrap();
    }
    let _ = fs::remove_file(&path);
    let mut full = presets[0].1.create(&path).unwrap();
    full.extend(0..N).unwrap();
    let plain: Vec<u64> = (0..N).collect();
    column_of(
        21,
        "sum 10 M u64",
        N as usize,
        vec![
            ("larder", Box::new(|| assert_ne!(black_box(sum(&full)), 0))),
            ("Vec", Box::new(|| assert_ne!(black_box(sum(&plain)), 0))),
        ],
    );
    for (name, builder) in &presets {
        let mut vec = builder.create(file(&folder, "slow")).unwrap();
        println!("| slowest push, {name} | {:?} |", slowest(|n| vec.push(n).unwrap()));
    }
    let mut vec = vec![];
    println!("| slowest push, Vec | {:?} |", slowest(|n| vec.push(n)));
    drop((vec, plain));

    let start = Instant::now();
    full.commit().unwrap();
    println!("| commit of 80 MB appended | {:?} |", start.elapsed());
    time("commit of one push", 8, || {
        full.push(1).unwrap();
        full.commit().unwrap();
    });
    time("commit of one edit", 8, || {
        full[5] += 1;
        full.commit().unwrap();
    });
    time("commit of 1000 edits in as many pages", 8000, || {
        for n in 0..1000 {
            full[n * 4096] += 1;
        }
        full.commit().unwrap();
    });
    drop(full);
    let mut kill = Builder::<u64>::new()
        .survives(Survives::Kill)
        .checksums(Checksums::None)
        .create(file(&folder, "kill"))
        .unwrap();
    time("commit of one push that survives a kill", 8, || {
        kill.push(1).unwrap();
        kill.commit().unwrap();
    });

    let path = file(&folder, "large");
    let count = (1_u64 << 30) / 8;
    let mut large = MmapVec::<u64>::create(&path).unwrap();
    large.extend(0..count).unwrap();
    large.commit().unwrap();
    drop(large);
    let builder = Builder::<u64>::new();
    time("open 1 GiB, mapped", 1 << 30, || {
        // SAFETY: nobody else knows the file.
        #[expect(unsafe_code, reason = "maps a file")]
        let vec = unsafe { builder.open_mapped(&path) }.unwrap();
        assert_eq!(vec[1000], 1000);
    });
    time("open 1 GiB, mapped and verified", 1 << 30, || {
        // SAFETY: nobody else knows the file.
        #[expect(unsafe_code, reason = "maps a file")]
        let vec = unsafe { Builder::<u64>::careful().open_mapped(&path) }.unwrap();
        assert_eq!(vec[1000], 1000);
    });
    time("open 1 GiB, read", 1 << 30, || drop(builder.open(&path).unwrap()));
    time("open 1 GiB, read and verified", 1 << 30, || {
        drop(Builder::<u64>::careful().open(&path).unwrap());
    });
    time("read 1 GiB into a Vec (std::fs::read)", 1 << 30, || {
        drop(black_box(fs::read(&path).unwrap()))
    });
    fs::remove_dir_all(&folder).unwrap();
}
