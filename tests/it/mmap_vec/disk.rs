//! A disk with a cache in front that forgets what was not synced, page by page, sector by sector.
//!
//! The cache holds, for each page written since the last sync, every version it had: a crash may find
//! any of them on the disk, or the one from before, or sectors of two of them. So with the length.

use core::cell::RefCell;
use std::{collections::BTreeMap, io, path::Path, rc::Rc};

use larder::collections::mmap_vec::{Medium, Space};

pub(crate) const PAGE: usize = 4096;
const SECTOR: usize = 512;
/// Up to so many unsynced pages every subset is tried.
const EXHAUSTIVE: usize = 10;

type Page = Rc<[u8; PAGE]>;

/// What is on a disk.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Image {
    pub(crate) pages: BTreeMap<usize, Page>,
    pub(crate) len: u64,
}

impl Image {
    fn page(&self, number: usize) -> Page {
        thread_local!(static ZERO: Page = Rc::new([0; PAGE]));
        self.pages.get(&number).cloned().unwrap_or_else(|| ZERO.with(Rc::clone))
    }

    /// What is behind the end is gone, and is zero if the end moves on.
    fn set_len(&mut self, len: u64) {
        if len < self.len {
            let first = (len as usize).div_ceil(PAGE);
            self.pages.retain(|number, _| *number < first);
            let (last, keep) = (len as usize / PAGE, len as usize % PAGE);
            if let Some(page) = self.pages.get_mut(&last).filter(|_| keep > 0) {
                Rc::make_mut(page)[keep..].fill(0);
            }
        }
        self.len = len;
    }

    pub(crate) fn flip(&mut self, bit: usize) {
        let page = self.page(bit / 8 / PAGE);
        let page = self.pages.entry(bit / 8 / PAGE).or_insert(page);
        Rc::make_mut(page)[bit / 8 % PAGE] ^= 1 << (bit % 8);
    }
}

/// What the disk has, and what it may or may not have.
#[derive(Default)]
pub(crate) struct Disk {
    durable: Image,
    now: Image,
    unsynced: BTreeMap<usize, Vec<Page>>,
    lengths: Vec<u64>,
    pub(crate) calls: usize,
    /// The call with this number fails.
    pub(crate) fail: Option<usize>,
    random: u64,
    watch: Option<Watch>,
    /// Syncs do nothing and say that all is well.
    pub(crate) lies: bool,
}

/// Looks at the disk before each sync, the last moment at which all that was written may be lost.
pub(crate) type Watch = Rc<dyn Fn(&Disk)>;

/// A handle of a disk, which outlives the vector on it.
#[derive(Clone, Default)]
pub(crate) struct SimDisk(pub(crate) Rc<RefCell<Disk>>);

impl SimDisk {
    pub(crate) fn of(image: Image) -> Self {
        let disk = Disk { durable: image.clone(), now: image, ..Disk::default() };
        Self(Rc::new(RefCell::new(disk)))
    }

    pub(crate) fn watch(&self, watch: Option<Watch>) {
        self.0.borrow_mut().watch = watch;
    }

    pub(crate) fn now(&self) -> Image {
        self.0.borrow().now.clone()
    }
}

pub(crate) fn next(random: &mut u64, below: usize) -> usize {
    *random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
    ((*random >> 33) as usize) % below
}

fn torn(old: &Page, new: &Page, mask: usize) -> Page {
    let mut page = **old;
    for sector in (0..PAGE / SECTOR).filter(|sector| mask >> sector & 1 == 1) {
        let at = sector * SECTOR..(sector + 1) * SECTOR;
        page[at.clone()].copy_from_slice(&new[at]);
    }
    Rc::new(page)
}

