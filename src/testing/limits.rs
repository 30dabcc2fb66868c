//! What an allocator does not claim to serve.

/// What an allocator does not claim to serve; the kit asks for nothing beyond it and reports what it
/// could not ask. Unlimited by default.
///
/// Requests that no allocator can serve are made all the same, since all must refuse them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The largest size of a block.
    pub max_size: usize,
    /// The largest alignment.
    pub max_align: usize,
    /// The most bytes that are live at once, as requested; while a block moves it counts twice.
    pub max_live_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self::UNLIMITED
    }
}

impl Limits {
    /// Nothing is left out.
    pub const UNLIMITED: Self =
        Self { max_size: usize::MAX, max_align: usize::MAX, max_live_bytes: usize::MAX };

    /// No block is larger than `bytes`.
    #[must_use]
    pub const fn max_size(mut self, bytes: usize) -> Self {
        self.max_size = bytes;
        self
    }

    /// No alignment is larger than `align`.
    #[must_use]
    pub const fn max_align(mut self, align: usize) -> Self {
        self.max_align = align;
        self
    }

    /// No more than `bytes` are live at once.
    #[must_use]
    pub const fn max_live_bytes(mut self, bytes: usize) -> Self {
        self.max_live_bytes = bytes;
        self
    }
}
