//! The command, run as a user runs it, on the shipped proofs.

mod cache;
mod convert;
mod keys;
mod kimchi;
mod messages;
mod other;
mod stdin;
mod support;
mod verify;
