//! Appending through a shared handle: what was lent out stays where it is and what it is, whatever is
//! refused.

use core::{mem, panic::AssertUnwindSafe};
use std::{panic::catch_unwind, path::Path, rc::Rc};

use larder::{
    collections::mmap_vec::{Appender, Builder, FileError, MmapVec, Problem},
    os::Fake,
};

use super::{
    disk::{Disk, SimDisk},
    kill::Folder,
};

#[test]
fn what_is_lent_out_stays_while_the_vector_grows_and_commits() {
    let folder = Folder::new("append");
    let path = folder.at("vec");
    let mut vec = Builder::<u64>::small().create(&path).unwrap();
    vec.push(0).unwrap();
    let log = vec.appender();
    let mut lent = vec![&log[0]];
    let mut parts = vec![];
    let (base, capacity) = (log.as_ptr(), log.as_slice().len());
    for n in 1..50_000 {
        lent.push(log.push(n).unwrap());
        if n % 1000 == 0 {
            parts.push((n, log.extend_from_slice(&[n; 3]).unwrap()));
            log.commit().unwrap();
        }
    }
    // From its own elements, with growth between.
    let own = log.extend_from_slice(&log).unwrap();
    assert_eq!(own, &log[..own.len()]);
    assert!(lent.iter().enumerate().all(|(at, n)| **n == at as u64));
    assert!(parts.iter().all(|(n, part)| **part == [*n; 3]));
    assert_eq!((log.as_ptr(), capacity, log.is_empty()), (base, 1, false));
    let len = log.len();
    drop(log);
    assert_eq!((vec.len(), vec.committed_len()), (len, 49_000 + 1 + 49 * 3));
    vec.commit().unwrap();
    drop(vec);
    assert_eq!(Builder::<u64>::careful().open(&path).unwrap().len(), len);
}

#[test]
fn a_leaked_appender_leaves_a_whole_vector() {
    let folder = Folder::new("append-leaked");
    let mut vec = MmapVec::<u64>::create(folder.at("vec")).unwrap();
    vec.push(1).unwrap();
    let log = vec.appender();
    log.push(2).unwrap();
    mem::forget(log);
    assert!(vec[..] == [1] || vec[..] == [1, 2]);
    vec.push(3).unwrap();
    assert_eq!(vec[vec.len() - 1], 3);
}

#[test]
fn an_appender_ends_at_what_was_reserved() {
    let folder = Folder::new("append-full");
    let mut vec = Builder::<u64>::new().max_bytes(1 << 21).create(folder.at("vec")).unwrap();
    let log = vec.appender();
    let first = log.push(7).unwrap();
    let error = loop {
        if let Err(error) = log.push(1) {
            break error;
        }
    };
    assert!(matches!(error.problem(), Problem::Full { .. }), "{error}");
    assert!(log.extend_from_slice(&[1, 2]).is_err());
    assert_eq!((*first, log.len()), (7, (1 << 21) / 8));
    log.commit().unwrap();
    drop(log);
    assert_eq!((vec.len(), vec[0], vec.committed_len()), (vec.len(), 7, vec.len()));
}

/// Appends with references held, over a kernel that may refuse.
fn life(path: &Path, kernel: &Fake) -> Result<(), FileError> {
    let _ = std::fs::remove_file(path);
    let mut vec = Builder::<u64>::new().max_bytes(8 << 20).kernel(kernel).create(path)?;
    let log = vec.appender();
    let mut lent = vec![];
    let told = (0..300_000).try_for_each(|n| log.push(n).map(|n| lent.push(n)));
    assert!(lent.iter().copied().copied().eq(0..lent.len() as u64));
    assert_eq!(log.len(), lent.len());
    drop(log);
    assert!(vec.iter().copied().eq(0..vec.len() as u64));
    vec.commit()?;
    told
}

#[test]
fn a_refusal_of_memory_leaves_what_was_lent_out() {
    let folder = Folder::new("append-refused");
    let path = folder.at("vec");
    let kernel = Fake::new();
    life(&path, &kernel).unwrap();
    let mut errors = 0;
    for nth in 0..kernel.calls().len() {
        for errno in super::super::os::REFUSALS {
            let kernel = Fake::new();
            // Several in a row: one alone is made good where less is enough.
            (nth..nth + 4).for_each(|nth| kernel.refuse_any_nth(nth, errno));
            errors += u32::from(life(&path, &kernel).is_err());
        }
    }
    assert!(errors > 0);
}

/// What is at work in a call holds the vector, so all of it stays behind when the call panics.
#[test]
fn a_storage_that_calls_back_is_told_so_forgotten_iterators_leak() {
    let disk = SimDisk::default();
    let vec = Builder::<u64>::small().create_on(disk.clone()).unwrap();
    let log: &'static Appender<'static, u64, _> =
        Box::leak(Box::new(Box::leak(Box::new(vec)).appender()));
    let one = log.push(1).unwrap();
    log.commit().unwrap();
    disk.watch(Some(Rc::new(move |_: &Disk| {
        // There is room for this one; for a commit within a commit there is no vector.
        log.push(3).unwrap();
        log.commit().unwrap();
    })));
    log.push(2).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| log.commit())).is_err());
    disk.watch(None);
    assert!(log[..] == [1, 2, 3] && *one == 1);
    assert!(catch_unwind(AssertUnwindSafe(|| log.commit())).is_err());
}
