//! The pure parts, and headers whose checksums are right and whose numbers are not.

use std::{path::Path, string::ToString, vec, vec::Vec};

use super::{
    Checksums,
    format::{
        DATA, Element, Log, PAGE, Shape, Slot, UNIT, check_slot, newest, read_shape, write_shape,
        write_slot,
    },
    pages::PageSet,
    sum::sum,
};
use crate::os::Problem;

const SLOT: Slot = Slot { generation: 5, len: 800, capacity: UNIT, data_sum: 9, log: None };

fn path() -> &'static Path {
    Path::new("tested")
}

fn field(error: &crate::os::FileError) -> &'static str {
    match error.problem() {
        Problem::Field { field, .. } => field,
        Problem::Truncated { .. } => "truncated",
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_change_of_bytes_changes_their_sum() {
    let mut bytes: Vec<u8> = (0..1000_u32).map(|n| (n * 7) as u8).collect();
    let before = sum(3, &bytes);
    assert_ne!(sum(4, &bytes), before);
    assert_ne!(sum(3, &bytes[..999]), before);
    for bit in 0..8000 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(sum(3, &bytes), before, "{bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    for at in 0..992 {
        bytes.swap(at, at + 8);
        assert!(sum(3, &bytes) != before || bytes[at] == bytes[at + 8], "{at}");
        bytes.swap(at, at + 8);
    }
    assert_ne!(sum(0, &[0]), sum(0, &[0, 0]));
}

#[test]
fn a_page_set_is_a_set_of_pages() {
    let mut set = PageSet::default();
    set.reserve(300).unwrap();
    assert!(set.is_empty() && set.below(300).next().is_none());
    for range in [3..4, 62..66, 64..65, 128..256, 299..300, 7..7] {
        set.add(range);
    }
    let runs: Vec<_> = set.runs(300).collect();
    assert_eq!(runs, vec![3..4, 62..66, 128..256, 299..300]);
    assert_eq!(set.runs(130).last(), Some(128..130));
    assert!(set.contains(65) && !set.contains(66) && !set.contains(100_000));
    set.reserve(10).unwrap();
    assert_eq!(set.below(usize::MAX).count(), 1 + 4 + 128 + 1);
    set.clear();
    assert!(set.is_empty() && set.below(300).next().is_none());
}

#[test]
fn headers_are_read_as_they_were_written() {
    let element = Element { size: 8, align: 4, name: &"long ".repeat(100) };
    for checksums in [Checksums::Keep, Checksums::None] {
        let shape = Shape { id: 77, checksums };
        let page = write_shape(&shape, &element);
        assert_eq!(read_shape(path(), &page, &element, true).unwrap(), shape);
        let other = Element { align: 8, ..element };
        let error = read_shape(path(), &page, &other, true).unwrap_err();
        assert_eq!(field(&error), "alignment of an element");
    }
    let log = Some(Log { offset: DATA + UNIT, pages: 3, sum: 8 });
    let newer = Slot { generation: 6, log, ..SLOT };
    let pages = [write_slot(&newer, 77, 0), write_slot(&SLOT, 77, 1)];
    assert_eq!(newest(path(), &pages, 77, false).unwrap(), (newer, 0));
    // Those of another file, or of the other place, are none.
    assert!(newest(path(), &pages, 78, true).is_err());
    assert!(newest(path(), &[pages[1], pages[0]], 77, true).is_err());
    // A page of which one sector was written is whole.
    let mut torn = pages;
    torn[1][..512].copy_from_slice(&write_slot(&Slot { generation: 7, ..SLOT }, 77, 1)[..512]);
    assert_eq!(newest(path(), &torn, 77, false).unwrap().0.generation, 7);
}

#[test]
fn numbers_that_overflow_are_refused() {
    let check = |slot: Slot| check_slot(path(), &slot, DATA + 3 * UNIT, 8).map_err(|e| field(&e));
    assert_eq!(check(SLOT), Ok(()));
    for capacity in [u64::MAX, u64::MAX - UNIT + 1, 1 << 63, UNIT + 1] {
        assert_eq!(check(Slot { capacity, ..SLOT }), Err("capacity"), "{capacity}");
    }
    assert_eq!(check(Slot { capacity: 1 << 62, ..SLOT }), Err("truncated"));
    for len in [u64::MAX, UNIT + 8, 7, 801] {
        assert_eq!(check(Slot { len, ..SLOT }), Err("length"), "{len}");
    }
    let log = |offset, pages| check(Slot { log: Some(Log { offset, pages, sum: 0 }), ..SLOT });
    assert_eq!(log(DATA + UNIT, 3), Ok(()));
    assert_eq!(log(DATA + UNIT, u64::MAX), Err("number of pages in the redo log"));
    assert_eq!(log(DATA + UNIT, 17), Err("number of pages in the redo log"));
    assert_eq!(log(u64::MAX - 5, 3), Err("place of the redo log"));
    assert_eq!(log(DATA, 3), Err("place of the redo log"));
    assert_eq!(log(DATA + 3 * UNIT, 3), Err("truncated"));
    let error = check_slot(path(), &Slot { len: 7, ..SLOT }, DATA + UNIT, 8).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tested: the length is 7, expected a multiple of 8 to the capacity, 65536"
    );
}

#[test]
fn features_of_later_versions_are_refused_as_far_as_they_matter() {
    let element = Element { size: 8, align: 8, name: "u64" };
    let page = write_shape(&Shape { id: 1, checksums: Checksums::None }, &element);
    let with = |at: usize, value: u8| {
        let mut page = page;
        page[at] = value;
        let sum = sum(0, &page[..PAGE - 8]);
        page[PAGE - 8..].copy_from_slice(&sum.to_le_bytes());
        page
    };
    let read = |page: &[u8; PAGE], write| {
        read_shape(path(), page, &element, write).map(drop).map_err(|error| field(&error))
    };
    assert_eq!(read(&with(28, 1), true), Ok(()));
    assert_eq!(read(&with(32, 1), false), Err("unknown features"));
    assert_eq!(read(&with(36, 1), false), Ok(()));
    assert_eq!(read(&with(36, 1), true), Err("unknown features for writing"));
    assert_eq!(read(&with(40, 2), true), Err("checksum policy"));
    assert_eq!(read(&with(44, 201), true), Err("length of the type's name"));
    assert_eq!(read(&with(24, 33), true), Err("machine's word, in bits"));
}
