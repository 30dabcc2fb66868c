//! Flat maps and sets in serde's formats, and in the hands of rayon.

#[cfg(feature = "serde")]
#[test]
fn serde_writes_them_as_it_does_std_s_and_reads_them_in_any_order() {
    use std::collections::BTreeMap;

    use larder::{FlatMap, FlatSet, FrozenMap};

    let map = FlatMap::<u32, _>::from([(3, "c"), (1, "a"), (2, "b")]);
    let text = serde_json::to_string(&map).unwrap();
    assert_eq!(
        text,
        serde_json::to_string(&BTreeMap::from([(1, "a"), (2, "b"), (3, "c")])).unwrap()
    );
    assert_eq!(serde_json::to_string(&map.clone().freeze()).unwrap(), text);
    assert_eq!(serde_json::from_str::<FlatMap<u32, &str>>(&text).unwrap(), map);
    let frozen: FrozenMap<u32, &str> = serde_json::from_str(&text).unwrap();
    assert!(frozen.iter().eq(map.iter()));
    // Keys out of order, and one that comes twice: the last stays, as with std's.
    let mixed = r#"{"9":"i","1":"a","9":"j","5":"e"}"#;
    let read: FlatMap<u32, &str> = serde_json::from_str(mixed).unwrap();
    assert!(read.iter().eq(serde_json::from_str::<BTreeMap<u32, &str>>(mixed).unwrap().iter()));

    let set = FlatSet::<String>::from(["b".to_owned(), "a".to_owned()]);
    assert_eq!(serde_json::to_string(&set).unwrap(), r#"["a","b"]"#);
    assert_eq!(serde_json::from_str::<FlatSet<String>>(r#"["b","a","b"]"#).unwrap(), set);
    assert!(serde_json::from_str::<FlatMap<u32, &str>>(r#"{"1":"a","#).is_err());
    assert!(serde_json::from_str::<FlatMap<u32, &str>>("[1]").is_err());
    assert!(serde_json::from_str::<FlatSet<u32>>("[1,-2]").is_err());
}

#[cfg(feature = "rayon")]
#[test]
fn rayon_sees_every_entry_once_and_collects_as_one_thread_does() {
    use larder::{FlatMap, FlatSet};
    use rayon::prelude::*;

    let entries = || (0..5_000_u64).map(|n| (n * 7 % 3_001, n));
    let expected: FlatMap<u64, u64> = entries().collect();
    let unsorted: Vec<_> = entries().collect();
    let mut map: FlatMap<u64, u64> = unsorted.into_par_iter().collect();
    assert_eq!(map, expected);
    assert_eq!((&map).into_par_iter().map(|(_, n)| n).sum::<u64>(), expected.values().sum::<u64>());
    (&mut map).into_par_iter().for_each(|(key, n)| *n += key);
    assert!(
        map.iter().zip(&expected).all(|((key, n), (same, was))| key == same && *n == was + key)
    );
    map.par_extend((0..4_000_u64).into_par_iter().map(|n| (n, 0)));
    assert!(map.len() == 4_000 && map.values().all(|n| *n == 0));

    let mut set: FlatSet<u64> = (0..500_u64).into_par_iter().map(|n| n % 50).collect();
    set.par_extend((40..60_u64).into_par_iter());
    assert!(set.iter().copied().eq(0..60));
    let seen: Vec<u64> = (&set).into_par_iter().copied().collect();
    assert!(seen.iter().copied().eq(0..60));
}
