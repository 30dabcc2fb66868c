//! A set of pages, as bits, which never allocates but in [`PageSet::reserve`].

use core::ops::Range;
use std::{collections::TryReserveError, vec::Vec};

/// A set of page numbers below a bound.
#[derive(Debug, Default)]
pub(super) struct PageSet {
    words: Vec<u64>,
    any: bool,
}

impl PageSet {
    /// Makes room for the pages below `bound`. Nothing is lost.
    pub(super) fn reserve(&mut self, bound: usize) -> Result<(), TryReserveError> {
        let words = bound.div_ceil(64);
        if words > self.words.len() {
            self.words.try_reserve(words - self.words.len())?;
            self.words.resize(words, 0);
        }
        Ok(())
    }

    /// Adds pages, all below the bound.
    #[inline]
    pub(super) fn add(&mut self, pages: Range<usize>) {
        if pages.len() == 1 {
            self.words[pages.start / 64] |= 1 << (pages.start % 64);
            self.any = true;
        } else if !pages.is_empty() {
            self.add_many(pages);
        }
    }

    #[cold]
    #[inline(never)]
    fn add_many(&mut self, pages: Range<usize>) {
        let (first, last) = (pages.start / 64, (pages.end - 1) / 64);
        let head = u64::MAX << (pages.start % 64);
        let tail = u64::MAX >> (63 - (pages.end - 1) % 64);
        if first == last {
            self.words[first] |= head & tail;
        } else {
            self.words[first] |= head;
            self.words[first + 1..last].fill(u64::MAX);
            self.words[last] |= tail;
        }
        self.any = true;
    }

    pub(super) fn contains(&self, page: usize) -> bool {
        self.words.get(page / 64).is_some_and(|word| word >> (page % 64) & 1 == 1)
    }

    pub(super) const fn is_empty(&self) -> bool {
        !self.any
    }

    pub(super) fn clear(&mut self) {
        if self.any {
            self.words.fill(0);
            self.any = false;
        }
    }

    /// The pages below `bound`, in order.
    pub(super) fn below(&self, bound: usize) -> impl Iterator<Item = usize> {
        let words = if self.any { self.words.as_slice() } else { &[] };
        words
            .iter()
            .enumerate()
            .flat_map(|(at, word)| {
                let mut left = *word;
                core::iter::from_fn(move || {
                    let bit = left.trailing_zeros();
                    left &= left.checked_sub(1)?;
                    Some(at * 64 + bit as usize)
                })
            })
            .take_while(move |page| *page < bound)
    }

    /// The pages below `bound` as runs of neighbours, in order.
    pub(super) fn runs(&self, bound: usize) -> impl Iterator<Item = Range<usize>> {
        let mut pages = self.below(bound).peekable();
        core::iter::from_fn(move || {
            let start = pages.next()?;
            let mut end = start + 1;
            while pages.next_if_eq(&end).is_some() {
                end += 1;
            }
            Some(start..end)
        })
    }
}
