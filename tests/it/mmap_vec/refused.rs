#![expect(unsafe_code, reason = "maps files")]
//! A vector whose kernel refuses memory: each call once, with each number.

use std::path::Path;

use larder::{
    collections::mmap_vec::{Builder, DiskFile, FileError, FileStorage, MmapVec, Problem},
    os::{Call, Fake},
};

use super::kill::Folder;

type Vector<'k> = MmapVec<u64, FileStorage<DiskFile, &'k Fake>>;

/// Grows in steps, commits, shrinks; then maps the file. What was pushed is there whatever is refused.
fn life(path: &Path, kernel: &Fake) -> Result<(), FileError> {
    let builder = Builder::<u64>::new().max_bytes(8 << 20).kernel(kernel);
    let _ = std::fs::remove_file(path);
    let mut vec = builder.create(path)?;
    let mut model = vec![];
    let mut sure = vec![];
    let told = grow(&mut vec, &mut model, &mut sure);
    assert!(vec == model);
    drop(vec);
    // SAFETY: nobody else knows the file.
    let vec = unsafe { builder.open_mapped(path) };
    let mapped = vec.and_then(|mut vec| {
        assert!(vec == sure);
        vec.check()?;
        assert!(vec == sure);
        vec.push(1)
    });
    // The file is whole. A copy, since a mapping that was not taken back keeps the file locked.
    let copy = path.with_extension("copy");
    std::fs::copy(path, &copy).unwrap();
    assert!(MmapVec::<u64>::open(copy).unwrap() == sure);
    told.and(mapped)
}

fn grow(vec: &mut Vector<'_>, model: &mut Vec<u64>, sure: &mut Vec<u64>) -> Result<(), FileError> {
    for n in 0..100_000 {
        vec.push(n)?;
        model.push(n);
    }
    vec.commit()?;
    sure.clone_from(model);
    vec.truncate(1000);
    model.truncate(1000);
    vec.shrink_to_fit()?;
    vec.commit()?;
    sure.clone_from(model);
    vec.resize(150_000, 3)?;
    model.resize(150_000, 3);
    Ok(())
}

#[test]
fn a_refusal_of_memory_loses_no_element() {
    let folder = Folder::new("refused-vec");
    let path = folder.at("vec");
    let kernel = Fake::new();
    life(&path, &kernel).unwrap();
    assert_eq!((kernel.mapped_bytes(), kernel.count(Call::MapFile)), (0, 1));
    let calls = kernel.calls().len();
    let (mut errors, mut tolerated) = (0, 0);
    for nth in 0..calls {
        for errno in super::super::os::REFUSALS {
            let kernel = Fake::new();
            kernel.refuse_any_nth(nth, errno);
            let told = life(&path, &kernel);
            // How many unmaps there are depends on where the kernel finds room.
            let Some(call) = kernel.calls().get(nth).copied() else {
                continue;
            };
            assert!(kernel.mapped_bytes() == 0 || call == Call::Unmap, "{call:?}");
            if told.is_err() {
                errors += 1;
                continue;
            }
            // Hints may be refused, and room beyond what is needed; reservations are made smaller.
            tolerated += 1;
            let may = [Call::Advise, Call::Unmap, Call::Map, Call::Protect, Call::Populate];
            assert!(may.contains(&call), "{call:?}");
        }
    }
    println!("{calls} calls: {errors} refusals were errors, {tolerated} were made good");
    assert!(errors > 0 && tolerated > 0);
}

#[test]
fn a_file_that_is_longer_than_its_state_is_told_and_refused_if_asked() {
    let folder = Folder::new("longer");
    let path = folder.at("vec");
    let mut vec = MmapVec::<u64>::create(&path).unwrap();
    vec.extend(0..1000).unwrap();
    vec.commit().unwrap();
    vec.shrink_to_fit().unwrap();
    drop(vec);
    let exact = Builder::<u64>::new().exact_length(true);
    assert_eq!(exact.open(&path).unwrap().stats().surplus_bytes, 0);
    let len = std::fs::metadata(&path).unwrap().len();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(len + 77).unwrap();
    let error = exact.open(&path).unwrap_err();
    assert!(error.to_string().contains("the length of the file is"), "{error}");
    let mut vec = MmapVec::<u64>::open(&path).unwrap();
    assert_eq!((vec.stats().surplus_bytes, vec.len()), (77, 1000));
    vec.shrink_to_fit().unwrap();
    drop(vec);
    assert_eq!(exact.open(&path).unwrap().len(), 1000);
}

#[test]
fn a_poisoned_handle_takes_no_more_elements() {
    let folder = Folder::new("poisoned");
    let path = folder.at("vec");
    let mut vec = MmapVec::<u64>::create(&path).unwrap();
    vec.extend(0..1000).unwrap();
    vec.commit().unwrap();
    assert!(vec.capacity() > 1000);
    std::fs::File::options().write(true).open(&path).unwrap().set_len(5000).unwrap();
    assert!(vec.check().is_err());
    assert_eq!((vec.len(), vec.capacity()), (1000, 1000));
    for told in [vec.push(1), vec.extend_from_slice(&[1]), vec.resize(1001, 1), vec.insert(3, 1)] {
        assert!(matches!(told.unwrap_err().problem(), Problem::Poisoned { .. }));
    }
    assert!(vec.reserve(1).is_err() && vec.commit().is_err());
    vec[3] = 9;
    assert!(vec.len() == 1000 && vec[3] == 9 && vec[999] == 999);
}
