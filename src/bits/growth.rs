//! How large the next chunk, or the next buffer, should be.
//!
//! Chunks double, so that `n` bytes are reached in `log n` requests, up to a ceiling, so that a
//! large arena does not ask for as much again as it already holds. Sizes leave room for the
//! bookkeeping of a typical `malloc`, so that a chunk of "4 KiB" does not cost 4 KiB and a page.

/// Bytes a general-purpose allocator is assumed to put beside each block.
pub const MALLOC_OVERHEAD: usize = 16;

/// The size of the first chunk, overhead of the upstream included.
pub const FIRST_CHUNK: usize = 1 << 10;

/// No chunk is made larger than this for the sake of growth alone.
pub const LARGEST_CHUNK: usize = 1 << 24;

/// The size to ask for after a chunk of `last` bytes: the next power of two past it, at most
/// [`LARGEST_CHUNK`], less [`MALLOC_OVERHEAD`].
///
/// ```
/// use larder::bits::growth::next_chunk;
/// assert_eq!(next_chunk(0), 1024 - 16);
/// assert_eq!(next_chunk(1024 - 16), 2048 - 16);
/// assert_eq!(next_chunk(usize::MAX), (1 << 24) - 16);
/// ```
#[inline]
#[must_use]
pub const fn next_chunk(last: usize) -> usize {
    let floor = last.saturating_add(MALLOC_OVERHEAD);
    let next = if floor >= LARGEST_CHUNK {
        LARGEST_CHUNK
    } else if floor < FIRST_CHUNK {
        FIRST_CHUNK
    } else {
        (floor + 1).next_power_of_two()
    };
    next - MALLOC_OVERHEAD
}

/// The capacity that a buffer grows to at least, from `capacity` elements of `size` bytes each, as
/// std's `Vec` has it: not so few bytes that the next elements need another block at once, not so many
/// that one large element takes room for four.
///
/// ```
/// use larder::bits::growth::least_capacity;
/// assert_eq!([1, 2, 1024, 1025].map(|size| least_capacity(0, size)), [8, 4, 4, 1]);
/// assert_eq!(least_capacity(2, 1), 4);
/// ```
#[inline]
#[must_use]
pub const fn least_capacity(capacity: usize, size: usize) -> usize {
    match size {
        1 if capacity == 0 => 8,
        ..=1024 => 4,
        _ => 1,
    }
}

/// The capacity of a buffer of `capacity` elements that must hold `needed`: doubled, at least
/// `needed`, at least `least`. `None` when `needed` elements of `size` bytes exceed `isize::MAX`.
///
/// ```
/// use larder::bits::growth::next_capacity;
/// assert_eq!(next_capacity(8, 9, 4, 8), Some(16));
/// assert_eq!(next_capacity(8, 100, 4, 8), Some(100));
/// assert_eq!(next_capacity(0, 1, 4, 8), Some(4));
/// assert_eq!(next_capacity(8, usize::MAX, 4, 8), None);
/// ```
#[inline]
#[must_use]
pub const fn next_capacity(
    capacity: usize,
    needed: usize,
    least: usize,
    size: usize,
) -> Option<usize> {
    let doubled = capacity.saturating_mul(2);
    let mut next = if doubled > needed { doubled } else { needed };
    if next < least {
        next = least;
    }
    // By a product, which is much quicker than the quotient that is needed at the limit only.
    match next.checked_mul(size) {
        Some(bytes) if bytes <= isize::MAX.cast_unsigned() => Some(next),
        _ => match isize::MAX.cast_unsigned() / size {
            most if needed > most => None,
            most => Some(most),
        },
    }
}
