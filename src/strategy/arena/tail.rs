#![expect(unsafe_code, reason = "writes elements into the rest of the window")]
//! A vector on the rest of an arena's window: it takes all that is left, and keeps what it used.
//!
//! ```text
//!          start        start + len                 the window's end
//!  | blocks | elements  | room for capacity - len   |
//!             ^ kept by `commit`  ^ given back
//! ```
//!
//! A push is a comparison with the window's end and a store: there is no call to the allocator
//! before the window is used up, and nothing is copied when the elements stay. The tail holds a
//! lease; the arena can be used meanwhile, also by the iterator that is collected.
//!
//! Where it lies is passed to the slow path by value and comes back by value, so that the tail of a
//! loop is kept in registers.
//!
//! Invariants:
//!
//! 1. `lease.lent` has room for `capacity` elements from `start` on, which is aligned for them and
//!    not below its cursor. Elements of no size need no room.
//! 2. The first `len` elements are initialised and the tail's; `len <= capacity`.

use core::{fmt, mem, ops, ptr::NonNull, slice, str};

use super::{Arena, Backing, Own, at, lease::Lease};
use crate::{
    alloc::{Allocator, Global, Layout, Refusal, Refused},
    bits::{growth, window},
    panics,
    strategy::chunk::Window,
};

/// A vector on all the bytes that an arena's window has left; see [`Arena::tail`].
///
/// ```
/// let arena = larder::Arena::new();
/// let mut tail = arena.tail();
/// tail.extend((0..1000).filter(|n| n % 7 == 0));
/// let sevens: &mut [i32] = tail.commit(); // where they lie
/// assert_eq!(sevens.len(), 143);
/// ```
pub struct Tail<'a, T, A: Allocator = Global, B: Backing<A> = Own<A>> {
    start: NonNull<T>,
    len: usize,
    capacity: usize,
    lease: Lease<'a, A, B>,
}

impl<'a, T, A: Allocator, B: Backing<A>> Tail<'a, T, A, B> {
    #[inline]
    fn on(lease: Lease<'a, A, B>) -> Self {
        lease.lent.open();
        let (start, capacity) = room_for::<T>(lease.lent);
        Self { start, len: 0, capacity, lease }
    }

    /// How many elements it holds.
    #[inline]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds none.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many elements there is room for before they have to move.
    #[inline]
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// Appends `value`.
    ///
    /// # Panics
    ///
    /// When the arena has no room; [`try_push`](Self::try_push) returns an error instead.
    #[inline]
    #[track_caller]
    pub fn push(&mut self, value: T) {
        if let Err(refused) = self.try_push(value) {
            panics::refused(refused.refusal())
        }
    }

    /// Appends `value`, or gives it back.
    ///
    /// # Errors
    ///
    /// When the arena has no room. The elements before it stay.
    #[inline]
    pub fn try_push(&mut self, value: T) -> Result<(), Refused<T>> {
        if self.len == self.capacity
            && let Err(refusal) = self.try_reserve(1)
        {
            return Err(Refused::new(value, refusal));
        }
        // SAFETY: `len < capacity`, so the element is in the lent bytes (1).
        let place = unsafe { self.start.add(self.len) };
        // SAFETY: the place is aligned, lent, and holds no element (1, 2).
        unsafe { place.write(value) };
        self.len += 1;
        Ok(())
    }

