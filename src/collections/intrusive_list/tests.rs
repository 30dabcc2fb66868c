//! Membership, adapters that lie, pointers of each kind, leaks, ids.

use core::{cell::Cell, mem, pin::Pin};
use std::{
    boxed::Box,
    panic,
    rc::Rc,
    string::{String, ToString},
    sync::Arc,
    thread,
    vec::Vec,
};

use super::*;

#[derive(Debug)]
struct Item {
    number: u32,
    first: Link,
    second: Link,
}

impl Item {
    fn new(number: u32) -> Self {
        Self { number, first: Link::new(), second: Link::new() }
    }
}

#[derive(Debug)]
struct First;
impl Adapter<Item> for First {
    type Hook = Link;
    fn hook(item: &Item) -> &Link {
        &item.first
    }
}

#[derive(Debug)]
struct Second;
impl Adapter<Item> for Second {
    type Hook = Link;
    fn hook(item: &Item) -> &Link {
        &item.second
    }
}

fn items(count: u32) -> Vec<Item> {
    (0..count).map(Item::new).collect()
}

fn numbers<P: Pointer<Target = Item>, A: Adapter<Item>>(list: &IntrusiveList<P, A>) -> Vec<u32> {
    let forth: Vec<u32> = list.iter().map(|item| item.number).collect();
    let mut back: Vec<u32> = list.iter().rev().map(|item| item.number).collect();
    back.reverse();
    assert_eq!((forth.len(), &forth), (list.len(), &back));
    forth
}

/// What a panic said.
fn said<R>(run: impl FnOnce() -> R) -> String {
    let Err(payload) = panic::catch_unwind(panic::AssertUnwindSafe(run)) else {
        return String::new();
    };
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast::<&str>().map_or(String::new(), |text| (*text).into()),
    }
}

/// The same elements through any pointer: pushed, refused, taken out at both ends and in the middle.
fn each_way<P: Pointer<Target = Item>>(mut make: impl FnMut(u32) -> P) {
    let mut list = IntrusiveList::<P, First>::new();
    for number in 0..9 {
        list.push_back(make(number));
    }
    list.push_front(make(9));
    assert_eq!(list.pop_back().unwrap().number, 8);
    assert_eq!(list.pop_front().unwrap().number, 9);
    let mut cursor = list.cursor_front_mut();
    cursor.move_next();
    let one = cursor.remove_current().unwrap();
    assert!(!one.first.is_linked());
    cursor.move_next();
    cursor.insert_before(one);
    list.retain(|item| item.number != 5);
    list.sort_by_key(|item| item.number ^ 3);
    assert_eq!(numbers(&list), [3, 2, 1, 0, 7, 6, 4]);
    let out: Vec<P> = list.extract_if(|item| item.number > 5).collect();
    assert!(out.iter().map(|item| item.number).eq([7, 6]));
    let mut rest = list.into_iter();
    assert_eq!((rest.len(), rest.next_back().unwrap().number), (5, 4));
}

#[test]
fn pointers_of_each_kind() {
    let shared = items(10);
    each_way(|n| &shared[n as usize]);
    assert!(shared.iter().all(|item| !item.first.is_linked()));
    let mut lent = items(10);
    let mut lent: Vec<Option<&mut Item>> = lent.iter_mut().map(Some).collect();
    each_way(|n| lent[n as usize].take().unwrap());
    each_way(|n| Box::new(Item::new(n)));
    each_way(|n| Box::pin(Item::new(n)));
    each_way(|n| Rc::new(Item::new(n)));
    #[expect(clippy::arc_with_non_send_sync, reason = "any pointer must do")]
    each_way(|n| Arc::new(Item::new(n)));
    each_way(|n| Pin::new(&shared[n as usize]));
    each_way(|n| ListBox::new(Item::new(n)));
}

#[test]
fn a_linked_element_is_refused_and_comes_back() {
    let item = Rc::new(Item::new(7));
    let mut one = IntrusiveList::<Rc<Item>, First>::new();
    let mut other = IntrusiveList::<Rc<Item>, First>::new();
    one.push_back(item.clone());
    for list in [&mut one, &mut other] {
        let back = list.try_push_front(item.clone()).unwrap_err();
        assert!(back.to_string().contains("remove it there first"));
        assert!(Rc::ptr_eq(&back.into_pointer(), &item));
    }
    assert!(said(|| other.push_back(item.clone())).contains("already"));
    assert!(other.remove(&item).is_none());
    assert_eq!((one.len(), other.len(), Rc::strong_count(&item)), (1, 0, 2));
    assert!(Rc::ptr_eq(&one.remove(&item).unwrap(), &item));
    other.push_back(item.clone());
    assert!(other.contains(&item) && !one.contains(&item));
}

#[test]
fn an_element_may_be_in_a_list_by_each_of_its_links() {
    let all = items(5);
    let mut first = IntrusiveList::<&Item, First>::from_iter(&all);
    let mut second = IntrusiveList::<&Item, Second>::from_iter(all.iter().rev());
    assert_eq!(first.remove(&all[2]).unwrap().number, 2);
    assert_eq!((numbers(&first), numbers(&second)), ([0, 1, 3, 4].into(), [4, 3, 2, 1, 0].into()));
    drop(first);
    assert!(second.contains(&all[2]) && !all[2].first.is_linked());
    second.clear();
    assert!(!all[2].second.is_linked());
}

