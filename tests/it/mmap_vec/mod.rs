//! The vector in a file: what it must survive.

mod append;
mod crash;
pub(crate) mod disk;
mod input;
pub(crate) mod kill;
mod like_vec;
mod refused;
