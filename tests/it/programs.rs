//! Programs of calls from proptest: the body that fuzz targets run as well.

use larder::{
    Arena,
    alloc::Global,
    testing::{
        Op,
        hostile::{FailRandomly, Quarantine},
        run,
    },
};
use proptest::prelude::*;

/// Any call; sizes are mostly small.
fn op() -> impl Strategy<Value = Op> {
    let index = any::<u16>();
    let size = prop_oneof![8 => 0_usize..200, 2 => 0_usize..20_000, 1 => 0_usize..300_000];
    let align = (0_u32..10).prop_map(|shift| 1_usize << shift);
    (0_u8..8, index, size, align).prop_map(|(what, index, size, align)| match what {
        0 | 1 => Op::Allocate { size, align },
        2 => Op::AllocateZeroed { size, align },
        3 => Op::Grow { index, size, align },
        4 => Op::GrowZeroed { index, size, align },
        5 => Op::Shrink { index, size, align },
        _ => Op::Deallocate { index },
    })
}

proptest! {
    // A failure is printed as a program to keep, so no file of seeds is.
    #![proptest_config(ProptestConfig {
        failure_persistence: None, cases: 128, ..ProptestConfig::default()
    })]

    #[test]
    fn any_program_holds(ops in prop::collection::vec(op(), 1..60), seed: u64) {
        run(&ops, Arena::new)?;
        run(&ops, || Quarantine::new(Global))?;
        run(&ops, || Arena::new_in(FailRandomly::new(Quarantine::new(Global), 3, seed)))?;
    }
}
