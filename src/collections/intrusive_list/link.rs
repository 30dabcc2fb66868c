#![expect(unsafe_code, reason = "promises what links are made of")]
//! The links that elements have: for one thread, and for elements that threads share.

use core::{
    cell::Cell,
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
};

use crate::{panics, raw::chain::Links};

/// A kind of link: [`Link`] or [`SharedLink`]. Sealed: these two are all.
///
/// # Safety
///
/// The value begins with `Links`, which nobody uses but the list whose id is the owner.
pub unsafe trait Hook: sealed::Sealed {
    /// The id of the list that it is in, or 0.
    #[doc(hidden)]
    fn owner(&self) -> usize;

    /// Makes `id` the owner, if there is none.
    #[doc(hidden)]
    fn claim(&self, id: usize) -> bool;

    /// Changes the owner; only the owner may.
    #[doc(hidden)]
    fn hand_over(&self, id: usize);
}

mod sealed {
    #[expect(unnameable_types, reason = "what cannot be named cannot be implemented")]
    pub trait Sealed {}
    impl Sealed for super::Link {}
    impl Sealed for super::SharedLink {}
}

/// A place in a list, as a field of an element. Takes three pointers.
///
/// A clone, and a default, are in no list.
///
/// # Panics
///
/// When it is dropped while it is linked, which can only be when its list was leaked by `mem::forget`
/// or the like.
#[derive(Default)]
#[repr(C)]
pub struct Link {
    links: Links,
    owner: Cell<usize>,
}

impl Link {
    /// A place in no list.
    #[must_use]
    pub const fn new() -> Self {
        Self { links: Links::new(), owner: Cell::new(0) }
    }

    /// Whether it is in a list.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.owner() != 0
    }

    /// Frees it from a list that was leaked. That there is a `&mut` shows that no other list has it.
    pub fn forget_list(&mut self) {
        self.hand_over(0);
    }
}

// SAFETY: the links come first, and are private to this crate's lists.
unsafe impl Hook for Link {
    #[inline]
    fn owner(&self) -> usize {
        self.owner.get()
    }

    #[inline]
    fn claim(&self, id: usize) -> bool {
        let free = self.owner.get() == 0;
        if free {
            self.owner.set(id);
        }
        free
    }

    #[inline]
    fn hand_over(&self, id: usize) {
        self.owner.set(id);
    }
}

// SAFETY: the neighbours that it points to are followed by its list only, which is sent, if it is, by
// its own rules.
unsafe impl Send for Link {}

/// A [`Link`] for elements that are shared between threads, by `Arc` say. Of several lists that try to
/// take an element by it at once, one does. Takes three pointers.
///
/// ```
/// use larder::collections::intrusive_list::{Adapter, IntrusiveList, SharedLink};
/// use std::sync::Arc;
///
/// struct Job(u32, SharedLink);
/// struct Jobs;
/// impl Adapter<Job> for Jobs {
///     type Hook = SharedLink;
///     fn hook(job: &Job) -> &SharedLink {
///         &job.1
///     }
/// }
///
/// let job = Arc::new(Job(7, SharedLink::new()));
/// let mut here = IntrusiveList::<Arc<Job>, Jobs>::new();
/// here.push_back(Arc::clone(&job));
/// std::thread::spawn(move || {
///     let mut there = IntrusiveList::<Arc<Job>, Jobs>::new();
///     assert!(there.try_push_back(Arc::clone(&job)).is_err());
///     assert_eq!(here.pop_front().unwrap().0, 7);
///     there.push_back(job);
/// })
/// .join()
/// .unwrap();
/// ```
#[derive(Default)]
#[repr(C)]
pub struct SharedLink {
    links: Links,
    owner: AtomicUsize,
}

impl SharedLink {
    /// A place in no list.
    #[must_use]
    pub const fn new() -> Self {
        Self { links: Links::new(), owner: AtomicUsize::new(0) }
    }

    /// Whether it is in a list, which another thread may change at any time.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.owner() != 0
    }

    /// Frees it from a list that was leaked. That there is a `&mut` shows that no other list has it.
    pub fn forget_list(&mut self) {
        self.hand_over(0);
    }
}

// SAFETY: the links come first, and are private to this crate's lists.
unsafe impl Hook for SharedLink {
    #[inline]
    fn owner(&self) -> usize {
        // Relaxed: a list compares it with its own id only, which no other can set or clear.
        self.owner.load(Ordering::Relaxed)
    }

    #[inline]
    fn claim(&self, id: usize) -> bool {
        // Acquire: pairs with the Release in `hand_over`, after which the last owner does nothing to
        // the links any more.
        self.owner.compare_exchange(0, id, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[inline]
    fn hand_over(&self, id: usize) {
        // Release: pairs with the Acquire in `claim`.
        self.owner.store(id, Ordering::Release);
    }
}

// SAFETY: as for `Link`.
unsafe impl Send for SharedLink {}
// SAFETY: the links are used by the list only that has claimed it, the owner is atomic.
unsafe impl Sync for SharedLink {}

/// What both kinds have besides.
macro_rules! like_a_link {
    ($($link:ty),+) => {$(
        impl Clone for $link {
            fn clone(&self) -> Self {
                Self::new()
            }
        }

        impl fmt::Debug for $link {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(if self.is_linked() { "linked" } else { "not linked" })
            }
        }

        impl Drop for $link {
            #[inline]
            fn drop(&mut self) {
                if self.is_linked() {
                    panics::dropped_while_linked();
                }
            }
        }
    )+};
}

like_a_link!(Link, SharedLink);
