//! Bump vectors as serde's sequences. Memory is made as elements come, not as the data claims.

use core::{fmt, marker::PhantomData};

use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Visitor},
};

use super::BumpVector;
use crate::alloc::Allocator;

impl<T: Serialize, A: Allocator> Serialize for BumpVector<T, A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

struct Elements<T, A: Allocator>(PhantomData<BumpVector<T, A>>);

impl<'de, T: Deserialize<'de>, A: Allocator + Default> Visitor<'de> for Elements<T, A> {
    type Value = BumpVector<T, A>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<Q: SeqAccess<'de>>(self, mut elements: Q) -> Result<Self::Value, Q::Error> {
        let vector = BumpVector::default();
        while let Some(element) = elements.next_element()? {
            vector.try_push(element).map_err(Error::custom)?;
        }
        Ok(vector)
    }
}

impl<'de, T: Deserialize<'de>, A: Allocator + Default> Deserialize<'de> for BumpVector<T, A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}
