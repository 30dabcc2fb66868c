//! What two sets have together, and what not: two sorted slices side by side.
//!
//! Where one set is much smaller than the other, the larger is galloped through: the cost of a step
//! is the logarithm of how far it goes.

use core::{cmp::Ordering, fmt, iter::FusedIterator, slice};

/// What is left of two sorted slices.
struct Sides<'a, K> {
    left: &'a [K],
    right: &'a [K],
}

impl<K> Clone for Sides<'_, K> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

/// Leaves what is less than `key` out of the front of `keys`.
fn skip_less<'a, K: Ord>(keys: &'a [K], key: &K) -> &'a [K] {
    let (mut from, mut step) = (0, 1);
    while keys.get(from + step - 1).is_some_and(|probe| probe < key) {
        from += step;
        step *= 2;
    }
    let near = &keys[from..keys.len().min(from + step - 1)];
    &keys[from + near.partition_point(|probe| probe < key)..]
}

/// Takes the first of a slice.
const fn pop<'a, K>(keys: &mut &'a [K]) -> Option<&'a K> {
    match *keys {
        [first, rest @ ..] => {
            *keys = rest;
            Some(first)
        }
        [] => None,
    }
}

impl<'a, K: Ord> Sides<'a, K> {
    /// The right one without what is outside of the left one, so far as their ends tell.
    fn near(left: &'a [K], right: &'a [K]) -> Self {
        let ([first, ..], [.., last], [low, ..], [.., high]) = (left, left, right, right) else {
            return Self { left, right: &[] };
        };
        let right = match (high.cmp(first), low.cmp(last)) {
            (Ordering::Less, _) | (_, Ordering::Greater) => &[],
            (Ordering::Equal, _) => slice::from_ref(high),
            (_, Ordering::Equal) => slice::from_ref(low),
            _ => right,
        };
        Self { left, right }
    }

    /// The position on the left of the only element on the right, if it is at an end.
    fn end(&self) -> Option<usize> {
        let ([first, ..], [.., last], [only]) = (self.left, self.left, self.right) else {
            return None;
        };
        if only.cmp(first) == Ordering::Equal {
            Some(0)
        } else {
            (only.cmp(last) == Ordering::Equal).then_some(self.left.len() - 1)
        }
    }

    /// The next in order of either side, and which side has it: less if the left one, equal if both.
    fn next(&mut self) -> Option<(&'a K, Ordering)> {
        let which = match (self.left.first(), self.right.first()) {
            (Some(left), Some(right)) => left.cmp(right),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        let left = if which.is_le() { pop(&mut self.left) } else { None };
        let right = if which.is_ge() { pop(&mut self.right) } else { None };
        left.or(right).map(|key| (key, which))
    }
}

/// Elements of one set that another has not.
pub struct Difference<'a, K>(Sides<'a, K>);

/// Elements of either of two sets that the other has not.
pub struct SymmetricDifference<'a, K>(Sides<'a, K>);

/// Elements of both sets.
pub struct Intersection<'a, K>(Sides<'a, K>);

/// Elements of either set.
pub struct Union<'a, K>(Sides<'a, K>);

impl<'a, K: Ord> Iterator for Difference<'a, K> {
    type Item = &'a K;

    fn next(&mut self) -> Option<&'a K> {
        loop {
            let key = pop(&mut self.0.left)?;
            self.0.right = skip_less(self.0.right, key);
            if self.0.right.first().is_none_or(|next| next.cmp(key) != Ordering::Equal) {
                return Some(key);
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let Sides { left, right } = &self.0;
        (left.len().saturating_sub(right.len()), Some(left.len()))
    }
}

impl<'a, K: Ord> Iterator for SymmetricDifference<'a, K> {
    type Item = &'a K;

    fn next(&mut self) -> Option<&'a K> {
        loop {
            if let (key, Ordering::Less | Ordering::Greater) = self.0.next()? {
                return Some(key);
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let Sides { left, right } = &self.0;
        (left.len().abs_diff(right.len()), left.len().checked_add(right.len()))
    }
}

impl<'a, K: Ord> Iterator for Intersection<'a, K> {
    type Item = &'a K;

    fn next(&mut self) -> Option<&'a K> {
        let Sides { left, right } = &mut self.0;
        loop {
            let key = pop(left)?;
            *right = skip_less(right, key);
            let next = right.first()?;
            if key.cmp(next) == Ordering::Equal {
                pop(right);
                return Some(key);
            }
            *left = skip_less(left, next);
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let Sides { left, right } = &self.0;
        let sure = matches!((left, right), ([a], [b]) if a.cmp(b) == Ordering::Equal);
        (usize::from(sure), Some(left.len().min(right.len())))
    }
}

impl<'a, K: Ord> Iterator for Union<'a, K> {
    type Item = &'a K;

    fn next(&mut self) -> Option<&'a K> {
        self.0.next().map(|(key, _)| key)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let Sides { left, right } = &self.0;
        (left.len().max(right.len()), left.len().checked_add(right.len()))
    }
}

impl<'a, K: Ord> Difference<'a, K> {
    pub(super) fn new(left: &'a [K], right: &'a [K]) -> Self {
        let mut sides = Sides::near(left, right);
        if let Some(end) = sides.end() {
            sides.right = &[];
            sides.left = if end == 0 { &left[1..] } else { &left[..end] };
        }
        Self(sides)
    }
}

impl<'a, K: Ord> Intersection<'a, K> {
    pub(super) fn new(left: &'a [K], right: &'a [K]) -> Self {
        let mut sides = Sides::near(left, right);
        if let Some(end) = sides.end() {
            sides.left = slice::from_ref(&left[end]);
        }
        Self(sides)
    }
}

impl<'a, K> SymmetricDifference<'a, K> {
    pub(super) const fn new(left: &'a [K], right: &'a [K]) -> Self {
        Self(Sides { left, right })
    }
}

impl<'a, K> Union<'a, K> {
    pub(super) const fn new(left: &'a [K], right: &'a [K]) -> Self {
        Self(Sides { left, right })
    }
}

macro_rules! operations {
    ($($name:ident)+) => {$(
        impl<K> Clone for $name<'_, K> {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }
        impl<K: Ord + fmt::Debug> fmt::Debug for $name<'_, K> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }
        impl<K: Ord> FusedIterator for $name<'_, K> {}
    )+};
}

operations! { Difference SymmetricDifference Intersection Union }
