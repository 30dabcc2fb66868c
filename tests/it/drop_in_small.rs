//! What programs do with smallvec's `SmallVec`, and with the newest methods of `Vec` and `VecDeque`, under
//! an alias and no more.

#![expect(unsafe_code, reason = "takes vectors apart and puts them together")]

use core::{hash::BuildHasher, iter, mem::MaybeUninit};
use std::{collections::hash_map::RandomState, io::Write, panic, rc::Rc};

use larder::{Arena, Deque, PooledVec, alloc::Null, vector};

type SmallVec<T, const N: usize> = larder::SmallVector<T, N>;

/// Says 20, whatever it has.
struct Long<I>(I);

impl<I: Iterator> Iterator for Long<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (20, Some(20))
    }
}

#[test]
fn it_spills_once_and_again() {
    let mut v = SmallVec::<String, 2>::new();
    let words = ["plum", "pear", "fig", "quince", "medlar"];
    for (n, word) in words.iter().enumerate() {
        assert_eq!(v.spilled(), n > v.inline_size());
        v.push((*word).to_owned());
    }
    assert_eq!(v, words);
    let nothing = SmallVec::<u8, 0>::new();
    assert!(nothing.is_empty() && !nothing.spilled());
    assert_eq!(SmallVec::<(), 1>::from_elem((), 1000).len(), 1000);
}

#[test]
fn it_is_made_of_what_there_is() {
    assert_eq!(SmallVec::<u32, 4>::from_elem(7, 6), [7; 6]);
    assert_eq!(SmallVec::<u32, 4>::from_slice(&[1, 2]), [1, 2]);
    assert_eq!(SmallVec::<u32, 4>::from_buf([1, 2, 3, 4]), [1, 2, 3, 4]);
    assert_eq!(SmallVec::<u32, 4>::from_buf_and_len([1, 2, 3, 4], 3), [1, 2, 3]);
    assert_eq!(SmallVec::<u32, 4>::from(&[1, 2][..]), [1, 2]);
    assert_eq!(SmallVec::<u32, 4>::from(&[1, 2]), [1, 2]);
    assert_eq!(SmallVec::<u32, 4>::from(&mut [1, 2]), [1, 2]);
    assert_eq!(SmallVec::<u32, 4>::from(vec![1; 9].into_boxed_slice()), [1; 9]);
    assert_eq!(SmallVec::<u8, 4>::from("fig"), b"fig");
    let from_vec = SmallVec::<u32, 4>::from_vec(vec![5, 6]);
    assert_eq!((from_vec.spilled(), from_vec.into_vec()), (true, vec![5, 6]));
    assert_eq!(PooledVec::<i32>::from(vec![1, 2]), [1, 2]);
    assert_eq!(Vec::from(PooledVec::<i32>::from([1, 2])), [1, 2]);
    assert_eq!(Box::<[u32]>::from(SmallVec::<u32, 4>::from([1])), [1].into());
    assert!(panic::catch_unwind(|| SmallVec::<u32, 4>::from_buf_and_len([1], 2)).is_err());
}

#[test]
fn room_inside_is_what_was_asked_for_or_what_two_words_hold() {
    let words = 2 * size_of::<usize>();
    let mut v = SmallVec::<u8, 3>::with_capacity(1);
    assert_eq!((v.capacity(), v.inline_size()), (words, words));
    v.resize(words, 1);
    assert!(!v.spilled());
    v.push(4);
    assert!(v.spilled() && v.capacity() == 2 * words);
    v.truncate(2);
    v.shrink_to_fit();
    assert_eq!((v.capacity(), v.spilled()), (words, false));
    let mut none = SmallVec::<[usize; 3], 0>::new();
    assert_eq!(none.capacity(), 0);
    none.push([0; 3]);
    assert!(none.spilled() && none.capacity() == 4);
    let mut full = larder::SmallVector::<[usize; 3], 1, _>::new_in(Null);
    assert!(full.try_push([1; 3]).is_ok() && full.try_push([2; 3]).is_err());
    let mut pages = SmallVec::<[u8; 4096], 0>::new();
    pages.push([0; 4096]);
    assert_eq!(pages.capacity(), 1);
}

#[test]
fn a_list_makes_any_vector() {
    let nothing: SmallVec<u8, 1> = vector![];
    let some: SmallVec<u8, 1> = vector![1, 2, 3,];
    let alike: PooledVec<String> = vector!["fig".to_owned(); 3];
    assert_eq!((nothing.len(), &some[..], alike.concat()), (0, &[1, 2, 3][..], "figfigfig".into()));
    let arena = Arena::new();
    let mut there: larder::SmallVector<u64, 2, _> = vector![in &arena];
    let mut more: PooledVec<_, _> = vector![in &arena; 1, 2, 3];
    there.append(&mut more);
    let alike: larder::SmallVector<u64, 2, _> = vector![in &arena; 7; 9];
    there.extend(alike);
    assert_eq!((there.len(), there.spilled()), (12, true));
    assert_eq!(SmallVec::<u32, 4>::from_elem(7, 60).capacity(), 60);
}

