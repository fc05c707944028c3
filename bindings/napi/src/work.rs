//! Verification on a thread of Node's pool.

use core::ffi::c_void;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::Arc;

use napi_sys as sys;
use quickpickle_door::{Answer, Item, Key, Known, Proof, verify_batch};

use crate::handles::{self, Held};
use crate::js::{self, Env, Failed, Value};

/// What is to be verified, with all that it takes.
#[derive(Debug)]
pub enum Owned {
    /// A proof, and its statement where that is apart from it.
    Proof(Arc<Key>, Vec<u8>, Option<Vec<u8>>),
    /// What Mina's networks send.
    Object(Arc<Known>, Vec<u8>),
}

impl Owned {
    fn item(&self) -> Item<'_> {
        match self {
            Self::Proof(key, bytes, statement) => {
                Item::Proof(key, Proof { bytes, statement: statement.as_deref() })
            }
            Self::Object(known, input) => Item::Object(known, input),
        }
    }
}

/// The items of a list, each a list of a handle, bytes, and a statement where there is one.
pub fn items(env: Env, list: Value) -> Result<Vec<Owned>, Failed> {
    let item = |item| {
        let [handle, bytes, statement] = env.elements(item)?;
        let bytes = env.bytes(bytes)?;
        match handles::get(env.handle(handle)?) {
            Some(Held::Key(key)) => Ok(Owned::Proof(key, bytes, env.bytes_if_any(statement)?)),
            Some(Held::Known(known)) => Ok(Owned::Object(known, bytes)),
            None => Err(env.no_handle()),
        }
    };
    (0..env.length(list)?).map(|place| item(env.element(list, place)?)).collect()
}

/// A verification that runs, or waits for a thread.
struct Work {
    items: Vec<Owned>,
    /// The text of the answers; none where it ended early.
    answers: Option<String>,
    deferred: sys::napi_deferred,
    work: sys::napi_async_work,
}

/// Begins to verify, and gives a promise of the answers.
pub fn begin(env: Env, items: Vec<Owned>) -> Result<Value, Failed> {
    let (deferred, promise) = env.promise()?;
    let name = env.text("quickpickle")?;
    let work = Box::into_raw(Box::new(Work { items, answers: None, deferred, work: ptr::null_mut() }));
    // SAFETY: Node calls `execute` and then `complete` with this pointer, one after the other, once the work is queued; until then
    // nobody else has it.
    let begun = unsafe {
        let made = sys::napi_create_async_work(
            env.raw(),
            ptr::null_mut(),
            name.raw(),
            Some(execute),
            Some(complete),
            work.cast(),
            &raw mut (*work).work,
        );
        js::ok(made).and_then(|()| js::ok(sys::napi_queue_async_work(env.raw(), (*work).work)))
    };
    if begun.is_err() {
        // SAFETY: it was not queued, so that nobody has the pointer.
        drop(unsafe { Box::from_raw(work) });
    }
    begun.map(|()| promise)
}

/// Runs on a thread of the pool, where no JavaScript may be touched.
unsafe extern "C" fn execute(_: sys::napi_env, data: *mut c_void) {
    // SAFETY: the pointer of `begin`, which nobody else uses until this has returned.
    let work = unsafe { &mut *data.cast::<Work>() };
    let verify = || {
        let items: Vec<_> = work.items.iter().map(Owned::item).collect();
        text_of(&verify_batch(&items))
    };
    // What was thrown may panic when it is dropped.
    work.answers = catch_unwind(AssertUnwindSafe(verify)).map_err(std::mem::forget).ok();
}

/// Runs on the thread of JavaScript.
unsafe extern "C" fn complete(env: sys::napi_env, status: sys::napi_status, data: *mut c_void) {
    // SAFETY: the pointer of `begin`; this is the last that has it.
    let work = unsafe { Box::from_raw(data.cast::<Work>()) };
    let Work { answers, deferred, work, .. } = *work;
    let answers = answers.filter(|_| status == sys::Status::napi_ok);
    js::guarded(env, |env| {
        // SAFETY: it has run, and is not used any more.
        unsafe { sys::napi_delete_async_work(env.raw(), work) };
        match answers {
            Some(answers) => env.resolve(deferred, &answers)?,
            None => env.reject(deferred, "the verification ended early")?,
        }
        env.nothing()
    });
}

/// Answers as a JSON list of objects: the item, whether it is valid, and the answer as the command has it.
fn text_of(answers: &[Answer]) -> String {
    let mut text = String::from("[");
    for (place, answer) in answers.iter().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        let (item, valid, answer) = (answer.item, answer.is_valid(), answer.json());
        // Writing to a text does not fail.
        let _ = write!(text, r#"{comma}{{"item":{item},"valid":{valid},"answer":{answer}}}"#);
    }
    text.push(']');
    text
}
