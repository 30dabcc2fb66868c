//! `FlatMap` beside `BTreeMap`, a sorted `Vec`, litemap and sorted-vec: interleaved, as ratios.
//!
//! `cargo bench --bench flat` prints, for each column, the median nanoseconds per operation; after
//! `--` the first letters of the columns to print may follow.
#![expect(clippy::iter_kv_map, reason = "what is timed is the iteration over entries")]

mod harness;

use core::{alloc::Layout, cmp::Ordering, hint::black_box};
use std::{collections::BTreeMap, env};

use harness::{Contender, column_of};
use larder::{Arena, FlatMap, FrozenMap, Keep, Pool, Slab};
use litemap::LiteMap;
use sorted_vec::SortedSet;

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

/// A pair in the order of its key, as sorted-vec wants it.
struct Pair<K>(K, u64);

impl<K: Ord> PartialEq for Pair<K> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<K: Ord> Eq for Pair<K> {}

impl<K: Ord> PartialOrd for Pair<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord> Ord for Pair<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

fn set_of<K: Ord>(pairs: impl Iterator<Item = (K, u64)>) -> SortedSet<Pair<K>> {
    SortedSet::from_unsorted(pairs.map(|(key, value)| Pair(key, value)).collect())
}

/// Finds each of `sought`.
fn finds<'a, K>(
    name: &'static str,
    sought: &'a [K],
    find: impl Fn(&K) -> Option<u64> + 'a,
) -> Contender<'a> {
    let work = move || {
        black_box(sought.iter().filter_map(|k| find(black_box(k))).sum::<u64>());
    };
    (name, Box::new(work))
}

