//! What it is to be a sequence: the traits that std's sequences have, once for all containers that
//! keep elements in an order of their own, but not in one slice.
//!
//! Containers are compared, ordered, hashed and printed by their elements, first to last, as slices
//! are: neither the memory they are in nor where it is interrupted counts. They are made of arrays,
//! slices and vectors on the heap alone, as std's are, so that `Deque::from([1, 2])` says which type
//! it is; `collect` makes them in the memory of any allocator that has a default.
//!
//! A container brings `new_in`, `from_iter_in`, `len`, `iter` and `into_iter`.

/// The list of impls. A container is named three times, with its parameters but the element: with
/// elements `T` in memory of `A`; as another that it is compared to, with elements `T` as well, so that
/// `queue == Deque::new()` says which; and on the heap. Last is how a vector becomes one.
macro_rules! sequence {
    (
        [$($params:tt)*] $Sequence:ty,
        [$($others:tt)*] $Other:ty,
        [$($heaps:tt)*] $Heap:ty,
        |$vec:ident| $from_vec:expr $(,)?
    ) => {
        impl<T, $($params)*> Default for $Sequence
        where
            A: Default,
        {
            fn default() -> Self {
                Self::new_in(A::default())
            }
        }

        impl<T, $($params)*> FromIterator<T> for $Sequence
        where
            A: Default,
        {
            #[track_caller]
            fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
                Self::from_iter_in(iter, A::default())
            }
        }

        impl<T, const N: usize, $($heaps)*> From<[T; N]> for $Heap {
            #[track_caller]
            fn from(array: [T; N]) -> Self {
                array.into_iter().collect()
            }
        }

        impl<T: Clone, $($heaps)*> From<&[T]> for $Heap {
            #[track_caller]
            fn from(slice: &[T]) -> Self {
                slice.iter().cloned().collect()
            }
        }

        impl<T, $($heaps)*> From<liballoc::vec::Vec<T>> for $Heap {
            #[track_caller]
            fn from($vec: liballoc::vec::Vec<T>) -> Self {
                $from_vec
            }
        }

        impl<T, $($params)*> From<$Sequence> for liballoc::vec::Vec<T> {
            fn from(sequence: $Sequence) -> Self {
                sequence.into_iter().collect()
            }
        }

        impl<T: core::fmt::Debug, $($params)*> core::fmt::Debug for $Sequence {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_list().entries(self.iter()).finish()
            }
        }

        impl<T: PartialEq, $($params)*, $($others)*> PartialEq<$Other> for $Sequence {
            fn eq(&self, other: &$Other) -> bool {
                self.len() == other.len() && self.iter().eq(other.iter())
            }
        }

        impl<T: Eq, $($params)*> Eq for $Sequence {}

        impl<T: PartialOrd, $($params)*, $($others)*> PartialOrd<$Other> for $Sequence {
            fn partial_cmp(&self, other: &$Other) -> Option<core::cmp::Ordering> {
                self.iter().partial_cmp(other.iter())
            }
        }

        impl<T: Ord, $($params)*> Ord for $Sequence {
            fn cmp(&self, other: &Self) -> core::cmp::Ordering {
                self.iter().cmp(other.iter())
            }
        }

        impl<T: core::hash::Hash, $($params)*> core::hash::Hash for $Sequence {
            fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
                // One by one: a container need not be in one piece where an equal one is.
                state.write_usize(self.len());
                self.iter().for_each(|element| element.hash(state));
            }
        }

        $crate::collections::sequence::sequence! { equals [$($params)*] $Sequence:
            [] [U];
            [] &[U];
            [] &mut [U];
            [] liballoc::vec::Vec<U>;
            [const N: usize,] [U; N];
            [const N: usize,] &[U; N];
            [const N: usize,] &mut [U; N];
        }
    };
    // One impl for each type that derefs to a slice.
    (equals $params:tt $Sequence:ty:) => {};
    (equals [$($params:tt)*] $Sequence:ty: [$($len:tt)*] $Slice:ty; $($rest:tt)*) => {
        impl<T: PartialEq<U>, U, $($len)* $($params)*> PartialEq<$Slice> for $Sequence {
            fn eq(&self, other: &$Slice) -> bool {
                self.len() == other.len() && self.iter().eq(other.iter())
            }
        }

        $crate::collections::sequence::sequence! { equals [$($params)*] $Sequence: $($rest)* }
    };
}

pub(crate) use sequence;
