//! Queues as serde's sequences, from the first element to the last; one that is read back has the
//! capacity of its length.

use serde_core::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Full, Place, Ring};
use crate::{
    alloc::Allocator,
    collections::vector::{Heap, Vector},
};

impl<T: Serialize, F: Full, A: Place> Serialize for Ring<T, F, A> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, T, F, A> Deserialize<'de> for Ring<T, F, A>
where
    T: Deserialize<'de>,
    F: Full,
    A: Allocator + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let elements: Vector<Heap<T, A>> = Vector::deserialize(deserializer)?;
        Ok(Self::from_storage(elements.into_storage()))
    }
}
