//! The primitives as the model checker has them.

/// Atomic integers, pointers, orderings and fences, each access a point where threads may switch.
pub use loom::sync::atomic;

/// Hints for loops that wait; each gives the turn to another thread.
pub use loom::hint;

pub use loom::{cell::UnsafeCell, sync::Mutex, thread, thread_local};
