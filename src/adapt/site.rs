#![expect(unsafe_code, reason = "implements `Allocator` by forwarding")]
//! Where in the program a block comes from.
//!
//! The caller's place cannot be seen through a collection: the call that reaches an allocator comes
//! from inside `Vec`, which is the same line for every vector. So a collection is given a handle of
//! its own, [`At`], that knows where it was made; all that the collection allocates bears that place.

use core::{fmt, panic::Location, ptr::NonNull};

use crate::alloc::{
    Allocator, CloneEquivalent, Layout,
    blocks::{Allocated, Resize, resize_by_one_body},
    bridge_api2,
};

/// A place in the program: a label, a line of source, both or neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Site {
    label: &'static str,
    location: Option<&'static Location<'static>>,
}

impl Site {
    /// No place was given.
    pub const UNKNOWN: Self = Self { label: "", location: None };

    /// The line that calls this.
    #[track_caller]
    #[must_use]
    pub const fn here() -> Self {
        Self::labelled("")
    }

    /// The line that calls this, and a name for it.
    #[track_caller]
    #[must_use]
    pub const fn labelled(label: &'static str) -> Self {
        Self { label, location: Some(Location::caller()) }
    }

    /// The label, empty if there is none.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        self.label
    }

    /// Two addresses by which places are told apart quickly. The compiler may have made several
    /// copies of one place.
    #[inline]
    pub(crate) fn identity(&self) -> (usize, usize) {
        let location = self.location.map_or(0, |location| core::ptr::from_ref(location).addr());
        (self.label.as_ptr().addr(), location)
    }

    /// The line.
    #[must_use]
    pub const fn location(&self) -> Option<&'static Location<'static>> {
        self.location
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.label, self.location) {
            (_, None) => write!(f, "from a place that was not given (a `site()` gives it)"),
            ("", Some(location)) => write!(f, "from {location}"),
            (label, Some(location)) => write!(f, "from {label:?} at {location}"),
        }
    }
}

/// An allocator that notes the place its blocks come from.
///
/// # Safety
///
/// `swap_site` does not unwind.
pub unsafe trait Sited: Allocator {
    /// Blocks come from `site` from now on. Returns where they came from until now.
    fn swap_site(&self, site: Site) -> Site;
}

/// A handle to the allocator `T` whose blocks bear a place. It is as good as `&T` in all else.
///
/// ```
/// use larder::{adapt::{At, Site}, alloc::{Block, Global, Layout}, observe::Tracked};
/// let heap = Tracked::new(Global);
/// let cache = At::new(&heap, Site::labelled("the cache")); // or `heap.at("the cache")`
/// let block = Block::new_in(Layout::new::<[u8; 24]>(), cache)?;
/// assert!(heap.leaks().unwrap().to_string().contains("24 bytes, the oldest 0 calls old, from \"the cache\" at"));
/// drop(block);
/// assert!(heap.leaks().is_none());
/// # Ok::<(), larder::alloc::Refusal>(())
/// ```
#[derive(Debug)]
pub struct At<'a, T> {
    owner: &'a T,
    site: Site,
}

impl<T> Clone for At<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for At<'_, T> {}

impl<'a, T: Sited> At<'a, T> {
    /// A handle to `owner` whose blocks come from `site`.
    pub const fn new(owner: &'a T, site: Site) -> Self {
        Self { owner, site }
    }

    /// The place that the blocks bear.
    pub const fn site(&self) -> Site {
        self.site
    }

    #[inline]
    fn with_site<R>(&self, call: impl FnOnce() -> R) -> R {
        let before = self.owner.swap_site(self.site);
        let result = call();
        self.owner.swap_site(before);
        result
    }

    /// # Safety
    ///
    /// As the method of [`Allocator`] has it whose name is `how`.
    #[inline]
    unsafe fn resize(&self, how: Resize, ptr: NonNull<u8>, old: Layout, new: Layout) -> Allocated {
        // SAFETY: the block is the owner's, and the promise carries over.
        self.with_site(|| unsafe { how.within(self.owner, ptr, old, new) })
    }
}

// SAFETY: every call goes to the owner with the same arguments.
unsafe impl<T: Sited> Allocator for At<'_, T> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Allocated {
        self.with_site(|| self.owner.allocate(layout))
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Allocated {
        self.with_site(|| self.owner.allocate_zeroed(layout))
    }

    #[inline]
    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { self.owner.deallocate(ptr, layout) }
    }

    resize_by_one_body!();
}

bridge_api2!([T: Sited] At<'_, T>);

// SAFETY: a copy of the handle is a handle to the same allocator.
unsafe impl<T: Sited> CloneEquivalent for At<'_, T> {}
