//! Waiting a little longer each time.
//!
//! A loop that failed to change a shared word should leave the word alone for a moment, longer at
//! each failure, and give the processor away once spinning has clearly not helped.

use super::hint;

/// How many doublings are spun before the processor is given away.
const SPIN_STEPS: u32 = 6;

/// How many doublings there are in all.
const STEPS: u32 = 10;

/// The state of one waiting loop: how often it has waited.
///
/// ```
/// let mut backoff = larder::sync::Backoff::new();
/// while !backoff.is_exhausted() {
///     backoff.wait(); // until something changes
/// }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Backoff {
    step: u32,
}

impl Backoff {
    /// A loop that has not waited yet.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { step: 0 }
    }

    /// Waits, twice as long as last time, up to a bound.
    #[inline]
    pub fn wait(&mut self) {
        if self.step <= SPIN_STEPS {
            for _ in 0..1_u32 << self.step {
                hint::spin_loop();
            }
        } else {
            Self::give_way();
        }
        if self.step <= STEPS {
            self.step += 1;
        }
    }

    /// Whether waiting like this has stopped to make sense: time to block, or to do something else.
    #[inline]
    #[must_use]
    pub const fn is_exhausted(&self) -> bool {
        self.step > STEPS
    }

    #[cold]
    fn give_way() {
        #[cfg(any(loom, feature = "std"))]
        super::thread::yield_now();
        #[cfg(not(any(loom, feature = "std")))]
        for _ in 0..1_u32 << SPIN_STEPS {
            hint::spin_loop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;

    #[test]
    fn it_ends() {
        let mut backoff = Backoff::new();
        let mut waits = 0;
        while !backoff.is_exhausted() {
            backoff.wait();
            waits += 1;
        }
        assert_eq!(waits, 11);
        backoff.wait();
        assert!(backoff.is_exhausted());
    }
}
