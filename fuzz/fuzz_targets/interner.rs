//! Programs of changes to interners, against std's set of what came in order, with each width.
#![no_main]

use larder::{Interner, collections::interner::Width};

fn run<W: Width>(program: &[(u8, Vec<u8>)]) {
    let (mut ours, mut model) = (Interner::<[u8], W>::default(), Vec::new());
    for (op, text) in program {
        let expected = model.iter().position(|known| known == text);
        match op % 16 {
            0 => ours.shrink_to_fit(),
            1 => ours = ours.clone(),
            2 => ours.reserve(text.len(), usize::from(*op)),
            3 => {
                ours.clear();
                model.clear();
            }
            4..8 => assert_eq!(ours.get(text).map(|symbol| symbol.index()), expected),
            _ => {
                let index = expected.unwrap_or(model.len());
                assert_eq!(ours.intern(text).index(), index);
                if index == model.len() {
                    model.push(text.clone());
                }
            }
        }
        assert!(ours.iter().map(|(_, text)| text).eq(&model));
        assert!(model.iter().enumerate().all(|(at, text)| {
            ours.get(text).is_some_and(|symbol| symbol.index() == at && ours[symbol] == **text)
        }));
    }
    assert!(ours.clone().freeze().iter().eq(&ours));
}

libfuzzer_sys::fuzz_target!(|program: Vec<(u8, Vec<u8>)>| {
    run::<u16>(&program);
    run::<u32>(&program);
    run::<u64>(&program);
});
