//! One arena in every collection that takes an allocator, of both traits, in one program.

use larder::Arena;

#[test]
fn hashbrown_with_its_defaults_takes_an_arena() {
    let arena = Arena::new();
    let mut map = hashbrown::HashMap::new_in(&arena);
    map.extend((0..1000_u64).map(|n| (n, n * n)));
    assert_eq!(map[&31], 961);
    let plain: hashbrown::HashMap<u64, u64> = map.iter().map(|(k, v)| (*k, *v)).collect();
    assert_eq!(plain.len(), 1000);
    assert!(arena.used_bytes() >= 1000 * 16);
}

#[test]
fn an_arena_goes_between_threads_when_nothing_borrows_it() {
    fn is_send<T: Send>(_: &T) {}
    let arena = Arena::new();
    is_send(&arena);
    arena.alloc(1_u8);
    let used = std::thread::spawn(move || {
        arena.alloc([0_u8; 99]);
        arena.used_bytes()
    });
    assert_eq!(used.join().unwrap(), 100);
}

#[cfg(feature = "nightly")]
mod std_collections {
    use std::collections::{BTreeMap, BinaryHeap, VecDeque};

    use larder::Arena;

    #[test]
    fn one_arena_serves_std_and_hashbrown_at_once() {
        let arena = Arena::new();
        let mut numbers = Vec::new_in(&arena);
        let mut tree = BTreeMap::new_in(&arena);
        let mut queue = VecDeque::new_in(&arena);
        let mut heap = BinaryHeap::new_in(&arena);
        let mut map = hashbrown::HashMap::new_in(&arena);
        for n in 0..1000_u32 {
            numbers.push(n);
            tree.insert(n, Box::new_in(n, &arena));
            queue.push_front(n);
            heap.push(n);
            map.insert(n, n);
            arena.scope(|scratch| {
                let mut doubled = Vec::new_in(scratch);
                doubled.extend(numbers.iter().map(|n| n * 2));
                assert_eq!(doubled.last(), Some(&(n * 2)));
            });
        }
        assert!(numbers.iter().copied().eq(0..1000));
        assert!(tree.iter().all(|(n, boxed)| *n == **boxed));
        assert!(queue.iter().copied().eq((0..1000).rev()));
        assert_eq!(heap.into_sorted_vec().len(), 1000);
        assert!((0..1000).all(|n| map[&n] == n));
    }

    #[test]
    fn a_growing_vector_stays_where_it_is() {
        let arena = Arena::with_first_chunk_in(1 << 16, std::alloc::Global);
        let mut numbers = Vec::with_capacity_in(4, &arena);
        numbers.push(0_u64);
        let start = numbers.as_ptr();
        numbers.extend(1..4000);
        assert_eq!(numbers.as_ptr(), start);
        assert_eq!(arena.chunk_sizes().count(), 1);
    }
}
