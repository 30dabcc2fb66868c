#![expect(unsafe_code, reason = "implements the kernel contract")]
//! A kernel for tests: it does what the one inside does, and notes, checks and refuses on the way.
//!
//! - **Notes** each call in order, refused or not.
//! - **Checks** that pages which are taken back, protected or moved are the caller's own.
//! - **Refuses** any call, always or the n-th time, with any number.
//! - **Plays** a machine of several nodes, or files of the kernel's that say what a test wants.

use core::{cell::RefCell, ptr::NonNull};
use std::{borrow::ToOwned, collections::BTreeMap, fs::File, path::Path, string::String, vec::Vec};

use super::{
    Access, Advice, Backing, Call, Errno, Huge, Kernel, Native, NodeSet, Policy, Target, Writes,
};

#[derive(Debug, Default)]
struct State {
    calls: Vec<Call>,
    refusals: Vec<(Option<Call>, Option<usize>, Errno)>,
    /// The caller's own pages: from each start to the end.
    own: BTreeMap<usize, usize>,
    nodes: NodeSet,
    policies: Vec<(usize, usize, Policy)>,
    files: BTreeMap<String, String>,
}

/// A kernel that notes, checks and refuses.
///
/// ```
/// use larder::{alloc::{Block, Layout}, os::{Call, Errno, Fake, Pages}};
/// let kernel = Fake::new();
/// kernel.refuse_nth(Call::Map, 1, Errno::NO_MEMORY);
/// let pages = Pages::new_in(&kernel).with_cache(0);
/// let first = Block::new_in(Layout::new::<[u8; 4096]>(), &pages).unwrap();
/// assert!(Block::new_in(Layout::new::<[u8; 4096]>(), &pages).is_err());
/// drop(first);
/// assert_eq!(kernel.calls(), [Call::Map, Call::Map, Call::Unmap]);
/// assert_eq!(kernel.mapped_bytes(), 0);
/// ```
#[derive(Debug, Default)]
pub struct Fake<K = Native> {
    inner: K,
    huge_page_size: Option<usize>,
    state: RefCell<State>,
}

impl Fake {
    /// A fake over this machine's kernel that refuses nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<K: Kernel> Fake<K> {
    /// The same, saying that huge pages have this size.
    #[must_use]
    pub fn with_huge_page_size(mut self, size: usize) -> Self {
        self.huge_page_size = Some(size);
        self
    }

    /// The same on a machine with these nodes: pages are where their policy wants them.
    #[must_use]
    pub fn with_nodes(self, nodes: NodeSet) -> Self {
        self.state.borrow_mut().nodes = nodes;
        self
    }

    /// The same, and the file at `path` says `text`.
    #[must_use]
    pub fn with_file(self, path: &str, text: &str) -> Self {
        self.state.borrow_mut().files.insert(path.to_owned(), text.to_owned());
        self
    }

    /// Refuses every such call from now on.
    pub fn refuse(&self, call: Call, errno: Errno) {
        self.state.borrow_mut().refusals.push((Some(call), None, errno));
    }

    /// Refuses such a call once, the `nth` from now on, counted from 0.
    pub fn refuse_nth(&self, call: Call, nth: usize, errno: Errno) {
        self.state.borrow_mut().refusals.push((Some(call), Some(nth), errno));
    }

    /// Refuses one call, whichever it is: the `nth` from now on, counted from 0.
    pub fn refuse_any_nth(&self, nth: usize, errno: Errno) {
        self.state.borrow_mut().refusals.push((None, Some(nth), errno));
    }

    /// Refuses nothing any more.
    pub fn relent(&self) {
        self.state.borrow_mut().refusals.clear();
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.state.borrow().calls.clone()
    }

    /// How many calls of a kind there were.
    pub fn count(&self, call: Call) -> usize {
        self.state.borrow().calls.iter().filter(|c| **c == call).count()
    }

    /// How many bytes are mapped and not taken back.
    pub fn mapped_bytes(&self) -> usize {
        self.state.borrow().own.iter().map(|(start, end)| end - start).sum()
    }

    fn enter(&self, call: Call) -> Result<(), Errno> {
        let mut state = self.state.borrow_mut();
        state.calls.push(call);
        let mut answer = Ok(());
        for (which, nth, errno) in &mut state.refusals {
            if which.is_some_and(|which| which != call) {
                continue;
            }
            match nth {
                None => answer = Err(*errno),
                Some(0) => {
                    answer = Err(*errno);
                    *nth = Some(usize::MAX);
                }
                Some(left) => *left -= 1,
            }
        }
        answer
    }

