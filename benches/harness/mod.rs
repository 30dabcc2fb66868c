//! What the benchmarks share: contenders that take turns, and instruction counts by callgrind.
#![allow(dead_code, unreachable_pub, reason = "each benchmark uses the half it needs")]

use core::{alloc::Layout, ptr::NonNull};
use std::{
    env, fs,
    path::PathBuf,
    process::{self, Command},
    time::Instant,
};

const ROUNDS: usize = 201;
const WARM_UP: usize = 20;
const SITTINGS: usize = 15;

/// A name, and one round of work.
pub type Contender<'a> = (&'static str, Box<dyn FnMut() + 'a>);

/// Lets the contenders take turns, ours first, and prints a table row: the median nanoseconds per
/// operation of each, and the first as a ratio to the best of those that are not ours.
pub fn column(name: &str, operations: usize, contenders: Vec<Contender<'_>>) {
    column_of(ROUNDS, name, operations, contenders);
}

/// [`column`] with a number of rounds, for rounds that take long.
pub fn column_of(rounds: usize, name: &str, operations: usize, mut contenders: Vec<Contender<'_>>) {
    let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
    take_turns(rounds, &mut contenders, &mut times);
    row(name, operations, &contenders, times);
}

/// [`column`] in several sittings, each with contenders made anew: where their memory happens to be
/// is then not the same each time, which matters where a few cycles are compared.
pub fn column_anew<'a>(name: &str, operations: usize, make: impl Fn() -> Vec<Contender<'a>>) {
    let mut last = make();
    let mut times = vec![Vec::new(); last.len()];
    for _ in 0..SITTINGS {
        take_turns(ROUNDS / SITTINGS, &mut last, &mut times);
        // The old ones stay until the new ones are made, so that these cannot take their places.
        last = make();
    }
    row(name, operations, &last, times);
}

fn take_turns(rounds: usize, contenders: &mut [Contender<'_>], times: &mut [Vec<u128>]) {
    let warm_up = WARM_UP.min(rounds / 3);
    for round in 0..rounds + warm_up {
        for (contender, times) in contenders.iter_mut().zip(&mut *times) {
            // Not timed: after it the caches are as the contender leaves them, not the one before.
            contender.1();
            let start = Instant::now();
            contender.1();
            let time = start.elapsed().as_nanos();
            if round >= warm_up {
                times.push(time);
            }
        }
    }
}

fn row(name: &str, operations: usize, contenders: &[Contender<'_>], times: Vec<Vec<u128>>) {
    let each = |time: u128| time as f64 / operations as f64;
    let times = times.into_iter().map(|times| times.into_iter().map(each).collect());
    medians(name, contenders.iter().map(|(name, _)| *name), times);
}

/// Prints a table row of the medians of each contender's times, and the first as a ratio to the best
/// of those that are not ours.
pub fn medians<'n>(
    name: &str,
    contenders: impl IntoIterator<Item = &'n str>,
    times: impl IntoIterator<Item = Vec<f64>>,
) {
    print!("| {name} |");
    let (mut ours, mut best) = (None, f64::INFINITY);
    for (contender, mut times) in contenders.into_iter().zip(times) {
        times.sort_unstable_by(f64::total_cmp);
        let median = times[times.len() / 2];
        print!(" {contender} {median:.2} |");
        ours.get_or_insert(median);
        if !contender.starts_with("larder") {
            best = best.min(median);
        }
    }
    println!(" **{:.2}** |", ours.unwrap_or(f64::NAN) / best);
}

/// A new folder for the files of a benchmark: in `LARDER_BENCH_FOLDER`, or where temporary files go.
pub fn folder(name: &str) -> PathBuf {
    let base = env::var_os("LARDER_BENCH_FOLDER").map_or_else(env::temp_dir, PathBuf::from);
    let folder = base.join(format!("larder-bench-{name}-{}", process::id()));
    fs::create_dir_all(&folder).expect("a folder for files");
    folder
}

/// One call of `operation`, which is what [`counts`] counts: with it the call and the return.
#[inline(never)]
pub fn count_one<T, R>(
    subject: T,
    ptr: NonNull<u8>,
    old: Layout,
    new: Layout,
    operation: impl FnOnce(T, NonNull<u8>, Layout, Layout) -> R,
) -> R {
    operation(subject, ptr, old, new)
}

/// A row of [`counts`]: its name, and a function that does each operation by [`count_one`] once, in
/// the order of the columns.
pub type Subject = (&'static str, fn());

/// Prints a table of instructions and conditional branches. The program runs itself under callgrind,
/// once for each subject.
pub fn counts(operations: &[&str], subjects: &[Subject]) {
    if let Ok(name) = std::env::var("COUNT_SUBJECT") {
        // Another table's, when it is not found.
        return subjects.iter().filter(|(other, _)| *other == name).for_each(|(_, run)| run());
    }
    println!("\n| instructions, branches | {} |", operations.join(" | "));
    println!("|---|{}", "---|".repeat(operations.len()));
    let only = std::env::args().nth(1).filter(|argument| !argument.starts_with("--"));
    for (name, _) in subjects {
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let cells = counts_of(name);
        assert_eq!(cells.len(), operations.len(), "{name} does not do what the columns say");
        println!("| {name} | {} |", cells.join(" | "));
    }
}

/// One dump for each call of [`count_one`]. Callgrind obeys one option for each pattern of names, so
/// the two options below say the same function in two ways.
fn counts_of(subject: &str) -> Vec<String> {
    let directory = std::env::temp_dir().join(format!("larder-counts-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory for callgrind's files");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--branch-sim=yes", "--combine-dumps=no"])
        .arg("--toggle-collect=*count_one*")
        .arg(concat!("--dump-after=", module_path!(), "::count_one*"))
        .arg(format!("--callgrind-out-file={}/out", directory.display()))
        .arg(std::env::current_exe().expect("this program has a path"))
        .env("COUNT_SUBJECT", subject)
        .output()
        .expect("valgrind is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut cells = Vec::new();
    while let Ok(text) = std::fs::read_to_string(directory.join(format!("out.{}", cells.len() + 1)))
    {
        let line = text.lines().find_map(|line| line.strip_prefix("summary:"));
        let mut parts = line.expect("a dump has a summary").split_whitespace();
        let (instructions, branches) = (parts.next().unwrap_or("0"), parts.next().unwrap_or("0"));
        cells.push(format!("{instructions}, {branches}"));
    }
    drop(std::fs::remove_dir_all(directory));
    cells
}
