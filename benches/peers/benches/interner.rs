//! The interner beside its peers, on the words of a text: a million of them, of 50,000 that differ,
//! each as frequent as its rank says (Zipf).
//!
//! `cargo bench --bench interner` in this directory prints the nanoseconds for a word, and the bytes
//! that each word takes.
#![feature(allocator_api)]

use core::hint::black_box;

use larder::{
    Arena, Interner, Keep, Slab, alloc::Global, collections::interner::WordHash,
    testing::hostile::Counting,
};
use larder_peers::column_of;
use lasso::Rodeo;
use string_interner::{StringInterner, backend::StringBackend};

const WORDS: usize = 50_000;
const TOKENS: usize = 1_000_000;
const ROUNDS: usize = 31;

type Theirs = StringInterner<StringBackend>;

/// Numbers that are the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 32) * end) >> 32
    }
}

/// Words that differ, of 2 to 14 letters, the frequent ones shorter.
fn words(random: &mut Random) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    while seen.len() < WORDS {
        let least = 2 + u64::from(seen.len().checked_ilog2().unwrap_or(0)) / 4;
        let len = least + random.below(8);
        let word: String = (0..len).map(|_| char::from(b'a' + random.below(26) as u8)).collect();
        seen.insert(word);
    }
    let mut words: Vec<String> = seen.into_iter().collect();
    words.sort_by(|one, other| one.len().cmp(&other.len()).then(one.cmp(other)));
    words
}

/// Ranks by their frequency.
fn ranks(random: &mut Random) -> Vec<usize> {
    let mut sums: Vec<f64> = (1..=WORDS).map(|rank| 1.0 / rank as f64).collect();
    for rank in 1..WORDS {
        sums[rank] += sums[rank - 1];
    }
    let all = sums[WORDS - 1];
    (0..TOKENS)
        .map(|_| {
            let at = random.below(1 << 32) as f64 / (1_u64 << 32) as f64 * all;
            sums.partition_point(|sum| *sum < at).min(WORDS - 1)
        })
        .collect()
}

/// A column of interners that are empty before each round.
fn fill(rounds: usize, name: &str, words: &[&str]) {
    let (mut arena, slab) = (Arena::new(), Slab::new());
    column_of(
        rounds,
        name,
        words.len(),
        vec![
            (
                "larder",
                Box::new(|| {
                    let mut interner = Interner::new();
                    for word in words {
                        black_box(interner.intern(word));
                    }
                }),
            ),
            (
                "string-interner",
                Box::new(|| {
                    let mut interner = Theirs::new();
                    for word in words {
                        black_box(interner.get_or_intern(word));
                    }
                }),
            ),
            (
                "larder, Arena",
                Box::new(|| {
                    let mut interner = Interner::<str, u32, WordHash, _>::new_in(&arena);
                    for word in words {
                        black_box(interner.intern(word));
                    }
                    drop(interner);
                    arena.reset(Keep::All);
                }),
            ),
            (
                "larder, Slab",
                Box::new(|| {
                    let mut interner = Interner::<str, u32, WordHash, _>::new_in(&slab);
                    for word in words {
                        black_box(interner.intern(word));
                    }
                }),
            ),
            (
                "lasso",
                Box::new(|| {
                    let mut interner = Rodeo::default();
                    for word in words {
                        black_box(interner.get_or_intern(word));
                    }
                }),
            ),
        ],
    );
}

fn main() {
    let mut random = Random(7);
    let words = words(&mut random);
    let ranks = ranks(&mut random);
    // The text as a reader has it: its tokens one after the other.
    let text: String = ranks.iter().flat_map(|rank| [words[*rank].as_str(), " "]).collect();
    let tokens: Vec<&str> = text.split_ascii_whitespace().collect();
    let letters: usize = words.iter().map(String::len).sum();
    let read: usize = tokens.iter().map(|token| token.len()).sum();
    println!(
        "{} letters a word, {} a token",
        letters as f64 / WORDS as f64,
        read as f64 / TOKENS as f64
    );

    fill(ROUNDS, "the text, into an empty interner", &tokens);
    // Only new words, each once.
    let once: Vec<&str> = words.iter().map(String::as_str).collect();
    fill(ROUNDS * 5, "each word once, into an empty interner", &once);

    // Not collected: theirs make room for as many words as there are tokens then.
    let (mut ours, mut theirs, mut rodeo) = (Interner::new(), Theirs::new(), Rodeo::default());
    for token in &tokens {
        ours.intern(token);
        theirs.get_or_intern(token);
        rodeo.get_or_intern(token);
    }
    column_of(
        ROUNDS,
        "the text again",
        TOKENS,
        vec![
            (
                "larder",
                Box::new(|| {
                    for token in &tokens {
                        black_box(ours.intern(token));
                    }
                }),
            ),
            (
                "string-interner",
                Box::new(|| {
                    for token in &tokens {
                        black_box(theirs.get_or_intern(token));
                    }
                }),
            ),
            (
                "lasso",
                Box::new(|| {
                    for token in &tokens {
                        black_box(rodeo.get_or_intern(token));
                    }
                }),
            ),
        ],
    );

    let symbols: Vec<_> = tokens.iter().map(|token| ours.intern(token)).collect();
    let their_symbols: Vec<_> = tokens.iter().map(|token| theirs.get_or_intern(token)).collect();
    let keys: Vec<_> = tokens.iter().map(|token| rodeo.get_or_intern(token)).collect();
    let reader = ours.clone().freeze();
    column_of(
        ROUNDS,
        "resolve the text",
        TOKENS,
        vec![
            (
                "larder",
                Box::new(|| {
                    for symbol in &symbols {
                        black_box(ours.resolve(*symbol));
                    }
                }),
            ),
            (
                "larder, frozen",
                Box::new(|| {
                    for symbol in &symbols {
                        black_box(reader.resolve(*symbol));
                    }
                }),
            ),
            (
                "string-interner",
                Box::new(|| {
                    for symbol in &their_symbols {
                        black_box(theirs.resolve(*symbol));
                    }
                }),
            ),
            (
                "lasso",
                Box::new(|| {
                    for key in &keys {
                        black_box(rodeo.resolve(key));
                    }
                }),
            ),
        ],
    );

    let heap = Counting::new(Global);
    let mut counted = Interner::<str, u32, WordHash, _>::from_iter_in(&tokens, &heap);
    let each =
        |what: &str| println!("{what}: {} bytes a word", heap.live_bytes() as f64 / WORDS as f64);
    each("as it grew");
    counted.shrink_to_fit();
    each("shrunk");
    let frozen = counted.freeze();
    each("frozen");
    drop(frozen);
    heap.assert_no_leaks();
}
