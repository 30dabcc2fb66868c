#![expect(unsafe_code, reason = "keeps constructed objects in blocks")]
//! The pool of objects: constructed once, used many times.
//!
//! ```text
//!   acquire ----> idle objects ----> handle ----drop----> reset ----> idle objects
//!      | none: make one, in a block of `blocks`              | enough are idle: drop it
//! ```
//!
//! **Algorithm.** Objects live in `Blocks`, so they never move. The addresses of the idle ones are
//! on a stack of their own. To acquire one is to take its address off, to let go is to reset the
//! object and put the address back: the object itself is not copied. The stack has room for every
//! object there is, so letting go never allocates.
//!
//! Invariants:
//!
//! 1. Each address in `idle` is a block of `blocks`, handed out by it, that holds an initialised `T`
//!    nobody uses.
//! 2. Each [`Pooled`] has such a block for itself, that is not in `idle`; so have all [`Shared`] of one
//!    object together, and `shares` in that block is their number.
//! 3. `idle` has room for as many addresses as it may keep, or as there are objects.
//!
//! What it does not promise: a handle that is forgotten is never dropped, nor is its object; its
//! memory ends with the pool. The pool is not shared between threads.

mod pooled;
mod recipe;
mod shared;

#[cfg(test)]
mod tests;

use core::{cell::Cell, fmt, marker::PhantomData, ptr::NonNull};

use liballoc::rc::Rc;
pub use pooled::{Handle, Pooled};
pub use recipe::{Fate, Recipe};
pub use shared::Shared;

use crate::{
    alloc::{Allocator, Cause, Global, Layout, Refusal, Refused, Report, Stats},
    bits::growth,
    panics,
    strategy::{
        bank::Bank,
        blocks::{Blocks, Cut},
        slots::Slots,
    },
};

/// Objects that are expensive to make, kept for the next use instead of dropped.
///
/// `R` says how an object is made and what is done with it when it comes back; two closures will do.
/// Objects are handed out as [`Pooled`], a smart pointer which gives the object back when dropped, and
/// which can be made a [`Shared`] one. Nothing is allocated before the first use. An object costs 16
/// bytes besides its own.
///
/// ```
/// use larder::ObjectPool;
///
/// let buffers = ObjectPool::new(Vec::new, Vec::clear);
/// let mut buffer = buffers.acquire();
/// buffer.extend(0..1000_u32);
/// let capacity = buffer.capacity();
/// drop(buffer);
///
/// let buffer = buffers.acquire(); // the same one: empty, but with its capacity
/// assert!(buffer.is_empty());
/// assert_eq!(buffer.capacity(), capacity);
/// assert_eq!(buffers.usage().hits(), 1);
/// ```
///
/// A pool of objects that live long does not pass for one of objects that live shorter, which would
/// let those in:
///
/// ```compile_fail
/// use larder::{ObjectPool, strategy::object_pool::Recipe};
/// fn shorter<'p, 'a, R>(pool: &'p ObjectPool<&'static str, R>) -> &'p ObjectPool<&'a str, R>
/// where
///     R: Recipe<&'static str> + Recipe<&'a str>,
/// {
///     pool
/// }
/// ```
pub struct ObjectPool<T, R: Recipe<T> = (fn() -> T, fn(&mut T)), A: Allocator = Global> {
    idle: Slots,
    acquired: Cell<usize>,
    recipe: R,
    blocks: Blocks,
    made: Cell<usize>,
    max_idle: usize,
    max_objects: usize,
    bank: Bank<A>,
    /// Not covariant: through a shared pool objects go in as well as out.
    objects: PhantomData<Cell<T>>,
}

/// What a block holds. The object comes first, so that its address is the block's.
#[repr(C)]
struct Place<T> {
    object: T,
    /// How many handles share it, while it is shared.
    shares: Cell<usize>,
}

/// How often objects were asked for, and how often one had to be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Objects that were acquired.
    pub acquired: usize,
    /// Those among them that had to be made first.
    pub missed: usize,
}

impl Usage {
    /// Objects that were there when they were asked for.
    #[must_use]
    pub const fn hits(self) -> usize {
        self.acquired - self.missed
    }

    /// The share of hits, in thousandths; `None` before the first object was asked for.
    #[must_use]
    pub const fn hit_permille(self) -> Option<usize> {
        match self.acquired {
            0 => None,
            acquired => Some((self.hits() as u128 * 1000 / acquired as u128) as usize),
        }
    }
}

impl<T, M: Fn() -> T, C: Fn(&mut T)> ObjectPool<T, (M, C)> {
    /// An empty pool on the global heap, whose objects are made by `make`, and reset by `reset` when
    /// they come back.
    pub const fn new(make: M, reset: C) -> Self {
        Self::with_recipe_in((make, reset), Global)
    }
}

