//! The cases of each capability.

use std::{borrow::ToOwned, format};

use super::{
    Case,
    cases::{MIB, PAGE, SIZES, dirty, layout, step},
};
use crate::{
    alloc::{Allocator, Bulk, CloneEquivalent, GoodSize, Layout, Owns, Reset, ResizeInPlace},
    testing::shadow::{Fit, How, Shadow, Verdict},
};

/// A block of one clone is a block of all, whichever come and go.
pub(super) const fn clones<A: CloneEquivalent>() -> [Case<A>; 1] {
    [("clones are equivalent", |s| {
        for (round, size) in SIZES.into_iter().chain(SIZES).enumerate() {
            match round % 4 {
                0 | 1 => s.become_clone(),
                2 => s.drop_handle(),
                _ => {}
            }
            let i = s.allocate(layout(size, 8), false)?;
            s.next_handle();
            s.allocate(layout(size, 8), false)?;
            if let Some(i) = i {
                let how = [How::Grow, How::GrowZeroed, How::Shrink][round % 3];
                let target = if how == How::Shrink { size / 2 } else { size * 2 + 900 };
                s.resize(i, how, layout(target, 16), Fit::Requested)?;
                s.next_handle();
                s.check_all()?;
                s.free(i / 2, Fit::Requested)?;
            }
        }
        Ok(())
    })]
}

/// Its own blocks are its own, and no other's are.
pub(super) const fn owns<A: Owns>() -> [Case<A>; 3] {
    [
        ("owns its own blocks", |s| {
            for size in SIZES.into_iter().chain([5000, 70_000]) {
                for align in [1, 8, 64] {
                    s.allocate(layout(size, align), false)?;
                }
                s.check_owned()?;
            }
            s.move_allocator();
            s.check_owned()?;
            let mut state = 7;
            for _ in 0..200 {
                step(s, &mut state)?;
                s.check_owned()?;
            }
            Ok(())
        }),
        ("owns no blocks of others", |s| {
            let small = SIZES.map(|size| layout(size, 8));
            s.check_foreign(&small)?;
            for scale in [1, 4, 16, 64] {
                s.check_foreign(&SIZES.map(|size| layout(size * scale, 16)))?;
            }
            s.finish()?;
            s.check_foreign(&small)
        }),
        ("blocks of no bytes are nobody's", |s| {
            s.free_nobodys(8)?;
            for size in SIZES {
                s.allocate(layout(size, 8), false)?;
                for align in [1, 8, 64, PAGE] {
                    s.free_nobodys(align)?;
                    s.allocate(layout(size, align), false)?;
                }
            }
            s.check_all()
        }),
    ]
}

/// In place means in place, and all sizes that fit are meant.
pub(super) const fn resize_in_place<A: ResizeInPlace>() -> [Case<A>; 3] {
    [
        ("grows in place", |s| in_place(s, |size| [size, size + 1, size * 2, size * 9 + 700])),
        ("shrinks in place", |s| in_place(s, |size| [size, size - 1, size / 2, 1])),
        ("refuses what has no place", |s| {
            for size in SIZES {
                let Some(i) = s.allocate(layout(size, 8), false)? else { continue };
                let most = isize::MAX as usize - 7;
                for size in [most, most / 2 + 1] {
                    s.resize_in_place_in_vain(i, size)?;
                    s.allocate(layout(9, 8), false)?;
                }
            }
            s.check_all()
        }),
    ]
}

/// Blocks with and without a neighbour behind them, resized in place, used, then grown, shrunk and
/// freed as what they are now.
fn in_place<A: ResizeInPlace>(s: &mut Shadow<A>, targets: fn(usize) -> [usize; 4]) -> Verdict {
    let mut happened = false;
    for (round, size) in SIZES.into_iter().enumerate() {
        for fit in Fit::ALL {
            for target in targets(size) {
                for neighbour in [false, true] {
                    let Some(i) = s.allocate(layout(size, 1 << (round % 7)), false)? else {
                        continue;
                    };
                    if neighbour {
                        s.allocate(layout(size, 8), false)?;
                    }
                    happened |= s.resize_in_place(i, target, fit)? && target != size;
                    s.allocate(layout(8, 8), false)?;
                    match round % 3 {
                        0 => s.resize(i, How::Grow, layout(2 * target, 8), fit).map(drop)?,
                        1 => s.resize(i, How::Shrink, layout(target / 2, 8), fit).map(drop)?,
                        _ => {}
                    }
                    s.free(i, fit)?;
                }
            }
        }
        s.finish()?;
    }
    if !happened {
        s.skip(|| "all was refused, so only refusals were tried".to_owned());
    }
    Ok(())
}

