#![expect(unsafe_code, reason = "owns a block that holds its own allocator")]
//! A box of any allocator, which a list can give up and have back by the address alone.
//!
//! ```text
//! block   | element | allocator |
//! ```
//!
//! Invariant 1: `block` is currently allocated by the allocator in it, with the layout of an [`Inner`],
//! and is initialised; this box alone has it. The element comes first in it.

use core::{fmt, marker::PhantomData, mem, ops::Deref, ptr::NonNull};

use super::Pointer;
use crate::{
    alloc::{Allocator, Cause, Global, Layout, Refusal, Refused},
    panics,
};

/// The element comes first, so that its address is the block's.
#[repr(C)]
struct Inner<T, A> {
    element: T,
    alloc: A,
}

/// An element in a block of any allocator, for a list to own: a `Box<T, A>` whose allocator is in the
/// block, beside the element, since a list keeps nothing but addresses.
///
/// ```
/// use larder::{IntrusiveList, Pool, collections::intrusive_list::{Adapter, Link, ListBox}};
/// struct Job(u32, Link);
/// struct Jobs;
/// impl Adapter<Job> for Jobs {
///     type Hook = Link;
///     fn hook(job: &Job) -> &Link {
///         &job.1
///     }
/// }
///
/// let pool = Pool::of::<[usize; 6]>();
/// let mut jobs = IntrusiveList::<ListBox<Job, &Pool>, Jobs>::new();
/// jobs.push_back(ListBox::new_in(Job(7, Link::new()), &pool));
/// assert_eq!(jobs.pop_front().unwrap().0, 7);
/// ```
pub struct ListBox<T, A: Allocator = Global> {
    block: NonNull<Inner<T, A>>,
    owned: PhantomData<Inner<T, A>>,
}

impl<T> ListBox<T> {
    /// Puts an element on the global heap.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[must_use]
    #[track_caller]
    pub fn new(element: T) -> Self {
        Self::new_in(element, Global)
    }
}

impl<T, A: Allocator> ListBox<T, A> {
    /// Puts an element into a block of `alloc`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[must_use]
    #[track_caller]
    pub fn new_in(element: T, alloc: A) -> Self {
        panics::taken(Self::try_new_in(element, alloc))
    }

    /// [`new_in`](Self::new_in), or an error with the element.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_new_in(element: T, alloc: A) -> Result<Self, Refused<T>> {
        let layout = Layout::new::<Inner<T, A>>();
        let Ok(block) = alloc.allocate(layout) else {
            let cause = Cause::Upstream { asked: layout.size(), reserved: 0 };
            return Err(Refused::new(element, Refusal::new(layout, cause)));
        };
        let block = block.cast();
        // SAFETY: the block is new, and has the layout.
        unsafe { block.write(Inner { element, alloc }) };
        Ok(Self { block, owned: PhantomData })
    }

    /// The allocator.
    #[must_use]
    pub fn allocator(&self) -> &A {
        // SAFETY: the block is initialised (1), and borrowed with `self`.
        unsafe { &self.block.as_ref().alloc }
    }

    /// The element, out of its block.
    #[must_use]
    pub fn into_inner(self) -> T {
        let free = Free(mem::ManuallyDrop::new(self).block);
        // SAFETY: the block begins with the element (1), and is freed next.
        unsafe { free.0.cast::<T>().read() }
    }
}

/// Frees a block whose element is gone, or about to be.
struct Free<T, A: Allocator>(NonNull<Inner<T, A>>);

impl<T, A: Allocator> Drop for Free<T, A> {
    fn drop(&mut self) {
        // SAFETY: the block has this field (1).
        let alloc = unsafe { &raw const (*self.0.as_ptr()).alloc };
        // SAFETY: the allocator is there (1), and is not used there any more.
        let alloc = unsafe { alloc.read() };
        // SAFETY: it is the allocator's block with this layout (1), which nobody has any more.
        unsafe { alloc.deallocate(self.0.cast(), Layout::new::<Inner<T, A>>()) };
    }
}

impl<T, A: Allocator> Deref for ListBox<T, A> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the block is initialised (1), and borrowed with `self`.
        unsafe { &self.block.as_ref().element }
    }
}

impl<T: fmt::Debug, A: Allocator> fmt::Debug for ListBox<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T, A: Allocator> Drop for ListBox<T, A> {
    fn drop(&mut self) {
        // The block is freed even if dropping the element panics.
        let free = Free(self.block);
        // SAFETY: the block begins with the element (1), and is freed next.
        unsafe { free.0.cast::<T>().drop_in_place() };
    }
}

// SAFETY: the box alone has the block, and gives it up; the element is where the block begins.
unsafe impl<T, A: Allocator> Pointer for ListBox<T, A> {
    #[inline]
    fn into_raw(self) -> NonNull<T> {
        mem::ManuallyDrop::new(self).block.cast()
    }

    #[inline]
    unsafe fn from_raw(raw: NonNull<T>) -> Self {
        Self { block: raw.cast(), owned: PhantomData }
    }
}

// SAFETY: the box owns its element and its allocator.
unsafe impl<T: Send, A: Allocator + Send> Send for ListBox<T, A> {}
// SAFETY: a shared box lends a shared element and a shared allocator.
unsafe impl<T: Sync, A: Allocator + Sync> Sync for ListBox<T, A> {}
