//! Every sequence of up to four operations, a crash before every sync and after every operation, and
//! whatever the disk may have kept: reopening finds the last state that was committed, or, while a
//! commit is under way, the one it was to make, and nothing else.
//!
//! | up to | sequences | moments of a crash | what the disk had kept | crashes in the recovery | time |
//! |---|---|---|---|---|---|
//! | 4 operations, as the gate has it | 2,800 | 3,432 | 14,048 | 3,996 | |
//! | 5 | 19,607 | 24,338 | 112,912 | 31,774 | 12 s, with the rest of this file and 1,000 kills |
//! | 7 | 960,799 | 1,215,113 | 6,777,736 | 2,323,904 | 138 s |

use core::cell::{Cell, RefCell};
use std::rc::Rc;

use larder::collections::mmap_vec::{Builder, FileError, FileStorage, MmapVec};

use super::disk::{Disk, Image, SimDisk};

/// The elements end in the middle of sectors and pages.
type Element = [u64; 96];
type Vector = MmapVec<Element, FileStorage<SimDisk>>;

fn element(stamp: u64) -> Element {
    core::array::from_fn(|at| stamp * 1000 + at as u64)
}

pub(crate) fn builder() -> Builder<Element> {
    Builder::small().max_bytes(1 << 20)
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Op {
    Push,
    Commit,
    Grow,
    Edit,
    Truncate,
    Shrink,
    Reopen,
}

use Op::{Commit, Edit, Grow, Push, Reopen, Shrink, Truncate};

const OPS: [Op; 7] = [Push, Commit, Grow, Edit, Truncate, Shrink, Reopen];

/// What was found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    sequences: u64,
    points: u64,
    states: u64,
    recoveries: u64,
    most_pages: usize,
}

/// A vector on a simulated disk, and what it must be.
pub(crate) struct Scene {
    pub(crate) disk: SimDisk,
    pub(crate) vec: Option<Vector>,
    /// What the vector is.
    pub(crate) now: Vec<Element>,
    /// What the last commit made sure.
    pub(crate) sure: Vec<Element>,
    stamp: u64,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let disk = SimDisk::default();
        let vec = builder().create_on(disk.clone()).unwrap();
        Self { disk, vec: Some(vec), now: vec![], sure: vec![], stamp: 0 }
    }

    fn vec(&mut self) -> &mut Vector {
        self.vec.as_mut().unwrap()
    }

    fn stamp(&mut self) -> Element {
        self.stamp += 1;
        element(self.stamp)
    }

    /// Does `op` to the vector and to the model.
    pub(crate) fn step(&mut self, op: Op) -> Result<(), FileError> {
        match op {
            Push => {
                for _ in 0..7 {
                    let value = self.stamp();
                    self.vec().push(value)?;
                    self.now.push(value);
                }
            }
            Commit => {
                self.vec().commit()?;
                self.sure.clone_from(&self.now);
            }
            Grow => self.vec().reserve(100)?,
            Edit if self.now.is_empty() => {}
            Edit => {
                for at in [0, self.now.len() / 2, self.now.len() - 1] {
                    let value = self.stamp();
                    self.vec()[at] = value;
                    self.now[at] = value;
                }
            }
            Truncate => {
                let len = self.now.len() / 2;
                self.vec().truncate(len);
                self.now.truncate(len);
            }
            Shrink => self.vec().shrink_to_fit()?,
            Reopen => {
                self.vec = None;
                self.now.clone_from(&self.sure);
                self.vec = Some(builder().verify(true).open_on(self.disk.clone())?);
            }
        }
        assert!(self.vec.as_ref().unwrap() == &self.now, "after {op:?}");
        Ok(())
    }
}

/// Opens what a crash left, and checks that it is one of `allowed`.
fn check(image: Image, allowed: &[&[Element]], story: &dyn Fn() -> String) -> Vec<Element> {
    let vec = builder().verify(true).open_on(SimDisk::of(image));
    let vec = vec.unwrap_or_else(|error| panic!("{}: {error}", story()));
    let found = allowed.iter().find(|state| vec.as_slice() == **state);
    let found = found
        .unwrap_or_else(|| panic!("{}: {} elements that nobody committed", story(), vec.len()));
    found.to_vec()
}

/// As [`check`], with a crash before each sync of the recovery.
fn check_twice(image: &Image, allowed: &[&[Element]], found: &Rc<Cell<Found>>) {
    let disk = SimDisk::of(image.clone());
    let owned: Vec<Vec<Element>> = allowed.iter().map(|state| state.to_vec()).collect();
    let counted = found.clone();
    disk.watch(Some(Rc::new(move |disk: &Disk| {
        let allowed: Vec<&[Element]> = owned.iter().map(Vec::as_slice).collect();
        disk.crashes(5, 16, &mut |image| {
            check(image, &allowed, &|| "a crash in the recovery".into());
            let mut count = counted.get();
            count.recoveries += 1;
            counted.set(count);
        });
    })));
    builder().open_on(disk).unwrap();
}

