//! One screen: an index of words, built in ordinary collections over each allocator.
//!
//! `cargo run --release --example tour`
#![cfg_attr(feature = "nightly", feature(allocator_api))]

use core::time::Duration;
use std::{env, fs, path::Path, process::Command, thread, time::Instant};

use larder::{
    Arena, Buddy, BumpVector, CircularBuffer, FixedPool, FlatMap, FreeList, Interner, Keep,
    ObjectPool, OwnedList, Pool, PooledVec, Slab, SmallVector, Soa, SoaVector, StableVector, Stack,
    Tlsf,
    adapt::{Fallback, Limited, Segregate, secure},
    alloc::{Allocator, Api2, Global, Layout},
    collections::mmap_vec::MmapVec,
    observe::{Counted, Tracked},
    os::{Contents, SharedMemory, SharedRing, Wish},
    testing::hostile::Counting,
};

const LINES: usize = 20_000;

/// The words of a text that is the same every time.
fn words() -> impl Iterator<Item = String> {
    let mut state = 7_u32;
    (0..LINES).map(move |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        format!("word{}", (state >> 16) % 3000)
    })
}

/// Where each word stands: a map of vectors, all of it in `alloc`. Returns how many words differ.
fn index<A: Allocator + Copy>(words: &[String], alloc: A) -> usize {
    let mut index = hashbrown::HashMap::new_in(Api2(alloc));
    for (line, word) in words.iter().enumerate() {
        let lines = index
            .entry(word.as_str())
            .or_insert_with(|| allocator_api2::vec::Vec::new_in(Api2(alloc)));
        lines.push(line);
    }
    assert_eq!(index.values().map(|lines| lines.len()).sum::<usize>(), LINES);
    index.len()
}

/// A line, of which each field is in an array of its own.
#[derive(Soa)]
struct Line<'w> {
    word: &'w str,
    at: usize,
}

fn row(name: &str, micros: u128, slowest: u128, held: usize, left: usize) {
    let bar = "#".repeat((micros * 30 / slowest.max(1)).min(30) as usize);
    println!("{name:<28} {micros:>7} us {held:>10} B {left:>8} B  {bar}");
}

/// A row for an allocator that holds its memory within itself.
fn timed_row(name: &str, slowest: u128, work: impl FnOnce() -> usize) {
    let start = Instant::now();
    work();
    row(name, start.elapsed().as_micros(), slowest, 0, 0);
}

/// The same on pages from the kernel, in an arena, since an index has small blocks.
#[cfg(feature = "os")]
fn from_the_kernel(words: &[String], slowest: u128) {
    use larder::{
        alloc::Report,
        os::{HugePages, Pages},
    };

    fn one<A: Allocator + Report>(name: &str, pages: A, words: &[String], slowest: u128) {
        let start = Instant::now();
        let arena = Arena::new_in(&pages);
        index(words, &arena);
        let micros = start.elapsed().as_micros();
        let held = pages.report().live_bytes;
        drop(arena);
        row(name, micros, slowest, held, pages.report().live_bytes);
    }

    one("Arena on Pages", Pages::new(), words, slowest);
    let huge = HugePages::new();
    one("Arena on HugePages", &huge, words, slowest);
    println!("the kernel's huge pages: {:?}", huge.granted());
}

/// Short rows that stay where they are, one buffer that is used again and again, and the last lines.
fn rows_and_queues(words: &[String]) {
    let upstream = Counting::new(Global);
    let start = Instant::now();
    let mut spilled = 0;
    for word in words {
        let mut letters = SmallVector::<char, 7, _>::new_in(&upstream);
        letters.extend(word.chars());
        spilled += usize::from(letters.spilled());
    }
    let micros = start.elapsed().as_micros();
    println!(
        "\nSmallVector: of {LINES} rows of letters {spilled} had no room in themselves: {micros} us."
    );
    let start = Instant::now();
    let letters: usize =
        words.iter().map(|word| word.bytes().collect::<PooledVec<u8>>().len()).sum();
    let micros = start.elapsed().as_micros();
    println!("PooledVec: {letters} letters through buffers of the thread's pool: {micros} us.");
    let start = Instant::now();
    let mut last = CircularBuffer::with_capacity(100);
    let evicted = words.iter().filter(|word| last.push_back(word.as_str()).is_some()).count();
    assert!(last.iter().eq(&words[evicted..]));
    println!(
        "CircularBuffer: the last {} lines kept, {evicted} evicted: {} us.",
        last.len(),
        start.elapsed().as_micros()
    );
}