#[test]
fn membership_survives_joining_splitting_and_moving() {
    let all = items(20);
    let mut long = IntrusiveList::<&Item, First>::from_iter(&all[..15]);
    let mut short = IntrusiveList::<&Item, First>::from_iter(&all[15..]);
    short.append(&mut long);
    assert!(long.is_empty() && all.iter().all(|item| short.contains(item) && !long.contains(item)));
    let mut moved = Box::new(short);
    for at in [0, 1, 7, 10, 19, 20] {
        let mut back = moved.split_off(at);
        for (n, item) in moved.iter().enumerate() {
            assert!(n < at && moved.contains(item) && !back.contains(item));
        }
        assert!(back.iter().all(|item| back.contains(item) && !moved.contains(item)));
        assert_eq!((moved.len(), back.len()), (at, 20 - at));
        moved.append(&mut back);
    }
    let expected: Vec<u32> = (15..20).chain(0..15).collect();
    assert_eq!(numbers(&moved), expected);
    for item in &all {
        let mut cursor = moved.cursor_at_mut(item).unwrap();
        let before = cursor.split_before();
        let after = cursor.split_after();
        assert_eq!(numbers(cursor.as_list()), [item.number]);
        cursor.splice_after(after);
        cursor.splice_before(before);
        assert_eq!(numbers(&moved), expected);
        assert!(all.iter().all(|item| moved.contains(item)));
    }
}

/// An adapter that answers as it is told.
struct Liar;
std::thread_local! { static LIE: Cell<u8> = const { Cell::new(0) }; }
static ELSEWHERE: SharedLink = SharedLink::new();

#[derive(Default)]
struct Shared {
    first: SharedLink,
    second: SharedLink,
}

impl Adapter<Shared> for Liar {
    type Hook = SharedLink;
    fn hook(element: &Shared) -> &SharedLink {
        match LIE.get() {
            0 => &element.first,
            1 => &element.second,
            2 => &ELSEWHERE,
            _ => panic!("it does not say"),
        }
    }
}

#[test]
fn an_adapter_that_lies_is_found_out_or_does_no_harm() {
    let all = [const { Shared { first: SharedLink::new(), second: SharedLink::new() } }; 4];
    let mut list = IntrusiveList::<&Shared, Liar>::new();
    list.push_back(&all[0]);
    for (lie, says) in [(1, "where the other"), (2, "not in the element"), (3, "does not say")] {
        LIE.set(lie);
        assert!(said(|| list.push_back(&all[1])).contains(says));
        assert!(lie == 3 || !list.contains(&all[0]));
    }
    LIE.set(1);
    let mut other = IntrusiveList::<&Shared, Liar>::new();
    other.push_back(&all[1]);
    assert!(said(|| list.append(&mut other)).contains("where the other"));
    assert_eq!((list.len(), other.len()), (1, 1));
    assert!(list.remove(&all[0]).is_none());
    LIE.set(0);
    assert!(list.remove(&all[0]).is_some() && other.remove(&all[1]).is_none());
    assert!(!all[0].first.is_linked() && all[1].second.is_linked());
}

#[test]
fn elements_of_a_leaked_list_are_refused_until_they_are_freed() {
    let mut all = items(3);
    mem::forget(IntrusiveList::<&Item, First>::from_iter(&all));
    let mut list = IntrusiveList::<&Item, First>::new();
    assert!(list.try_push_back(&all[0]).is_err() && list.remove(&all[0]).is_none());
    drop(list);
    all.iter_mut().take(2).for_each(|item| item.first.forget_list());
    let last = all.pop().unwrap();
    assert!(said(|| drop(last)).contains("its list was leaked"));
    let mut list = IntrusiveList::<&Item, First>::from_iter(&all);
    let mut drain = list.drain();
    assert_eq!(drain.next().unwrap().number, 0);
    mem::forget(drain);
    assert_eq!(numbers(&list), [1]);
}

#[test]
fn a_pointer_whose_drop_panics_is_the_only_one_lost() {
    struct Bomb(Rc<Cell<u32>>, Link);
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(!self.1.is_linked());
            self.0.set(self.0.get() + 1);
            assert!(self.0.get() != 2, "boom");
        }
    }
    struct Bombs;
    impl Adapter<Bomb> for Bombs {
        type Hook = Link;
        fn hook(bomb: &Bomb) -> &Link {
            &bomb.1
        }
    }
    let dropped = Rc::new(Cell::new(0));
    let list = IntrusiveList::<Box<Bomb>, Bombs>::from_iter(
        (0..5).map(|_| Box::new(Bomb(dropped.clone(), Link::new()))),
    );
    assert_eq!(said(|| drop(list)), "boom");
    assert_eq!(dropped.get(), 5);
}

#[test]
fn threads_that_want_one_element_share_it_out() {
    #[derive(Default)]
    struct Job(SharedLink);
    struct Jobs;
    impl Adapter<Job> for Jobs {
        type Hook = SharedLink;
        fn hook(job: &Job) -> &SharedLink {
            &job.0
        }
    }
    let jobs: Vec<Job> = (0..200).map(|_| Job::default()).collect();
    let taken: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut list = IntrusiveList::<&Job, Jobs>::new();
                    for _ in 0..20 {
                        for job in &jobs {
                            if list.try_push_back(job).is_err() {
                                list.remove(job);
                            }
                        }
                    }
                    list.clear();
                    jobs.iter().filter(|job| list.try_push_back(job).is_ok()).count();
                    thread::yield_now();
                    list.len()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(taken > 0 && jobs.iter().all(|job| !job.0.is_linked()));
}
