#![expect(unsafe_code, reason = "maps files")]
//! Mapped files on a kernel that refuses.

use std::{fs, path::Path};

use larder::os::{Call, Errno, Fake, FileError, Hint, MappedFile, Writes};

use crate::mmap_vec::kill::Folder;

/// Uses each call that a mapped file makes.
fn life(path: &Path, kernel: &Fake) -> Result<(), FileError> {
    // SAFETY: nobody else knows the file.
    let mut file = unsafe { MappedFile::open_in(path, Writes::ToFile, kernel) }?;
    file.bytes_mut()?[5000] = 5;
    file.hint(.., Hint::Sequential)?;
    file.populate(4097..)?;
    file.lock(..10)?;
    file.unlock(..10)?;
    file.flush(4999..5002)?;
    file.flush_async(..)?;
    // SAFETY: its bytes are not written while it lives.
    let view = unsafe { file.create_view(4999, 3) }?;
    file.set_len(1 << 16)?;
    assert_eq!(view.bytes(), [7, 5, 7]);
    drop(view);
    file.set_len(10_000)
}

#[test]
fn every_refusal_is_an_error_and_leaves_the_file_as_it_was() {
    let folder = Folder::new("refused-file");
    let make = |name: &str| {
        let path = folder.at(name);
        fs::write(&path, [7; 10_000]).unwrap();
        path
    };
    let path = make("file");
    let kernel = Fake::new();
    life(&path, &kernel).unwrap();
    let calls = kernel.calls();
    assert_eq!(kernel.mapped_bytes(), 0);
    for call in [Call::MapFile, Call::Flush, Call::Allocate, Call::Lock, Call::Populate] {
        assert!(calls.contains(&call), "{call:?}");
    }
    for (nth, call) in calls.iter().enumerate() {
        for errno in super::REFUSALS {
            // A mapping that is lost keeps its file locked, so each has one of its own.
            let path = make(&format!("{nth}-{}", errno.0));
            let kernel = Fake::new();
            kernel.refuse_any_nth(nth, errno);
            let told = life(&path, &kernel);
            // Pages that the kernel does not take back are lost, and no more than that. A file system
            // that gives no promise of room has room, perhaps.
            let tolerated = *call == Call::Unmap
                || *call == Call::Allocate && matches!(errno, Errno::UNSUPPORTED);
            assert_eq!(told.is_ok(), tolerated, "{call:?} {errno}: {told:?}");
            assert!(kernel.mapped_bytes() == 0 || *call == Call::Unmap, "{call:?}");
            let bytes = fs::read(&path).unwrap();
            assert!(bytes[..10_000].iter().enumerate().all(|(at, byte)| *byte == 7 || at == 5000));
            assert!(bytes[10_000..].iter().all(|byte| *byte == 0));
        }
    }
}