impl<T, R: Recipe<T>, A: Allocator> ObjectPool<T, R, A> {
    const CUT: Cut = Cut::of(super::pool::whole(Layout::new::<Place<T>>()));

    /// An empty pool whose memory comes from `upstream`. What the objects own does not.
    pub const fn with_recipe_in(recipe: R, upstream: A) -> Self {
        Self {
            idle: Slots::new(),
            acquired: Cell::new(0),
            recipe,
            blocks: Blocks::new(),
            made: Cell::new(0),
            max_idle: usize::MAX,
            max_objects: usize::MAX,
            bank: Bank::new(growth::next_chunk(0), upstream),
            objects: PhantomData,
        }
    }

    /// The same pool, which keeps at most `objects` idle ones; those that come back beyond are dropped.
    ///
    /// ```
    /// use larder::ObjectPool;
    /// let pool = ObjectPool::new(String::new, String::clear).with_max_idle(1);
    /// drop((pool.acquire(), pool.acquire()));
    /// assert_eq!(pool.idle(), 1);
    /// ```
    #[must_use]
    pub fn with_max_idle(mut self, objects: usize) -> Self {
        self.max_idle = objects;
        self.trim(objects);
        self.idle.stop_at(objects);
        self
    }

    /// The same pool, which never makes an object while there are `objects` of them, idle or in use.
    ///
    /// ```
    /// use larder::ObjectPool;
    /// let pool = ObjectPool::new(String::new, String::clear).with_max_objects(1);
    /// let only = pool.try_acquire().unwrap();
    /// assert!(pool.try_acquire().is_err());
    /// drop(only);
    /// assert!(pool.try_acquire().is_ok());
    /// ```
    #[must_use]
    pub fn with_max_objects(mut self, objects: usize) -> Self {
        self.max_objects = objects;
        self
    }

    /// An object, idle or new, lent by the pool.
    ///
    /// # Panics
    ///
    /// When the upstream refuses memory for a new object, or there are as many as there may be; and
    /// when the recipe panics.
    #[inline]
    #[track_caller]
    pub fn acquire(&self) -> Pooled<T, &Self> {
        match self.try_acquire() {
            Ok(object) => object,
            Err(refusal) => panics::refused(&refusal),
        }
    }

    /// [`acquire`](Self::acquire), or the reason why not.
    ///
    /// # Errors
    ///
    /// When the upstream refuses memory for a new object, or there are as many as there may be.
    #[inline]
    pub fn try_acquire(&self) -> Result<Pooled<T, &Self>, Refusal> {
        let object = self.take()?;
        // SAFETY: the object was taken out of this pool, and is the handle's alone.
        Ok(unsafe { Pooled::new(object, self) })
    }

