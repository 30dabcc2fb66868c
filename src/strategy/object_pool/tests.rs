//! Objects are made once, reset each time, dropped once, and counted right, whatever panics.

use core::{
    cell::{Cell, RefCell},
    panic::AssertUnwindSafe,
};
use std::{panic::catch_unwind, rc::Rc, string::String, vec::Vec};

use super::{Fate, ObjectPool, Recipe};
use crate::alloc::{Cause, Global, Null, Report};

/// Counts what is made, reset and dropped, and panics when told to.
#[derive(Default)]
struct Workshop {
    made: Cell<usize>,
    resets: Cell<usize>,
    dropped: RefCell<Vec<usize>>,
    panic_in_reset: Cell<bool>,
    panic_in_drop: Cell<bool>,
    keep: Cell<bool>,
}

impl Workshop {
    fn new() -> Self {
        Self { keep: Cell::new(true), ..Self::default() }
    }
}

struct Tool<'w> {
    number: usize,
    shop: &'w Workshop,
}

impl Drop for Tool<'_> {
    fn drop(&mut self) {
        self.shop.dropped.borrow_mut().push(self.number);
        assert!(!self.shop.panic_in_drop.replace(false), "told to panic in drop");
    }
}

impl<'w> Recipe<Tool<'w>> for &'w Workshop {
    fn make(&self) -> Tool<'w> {
        self.made.set(self.made.get() + 1);
        Tool { number: self.made.get(), shop: self }
    }

    fn reset(&self, _: &mut Tool<'w>) -> Fate {
        self.resets.set(self.resets.get() + 1);
        assert!(!self.panic_in_reset.replace(false), "told to panic in reset");
        if self.keep.get() { Fate::Keep } else { Fate::Drop }
    }
}

#[test]
fn an_object_is_made_once_and_reset_each_time() {
    let shop = Workshop::new();
    let pool = ObjectPool::with_recipe_in(&shop, Global);
    for _ in 0..10 {
        assert_eq!(pool.acquire().number, 1);
    }
    assert_eq!((shop.made.get(), shop.resets.get(), shop.dropped.borrow().len()), (1, 10, 0));
    assert_eq!((pool.usage().hits(), pool.usage().hit_permille()), (9, Some(900)));
    drop(pool);
    assert_eq!(*shop.dropped.borrow(), [1]);
}

#[test]
fn a_model_of_lists_agrees_at_every_step() {
    let shop = Workshop::new();
    let pool = ObjectPool::with_recipe_in(&shop, Global).with_max_idle(7).with_max_objects(20);
    let (mut out, mut idle) = (Vec::new(), Vec::<usize>::new());
    let mut state = 5_u32;
    for _ in 0..20_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (what, which) = ((state >> 16) % 20, (state >> 8) as usize);
        match what {
            0..=8 => match pool.try_acquire() {
                Ok(tool) => {
                    assert_eq!(tool.number, idle.pop().unwrap_or(shop.made.get()));
                    out.push(tool);
                }
                Err(refusal) => {
                    assert_eq!(refusal.cause, Cause::Blocks { live: 20, limit: 20 });
                    assert!(idle.is_empty() && out.len() == 20);
                }
            },
            9..=16 if !out.is_empty() => {
                let tool = out.swap_remove(which % out.len());
                if idle.len() < 7 {
                    idle.push(tool.number);
                }
                drop(tool);
            }
            17 if !out.is_empty() => {
                let tool = out.swap_remove(which % out.len());
                let number = tool.number;
                assert_eq!(tool.into_inner().number, number);
            }
            18 => {
                pool.trim(which % 8);
                let excess = idle.len().saturating_sub(which % 8);
                idle.drain(..excess);
            }
            19 => {
                let before = shop.made.get();
                pool.try_prefill(which % 9).unwrap();
                idle.extend(before + 1..=shop.made.get());
            }
            _ => {}
        }
        assert_eq!((pool.idle(), pool.in_use()), (idle.len(), out.len()));
        let alive = shop.made.get() - shop.dropped.borrow().len();
        assert_eq!(alive, idle.len() + out.len());
    }
    drop(out);
    drop(pool);
    let mut dropped = shop.dropped.borrow().clone();
    dropped.sort_unstable();
    assert!(dropped.into_iter().eq(1..=shop.made.get()), "one was dropped twice or never");
}

#[test]
fn an_object_whose_reset_panics_is_dropped_and_the_pool_goes_on() {
    let shop = Workshop::new();
    let pool = ObjectPool::with_recipe_in(&shop, Global);
    shop.panic_in_reset.set(true);
    let result = catch_unwind(AssertUnwindSafe(|| drop(pool.acquire())));
    assert!(result.is_err());
    assert_eq!((pool.idle(), pool.in_use(), shop.dropped.borrow().len()), (0, 0, 1));
    assert_eq!(pool.acquire().number, 2);
}

#[test]
fn an_object_whose_drop_panics_leaves_its_block_and_the_others() {
    let shop = Workshop::new();
    let pool = ObjectPool::with_recipe_in(&shop, Global);
    pool.try_prefill(5).unwrap();
    shop.panic_in_drop.set(true);
    assert!(catch_unwind(AssertUnwindSafe(|| pool.trim(4))).is_err());
    assert_eq!((pool.idle(), pool.in_use()), (4, 0));
    shop.panic_in_drop.set(true);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(pool))).is_err());
    assert_eq!(shop.dropped.borrow().len(), 5);
}