#[test]
fn arrays_are_vectors_in_constants() {
    const FEW: SmallVec<u32, 4> = SmallVec::from_buf([1, 2]);
    static ALL: SmallVec<u32, 4> = SmallVec::from_buf([5; 4]);
    let mut few = FEW;
    few.extend(&ALL);
    assert_eq!((few, ALL.spilled()), (vector![1, 2, 5, 5, 5, 5], false));
    let mut slots = MaybeUninit::<[String; 3]>::uninit();
    // SAFETY: the first slot is ours and holds nothing.
    unsafe { slots.as_mut_ptr().cast::<String>().write("plum".into()) };
    // SAFETY: the first is initialised.
    let v = unsafe { SmallVec::<String, 3>::from_buf_and_len_unchecked(slots, 1) };
    assert_eq!(v, ["plum"]);
}

#[test]
fn what_cannot_be_moved_to_a_block_stays() {
    let inside = larder::SmallVector::<String, 2, _>::from_iter_in(["fig".into()], Null);
    let inside = inside.try_into_raw_parts_with_alloc().unwrap_err().into_value();
    let inside = inside.try_leak().unwrap_err().into_value();
    assert_eq!(inside, ["fig"]);
    let refused = larder::SmallVector::<_, 2, _>::try_from_elem_in("fig", 3, Null).unwrap_err();
    assert_eq!(refused.into_value(), "fig");
    let arena = Arena::new();
    let there: larder::SmallVector<String, 2, _> = vector![in &arena; "fig".into()];
    let (ptr, len, capacity, alloc) = there.into_raw_parts_with_alloc();
    // SAFETY: these are the parts of a vector over this allocator.
    let pooled = unsafe { PooledVec::<_, &Arena>::from_raw_parts_in(ptr, len, capacity, alloc) };
    assert_eq!((pooled.as_slice(), pooled.as_ptr()), (&["fig".to_owned()][..], ptr.cast_const()));
}

#[test]
fn a_filter_takes_out_what_it_wants_to_the_end() {
    let rc: [Rc<u32>; 8] = core::array::from_fn(|n| Rc::new(u32::try_from(n).unwrap()));
    let left = |v: &SmallVec<Rc<u32>, 2>| v.iter().map(|rc| **rc).collect::<Vec<_>>();
    let mut v: SmallVec<Rc<u32>, 2> = rc.clone().into();
    assert_eq!(v.drain_filter(|n| **n % 2 == 0).next().as_deref(), Some(&0));
    assert_eq!(left(&v), [1, 3, 5, 7]);
    let mut some = v.drain_filter(|n| **n > 1);
    assert_eq!(some.next().as_deref(), Some(&3));
    assert_eq!(some.size_hint(), (0, Some(2)));
    some.keep_rest();
    assert_eq!(left(&v), [1, 5, 7]);
    let panicked = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        // Asked once more on the way out, it would end the program.
        v.drain_filter(|n| if **n == 5 { panic!("asked") } else { true }).for_each(drop);
    }));
    assert!(panicked.is_err());
    assert_eq!(left(&v), [5, 7]);
    drop(v);
    assert!(rc.iter().all(|rc| Rc::strong_count(rc) == 1));
}

#[test]
fn it_comes_out_whole_or_not_at_all() {
    let v = SmallVec::<Rc<()>, 2>::from_elem(Rc::new(()), 2);
    let [a, b] = v.into_inner().unwrap();
    assert_eq!((Rc::strong_count(&a), Rc::ptr_eq(&a, &b)), (2, true));
    let short = SmallVec::<u32, 2>::from([1]).into_inner().unwrap_err();
    assert_eq!(short, [1]);
}

#[test]
fn capacity_goes_where_it_is_told() {
    let mut v = SmallVec::<u32, 8>::new();
    v.reserve(1);
    assert_eq!((v.capacity(), v.spilled()), (8, false));
    v.grow(100);
    assert!(v.capacity() >= 100 && v.spilled());
    v.extend(0..10);
    v.grow(v.capacity());
    v.truncate(3);
    v.grow(4);
    assert_eq!((v.capacity(), v.spilled()), (8, false));
    assert_eq!(v, [0, 1, 2]);
    assert!(v.try_grow(usize::MAX).is_err());
    v.reserve_exact(0x100);
    v.shrink_to_fit();
    assert_eq!((v.as_slice(), v.spilled()), (&[0, 1, 2][..], false));
    let exact = SmallVec::<u8, 0>::with_capacity(20);
    assert_eq!(exact.capacity(), 20);
}

#[test]
#[should_panic(expected = "capacity")]
fn it_does_not_shrink_below_its_elements() {
    SmallVec::<u32, 2>::from_elem(1, 8).grow(5);
}

