//! Flat maps and sets from outside: what may cross threads, and what lifetimes they bear.

mod battery;
mod drop_in;
mod features;
mod search;

use core::cell::Cell;

use larder::{Arena, FlatMap, FlatSet, FrozenMap};

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
