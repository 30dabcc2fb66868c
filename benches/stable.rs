//! The stable vector beside its peers: each column interleaved in one process.
//!
//! `cargo bench --bench stable` prints, for each column, the median nanoseconds per operation of each,
//! and then the ratio of ours to the best of the others.

mod harness;

use core::hint::black_box;

use larder::collections::stable_vector::{Handle, KeyedVector};

const N: usize = 100_000;
const ROUNDS: usize = 31;

/// What the columns ask of a container.
trait Slotted<T>: Default {
    type Handle: Copy;
    fn push(&mut self, value: T) -> Self::Handle;
    fn erase(&mut self, handle: Self::Handle) -> Option<T>;
    fn at(&self, handle: Self::Handle) -> Option<&T>;
    fn each(&self, f: impl FnMut(&T));
}

/// One impl for each container.
macro_rules! slotted {
    ($([$($params:tt)*] $type:ty, $handle:ty, |$this:ident, $arg:ident| $push:expr, $erase:expr,
        $at:expr, $each:expr;)+) => {$(
        impl<$($params)*> Slotted<T> for $type {
            type Handle = $handle;
            #[inline]
            fn push(&mut self, $arg: T) -> $handle {
                let $this = self;
                $push
            }
            #[inline]
            fn erase(&mut self, $arg: $handle) -> Option<T> {
                let $this = self;
                $erase
            }
            #[inline]
            fn at(&self, $arg: $handle) -> Option<&T> {
                let $this = self;
                $at
            }
            #[inline]
            fn each(&self, $arg: impl FnMut(&T)) {
                let $this = self;
                $each
            }
        }
    )+};
}

slotted! {
    [T] KeyedVector<T, Handle>, Handle, |v, x| v.insert(x), v.remove(x), v.get(x), v.iter().for_each(x);
    [T] KeyedVector<T, Handle<u32>>, Handle<u32>,
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

impl<T> Default for Options<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

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
    order: &[usize],
    make: impl Fn(u64) -> T,
    see: impl Fn(&T) -> u64,
) -> [f64; 7] {
    let time = |count: usize, work: &mut dyn FnMut()| {
        let start = std::time::Instant::now();
        work();
        start.elapsed().as_nanos() as f64 / count as f64
    };
    let mut list = S::default();
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

fn contests<'a, T: 'a>(
    order: &'a [usize],
    make: impl Fn(u64) -> T + Copy + 'a,
    see: impl Fn(&T) -> u64 + Copy + 'a,
) -> Vec<Contest<'a>> {
    use slotmap::{DefaultKey, DenseSlotMap, SlotMap};
    vec![
        ("larder", Box::new(move || round::<T, KeyedVector<T, Handle>>(order, make, see))),
        (
            "larder, u32",
            Box::new(move || round::<T, KeyedVector<T, Handle<u32>>>(order, make, see)),
        ),
        ("slab", Box::new(move || round::<T, slab::Slab<T>>(order, make, see))),
        ("slotmap", Box::new(move || round::<T, SlotMap<DefaultKey, T>>(order, make, see))),
        ("dense", Box::new(move || round::<T, DenseSlotMap<DefaultKey, T>>(order, make, see))),
        ("thunderdome", Box::new(move || round::<T, thunderdome::Arena<T>>(order, make, see))),
        ("stable-vec", Box::new(move || round::<T, stable_vec::StableVec<T>>(order, make, see))),
        ("Vec<Option>", Box::new(move || round::<T, Options<T>>(order, make, see))),
    ]
}

fn main() {
    let order = shuffled();
    table("u64", contests(&order, |n| n, |n| *n));
    table("64 bytes", contests(&order, |n| [n; 8], |n| n[0]));
}