#[test]
fn many_are_inserted_whatever_their_number_is_said_to_be() {
    for at in 0..4 {
        let mut v = SmallVec::<u32, 4>::from([0, 1, 2]);
        let mut expected = vec![0, 1, 2];
        v.insert_many(at.min(3), Long([5, 6, 7].into_iter()));
        expected.splice(at.min(3)..at.min(3), [5, 6, 7]);
        assert_eq!(v, expected);
        v.insert_from_slice(1, &[8, 9]);
        v.as_mut()[1] += 0;
        expected.splice(1..1, [8, 9]);
        assert_eq!(v, expected);
        v.extend(Long(iter::once(3)));
        v.extend((0..40).filter(|n| n % 2 == 0));
        expected.push(3);
        expected.extend((0..40).filter(|n| n % 2 == 0));
        assert_eq!(v, expected);
    }
}

#[test]
fn every_position_of_every_length_takes_one_more() {
    for len in 0..12 {
        for at in 0..=len {
            let mut small: SmallVec<u16, 9> = (0..len).collect();
            let mut text: SmallVec<String, 9> = (0..len).map(|n| n.to_string()).collect();
            let mut vec: Vec<u16> = (0..len).collect();
            vec.insert(usize::from(at), 99);
            *small.insert_mut(usize::from(at), 0) = 99;
            text.insert(usize::from(at), "99".into());
            assert_eq!(small, vec);
            assert!(text.iter().zip(&vec).all(|(text, n)| *text == n.to_string()));
            assert_eq!(small.remove(usize::from(at)), 99);
            assert_eq!(text.remove(usize::from(at)), "99");
            assert_eq!((small.len(), text.len()), (vec.len() - 1, vec.len() - 1));
        }
    }
}

#[test]
fn a_drain_can_be_turned_back_or_forgotten() {
    let mut v: SmallVec<u32, 4> = (0..9).collect();
    assert!(v.drain(2..5).rev().eq([4, 3, 2]));
    let mut drain = v.drain(1..4);
    assert_eq!(drain.next(), Some(1));
    drain.keep_rest();
    assert_eq!(v, [0, 5, 6, 7, 8]);
    core::mem::forget(v.drain(1..2));
    assert!(v.len() <= 5);
    let range = panic::catch_unwind(move || {
        v.drain(..=usize::MAX);
    });
    assert!(range.is_err());
}

#[test]
fn it_is_compared_from_either_side() {
    let v = SmallVec::<u32, 2>::from([1, 2, 3]);
    let (shared, unique): (&[u32], &mut [u32]) = (&[1, 2, 3], &mut [1, 2, 3]);
    assert!([1, 2, 3][..] == v && shared == v && v == shared && vec![1, 2, 3] == v);
    assert!(unique == v && v == unique && v == [1, 2, 3]);
    let (later, longer) = (SmallVec::<u32, 2>::from([1, 2, 4]), SmallVec::<u32, 7>::from([1]));
    assert!(v < later && v != longer);
    let state = RandomState::new();
    assert_eq!(state.hash_one(&v), state.hash_one(vec![1, 2, 3]));
}

#[test]
fn its_iterator_is_cloned_where_it_is() {
    let mut iter = SmallVec::<String, 1>::from(["a".into(), "b".into(), "c".into()]).into_iter();
    assert_eq!((iter.next(), iter.len()), (Some("a".into()), 2));
    let copy = iter.clone();
    assert_eq!(
        (iter.as_slice(), copy.as_slice()),
        (&["b".into(), "c".into()][..], iter.as_slice())
    );
    iter.as_mut_slice()[0].push('!');
    assert!(iter.eq(["b!", "c"]) && copy.rev().eq(["c", "b"]));
    let mut clone = SmallVec::<u8, 2>::from([1]);
    clone.clone_from(&SmallVec::from([1, 2, 3]));
    assert_eq!(clone, [1, 2, 3]);
    let mut bytes = SmallVec::<u8, 2>::new();
    write!(bytes, "{:>4}", 7).unwrap();
    assert_eq!(bytes, b"   7");
}

#[test]
fn a_value_that_cannot_be_is_no_trouble() {
    enum Never {}
    let v: SmallVec<Never, 8> = iter::empty().collect();
    assert!(v.into_iter().next().is_none());
}

#[test]
fn what_is_pushed_is_lent() {
    let mut queue: Deque<u32> = [1, 2].into();
    *queue.push_back_mut(0) = 3;
    *queue.push_front_mut(9) = 0;
    *queue.insert_mut(2, 0) += 8;
    assert_eq!(queue, &mut [0, 1, 8, 2, 3]);
    assert_eq!(queue, &mut [0, 1, 8, 2, 3][..]);
    let mut v = SmallVec::<u32, 1>::new();
    *v.push_mut(0) += 1;
    *v.insert_mut(0, 0) += 2;
    assert_eq!((v.pop_if(|last| *last == 1), v.as_slice()), (Some(1), &[2][..]));
}
