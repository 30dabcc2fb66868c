#![expect(unsafe_code, reason = "frees the block that was lent")]
//! Frames: what is allocated inside ends with the frame, in whatever order it is freed.
//!
//! A frame is a stack over the same bank, which begins in a block of the outer stack. The lease owns
//! that block and frees it when the frame ends, by a panic too; a block on top gives its bytes back
//! at once, and if the outer stack was used meanwhile, it waits for what is above it.

use core::ptr::NonNull;

use super::{Bank, Stack, first_in};
use crate::{
    alloc::{Allocator, Global, Layout},
    bits::stack,
    strategy::chunk::Window,
};

/// A stack inside a stack, see [`Stack::frame`]. Name it to pass one on:
///
/// ```
/// use larder::{Stack, alloc::{Block, Refusal}, alloc::Layout, strategy::stack::Frame};
/// fn sum(numbers: u8, frame: &Frame<'_>) -> Result<usize, Refusal> {
///     let mut bytes = Block::new_in(Layout::new::<[u8; 100]>(), frame)?;
///     bytes.as_mut_slice().fill(numbers);
///     Ok(bytes.as_slice().iter().map(|n| usize::from(*n)).sum())
/// }
/// let stack = Stack::new();
/// assert_eq!(stack.frame(|frame| sum(3, frame)), Ok(300));
/// assert_eq!(stack.used_bytes(), 0);
/// ```
pub type Frame<'s, A = Global> = Stack<A, &'s Bank<A>>;

/// How a stack holds its bank: as its own ([`Bank`]), or lent from the stack it is a frame of
/// (`&Bank`). Sealed: these two are all.
pub trait Backing<A: Allocator>: sealed::Sealed {
    #[doc(hidden)]
    fn bank(&self) -> &Bank<A>;
}

mod sealed {
    #[expect(unnameable_types, reason = "what cannot be named cannot be implemented")]
    pub trait Sealed {}
    impl<A: crate::alloc::Allocator> Sealed for super::Bank<A> {}
    impl<A: crate::alloc::Allocator> Sealed for &super::Bank<A> {}
}

impl<A: Allocator> Backing<A> for Bank<A> {
    #[inline]
    fn bank(&self) -> &Self {
        self
    }
}

impl<A: Allocator> Backing<A> for &Bank<A> {
    #[inline]
    fn bank(&self) -> &Bank<A> {
        self
    }
}

/// Less than this is not worth lending; the frame then opens a chunk with its first block.
const WORTH_LENDING: usize = 128;

impl<A: Allocator, B: Backing<A>> Stack<A, B> {
    /// Runs `work` with a frame: a stack whose blocks all end when `work` returns.
    ///
    /// The outer stack stays usable inside, and its blocks stay valid; but it has lent the room in
    /// its chunk, so it opens another one, and counts what it lent as used. What is allocated from
    /// the frame cannot leave it.
    ///
    /// ```
    /// use larder::{Stack, alloc::{Block, Layout}};
    /// let stack = Stack::new();
    /// let sum = stack.frame(|frame| {
    ///     let mut bytes = Block::new_in(Layout::new::<[u8; 100]>(), frame)?;
    ///     bytes.as_mut_slice().fill(2);
    ///     Ok::<_, larder::alloc::Refusal>(bytes.as_slice().iter().map(|n| u32::from(*n)).sum::<u32>())
    /// });
    /// assert_eq!((sum, stack.used_bytes()), (Ok(200), 0));
    /// ```
    ///
    /// ```compile_fail
    /// use larder::{Stack, alloc::{Block, Layout}};
    /// let stack = Stack::new();
    /// let escaped = stack.frame(|frame| Block::new_in(Layout::new::<u64>(), frame));
    /// ```
    #[inline]
    pub fn frame<R>(&self, work: impl for<'s> FnOnce(&'s Frame<'s, A>) -> R) -> R {
        // Declared before the frame, and so dropped after it.
        let lease = Lease::new(self);
        let frame = Stack::over(self.bank.bank(), lease.ground());
        // SAFETY: the frame is new. This writes the floor of its ground.
        unsafe { frame.close() };
        work(&frame)
    }
}

/// The room in the open window, as a block of the outer stack.
struct Lease<'a, A: Allocator, B: Backing<A>> {
    outer: &'a Stack<A, B>,
    block: Option<(NonNull<u8>, Layout)>,
}

impl<'a, A: Allocator, B: Backing<A>> Lease<'a, A, B> {
    #[inline]
    fn new(outer: &'a Stack<A, B>) -> Self {
        let window = Window { cursor: outer.cursor.get(), end: outer.end.get() };
        let size = stack::all_of(window.room());
        let block = (size >= WORTH_LENDING)
            .then(|| Layout::from_size_align(size, 1).ok())
            .flatten()
            .and_then(|layout| Some((outer.allocate(layout).ok()?.cast(), layout)));
        Self { outer, block }
    }

    #[inline]
    fn ground(&self) -> Window {
        self.block.map_or(Window::CLOSED, |(cursor, layout)| {
            let end = cursor.addr().get() + layout.size();
            Window { cursor: first_in(Window { cursor, end }), end }
        })
    }
}

impl<A: Allocator, B: Backing<A>> Drop for Lease<'_, A, B> {
    #[inline]
    fn drop(&mut self) {
        if let Some((ptr, layout)) = self.block {
            // SAFETY: the block is the outer stack's, fits, and nobody uses it: the frame is gone.
            unsafe { self.outer.deallocate(ptr, layout) };
        }
    }
}