    fn gain(&self, at: NonNull<u8>, len: usize) {
        let mut state = self.state.borrow_mut();
        let (mut start, mut end) = (at.addr().get(), at.addr().get() + len);
        if let Some((before, e)) = state.own.range(..start).next_back().map(|(s, e)| (*s, *e)) {
            assert!(e <= start, "pages at {start:#x} were given twice");
            if e == start {
                start = before;
            }
        }
        if let Some(after) = state.own.remove(&end) {
            end = after;
        }
        state.own.insert(start, end);
    }

    fn lose(&self, at: NonNull<u8>, len: usize) {
        self.assert_own(at, len);
        let mut state = self.state.borrow_mut();
        let (start, end) = (at.addr().get(), at.addr().get() + len);
        let (first, last) = state.own.range(..=start).next_back().map(|(s, e)| (*s, *e)).unwrap();
        state.own.remove(&first);
        if first < start {
            state.own.insert(first, start);
        }
        if end < last {
            state.own.insert(end, last);
        }
        state.policies.retain(|(s, l, _)| *s + *l <= start || *s >= end);
    }

    #[track_caller]
    fn assert_own(&self, at: NonNull<u8>, len: usize) {
        let start = at.addr().get();
        let page = self.inner.page_size();
        assert!(start.is_multiple_of(page) && len.is_multiple_of(page), "{start:#x}, {len}");
        let state = self.state.borrow();
        let own = state.own.range(..=start).next_back();
        let own = own.is_some_and(|(_, end)| start + len <= *end);
        assert!(own, "{len} bytes at {start:#x} are not the caller's own");
    }

    /// The node of the page at `address`, as its policy has it.
    fn node_of(&self, address: usize) -> i32 {
        let state = self.state.borrow();
        let covers = |p: &&(usize, usize, Policy)| p.0 <= address && address < p.0 + p.1;
        let node = match state.policies.iter().rev().find(covers) {
            None | Some((_, _, Policy::Local)) => state.nodes.iter().next(),
            Some((_, _, Policy::Bind(nodes))) => nodes.iter().next(),
            Some((_, _, Policy::Preferred(node))) => Some(*node),
            Some((start, _, Policy::Interleave(nodes))) => {
                let page = (address - start) / self.inner.page_size();
                nodes.iter().nth(page % nodes.len().max(1))
            }
        };
        node.and_then(|node| i32::try_from(node).ok()).unwrap_or(-2)
    }

    fn adopt(&self, start: usize, len: usize, policy: Policy) -> Result<(), Errno> {
        let mut state = self.state.borrow_mut();
        let known = |nodes: NodeSet| {
            !nodes.is_empty() && nodes.iter().all(|node| state.nodes.contains(node))
        };
        let good = match policy {
            Policy::Local => true,
            Policy::Bind(nodes) | Policy::Interleave(nodes) => known(nodes),
            Policy::Preferred(node) => known(NodeSet::only(node)),
        };
        if good {
            state.policies.push((start, len, policy));
        }
        good.then_some(()).ok_or(Errno::INVALID)
    }

    fn plays_nodes(&self) -> bool {
        !self.state.borrow().nodes.is_empty()
    }
}

// SAFETY: every page comes from the kernel inside, and every call that succeeds was made there, but
// for those about nodes, which change nothing that a program can see of its memory.
unsafe impl<K: Kernel> Kernel for Fake<K> {
    fn page_size(&self) -> usize {
        self.inner.page_size()
    }

    fn huge_page_size(&self) -> Option<usize> {
        self.huge_page_size.or_else(|| self.inner.huge_page_size())
    }

    fn map(&self, len: usize, access: Access, backing: Backing) -> Result<NonNull<u8>, Errno> {
        self.enter(match backing {
            Backing::Private => Call::Map,
            Backing::Huge => Call::MapHuge,
            Backing::Secret => Call::MapSecret,
        })?;
        let at = self.inner.map(len, access, backing)?;
        self.gain(at, len);
        Ok(at)
    }

    unsafe fn map_file(
        &self,
        file: &File,
        offset: u64,
        len: usize,
        writes: Writes,
        over: Option<NonNull<u8>>,
    ) -> Result<NonNull<u8>, Errno> {
        over.inspect(|at| self.assert_own(*at, len));
        self.enter(Call::MapFile)?;
        // SAFETY: the caller's promise is the callee's, word for word.
        let at = unsafe { self.inner.map_file(file, offset, len, writes, over) }?;
        if over.is_none() {
            self.gain(at, len);
        }
        Ok(at)
    }

    unsafe fn vacate(&self, at: NonNull<u8>, len: usize) -> Result<(), Errno> {
        self.assert_own(at, len);
        self.enter(Call::Vacate)?;
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { self.inner.vacate(at, len) }
    }

