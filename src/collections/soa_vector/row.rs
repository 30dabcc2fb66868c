#![expect(unsafe_code, reason = "declares the unsafe trait that the macro implements")]
//! What a struct is whose fields can be kept in arrays of their own.

use core::ptr::NonNull;

use super::{
    block::Block,
    plan::{Arrays, MAX},
};

/// The types that lend the rows and columns of a struct for `'a`.
///
/// They are found through [`Ref`], [`RefMut`], [`Slices`] and [`SlicesMut`]. The second parameter is
/// there so that bounds `for<'a>` mean only lifetimes for which the struct can be borrowed.
pub trait Views<'a, Bound = &'a Self> {
    /// A reference to each field of a row.
    type Ref: Copy;
    /// A mutable reference to each field of a row.
    type RefMut;
    /// A slice of each field's array.
    type Slices: Copy;
    /// A mutable slice of each field's array.
    type SlicesMut;
}

/// A row: a struct with a reference to each field.
pub type Ref<'a, T> = <T as Views<'a>>::Ref;
/// A row, to write: a struct with a mutable reference to each field.
pub type RefMut<'a, T> = <T as Views<'a>>::RefMut;
/// The columns: a struct with a slice for each field.
pub type Slices<'a, T> = <T as Views<'a>>::Slices;
/// The columns, to write: a struct with a mutable slice for each field.
pub type SlicesMut<'a, T> = <T as Views<'a>>::SlicesMut;

/// A struct whose fields can be kept in arrays of their own. Derive it: `#[derive(larder::Soa)]`.
///
/// # Safety
///
/// 1. [`Raw`](Self::Raw) is a pointer for each of [`ARRAYS`](Self::ARRAYS), and
///    [`place`](Self::place) takes just these from the placer, in that order.
/// 2. [`each`](Self::each) shows each pair of these pointers once, in that order, and does nothing
///    else.
/// 3. `write` and `read` move the value's fields into and out of the element at the position given,
///    of every array; nothing in the value is elsewhere, and no code of others runs.
/// 4. The views lend exactly the elements at the positions given, and the fields of the value; so
///    what `Send` and `Sync` say of the struct they say of its views.
/// 5. Of two types of which one is a subtype of the other, that is, which differ in lifetimes only,
///    both have the trait, with the same arrays but for these lifetimes.
///
/// The macro keeps all of this for every struct.
pub unsafe trait Soa: for<'a> Views<'a> + Sized {
    /// A pointer to each array.
    #[doc(hidden)]
    type Raw: Copy;

    /// What is in the arrays, in the order of the fields.
    #[doc(hidden)]
    const ARRAYS: Arrays;

    /// The pointers, as the placer gives them.
    #[doc(hidden)]
    fn place(placer: &mut Placer) -> Self::Raw;

    /// Shows all arrays of both to `visit`.
    ///
    /// # Safety
    ///
    /// As the visitor demands of the pointers.
    #[doc(hidden)]
    unsafe fn each<V: Visit>(a: Self::Raw, b: Self::Raw, visit: &mut V);

    /// Puts the fields of `value` into position `at`, and drops nothing there.
    ///
    /// # Safety
    ///
    /// The arrays have that position.
    #[doc(hidden)]
    unsafe fn write(raw: Self::Raw, at: usize, value: Self);

    /// Takes the row at `at` out.
    ///
    /// # Safety
    ///
    /// There is an initialised row at that position, which is not used hereafter.
    #[doc(hidden)]
    unsafe fn read(raw: Self::Raw, at: usize) -> Self;

    /// The row at `at`.
    ///
    /// # Safety
    ///
    /// There is an initialised row, which nobody changes for `'a`.
    #[doc(hidden)]
    unsafe fn row<'a>(raw: Self::Raw, at: usize) -> Ref<'a, Self>;

    /// The row at `at`, to write.
    ///
    /// # Safety
    ///
    /// There is an initialised row, which nobody else uses for `'a`.
    #[doc(hidden)]
    unsafe fn row_mut<'a>(raw: Self::Raw, at: usize) -> RefMut<'a, Self>;

    /// The columns of `len` rows from `at` on.
    ///
    /// # Safety
    ///
    /// These rows are initialised, and nobody changes them for `'a`.
    #[doc(hidden)]
    unsafe fn slices<'a>(raw: Self::Raw, at: usize, len: usize) -> Slices<'a, Self>;

    /// The columns of `len` rows from `at` on, to write.
    ///
    /// # Safety
    ///
    /// These rows are initialised, and nobody else uses them for `'a`.
    #[doc(hidden)]
    unsafe fn slices_mut<'a>(raw: Self::Raw, at: usize, len: usize) -> SlicesMut<'a, Self>;

    /// The same references for a value that is not in a vector, to compare it with a row.
    fn as_row(&self) -> Ref<'_, Self>;
}

/// A row that can be cloned into a value, as its fields are `Clone`. Rows of a struct that derives
/// [`Soa`] are, and so are references.
pub trait CloneRow {
    /// The value.
    type Owned;

    /// A clone of all fields, as the struct that has them.
    fn cloned(self) -> Self::Owned;
}

impl<T: Clone> CloneRow for &T {
    type Owned = T;

    #[inline]
    fn cloned(self) -> T {
        self.clone()
    }
}

/// Says to the generated code where each array begins.
#[doc(hidden)]
#[derive(Debug)]
pub struct Placer {
    block: Block,
    offsets: &'static [usize; MAX],
    next: usize,
}

impl Placer {
    #[inline]
    pub(super) const fn new(block: Block, offsets: &'static [usize; MAX]) -> Self {
        Self { block, offsets, next: 0 }
    }

    /// Where the next array begins, which has elements `X`.
    #[inline]
    pub const fn next<X>(&mut self) -> NonNull<X> {
        let offset = self.block.capacity.wrapping_mul(self.offsets[self.next]);
        self.next += 1;
        // SAFETY: arrays begin inside of the block or at its end (invariant 1 of `Rows`, and 1 of
        // `Soa`); without a block the offset is 0.
        unsafe { self.block.first.add(offset) }.cast()
    }
}

/// Something that is done to every array, without a look at what is in it.
#[doc(hidden)]
pub trait Visit {
    /// One of the arrays of both sides.
    ///
    /// # Safety
    ///
    /// As the implementation says.
    unsafe fn column<X>(&mut self, a: NonNull<X>, b: NonNull<X>);
}
