//! What happens when a queue is full.

use super::{Place, Ring};
use crate::panics;

/// The end at which an element comes.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
#[expect(unnameable_types, reason = "an argument of methods that only this crate calls")]
pub enum End {
    /// Behind the last.
    Back,
    /// Before the first.
    Front,
}

/// What a queue does when it is full: [`Overwrite`], [`Refuse`] or [`Grow`].
pub trait Full: Sealed + Sized {
    /// What a push returns.
    type Pushed<T>;

    /// Whether the capacity is no promise.
    #[doc(hidden)]
    const GROWS: bool = false;

    /// What it returns when there was room.
    #[doc(hidden)]
    fn stored<T>() -> Self::Pushed<T>;

    /// What it does when there was none: makes room for the value, or has the last word.
    #[doc(hidden)]
    fn full<T, A: Place>(
        ring: &mut Ring<T, Self, A>,
        value: T,
        end: End,
    ) -> Result<(T, Self::Pushed<T>), Self::Pushed<T>>;
}

/// Keeps other crates from adding policies.
#[expect(unnameable_types, reason = "nobody else may implement `Full`")]
pub trait Sealed {}

/// Those of the policies under which a push never gives the value back, so that `extend` loses
/// nothing that it should have kept.
pub trait TakesAll: Full {
    /// Prepares for so many elements at the back.
    #[doc(hidden)]
    fn expect<T, A: Place>(ring: &mut Ring<T, Self, A>, count: usize);
}

/// A push evicts the element at the other end, and returns it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overwrite;

/// A push returns the value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refuse;

/// A push makes room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grow;

impl Sealed for Overwrite {}
impl Sealed for Refuse {}
impl Sealed for Grow {}

impl TakesAll for Overwrite {
    #[inline]
    fn expect<T, A: Place>(_: &mut Ring<T, Self, A>, _: usize) {}
}

impl TakesAll for Grow {
    #[inline]
    #[track_caller]
    fn expect<T, A: Place>(ring: &mut Ring<T, Self, A>, count: usize) {
        panics::granted(ring.make_estimated_room(count));
    }
}

impl Full for Overwrite {
    type Pushed<T> = Option<T>;

    #[inline]
    fn stored<T>() -> Option<T> {
        None
    }

    #[inline]
    fn full<T, A: Place>(
        ring: &mut Ring<T, Self, A>,
        value: T,
        end: End,
    ) -> Result<(T, Option<T>), Option<T>> {
        let evicted = match end {
            End::Back => ring.pop_front(),
            End::Front => ring.pop_back(),
        };
        match evicted {
            // Without room there is nothing to evict, and the value itself falls out.
            None => Err(Some(value)),
            evicted => Ok((value, evicted)),
        }
    }
}

impl Full for Refuse {
    type Pushed<T> = Result<(), T>;

    #[inline]
    fn stored<T>() -> Result<(), T> {
        Ok(())
    }

    #[inline]
    fn full<T, A: Place>(
        _: &mut Ring<T, Self, A>,
        value: T,
        _: End,
    ) -> Result<(T, Result<(), T>), Result<(), T>> {
        Err(Err(value))
    }
}

impl Full for Grow {
    type Pushed<T> = ();

    const GROWS: bool = true;

    #[inline]
    fn stored<T>() {}

    #[inline]
    #[track_caller]
    fn full<T, A: Place>(ring: &mut Ring<T, Self, A>, value: T, _: End) -> Result<(T, ()), ()> {
        ring.grow_by_one();
        Ok((value, ()))
    }
}
