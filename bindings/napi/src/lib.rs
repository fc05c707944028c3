//! The addon for Node: the functions of `quickpickle-door`, over Node-API.
//!
//! `bindings/node` has the functions that users call; its `native.js` is the one caller of these:
//!
//! | function | takes | gives |
//! | --- | --- | --- |
//! | `interface` | | the version of these functions |
//! | `version` | | the version of the library |
//! | `key` | a key's bytes, options | a handle, or the text of the answer that says why not |
//! | `known` | options | the same |
//! | `addNetwork`, `addAccountKeys` | a handle of `known`, bytes | nothing, or such a text |
//! | `free` | a handle | |
//! | `verify` | a list of lists: a handle, bytes, and a statement where there is one | a promise of a JSON list of answers |
//!
//! Handles are numbers, of which none is used twice: what was freed, or is none, is an exception. Verification runs on a thread of Node's
//! pool, and from there on those of rayon: the event loop goes on.
#![allow(unsafe_code, reason = "the border to Node: its functions are those of C")]

mod handles;
mod js;
mod work;

use std::sync::{Arc, Once};

use napi_sys as sys;
use quickpickle_door::{Answer, Key, KeyOptions, Known, KnownOptions, Refusal};

use handles::Held;
use js::{Env, Failed, Value};

/// The version of these functions. It changes where one of them changes its meaning.
const INTERFACE: u32 = 1;

/// Called by Node for each thread that loads the addon.
///
/// # Safety
/// Node calls it, with what it has made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn napi_register_module_v1(
    env: sys::napi_env,
    exports: sys::napi_value,
) -> sys::napi_value {
    static LOADED: Once = Once::new();
    LOADED.call_once(|| {
        // SAFETY: once, before any other of its functions; what it found is kept as long as the process lives.
        std::mem::forget(unsafe { sys::setup() });
    });
    js::guarded(env, |env| {
        let exports = Value::of(exports);
        env.export(exports, c"interface", interface)?;
        env.export(exports, c"version", version)?;
        env.export(exports, c"key", key)?;
        env.export(exports, c"known", known)?;
        env.export(exports, c"addNetwork", add_network)?;
        env.export(exports, c"addAccountKeys", add_account_keys)?;
        env.export(exports, c"free", free)?;
        env.export(exports, c"verify", verify)?;
        Ok(exports)
    })
}

/// Names functions that Node calls.
macro_rules! functions {
    ($($name:ident => $work:expr;)*) => {
        $(unsafe extern "C" fn $name(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
            js::guarded(env, |env| $work(env, env.arguments(info)?))
        })*
    };
}

functions! {
    interface => |env: Env, []: [Value; 0]| env.number(f64::from(INTERFACE));
    version => |env: Env, []: [Value; 0]| env.text(env!("CARGO_PKG_VERSION"));
    key => |env: Env, [key, options]: [Value; 2]| {
        let (key, options) = (env.bytes(key)?, env.bytes(options)?);
        made(env, KeyOptions::read(&options).and_then(|options| Key::read(&key, &options)).map(Held::key))
    };
    known => |env: Env, [options]: [Value; 1]| {
        let options = env.bytes(options)?;
        made(env, KnownOptions::read(&options).and_then(|options| Known::new(&options)).map(Held::known))
    };
    add_network => |env, arguments| add(env, arguments, Known::add_network);
    add_account_keys => |env, arguments| add(env, arguments, Known::add_account_keys);
    free => |env: Env, [handle]: [Value; 1]| {
        handles::free(env.handle(handle)?);
        env.nothing()
    };
    verify => |env: Env, [items]: [Value; 1]| work::begin(env, work::items(env, items)?);
}

/// A handle, or why there is none.
fn made(env: Env, made: Result<Held, Refusal>) -> Result<Value, Failed> {
    match made {
        Ok(held) => env.number(handles::keep(held) as f64),
        Err(refusal) => env.text(&Answer::refused(0, &refusal).json()),
    }
}

fn add(
    env: Env,
    [handle, bytes]: [Value; 2],
    add: fn(&mut Known, &[u8]) -> Result<(), Refusal>,
) -> Result<Value, Failed> {
    let (handle, bytes) = (env.handle(handle)?, env.bytes(bytes)?);
    let Some(Held::Known(known)) = handles::get(handle) else { return Err(env.no_handle()) };
    let mut next = Known::clone(&known);
    match add(&mut next, &bytes) {
        Ok(()) => {
            handles::replace(handle, Held::Known(Arc::new(next)));
            env.nothing()
        }
        Err(refusal) => env.text(&Answer::refused(0, &refusal).json()),
    }
}
