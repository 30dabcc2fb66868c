#![expect(unsafe_code, reason = "reads and writes the header in front of each chunk")]
//! A chunk: one block of the upstream's, with a header in front, and the window its bytes make.
//!
//! ```text
//!  | next | size |  bytes to carve ...                     |
//!  ^ Chunk       ^ window().cursor            window().end ^
//! ```
//!
//! Invariants of a `NonNull<Chunk>` that [`Chunk::place`] returned, until the chunk is freed:
//!
//! 1. It points to the header of a block of the upstream's, with the right to all `size` bytes of
//!    it, and `Layout(size, ALIGN)` fits that block.
//! 2. Only the arena or stack whose list it is in, and its bank, use the header.

use core::{cell::Cell, num::NonZero, ptr::NonNull};

use crate::{
    alloc::{Layout, shadow},
    bits::window,
};

/// The alignment of every chunk.
pub(super) const ALIGN: usize = 16;

/// The bytes in front of those that can be carved.
pub(super) const HEADER: usize = size_of::<Chunk>();

pub(super) type Link = Option<NonNull<Chunk>>;

pub(super) struct Chunk {
    pub(super) next: Cell<Link>,
    pub(super) size: usize,
}

/// Free bytes: from `cursor`, which carries the right to use them, up to the address `end`.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub(super) cursor: NonNull<u8>,
    pub(super) end: usize,
}

impl Window {
    pub(super) const CLOSED: Self = Self {
        cursor: NonNull::without_provenance(NonZero::new(window::CLOSED_CURSOR).unwrap()),
        end: window::CLOSED_END,
    };

    /// How many bytes are free: none in a closed window.
    pub(super) fn room(self) -> usize {
        self.end.saturating_sub(self.cursor.addr().get())
    }

    /// Marks the bytes as free, for the sanitizer.
    #[inline]
    pub(super) fn close(self) {
        shadow::close(self.cursor, self.room());
    }

    /// Marks the bytes as usable, for the sanitizer.
    #[inline]
    pub(super) fn open(self) {
        shadow::open(self.cursor, self.room());
    }

    pub(super) fn fits(self, layout: Layout) -> bool {
        let cursor = self.cursor.addr().get();
        window::carve(cursor, self.end, layout.size(), layout.align()).is_some()
    }
}

impl Chunk {
    /// How large a chunk must be to serve `layout` wherever it lies, if there is such a size.
    pub(super) fn size_for(layout: Layout) -> Option<usize> {
        let size = layout.size().checked_add(HEADER + layout.align() - 1)?;
        (size <= isize::MAX.cast_unsigned() - ALIGN).then_some(size)
    }

    /// Writes a header into `block` and makes a chunk of it, not yet in any list.
    ///
    /// # Safety
    ///
    /// `block` is a block of the upstream's for our use alone, `Layout(size, ALIGN)` fits it, and
    /// `size` is at least [`HEADER`].
    pub(super) unsafe fn place(block: NonNull<u8>, size: usize) -> NonNull<Self> {
        let chunk = block.cast::<Self>();
        // SAFETY: the block has room for a header, is aligned to more than it needs, and is ours.
        unsafe { chunk.write(Self { next: Cell::new(None), size }) };
        chunk
    }

    /// All bytes of a chunk.
    ///
    /// # Safety
    ///
    /// `chunk` keeps the invariants of this file.
    pub(super) unsafe fn window(chunk: NonNull<Self>) -> Window {
        // SAFETY: the header is in the chunk (1).
        let size = unsafe { chunk.as_ref() }.size;
        // SAFETY: a chunk is at least a header long (1).
        let cursor = unsafe { chunk.cast::<u8>().add(HEADER) };
        // No block touches the last byte of the address space, so the sum does not wrap.
        Window { cursor, end: chunk.addr().get() + size }
    }
}

/// A stack of chunks, linked through their headers.
pub(super) struct Chunks(Cell<Link>);

impl Chunks {
    pub(super) const fn new() -> Self {
        Self(Cell::new(None))
    }

    pub(super) const fn head(&self) -> Link {
        self.0.get()
    }

    /// # Safety
    ///
    /// `chunk` keeps the invariants of this file and is in no list.
    pub(super) unsafe fn push(&self, chunk: NonNull<Chunk>) {
        // SAFETY: the header is in the chunk, which is the pusher's to use (1, 2).
        unsafe { chunk.as_ref() }.next.set(self.0.get());
        self.0.set(Some(chunk));
    }

    pub(super) fn pop(&self) -> Link {
        let chunk = self.0.get()?;
        // SAFETY: what was pushed keeps the invariants, so the header is readable (1).
        self.0.set(unsafe { chunk.as_ref() }.next.get());
        Some(chunk)
    }

    /// Takes out the first chunk that `wanted` accepts by its size.
    pub(super) fn take_first(&self, wanted: impl Fn(usize) -> bool) -> Link {
        let mut link = &self.0;
        while let Some(chunk) = link.get() {
            // SAFETY: what was pushed keeps the invariants (1); the list is not changed while the
            // reference is in use but through the cell it came from.
            let header = unsafe { chunk.as_ref() };
            if wanted(header.size) {
                link.set(header.next.get());
                return Some(chunk);
            }
            link = &header.next;
        }
        None
    }

    /// The chunks with their sizes, last pushed first.
    pub(super) fn each(&self) -> impl Iterator<Item = (NonNull<Chunk>, usize)> {
        let mut link = self.0.get();
        core::iter::from_fn(move || {
            let chunk = link?;
            // SAFETY: what was pushed keeps the invariants (1).
            let header = unsafe { chunk.as_ref() };
            link = header.next.get();
            Some((chunk, header.size))
        })
    }

    /// The sizes of the chunks, last pushed first.
    pub(super) fn sizes(&self) -> impl Iterator<Item = usize> {
        self.each().map(|(_, size)| size)
    }

    /// Whether the byte at `ptr` lies in one of the chunks.
    pub(super) fn covers(&self, ptr: NonNull<u8>) -> bool {
        self.each().any(|(chunk, size)| ptr.addr().get().wrapping_sub(chunk.addr().get()) < size)
    }

    /// Whether `chunk` is in the list; no chunk at all always is.
    pub(super) fn contains(&self, wanted: Link) -> bool {
        wanted.is_none_or(|wanted| self.each().any(|(chunk, _)| chunk == wanted))
    }
}

/// The address `address` with the rights of `ptr`.
#[inline]
pub(super) fn at(ptr: NonNull<u8>, address: usize) -> NonNull<u8> {
    // SAFETY: addresses in a chunk and just behind it are not 0, nor is a closed cursor.
    ptr.with_addr(unsafe { NonZero::new_unchecked(address) })
}
