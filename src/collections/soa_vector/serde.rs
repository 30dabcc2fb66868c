//! Vectors as serde's sequences of structs, as `Vec`'s are. A row is cloned for the time it is
//! written, since the struct's own `Serialize` wants the struct. Memory is made as rows come, not as
//! the data claims.

use core::{fmt, marker::PhantomData};

use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Visitor},
};

use super::{
    SoaVector,
    row::{CloneRow, Ref, Soa},
};
use crate::alloc::Allocator;

/// A sequence may claim any length; room for so many bytes is made at once.
const AT_ONCE: usize = 1 << 20;

impl<T: Soa + Serialize, A: Allocator> Serialize for SoaVector<T, A>
where
    for<'r> Ref<'r, T>: CloneRow<Owned = T>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(CloneRow::cloned))
    }
}

struct Rows<T, A>(PhantomData<(T, A)>);

impl<'de, T: Soa + Deserialize<'de>, A: Allocator + Default> Visitor<'de> for Rows<T, A> {
    type Value = SoaVector<T, A>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence of structs")
    }

    fn visit_seq<Q: SeqAccess<'de>>(self, mut rows: Q) -> Result<Self::Value, Q::Error> {
        let mut vector = SoaVector::new_in(A::default());
        let most = AT_ONCE / size_of::<T>().max(1);
        vector.try_reserve(rows.size_hint().unwrap_or(0).min(most)).map_err(Error::custom)?;
        while let Some(row) = rows.next_element()? {
            vector.try_push(row).map_err(Error::custom)?;
        }
        Ok(vector)
    }
}

impl<'de, T: Soa + Deserialize<'de>, A: Allocator + Default> Deserialize<'de> for SoaVector<T, A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Rows(PhantomData))
    }
}
