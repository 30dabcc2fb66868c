//! The interner against std's `HashMap`, over allocators that refuse, and with hashers that fail.

use core::hash::{BuildHasher, Hasher};
use std::{collections::HashMap, ffi::OsStr};

use larder::{
    Arena, Interner,
    alloc::{Allocator, Cause, Global, Null},
    collections::interner::{Reader, Symbol, SymbolMap, SymbolSet, Text, Width, WordHash, Words},
    testing::{
        dummy::Tally,
        hostile::{Counting, Exact, OverReturn, Poison, Quarantine},
        sweep,
    },
};
use proptest::prelude::*;

/// All texts collide.
#[derive(Clone, Default)]
struct Same;

impl BuildHasher for Same {
    type Hasher = Same;
    fn build_hasher(&self) -> Same {
        Same
    }
}

impl Hasher for Same {
    fn write(&mut self, _: &[u8]) {}
    fn finish(&self) -> u64 {
        0
    }
}

/// A hasher that is a step of a sweep.
#[derive(Clone)]
struct Steps<'t>(&'t Tally);

impl BuildHasher for Steps<'_> {
    type Hasher = std::hash::DefaultHasher;
    fn build_hasher(&self) -> Self::Hasher {
        self.0.call();
        std::hash::DefaultHasher::new()
    }
}

#[derive(Clone, Debug)]
enum Op {
    Intern(Vec<u8>),
    Get(Vec<u8>),
    Shrink,
    Reserve(u16),
    Clone,
    Clear,
}

fn op() -> impl Strategy<Value = Op> {
    let short = prop::collection::vec(0_u8..3, 0..9);
    let long = prop::collection::vec(any::<u8>(), 0..40);
    let text = prop_oneof![4 => short, 1 => long];
    prop_oneof![
        20 => text.clone().prop_map(Op::Intern),
        8 => text.prop_map(Op::Get),
        1 => Just(Op::Shrink),
        1 => (0_u16..2000).prop_map(Op::Reserve),
        1 => Just(Op::Clone),
        1 => Just(Op::Clear),
    ]
}

/// Runs a program on an interner and on a map with a list, which must agree.
fn agree<W: Width, S: BuildHasher + Clone + Default, A: Allocator>(ops: &[Op], alloc: A) {
    let mut ours = Interner::<[u8], W, S, A>::new_in(alloc);
    let (mut numbers, mut texts) = (HashMap::new(), Vec::new());
    for op in ops {
        match op {
            Op::Intern(text) => {
                let expected = *numbers.entry(text.clone()).or_insert_with(|| {
                    texts.push(text.clone());
                    texts.len() - 1
                });
                assert_eq!(ours.intern(text).index(), expected);
            }
            Op::Get(text) => {
                assert_eq!(ours.get(text).map(Symbol::index), numbers.get(text).copied());
            }
            Op::Shrink => ours.shrink_to_fit(),
            Op::Reserve(more) => {
                ours.reserve((*more).into(), (*more).into());
                assert!(ours.capacity() >= texts.len() + usize::from(*more));
            }
            Op::Clone => {
                let mut copy = ours.try_clone_in(Global).unwrap();
                copy.intern(b"only in the copy, which shares nothing");
                assert_eq!(
                    copy.iter().take(texts.len()).collect::<Vec<_>>(),
                    ours.iter().collect::<Vec<_>>()
                );
                for (symbol, text) in &ours {
                    assert_eq!(copy.get(text), Some(symbol));
                }
            }
            Op::Clear => {
                ours.clear();
                (numbers, texts) = (HashMap::new(), Vec::new());
            }
        }
        assert_eq!((ours.len(), ours.is_empty()), (texts.len(), texts.is_empty()));
    }
    assert!(ours.iter().map(|(_, text)| text).eq(texts.iter().map(Vec::as_slice)));
    assert!(ours.iter().rev().map(|(s, _)| s.index()).eq((0..texts.len()).rev()));
    assert_eq!(ours.text_len(), texts.iter().map(Vec::len).sum::<usize>());
    let reader = ours.freeze();
    for (index, text) in texts.iter().enumerate() {
        assert_eq!(&reader[reader.symbol_at(index).unwrap()], text.as_slice());
    }
    let offset = if size_of::<W>() == 8 { 8 } else { 4 };
    if !texts.is_empty() {
        assert!(reader.memory() >= reader.text_len() + (texts.len() + 1) * offset);
    }
    assert_eq!(reader.clone_in_heap(), reader);
}

trait CloneInHeap<T: Text + ?Sized, W: Width> {
    fn clone_in_heap(&self) -> Reader<T, W>;
}

impl<T: Text + ?Sized, W: Width, A: Allocator> CloneInHeap<T, W> for Reader<T, W, A> {
    fn clone_in_heap(&self) -> Reader<T, W> {
        self.try_clone_in(Global).unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None, cases: 64, ..ProptestConfig::default()
    })]

    #[test]
    fn any_program_agrees_with_a_map(ops in prop::collection::vec(op(), 1..300)) {
        let heap = Counting::new(Quarantine::new(Global));
        agree::<u32, WordHash, _>(&ops, &heap);
        heap.assert_no_leaks();
        agree::<u16, WordHash, _>(&ops, OverReturn::new(Global));
        agree::<u64, WordHash, _>(&ops, Exact::new(Global));
        agree::<u32, Same, _>(&ops, Poison::new(Global));
        agree::<u32, std::hash::RandomState, _>(&ops, Arena::new());
    }
}