/// What is promised is what is returned.
pub(super) const fn good_size<A: GoodSize>() -> [Case<A>; 3] {
    [
        ("good_size foretells the size", |s| {
            good_sizes(s, |s, asked| match s.allocate(asked, false)? {
                Some(i) if s.returned(i) != s.alloc().good_size(asked) => Err(format!(
                    "{} bytes were foretold for {asked:?}, and {} returned",
                    s.alloc().good_size(asked),
                    s.returned(i)
                )),
                _ => Ok(()),
            })
        }),
        ("good_size wastes nothing", |s| {
            good_sizes(s, |s, asked| {
                let good = s.alloc().good_size(asked);
                let Ok(all) = Layout::from_size_align(good, asked.align()) else {
                    return Err(format!("{good} bytes for {asked:?} are no layout"));
                };
                match s.alloc().good_size(all) {
                    better if better == good => s.allocate(all, false).map(drop),
                    better => Err(format!("{good} bytes would be {better}")),
                }
            })
        }),
        ("good_size bears any layout", |s| {
            for shift in [0, 3, 12, 30, usize::BITS - 2] {
                let align = 1 << shift;
                for size in [0, 1, isize::MAX as usize - (align - 1)] {
                    let good = s.alloc().good_size(layout(size, align));
                    if good < size {
                        return Err(format!("{good} bytes are foretold for {size}"));
                    }
                }
            }
            Ok(())
        }),
    ]
}

fn good_sizes<A: GoodSize>(
    s: &mut Shadow<A>,
    check: fn(&mut Shadow<A>, Layout) -> Verdict,
) -> Verdict {
    for size in (0..300).chain(SIZES).chain([4000, 4096, 5000, 70_000]) {
        for align in [1, 8, 64] {
            check(s, layout(size, align))?;
        }
    }
    s.finish()?;
    for size in SIZES {
        check(s, layout(size, 8))?;
    }
    Ok(())
}

/// Many at once are as good as one by one, and may be mixed with them.
pub(super) const fn bulk<A: Bulk>() -> [Case<A>; 3] {
    [
        ("bulk blocks keep the contract", |s| {
            for (round, size) in SIZES.into_iter().chain([0, 5000]).enumerate() {
                for count in [0, 1, 2, 33, 100] {
                    let layout = layout(size, 1 << (round % 7));
                    s.allocate(layout, false)?;
                    let count = s.allocate_bulk(layout, count)?;
                    s.allocate(layout, true)?.map_or(Ok(()), |i| s.free(i, Fit::Requested))?;
                    s.free_bulk(layout, count)?;
                }
            }
            Ok(())
        }),
        ("bulk blocks are freed one by one", |s| {
            for size in SIZES {
                let n = s.allocate_bulk(layout(size, 8), 20)?;
                for round in 0..n {
                    let i = s.len() - 1 - (round * 7) % (n - round);
                    match round % 4 {
                        0 => {
                            s.resize(i, How::Grow, layout(2 * size, 8), Fit::Requested).map(drop)?
                        }
                        1 => s.resize(i, How::Shrink, layout(1, 8), Fit::Requested).map(drop)?,
                        _ => {}
                    }
                    s.free(i, Fit::Requested)?;
                }
            }
            s.check_all()
        }),
        ("blocks are freed in bulk", |s| {
            for size in SIZES {
                for count in [0, 1, 17, 60] {
                    let before = s.len();
                    for _ in 0..count {
                        s.allocate(layout(size, 16), false)?;
                    }
                    s.free_bulk(layout(size, 16), s.len() - before)?;
                    s.allocate(layout(size, 16), false)?;
                }
            }
            s.check_all()
        }),
    ]
}

/// After a reset all is as it was when the allocator was new.
pub(super) const fn reset<A: Allocator + Reset>() -> [Case<A>; 3] {
    [
        ("a reset ends all blocks", |s| {
            s.end_blocks()?;
            let mut state = 3;
            for round in 0..60 {
                for _ in 0..40 {
                    step(s, &mut state)?;
                }
                if round % 3 == 0 {
                    s.move_allocator();
                }
                s.end_blocks()?;
                s.end_blocks()?;
            }
            Ok(())
        }),
        ("a reset makes room for any size", |s| {
            // Each round asks for more than what the last has left behind can hold, then for less.
            for size in [10, 600, 5000, 300, 70_000, 20, MIB, 100_000, 3 * MIB, 1] {
                let count = if size < 10_000 { 50 } else { 2 };
                for _ in 0..count {
                    s.allocate(layout(size, 16), false)?;
                }
                s.allocate(layout(1, PAGE), false)?;
                s.end_blocks()?;
            }
            Ok(())
        }),
        ("zeroed blocks are zero after a reset", |s| {
            for size in SIZES.into_iter().chain([5000, 70_000]) {
                dirty(s, size)?;
                s.allocate(layout(size, 8), false)?;
                s.end_blocks()?;
                let i = s.allocate(layout(size, 8), true)?;
                if let Some(i) = i {
                    s.resize(i, How::GrowZeroed, layout(3 * size, 8), Fit::Requested)?;
                }
                s.end_blocks()?;
            }
            Ok(())
        }),
    ]
}
