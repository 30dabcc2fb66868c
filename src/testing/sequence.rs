//! Programs of operations on sequences, run against std's counterpart.
//!
//! A vector or a queue under test has the methods of `Vec` or `VecDeque`, so that the program is
//! written once and runs on both, step by step, which must agree after each: in their content, in what
//! they return, and in what their iterators yield. [`vec_differential!`](crate::vec_differential) and
//! [`deque_differential!`](crate::deque_differential) are macros because the methods are no trait's.

use core::{fmt, iter::FusedIterator};

/// One operation. Every value of every field means something: positions are remainders by the length
/// (plus one where the end is a position), counts are small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(missing_docs, reason = "the fields are explained above, for all variants at once")]
pub enum SeqOp {
    /// `push`, `push_back`.
    Push { value: u8 },
    /// `insert(0, _)`, `push_front`.
    PushFront { value: u8 },
    /// `pop`, `pop_back`.
    Pop,
    /// `remove(0)`, `pop_front`.
    PopFront,
    /// `insert`.
    Insert { at: u8, value: u8 },
    /// `remove`.
    Remove { at: u8 },
    /// `swap_remove`, `swap_remove_back`.
    SwapRemove { at: u8 },
    /// `truncate`.
    Truncate { to: u8 },
    /// `extend`, by an iterator whose estimate may lie.
    Extend { count: u8, estimate: Estimate },
    /// `extend_from_slice`, `extend_from_within`.
    Copies { from: u8, to: u8 },
    /// `append`.
    Append { count: u8 },
    /// `split_off`; the second part is what stays.
    SplitOff { at: u8 },
    /// `drain`, of which the first `front` and the last `back` are consumed.
    Drain { from: u8, to: u8, front: u8, back: u8 },
    /// `splice`.
    Splice { from: u8, to: u8, count: u8, estimate: Estimate },
    /// `extract_if` of what `value` divides, stopped after `stop`.
    ExtractIf { from: u8, to: u8, value: u8, stop: u8 },
    /// `retain` of what `value` does not divide.
    Retain { value: u8 },
    /// `dedup`.
    Dedup,
    /// `resize`.
    Resize { to: u8, value: u8 },
    /// `reserve`, `shrink_to`.
    Capacity { grow: u8, shrink: u8 },
    /// `clone`, `clone_from`.
    Clone { cut: u8 },
    /// `into_iter`, from both ends, and collected again.
    IntoIter { front: u8, back: u8 },
    /// `rotate_left`, `make_contiguous`.
    Rotate { by: u8 },
}

/// What an iterator says about its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Estimate {
    /// The truth.
    True,
    /// That nothing comes, and nothing can.
    Nothing,
    /// That seven more come than do.
    More,
    /// That more comes than any memory holds.
    Endless,
}

/// An iterator that says about its length what it was told to.
#[derive(Clone, Debug)]
pub struct Lying<I> {
    inner: I,
    estimate: Estimate,
}

impl<I: ExactSizeIterator> Lying<I> {
    /// `inner`, with this estimate.
    pub const fn new(inner: I, estimate: Estimate) -> Self {
        Self { inner, estimate }
    }
}

impl<I: ExactSizeIterator> Iterator for Lying<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.inner.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = match self.estimate {
            Estimate::True => self.inner.len(),
            Estimate::Nothing => 0,
            Estimate::More => self.inner.len() + 7,
            Estimate::Endless => usize::MAX,
        };
        (len, Some(len))
    }
}

impl<I: ExactSizeIterator> ExactSizeIterator for Lying<I> {}
impl<I: ExactSizeIterator + FusedIterator> FusedIterator for Lying<I> {}

/// A range of positions within `len`, out of two numbers.
#[must_use]
pub fn range_in(from: u8, to: u8, len: usize) -> core::ops::Range<usize> {
    let (from, to) = (usize::from(from) % (len + 1), usize::from(to) % (len + 1));
    from.min(to)..from.max(to)
}