#[test]
fn each_refusal_is_an_error_and_loses_nothing() {
    sweep::fail_each_allocation(|heap| {
        let mut words = Interner::<str, u32, WordHash, _>::new_in(heap);
        for n in 0..100 {
            if let Err(refusal) = words.try_intern(&n.to_string()) {
                assert_eq!(words.len(), n);
                assert!((0..n).all(|n| words.get(&n.to_string()).map(Symbol::index) == Some(n)));
                assert_eq!(words.intern(&n.to_string()).index(), n, "it is usable after {refusal}");
                return Err(refusal);
            }
        }
        let copy = words.try_clone()?;
        words.try_shrink_to(0, 0)?;
        assert!(copy == words);
        let mut map = SymbolMap::<_, u32, _>::new_in(heap);
        for (symbol, word) in &words {
            map.try_insert(symbol, word.len()).map_err(|back| *back.refusal())?;
        }
        let copy = map.try_clone()?;
        assert!(copy == map);
        map.retain(|symbol, _| symbol.index() < 3);
        let (kept, room) = (map.try_clone()?, map.capacity());
        let shrunk = map.try_shrink_to_fit();
        assert!(shrunk.is_ok() || map.capacity() == room && map == kept);
        shrunk?;
        assert!(map == kept && map.capacity() == 3);
        map.clear();
        map.try_shrink_to_fit()?;
        assert_eq!(map.capacity(), 0);
        Ok(())
    })
    .assert_clean();
}

#[test]
fn each_panic_of_a_value_loses_no_other() {
    let sweep = sweep::panic_at_each_step(|tally, heap| {
        let at = |index| Symbol::from_index(index).unwrap();
        let mut map = SymbolMap::<_, u32, _>::new_in(heap);
        for index in [3, 1, 5, 7, 3] {
            map.insert(at(index), tally.dummy(index as u32));
        }
        let copy = map.clone();
        assert!(copy == map);
        map.retain(|symbol, _| {
            tally.call();
            symbol != at(5)
        });
        assert_eq!((map.len(), map.iter().count(), map.remove(at(1)).is_some()), (3, 3, true));
        let mut rest = copy.into_iter();
        assert!(rest.next_back().is_some() && rest.len() == 3);
        drop(rest);
        map.clear();
    });
    sweep.assert_clean();
    assert!(sweep.places > 20);
}

