//! What the macro says of what it cannot take, and that it takes the rest.

use syn::{DeriveInput, parse_quote};

use crate::{fields, generate};

/// What the macro says of an input.
fn says(input: DeriveInput) -> String {
    match fields::read(&input) {
        Ok(shape) => generate::all(&shape).to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_has_no_columns_is_told_what_to_do() {
    let of_enum = says(parse_quote!(
        enum Shape {
            Circle(f32),
        }
    ));
    assert_eq!(
        of_enum,
        "`Soa` keeps each field in an array of its own, and an enum has no fields that are all \
         there: derive it for a struct, which may have this as a field"
    );
    let of_union = says(parse_quote!(
        union Bits {
            int: u32,
            float: f32,
        }
    ));
    assert_eq!(of_union, of_enum.replace("an enum", "a union"));
}

#[test]
fn packed_fields_are_told_what_to_do() {
    let says_packed = "`Soa` lends references to fields, which packed ones cannot have: remove \
                       `packed`, there is no padding between rows in a `SoaVector` anyway";
    for input in [
        parse_quote!(
            #[repr(packed)]
            struct Tight(u8, u64);
        ),
        parse_quote!(
            #[repr(C, packed(2))]
            struct Tight(u8, u64);
        ),
        parse_quote!(
            #[repr(align(8))]
            #[repr(packed)]
            struct Tight(u8);
        ),
    ] {
        assert_eq!(says(input), says_packed);
    }
}

#[test]
fn attributes_say_where_they_may_be() {
    let on_struct = says(parse_quote!(
        #[soa(nested)]
        struct Outer(u8);
    ));
    assert_eq!(on_struct, "a struct can have `#[soa(crate = path)]` only");
    let on_field = says(parse_quote!(
        struct Outer(#[soa(skip)] u8);
    ));
    assert_eq!(on_field, "a field can have `#[soa(nested)]` only");
}

#[test]
fn other_representations_and_paths_are_taken() {
    let generated = says(parse_quote!(
        #[repr(C, align(32))]
        #[soa(crate = house::of::larder)]
        struct Ship<T: Clone = u8>(T, [Self; 0], #[soa(nested)] Inner)
        where
            Self: Sized;
    ));
    assert!(generated.contains("unsafe impl"), "{generated}");
    assert!(generated.contains("house :: of :: larder :: collections :: soa_vector"));
    assert!(!generated.contains("Self ; 0") && generated.contains("Ship < T > ; 0"), "{generated}");
}
