//! What the macro was given, or why it cannot take it.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, GenericParam, Generics, Ident, Index, Member,
    Path, Result, Visibility, parse_quote, parse2,
};

/// A field: how it is named, seen, typed, and kept.
pub(crate) struct Field {
    pub(crate) member: Member,
    pub(crate) vis: Visibility,
    /// Its type, in which `Self` is spelled out.
    pub(crate) ty: TokenStream,
    pub(crate) nested: bool,
}

/// The struct.
pub(crate) struct Shape {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    /// Without defaults, and with `Self` spelled out.
    pub(crate) generics: Generics,
    pub(crate) fields: Vec<Field>,
    pub(crate) named: bool,
    /// The path of larder.
    pub(crate) krate: Path,
}

pub(crate) fn read(input: &DeriveInput) -> Result<Shape> {
    let Data::Struct(data) = &input.data else {
        let what = if matches!(input.data, Data::Enum(_)) { "an enum" } else { "a union" };
        let text = format!(
            "`Soa` keeps each field in an array of its own, and {what} has no fields that are all \
             there: derive it for a struct, which may have this as a field"
        );
        return Err(Error::new_spanned(&input.ident, text));
    };
    let krate = attributes(&input.attrs)?;
    let (_, params, _) = input.generics.split_for_impl();
    let (ident, named) = (&input.ident, !matches!(data.fields, Fields::Unnamed(_)));
    let whole = quote!(#ident #params);
    let fields = data.fields.iter().enumerate().map(|(at, field)| {
        Ok(Field {
            member: field.ident.clone().map_or_else(|| Index::from(at).into(), Member::Named),
            vis: field.vis.clone(),
            ty: spell_out(field.ty.to_token_stream(), &whole),
            nested: is_nested(&field.attrs)?,
        })
    });
    let mut generics: Generics = input.generics.clone();
    for param in &mut generics.params {
        match param {
            GenericParam::Type(param) => param.default = None,
            GenericParam::Const(param) => param.default = None,
            GenericParam::Lifetime(_) => {}
        }
    }
    let mut spelled: Generics = parse2(spell_out(generics.to_token_stream(), &whole))?;
    if let Some(clause) = &generics.where_clause {
        spelled.where_clause = Some(parse2(spell_out(clause.to_token_stream(), &whole))?);
    }
    let fields = fields.collect::<Result<_>>()?;
    Ok(Shape {
        ident: ident.clone(),
        vis: input.vis.clone(),
        generics: spelled,
        fields,
        named,
        krate,
    })
}

/// Reads the attributes of the struct; the path of larder is among them.
fn attributes(attrs: &[Attribute]) -> Result<Path> {
    let mut krate = parse_quote!(::larder);
    for attr in attrs {
        if attr.path().is_ident("soa") {
            attr.parse_nested_meta(|meta| {
                if !meta.path.is_ident("crate") {
                    return Err(meta.error("a struct can have `#[soa(crate = path)]` only"));
                }
                krate = meta.value()?.call(Path::parse_mod_style)?;
                Ok(())
            })?;
        } else if attr.path().is_ident("repr") {
            attr.parse_nested_meta(|meta| {
                if meta.path.is_ident("packed") {
                    return Err(meta.error(
                        "`Soa` lends references to fields, which packed ones cannot have: remove \
                         `packed`, there is no padding between rows in a `SoaVector` anyway",
                    ));
                }
                if meta.input.peek(syn::token::Paren) {
                    let _: Group = meta.input.parse()?;
                }
                Ok(())
            })?;
        }
    }
    Ok(krate)
}

fn is_nested(attrs: &[Attribute]) -> Result<bool> {
    let mut nested = false;
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("soa")) {
        attr.parse_nested_meta(|meta| {
            if !meta.path.is_ident("nested") {
                return Err(meta.error("a field can have `#[soa(nested)]` only"));
            }
            nested = true;
            Ok(())
        })?;
    }
    Ok(nested)
}

/// Puts `whole` wherever `Self` is, since in a generated struct that would be another type.
fn spell_out(tokens: TokenStream, whole: &TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter();
    let mut spelled = TokenStream::new();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if ident == "Self" => {
                // `Self::Name` is of the type; `Self: Bound` says something of it.
                let mut colons = tokens.clone();
                let mut colon = || matches!(colons.next(), Some(TokenTree::Punct(next)) if next.as_char() == ':');
                let of = colon() && colon();
                spelled.extend(if of { quote!(<#whole>) } else { whole.clone() });
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), spell_out(group.stream(), whole));
                inner.set_span(group.span());
                inner.to_tokens(&mut spelled);
            }
            other => other.to_tokens(&mut spelled),
        }
    }
    spelled
}