#[cfg(feature = "serde")]
#[test]
fn serde_keeps_texts_and_symbols() {
    let words: Interner = ["fn", "let", ""].iter().collect();
    let text = serde_json::to_string(&words).unwrap();
    assert_eq!(text, r#"["fn","let",""]"#);
    assert_eq!(serde_json::from_str::<Interner>(&text).unwrap(), words);
    assert_eq!(serde_json::to_string(&words.clone().freeze()).unwrap(), text);
    let twice = serde_json::from_str::<Interner>(r#"["a","b","a"]"#).unwrap_err();
    assert!(twice.to_string().starts_with(r#"the text "a" is there twice"#), "{twice}");
    assert!(serde_json::from_str::<Interner>(r#"["a", 1]"#).is_err());
    let symbol = serde_json::to_string(&words.get("let")).unwrap();
    assert_eq!(serde_json::from_str::<Option<Symbol>>(&symbol).unwrap(), words.get("let"));
    assert!(serde_json::from_str::<Symbol<u16>>("65535").is_err());
}

#[test]
fn each_panic_of_a_hasher_loses_nothing() {
    let sweep = sweep::panic_at_each_step(|tally, heap| {
        let mut words = Interner::<str, u32, _, _>::with_hasher_in(Steps(tally), heap);
        for n in 0..30 {
            words.intern(&(n % 20).to_string());
        }
        assert_eq!(words.clone().len(), 20);
    });
    sweep.assert_clean();
    assert!(sweep.places >= 30);
}

#[test]
fn a_symbol_of_another_interner_is_no_harm() {
    let mut large: Interner = (0..100).map(|n| n.to_string()).collect();
    let last = large.intern("99");
    let small: Interner = ["a"].iter().collect();
    assert_eq!(small.resolve(last), None);
    let caught = std::panic::catch_unwind(|| small[last].len()).unwrap_err();
    let text = caught.downcast_ref::<String>().unwrap();
    assert_eq!(text, "Symbol(99) is of another interner: this one has 1 texts");
    large.clear();
    assert_eq!((large.resolve(last), large.get("99"), large.iter().len()), (None, None, 0));
}

#[test]
fn widths_and_limits_end_in_errors() {
    let mut narrow = Interner::<str, u16>::default();
    narrow.extend((0..65_535).map(|n| n.to_string()));
    let refusal = narrow.try_intern("plum").unwrap_err();
    assert_eq!(refusal.cause, Cause::Numbers { needed: 65_536, most: 65_535 });
    assert!(refusal.to_string().contains("choose a wider type"), "{refusal}");
    assert_eq!((narrow.intern("7").index(), narrow.len()), (7, 65_535));

    let mut words = Interner::<str, u32, WordHash, _>::new_in(Null);
    assert!(matches!(words.try_reserve(1, 1).unwrap_err().cause, Cause::Upstream { .. }));
    assert!(matches!(words.try_reserve(usize::MAX, 0).unwrap_err().cause, Cause::Numbers { .. }));
    assert!(matches!(words.try_reserve(0, usize::MAX).unwrap_err().cause, Cause::Numbers { .. }));
    let wide = Interner::<str, u64>::try_with_capacity_in(usize::MAX / 2, 0, Global);
    assert_eq!(wide.unwrap_err().cause, Cause::Overflow);

    let mut limited = Interner::new().with_memory_limit(2000);
    let back = limited.try_extend((0..).map(|n| n.to_string())).unwrap_err();
    assert_eq!(back.into_value(), limited.len().to_string());
    assert!(limited.memory() <= 2000 && limited.memory_limit() == Some(2000));
    limited.set_memory_limit(None);
    limited.extend((0..1000).map(|n| n.to_string()));
    assert_eq!(limited.len(), 1000);
}

#[test]
fn memory_is_as_the_formula_says() {
    let heap = Counting::new(Global);
    let texts = || (0..1000).map(|n| format!("text {n}"));
    let bytes: usize = texts().map(|text| text.len()).sum();
    let mut words = Interner::<str, u32, WordHash, _>::from_iter_in(texts(), &heap);
    assert_eq!(words.memory(), heap.live_bytes());
    words.shrink_to_fit();
    assert_eq!(heap.live_bytes(), bytes + 4 * 1001 + 8 * 2048);
    let reader = words.freeze();
    assert_eq!((heap.live_bytes(), reader.memory()), (bytes + 4 * 1001, bytes + 4 * 1001));
    drop(reader);
    heap.assert_no_leaks();
}

#[test]
fn all_kinds_of_text() {
    let mut paths = Interner::<OsStr>::default();
    let bin = paths.intern(OsStr::new("/bin"));
    assert_eq!((&paths[bin], paths.get(OsStr::new(""))), (OsStr::new("/bin"), None));
    const KEYWORDS: Words<2> = Words::new(["fn", "let"]);
    const LET: Symbol = KEYWORDS.symbol("let");
    let mut bytes: Interner<[u8]> = KEYWORDS.iter().collect();
    assert_eq!((bytes.intern(b"let"), bytes.intern(b"").index()), (LET, 2));
    assert!(std::panic::catch_unwind(|| Words::new(["a", "b", "a"])).is_err());
}

#[test]
fn maps_and_sets_of_symbols() {
    let symbols: Vec<Symbol> = [5, 1, 3].into_iter().filter_map(Symbol::from_index).collect();
    let mut map: SymbolMap<_> = symbols.iter().map(|s| (*s, s.index())).collect();
    assert_eq!(map.insert(symbols[0], 50), Some(5));
    assert_eq!(map.iter().map(|(_, v)| *v).collect::<Vec<_>>(), [1, 3, 50]);
    assert_eq!(map.iter().rev().map(|(_, v)| *v).collect::<Vec<_>>(), [50, 3, 1]);
    let mut both = map.iter();
    assert_eq!((both.next_back(), both.len()), (Some((symbols[0], &50)), 2));
    map.retain(|_, value| *value != 3);
    assert_eq!((map.len(), map.remove(symbols[1]), map.remove(symbols[1])), (2, Some(1), None));
    assert_eq!(map.clone().into_iter().collect::<Vec<_>>(), [(symbols[0], 50)]);
    let mut set: SymbolSet = symbols.iter().copied().collect();
    assert!(!set.insert(symbols[2]) && set.remove(symbols[2]) && !set.contains(symbols[2]));
    assert_eq!(format!("{set:?} {map:?}"), "{Symbol(1), Symbol(5)} {Symbol(5): 50}");
    assert!((&set).into_iter().eq(set.clone()) && set.iter().len() == 2);
    map.reserve(100);
    assert!(map.capacity() >= 100);
    map.remove(symbols[0]);
    map.shrink_to_fit();
    assert_eq!((map.capacity(), map.is_empty()), (0, true));
    let far = Symbol::<u64>::from_index(1 << 60).unwrap();
    assert_eq!(SymbolMap::<u64, u64>::default().try_insert(far, 7).unwrap_err().into_value(), 7);
}

/// What goes between threads, and shortens its lifetimes.
#[expect(dead_code, reason = "compiling it is the test")]
fn pins<'short>(
    long: Interner<str, u32, WordHash, &'static Arena>,
) -> Reader<str, u32, &'short Arena> {
    fn goes<T: Send + Sync>() {}
    goes::<Interner>();
    goes::<Reader<[u8]>>();
    goes::<SymbolMap<u8>>();
    fn is_sent<T: Send>() {}
    is_sent::<Interner<str, u32, WordHash, Arena>>();
    long.freeze()
}
