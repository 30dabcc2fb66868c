//! Where elements are, and what happens when code of others runs in between.

use core::{cell::Cell, ptr::NonNull};
use std::{rc::Rc, vec::Vec};

use super::*;
use crate::alloc::AllocError;

#[test]
fn elements_stay_where_they_are() {
    let vector = BumpVector::new();
    let mut places = Vec::new();
    for n in 0..5000_u32 {
        places.push(core::ptr::from_ref(vector.push(n)));
    }
    assert!((0..5000).all(|n| core::ptr::eq(&raw const vector[n], places[n])));
    assert_eq!(vector.slices().map(<[u32]>::len).sum::<usize>(), 5000);
    assert_eq!(vector.capacity(), 32 * 255);
}

#[test]
fn the_first_bucket_is_as_long_as_asked() {
    for capacity in [1, 4, 5, 31, 32, 33, 1000, 1024, 1025] {
        let vector = BumpVector::<u32>::with_capacity(capacity);
        assert_eq!(vector.capacity(), capacity.next_power_of_two().max(32));
        vector.push_all(0..5000);
        assert!(vector.iter().copied().eq(0..5000));
        assert!(vector.iter().rev().copied().eq((0..5000).rev()));
        assert!((0..5000).all(|n| vector[n] as usize == n));
        assert!(vector.get(5000).is_none());
    }
}

#[test]
fn a_length_that_falls_uses_the_same_places_again() {
    let mut vector = BumpVector::<u64>::new();
    vector.push_all(0..100);
    let at = |vector: &BumpVector<u64>, n| &raw const vector[n];
    for len in [100, 99, 49, 48, 47, 16, 15, 1, 0] {
        vector.truncate(len);
        let capacity = vector.capacity();
        vector.push_all(len as u64..100);
        assert!(vector.iter().copied().eq(0..100));
        assert_eq!(vector.capacity(), capacity);
    }
    let place = at(&vector, 30);
    vector.truncate(31);
    vector.shrink_to_fit();
    assert_eq!((vector.capacity(), at(&vector, 30)), (48, place));
    vector.clear();
    vector.shrink_to_fit();
    assert_eq!(vector.capacity(), 0);
    vector.push(7);
    assert_eq!(vector, [7]);
}

#[test]
fn elements_of_no_bytes_are_counted_up_to_the_last_number() {
    let mut vector = BumpVector::new();
    vector.push_all([(); 100]);
    assert_eq!((vector.len(), vector.iter().count(), vector.capacity()), (100, 100, usize::MAX));
    // SAFETY: elements of no bytes are initialised everywhere.
    unsafe { vector.set_len(usize::MAX - 1) };
    vector.push(());
    assert_eq!(vector.try_push(()).unwrap_err().refusal().cause, Cause::Overflow);
    assert_eq!(vector.slices().map(<[()]>::len).sum::<usize>(), usize::MAX);
    assert_eq!(vector.pop(), Some(()));
    vector.clear();
    assert!(vector.is_empty());
}

type Target = NonNull<BumpVector<u64, Pushing>>;

/// An allocator that pushes to the vector that it allocates for.
#[derive(Clone, Default)]
struct Pushing {
    target: Rc<Cell<Option<Target>>>,
    calls: Rc<Cell<usize>>,
}

// SAFETY: it is the global heap.
unsafe impl Allocator for Pushing {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.calls.set(self.calls.get() + 1);
        if let Some(target) = self.target.take() {
            // SAFETY: the vector is there, and only shared.
            unsafe { target.as_ref() }.push_all(100..140);
        }
        Global.allocate(layout)
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise is the callee's.
        unsafe { Global.deallocate(ptr, layout) }
    }
}

#[test]
fn an_allocator_that_pushes_here_itself() {
    let alloc = Pushing::default();
    let vector = BumpVector::new_in(alloc.clone());
    vector.push_all(0..16);
    alloc.target.set(Some(NonNull::from_ref(&vector)));
    assert_eq!(*vector.push(7), 7);
    assert!(vector.iter().copied().eq((0..16).chain(100..140).chain([7])));
    assert_eq!(alloc.calls.get(), 4);
}

#[test]
fn code_of_elements_that_pushes_here_itself() {
    struct Echo<'a>(u8, &'a BumpVector<u8>);
    impl Clone for Echo<'_> {
        fn clone(&self) -> Self {
            self.1.push(self.0);
            Self(self.0, self.1)
        }
    }
    let heard = BumpVector::new();
    let vector = BumpVector::from_iter_in((0..20).map(|n| Echo(n, &heard)), Global);
    let copy = vector.clone();
    assert_eq!((copy.len(), heard.len()), (20, 20));

    let vector = BumpVector::from([1, 2]);
    vector.push_all((0..100).inspect(|n| {
        vector.push(-n);
    }));
    assert_eq!((vector.len(), vector[2], vector[3]), (202, 0, 0));
    let mut extended = &vector;
    extended.extend(vector.iter().map(|n| n * 2));
    assert_eq!((vector.len(), vector[403]), (404, 198));
}
