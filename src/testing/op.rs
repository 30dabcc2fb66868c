//! Programs of calls to an allocator, for fuzzers and for random tests.

use core::{alloc::Layout, error::Error, fmt, panic::AssertUnwindSafe};
use std::{borrow::ToOwned, panic::catch_unwind, string::String, vec::Vec};

use crate::{
    alloc::Allocator,
    testing::{
        Limits,
        shadow::{Fit, How, Shadow, Verdict},
    },
};

/// One call. Every value of every field means something:
///
/// - `index` picks a block among those that are live, by its remainder; with none the call is left
///   out. Its high byte picks which of the sizes that fit the block is passed.
/// - `align` is rounded up to a power of two, at most 16 KiB.
/// - `size` is left out if it is over 4 MiB; on the wrong side of the old size it is the old size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are explained above, for all variants at once")]
pub enum Op {
    /// `allocate`.
    Allocate { size: usize, align: usize },
    /// `allocate_zeroed`.
    AllocateZeroed { size: usize, align: usize },
    /// `deallocate`.
    Deallocate { index: u16 },
    /// `grow`.
    Grow { index: u16, size: usize, align: usize },
    /// `grow_zeroed`.
    GrowZeroed { index: u16, size: usize, align: usize },
    /// `shrink`.
    Shrink { index: u16, size: usize, align: usize },
}

impl Op {
    fn apply<A: Allocator>(self, s: &mut Shadow<A>) -> Verdict {
        let layout = |size, align: usize| {
            Layout::from_size_align(size, align.clamp(1, 1 << 14).next_power_of_two()).ok()
        };
        let mut resize = |index: u16, how, to: Option<Layout>| match (s.len(), to) {
            (0, _) | (_, None) => Ok(()),
            (n, Some(to)) => s.resize(usize::from(index) % n, how, to, fit(index)).map(drop),
        };
        match self {
            Self::Grow { index, size, align } => resize(index, How::Grow, layout(size, align)),
            Self::GrowZeroed { index, size, align } => {
                resize(index, How::GrowZeroed, layout(size, align))
            }
            Self::Shrink { index, size, align } => resize(index, How::Shrink, layout(size, align)),
            Self::Deallocate { index } => match s.len() {
                0 => Ok(()),
                n => s.free(usize::from(index) % n, fit(index)),
            },
            Self::Allocate { size, align } | Self::AllocateZeroed { size, align } => {
                let zeroed = matches!(self, Self::AllocateZeroed { .. });
                layout(size, align).map_or(Ok(()), |to| s.allocate(to, zeroed).map(drop))
            }
        }
    }

    /// The same call with a smaller size and alignment, if there is one.
    fn simpler(mut self) -> [Option<Self>; 3] {
        let before = self;
        let with = |change: fn(&mut usize, &mut usize)| {
            self = before;
            match &mut self {
                Self::Deallocate { .. } => {}
                Self::Allocate { size, align }
                | Self::AllocateZeroed { size, align }
                | Self::Grow { size, align, .. }
                | Self::GrowZeroed { size, align, .. }
                | Self::Shrink { size, align, .. } => change(size, align),
            }
            (self != before).then_some(self)
        };
        let changes: [fn(&mut usize, &mut usize); 3] =
            [|size, _| *size /= 2, |size, _| *size = size.saturating_sub(1), |_, align| *align = 1];
        changes.map(with)
    }
}

fn fit(index: u16) -> Fit {
    Fit::ALL[usize::from(index >> 8) % 3]
}

/// A program that an allocator does not survive, as short as it could be made. Its `Display` is the
/// program in Rust.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure {
    /// The program.
    pub ops: Vec<Op>,
    /// What is wrong at its end.
    pub why: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "// {}\nlet ops = [", self.why)?;
        self.ops.iter().try_for_each(|op| writeln!(f, "    Op::{op:?},"))?;
        write!(f, "];\nlarder::testing::run(&ops, make).unwrap();")
    }
}

/// As `Display`, so that `unwrap` prints the program.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}\n")
    }
}

impl Error for Failure {}