    /// Makes room for `additional` more elements, which may move those that are there.
    ///
    /// # Errors
    ///
    /// When the arena has no room. Nothing has changed.
    #[inline]
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), Refusal> {
        if additional <= self.capacity - self.len {
            return Ok(());
        }
        let outer = self.lease.outer;
        widen(outer, self.start, self.len, additional)?;
        // The elements have been copied: dropping the old lease gives all of its bytes back.
        self.lease = Lease::of_window(outer);
        self.lease.lent.open();
        (self.start, self.capacity) = room_for::<T>(self.lease.lent);
        Ok(())
    }

    /// Removes the last element.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: it was among the first `len` (2).
        let last = unsafe { self.start.add(self.len) };
        // SAFETY: it is initialised, and is not the tail's any more (2).
        Some(unsafe { last.read() })
    }

    /// Keeps the elements in the arena, and gives the rest of its bytes back.
    #[inline]
    pub fn commit(self) -> &'a mut [T] {
        let (start, len) = (self.start, self.len);
        let Lease { outer, lent } = self.lease;
        mem::forget(self);
        // SAFETY: the first `len` elements are in the lent bytes (1).
        let end = unsafe { start.add(len) };
        let none = const { size_of::<T>() == 0 } || len == 0;
        let kept = if none { lent.cursor } else { at(lent.cursor, end.addr().get()) };
        Lease { outer, lent }.end(kept);
        // SAFETY: the elements are initialised (2), and their bytes are kept for `'a`, during which
        // the arena is borrowed and cannot be reset.
        unsafe { slice::from_raw_parts_mut(start.as_ptr(), len) }
    }
}

/// Where elements start in `window`, and how many there is room for.
#[inline]
fn room_for<T>(window: Window) -> (NonNull<T>, usize) {
    let none = (NonNull::dangling(), 0);
    if const { size_of::<T>() == 0 } {
        return (none.0, usize::MAX);
    }
    match window::carve(window.cursor.addr().get(), window.end, 0, align_of::<T>()) {
        Some(carved) => {
            let capacity = (window.end - carved.start) / size_of::<T>();
            (at(window.cursor, carved.start).cast(), capacity)
        }
        None => none,
    }
}

/// Opens a window in `outer` that has room for `len` elements and `additional` ones, for twice as
/// many as `len` if that can be had, and copies the `len` elements at `from` to where it starts.
#[cold]
#[inline(never)]
fn widen<T, A: Allocator, B: Backing<A>>(
    outer: &Arena<A, B>,
    from: NonNull<T>,
    len: usize,
    additional: usize,
) -> Result<(), Refusal> {
    let size = size_of::<T>();
    let needed = len.saturating_add(additional);
    let overflow = || Refusal::overflow(Layout::new::<T>(), needed);
    let roomy = growth::next_capacity(len, needed, 1, size).ok_or_else(overflow)?;
    let open = |count: usize| {
        let layout = Layout::array::<T>(count).map_err(|_| overflow())?;
        outer.backing.stock().widen(outer.backing.bank(), outer.window(), layout)
    };
    let window = open(roomy).or_else(|_| open(needed))?;
    outer.set_window(window);
    window.open();
    let (start, _) = room_for::<T>(window);
    // SAFETY: the elements are live where they are, and the window, which is of fresh bytes, has
    // room for more than them.
    unsafe { start.copy_from_nonoverlapping(from, len) };
    Ok(())
}

impl<T, A: Allocator, B: Backing<A>> ops::Deref for Tail<'_, T, A, B> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: the first `len` elements are initialised (2).
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl<T, A: Allocator, B: Backing<A>> ops::DerefMut for Tail<'_, T, A, B> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: the first `len` elements are initialised, and borrowed with the tail (2).
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl<T, A: Allocator, B: Backing<A>> Drop for Tail<'_, T, A, B> {
    #[inline]
    fn drop(&mut self) {
        if const { mem::needs_drop::<T>() } {
            let elements = NonNull::slice_from_raw_parts(self.start, self.len);
            // SAFETY: the first `len` elements are initialised and the tail's (2).
            unsafe { elements.drop_in_place() }
        }
    }
}

impl<T, A: Allocator, B: Backing<A>> Extend<T> for Tail<'_, T, A, B> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        for value in values {
            self.push(value);
        }
    }
}

impl<A: Allocator, B: Backing<A>> Tail<'_, u8, A, B> {
    /// Appends copies of `bytes`.
    ///
    /// # Errors
    ///
    /// When the arena has no room. Nothing was appended.
    #[inline]
    pub fn try_extend_from_slice(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.try_reserve(bytes.len())?;
        // SAFETY: there is room for as many (1).
        let place = unsafe { self.start.add(self.len) };
        // SAFETY: the place holds no elements yet, and is the tail's (1, 2).
        unsafe { place.copy_from_nonoverlapping(NonNull::from_ref(bytes).cast(), bytes.len()) };
        self.len += bytes.len();
        Ok(())
    }
}

