//! The pool of objects beside its peers, interleaved in one process.
//!
//! `cargo bench --bench object_pool` in `benches/peers` prints the median nanoseconds for a pooled
//! `Vec<u8>` that is acquired, gets a byte, and goes back cleared; and the ratio of ours to the best.

use std::{hint::black_box, rc::Rc};

use larder::ObjectPool;
use larder_peers::column;

const TRIPS: usize = 10_000;

struct Vecs;

impl opool::PoolAllocator<Vec<u8>> for Vecs {
    fn reset(&self, vec: &mut Vec<u8>) {
        vec.clear();
    }

    fn allocate(&self) -> Vec<u8> {
        Vec::with_capacity(64)
    }
}

fn make() -> Vec<u8> {
    Vec::with_capacity(64)
}

fn round<'a>(mut trip: impl FnMut() + 'a) -> Box<dyn FnMut() + 'a> {
    Box::new(move || {
        for _ in 0..TRIPS {
            trip();
        }
    })
}

fn main() {
    let ours = ObjectPool::new(make, Vec::clear);
    let owned = Rc::new(ObjectPool::new(make, Vec::clear));
    let local = opool::LocalPool::new_prefilled(32, Vecs);
    let shared = opool::Pool::new_prefilled(32, Vecs);
    let locked = object_pool::Pool::new(32, make);
    let fastrace = fastrace::util::object_pool::Pool::new(make, Vec::clear);
    fastrace::util::object_pool::enable_reuse_in_current_thread();
    let puller = std::cell::RefCell::new(fastrace.puller(32));
    column(
        "pooled `Vec`, round trip",
        TRIPS,
        vec![
            ("larder ObjectPool", round(|| black_box(&mut ours.acquire()).push(1))),
            ("opool, local", round(|| black_box(&mut local.get()).push(1))),
            ("opool", round(|| black_box(&mut shared.get()).push(1))),
            ("object-pool", {
                round(|| {
                    let mut vec = locked.pull(make);
                    black_box(&mut vec).push(1);
                    vec.clear();
                })
            }),
            ("fastrace", round(|| black_box(&mut puller.borrow_mut().pull()).push(1))),
        ],
    );
    column(
        "the same: our faces",
        TRIPS,
        vec![
            ("borrowed", round(|| black_box(&mut ours.acquire()).push(1))),
            ("owned", round(|| black_box(&mut owned.acquire_owned()).push(1))),
            (
                "shared",
                round(|| {
                    black_box(&mut ours.acquire().share());
                }),
            ),
            ("nothing acquired", {
                let mut vec = make();
                round(move || {
                    black_box(&mut vec).push(1);
                    vec.clear();
                })
            }),
        ],
    );
}
