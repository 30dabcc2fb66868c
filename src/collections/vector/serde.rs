//! Vectors as serde's sequences. Memory is made as elements come, not as the data claims.

use core::{fmt, marker::PhantomData};

use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Visitor},
};

use super::Vector;
use crate::raw::storage::{Fresh, Storage};

/// A sequence may claim any length; room for so many bytes is made at once.
const AT_ONCE: usize = 1 << 20;

impl<S: Storage<Item: Serialize>> Serialize for Vector<S> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        serializer.collect_seq(self.iter())
    }
}

struct Elements<S>(PhantomData<S>);

impl<'de, S> Visitor<'de> for Elements<S>
where
    S: Fresh<Item: Deserialize<'de>, Alloc: Default>,
{
    type Value = Vector<S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<Q: SeqAccess<'de>>(self, mut elements: Q) -> Result<Vector<S>, Q::Error> {
        let mut vector = Vector::default();
        let most = AT_ONCE / size_of::<S::Item>().max(1);
        vector.try_reserve(elements.size_hint().unwrap_or(0).min(most)).map_err(Error::custom)?;
        while let Some(element) = elements.next_element()? {
            vector.try_push(element).map_err(Error::custom)?;
        }
        Ok(vector)
    }
}

impl<'de, S> Deserialize<'de> for Vector<S>
where
    S: Fresh<Item: Deserialize<'de>, Alloc: Default>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}
