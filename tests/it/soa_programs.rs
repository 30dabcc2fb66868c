//! Programs of operations on vectors of columns, each step beside std's vector of structs, for the tests
//! and the fuzz target.

use core::{fmt::Debug, mem};

use larder::{
    Soa, SoaVector,
    alloc::Allocator,
    collections::soa_vector::{CloneRow, Ref},
    testing::sequence::{SeqOp, both_ends, range_in},
    vec_step,
};

/// A row that owns memory, in fields of several sizes, that may have another in it.
#[derive(Soa, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Tree {
    pub(crate) seed: u8,
    pub(crate) text: String,
    pub(crate) below: Option<Box<Tree>>,
    pub(crate) number: u64,
}

impl Tree {
    pub(crate) fn new(seed: u8) -> Self {
        let below = (seed % 4 == 1).then(|| Box::new(Self::new(seed / 2)));
        Self { seed, text: "plum".repeat((seed % 4).into()), below, number: u64::from(seed) << 40 }
    }
}

/// Whether `value` divides what a row says of itself, with few answers.
fn divides(value: u8, row: &impl Debug) -> bool {
    format!("{row:?}").len() % (usize::from(value % 5) + 2) == 0
}

/// Runs a program on `ours`, which is empty, and on std's, and compares them after each step.
pub(crate) fn run<T, A>(ops: &[SeqOp], mut ours: SoaVector<T, A>, make: impl Fn(u8) -> T)
where
    T: Soa + Clone + Debug + Ord,
    for<'r> Ref<'r, T>: CloneRow<Owned = T> + Debug + Ord,
    A: Allocator + Clone,
{
    let mut std: Vec<T> = Vec::new();
    for &op in ops {
        let len = std.len();
        vec_step!(op, len, ours, std, make, {
            SeqOp::Copies { from, to } if len < 500 => {
                let range = range_in(from, to, len);
                ours.extend_from_within(range.clone());
                std.extend_from_within(range);
            }
            SeqOp::SplitOff { at } => {
                let at = usize::from(at) % (len + 1);
                let other = ours.split_off(at);
                assert_eq!(ours, std[..at]);
                ours = other;
                std = std.split_off(at);
            }
            SeqOp::Drain { from, to, front, back } => {
                let range = range_in(from, to, len);
                let (mut drain, mut other) = (ours.drain(range.clone()), std.drain(range.clone()));
                assert_eq!(both_ends(&mut drain, front, back), both_ends(&mut other, front, back));
                assert_eq!(format!("{drain:?}"), format!("{:?}", other.as_slice()));
                if front % 2 == 0 {
                    drain.keep_rest();
                    let rest: Vec<_> = other.collect();
                    std.splice(range.start..range.start, rest);
                }
            }
            // In place of what columns do not have: rows are written.
            SeqOp::Splice { from, to, count, .. } if len > 0 => {
                let (a, b) = (usize::from(from) % len, usize::from(to) % len);
                let new = make(count);
                assert_eq!(ours.replace(a, new.clone()), mem::replace(&mut std[a], new));
                ours.swap(a, b);
                std.swap(a, b);
                if count % 2 == 0 {
                    ours.reverse();
                    std.reverse();
                }
            }
            SeqOp::ExtractIf { from, to, value, stop } => {
                let (range, stop) = (range_in(from, to, len), usize::from(stop % 8));
                let pick = |at: &mut usize| {
                    *at += 1;
                    at.is_multiple_of(usize::from(value % 5) + 2)
                };
                let (mut mine, mut theirs) = (0, 0);
                let out = ours.extract_if(range.clone(), |_| pick(&mut mine)).take(stop);
                let other = std.extract_if(range, |_| pick(&mut theirs)).take(stop);
                assert!(out.eq(other));
            }
            SeqOp::Retain { value } => {
                ours.retain(|row| !divides(value, &row));
                std.retain(|row| !divides(value, row));
                let mut calls = 0;
                ours.retain_mut(|_| {
                    calls += 1;
                    calls % 5 > 0
                });
                calls = 0;
                std.retain(|_| {
                    calls += 1;
                    calls % 5 > 0
                });
            }
            SeqOp::IntoIter { front, back } => {
                let empty = ours.split_off(len);
                let mut iter = mem::replace(&mut ours, empty).into_iter();
                let mut other = std.into_iter();
                assert_eq!(both_ends(&mut iter, front, back), both_ends(&mut other, front, back));
                assert_eq!(iter.clone().collect::<Vec<_>>(), other.as_slice());
                ours.extend(iter);
                std = other.collect();
            }
            SeqOp::Rotate { by } => match by % 3 {
                0 => {
                    ours.sort();
                    std.sort();
                }
                1 => {
                    ours.sort_by(|a, b| b.cmp(&a));
                    std.sort_by(|a, b| b.cmp(a));
                }
                _ => {
                    let keyed = |row: &dyn Debug| format!("{row:?}").len();
                    ours.sort_by_cached_key(|row| keyed(&row));
                    std.sort_by_cached_key(|row| keyed(row));
                }
            },
            _ => {}
        });
        assert_eq!(ours, std, "after {op:?}");
        assert!(ours.iter().rev().eq(std.iter().rev().map(Soa::as_row)), "after {op:?}");
    }
}
