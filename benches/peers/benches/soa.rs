//! `SoaVector` beside soa-rs and a `Vec` of structs, interleaved in one process.
//!
//! `cargo bench --bench soa` in `benches/peers` prints the median nanoseconds per row, and the ratio of
//! ours to the best of the others.

use std::hint::black_box;

use larder::{Arena, Keep, Slab, Soa, SoaVector};
use larder_peers::column;
use soa_rs::Soars;

const ROWS: usize = 4096;

#[derive(Soa, Soars, Clone, Copy, Debug, PartialEq)]
#[soa_derive(Debug)]
struct Body {
    x: f32,
    y: f32,
    z: f32,
    mass: f64,
    tag: u8,
}

type Theirs = soa_rs::Soa<Body>;

fn body(n: usize) -> Body {
    let at = n as f32;
    Body { x: at, y: at + 0.5, z: at * 2.0, mass: n as f64, tag: n as u8 }
}

fn repeat<'a>(times: usize, mut work: impl FnMut() + 'a) -> Box<dyn FnMut() + 'a> {
    Box::new(move || {
        for _ in 0..times {
            work();
        }
    })
}

/// A row of theirs as a value, which is how their `clone` does it.
fn theirs_cloned(row: BodyRef<'_>) -> Body {
    Body { x: *row.x, y: *row.y, z: *row.z, mass: *row.mass, tag: *row.tag }
}

/// One column for `push`es of so many rows into a new vector.
fn pushes(name: &str, rows: usize) {
    let times = ROWS / rows;
    let (mut arena, slab) = (Arena::new(), Slab::new());
    column(
        name,
        ROWS,
        vec![
            (
                "larder",
                repeat(times, || {
                    let mut bodies = SoaVector::new();
                    (0..rows).for_each(|n| bodies.push(black_box(body(n))));
                    black_box(&bodies);
                }),
            ),
            (
                "soa-rs",
                repeat(times, || {
                    let mut bodies = Theirs::new();
                    (0..rows).for_each(|n| bodies.push(black_box(body(n))));
                    black_box(&bodies);
                }),
            ),
            (
                "larder, Arena",
                repeat(times, move || {
                    let mut bodies = SoaVector::new_in(&arena);
                    (0..rows).for_each(|n| bodies.push(black_box(body(n))));
                    black_box(&bodies);
                    drop(bodies);
                    arena.reset(Keep::All);
                }),
            ),
            (
                "larder, Slab",
                repeat(times, move || {
                    let mut bodies = SoaVector::new_in(&slab);
                    (0..rows).for_each(|n| bodies.push(black_box(body(n))));
                    black_box(&bodies);
                }),
            ),
            (
                "Vec",
                repeat(times, || {
                    let mut bodies = Vec::new();
                    (0..rows).for_each(|n| bodies.push(black_box(body(n))));
                    black_box(&bodies);
                }),
            ),
        ],
    );
}

