//! Programs of calls against adapters over each other, over upstreams good and bad.
#![no_main]
#![feature(allocator_api)]

use larder::{
    Arena,
    adapt::{
        Aligned, Checked, Fallback, Limited, Locked, Quarantine, Segregate, Zeroizing, secure,
    },
    alloc::Global,
    observe::{Counted, Tracked},
    testing::{
        Op,
        hostile::{Counting, FailRandomly, OverReturn},
        run,
    },
};

libfuzzer_sys::fuzz_target!(|input: (u64, Vec<Op>)| {
    let (seed, ops) = input;
    let home = Counting::new(Global);
    let up = || OverReturn::new(&home);
    let bad = || FailRandomly::new(OverReturn::new(&home), 3, seed);
    run(&ops, || Fallback::new(Limited::new(Arena::new_in(up()), 9000), Counted::new(bad())))
        .unwrap();
    run(&ops, || Fallback::new(Checked::new(bad()), Aligned::<64, _>::new(bad()))).unwrap();
    run(&ops, || Segregate::<256, _, _>::new(Arena::new_in(up()), Limited::new(bad(), 1 << 16)))
        .unwrap();
    run(&ops, || Segregate::<64, _, _>::new(up(), Segregate::<512, _, _>::new(bad(), bad())))
        .unwrap();
    run(&ops, || secure::strict(bad())).unwrap();
    run(&ops, || Zeroizing::new(Checked::new(Quarantine::new(bad(), 2000)))).unwrap();
    run(&ops, || Locked::new(Tracked::new(Quarantine::new(up(), 500)))).unwrap();
    home.assert_no_leaks();
});
