//! Maps and sets as serde knows them; what comes in need not be sorted.

use core::{fmt, iter, marker::PhantomData};

use ::serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

use crate::{
    alloc::Allocator,
    collections::flat::{FlatMap, FlatSet, FrozenMap, Search},
};

impl<K: Serialize, V: Serialize, A: Allocator, S: Search<K>> Serialize for FlatMap<K, V, A, S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        serializer.collect_map(self)
    }
}

impl<K: Serialize, V: Serialize, A: Allocator, S: Search<K>> Serialize for FrozenMap<K, V, A, S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        serializer.collect_map(self)
    }
}

impl<K: Serialize, A: Allocator, S: Search<K>> Serialize for FlatSet<K, A, S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        serializer.collect_seq(self)
    }
}

/// Fills an empty `C`.
struct Fill<C>(PhantomData<C>);

/// Collects entries up to the first error, and says which it was.
fn fill<C: Default + Extend<T>, T, E>(
    mut next: impl FnMut() -> Result<Option<T>, E>,
) -> Result<C, E> {
    let (mut all, mut error) = (C::default(), None);
    all.extend(iter::from_fn(|| match next() {
        Ok(entry) => entry,
        Err(found) => {
            error = Some(found);
            None
        }
    }));
    error.map_or(Ok(all), Err)
}

impl<'de, K, V, A, S> Visitor<'de> for Fill<FlatMap<K, V, A, S>>
where
    K: Deserialize<'de> + Ord,
    V: Deserialize<'de>,
    A: Allocator + Default,
    S: Search<K>,
{
    type Value = FlatMap<K, V, A, S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        fill(|| map.next_entry())
    }
}

impl<'de, K: Deserialize<'de> + Ord, A: Allocator + Default, S: Search<K>> Visitor<'de>
    for Fill<FlatSet<K, A, S>>
{
    type Value = FlatSet<K, A, S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<T: SeqAccess<'de>>(self, mut keys: T) -> Result<Self::Value, T::Error> {
        fill(|| keys.next_element())
    }
}

impl<'de, K, V, A, S> Deserialize<'de> for FlatMap<K, V, A, S>
where
    K: Deserialize<'de> + Ord,
    V: Deserialize<'de>,
    A: Allocator + Default,
    S: Search<K>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fill::<Self>(PhantomData))
    }
}

impl<'de, K, V, A, S> Deserialize<'de> for FrozenMap<K, V, A, S>
where
    K: Deserialize<'de> + Ord,
    V: Deserialize<'de>,
    A: Allocator + Default,
    S: Search<K>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = FlatMap::deserialize(deserializer)?;
        map.try_freeze().map_err(|refused| D::Error::custom(refused.refusal()))
    }
}

impl<'de, K: Deserialize<'de> + Ord, A: Allocator + Default, S: Search<K>> Deserialize<'de>
    for FlatSet<K, A, S>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Fill::<Self>(PhantomData))
    }
}
