//! Flat maps and sets from outside: what may cross threads, and what lifetimes they bear.

mod battery;

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
