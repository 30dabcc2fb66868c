//! The column "memory" of the README's table of containers, where no container's own tests check it.

use std::{collections::VecDeque, env, fs, process};

use larder::{
    BoundedBuffer, BumpVector, CircularBuffer, Deque, FlatMap, FlatSet, Interner, SmallVector,
    alloc::Global,
    collections::{
        interner::{Symbol, SymbolMap, SymbolSet, WordHash},
        mmap_vec::MmapVec,
    },
    os::{Contents, SharedMemory},
    testing::hostile::Counting,
};

#[test]
fn a_long_small_vector_takes_what_a_vec_takes() {
    let heap = Counting::new(Global);
    let mut vector = SmallVector::<u64, 4, _>::new_in(&heap);
    let mut std = Vec::<u64>::new();
    for n in 0..10_000 {
        vector.push(n);
        std.push(n);
        let beyond = if n < 4 { 0 } else { std.capacity() * 8 };
        assert_eq!(heap.live_bytes(), beyond, "{n}");
    }
}

#[test]
fn queues_take_their_capacity_and_forty_bytes() {
    let words = 5 * size_of::<usize>();
    assert_eq!(size_of::<CircularBuffer<u64>>(), words);
    assert_eq!(size_of::<BoundedBuffer<u64>>(), words);
    assert_eq!(size_of::<Deque<u64>>(), words);
    let heap = Counting::new(Global);
    let bounded = BoundedBuffer::<[u8; 3], _>::with_capacity_in(100, &heap);
    assert_eq!(heap.live_bytes(), 300);
    drop(bounded);
    let (mut queue, mut std) = (Deque::<u64, _>::new_in(&heap), VecDeque::<u64>::new());
    for n in 0..10_000 {
        queue.push_back(n);
        std.push_back(n);
        assert_eq!(heap.live_bytes(), std.capacity().max(8) * 8, "{n}");
    }
}

#[test]
fn a_bump_vector_has_its_figure() {
    let figure = "424 bytes a vector";
    assert!(include_str!("../../README.md").contains(figure));
    assert_eq!(size_of::<BumpVector<u64>>(), 424);
}

/// `4 + 8 / f` bytes a text live, with `f` from 13/32 to 13/16; 4 frozen; none for one that is there.
#[test]
fn an_interner_is_between_its_bounds() {
    let heap = Counting::new(Global);
    for texts in [13, 14, 26, 27, 1000, 6656, 6657, 10_000] {
        let names = || (0..texts).map(|n| format!("text {n}"));
        let bytes: usize = names().map(|name| name.len()).sum();
        let mut words = Interner::<str, u32, WordHash, _>::from_iter_in(names(), &heap);
        words.shrink_to_fit();
        let live = heap.live_bytes();
        let slots = (live - bytes - 4 * (texts + 1)) / 8;
        assert!(slots * 13 <= texts * 32 && slots * 13 >= texts * 16, "{texts} in {slots} slots");
        names().for_each(|name| {
            words.intern(&*name);
        });
        assert_eq!((words.len(), heap.live_bytes()), (texts, live));
        let _reader = words.freeze();
        assert_eq!(heap.live_bytes(), bytes + 4 * (texts + 1));
    }
}

#[test]
fn maps_of_symbols_take_a_place_for_each() {
    let heap = Counting::new(Global);
    let symbol = |index| Symbol::<u32>::from_index(index).unwrap();
    let mut map = SymbolMap::<u64, u32, _>::new_in(&heap);
    map.insert(symbol(999), 7);
    assert!(map.capacity() >= 1000 && map.capacity() <= 2000);
    assert_eq!(heap.live_bytes(), map.capacity() * size_of::<Option<u64>>());
    drop(map);
    let mut set = SymbolSet::<u32, _>::new_in(&heap);
    set.insert(symbol(999));
    assert!((1000..=2000).contains(&heap.live_bytes()));
}

/// Slots of whole nodes of 16, with levels over the ranks of between a fifteenth and a seventh of them.
#[test]
fn frozen_maps_have_no_room_to_spare() {
    let heap = Counting::new(Global);
    for len in [16, 100, 1000, 65_537] {
        let slots = usize::next_multiple_of(len, 16);
        let mut map = FlatMap::<u64, u32, _>::with_capacity_in(3 * len, &heap);
        map.extend((0..len as u64).map(|n| (n, 0)));
        let frozen = map.freeze();
        let levels = heap.live_bytes() - slots * 12;
        assert!(levels <= slots * 8 / 7 + 256, "{len}: {levels}");
        drop(frozen);
        let mut set = FlatSet::<u64, _>::with_capacity_in(len, &heap);
        set.extend(0..len as u64);
        assert!(heap.live_bytes() - slots * 8 <= slots * 8 / 7 + 256, "{len}");
        assert!(heap.live_bytes() - slots * 8 >= if len == 16 { 0 } else { slots * 8 / 16 });
    }
}

#[test]
fn a_file_has_its_elements_behind_a_front_of_64_kib() {
    let folder = env::temp_dir().join(format!("larder-memory-{}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("numbers");
    let mut vec = MmapVec::<u32>::create(&path).unwrap();
    vec.extend_from_slice(&[7; 100_000]).unwrap();
    vec.commit().unwrap();
    vec.shrink_to_fit().unwrap();
    vec.commit().unwrap();
    let (len, data) = (fs::metadata(&path).unwrap().len(), 400_000_u64.next_multiple_of(1 << 16));
    drop(vec);
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(len, (1 << 16) + data);
}

#[test]
fn shared_numbers_take_whole_words_behind_a_page() {
    fn words(contents: &Contents) -> usize {
        SharedMemory::create(contents).unwrap().words().len()
    }
    for capacity in [1, 100, 10_000] {
        let front = words(&Contents::ring::<u64>(capacity)) - capacity;
        assert!(front <= 4096 / 8, "{front}");
        assert_eq!(words(&Contents::vec::<u64>(capacity)), front + capacity + 1);
        assert_eq!(words(&Contents::ring::<[u32; 3]>(capacity)), front + 2 * capacity);
    }
}
