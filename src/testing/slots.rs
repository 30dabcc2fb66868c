//! Programs of operations on vectors whose elements are known by handles, run against a `BTreeMap`
//! from handles to elements: handles are ordered as the elements are.
//!
//! [`slot_differential!`](crate::slot_differential) is a macro because the methods are no trait's.

/// One operation. Every value of every field means something: positions are remainders by the number
/// of elements, counts are small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(missing_docs, reason = "the fields are explained above, for all variants at once")]
pub enum SlotOp {
    /// `insert`, or `insert_with`, or `insert_within_capacity`.
    Insert { value: u8 },
    /// `extend`, by an iterator whose estimate lies.
    Extend { count: u8, claim: u16 },
    /// `remove`.
    Remove { at: u16 },
    /// `remove` of every so many, from the one at `from` on.
    RemoveMany { from: u16, step: u8 },
    /// `remove`, `get` by a handle whose element is gone.
    Stale { at: u16 },
    /// `get_mut`, `get_disjoint_mut`.
    Swap { at: u16, with: u16 },
    /// `retain` of what `value` does not divide.
    Retain { value: u8 },
    /// `extract_if` of what `value` divides, from one end, stopped after `stop`.
    ExtractIf { value: u8, stop: u8, back: bool },
    /// `drain`, of which so many are taken; then it is dropped, or leaked.
    Drain { front: u8, back: u8, leak: bool },
    /// `clear`.
    Clear,
    /// `reserve`, `shrink_to`, `shrink_to_fit`.
    Capacity { grow: u16, shrink: u16 },
    /// `clone`, which goes on.
    Clone,
    /// `into_iter`, from both ends, and collected again.
    IntoIter { front: u8, back: u8 },
    /// `splice` of a vector with so many elements, every third of them removed.
    Splice { count: u8 },
    /// Iterators of all kinds, from both ends.
    BothEnds { front: u8, back: u8 },
}

/// An iterator that claims to yield so many.
#[derive(Clone, Debug)]
pub struct Claims<I>(pub I, pub usize);

impl<I: Iterator> Iterator for Claims<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.1, Some(self.1))
    }
}

/// Takes `front` from the front and `back` from the back, and looks at the length before each.
///
/// # Panics
///
/// When the iterator's length is not what it yields.
pub fn from_both_ends<I: DoubleEndedIterator + ExactSizeIterator>(
    iter: &mut I,
    front: u8,
    back: u8,
) -> std::vec::Vec<I::Item> {
    let mut taken = std::vec::Vec::new();
    for step in 0..u16::from(front) + u16::from(back) {
        let len = iter.len();
        let item = if step < u16::from(front) { iter.next() } else { iter.next_back() };
        assert_eq!(iter.len(), len.saturating_sub(1));
        assert_eq!(item.is_none(), len == 0);
        taken.extend(item);
    }
    taken
}

