//! The proof kit: finds out whether an allocator keeps the contract of [`crate::alloc`].
//!
//! [`contract::check`] runs everything there is against an allocator of yours.

pub mod contract;
mod limits;
mod shadow;

pub use limits::Limits;
