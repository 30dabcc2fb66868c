//! The kernel itself. What every Unix has is in `unix`, what differs in `linux` and `elsewhere`; a
//! system that is no Unix answers [`Errno::UNSUPPORTED`](super::Errno::UNSUPPORTED) to everything.

#[cfg(not(any(target_os = "linux", not(unix))))]
#[path = "elsewhere.rs"]
mod more;
#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod more;
#[cfg(not(unix))]
mod none;
#[cfg(unix)]
mod unix;

/// The kernel itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Native;