fn main() {
    pushes("push 4", 4);
    pushes("push 64", 64);
    pushes("push 4096", ROWS);
    column(
        "push 4096, reserved",
        ROWS,
        vec![
            (
                "larder",
                repeat(1, || {
                    let mut bodies = SoaVector::with_capacity(ROWS);
                    (0..ROWS).for_each(|n| bodies.push(black_box(body(n))));
                    black_box(&bodies);
                }),
            ),
            (
                "soa-rs",
                repeat(1, || {
                    let mut bodies = Theirs::with_capacity(ROWS);
                    (0..ROWS).for_each(|n| bodies.push(black_box(body(n))));
                    black_box(&bodies);
                }),
            ),
            (
                "Vec",
                repeat(1, || {
                    let mut bodies = Vec::with_capacity(ROWS);
                    (0..ROWS).for_each(|n| bodies.push(black_box(body(n))));
                    black_box(&bodies);
                }),
            ),
        ],
    );
    let mut ours: SoaVector<_> = (0..ROWS).map(body).collect();
    let mut theirs: Theirs = (0..ROWS).map(body).collect();
    let mut std: Vec<_> = (0..ROWS).map(body).collect();
    {
        let (ours, theirs, std) = (&ours, &theirs, &std);
        column(
            "sum of products, columns",
            ROWS,
            vec![
                (
                    "larder",
                    repeat(1, || {
                        let rows = black_box(ours).slices();
                        let sum =
                            rows.x.iter().zip(rows.y).zip(rows.z).map(|((x, y), z)| x * y + z);
                        black_box(sum.fold(0.0, |a, b| f32::max(a, b)));
                    }),
                ),
                (
                    "soa-rs",
                    repeat(1, || {
                        let rows = black_box(theirs);
                        let sum = rows
                            .x()
                            .iter()
                            .zip(rows.y())
                            .zip(rows.z())
                            .map(|((x, y), z)| x * y + z);
                        black_box(sum.fold(0.0, |a, b| f32::max(a, b)));
                    }),
                ),
                (
                    "Vec",
                    repeat(1, || {
                        let sum = black_box(std).iter().map(|row| row.x * row.y + row.z);
                        black_box(sum.fold(0.0, |a, b| f32::max(a, b)));
                    }),
                ),
            ],
        );
        column(
            "sum of products, rows",
            ROWS,
            vec![
                (
                    "larder",
                    repeat(1, || {
                        let sum = black_box(ours).iter().map(|row| row.x * row.y + row.z);
                        black_box(sum.fold(0.0, |a, b| f32::max(a, b)));
                    }),
                ),
                (
                    "soa-rs",
                    repeat(1, || {
                        let sum = black_box(theirs).iter().map(|row| row.x * row.y + row.z);
                        black_box(sum.fold(0.0, |a, b| f32::max(a, b)));
                    }),
                ),
                (
                    "Vec",
                    repeat(1, || {
                        let sum = black_box(std).iter().map(|row| row.x * row.y + row.z);
                        black_box(sum.fold(0.0, |a, b| f32::max(a, b)));
                    }),
                ),
            ],
        );
        column(
            "row at random",
            ROWS,
            vec![
                (
                    "larder",
                    repeat(1, || {
                        let at = |n: usize| ours.row(black_box(n * 769 % ROWS)).mass;
                        black_box((0..ROWS).map(at).sum::<f64>());
                    }),
                ),
                (
                    "soa-rs",
                    repeat(1, || {
                        let at = |n: usize| theirs.idx(black_box(n * 769 % ROWS)).mass;
                        black_box((0..ROWS).map(at).sum::<f64>());
                    }),
                ),
                (
                    "Vec",
                    repeat(1, || {
                        let at = |n: usize| std[black_box(n * 769 % ROWS)].mass;
                        black_box((0..ROWS).map(at).sum::<f64>());
                    }),
                ),
            ],
        );
        column(
            "clone",
            ROWS,
            vec![
                ("larder", repeat(1, || drop(black_box(ours.clone())))),
                (
                    "soa-rs",
                    repeat(1, || {
                        drop(black_box(theirs.iter().map(theirs_cloned).collect::<Theirs>()))
                    }),
                ),
                ("Vec", repeat(1, || drop(black_box(std.clone())))),
            ],
        );
    }
    column(
        "write a column",
        ROWS,
        vec![
            (
                "larder",
                repeat(1, || {
                    let rows = black_box(&mut ours).slices_mut();
                    rows.x.iter_mut().zip(&*rows.y).for_each(|(x, y)| *x = *x * 0.5 + y);
                }),
            ),
            (
                "soa-rs",
                repeat(1, || {
                    let rows = black_box(&mut theirs).slices_mut();
                    rows.x.iter_mut().zip(&*rows.y).for_each(|(x, y)| *x = *x * 0.5 + y);
                }),
            ),
            (
                "Vec",
                repeat(1, || {
                    black_box(&mut std).iter_mut().for_each(|row| row.x = row.x * 0.5 + row.y);
                }),
            ),
        ],
    );
    column(
        "insert(0), remove(0)",
        2,
        vec![
            (
                "larder",
                repeat(1, || {
                    ours.insert(0, black_box(body(1)));
                    black_box(ours.remove(0));
                }),
            ),
            (
                "soa-rs",
                repeat(1, || {
                    theirs.insert(0, black_box(body(1)));
                    black_box(theirs.remove(0));
                }),
            ),
            (
                "Vec",
                repeat(1, || {
                    std.insert(0, black_box(body(1)));
                    black_box(std.remove(0));
                }),
            ),
        ],
    );
    column(
        "swap_remove, push",
        ROWS,
        vec![
            (
                "larder",
                repeat(ROWS, || {
                    let row = ours.swap_remove(black_box(70));
                    ours.push(row);
                }),
            ),
            (
                "soa-rs",
                repeat(ROWS, || {
                    let row = theirs.swap_remove(black_box(70));
                    theirs.push(row);
                }),
            ),
            (
                "Vec",
                repeat(ROWS, || {
                    let row = std.swap_remove(black_box(70));
                    std.push(row);
                }),
            ),
        ],
    );
}
