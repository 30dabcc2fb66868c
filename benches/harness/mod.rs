//! What the benchmarks share: contenders that take turns, and instruction counts by callgrind.
#![allow(dead_code, unreachable_pub, reason = "each benchmark uses the half it needs")]

use std::{process::Command, time::Instant};

const ROUNDS: usize = 201;
const WARM_UP: usize = 20;

/// A name, and one round of work.
pub type Contender<'a> = (&'static str, Box<dyn FnMut() + 'a>);

/// Lets the contenders take turns, ours first, and prints a table row: the median nanoseconds per
/// operation of each, and ours as a ratio to the best of the others.
pub fn column(name: &str, operations: usize, contenders: Vec<Contender<'_>>) {
    column_of(ROUNDS, name, operations, contenders);
}

/// [`column`] with a number of rounds, for rounds that take long.
pub fn column_of(rounds: usize, name: &str, operations: usize, mut contenders: Vec<Contender<'_>>) {
    let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
    let warm_up = WARM_UP.min(rounds / 3);
    for round in 0..rounds + warm_up {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            let start = Instant::now();
            contender.1();
            let time = start.elapsed().as_nanos();
            if round >= warm_up {
                times.push(time);
            }
        }
    }
    let medians: Vec<f64> = times
        .iter_mut()
        .map(|times| {
            times.sort_unstable();
            times[rounds / 2] as f64 / operations as f64
        })
        .collect();
    let best = medians[1..].iter().copied().fold(f64::INFINITY, f64::min);
    print!("| {name} |");
    for (contender, median) in contenders.iter().zip(&medians) {
        print!(" {} {median:.2} |", contender.0);
    }
    println!(" **{:.2}** |", medians[0] / best);
}

/// Counts the instructions and conditional branches of single functions: `once(name)` calls the
/// function with the symbol `count_<name>` once. The program runs itself under callgrind.
pub fn counts(names: &[&str], once: impl Fn(&str)) {
    if let Ok(name) = std::env::var("COUNT_ONE") {
        return once(&name);
    }
    println!("| operation | instructions | branches |\n|---|---|---|");
    for name in names {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--branch-sim=yes", "--callgrind-out-file=/dev/null"])
            .args([format!("--toggle-collect=count_{name}")])
            .arg(std::env::current_exe().expect("this program has a path"))
            .env("COUNT_ONE", name)
            .output()
            .expect("valgrind is installed");
        let text = String::from_utf8_lossy(&output.stderr);
        let line = text.lines().find(|line| line.contains("Collected"));
        let collected = line.map_or("?", |line| line.rsplit(':').next().unwrap_or("?").trim());
        let mut parts = collected.split_whitespace();
        let (instructions, branches) = (parts.next().unwrap_or("?"), parts.next().unwrap_or("?"));
        println!("| {name} | {instructions} | {branches} |");
    }
}
