//! `#[derive(Soa)]`: a struct whose fields can be kept in arrays of their own.
//!
//! What is generated, for `struct Ship<T> { hull: T, crew: String }`, inside of `const _: () = { .. }`
//! so that no name of it is in anybody's way:
//!
//! ```text
//! __ShipRef<'a, T>       { hull: &'a T,       crew: &'a String }         one row
//! __ShipRefMut<'a, T>    { hull: &'a mut T,   crew: &'a mut String }
//! __ShipSlices<'a, T>    { hull: &'a [T],     crew: &'a [String] }       many rows
//! __ShipSlicesMut<'a, T> { hull: &'a mut [T], crew: &'a mut [String] }
//! __ShipRaw<T>           { hull: NonNull<T>,  crew: NonNull<String> }    where the arrays are
//! ```
//!
//! and the impls of `Views`, `Soa` and of what rows can be where the fields are: `Debug`, `PartialEq`,
//! `Eq`, `PartialOrd`, `Ord`, `Hash`, `CloneRow`. Fields are as visible in these as they are in the
//! struct. The bounds of the last ones are on references of the lifetime of the row, since a bound
//! without a parameter that does not hold is an error, while one with a parameter is a condition.
//!
//! Why it is sound for any struct: each field has exactly one array; all functions go through all
//! fields in one order; values are taken apart and put together by patterns, so a field that is
//! forgotten does not compile, nor does a struct that implements `Drop`; the impl is generic in all
//! parameters of the struct, so subtypes have the same arrays.

mod fields;
mod generate;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct fit for `larder::SoaVector`.
///
/// Any struct with named fields or without names can have it, with private fields, generics, where
/// clauses, lifetimes. Not: enums, unions, `repr(packed)`, structs that implement `Drop`.
///
/// - `#[soa(nested)]` on a field whose type derives `Soa` too: its fields get arrays of their own.
/// - `#[soa(crate = path)]` on the struct, where `larder` has another name.
#[proc_macro_derive(Soa, attributes(soa))]
pub fn derive_soa(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    fields::read(&input)
        .map_or_else(|error| error.to_compile_error(), |shape| generate::all(&shape))
        .into()
}
