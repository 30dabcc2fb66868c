//! Shared memory whose maker, and whose others, keep to nothing: opened or refused, read and written,
//! and nothing worse than nonsense is found there.
#![no_main]

use core::sync::atomic::Ordering::Relaxed;
use std::{io::Write, path::PathBuf};

use larder::os::{Contents, Kernel, Native, SharedMemory, SharedRing, SharedVec, Wish};

type Element = [u16; 5];

/// The memory in a file of these bytes, if it is any.
fn receive(bytes: &[u8]) -> Option<SharedMemory> {
    let mut file = Native.memory_file().unwrap();
    file.write_all(bytes).unwrap();
    let received = SharedMemory::receive_in(file, PathBuf::from("fuzzed"), Wish::Prefer, Native);
    if let Err(error) = &received {
        assert!(error.to_string().starts_with("fuzzed: "));
    }
    received.ok()
}

/// Writes what the others write: nonsense, anywhere.
fn disturb(memory: &SharedMemory, change: &[u8]) {
    let words = memory.words();
    let at = usize::from(change[0]) * usize::from(change[1]) % words.len();
    words[at].store(u64::from_le_bytes(change[2..10].try_into().unwrap()), Relaxed);
    // The counts, most of all.
    words[usize::from(change[0] % 4) * 16 % words.len()].fetch_add(u64::from(change[1]), Relaxed);
}

fn use_as_vec(memory: SharedMemory, changes: &[u8]) {
    let Ok(vec) = SharedVec::<Element>::over(memory) else { return };
    let mut writer = vec.writer().unwrap();
    for (turn, change) in changes.chunks_exact(10).enumerate() {
        let (value, at) = ([u16::from(change[0]); 5], usize::from(change[1]));
        let len = vec.len();
        assert!(len <= vec.capacity() && vec.to_vec().len() <= vec.capacity());
        match change[9] % 4 {
            // Undisturbed, what was written is there, whatever was there before.
            0 if writer.push(value).is_ok() => assert!(turn > 0 || vec.get(len) == Some(value)),
            1 if writer.set(at, value).is_ok() => assert!(turn > 0 || vec.get(at) == Some(value)),
            2 => writer.truncate(at),
            3 => drop(writer.extend_from_slice(&[value; 3])),
            _ => {}
        }
        disturb(vec.memory(), change);
        drop((vec.get(at), vec.writer().unwrap_err()));
    }
}

fn use_as_ring(memory: SharedMemory, changes: &[u8]) {
    let Ok(ring) = SharedRing::<Element>::over(memory) else { return };
    let (mut producer, mut consumer) = (ring.producer().unwrap(), ring.consumer().unwrap());
    for change in changes.chunks_exact(10) {
        let values = [[u16::from(change[0]); 5]; 3];
        assert!(ring.len() <= ring.capacity());
        match change[9] % 4 {
            0 => drop(producer.push(values[0])),
            1 => assert!(producer.push_slice(&values) <= ring.capacity()),
            2 => drop((consumer.front(), consumer.pop())),
            _ => assert!(consumer.pop_slice(&mut [[0; 5]; 7]) <= ring.capacity()),
        }
        disturb(ring.memory(), change);
    }
}

libfuzzer_sys::fuzz_target!(|input: (u8, Vec<(u16, u8)>, Vec<u8>)| {
    let (capacity, bent, bytes) = input;
    receive(&bytes).map(|memory| (use_as_vec(memory.clone(), &[]), use_as_ring(memory, &[])));
    // A good header, bent here and there, before words that say anything.
    let capacity = usize::from(capacity) + 1;
    for contents in [Contents::vec::<Element>(capacity), Contents::ring::<Element>(capacity)] {
        let good = SharedMemory::create(&contents).unwrap();
        let mut file = std::fs::read(good.path()).unwrap();
        let words = file[4096..].iter_mut();
        words.zip(&bytes).for_each(|(byte, said)| *byte = *said);
        for (at, byte) in &bent {
            // The header's fields are in its first bytes.
            file[usize::from(*at) % 128] = *byte;
        }
        if let Some(memory) = receive(&file) {
            use_as_vec(memory.clone(), &bytes);
            use_as_ring(memory, &bytes);
        }
    }
});
