//! In and out by serde: an interner is the sequence of its texts, a symbol its index.

use core::{fmt, hash::BuildHasher, marker::PhantomData, ops::Deref};

use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, Error, SeqAccess, Visitor},
};

use super::{Interner, Reader, Symbol, Text, Width};
use crate::alloc::Allocator;

impl<T: Text + Serialize + ?Sized, W: Width, A: Allocator> Serialize for Reader<T, W, A> {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        serializer.collect_seq(self.iter().map(|(_, text)| text))
    }
}

impl<T, W, S, A> Serialize for Interner<T, W, S, A>
where
    T: Text + Serialize + ?Sized,
    W: Width,
    A: Allocator,
{
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        self.deref().serialize(serializer)
    }
}

/// Interns one text, without a copy of its own.
struct One<'i, W: Width, S, A: Allocator>(&'i mut Interner<str, W, S, A>);

impl<'de, W: Width, S: BuildHasher, A: Allocator> DeserializeSeed<'de> for One<'_, W, S, A> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<W: Width, S: BuildHasher, A: Allocator> Visitor<'_> for One<'_, W, S, A> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let next = self.0.len();
        // Its symbol, and those of all texts behind it, would not be what they were.
        if self.0.try_intern(text).map_err(E::custom)?.index() != next {
            return Err(E::custom(format_args!("the text {text:?} is there twice")));
        }
        Ok(())
    }
}

struct All<W, S, A>(PhantomData<(W, S, A)>);

impl<'de, W, S, A> Visitor<'de> for All<W, S, A>
where
    W: Width,
    S: BuildHasher + Default,
    A: Allocator + Default,
{
    type Value = Interner<str, W, S, A>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence of strings that differ")
    }

    fn visit_seq<Q: SeqAccess<'de>>(self, mut seq: Q) -> Result<Self::Value, Q::Error> {
        let mut words = Interner::default();
        while seq.next_element_seed(One(&mut words))?.is_some() {}
        Ok(words)
    }
}

impl<'de, W, S, A> Deserialize<'de> for Interner<str, W, S, A>
where
    W: Width,
    S: BuildHasher + Default,
    A: Allocator + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(All(PhantomData))
    }
}

impl<W: Width> Serialize for Symbol<W> {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        serializer.serialize_u64(self.index() as u64)
    }
}

impl<'de, W: Width> Deserialize<'de> for Symbol<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let index = u64::deserialize(deserializer)?;
        let symbol = usize::try_from(index).ok().and_then(Self::from_index);
        symbol.ok_or_else(|| D::Error::custom(format_args!("no symbol has the index {index}")))
    }
}
