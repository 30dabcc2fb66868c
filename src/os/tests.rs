//! The parts that need no kernel.

use core::ptr::NonNull;
use std::{collections::BTreeSet, format, string::ToString, vec::Vec};

use super::{
    Call, Errno, Error, Fake, Guarded, HugePages, NodeSet, NumaAlloc, Outcome, Pages, Region,
    Secret, Wish,
    live::Live,
    stock::{Span, Stock},
};

const fn goes_between_threads<T: Send + Sync>() {}

const _: () = {
    goes_between_threads::<Pages>();
    goes_between_threads::<HugePages>();
    goes_between_threads::<NumaAlloc>();
    goes_between_threads::<Guarded>();
    goes_between_threads::<Secret>();
    goes_between_threads::<Region>();
};

#[cfg(target_os = "linux")]
#[test]
fn smaps_is_read_for_the_range_that_was_asked_about() {
    use super::{Huge, smaps};
    let text = "\
7f0000000000-7f0000400000 rw-p 00000000 00:00 0 [anon]
Size:               4096 kB
KernelPageSize:        4 kB
AnonHugePages:      2048 kB
Private_Hugetlb:       0 kB
VmFlags: rd wr mr
7f0000400000-7f0000800000 rw-p 00000000 00:0f 77 /anon_hugepage (deleted)
KernelPageSize:     2048 kB
AnonHugePages:         0 kB
Shared_Hugetlb:        0 kB
Private_Hugetlb:    4096 kB
7fff00000000-7fff00001000 rw-p 00000000 00:00 0 [stack]
KernelPageSize:        4 kB
AnonHugePages:  nonsense kB
";
    let (base, mib) = (0x7f00_0000_0000, 1 << 20);
    let huge = |start, len| smaps::huge(text, start, len, 4096);
    assert_eq!(huge(base, 4 * mib), Huge { explicit: 0, transparent: 2 * mib });
    assert_eq!(huge(base, 8 * mib), Huge { explicit: 4 * mib, transparent: 2 * mib });
    assert_eq!(huge(base + 3 * mib, 2 * mib), Huge { explicit: mib, transparent: mib });
    assert_eq!(huge(base + 8 * mib, mib), Huge::default());
    assert_eq!(huge(usize::MAX - 10, usize::MAX), Huge::default());
    assert_eq!(smaps::bytes("Rss:     99999999999999999999 kB", "Rss"), None);
    assert_eq!(smaps::bytes(&format!("Rss: {} kB", usize::MAX), "Rss"), None);
}

#[test]
fn a_stock_serves_the_newest_and_drops_the_oldest() {
    let mut stock = Stock::new();
    let at = |n: usize| NonNull::without_provenance((n * 4096).try_into().unwrap());
    for n in 1..=16 {
        assert!(stock.put(Span::new(at(n), 4096, 4096), usize::MAX));
    }
    assert!(!stock.put(Span::new(at(17), 4096, 4096), usize::MAX), "there are 16 slots");
    assert_eq!((stock.kept(), stock.count()), (16 * 4096, 16));
    assert!(stock.take(8192, 1).is_none());
    assert!(stock.take(4096, 1 << 20).is_none());
    assert_eq!(stock.take(4096, 1).unwrap().at(), at(16));
    assert_eq!(stock.take(4096, 8 * 4096).unwrap().at(), at(8));
    let rest: Vec<_> = core::iter::from_fn(|| stock.take_oldest()).map(|span| span.at()).collect();
    let expected: Vec<_> = (1..16).filter(|n| *n != 8).map(at).collect();
    assert_eq!((rest, stock.kept(), stock.count()), (expected, 0, 0));
    assert!(!stock.put(Span::new(at(1), 4096, 4096), 4095), "more than is to be kept");
}

#[test]
fn the_first_refusal_is_what_came_of_a_wish() {
    let refused = |n| Outcome::Refused(Error::new(Call::Lock, 1, Errno(n)));
    let got = Outcome::Obtained;
    assert_eq!(Outcome::NotAsked.and(got), got);
    assert_eq!(got.and(Outcome::NotAsked), got);
    assert_eq!(got.and(refused(1)).and(got).and(refused(2)), refused(1));
    let error = Error::new(Call::Lock, 1, Errno(1));
    assert_eq!(Outcome::of(Wish::Prefer, || Err(error)), Ok(refused(1)));
    assert_eq!(Outcome::of(Wish::Require, || Err(error)), Err(error));
    assert_eq!(
        Outcome::of(Wish::Ignore, || unreachable!("it is not asked")),
        Ok(Outcome::NotAsked)
    );
}

#[test]
fn errors_say_what_was_asked_and_what_to_do() {
    let limited = Error { limit: Some(8), ..Error::new(Call::Lock, 4096, Errno::NO_MEMORY) };
    let text = limited.to_string();
    for part in ["to lock in memory 4096 bytes", "limit is 8 bytes", "ulimit -l"] {
        assert!(text.contains(part), "{text}");
    }
    let missing = Error::new(Call::MapSecret, 1, Errno::UNSUPPORTED).to_string();
    assert!(missing.contains("no such call"), "{missing}");
    assert!(Error::too_large(Call::Map).to_string().contains("more bytes than"));
}

#[test]
fn sets_of_nodes_hold_what_was_put_in() {
    let set: NodeSet = [0, 63, 64, 1023, 1024, u32::MAX].into_iter().collect();
    assert!(set.iter().eq([0, 63, 64, 1023]));
    assert_eq!((set.len(), set.contains(1024), NodeSet::only(9999).is_empty()), (4, false, true));
    assert!(NodeSet::only(5) | NodeSet::only(7) == [5, 7].into_iter().collect());
    assert_eq!(set.words()[1], 1);
}

#[cfg(unix)]
#[test]
fn the_table_of_live_blocks_has_those_that_live() {
    let kernel = Fake::new();
    let at = |n: usize| NonNull::without_provenance(n.try_into().unwrap());
    let (mut live, mut model) = (Live::new(), BTreeSet::new());
    let mut state = 9_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((state >> 33) % below) as usize
    };
    for round in 0..60_000 {
        // Pages in a row, as kernels give them, and blocks that begin anywhere in theirs.
        let address = 0x7F00_0000_0000_usize.wrapping_add((1 + next(2000)) * 4096 + next(2) * 1234);
        match next(5) {
            0 | 1 if model.insert(address) => drop(live.insert(at(address), &kernel).unwrap()),
            2 if model.remove(&address) => live.remove(at(address)),
            3 if model.remove(&address) => {
                let to = address + (1 << 30);
                live.depart(at(address));
                assert!(!live.contains(at(address)));
                live.arrive(at(to));
                assert!(live.contains(at(to)));
                live.remove(at(to));
            }
            _ => assert_eq!(live.contains(at(address)), model.contains(&address)),
        }
        assert_eq!(live.count(), model.len());
        if round == 100 {
            assert!(live.bytes() > 0, "more than a few are in pages");
            kernel.refuse(Call::Map, Errno::NO_MEMORY);
            let mut refused = (1..10_000).map(|n| (n, live.insert(at(n), &kernel)));
            let (first, error) = refused.find(|(_, done)| done.is_err()).unwrap();
            assert_eq!(error.unwrap_err().call, Call::Map);
            assert!(!live.contains(at(first)) && live.contains(at(first - 1)));
            (1..first).for_each(|n| live.remove(at(n)));
            kernel.relent();
        }
    }
    assert!(model.iter().all(|address| live.contains(at(*address))));
    assert_eq!(live.release(&kernel), 0);
    assert_eq!(kernel.mapped_bytes(), 0);
}
