//! `FlatMap` beside `BTreeMap` and a sorted `Vec`: interleaved, as ratios.
//!
//! `cargo bench --bench flat` prints, for each column, the median nanoseconds per operation; after
//! `--` the first letters of the columns to print may follow.
#![expect(clippy::iter_kv_map, reason = "what is timed is the iteration over entries")]

mod harness;

use core::hint::black_box;
use std::{collections::BTreeMap, env};

use harness::column_of;
use larder::{FlatMap, FrozenMap};

/// A permutation of the 64-bit numbers, so that keys spread and none is there twice.
fn spread(n: u64) -> u64 {
    let n = (n ^ (n >> 31)).wrapping_mul(0x7FB5_D329_728E_A185);
    (n ^ (n >> 27)).wrapping_mul(0x81DA_DEF4_BC2D_D44D)
}

fn wanted(name: &str) -> bool {
    let mut args = env::args().skip(1).filter(|arg| !arg.starts_with("--")).peekable();
    args.peek().is_none() || args.any(|arg| name.starts_with(&arg))
}

fn rounds(operations: usize) -> usize {
    (20_000_000 / operations / 40).clamp(7, 101)
}

/// What is short is done often enough that looking at the clock does not count.
fn often<T>(n: usize, mut work: impl FnMut() -> T) {
    for _ in 0..times(n) {
        black_box(work());
    }
}

fn times(n: usize) -> usize {
    (4096 / n).max(1)
}

type Sorted<K> = Vec<(K, u64)>;

fn sorted<K: Ord>(mut pairs: Sorted<K>) -> Sorted<K> {
    pairs.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    pairs.dedup_by(|a, b| a.0 == b.0);
    pairs
}

fn lookups<K: Ord + Clone>(name: &str, keys: &[K], sought: &[K]) {
    if !wanted(name) {
        return;
    }
    let pairs: Sorted<K> = keys.iter().cloned().zip(0..).collect();
    let flat: FlatMap<K, u64> = pairs.iter().cloned().collect();
    let frozen: FrozenMap<K, u64> = flat.clone().freeze();
    let btree: BTreeMap<K, u64> = pairs.iter().cloned().collect();
    let vec = sorted(pairs);
    let find = |vec: &Sorted<K>, key: &K| {
        vec.binary_search_by(|pair| pair.0.cmp(key)).ok().map(|at| vec[at].1)
    };
    column_of(
        rounds(sought.len()),
        name,
        sought.len(),
        vec![
            (
                "larder",
                Box::new(|| {
                    black_box(sought.iter().filter_map(|k| flat.get(black_box(k))).sum::<u64>());
                }),
            ),
            (
                "btree",
                Box::new(|| {
                    black_box(sought.iter().filter_map(|k| btree.get(black_box(k))).sum::<u64>());
                }),
            ),
            (
                "vec",
                Box::new(|| {
                    black_box(sought.iter().filter_map(|k| find(&vec, black_box(k))).sum::<u64>());
                }),
            ),
        ],
    );
    column_of(
        rounds(sought.len()),
        &format!("{name}, frozen"),
        sought.len(),
        vec![
            (
                "larder frozen",
                Box::new(|| {
                    black_box(sought.iter().filter_map(|k| frozen.get(black_box(k))).sum::<u64>());
                }),
            ),
            (
                "btree",
                Box::new(|| {
                    black_box(sought.iter().filter_map(|k| btree.get(black_box(k))).sum::<u64>());
                }),
            ),
            (
                "vec",
                Box::new(|| {
                    black_box(sought.iter().filter_map(|k| find(&vec, black_box(k))).sum::<u64>());
                }),
            ),
        ],
    );
    column_of(
        rounds(sought.len()),
        &format!("{name}, by 16 frozen"),
        sought.len(),
        vec![
            (
                "larder get_many",
                Box::new(|| {
                    let (groups, _) = sought.as_chunks::<16>();
                    black_box(
                        groups
                            .iter()
                            .map(|group| {
                                let found = frozen.get_many(black_box(group).each_ref());
                                found.into_iter().flatten().sum::<u64>()
                            })
                            .sum::<u64>(),
                    );
                }),
            ),
            (
                "get",
                Box::new(|| {
                    black_box(sought.iter().filter_map(|k| frozen.get(black_box(k))).sum::<u64>());
                }),
            ),
        ],
    );
}