/// Pushes and commits until somebody kills the process; each commit adds a thousand numbers.
fn push_until_killed(path: &Path) {
    let mut vec = MmapVec::<u64>::create(path).unwrap();
    loop {
        let len = vec.len() as u64;
        vec.extend(len..len + 1000).unwrap();
        vec[0] = len + 1000;
        vec.commit().unwrap();
    }
}

/// Kills a process that fills a vector in a file, and opens what it left.
fn survive_a_kill() {
    let path = env::temp_dir().join(format!("larder-tour-{}", std::process::id()));
    let _ = fs::remove_file(&path);
    let this = env::current_exe().unwrap();
    let mut child = Command::new(this).env("LARDER_TOUR_CHILD", &path).spawn().unwrap();
    thread::sleep(Duration::from_millis(100));
    child.kill().unwrap();
    child.wait().unwrap();
    let vec = MmapVec::<u64>::builder().open_or_create(&path).unwrap();
    let whole = vec.iter().skip(1).copied().eq(1..vec.len().max(1) as u64);
    assert!(whole && vec.first().is_none_or(|len| *len == vec.len() as u64));
    println!(
        "MmapVec: killed after {} commits, all {} numbers are there",
        vec.len() / 1000,
        vec.len()
    );
    drop(vec);
    fs::remove_file(&path).unwrap();
}

/// Gets numbers from another process, by a ring in memory that both have.
fn two_processes() {
    const COUNT: u64 = 100_000;
    let Ok(memory) = SharedMemory::create(&Contents::ring::<u64>(1024)) else {
        return println!("SharedRing: this system has no memory to share.");
    };
    let this = env::current_exe().unwrap();
    let mut child = Command::new(this).env("LARDER_TOUR_RING", memory.path()).spawn().unwrap();
    let mut consumer = SharedRing::<u64>::over(memory).unwrap().consumer().unwrap();
    while consumer.front().is_none() {}
    let start = Instant::now();
    let (mut sum, mut some) = (0, [0; 64]);
    while consumer.taken() < COUNT {
        let count = consumer.pop_slice(&mut some);
        sum += some[..count].iter().sum::<u64>();
    }
    assert_eq!(sum, COUNT * (COUNT - 1) / 2);
    println!(
        "SharedRing: {COUNT} numbers came from another process in {} us.",
        start.elapsed().as_micros()
    );
    child.wait().unwrap();
}

/// The other process.
fn give_numbers(path: &Path) {
    let memory = SharedMemory::open(path, Wish::Require).unwrap();
    let mut producer = SharedRing::over(memory).unwrap().producer().unwrap();
    (0..100_000_u64).for_each(|n| while producer.push(n).is_err() {});
}