impl Disk {
    /// Calls `visit` with what a crash now may leave: every subset of up to ten unsynced pages with
    /// every version of each while they are few, samples beyond; each page torn in all places; and
    /// sectors at random.
    pub(crate) fn crashes(&self, seed: u64, samples: usize, visit: &mut dyn FnMut(Image)) {
        let choices: Vec<(usize, Vec<Page>)> = self
            .unsynced
            .iter()
            .map(|(number, versions)| {
                let old = self.durable.page(*number);
                (*number, [vec![old], versions.clone()].concat())
            })
            .collect();
        let lengths = [vec![self.durable.len], self.lengths.clone()].concat();
        let build = |pick: &dyn Fn(usize) -> Page, len: u64| {
            let mut image = self.durable.clone();
            image.len = image.len.max(len);
            for (at, (number, _)) in choices.iter().enumerate() {
                image.pages.insert(*number, pick(at));
            }
            let end = image.len.max(len);
            image.len =
                end.max(choices.last().map_or(0, |(number, _)| (*number + 1) * PAGE) as u64);
            image.set_len(len);
            image
        };
        let mut random = seed | 1;
        let all: usize = choices.iter().map(|(_, versions)| versions.len()).product();
        let all = if choices.len() > EXHAUSTIVE { usize::MAX } else { all };
        if all.saturating_mul(lengths.len()) <= 1 << EXHAUSTIVE {
            for len in &lengths {
                for mut number in 0..all {
                    let picks: Vec<usize> = choices
                        .iter()
                        .map(|(_, versions)| {
                            let pick = number % versions.len();
                            number /= versions.len();
                            pick
                        })
                        .collect();
                    visit(build(&|at| choices[at].1[picks[at]].clone(), *len));
                }
            }
        } else {
            if choices.len() <= EXHAUSTIVE {
                for subset in 0..1_usize << choices.len() {
                    let len = lengths[next(&mut random, lengths.len())];
                    let pick = |at: usize| {
                        let versions = &choices[at].1;
                        let newest = subset >> at & 1 == 1;
                        versions[if newest { versions.len() - 1 } else { 0 }].clone()
                    };
                    visit(build(&pick, len));
                }
            }
            for _ in 0..samples {
                let picks: Vec<usize> =
                    choices.iter().map(|(_, versions)| next(&mut random, versions.len())).collect();
                let len = lengths[next(&mut random, lengths.len())];
                visit(build(&|at| choices[at].1[picks[at]].clone(), len));
            }
        }
        let newest_len = lengths[lengths.len() - 1];
        for torn_at in 0..choices.len() {
            let versions = &choices[torn_at].1;
            let (old, new) = (&versions[0], &versions[versions.len() - 1]);
            for others_new in [false, true] {
                for cut in 1..8 {
                    for mask in [(1 << cut) - 1, 0xFF ^ ((1 << cut) - 1)] {
                        if torn(old, new, mask) == *old || torn(old, new, mask) == *new {
                            continue;
                        }
                        let pick = |at: usize| {
                            let versions = &choices[at].1;
                            match () {
                                () if at == torn_at => torn(old, new, mask),
                                () if others_new => versions[versions.len() - 1].clone(),
                                () => versions[0].clone(),
                            }
                        };
                        visit(build(&pick, newest_len));
                    }
                }
            }
        }
        for _ in 0..if choices.is_empty() { 0 } else { samples / 4 } {
            let masks: Vec<(usize, usize)> = choices
                .iter()
                .map(|(_, versions)| (next(&mut random, versions.len()), next(&mut random, 256)))
                .collect();
            let pick = |at: usize| {
                let versions = &choices[at].1;
                torn(&versions[0], &versions[masks[at].0], masks[at].1)
            };
            visit(build(&pick, newest_len));
        }
    }

    pub(crate) fn unsynced_pages(&self) -> usize {
        self.unsynced.len()
    }

    /// Counts a call; whether it is the one that fails.
    fn call(&mut self) -> bool {
        self.calls += 1;
        self.fail == Some(self.calls)
    }
}

fn broken() -> io::Error {
    io::Error::other("the disk is broken, as the test wants it")
}

impl Medium for SimDisk {
    fn path(&self) -> &Path {
        Path::new("simulated")
    }

    fn len(&mut self) -> io::Result<u64> {
        let mut disk = self.0.borrow_mut();
        if disk.call() { Err(broken()) } else { Ok(disk.now.len) }
    }

    fn read_at(&mut self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let mut disk = self.0.borrow_mut();
        if disk.call() {
            return Err(broken());
        }
        let at = at as usize;
        if (at + into.len()) as u64 > disk.now.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut done = 0;
        while done < into.len() {
            let (number, from) = ((at + done) / PAGE, (at + done) % PAGE);
            let len = (PAGE - from).min(into.len() - done);
            into[done..done + len].copy_from_slice(&disk.now.page(number)[from..from + len]);
            done += len;
        }
        Ok(())
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.0.borrow_mut();
        let fails = disk.call();
        let at = at as usize;
        assert!((at + bytes.len()) as u64 <= disk.now.len, "a write behind what was allocated");
        // A write that fails has written some whole sectors.
        let most = if fails { bytes.len() / 2 / SECTOR * SECTOR } else { bytes.len() };
        let mut done = 0;
        while done < most {
            let (number, from) = ((at + done) / PAGE, (at + done) % PAGE);
            let len = (PAGE - from).min(most - done);
            let mut page = *disk.now.page(number);
            page[from..from + len].copy_from_slice(&bytes[done..done + len]);
            let page = Rc::new(page);
            disk.now.pages.insert(number, page.clone());
            disk.unsynced.entry(number).or_default().push(page);
            done += len;
        }
        if fails { Err(broken()) } else { Ok(()) }
    }

    fn allocate(&mut self, len: u64) -> io::Result<Space> {
        let mut disk = self.0.borrow_mut();
        if disk.call() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if len > disk.now.len {
            disk.now.len = len;
            disk.lengths.push(len);
        }
        Ok(Space::Guaranteed)
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        let mut disk = self.0.borrow_mut();
        if disk.call() {
            return Err(broken());
        }
        if len < disk.now.len {
            disk.now.set_len(len);
            // A page that was written and cut off may still reach the disk before the cut does.
            disk.lengths.push(len);
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let watch = self.0.borrow().watch.clone();
        if let Some(watch) = watch {
            watch(&self.0.borrow());
        }
        let mut disk = self.0.borrow_mut();
        let fails = disk.call();
        if disk.lies {
            return Ok(());
        }
        let unsynced = core::mem::take(&mut disk.unsynced);
        disk.lengths.clear();
        if fails {
            // Some of it went to the disk, and the rest is called clean and never will.
            let mut random = disk.random + disk.calls as u64;
            for (number, versions) in unsynced {
                if next(&mut random, 2) == 0 {
                    disk.durable.pages.insert(number, versions[versions.len() - 1].clone());
                }
            }
            disk.random = random;
            disk.durable.len = disk.durable.len.max(disk.now.len);
            return Err(broken());
        }
        disk.durable = disk.now.clone();
        Ok(())
    }
}
