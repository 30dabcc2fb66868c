//! The queues beside std's, and the pooled vector beside `Vec`: interleaved in one process.
//!
//! `cargo bench --bench circular_buffer` prints the median nanoseconds per element, or per vector.

mod harness;

use core::hint::black_box;
use std::collections::VecDeque;

use harness::column;
use larder::{Arena, BufferPool, CircularBuffer, Deque, Keep, PooledVec, Slab};

const N: usize = 1000;

/// One column of a queue's: the same body over both types.
macro_rules! race {
    ($name:expr, $operations:expr, |$queue:ident| $body:block) => {{
        let mut ours: Deque<u64> = (0..N as u64).collect();
        let mut std: VecDeque<u64> = (0..N as u64).collect();
        ours.rotate_left(N / 2);
        std.rotate_left(N / 2);
        let ($queue, other) = (&mut ours, &mut std);
        column(
            $name,
            $operations,
            vec![
                ("larder", Box::new(|| $body)),
                (
                    "VecDeque",
                    Box::new(|| {
                        let $queue = &mut *other;
                        $body
                    }),
                ),
            ],
        );
    }};
}

fn main() {
    race!("push_back, pop_front", N, |queue| {
        for n in 0..N as u64 {
            queue.push_back(black_box(n));
            black_box(queue.pop_front());
        }
    });
    race!("push_front, pop_back", N, |queue| {
        for n in 0..N as u64 {
            queue.push_front(black_box(n));
            black_box(queue.pop_back());
        }
    });
    race!("iterate", N, |queue| {
        black_box(queue.iter().sum::<u64>());
    });
    race!("iterate, one by one", N, |queue| {
        for n in queue.iter() {
            black_box(n);
        }
    });
    race!("by position", N, |queue| {
        for n in 0..N {
            black_box(queue[black_box(n)]);
        }
    });
    race!("extend, clear", N, |queue| {
        queue.clear();
        queue.extend(black_box(0..N as u64));
    });
    race!("insert and remove in the middle", 10, |queue| {
        for n in 0..10 {
            queue.insert(N / 3, n);
            black_box(queue.remove(N / 2));
        }
    });
    let mut last = CircularBuffer::with_capacity(N);
    let mut std = VecDeque::with_capacity(N);
    column(
        "keep the last 1000",
        N,
        vec![
            (
                "larder",
                Box::new(|| {
                    for n in 0..N as u64 {
                        black_box(last.push_back(black_box(n)));
                    }
                }),
            ),
            (
                "VecDeque",
                Box::new(|| {
                    for n in 0..N as u64 {
                        if std.len() == N {
                            black_box(std.pop_front());
                        }
                        std.push_back(black_box(n));
                    }
                }),
            ),
        ],
    );
    let (pool, mut arena, slab) = (BufferPool::new(), Arena::new(), Slab::new());
    for len in [10, 100, 1000] {
        macro_rules! fill {
            ($make:expr) => {
                fill!($make, push)
            };
            ($make:expr, $push:ident) => {
                Box::new(|| {
                    for _ in 0..100 {
                        let mut vector = $make;
                        for n in 0..len {
                            vector.$push(black_box(n));
                        }
                        black_box(&vector);
                    }
                })
            };
        }
        column(
            &format!("a vector of {len}, made, filled, dropped"),
            100,
            vec![
                ("larder", fill!(PooledVec::<u64>::new())),
                ("Vec", fill!(Vec::<u64>::new())),
                ("larder's over a BufferPool", fill!(PooledVec::<u64, _>::new_in(&pool))),
                ("larder's over an Arena", fill!(PooledVec::<u64, _>::new_in(&arena))),
                ("larder's over a Slab", fill!(PooledVec::<u64, _>::new_in(&slab))),
            ],
        );
        arena.reset(Keep::All);
        column(
            &format!("a queue of {len}, made, filled, dropped"),
            100,
            vec![
                ("larder", fill!(Deque::<u64>::new(), push_back)),
                ("VecDeque", fill!(VecDeque::<u64>::new(), push_back)),
                ("larder's over a BufferPool", fill!(Deque::<u64, _>::new_in(&pool), push_back)),
                ("larder's over an Arena", fill!(Deque::<u64, _>::new_in(&arena), push_back)),
                ("larder's over a Slab", fill!(Deque::<u64, _>::new_in(&slab), push_back)),
            ],
        );
        arena.reset(Keep::All);
    }
}
