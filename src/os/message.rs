//! Messages one after the other, each behind its length: read where they lie, nothing is copied.
//!
//! ```text
//!  | length, 4 bytes, little-endian | bytes | length | bytes | ...
//! ```

use core::{error::Error, fmt, iter::FusedIterator};
use std::{io, io::Write};

/// The bytes of a length.
const PREFIX: usize = 4;

/// The end of the bytes is not the end of a message: the writer was interrupted, or the bytes are no
/// messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TornMessage {
    /// Where the message begins, at its length.
    pub at: usize,
    /// How many bytes it takes, its length included; as far as can be told.
    pub needed: usize,
    /// How many there are.
    pub found: usize,
}

impl fmt::Display for TornMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, needed, found } = self;
        write!(
            f,
            "the message at {at} takes {needed} bytes, but {found} are there; go on from {at} when \
             there are more, or cut the file off there"
        )
    }
}

impl Error for TornMessage {}

/// Reads messages from front to back. Copies of it read on by themselves.
///
/// ```
/// use larder::os::{MessageReader, write_message};
/// let mut bytes = Vec::new();
/// write_message(&mut bytes, b"plum")?;
/// write_message(&mut bytes, b"pear")?;
/// let whole = bytes.len();
/// write_message(&mut bytes, b"quince")?;
/// bytes.truncate(whole + 6);
///
/// let mut reader = MessageReader::new(&bytes);
/// assert_eq!(reader.next(), Some(Ok(&b"plum"[..])));
/// let resumed = MessageReader::resume(&bytes, reader.position());
/// assert_eq!(resumed.take(1).next(), Some(Ok(&b"pear"[..])));
/// let torn = reader.nth(1).unwrap().unwrap_err();
/// assert_eq!((torn.at, torn.needed, torn.found), (whole, 10, 6));
/// assert_eq!(reader.next(), None);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MessageReader<'b> {
    bytes: &'b [u8],
    position: usize,
    torn: bool,
}

impl<'b> MessageReader<'b> {
    /// Reads `bytes` from the front.
    #[must_use]
    pub const fn new(bytes: &'b [u8]) -> Self {
        Self::resume(bytes, 0)
    }

    /// Reads `bytes` from where another reader of the same was, or of fewer of them.
    #[must_use]
    pub const fn resume(bytes: &'b [u8], position: usize) -> Self {
        Self { bytes, position, torn: false }
    }

    /// Where the next message begins.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }
}

impl<'b> Iterator for MessageReader<'b> {
    type Item = Result<&'b [u8], TornMessage>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.position;
        let rest = self.bytes.get(at..).filter(|rest| !rest.is_empty() && !self.torn)?;
        let Some((prefix, rest)) = rest.split_first_chunk::<PREFIX>() else {
            self.torn = true;
            return Some(Err(TornMessage { at, needed: PREFIX, found: rest.len() }));
        };
        let len = u32::from_le_bytes(*prefix) as usize;
        let Some(message) = rest.get(..len) else {
            self.torn = true;
            let needed = len.saturating_add(PREFIX);
            return Some(Err(TornMessage { at, needed, found: rest.len() + PREFIX }));
        };
        self.position = at + PREFIX + len;
        Some(Ok(message))
    }
}

impl FusedIterator for MessageReader<'_> {}

/// Writes a message as [`MessageReader`] reads it.
///
/// # Errors
///
/// When the message has 4 GiB or more, or `out` refuses.
pub fn write_message(out: &mut impl Write, message: &[u8]) -> io::Result<()> {
    let Ok(len) = u32::try_from(message.len()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    out.write_all(&len.to_le_bytes())?;
    out.write_all(message)
}
