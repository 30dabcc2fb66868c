#![expect(unsafe_code, reason = "makes texts of bytes that were such texts")]
//! What can be interned.

#[cfg(feature = "std")]
use std::ffi::OsStr;

/// A kind of text: `str`, `[u8]`, and with the feature `std` `OsStr`.
///
/// It is implemented by this crate only.
///
/// # Safety
///
/// `from_bytes` of what `as_bytes` returned is an equal text, and equal texts have equal bytes.
#[expect(private_bounds, reason = "only this crate may promise this")]
pub unsafe trait Text: Sealed + Eq + 'static {
    /// The bytes of the text.
    #[doc(hidden)]
    fn as_bytes(&self) -> &[u8];

    /// The text that has these bytes.
    ///
    /// # Safety
    ///
    /// They are what `as_bytes` of such a text returned.
    #[doc(hidden)]
    unsafe fn from_bytes(bytes: &[u8]) -> &Self;
}

/// Keeps other crates from making kinds of text.
trait Sealed {}

impl Sealed for str {}
impl Sealed for [u8] {}
#[cfg(feature = "std")]
impl Sealed for OsStr {}

// SAFETY: the bytes are the string, both ways.
unsafe impl Text for str {
    #[inline]
    fn as_bytes(&self) -> &[u8] {
        self.as_bytes()
    }

    #[inline]
    unsafe fn from_bytes(bytes: &[u8]) -> &Self {
        // SAFETY: they were a string's, as promised.
        unsafe { core::str::from_utf8_unchecked(bytes) }
    }
}

// SAFETY: bytes are bytes.
unsafe impl Text for [u8] {
    #[inline]
    fn as_bytes(&self) -> &[u8] {
        self
    }

    #[inline]
    unsafe fn from_bytes(bytes: &[u8]) -> &Self {
        bytes
    }
}

// SAFETY: the encoded bytes are the string, both ways.
#[cfg(feature = "std")]
unsafe impl Text for OsStr {
    #[inline]
    fn as_bytes(&self) -> &[u8] {
        self.as_encoded_bytes()
    }

    #[inline]
    unsafe fn from_bytes(bytes: &[u8]) -> &Self {
        // SAFETY: they were those of a whole such string, as promised.
        unsafe { Self::from_encoded_bytes_unchecked(bytes) }
    }
}
