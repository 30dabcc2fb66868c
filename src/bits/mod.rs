//! Pure arithmetic on addresses, sizes and masks. No pointer, no `unsafe`, nothing but `core`.
//!
//! Everything hard about carving memory is a sum that may overflow. The sums live here, away from
//! the pointers, so that they can be tested exhaustively at the edges and fuzzed by themselves:
//!
//! | file | answers |
//! |---|---|
//! | [`align`] | where does the next aligned address lie, and is there one? |
//! | [`window`] | does this block fit between a cursor and an end, and where? |
//! | [`buddy`] | which blocks of powers of two are a pair, and what is a range made of? |
//! | [`good_fit`] | which class of free runs serves this request, and which has one? |
//! | [`growth`] | how large should the next chunk or buffer be? |
//! | [`doubling`] | which bucket is an index in, when buckets double? |
//! | [`size_class`] | which class serves this size, wasting at most an eighth? |
//! | [`stack`] | where do a stack's blocks go, and how far does it collapse? |
//! | [`mask`] | which of these 64 slots is free? |
//!
//! The functions take and return plain `usize`; what an address may be used for is the caller's
//! business. None of them panics in a release build, for any input.

#![forbid(unsafe_code)]

pub mod align;
pub mod buddy;
pub mod doubling;
pub mod good_fit;
pub mod growth;
pub mod mask;
pub mod size_class;
pub mod stack;
pub mod window;

#[cfg(test)]
mod tests;