impl<A: Allocator, B: Backing<A>> fmt::Write for Tail<'_, u8, A, B> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.try_extend_from_slice(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

impl<T: fmt::Debug, A: Allocator, B: Backing<A>> fmt::Debug for Tail<'_, T, A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&**self).finish()
    }
}

impl<'a, A: Allocator, B: Backing<A>> super::Place<'a, A, B> {
    /// All that `values` yields, written where it stays; the arena may be used by the iterator.
    ///
    /// # Errors
    ///
    /// When there is no room; what was yielded is dropped.
    pub fn iter<T>(self, values: impl IntoIterator<Item = T>) -> Result<&'a mut [T], Refusal> {
        let values = values.into_iter();
        let mut tail = self.arena.tail();
        // A hint may be wrong, so its refusal says nothing yet.
        let _ = tail.try_reserve(values.size_hint().0);
        for value in values {
            tail.try_push(value).map_err(|refused| *refused.refusal())?;
        }
        Ok(tail.commit())
    }

    /// The text that `text` formats to, written where it stays.
    ///
    /// # Errors
    ///
    /// When there is no room.
    ///
    /// # Panics
    ///
    /// When an implementation of a formatting trait returns an error of its own, as std's `format!`
    /// does.
    pub fn format(self, text: fmt::Arguments<'_>) -> Result<&'a mut str, Refusal> {
        struct Text<'a, A: Allocator, B: Backing<A>> {
            tail: Tail<'a, u8, A, B>,
            refused: Option<Refusal>,
        }
        impl<A: Allocator, B: Backing<A>> fmt::Write for Text<'_, A, B> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.tail.try_extend_from_slice(text.as_bytes()).map_err(|refusal| {
                    self.refused = Some(refusal);
                    fmt::Error
                })
            }
        }
        if let Some(text) = text.as_str() {
            return self.str(text);
        }
        let mut written = Text { tail: self.arena.tail(), refused: None };
        match (fmt::write(&mut written, text), written.refused) {
            // SAFETY: only whole strings were written.
            (Ok(()), None) => Ok(unsafe { str::from_utf8_unchecked_mut(written.tail.commit()) }),
            (_, Some(refusal)) => Err(refusal),
            (Err(_), None) => panic!("a formatting trait returned an error though there was room"),
        }
    }
}

impl<A: Allocator, B: Backing<A>> Arena<A, B> {
    /// A vector on all the bytes that the open window has left. What it holds when it is
    /// [committed](Tail::commit) stays in the arena, the rest goes back.
    ///
    /// The arena can be used beside it; it takes other bytes then.
    ///
    /// ```
    /// let arena = larder::Arena::new();
    /// let mut squares = arena.tail();
    /// let mut names = Vec::new();
    /// for n in 1..=3_u32 {
    ///     squares.push(n * n);
    ///     names.push(arena.alloc_fmt(format_args!("{n} squared")));
    /// }
    /// let squares: &mut [u32] = squares.commit();
    /// assert_eq!(squares, [1, 4, 9]);
    /// assert_eq!(names[2], "3 squared");
    /// ```
    #[inline]
    pub fn tail<T>(&self) -> Tail<'_, T, A, B> {
        Tail::on(Lease::of_window(self))
    }

    /// All that `values` yields, written where it stays.
    ///
    /// # Panics
    ///
    /// When there is no room; [`Place::iter`](super::Place::iter) returns an error instead.
    #[track_caller]
    pub fn alloc_iter<T>(&self, values: impl IntoIterator<Item = T>) -> &mut [T] {
        self.place().iter(values).unwrap_or_else(|refusal| panics::refused(&refusal))
    }

    /// The text that `text` formats to.
    ///
    /// # Panics
    ///
    /// When there is no room; [`Place::format`](super::Place::format) returns an error instead. And
    /// when an implementation of a formatting trait returns an error of its own.
    #[track_caller]
    pub fn alloc_fmt(&self, text: fmt::Arguments<'_>) -> &mut str {
        self.place().format(text).unwrap_or_else(|refusal| panics::refused(&refusal))
    }
}
