//! Where pages are, and moving them.

use core::ptr::NonNull;
use std::{collections::BTreeMap, vec::Vec};

use crate::os::{Call, Error, Kernel, advice::touched};

/// How many pages the kernel is asked about at once.
const BATCH: usize = 1024;

/// On which nodes some pages are, by the kernel's word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Located {
    counts: BTreeMap<u32, usize>,
    elsewhere: usize,
}

impl Located {
    fn note(&mut self, answers: &[i32]) {
        for answer in answers {
            match u32::try_from(*answer) {
                Ok(node) => *self.counts.entry(node).or_default() += 1,
                Err(_) => self.elsewhere += 1,
            }
        }
    }

    /// How many pages are on `node`.
    #[must_use]
    pub fn on(&self, node: u32) -> usize {
        self.counts.get(&node).copied().unwrap_or(0)
    }

    /// The nodes that have any of the pages, and how many.
    pub fn counts(&self) -> impl Iterator<Item = (u32, usize)> {
        self.counts.iter().map(|(node, count)| (*node, *count))
    }

    /// How many pages are on no node: most often because they were never touched.
    #[must_use]
    pub const fn absent(&self) -> usize {
        self.elsewhere
    }
}

/// Goes over the pages of some memory in batches.
fn each_batch<K: Kernel, T>(
    memory: &[T],
    kernel: &K,
    call: Call,
    ask: impl Fn(NonNull<u8>, &mut [i32]) -> Result<(), crate::os::Errno>,
) -> Result<Located, Error> {
    let (start, len) = touched(kernel, NonNull::from(memory).cast(), size_of_val(memory));
    let page = kernel.page_size();
    let mut located = Located::default();
    let mut answers = Vec::new();
    for first in (0..len / page).step_by(BATCH) {
        answers.clear();
        answers.resize(BATCH.min(len / page - first), i32::MIN);
        let at = start.as_ptr().wrapping_add(first * page);
        let at = NonNull::new(at).unwrap_or(start);
        ask(at, &mut answers).map_err(|errno| Error::new(call, len, errno))?;
        located.note(&answers);
    }
    Ok(located)
}

/// Asks the kernel on which nodes the pages of `memory` are. Costs a walk over the pages.
///
/// ```
/// use larder::os::{Native, locate};
/// if let Ok(located) = locate(&[1, 2, 3], Native) {
///     assert_eq!(located.counts().map(|(_, pages)| pages).sum::<usize>() + located.absent(), 1);
/// }
/// ```
///
/// # Errors
///
/// When the kernel does not say, as in many containers.
pub fn locate<T>(memory: &[T], kernel: impl Kernel) -> Result<Located, Error> {
    each_batch(memory, &kernel, Call::Locate, |at, answers| kernel.locate(at, answers))
}

/// Moves the pages of `memory` to `node`, and says where they are then: the kernel leaves pages that
/// are shared, locked or in use where they are.
///
/// # Errors
///
/// When the kernel refuses, or there is no such node.
pub fn migrate<T>(memory: &[T], node: u32, kernel: impl Kernel) -> Result<Located, Error> {
    each_batch(memory, &kernel, Call::Migrate, |at, answers| kernel.migrate(at, node, answers))
}