fn main() {
    if let Some(path) = env::var_os("LARDER_TOUR_RING") {
        return give_numbers(Path::new(&path));
    }
    if let Some(path) = env::var_os("LARDER_TOUR_CHILD") {
        return push_until_killed(Path::new(&path));
    }
    let words: Vec<String> = words().collect();
    println!("an index of {LINES} lines, built, checked and dropped\n");
    println!("{:<28} {:>10} {:>12} {:>10}", "allocator", "time", "held", "kept");

    let start = Instant::now();
    let differ = index(&words, Global);
    let slowest = start.elapsed().as_micros();
    row("the global heap", slowest, slowest, 0, 0);

    let upstream = Counting::new(Global);
    let mut arena = Arena::new_in(&upstream);
    for name in ["Arena, cold", "Arena, after a reset"] {
        let start = Instant::now();
        assert_eq!(index(&words, &arena), differ);
        let micros = start.elapsed().as_micros();
        let held = upstream.live_bytes();
        arena.reset(Keep::All);
        row(name, micros, slowest, held, upstream.live_bytes());
    }

    let start = Instant::now();
    let differ_in_scope = arena.scope(|scope| index(&words, scope));
    assert_eq!(differ_in_scope, differ);
    row(
        "a scope of the same arena",
        start.elapsed().as_micros(),
        slowest,
        upstream.live_bytes(),
        0,
    );

    let limited = Arena::new().with_limit(1 << 18);
    let fallback = Fallback::new(limited, Counted::new(Global));
    timed_row("Fallback: 256 KiB, then heap", slowest, || index(&words, &fallback));
    let classes = Segregate::<256, _, _>::new(Arena::new(), Limited::new(Global, 16 << 20));
    timed_row("Segregate: arena to 256 B", slowest, || index(&words, &classes));
    let strict = secure::strict(Global);
    timed_row("secure::strict over heap", slowest, || index(&words, &strict));

    drop(arena);
    let stack = Stack::new_in(&upstream);
    let start = Instant::now();
    assert_eq!(index(&words, &stack), differ);
    let (micros, held) = (start.elapsed().as_micros(), upstream.live_bytes());
    assert_eq!(stack.used_bytes(), 0);
    stack.trim();
    row("Stack, then trimmed", micros, slowest, held, upstream.live_bytes());

    drop(stack);
    for name in ["Slab, cold", "Slab, warm, then shrunk"] {
        let slab = Slab::new_in(&upstream);
        if name.contains("warm") {
            index(&words, &slab);
        }
        let start = Instant::now();
        assert_eq!(index(&words, &slab), differ);
        let (micros, held) = (start.elapsed().as_micros(), upstream.live_bytes());
        slab.shrink_to_fit();
        row(name, micros, slowest, held, upstream.live_bytes());
    }
    let pool = Pool::for_layout_in(Layout::new::<[usize; 8]>(), &upstream);
    let start = Instant::now();
    assert_eq!(index(&words, &pool), differ);
    let (micros, held) = (start.elapsed().as_micros(), upstream.live_bytes());
    pool.shrink_to_fit();
    row("Pool of 64 B, others on", micros, slowest, held, upstream.live_bytes());
    drop(pool);
    let list = FreeList::for_layout_in(Layout::new::<[usize; 8]>(), &upstream);
    let start = Instant::now();
    assert_eq!(index(&words, &list), differ);
    let (micros, held) = (start.elapsed().as_micros(), upstream.live_bytes());
    list.trim(0);
    row("FreeList of 33 to 64 B", micros, slowest, held, upstream.live_bytes());
    drop(list);
    #[cfg(feature = "os")]
    from_the_kernel(&words, slowest);
    let start = Instant::now();
    let tlsf = Tlsf::new_in(&upstream);
    assert_eq!(index(&words, &tlsf), differ);
    row("Tlsf", start.elapsed().as_micros(), slowest, upstream.live_bytes(), tlsf.live_bytes());
    drop(tlsf);
    let buddy = Buddy::with_capacity_in(4 << 20, &upstream).expect("the heap has room");
    let start = Instant::now();
    assert_eq!(index(&words, &buddy), differ);
    let (micros, held) = (start.elapsed().as_micros(), upstream.live_bytes());
    row("Buddy, 4 MiB", micros, slowest, held, buddy.live_bytes());
    drop(buddy);
    let nodes = Layout::new::<[u64; 64]>();
    let pool = FixedPool::for_layout_in(nodes, 3500, &upstream).expect("the heap has room");
    let small = Fallback::new(pool, &upstream);
    let start = Instant::now();
    assert_eq!(index(&words, &small), differ);
    let (micros, held) = (start.elapsed().as_micros(), upstream.live_bytes());
    row("FixedPool, then the heap", micros, slowest, held, small.primary().live());
    drop(small);
    upstream.assert_no_leaks();
    let texts = ObjectPool::new(String::new, String::clear);
    for word in &words {
        texts.acquire().push_str(word);
    }
    let usage = texts.usage();
    println!(
        "\nObjectPool: {} of {} texts were had without making one.",
        usage.hits(),
        usage.acquired
    );
    let tracked = Tracked::new(Global);
    let (_, region) = tracked.region("index", || index(&words, &tracked));
    let (blocks, peak, left) = (region.blocks, region.peak_bytes, region.left.len());
    println!("\nTracked: the index took {blocks} blocks, {peak} B at most, and left {left}.");
    print!("Counted, behind the fallback:\n{}", fallback.secondary().counts());
    println!("\n{differ} words differ; every byte went back to the heap.");
    let upstream = Counting::new(Global);
    let mut lines = StableVector::new_in(&upstream);
    let start = Instant::now();
    let handles: Vec<_> = words.iter().map(|word| lines.insert(word.as_str())).collect();
    for handle in handles.iter().step_by(2) {
        lines.remove(*handle);
    }
    let letters: usize = lines.iter().map(|word| word.len()).sum();
    let (micros, held) = (start.elapsed().as_micros(), upstream.live_bytes());
    assert_eq!(handles.iter().filter(|handle| lines.contains(**handle)).count(), lines.len());
    println!(
        "\nStableVector: {LINES} lines in, every other out, {letters} letters counted: {micros} us, {held} B."
    );
    let start = Instant::now();
    let seen = BumpVector::new();
    let mut recent = OwnedList::new();
    for word in &words {
        recent.push_front(seen.push(word.as_str()));
        if recent.len() > 100 {
            recent.pop_back();
        }
    }
    assert!(recent.iter().rev().copied().eq(seen.iter().skip(LINES - 100)));
    println!(
        "\nBumpVector and OwnedList: {LINES} lines kept, the last {} linked: {} us.",
        recent.len(),
        start.elapsed().as_micros()
    );
    rows_and_queues(&words);
    let start = Instant::now();
    let texts: Interner = words.iter().collect();
    let (micros, live) = (start.elapsed().as_micros(), texts.memory());
    let frozen = texts.freeze();
    println!(
        "Interner: {LINES} words in, {} differ: {micros} us, {live} B, frozen {} B.",
        frozen.len(),
        frozen.memory()
    );
    let start = Instant::now();
    let mut lines: SoaVector<Line> =
        words.iter().enumerate().map(|(at, word)| Line { word, at }).collect();
    lines.sort_by_key(|line| *line.word);
    let columns = lines.slices();
    let differ = columns.word.chunk_by(|one, other| one == other).count();
    println!(
        "SoaVector: {LINES} lines sorted by word, {differ} words, line numbers add up to {}: {} us.",
        columns.at.iter().sum::<usize>(),
        start.elapsed().as_micros()
    );
    let start = Instant::now();
    let first: FlatMap<&str, usize> = words.iter().map(String::as_str).zip(0..).collect();
    let last = first.values().max().copied().unwrap_or(0);
    let starting = first.range("word1".."word2").count();
    let found = first.freeze();
    assert!(words.iter().all(|word| found.contains_key(word.as_str())));
    println!(
        "FlatMap: {LINES} words in at once, {} differ, {starting} begin with word1, the last line is {last}; \
         frozen, all found: {} us.",
        found.len(),
        start.elapsed().as_micros()
    );
    two_processes();
    survive_a_kill();
    if cfg!(not(feature = "nightly")) {
        println!("std's own collections need the feature `nightly`, which is off here.");
    }
}
