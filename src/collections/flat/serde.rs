//! Maps and sets as serde knows them; what comes in need not be sorted.

use core::{fmt, iter, marker::PhantomData};

use ::serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

use crate::{
    alloc::Allocator,
    collections::flat::{FlatMap, FlatSet, FrozenMap},
};

impl<K: Serialize, V: Serialize, A: Allocator> Serialize for FlatMap<K, V, A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<K: Serialize, V: Serialize, A: Allocator> Serialize for FrozenMap<K, V, A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<K: Serialize, A: Allocator> Serialize for FlatSet<K, A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
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

impl<'de, K, V, A> Visitor<'de> for Fill<FlatMap<K, V, A>>
where
    K: Deserialize<'de> + Ord,
    V: Deserialize<'de>,
    A: Allocator + Default,
{
    type Value = FlatMap<K, V, A>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        fill(|| map.next_entry())
    }
}

impl<'de, K: Deserialize<'de> + Ord, A: Allocator + Default> Visitor<'de> for Fill<FlatSet<K, A>> {
    type Value = FlatSet<K, A>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut keys: S) -> Result<Self::Value, S::Error> {
        fill(|| keys.next_element())
    }
}

impl<'de, K, V, A> Deserialize<'de> for FlatMap<K, V, A>
where
    K: Deserialize<'de> + Ord,
    V: Deserialize<'de>,
    A: Allocator + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fill::<Self>(PhantomData))
    }
}

impl<'de, K, V, A> Deserialize<'de> for FrozenMap<K, V, A>
where
    K: Deserialize<'de> + Ord,
    V: Deserialize<'de>,
    A: Allocator + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = FlatMap::deserialize(deserializer)?;
        map.try_freeze().map_err(|refused| D::Error::custom(refused.refusal()))
    }
}

impl<'de, K: Deserialize<'de> + Ord, A: Allocator + Default> Deserialize<'de> for FlatSet<K, A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Fill::<Self>(PhantomData))
    }
}
