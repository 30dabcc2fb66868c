//! The stable vector beside its peers: each column interleaved in one process.
//!
//! `cargo bench --bench stable` prints, for each column, the median nanoseconds per operation of each,
//! and then the ratio of ours to the best of the others.
#![cfg_attr(feature = "nightly", feature(allocator_api))]
#![expect(unsafe_code, reason = "reads elements by their pointers")]

mod harness;

use core::hint::black_box;

use larder::{
    Arena, Keep, Slab,
    alloc::Allocator,
    collections::stable_vector::{Handle, Key, KeyedVector},
};

const N: usize = 100_000;
const ROUNDS: usize = 31;

/// What the columns ask of a container.
trait Slotted<T> {
    type Handle: Copy;
    fn push(&mut self, value: T) -> Self::Handle;
    fn erase(&mut self, handle: Self::Handle) -> Option<T>;
    fn at(&self, handle: Self::Handle) -> Option<&T>;
    fn each(&self, f: impl FnMut(&T));
}

/// One impl for each container. Always inlined, so that what is timed are the containers' own calls.
macro_rules! slotted {
    ($([$($params:tt)*] $type:ty, $handle:ty, |$this:ident, $arg:ident| $push:expr, $erase:expr,
        $at:expr, $each:expr;)+) => {$(
        impl<$($params)*> Slotted<T> for $type {
            type Handle = $handle;
            #[inline(always)]
            fn push(&mut self, $arg: T) -> $handle {
                let $this = self;
                $push
            }
            #[inline(always)]
            fn erase(&mut self, $arg: $handle) -> Option<T> {
                let $this = self;
                $erase
            }
            #[inline(always)]
            fn at(&self, $arg: $handle) -> Option<&T> {
                let $this = self;
                $at
            }
            #[inline(always)]
            fn each(&self, $arg: impl FnMut(&T)) {
                let $this = self;
                $each
            }
        }
    )+};
}

slotted! {
    [T, K: Key, A: Allocator] KeyedVector<T, K, A>, K,
        |v, x| v.insert(x), v.remove(x), v.get(x), v.iter().for_each(x);
    [T] slab::Slab<T>, usize,
        |v, x| v.insert(x), v.try_remove(x), v.get(x), v.iter().map(|pair| pair.1).for_each(x);
    [T] slotmap::SlotMap<slotmap::DefaultKey, T>, slotmap::DefaultKey,
        |v, x| v.insert(x), v.remove(x), v.get(x), v.values().for_each(x);
    [T] slotmap::DenseSlotMap<slotmap::DefaultKey, T>, slotmap::DefaultKey,
        |v, x| v.insert(x), v.remove(x), v.get(x), v.values().for_each(x);
    [T] thunderdome::Arena<T>, thunderdome::Index,
        |v, x| v.insert(x), v.remove(x), v.get(x), v.iter().map(|pair| pair.1).for_each(x);
    [T] stable_vec::StableVec<T>, usize,
        |v, x| v.push(x), v.remove(x), v.get(x), v.values().for_each(x);
    [T] Options<T>, usize,
        |v, x| { v.0.push(Some(x)); v.0.len() - 1 }, v.0[x].take(), v.0[x].as_ref(),
        v.0.iter().flatten().for_each(x);
}

/// A `Vec` with holes.
struct Options<T>(Vec<Option<T>>);

/// Positions in an order without pattern, the same every time.
fn shuffled() -> Vec<usize> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut order: Vec<usize> = (0..N).collect();
    for last in (1..N).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        order.swap(last, (state % (last as u64 + 1)) as usize);
    }
    order
}

/// Does all columns once; returns the nanoseconds of each.
fn round<T, S: Slotted<T>>(
    mut list: S,
    order: &[usize],
    make: impl Fn(u64) -> T,
    see: impl Fn(&T) -> u64,
) -> [f64; 7] {
    let time = |count: usize, work: &mut dyn FnMut()| {
        let start = std::time::Instant::now();
        work();
        start.elapsed().as_nanos() as f64 / count as f64
    };
    let mut handles = Vec::with_capacity(N);
    let push = time(N, &mut || {
        for n in 0..N as u64 {
            handles.push(list.push(make(n)));
        }
    });
    let visit = |list: &S, count| {
        time(count, &mut || {
            let mut sum = 0;
            black_box(list).each(|value| sum += see(value));
            black_box(sum);
        })
    };
    visit(&list, N);
    let iterate = visit(&list, N);
    let access = time(N, &mut || {
        let mut sum = 0;
        for place in order {
            sum += list.at(handles[*place]).map_or(0, &see);
        }
        black_box(sum);
    });
    let erase = time(N / 2, &mut || {
        for place in &order[..N / 2] {
            black_box(list.erase(handles[*place]));
        }
    });
    visit(&list, N / 2);
    let holes = visit(&list, N / 2);
    let reinsert = time(N / 2, &mut || {
        for n in 0..N as u64 / 2 {
            black_box(list.push(make(n)));
        }
    });
    let again = visit(&list, N);
    [push, iterate, access, erase, holes, reinsert, again]
}

