//! One suite for std's types and for ours, which differ by an alias and no more: what programs do with
//! a `Vec` or a `VecDeque` that they do not know to be another type.

#![expect(unsafe_code, reason = "takes vectors apart and puts them together")]

/// The suite of a vector; `$alias` declares the type `Vec<T>`.
macro_rules! vec_suite {
    ($name:ident, $($alias:tt)*) => {
        mod $name {
            use core::{
                borrow::Borrow,
                cmp::{Ordering, Reverse},
                hash::BuildHasher,
            };
            use std::{
                borrow::Cow,
                collections::{HashMap, hash_map::RandomState},
                io::Write,
                rc::Rc,
            };

            $($alias)*

            fn made<T, const M: usize>(elements: [T; M]) -> Vec<T> {
                Vec::from(elements)
            }

            #[test]
            fn it_is_a_stack() {
                let mut stack = Vec::new();
                for n in 0..100 {
                    stack.push(n);
                }
                let mut sum = 0;
                while let Some(top) = stack.pop() {
                    sum += top;
                }
                assert_eq!((sum, stack.len(), stack.is_empty()), (4950, 0, true));
                assert!(stack.capacity() >= 100);
                assert_eq!(stack.pop_if(|_| true), None);
            }

            #[test]
            fn it_is_a_slice() {
                let mut v = made([3, 1, 2]);
                v.sort_unstable();
                v[1..].reverse();
                assert_eq!(v, [1, 3, 2]);
                assert_eq!((v.first(), v.iter().max(), v.binary_search(&9)), (Some(&1), Some(&3), Err(3)));
                let sum = |slice: &[i32]| slice.iter().sum::<i32>();
                assert_eq!((sum(&v), sum(v.as_ref()), sum(v.borrow())), (6, 6, 6));
                for n in &mut v {
                    *n *= 2;
                }
                assert_eq!(v.concat_pairs(), [(2, 6), (6, 4)]);
                if let [first, .., last] = v.as_mut_slice() {
                    core::mem::swap(first, last);
                }
                assert_eq!(&v[..], &[4, 6, 2]);
                assert_eq!(v.get(1..3), Some(&[6, 2][..]));
            }

            trait Pairs {
                fn concat_pairs(&self) -> std::vec::Vec<(i32, i32)>;
            }

            impl Pairs for Vec<i32> {
                fn concat_pairs(&self) -> std::vec::Vec<(i32, i32)> {
                    self.windows(2).map(|pair| (pair[0], pair[1])).collect()
                }
            }

            #[test]
            fn it_is_collected_and_extended() {
                let mut v: Vec<_> = (0..5).collect();
                v.extend(&[5, 6]);
                v.extend(std::vec![7]);
                v.extend_from_slice(&[8]);
                v.extend_from_within(..2);
                assert_eq!(v, [0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1]);
                let mut other = made([9]);
                v.append(&mut other);
                assert_eq!((v.len(), other.len()), (12, 0));
                let (even, odd): (Vec<i32>, Vec<i32>) = v.iter().partition(|n| **n % 2 == 0);
                assert_eq!((even.len(), odd.len()), (6, 6));
                let all: Result<Vec<i32>, _> = ["1", "x"].into_iter().map(str::parse).collect();
                assert!(all.is_err());
                let words: Vec<String> = "a b".split(' ').map(String::from).collect();
                assert_eq!(words.join("-"), "a-b");
            }

            #[test]
            fn elements_come_and_go_in_the_middle() {
                let mut v = made(['a', 'b', 'd']);
                v.insert(2, 'c');
                assert_eq!((v.remove(0), v.swap_remove(0)), ('a', 'b'));
                assert_eq!(v, ['d', 'c']);
                v.splice(1..1, "xyz".chars());
                assert!(v.drain(..2).eq(['d', 'x']));
                assert_eq!(v, ['y', 'z', 'c']);
                let tail = v.split_off(1);
                assert_eq!((&v[..], &tail[..]), (&['y'][..], &['z', 'c'][..]));
                v.resize(3, 'q');
                v.truncate(2);
                assert_eq!(v, ['y', 'q']);
                v.clear();
                assert_eq!(v, []);
            }

            #[test]
            fn some_stay_and_some_go() {
                let mut v: Vec<i32> = (0..20).collect();
                v.retain(|n| n % 3 != 0);
                v.retain_mut(|n| {
                    *n /= 2;
                    *n < 8
                });
                assert_eq!(v, [0, 1, 2, 2, 3, 4, 5, 5, 6, 7]);
                v.dedup();
                assert_eq!(v.len(), 8);
                v.dedup_by_key(|n| *n / 4);
                assert_eq!(v, [0, 4]);
                let mut v: Vec<i32> = (0..10).collect();
                let odd: std::vec::Vec<i32> = v.extract_if(2..8, |n| *n % 2 == 1).collect();
                assert_eq!((odd, v.len()), (vec![3, 5, 7], 7));
            }

            #[test]
            fn it_is_compared_hashed_and_shown() {
                let (a, b) = (made([1, 2]), made([1, 3]));
                assert_eq!((a.cmp(&b), a < b, a == a.clone()), (Ordering::Less, true, true));
                assert_eq!(Reverse(&a).cmp(&Reverse(&b)), Ordering::Greater);
                assert_eq!(format!("{a:?} {b:#?}").split_whitespace().count(), 6);
                let state = RandomState::new();
                assert_eq!(state.hash_one(&a), state.hash_one([1, 2].as_slice()));
                let mut by_path = HashMap::new();
                by_path.insert(a, "plum");
                // Found by a slice, for which the hash must be the slice's.
                assert_eq!(by_path.get([1, 2].as_slice()), Some(&"plum"));
                assert!(Vec::<u8>::default().is_empty());
            }

            #[test]
            fn everything_is_dropped_once() {
                let rc = Rc::new(());
                let mut v: Vec<Rc<()>> = core::iter::repeat_n(rc.clone(), 10).collect();
                let mut iter = v.split_off(4).into_iter();
                assert_eq!((iter.len(), iter.next_back().is_some()), (6, true));
                drop(iter);
                assert_eq!(Rc::strong_count(&rc), 5);
                v[0] = Rc::new(());
                v.drain(1..2);
                assert_eq!(Rc::strong_count(&rc), 3);
                let copy = v.clone();
                drop(v);
                assert_eq!((copy.len(), Rc::strong_count(&rc)), (3, 3));
            }

            #[test]
            fn bytes_are_written_and_slots_filled() {
                let mut v: Vec<u8> = Vec::with_capacity(4);
                write!(v, "{}-{}", 1, 23).unwrap();
                assert_eq!(v, b"1-23");
                v.reserve(3);
                let free = v.spare_capacity_mut();
                assert!(free.len() >= 3);
                v.shrink_to_fit();
                assert!(v.try_reserve(usize::MAX).is_err());
                assert_eq!(v.iter().rev().copied().collect::<Vec<u8>>(), b"32-1");
            }

            #[test]
            fn it_becomes_boxes_arrays_and_borrowed_slices() {
                let boxed = made(["plum".to_owned(), "fig".to_owned()]).into_boxed_slice();
                let v: Vec<String> = boxed.into();
                let boxed: Box<[String]> = v.into();
                let v = Vec::from(Cow::Owned(boxed.into_vec()));
                assert!(Cow::Borrowed(&v[..]) == v);
                match Cow::from(v) {
                    Cow::Owned(owned) => assert_eq!(owned, ["plum", "fig"]),
                    Cow::Borrowed(_) => panic!("nothing is borrowed"),
                }
                let v: Vec<i32> = Cow::Borrowed(&[1, 2, 3][..]).into();
                let v = <[i32; 2]>::try_from(v).unwrap_err();
                let [a, b, c] = v.try_into().unwrap();
                assert_eq!((a, b, c), (1, 2, 3));
                let v = made([Rc::new(1)]);
                let [rc] = v.clone().try_into().unwrap();
                assert_eq!(Rc::strong_count(&rc), 2);
            }

            #[test]
            fn it_is_taken_apart_and_put_together() {
                let rc = Rc::new(());
                for len in 0..12 {
                    let v: Vec<Rc<()>> = core::iter::repeat_n(rc.clone(), len).collect();
                    let (ptr, len, capacity) = v.into_raw_parts();
                    // SAFETY: these are the parts of a vector, and used once.
                    let again = unsafe { Vec::from_raw_parts(ptr, len, capacity) };
                    assert_eq!((again.len(), Rc::strong_count(&rc)), (len, len + 1));
                }
                let (ptr, len, capacity) = made([(), ()]).into_raw_parts();
                assert_eq!((len, capacity), (2, usize::MAX));
                // SAFETY: as above.
                assert_eq!(unsafe { Vec::from_raw_parts(ptr, len, capacity) }.pop(), Some(()));
                assert!(Vec::<u8>::new().leak().is_empty());
                assert_eq!(made([(), ()]).leak().len(), 2);
            }

            #[test]
            fn elements_that_are_leaked_are_forgotten_iterators_leak_as_well() {
                let leaked: &'static mut [String] = made(["plum".to_owned()]).leak();
                leaked[0].push('s');
                assert_eq!(leaked, ["plums"]);
            }

            #[test]
            fn clones_are_as_large_as_they_must_be() {
                let mut v: Vec<u64> = Vec::with_capacity(1000);
                v.resize(100, 7);
                assert!(v.capacity() >= 1000 && (100..200).contains(&v.clone().capacity()));
                v.clear();
                assert!(v.capacity() >= 1000);
            }

            #[test]
            #[should_panic(expected = "capacity overflow")]
            fn more_than_there_can_be_is_refused_in_the_usual_words() {
                let _: Vec<u64> = Vec::with_capacity(usize::MAX / 8);
            }

            #[test]
            #[should_panic(expected = "index")]
            fn there_is_nothing_behind_the_end() {
                made([1, 2])[2] += 1;
            }

            #[test]
            #[should_panic(expected = "should be <= len")]
            fn nothing_is_inserted_behind_the_end() {
                made([1]).insert(2, 0);
            }

            #[test]
            #[should_panic(expected = "should be < len")]
            fn nothing_is_removed_behind_the_end() {
                made([1]).remove(1);
            }
        }
    };
}

