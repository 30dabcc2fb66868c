//! What programs do with smallvec's `SmallVec`, and with the newest methods of `Vec` and `VecDeque`, under
//! an alias and no more.

use core::{hash::BuildHasher, iter};
use std::{collections::hash_map::RandomState, io::Write, panic, rc::Rc};

use larder::{Deque, PooledVec};

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
