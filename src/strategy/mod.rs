//! How memory is carved, one strategy a file or folder.
//!
//! | strategy | blocks | freeing | choose it when |
//! |---|---|---|---|
//! | [`Arena`](arena::Arena) | any layout | all at once; the last block by itself | things live and die together |

mod bank;
mod chunk;

pub mod arena;