vec_suite! { std_vec, type Vec<T> = std::vec::Vec<T>; }
vec_suite! { small_vector, type Vec<T> = larder::SmallVector<T, 4>; }
vec_suite! { small_vector_that_spills, type Vec<T> = larder::SmallVector<T, 0>; }
vec_suite! { pooled_vec, type Vec<T> = larder::PooledVec<T>; }

/// The suite of a queue; `$alias` declares the type `VecDeque<T>`.
macro_rules! deque_suite {
    ($name:ident, $($alias:tt)*) => {
        mod $name {
            use core::cmp::Ordering;
            use std::{
                io::{BufRead, Read, Write},
                rc::Rc,
            };

            $($alias)*

            /// 0 to 9, running over the end.
            fn ten() -> VecDeque<i32> {
                let mut queue = VecDeque::with_capacity(10);
                queue.extend(5..10);
                for n in (0..5).rev() {
                    queue.push_front(n);
                }
                queue
            }

            #[test]
            fn it_is_a_queue_both_ways() {
                let mut queue = VecDeque::new();
                for n in 0..50 {
                    queue.push_back(n);
                    if n % 3 == 0 {
                        assert_eq!(queue.pop_front(), Some(n / 3));
                    }
                }
                assert_eq!((queue.len(), queue.front(), queue.back()), (33, Some(&17), Some(&49)));
                *queue.front_mut().unwrap() = 0;
                *queue.back_mut().unwrap() = 1;
                assert_eq!((queue.pop_back(), queue.pop_front()), (Some(1), Some(0)));
                queue.clear();
                assert_eq!((queue.pop_back(), queue.is_empty()), (None, true));
            }

            #[test]
            fn it_is_seen_by_position() {
                let mut queue = ten();
                assert_eq!((queue[3], queue.get(9), queue.get(10)), (3, Some(&9), None));
                queue[3] = 30;
                queue.swap(3, 4);
                assert_eq!((queue[4], queue.contains(&30), queue.contains(&3)), (30, true, false));
                queue.swap(3, 4);
                queue[3] = 3;
                assert_eq!((queue.binary_search(&7), queue.binary_search(&70)), (Ok(7), Err(10)));
                assert_eq!(queue.partition_point(|n| *n < 6), 6);
                assert!(queue.range(3..6).eq(&[3, 4, 5]));
                queue.range_mut(..2).for_each(|n| *n += 1);
                let (first, second) = queue.as_slices();
                assert_eq!(first.len() + second.len(), 10);
                assert_eq!(queue.make_contiguous()[..3], [1, 2, 2]);
            }

            #[test]
            fn elements_come_and_go_in_the_middle() {
                let mut queue = ten();
                queue.insert(2, 20);
                assert_eq!((queue.remove(2), queue.remove(99)), (Some(20), None));
                assert_eq!((queue.swap_remove_back(1), queue.swap_remove_front(3)), (Some(1), Some(3)));
                assert_eq!(queue, [9, 2, 0, 4, 5, 6, 7, 8]);
                assert!(queue.drain(1..3).rev().eq([0, 2]));
                let tail = queue.split_off(3);
                assert_eq!((queue.len(), tail.front()), (3, Some(&6)));
                queue.retain(|n| *n != 4);
                queue.resize(4, 1);
                queue.truncate(3);
                assert_eq!(queue, [9, 5, 1]);
                queue.rotate_left(1);
                queue.rotate_right(2);
                assert_eq!(queue, [1, 9, 5]);
                let mut more = ten();
                queue.append(&mut more);
                assert_eq!((queue.len(), more.len()), (13, 0));
            }

            #[test]
            fn it_is_iterated_from_both_ends() {
                let queue = ten();
                assert!(queue.iter().rev().copied().eq((0..10).rev()));
                assert_eq!(queue.iter().skip(4).step_by(3).sum::<i32>(), 11);
                assert_eq!((queue.iter().len(), queue.iter().nth(7), queue.iter().last()), (10, Some(&7), Some(&9)));
                assert_eq!(queue.iter().nth_back(2), Some(&7));
                let mut ends = queue.clone().into_iter();
                assert_eq!((ends.next(), ends.next_back(), ends.len()), (Some(0), Some(9), 8));
                let doubled: VecDeque<i32> = queue.iter().map(|n| n * 2).collect();
                assert_eq!(doubled.iter().max(), Some(&18));
                let vec: Vec<i32> = queue.into();
                assert_eq!(VecDeque::from(vec), ten());
            }

            #[test]
            fn it_is_compared_and_shown() {
                let (a, b) = (VecDeque::from([1, 2]), VecDeque::from([1, 3]));
                assert_eq!((a.cmp(&b), a < b, a == vec![1, 2]), (Ordering::Less, true, true));
                assert_eq!(format!("{a:?}"), "[1, 2]");
                assert!(VecDeque::<u8>::default().is_empty());
            }

            #[test]
            fn it_has_the_block_of_the_vector_that_it_was() {
                let mut vec = Vec::with_capacity(9);
                vec.extend(["fig", "plum"]);
                let block = vec.as_ptr();
                let mut queue = VecDeque::from(vec);
                assert_eq!((queue.as_slices().0.as_ptr(), queue.capacity()), (block, 9));
                queue.extend(["pear"; 7]);
                assert_eq!((queue.as_slices().0.as_ptr(), queue.len(), queue[8]), (block, 9, "pear"));
                let mut units = VecDeque::from(vec![(); 70]);
                units.push_front(());
                assert_eq!((units.len(), VecDeque::<u8>::from(Vec::new()).capacity()), (71, 0));
            }

            #[test]
            fn what_it_is_compared_to_and_takes_need_not_be_named() {
                let mut queue = VecDeque::from([1]);
                let mut more = vec![2, 3].into();
                queue.append(&mut more);
                assert!(queue != VecDeque::new() && more == VecDeque::with_capacity(0));
                let mut left = queue.into_iter();
                assert_eq!((left.next(), left.clone().sum::<i32>(), left.len()), (Some(1), 5, 2));
            }

            #[test]
            fn everything_is_dropped_once() {
                let rc = Rc::new(());
                let mut queue: VecDeque<Rc<()>> = core::iter::repeat_n(rc.clone(), 10).collect();
                queue.rotate_left(3);
                queue.drain(2..5).next();
                queue.truncate(4);
                drop(queue.clone().into_iter().next());
                assert_eq!(Rc::strong_count(&rc), 5);
                drop(queue);
                assert_eq!(Rc::strong_count(&rc), 1);
            }

            #[test]
            fn bytes_go_through_it() {
                let mut queue: VecDeque<u8> = VecDeque::new();
                queue.write_all(b"plum\nfig").unwrap();
                let mut line = String::new();
                queue.read_line(&mut line).unwrap();
                let mut rest = [0; 2];
                queue.read_exact(&mut rest).unwrap();
                assert_eq!((&*line, &rest, queue.len()), ("plum\n", b"fi", 1));
            }

            #[test]
            #[should_panic(expected = "bounds")]
            fn there_is_nothing_behind_the_end() {
                ten()[10] += 1;
            }
        }
    };
}

