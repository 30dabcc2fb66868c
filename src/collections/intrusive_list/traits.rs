//! Intrusive lists compare, order, hash and print as the sequences of elements that they are. They
//! are not cloned: an element is in one list by one link.

use core::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use super::{Adapter, IntrusiveList, Pointer};

impl<P: Pointer, A: Adapter<P::Target>> Default for IntrusiveList<P, A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Pointer, A: Adapter<P::Target>> fmt::Debug for IntrusiveList<P, A>
where
    P::Target: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<P: Pointer, A: Adapter<P::Target>> Extend<P> for IntrusiveList<P, A> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = P>>(&mut self, iter: I) {
        for pointer in iter {
            self.push_back(pointer);
        }
    }
}

impl<P: Pointer, A: Adapter<P::Target>> FromIterator<P> for IntrusiveList<P, A> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = P>>(iter: I) -> Self {
        let mut this = Self::new();
        this.extend(iter);
        this
    }
}

impl<P, Q, A, B> PartialEq<IntrusiveList<Q, B>> for IntrusiveList<P, A>
where
    P: Pointer<Target: PartialEq<Q::Target>>,
    Q: Pointer,
    A: Adapter<P::Target>,
    B: Adapter<Q::Target>,
{
    fn eq(&self, other: &IntrusiveList<Q, B>) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<P: Pointer<Target: Eq>, A: Adapter<P::Target>> Eq for IntrusiveList<P, A> {}

impl<P: Pointer<Target: PartialOrd>, A: Adapter<P::Target>> PartialOrd for IntrusiveList<P, A> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other.iter())
    }
}

impl<P: Pointer<Target: Ord>, A: Adapter<P::Target>> Ord for IntrusiveList<P, A> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl<P: Pointer<Target: Hash>, A: Adapter<P::Target>> Hash for IntrusiveList<P, A> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        self.iter().for_each(|element| element.hash(state));
    }
}

#[cfg(feature = "serde")]
impl<P: Pointer<Target: serde_core::Serialize>, A: Adapter<P::Target>> serde_core::Serialize
    for IntrusiveList<P, A>
{
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}
