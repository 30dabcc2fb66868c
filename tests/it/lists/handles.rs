//! Lists by handles of a stable vector: programs, and each misuse by itself.

use larder::{
    StableVector,
    collections::{
        intrusive_list::{Broken, HandleAdapter, HandleLink, HandleList, LinkError},
        stable_vector::{Handle, Wrap},
    },
};

use super::{
    handle_model::{Entry, First, handle_list, numbers},
    model::Op,
};

/// The list by the second link.
struct Second;

impl HandleAdapter<Entry<Handle>> for Second {
    type Key = Handle;
    fn hook(entry: &Entry<Handle>) -> &HandleLink {
        &entry.second
    }
}

type Entries = StableVector<Entry<Handle>>;
type Numbers = HandleList<Entry<Handle>, First>;

fn listed(count: usize) -> (Entries, Vec<Handle>, Numbers) {
    let mut vector: Entries = (0..count).map(Entry::new).collect();
    let handles: Vec<Handle> = vector.handles().collect();
    let mut list = Numbers::new();
    handles.iter().for_each(|handle| list.push_back(&vector, *handle));
    vector.reserve(1);
    (vector, handles, list)
}

#[test]
fn an_element_is_in_a_list_by_each_of_its_links_and_comes_back_as_its_handle() {
    let (mut vector, handles, mut first) = listed(200);
    let mut second = HandleList::<_, Second>::new();
    handles.iter().rev().for_each(|handle| second.push_back(&vector, *handle));
    assert_eq!(first.pop_front(&vector), Some(handles[0]));
    assert_eq!(second.pop_back(&vector), Some(handles[0]));
    assert_eq!(vector.remove(handles[0]).map(|entry| entry.number), Some(0));
    // Elements may be added, and the vector grow, as long as the list is there.
    vector.extend((200..1000).map(Entry::new));
    assert_eq!(
        (first.pop_back(&vector), first.len(), second.len()),
        (Some(handles[199]), 198, 199)
    );
    assert!(first.iter(&vector).map(|pair| pair.0).eq(handles[1..199].iter().copied()));
    assert!(second.contains(&vector, handles[199]) && !first.contains(&vector, handles[199]));
    assert_eq!(
        format!("{:?} {:?}", vector[handles[199]].first, vector[handles[1]].first),
        "not linked linked"
    );
    let copy = vector.clone();
    assert!(!first.contains(&copy, handles[1]), "clones are in no list");
}

#[test]
fn an_element_erased_while_it_is_linked_is_found() {
    let (mut vector, handles, mut list) = listed(6);
    let mut gone = vector.remove(handles[2]).unwrap();
    assert!(!list.contains(&vector, handles[2]));
    assert_eq!(list.try_remove(&vector, handles[2]), Ok(false));
    // Its neighbours are not touched until it is mended; others are.
    assert_eq!(list.try_remove(&vector, handles[1]), Err(Broken));
    assert_eq!(list.try_remove(&vector, handles[3]), Err(Broken));
    assert_eq!(list.try_pop_front(&vector), Ok(Some(handles[0])));
    assert_eq!(list.try_pop_front(&vector), Err(Broken));
    assert_eq!(list.try_pop_back(&vector), Ok(Some(handles[5])));
    // Nor by an element that is in its slot now.
    let fig = vector.insert(Entry::new(7));
    assert_eq!((fig.index(), list.try_remove(&vector, handles[1])), (2, Err(Broken)));
    let inserted = list.try_insert_after(&vector, handles[1], fig);
    assert_eq!(inserted, Err(LinkError::Broken(Broken)));
    assert!(Broken.to_string().contains("mend it"));
    list.mend(&vector);
    assert_eq!(numbers(&list, &vector), [1, 3, 4]);
    // What was erased says that it is linked, wherever it goes, until that is taken back.
    let again = vector.insert(gone.clone());
    list.push_back(&vector, again);
    gone.first.forget_list();
    assert!(!gone.first.is_linked());
}

#[test]
#[should_panic(expected = "erased or exchanged")]
fn an_iterator_finds_an_erased_element_too() {
    let (mut vector, handles, list) = listed(6);
    vector.remove(handles[4]);
    let _ = list.iter(&vector).count();
}

#[test]
fn an_exchange_of_elements_is_found() {
    let (mut vector, handles, mut list) = listed(5);
    let [a, b] = vector.get_disjoint_mut([handles[1], handles[3]]).unwrap();
    core::mem::swap(a, b);
    for handle in &handles[..5] {
        assert_eq!(list.try_remove(&vector, *handle), Err(Broken));
    }
    assert_eq!(list.len(), 5);
    list.mend(&vector);
    assert_eq!(numbers(&list, &vector), [0, 3, 2, 1, 4]);
    // As is one with an element of no list.
    let mut entry = Entry::new(0);
    core::mem::swap(&mut entry, vector.get_mut(handles[2]).unwrap());
    assert_eq!(list.try_remove(&vector, handles[1]), Err(Broken));
    list.clear(&vector);
    assert!(list.is_empty() && vector.iter().all(|entry| !entry.first.is_linked()));
    assert!(entry.first.is_linked());
}

#[test]
fn another_vector_and_another_list_are_refused() {
    let (vector, handles, mut list) = listed(4);
    let (other_vector, _, mut other) = listed(4);
    assert_eq!(list.try_push_back(&other_vector, handles[0]), Err(LinkError::Linked));
    assert_eq!(list.try_pop_front(&other_vector), Err(Broken));
    assert_eq!(other.try_remove(&vector, handles[1]), Ok(false));
    list.remove(&vector, handles[2]);
    let beside = other.try_insert_before(&vector, handles[1], handles[2]);
    assert_eq!(beside, Err(LinkError::Elsewhere));
    assert_eq!(other.try_push_front(&vector, handles[2]), Err(LinkError::Broken(Broken)));
    assert_eq!((numbers(&list, &vector).len(), numbers(&other, &other_vector).len()), (3, 4));
    assert!(!vector[handles[2]].first.is_linked());
}

#[test]
fn a_list_that_is_gone_leaves_its_elements_linked_until_they_are_freed() {
    let (mut vector, handles, _) = listed(3);
    let mut list = Numbers::new();
    assert_eq!(list.try_push_back(&vector, handles[0]), Err(LinkError::Linked));
    vector.iter_mut().for_each(|entry| entry.first.forget_list());
    list.push_back(&vector, handles[0]);
    assert_eq!(numbers(&list, &vector), [0]);
    assert_eq!((size_of::<Numbers>(), size_of::<HandleLink>()), (32, 24));
    assert_eq!(size_of::<HandleLink<Handle<u32>>>(), 16);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        failure_persistence: None, cases: 128, ..Default::default()
    })]

    #[test]
    fn by_handles_they_do_as_a_queue_does(
        bytes in proptest::collection::vec(proptest::prelude::any::<[u8; 4]>(), 1..80),
    ) {
        let ops: Vec<Op> = bytes.into_iter().map(Op::from).collect();
        handle_list::<Handle>(&ops);
        handle_list::<Handle<u32>>(&ops);
        handle_list::<Handle<u128, Wrap>>(&ops);
    }
}
