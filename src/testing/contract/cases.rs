//! The cases that every allocator owes, and the steps that cases are made of.

use core::alloc::Layout;
use std::vec::Vec;

use super::Case;
use crate::{
    alloc::Allocator,
    testing::shadow::{Fit, How, Shadow, Verdict},
};

pub(super) const SIZES: [usize; 14] = [1, 2, 3, 7, 8, 13, 16, 24, 33, 64, 100, 129, 255, 1000];
pub(super) const MIB: usize = 1 << 20;
pub(super) const PAGE: usize = 4096;

pub(super) fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("the cases ask for layouts that exist")
}

/// Pseudo-random numbers, the same in every run.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 8) as usize
}

pub(super) const fn all<A: Allocator>() -> [Case<A>; 25] {
    [
        ("zero-sized requests succeed", |s| {
            for align in [1, 8, 64, PAGE] {
                s.allocate(layout(0, align), false)?;
                for how in [How::Grow, How::GrowZeroed] {
                    if let Some(i) = s.allocate(layout(0, align), true)? {
                        s.resize(i, how, layout(50, align), Fit::Requested)?;
                        s.resize(i, How::Shrink, layout(0, align), Fit::Requested)?;
                        s.allocate(layout(9, align), false)?;
                        s.free(i, Fit::Requested)?;
                    }
                }
            }
            Ok(())
        }),
        ("small sizes", |s| sizes(s, &(0..600).collect::<Vec<_>>())),
        ("sizes to 64 KiB", |s| sizes(s, &[601, 1023, 1024, 4095, 4097, 30_000, 65_536])),
        ("sizes to 4 MiB", |s| sizes(s, &[65_537, MIB - 1, MIB, 3 * MIB + 5, 4 * MIB])),
        ("every alignment to 4 pages", |s| {
            for shift in 0..=14 {
                for size in [0, 1, 24, 100, 1 << shift] {
                    s.allocate(layout(size, 1 << shift), false)?;
                    s.allocate(layout(1, 1), false)?;
                }
            }
            Ok(())
        }),
        ("blocks end before the last address", |s| {
            // What a block may be is checked whenever there is a new one; here are the sizes and
            // alignments for which sums are most likely to go wrong.
            for shift in 0..=16 {
                for size in [1, (1 << shift) - 1, 1 << shift, (1 << shift) + 1, 3 << shift] {
                    s.allocate(layout(size, 1 << shift), false)?;
                }
                s.finish()?;
            }
            Ok(())
        }),
        ("requests beyond all memory fail", |s| {
            s.allocate(layout(100, 8), false)?;
            let most = isize::MAX as usize;
            for shift in [0, 3, 6, 12, usize::BITS - 2] {
                let align = 1 << shift;
                for size in [most - (align - 1), most / 2 + 1, most / 2 - align / 2] {
                    s.allocate_in_vain(layout(size, align), false)?;
                    s.allocate_in_vain(layout(size, align), true)?;
                }
                s.allocate(layout(100, 8), false)?;
            }
            Ok(())
        }),
        ("blocks are disjoint", |s| {
            for round in 0..200 {
                s.allocate(layout(SIZES[round % 14], 1 << (round % 6)), round % 3 == 0)?;
            }
            s.check_all()
        }),
        ("deallocate accepts sizes that fit", |s| {
            for size in SIZES {
                for fit in Fit::ALL {
                    if let Some(i) = s.allocate(layout(size, 8), false)? {
                        s.allocate(layout(size, 8), false)?;
                        s.free(i, fit)?;
                    }
                    s.allocate(layout(size, 8), false)?;
                }
            }
            Ok(())
        }),
        ("grow accepts sizes that fit", |s| resizes(s, How::Grow, &Fit::ALL, &[8])),
        ("shrink accepts sizes that fit", |s| resizes(s, How::Shrink, &Fit::ALL, &[8])),
        ("grow keeps the content", |s| resizes(s, How::Grow, &[Fit::Requested], &[8])),
        ("shrink keeps the content", |s| resizes(s, How::Shrink, &[Fit::Requested], &[8])),
        ("grow changes the alignment", |s| {
            resizes(s, How::Grow, &[Fit::Requested], &[1, 8, 64, PAGE])
        }),
        ("shrink changes the alignment", |s| {
            resizes(s, How::Shrink, &[Fit::Requested], &[1, 8, 64, PAGE])
        }),
        ("large blocks grow and shrink", |s| {
            for size in [5000, 65_535, 65_536, 70_000, 300_000] {
                let (Some(i), neighbour) =
                    (s.allocate(layout(size, 8), false)?, s.allocate(layout(99, 1), false)?)
                else {
                    continue;
                };
                s.resize(i, How::Grow, layout(size + 1, 8), Fit::Requested)?;
                s.resize(i, How::GrowZeroed, layout(size * 3, 8), Fit::Returned)?;
                s.resize(i, How::Shrink, layout(size + 1, 8), Fit::Returned)?;
                s.resize(i, How::Shrink, layout(size / 2, 64), Fit::Requested)?;
                s.resize(i, How::Grow, layout(size, PAGE), Fit::Requested)?;
                neighbour.map_or(Ok(()), |n| s.free(n, Fit::Requested))?;
            }
            s.check_all()
        }),
        ("allocate_zeroed zeroes to the end", |s| {
            for size in SIZES.into_iter().chain([5000, 70_000]) {
                dirty(s, size)?;
                s.allocate(layout(size, 8), true)?;
            }
            Ok(())
        }),
        ("grow_zeroed zeroes to the end", |s| {
            dirty(s, 3000)?;
            resizes(s, How::GrowZeroed, &Fit::ALL, &[8])
        }),
        ("a refusal changes nothing", |s| {
            let mut vain = |size, align, how| {
                let Some(i) = s.allocate(layout(size, align), false)? else { return Ok(()) };
                let most = isize::MAX as usize;
                s.resize_in_vain(i, how, layout(most - (align - 1), align))?;
                s.resize_in_vain(i, How::Shrink, layout(1, most / 2 + 1))?;
                s.allocate(layout(size, align), false)?;
                s.allocate(layout(size, align), true)?;
                s.check_all()
            };
            for size in SIZES {
                vain(size, 8, How::Grow)?;
                vain(size, 1, How::GrowZeroed)?;
            }
            Ok(())
        }),
        ("blocks survive moves", |s| {
            for round in 0..30 {
                s.allocate(layout(SIZES[round % 14], 8), false)?;
                s.move_allocator();
                s.check_all()?;
                if round % 3 == 2 && s.len() > 1 {
                    s.free(s.len() / 2, Fit::Requested)?;
                    s.resize(0, How::Grow, layout(round * 10, 8), Fit::Requested)?;
                    s.move_allocator();
                }
            }
            Ok(())
        }),
        ("live blocks are left alone", |s| {
            let mut state = 0x9E37_79B9_7F4A_7C15;
            for _ in 0..400 {
                step(s, &mut state)?;
                s.check_all()?;
            }
            Ok(())
        }),
        ("thousands of live blocks", |s| {
            for round in 0..4000 {
                s.allocate(layout(SIZES[round % 10], 1 << (round % 4)), false)?;
            }
            s.check_all()?;
            for i in 1..s.len() / 2 {
                s.free(i, Fit::Requested)?;
            }
            for round in 0..2000 {
                s.allocate(layout(SIZES[round % 9], 8), false)?;
            }
            Ok(())
        }),
        ("frees last in, first out", |s| {
            for round in 0..100 {
                for size in SIZES {
                    s.allocate(layout(size + round % 3, 8), false)?;
                }
                let keep = s.len().min(round);
                while s.len() > keep {
                    s.free(s.len() - 1, Fit::ALL[round % 3])?;
                }
            }
            Ok(())
        }),
        ("frees first in, first out", |s| {
            for round in 0..300 {
                s.allocate(layout(SIZES[round % 14], 8), false)?;
                if s.len() > 20 {
                    s.free(0, Fit::Requested)?;
                }
            }
            while s.len() > 0 {
                s.free(0, Fit::Returned)?;
            }
            Ok(())
        }),
        ("frees in any order", |s| {
            let mut state = 42;
            for _ in 0..3000 {
                step(s, &mut state)?;
            }
            Ok(())
        }),
    ]
}