fn attempt<A: Allocator>(ops: &[Op], make: &impl Fn() -> A) -> Verdict {
    let limits = Limits::default().max_size(4 << 20).max_live_bytes(64 << 20);
    let run = || {
        let mut shadow = Shadow::new(make(), limits, true);
        ops.iter().try_for_each(|op| op.apply(&mut shadow))?;
        shadow.finish()
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err("a method unwound".to_owned()))
}

/// Runs the program against an allocator from `make`, and frees what is left at its end. Refusals
/// are fine, except of requests of no bytes.
///
/// # Errors
///
/// When the allocator breaks the contract: with a program of fewer and smaller calls for which it
/// does so as well, if there is one.
pub fn run<A: Allocator>(ops: &[Op], make: impl Fn() -> A) -> Result<(), Failure> {
    let Err(mut why) = attempt(ops, &make) else { return Ok(()) };
    let mut ops = ops.to_vec();
    let mut fails = |ops: &[Op]| match attempt(ops, &make) {
        Ok(()) => false,
        Err(now) => {
            why = now;
            true
        }
    };
    let mut chunk = ops.len().div_ceil(2).max(1);
    loop {
        let mut start = 0;
        while start < ops.len() {
            let mut fewer = ops.clone();
            fewer.drain(start..(start + chunk).min(ops.len()));
            if fails(&fewer) {
                ops = fewer;
            } else {
                start += chunk;
            }
        }
        if chunk == 1 {
            break;
        }
        chunk = chunk.div_ceil(2);
    }
    for i in 0..ops.len() {
        for change in 0..3 {
            // Halving ends soon; subtracting one is tried a few times only.
            for _ in 0..64 {
                let Some(simpler) = ops[i].simpler()[change] else { break };
                let before = core::mem::replace(&mut ops[i], simpler);
                if !fails(&ops) {
                    ops[i] = before;
                    break;
                }
            }
        }
    }
    Err(Failure { ops, why })
}

#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for Op {
    fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let (what, index) = (u.int_in_range(0..=7)?, u.arbitrary()?);
        if what >= 6 {
            return Ok(Self::Deallocate { index });
        }
        // Mostly small: the number of bits is as likely to be any.
        let bits: u32 = u.int_in_range(0..=16)?;
        let size = u.int_in_range(0..=(1_usize << bits))?;
        let align = 1 << u.int_in_range(0_u32..=12)?;
        Ok(match what {
            0 | 1 => Self::Allocate { size, align },
            2 => Self::AllocateZeroed { size, align },
            3 => Self::Grow { index, size, align },
            4 => Self::GrowZeroed { index, size, align },
            _ => Self::Shrink { index, size, align },
        })
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;
    use crate::{alloc::Global, testing::hostile::FailRandomly};

    fn program() -> Vec<Op> {
        let op = |i: usize| {
            let (size, align, index) = (i * 37 % 300, 1 << (i % 7), (i * 91) as u16);
            match i * 7 % 11 {
                0 | 1 => Op::AllocateZeroed { size, align },
                2 => Op::Grow { index, size, align },
                3 => Op::GrowZeroed { index, size, align },
                4 => Op::Shrink { index, size, align },
                5 | 6 => Op::Deallocate { index },
                _ => Op::Allocate { size, align },
            }
        };
        (0..500).map(op).collect()
    }

    #[test]
    fn good_allocators_survive() {
        run(&program(), || Global).unwrap();
        run(&program(), || FailRandomly::new(Global, 3, 5)).unwrap();
    }

    #[test]
    fn failures_are_rust() {
        let ops = Vec::from([Op::Allocate { size: 1, align: 2 }]);
        let text = Failure { ops, why: "because".to_owned() }.to_string();
        assert!(text.contains("\n    Op::Allocate { size: 1, align: 2 },\n"), "{text}");
    }

    #[cfg(feature = "arbitrary")]
    #[test]
    fn bytes_make_programs() {
        let bytes: Vec<u8> = (0..4000_u32).map(|i| ((i * i) >> 3) as u8).collect();
        let mut u = arbitrary::Unstructured::new(&bytes);
        let ops: Vec<Op> = (0..200).map(|_| u.arbitrary().unwrap()).collect();
        run(&ops, || Global).unwrap();
    }
}
