//! The house plan as a test: a room uses the rooms under it, never one above.

use core::mem;
use std::{fs, path::Path};

/// The rooms, ground floor first; rooms of one floor share a line.
const FLOORS: &[&[&str]] = &[
    &["bits", "sync"],
    &["alloc", "panics"],
    &["os"],
    &["strategy"],
    &["adapt"],
    &["observe"],
    &["raw"],
    &["collections"],
    &["concurrent"],
    &["cache"],
];

fn floor_of(room: &str) -> Option<usize> {
    // The proof kit stands on floors 0 and 1 alone, and nothing stands on it.
    if room == "testing" {
        return Some(1);
    }
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn each_file(folder: &Path, visit: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_file(&path, visit);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            visit(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

/// The rooms that a file names behind `crate::`, in a `use` of one or of several.
fn rooms_used(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for after in text.split("crate::").skip(1) {
        let Some(list) = after.strip_prefix('{') else {
            rooms.extend(after.split(|c: char| !c.is_alphanumeric()).next().map(str::to_owned));
            continue;
        };
        let mut depth = 0;
        let mut word = String::new();
        for c in list.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                c if depth == 0 && c.is_alphanumeric() => word.push(c),
                ',' | ':' if depth == 0 && !word.is_empty() => {
                    rooms.push(mem::take(&mut word));
                }
                _ => {}
            }
        }
        rooms.push(word);
    }
    rooms
}

#[test]
fn no_arrow_points_up() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut arrows = 0;
    each_file(&src, &mut |path, text| {
        let inside = path.strip_prefix(&src).unwrap();
        let room = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if room == "lib" {
            return;
        }
        let floor = floor_of(room).unwrap_or_else(|| panic!("{room} is not in the house plan"));
        for used in rooms_used(text) {
            if let Some(below) = floor_of(&used) {
                assert!(below <= floor, "{} uses {used}, which is above it", inside.display());
                assert!(
                    used != "testing" || room == "testing",
                    "{} uses the kit",
                    inside.display()
                );
                arrows += 1;
            }
        }
    });
    assert!(arrows > 20, "only {arrows} arrows were found: the test does not see the imports");
}

#[test]
fn an_arrow_that_points_up_is_seen() {
    assert_eq!(rooms_used("use crate::strategy::arena::Arena;"), ["strategy"]);
    let several = rooms_used("use crate::{alloc::{A, B}, bits::align, strategy};");
    assert!(["alloc", "bits", "strategy"].iter().all(|room| several.iter().any(|r| r == room)));
}

#[test]
fn unsafe_is_declared_where_it_is_used_and_pure_rooms_have_none() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    each_file(&src, &mut |path, text| {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//")).count();
        assert!(lines <= 600, "{} has {lines} lines of code", path.display());
        assert!(
            text.contains("//! ") || text.starts_with("//!"),
            "{} has no header",
            path.display()
        );
        if path.starts_with(src.join("bits")) {
            assert!(!text.contains("unsafe {"), "{} is to be pure", path.display());
        }
    });
}
