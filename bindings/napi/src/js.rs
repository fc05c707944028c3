//! Values of JavaScript, and the border that no panic crosses.

use core::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{ptr, slice};

use napi_sys as sys;

/// Numbers from here on are not all whole: 2^53.
const WHOLE_BELOW: f64 = 9_007_199_254_740_992.0;

/// A call of Node that failed, or a value that is not what it must be. An exception may be pending, or becomes so in [`guarded`].
#[derive(Debug)]
pub struct Failed(&'static str);

/// The thread of JavaScript that called. It is used while the call lasts.
#[derive(Clone, Copy)]
pub struct Env(sys::napi_env);

/// A value, which lives as long as the call.
#[derive(Clone, Copy)]
pub struct Value(sys::napi_value);

/// A function that Node calls.
pub type Function = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

/// What a status says.
pub fn ok(status: sys::napi_status) -> Result<(), Failed> {
    if status == sys::Status::napi_ok { Ok(()) } else { Err(Failed("Node refused a call")) }
}

/// The value that `work` gives; where it fails or panics, an exception.
pub fn guarded(env: sys::napi_env, work: impl FnOnce(Env) -> Result<Value, Failed>) -> sys::napi_value {
    let env = Env(env);
    let done = catch_unwind(AssertUnwindSafe(|| work(env))).unwrap_or_else(|panic| {
        // What was thrown may panic when it is dropped.
        std::mem::forget(panic);
        Err(Failed("a fault of this library"))
    });
    match done {
        Ok(value) => value.0,
        Err(Failed(reason)) => {
            env.throw(reason);
            ptr::null_mut()
        }
    }
}

impl Value {
    /// A value that Node gave.
    pub fn of(value: sys::napi_value) -> Self {
        Self(value)
    }

    /// For calls of Node.
    pub fn raw(self) -> sys::napi_value {
        self.0
    }
}

// SAFETY, of all calls here: an `Env` and a `Value` are what Node gave for the call that lasts, on its thread; what is written to is a
// variable of the type that the function says, and a text's pointer has as many bytes as the length says.
impl Env {
    /// For calls of Node.
    pub fn raw(self) -> sys::napi_env {
        self.0
    }

    /// What a function of Node writes to its last argument.
    fn get<T>(self, none: T, call: impl FnOnce(*mut T) -> sys::napi_status) -> Result<T, Failed> {
        let mut value = none;
        ok(call(&raw mut value))?;
        Ok(value)
    }

    fn value(self, call: impl FnOnce(*mut sys::napi_value) -> sys::napi_status) -> Result<Value, Failed> {
        self.get(ptr::null_mut(), call).map(Value)
    }

    /// The arguments of a call: `undefined` for those that are missing.
    pub fn arguments<const COUNT: usize>(
        self,
        info: sys::napi_callback_info,
    ) -> Result<[Value; COUNT], Failed> {
        let (mut values, mut count) = ([ptr::null_mut(); COUNT], COUNT);
        // SAFETY: there is room for as many as `count` says.
        ok(unsafe {
            sys::napi_get_cb_info(
                self.0,
                info,
                &raw mut count,
                values.as_mut_ptr(),
                ptr::null_mut(),
                ptr::null_mut(),
            )
        })?;
        Ok(values.map(Value))
    }

    /// Gives a module a function.
    pub fn export(self, module: Value, name: &CStr, function: Function) -> Result<(), Failed> {
        // SAFETY: as above.
        let function = self.value(|to| unsafe {
            let length = name.count_bytes() as isize;
            sys::napi_create_function(self.0, name.as_ptr(), length, Some(function), ptr::null_mut(), to)
        })?;
        // SAFETY: as above; the name ends with a zero byte.
        ok(unsafe { sys::napi_set_named_property(self.0, module.0, name.as_ptr(), function.0) })
    }

    /// `undefined`.
    pub fn nothing(self) -> Result<Value, Failed> {
        // SAFETY: as above.
        self.value(|to| unsafe { sys::napi_get_undefined(self.0, to) })
    }

    /// A number.
    pub fn number(self, number: f64) -> Result<Value, Failed> {
        // SAFETY: as above.
        self.value(|to| unsafe { sys::napi_create_double(self.0, number, to) })
    }

    /// A text.
    pub fn text(self, text: &str) -> Result<Value, Failed> {
        // SAFETY: as above.
        self.value(|to| unsafe {
            sys::napi_create_string_utf8(self.0, text.as_ptr().cast(), text.len() as isize, to)
        })
    }

    /// The number of a handle.
    pub fn handle(self, value: Value) -> Result<u64, Failed> {
        // SAFETY: as above.
        let number = self.get(0.0, |to| unsafe { sys::napi_get_value_double(self.0, value.0, to) })?;
        if (0.0..WHOLE_BELOW).contains(&number) && number.fract() == 0.0 {
            Ok(number as u64)
        } else {
            Err(self.no_handle())
        }
    }

    /// That a handle is none.
    pub fn no_handle(self) -> Failed {
        Failed("no such handle")
    }

    /// The bytes of a `Uint8Array`, copied: JavaScript may write them later.
    pub fn bytes(self, value: Value) -> Result<Vec<u8>, Failed> {
        // SAFETY: as above.
        if !self.get(false, |to| unsafe { sys::napi_is_typedarray(self.0, value.0, to) })? {
            return Err(Failed("no Uint8Array"));
        }
        let (mut kind, mut length, mut data) = (0, 0, ptr::null_mut());
        // SAFETY: as above; null for what is not asked.
        ok(unsafe {
            sys::napi_get_typedarray_info(
                self.0,
                value.0,
                &raw mut kind,
                &raw mut length,
                &raw mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        })?;
        if kind != sys::TypedarrayType::uint8_array && kind != sys::TypedarrayType::uint8_clamped_array {
            return Err(Failed("no Uint8Array"));
        }
        if data.is_null() || length == 0 {
            return Ok(Vec::new());
        }
        // SAFETY: the array has so many bytes there, and no JavaScript of this thread runs before they are copied.
        Ok(unsafe { slice::from_raw_parts(data.cast::<u8>(), length) }.to_vec())
    }

    /// The bytes of a `Uint8Array`, or nothing for `null` and `undefined`.
    pub fn bytes_if_any(self, value: Value) -> Result<Option<Vec<u8>>, Failed> {
        // SAFETY: as above.
        let kind = self.get(0, |to| unsafe { sys::napi_typeof(self.0, value.0, to) })?;
        if kind == sys::ValueType::napi_undefined || kind == sys::ValueType::napi_null {
            return Ok(None);
        }
        self.bytes(value).map(Some)
    }

    /// How many elements a list has.
    pub fn length(self, list: Value) -> Result<u32, Failed> {
        // SAFETY: as above.
        self.get(0, |to| unsafe { sys::napi_get_array_length(self.0, list.0, to) })
    }

    /// The element of a list; `undefined` beyond its end.
    pub fn element(self, list: Value, place: u32) -> Result<Value, Failed> {
        // SAFETY: as above.
        self.value(|to| unsafe { sys::napi_get_element(self.0, list.0, place, to) })
    }

    /// The first elements of a list.
    pub fn elements<const COUNT: usize>(self, list: Value) -> Result<[Value; COUNT], Failed> {
        let mut elements = [Value(ptr::null_mut()); COUNT];
        for (element, place) in elements.iter_mut().zip(0..) {
            *element = self.element(list, place)?;
        }
        Ok(elements)
    }

    /// A promise, and what decides it.
    pub fn promise(self) -> Result<(sys::napi_deferred, Value), Failed> {
        let mut deferred = ptr::null_mut();
        // SAFETY: as above.
        let promise = self.value(|to| unsafe { sys::napi_create_promise(self.0, &raw mut deferred, to) })?;
        Ok((deferred, promise))
    }

    /// Keeps a promise, once.
    pub fn resolve(self, deferred: sys::napi_deferred, text: &str) -> Result<(), Failed> {
        let text = self.text(text)?;
        // SAFETY: as above; the promise was not decided before.
        ok(unsafe { sys::napi_resolve_deferred(self.0, deferred, text.0) })
    }

    /// Breaks a promise, once.
    pub fn reject(self, deferred: sys::napi_deferred, reason: &str) -> Result<(), Failed> {
        let reason = self.text(reason)?;
        // SAFETY: as above.
        let error =
            self.value(|to| unsafe { sys::napi_create_error(self.0, ptr::null_mut(), reason.0, to) })?;
        // SAFETY: as above; the promise was not decided before.
        ok(unsafe { sys::napi_reject_deferred(self.0, deferred, error.0) })
    }

    /// Throws an exception, unless one is pending.
    fn throw(self, reason: &str) {
        let Ok(text) = self.text(reason) else { return };
        // SAFETY: as above.
        let error = self.value(|to| unsafe { sys::napi_create_error(self.0, ptr::null_mut(), text.0, to) });
        if let Ok(error) = error {
            // SAFETY: as above. Where an exception is pending, that one stays.
            unsafe { sys::napi_throw(self.0, error.0) };
        }
    }
}