fn lookups<K: Ord + Clone>(name: &str, keys: &[K], sought: &[K]) {
    if !wanted(name) {
        return;
    }
    let pairs: Sorted<K> = keys.iter().cloned().zip(0..).collect();
    let flat: FlatMap<K, u64> = pairs.iter().cloned().collect();
    let frozen: FrozenMap<K, u64> = flat.clone().freeze();
    let btree: BTreeMap<K, u64> = pairs.iter().cloned().collect();
    let lite: LiteMap<K, u64> = pairs.iter().cloned().collect();
    let set = set_of(pairs.iter().cloned());
    let vec = sorted(pairs);
    let count = sought.len();
    let ours = finds("larder", sought, |k| flat.get(k).copied());
    let ours_frozen = finds("larder frozen", sought, |k| frozen.get(k).copied());
    for (title, ours) in [(name, ours), (&format!("{name}, frozen"), ours_frozen)] {
        let at = |k: &K| vec.binary_search_by(|pair| pair.0.cmp(k)).ok();
        let at_set = |k: &K| set.binary_search_by(|pair| pair.0.cmp(k)).ok();
        let contenders = vec![
            ours,
            finds("btree", sought, |k| btree.get(k).copied()),
            finds("vec", sought, |k| Some(vec[at(k)?].1)),
            finds("litemap", sought, |k| lite.get(k).copied()),
            finds("sorted-vec", sought, |k| Some(set[at_set(k)?].1)),
        ];
        column_of(rounds(count), title, count, contenders);
    }
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
                (
                    "litemap",
                    Box::new(|| often(n, || pairs.iter().cloned().collect::<LiteMap<_, _>>())),
                ),
                ("sorted-vec", Box::new(|| often(n, || set_of(pairs.iter().cloned())))),
            ],
        );
    }
    let title = format!("iterate {name}");
    if wanted(&title) {
        let flat: FlatMap<K, u64> = pairs.iter().cloned().collect();
        let btree: BTreeMap<K, u64> = pairs.iter().cloned().collect();
        let lite: LiteMap<K, u64> = pairs.iter().cloned().collect();
        let set = set_of(pairs.iter().cloned());
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
                (
                    "litemap",
                    Box::new(|| often(n, || black_box(&lite).iter().map(|(_, v)| *v).sum::<u64>())),
                ),
                (
                    "sorted-vec",
                    Box::new(|| {
                        often(n, || black_box(&set).iter().map(|pair| pair.1).sum::<u64>())
                    }),
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
                (
                    "litemap",
                    Box::new(|| {
                        let mut map = LiteMap::<K, u64>::with_capacity(n);
                        for (key, value) in &pairs {
                            map.insert(key.clone(), *value);
                        }
                        black_box(map);
                    }),
                ),
                (
                    "sorted-vec",
                    Box::new(|| {
                        let mut set = SortedSet::with_capacity(n);
                        for (key, value) in &pairs {
                            set.replace(Pair(key.clone(), *value));
                        }
                        black_box(set);
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
    let mut lite: LiteMap<u64, u64> = (0..SIZE).map(|n| (spread(n), n)).collect();
    let mut set = set_of((0..SIZE).map(|n| (spread(n), n)));
    let [mut a, mut b, mut c, mut d, mut e] = [SIZE; 5];
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
            (
                "litemap",
                Box::new(|| {
                    for n in d..d + 1000 {
                        lite.insert(spread(n), n);
                        lite.remove(&spread(n - SIZE));
                    }
                    d += 1000;
                }),
            ),
            (
                "sorted-vec",
                Box::new(|| {
                    for n in e..e + 1000 {
                        set.replace(Pair(spread(n), n));
                        set.remove_item(&Pair(spread(n - SIZE), 0));
                    }
                    e += 1000;
                }),
            ),
        ],
    );
}

/// The same map in other memory: built and dropped, and looked at.
fn allocators() {
    for size in [16, 256, 4096_u64] {
        let pairs: Sorted<u64> = (0..size).map(|n| (spread(n), n)).collect();
        let (mut arena, slab) = (Arena::new(), Slab::new());
        // Blocks as large as the arrays become.
        let bytes = size as usize * 18 + 256;
        let pool = Pool::for_layout(Layout::from_size_align(bytes, 64).expect("it is small"));
        let n = pairs.len();
        let title = format!("allocators, build u64 {size}");
        if wanted(&title) {
            let pairs = || pairs.iter().copied();
            column_of(
                rounds(n),
                &title,
                n * times(n),
                vec![
                    ("larder", Box::new(|| often(n, || pairs().collect::<FlatMap<_, _>>()))),
                    (
                        "larder, Arena",
                        Box::new(|| {
                            for _ in 0..times(n) {
                                let mut map = FlatMap::new_in(&arena);
                                map.extend(pairs());
                                drop(black_box(map));
                                arena.reset(Keep::All);
                            }
                        }),
                    ),
                    (
                        "larder, Pool",
                        Box::new(|| {
                            for _ in 0..times(n) {
                                let mut map = FlatMap::new_in(&pool);
                                map.extend(pairs());
                                black_box(map);
                            }
                        }),
                    ),
                    (
                        "larder, Slab",
                        Box::new(|| {
                            for _ in 0..times(n) {
                                let mut map = FlatMap::new_in(&slab);
                                map.extend(pairs());
                                black_box(map);
                            }
                        }),
                    ),
                    ("btree", Box::new(|| often(n, || pairs().collect::<BTreeMap<_, _>>()))),
                ],
            );
        }
        let title = format!("allocators, hit u64 {size}");
        if wanted(&title) {
            let sought: Vec<u64> = (0..4096).map(|n| spread(spread(n ^ 0x5555) % size)).collect();
            let heap: FlatMap<u64, u64> = pairs.iter().copied().collect();
            let in_arena = heap.try_clone_in(&arena).expect("there is memory");
            let in_pool = heap.try_clone_in(&pool).expect("there is memory");
            let in_slab = heap.try_clone_in(&slab).expect("there is memory");
            let btree: BTreeMap<u64, u64> = pairs.iter().copied().collect();
            let contenders = vec![
                finds("larder", &sought, |k| heap.get(k).copied()),
                finds("larder, Arena", &sought, |k| in_arena.get(k).copied()),
                finds("larder, Pool", &sought, |k| in_pool.get(k).copied()),
                finds("larder, Slab", &sought, |k| in_slab.get(k).copied()),
                finds("btree", &sought, |k| btree.get(k).copied()),
            ];
            column_of(rounds(4096), &title, 4096, contenders);
        }
    }
}

fn main() {
    churn();
    allocators();
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
