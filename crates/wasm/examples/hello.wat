;; A task whose work is the word `hello`, by hand: `audit` finds valid what carries it, and all are paid the same.
;; A run reads its input to the end into memory at 4096, answers the greeting, and then the question.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 4)
  (global $end (mut i32) (i32.const 4096))
  (data (i32.const 64) "{\"equal_shares\":true,\"values\":false}\n")
  (data (i32.const 128) "{\"valid\":true}\n")
  (data (i32.const 160) "{\"valid\":false}\n")
  (data (i32.const 192) "{\"value\":\"aGVsbG8=\"}\n")
  (data (i32.const 224) "\"work\":")
  (data (i32.const 256) "\"value\":\"aGVsbG8=\"")

  ;; Writes the text at `at`.
  (func $say (param $at i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))

  ;; Reads on, and returns how many bytes came.
  (func $read (result i32)
    (i32.store (i32.const 0) (global.get $end))
    (i32.store (i32.const 4) (i32.const 65536))
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (global.set $end (i32.add (global.get $end) (i32.load (i32.const 8))))
    (i32.load (i32.const 8)))

  ;; Whether the text at `at` stands in the input.
  (func $has (param $at i32) (param $length i32) (result i32)
    (local $from i32) (local $index i32)
    (local.set $from (i32.const 4096))
    (loop $next
      (if (i32.gt_u (i32.add (local.get $from) (local.get $length)) (global.get $end))
        (then (return (i32.const 0))))
      (local.set $index (i32.const 0))
      (block $differs
        (loop $byte
          (if (i32.eq (local.get $index) (local.get $length)) (then (return (i32.const 1))))
          (br_if $differs (i32.ne
            (i32.load8_u (i32.add (local.get $from) (local.get $index)))
            (i32.load8_u (i32.add (local.get $at) (local.get $index)))))
          (local.set $index (i32.add (local.get $index) (i32.const 1)))
          (br $byte)))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (br $next))
    (unreachable))

  (func (export "_start")
    ;; The greeting and, beside work, the question: they are there at once. Work's input ends with the node.
    (drop (call $read))
    (call $say (i32.const 64) (i32.const 37))
    (if (call $has (i32.const 224) (i32.const 7))
      (then (call $say (i32.const 192) (i32.const 21)))
      (else
        (loop $more (br_if $more (call $read)))
        (if (call $has (i32.const 256) (i32.const 18))
          (then (call $say (i32.const 128) (i32.const 15)))
          (else (call $say (i32.const 160) (i32.const 16))))))))
