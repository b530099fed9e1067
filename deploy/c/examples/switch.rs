// A lamp and a switch: press it (1) while the lamp is off, leave it (0) while it is on. In Rust.
//   rustc --edition 2021 -O --crate-type cdylib -o libswitch.so switch.rs
use std::{ffi::{c_char, c_void}, ptr::null};

#[repr(C)]
pub struct Spec { size: u32, rank: u32, shape: [u32; 8], scalar: u32, action_count: u32, action_width: u32, players_alternate: u32,
    low: *const f32, high: *const f32, observation_limit: f32, reward_limit: f32 }

#[derive(Clone, Default)]
struct Lamp { random: u64, is_on: bool, steps: u32 }
pub struct Batch { lamps: Vec<Lamp> }
type Reason = *const c_char; // null, or why it failed
#[repr(C)]
pub struct Api {
    abi: u32, size: u32, options: *const *const c_char,
    describe: unsafe extern "C" fn(*const c_char, *mut Spec) -> Reason,
    create: unsafe extern "C" fn(*const c_char, u32, *mut *mut Batch) -> Reason,
    reset: unsafe extern "C" fn(*mut Batch, *const u8, *const u64, *mut u8) -> Reason,
    step: unsafe extern "C" fn(*mut Batch, *const u8, *const i32, *mut u8, *mut f32, *mut u8) -> Reason,
    destroy: unsafe extern "C" fn(*mut Batch), save: *const c_void, restore: *const c_void, picture: *const c_void,
}
unsafe impl Sync for Api {}
fn shine(lamp: &mut Lamp) -> u8 { // a bit of SplitMix64
    lamp.random = lamp.random.wrapping_add(0x9E3779B97F4A7C15);
    let z = (lamp.random ^ (lamp.random >> 30)).wrapping_mul(0xBF58476D1CE4E5B9);
    lamp.is_on = (z ^ (z >> 27)) >> 63 == 1;
    lamp.is_on as u8
}

unsafe extern "C" fn describe(_: *const c_char, spec: *mut Spec) -> Reason {
    ((*spec).rank, (*spec).shape[0], (*spec).scalar, (*spec).action_count) = (1, 1, 1, 2);
    null()
}
unsafe extern "C" fn create(_: *const c_char, count: u32, batch: *mut *mut Batch) -> Reason {
    *batch = Box::into_raw(Box::new(Batch { lamps: vec![Lamp::default(); count as usize] }));
    null()
}
unsafe extern "C" fn reset(batch: *mut Batch, active: *const u8, seeds: *const u64, rows: *mut u8) -> Reason {
    for (i, lamp) in (*batch).lamps.iter_mut().enumerate().filter(|(i, _)| *active.add(*i) == 1) {
        *lamp = Lamp { random: *seeds.add(i), ..Lamp::default() };
        *rows.add(i) = shine(lamp);
    }
    null()
}
unsafe extern "C" fn step(batch: *mut Batch, active: *const u8, actions: *const i32, rows: *mut u8, rewards: *mut f32, endings: *mut u8) -> Reason {
    for (i, lamp) in (*batch).lamps.iter_mut().enumerate().filter(|(i, _)| *active.add(*i) == 1) {
        *rewards.add(i) = if (*actions.add(i) == 1) != lamp.is_on { 1.0 } else { 0.0 };
        *rows.add(i) = shine(lamp);
        lamp.steps += 1;
        *endings.add(i) = if lamp.steps == 20 { 2 } else { 0 };
    }
    null()
}
unsafe extern "C" fn destroy(batch: *mut Batch) { drop(Box::from_raw(batch)) }

static API: Api = Api { abi: 1, size: std::mem::size_of::<Api>() as u32, options: null(), describe, create, reset, step, destroy,
    save: null(), restore: null(), picture: null() };

#[no_mangle]
pub extern "C" fn starling_environment() -> *const Api { &API }