/// The suite of a list; `$alias` declares the type `LinkedList<T>`.
macro_rules! list_suite {
    ($name:ident, $($alias:tt)*) => {
        mod $name {
            use core::{cmp::Ordering, hash::BuildHasher};
            use std::{collections::hash_map::RandomState, panic::catch_unwind};

            $($alias)*

            fn ten() -> LinkedList<i32> {
                (0..10).collect()
            }

            #[test]
            fn it_is_a_queue_at_both_ends() {
                let mut list = LinkedList::new();
                list.push_back(2);
                list.push_front(1);
                list.push_back(3);
                assert_eq!((list.front(), list.back(), list.len()), (Some(&1), Some(&3), 3));
                *list.front_mut().unwrap() += 10;
                *list.back_mut().unwrap() += 10;
                assert_eq!((list.pop_front(), list.pop_back()), (Some(11), Some(13)));
                assert_eq!((list.pop_back(), list.pop_back(), list.pop_front()), (Some(2), None, None));
                assert!(list.is_empty() && list.front_mut().is_none() && list.back().is_none());
            }

            #[test]
            fn it_is_joined_and_split() {
                let mut list = ten();
                let mut tail = list.split_off(7);
                assert_eq!((list.len(), tail.iter().sum::<i32>()), (7, 24));
                tail.append(&mut list);
                assert!(list.is_empty());
                assert!(tail.iter().eq(&[7, 8, 9, 0, 1, 2, 3, 4, 5, 6]));
                assert!(tail.split_off(10).is_empty() && tail.split_off(0).len() == 10);
                assert!(catch_unwind(|| ten().split_off(11)).is_err());
                list.append(&mut LinkedList::from([4]));
                assert!(list.contains(&4) && !list.contains(&5));
                list.clear();
                assert_eq!(list, LinkedList::<i32>::new());
            }

            #[test]
            fn its_iterators_go_both_ways_and_know_their_length() {
                let mut list = ten();
                for n in &mut list {
                    *n *= 2;
                }
                let mut iter = list.iter();
                assert_eq!((iter.next(), iter.next_back(), iter.len()), (Some(&0), Some(&18), 8));
                assert!(iter.clone().rev().eq(iter.clone().collect::<Vec<_>>().into_iter().rev()));
                assert_eq!((iter.last(), list.iter().min()), (Some(&16), Some(&0)));
                list.iter_mut().rev().take(3).for_each(|n| *n = 1);
                assert!(list.extract_if(|n| *n == 1).eq([1, 1, 1]));
                let mut out = list.clone().into_iter();
                assert_eq!((out.next_back(), out.len(), out.clone().count()), (Some(12), 6, 6));
                assert!((&list).into_iter().eq(&[0, 2, 4, 6, 8, 10, 12]));
            }

            #[test]
            fn it_is_made_compared_hashed_and_printed() {
                let mut list = LinkedList::from([1, 2]);
                list.extend([3]);
                list.extend(&[4]);
                assert_eq!(format!("{list:?}"), "[1, 2, 3, 4]");
                assert!(list > ten() && list.cmp(&list.clone()) == Ordering::Equal);
                assert_eq!(LinkedList::from([1.0]).partial_cmp(&LinkedList::from([f64::NAN])), None);
                let mut copy = LinkedList::<i32>::default();
                copy.clone_from(&list);
                assert_eq!(copy, list);
                let by = RandomState::new();
                assert_eq!(by.hash_one(&copy), by.hash_one(&list));
                let iters = (format!("{:?}", list.iter_mut()), format!("{:?}", copy.into_iter()));
                assert!(iters.0.contains('4') && iters.1.contains('4'));
            }

            #[test]
            fn it_may_be_lost_in_a_panic() {
                let list = LinkedList::from([1, 2]);
                assert_eq!(catch_unwind(|| list.len()).unwrap(), 2);
                let panics = move || -> i32 { list.into_iter().map(|n| 1 / (n - 1)).sum() };
                assert!(catch_unwind(panics).is_err());
            }

            #[test]
            fn it_is_sent_and_covariant() {
                fn shorter<'a>(list: LinkedList<&'static str>, _: &'a str) -> LinkedList<&'a str> {
                    list
                }
                let text = String::from("fig");
                let list = shorter(LinkedList::from(["plum"]), &text);
                let len = std::thread::scope(|scope| scope.spawn(|| list.len()).join().unwrap());
                assert_eq!(len, 1);
            }
        }
    };
}

list_suite! { std_linked_list, type LinkedList<T> = std::collections::LinkedList<T>; }
list_suite! { owned_list, type LinkedList<T> = larder::OwnedList<T>; }
deque_suite! { std_vec_deque, type VecDeque<T> = std::collections::VecDeque<T>; }
deque_suite! { deque, type VecDeque<T> = larder::Deque<T>; }
