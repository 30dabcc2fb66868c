//! The elements count, panic and lie as they are told.

use core::{mem::ManuallyDrop, panic::AssertUnwindSafe};
use std::{panic::catch_unwind, vec::Vec};

use super::*;

fn panics(work: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(work)).is_err()
}

fn count_and_panic<'t, E: Element<'t>>(tally: &'t Tally) {
    let dummies: Vec<E> = (0..5).map(|id| E::new(tally, id)).collect();
    tally.panic_after(Step::Clone, 3);
    assert!(panics(|| drop(dummies.clone())));
    assert_eq!((tally.count(Step::Clone), tally.count(Step::Drop), tally.live()), (4, 3, 5));
    tally.panic_after(Step::Drop, 1);
    assert!(panics(|| drop(dummies)));
    assert_eq!((tally.count(Step::Drop), tally.live()), (8, 0));
    assert_eq!((tally.double_drops(), tally.uses_after_drop()), (0, 0));
    assert_eq!(tally.panicked(), Some(Step::Drop));
}

#[test]
fn elements_count_and_panic() {
    count_and_panic::<CrashDummy<'_>>(&Tally::new());
    count_and_panic::<ZeroSized<'_>>(&Tally::new());
    count_and_panic::<OverAligned<CrashDummy<'_>>>(&Tally::new());
    count_and_panic::<OverAligned<OverAligned<ZeroSized<'_>>>>(&Tally::new());
    assert_eq!(size_of::<ZeroSized<'_>>(), 0);
}

#[test]
fn a_drop_too_many_is_not_hidden_by_one_too_few() {
    let tally = Tally::new();
    let mut twice = ManuallyDrop::new(tally.dummy(1));
    let never = ManuallyDrop::new(tally.dummy(2));
    tests_unsafe::drop_in_place(&mut twice);
    tests_unsafe::drop_in_place(&mut twice);
    assert_eq!((tally.live(), tally.double_drops()), (1, 1));
    assert!(*never > *twice);
    assert_eq!(tally.uses_after_drop(), 1);
}

mod tests_unsafe {
    #![expect(unsafe_code, reason = "drops what is dropped already, on purpose")]
    use super::*;

    pub(super) fn drop_in_place(dummy: &mut ManuallyDrop<CrashDummy<'_>>) {
        // SAFETY: a dummy owns nothing, so its drop can run again, and counts that.
        unsafe { ManuallyDrop::drop(dummy) };
    }
}

#[test]
fn iterators_and_closures_panic() {
    let tally = Tally::new();
    tally.panic_after(Step::Next, 2);
    let mut taken = Vec::new();
    assert!(panics(|| taken.extend(tally.iter(0..9))));
    assert_eq!(taken, [0, 1]);
    tally.panic_after_steps(0);
    assert!(panics(|| tally.call()));
    assert_eq!((tally.count(Step::Next), tally.steps()), (3, 4));
}

#[test]
fn chaos_does_not_repeat_itself() {
    let value = ChaoticOrd::new(1, 9);
    let answers: Vec<_> = (0..50).map(|_| value.cmp(&value)).collect();
    assert!(answers.iter().any(|a| *a != answers[0]));
}