const COLUMNS: [&str; 7] = [
    "push",
    "iterate",
    "random access",
    "erase half at random",
    "iterate the rest",
    "insert again",
    "iterate again",
];

type Contest<'a> = (&'static str, Box<dyn FnMut() -> [f64; 7] + 'a>);

fn table(name: &str, mut contests: Vec<Contest<'_>>) {
    let mut times = vec![vec![Vec::new(); contests.len()]; COLUMNS.len()];
    for turn in 0..ROUNDS {
        for (nth, (_, contest)) in contests.iter_mut().enumerate() {
            // Not timed: after it memory and caches are as the contender leaves them.
            contest();
            for (column, time) in contest().into_iter().enumerate() {
                if turn > 2 {
                    times[column][nth].push(time);
                }
            }
        }
    }
    for (column, times) in COLUMNS.iter().zip(times) {
        harness::medians(&format!("{name}, {column}"), contests.iter().map(|c| c.0), times);
    }
}

/// A contest of containers of one kind, each new.
fn contest<'a, T: 'a, S: Slotted<T>>(
    name: &'static str,
    new: impl Fn() -> S + 'a,
    order: &'a [usize],
    make: impl Fn(u64) -> T + Copy + 'a,
    see: impl Fn(&T) -> u64 + Copy + 'a,
) -> Contest<'a> {
    (name, Box::new(move || round(new(), order, make, see)))
}

fn contests<T: 'static>(
    name: &str,
    order: &[usize],
    make: impl Fn(u64) -> T + Copy,
    see: impl Fn(&T) -> u64 + Copy,
) {
    use slotmap::{DefaultKey, DenseSlotMap, SlotMap};
    let (mut arena, slab) = (Arena::new(), Slab::new());
    let on_arena = move || {
        let figures = round(KeyedVector::<T, Handle, _>::new_in(&arena), order, make, see);
        arena.reset(Keep::All);
        figures
    };
    table(
        name,
        vec![
            contest("larder", KeyedVector::<T, Handle>::new, order, make, see),
            contest("larder, u32", KeyedVector::<T, Handle<u32>>::new, order, make, see),
            ("larder, arena", Box::new(on_arena)),
            contest(
                "larder, slab",
                || KeyedVector::<T, Handle, _>::new_in(&slab),
                order,
                make,
                see,
            ),
            contest("slab", slab::Slab::<T>::default, order, make, see),
            contest("slotmap", SlotMap::<DefaultKey, T>::default, order, make, see),
            contest("dense", DenseSlotMap::<DefaultKey, T>::default, order, make, see),
            contest("thunderdome", thunderdome::Arena::<T>::default, order, make, see),
            contest("stable-vec", stable_vec::StableVec::<T>::default, order, make, see),
            contest("Vec<Option>", || Options::<T>(Vec::new()), order, make, see),
        ],
    );
}

/// Elements in any order, also by ways that look up no generation.
fn access<T>(name: &str, order: &[usize], make: impl Fn(u64) -> T, see: impl Fn(&T) -> u64 + Copy) {
    let mut ours = KeyedVector::<T, Handle>::new();
    let handles: Vec<Handle> = (0..N as u64).map(|n| ours.insert(make(n))).collect();
    let ours = &ours;
    let of = |ours: &KeyedVector<T, Handle>, handle| ours.get_ptr(handle).expect("it is there");
    let pointers: Vec<_> = handles.iter().map(|handle| of(ours, *handle)).collect();
    let indices: Vec<usize> = handles.iter().map(|handle| handle.index()).collect();
    let (mut stable, mut options) = (stable_vec::StableVec::new(), Vec::new());
    for n in 0..N as u64 {
        stable.push(make(n));
        options.push(Some(make(n)));
    }
    let (handles, pointers, indices) = (&handles, &pointers, &indices);
    let (stable, options) = (&stable, &options);
    harness::column_of(
        ROUNDS,
        &format!("{name}, random access, none erased"),
        N,
        vec![
            ("larder, index", each_of(order, |n| ours.get_at(indices[n]).map_or(0, see))),
            ("larder, handle", each_of(order, |n| ours.get(handles[n]).map_or(0, see))),
            // SAFETY: the element is there, and nobody writes.
            ("larder, pointer", each_of(order, |n| see(unsafe { pointers[n].as_ref() }))),
            ("stable-vec", each_of(order, |n| stable.get(indices[n]).map_or(0, see))),
            ("Vec<Option>", each_of(order, |n| options[indices[n]].as_ref().map_or(0, see))),
        ],
    );
}

fn each_of<'a>(order: &'a [usize], at: impl Fn(usize) -> u64 + 'a) -> Box<dyn FnMut() + 'a> {
    Box::new(move || {
        black_box(order.iter().map(|place| at(*place)).sum::<u64>());
    })
}

fn main() {
    let order = shuffled();
    contests("u64", &order, |n| n, |n| *n);
    contests("64 bytes", &order, |n| [n; 8], |n| n[0]);
    access("u64", &order, |n| n, |n| *n);
    access("64 bytes", &order, |n| [n; 8], |n| n[0]);
}