/// Runs `ops`, and explores the crashes in the last of them.
fn explore(before: &[Op], ops: &[Op], found: &Rc<Cell<Found>>) {
    let mut scene = Scene::new();
    let (last, first) = ops.split_last().unwrap();
    for op in before.iter().chain(first) {
        scene.step(*op).unwrap();
    }
    let target = if *last == Commit { scene.now.clone() } else { scene.sure.clone() };
    let visit = {
        let (sure, found) = (scene.sure.clone(), found.clone());
        let story = format!("{before:?} {ops:?}");
        move |disk: &Disk, sure_now: Option<&[Element]>| {
            let both = [sure.as_slice(), target.as_slice()];
            let one = [sure_now.unwrap_or_default()];
            let allowed: &[&[Element]] = if sure_now.is_some() { &one } else { &both };
            let mut count = found.get();
            count.points += 1;
            count.most_pages = count.most_pages.max(disk.unsynced_pages());
            found.set(count);
            let number = RefCell::new(0_u64);
            disk.crashes(count.points, 64, &mut |image| {
                *number.borrow_mut() += 1;
                let say = || format!("{story}, state {}", number.borrow());
                if *number.borrow() % 16 == 1 {
                    check_twice(&image, allowed, &found);
                }
                check(image, allowed, &say);
            });
            let mut count = found.get();
            count.states += *number.borrow();
            found.set(count);
        }
    };
    let visit = Rc::new(visit);
    let before_sync = visit.clone();
    scene.disk.watch(Some(Rc::new(move |disk: &Disk| before_sync(disk, None))));
    scene.step(*last).unwrap();
    scene.disk.watch(None);
    // What was sure before is not enough any more.
    visit(&scene.disk.0.borrow(), Some(&scene.sure));
    let mut count = found.get();
    count.sequences += 1;
    found.set(count);
}

/// All sequences of exactly `len` operations that begin with `ops`.
fn sequences(ops: &mut Vec<Op>, len: usize, visit: &mut dyn FnMut(&[Op])) {
    if ops.len() == len {
        return visit(ops);
    }
    for op in OPS {
        ops.push(op);
        sequences(ops, len, visit);
        ops.pop();
    }
}

#[test]
fn a_disk_that_says_it_has_synced_and_has_not_is_caught() {
    let scene = |ops: &[Op]| {
        let mut scene = Scene::new();
        scene.disk.0.borrow_mut().lies = true;
        for op in ops {
            scene.step(*op).unwrap();
        }
        let mut lost = 0;
        scene.disk.0.borrow().crashes(3, 64, &mut |image| {
            let vec = builder().verify(true).open_on(SimDisk::of(image));
            lost += u64::from(vec.is_ok_and(|vec| vec.as_slice() == scene.sure)) ^ 1;
        });
        lost
    };
    assert!(scene(&[Push, Commit]) > 0);
    assert!(scene(&[Push, Commit, Edit, Commit]) > 0);
}

fn all_from(before: &[Op], most: usize) -> Found {
    let found = Rc::new(Cell::new(Found::default()));
    for len in 1..=most {
        sequences(&mut vec![], len, &mut |ops| explore(before, ops, &found));
    }
    let found = found.get();
    println!("{before:?}, then up to {most}: {found:?}");
    found
}

/// Four, unless another length is asked for: `LARDER_CRASH_OPS=5 cargo test --release --all-features --test
/// it mmap_vec::crash -- --nocapture` is the longer run.
fn most() -> usize {
    std::env::var("LARDER_CRASH_OPS").map_or(4, |most| most.parse().unwrap())
}

#[test]
fn every_crash_in_every_sequence_leaves_a_committed_state() {
    let found = all_from(&[], most());
    assert!(found.states > found.points && found.recoveries > 0);
}

#[test]
fn every_crash_after_edits_whose_log_still_lives_leaves_a_committed_state() {
    let found = all_from(&[Push, Push, Commit, Edit, Commit, Edit, Commit], most().min(3));
    assert!(found.states > found.points && found.recoveries > 0);
}

#[test]
fn crashes_that_may_lose_more_pages_than_can_be_tried_out_are_sampled() {
    let found = all_from(&[Push, Push, Push, Push, Push, Push, Commit, Push, Push, Push], 2);
    assert!(found.most_pages > 4);
    let found = all_from(&[Push; 9], 2);
    assert!(found.most_pages > 10);
}

#[test]
fn after_an_error_at_any_call_nothing_that_was_committed_is_lost() {
    let script = [
        Push, Commit, Edit, Commit, Grow, Push, Edit, Commit, Truncate, Commit, Push, Commit, Edit,
        Commit, Shrink, Push, Commit, Reopen, Edit, Commit,
    ];
    let mut states = 0;
    let (mut healed, mut poisoned) = (0, 0);
    for n in 1.. {
        let mut scene = Scene::new();
        scene.disk.0.borrow_mut().calls = 0;
        scene.disk.0.borrow_mut().fail = Some(n);
        let mut allowed = vec![];
        let failed = script.iter().position(|op| {
            allowed = vec![scene.sure.clone()];
            if *op == Commit {
                allowed.push(scene.now.clone());
            }
            scene.step(*op).is_err()
        });
        if scene.disk.0.borrow().calls < n {
            assert!(n > 60, "only {n} calls");
            break;
        }
        let Some(at) = failed else {
            // Room for growth was refused, and the room that is needed was not.
            continue;
        };
        let say = || format!("call {n}, in step {at}, {:?}", script[at]);
        if let Some(vec) = scene.vec.as_mut() {
            assert_eq!(vec.as_slice(), scene.now, "{}", say());
            if vec.stats().poisoned.is_some() {
                poisoned += 1;
                let error = vec.commit().unwrap_err();
                assert!(error.to_string().contains("reopen"), "{error}");
                assert!(vec.reserve(1).is_err());
            } else {
                healed += 1;
                vec.commit().unwrap_or_else(|error| panic!("{}: {error}", say()));
                allowed = vec![scene.now.clone()];
            }
        }
        let allowed: Vec<&[Element]> = allowed.iter().map(Vec::as_slice).collect();
        check(scene.disk.now(), &allowed, &say);
        scene.disk.0.borrow().crashes(n as u64, 64, &mut |image| {
            states += 1;
            check(image, &allowed, &say);
        });
    }
    println!("{healed} errors healed, {poisoned} handles poisoned, {states} crashes after them");
    assert!(healed > 10 && poisoned > 10);
}