fn changes<K: Ord + Clone>(name: &str, keys: &[K]) {
    let pairs: Sorted<K> = keys.iter().cloned().zip(0..).collect();
    let n = pairs.len();
    let title = format!("build {name}");
    if wanted(&title) {
        column_of(
            rounds(n),
            &title,
            n * times(n),
            vec![
                (
                    "larder",
                    Box::new(|| often(n, || pairs.iter().cloned().collect::<FlatMap<_, _>>())),
                ),
                (
                    "btree",
                    Box::new(|| often(n, || pairs.iter().cloned().collect::<BTreeMap<_, _>>())),
                ),
                ("vec", Box::new(|| often(n, || sorted(pairs.to_vec())))),
            ],
        );
    }
    let title = format!("iterate {name}");
    if wanted(&title) {
        let flat: FlatMap<K, u64> = pairs.iter().cloned().collect();
        let btree: BTreeMap<K, u64> = pairs.iter().cloned().collect();
        let vec = sorted(pairs.clone());
        column_of(
            rounds(n),
            &title,
            n * times(n),
            vec![
                (
                    "larder",
                    Box::new(|| often(n, || black_box(&flat).iter().map(|(_, v)| *v).sum::<u64>())),
                ),
                (
                    "btree",
                    Box::new(|| {
                        often(n, || black_box(&btree).iter().map(|(_, v)| *v).sum::<u64>())
                    }),
                ),
                (
                    "vec",
                    Box::new(|| often(n, || black_box(&vec).iter().map(|(_, v)| *v).sum::<u64>())),
                ),
            ],
        );
    }
    let title = format!("insert one by one {name}");
    if wanted(&title) && n <= 1 << 16 {
        column_of(
            rounds(n * 8),
            &title,
            n,
            vec![
                (
                    "larder",
                    Box::new(|| {
                        let mut map = FlatMap::with_capacity(n);
                        for (key, value) in &pairs {
                            map.insert(key.clone(), *value);
                        }
                        black_box(map);
                    }),
                ),
                (
                    "vec",
                    Box::new(|| {
                        let mut vec = Sorted::with_capacity(n);
                        for (key, value) in &pairs {
                            match vec.binary_search_by(|pair: &(K, u64)| pair.0.cmp(key)) {
                                Ok(at) => vec[at].1 = *value,
                                Err(at) => vec.insert(at, (key.clone(), *value)),
                            }
                        }
                        black_box(vec);
                    }),
                ),
            ],
        );
    }
    let title = format!("insert ascending {name}");
    if wanted(&title) {
        let ascending = sorted(pairs.clone());
        column_of(
            rounds(n),
            &title,
            n,
            vec![
                (
                    "larder",
                    Box::new(|| {
                        let mut map = FlatMap::new();
                        for (key, value) in &ascending {
                            map.insert(key.clone(), *value);
                        }
                        black_box(map);
                    }),
                ),
                (
                    "btree",
                    Box::new(|| {
                        let mut map = BTreeMap::new();
                        for (key, value) in &ascending {
                            map.insert(key.clone(), *value);
                        }
                        black_box(map);
                    }),
                ),
            ],
        );
    }
}

fn all<K: Ord + Clone>(name: &str, size: u64, key: fn(u64) -> K) {
    let keys: Vec<K> = (0..size).map(|n| key(2 * n)).collect();
    let probes = size.clamp(4096, 200_000);
    // In an order of their own, each of them as likely as any other.
    let hits: Vec<K> = (0..probes).map(|n| key(2 * (spread(n ^ 0x5555) % size))).collect();
    let misses: Vec<K> = (0..probes).map(|n| key(2 * (spread(n ^ 0xAAAA) % size) + 1)).collect();
    lookups(&format!("hit {name} {size}"), &keys, &hits);
    lookups(&format!("miss {name} {size}"), &keys, &misses);
    changes(&format!("{name} {size}"), &keys);
}

/// Random inserts into a map of 4,096 entries, which has them still: each takes one out too.
fn churn() {
    const SIZE: u64 = 4096;
    if !wanted("insert and remove") {
        return;
    }
    let mut flat: FlatMap<u64, u64> = (0..SIZE).map(|n| (spread(n), n)).collect();
    let mut btree: BTreeMap<u64, u64> = (0..SIZE).map(|n| (spread(n), n)).collect();
    let mut vec = sorted((0..SIZE).map(|n| (spread(n), n)).collect());
    let [mut a, mut b, mut c] = [SIZE; 3];
    column_of(
        101,
        "insert and remove u64 4096",
        2000,
        vec![
            (
                "larder",
                Box::new(|| {
                    for n in a..a + 1000 {
                        flat.insert(spread(n), n);
                        flat.remove(&spread(n - SIZE));
                    }
                    a += 1000;
                }),
            ),
            (
                "btree",
                Box::new(|| {
                    for n in b..b + 1000 {
                        btree.insert(spread(n), n);
                        btree.remove(&spread(n - SIZE));
                    }
                    b += 1000;
                }),
            ),
            (
                "vec",
                Box::new(|| {
                    for n in c..c + 1000 {
                        if let Err(at) = vec.binary_search_by(|pair| pair.0.cmp(&spread(n))) {
                            vec.insert(at, (spread(n), n));
                        }
                        if let Ok(at) = vec.binary_search_by(|pair| pair.0.cmp(&spread(n - SIZE))) {
                            vec.remove(at);
                        }
                    }
                    c += 1000;
                }),
            ),
        ],
    );
}

fn main() {
    churn();
    for size in [16, 256, 4096, 65_536, 1 << 20] {
        all("u64", size, spread);
    }
    for size in [16, 256, 4096, 65_536] {
        all("String", size, |n| format!("{:016x}", spread(n)));
        all("path", size, |n| format!("/usr/share/{:08x}", spread(n) >> 32));
    }
    for size in [256, 4096, 65_536] {
        all("pair", size, |n| (spread(n) >> 40, n));
    }
}