/// Takes `front` from the front and `back` from the back, in this order, and looks at the length
/// before each.
///
/// # Panics
///
/// When the iterator's length is not what it yields.
pub fn both_ends<I: DoubleEndedIterator + ExactSizeIterator>(
    iter: &mut I,
    front: u8,
    back: u8,
) -> std::vec::Vec<I::Item> {
    let mut taken = std::vec::Vec::new();
    for step in 0..usize::from(front % 8) + usize::from(back % 8) {
        let len = iter.len();
        let item = if step < usize::from(front % 8) { iter.next() } else { iter.next_back() };
        assert_eq!(iter.len(), len.saturating_sub(1));
        assert_eq!(item.is_none(), len == 0);
        taken.extend(item);
    }
    taken
}

/// Where two sequences disagree.
///
/// # Panics
///
/// When they do.
#[track_caller]
pub fn agree<T: PartialEq + fmt::Debug>(ours: &[T], theirs: &[T], op: SeqOp) {
    assert_eq!(ours, theirs, "after {op:?}");
}

/// The step of a program for the operations that all vectors have by the same names, and for those
/// that the caller's arms are for.
#[doc(hidden)]
#[macro_export]
macro_rules! vec_step {
    ($op:expr, $len:ident, $ours:ident, $std:ident, $make:ident, { $($arms:tt)* }) => {{
        use $crate::testing::sequence::{Lying, SeqOp};
        match $op {
            SeqOp::Push { value } => {
                $ours.push($make(value));
                $std.push($make(value));
            }
            SeqOp::PushFront { value } => {
                $ours.insert(0, $make(value));
                $std.insert(0, $make(value));
            }
            SeqOp::Pop => assert_eq!($ours.pop(), $std.pop()),
            SeqOp::PopFront if $len > 0 => assert_eq!($ours.remove(0), $std.remove(0)),
            SeqOp::Insert { at, value } => {
                $ours.insert(usize::from(at) % ($len + 1), $make(value));
                $std.insert(usize::from(at) % ($len + 1), $make(value));
            }
            SeqOp::Remove { at } if $len > 0 => {
                let at = usize::from(at) % $len;
                assert_eq!($ours.remove(at), $std.remove(at));
            }
            SeqOp::SwapRemove { at } if $len > 0 => {
                let at = usize::from(at) % $len;
                assert_eq!($ours.swap_remove(at), $std.swap_remove(at));
            }
            SeqOp::Truncate { to } => {
                $ours.truncate(usize::from(to));
                $std.truncate(usize::from(to));
            }
            SeqOp::Extend { count, estimate } => {
                $ours.extend(Lying::new((0..count % 40).map(&$make), estimate));
                $std.extend((0..count % 40).map(&$make));
            }
            SeqOp::Append { count } => {
                let mut more: Vec<_> = (0..count % 20).map(&$make).collect();
                let mut other = $ours.split_off($len);
                other.extend(more.iter().cloned());
                $ours.append(&mut other);
                assert!(other.is_empty());
                $std.append(&mut more);
            }
            SeqOp::Dedup => {
                $ours.dedup();
                $std.dedup();
            }
            SeqOp::Resize { to, value } => {
                $ours.resize(usize::from(to), $make(value));
                $std.resize(usize::from(to), $make(value));
            }
            SeqOp::Capacity { grow, shrink } => {
                $ours.reserve(usize::from(grow));
                assert!($ours.capacity() >= $len + usize::from(grow));
                $ours.shrink_to(usize::from(shrink));
                assert!($ours.capacity() >= $len.max(usize::from(shrink).min($len)));
                $ours.reserve_exact(usize::from(shrink));
                $ours.shrink_to_fit();
            }
            SeqOp::Clone { cut } => {
                let mut copy = $ours.clone();
                copy.truncate(usize::from(cut));
                copy.clone_from(&$ours);
                $ours = copy;
            }
            $($arms)*
        }
    }};
}

