#![expect(unsafe_code, reason = "advises the kernel about memory of the caller's")]
//! Calls about memory that is there already, whoever allocated it.
//!
//! None of them changes what safe code can read: hints and locks change speed only, and
//! [`shrink_resident`] takes bytes that are not initialised, such as the spare capacity of a vector.
//! Advice that changes contents is not here; see [`Region::discard`](super::Region::discard).

use core::{mem::MaybeUninit, ptr::NonNull};

use super::{Advice, Call, Error, Hint, Kernel};

/// From how the range lies to the pages that it touches: their start and length.
pub(super) fn touched(kernel: &impl Kernel, at: NonNull<u8>, len: usize) -> (NonNull<u8>, usize) {
    let page = kernel.page_size();
    let before = at.addr().get() % page;
    let start = at.as_ptr().wrapping_sub(before);
    let len = if len == 0 { 0 } else { (before + len).next_multiple_of(page) };
    (NonNull::new(start).unwrap_or(at), len)
}

pub(super) fn populate_pages(
    kernel: &impl Kernel,
    at: NonNull<u8>,
    len: usize,
) -> Result<(), Error> {
    if len == 0 {
        return Ok(());
    }
    // SAFETY: populating changes nothing that can be seen, and refuses what is not mapped.
    let done = unsafe { kernel.advise(at, len, Advice::Hint(Hint::PopulateWrite)) };
    done.map_err(|errno| Error::new(Call::Populate, len, errno))
}

pub(super) fn lock_pages(kernel: &impl Kernel, at: NonNull<u8>, len: usize) -> Result<(), Error> {
    if len == 0 {
        return Ok(());
    }
    let locked = kernel.lock(at, len);
    locked
        .map_err(|errno| Error { limit: kernel.lock_limit(), ..Error::new(Call::Lock, len, errno) })
}

/// Makes the pages of `bytes` present and writable, so that their first use can neither be slow nor
/// end in a signal.
///
/// ```
/// use larder::os::{self, Native};
/// let mut numbers = Vec::<u64>::with_capacity(100_000);
/// os::populate(numbers.spare_capacity_mut(), Native)?;
/// # Ok::<(), larder::os::Error>(())
/// ```
///
/// # Errors
///
/// When the memory is not there, or the system has no such call.
pub fn populate<T>(memory: &mut [MaybeUninit<T>], kernel: impl Kernel) -> Result<(), Error> {
    let (at, len) = touched(&kernel, NonNull::from(&mut *memory).cast(), size_of_val(memory));
    populate_pages(&kernel, at, len)
}

/// Keeps the pages of `memory` from being swapped out, until [`unlock`] or until they are unmapped.
/// Locks do not count: one `unlock` undoes any number of locks of the same page.
///
/// # Errors
///
/// When the kernel refuses; the error then has the limit.
pub fn lock<T>(memory: &[T], kernel: impl Kernel) -> Result<(), Error> {
    let (at, len) = touched(&kernel, NonNull::from(memory).cast(), size_of_val(memory));
    lock_pages(&kernel, at, len)
}

/// Lets the pages of `memory` go to swap again.
///
/// # Errors
///
/// When the kernel refuses.
pub fn unlock<T>(memory: &[T], kernel: impl Kernel) -> Result<(), Error> {
    let (at, len) = touched(&kernel, NonNull::from(memory).cast(), size_of_val(memory));
    if len == 0 {
        return Ok(());
    }
    kernel.unlock(at, len).map_err(|errno| Error::new(Call::Unlock, len, errno))
}

/// Advises on the pages of `memory`; contents and rights stay.
///
/// # Errors
///
/// When the kernel does not take the advice.
pub fn hint<T>(memory: &[T], hint: Hint, kernel: impl Kernel) -> Result<(), Error> {
    let (at, len) = touched(&kernel, NonNull::from(memory).cast(), size_of_val(memory));
    if len == 0 {
        return Ok(());
    }
    // SAFETY: memory behind a reference is mapped, and hints change nothing that can be seen.
    let done = unsafe { kernel.advise(at, len, Advice::Hint(hint)) };
    done.map_err(|errno| Error::new(Advice::Hint(hint).call(), len, errno))
}

/// How many bytes of the pages of `memory` are present.
///
/// # Errors
///
/// When the kernel does not say.
pub fn resident<T>(memory: &[T], kernel: impl Kernel) -> Result<usize, Error> {
    let (at, len) = touched(&kernel, NonNull::from(memory).cast(), size_of_val(memory));
    if len == 0 {
        return Ok(0);
    }
    kernel.resident(at, len).map_err(|errno| Error::new(Call::Census, len, errno))
}

/// Gives the whole pages in `spare` back to the system until they are touched again, and returns how
/// many bytes that is.
///
/// ```
/// use larder::os::{self, Native};
/// let mut bytes = vec![1_u8; 1 << 20];
/// bytes.truncate(100);
/// let given = os::shrink_resident(bytes.spare_capacity_mut(), Native)?;
/// assert!(given >= (1 << 20) - 2 * 65_536);
/// assert!(bytes.iter().all(|byte| *byte == 1));
/// # Ok::<(), larder::os::Error>(())
/// ```
///
/// # Errors
///
/// When the kernel refuses, as it does for locked pages.
pub fn shrink_resident<T>(
    spare: &mut [MaybeUninit<T>],
    kernel: impl Kernel,
) -> Result<usize, Error> {
    let page = kernel.page_size();
    let (at, size) = (NonNull::from(&mut *spare).cast::<u8>(), size_of_val(spare));
    let before = at.addr().get().wrapping_neg() % page;
    let len = size.saturating_sub(before) / page * page;
    if len == 0 {
        return Ok(0);
    }
    // SAFETY: `before` is less than the size, or there would be no whole page.
    let at = unsafe { at.add(before) };
    // SAFETY: the pages lie inside memory that is the caller's alone and holds nothing.
    let done = unsafe { kernel.advise(at, len, Advice::Discard) };
    done.map(|()| len).map_err(|errno| Error::new(Call::Advise, len, errno))
}
