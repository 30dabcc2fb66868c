//! What the macro makes of it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Generics, Ident, Lifetime, Member, ext::IdentExt, parse_quote};

use crate::fields::{Field, Shape};

/// One of the four views of a row or of many, by the type of a field in it.
struct View {
    name: &'static str,
    about: &'static str,
    copy: bool,
    of: fn(&TokenStream) -> TokenStream,
}

const VIEWS: [View; 4] = [
    View { name: "Ref", about: "A row", copy: true, of: |ty| quote!(&'__soa #ty) },
    View {
        name: "RefMut",
        about: "A row, to write",
        copy: false,
        of: |ty| quote!(&'__soa mut #ty),
    },
    View { name: "Slices", about: "The columns", copy: true, of: |ty| quote!(&'__soa [#ty]) },
    View {
        name: "SlicesMut",
        about: "The columns, to write",
        copy: false,
        of: |ty| quote!(&'__soa mut [#ty]),
    },
];

pub(crate) fn all(shape: &Shape) -> TokenStream {
    let lifetime: Lifetime = parse_quote!('__soa);
    let mut with_lifetime = shape.generics.clone();
    with_lifetime.params.insert(0, parse_quote!(#lifetime));
    let Shape { ident, krate, generics, .. } = shape;
    let soa = quote!(#krate::collections::soa_vector);
    let all = All { shape, soa: &soa, with_lifetime };
    let views = VIEWS.iter().map(|view| all.view(view));
    let (raw, trait_impl, row) = (all.raw(), all.soa_impl(), all.row_impls());
    let (view_generics, _, where_clause) = all.with_lifetime.split_for_impl();
    let (_, params, _) = generics.split_for_impl();
    let assigned = VIEWS.iter().map(|view| {
        let (assoc, ty) = (format_ident!("{}", view.name), all.view_type(view));
        quote!(type #assoc = #ty;)
    });
    quote! {
        const _: () = {
            #(#views)*
            #raw
            #row
            #[automatically_derived]
            impl #view_generics #soa::Views<'__soa> for #ident #params #where_clause {
                #(#assigned)*
            }
            #trait_impl
        };
    }
}

struct All<'a> {
    shape: &'a Shape,
    soa: &'a TokenStream,
    with_lifetime: Generics,
}

impl All<'_> {
    fn name(&self, of: &str) -> Ident {
        format_ident!("__{}{}", self.shape.ident.unraw(), of)
    }

    fn view_type(&self, view: &View) -> TokenStream {
        let (name, (_, params, _)) = (self.name(view.name), self.with_lifetime.split_for_impl());
        quote!(#name #params)
    }

    /// What `field` is in a view.
    fn seen(&self, view: &View, field: &Field) -> TokenStream {
        let (soa, ty, name) = (self.soa, &field.ty, format_ident!("{}", view.name));
        if field.nested { quote!(#soa::#name<'__soa, #ty>) } else { (view.of)(ty) }
    }

    /// A struct with a field for each field, of the types given.
    fn define(
        &self,
        name: &Ident,
        about: &str,
        generics: &Generics,
        types: &[TokenStream],
    ) -> TokenStream {
        let (Shape { fields, named, .. }, clause) = (self.shape, &generics.where_clause);
        let params = &generics.params;
        let parts = fields.iter().zip(types).map(|(Field { member, vis, .. }, ty)| {
            let label = match member {
                Member::Named(name) => quote!(#name:),
                Member::Unnamed(_) => quote!(),
            };
            quote!(#[doc = "A field of the struct."] #vis #label #ty)
        });
        let body = match (fields.is_empty(), named) {
            (true, _) => {
                let lifetimes = generics.lifetimes().map(|param| &param.lifetime);
                let held = quote!((#(&#lifetimes (),)*));
                quote!(#clause { __none: ::core::marker::PhantomData<#held> })
            }
            (false, true) => quote!(#clause { #(#parts,)* }),
            (false, false) => quote!((#(#parts,)*) #clause;),
        };
        let vis = &self.shape.vis;
        quote!(#[doc = #about] #vis struct #name <#params> #body)
    }

    /// A literal of such a struct.
    fn fill(&self, name: &Ident, values: impl Fn(&Field) -> TokenStream) -> TokenStream {
        if self.shape.fields.is_empty() {
            return quote!(#name { __none: ::core::marker::PhantomData });
        }
        let values = self.shape.fields.iter().map(|field| {
            let (member, value) = (&field.member, values(field));
            quote!(#member: #value)
        });
        quote!(#name { #(#values,)* })
    }

    fn copy_impls(name: &Ident, generics: &Generics) -> TokenStream {
        let (impl_generics, params, clause) = generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #impl_generics ::core::clone::Clone for #name #params #clause {
                #[inline]
                fn clone(&self) -> Self { *self }
            }
            #[automatically_derived]
            impl #impl_generics ::core::marker::Copy for #name #params #clause {}
        }
    }

    fn view(&self, view: &View) -> TokenStream {
        let name = self.name(view.name);
        let about = format!("{} of `{}`.", view.about, self.shape.ident.unraw());
        let types: Vec<_> = self.shape.fields.iter().map(|field| self.seen(view, field)).collect();
        let definition = self.define(&name, &about, &self.with_lifetime, &types);
        let copy = view.copy.then(|| Self::copy_impls(&name, &self.with_lifetime));
        let debug = self.debug(view);
        quote!(#definition #copy #debug)
    }

    /// An impl for a view, on the condition that all its fields have the trait. `Debug` is not marked
    /// as derived: fields that only such impls read count as never read, and users would be warned.
    fn impl_if(&self, view: &View, what: &TokenStream, body: &TokenStream) -> TokenStream {
        let mut generics = self.with_lifetime.clone();
        let clause = generics.make_where_clause();
        for field in &self.shape.fields {
            let seen = self.seen(view, field);
            clause.predicates.push(parse_quote!(#seen: #what));
        }
        let ty = self.view_type(view);
        let (impl_generics, _, clause) = generics.split_for_impl();
        let derived =
            (!what.to_string().ends_with("Debug")).then(|| quote!(#[automatically_derived]));
        quote! {
            #derived
            impl #impl_generics #what for #ty #clause { #body }
        }
    }

    fn debug(&self, view: &View) -> TokenStream {
        let (name, fields) = (self.shape.ident.unraw().to_string(), &self.shape.fields);
        let members = fields.iter().map(|field| &field.member);
        let calls = if self.shape.named {
            let labels = fields.iter().map(|field| match &field.member {
                Member::Named(name) => name.unraw().to_string(),
                Member::Unnamed(at) => at.index.to_string(),
            });
            quote!(::core::fmt::Formatter::debug_struct(f, #name) #(.field(#labels, &self.#members))*)
        } else {
            quote!(::core::fmt::Formatter::debug_tuple(f, #name) #(.field(&self.#members))*)
        };
        let body = quote! {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #calls.finish()
            }
        };
        self.impl_if(view, &quote!(::core::fmt::Debug), &body)
    }

    /// What a row is where all fields are.
    fn row_impls(&self) -> TokenStream {
        let (soa, row) = (self.soa, &VIEWS[0]);
        let members: Vec<_> = self.shape.fields.iter().map(|field| &field.member).collect();
        let eq = quote! {
            #[inline]
            fn eq(&self, other: &Self) -> ::core::primitive::bool {
                // In tuples of one: compilers warn of function pointers compared by themselves.
                true #(&& (&self.#members,) == (&other.#members,))*
            }
        };
        let partial_cmp = quote! {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> ::core::option::Option<::core::cmp::Ordering> {
                #(match ::core::cmp::PartialOrd::partial_cmp(&(&self.#members,), &(&other.#members,)) {
                    ::core::option::Option::Some(::core::cmp::Ordering::Equal) => {}
                    unequal => return unequal,
                })*
                ::core::option::Option::Some(::core::cmp::Ordering::Equal)
            }
        };
        let cmp = quote! {
            #[inline]
            fn cmp(&self, other: &Self) -> ::core::cmp::Ordering {
                #(match ::core::cmp::Ord::cmp(&(&self.#members,), &(&other.#members,)) {
                    ::core::cmp::Ordering::Equal => {}
                    unequal => return unequal,
                })*
                ::core::cmp::Ordering::Equal
            }
        };
        let hash = quote! {
            #[inline]
            fn hash<__H: ::core::hash::Hasher>(&self, state: &mut __H) {
                #(::core::hash::Hash::hash(&self.#members, state);)*
            }
        };
        let impls = [
            self.impl_if(row, &quote!(::core::cmp::PartialEq), &eq),
            self.impl_if(row, &quote!(::core::cmp::Eq), &quote!()),
            self.impl_if(row, &quote!(::core::cmp::PartialOrd), &partial_cmp),
            self.impl_if(row, &quote!(::core::cmp::Ord), &cmp),
            self.impl_if(row, &quote!(::core::hash::Hash), &hash),
        ];
        let mut generics = self.with_lifetime.clone();
        let clause = generics.make_where_clause();
        for field in &self.shape.fields {
            let (seen, ty) = (self.seen(row, field), &field.ty);
            clause.predicates.push(parse_quote!(#seen: #soa::CloneRow<Owned = #ty>));
        }
        let Shape { ident, generics: whole, .. } = self.shape;
        let (ty, (_, params, _)) = (self.view_type(row), whole.split_for_impl());
        let (impl_generics, _, clause) = generics.split_for_impl();
        quote! {
            #(#impls)*
            #[automatically_derived]
            impl #impl_generics #soa::CloneRow for #ty #clause {
                type Owned = #ident #params;
                #[inline]
                fn cloned(self) -> Self::Owned {
                    #ident { #(#members: #soa::CloneRow::cloned(self.#members),)* }
                }
            }
        }
    }

    fn raw(&self) -> TokenStream {
        let (soa, name) = (self.soa, self.name("Raw"));
        let types = self.shape.fields.iter().map(|Field { ty, nested, .. }| {
            if *nested {
                quote!(<#ty as #soa::Soa>::Raw)
            } else {
                quote!(::core::ptr::NonNull<#ty>)
            }
        });
        let types: Vec<_> = types.collect();
        let definition = self.define(&name, "Where the arrays are.", &self.shape.generics, &types);
        let copy = Self::copy_impls(&name, &self.shape.generics);
        quote!(#[doc(hidden)] #definition #copy)
    }

    fn soa_impl(&self) -> TokenStream {
        let (soa, Shape { ident, generics, fields, .. }) = (self.soa, self.shape);
        let (impl_generics, params, clause) = generics.split_for_impl();
        let (raw, [row, row_mut, slices, slices_mut]) =
            (self.name("Raw"), [0, 1, 2, 3].map(|view: usize| self.name(VIEWS[view].name)));
        let usize = quote!(::core::primitive::usize);
        let arrays = fields.iter().map(|Field { ty, nested, .. }| {
            if *nested {
                quote!(.with_all(&<#ty as #soa::Soa>::ARRAYS))
            } else {
                quote!(.with::<#ty>())
            }
        });
        let place = self.fill(&raw, |Field { ty, nested, .. }| {
            if *nested {
                quote!(<#ty as #soa::Soa>::place(placer))
            } else {
                quote!(placer.next::<#ty>())
            }
        });
        let each = fields.iter().map(|Field { member, ty, nested, .. }| {
            if *nested {
                quote!(unsafe { <#ty as #soa::Soa>::each(a.#member, b.#member, visit) };)
            } else {
                quote!(unsafe { visit.column(a.#member, b.#member) };)
            }
        });
        let locals: Vec<_> = (0..fields.len()).map(|at| format_ident!("__field{at}")).collect();
        let members: Vec<_> = fields.iter().map(|field| &field.member).collect();
        let writes = fields.iter().zip(&locals).map(|(Field { member, ty, nested, .. }, local)| {
            if *nested {
                quote!(unsafe { <#ty as #soa::Soa>::write(raw.#member, at, #local) };)
            } else {
                quote!(unsafe { raw.#member.add(at).write(#local) };)
            }
        });
        let reads = fields.iter().map(|Field { member, ty, nested, .. }| {
            if *nested {
                quote!(unsafe { <#ty as #soa::Soa>::read(raw.#member, at) })
            } else {
                quote!(unsafe { raw.#member.add(at).read() })
            }
        });
        let one = |name: &Ident, by: &str, exclusive: Option<TokenStream>| {
            let by = format_ident!("{by}");
            self.fill(name, |Field { member, ty, nested, .. }| {
                if *nested {
                    quote!(unsafe { <#ty as #soa::Soa>::#by(raw.#member, at) })
                } else {
                    quote!(unsafe { &#exclusive *raw.#member.add(at).as_ptr() })
                }
            })
        };
        let many = |name: &Ident, by: &str, from: &TokenStream| {
            let by = format_ident!("{by}");
            self.fill(name, |Field { member, ty, nested, .. }| {
                if *nested {
                    quote!(unsafe { <#ty as #soa::Soa>::#by(raw.#member, at, len) })
                } else {
                    quote!(unsafe { #from(raw.#member.add(at).as_ptr(), len) })
                }
            })
        };
        let (to_row, to_row_mut) =
            (one(&row, "row", None), one(&row_mut, "row_mut", Some(quote!(mut))));
        let to_slices = many(&slices, "slices", &quote!(::core::slice::from_raw_parts));
        let to_slices_mut =
            many(&slices_mut, "slices_mut", &quote!(::core::slice::from_raw_parts_mut));
        let as_row = self.fill(&row, |Field { member, nested, .. }| {
            if *nested { quote!(#soa::Soa::as_row(&self.#member)) } else { quote!(&self.#member) }
        });
        quote! {
            // SAFETY: each field has one array, all functions go through all of them in the order of
            // the fields, and the impl is for all parameters of the struct alike.
            #[automatically_derived]
            unsafe impl #impl_generics #soa::Soa for #ident #params #clause {
                type Raw = #raw #params;
                const ARRAYS: #soa::Arrays = #soa::Arrays::NONE #(#arrays)*;
                #[inline]
                fn place(placer: &mut #soa::Placer) -> Self::Raw { #place }
                #[inline]
                unsafe fn each<__V: #soa::Visit>(a: Self::Raw, b: Self::Raw, visit: &mut __V) {
                    #(#each)*
                }
                #[inline]
                unsafe fn write(raw: Self::Raw, at: #usize, value: Self) {
                    let #ident { #(#members: #locals,)* } = value;
                    #(#writes)*
                }
                #[inline]
                unsafe fn read(raw: Self::Raw, at: #usize) -> Self {
                    #ident { #(#members: #reads,)* }
                }
                #[inline]
                unsafe fn row<'__soa>(raw: Self::Raw, at: #usize) -> #soa::Ref<'__soa, Self> {
                    #to_row
                }
                #[inline]
                unsafe fn row_mut<'__soa>(raw: Self::Raw, at: #usize) -> #soa::RefMut<'__soa, Self> {
                    #to_row_mut
                }
                #[inline]
                unsafe fn slices<'__soa>(
                    raw: Self::Raw, at: #usize, len: #usize,
                ) -> #soa::Slices<'__soa, Self> {
                    #to_slices
                }
                #[inline]
                unsafe fn slices_mut<'__soa>(
                    raw: Self::Raw, at: #usize, len: #usize,
                ) -> #soa::SlicesMut<'__soa, Self> {
                    #to_slices_mut
                }
                #[inline]
                fn as_row(&self) -> #soa::Ref<'_, Self> { #as_row }
            }
        }
    }
}
