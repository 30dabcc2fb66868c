//! The proof kit: finds out whether an allocator keeps the contract of [`crate::alloc`], and
//! whether a container bears one that is awkward or runs out.
//!
//! | for | there is |
//! |---|---|
//! | an allocator | [`contract::check`], case by case; [`run`], any program of [`Op`]s |
//! | its capabilities | [`contract::owns`], [`resize_in_place`](contract::resize_in_place), [`good_size`](contract::good_size), [`bulk`](contract::bulk), [`reset`](contract::reset), [`clones`](contract::clones) |
//! | a container, or an allocator over another | the adapters in [`hostile`] |
//! | a sequence, beside std's `Vec` or `VecDeque` | [`vec_differential!`](crate::vec_differential), [`deque_differential!`](crate::deque_differential) over [`sequence`] |
//! | a vector with handles, beside a model | [`slot_differential!`](crate::slot_differential) over [`slots`] |
//! | code that must survive a refusal | [`sweep::fail_each_allocation`] |
//! | code that must survive its elements | [`sweep::panic_at_each_step`], with the elements in [`dummy`] |
//!
//! # Proving an allocator
//!
//! Take one that hands out the global heap's blocks and counts them. **First the contract:** one line
//! in a test, [`allocator_contract!`](crate::allocator_contract), or [`contract::check`] to look at
//! the report. Each case has a fresh allocator, so a case that fails names what is wrong.
//!
//! ```
//! use core::{cell::Cell, ptr::NonNull};
//! use larder::{
//!     alloc::{AllocError, Allocator, Global, Layout},
//!     testing::{Limits, Op, contract::{self, Contract}, hostile::{FailRandomly, Quarantine}, run, sweep},
//! };
//!
//! /// Serves at most a mebibyte at once.
//! struct Counted<A> {
//!     inner: A,
//!     live: Cell<usize>,
//! }
//!
//! impl<A> Counted<A> {
//!     fn new(inner: A) -> Self {
//!         Self { inner, live: Cell::new(0) }
//!     }
//! }
//!
//! // SAFETY: blocks are those of `inner`, cut to the size asked for, so that the layout passed back is
//! // the one it was asked for.
//! unsafe impl<A: Allocator> Allocator for Counted<A> {
//!     fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
//!         let live = self.live.get().checked_add(layout.size()).filter(|live| *live <= 1 << 20);
//!         let live = live.ok_or(AllocError)?;
//!         let block = self.inner.allocate(layout)?;
//!         self.live.set(live);
//!         Ok(NonNull::slice_from_raw_parts(block.cast(), layout.size()))
//!     }
//!
//!     unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
//!         self.live.set(self.live.get() - layout.size());
//!         // SAFETY: as promised to this method.
//!         unsafe { self.inner.deallocate(ptr, layout) }
//!     }
//! }
//!
//! // It does not claim to serve everything, so that is declared, and shows in the report.
//! let report = Contract::new(|| Counted::new(Global))
//!     .limits(Limits::default().max_live_bytes(1 << 20))
//!     .run();
//! report.assert_passed();
//! assert!(report.skipped().contains(&"sizes to 4 MiB"), "{report}");
//!
//! // Without the declaration the same cases fail, and nothing else does.
//! assert_eq!(contract::check(|| Counted::new(Global)).failed(), report.skipped());
//!
//! // Then programs: any calls in any order, over an upstream that refuses every third request and
//! // looks for misuse. A failure prints the shortest program that shows it.
//! let ops = [
//!     Op::AllocateZeroed { size: 100, align: 64 },
//!     Op::Grow { index: 0, size: 5000, align: 8 },
//!     Op::Deallocate { index: 0 },
//! ];
//! for seed in 0..20 {
//!     run(&ops, || Counted::new(FailRandomly::new(Quarantine::new(Global), 3, seed))).unwrap();
//! }
//!
//! // Then the users: every request refused in turn, and none may leak or hide it.
//! let swept = sweep::fail_each_allocation(|heap| {
//!     let counted = Counted::new(heap);
//!     let block = counted.allocate(Layout::new::<[u64; 8]>())?;
//!     // SAFETY: allocated just now.
//!     unsafe { counted.deallocate(block.cast(), Layout::new::<[u64; 8]>()) };
//!     Ok::<(), AllocError>(())
//! });
//! swept.assert_clean();
//! assert_eq!(swept.places, 1);
//! ```
//!
//! **The same programs serve every generator.** With the feature `arbitrary` a fuzz target is
//! `fuzz_target!(|ops: Vec<Op>| run(&ops, make).unwrap())`; under proptest a test body is
//! `run(&ops, make)?`; and what either finds is printed as a program to paste into a unit test.
//!
//! **An allocator over another** is proven over each of [`OverReturn`](hostile::OverReturn),
//! [`Exact`](hostile::Exact), [`Poison`](hostile::Poison) and [`Quarantine`](hostile::Quarantine),
//! since each awkwardness breaks another assumption.
//!
//! # What it cannot see
//!
//! It sees calls and bytes. It does not see an access that changes no byte that it may look at: a read
//! too far, a read of freed or uninitialised memory, a broken aliasing rule, for which there are ASan and
//! Miri; races between threads, for which there are TSan and loom; signatures that permit what they
//! must not, for which there are compile-fail tests; nor a leak to the operating system, unless the
//! allocator is given a [`Counting`](hostile::Counting) upstream. A loop without end is not reported:
//! the test does not end.

pub mod contract;
pub mod dummy;
pub mod hostile;
mod limits;
mod op;
pub mod sequence;
mod shadow;
pub mod slots;
pub mod sweep;

pub use limits::Limits;
pub use op::{Failure, Op, run};