#[test]
fn a_maker_that_panics_leaves_the_pool_as_it_was() {
    let broken = Cell::new(true);
    let make = || {
        assert!(!broken.get(), "told to panic");
        String::from("whole")
    };
    let pool = ObjectPool::new(make, String::clear);
    assert!(catch_unwind(AssertUnwindSafe(|| pool.acquire())).is_err());
    assert_eq!((pool.idle(), pool.in_use(), pool.usage().acquired), (0, 0, 0));
    broken.set(false);
    assert_eq!(*pool.acquire(), "whole");
}

#[test]
fn the_recipe_decides_what_is_kept() {
    let shop = Workshop::new();
    let pool = ObjectPool::with_recipe_in(&shop, Global);
    shop.keep.set(false);
    drop(pool.acquire());
    assert_eq!((pool.idle(), shop.dropped.borrow().len()), (0, 1));
    pool.try_put(Tool { number: 77, shop: &shop }).unwrap();
    assert_eq!(pool.acquire().number, 77);
}

#[test]
fn refusals_give_the_object_back() {
    let pool = ObjectPool::with_recipe_in((String::new, String::clear), Null);
    let refused = pool.try_put(String::from("mine")).unwrap_err();
    assert!(matches!(refused.refusal().cause, Cause::Upstream { .. }));
    assert_eq!(refused.into_value(), "mine");
    assert!(pool.try_acquire().is_err() && pool.try_prefill(1).is_err());
    let none = ObjectPool::new(String::new, String::clear).with_max_objects(0);
    assert!(none.try_put(String::new()).is_err() && none.try_prefill(3).is_ok());
}

#[test]
fn owned_handles_outlive_the_last_other_handle_of_the_pool() {
    let shop = Workshop::new();
    let pool = Rc::new(ObjectPool::with_recipe_in(&shop, Global));
    let first = pool.acquire_owned();
    let second = pool.acquire_owned();
    drop(pool);
    drop(first);
    assert!(shop.dropped.borrow().is_empty());
    assert_eq!(second.into_inner().number, 2);
    assert_eq!(shop.dropped.borrow().len(), 2);
}

#[test]
fn objects_of_no_bytes_and_of_wide_alignment_are_objects() {
    let units = ObjectPool::new(|| (), |()| ());
    let both = (units.acquire(), units.acquire());
    assert_eq!(units.in_use(), 2);
    drop(both);
    assert_eq!(units.idle(), 2);

    #[repr(align(256))]
    struct Wide(u8);
    let wide = ObjectPool::new(|| Wide(3), |_| ());
    let many: Vec<_> = (0..20).map(|_| wide.acquire()).collect();
    assert!(many.iter().all(|one| (&raw const **one).addr() % 256 == 0 && one.0 == 3));
}

#[test]
fn trimming_gives_the_memory_back() {
    let pool = ObjectPool::new(|| [0_u8; 1000], |_| ());
    pool.try_prefill(100).unwrap();
    let reserved = pool.report().reserved_bytes;
    pool.trim(0);
    assert!(pool.report().reserved_bytes < reserved / 10);
}

#[test]
fn a_shared_object_comes_back_with_its_last_handle() {
    let shop = Workshop::new();
    let pool = Rc::new(ObjectPool::with_recipe_in(&shop, Global));
    let mut first = pool.acquire_owned().share();
    assert!(first.get_mut().is_some_and(|tool| tool.number == 1));
    let second = first.clone();
    assert!(first.get_mut().is_none());
    assert_eq!((first.count(), Rc::strong_count(&pool)), (2, 3));
    let Err(first) = first.try_unshare() else { panic!("it was shared") };
    drop(second);
    assert_eq!((pool.idle(), shop.resets.get()), (0, 0));
    let Ok(mut alone) = first.try_unshare() else { panic!("it was not shared") };
    alone.number = 9;
    let again = alone.share();
    drop(pool);
    assert_eq!((again.number, shop.dropped.borrow().len()), (9, 0));
    drop(again);
    assert_eq!((shop.resets.get(), &shop.dropped.borrow()[..]), (1, &[9][..]));
}

#[test]
fn what_the_caller_has_goes_into_new_and_renewed_objects() {
    let pool = ObjectPool::new(String::new, String::clear);
    let get = |text: &'static str| {
        pool.acquire_with(|| String::from(text), move |old| old.push_str(text))
    };
    let (a, b) = (get("a"), get("b"));
    assert_eq!((&**a, &**b), ("a", "b"));
    drop(a);
    assert_eq!(*get("c"), "c");
    assert_eq!((pool.usage().acquired, pool.usage().missed), (3, 2));
    let result = catch_unwind(AssertUnwindSafe(|| {
        pool.acquire_with(String::new, |_| panic!("told to panic"))
    }));
    assert!(result.is_err() && pool.idle() == 1 && pool.in_use() == 1);
    let full = ObjectPool::new(String::new, String::clear).with_max_objects(1);
    let only = full.acquire();
    let refusal = full.try_acquire_with(|| unreachable!(), |_| ()).unwrap_err();
    assert_eq!(refusal.cause, Cause::Blocks { live: 1, limit: 1 });
    drop(only);
}
