//! The elements that keep a tally.

use core::{
    cell::RefCell,
    cmp::Ordering,
    fmt::Debug,
    hash::{Hash, Hasher},
    hint::black_box,
    marker::PhantomData,
};
use std::rc::Rc;

use super::{
    Tally,
    tally::{Book, Step},
};

/// What the elements that keep a tally have in common.
///
/// ```
/// use larder::testing::dummy::{CrashDummy, Element, OverAligned, Tally, ZeroSized};
///
/// fn sorts<'t, E: Element<'t>>(tally: &'t Tally) {
///     let mut list: Vec<E> = [3, 1, 2].map(|id| E::new(tally, id)).into();
///     list.sort();
///     assert!(list.is_sorted());
///     drop(list);
///     assert_eq!((tally.live(), tally.double_drops()), (0, 0));
/// }
/// sorts::<CrashDummy>(&Tally::new());
/// sorts::<ZeroSized>(&Tally::new());
/// sorts::<OverAligned<CrashDummy>>(&Tally::new());
/// ```
pub trait Element<'t>: Clone + Debug + Hash + Ord {
    /// A new element.
    fn new(tally: &'t Tally, id: u32) -> Self;

    /// What it is known by; 0 where there is no room for it.
    fn id(&self) -> u32;
}

/// A value that counts what happens to it in a [`Tally`] and panics on its command. Equality, order
/// and hash are those of `id`.
#[derive(Debug)]
pub struct CrashDummy<'t> {
    book: &'t Book,
    number: usize,
    /// What it is known by; clones share it.
    pub id: u32,
}

impl<'t> CrashDummy<'t> {
    pub(super) fn enter(book: &'t Book, id: u32) -> Self {
        Self { book, number: book.begin(), id }
    }

    fn step(&self, step: Step) {
        self.book.used(self.number);
        self.book.step(step);
    }
}

impl<'t> Element<'t> for CrashDummy<'t> {
    fn new(tally: &'t Tally, id: u32) -> Self {
        tally.dummy(id)
    }

    fn id(&self) -> u32 {
        self.id
    }
}

impl Clone for CrashDummy<'_> {
    fn clone(&self) -> Self {
        self.step(Step::Clone);
        Self::enter(self.book, self.id)
    }
}

impl Drop for CrashDummy<'_> {
    fn drop(&mut self) {
        self.book.end(self.number);
        self.book.step(Step::Drop);
    }
}

impl PartialEq for CrashDummy<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for CrashDummy<'_> {}

impl PartialOrd for CrashDummy<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CrashDummy<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.book.used(other.number);
        self.step(Step::Compare);
        self.id.cmp(&other.id)
    }
}

impl Hash for CrashDummy<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.step(Step::Hash);
        self.id.hash(state);
    }
}

std::thread_local! {
    /// Elements of no bytes have no room to say whose they are.
    static OWNER: RefCell<Option<Rc<Book>>> = const { RefCell::new(None) };
}

fn owner() -> Rc<Book> {
    OWNER.with_borrow(|owner| owner.clone()).expect("an element of no bytes has a tally")
}

/// An element of no bytes that counts what happens to it, in the one tally of this thread that has
/// such elements. All are equal.
#[derive(Debug)]
pub struct ZeroSized<'t> {
    tally: PhantomData<(&'t Tally, *mut ())>,
}

impl<'t> ZeroSized<'t> {
    pub(super) fn enter(book: &'t Rc<Book>) -> Self {
        OWNER.with_borrow_mut(|owner| {
            // A tally that is gone has no elements but those that were leaked.
            let free = |owner: &Rc<Book>| {
                Rc::ptr_eq(owner, book) || owner.zero_sized() == 0 || Rc::strong_count(owner) == 1
            };
            assert!(
                owner.as_ref().is_none_or(free),
                "elements of no bytes of another tally are live in this thread"
            );
            *owner = Some(Rc::clone(book));
        });
        book.begin_zero_sized();
        Self { tally: PhantomData }
    }
}

impl<'t> Element<'t> for ZeroSized<'t> {
    fn new(tally: &'t Tally, _: u32) -> Self {
        tally.zero_sized()
    }

    fn id(&self) -> u32 {
        0
    }
}

impl Clone for ZeroSized<'_> {
    fn clone(&self) -> Self {
        let book = owner();
        book.step(Step::Clone);
        book.begin_zero_sized();
        Self { tally: PhantomData }
    }
}

impl Drop for ZeroSized<'_> {
    fn drop(&mut self) {
        let book = owner();
        book.end_zero_sized();
        book.step(Step::Drop);
    }
}

impl PartialEq for ZeroSized<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for ZeroSized<'_> {}

impl PartialOrd for ZeroSized<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ZeroSized<'_> {
    fn cmp(&self, _: &Self) -> Ordering {
        owner().step(Step::Compare);
        Ordering::Equal
    }
}

impl Hash for ZeroSized<'_> {
    fn hash<H: Hasher>(&self, _: &mut H) {
        owner().step(Step::Hash);
    }
}

/// An element at a multiple of 128, which panics where it is dropped elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(align(128))]
pub struct OverAligned<E>(pub E);

impl<'t, E: Element<'t>> Element<'t> for OverAligned<E> {
    fn new(tally: &'t Tally, id: u32) -> Self {
        Self(E::new(tally, id))
    }

    fn id(&self) -> u32 {
        self.0.id()
    }
}

impl<E> Drop for OverAligned<E> {
    fn drop(&mut self) {
        // Hidden, since the compiler takes the alignment of a reference for granted.
        let address = black_box(core::ptr::from_ref(self).addr());
        assert_eq!(address % align_of::<Self>(), 0, "an element is misaligned");
    }
}
