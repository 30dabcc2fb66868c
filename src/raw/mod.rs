//! The engines under the containers: what does not depend on a container's face, and where it can be
//! done, not on the element either. Private for ever.

pub(crate) mod columns;
pub(crate) mod search;
pub(crate) mod slots;
