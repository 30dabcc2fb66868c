//! The small vector beside its peers: each column interleaved in one process, as a ratio to the best.
//!
//! `cargo bench --bench small_vector` prints, for each column, the median nanoseconds of the whole
//! operation (a vector made, filled, used and dropped), for elements `u32` and `String`, N = 8.

mod harness;

use core::{alloc::Layout, hint::black_box};

use harness::column;
use larder::{Arena, Keep, Pool, Slab, SmallVector};
use smallvec::SmallVec;
use thin_vec::ThinVec;
use tinyvec::TinyVec;

const TIMES: usize = 1000;

/// One column: the same body over each type.
macro_rules! race {
    ($name:expr, $element:ty, |$Vector:ident| $body:block) => {
        column(
            &$name,
            TIMES,
            vec![
                race!(@one "larder", SmallVector<$element, 8>, $Vector, $body),
                race!(@one "smallvec", SmallVec<[$element; 8]>, $Vector, $body),
                race!(@one "tinyvec", TinyVec<[$element; 8]>, $Vector, $body),
                race!(@one "thin-vec", ThinVec<$element>, $Vector, $body),
                race!(@one "Vec", Vec<$element>, $Vector, $body),
            ],
        );
    };
    (@one $name:expr, $type:ty, $Vector:ident, $body:block) => {
        ($name, Box::new(|| {
            type $Vector = $type;
            for _ in 0..TIMES {
                $body
            }
        }))
    };
}

/// All columns for one element type, which `$make` makes of a number.
macro_rules! columns {
    ($element:ty, $make:expr) => {{
        let make = $make;
        let type_name = stringify!($element);
        for count in [4, 8, 64] {
            race!(format!("{type_name}: push {count}"), $element, |Vector| {
                let mut vector = Vector::new();
                for n in 0..count {
                    vector.push(make(black_box(n)));
                }
                black_box(&vector);
            });
        }
        race!(format!("{type_name}: insert(0) 8"), $element, |Vector| {
            let mut vector = Vector::new();
            for n in 0..8 {
                vector.insert(0, make(black_box(n)));
            }
            black_box(&vector);
        });
        let source: Vec<$element> = (0..8).map(&make).collect();
        race!(format!("{type_name}: extend 8, a slice's"), $element, |Vector| {
            let mut vector = Vector::new();
            vector.extend(black_box(&source).iter().cloned());
            black_box(&vector);
        });
        race!(format!("{type_name}: extend 8, a range's"), $element, |Vector| {
            let mut vector = Vector::new();
            vector.extend((0..black_box(8)).map(&make));
            black_box(&vector);
        });
        race!(format!("{type_name}: collect 8"), $element, |Vector| {
            let vector: Vector = (0..black_box(8)).map(&make).collect();
            black_box(&vector);
        });
        macro_rules! over_one {
            ($what:expr, |$vector:ident| $body:block) => {{
                let mut ours: SmallVector<$element, 8> = (0..8).map(&make).collect();
                let mut smallvec: SmallVec<[$element; 8]> = (0..8).map(&make).collect();
                let mut tinyvec: TinyVec<[$element; 8]> = (0..8).map(&make).collect();
                let mut thin: ThinVec<$element> = (0..8).map(&make).collect();
                let mut vec: Vec<$element> = (0..8).map(&make).collect();
                column(
                    &format!("{type_name}: {}", $what),
                    TIMES,
                    vec![
                        (
                            "larder",
                            Box::new(|| {
                                for _ in 0..TIMES {
                                    let $vector = black_box(&mut ours);
                                    $body
                                }
                            }),
                        ),
                        (
                            "smallvec",
                            Box::new(|| {
                                for _ in 0..TIMES {
                                    let $vector = black_box(&mut smallvec);
                                    $body
                                }
                            }),
                        ),
                        (
                            "tinyvec",
                            Box::new(|| {
                                for _ in 0..TIMES {
                                    let $vector = black_box(&mut tinyvec);
                                    $body
                                }
                            }),
                        ),
                        (
                            "thin-vec",
                            Box::new(|| {
                                for _ in 0..TIMES {
                                    let $vector = black_box(&mut thin);
                                    $body
                                }
                            }),
                        ),
                        (
                            "Vec",
                            Box::new(|| {
                                for _ in 0..TIMES {
                                    let $vector = black_box(&mut vec);
                                    $body
                                }
                            }),
                        ),
                    ],
                );
            }};
        }
        over_one!("clone 8", |vector| {
            black_box(&vector.clone());
        });
        over_one!("remove(0) and push", |vector| {
            let first = vector.remove(0);
            vector.push(first);
        });
        over_one!("iterate 8", |vector| {
            for element in vector.iter() {
                black_box(element);
            }
        });
    }};
}

/// What a spilled vector costs over the crate's allocators, beside the heap.
fn over_allocators() {
    let (mut arena, slab) = (Arena::new(), Slab::new());
    let pool = Pool::for_layout(Layout::new::<[u64; 32]>());
    macro_rules! push_64 {
        ($make:expr) => {
            Box::new(|| {
                for _ in 0..TIMES {
                    let mut vector = $make;
                    for n in 0..64 {
                        vector.push(black_box(n));
                    }
                    black_box(&vector);
                }
            })
        };
    }
    column(
        "u32: push 64, over",
        TIMES,
        vec![
            ("larder, the heap", push_64!(SmallVector::<u32, 8>::new())),
            ("Vec", push_64!(Vec::<u32>::new())),
            ("larder's over an Arena", push_64!(SmallVector::<u32, 8, _>::new_in(&arena))),
            ("larder's over a Slab", push_64!(SmallVector::<u32, 8, _>::new_in(&slab))),
            ("larder's over a Pool", push_64!(SmallVector::<u32, 8, _>::new_in(&pool))),
        ],
    );
    arena.reset(Keep::All);
}

fn main() {
    over_allocators();
    columns!(u32, |n: u32| n);
    let source: [u32; 8] = core::array::from_fn(|n| n as u32);
    race!("u32: extend_from_slice 8", u32, |Vector| {
        let mut vector = Vector::new();
        vector.extend_from_slice(black_box(&source));
        black_box(&vector);
    });
    columns!(String, |n: u32| String::from(["plum", "pear", "fig", "quince"][n as usize % 4]));
}