/// Blocks of all `sizes` live at once, twice over, then freed last in, first out.
fn sizes<A: Allocator>(s: &mut Shadow<A>, sizes: &[usize]) -> Verdict {
    for align in [1, 16] {
        for &size in sizes {
            s.allocate(layout(size, align), false)?;
        }
        s.finish()?;
    }
    Ok(())
}

/// Leaves freed memory full of bytes that are not zero.
pub(super) fn dirty<A: Allocator>(s: &mut Shadow<A>, size: usize) -> Verdict {
    let before = s.len();
    for _ in 0..3 {
        s.allocate(layout(size, 8), false)?;
    }
    while s.len() > before {
        s.free(before, Fit::Requested)?;
    }
    Ok(())
}

/// Every size to nearby, equal and far sizes, between all pairs of `aligns`, with neighbours.
fn resizes<A: Allocator>(s: &mut Shadow<A>, how: How, fits: &[Fit], aligns: &[usize]) -> Verdict {
    for size in SIZES {
        for &fit in fits {
            for (&from, &to) in aligns.iter().flat_map(|a| aligns.iter().map(move |b| (a, b))) {
                let targets = match how {
                    How::Shrink => [size, size - 1, size / 2, 1],
                    How::Grow | How::GrowZeroed => [size, size + 1, size * 2, size * 5 + 700],
                };
                for target in targets {
                    let Some(i) = s.allocate(layout(size, from), false)? else { continue };
                    let neighbour = s.allocate(layout(size, 8), false)?;
                    let target = match how {
                        How::Shrink => target,
                        _ if target == size => s.returned(i),
                        _ => target,
                    };
                    s.resize(i, how, layout(target, to), fit)?;
                    if let Some(n) = neighbour {
                        s.free(n, fit)?;
                    }
                    s.free(i, fit)?;
                }
            }
        }
    }
    Ok(())
}

/// One random call, with about thirty blocks live.
pub(super) fn step<A: Allocator>(s: &mut Shadow<A>, state: &mut u64) -> Verdict {
    let (what, size) = (next(state), SIZES[next(state) % 14]);
    let (to, fit) = (layout(size, 1 << (what % 5)), Fit::ALL[what / 16 % 3]);
    if s.len() == 0 || (what.is_multiple_of(2) && s.len() < 30) {
        return s.allocate(to, what.is_multiple_of(3)).map(drop);
    }
    let i = next(state) % s.len();
    match next(state) % 6 {
        0 => s.resize(i, How::Grow, to, fit).map(drop),
        1 => s.resize(i, How::GrowZeroed, to, fit).map(drop),
        2 => s.resize(i, How::Shrink, to, fit).map(drop),
        _ => s.free(i, fit),
    }
}
