(* Calls the functions that are shaped like the daemon's verifier: daemon NETWORK FUNCTION FILE..., one line an answer. *)

open Quickpickle

let read path =
  let channel = open_in_bin path in
  let text = really_input_string channel (in_channel_length channel) in
  close_in channel ;
  text

let print = function Ok () -> print_endline "ok" | Error reason -> print_endline ("error: " ^ reason)

let command = function
  | Ok `Valid -> "valid"
  | Ok (`Invalid_keys reason)
  | Ok (`Invalid_signature reason)
  | Ok (`Invalid_proof reason)
  | Ok (`Missing_verification_key reason)
  | Ok (`Unexpected_verification_key reason)
  | Ok (`Mismatched_authorization_kind reason) -> reason
  | Error reason -> "error: " ^ reason

let rec pairs = function
  | proof :: message :: rest -> (read proof, read message) :: pairs rest
  | [] -> []
  | [ _ ] -> failwith "a proof without a message"

let () =
  match Array.to_list Sys.argv with
  | _ :: network :: work :: files -> (
      match Verifier.create ~network () with
      | Error reason -> print (Error reason)
      | Ok verifier -> (
          match (work, files) with
          | "blockchains", _ -> print (Verifier.verify_blockchain_snarks verifier (List.map read files))
          | "transactions", _ -> print (Verifier.verify_transaction_snarks verifier (pairs files))
          | "commands", account_keys :: commands ->
              let account_keys = if account_keys = "-" then None else Some (read account_keys) in
              Verifier.verify_commands ?account_keys verifier (List.map read commands)
              |> List.iter (fun answer -> print_endline (command answer))
          | _ -> failwith "no such function" ) )
  | _ -> failwith "usage: daemon NETWORK FUNCTION FILE..."
