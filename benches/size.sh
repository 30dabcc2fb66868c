#!/usr/bin/env bash
# Compile time and code size of ten instantiations of each container, beside std's: one program for each
# type, which does the same with ten types of elements. Prints the best of five compilations
# by `rustc -O`, less that of a program that does nothing, and the bytes of code, less the same.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet
libs=${CARGO_TARGET_DIR:-target}/release
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

vector='
    let mut v = <$type>::default();
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
list='
    let mut v = <$type>::default();
    for n in 0..black_box(20) { v.push_back(make(n)); }
    v.push_front(make(1));
    black_box((v.pop_front(), v.pop_back()));
    v.extend((0..black_box(9)).map(make));
    let mut tail = v.split_off(4);
    black_box(v == tail.clone());
    v.append(&mut tail);
    black_box(v.iter_mut().rev().count());
    black_box(v.contains(&make(3)));
    black_box(v.into_iter().rev().count());'
map='
    let mut v: $type = (0..black_box(20)).map(|n| (order(n), make(n))).collect();
    black_box((v.insert(order(1), make(1)), v.remove(&order(7)), v.get(&order(3)).is_some()));
    *v.entry(order(30)).or_insert_with(|| make(2)) = make(3);
    v.extend((0..black_box(9)).map(|n| (order(n), make(n))));
    black_box((v.range(order(2)..order(9)).rev().count(), v.pop_first(), v.pop_last()));
    v.retain(|_, e| *e != make(4));
    let mut tail = v.split_off(&order(8));
    black_box(v == tail.clone());
    v.append(&mut tail);
    black_box(v.into_iter().count());'
slots='
    let mut v = <$type>::default();
    let keys: Vec<_> = (0..black_box(20)).map(|n| v.insert(make(n))).collect();
    black_box((v.remove(keys[3]), v.get(keys[4]).is_some()));
    v.extend((0..black_box(9)).map(make));
    v.retain(|e| *e != make(4));
    black_box((v.iter().count(), v.iter_mut().count(), v.drain().count()));
    v.reserve(black_box(50));
    v.shrink_to_fit();'
appended='
    let mut v = <$type>::default();
    for n in 0..black_box(20) { v.push(make(n)); }
    v.extend((0..black_box(9)).map(make));
    black_box(&v[3]);
    black_box((v.iter().count(), v.pop()));
    black_box(v == v.clone());
    v.truncate(black_box(12));
    black_box(v.into_iter().count());'

program() {
    cat <<RUST
#![allow(unused)]
use std::hint::black_box;
macro_rules! ten { (\$(\$element:ty, \$make:expr;)+) => { \$({
    type Element = \$element;
    let make: fn(u32) -> Element = \$make;
    let order = |n: u32| n;
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
while read -r name body type; do
    body=${!body}
    program "$name" "${body//\$type/$type}" >"$work/$name.rs"
    measure "$work/$name.rs"
    echo "| $name | $((time - idle)) | $((bytes - none)) |"
done <<'TYPES'
Vec vector Vec<Element>
SmallVector vector larder::SmallVector<Element, 8>
PooledVec vector larder::PooledVec<Element>
Vec-appended appended Vec<Element>
BumpVector appended larder::BumpVector<Element>
VecDeque queue std::collections::VecDeque<Element>
Deque queue larder::Deque<Element>
LinkedList list std::collections::LinkedList<Element>
OwnedList list larder::OwnedList<Element>
BTreeMap map std::collections::BTreeMap<u32, Element>
FlatMap map larder::FlatMap<u32, Element>
StableVector slots larder::StableVector<Element>
TYPES
