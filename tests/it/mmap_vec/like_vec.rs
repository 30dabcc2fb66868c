#![expect(unsafe_code, reason = "maps files, which others might change")]
//! The vector beside std's: the same calls, the same elements, whatever it stands on.

use std::fs;

use larder::{
    Arena,
    alloc::Global,
    collections::mmap_vec::{Builder, Checksums, MmapVec, Problem, Storage, Survives, Volatile},
    os::{Hint, MappedFile, MessageReader, Writes, write_message},
    testing::hostile::FailRandomly,
};

use super::{disk::next, kill::Folder};

/// One random change to both.
fn change<S: Storage>(vec: &mut MmapVec<u32, S>, model: &mut Vec<u32>, random: &mut u64) {
    let len = model.len();
    let value = next(random, 1 << 30) as u32;
    let (a, b) = (next(random, len + 1), next(random, len + 1));
    let (start, end) = (a.min(b), a.max(b));
    match next(random, 17) {
        0..3 => {
            let more: Vec<u32> = (0..next(random, 3000) as u32).map(|n| n ^ value).collect();
            vec.extend_from_slice(&more).unwrap();
            model.extend_from_slice(&more);
        }
        3 => {
            vec.push(value).unwrap();
            model.push(value);
        }
        4 => assert_eq!(vec.pop(), model.pop()),
        5 => {
            vec.insert(a, value).unwrap();
            model.insert(a, value);
        }
        6 if a < len => assert_eq!(vec.remove(a), model.remove(a)),
        7 if a < len => assert_eq!(vec.swap_remove(a), model.swap_remove(a)),
        8 => {
            let to = next(random, 2000);
            vec.resize(to, value).unwrap();
            model.resize(to, value);
        }
        9 => {
            let (mut one, mut other) = (vec.drain(start..end), model.drain(start..end));
            assert_eq!(one.len(), other.len());
            assert_eq!((one.next(), one.next_back()), (other.next(), other.next_back()));
        }
        10 => {
            vec.retain(|n| n % 7 != 0);
            model.retain(|n| n % 7 != 0);
        }
        11 => {
            vec.slice_mut(start..end).reverse();
            model[start..end].reverse();
        }
        12 if a < len && b < len => {
            vec.swap(a, b);
            model.swap(a, b);
        }
        13 => {
            vec.truncate(a);
            model.truncate(a);
        }
        14 => {
            vec.dedup();
            model.dedup();
        }
        15 => vec.shrink_to_fit().unwrap(),
        16 => {
            let odd = |n: &mut u32| *n % 3 == 1;
            let (one, other) = (vec.extract_if(start..end, odd), model.extract_if(start..end, odd));
            assert!(one.take(20).eq(other.take(20)));
        }
        _ if a < len => assert_eq!(vec.set(a, value), core::mem::replace(&mut model[a], value)),
        _ => {}
    }
    assert!(vec == model);
}