    /// An object, an idle one made ready by `renew` or a new one from `make`, which both may use what
    /// only the caller has. The recipe resets it when it comes back.
    ///
    /// ```
    /// use larder::ObjectPool;
    /// let pool = ObjectPool::new(String::new, String::clear);
    /// for size in [10, 500] {
    ///     let text = pool.acquire_with(
    ///         || String::with_capacity(size),
    ///         |text| text.reserve(size),
    ///     );
    ///     assert!(text.capacity() >= size);
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire), and when a closure panics.
    #[inline]
    #[track_caller]
    pub fn acquire_with(
        &self,
        make: impl FnOnce() -> T,
        renew: impl FnOnce(&mut T),
    ) -> Pooled<T, &Self> {
        match self.try_acquire_with(make, renew) {
            Ok(object) => object,
            Err(refusal) => panics::refused(&refusal),
        }
    }

    /// [`acquire_with`](Self::acquire_with), or the reason why not.
    ///
    /// # Errors
    ///
    /// When the upstream refuses memory for a new object, or there are as many as there may be.
    #[inline]
    pub fn try_acquire_with(
        &self,
        make: impl FnOnce() -> T,
        renew: impl FnOnce(&mut T),
    ) -> Result<Pooled<T, &Self>, Refusal> {
        let Some(object) = self.take_idle() else {
            let object = self.take_new(make)?;
            // SAFETY: the object was taken out of this pool, and is the handle's alone.
            return Ok(unsafe { Pooled::new(object, self) });
        };
        // SAFETY: as above.
        let mut object = unsafe { Pooled::new(object, self) };
        renew(&mut object);
        Ok(object)
    }

    /// An object, idle or new, whose handle keeps the pool alive.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use larder::ObjectPool;
    /// let pool = Rc::new(ObjectPool::new(String::new, String::clear));
    /// let mut name = pool.acquire_owned();
    /// drop(pool);
    /// name.push_str("still here");
    /// assert_eq!(*name, "still here");
    /// ```
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    #[inline]
    #[track_caller]
    pub fn acquire_owned(self: &Rc<Self>) -> Pooled<T, Rc<Self>> {
        match self.try_acquire_owned() {
            Ok(object) => object,
            Err(refusal) => panics::refused(&refusal),
        }
    }

    /// [`acquire_owned`](Self::acquire_owned), or the reason why not.
    ///
    /// # Errors
    ///
    /// When the upstream refuses memory for a new object, or there are as many as there may be.
    #[inline]
    pub fn try_acquire_owned(self: &Rc<Self>) -> Result<Pooled<T, Rc<Self>>, Refusal> {
        let object = self.take()?;
        // SAFETY: the object was taken out of this pool, and is the handle's alone.
        Ok(unsafe { Pooled::new(object, Rc::clone(self)) })
    }

    /// Makes objects until `count` are idle, or as many as may be.
    ///
    /// # Errors
    ///
    /// When the upstream refuses memory; those that were made stay.
    ///
    /// ```
    /// use larder::ObjectPool;
    /// let pool = ObjectPool::new(|| vec![0_u8; 4096], |_| ());
    /// pool.try_prefill(10).unwrap();
    /// assert_eq!((pool.idle(), pool.in_use()), (10, 0));
    /// ```
    pub fn try_prefill(&self, count: usize) -> Result<(), Refusal> {
        while self.idle.len() < count.min(self.max_idle) && self.objects() < self.max_objects {
            let object = self.place(self.recipe.make()).map_err(|refused| *refused.refusal())?;
            if !self.idle.push(object.addr()) {
                self.discard(object);
            }
        }
        Ok(())
    }

    /// Puts an object from elsewhere among the idle ones.
    ///
    /// # Errors
    ///
    /// With the object, when the upstream refuses memory, or there are as many objects as there may
    /// be.
    pub fn try_put(&self, object: T) -> Result<(), Refused<T>> {
        let object = self.place(object)?;
        if !self.idle.push(object.addr()) {
            self.discard(object);
        }
        Ok(())
    }

    /// Drops idle objects until at most `keep` are left, those that were used last stay; and gives
    /// memory without objects back to the upstream.
    pub fn trim(&self, keep: usize) {
        while self.idle.len() > keep {
            let mut oldest = None;
            self.idle.rearrange(|idle| {
                // Rotating once brings all that must go to the top.
                let excess = idle.len() - keep;
                idle.rotate_left(excess);
                oldest = Some(excess);
                idle.len()
            });
            for _ in 0..oldest.unwrap_or(0) {
                let Some(address) = self.idle.pop() else { break };
                self.discard(NonNull::with_exposed_provenance(address));
            }
        }
        self.bank.free_spare();
        self.blocks.release(&self.bank, Self::CUT);
    }

    /// Objects that wait to be used.
    pub fn idle(&self) -> usize {
        self.idle.len()
    }

    /// Objects that are in use.
    pub fn in_use(&self) -> usize {
        self.objects() - self.idle.len()
    }

    /// How often objects were asked for and were there.
    pub fn usage(&self) -> Usage {
        Usage { acquired: self.acquired.get(), missed: self.made.get() }
    }

    /// How objects are made and reset.
    pub const fn recipe(&self) -> &R {
        &self.recipe
    }

    /// The allocator that memory comes from.
    pub const fn upstream(&self) -> &A {
        &self.bank.alloc
    }

    /// Objects, idle or in use.
    fn objects(&self) -> usize {
        self.blocks.live(Self::CUT)
    }

    /// An object that is not idle any more.
    #[inline]
    fn take(&self) -> Result<NonNull<T>, Refusal> {
        match self.take_idle() {
            Some(object) => Ok(object),
            None => self.take_new(|| self.recipe.make()),
        }
    }

    #[inline]
    fn take_idle(&self) -> Option<NonNull<T>> {
        let address = self.idle.pop()?;
        self.acquired.set(self.acquired.get().wrapping_add(1));
        // The provenance of blocks is exposed.
        Some(NonNull::with_exposed_provenance(address))
    }

    #[cold]
    #[inline(never)]
    fn take_new(&self, make: impl FnOnce() -> T) -> Result<NonNull<T>, Refusal> {
        self.check_maximum()?;
        let object = self.place(make()).map_err(|refused| *refused.refusal())?;
        self.made.set(self.made.get() + 1);
        self.acquired.set(self.acquired.get().wrapping_add(1));
        Ok(object)
    }

    fn check_maximum(&self) -> Result<(), Refusal> {
        let (live, limit) = (self.objects(), self.max_objects);
        if live < limit {
            return Ok(());
        }
        Err(self.bank.refuse(Layout::new::<T>(), Cause::Blocks { live, limit }))
    }

    /// Moves `object` into a block, and makes sure that there is room for its address.
    fn place(&self, object: T) -> Result<NonNull<T>, Refused<T>> {
        let block = self.check_maximum().and_then(|()| {
            self.idle.widen(&self.bank, (self.objects() + 1).min(self.max_idle))?;
            self.idle.stop_at(self.max_idle);
            match self.blocks.pop(Self::CUT) {
                Some(block) => Ok(block),
                None => {
                    self.blocks.refill(&self.bank, Self::CUT)?;
                    let block = self.blocks.pop(Self::CUT);
                    Ok(block.unwrap_or_else(|| unreachable!("blocks were found just now")))
                }
            }
        });
        match block {
            Ok(block) => {
                // SAFETY: the block is new, and cut for a `T`.
                unsafe { block.cast::<T>().write(object) };
                Ok(block.cast())
            }
            Err(refusal) => Err(Refused::new(object, refusal)),
        }
    }

    /// Takes an object back, which is reset, and idle or dropped after.
    ///
    /// # Safety
    ///
    /// The object was taken out of this pool, and nobody uses it any more.
    #[inline]
    unsafe fn put_back(&self, mut object: NonNull<T>) {
        let unwound = DiscardOnUnwind { pool: self, object };
        // SAFETY: the object is initialised, and nobody else uses it (2).
        let fate = self.recipe.reset(unsafe { object.as_mut() });
        core::mem::forget(unwound);
        if fate == Fate::Drop || !self.idle.push(object.addr()) {
            self.discard(object);
        }
    }

    /// Drops an object that is in no list, and frees its block.
    #[cold]
    #[inline(never)]
    fn discard(&self, object: NonNull<T>) {
        let freed = FreeOnDrop { pool: self, object };
        // SAFETY: the object is initialised and nobody uses it (1, 2).
        unsafe { freed.object.drop_in_place() };
    }

    /// Frees the block of an object that was moved out or dropped.
    fn free(&self, object: NonNull<T>) {
        // SAFETY: the block is of `blocks`, and nothing is in it any more.
        if !unsafe { self.blocks.push(object.cast(), Self::CUT) } {
            self.blocks.overfull(object.cast(), Self::CUT);
        }
    }
}