/// Runs a program of [`SeqOp`](crate::testing::sequence::SeqOp)s on a vector and on std's: `$ours` is
/// an empty vector, `$make` makes an element of a `u8`, `$divides` says whether a `u8` divides it.
#[macro_export]
macro_rules! vec_differential {
    ($ops:expr, $ours:expr, $make:expr, $divides:expr) => {{
        use $crate::testing::sequence::{Lying, SeqOp, agree, both_ends, range_in};
        let (make, divides) = ($make, $divides);
        let mut ours = $ours;
        let mut std = Vec::new();
        for &op in $ops {
            let len = std.len();
            $crate::vec_step!(op, len, ours, std, make, {
                SeqOp::Copies { from, to } => {
                    let range = range_in(from, to, len);
                    if len < 500 {
                        ours.extend_from_within(range.clone());
                        ours.extend_from_slice(&std[range.clone()]);
                        std.extend_from_within(range.clone());
                        std.extend_from_within(range);
                    }
                }
                SeqOp::SplitOff { at } => {
                    let at = usize::from(at) % (len + 1);
                    let other = ours.split_off(at);
                    agree(&ours, &std[..at], op);
                    ours = other;
                    std = std.split_off(at);
                }
                SeqOp::Drain { from, to, front, back } => {
                    let range = range_in(from, to, len);
                    let (mut drain, mut other) = (ours.drain(range.clone()), std.drain(range));
                    assert_eq!(
                        both_ends(&mut drain, front, back),
                        both_ends(&mut other, front, back)
                    );
                    assert_eq!(drain.as_slice(), other.as_slice());
                    if front % 2 == 0 {
                        drain.keep_rest();
                        let rest: Vec<_> = other.collect();
                        let at = range_in(from, to, len).start;
                        std.splice(at..at, rest);
                    }
                }
                SeqOp::Splice { from, to, count, estimate } => {
                    let range = range_in(from, to, len);
                    let with = || (0..count % 40).map(&make);
                    if range.is_empty() {
                        ours.insert_many(range.start, Lying::new(with(), estimate));
                        std.splice(range, with());
                    } else {
                        let out: Vec<_> =
                            ours.splice(range.clone(), Lying::new(with(), estimate)).collect();
                        assert_eq!(out, std.splice(range, with()).collect::<Vec<_>>());
                    }
                }
                SeqOp::ExtractIf { from, to, value, stop } => {
                    let (range, stop) = (range_in(from, to, len), usize::from(stop % 8));
                    let out: Vec<_> =
                        ours.extract_if(range.clone(), |e| divides(value, e)).take(stop).collect();
                    let other = std.extract_if(range, |e| divides(value, e));
                    assert_eq!(out, other.take(stop).collect::<Vec<_>>());
                }
                SeqOp::Retain { value } => {
                    ours.retain(|e| !divides(value, e));
                    std.retain(|e| !divides(value, e));
                }
                SeqOp::IntoIter { front, back } => {
                    let empty = ours.split_off(len);
                    let mut iter = core::mem::replace(&mut ours, empty).into_iter();
                    let mut other = std.into_iter();
                    assert_eq!(
                        both_ends(&mut iter, front, back),
                        both_ends(&mut other, front, back)
                    );
                    assert_eq!(iter.as_slice(), other.as_slice());
                    ours.extend(iter);
                    std = other.collect();
                }
                SeqOp::Rotate { by } => {
                    ours.rotate_left(usize::from(by) % (len + 1));
                    std.rotate_left(usize::from(by) % (len + 1));
                }
                SeqOp::PopFront | SeqOp::Remove { .. } | SeqOp::SwapRemove { .. } => {}
            });
            agree(&ours, &std, op);
        }
    }};
}

