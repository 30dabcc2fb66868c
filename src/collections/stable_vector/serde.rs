//! In and out by serde: a vector is the sequence of its elements, a handle its bits. The elements of
//! a vector that was read have handles of their own.

use core::{fmt, marker::PhantomData};

use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Visitor},
};

use super::{Handle, Key, KeyedVector, Policy, Width};
use crate::alloc::Allocator;

impl<T: Serialize, K: Key, A: Allocator> Serialize for KeyedVector<T, K, A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

struct Elements<T, K, A>(PhantomData<(T, K, A)>);

impl<'de, T, K, A> Visitor<'de> for Elements<T, K, A>
where
    T: Deserialize<'de>,
    K: Key,
    A: Allocator + Default,
{
    type Value = KeyedVector<T, K, A>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Self::Value, S::Error> {
        let mut vector = KeyedVector::default();
        while let Some(element) = seq.next_element()? {
            vector.try_insert(element).map_err(S::Error::custom)?;
        }
        Ok(vector)
    }
}

impl<'de, T, K, A> Deserialize<'de> for KeyedVector<T, K, A>
where
    T: Deserialize<'de>,
    K: Key,
    A: Allocator + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

impl<W: Width + Serialize, P: Policy> Serialize for Handle<W, P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_bits().serialize(serializer)
    }
}

impl<'de, W: Width + Deserialize<'de>, P: Policy> Deserialize<'de> for Handle<W, P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bits = W::deserialize(deserializer)?;
        Self::from_bits(bits).ok_or_else(|| D::Error::custom("no handle has these bits"))
    }
}
