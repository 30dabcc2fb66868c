//! Containers that misuse a good allocator, or their elements, in ways that others have shipped. The
//! elements are dummies and the allocator is a quarantine, so nothing comes to harm.

use core::{
    mem::{ManuallyDrop, forget},
    ptr::{self, NonNull},
};

use larder::{
    alloc::{AllocError, Allocator, Global, Layout},
    testing::{
        dummy::Step,
        hostile::{Misuse, Quarantine},
        sweep::{self, Crash, Finding},
    },
};

/// Replaces each value by what `map` makes of it. While `map` runs the value is there twice.
fn mapped_in_place<T>(values: &mut [T], mut map: impl FnMut(T) -> T) {
    for value in values {
        // SAFETY: none, if `map` panics: that is the defect.
        let owned = unsafe { ptr::read(value) };
        let mapped = map(owned);
        // SAFETY: the old value has been moved out.
        unsafe { ptr::write(value, mapped) };
    }
}

#[test]
fn a_value_that_is_there_twice_while_a_closure_runs() {
    let found = sweep::panic_at_each_step(|tally, _| {
        let mut values: Vec<_> = (0..3).map(|id| tally.dummy(id)).collect();
        mapped_in_place(&mut values, |dummy| {
            tally.call();
            dummy
        });
    });
    let at = Some((1, Step::Call));
    assert!(found.findings.contains(&Crash::DoubleDrop { at, elements: 1 }), "{found}");
}

/// Sets the length after the drops; a list that is dropped itself starts again at the front.
struct ClearsLate<T>(ManuallyDrop<Vec<T>>);

impl<T> ClearsLate<T> {
    fn clear(&mut self) {
        let elements = ptr::from_mut(self.0.as_mut_slice());
        // SAFETY: none, if a drop panics: that is the defect.
        unsafe { ptr::drop_in_place(elements) };
        // SAFETY: none are left.
        unsafe { self.0.set_len(0) };
    }
}

impl<T> Drop for ClearsLate<T> {
    fn drop(&mut self) {
        self.clear();
        // SAFETY: this is the end.
        unsafe { ManuallyDrop::drop(&mut self.0) };
    }
}

#[test]
fn a_clear_that_sets_the_length_after_the_drops() {
    let found = sweep::panic_at_each_step(|tally, _| {
        let mut values = ClearsLate(ManuallyDrop::new((0..3).map(|id| tally.dummy(id)).collect()));
        values.clear();
    });
    let at = Some((1, Step::Drop));
    assert!(found.findings.contains(&Crash::DoubleDrop { at, elements: 3 }), "{found}");
}

const ALIGNED: Layout = match Layout::from_size_align(100, 64) {
    Ok(layout) => layout,
    Err(_) => panic!(),
};

fn freed(heap: &Quarantine<Global>, ptr: NonNull<u8>, layout: Layout) {
    // SAFETY: a quarantine bears any block.
    unsafe { heap.deallocate(ptr, layout) };
}

#[test]
fn frees_with_wrong_alignment() {
    let heap = Quarantine::new(Global);
    let block = heap.allocate(ALIGNED).unwrap();
    let passed = Layout::new::<[u8; 100]>();
    freed(&heap, block.cast(), passed);
    assert_eq!(heap.report(), [Misuse::WrongLayout { allocated: ALIGNED, passed }]);
}

#[test]
fn frees_what_was_never_allocated() {
    let heap = Quarantine::new(Global);
    let passed = Layout::new::<[(); 5]>();
    freed(&heap, passed.dangling_ptr(), passed);
    assert_eq!(heap.report(), [Misuse::NotAllocated { passed }]);
}

#[test]
fn never_frees_empty_blocks() {
    let found = sweep::fail_each_allocation(|alloc| alloc.allocate(Layout::new::<()>()).map(drop));
    assert_eq!(found.findings, [Finding::Leaked { nth: None, blocks: 1, bytes: 0 }]);
}

#[test]
fn writes_one_too_many() {
    let heap = Quarantine::new(Global);
    let layout = Layout::array::<u16>(10).unwrap();
    let block = heap.allocate(layout).unwrap().cast::<u16>();
    for i in 0..=10 {
        // SAFETY: behind a block of a quarantine there is a margin.
        let place = unsafe { block.add(i) };
        // SAFETY: as above.
        unsafe { place.write(i as u16) };
    }
    assert_eq!(heap.report(), [Misuse::WroteBehind { allocated: layout, offset: 20 }]);
    freed(&heap, block.cast(), layout);
}

/// Gives up the new block, and frees the old one as well, when the second request is refused.
fn grows_two<A: Allocator>(alloc: &A) -> Result<(), AllocError> {
    let first = alloc.allocate(ALIGNED)?.cast();
    let second = alloc.allocate(ALIGNED).inspect_err(|_| {
        // SAFETY: it is live.
        unsafe { alloc.deallocate(first, ALIGNED) }
    });
    // SAFETY: none, if the second was refused: that is the defect.
    unsafe { alloc.deallocate(first, ALIGNED) };
    let second = second?.cast();
    // SAFETY: it is live.
    unsafe { alloc.deallocate(second, ALIGNED) };
    Ok(())
}

#[test]
fn an_error_path_that_frees_twice() {
    let found = sweep::fail_each_allocation(grows_two);
    let misuse = Misuse::NotAllocated { passed: ALIGNED };
    assert_eq!(found.findings, [Finding::Misused { nth: Some(1), misuse }]);
}

#[test]
fn an_element_that_is_forgotten() {
    let found = sweep::panic_at_each_step(|tally, _| forget(tally.dummy(1)));
    assert_eq!(found.findings, [Crash::Leaked { at: None, elements: 1, blocks: 0 }]);
}
