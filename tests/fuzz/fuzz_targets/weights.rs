#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| earnest_web::fuzzing::run("weights", input));
