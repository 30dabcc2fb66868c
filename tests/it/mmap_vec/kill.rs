#![expect(unsafe_code, reason = "shares numbers with a child through a mapped file")]
//! A child process killed at random moments, and what its parent finds.
//!
//! The child appends, edits, truncates and commits in a loop. Before each commit it writes the number
//! of the state that is to come into memory that it shares with the parent, and after each, the number
//! of the state that is sure. Every state follows from its number alone, so the parent can tell whether
//! the file holds one of the two, and all of it.
//!
//! `LARDER_KILLS=1000 cargo test --release --all-features --test it mmap_vec::kill -- --nocapture` runs a
//! thousand rounds. On 21 November 2026 those were 300,004 commits: 898 times the last that had
//! returned was found, and 102 times the one after it, whole.

use core::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Instant,
};

use super::disk::next;
use larder::{
    collections::mmap_vec::{Builder, MmapVec, Survives},
    os::{MappedFile, Writes},
};

/// A folder that goes with the test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("larder-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

type Element = [u64; 32];

/// How long the vector is in the state with this number.
fn len_of(state: u64) -> usize {
    (state * 37 % 211) as usize
}

/// What each state does to the one before: the length changes, and some elements do.
fn step(vec: &mut MmapVec<Element>, state: u64) {
    let len = len_of(state);
    vec.truncate(len);
    for at in 0..vec.len() {
        if (at as u64 + state).is_multiple_of(5) {
            vec[at] = [state; 32];
        }
    }
    vec.resize(len, [state; 32]).unwrap();
}

/// The same to the model.
fn advance(vec: &mut Vec<Element>, state: u64) {
    vec.truncate(len_of(state));
    for (at, element) in vec.iter_mut().enumerate() {
        if (at as u64 + state).is_multiple_of(5) {
            *element = [state; 32];
        }
    }
    vec.resize(len_of(state), [state; 32]);
}

fn builder() -> Builder<Element> {
    Builder::small().survives(Survives::Kill)
}

/// The state under way, and the state that is sure, as the child left them.
fn oracle(path: &Path) -> (u64, u64) {
    let bytes = fs::read(path).unwrap();
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    (number(0), number(8))
}

/// The child: it is this test again, told by a variable what it is.
#[test]
fn the_child_that_is_killed() {
    let Ok(folder) = std::env::var("LARDER_KILL_CHILD") else {
        return;
    };
    let folder = PathBuf::from(folder);
    let mut vec = builder().open_or_create(folder.join("vec")).unwrap();
    // SAFETY: the parent reads the file as a whole only after this process is dead.
    let mut oracle = unsafe { MappedFile::open(folder.join("oracle"), Writes::ToFile) }.unwrap();
    let numbers = oracle.typed_mut::<u64>().unwrap().as_mut_ptr();
    // SAFETY: the mapping lives to the end, is aligned to a page, and is used through atomics alone.
    let next = unsafe { AtomicU64::from_ptr(numbers) };
    // SAFETY: the file has sixteen bytes.
    let second = unsafe { numbers.add(1) };
    // SAFETY: as for the first.
    let sure = unsafe { AtomicU64::from_ptr(second) };
    let start = sure.load(Ordering::SeqCst);
    for state in start + 1.. {
        next.store(state, Ordering::SeqCst);
        step(&mut vec, state);
        vec.commit().unwrap();
        sure.store(state, Ordering::SeqCst);
    }
}

/// This test program again, as a child that runs one test and knows `folder`.
pub(crate) fn child(test: &str, variable: &str, folder: &Path) -> Command {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture"]).env(variable, folder);
    child.stdout(Stdio::null());
    child
}

#[test]
fn a_process_killed_at_any_moment_leaves_what_it_was_sure_of() {
    let rounds = std::env::var("LARDER_KILLS").map_or(25, |rounds| rounds.parse().unwrap());
    let folder = Folder::new("kill");
    fs::write(folder.at("oracle"), [0; 16]).unwrap();
    let mut model: Vec<Element> = vec![];
    let (mut at, mut random) = (0, 7);
    let (mut in_time, mut ahead) = (0, 0);
    for round in 0..rounds {
        let mut running =
            child("mmap_vec::kill::the_child_that_is_killed", "LARDER_KILL_CHILD", &folder.0)
                .spawn()
                .unwrap();
        let started = Instant::now();
        // A few die while they open the file, most between and in commits.
        while next(&mut random, 50) != 0
            && oracle(&folder.at("oracle")).0 == at
            && started.elapsed() < Duration::from_secs(5)
        {
            thread::sleep(Duration::from_micros(100));
        }
        thread::sleep(Duration::from_micros(next(&mut random, 10_000) as u64));
        running.kill().unwrap();
        running.wait().unwrap();

        let (under_way, sure) = oracle(&folder.at("oracle"));
        assert!(under_way == sure || under_way == sure + 1);
        while at < sure {
            at += 1;
            advance(&mut model, at);
        }
        let path = folder.at("vec");
        if !path.exists() {
            assert_eq!(sure, 0, "the file is gone");
            continue;
        }
        let vec = builder().verify(true).open(&path).unwrap();
        if vec == model {
            in_time += 1;
        } else {
            assert_eq!(under_way, sure + 1, "round {round}: {sure} was sure, and is not there");
            advance(&mut model, under_way);
            assert!(vec == model, "round {round}: neither {sure} nor {under_way}");
            at = under_way;
            ahead += 1;
        }
        // The next child goes on from here.
        fs::write(folder.at("oracle"), [at.to_le_bytes(), at.to_le_bytes()].concat()).unwrap();
    }
    println!(
        "{rounds} kills, {at} commits: {in_time} found the last that returned, {ahead} one more"
    );
    assert!(at > 0, "the children have done nothing");
}

/// The child makes one file after the other.
#[test]
fn the_child_that_is_killed_while_it_creates() {
    let Ok(folder) = std::env::var("LARDER_CREATE_CHILD") else {
        return;
    };
    for number in 0.. {
        let path = Path::new(&folder).join(format!("vec-{number}"));
        if !path.exists() {
            builder().create(path).unwrap();
        }
    }
}

#[test]
fn a_file_has_its_name_only_when_it_is_whole() {
    let folder = Folder::new("kill-create");
    let (mut random, mut whole, mut left_behind) = (9, 0, 0);
    let test = "mmap_vec::kill::the_child_that_is_killed_while_it_creates";
    for _ in 0..12 {
        let mut running = child(test, "LARDER_CREATE_CHILD", &folder.0).spawn().unwrap();
        thread::sleep(Duration::from_micros(20_000 + next(&mut random, 20_000) as u64));
        running.kill().unwrap();
        running.wait().unwrap();
    }
    for file in fs::read_dir(&folder.0).unwrap() {
        let file = file.unwrap();
        if file.file_name().to_string_lossy().starts_with('.') {
            left_behind += 1;
        } else {
            assert!(builder().verify(true).open(file.path()).unwrap().is_empty());
            whole += 1;
        }
    }
    println!("{whole} files are whole, {left_behind} have no name yet");
    assert!(whole > 0 && left_behind <= 12);
}
