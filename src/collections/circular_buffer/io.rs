#![allow(clippy::std_instead_of_core, reason = "core has no `io` on stable")]
//! Queues of bytes as something to read from and to write to.

use std::io::{BufRead, Error, ErrorKind, Read, Result, Write};

use super::{Full, Grow, Overwrite, Place, Refuse, Ring};

/// Bytes are taken out at the front.
impl<F: Full, A: Place> Read for Ring<u8, F, A> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        Ok(self.pop_slice(into))
    }
}

impl<F: Full, A: Place> BufRead for Ring<u8, F, A> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        Ok(self.as_slices().0)
    }

    fn consume(&mut self, count: usize) {
        self.truncate_front(self.len().saturating_sub(count));
    }
}

/// Bytes are appended, and the oldest evicted: the last that were written stay.
impl<A: Place> Write for Ring<u8, Overwrite, A> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let last = &bytes[bytes.len().saturating_sub(self.limit)..];
        self.truncate_front(self.limit - last.len());
        self.push_slice(last);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// As many bytes are appended as there is room for: none when it is full.
impl<A: Place> Write for Ring<u8, Refuse, A> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        Ok(self.push_slice(bytes))
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Bytes are appended. A refusal of memory is an error of the kind `OutOfMemory`.
impl<A: Place> Write for Ring<u8, Grow, A> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        match self.try_reserve(bytes.len()) {
            Ok(()) => Ok(self.push_slice(bytes)),
            Err(refusal) => Err(Error::new(ErrorKind::OutOfMemory, refusal)),
        }
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
