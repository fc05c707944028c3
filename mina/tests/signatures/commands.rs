//! Signed commands.
