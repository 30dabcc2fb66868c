//! The proof kit: finds out whether an allocator keeps the contract of [`crate::alloc`].
//!
//! [`contract::check`] runs everything there is against an allocator of yours; the adapters in
//! [`hostile`] make a good allocator as awkward as the contract permits.

pub mod contract;
pub mod hostile;
mod limits;
mod shadow;

pub use limits::Limits;
