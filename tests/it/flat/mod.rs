//! Flat maps and sets from outside: what may cross threads, and what lifetimes they bear.

mod battery;
mod drop_in;
mod features;
mod search;

use core::{cell::Cell, ops::Bound, panic::AssertUnwindSafe};
use std::panic::catch_unwind;

use larder::{Arena, FlatMap, FlatSet, FrozenMap, alloc::Null, collections::flat::SetEntry};

#[test]
fn what_is_in_them_says_whether_they_go_between_threads() {
    fn both<T: Send + Sync>() {}
    both::<FlatMap<u64, String>>();
    both::<FlatSet<String>>();
    both::<FrozenMap<u64, u64>>();
    fn send<T: Send>() {}
    send::<FlatMap<u64, Cell<u8>>>();
    send::<FlatMap<u64, u8, Arena>>();
}

#[test]
fn longer_lifetimes_pass_for_shorter_ones() {
    fn shorter<'a>(map: FlatMap<&'static str, &'static str>) -> FlatMap<&'a str, &'a str> {
        map
    }
    fn iter<'a>(
        iter: larder::collections::flat::Iter<'a, &'static str, &'static str>,
    ) -> larder::collections::flat::Iter<'a, &'a str, &'a str> {
        iter
    }
    let map = shorter(FlatMap::from([("a", "b")]));
    let word = String::from("a");
    assert_eq!(map.get(word.as_str()), Some(&"b"));
    assert_eq!(iter(FlatMap::new().iter()).count(), 0);
}

#[test]
fn they_live_in_an_arena() {
    let arena = Arena::new();
    let mut map = FlatMap::new_in(&arena);
    map.extend((0..1000_u64).rev().map(|n| (n, n * n)));
    let set: FlatSet<u64, &Arena> = FlatSet::from_sorted_in(map.keys().copied(), &arena);
    assert_eq!((map[&31], set.len()), (961, 1000));
    assert_eq!(map.freeze().get_many([&3, &1000]), [Some(&9), None]);
}

#[test]
fn strings_that_begin_alike_meet_one_that_does_not() {
    let path = |n: u32| format!("/usr/share/doc/{n:05}");
    let mut map: FlatMap<String, u32> =
        (0..500).map(|n| (path(n * 7 % 500), n * 7 % 500)).collect();
    for (nth, odd) in
        ["/usr/share/z", "/usr/share/doc/", "/a", "", "zebra", "/usr/share/doc/00009x"]
            .into_iter()
            .enumerate()
    {
        assert_eq!(map.get(odd), None);
        map.insert(odd.into(), 1000 + nth as u32);
        map.reserve(map.capacity());
        assert_eq!(map.get(odd), Some(&(1000 + nth as u32)));
        assert!((0..500).all(|n| map.get(path(n).as_str()) == Some(&n)), "after {odd:?}");
        assert!(map.as_keys().is_sorted());
        if nth % 2 == 0 {
            map.remove(odd);
            map.shrink_to_fit();
        }
        assert!((0..500).all(|n| map.get(path(n).as_str()) == Some(&n)), "without {odd:?}");
    }
    map.clear();
    map.extend(["b1", "b3", "b2", "b0", "c"].map(|k| (k.to_string(), 0)));
    assert!(map.as_keys().iter().eq(["b0", "b1", "b2", "b3", "c"]));
    assert!(map.contains_key("b3") && !map.contains_key("b4") && !map.contains_key("a"));
}

#[test]
fn a_batch_of_integers_drops_what_it_replaces_once() {
    use std::rc::Rc;
    let live = Rc::new(());
    for there in [0, 3, 40, 400] {
        for coming in [1, 20, 50, 500_u64] {
            let mut map: FlatMap<u64, Rc<()>> = (0..there).map(|n| (n * 3, live.clone())).collect();
            let mut model: std::collections::BTreeSet<u64> = map.keys().copied().collect();
            let keys = (0..coming).map(|n| n * 0x9E37 % 701);
            model.extend(keys.clone());
            map.extend(keys.map(|key| (key, live.clone())));
            assert!(map.keys().eq(&model));
            assert_eq!(Rc::strong_count(&live), 1 + model.len());
        }
    }
    assert_eq!(Rc::strong_count(&live), 1);
}

#[test]
fn sets_have_gaps_between_their_elements_and_places_for_new_ones() {
    let mut set = FlatSet::from([10, 20, 30]);
    let mut gap = set.lower_bound(Bound::Unbounded);
    assert_eq!((gap.prev(), gap.next(), gap.next(), gap.index()), (None, Some(&10), Some(&20), 2));
    assert_eq!(format!("{gap:?}"), "SetCursor(Some(20), Some(30))");
    assert_eq!((gap.clone().prev(), gap.peek_next()), (Some(&20), Some(&30)));
    let mut gap = set.upper_bound_mut(Bound::Included(&20));
    assert!(gap.insert_after(20).is_err() && gap.insert_after(30).is_err());
    assert_eq!((gap.insert_after(25), gap.insert_before(22)), (Ok(()), Ok(())));
    assert_eq!((gap.peek_prev(), gap.peek_next(), gap.index()), (Some(&22), Some(&25), 3));
    assert_eq!((gap.remove_prev(), gap.next().copied()), (Some(22), Some(25)));
    assert_eq!((gap.remove_next(), gap.next()), (Some(30), None));
    assert_eq!((gap.prev().copied(), gap.as_cursor().index()), (Some(25), 2));
    assert_eq!(set.upper_bound(Bound::Excluded(&20)).peek_prev(), Some(&10));
    assert_eq!(set.lower_bound_mut(Bound::Excluded(&25)).peek_next(), None);
    set.entry(15).or_insert();
    assert_eq!(set.entry(15).insert().index(), 1);
    match set.entry(16) {
        SetEntry::Occupied(_) => panic!("nobody put 16 in"),
        SetEntry::Vacant(entry) => assert_eq!((entry.index(), entry.into_value()), (2, 16)),
    }
    assert_eq!(*set.entry(15).get(), 15);
    assert_eq!(*set.get_or_insert(12), 12);
    assert_eq!(*set.get_or_insert_with(&20, |_| panic!("20 is there")), 20);
    assert_eq!(set.as_slice(), [10, 12, 15, 20, 25]);
    assert!(catch_unwind(AssertUnwindSafe(|| _ = set.get_or_insert_with(&1, |n| n + 1))).is_err());
    let mut full = FlatSet::new_in(Null);
    assert_eq!(full.try_get_or_insert_with(&7, |n| *n).unwrap_err().into_value(), 7);
    let SetEntry::Vacant(entry) = full.entry(8) else { panic!("nothing is in it") };
    assert_eq!(entry.try_insert().unwrap_err().into_value(), 8);
}