/// Runs a program of [`SeqOp`](crate::testing::sequence::SeqOp)s on a queue that grows and on std's:
/// the arguments are as in [`vec_differential!`](crate::vec_differential).
#[macro_export]
macro_rules! deque_differential {
    ($ops:expr, $ours:expr, $make:expr, $divides:expr) => {{
        use $crate::testing::sequence::{Lying, SeqOp, agree, both_ends, range_in};
        let (make, divides) = ($make, $divides);
        let mut ours = $ours;
        let mut std = std::collections::VecDeque::new();
        for &op in $ops {
            let len = std.len();
            match op {
                SeqOp::Push { value } => {
                    ours.push_back(make(value));
                    std.push_back(make(value));
                }
                SeqOp::PushFront { value } => {
                    ours.push_front(make(value));
                    std.push_front(make(value));
                }
                SeqOp::Pop => assert_eq!(ours.pop_back(), std.pop_back()),
                SeqOp::PopFront => assert_eq!(ours.pop_front(), std.pop_front()),
                SeqOp::Insert { at, value } => {
                    ours.insert(usize::from(at) % (len + 1), make(value));
                    std.insert(usize::from(at) % (len + 1), make(value));
                }
                SeqOp::Remove { at } => {
                    let at = usize::from(at) % (len + 1);
                    assert_eq!(ours.remove(at), std.remove(at));
                }
                SeqOp::SwapRemove { at } => {
                    let at = usize::from(at) % (len + 1);
                    if at % 2 == 0 {
                        assert_eq!(ours.swap_remove_back(at), std.swap_remove_back(at));
                    } else {
                        assert_eq!(ours.swap_remove_front(at), std.swap_remove_front(at));
                    }
                }
                SeqOp::Truncate { to } => {
                    ours.truncate(usize::from(to));
                    std.truncate(usize::from(to));
                }
                SeqOp::Extend { count, estimate } => {
                    ours.try_extend(Lying::new((0..count % 40).map(&make), estimate)).unwrap();
                    std.extend((0..count % 40).map(&make));
                }
                SeqOp::Append { count } => {
                    let mut more: std::collections::VecDeque<_> =
                        (0..count % 20).map(&make).collect();
                    let mut other = ours.split_off(len);
                    other.extend(more.iter().cloned());
                    ours.append(&mut other);
                    assert!(other.is_empty());
                    std.append(&mut more);
                }
                SeqOp::SplitOff { at } => {
                    let at = usize::from(at) % (len + 1);
                    let other = ours.split_off(at);
                    assert!(ours.iter().eq(std.iter().take(at)));
                    ours = other;
                    std = std.split_off(at);
                }
                SeqOp::ExtractIf { from, to, value, stop } => {
                    let (range, stop) = (range_in(from, to, len), usize::from(stop % 8));
                    let out: Vec<_> =
                        ours.extract_if(range.clone(), |e| divides(value, e)).take(stop).collect();
                    // Through a `Vec`: a queue of std's has no such method on stable.
                    let mut all = Vec::from(std);
                    let other = all.extract_if(range, |e| divides(value, e));
                    assert_eq!(out, other.take(stop).collect::<Vec<_>>());
                    std = all.into();
                }
                SeqOp::Drain { from, to, front, back } => {
                    let range = range_in(from, to, len);
                    let (mut drain, mut other) = (ours.drain(range.clone()), std.drain(range));
                    assert_eq!(
                        both_ends(&mut drain, front, back),
                        both_ends(&mut other, front, back)
                    );
                }
                SeqOp::Retain { value } => {
                    ours.retain(|e| !divides(value, e));
                    std.retain(|e| !divides(value, e));
                }
                SeqOp::Resize { to, value } => {
                    ours.resize(usize::from(to), make(value));
                    std.resize(usize::from(to), make(value));
                }
                SeqOp::Capacity { grow, shrink } => {
                    ours.reserve(usize::from(grow));
                    assert!(ours.capacity() >= len + usize::from(grow));
                    ours.shrink_to(usize::from(shrink));
                    assert!(ours.capacity() >= len);
                    ours.reserve_exact(usize::from(shrink));
                    ours.shrink_to_fit();
                }
                SeqOp::Clone { .. } => ours = ours.clone(),
                SeqOp::IntoIter { front, back } => {
                    let empty = ours.split_off(len);
                    let mut iter = core::mem::replace(&mut ours, empty).into_iter();
                    let mut other = std.into_iter();
                    assert_eq!(
                        both_ends(&mut iter, front, back),
                        both_ends(&mut other, front, back)
                    );
                    ours.extend(iter);
                    std = other.collect();
                }
                SeqOp::Rotate { by } => {
                    ours.rotate_left(usize::from(by) % (len + 1));
                    std.rotate_left(usize::from(by) % (len + 1));
                    if by % 5 == 0 {
                        assert_eq!(ours.make_contiguous(), std.make_contiguous());
                    }
                }
                SeqOp::Copies { from, to } => {
                    let range = range_in(from, to, len);
                    assert!(ours.range(range.clone()).eq(std.range(range.clone())));
                    assert!(ours.range(range.clone()).rev().eq(std.range(range).rev()));
                }
                SeqOp::Dedup | SeqOp::Splice { .. } => {}
            }
            let (first, second) = ours.as_slices();
            agree(&[first, second].concat(), std.make_contiguous(), op);
            assert!(ours.iter().rev().eq(std.iter().rev()));
        }
    }};
}
