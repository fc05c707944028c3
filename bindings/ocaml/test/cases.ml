(* Answers the cases that the test hands over on standard input, as `bindings/c/tests/c/cases.c` does. *)

open Quickpickle

let read path =
  let channel = open_in_bin path in
  let text = really_input_string channel (in_channel_length channel) in
  close_in channel ;
  text
let file path = if path = "-" then None else Some (read path)
let text path = Option.value (file path) ~default:""
let ( let* ) = Result.bind

let answers = function
  | [ "proof"; key; options; proof; statement ] ->
      let* key = Key.read ~options:(text options) (text key) in
      Ok (verify [ Proof (key, text proof, file statement) ])
  | [ "object"; options; networks; accounts; input ] ->
      let* known = Known.create ~options:(text options) () in
      let add add path = Option.fold (file path) ~none:(Ok ()) ~some:(add known) in
      let* () = add Known.add_network networks in
      let* () = add Known.add_account_keys accounts in
      Ok (verify [ Object (known, text input) ])
  | _ -> failwith "no case"

let () =
  try
    while true do
      ( match answers (String.split_on_char ' ' (input_line stdin)) with
      | Ok answers -> List.iter (fun answer -> print_endline answer.json) answers
      | Error reason -> print_endline ("refused " ^ reason) ) ;
      print_newline ()
    done
  with End_of_file -> ()