/// Runs a program of [`SlotOp`](crate::testing::slots::SlotOp)s on a vector and on the model: `$new`
/// makes an empty vector, all of them over one allocator, `$make` makes an element of a `u8`,
/// `$divides` says whether a `u8` divides it.
#[macro_export]
macro_rules! slot_differential {
    ($ops:expr, $new:expr, $make:expr, $divides:expr) => {{
        use std::collections::BTreeMap;
        use $crate::testing::slots::{Claims, SlotOp, from_both_ends};
        let (new, make, divides) = ($new, $make, $divides);
        let mut ours = new();
        ours.extend((0..0_u8).map(&make));
        let mut model: BTreeMap<_, _> = ours.pairs().map(|(h, e)| (h, e.clone())).collect();
        let mut places = BTreeMap::new();
        let mut stale = Vec::new();
        for &op in $ops {
            let nth = |at: u16| {
                let at = usize::from(at).checked_rem(model.len())?;
                model.keys().nth(at).copied()
            };
            match op {
                SlotOp::Insert { value } => {
                    let handle = match value % 3 {
                        0 => ours.insert(make(value)),
                        1 => ours.insert_with(|_| make(value)),
                        _ => match ours.insert_within_capacity(make(value)) {
                            Ok(handle) => handle,
                            Err(value) => {
                                assert_eq!(ours.len(), ours.capacity());
                                ours.insert(value)
                            }
                        },
                    };
                    assert!(model.insert(handle, make(value)).is_none());
                }
                SlotOp::Extend { count, claim } => {
                    ours.extend(Claims((0..count).map(&make), usize::from(claim) << 40));
                    for (handle, element) in ours.pairs() {
                        model.entry(handle).or_insert_with(|| element.clone());
                    }
                }
                SlotOp::Remove { at } => {
                    if let Some(handle) = nth(at) {
                        assert_eq!(ours.remove(handle), model.remove(&handle));
                    }
                }
                SlotOp::RemoveMany { from, step } => {
                    let all = model.keys().copied().skip(usize::from(from));
                    let some: Vec<_> = all.step_by(usize::from(step) + 1).collect();
                    for handle in some {
                        assert_eq!(ours.remove(handle), model.remove(&handle));
                    }
                }
                SlotOp::Stale { at } => {
                    let at = usize::from(at).checked_rem(stale.len());
                    if let Some(&handle) = at.and_then(|at| stale.get(at)) {
                        assert!(ours.remove(handle).is_none() && ours.get_mut(handle).is_none());
                        assert!(ours.get_ptr(handle).is_none() && !ours.contains(handle));
                        assert!(ours.get_disjoint_mut([handle]).is_none());
                    }
                }
                SlotOp::Swap { at, with } => {
                    if let (Some(a), Some(b)) = (nth(at), nth(with)) {
                        let both = ours.get_disjoint_mut([a, b]);
                        assert_eq!(both.is_none(), a == b);
                        if let Some([first, second]) = both {
                            core::mem::swap(first, second);
                            let first = model.remove(&a).unwrap();
                            let second = model.insert(b, first).unwrap();
                            model.insert(a, second);
                        }
                    }
                }
                SlotOp::Retain { value } => {
                    ours.retain(|element| !divides(value, element));
                    model.retain(|_, element| !divides(value, element));
                }
                SlotOp::ExtractIf { value, stop, back } => {
                    let mut iter = ours.extract_if(|element| divides(value, element));
                    for _ in 0..stop {
                        let element = if back { iter.next_back() } else { iter.next() };
                        let mut keys = model.iter().filter(|(_, e)| divides(value, e));
                        let key = if back { keys.next_back() } else { keys.next() };
                        let expected = key.map(|(handle, _)| *handle);
                        assert_eq!(element, expected.and_then(|handle| model.remove(&handle)));
                    }
                }
                SlotOp::Drain { front, back, leak } => {
                    let mut drain = ours.drain();
                    let taken = from_both_ends(&mut drain, front, back);
                    let left = drain.len();
                    if leak {
                        core::mem::forget(drain)
                    } else {
                        drop(drain)
                    }
                    let first: Vec<_> = model.keys().copied().take(usize::from(front)).collect();
                    let mut out: Vec<_> = first.iter().map(|h| model.remove(h).unwrap()).collect();
                    for _ in 0..back {
                        out.extend(model.pop_last().map(|(_, element)| element));
                    }
                    assert_eq!(taken, out);
                    assert_eq!(left, model.len());
                    if !leak {
                        model.clear();
                    }
                }
                SlotOp::Clear => {
                    let capacity = ours.capacity();
                    ours.clear();
                    model.clear();
                    assert!(ours.capacity() <= capacity);
                }
                SlotOp::Capacity { grow, shrink } => {
                    ours.reserve(usize::from(grow % 2000));
                    assert!(ours.capacity() >= ours.len() + usize::from(grow % 2000));
                    ours.shrink_to(usize::from(shrink % 2000));
                    assert!(ours.capacity() >= ours.len());
                    if shrink % 3 == 0 {
                        ours.shrink_to_fit();
                    }
                }
                SlotOp::Clone => {
                    let copy = ours.clone();
                    assert!(copy.handles().zip(ours.handles()).all(|(a, b)| {
                        (a.index(), a.generation()) == (b.index(), b.generation())
                    }));
                    assert_eq!(copy, ours);
                    stale.retain(|handle| !copy.contains(*handle));
                    model = copy.handles().zip(model.into_values()).collect();
                    places.clear();
                    ours = copy;
                }
                SlotOp::IntoIter { front, back } => {
                    let mut iter = core::mem::replace(&mut ours, new()).into_iter();
                    let taken = from_both_ends(&mut iter, front, back);
                    let mut values = core::mem::take(&mut model).into_values();
                    let mut expected: Vec<_> = values.by_ref().take(usize::from(front)).collect();
                    expected.extend(values.by_ref().rev().take(usize::from(back)));
                    assert_eq!(taken, expected);
                    ours.extend(iter);
                    model = ours.handles().zip(values).collect();
                    stale.clear();
                    places.clear();
                }
                SlotOp::Splice { count } => {
                    let mut other = new();
                    other.extend((0..count).map(&make));
                    let some: Vec<_> = other.handles().step_by(3).collect();
                    for &handle in &some {
                        assert!(other.remove(handle).is_some());
                    }
                    let moving: Vec<_> = other.pairs().map(|(h, e)| (h, e.clone())).collect();
                    let spliced = ours.splice(&mut other);
                    assert!(other.is_empty() && other.iter().next().is_none());
                    for &handle in &some {
                        let handle = spliced.handle(handle).unwrap();
                        assert!(!ours.contains(handle));
                        stale.push(handle);
                    }
                    for (handle, element) in moving {
                        assert!(!other.contains(handle));
                        model.insert(spliced.handle(handle).unwrap(), element);
                    }
                    let handle = other.insert(make(count));
                    assert!(!some.contains(&handle));
                }
                SlotOp::BothEnds { front, back } => {
                    let mut expected = model.iter();
                    let expected = from_both_ends(&mut expected, front, back);
                    let mut iter = ours.pairs();
                    let pairs = from_both_ends(&mut iter, front, back);
                    assert!(pairs.iter().map(|(h, e)| (h, *e)).eq(expected.iter().copied()));
                    let rest: Vec<_> = iter.clone().collect();
                    let mut folded = Vec::new();
                    iter.clone().rfold((), |(), pair| folded.push(pair));
                    folded.reverse();
                    assert_eq!(rest, folded);
                    folded.clear();
                    iter.for_each(|pair| folded.push(pair));
                    assert_eq!(rest, folded);
                    let mut iter = ours.iter_mut();
                    let elements = from_both_ends(&mut iter, front, back);
                    assert!(elements.iter().map(|e| &**e).eq(expected.iter().map(|(_, e)| *e)));
                }
            }
            assert_eq!(ours.len(), model.len(), "after {op:?}");
            assert!(ours.iter().eq(model.values()), "after {op:?}: {ours:?}, not {model:?}");
            assert!(ours.iter().rev().eq(model.values().rev()), "after {op:?}");
            assert!(ours.handles().eq(model.keys().copied()), "after {op:?}");
            assert!(ours.capacity() >= ours.len());
            for (position, (handle, element)) in model.iter().enumerate().step_by(17) {
                assert_eq!(ours.get(*handle), Some(element));
                assert_eq!(ours.position_of(*handle), Some(position));
                assert_eq!(ours.nth(position), Some(*handle));
                assert_eq!(ours.handle_at(handle.index()), Some(*handle));
            }
            assert!(ours.nth(model.len()).is_none());
            places.retain(|handle, place| {
                let now = ours.get_ptr(*handle);
                if now.is_none() {
                    stale.push(*handle);
                }
                assert!(now.is_none_or(|now| now == *place), "an element moved after {op:?}");
                now.is_some()
            });
            for handle in ours.handles() {
                places.entry(handle).or_insert_with(|| ours.get_ptr(handle).unwrap());
            }
            assert!(!stale.iter().any(|handle| ours.contains(*handle)), "after {op:?}");
        }
    }};
}
