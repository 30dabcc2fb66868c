//! How memory is carved, one strategy a file or folder.
//!
//! | strategy | blocks | freeing | choose it when |
//! |---|---|---|---|
//! | [`Arena`](arena::Arena) | any layout | all at once; the last block by itself | things live and die together |
//! | [`Stack`](stack::Stack) | any layout | in reverse order at once; others when all above them go | things end in about the reverse of the order they began in |

mod bank;
mod chunk;

pub mod arena;
pub mod stack;
