//! The engines under the containers: what does not depend on a container's face, and where it can be
//! done, not on the element either. Private for ever.

pub(crate) mod buffer;
pub(crate) mod chain;
pub(crate) mod clone;
pub(crate) mod columns;
pub(crate) mod gap;
pub(crate) mod heap;
pub(crate) mod inline;
pub(crate) mod nodes;
pub(crate) mod range;
pub(crate) mod search;
pub(crate) mod shift;
pub(crate) mod slots;
pub(crate) mod storage;
pub(crate) mod texts;
