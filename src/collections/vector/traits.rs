//! Views of a vector: as a slice, as text, as something to write bytes to.

use core::{
    borrow::{Borrow, BorrowMut},
    fmt,
    ops::{Index, IndexMut},
    slice::SliceIndex,
};

use super::Vector;
use crate::raw::storage::Storage;

impl<S: Storage<Item: fmt::Debug>> fmt::Debug for Vector<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl<S: Storage, I: SliceIndex<[S::Item]>> Index<I> for Vector<S> {
    type Output = I::Output;

    #[inline]
    #[track_caller]
    fn index(&self, index: I) -> &I::Output {
        &self.as_slice()[index]
    }
}

impl<S: Storage, I: SliceIndex<[S::Item]>> IndexMut<I> for Vector<S> {
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, index: I) -> &mut I::Output {
        &mut self.as_mut_slice()[index]
    }
}

impl<S: Storage> AsRef<[S::Item]> for Vector<S> {
    #[inline]
    fn as_ref(&self) -> &[S::Item] {
        self
    }
}

impl<S: Storage> AsMut<[S::Item]> for Vector<S> {
    #[inline]
    fn as_mut(&mut self) -> &mut [S::Item] {
        self
    }
}

impl<S: Storage> Borrow<[S::Item]> for Vector<S> {
    #[inline]
    fn borrow(&self) -> &[S::Item] {
        self
    }
}

impl<S: Storage> BorrowMut<[S::Item]> for Vector<S> {
    #[inline]
    fn borrow_mut(&mut self) -> &mut [S::Item] {
        self
    }
}

/// Bytes are appended. A refusal of memory is an error of the kind `OutOfMemory`.
#[cfg(feature = "std")]
impl<S: Storage<Item = u8>> std::io::Write for Vector<S> {
    #[inline]
    #[allow(clippy::std_instead_of_core, reason = "core has no `io` on stable")]
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.try_extend_from_slice(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(refusal) => Err(std::io::Error::new(std::io::ErrorKind::OutOfMemory, refusal)),
        }
    }

    #[inline]
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
