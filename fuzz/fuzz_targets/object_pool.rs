//! A pool of objects against a list of them: acquired, returned, taken out, put in, trimmed.
#![no_main]

use std::cell::RefCell;

use larder::ObjectPool;

libfuzzer_sys::fuzz_target!(|input: (u8, u8, Vec<(u8, u8)>)| {
    let (max_idle, max_objects, ops) = (usize::from(input.0), usize::from(input.1), input.2);
    let made = RefCell::new(0_u32);
    let pool = ObjectPool::new(
        || {
            *made.borrow_mut() += 1;
            Box::new(*made.borrow())
        },
        |_| (),
    )
    .with_max_idle(max_idle)
    .with_max_objects(max_objects);
    let (mut out, mut idle) = (Vec::new(), Vec::<u32>::new());
    for (what, which) in ops {
        let which = usize::from(which);
        match what % 8 {
            0..=2 => match pool.try_acquire() {
                Ok(object) => {
                    assert_eq!(**object, idle.pop().unwrap_or(*made.borrow()));
                    out.push(object);
                }
                Err(_) => assert!(idle.is_empty() && out.len() >= max_objects),
            },
            3 | 4 if !out.is_empty() => {
                let object = out.swap_remove(which % out.len());
                if idle.len() < max_idle {
                    idle.push(**object);
                }
            }
            5 if !out.is_empty() => {
                let object = out.swap_remove(which % out.len());
                let number = **object;
                assert_eq!(*object.into_inner(), number);
            }
            6 => {
                pool.trim(which);
                let excess = idle.len().saturating_sub(which);
                idle.drain(..excess);
            }
            7 => {
                let full = idle.len() + out.len() >= max_objects;
                assert_eq!(pool.try_put(Box::new(which as u32)).is_err(), full);
                if !full && idle.len() < max_idle {
                    idle.push(which as u32);
                }
            }
            _ => {}
        }
        assert_eq!((pool.idle(), pool.in_use()), (idle.len(), out.len()));
    }
});
