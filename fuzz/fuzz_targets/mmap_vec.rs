//! Files of arbitrary bytes, and good files with some bytes changed: opened or refused. Headers whose
//! checksums are right and whose numbers are not are tried by the module's own tests.
#![no_main]

use std::{io, path::Path};

use larder::collections::mmap_vec::{Builder, Medium, Space};

#[derive(Clone)]
struct Bytes(Vec<u8>);

impl Medium for Bytes {
    fn path(&self) -> &Path {
        Path::new("fuzzed")
    }

    fn len(&mut self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read_at(&mut self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let at = usize::try_from(at).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let bytes = at.checked_add(into.len()).and_then(|end| self.0.get(at..end));
        into.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let at = at as usize;
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn allocate(&mut self, len: u64) -> io::Result<Space> {
        if len > 1 << 24 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if len > self.0.len() as u64 {
            self.0.resize(len as usize, 0);
        }
        Ok(Space::Guaranteed)
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.0.truncate(len as usize);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn try_out(bytes: Vec<u8>) {
    for repair in [false, true] {
        let builder = Builder::<u32>::small().max_bytes(1 << 24).repair(repair);
        let Ok(mut vec) = builder.open_on(Bytes(bytes.clone())) else { continue };
        let len = vec.len();
        let sum = vec.iter().fold(0, |all: u32, n| all.wrapping_add(*n));
        if vec.push(sum).is_ok() && vec.commit().is_ok() {
            assert_eq!((vec.committed_len(), vec[len]), (len + 1, sum));
        }
    }
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    try_out(input.to_vec());
    // A good file with bytes of the input written over it.
    let mut good = Builder::<u32>::small().create_on(Bytes(vec![])).unwrap();
    good.extend(0..3000).unwrap();
    good.commit().unwrap();
    good[7] = 1;
    good.commit().unwrap();
    let mut bytes = good.storage().medium().0.clone();
    for change in input.chunks_exact(5) {
        let at = u32::from_le_bytes([change[0], change[1], change[2], 0]) as usize % bytes.len();
        bytes[at] = change[3] ^ change[4];
    }
    try_out(bytes);
});
