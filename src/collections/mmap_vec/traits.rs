//! What a vector is to the rest of the language.

use core::{
    fmt,
    ops::{Deref, Index, IndexMut},
    slice::{Iter, SliceIndex},
};

use bytemuck::Pod;

use super::{MmapVec, Storage};

impl<T: Pod, S: Storage> Deref for MmapVec<T, S> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: Pod, S: Storage, I: SliceIndex<[T]>> Index<I> for MmapVec<T, S> {
    type Output = I::Output;

    #[inline]
    fn index(&self, index: I) -> &I::Output {
        &self.as_slice()[index]
    }
}

impl<T: Pod, S: Storage> IndexMut<usize> for MmapVec<T, S> {
    #[inline]
    fn index_mut(&mut self, index: usize) -> &mut T {
        let len = self.len();
        match self.get_mut(index) {
            Some(element) => element,
            None => panic!("the index is {index}, but the length is {len}"),
        }
    }
}

impl<T: Pod, S: Storage> AsRef<[T]> for MmapVec<T, S> {
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<'v, T: Pod, S: Storage> IntoIterator for &'v MmapVec<T, S> {
    type Item = &'v T;
    type IntoIter = Iter<'v, T>;

    fn into_iter(self) -> Iter<'v, T> {
        self.iter()
    }
}

impl<T: Pod + PartialEq, S: Storage, O: AsRef<[T]> + ?Sized> PartialEq<O> for MmapVec<T, S> {
    fn eq(&self, other: &O) -> bool {
        self.as_slice() == other.as_ref()
    }
}

impl<T: Pod + fmt::Debug, S: Storage> fmt::Debug for MmapVec<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}