    unsafe fn unmap(&self, at: NonNull<u8>, len: usize) -> Result<(), Errno> {
        self.assert_own(at, len);
        self.enter(Call::Unmap)?;
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { self.inner.unmap(at, len) }?;
        self.lose(at, len);
        Ok(())
    }

    unsafe fn protect(&self, at: NonNull<u8>, len: usize, access: Access) -> Result<(), Errno> {
        self.assert_own(at, len);
        self.enter(Call::Protect)?;
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { self.inner.protect(at, len, access) }
    }

    unsafe fn remap(
        &self,
        at: NonNull<u8>,
        len: usize,
        new_len: usize,
        to: Target,
    ) -> Result<NonNull<u8>, Errno> {
        self.assert_own(at, len);
        self.enter(Call::Remap)?;
        // SAFETY: the caller's promise is the callee's, word for word.
        let new = unsafe { self.inner.remap(at, len, new_len, to) }?;
        self.lose(at, len);
        self.gain(new, new_len);
        Ok(new)
    }

    unsafe fn advise(&self, at: NonNull<u8>, len: usize, advice: Advice) -> Result<(), Errno> {
        self.enter(advice.call())?;
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { self.inner.advise(at, len, advice) }
    }

    fn lock(&self, at: NonNull<u8>, len: usize) -> Result<(), Errno> {
        self.enter(Call::Lock)?;
        self.inner.lock(at, len)
    }

    fn unlock(&self, at: NonNull<u8>, len: usize) -> Result<(), Errno> {
        self.enter(Call::Unlock)?;
        self.inner.unlock(at, len)
    }

    fn flush(&self, at: NonNull<u8>, len: usize, wait: bool) -> Result<(), Errno> {
        self.enter(Call::Flush)?;
        self.inner.flush(at, len, wait)
    }

    fn lock_limit(&self) -> Option<usize> {
        self.inner.lock_limit()
    }

    fn resident(&self, at: NonNull<u8>, len: usize) -> Result<usize, Errno> {
        self.enter(Call::Census)?;
        self.inner.resident(at, len)
    }

    fn huge(&self, at: NonNull<u8>, len: usize) -> Result<Huge, Errno> {
        self.enter(Call::Census)?;
        self.inner.huge(at, len)
    }

    fn bind(
        &self,
        at: NonNull<u8>,
        len: usize,
        policy: Policy,
        migrate: bool,
    ) -> Result<(), Errno> {
        self.enter(Call::Bind)?;
        if self.plays_nodes() {
            return self.adopt(at.addr().get(), len, policy);
        }
        self.inner.bind(at, len, policy, migrate)
    }

    fn locate(&self, at: NonNull<u8>, nodes: &mut [i32]) -> Result<(), Errno> {
        self.enter(Call::Locate)?;
        if !self.plays_nodes() {
            return self.inner.locate(at, nodes);
        }
        let page = self.inner.page_size();
        for (index, node) in nodes.iter_mut().enumerate() {
            *node = self.node_of(at.addr().get() + index * page);
        }
        Ok(())
    }

    fn migrate(&self, at: NonNull<u8>, node: u32, nodes: &mut [i32]) -> Result<(), Errno> {
        self.enter(Call::Migrate)?;
        if !self.plays_nodes() {
            return self.inner.migrate(at, node, nodes);
        }
        let len = nodes.len() * self.inner.page_size();
        self.adopt(at.addr().get(), len, Policy::Preferred(node))?;
        nodes.fill(i32::try_from(node).unwrap_or(-2));
        Ok(())
    }

    fn read(&self, path: &str) -> Result<String, Errno> {
        self.enter(Call::Read)?;
        if let Some(text) = self.state.borrow().files.get(path) {
            return Ok(text.clone());
        }
        self.inner.read(path)
    }

    fn allocate(&self, file: &File, from: u64, len: u64) -> Result<(), Errno> {
        self.enter(Call::Allocate)?;
        self.inner.allocate(file, from, len)
    }

    fn file_limit(&self) -> Option<u64> {
        self.inner.file_limit()
    }

    fn rename_to_free(&self, from: &Path, to: &Path) -> Result<(), Errno> {
        self.enter(Call::Rename)?;
        self.inner.rename_to_free(from, to)
    }

    fn memory_file(&self) -> Result<File, Errno> {
        self.enter(Call::MemoryFile)?;
        self.inner.memory_file()
    }

    fn seal(&self, file: &File) -> Result<(), Errno> {
        self.enter(Call::Seal)?;
        self.inner.seal(file)
    }

    fn sealed(&self, file: &File) -> Result<bool, Errno> {
        self.enter(Call::Seal)?;
        self.inner.sealed(file)
    }

    fn claim(&self, file: &File, place: u32) -> Result<File, Errno> {
        self.enter(Call::Claim)?;
        self.inner.claim(file, place)
    }
}
