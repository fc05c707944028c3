//! A test for each check of the verifier that is made before its equations: the error names the check that refused.
//!
//! That an altered proof fails somehow proves little: some later equation fails too. Each case here says which check finds
//! it, so that leaving the check out makes the case fail.

mod deferred;
mod equations;
mod key;
mod none;
mod previous;
mod shape;
