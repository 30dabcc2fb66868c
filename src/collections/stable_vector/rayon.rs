//! Many threads at once, by rayon: elements go to them through a `Vec` of references, or by value.

use liballoc::vec::{self, Vec};

use rayon::iter::{
    FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator as _,
};

use super::{Key, KeyedVector};
use crate::alloc::Allocator;

impl<T: Send, K: Key, A: Allocator> IntoParallelIterator for KeyedVector<T, K, A> {
    type Item = T;
    type Iter = rayon::vec::IntoIter<T>;

    fn into_par_iter(self) -> Self::Iter {
        Vec::from(self).into_par_iter()
    }
}

impl<'a, T: Sync, K: Key, A: Allocator> IntoParallelIterator for &'a KeyedVector<T, K, A> {
    type Item = &'a T;
    type Iter = rayon::vec::IntoIter<&'a T>;

    fn into_par_iter(self) -> Self::Iter {
        self.iter().collect::<Vec<_>>().into_par_iter()
    }
}

impl<'a, T: Send, K: Key, A: Allocator> IntoParallelIterator for &'a mut KeyedVector<T, K, A> {
    type Item = &'a mut T;
    type Iter = rayon::vec::IntoIter<&'a mut T>;

    fn into_par_iter(self) -> Self::Iter {
        self.iter_mut().collect::<Vec<_>>().into_par_iter()
    }
}

impl<T: Send, K: Key + Send, A: Allocator + Send> ParallelExtend<T> for KeyedVector<T, K, A> {
    fn par_extend<I: IntoParallelIterator<Item = T>>(&mut self, iter: I) {
        let elements: Vec<T> = iter.into_par_iter().collect();
        let elements: vec::IntoIter<T> = elements.into_iter();
        self.extend(elements);
    }
}

impl<T: Send, K: Key + Send, A: Allocator + Default + Send> FromParallelIterator<T>
    for KeyedVector<T, K, A>
{
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(iter: I) -> Self {
        let mut this = Self::default();
        this.par_extend(iter);
        this
    }
}
