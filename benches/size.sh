#!/usr/bin/env bash
# Compile time and code size of ten instantiations of each vector and queue, beside std's: one program
# for each type, which does the same with ten types of elements. Prints the best of five compilations
# by `rustc -O`, less that of a program that does nothing, and the bytes of code, less the same.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet
libs=${CARGO_TARGET_DIR:-target}/release
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

vector='
    let mut v = <$vector>::default();
    for n in 0..black_box(20) { v.push(make(n)); }
    v.insert(3, make(1));
    black_box(v.remove(0));
    v.extend((0..black_box(9)).map(make));
    black_box(v.drain(2..5).count());
    v.retain(|e| *e != make(4));
    v.truncate(black_box(12));
    let tail = v.split_off(4);
    black_box(v == tail.clone());
    black_box(tail.into_iter().rev().count());
    black_box(v.iter().max_by(|a, b| a.partial_cmp(b).unwrap()).is_some());
    v.reserve(black_box(50));
    v.shrink_to_fit();'
queue=${vector//v.push(/v.push_back(}
queue=${queue//v.remove(0)/v.pop_front()}

program() {
    cat <<RUST
#![allow(unused)]
use std::hint::black_box;
macro_rules! ten { (\$(\$element:ty, \$make:expr;)+) => { \$({
    type Element = \$element;
    let make: fn(u32) -> Element = \$make;
    $2
})+ } }
fn main() {
    ten! {
        u8, |n| n as u8; u16, |n| n as u16; u32, |n| n; u64, u64::from; u128, u128::from;
        f64, f64::from; char, |n| char::from_u32(n).unwrap(); String, |n| n.to_string();
        (u32, u64), |n| (n, 7); [u64; 4], |n| [u64::from(n); 4];
    }
}
RUST
}

# Sets `time` (in milliseconds) and `bytes`.
measure() {
    time=999999
    for _ in 1 2 3 4 5; do
        local start=$(date +%s%N)
        rustc -O --edition 2024 -L "$libs/deps" --extern "larder=$libs/liblarder.rlib" "$1" -o "$work/out"
        local took=$((($(date +%s%N) - start) / 1000000))
        if ((took < time)); then time=$took; fi
    done
    bytes=$(size -A "$work/out" | awk '$1 == ".text" { print $2 }')
}

program nothing '' | sed 's/    let make.*//' >"$work/nothing.rs"
measure "$work/nothing.rs"
idle=$time none=$bytes
echo '| ten instantiations of | compile time, ms | code, bytes |'
echo '|---|---|---|'
while read -r name type; do
    case $name in *Deque) body=$queue ;; *) body=$vector ;; esac
    program "$name" "${body//\$vector/$type}" >"$work/$name.rs"
    measure "$work/$name.rs"
    echo "| $name | $((time - idle)) | $((bytes - none)) |"
done <<'TYPES'
Vec Vec<Element>
SmallVector larder::SmallVector<Element, 8>
PooledVec larder::PooledVec<Element>
VecDeque std::collections::VecDeque<Element>
Deque larder::Deque<Element>
TYPES
