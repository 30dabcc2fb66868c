//! Programs of changes to flat maps, against std's, with keys of each kind of search.
#![no_main]
#![feature(allocator_api)]

use core::fmt::Debug;
use std::collections::BTreeMap;

use larder::{
    FlatMap,
    alloc::Global,
    collections::flat::{ByInteger, ByPrefix, ByType, Search},
};

fn run<K: Ord + Clone + Debug>(program: &[(u8, u16, Vec<u16>)], key: impl Fn(u16) -> K) {
    run_by::<K, ByType>(program, key);
}

fn run_by<K, S>(program: &[(u8, u16, Vec<u16>)], key: impl Fn(u16) -> K)
where
    K: Ord + Clone + Debug,
    S: Search<K>,
{
    let (mut map, mut model) = (FlatMap::<K, u16, Global, S>::default(), BTreeMap::new());
    for (op, at, more) in program {
        let k = key(*at);
        match op % 8 {
            0 | 1 => assert_eq!(map.insert(k.clone(), *at), model.insert(k, *at)),
            2 => assert_eq!(map.remove(&k), model.remove(&k)),
            3 => {
                map.extend(more.iter().map(|n| (key(*n), *at)));
                model.extend(more.iter().map(|n| (key(*n), *at)));
            }
            4 => {
                map.retain(|_, v| *v % 3 != *at % 3);
                model.retain(|_, v| *v % 3 != *at % 3);
            }
            5 => {
                let (mut a, mut b) = (map.split_off(&k), model.split_off(&k));
                assert!(a.iter().eq(&b));
                if at % 2 == 0 {
                    map.append(&mut a);
                    model.append(&mut b);
                }
            }
            6 => assert_eq!(map.pop_first(), model.pop_first()),
            _ => {
                assert!(map.range(k.clone()..).eq(model.range(k.clone()..)));
                let frozen = map.freeze();
                assert_eq!(frozen.get(&k), model.get(&k));
                map = frozen.thaw();
            }
        }
        assert!(map.iter().eq(&model));
        assert!(model.iter().all(|(k, v)| map.get(k) == Some(v)));
    }
}

libfuzzer_sys::fuzz_target!(|program: Vec<(u8, u16, Vec<u16>)>| {
    run(&program, u64::from);
    run(&program, |n| n as i8);
    run(&program, |n| format!("{:x}{n}", n % 3));
    run(&program, |n| if n % 9 == 0 { n.to_string() } else { format!("/usr/share/{n}") });
    run(&program, |n| (n, ()));
    run_by::<_, ByInteger>(&program, |n| char::from_u32(u32::from(n) / 2).unwrap_or('x'));
    run_by::<_, ByPrefix>(&program, |n| format!("{:x}{n}", n % 3));
});