#[test]
fn random_changes_are_those_of_vec_and_commits_last() {
    let folder = Folder::new("like-vec");
    let path = folder.at("vec");
    for checksums in [Checksums::Keep, Checksums::None] {
        let builder = || Builder::<u32>::small().survives(Survives::Kill).checksums(checksums);
        let (mut random, mut model, mut sure) = (11, vec![], vec![]);
        let mut vec = builder().create(&path).unwrap();
        for round in 0..3000 {
            change(&mut vec, &mut model, &mut random);
            if round % 7 == 0 {
                vec.commit().unwrap();
                sure.clone_from(&model);
            }
            if round % 50 == 0 {
                drop(vec);
                let careful = builder().verify(true);
                vec = if round % 100 == 0 {
                    careful.open(&path).unwrap()
                } else {
                    // SAFETY: nobody else knows the file.
                    unsafe { careful.open_mapped(&path) }.unwrap()
                };
                model.clone_from(&sure);
                assert!(vec == model, "round {round}");
            }
        }
        drop(vec);
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn without_a_file_it_is_the_same_vector() {
    let arena = Arena::new();
    let (mut random, mut model) = (13, vec![]);
    let mut vec = MmapVec::new_in(&arena);
    for _ in 0..3000 {
        change(&mut vec, &mut model, &mut random);
    }
    assert_eq!(vec.path().as_os_str(), "");
}

#[test]
fn refusals_of_the_allocator_change_nothing() {
    let mut vec: MmapVec<u64, Volatile<_>> = MmapVec::new_in(FailRandomly::new(Global, 2, 3));
    let (mut model, mut refused) = (vec![], 0);
    for n in 0..10_000 {
        let more = vec![n; (n % 50) as usize];
        match vec.extend_from_slice(&more) {
            Ok(()) => model.extend(more),
            Err(error) => {
                assert!(matches!(error.problem(), Problem::Refused(_)));
                refused += 1;
            }
        }
        assert_eq!(vec.len(), model.len());
        if n % 100 == 0 {
            vec.clear();
            model.clear();
            let _ = vec.shrink_to_fit();
        }
    }
    assert!(vec == model && refused > 10, "{refused}");
}

#[test]
fn growth_moves_nothing_and_ends_at_what_was_reserved() {
    let folder = Folder::new("grow");
    let mut vec = Builder::<u64>::new().max_bytes(8 << 20).create(folder.at("vec")).unwrap();
    vec.push(7).unwrap();
    let first = vec.as_ptr();
    let error = loop {
        if let Err(error) = vec.push(1) {
            break error;
        }
    };
    assert!(matches!(error.problem(), Problem::Full { .. }), "{error}");
    assert_eq!((vec.as_ptr(), vec[0], vec.len()), (first, 7, vec.stats().reserved_bytes / 8));
    assert!(vec.reserve(usize::MAX).is_err() && vec.reserve(usize::MAX / 8).is_err());
    vec.commit().unwrap();
}

#[test]
fn what_did_not_change_is_not_written() {
    let folder = Folder::new("cost");
    let mut vec = Builder::<u64>::small().create(folder.at("vec")).unwrap();
    vec.resize(1 << 20, 5).unwrap();
    let first = vec.commit().unwrap();
    assert_eq!(vec.commit().unwrap(), first);
    let before = vec.stats();
    vec.push(1).unwrap();
    vec.commit().unwrap();
    let pushed = vec.stats();
    assert_eq!(pushed.written_bytes - before.written_bytes, 8 + 4096);
    assert_eq!(pushed.syncs - before.syncs, 2);
    vec[0] = 1;
    vec[1 << 19] = 1;
    vec.commit().unwrap();
    let edited = vec.stats();
    // A table, two pages in the log, the same in their places, and the slot.
    assert_eq!(edited.written_bytes - pushed.written_bytes, 6 * 4096);
    assert_eq!(edited.syncs - pushed.syncs, 2);
    // Looking for what is not there changes nothing, and what goes at the end is not logged.
    let mut vec = Builder::<u64>::small().create(folder.at("other")).unwrap();
    vec.extend(0..100_000).unwrap();
    let first = vec.commit().unwrap();
    vec.retain(|_| true);
    vec.dedup();
    assert!(vec.extract_if(100_000.., |_| true).next().is_none());
    vec.drain(7..7);
    assert_eq!(vec.commit().unwrap(), first);
    let before = vec.stats();
    vec.retain(|n| *n < 99_999);
    vec.drain(99_990..);
    vec.commit().unwrap();
    assert_eq!(vec.stats().logged_bytes, before.logged_bytes);
}

#[test]
fn a_vector_goes_to_other_threads() {
    fn check<T: Send + Sync>() {}
    check::<MmapVec<u64>>();
    check::<MmapVec<u64, Volatile<Global>>>();
    check::<MappedFile>();
}

#[test]
fn private_writes_stay_private_and_views_outlive_growth() {
    let folder = Folder::new("mapped");
    let path = folder.at("file");
    fs::write(&path, [3; 10_000]).unwrap();
    // SAFETY: this test alone knows the file, and writes through one mapping at a time.
    let mut private = unsafe { MappedFile::open(&path, Writes::Private) }.unwrap();
    private.bytes_mut().unwrap().fill(9);
    assert_eq!(fs::read(&path).unwrap(), [3; 10_000]);
    assert!(private.set_len(1).is_err());
    drop(private);

    // SAFETY: as above.
    let mut file = unsafe { MappedFile::open(&path, Writes::ToFile) }.unwrap();
    // SAFETY: as above.
    let second = unsafe { MappedFile::open(&path, Writes::Never) }.unwrap_err();
    assert!(matches!(second.problem(), Problem::Locked));
    file.typed_mut::<u16>().unwrap()[2] = 500;
    file.flush(..).unwrap();
    file.flush_async(4..6).unwrap();
    assert_eq!(fs::read(&path).unwrap()[4..6], 500_u16.to_le_bytes());
    for about in [Hint::Normal, Hint::Random, Hint::Sequential, Hint::WillNeed] {
        file.hint(1..9999, about).unwrap();
    }
    file.lock(..100).unwrap();
    file.unlock(..100).unwrap();
    assert!(file.flush(5..10_001).is_err());
    // SAFETY: its bytes are not written while it lives.
    let view = unsafe { file.create_view(5001, 4999) }.unwrap();
    assert_eq!(view.typed::<u8>().unwrap().len(), 4999);
    assert!(matches!(view.typed::<u16>().unwrap_err().problem(), Problem::Cast { .. }));
    // SAFETY: it is refused.
    let past = unsafe { file.create_view(1, 10_000) };
    // SAFETY: as above.
    let far = unsafe { file.create_view(u64::MAX, 2) };
    assert!(past.is_err() && far.is_err());
    file.set_len(5 << 20).unwrap();
    assert_eq!((file.len(), file[9999], file[10_000], view[4998]), (5 << 20, 3, 0, 3));
    assert!(matches!(file.set_len(9999).unwrap_err().problem(), Problem::InUse { views: 1 }));
    drop(view);
    file.set_len(9999).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().len(), 9999);
    file.set_len(0).unwrap();
    assert!(file.is_empty() && file.typed::<u64>().unwrap().is_empty());
    file.flush(..).unwrap();
}

#[test]
fn messages_are_read_where_they_lie_by_several_at_once() {
    let folder = Folder::new("messages");
    let path = folder.at("log");
    let mut bytes = vec![];
    for n in 0..1000_u32 {
        write_message(&mut bytes, &vec![n as u8; n as usize % 97]).unwrap();
    }
    fs::write(&path, &bytes).unwrap();
    // SAFETY: nobody else knows the file.
    let file = unsafe { MappedFile::open(&path, Writes::Never) }.unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for (n, message) in MessageReader::new(&file).enumerate() {
                    assert_eq!(message.unwrap(), vec![n as u8; n % 97]);
                }
            });
        }
    });
    // Cut off anywhere, it yields what is whole, and says where the rest begins.
    for len in 0..bytes.len().min(9000) {
        let mut reader = MessageReader::new(&bytes[..len]);
        let whole = reader.by_ref().take_while(Result::is_ok).count();
        let at = reader.position();
        let mut resumed = MessageReader::resume(&bytes, at);
        assert_eq!(resumed.next().unwrap().unwrap(), vec![whole as u8; whole % 97]);
        let torn = MessageReader::resume(&bytes[..len], at).next();
        assert_eq!(torn.is_some(), at < len);
        assert!(torn.is_none_or(|torn| torn.unwrap_err().at == at));
    }
    assert!(MessageReader::resume(&bytes, usize::MAX).next().is_none());
}