/// Drops an object whose reset panicked.
struct DiscardOnUnwind<'p, T, R: Recipe<T>, A: Allocator> {
    pool: &'p ObjectPool<T, R, A>,
    object: NonNull<T>,
}

impl<T, R: Recipe<T>, A: Allocator> Drop for DiscardOnUnwind<'_, T, R, A> {
    fn drop(&mut self) {
        self.pool.discard(self.object);
    }
}

/// Frees the block even if dropping its object panics.
struct FreeOnDrop<'p, T, R: Recipe<T>, A: Allocator> {
    pool: &'p ObjectPool<T, R, A>,
    object: NonNull<T>,
}

impl<T, R: Recipe<T>, A: Allocator> Drop for FreeOnDrop<'_, T, R, A> {
    fn drop(&mut self) {
        self.pool.free(self.object);
    }
}

impl<T, R: Recipe<T>, A: Allocator> Drop for ObjectPool<T, R, A> {
    fn drop(&mut self) {
        /// Goes on if dropping an object panics, and gives the memory back at last.
        struct Rest<'p, T, R: Recipe<T>, A: Allocator>(&'p ObjectPool<T, R, A>);

        impl<T, R: Recipe<T>, A: Allocator> Rest<'_, T, R, A> {
            fn drop_idle(&self) {
                while let Some(address) = self.0.idle.pop() {
                    self.0.discard(NonNull::with_exposed_provenance(address));
                }
            }
        }

        impl<T, R: Recipe<T>, A: Allocator> Drop for Rest<'_, T, R, A> {
            fn drop(&mut self) {
                self.drop_idle();
                self.0.idle.give_room_back(&self.0.bank);
                // SAFETY: all objects are dropped, or their handles were forgotten.
                unsafe { self.0.blocks.abandon(&self.0.bank) };
            }
        }

        let rest = Rest(self);
        rest.drop_idle();
    }
}

// SAFETY: objects and memory are the pool's alone, and no borrow of it is alive when it is sent.
unsafe impl<T: Send, R: Recipe<T> + Send, A: Allocator + Send> Send for ObjectPool<T, R, A> {}

/// Of the objects themselves, not of what they own.
impl<T, R: Recipe<T>, A: Allocator> Report for ObjectPool<T, R, A> {
    fn report(&self) -> Stats {
        Stats {
            live_bytes: self.in_use() * Self::CUT.stride,
            live_blocks: Some(self.in_use()),
            reserved_bytes: self.bank.reserved.get(),
            failed: Some(self.bank.failed.get()),
            ..Stats::default()
        }
    }
}

impl<T, R: Recipe<T>, A: Allocator> fmt::Debug for ObjectPool<T, R, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectPool")
            .field("idle", &self.idle())
            .field("in_use", &self.in_use())
            .field("usage", &self.usage())
            .finish_non_exhaustive()
    }
}
